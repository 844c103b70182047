"""The tables for people with a spreadsheet: one plain CSV per frame, and one workbook with all of them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from kansenkaart.exports.clean import clean_frame
from kansenkaart.exports.compose import compose_tables
from kansenkaart.exports.workbook import write_workbook
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts


def write_tables(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    """Write ``tables/*.csv`` and ``kansenkaart.xlsx`` below `folder`.

    The CSV is plain: RFC 4180, UTF-8, names of the frames' own columns, full precision. Text that begins with
    ``= + - @`` stays as it is; read it as data, not by double-clicking. In the workbook every text is a text cell,
    so no formula runs.

    Raises
    ------
    OutputError
        When the workbook cannot be written.
    """
    texts = load_texts(loaded.project.language)
    tables = {name: _flatten(table) for name, table in compose_tables(frames, loaded, texts=texts).items()}
    (folder / "tables").mkdir(exist_ok=True)
    for name, table in tables.items():
        write_csv(folder / "tables" / f"{name}.csv", table, name)
    write_workbook(folder / "kansenkaart.xlsx", tables, loaded, texts=texts)


def write_csv(path: Path, table: pd.DataFrame, name: str) -> None:
    """Write `table` to `path` as RFC 4180; missing values are empty fields, numbers their shortest exact text."""
    cleaned, _ = clean_frame(table, name)
    cleaned.to_csv(path, index=False, encoding="utf-8", lineterminator="\r\n")


def _flatten(table: pd.DataFrame) -> pd.DataFrame:
    """The table without geometry; where it holds places, their point stands in ``x_rd, y_rd`` (RD New, metres)."""
    if not isinstance(table, gpd.GeoDataFrame):
        return table
    flat = pd.DataFrame(table.drop(columns=table.geometry.name))
    if "site_id" in table:
        points = table.geometry.representative_point()
        flat["x_rd"], flat["y_rd"] = points.x, points.y
    return flat
