"""Which places an edition leaves out: they are dropped as their rows are read, so that nothing after it knows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

from kansenkaart.errors import UsageError

Edition = Literal["internal", "partner", "public"]
# In the place of the hash of a file that holds what an edition may not know.
HIDDEN = "-"

EDITIONS: tuple[Edition, ...] = get_args(Edition)


@dataclass(frozen=True)
class Withheld:
    """What an edition leaves out, and what stood in the rows that were left out.

    Attributes
    ----------
    edition
        Which edition it is.
    ids
        Site ids that are confidential, whether their row or a correction says so.
    shown
        Site ids that take part all the same: of the partners it is for.
    links
        Ids of deliveries to or from what is left out.
    names
        Ids and names of what was left out, folded: how a link may name it.
    secrets, known
        Texts of rows that were left out, and of those that were not: the last look at what was written goes by them.
    public_names
        Names that may be written though such a row has them.
    """

    edition: Edition
    ids: frozenset[str]
    shown: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    names: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    public_names: tuple[str, ...] = ()

    def is_named(self, text: str) -> bool:
        """Whether `text` is the id or name of a place that was left out."""
        return fold(text) in self.names

    def add_names(self, texts: Iterable[str]) -> None:
        """Note how a place that was left out may be named."""
        self.names.update(fold(text) for text in texts)


def fold(text: str) -> str:
    """Return `text` as names are compared: without case, and with single blanks."""
    return " ".join(text.casefold().split())


def refuse_several(edition: Edition) -> None:
    """Refuse an edition of several scenarios: their totals side by side could tell a secret one.

    Raises
    ------
    UsageError
        For every edition but the internal one.
    """
    if edition != "internal":
        message = (
            "--scenario all does not go with --edition {edition}: totals of several scenarios side by side could tell "
            "a secret one. Name one scenario, or leave --scenario out."
        )
        raise UsageError("edition_scenarios", message, edition=edition)
