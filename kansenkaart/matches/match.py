"""The allocation as one call: two layers of sites in, matches and what is left over out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from kansenkaart.arrays import FloatArray, IntArray, ObjectArray
from kansenkaart.errors import DataError
from kansenkaart.matches.match_checks import LARGEST, check_match_input
from kansenkaart.matches.transport.allocate import Allocation, allocate
from kansenkaart.matches.transport.integers import Certificate
from kansenkaart.matches.transport.reach import Pairs, find_pairs, find_polygon_pairs

Value = Callable[[FloatArray], npt.ArrayLike]


@dataclass(frozen=True)
class MatchResult:
    """Who supplies whom, and what stays.

    Parameters
    ----------
    matches
        ``supply_id, demand_id, quantity, distance_m`` and a line from supply to demand, in the CRS given;
        sorted by supply, then demand.
    gaps
        ``site_id, role, remaining``: every site of both sides, role ``supply`` or ``demand``, sorted by role
        (supply first) and site. Delivered plus remaining is the quantity given.
    objective
        Sum of value x quantity; without a value function the total quantity.
    quantity_distance
        Sum of quantity x distance, unit x metres.
    certificate
        Proof that no other allocation is better; None for the methods that do not optimise.
    """

    matches: gpd.GeoDataFrame
    gaps: pd.DataFrame
    objective: float
    quantity_distance: float
    certificate: Certificate | None


class _Side(NamedTuple):
    """One layer in the order of its ids, so that the order of the rows given has no influence."""

    ids: pd.Series
    quantity: FloatArray
    geometry: ObjectArray


def match(
    supply: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    max_distance_m: float,
    value: Value | None = None,
    method: str = "optimal",
) -> MatchResult:
    """Divide what supply sites have over demand sites within reach, as well as possible.

    A site may deliver to several others and receive from several others; what finds no place remains. A
    site that stands on both sides never delivers to itself. Distances are straight, from edge to edge for
    polygons, rounded to 0.1 mm; a pair exactly at the limit counts.

    Parameters
    ----------
    supply, demand
        Columns ``site_id`` (unique within the layer), ``quantity`` (0 or more, one unit for both) and a
        point or polygon geometry; both in the same projected CRS in metres. Other columns are ignored.
    max_distance_m
        Largest distance, in metres.
    value
        Function of an array of distances in metres that gives the worth of one unit over each, as an array of
        the same shape; pairs worth nothing or less are not used. None: most quantity first, then least
        quantity x distance.
    method
        ``optimal`` (default, with a certificate), ``greedy`` (best pair first), ``nearest`` (every supply
        to its nearest demand only). Ties go to the shorter distance, then to the lower id.

    Returns
    -------
    MatchResult
        Matches, gaps, objective and certificate.

    Raises
    ------
    DataError
        When something in the input cannot be used: a missing column, CRS, id, geometry or quantity, a
        geographic or different CRS, a repeated id, a negative quantity or limit, an unknown method, a value
        function that does not give one finite number per distance. All faults are named at once.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from kansenkaart import match
    >>> plants = gpd.GeoDataFrame(
    ...     {"site_id": ["rwzi Noord", "rwzi Zuid"], "quantity": [10.0, 4.0]},
    ...     geometry=gpd.points_from_xy([0, 3_000], [0, 0]), crs="EPSG:28992",
    ... )
    >>> growers = gpd.GeoDataFrame(
    ...     {"site_id": ["kas A", "kas B"], "quantity": [6.0, 5.0]},
    ...     geometry=gpd.points_from_xy([1_000, 4_000], [0, 0]), crs="EPSG:28992",
    ... )
    >>> result = match(plants, growers, max_distance_m=5_000)
    >>> print(result.matches[["supply_id", "demand_id", "quantity", "distance_m"]].to_string(index=False))
     supply_id demand_id  quantity  distance_m
    rwzi Noord     kas A       6.0      1000.0
    rwzi Noord     kas B       1.0      4000.0
     rwzi Zuid     kas B       4.0      1000.0
    >>> print(result.gaps.to_string(index=False))
       site_id   role  remaining
    rwzi Noord supply        3.0
     rwzi Zuid supply        0.0
         kas A demand        0.0
         kas B demand        0.0
    >>> result.objective, result.certificate.is_optimal
    (11.0, True)

    Nearby deliveries can be worth more than far ones; here a unit earns 5, less 1 per kilometre:

    >>> match(plants, growers, max_distance_m=5_000, value=lambda metres: 5 - metres / 1_000).objective
    41.0
    """
    check_match_input(supply, demand, max_distance_m=max_distance_m, value=value, method=method)
    givers, takers = _read_side(supply), _read_side(demand)
    pairs = _find_candidates(givers, takers, float(max_distance_m))
    worth = None if value is None else _price(value, pairs)
    result = allocate(givers.quantity, takers.quantity, pairs, worth, method=method)
    return MatchResult(
        matches=_write_matches(givers, takers, pairs, result.quantity, supply.crs),
        gaps=_write_gaps(givers, takers, result),
        objective=result.objective,
        quantity_distance=result.quantity_distance,
        certificate=result.certificate,
    )


def _read_side(frame: gpd.GeoDataFrame) -> _Side:
    ids = frame["site_id"]
    key = ids if pd.api.types.is_numeric_dtype(ids) else ids.astype(str)
    order = np.argsort(key.to_numpy(), kind="stable")
    quantity = frame["quantity"].to_numpy(dtype=np.float64)[order]
    return _Side(ids.iloc[order].reset_index(drop=True), quantity, frame.geometry.to_numpy()[order])


def _find_candidates(supply: _Side, demand: _Side, max_distance_m: float) -> Pairs:
    both = np.concatenate([supply.geometry, demand.geometry])
    if (shapely.get_type_id(both) == shapely.GeometryType.POINT).all():
        pairs = find_pairs(
            shapely.get_coordinates(supply.geometry), shapely.get_coordinates(demand.geometry), max_distance_m
        )
    else:
        pairs = find_polygon_pairs(supply.geometry, demand.geometry, max_distance_m)
    itself = pd.Index(_keys(demand.ids)).get_indexer(pd.Index(_keys(supply.ids)))
    return pairs.keep(pairs.demand != itself[pairs.supply]) if (itself >= 0).any() else pairs


def _keys(ids: pd.Series) -> pd.Series:
    """Ids as text; 1 and 1.0 are the same site."""
    return (ids.astype(float) if pd.api.types.is_numeric_dtype(ids) else ids).astype(str)


def _price(value: Value, pairs: Pairs) -> FloatArray:
    """Value per unit of every pair; the function gets a copy, so it cannot change the distances."""
    if not len(pairs):
        return np.empty(0)
    given = value(pairs.distance_m.copy())
    worth = _numbers(given)
    if worth.shape != pairs.distance_m.shape or not np.isfinite(worth).all():
        fits = worth.shape == pairs.distance_m.shape
        wrong = pairs.distance_m[~np.isfinite(worth)] if fits else np.empty(0)
        raise DataError(
            "match_value_result",
            "value gave {given} of shape {shape} for {count} distances, not finite at distances (m) {wrong}; "
            "allowed: one finite number per distance. Let it return an array, such as 5 - metres / 1000.",
            given=type(given).__name__,
            shape=np.shape(given),
            count=len(pairs),
            wrong=", ".join(f"{metres:g}" for metres in wrong[:10]) or "-",
        )
    return worth


def _numbers(given: npt.ArrayLike) -> FloatArray:
    """What a value function gave as numbers; NaN where it is masked, complex, too large or no number at all."""
    filled = np.ma.filled(given, np.nan) if isinstance(given, np.ma.MaskedArray) else given
    try:
        worth = np.asarray(filled)
        worth = np.full(worth.shape, np.nan) if np.iscomplexobj(worth) else worth.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        return np.full(1, np.nan)
    return np.asarray(np.where(np.abs(worth) > LARGEST, np.nan, worth))


def _write_matches(
    supply: _Side, demand: _Side, pairs: Pairs, quantity: FloatArray, crs: object
) -> gpd.GeoDataFrame:
    used = np.flatnonzero(quantity)
    rows: IntArray = np.searchsorted(pairs.indptr, used, side="right") - 1
    columns = pairs.demand[used]
    order = np.lexsort((columns, rows))
    used, rows, columns = used[order], rows[order], columns[order]
    ends = np.stack([_one_point(supply.geometry[rows]), _one_point(demand.geometry[columns])], axis=1)
    return gpd.GeoDataFrame(
        {
            "supply_id": supply.ids.iloc[rows].reset_index(drop=True),
            "demand_id": demand.ids.iloc[columns].reset_index(drop=True),
            "quantity": quantity[used],
            "distance_m": pairs.distance_m[used],
        },
        geometry=shapely.linestrings(ends) if len(ends) else [],
        crs=crs,
    )


def _one_point(geometry: ObjectArray) -> FloatArray:
    """Coordinates to draw a site at: the point itself, or a point inside the polygon."""
    points = shapely.point_on_surface(geometry)
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def _write_gaps(supply: _Side, demand: _Side, result: Allocation) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "site_id": pd.concat([supply.ids, demand.ids], ignore_index=True),
            "role": ["supply"] * len(supply.ids) + ["demand"] * len(demand.ids),
            "remaining": np.concatenate([result.supply_left, result.demand_left]),
        }
    ).astype({"role": "str"})
