"""From the file's columns to ours: recipe, renaming, code lists; what is not known is named, not dropped unseen."""

from __future__ import annotations

import pandas as pd

from kansenkaart.allowed import suggest
from kansenkaart.catalogue.models import Catalogue
from kansenkaart.errors import Problem, ProjectError
from kansenkaart.project import Layer
from kansenkaart.sources.cells import read_texts
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.names import ROW_NUMBERS, Names
from kansenkaart.units import UNITS, conversion_factor

_MOST_NAMED = 30


def apply_recipe(layer: Layer, catalogue: Catalogue) -> Layer:
    """Return `layer` with what its recipe knows; what the project file says itself goes before."""
    if layer.recipe is None:
        return layer
    recipe = catalogue.recipes[layer.recipe]
    own = set(layer.rename.values())
    rename = {column: name for column, name in recipe.rename.items() if name not in own} | layer.rename
    return layer.model_copy(
        update={
            "kind": layer.kind or recipe.kind,
            "crs": layer.crs or recipe.crs,
            "delimiter": layer.delimiter or recipe.delimiter,
            "encoding": layer.encoding or recipe.encoding,
            "rename": rename,
            "values": {**recipe.values, **layer.values},
            "units": {**recipe.units, **layer.units},
            "zero_is_unknown": tuple(dict.fromkeys((*recipe.zero_is_unknown, *layer.zero_is_unknown))),
        }
    )


def check_settings(layer: Layer, names: Names) -> None:
    """Raise ``ProjectError`` with every name and unit of `layer` that cannot be right."""
    known = names.all()
    asked = [("rename", name) for name in layer.rename.values()]
    asked += [("values", name) for name in layer.values] + [
        ("zero_is_unknown", name) for name in layer.zero_is_unknown
    ]
    problems = [_unknown_column(layer, key, name, names) for key, name in asked if name not in known]
    for name, unit in layer.units.items():
        if name not in names.quantities:
            problems.append(_unknown_column(layer, "units", name, names))
            continue
        target = names.quantities[name]
        if unit not in list_units(target):
            message = "Layer '{layer}': units.{column} = '{unit}' cannot become {target}. Allowed: {allowed}."
            values = {"layer": layer.name, "column": name, "unit": unit, "target": target}
            problems.append(
                Problem("layer_unit", message, values | {"allowed": ", ".join(list_units(target))})
            )
    targets = list(layer.rename.values())
    for name in sorted({name for name in targets if targets.count(name) > 1}):
        sources = ", ".join(column for column, target in layer.rename.items() if target == name)
        message = "Layer '{layer}': the columns {columns} are all renamed to '{name}'. Keep one of them."
        problems.append(
            Problem("layer_rename_twice", message, {"layer": layer.name, "columns": sources, "name": name})
        )
    if problems:
        raise ProjectError.of(problems)


def list_units(target: str) -> list[str]:
    """Units that can be converted to `target`.

    Examples
    --------
    >>> list_units("ha")
    ['m2', 'are', 'ha', 'km2']
    """
    return [unit for unit in UNITS if _converts(unit, target)]


def _converts(unit: str, target: str) -> bool:
    try:
        conversion_factor(unit, target)
    except ValueError:
        return False
    return True


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
    origin: dict[str, str] = {}
    missing: list[str] = []
    for column, name in layer.rename.items():
        found = column if column in present else folded.get(column.casefold())
        if found is not None:
            origin[name] = found
        elif column in own:
            missing.append(column)
        else:
            findings.remark(0, "recipe_column_absent", severity="note", value=column, name=name)
    if missing:
        raise ProjectError.of([_missing_column(layer, column, present) for column in missing])
    renamed = set(origin.values())
    for name in names.all():
        found = name if name in present else folded.get(name)
        if name not in origin and found is not None and found not in renamed:
            origin[name] = found
    findings.origin = origin
    _remark_unknown(present, origin, names, findings)
    return pd.DataFrame({name: frame[column] for name, column in origin.items()}, index=frame.index)


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


def _remark_unknown(
    present: list[str], origin: dict[str, str], names: Names, findings: LayerFindings
) -> None:
    used = set(origin.values())
    unknown = [name for name in present if name not in used and name.casefold() not in ROW_NUMBERS]
    plain: list[str] = []
    for name in unknown:
        near = [hint for hint in names.nearest(name) if hint not in origin]
        if near and name.casefold() not in names.all():
            findings.remark(0, "column_typo", severity="warning", value=name, hint=", ".join(near))
        else:
            plain.append(name)
    if plain:
        shown = ", ".join(plain[:_MOST_NAMED]) + (", …" if len(plain) > _MOST_NAMED else "")
        findings.remark(0, "unknown_columns", severity="note", value=shown, count=len(plain), columns=shown)


def _unknown_column(layer: Layer, key: str, name: str, names: Names) -> Problem:
    message = (
        "Layer '{layer}': {key} names column '{name}', which has no meaning here. {hint} "
        "See 'kansenkaart catalogue'."
    )
    hint = suggest(name, names.all())
    return Problem("layer_column", message, {"layer": layer.name, "key": key, "name": name, "hint": hint})


def _missing_column(layer: Layer, column: str, present: list[str]) -> Problem:
    message = "Layer '{layer}': column '{column}' is not in {path}. Columns there: {allowed}."
    values = {"layer": layer.name, "column": column, "path": layer.path, "allowed": ", ".join(present)}
    return Problem("layer_column_absent", message, values)
