"""What a table probably is - recipe, kind, columns, units, CRS, year - with what speaks for it and what is open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kansenkaart.catalogue.models import Catalogue
from kansenkaart.catalogue.recipe import Recipe
from kansenkaart.catalogue.words import Words
from kansenkaart.geo import RD, WGS84
from kansenkaart.sources.columns import (
    COORDINATE_PAIRS,
    GEOMETRY_TEXT,
    JOINED,
    QUANTITY,
    ROW_NUMBERS,
    list_names,
)
from kansenkaart.sources.find_kind import find_driver, find_kind, list_drivers, list_kinds
from kansenkaart.sources.look import Look
from kansenkaart.sources.match_columns import Clue, Matched, match_columns, match_links
from kansenkaart.sources.place_look import place_look
from kansenkaart.tables.links import LINK_STATUSES
from kansenkaart.tables.sites import STATUSES
from kansenkaart.texts import fold_word

Role = Literal["places", "links", "none"]

# So much of a recipe's columns must be in a file, its id among them.
_RECIPE_SHARE = 0.6
# Of columns that tell a published file from others; versions leave some out.
_COLUMNS_SHARE = 0.8
_YEAR = re.compile(r"(?<!\d)(19[89]\d|20\d\d)(?!\d)")
_LINES = ("LineString", "MultiLineString")
# What says how large a business is of which only the SBI code is known.
_OF_BUSINESSES = "jobs"
# An answer that names no column.
NO_COLUMN = "-"
_MOST_KINDS = 6


@dataclass(frozen=True)
class Doubt:
    """What only the user knows.

    Parameters
    ----------
    path
        Setting that the answer becomes: ``kind``, ``crs``, ``units.glass_ha``; ``quantity``: the column that says how
        large a place is.
    said
        The question.
    options
        Answers that are possible, the likeliest first; empty: any.
    default
        What is taken when nobody answers; None: there is no going on without an answer.
    """

    path: str
    said: Clue
    options: tuple[str, ...]
    default: str | None


@dataclass(frozen=True)
class Proposal:
    """What a table probably is.

    Parameters
    ----------
    role
        A layer with places, a table of what runs already, or neither.
    settings
        Keys of ``[[layers]]`` or ``[[links]]``, without `name` and `path`.
    origin
        Our column -> the file's.
    why
        What speaks for it, and what should be known.
    doubts
        What only the user knows.
    """

    look: Look
    role: Role
    settings: Mapping[str, Any]
    origin: Mapping[str, str]
    why: tuple[Clue, ...]
    doubts: tuple[Doubt, ...]


def propose(
    look: Look, catalogue: Catalogue, words: Words, given: Mapping[str, str] | None = None
) -> Proposal:
    """Propose what a table is.

    Parameters
    ----------
    given
        Answers of the user by path, as in ``Doubt.path``; they go before everything.
    """
    given = given or {}
    links, unit = match_links(look, words)
    if "stream" in links and all(links.keys() & {end, f"{end}_name"} for end in ("supply", "demand")):
        return _propose_links(look, links, unit)
    recipe = catalogue.recipes.get(given.get("recipe", "")) or _find_recipe(look, catalogue)
    taken = {} if recipe is None else _present(recipe.rename, look)
    named = {ours: path.removeprefix("rename.") for path, ours in given.items() if path.startswith("rename.")}
    named = {ours: column for ours, column in named.items() if look.column(column) is not None}
    taken = {ours: column for ours, column in taken.items() if ours not in named}
    matched = match_columns(look, (), catalogue, words, taken, named)
    kind, signs = find_kind(look, matched, recipe, given, words)
    look, crs, placed = place_look(look, matched.origin, given.get("crs") or (recipe.crs if recipe else None))
    kinds = (kind,) if kind is not None else list_kinds(look, matched, catalogue, words)
    # once it is placed, shapes hide that columns did it
    coordinates = {ours for pair in COORDINATE_PAIRS for ours in pair}
    taken |= {ours: column for ours, column in matched.origin.items() if ours in coordinates - named.keys()}
    # with shapes and a kind more columns are known: oppervlakte is glass in a layer of greenhouses
    if look.column(given.get("quantity", NO_COLUMN)) is not None:
        if kind is not None:
            named[find_driver(given["quantity"], kind, catalogue, words)] = given["quantity"]
        elif "sbi" in matched.origin:
            named[_OF_BUSINESSES] = given["quantity"]
    matched = match_columns(look, kinds, catalogue, words, taken, named)
    settings: dict[str, Any] = {} if recipe is None else {"recipe": recipe.id}
    if kind is not None and "kind" not in matched.origin and (recipe is None or recipe.kind != kind):
        settings["kind"] = kind
    if crs is not None and (recipe is None or recipe.crs != crs):
        settings["crs"] = crs
    table = _PlaceTable(look, matched, kind, recipe, given)
    checked = () if recipe is None else (say_check(recipe),)
    reason = _why_no_places(table, catalogue)
    if reason is not None:
        return Proposal(look, "none", {}, matched.origin, (reason, *checked), ())
    settings |= _name_settings(table, list_names(catalogue).quantities)
    why = (*signs, *checked, *placed, *matched.said, *_say_open(table, catalogue, words))
    return Proposal(
        look, "places", settings, matched.origin, why, tuple(_list_doubts(table, settings, catalogue))
    )


@dataclass(frozen=True)
class _PlaceTable:
    """What was found of a table of places."""

    look: Look
    matched: Matched
    kind: str | None
    recipe: Recipe | None
    given: Mapping[str, str]

    @property
    def is_placed(self) -> bool:
        """Whether rows have coordinates."""
        origin = self.matched.origin
        return (
            self.look.extent is not None
            or GEOMETRY_TEXT in origin
            or any(x in origin and y in origin for x, y in COORDINATE_PAIRS)
        )

    @property
    def has_address(self) -> bool:
        """Whether rows lie at their address: only where the user says who knows addresses."""
        return "placement" in self.given and bool({"postcode", "street"} & self.matched.origin.keys())


def _why_no_places(table: _PlaceTable, catalogue: Catalogue) -> Clue | None:
    """Say why a table cannot be a layer of places; nothing where it can."""
    look, origin = table.look, table.matched.origin
    if not look.rows:
        return Clue("no_rows")
    if table.recipe is not None and table.recipe.use != "layers":
        return Clue(f"use_{table.recipe.use}", {"recipe": table.recipe.id})
    counts = bool(list_names(catalogue).quantities.keys() & origin.keys()) or _states_streams(origin)
    if look.shapes and set(look.shapes) <= set(_LINES) and not counts:
        return Clue("lines")
    municipal = {"municipality_code", "municipality"} & origin.keys()
    if not table.is_placed and not municipal and not table.has_address:
        addressed = {"postcode", "street"} & origin.keys() or any(
            fold_word(one.name).endswith("postcode") for one in look.columns
        )
        return Clue("no_place_address" if addressed else "no_place")
    if not counts and table.kind is None and not {"kind", "sbi"} & origin.keys():
        return Clue("nothing_counts")
    if "id" in origin or (table.recipe is not None and table.recipe.placement == "municipality"):
        return None
    code = look.column(origin.get("municipality_code") or origin.get("municipality", ""))
    if not table.is_placed and code is not None:
        return None if code.distinct == look.rows else Clue("rows_per_place", {"column": code.name})
    return Clue("no_id")


def say_check(recipe: Recipe) -> Clue:
    """Say what the columns of a recipe were held against, or that no published file of them was seen."""
    return (
        Clue("recipe_checked", {"described": recipe.described})
        if recipe.described
        else Clue("recipe_unchecked")
    )


def _states_streams(origin: Mapping[str, str]) -> bool:
    """Tell whether each row states a stream and how much of it."""
    return QUANTITY in origin and bool({"stream", "eural"} & origin.keys())


def _name_settings(table: _PlaceTable, targets: Mapping[str, str]) -> dict[str, Any]:
    """Settings that name columns, units, placement and year."""
    recipe, matched, given = table.recipe, table.matched, table.given
    pairs = () if recipe is None else recipe.rename.items()
    known = {(ours, name.casefold().split(JOINED)[-1]) for name, ours in pairs}
    rename = {
        column: ours
        for ours, column in matched.origin.items()
        if column.casefold() != ours and (ours, column.casefold()) not in known
    }
    units = {**matched.units, **{ours: possible[0] for ours, possible in matched.unsure.items()}}
    units |= {path.removeprefix("units."): unit for path, unit in given.items() if path.startswith("units.")}
    units = {ours: unit for ours, unit in units.items() if ours in matched.origin and unit != targets[ours]}
    settings: dict[str, Any] = {
        name: table for name, table in (("rename", rename), ("units", units)) if table
    }
    if not table.is_placed and not table.has_address and (recipe is None or recipe.placement is None):
        settings["placement"] = "municipality"
    if recipe is None and "sbi" in matched.origin and not {"kind", "establishments"} & matched.origin.keys():
        settings["fill"] = {"establishments": "1"}  # a row of a register of businesses is one of them
    year = given.get("year") or _find_year(table.look)
    if year is not None and "source_year" not in matched.origin:
        settings["year"] = int(year)
    return settings


def _find_year(look: Look) -> str | None:
    found = _YEAR.findall(f"{Path(look.file).stem} {look.table or ''}")
    return str(max(found)) if found else None


def _list_doubts(table: _PlaceTable, settings: Mapping[str, Any], catalogue: Catalogue) -> list[Doubt]:
    given, look, origin = table.given, table.look, table.matched.origin
    doubts: list[Doubt] = []
    if table.kind is None and not {"kind", "sbi"} & origin.keys() and "kind" not in given:
        doubts.append(Doubt("kind", Clue("ask_kind"), tuple(catalogue.kinds), None))
    unstated = look.raw.crs is None and "crs" not in settings and table.is_placed
    if unstated and "crs" not in given and not (table.recipe and table.recipe.crs):
        doubts.append(Doubt("crs", Clue("ask_crs"), (RD, WGS84), None))
    sizes = [] if "quantity" in given else _list_sizes(table, catalogue)
    if sizes:
        values = {"kind": table.kind, "drivers": ", ".join(list_drivers(table.kind, catalogue)[:_MOST_KINDS])}
        asked = Clue("ask_jobs") if table.kind is None else Clue("ask_quantity", values)
        doubts.append(Doubt("quantity", asked, (*sizes, NO_COLUMN), NO_COLUMN))
    for ours, possible in table.matched.unsure.items():
        if f"units.{ours}" not in given:
            column = look.column(origin[ours])
            values = {
                "column": origin[ours],
                "ours": ours,
                "values": ", ".join(column.samples) if column else "",
            }
            doubts.append(Doubt(f"units.{ours}", Clue("ask_unit", values), possible, possible[0]))
    return doubts


def _lacks_size(table: _PlaceTable, catalogue: Catalogue) -> bool:
    """Whether nothing says how large the places of a kind are."""
    recipe, origin = table.recipe, table.matched.origin
    stated = recipe is not None and (recipe.area is not None or bool(recipe.fill))
    counts = (
        stated or _states_streams(origin) or bool(list_names(catalogue).quantities.keys() & origin.keys())
    )
    by_code = "sbi" in origin and "kind" not in origin
    return (table.kind is not None or by_code) and not counts


def _list_sizes(table: _PlaceTable, catalogue: Catalogue) -> list[str]:
    """Columns with numbers of which nobody knows what they are, where one of them would say how large a place is."""
    if (
        table.recipe is not None
        or not _lacks_size(table, catalogue)
        or not (table.kind is None or list_drivers(table.kind, catalogue))
    ):
        return []
    used = {*table.matched.origin.values(), *ROW_NUMBERS}
    return [one.name for one in table.look.columns if one.low is not None and one.name not in used]


def _say_open(table: _PlaceTable, catalogue: Catalogue, words: Words) -> list[Clue]:
    """What the user should know of the columns: words that are not known, nothing to count with, columns left aside."""
    look, matched = table.look, table.matched
    said = [
        Clue("unknown_words", {"column": column, "ours": ours, "values": ", ".join(unknown)})
        for ours, column in matched.origin.items()
        if (unknown := find_unknown(look, ours, column, catalogue, words))
        and not (table.recipe and ours in table.recipe.values)
    ]
    if _lacks_size(table, catalogue):
        known = [_OF_BUSINESSES] if table.kind is None else sorted(list_drivers(table.kind, catalogue))
        shown = ", ".join(known[:_MOST_KINDS]) or "supply_<stream>_<unit>_y"
        said.append(Clue("no_quantity", {"kind": table.kind or "SBI", "drivers": shown}))
    used = set(matched.origin.values())
    left = [
        one.name for one in look.columns if one.name not in used and one.name.casefold() not in ROW_NUMBERS
    ]
    return [*said, Clue("unused", {"count": len(left), "columns": ", ".join(left)})] if left else said


def find_unknown(look: Look, ours: str, column: str, catalogue: Catalogue, words: Words) -> tuple[str, ...]:
    """Return the texts of a column with a fixed set of values of which nobody knows what they mean.

    Parameters
    ----------
    ours
        What the column holds; ``link_status`` is the status of what runs.
    """
    fixed = {"status": STATUSES, "link_status": LINK_STATUSES}
    allowed = {"kind": tuple(catalogue.kinds), "stream": tuple(catalogue.streams), **fixed}.get(ours)
    if allowed is None:
        allowed = catalogue.attributes[ours].allowed if ours in catalogue.attributes else ()
    found = look.column(column)
    if not allowed or found is None:
        return ()
    return tuple(text for text in found.values if words.find_allowed(ours, text, allowed) is None)


def _propose_links(look: Look, origin: Mapping[str, str], unit: str | None) -> Proposal:
    rename = {column: ours for ours, column in origin.items() if column.casefold() != ours}
    settings: dict[str, Any] = {"rename": rename} if rename else {}
    why = [Clue("links")]
    if "quantity" in origin and "unit" not in origin:
        settings |= {} if unit is None else {"unit": unit}
        why += [Clue("links_no_unit", {"column": origin["quantity"]})] if unit is None else []
    return Proposal(look, "links", settings, origin, tuple(why), ())


def _present(rename: Mapping[str, str], look: Look) -> dict[str, str]:
    """Our column -> the file's, of the columns of a recipe that the file has."""
    folded = {one.name.casefold(): one.name for one in look.columns}
    found: dict[str, str] = {}
    for name, ours in rename.items():
        parts = [folded.get(part.casefold()) for part in name.split(JOINED)]
        if parts[-1] is not None and None not in parts:
            found.setdefault(
                ours, parts[-1]
            )  # of columns that go together the last: the first is often the name
    return found


def _find_recipe(look: Look, catalogue: Catalogue) -> Recipe | None:
    """The recipe of which most columns are in the file."""
    best, most = None, 0
    names = {one.name.casefold() for one in look.columns}
    for recipe in catalogue.recipes.values():
        present = _present(recipe.rename, look)
        # the same table as a layer has shapes instead of these
        shaped = set() if look.raw.geometry is None else {name for pair in COORDINATE_PAIRS for name in pair}
        if recipe.columns:
            asked = [name for name in recipe.columns if recipe.rename.get(name) not in shaped]
            # the first is a name that no other file has: then the others may go by another name that means the same
            sure = recipe.columns[0].casefold() in names
            found = sum(
                name.casefold() in names or (sure and recipe.rename.get(name) in present) for name in asked
            )
            enough = found >= _COLUMNS_SHARE * len(asked)
        else:
            needed = set(recipe.rename.values()) - shaped
            found = len(present)
            enough = len(present.keys() & needed) >= max(2, _RECIPE_SHARE * len(needed))
            enough = enough and bool({"id", "municipality_code"} & present.keys())
        if enough and found > most:
            best, most = recipe, found
    return best
