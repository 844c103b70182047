"""What stands in a file, table by table, before anybody said what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyogrio
import shapely

from kansenkaart.project import Limits
from kansenkaart.project.input_files import is_there
from kansenkaart.sources.cells import UNKNOWN_WORDS, find_notation, read_numbers, read_texts
from kansenkaart.sources.findings import LayerFindings, show
from kansenkaart.sources.locate import name_crs
from kansenkaart.sources.open_file import WORKBOOK, check_file, guard, is_geodatabase
from kansenkaart.sources.raw import DEFAULT, Raw, refuse_large
from kansenkaart.sources.read import GIS, open_gis, read_file
from kansenkaart.sources.read_workbook import list_sheets
from kansenkaart.texts import Texts

Form = Literal["text", "code", "whole", "number", "empty"]
CrsFrom = Literal["file", "format", "none"]

_SAMPLES = 3
_MOST_DISTINCT = 12
# A column of numbers that start with a zero, or of more digits than a quantity has, holds codes.
_CODE = r"0\d+|\d{12,}"


@dataclass(frozen=True)
class ColumnLook:
    """A column as it stands.

    Parameters
    ----------
    form
        What its filled cells are: all numbers, all whole, codes of digits, or texts.
    filled, distinct
        Cells that hold something, and how many different ones.
    values
        The different cells with how often each stands there, the most frequent first; no more than are of use.
    low, high
        Of numbers.
    """

    name: str
    form: Form
    filled: int
    distinct: int
    values: Mapping[str, int]
    low: float | None = None
    high: float | None = None

    @property
    def samples(self) -> tuple[str, ...]:
        """Some of its cells."""
        return tuple(self.values)[:_SAMPLES]


@dataclass(frozen=True)
class Look:
    """A table of a file.

    Parameters
    ----------
    file, table
        Name of the file, and of the table where the format has several.
    raw
        What was read.
    columns
        In the order of the file.
    shapes
        Kind of geometry -> rows.
    crs, crs_from
        CRS, and whether the file states it or it follows from the format.
    extent
        West, south, east, north, in that CRS.
    remarks
        What its reader saw, in the language of the texts.
    """

    file: str
    table: str | None
    raw: Raw
    columns: tuple[ColumnLook, ...]
    shapes: Mapping[str, int]
    crs: str | None
    crs_from: CrsFrom
    extent: tuple[float, float, float, float] | None
    remarks: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows that were read."""
        return len(self.raw.frame)

    def column(self, name: str) -> ColumnLook | None:
        """The column called `name`."""
        return next((one for one in self.columns if one.name == name), None)


def look_into(path: Path, *, file: str, texts: Texts, limits: Limits = DEFAULT) -> list[Look]:
    """Look at every table of a file, through the same door as a build.

    Parameters
    ----------
    file
        Its name, for errors.

    Raises
    ------
    DataError
        As ``read_file``.
    """
    tables = list_tables(path, file=file, limits=limits)
    return [
        _look_at(read_file(path, file=file, table=table, limits=limits), file, table, texts)
        for table in tables
    ]


def _look_at(raw: Raw, file: str, table: str | None, texts: Texts) -> Look:
    findings = LayerFindings(texts, layer=table or file, file=file)
    findings.repeat(raw.remarks)
    said = findings.frame()
    shapes: dict[str, int] = {}
    extent = None
    if raw.geometry is not None:
        present = raw.geometry[~shapely.is_missing(raw.geometry.to_numpy())]
        shapes = {str(kind): int(count) for kind, count in present.geom_type.value_counts().items()}
        bounds = np.asarray(present.total_bounds, dtype=float)
        extent = (*map(float, bounds),) if np.isfinite(bounds).all() else None
    return Look(
        file,
        table,
        raw,
        tuple(_look_at_column(str(name), raw.frame[name]) for name in raw.frame.columns),
        shapes,
        None if raw.crs is None else name_crs(raw.crs),
        "none" if raw.crs is None else "format" if raw.assumed_crs else "file",
        extent,  # type: ignore[arg-type]  # four numbers
        tuple(
            f"{reason} {advice}".strip()
            for reason, advice in said[["reason", "advice"]].drop_duplicates().to_numpy()
        ),
    )


def _look_at_column(name: str, cells: pd.Series) -> ColumnLook:
    texts = read_texts(cells)
    filled = texts[texts.notna()]
    counts = filled.value_counts()
    values = {str(show(text) or ""): int(count) for text, count in counts.head(_MOST_DISTINCT).items()}
    form, low, high = _find_form(cells, filled)
    return ColumnLook(name, form, len(filled), len(counts), values, low, high)


def _find_form(cells: pd.Series, filled: pd.Series) -> tuple[Form, float | None, float | None]:
    if filled.empty:
        return "empty", None, None
    told = filled[~filled.str.casefold().isin(UNKNOWN_WORDS)]
    if told.empty or pd.api.types.is_bool_dtype(cells):
        return "text", None, None
    if told.str.fullmatch(_CODE).any():
        digits = told.str.fullmatch(r"\d+").all()
        return ("code" if digits else "text"), None, None
    numbers = read_numbers(cells, elsewhere=find_notation(cells))
    known = numbers.values[~np.isnan(numbers.values)]
    if numbers.faulty.any() or not len(known):
        return "text", None, None
    whole = bool((known == np.round(known)).all())
    return ("whole" if whole else "number"), float(known.min()), float(known.max())


def list_tables(path: Path, *, file: str, limits: Limits = DEFAULT) -> list[str | None]:
    """Name every table of a file that ``read_file`` can read, in its order; None: the format has no more than one.

    Raises
    ------
    DataError
        When the file is absent, unreadable or of another format; where it cannot be opened at all, reading says it.
    """
    extension = path.suffix.lower()
    there = is_there(path) or is_geodatabase(path)
    if extension not in (*GIS, *WORKBOOK) or not there or path.stat().st_size == 0:
        return [None]
    check_file(path, file)
    if extension in WORKBOOK:
        refuse_large("file_mb", path.stat().st_size, limits, file)
        with guard(path, file):
            return [*list_sheets(path.read_bytes(), extension, file=file, limits=limits)] or [None]
    with open_gis(path, file, None, limits) as opened:
        return [str(name) for name, _ in pyogrio.list_layers(opened)] or [None]
