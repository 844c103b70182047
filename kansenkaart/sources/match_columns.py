"""Which column of a file holds what, by its name and by what stands in it, and in which unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pandas as pd
import shapely

from kansenkaart.catalogue.models import Catalogue
from kansenkaart.catalogue.words import Lists, Words
from kansenkaart.geo import in_rd_bounds, is_rd
from kansenkaart.sources.cells import find_notation, read_numbers
from kansenkaart.sources.columns import COORDINATE_PAIRS, GEOMETRY_TEXT, ROW_NUMBERS, Names, list_names
from kansenkaart.sources.locate import from_degrees
from kansenkaart.sources.look import ColumnLook, Look
from kansenkaart.sources.region import normalise_code
from kansenkaart.tables.sites import STATUSES
from kansenkaart.texts import Texts, fold_word
from kansenkaart.units import conversion_factor, list_units

# Half of the different words of a column must be known before its name is believed.
_KNOWN_SHARE = 0.5
# The area of a polygon and the column that states it differ by what is not under glass, not by more than this.
_SAME_AREA = (0.3, 1.5)
# Only the Basisregistratie Percelen counts so.
_RARE = ("are",)
# Behind a unit: a quantity is per year here.
_PER_YEAR = re.compile(r"(_per)?_(jaar|jr|j|y)$")
# Degrees of the Netherlands, generously.
LON, LAT = (2.5, 8.0), (50.0, 54.5)
_ID_SIGNS = ("id", "code", "nr", "nummer", "key")
# A code that says where something lies is of no place its own, though a small file may hold each once.
_NO_ID = ("postcode", "huisnr", "huisnummer")


@dataclass(frozen=True)
class Clue:
    """Something to tell about a table: a key under ``[look]`` in the texts, and what it is filled with."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def tell(self, texts: Texts) -> str:
        """Return it in the language of `texts`; a value that has a text per language gives the one that fits."""
        told = {
            name: value.get(texts.language) if isinstance(value, Mapping) else value
            for name, value in self.values.items()
        }
        return texts(f"look.{self.key}", **told)


@dataclass(frozen=True)
class Matched:
    """What the columns of a table are.

    Parameters
    ----------
    origin
        Our column -> the file's.
    units
        Our column -> unit that it is written in, where that is not ours.
    unsure
        Quantities of which nothing tells the unit -> units that it can have, the likeliest first.
    said
        What speaks for it, and what was left aside.
    """

    origin: Mapping[str, str]
    units: Mapping[str, str]
    unsure: Mapping[str, tuple[str, ...]]
    said: tuple[Clue, ...]


def match_columns(
    look: Look,
    kinds: tuple[str, ...],
    catalogue: Catalogue,
    words: Words,
    taken: Mapping[str, str],
    named: Mapping[str, str],
) -> Matched:
    """Find the columns of a table with places.

    Parameters
    ----------
    kinds
        Kinds of the places, where they are known: what *oppervlakte* means follows from them.
    taken, named
        Our column -> the file's, of what a recipe says and of what the user does; only a recipe tells units, too.
    """
    merged = any(remark.key == "header_merged" for remark in look.raw.remarks)
    names = list_names(catalogue)
    origin = {**taken, **named}
    left = [one for one in look.columns if one.name not in origin.values()]
    own = set(names.all())
    for one in left:
        if fold_word(one.name) in own:
            origin.setdefault(fold_word(one.name), one.name)
    units: dict[str, str] = {}
    unsure: dict[str, tuple[str, ...]] = {}
    said: list[Clue] = []
    for ours, column in named.items():
        found = look.column(column)
        if ours in names.quantities and found is not None:
            unit = _split_unit(column, words)[2]
            unit = unit if unit in list_units(names.quantities[ours]) else None
            _settle_unit(ours, found, unit, names, units, unsure)
    lists: list[Lists] = [*(words.columns_of.get(kind, {}) for kind in kinds), words.columns]
    for ours, one, unit in _find(
        lists, left, origin, words, lambda name, found: _fits(name, found, names, words), merged=merged
    ):
        target = names.quantities.get(ours)
        if target is None:
            origin[ours] = one.name
        elif unit is not None and unit not in list_units(target):
            said.append(
                Clue("unit_other", {"column": one.name, "unit": unit, "ours": ours, "target": target})
            )
        else:
            origin[ours] = one.name
            ratio = _compare_area(one, target, look) if unit is None else None
            if ratio is not None:
                unit = _unit_of(ratio, target)
                said += [] if unit else [Clue("area_differs", {"column": one.name, "ratio": f"{ratio:.3g}"})]
            _settle_unit(ours, one, unit, names, units, unsure)
    _find_pair(look, left, origin, words)
    said += _tell_texts(left, lists, origin, names, words)
    if "id" not in taken and "id" not in named:
        _find_id(look, origin)
    # a column may be two of ours: the postcode of who gave it off is part of the id, and where it lies
    ordered = {
        name: one.name for one in look.columns for name, column in origin.items() if column == one.name
    }
    return Matched(ordered, units, unsure, tuple(said))


def match_links(look: Look, words: Words) -> tuple[Mapping[str, str], str | None]:
    """Find the columns of a table of what runs already: our column -> the file's, and the unit that a name states."""
    origin: dict[str, str] = {}
    stated: str | None = None
    for ours, one, unit in _find([words.links], list(look.columns), origin, words, lambda _name, _one: True):
        origin[ours] = one.name
        stated = unit if ours == "quantity" else stated
    known = [one for one in look.columns if words.find_value("link_status", next(iter(one.values), ""))]
    for one in known:
        if fold_word(one.name) in words.columns["status"]:
            origin["status"] = one.name
    return origin, stated


def _find(
    lists: list[Lists],
    left: list[ColumnLook],
    origin: dict[str, str],
    words: Words,
    fits: Callable[[str, ColumnLook], bool],
    *,
    merged: bool = False,
) -> Iterator[tuple[str, ColumnLook, str | None]]:
    """Our column, the file's that is called so and fits, and the unit in its name; `origin` may grow meanwhile.

    Under a merged header the end of a name does too, once whole names had their turn: *Bedrijf Naam* is a name.
    """
    split = [(one, *_split_unit(one.name, words)) for one in left]
    rounds: list[list[tuple[ColumnLook, tuple[str, ...], str | None]]]
    rounds = [[(one, (whole, stem), unit) for one, whole, stem, unit in split]]
    if merged:
        rounds.append([(one, _ends(stem), unit) for one, _, stem, unit in split])
    for folded, table in product(rounds, lists):
        for ours, called in table.items():
            if ours in origin:
                continue
            found = next(
                (
                    (one, unit)
                    for word in called
                    for one, names, unit in folded
                    if word in names and one.name not in origin.values() and fits(ours, one)
                ),
                None,
            )
            if found is not None:
                yield ours, *found


def _ends(stem: str) -> tuple[str, ...]:
    """What a name ends in, the longest first: ``bedrijf_kvk_nr`` ends in kvk_nr and nr."""
    parts = stem.split("_")
    return tuple("_".join(parts[start:]) for start in range(1, len(parts)))


def _tell_texts(
    left: list[ColumnLook], lists: list[Lists], origin: Mapping[str, str], names: Names, words: Words
) -> Iterator[Clue]:
    """Columns that are called as a quantity and hold words: nobody would know why they do not count."""
    called = {word: ours for table in reversed(lists) for ours, several in table.items() for word in several}
    for one in left:
        _, stem, _ = _split_unit(one.name, words)
        ours = called.get(stem)
        if ours in names.quantities and ours not in origin and one.form == "text":
            yield Clue("not_numbers", {"column": one.name, "ours": ours, "values": ", ".join(one.samples)})


def _find_pair(look: Look, left: list[ColumnLook], origin: dict[str, str], words: Words) -> None:
    """Find coordinates under names that nobody foresaw: a sign in both, and numbers that lie in the Netherlands."""
    known = any(x in origin and y in origin for x, y in COORDINATE_PAIRS) or GEOMETRY_TEXT in origin
    if known or look.raw.geometry is not None:
        return
    free = [one for one in left if one.name not in origin.values() and one.low is not None]
    east, north = (
        [one for one in free if set(fold_word(one.name).split("_")) & set(words.coordinates[side])]
        for side in ("east", "north")
    )
    for x, y in product(east, north):
        corners = np.array([[x.low, y.low], [x.high, y.high]], dtype=float)
        if ((corners >= (LON[0], LAT[0])) & (corners <= (LON[1], LAT[1]))).all():
            origin |= {"lon": x.name, "lat": y.name}
        elif in_rd_bounds(*corners.T).all():
            origin |= {"x_rd": x.name, "y_rd": y.name}
        else:
            continue
        return


def _split_unit(name: str, words: Words) -> tuple[str, str, str | None]:
    """Name of a column as a word, the same without its unit, and that unit: ``Opp. (m2)`` is opp, in m2."""
    whole = fold_word(name)
    parts = _PER_YEAR.sub("", whole).split("_")
    for start in range(1, len(parts)):
        unit = words.units.get("_".join(parts[start:]))
        if unit is not None:
            return whole, "_".join(parts[:start]).removesuffix("_in"), unit
    return whole, whole, words.units.get(whole)


def _fits(ours: str, one: ColumnLook, names: Names, words: Words) -> bool:
    """Tell whether what stands in a column can be what its name says."""
    if one.form == "empty":
        return False
    if ours in ("lon", "lat") and one.form == "text":
        cells = from_degrees(pd.Series(one.samples, dtype="str"))
        return bool(np.isfinite(read_numbers(cells, elsewhere=set(), settled="decimals").values).all())
    if ours in names.quantities or ours in ("x_rd", "y_rd", "lon", "lat", "x", "y", "location_precision_m"):
        return one.form in ("whole", "number")
    if ours == "municipality_code":
        return all(normalise_code(text) is not None for text in one.samples)
    if ours == "source_year":
        return one.form == "whole" and one.low is not None and one.low >= 1900 and (one.high or 0) <= 2100
    if ours == "country":  # "land" is also what is no water
        return one.form == "text"
    if ours == "sbi":
        return one.form in ("whole", "code", "number", "text")
    allowed = {"kind": tuple(words.values["kind"].values()), "status": STATUSES}.get(ours)
    allowed = names.attributes.get(ours, ()) if allowed is None else allowed
    return not allowed or _share_known(ours, one, allowed, words) >= _KNOWN_SHARE


def _share_known(ours: str, one: ColumnLook, allowed: tuple[str, ...], words: Words) -> float:
    known = [text for text in one.values if words.find_allowed(ours, text, allowed) is not None]
    return len(known) / max(1, len(one.values))


def _compare_area(one: ColumnLook, target: str, look: Look) -> float | None:
    """How much a column of areas says for each hectare that the polygons of the table measure."""
    geometry = look.raw.geometry
    if geometry is None or target != "ha" or look.raw.crs is None or not is_rd(look.raw.crs):
        return None
    hectares = shapely.area(geometry.to_numpy()) / 10_000
    cells = look.raw.frame[one.name]
    stated = read_numbers(cells, elsewhere=find_notation(cells)).values
    both = (hectares > 0) & (stated > 0)
    return float(np.median(stated[both] / hectares[both])) if both.any() else None


def _unit_of(ratio: float, target: str) -> str | None:
    """Unit in which `ratio` says about what was measured."""
    for unit in list_units(target):
        if _SAME_AREA[0] <= ratio * conversion_factor(unit, target) <= _SAME_AREA[1]:
            return unit
    return None


def _settle_unit(
    ours: str,
    one: ColumnLook,
    unit: str | None,
    names: Names,
    units: dict[str, str],
    unsure: dict[str, tuple[str, ...]],
) -> None:
    """Note the unit of a quantity, or that nothing tells it."""
    target = names.quantities[ours]
    if unit is not None:
        if unit != target:
            units[ours] = unit
        return
    possible = list_units(target)
    if len(possible) < 2:
        return
    most = names.maxima.get(ours)
    fitting = [
        name for name in possible if most is None or (one.high or 0) * conversion_factor(name, target) <= most
    ]
    usual = sorted(
        fitting, key=lambda name: (name != target, name in _RARE, -conversion_factor(name, target))
    )
    unsure[ours] = tuple(dict.fromkeys((*usual, *possible)))


def _find_id(look: Look, origin: dict[str, str]) -> None:
    """Choose the column whose cells are all filled and all different; the name serves where nothing else does."""
    unique = [
        one for one in look.columns if one.form != "number" and one.filled == one.distinct == look.rows > 0
    ]
    names = [one.name for one in unique]
    if origin.get("id") in names:
        return
    origin.pop("id", None)
    used = set(origin.values())
    free = [name for name in names if name not in used and not fold_word(name).endswith(_NO_ID)]
    keys = [name for name in free if name.casefold() in ROW_NUMBERS]
    marked = [
        name
        for name in free
        if name not in keys and set(_ID_SIGNS) & set(fold_word(name).split("_")) | _ends_as_id(name)
    ]
    placed = [
        name for name in names if look.raw.geometry is not None and name == origin.get("municipality_code")
    ]
    chosen = [*marked, *placed, *keys, *(name for name in names if name == origin.get("name"))]
    by_code = look.raw.geometry is None and {
        origin.get(one) for one in ("municipality_code", "municipality")
    } & set(names)
    if not chosen or (by_code and not marked):
        return  # of a table with one row per municipality the code is the id
    origin["id"] = chosen[0]
    for ours in ("name", "municipality_code"):
        if origin.get(ours) == chosen[0]:
            del origin[ours]


def _ends_as_id(name: str) -> set[str]:
    folded = fold_word(name)
    return {sign for sign in _ID_SIGNS if folded.endswith(sign)}
