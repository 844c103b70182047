"""Watches one question to a service: a line on which nothing whole arrives for too long is cut."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from threading import Event, Thread
from typing import Any

# Lines that a client may hold open at once; those that closed since are told apart when they are cut.
_MOST_LINES = 64
_OPENED = ("connect_tcp.complete", "start_tls.complete")


class Watch:
    """Cuts the lines of a client when it was not told in time that something arrived.

    A time-out of a client begins again with every byte. What arrives in the middle of something, as of a header that
    never ends, is told to nobody, and so is what only this sees: that it has been going on for too long.

    Parameters
    ----------
    longest_s
        Time between two things that arrive whole: all headers, a part of the content.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._lines: deque[Any] = deque(maxlen=_MOST_LINES)
        self._until = 0.0
        self._over = Event()
        self.has_cut = False

    def start(self) -> None:
        """Watch one question."""
        self.has_cut, self._over = False, Event()
        self.arrived()
        Thread(target=self._watch, args=(self._over,), daemon=True).start()

    def arrived(self) -> None:
        """Note that something arrived whole."""
        self._until = time.monotonic() + self._longest_s

    def stop(self) -> None:
        """Watch no longer."""
        self._over.set()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Note which lines are opened: what httpx tells of what it does."""
        if event.endswith(_OPENED):
            line = info["return_value"]
            self._lines.append(line)
            if self.has_cut:  # opened while the others were being cut
                _shut(line)

    def _watch(self, over: Event) -> None:
        while not over.wait(max(0.0, self._until - time.monotonic())):
            if time.monotonic() >= self._until:
                self.has_cut = True
                # a copy, in one step: the client may open another line meanwhile
                for line in tuple(self._lines):
                    _shut(line)
                return


def _shut(line: Any) -> None:
    found = line.get_extra_info("socket")
    with suppress(OSError):  # closed before
        found.shutdown(socket.SHUT_RDWR)
