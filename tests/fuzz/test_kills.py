"""A short run of the stops and kills of ``make fuzz``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tries import share

COMMANDS = ("build", "match", "merge", "new")


@pytest.mark.drawn
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_runs_that_are_stopped_or_killed_leave_the_old_or_the_new_output_whole(tmp_path: Path) -> None:
    script = Path(__file__).with_name("kills.py")
    names = share(COMMANDS, 0, of=2)
    # By day no two race to the end: tests/exports/test_folder_together.py and test_safe_write.py do.
    races = len(names) // len(COMMANDS)
    # seed, stops, pairs that are killed, pairs that race
    asked = [str(tmp_path / "plaats"), "2", str(len(names)), "1", str(races), *names]
    done = subprocess.run([sys.executable, str(script), *asked], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout.splitlines()
    assert [line.split(":")[0] for line in told] == ["stopped", "killed", "together"]
    for name in names:
        assert all(f"'{name} " in line for line in told[:2]), told
