"""Kill the safe write at every moment that differs on the disk: old or new stands there, nothing stays behind.

A script of its own, which loads nothing else: it forks often.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import kansenkaart.safe_write
from kansenkaart.safe_write import recover, replace, replace_file, replace_folder

OURS = str(Path(kansenkaart.safe_write.__file__).parent)
OLD, NEW, NEXT = "oud", "nieuw", "daarna"


def write_file(out: Path, text: str, *, keep: bool) -> None:
    with replace_file(out, keep=lambda _new: keep) as aside:
        aside.path.write_text(text, encoding="utf-8")


def write_folder(out: Path, text: str, *, keep: bool) -> None:
    with replace_folder(out, keep=lambda _new: keep) as aside:
        for name in ("a.csv", "b.csv"):
            (aside.path / name).write_text(text, encoding="utf-8")


def read(path: Path) -> str:
    """What stands there; a folder must hold both files of one run."""
    if not path.exists():
        return "nothing"
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    texts = {one.read_text(encoding="utf-8") for one in files}
    assert len(texts) == 1, texts
    assert path.is_file() or len(files) == 2, files
    return texts.pop()


def follow(work: Callable[[], None], at_line: Callable[[int], None]) -> None:
    """Do `work`, and call `at_line` with 1, 2, 3 ... before every line of ours."""
    count = itertools.count(1)

    def watch(frame: FrameType, event: str, _arg: Any) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            at_line(next(count))
        return watch

    sys.settrace(watch)
    try:
        work()
    finally:
        sys.settrace(None)


def find_moments(folder: Path, work: Callable[[], None]) -> list[int]:
    """Lines before which something on the disk has changed; between two of them a kill leaves the same."""
    moments, last = [], ""

    def look(line: int) -> None:
        nonlocal last
        now = "".join(
            f"{one} {one.lstat().st_ino} {'' if one.is_dir() else one.read_bytes()}"
            for one in sorted(folder.rglob("*"))
        )
        if now != last:
            moments.append(line)
            last = now

    follow(work, look)
    return moments


def kill_at(line: int, work: Callable[[], None]) -> None:
    """Do `work` in a process that is killed before its `line`-th line of ours."""
    child = os.fork()
    if child == 0:
        follow(work, lambda now: os.kill(os.getpid(), signal.SIGKILL) if now == line else None)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, line


def begin(folder: Path, write: Any, *, present: bool) -> Path:
    folder.mkdir()
    if present:
        write(folder / "uit.gpkg", OLD, keep=False)
    return folder / "uit.gpkg"


def kill_everywhere(place: Path, write: Any, *, keep: bool, present: bool) -> int:
    """Return how many moments there were."""
    # where two names cannot change places at once there is a moment without a folder; never one without a file
    always = replace.exchange is EXCHANGE or write is write_file
    allowed = {OLD, NEW} if present else {"nothing", NEW}
    out = begin(place / "heel", write, present=present)
    moments = find_moments(out.parent, lambda: write(out, NEW, keep=keep))
    for line in moments:
        out = begin(place / str(line), write, present=present)
        kill_at(line, lambda out=out: write(out, NEW, keep=keep))
        assert read(out) in allowed or not always, (line, read(out))
        recover(out)
        stands = read(out)
        assert stands in allowed, (line, stands)
        kept = [read(one) for one in out.parent.glob("uit*") if one != out]
        assert kept == ([OLD] if keep and present and stands == NEW else []), (line, stands, kept)
        assert not list(out.parent.glob(".*")), line
        write(out, NEXT, keep=False)
        assert read(out) == NEXT
    return len(moments)


EXCHANGE = replace.exchange

if __name__ == "__main__":
    # what a killed process wrote is not lost, only what a computer wrote that loses its power: no waiting for the disk
    os.fsync = lambda _number: None
    if (
        sys.argv[1] == "steps"
    ):  # injected: a system on which two names cannot change places at once, as Windows
        replace.exchange = lambda one, other: False
    total = 0
    for one, kept, there in (
        (write_file, True, True),
        (write_file, False, False),
        (write_folder, True, True),
    ):
        with tempfile.TemporaryDirectory(dir=sys.argv[2]) as name:
            total += kill_everywhere(Path(name), one, keep=kept, present=there)
    sys.stdout.write(f"{total}\n")
