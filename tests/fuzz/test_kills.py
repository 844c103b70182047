"""A short run of the stops and kills of ``make fuzz``."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def kills() -> ModuleType:
    """Return the harness: tests are no package, so it is loaded by its path."""
    spec = importlib.util.spec_from_file_location("fuzz_kills", Path(__file__).with_name("kills.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_run_that_is_told_to_stop_says_one_line_and_leaves_nothing(
    kills: ModuleType, tmp_path: Path
) -> None:
    told = kills.stop_at_random(kills.Scene.make(tmp_path), count=6, seed=2)
    assert sum(told.values()) == 6


def test_runs_that_are_killed_leave_the_old_or_the_new_output_whole(
    kills: ModuleType, tmp_path: Path
) -> None:
    told = kills.kill_at_random(kills.Scene.make(tmp_path), count=4, seed=2)
    assert told["build old"] + told["build new"] + told["match old"] + told["match new"] == 4
