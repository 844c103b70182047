"""A project and its scenarios read the layers that they share once."""

from __future__ import annotations

from collections.abc import Callable

from kansenkaart.project import LoadedProject
from kansenkaart.sources.sources import Sources, read_today, turn_sources

# What a scenario may change without anything being read otherwise; the rest is in the layers or says how to read.
_NOT_READ = frozenset(
    {
        *("title", "scenarios", "prices", "price_year", "kengetallen", "method", "existing"),
        *("include_planned", "ground", "growth", "closed", "planned"),
    }
)
# A grid of friction holds what a pipe costs there.
_IN_FRICTION = frozenset(("prices", "price_year", "ground"))


class SharedReader:
    """Reads what projects have in common once; what closes or opens in one of them is done to its own copy."""

    def __init__(self) -> None:
        self._read: dict[str, Sources] = {}

    def read(self, loaded: LoadedProject, *, progress: Callable[[str], None]) -> Sources:
        """As ``read_sources``, with the same outcome."""
        key = _key(loaded)
        if key not in self._read:
            self._read[key] = read_today(loaded, progress=progress)
        return turn_sources(self._read[key], loaded)


def _key(loaded: LoadedProject) -> str:
    """The same for projects of which reading gives the same."""
    ignored = _NOT_READ - (_IN_FRICTION if loaded.project.friction is not None else frozenset())
    return f"{loaded.path} {loaded.withheld!r} {loaded.project.model_dump_json(exclude=set(ignored))}"
