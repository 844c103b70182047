"""Which rows of a file take part: those that `where` asks for, and one per place where `combine` adds rows up."""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import translate

import numpy as np
import pandas as pd

from kansenkaart.arrays import BoolArray
from kansenkaart.catalogue import Condition
from kansenkaart.errors import Fault, ProjectError
from kansenkaart.project import Layer
from kansenkaart.sources.cells import find_notation, map_distinct, read_numbers, read_texts
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.raw import Raw

_COMPARES = re.compile(r"(?P<sign>>=|<=|>|<)\s*(?P<number>-?\d+(?:[.,]\d+)?)")
_LATEST = "latest"
# A register that gives one object several values writes them so: kas|warenhuis.
_SEVERAL = "|"


def keep_rows(raw: Raw, layer: Layer, findings: LayerFindings, *, own: frozenset[str]) -> Raw:
    """Return the rows that `layer.where` asks for; those that its reader rejected stay, to be told.

    Parameters
    ----------
    layer
        With its recipe applied.
    own
        Columns that the project file itself names: these must be in the file.

    Raises
    ------
    ProjectError
        When a column that the project file names is not there.
    """
    present = [str(name) for name in raw.frame.columns]
    folded = {name.casefold(): name for name in reversed(present)}
    kept: BoolArray = np.ones(len(raw.frame), dtype=bool)
    for column, condition in layer.where.items():
        found = column if column in present else folded.get(column.casefold())
        if found is None and column in own:
            raise ProjectError.of([_missing(layer, column, present)])
        if found is None:
            findings.remark(0, "where_column_absent", severity="warning", value=column)
            continue
        kept &= find_rows(raw.frame[found], condition)
    left_out = int((~kept).sum())
    if left_out:
        shown = "; ".join(
            f"{column} = {show_condition(condition)}" for column, condition in layer.where.items()
        )
        findings.remark(0, "where_left_out", severity="note", value=shown, count=left_out, where=shown)
    return take(raw, kept | findings.rejects(raw.frame.index))


def take(raw: Raw, kept: BoolArray) -> Raw:
    """Return `raw` with the rows for which `kept` holds."""
    geometry = None if raw.geometry is None else raw.geometry[kept]
    return replace(raw, frame=raw.frame[kept], geometry=geometry)


def find_rows(cells: pd.Series, condition: Condition) -> BoolArray:
    """Tell which of `cells` a condition holds for.

    Parameters
    ----------
    condition
        A value, with ``*`` for any end; several, of which one must hold; ``!`` before one that must not;
        ``>= 5`` and the like; ``latest`` for the highest number of the column.

    Examples
    --------
    >>> cells = pd.Series(["kas|warenhuis", "huis", None, "10.71"])
    >>> find_rows(cells, "kas").tolist(), find_rows(cells, ("!huis", "!10*")).tolist()
    ([True, False, False, False], [True, False, True, False])
    >>> find_rows(pd.Series(["2019", "2021", "2021"]), "latest").tolist()
    [False, True, True]
    """
    several = condition if isinstance(condition, tuple) else (condition,)
    asked = [str(one).strip() for one in several]
    wanted = [one for one in asked if not one.startswith("!")]
    refused = [one[1:].strip() for one in asked if one.startswith("!")]
    kept: BoolArray = np.ones(len(cells), dtype=bool)
    if wanted:
        kept = np.logical_or.reduce([_holds(cells, one) for one in wanted])
    for one in refused:
        kept &= ~_holds(cells, one)
    return kept


def _holds(cells: pd.Series, asked: str) -> BoolArray:
    compares = _COMPARES.fullmatch(asked)
    if compares is not None or asked == _LATEST:
        values = read_numbers(cells, elsewhere=find_notation(cells)).values
        if compares is None:
            return _are_latest(cells, values)
        limit = float(compares["number"].replace(",", "."))
        signs = {">=": values >= limit, "<=": values <= limit, ">": values > limit, "<": values < limit}
        return np.asarray(signs[compares["sign"]], dtype=bool)
    form = re.compile(translate(asked.casefold()))

    def fits(text: str) -> bool:
        return any(form.fullmatch(part.strip()) is not None for part in text.casefold().split(_SEVERAL))

    texts = read_texts(cells)
    if not asked:
        return texts.isna().to_numpy(dtype=bool)
    return (map_distinct(texts, lambda text: "x" if fits(text) else None)).notna().to_numpy(dtype=bool)


def _are_latest(cells: pd.Series, values: np.ndarray) -> BoolArray:
    if np.isfinite(values).any():
        return np.asarray(values == np.nanmax(values), dtype=bool)
    texts = read_texts(cells)  # a period as CBS writes it: 2024JJ00
    return np.asarray((texts == texts.dropna().max()).fillna(False), dtype=bool)


def find_first_rows(ids: pd.Series, findings: LayerFindings) -> BoolArray:
    """Tell which rows stand for their place where rows with one id are one place; rejected rows stay, to be told."""
    rejected = findings.rejects(ids.index)
    left = ids.mask(rejected)
    first = np.asarray(left.isna() | ~left.duplicated(), dtype=bool)
    added = int((~first).sum())
    if added:
        places = int(left.nunique())
        findings.remark(0, "rows_combined", severity="note", value=added, count=added, places=places)
    return first


def add_up(
    quantities: pd.DataFrame, ids: pd.Series, first: BoolArray, findings: LayerFindings
) -> pd.DataFrame:
    """Return the quantities of the rows that stand for their place, those of its other rows added."""
    counted = ids.mask(findings.rejects(ids.index))
    sums = quantities.groupby(counted, sort=False).transform("sum", min_count=1)
    return sums.where(counted.notna(), quantities, axis="index")[first]


def show_condition(condition: Condition) -> str:
    """Return a condition as it is told."""
    return ", ".join(map(str, condition)) if isinstance(condition, tuple) else str(condition)


def _missing(layer: Layer, column: str, present: list[str]) -> Fault:
    message = (
        "Layer '{layer}': where names column '{column}', which is not in {path}. Columns there: {allowed}."
    )
    values = {"layer": layer.name, "column": column, "path": layer.path, "allowed": ", ".join(present)}
    return Fault("layer_where_absent", message, values)
