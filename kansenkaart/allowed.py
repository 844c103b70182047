"""What is allowed: words that several read, and what a given one looks like in their place, else all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Literal

from kansenkaart.errors import DataError, Fault

# Words that the catalogue, project files and the frames on the arrows share.
Role = Literal["supply", "demand"]
ChanceClass = Literal["kansrijk", "verkennen", "technisch"]
Placement = Literal["point", "polygon", "address", "municipality"]
ScaleLevel = Literal["lokaal", "regionaal", "bovenregionaal", "nationaal", "internationaal"]
Theme = Literal[
    "biomassa_voedsel",
    "kunststoffen",
    "maakindustrie",
    "bouw",
    "consumptiegoederen",
    "energie_water",
    "overig",
]

# sourced: printed in the source. derived: arithmetic on sourced numbers. estimate: engineering estimate, no
# published source. unverified: commonly known, not checked against a source. choice: of the method, which no source
# could settle, such as how far apart takers share a pipe; a project makes its own.
Evidence = Literal["sourced", "derived", "estimate", "unverified", "choice"]
# Accounts of which the budget is known how to find: see matches/ties/accounts.py.
Ledger = Literal["gas", "heat", "phosphorus", "dry_matter"]

_MOST_NEAR = 3
_MOST_NAMED = 40


def suggest(given: str, options: Iterable[str], *, near: Sequence[str] | None = None) -> Fault:
    """Return the sentence of a fault that helps further, as one of its values.

    Parameters
    ----------
    given
        What was given.
    options
        Everything that is allowed, in the order it is told in.
    near
        What `given` looks like, where that is known better than by its letters.

    Examples
    --------
    >>> str(suggest("greenhose", ["greenhouse", "rwzi"])), str(suggest("x", ["rwzi", "greenhouse"]))
    ('It looks like: greenhouse.', 'Allowed: rwzi, greenhouse.')
    """
    names = list(options)
    found = get_close_matches(given, names, n=_MOST_NEAR) if near is None else list(near)
    if found:
        return Fault("hint_near", "It looks like: {names}.", {"names": ", ".join(found)})
    if not names:
        return Fault("hint_none", "Nothing looks like it.")
    more = ", …" if len(names) > _MOST_NAMED else ""
    return Fault("hint_allowed", "Allowed: {names}.", {"names": ", ".join(names[:_MOST_NAMED]) + more})


def refuse_table(table: str | None, names: list[str], file: str) -> DataError:
    """The error for a table that does not exist, or that must be chosen because there is more than one."""
    allowed = ", ".join(names)
    if table is None:
        message = (
            "{file}: say which table you mean: with 'table' in the project file, or with --sheet of clusters and "
            "balance. There are: {allowed}."
        )
        return DataError("table_needed", message, file=file, allowed=allowed)
    message = "{file}: table '{table}' does not exist. Allowed for 'table': {allowed}."
    return DataError("table_missing", message, file=file, table=table, allowed=allowed)
