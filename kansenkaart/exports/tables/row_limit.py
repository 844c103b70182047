"""Which rows a sheet holds, those of the region, and what is said where a table has more of them than fit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.tables import Frames
from kansenkaart.texts import Texts

# The longest table, forty columns wide, is then 400,000 cells: a few seconds to write, and an office computer still
# opens, filters and sorts it. Of 100,000 chances the workbook would take minutes, and nobody reads it; the CSV has all.
MOST_ROWS = 10_000

# Tables of which the best rows are worth having by themselves.
_RANKED = ("matches", "actions")
_ENDS = ("site_id", "supply_id", "demand_id", "partner_id", "counterpart_id")

# Stands whole in a workbook of its own.
_APART = ("clusters",)


def keep_region(table: pd.DataFrame, inside: set[str]) -> pd.DataFrame:
    """Return the rows of `table` that are of the region: in it, or with an end among the sites `inside`."""
    if "in_region" in table:
        return table[table["in_region"].eq(True)].reset_index(drop=True)
    ends = [name for name in _ENDS if name in table]
    if not ends:
        return table
    own = pd.concat([table[name].isin(inside) for name in ends], axis=1).any(axis=1)
    return table[own].reset_index(drop=True)


def find_inside(sites: pd.DataFrame) -> set[str]:
    """Return the ids of the places in the region."""
    return set(sites.loc[sites["in_region"].eq(True), "site_id"])


def keep_rows(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return what of `table` goes on the sheet of table `name`.

    All of it up to ``MOST_ROWS`` rows. Of a longer one that is ranked the best, in their order; of another none: an
    arbitrary part would be taken for the whole.
    """
    if len(table) <= MOST_ROWS:
        return table
    if name not in _RANKED:
        return table.iloc[:0]
    best = np.argsort(table["rank"].to_numpy(), kind="stable")[:MOST_ROWS]
    return table.iloc[np.sort(best)].reset_index(drop=True)


def tell_cut(name: str, rows: int, *, texts: Texts) -> str:
    """Say that a sheet holds a part, or nothing, of the `rows` of table `name`, and where all are; empty when all."""
    if rows <= MOST_ROWS:
        return ""
    key = "best_only" if name in _RANKED else "too_long"
    counts = {"rows": texts.count(rows), "most": texts.count(MOST_ROWS)}
    return texts(f"tables.about.{key}", **counts, file=f"tables/{name}.csv")


def tell_all_cuts(frames: Frames, *, texts: Texts) -> list[str]:
    """Say it of every frame that is longer than its sheet, with the name of the sheet before it."""
    inside = find_inside(frames.sites)
    known = {name: frame for name, frame in frames.by_name().items() if name not in _APART}
    rows = {name: len(keep_region(frame, inside)) for name, frame in known.items()}
    # every chance once for who supplies, and once for who takes
    rows["actions"] = 2 * rows["matches"]
    told = {name: tell_cut(name, count, texts=texts) for name, count in rows.items()}
    return [f"{texts(f'tables.{name}.title')}: {words}" for name, words in told.items() if words]
