"""The municipalities of the Netherlands (division of 2023): codes, names, and codes of earlier years."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.resources import as_file, files

import geopandas as gpd

from kansenkaart.allowed import suggest
from kansenkaart.errors import Problem
from kansenkaart.geo import to_rd
from kansenkaart.sources.open_gis import read_layer

_CODE = re.compile(r"(?:GM|G)?\s*0*(\d{1,4})(?:\.0)?", re.IGNORECASE)
_COUNTRY = frozenset(("nederland", "netherlands", "the netherlands", "nl"))
_ALIASES = {"friesland": "fryslan", "friesland (fryslan)": "fryslan", "brabant": "noord-brabant"}


@dataclass(frozen=True, eq=False)
class Boundaries:
    """Municipal areas and what leads to them; one instance is equal to itself only.

    Parameters
    ----------
    areas
        ``municipality_code, municipality, province, geometry`` (RD New), sorted by code.
    merged
        Code of an earlier year -> code in `areas`.
    """

    areas: gpd.GeoDataFrame
    merged: Mapping[str, str]

    def find_code(self, text: str) -> str | None:
        """Return the code in `areas` that `text` means (``GM0363``, ``363``, an earlier code); nothing when none."""
        code = normalise_code(text)
        if code is None:
            return None
        code = self.merged.get(code, code)
        return code if code in self._codes else None

    def find_by_name(self, name: str) -> str | None:
        """Return the code of the municipality called `name`, whatever its capitals and accents."""
        return self._codes_by_name.get(fold(name))

    def nearest(self, text: str) -> list[str]:
        """Codes with names that look like `text`."""
        labels = {f"{code} {name}": name for code, name in self._codes.items()}
        by_name = get_close_matches(text.lower(), [name.lower() for name in labels.values()], n=3)
        found = [label for label, name in labels.items() if name.lower() in by_name]
        code = normalise_code(text) or text.upper()
        codes = get_close_matches(code, [label.split(" ")[0] for label in labels], n=3)
        return found or [label for label in labels if label.split(" ")[0] in codes]

    def suggest(self, text: str) -> Problem:
        """Codes with names that look like `text`, else some of all, as a value of a fault."""
        labels = [f"{code} {name}" for code, name in self._codes.items()]
        return suggest(text, labels, near=self.nearest(text))

    @cached_property
    def _codes(self) -> dict[str, str]:
        """Name by code."""
        return dict(zip(self.areas["municipality_code"], self.areas["municipality"], strict=True))

    @cached_property
    def _codes_by_name(self) -> dict[str, str]:
        return {fold(name): code for code, name in self._codes.items()}


def load_boundaries() -> Boundaries:
    """Read the boundaries that come with the package (CBS/Kadaster, CC BY 4.0)."""
    return _load()


@cache
def _load() -> Boundaries:
    folder = files("kansenkaart") / "catalogue" / "boundaries"
    with as_file(folder / "gemeenten_2023.geojson") as path:
        areas = to_rd(read_layer(path, path.name, path.stem))
    areas = areas.sort_values("municipality_code", ignore_index=True)
    text = (folder / "gemeenten_2022_2023.csv").read_text(encoding="utf-8")
    merged = {row["code_2022"]: row["code_2023"] for row in csv.DictReader(text.splitlines())}
    return Boundaries(areas[["municipality_code", "municipality", "province", "geometry"]], merged)


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


def is_country(name: str) -> bool:
    """Tell whether `name` means the whole country."""
    return fold(name) in _COUNTRY
