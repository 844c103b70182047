"""A short run of ``make fuzz``, and that the harness sees a fault when there is one."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def harness() -> ModuleType:
    """Return the harness: tests are no package, so it is loaded by its path."""
    spec = importlib.util.spec_from_file_location("fuzz_harness", Path(__file__).with_name("harness.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("commands", "count"), [(False, 200), (True, 40)])
def test_damaged_input_is_read_or_refused_and_never_more(
    harness: ModuleType, *, commands: bool, count: int
) -> None:
    assert harness.run_all(1, count, commands=commands) == (count, [])


def test_a_fault_of_the_program_is_seen(
    harness: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness, "run", lambda _arguments: 3)
    with pytest.raises(AssertionError, match="exit code 3"):
        harness.run_command("check", tmp_path)
    monkeypatch.setattr(harness, "run", lambda _arguments: 0)
    with pytest.raises(AssertionError, match="the output is absent"):
        harness.run_command("match", tmp_path)
