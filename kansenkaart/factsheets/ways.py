"""Minutes from where people live to places: along roads where the project has them, else straight times a factor."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.arrays import FloatArray, IntArray
from kansenkaart.factsheets.factsheet import Region
from kansenkaart.matches.pairs.routes import PlacePairs, find_routes

_M_PER_KM = 1000.0
_MINUTES = 60.0
_NONE = -1


@dataclass(frozen=True)
class Ways:
    """How minutes are reckoned: along roads where the project has them, else straight times the detour factor."""

    region: Region
    km_per_hour: float
    reach_min: float

    @property
    def detour(self) -> float:
        """Length of a route over the straight distance, where no road is known."""
        return self.region.loaded.catalogue.prices["detour_factor"].value

    def tell(self) -> str:
        """What the minutes rest on, in words."""
        key = "by_road" if self.region.sources.surroundings.roads is not None else "straight"
        texts = self.region.texts
        said = {"detour": texts.number(self.detour), "speed": texts.number(self.km_per_hour)}
        return texts(f"factsheets.craft_centres.{key}", **said)

    def minutes(self, homes: FloatArray, places: FloatArray) -> FloatArray:
        """float64[n, m]; infinite where there is no way."""
        home, place = (one.ravel() for one in np.indices((len(homes), len(places))))
        apart = np.hypot(*(homes[home] - places[place]).T)
        routes = find_routes(
            PlacePairs(homes, places, home, place, apart),
            roads=self.region.sources.surroundings.roads,
            detour=self.detour,
            reach_m=self.reach_min / _MINUTES * self.km_per_hour * _M_PER_KM,
        )
        metres = np.where(routes.reachable, routes.route_m, np.inf).reshape(len(homes), len(places))
        return metres / _M_PER_KM / self.km_per_hour * _MINUTES


@dataclass(frozen=True)
class Nearest:
    """Per home the nearest of some places, and the minutes to it; -1 and infinite where there is none."""

    place: IntArray
    minutes: FloatArray

    @property
    def known(self) -> bool:
        """Whether there is any such place at all."""
        return bool((self.place != _NONE).any())


def find_homes(region: Region) -> pd.DataFrame:
    """Inhabitants of the region per postcode of four figures."""
    with (files("kansenkaart") / "catalogue" / "basemap" / "postcodes.csv").open(encoding="utf-8") as stream:
        homes = pd.read_csv(stream)
    own = homes[homes["municipality_code"].isin(region.municipalities()["municipality_code"])]
    return own.reset_index(drop=True)


def read_xy(frame: pd.DataFrame) -> FloatArray:
    """float64[n, 2]; of points, or of homes."""
    if isinstance(frame, gpd.GeoDataFrame):
        return np.asarray(shapely.get_coordinates(frame.geometry.to_numpy()))
    return frame[["x_rd", "y_rd"]].to_numpy(dtype=float)


def find_nearest(homes: pd.DataFrame, places: gpd.GeoDataFrame, ways: Ways) -> Nearest:
    """The nearest of `places` per home, by its label in the frame."""
    if places.empty:
        return Nearest(np.full(len(homes), _NONE), np.full(len(homes), np.inf))
    minutes = ways.minutes(read_xy(homes), read_xy(places))
    first = minutes.argmin(axis=1)
    least = minutes[np.arange(len(homes)), first]
    return Nearest(np.where(np.isfinite(least), places.index.to_numpy()[first], _NONE), least)
