"""The names a column may have, and from the file's columns to ours; what is not known is named, not dropped unseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from kansenkaart.allowed import suggest
from kansenkaart.arrays import BoolArray
from kansenkaart.catalogue.models import Catalogue, Stream
from kansenkaart.catalogue.words import load_words
from kansenkaart.errors import Fault, ProjectError
from kansenkaart.project import Layer
from kansenkaart.sources.cells import Notation, Numbers, Reading, find_notations, read_numbers, read_texts
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.units import UNITS, conversion_factor, list_units

TEXT_COLUMNS = (
    *(
        "id",
        "name",
        "kind",
        "sbi",
        "municipality_code",
        "municipality",
        "country",
        "status",
        "status_date",
        "status_note",
    ),
    *("placement", "basis", "source", "source_year", "licence", "confidential"),
    # of a row that states one stream
    *("stream", "role", "unit", "eural", "treatment", "receiver"),
)
# How much of its stream a row states, in a unit of the stream.
QUANTITY = "quantity"
ADDRESS_COLUMNS = ("street", "house_number", "house_addition", "postcode", "town")
PRECISION = "location_precision_m"
# Name under which a layer may state how many rows it should have.
ROWS = "rows"
# Between the names of columns that make one of ours together: an id of a name and a postcode.
JOINED = " + "
# Pairs of columns that hold coordinates, in the order they are looked for.
COORDINATE_PAIRS = (("x_rd", "y_rd"), ("lon", "lat"), ("x", "y"))
GEOMETRY_TEXT = "geometry_wkt"
# Numbers that a format gives its rows, also in a table that was exported from one: no column of the user's.
ROW_NUMBERS = ("fid", "ogc_fid")
TEMPERATURES = ("supply_temperature_c", "demand_temperature_c")

_MOST_HINTS = 3
_MOST_NAMED = 30
# Beyond this a float no longer counts whole units, and squares and sums of the method may become infinite.
_LARGEST = 1e15


@dataclass(frozen=True)
class Names:
    """Every column name that means something, by what it holds.

    Parameters
    ----------
    quantities
        Name of a driver or measured quantity -> its unit.
    attributes
        Name of an attribute -> its allowed values.
    maxima
        Name of a driver -> the value above which a unit was mistaken.
    """

    quantities: dict[str, str]
    attributes: dict[str, tuple[str, ...]]
    maxima: dict[str, float]

    def all(self) -> tuple[str, ...]:
        """All names, each once, in a stable order."""
        coordinates = [name for pair in COORDINATE_PAIRS for name in pair]
        fixed = (*TEXT_COLUMNS, *ADDRESS_COLUMNS, PRECISION, QUANTITY, *coordinates, GEOMETRY_TEXT)
        return tuple(dict.fromkeys((*fixed, *self.quantities, *self.attributes)))

    def nearest(self, name: str) -> list[str]:
        """Return names that look like `name`."""
        return get_close_matches(name.lower(), self.all(), n=_MOST_HINTS, cutoff=0.8)


def list_names(catalogue: Catalogue) -> Names:
    """All column names that `catalogue` gives a meaning to."""
    quantities = {driver.id: driver.unit for driver in catalogue.drivers.values()}
    quantities |= {name: "C" for name in TEMPERATURES if name not in quantities}
    for stream in catalogue.streams.values():
        quantities |= dict.fromkeys(_stated_columns(stream), stream.unit)
    maxima = {
        driver.id: driver.maximum for driver in catalogue.drivers.values() if driver.maximum is not None
    }
    return Names(quantities, {name: one.allowed for name, one in catalogue.attributes.items()}, maxima)


def _stated_columns(stream: Stream) -> list[str]:
    """Columns in which a layer may state quantities of `stream` itself."""
    names: list[str] = []
    for role in ("supply", "demand"):
        names += [stream.column(role, bound=bound) for bound in ("", "low", "high")]
        names += [stream.column(role, origin=origin) for origin in ("covered", "free")]
    # what reported treatments make of what is free
    return names + [stream.column("supply", origin=origin) for origin in ("energy", "lost")]


def apply_recipe(layer: Layer, catalogue: Catalogue) -> Layer:
    """Return `layer` with what its recipe knows and units by our names; what the project file says goes before."""
    named = {
        name: unit if unit in UNITS else load_words().find_unit(unit) or unit
        for name, unit in layer.units.items()
    }
    if named != layer.units:
        layer = layer.model_copy(update={"units": named})
    if layer.recipe is None:
        return layer
    recipe = catalogue.recipes[layer.recipe]
    own = set(layer.rename.values())
    rename = {column: name for column, name in recipe.rename.items() if name not in own} | layer.rename
    plain = ("kind", "crs", "delimiter", "encoding", "area", "placement", "location_precision_m", "licence")
    settings: dict[str, object] = {
        name: getattr(layer, name) or getattr(recipe, name) or None for name in plain
    }
    tables = ("values", "units", "fill", "where", "factor")
    settings |= {name: {**getattr(recipe, name), **getattr(layer, name)} for name in tables}
    settings |= {
        "rename": rename,
        "source": layer.source or recipe.publisher or None,
        "combine": recipe.combine if layer.combine is None else layer.combine,
        "zero_is_unknown": tuple(dict.fromkeys((*recipe.zero_is_unknown, *layer.zero_is_unknown))),
    }
    return layer.model_copy(update=settings)


def check_settings(layer: Layer, names: Names, *, own: Mapping[str, str]) -> None:
    """Raise ``ProjectError`` with every name and unit of `layer` that cannot be right.

    Parameters
    ----------
    layer
        With its recipe applied.
    own
        What the project file itself renames: a recipe may know several columns for one of ours, for its versions.
    """
    known = names.all()
    named = [("rename", name) for name in layer.rename.values()]
    for key in ("values", "fill", "zero_is_unknown"):
        named += [(key, name) for name in getattr(layer, key)]
    faults = [_unknown_column(layer, key, name, names) for key, name in named if name not in known]
    counted = (ROWS, *names.quantities)
    faults += [_unknown_column(layer, "expect", name, names) for name in layer.expect if name not in counted]
    hectares = [name for name, unit in names.quantities.items() if unit == "ha"]
    asked = [("factor", name, list(names.quantities)) for name in layer.factor]
    asked += [("area", layer.area, hectares)] if layer.area is not None else []
    faults += [_no_quantity(layer, *one) for one in asked if one[1] not in one[2]]
    for name, unit in layer.units.items():
        if name == QUANTITY and unit in UNITS:
            continue
        if name not in names.quantities:
            faults.append(_unknown_column(layer, "units", name, names))
            continue
        target = names.quantities[name]
        if unit not in list_units(target):
            message = "Layer '{layer}': units.{column} = '{unit}' cannot become {target}. Allowed: {allowed}."
            values = {"layer": layer.name, "column": name, "unit": unit, "target": target}
            faults.append(Fault("layer_unit", message, values | {"allowed": ", ".join(list_units(target))}))
    targets = list(own.values())
    for name in sorted({name for name in targets if targets.count(name) > 1}):
        sources = ", ".join(column for column, target in own.items() if target == name)
        message = "Layer '{layer}': the columns {columns} are all renamed to '{name}'. Keep one of them."
        faults.append(
            Fault("layer_rename_twice", message, {"layer": layer.name, "columns": sources, "name": name})
        )
    if faults:
        raise ProjectError.of(faults)


def rename_columns(
    frame: pd.DataFrame, layer: Layer, names: Names, findings: LayerFindings, *, own: set[str]
) -> pd.DataFrame:
    """Return the columns of `frame` that have a meaning, under our names, their cells as they were.

    Parameters
    ----------
    frame
        Columns as the file names them.
    layer
        With its recipe applied.
    own
        Columns that the project file itself renames: these must be in the file.

    Raises
    ------
    ProjectError
        When a column that must be renamed is not in the file.
    """
    present = [str(name) for name in frame.columns]
    folded = {name.casefold(): name for name in reversed(present)}
    found = {column: _find_columns(column, present, folded) for column in layer.rename}
    missing = [column for column in layer.rename if not found[column] and column in own]
    if missing:
        raise ProjectError.of([_missing_column(layer, column, present) for column in missing])
    origin: dict[str, list[list[str]]] = {}
    for column, name in layer.rename.items():
        if found[column]:
            origin.setdefault(name, []).append(found[column])
    for column, name in layer.rename.items():
        if name not in origin:
            findings.remark(0, "recipe_column_absent", severity="note", value=column, name=name)
    renamed = {column for several in origin.values() for columns in several for column in columns}
    for name in names.all():
        there = name if name in present else folded.get(name)
        if name not in origin and there is not None and there not in renamed:
            origin[name] = [[there]]
    findings.origin = {name: JOINED.join(several[0]) for name, several in origin.items()}
    used = {column for several in origin.values() for columns in several for column in columns}
    _remark_unknown([name for name in present if name not in used], findings.origin, names, findings)
    return pd.DataFrame(
        {name: _first_filled(frame, several) for name, several in origin.items()}, index=frame.index
    )


def _find_columns(column: str, present: list[str], folded: Mapping[str, str]) -> list[str]:
    """The file's column called so, or those that it joins; none where one of them lacks."""
    parts = [column] if column in present else column.split(JOINED)
    found = [part if part in present else folded.get(part.casefold()) for part in parts]
    return [part for part in found if part is not None] if None not in found else []


def _first_filled(frame: pd.DataFrame, several: list[list[str]]) -> pd.Series:
    """Cells of the first of `several`, and where that is empty those of the next; columns that go together joined."""
    cells = _join(frame, several[0])
    for columns in several[1:]:
        empty = read_texts(cells).isna()
        cells = cells.astype(object).where(~empty, _join(frame, columns).astype(object))
    return cells


def _join(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    if len(columns) == 1:
        return frame[columns[0]]
    texts = pd.DataFrame({column: read_texts(frame[column]).fillna("") for column in columns})
    joined: pd.Series = texts[columns[0]].str.cat(texts[columns[1:]], sep=" ").str.strip()
    return joined.mask(joined == "")


def translate_values(cells: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    """Replace the codes of `layer.values`; a code that is not listed stays as it is."""
    translated = cells.copy()
    for name, codes in layer.values.items():
        if name in translated:
            texts = read_texts(translated[name])
            folded = {code.casefold(): ours for code, ours in codes.items()}
            mapped = texts.str.casefold().map(folded).astype("str")
            translated[name] = mapped.where(mapped.notna(), texts)
    return translated


def fill_cells(cells: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    """Give every row what `layer.fill` says of the cells that are empty."""
    filled = cells.copy()
    for name, value in layer.fill.items():
        if name in filled:
            filled[name] = filled[name].astype(object).mask(read_texts(filled[name]).isna(), value)
        else:
            filled[name] = value
    return filled


def _remark_unknown(
    unused: list[str], origin: Mapping[str, str], names: Names, findings: LayerFindings
) -> None:
    plain: list[str] = []
    for name in (name for name in unused if name.casefold() not in ROW_NUMBERS):
        near = [hint for hint in names.nearest(name) if hint not in origin]
        if near and name.casefold() not in names.all():
            findings.remark(0, "column_typo", severity="warning", value=name, hint=", ".join(near))
        else:
            plain.append(name)
    if plain:
        shown = ", ".join(plain[:_MOST_NAMED]) + (", …" if len(plain) > _MOST_NAMED else "")
        findings.remark(0, "unknown_columns", severity="note", value=shown, count=len(plain), columns=shown)


def _unknown_column(layer: Layer, key: str, name: str, names: Names) -> Fault:
    message = (
        "Layer '{layer}': {key} names column '{name}', which has no meaning here. {hint} "
        "See 'kansenkaart catalogue'."
    )
    hint = suggest(name, names.all())
    return Fault("layer_column", message, {"layer": layer.name, "key": key, "name": name, "hint": hint})


def _no_quantity(layer: Layer, key: str, name: str, allowed: list[str]) -> Fault:
    message = "Layer '{layer}': {key} names '{name}', which is no such quantity. {hint}"
    values = {"layer": layer.name, "key": key, "name": name, "hint": suggest(name, allowed)}
    return Fault("layer_no_quantity", message, values)


def _missing_column(layer: Layer, column: str, present: list[str]) -> Fault:
    message = "Layer '{layer}': column '{column}' is not in {path}. Columns there: {allowed}."
    values = {"layer": layer.name, "column": column, "path": layer.path, "allowed": ", ".join(present)}
    return Fault("layer_column_absent", message, values)


def read_quantities(cells: pd.DataFrame, layer: Layer, names: Names, findings: LayerFindings) -> pd.DataFrame:
    """Read every quantity column of `cells`.

    Parameters
    ----------
    cells
        Under our names, cells as the file has them; the index holds row numbers.
    layer
        With its recipe applied: units and what zero means.

    Returns
    -------
    DataFrame
        float64 columns in the catalogue's unit, NaN where unknown. A negative, impossible or unreadable quantity
        rejects its row.
    """
    columns = [name for name in names.quantities if name in cells]
    elsewhere = find_notations(cells, columns)
    read: dict[str, np.ndarray] = {}
    for name in columns:
        values = read_column(cells[name], name, findings, elsewhere=elsewhere)
        if name in layer.zero_is_unknown:
            findings.remark_each(cells[name][values == 0], "zero_unknown", severity="repaired", column=name)
            values = np.where(values == 0, np.nan, values)
        if name in layer.units:
            values = values * conversion_factor(layer.units[name], names.quantities[name])
        values = values * layer.factor.get(name, 1.0)
        read[name] = check_limits(values, cells[name], name, names, findings)
    return pd.DataFrame(read, index=cells.index, dtype="float64")


def read_column(
    cells: pd.Series,
    name: str,
    findings: LayerFindings,
    *,
    elsewhere: set[Notation],
    settled: Reading | None = None,
) -> np.ndarray:
    """Read one column of numbers and say what was remarkable about it; returns float64, NaN where unknown."""
    numbers = read_numbers(cells, elsewhere=elsewhere, settled=settled)
    findings.reject_each(cells[numbers.faulty], "not_a_number", column=name)
    findings.reject_each(cells[numbers.undecided & ~numbers.faulty], "number_ambiguous", column=name)
    findings.remark_each(cells[numbers.unknown], "unknown_value", severity="repaired", column=name)
    _remark_assumed(cells, numbers, name, findings)
    large = np.abs(numbers.values) > _LARGEST
    findings.reject_each(cells[large], "number_large", column=name)
    return np.where(large, np.nan, numbers.values)


def _remark_assumed(cells: pd.Series, numbers: Numbers, name: str, findings: LayerFindings) -> None:
    if not numbers.assumed.any():
        return
    place = int(np.flatnonzero(numbers.assumed)[0])
    findings.remark(
        int(cells.index[place]),
        "number_notation_assumed",
        severity="warning",
        column=name,
        value=cells.iloc[place],
        read=findings.ungrouped(float(numbers.values[place])),
        count=int(numbers.assumed.sum()),
    )


def check_limits(
    values: np.ndarray, cells: pd.Series, name: str, names: Names, findings: LayerFindings
) -> np.ndarray:
    """Numbers of a column, NaN where one is below 0 or beyond what is possible: its row is rejected."""
    unit = names.quantities[name]
    wrong: BoolArray = (values < 0) & (unit != "C")
    findings.reject_each(cells[wrong], "negative", column=name)
    if name in names.maxima:
        above = values > names.maxima[name]
        limit = f"{findings.number(names.maxima[name])} {unit}"
        findings.reject_each(cells[above], "above_maximum", column=name, maximum=limit)
        wrong |= above
    return np.where(wrong, np.nan, values)
