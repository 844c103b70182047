"""The municipalities of 2023: by code or name as files write them, also those that are no more."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.resources import as_file, files

import geopandas as gpd

from kansenkaart.allowed import suggest
from kansenkaart.catalogue.words import fold_word
from kansenkaart.errors import Fault
from kansenkaart.geo import to_rd
from kansenkaart.sources.read import read_layer

_CODE = re.compile(r"(?:GM|G)?\s*0*(\d{1,4})(?:\.0)?", re.IGNORECASE)
_ALIASES = {"friesland": "fryslan", "friesland (fryslan)": "fryslan", "brabant": "noord-brabant"}
# What people call a municipality beside its name, as ``_squash`` writes it.
_CALLED = {
    "denhaag": "sgravenhage",
    "denbosch": "shertogenbosch",
    "defriesemeren": "defryskemarren",
    "sudwestfriesland": "sudwestfryslan",
    "noordoostfriesland": "noardeastfryslan",
    "nuenen": "nuenengerwenennederwetten",
}
# Behind a name, in brackets: the province, which tells two of one name apart, or that it is no town or province.
_BRACKETS = re.compile(r"^(?P<name>.*\S)\s*\((?P<part>[^()]*)\)$")
_PROVINCES = {
    "Drenthe": ("d", "dr"),
    "Flevoland": ("fl",),
    "Fryslân": ("f", "fr", "frl", "friesland"),
    "Gelderland": ("g", "gld"),
    "Groningen": ("gr", "gn"),
    "Limburg": ("l", "lb"),
    "Noord-Brabant": ("nb",),
    "Noord-Holland": ("nh",),
    "Overijssel": ("o", "ov"),
    "Utrecht": ("u", "ut", "utr"),
    "Zeeland": ("z", "zl"),
    "Zuid-Holland": ("zh",),
}
_NO_PROVINCE = ("gemeente", "gem")


@dataclass(frozen=True)
class Earlier:
    """A municipality that is no more.

    Parameters
    ----------
    year
        Year in which it ended.
    successors
        Codes of those that took it over; several: it was split.
    """

    code: str
    name: str
    year: int
    successors: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Boundaries:
    """Municipal areas and what leads to them; one instance is equal to itself only.

    Parameters
    ----------
    areas
        ``municipality_code, municipality, province, geometry`` (RD New), sorted by code.
    earlier
        Code that is no more -> what became of it.
    """

    areas: gpd.GeoDataFrame
    earlier: Mapping[str, Earlier]

    def find_code(self, text: str) -> str | None:
        """Return the code in `areas` that `text` means (``GM0363``, ``363``, an earlier code); nothing when none."""
        code = normalise_code(text)
        return None if code is None else self._follow(code)

    def find_by_name(self, name: str) -> str | None:
        """Return the code of the municipality called `name`, whatever its spelling, or that took it over."""
        code = self._code_by_name(name)
        return None if code is None else self._follow(code)

    def find_earlier(self, text: str) -> Earlier | None:
        """Return the municipality that is no more that a code or name means."""
        code = normalise_code(text) or self._code_by_name(text)
        return None if code is None or code in self._codes else self.earlier.get(code)

    def name_each(self, codes: Iterable[str]) -> str:
        """Names of municipalities, for a sentence."""
        return ", ".join(f"{self._codes.get(code, code)} ({code})" for code in codes)

    def _follow(self, code: str) -> str | None:
        """The code in `areas` that a code became; nothing where it was split, or never was."""
        while code not in self._codes:
            one = self.earlier.get(code)
            if one is None or len(one.successors) > 1:
                return None
            (code,) = one.successors
        return code

    def _code_by_name(self, text: str) -> str | None:
        """Code of now or of before; a name of two needs the province behind it in brackets."""
        brackets = _BRACKETS.match(text.strip())
        name, part = (brackets["name"], _squash(brackets["part"])) if brackets else (text, "")
        called = _squash(name.strip().casefold().removeprefix("gemeente "))
        found = self._codes_by_name.get(_CALLED.get(called, called), [])
        if part and part not in _NO_PROVINCE:
            found = [code for code in found if part in self._name_province(code)]
        return found[0] if len(found) == 1 else None

    def _name_province(self, code: str) -> tuple[str, ...]:
        """What the province of a municipality is called in brackets."""
        province = self._provinces.get(self._follow(code) or "", "")
        return (*_PROVINCES.get(province, ()), _squash(province))

    def nearest(self, text: str) -> list[str]:
        """Codes with names that look like `text`; what a wrong code looks like says nothing."""
        labels = {_squash(name): f"{code} {name}" for code, name in self._codes.items()}
        return [labels[near] for near in get_close_matches(_squash(text), labels, n=3)]

    def suggest(self, text: str) -> Fault:
        """Codes with names that look like `text`, else some of all, as a value of a fault."""
        labels = [f"{code} {name}" for code, name in self._codes.items()]
        return suggest(text, labels, near=self.nearest(text))

    @cached_property
    def _codes(self) -> dict[str, str]:
        """Name by code."""
        return dict(zip(self.areas["municipality_code"], self.areas["municipality"], strict=True))

    @cached_property
    def _provinces(self) -> dict[str, str]:
        """Province by code."""
        return dict(zip(self.areas["municipality_code"], self.areas["province"], strict=True))

    @cached_property
    def _codes_by_name(self) -> dict[str, list[str]]:
        """Codes by the name without brackets: those of now, else those of before."""
        found: dict[str, list[str]] = {}
        for code, name in self._codes.items():
            brackets = _BRACKETS.match(name)
            found.setdefault(_squash(brackets["name"] if brackets else name), []).append(code)
        for code, one in self.earlier.items():
            found.setdefault(_squash(one.name), [code])
        return found


def load_boundaries() -> Boundaries:
    """Read the boundaries that come with the package (CBS/Kadaster, CC BY 4.0)."""
    return _load()


@cache
def _load() -> Boundaries:
    folder = files("kansenkaart") / "catalogue" / "boundaries"
    with as_file(folder / "gemeenten_2023.geojson") as path:
        areas = to_rd(read_layer(path, path.name, path.stem))
    areas = areas.sort_values("municipality_code", ignore_index=True)
    text = (folder / "herindelingen_2018_2023.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    earlier = {
        row["old_code"]: Earlier(
            row["old_code"],
            row["old_name"],
            int(row["valid_from"][:4]),
            tuple(one["new_code"] for one in rows if one["old_code"] == row["old_code"]),
        )
        for row in rows
    }
    return Boundaries(areas[["municipality_code", "municipality", "province", "geometry"]], earlier)


def normalise_code(text: str) -> str | None:
    """Write a municipality code as CBS does; nothing when `text` is no such code.

    Examples
    --------
    >>> normalise_code("3"), normalise_code("GM3"), normalise_code("G0518 "), normalise_code("PV27")
    ('GM0003', 'GM0003', 'GM0518', None)
    """
    found = _CODE.fullmatch(text.strip())
    return f"GM{int(found[1]):04d}" if found else None


def fold(name: str) -> str:
    """Return `name` without accents and capitals, and by its usual alias.

    Examples
    --------
    >>> fold("Fryslân"), fold(" Friesland (Fryslân)")
    ('fryslan', 'fryslan')
    """
    plain = unicodedata.normalize("NFKD", name.strip().casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _ALIASES.get(plain, plain)


def _squash(name: str) -> str:
    """A name by its letters alone: no case, accents, blanks or punctuation."""
    return fold_word(name).replace("_", "")
