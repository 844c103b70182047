"""How many rows a sheet holds, and what is said where a table has more."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.tables import Frames
from kansenkaart.texts import Texts

# The longest table, forty columns wide, is then 400,000 cells: a few seconds to write, and an office computer still
# opens, filters and sorts it. Of 100,000 chances the workbook would take minutes, and nobody reads it; the CSV has all.
MOST_ROWS = 10_000

# Tables of which the best rows are worth having by themselves; with how many rows a match has in each.
_RANKED = {"matches": 1, "actions": 2}

# Stands whole in a workbook of its own.
_APART = ("clusters",)


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
    rows = {name: len(frame) for name, frame in frames.by_name().items() if name not in _APART}
    rows |= {name: count * len(frames.matches) for name, count in _RANKED.items()}
    told = {name: tell_cut(name, count, texts=texts) for name, count in rows.items()}
    return [f"{texts(f'tables.{name}.title')}: {words}" for name, words in told.items() if words]
