"""How a run ends when it is told to stop: one line, nothing left behind, the exit code of the signal.

Set before anything heavy is loaded, so that it holds while the program starts up too. The handler ends the process
itself: an exception would be lost where a library catches everything.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import FrameType

if sys.platform != "win32":
    import fcntl

# Windows has no SIGHUP.
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_SIGNAL_CODE = 128
_PREFIX = "kansenkaart-"
# Held by a run as long as it lives: what lies in the folder of one that was killed is nobody's.
_HELD = ".in_use"
_held: list[int] = []


def end_cleanly() -> None:
    """From now on a signal to stop ends this process cleanly; temporary files go to a folder of the process alone.

    A signal that this process was told to ignore stays ignored (``nohup``).
    """
    for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    tempfile.tempdir = tempfile.mkdtemp(prefix=_PREFIX)
    own = Path(tempfile.tempdir)
    number = _hold(own / _HELD, create=True)
    _held.extend([] if number is None else [number])
    for other in own.parent.glob(f"{_PREFIX}*"):
        if other != own:
            _clear_killed(other)


def _hold(file: Path, *, create: bool) -> int | None:
    """Open `file` for as long as this process lives; nothing when another process has it.

    A worker that outlives the run holds it too. On Windows a file that is open cannot be removed: that is its lock.
    """
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | (os.O_CREAT if create else 0)
    number = os.open(file, flags, 0o600)
    if sys.platform != "win32":
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(number)
            return None
    return number


def _clear_killed(folder: Path) -> None:
    """Remove the temporary files of a run that was killed; those of another user, or of no run, stay."""
    with suppress(OSError):
        held = folder / _HELD
        number = _hold(held, create=False)
        if number is None:
            return
        os.close(number)
        held.unlink()
        shutil.rmtree(folder, ignore_errors=True)


def finish() -> None:
    """Let nothing interrupt the end any more, so that the exit code stands, and remove the temporary files."""
    _ignore()
    while _held:
        os.close(_held.pop())
    if tempfile.tempdir is not None:
        shutil.rmtree(tempfile.tempdir, ignore_errors=True)


def _ignore() -> None:
    for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
        signal.signal(number, signal.SIG_IGN)


def _stop(number: int, _frame: FrameType | None) -> None:
    _ignore()
    # Nobody writes any more where what is half written is taken away.
    worker = sys.modules.get("kansenkaart.worker")
    if worker is not None and hasattr(worker, "end_helpers"):
        worker.end_helpers()
    written = False
    replace = sys.modules.get("kansenkaart.safe_write.replace")
    if replace is not None and hasattr(replace, "stop_writing"):
        written = bool(replace.stop_writing())
    finish()
    # on a line of its own, also behind a spinner
    os.write(2, f"\n{_say(written=written)}\n".encode())
    os._exit(_SIGNAL_CODE + number)


def _say(*, written: bool) -> str:
    """The line; in English where the program was stopped while it was still loading its texts."""
    try:
        from kansenkaart.texts import load_texts  # noqa: PLC0415 - a run that is told to stop while it starts must not wait for it

        return load_texts("nl")("cli.interrupted_after" if written else "cli.interrupted")
    except (ImportError, AttributeError):
        return "Interrupted."
