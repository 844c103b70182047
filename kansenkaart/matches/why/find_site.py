"""Finding one place by its id, its name, or a part of either."""

from __future__ import annotations

from difflib import get_close_matches

import pandas as pd

from kansenkaart.errors import UsageError

_SHOWN = 10
_NEAR = 5


def find_site(sites: pd.DataFrame, words: str) -> str:
    """Return the id of the one place that `words` means.

    An id goes before a whole name, a whole name before a part of either; capitals do not matter.

    Raises
    ------
    UsageError
        ``site_ambiguous`` with the places it could be, ``site_unknown`` with the nearest names.
    """
    asked = words.strip().casefold()
    ids = sites["site_id"].astype(str)
    names = sites["name"].astype(str)
    low_ids, low_names = ids.str.casefold(), names.str.casefold()
    for found in (
        ids == words,
        low_ids == asked,
        low_names == asked,
        low_ids.str.contains(asked, regex=False) | low_names.str.contains(asked, regex=False),
    ):
        if found.sum() == 1 and asked:
            return str(ids[found].iloc[0])
        if found.any() and asked:
            raise _ambiguous(
                words, [f"{name} ({site})" for name, site in zip(names[found], ids[found], strict=True)]
            )
    raise _unknown(words, names.tolist(), ids.tolist())


def _ambiguous(words: str, could: list[str]) -> UsageError:
    shown = sorted(could)[:_SHOWN]
    more = len(could) - len(shown)
    return UsageError(
        "site_ambiguous",
        "'{words}' could be {count} places: {places}. Give the id between brackets, or more of the name.",
        words=words,
        count=len(could),
        places="; ".join([*shown, f"+ {more}"] if more else shown),
    )


def _unknown(words: str, names: list[str], ids: list[str]) -> UsageError:
    by_low = {name.casefold(): f"{name} ({site})" for name, site in zip(names, ids, strict=True)}
    near = get_close_matches(words.strip().casefold(), by_low, n=_NEAR, cutoff=0.4)
    return UsageError(
        "site_unknown",
        "No place in this run is called '{words}'. Nearest names: {near}. See the sheet with places in "
        "kansenkaart.xlsx.",
        words=words,
        near="; ".join(by_low[name] for name in near) or "-",
    )
