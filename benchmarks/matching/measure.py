"""Seconds and memory of one thing in this process."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def timed(call: Callable[[], Any], times: int = 1) -> tuple[Any, float]:
    """Return the outcome and the shortest time of `times` calls: the rest is what else the machine was doing."""
    best, result = float("inf"), None
    for _ in range(times):
        result = None  # the memory of the last one goes before the next begins
        begin = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - begin)
    return result, best


def peak_mib() -> float:
    """Return the largest resident size of this process so far; macOS counts in bytes, Linux in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def now_mib() -> float:
    """Return the resident size now, where the system tells (Linux), else the peak."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return peak_mib()
    return int(status.read_text().split()[1]) * resource.getpagesize() / 2**20
