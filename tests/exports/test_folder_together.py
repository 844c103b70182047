"""Several runs to one output folder at the same time: real processes, some of which are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kansenkaart.exports import open_output_folder
from kansenkaart.safe_write import recover, replace

WRITER = """
import json, sys, time
from pathlib import Path
from kansenkaart.errors import OutputError
from kansenkaart.exports.folder.folder import open_output_folder
from kansenkaart.exports.folder.manifest import MANIFEST, find_identity, find_outputs, hash_file

out, text, pause = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
try:
    with open_output_folder(out) as aside:
        (aside / "rasters").mkdir()
        for number in range(20):
            (aside / "rasters" / f"s{number}_overschot.tif").write_text(text, encoding="utf-8")
        print("writing", flush=True)
        time.sleep(pause)
        manifest = {"outputs": {name: {"sha256": hash_file(path)} for name, path in find_outputs(aside)}}
        (aside / MANIFEST).write_text(json.dumps(manifest | {"identity": find_identity(manifest)}))
except OutputError as error:
    sys.exit(error.faults[0].key)
"""


def start(out: Path, text: str, *, pause: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(out), text, str(pause)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.parametrize("pause", [0.0, 0.3])
def test_of_runs_at_the_same_time_one_wins_and_the_others_say_why(tmp_path, pause):
    out = tmp_path / "uit"
    runs = {text: start(out, text, pause=pause) for text in ("een", "twee", "drie", "vier")}
    for process in runs.values():
        begin(process)
    faults = {text: process.communicate()[1].strip() for text, process in runs.items()}
    winners = [text for text, process in runs.items() if process.returncode == 0]
    assert winners
    assert {fault for text, fault in faults.items() if text not in winners} <= {"output_taken_over"}
    assert len({path.read_text(encoding="utf-8") for path in out.glob("rasters/*")} & set(winners)) == 1
    assert len({path.read_text(encoding="utf-8") for path in out.glob("rasters/*")}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["uit"]


@pytest.mark.parametrize("kill", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_killed_run_left_does_not_stop_the_next(tmp_path, kill):
    out = tmp_path / "uit"
    killed = start(out, "half", pause=60)
    begin(killed)
    assert killed.stdout is not None
    assert killed.stdout.readline() == "writing\n"
    late = start(out, "tweede", pause=0)
    begin(late)
    assert late.communicate()[1].strip() == "output_taken_over"
    killed.send_signal(kill)
    killed.communicate()
    assert not out.exists()
    with open_output_folder(out) as aside:
        (aside / "heel.csv").write_text("heel", encoding="utf-8")
    assert [path.name for path in out.iterdir()] == ["heel.csv"]
    assert [path.name for path in tmp_path.iterdir()] == ["uit"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_run_killed_between_two_renames_gives_the_old_folder_back(tmp_path):
    """Where two names cannot change places at once; the child dies at that very instant."""
    out = tmp_path / "uit"
    process = start(out, "oud", pause=0)
    begin(process)
    process.communicate()
    child = os.fork()
    if child == 0:
        try:
            die_halfway(out)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert not out.exists()
    recover(out)
    assert {path.read_text(encoding="utf-8") for path in out.glob("rasters/*")} == {"oud"}
    assert [path.name for path in tmp_path.iterdir()] == ["uit"]


def die_halfway(out: Path) -> None:
    rename = Path.rename

    def rename_and_die(self: Path, target: Path) -> Path:
        rename(self, target)
        os._exit(9)

    replace.exchange = lambda one, other: False
    Path.rename = rename_and_die
    with open_output_folder(out) as aside:
        (aside / "kansenkaart.html").write_text("nieuw", encoding="utf-8")
