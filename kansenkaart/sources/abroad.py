"""Places beyond the border: their country and its region (NUTS) instead of a municipality."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.arrays import BoolArray, FloatArray, IntArray
from kansenkaart.geo import to_rd
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.read import read_layer
from kansenkaart.sources.rows import Choice, read_choice
from kansenkaart.tables.sites import COUNTRIES, HOME

_COUNTRY = Choice("country", COUNTRIES)
# Borders are generalised: within this of a municipality a place lies in it, unless its source names the country.
_BORDER_M = 300.0
# A place whose source names a country may lie this far from where that is drawn.
_TOLERANCE_M = 2_000.0
NOWHERE = -1


def load_regions() -> gpd.GeoDataFrame:
    """Regions of the neighbours: ``country, nuts, region, geometry`` (RD New), within 60 km of the Netherlands.

    Provinces of Belgium (NUTS 2), Länder of Germany (NUTS 1), départements of France (NUTS 3); Natural Earth.
    """
    return _load()


@cache
def _load() -> gpd.GeoDataFrame:
    with as_file(files("kansenkaart") / "catalogue" / "boundaries" / "buurregios.geojson") as path:
        frame = to_rd(read_layer(path, path.name, path.stem))
    return gpd.GeoDataFrame(frame.rename(columns={"name": "region"}).sort_values("nuts", ignore_index=True))


def read_countries(cells: pd.DataFrame, findings: LayerFindings) -> pd.Series:
    """Country per row as the source gives it; missing where it says nothing, or one that is no neighbour."""
    return read_choice(cells["country"], _COUNTRY, findings)


def find_regions(
    points: np.ndarray, distance: FloatArray, countries: pd.Series, findings: LayerFindings
) -> IntArray:
    """Position in ``load_regions`` of every place abroad; ``NOWHERE`` for one that is not.

    Parameters
    ----------
    points
        RD New.
    distance
        Metres to the nearest municipality, 0 inside one.
    countries
        What the source says, with the row numbers as index.
    """
    regions = load_regions()
    stated = countries.to_numpy(dtype=object)
    named = countries.notna().to_numpy(dtype=bool)
    home = named & (stated == HOME)
    found = np.full(len(points), NOWHERE, dtype=np.int64)
    away = np.flatnonzero((distance > _BORDER_M) & ~home | named & ~home)
    if not len(away):
        return found
    tree = shapely.STRtree(regions.geometry.to_numpy())
    where, region = tree.query(points[away], predicate="intersects")
    found[away[where[::-1]]] = region[::-1]
    wrong = named & ~home & (_name_each(found, regions) != stated)
    for row in np.flatnonzero(wrong).tolist():
        found[row] = _find_near(points[row], regions, str(stated[row]), found[row])
    _remark(found, regions, countries, wrong, findings)
    return found


def _name_each(found: IntArray, regions: gpd.GeoDataFrame) -> np.ndarray:
    countries = np.append(regions["country"].to_numpy(dtype=object), HOME)
    return np.asarray(countries[found])


def _find_near(point: shapely.Point, regions: gpd.GeoDataFrame, country: str, found: int) -> int:
    """Nearest region of the country that the source names, where it is near enough to be meant."""
    own = np.flatnonzero((regions["country"] == country).to_numpy(dtype=bool))
    apart = shapely.distance(regions.geometry.to_numpy()[own], point)
    return int(own[apart.argmin()]) if len(own) and apart.min() <= _TOLERANCE_M else int(found)


def _remark(
    found: IntArray,
    regions: gpd.GeoDataFrame,
    countries: pd.Series,
    doubtful: BoolArray,
    findings: LayerFindings,
) -> None:
    there = pd.Series(_name_each(found, regions), index=countries.index)
    astray = doubtful & (there != countries).to_numpy(dtype=bool)
    findings.remark_each(
        countries[astray], "country_disagrees", severity="warning", column="country", found=there[astray]
    )
