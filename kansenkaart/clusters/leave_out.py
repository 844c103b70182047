"""Rows of a table of sectors that cannot count: left out one by one with what to do, refused only where most are so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from kansenkaart.errors import DataError
from kansenkaart.outward import publish
from kansenkaart.tables import Remarks

_SHOWN_ROWS = 5
_SHOWN_CODES = 20


@dataclass(frozen=True)
class Unfit:
    """Why rows cannot count: the key of what is remarked, the refusal in English, and what both are filled with."""

    key: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)


BLANK = Unfit(
    "clusters_nameless",
    "{file}: {count} of {every} {every:row names|rows name} no area or no sector, the first in rows {rows}. Fill them "
    "in, or take them out.",
)
UNKNOWN = Unfit(
    "clusters_unknown",
    "{file}: {count} of {every} {every:row has|rows have} a sector that {classification} does not know, the first in "
    "rows {rows}: {codes}. Allowed: a section (C), a group (B-E), two to five digits (10, 10.71), or totaal.",
)
UNFIT = Unfit(
    "clusters_unfit",
    "{file}: of {count} of {every} {every:row|rows} the sector cannot be told at level {level}, the first in rows "
    "{rows}: {codes}. Choose a coarser level, or correct them.",
)


def leave_out(rows: pd.DataFrame, wrong: pd.Series, why: Unfit, remarks: Remarks) -> pd.DataFrame:
    """Return `rows` without those that are `wrong`, and remark on how many these are and what stood there.

    Parameters
    ----------
    rows
        Column ``sector``, and ``written`` where it stood otherwise in the file; the index holds row numbers.

    Raises
    ------
    DataError
        With the key of `why`, where half of the rows or more are wrong: then it is the table, not a slip.
    """
    unfit = rows[wrong.to_numpy(dtype=bool)]
    if unfit.empty:
        return rows
    written = unfit["written" if "written" in unfit else "sector"].fillna("-").map(publish)
    counts = written.value_counts()
    more = f", … (+{len(counts) - _SHOWN_CODES})" if len(counts) > _SHOWN_CODES else ""
    codes = ", ".join(f"{code} ({count}x)" for code, count in counts.head(_SHOWN_CODES).items()) + more
    listed = ", ".join(str(row) for row in unfit.index[:_SHOWN_ROWS])
    values = {"count": len(unfit), "every": len(rows), "rows": listed, **why.values}
    if 2 * len(unfit) >= len(rows):
        raise DataError(why.key, why.message, file=remarks.file, codes=codes, **values)
    line = ", ".join(f'"{code}" = "…"' for code in counts.head(_SHOWN_CODES).index)
    values |= {"used": len(rows) - len(unfit), "line": line}
    remarks.add(why.key, codes, values, severity="rejected", row=int(unfit.index[0]), column="sector")
    return rows[~wrong.to_numpy(dtype=bool)]
