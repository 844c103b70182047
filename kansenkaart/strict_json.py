"""JSON in which nothing gets lost: an object that names a key twice is refused, where a parser keeps one value."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Pairs = list[tuple[str, Any]]

_LONGEST = 60


class TwiceError(ValueError):
    """An object names a key twice: nobody knows which of its values is meant.

    Attributes
    ----------
    key
        What stands there twice.
    values
        What it is said to be, each time.
    """

    def __init__(self, pairs: Pairs) -> None:
        names = [name for name, _ in pairs]
        self.key = next(name for name in names if names.count(name) > 1)
        self.values = " / ".join(_show(value) for name, value in pairs if name == self.key)
        super().__init__(f"{self.key!r}: {self.values}")


def parse_json(text: str, shape: Callable[[dict[str, Any]], Any] = lambda one: one) -> Any:
    """Return what `text` says; every object passes through `shape`, the inner ones first.

    Raises
    ------
    TwiceError
        When an object names a key twice.
    ValueError, RecursionError
        When it is no whole JSON, or goes deeper than Python can follow.

    Examples
    --------
    >>> parse_json('{"a": [1, {"b": null}]}')
    {'a': [1, {'b': None}]}
    >>> parse_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    kansenkaart.strict_json.TwiceError: 'a': 1 / 2
    """

    def build(pairs: Pairs) -> Any:
        one = dict(pairs)
        if len(one) < len(pairs):
            raise TwiceError(pairs)
        return shape(one)

    return json.loads(text, object_pairs_hook=build)


def _show(value: object) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= _LONGEST else written[:_LONGEST] + "…"
