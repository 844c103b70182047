"""Machine code that is kept on disk: a damaged file of it costs a second, not the run."""

from __future__ import annotations

import os
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

MODULE = """
from kansenkaart.arrays import compiled

@compiled
def add(one, other):
    return one + other
"""


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The folder where machine code is kept."""
    from numba import config

    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "kept"))
    (tmp_path / "adder.py").write_text(MODULE, encoding="utf-8")
    os.utime(tmp_path / "adder.py", (0, 0))
    return tmp_path / "kept"


def _run(kept: Path) -> tuple[int, int]:
    """What comes out of a module that is loaded as if for the first time, and how much it found on disk."""
    spec = spec_from_file_location("adder", kept.parent / "adder.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.add(1, 2), sum(module.add.stats.cache_hits.values())


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_damaged_file_is_compiled_anew(kept, ending):
    assert _run(kept) == (3, 0)
    assert _run(kept) == (3, 1)
    for damage in (lambda old: old[: len(old) // 2], lambda _old: b"", lambda old: b"\x80" + old):
        (file,) = kept.rglob(f"*.{ending}")
        file.write_bytes(damage(file.read_bytes()))
        assert _run(kept) == (3, 0)
        assert _run(kept) == (3, 1)
