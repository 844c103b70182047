"""What kind of places a table holds: by what its recipe says, its columns, its name and the names in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from kansenkaart.catalogue.models import Catalogue
from kansenkaart.catalogue.recipe import Recipe
from kansenkaart.catalogue.words import Words
from kansenkaart.sources.look import ColumnLook, Look
from kansenkaart.sources.match_columns import Clue, Matched
from kansenkaart.sources.narrow import show_condition
from kansenkaart.sources.region import normalise_code
from kansenkaart.texts import fold_word

_SHARE_OF_NAMES = 0.5
_SHORTEST_PART = 4


def find_kind(
    look: Look, matched: Matched, recipe: Recipe | None, given: Mapping[str, str], words: Words
) -> tuple[str | None, list[Clue]]:
    """Kind of the places, and what speaks for it."""
    if recipe is not None:
        known = {name.casefold() for name in recipe.rename}
        columns = ", ".join(name for name in matched.origin.values() if name.casefold() in known)
        why = [Clue("recipe", {"recipe": recipe.id, "columns": columns or ", ".join(recipe.columns)})]
        why += [Clue("recipe_licence", {"publisher": recipe.publisher, "licence": recipe.licence})]
        if recipe.where:
            shown = "; ".join(f"{name} = {show_condition(one)}" for name, one in recipe.where.items())
            why.append(Clue("recipe_where", {"where": shown}))
        why += [Clue("trap", {"trap": {"nl": trap.nl, "en": trap.en}}) for trap in recipe.trap]
        return given.get("kind") or recipe.kind, why
    if "kind" in given:
        return given["kind"], []
    if "sbi" in matched.origin and "kind" not in matched.origin:
        return None, [Clue("kind_sbi", {"column": matched.origin["sbi"]})]
    if "kind" in matched.origin:
        column = look.column(matched.origin["kind"])
        names = ", ".join(column.samples) if column else ""
        return None, [Clue("kind_column", {"column": matched.origin["kind"], "values": names})]
    for what, text in (("table", look.table or ""), ("file", Path(look.file).stem)):
        kind = _kind_by_name(text, words)
        if kind is not None:
            return kind, [Clue(f"kind_{what}", {"kind": kind, "value": text})]
    column = look.column(matched.origin.get("name", ""))
    if column is not None:
        kinds = pd.Series([_kind_by_name(text, words) for text in column.values]).value_counts()
        if len(kinds) and kinds.iloc[0] >= _SHARE_OF_NAMES * len(column.values):
            return str(kinds.index[0]), [
                Clue("kind_names", {"kind": kinds.index[0], "values": ", ".join(column.samples)})
            ]
    code = look.column(matched.origin.get("municipality_code", matched.origin.get("id", "")))
    if (
        code is not None
        and code.distinct == look.rows
        and "inhabitants" in matched.origin
        and _holds_codes(code)
    ):
        return "municipality", [Clue("kind_municipality", {"column": code.name})]
    if "crop" in matched.origin:
        return "greenhouse", [Clue("kind_crop", {"column": matched.origin["crop"]})]
    return None, []


def list_kinds(look: Look, matched: Matched, catalogue: Catalogue, words: Words) -> tuple[str, ...]:
    """Kinds that a column names, the most frequent first."""
    column = look.column(matched.origin.get("kind", ""))
    found = (
        [words.find_allowed("kind", text, tuple(catalogue.kinds)) for text in column.values] if column else []
    )
    return tuple(dict.fromkeys(kind for kind in found if kind is not None))


def list_drivers(kind: str | None, catalogue: Catalogue) -> list[str]:
    """What says how large a place of `kind` is, that of most rules of thumb first."""
    counts = Counter(one.driver for one in catalogue.kengetallen.values() if kind in one.kinds)
    return [driver for driver, _ in counts.most_common() if driver in catalogue.drivers]


def find_driver(column: str, kind: str, catalogue: Catalogue, words: Words) -> str:
    """What a column that says how large a place of `kind` is most likely holds: by its name, else what is usual."""
    folded = f"_{fold_word(column)}_"
    called = [
        ours
        for ours, several in words.columns_of.get(kind, {}).items()
        if any(f"_{one}_" in folded for one in several)
    ]
    return next((one for one in called if one in catalogue.drivers), list_drivers(kind, catalogue)[0])


def _holds_codes(column: ColumnLook) -> bool:
    """Tell whether a column holds municipality codes, which an id may be: numbers alone are none."""
    return all(normalise_code(text) is not None and not text.isdigit() for text in column.samples)


def _kind_by_name(text: str, words: Words) -> str | None:
    """Kind that the name of a file, layer or place points at: a whole word first, then the longest part of one."""
    folded = fold_word(text)
    parts = folded.split("_")
    whole = [words.values["kind"][part] for part in parts if part in words.values["kind"]]
    if whole:
        return whole[0]
    signs = {word: kind for word, kind in words.values["kind"].items() if len(word) >= _SHORTEST_PART}
    signs |= {sign: kind for kind, several in words.signs.items() for sign in several}
    found = [sign for sign in signs if sign in folded]
    return signs[max(found, key=len)] if found else None
