"""Machine code that is kept on disk: a damaged file of it costs a second, not the run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
from kansenkaart.matches.arrays import compiled

@compiled
def add(one, other):
    return one + other

print(add(1, 2), sum(add.stats.cache_hits.values()))
"""


def _run(folder: Path) -> str:
    (folder / "adder.py").write_text(MODULE, encoding="utf-8")
    os.utime(folder / "adder.py", (0, 0))
    done = subprocess.run(
        [sys.executable, str(folder / "adder.py")],
        env={**os.environ, "NUMBA_CACHE_DIR": str(folder / "kept")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_damaged_file_is_compiled_anew(tmp_path, ending):
    assert _run(tmp_path) == "3 0"
    for damage in (lambda old: old[: len(old) // 2], lambda _old: b"", lambda old: b"\x80" + old):
        (kept,) = (tmp_path / "kept").rglob(f"*.{ending}")
        kept.write_bytes(damage(kept.read_bytes()))
        assert _run(tmp_path) == "3 0"
    assert _run(tmp_path) == "3 1"
