"""Which columns of a sheet add up, and the rows below it that add up what the filter shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from kansenkaart.tables.matches import NOT_NOW
from kansenkaart.texts import Texts

# Euro and tonnes of CO2 a year. Quantities of several streams have several units and add up to nothing; a side of a
# range does not add up (not all goes against at once), and of actions every chance stands there twice.
_SUMMED = {
    "matches": ("net_eur_y", "co2_avoided_t_y"),
    "coalitions": ("net_eur_y", "co2_t_y"),
    "coalition_partners": ("fair_eur_y", "co2_t_y"),
}
# A column of these is of one stream, and the rows divide the region.
_DIVIDED = ("municipalities",)
_CLASS = "chance_class"
# A narrow empty row, so that no program takes the totals for rows to filter or sort.
_GAP_POINTS = 5.0
# SUBTOTAL's sum of the rows in sight: neither filtered away nor hidden by hand.
_SUM_IN_SIGHT = 109


@dataclass(frozen=True)
class Total:
    """What stands below a sheet.

    Attributes
    ----------
    said
        What the row is called.
    columns
        Columns with a total.
    holds
        Per row whether it counts; None is all.
    test
        The same for a spreadsheet: what the class in words must meet, such as ``="kansrijk"``.
    """

    said: str
    columns: tuple[str, ...]
    holds: pd.Series | None = None
    test: str = ""


def plan_totals(name: str, table: pd.DataFrame, texts: Texts) -> list[Total]:
    """Return the rows below table `name`, none below fewer than two rows or where nothing adds up.

    What does not pay now is never added to what does: chances have a row of either.
    """
    numbers = table.select_dtypes("number")
    wanted = numbers.columns if name in _DIVIDED else _SUMMED.get(name, ())
    columns = tuple(one for one in wanted if one in numbers and table[one].notna().any())
    if len(table) < 2 or not columns:
        return []
    if _CLASS not in table:
        return [Total(texts("tables.about.total"), columns)]
    later, word = table[_CLASS].eq(NOT_NOW), texts(f"tables.values.{_CLASS}.{NOT_NOW}")
    parts = (("total_now", ~later, f'<>"{word}"'), ("total_later", later, f'="{word}"'))
    return [
        Total(texts(f"tables.about.{key}"), columns, holds, test) for key, holds, test in parts if holds.any()
    ]


def count_rows(totals: list[Total]) -> int:
    """How many rows the totals take below the table."""
    return len(totals) + 1 if totals else 0


def write_totals(
    page: Worksheet, table: pd.DataFrame, totals: list[Total], styles: Mapping[str, Format], *, first: int
) -> None:
    """Write the totals below the rows of `table`, which begin at row `first`; ``styles['']`` is for what is said."""
    last, places = first + len(table) - 1, list(table.columns)
    if totals:
        page.set_row(last + 1, _GAP_POINTS)
    for row, total in enumerate(totals, start=last + 2):
        page.write_string(row, 0, total.said, styles[""])
        for name in total.columns:
            position, counted = places.index(name), table[name]
            formula = _sum_in_sight(position, first, last)
            if total.holds is not None:
                counted = counted[total.holds]
                among = xl_range_abs(
                    first, table.columns.get_loc(_CLASS), last, table.columns.get_loc(_CLASS)
                )
                formula = f"=SUMPRODUCT({_each_in_sight(position, first, last)},--({among}{total.test}))"
            # with what it comes to, for programs that read a workbook and work nothing out
            page.write_formula(row, position, formula, styles[name], float(counted.sum()))


def _sum_in_sight(column: int, first: int, last: int) -> str:
    return f"=SUBTOTAL({_SUM_IN_SIGHT},{xl_range_abs(first, column, last, column)})"


def _each_in_sight(column: int, first: int, last: int) -> str:
    """Every value that is in sight, else nought: SUBTOTAL of one cell at a time."""
    top = xl_rowcol_to_cell(first, column, row_abs=True, col_abs=True)
    rows = xl_range_abs(first, column, last, column)
    return f"SUBTOTAL({_SUM_IN_SIGHT},OFFSET({top},ROW({rows})-ROW({top}),0))"
