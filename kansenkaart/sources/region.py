"""The region of the map and the rand around it; the municipalities of 2023, by code or name as files write them."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property, lru_cache
from importlib.resources import as_file, files
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.allowed import suggest
from kansenkaart.arrays import BoolArray
from kansenkaart.errors import Fault, ProjectError, UsageError
from kansenkaart.geo import lie_on_earth, to_rd
from kansenkaart.project import LoadedProject
from kansenkaart.sources.locate import choose_crs, name_crs
from kansenkaart.sources.read import read_file, read_layer
from kansenkaart.tables import AREAS
from kansenkaart.texts import fold_word

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
_BEFORE = re.compile(r"^\s*(gemeente|gem\.)\s", re.IGNORECASE)
# Behind a name, in brackets: the province, which tells two of one name apart, or that it is no town or province.
_BRACKETS = re.compile(r"^(?P<name>.*\S)\s*\((?P<part>[^()]*)\)$")
_PROVINCES = {
    "Drenthe": ("d", "dr"),
    "Flevoland": ("fl",),
    "Friesland (Fryslân)": ("f", "fr", "frl", "friesland", "fryslan"),
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
        Year in which it ended, or in which what took it over was split.
    successors
        Codes of those of now that took it over; several: it was split.
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
        if code in self._codes:
            return code
        one = self.earlier.get(code)
        return one.successors[0] if one is not None and len(one.successors) == 1 else None

    def _code_by_name(self, text: str) -> str | None:
        """Code of now, else of before; a name of two needs the province behind it in brackets."""
        brackets = _BRACKETS.match(text.strip())
        name, part = (brackets["name"], _squash(brackets["part"])) if brackets else (text, "")
        called = _squash(_BEFORE.sub("", name))
        for known in (self._codes_by_name, self._earlier_by_name):
            found = known.get(_CALLED.get(called, called), [])
            if part and part not in _NO_PROVINCE:
                found = [code for code in found if part in self._name_province(code)]
            elif known is self._earlier_by_name:  # what was told apart by its province then, is so now
                found = [code for code in found if not _BRACKETS.match(self.earlier[code].name)]
            if len(found) == 1:
                return found[0]
        return None

    def _name_province(self, code: str) -> tuple[str, ...]:
        """What the province of a municipality is called in brackets."""
        now = code if code in self._codes else self.earlier[code].successors[0]
        province = self._provinces[now]
        return (*_PROVINCES[province], _squash(province))

    def nearest(self, text: str) -> list[str]:
        """Codes with names that took over `text`, else look like it; what a wrong code looks like says nothing."""
        if (one := self.find_earlier(text)) is not None:
            return [f"{code} {self._codes[code]}" for code in one.successors]
        return [self._labels[near] for near in get_close_matches(_squash(text), self._labels, n=3)]

    def suggest(self, text: str) -> Fault:
        """Codes with names that look like `text`, else some of all, as a value of a fault."""
        labels = [f"{code} {name}" for code, name in self._codes.items()]
        return suggest(text, labels, near=self.nearest(text))

    @cached_property
    def _codes(self) -> dict[str, str]:
        """Name by code."""
        return dict(zip(self.areas["municipality_code"], self.areas["municipality"], strict=True))

    @cached_property
    def _labels(self) -> dict[str, str]:
        """Code with name by the letters of the name."""
        return {_squash(name): f"{code} {name}" for code, name in self._codes.items()}

    @cached_property
    def _provinces(self) -> dict[str, str]:
        """Province by code."""
        return dict(zip(self.areas["municipality_code"], self.areas["province"], strict=True))

    @cached_property
    def _codes_by_name(self) -> dict[str, list[str]]:
        """Codes of now by the name without brackets."""
        return _gather_by_name(self._codes)

    @cached_property
    def _earlier_by_name(self) -> dict[str, list[str]]:
        """Codes of before by the name without brackets; who writes a province means no village of that name."""
        provinces = {_squash(name) for name in _PROVINCES}
        named = _gather_by_name({code: one.name for code, one in self.earlier.items()})
        return {name: codes for name, codes in named.items() if name not in provinces}


def _gather_by_name(names: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code, name in names.items():
        brackets = _BRACKETS.match(name)
        found.setdefault(_squash(brackets["name"] if brackets else name), []).append(code)
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
    text = (folder / "herindelingen_1990_2026.csv").read_text(encoding="utf-8")
    earlier: dict[str, Earlier] = {}
    # the latest first: of what took over is known by then what became of it
    for row in reversed(list(csv.DictReader(text.splitlines()))):
        code, into = row["old_code"], row["new_code"]
        later = earlier.get(into, Earlier(into, row["new_name"], int(row["valid_from"][:4]), (into,)))
        known = earlier[code].successors if code in earlier else ()
        year = later.year if len(later.successors) > 1 else int(row["valid_from"][:4])
        successors = tuple(sorted({*known, *later.successors}))
        earlier[code] = Earlier(code, row["old_name"], year, successors)
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


_COUNTRY = frozenset(("nederland", "netherlands", "the netherlands", "nl"))

_WIDEST_MARGIN_KM = 50.0
_AREA_TYPES = (3, 6)


def is_country(name: str) -> bool:
    """Tell whether `name` means the whole country."""
    return fold(name) in _COUNTRY


@dataclass(frozen=True)
class ReadRegion:
    """The region as areas and as one outline.

    Parameters
    ----------
    areas
        Frame ``AREAS``: the municipalities of the region and those within the margin.
    outline
        Polygon of the region, RD New.
    codes
        Municipalities of the region; empty when an own outline decides.
    margin_m
        How far beyond the outline a place still counts.
    """

    areas: gpd.GeoDataFrame
    outline: shapely.Geometry
    codes: frozenset[str]
    margin_m: float

    def holds(self, shapes: np.ndarray, codes: pd.Series) -> BoolArray:
        """Tell per place whether it lies in the region: by municipality, or by the own outline."""
        if self.codes:
            return np.asarray(codes.isin(self.codes), dtype=bool)
        inside = shapely.point_on_surface(shapes)
        return np.asarray(shapely.intersects(self.outline, inside), dtype=bool)

    def reaches(self, shapes: np.ndarray) -> BoolArray:
        """Tell per place whether it lies in the region or its margin."""
        return np.asarray(shapely.dwithin(self.outline, shapes, self.margin_m), dtype=bool)


def read_region(loaded: LoadedProject, boundaries: Boundaries) -> ReadRegion:
    """Find the region of a project.

    Raises
    ------
    ProjectError
        When a province or municipality does not exist, or the own outline holds no polygon.
    """
    region = loaded.project.region
    areas = boundaries.areas
    if region.boundary is not None:
        outline = _read_outline(loaded)
        inside = np.asarray(shapely.intersects(outline, shapely.point_on_surface(areas.geometry.to_numpy())))
        if not inside.any():
            # an outline smaller than a municipality: the map still needs its ground
            inside = np.asarray(shapely.intersects(outline, areas.geometry.to_numpy()))
        if not inside.any():
            message = "{file}: region.boundary lies outside the Netherlands. Is the CRS right? In RD it spans {bounds}."
            bounds = ", ".join(f"{number:.0f}" for number in outline.bounds)
            raise ProjectError("region_outside", message, file=region.boundary, bounds=bounds)
        return _with_margin(areas, inside, outline, frozenset(), _margin_m(loaded))
    if region.province is not None:
        inside = _find_province(areas, region.province, str(loaded.path))
    else:
        inside = areas["municipality_code"].isin(_find_codes(boundaries, loaded)).to_numpy(dtype=bool)
    codes = frozenset(areas.loc[inside, "municipality_code"])
    return _with_margin(areas, inside, _unite(boundaries, codes), codes, _margin_m(loaded))


# A comparison, and a year beside another, asks for the same outline every time.
@lru_cache(maxsize=8)
def _unite(boundaries: Boundaries, codes: frozenset[str]) -> shapely.Geometry:
    """Return the outline of these municipalities together (RD New)."""
    areas = boundaries.areas
    return shapely.union_all(areas.geometry.to_numpy()[areas["municipality_code"].isin(codes)])


def _margin_m(loaded: LoadedProject) -> float:
    project = loaded.project
    if project.region.margin_km is not None:
        return project.region.margin_km * 1_000.0
    used = [
        stream
        for name, stream in loaded.catalogue.streams.items()
        if not project.streams or name in project.streams
    ]
    return min(max((stream.hard_km for stream in used), default=0.0), _WIDEST_MARGIN_KM) * 1_000.0


def _with_margin(
    areas: gpd.GeoDataFrame,
    inside: BoolArray,
    outline: shapely.Geometry,
    codes: frozenset[str],
    margin_m: float,
) -> ReadRegion:
    shapely.prepare(outline)
    near = np.asarray(shapely.dwithin(outline, areas.geometry.to_numpy(), margin_m)) | inside
    frame = AREAS.conform(areas.assign(in_region=inside)[near])
    return ReadRegion(gpd.GeoDataFrame(frame), outline, codes, margin_m)


def check_province(name: str) -> None:
    """Raise ``UsageError`` with the allowed names when `name` is no province."""
    known = sorted(set(load_boundaries().areas["province"]))
    if not is_country(name) and fold(name) not in map(fold, known):
        message = "--province '{name}' is no province. {hint}"
        raise UsageError("new_province", message, name=name, hint=suggest(name, [*known, "Nederland"]))


def _find_province(areas: gpd.GeoDataFrame, name: str, file: str) -> BoolArray:
    if is_country(name):
        return np.ones(len(areas), dtype=bool)
    named = [one for one in areas["province"].unique() if fold(one) == fold(name)]
    inside = areas["province"].isin(named).to_numpy(dtype=bool)
    if not inside.any():
        allowed = ", ".join(sorted(set(areas["province"])))
        message = "{file}: region.province = '{name}' is no province. Allowed: {allowed}, or Nederland."
        raise ProjectError("region_province", message, file=file, name=name, allowed=allowed)
    return np.asarray(inside, dtype=bool)


def _find_codes(boundaries: Boundaries, loaded: LoadedProject) -> set[str]:
    codes: set[str] = set()
    faults: list[Fault] = []
    for text in loaded.project.region.municipalities:
        code = boundaries.find_code(text) or boundaries.find_by_name(text)
        if code is not None:
            codes.add(code)
            continue
        message = "{file}: region.municipalities names '{name}', which is no municipality of 2023. {hint}"
        faults.append(
            Fault(
                "region_municipality",
                message,
                {"file": str(loaded.path), "name": text, "hint": boundaries.suggest(text)},
            )
        )
    if faults:
        raise ProjectError.of(faults)
    return codes


def _read_outline(loaded: LoadedProject) -> shapely.Geometry:
    file = str(loaded.project.region.boundary)
    raw = read_file(
        Path(loaded.folder / file),
        file=file,
        limits=loaded.project.limits,
    )
    parts = [] if raw.geometry is None else list(raw.geometry.dropna())
    parts = [part for part in parts if shapely.get_type_id(part) in _AREA_TYPES and not part.is_empty]
    if not parts:
        message = "{file}: region.boundary holds no polygon. Use a layer with the outline of the region."
        raise ProjectError("region_outline", message, file=file)
    crs = choose_crs(raw, None, layer="region.boundary", file=file)
    moved = to_rd(gpd.GeoDataFrame(geometry=parts, crs=crs)).geometry.to_numpy()
    lost = np.flatnonzero(~lie_on_earth(moved))
    if len(lost):
        message = (
            "{file}: region.boundary has a corner without a place (area {number}: a coordinate that is no number, or "
            "outside the range of {crs}). Mend the outline, for instance with Check Validity in QGIS."
        )
        raise ProjectError("region_corner", message, file=file, number=int(lost[0]) + 1, crs=name_crs(crs))
    return shapely.union_all(shapely.make_valid(moved))
