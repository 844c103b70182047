"""A build that writes some of its outputs: what nobody looks at need not be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kansenkaart import outputs

# All there are, before any test chose some.
_EVERY = outputs.OUTPUTS


def choose_outputs(patch: pytest.MonkeyPatch, *keys: str) -> None:
    """Let builds write these outputs and their manifest, for as long as `patch` holds."""
    patch.setattr(outputs, "OUTPUTS", tuple(one for one in _EVERY if one.key in keys))


@contextmanager
def writing_only(*keys: str) -> Iterator[None]:
    """Let builds write these outputs and their manifest: for a fixture that outlives a test."""
    with pytest.MonkeyPatch.context() as patch:
        choose_outputs(patch, *keys)
        yield
