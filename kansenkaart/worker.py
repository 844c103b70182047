"""A process of this machine that does a part of the work; both sides of what goes between."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from time import sleep
from typing import Any, BinaryIO, cast
from weakref import WeakSet

from kansenkaart.errors import DataError

# The process finds the same modules as this one, also where kansenkaart is not installed.
_BOOT = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from kansenkaart.worker import serve; serve()"
)

# How often, and how long apart, it is looked whether a process that is killed is gone.
_LOOKS, _LOOK_S = 200, 0.001


_running: WeakSet[Worker] = WeakSet()


class Worker:
    """A process that does the numbers it is asked for; it holds one piece of work at a time.

    Parameters
    ----------
    modules
        What it loads before it is up, by name.
    """

    def __init__(self, modules: tuple[str, ...] = ()) -> None:
        self._modules = modules
        # A session of its own: an interrupt in the terminal comes to us, and we end it.
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._to, self._from = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        self._held: object = None
        _running.add(self)

    def wait(self) -> bool:
        """Whether it came up; returns when that is known."""
        try:
            _send(self._to, sys.path)
            _send(self._to, self._modules)
            _send(self._to, gc.get_threshold())
            _send(self._to, _find_text_storage())
            return bool(pickle.load(self._from))
        except (EOFError, OSError):
            return False

    def run(self, work: bytes, first: int, out: int) -> list[Any]:
        """Outcomes of the numbers from `first` up to `out`; raises what the work, which is pickled, raises.

        Raises
        ------
        DataError
            ``worker_ended``: the process is gone, mostly for want of memory.
        """
        try:
            _send(self._to, (None if self._held is work else work, first, out))
            fine, answer = pickle.load(self._from)
            # Work that could not be unpacked there is not held: its own fault is told, each time.
            self._held = work if fine else None
        except (EOFError, OSError) as error:
            raise DataError(
                "worker_ended",
                "A process that worked along ended by itself (exit code {code}), mostly for want of memory. Close "
                "other programs, lower --draws, or lower hard_km of the largest stream.",
                code=self._process.wait(),
            ) from error
        if not fine:
            raise answer
        return cast(list[Any], answer)

    def end(self) -> None:
        """Stop the process, whatever it does: who waits for it gets ``worker_ended``."""
        _running.discard(self)
        self._process.kill()
        self._process.wait()

    def kill(self) -> None:
        """The same from within a signal's handler, which may have come while somebody waits for the process."""
        self._process.kill()
        for _ in range(_LOOKS):
            if self._process.poll() is not None:
                return
            sleep(_LOOK_S)

    def close(self) -> None:
        """Close what led to the process, when nobody reads from it any more."""
        self._from.close()
        with suppress(OSError):  # what was still to be sent has nowhere to go
            self._to.close()


def end_helpers() -> None:
    """Stop every process that helps this one, at once: it is about to end."""
    for worker in list(_running):
        worker.kill()


def serve() -> None:
    """Do what the process that started this one asks, until it is gone."""
    source = sys.stdin.buffer
    # What a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for module in pickle.load(source):
        import_module(module)
    gc.set_threshold(*pickle.load(source))  # as seldom as in the process that asks
    _hold_text(pickle.load(source))
    work: Any = None
    _send(answers, True)
    while True:
        try:
            new, first, out = pickle.load(source)
        except EOFError:
            return
        try:
            work = work if new is None else pickle.loads(new)
            reply: tuple[bool, object] = True, work.run(first, out)
        except Exception as error:
            reply = False, error
        _send(answers, reply)


def _find_text_storage() -> str | None:
    """How tables hold text in this process: those that it is sent and those that it sends are then alike."""
    return (
        None if "pandas" not in sys.modules else cast(str, sys.modules["pandas"].options.mode.string_storage)
    )


def _hold_text(storage: str | None) -> None:
    if storage is not None:
        import_module("pandas").options.mode.string_storage = storage


def _send(pipe: BinaryIO, what: object) -> None:
    pipe.write(pack(what))
    pipe.flush()


def pack(work: object) -> bytes:
    """What travels: the work as it is now."""
    return pickle.dumps(work, protocol=pickle.HIGHEST_PROTOCOL)
