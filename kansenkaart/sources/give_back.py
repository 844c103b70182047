"""Gives memory back that a large read took and no longer needs: to the system it looks as if it were in use."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

import pyarrow as pa


def give_back() -> None:
    """Let go of what allocators keep for a next time; where the system cannot be asked so, nothing happens."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):  # glibc alone
        ctypes.CDLL(None).malloc_trim(0)
