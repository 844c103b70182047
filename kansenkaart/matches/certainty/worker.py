"""Another process that does a share of repeated work: started by itself, so that no script is run twice.

``multiprocessing`` would run the user's own script again in every process, or copy a process that has threads.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from contextlib import suppress
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from kansenkaart.errors import DataError

# The process finds the same modules as this one, also where kansenkaart is not installed.
_BOOT = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from kansenkaart.matches.certainty.worker import serve; serve()"
)


class Worker:
    """A process that holds a piece of work and does the numbers it is asked for; use it in a ``with``."""

    def __init__(self, work: object) -> None:
        # A session of its own: an interrupt in the terminal comes to us, and we end it.
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._to, self._from = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        self._begin: tuple[object, ...] = (sys.path, work)

    def __enter__(self) -> Self:
        return self

    def run(self, first: int, out: int) -> list[Any]:
        """Outcomes of the numbers from `first` up to `out`; raises what the work raises.

        Raises
        ------
        DataError
            ``worker_ended``: the process is gone, mostly for want of memory.
        """
        try:
            for part in (*self._begin, (first, out)):
                _send(self._to, part)
            self._begin = ()
            fine, answer = pickle.load(self._from)
        except (EOFError, OSError) as error:
            raise DataError(
                "worker_ended",
                "A process that worked out the draws ended by itself (exit code {code}), mostly for want of "
                "memory. Close other programs, lower --draws, or lower hard_km of the largest stream.",
                code=self._process.wait(),
            ) from error
        if not fine:
            raise answer
        return cast(list[Any], answer)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process; it keeps nothing."""
        self._process.kill()
        self._process.wait()
        self._from.close()
        with suppress(OSError):  # what was still to be sent has nowhere to go
            self._to.close()


def serve() -> None:
    """Do what the process that started this one asks, until it is gone."""
    source = sys.stdin.buffer
    # What a library prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    work = pickle.load(source)
    while True:
        try:
            first, out = pickle.load(source)
        except EOFError:
            return
        try:
            reply: tuple[bool, object] = True, work.run(first, out)
        except Exception as error:
            reply = False, error
        _send(answers, reply)


def _send(pipe: BinaryIO, what: object) -> None:
    pickle.dump(what, pipe, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.flush()
