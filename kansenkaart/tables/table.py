"""What a checked frame is: columns with dtype, unit and meaning, and one check that names every fault at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.errors import DataError, Fault
from kansenkaart.geo import RD, is_rd
from kansenkaart.outward import cut_path

Dtype = Literal["str", "float", "int", "bool", "geometry"]

_SHOWN = 5


@dataclass(frozen=True)
class Column:
    """One column of a frame.

    Parameters
    ----------
    name, dtype
        Name in the frame and what it holds; ``str`` columns use missing values, never empty texts.
    meaning
        One sentence, English, for the docs.
    unit
        Unit as in ``kansenkaart.units``, or empty.
    nullable
        Whether a value may be missing.
    allowed
        The only values that may stand here (empty: any).
    minimum
        Smallest allowed number.
    path
        It names a file: an absolute path is cut to its name, and the address of a database to its host and name.
    origin
        The file that fills it, where a frame is filled by several.
    """

    name: str
    dtype: Dtype
    meaning: str
    unit: str = ""
    nullable: bool = False
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    path: bool = False
    origin: str = ""


@dataclass(frozen=True)
class Table:
    """A frame's contract: its columns in order, its key, and whether further driver columns may follow."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    geometry: str = ""
    open_ended: bool = False

    def names(self) -> list[str]:
        """Column names in their order."""
        return [column.name for column in self.columns]

    def empty(self) -> pd.DataFrame:
        """A frame with no rows and the right columns and dtypes."""
        return _empty(self).copy()

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with this table's column order and dtypes; missing columns become missing values.

        Columns this table does not know are dropped unless the table is open-ended (then they follow, sorted).
        """
        known = self.names()
        extra = sorted(set(frame.columns) - set(known)) if self.open_ended else []
        data: dict[str, pd.Series] = {}
        nothing = pd.Series(None, index=frame.index, dtype=object)
        missing: dict[Dtype, pd.Series] = {}
        for column in self.columns:
            if column.name not in frame:
                if column.dtype not in missing:
                    missing[column.dtype] = _cast(nothing, column.dtype)
                data[column.name] = missing[column.dtype]
                continue
            given = frame[column.name]
            if column.path:
                given = given.map({one: cut_path(one) for one in given.unique()})
            data[column.name] = _cast(given, column.dtype)
        for name in extra:
            data[name] = frame[name]
        # an open-ended table may get so many columns that they had better lie together
        copied = None if self.open_ended else False
        result = pd.DataFrame(data, index=frame.index, copy=copied).reset_index(drop=True)
        if self.geometry:
            result = gpd.GeoDataFrame(result, geometry=self.geometry, crs=RD)
        return result

    def check(self, frame: pd.DataFrame) -> None:
        """Raise ``DataError`` with every fault of `frame` at once; a good frame passes in silence."""
        if self._is_plainly_empty(frame):
            return
        faults = [fault for column in self.columns for fault in self._check_column(frame, column)]
        faults += self._check_key(frame) + self._check_shape(frame)
        if faults:
            raise DataError.of(faults)

    def _is_plainly_empty(self, frame: pd.DataFrame) -> bool:
        """Tell at one look whether a frame is as ``empty`` gives it, as most tables of a small project are."""
        if len(frame):
            return False
        empty = _empty(self)
        same = frame.columns.equals(empty.columns) and frame.dtypes.tolist() == empty.dtypes.tolist()
        return same and not self._check_shape(frame)

    def _check_column(self, frame: pd.DataFrame, column: Column) -> list[Fault]:
        if column.name not in frame:
            return [self._problem("table_column_missing", "column {column} is missing", column.name)]
        series = frame[column.name]
        faults: list[Fault] = []
        if not _DTYPE_OK[column.dtype](series):
            message = "column {column} holds {dtype}, expected {expected}"
            faults.append(
                self._problem(
                    "table_dtype", message, column.name, dtype=str(series.dtype), expected=column.dtype
                )
            )
            return faults
        if series.empty:
            return faults
        if not column.nullable and bool(series.array.isna().any()):
            rows = _some_rows(frame, series.isna())
            faults.append(
                self._problem("table_null", "column {column} is empty in rows {rows}", column.name, rows=rows)
            )
        if column.allowed:
            wrong = series.notna() & ~series.isin(column.allowed)
            if bool(wrong.any()):
                values = ", ".join(sorted({str(value) for value in series[wrong]})[:_SHOWN])
                message = "column {column} holds {values}; allowed: {allowed}"
                faults.append(
                    self._problem(
                        "table_value", message, column.name, values=values, allowed=", ".join(column.allowed)
                    )
                )
        if column.minimum is not None and bool((series.array < column.minimum).any()):
            rows = _some_rows(frame, series < column.minimum)
            message = "column {column} is below {minimum} in rows {rows}"
            faults.append(
                self._problem("table_minimum", message, column.name, minimum=column.minimum, rows=rows)
            )
        if column.dtype == "float" and bool(np.isinf(series.to_numpy(dtype=float)).any()):
            faults.append(
                self._problem("table_infinite", "column {column} holds an infinite number", column.name)
            )
        return faults

    def _check_key(self, frame: pd.DataFrame) -> list[Fault]:
        if not set(self.key) <= set(frame.columns):
            return []
        double = frame.duplicated(list(self.key))
        if not bool(double.any()):
            return []
        values = ", ".join(frame.loc[double, self.key[0]].astype(str).head(_SHOWN))
        return [
            self._problem("table_key", "{column} is not unique: {values}", "/".join(self.key), values=values)
        ]

    def _check_shape(self, frame: pd.DataFrame) -> list[Fault]:
        faults = []
        unknown = [name for name in frame.columns if name not in self.names()]
        if unknown and not self.open_ended:
            faults.append(
                self._problem("table_unknown_column", "unknown column {column}", ", ".join(unknown))
            )
        if self.geometry and (
            not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None or not is_rd(frame.crs)
        ):
            faults.append(
                self._problem("table_crs", "{column} must be in RD New (EPSG:28992)", self.geometry)
            )
        return faults

    def _problem(self, key: str, message: str, column: str, **values: object) -> Fault:
        return Fault(key, f"Table {{table}}: {message}.", {"table": self.name, "column": column, **values})


@cache
def _empty(table: Table) -> pd.DataFrame:
    """What ``Table.empty`` gives a copy of: a small project asks for it dozens of times."""
    data = {column.name: pd.Series([], dtype=_PANDAS[column.dtype]) for column in table.columns}
    frame = pd.DataFrame(data)
    return gpd.GeoDataFrame(frame, geometry=table.geometry, crs=RD) if table.geometry else frame


_PANDAS: dict[str, str] = {
    "str": "str",
    "float": "float64",
    "int": "Int64",
    "bool": "bool",
    "geometry": "geometry",
}

_DTYPE_OK: dict[str, Callable[[pd.Series], bool]] = {
    "str": lambda series: bool(pd.api.types.is_string_dtype(series) or len(series) == 0),
    "float": lambda series: bool(pd.api.types.is_float_dtype(series)),
    "int": lambda series: bool(pd.api.types.is_integer_dtype(series)),
    "bool": lambda series: bool(pd.api.types.is_bool_dtype(series)),
    "geometry": lambda series: str(series.dtype) == "geometry",
}


def _cast(series: pd.Series, dtype: Dtype) -> pd.Series:
    if dtype == "geometry":
        return series
    as_type: Any = pd.api.types.pandas_dtype(_PANDAS[dtype])  # of a text: as this run holds it
    return series if series.dtype == as_type else series.astype(as_type)


def _some_rows(frame: pd.DataFrame, wrong: pd.Series) -> str:
    rows = [str(row) for row in frame.index[wrong.to_numpy(dtype=bool)][:_SHOWN]]
    more = int(wrong.sum()) - len(rows)
    return ", ".join(rows) + (f" and {more} more" if more > 0 else "")
