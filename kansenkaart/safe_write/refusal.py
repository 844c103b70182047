"""What is said when an output cannot be written, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kansenkaart.errors import OutputError
from kansenkaart.reasons import find_reason


@contextmanager
def refuse_unwritable(file: str, *also: type[Exception]) -> Iterator[None]:
    """Say of `file` that it cannot be written, and what to do, when the system or one of `also` refuses.

    Raises
    ------
    OutputError
        ``output_unwritable``.
    """
    refusals: tuple[type[Exception], ...] = (OSError, *also)
    try:
        yield
    except refusals as error:
        message = "{file} cannot be written: {error}. Close it where it is open, or make room on the disk; run again."
        raise OutputError("output_unwritable", message, file=file, error=find_reason(error)) from error
