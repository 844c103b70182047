"""A process that is killed at any moment of the safe write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.parametrize("swap", ["exchange", "steps"])
def test_the_old_or_the_new_stands_there_and_nothing_stays_behind(swap: str, tmp_path: Path) -> None:
    script = Path(__file__).with_name("kill_anywhere.py")
    done = subprocess.run([sys.executable, str(script), swap, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 30
