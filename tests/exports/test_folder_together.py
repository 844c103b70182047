"""Several runs to one output folder at the same time: real processes, some of which are killed."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

import pytest

from kansenkaart.errors import OutputError
from kansenkaart.exports import open_output_folder
from kansenkaart.exports.folder.manifest import MANIFEST, find_identity, find_outputs, hash_file
from kansenkaart.safe_write import recover, replace

# A process that is split off from one in which the program is loaded already.
SERVER = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
SERVER.set_forkserver_preload(["tests.exports.test_folder_together"])


class Running(NamedTuple):
    """A process that writes, and the line to it."""

    process: BaseProcess
    line: Connection

    def begin(self) -> None:
        self.line.send("begin")

    def hear(self) -> str:
        said: str = self.line.recv()
        return said

    def end(self) -> str:
        """Return the fault it ended with; "" when it wrote all, or was killed."""
        said = ""
        with contextlib.suppress(EOFError, ConnectionResetError):
            while (heard := self.hear()) != "done":
                said = "" if heard == "writing" else heard
        self.process.join()
        return said


def write(out: Path, text: str, pause: float, line: Connection) -> None:
    """Write an output of `text`; tells when it is ready, when it writes, how it failed, and when it is done."""
    line.send("ready")
    line.recv()
    try:
        with open_output_folder(out) as aside:
            (aside / "rasters").mkdir()
            for number in range(20):
                (aside / "rasters" / f"s{number}_overschot.tif").write_text(text, encoding="utf-8")
            line.send("writing")
            time.sleep(pause)
            manifest = {"outputs": {name: {"sha256": hash_file(path)} for name, path in find_outputs(aside)}}
            text_of_it = json.dumps(manifest | {"identity": find_identity(manifest)})
            (aside / MANIFEST).write_text(text_of_it, encoding="utf-8")
    except OutputError as error:
        line.send(error.faults[0].key)
    line.send("done")


def start(out: Path, text: str, *, pause: float) -> Running:
    here, there = SERVER.Pipe()
    process = SERVER.Process(target=write, args=(out, text, pause, there))
    process.start()
    there.close()
    running = Running(process, here)
    assert running.hear() == "ready"
    return running


@pytest.mark.parametrize("pause", [0.0, 0.3])
def test_of_runs_at_the_same_time_one_wins_and_the_others_say_why(tmp_path, pause):
    out = tmp_path / "uit"
    runs = {text: start(out, text, pause=pause) for text in ("een", "twee", "drie", "vier")}
    for running in runs.values():
        running.begin()
    faults = {text: running.end() for text, running in runs.items()}
    assert [running.process.exitcode for running in runs.values()] == [0] * len(runs)
    winners = [text for text, fault in faults.items() if not fault]
    assert winners
    assert {fault for text, fault in faults.items() if text not in winners} <= {"output_taken_over"}
    assert len({path.read_text(encoding="utf-8") for path in out.glob("rasters/*")} & set(winners)) == 1
    assert len({path.read_text(encoding="utf-8") for path in out.glob("rasters/*")}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["uit"]


@pytest.mark.parametrize("kill", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_killed_run_left_does_not_stop_the_next(tmp_path, kill):
    out = tmp_path / "uit"
    killed = start(out, "half", pause=60)
    killed.begin()
    assert killed.hear() == "writing"
    late = start(out, "tweede", pause=0)
    late.begin()
    assert late.end() == "output_taken_over"
    os.kill(killed.process.pid, kill)
    killed.process.join()
    assert not out.exists()
    with open_output_folder(out) as aside:
        (aside / "heel.csv").write_text("heel", encoding="utf-8")
    assert [path.name for path in out.iterdir()] == ["heel.csv"]
    assert [path.name for path in tmp_path.iterdir()] == ["uit"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_run_killed_between_two_renames_gives_the_old_folder_back(tmp_path):
    """Where two names cannot change places at once; the child dies at that very instant."""
    out = tmp_path / "uit"
    first = start(out, "oud", pause=0)
    first.begin()
    assert first.end() == ""
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
