"""The tables for people with a spreadsheet: one CSV per frame, and one workbook with all of them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from kansenkaart.exports.content.compose import STEP_ONE, STEP_THREE, STEP_TWO, TABLES, compose_tables
from kansenkaart.exports.tables import actions
from kansenkaart.exports.tables.csv_files import in_words, write_csv
from kansenkaart.exports.tables.row_limit import find_inside, keep_region
from kansenkaart.exports.tables.workbook import write_workbook
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts

# What a reader looks up or prints; what each number is made of stands in a workbook of its own.
READ = (
    *("matches", actions.NAME, "region_totals", "gaps", "links", "sites"),
    *("site_clusters", "area_view", "ladder", "coalitions", "coalition_partners", "hubs", "hub_flows"),
)
_ALL = (*STEP_ONE, *STEP_TWO, *STEP_THREE, *TABLES, "region_totals", "totals")
TECHNICAL = tuple(name for name in _ALL if name not in READ)
SHEETS = (*READ, *TECHNICAL)


def write_tables(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    """Write ``tables/*.csv``, ``kansenkaart.xlsx`` and ``kansenkaart-techniek.xlsx`` below `folder`.

    The CSV has the form that the project asks for. Plain is for programs: names of the frames' own columns, full
    precision, and text that begins with ``= + - @`` as it is; ``excel-nl`` is for people, with heads, words and
    rounded numbers as in the workbook. In a workbook
    every text is a text cell, so no formula runs; it holds the rows of the region.

    Raises
    ------
    OutputError
        When the workbook cannot be written.
    """
    texts = load_texts(loaded.project.language)
    composed = compose_tables(frames, loaded, texts=texts)
    composed[actions.NAME] = actions.find_actions(frames, texts=texts)
    composed["gaps"] = _rank_offers(composed["gaps"])
    tables = {name: _flatten(composed[name]) for name in SHEETS if name in composed}
    (folder / "tables").mkdir(exist_ok=True)
    form = loaded.project.exports.csv
    for name, table in tables.items():
        told = table if form == "plain" else in_words(table, name, loaded.catalogue, texts=texts)
        write_csv(folder / "tables" / f"{name}.csv", told, name, form=form)
    inside = find_inside(frames.sites)
    for file, names in (("kansenkaart.xlsx", READ), ("kansenkaart-techniek.xlsx", TECHNICAL)):
        held = {name: keep_region(tables[name], inside) for name in names if name in tables}
        write_workbook(folder / file, held, loaded, provenance=tables["provenance"], texts=texts)


def _rank_offers(gaps: pd.DataFrame) -> pd.DataFrame:
    """Per stream and side the most first: who looks for a material finds it together."""
    order = {"stream": True, "role": False, "remaining": False, "flow_id": True}
    return gaps.sort_values(list(order), ascending=list(order.values()), kind="stable", ignore_index=True)


def _flatten(table: pd.DataFrame) -> pd.DataFrame:
    """The table without geometry; where it holds places, their point stands in ``x_rd, y_rd`` (RD New, metres)."""
    if not isinstance(table, gpd.GeoDataFrame):
        return table
    flat = pd.DataFrame(table.drop(columns=table.geometry.name))
    if "site_id" in table:
        points = table.geometry.representative_point()
        flat["x_rd"], flat["y_rd"] = points.x, points.y
    return flat
