"""How far it really is: over roads, over the cheapest ground, or straight times a detour factor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import shapely

from kansenkaart.arrays import BoolArray, FloatArray, IntArray, ObjectArray, round_metres
from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.matches.pairs.eligibility import Side
from kansenkaart.matches.pairs.friction_paths import OUTSIDE, Ground
from kansenkaart.matches.pairs.road_network import RoadGraph, place_on_roads, road_lengths, road_paths
from kansenkaart.project import Friction as FrictionSettings
from kansenkaart.project import Project, RoadLayer
from kansenkaart.tables import Surroundings
from kansenkaart.tables.pairs import NO_NETWORK
from kansenkaart.tables.surroundings import Friction, Roads

Basis = Literal["straight", "road", "friction"]

# A truck route of more than three times the farthest straight distance a stream may go is no route. The mean ratio
# of road to straight distance is 1.2 to 1.4; behind wide water it can be 3 and more, and then only for short pairs.
ROAD_CUT_OFF = 3.0
# A pipe pays for what it crosses: ten times the farthest distance leaves room for a crossing at factor 10 all the way.
FRICTION_CUT_OFF = 10.0


@dataclass(frozen=True)
class Routes:
    """What was found for every pair; all of one length.

    Parameters
    ----------
    route_m
        float64; metres over the ground, rounded to 0.1 mm; NaN where the partner cannot be reached.
    cost_length_m
        float64; metres at factor 1 that cost as much: what a price per metre must be multiplied with. Equal to
        `route_m` except over friction; NaN where the partner cannot be reached.
    basis
        str; ``straight``, ``road`` or ``friction``: what the route follows.
    snap_m
        float64; straight metres in `route_m` between the places and what the route follows.
    reachable
        bool; a pair that is not has no way at all within the cut-off (reason ``unreachable``).
    """

    route_m: FloatArray
    cost_length_m: FloatArray
    basis: ObjectArray
    snap_m: FloatArray
    reachable: BoolArray


class PlacePairs(NamedTuple):
    """Pairs of places.

    Parameters
    ----------
    supply_xy, demand_xy
        float64[n, 2] and float64[m, 2]; RD New, metres, finite.
    s, d
        int64[k]; position on both sides of every pair.
    distance_m
        float64[k]; straight distance of every pair.
    """

    supply_xy: FloatArray
    demand_xy: FloatArray
    s: IntArray
    d: IntArray
    distance_m: FloatArray


def find_routes(
    pairs: PlacePairs,
    *,
    roads: Roads | None = None,
    friction: Friction | None = None,
    detour: float,
    reach_m: float | None = None,
) -> Routes:
    """Find the length of the route of every pair.

    Parameters
    ----------
    pairs
        Places of both sides, and which of them form pairs.
    roads, friction
        What the routes follow: one of both, or nothing (straight distance x `detour`).
    detour
        Route length divided by straight distance where neither roads nor ground say more: a place that is not
        connected, a place outside the raster, and two places nearer to each other than to the road.
    reach_m
        Farthest straight distance that the stream may go (default: of these pairs). A way is looked for within 3
        (roads) or 10 (friction, in metres at factor 1) times this.

    Returns
    -------
    Routes
        No route is shorter than the straight distance, but over friction below 1 it can cost less. The order of
        pairs has no influence, nor has another pair when `reach_m` is given.

    Raises
    ------
    ValueError
        When both roads and friction are given.

    Examples
    --------
    >>> here, there = np.array([[0.0, 0.0]]), np.array([[300.0, 400.0]])
    >>> pair = np.array([0])
    >>> pairs = PlacePairs(here, there, pair, pair, np.array([500.0]))
    >>> find_routes(pairs, detour=1.25).route_m.tolist()
    [625.0]
    """
    _refuse_both(roads, friction)
    routes = _straight(pairs, detour)
    reach_m = _reach(pairs) if reach_m is None else reach_m
    if roads is not None:
        _follow_roads(routes, pairs, _connect(pairs, roads, detour, reach_m))
    elif friction is not None:
        _cross_ground(routes, pairs, Ground(friction), reach_m)
    return _rounded(routes, pairs)


def trace_routes(
    pairs: PlacePairs,
    *,
    roads: Roads | None = None,
    friction: Friction | None = None,
    detour: float,
    reach_m: float | None = None,
) -> ObjectArray:
    """Draw the route of every pair, from supply to demand: shapely lines, RD New; missing without a route.

    Parameters are those of `find_routes`; give the same `reach_m` for a few chosen pairs as for all. A straight basis
    gives the straight line, which is `detour` times shorter than its ``route_m``.
    """
    _refuse_both(roads, friction)
    reach_m = _reach(pairs) if reach_m is None else reach_m
    ends = np.stack([pairs.supply_xy[pairs.s], pairs.demand_xy[pairs.d]], axis=1)
    lines = np.asarray(shapely.linestrings(ends), dtype=object).reshape(-1)
    if roads is not None:
        _draw_roads(lines, ends, _connect(pairs, roads, detour, reach_m))
    elif friction is not None:
        _draw_ground(lines, ends, pairs, Ground(friction), reach_m)
    return lines


def _refuse_both(roads: Roads | None, friction: Friction | None) -> None:
    if roads is not None and friction is not None:
        raise ValueError("a stream follows roads or friction, not both")


def _reach(pairs: PlacePairs) -> float:
    return float(pairs.distance_m.max(initial=0.0))


class _Connected(NamedTuple):
    """Pairs that follow the road: which, on which network, both joints, straight parts and cut-off."""

    which: IntArray
    network: RoadGraph
    starts: IntArray
    ends: IntArray
    snap_m: FloatArray
    limit_m: float


def _straight(pairs: PlacePairs, detour: float) -> Routes:
    route, count = pairs.distance_m * detour, len(pairs.s)
    basis = np.full(count, "straight", dtype=object)
    return Routes(route, route.copy(), basis, np.zeros(count), np.ones(count, dtype=bool))


def _rounded(routes: Routes, pairs: PlacePairs) -> Routes:
    """Lengths in steps of 0.1 mm, as straight distances are; the last bit never makes a route too short."""
    route = round_metres(routes.route_m)
    cost = round_metres(routes.cost_length_m)
    return replace(routes, route_m=np.maximum(route, pairs.distance_m), cost_length_m=cost)


def _connect(pairs: PlacePairs, roads: Roads, detour: float, reach_m: float) -> _Connected:
    """Put both sides on the network, and tell which pairs follow it."""
    supplies, s = np.unique(pairs.s, return_inverse=True)
    demands, d = np.unique(pairs.d, return_inverse=True)
    limit = ROAD_CUT_OFF * reach_m
    places = np.concatenate([pairs.supply_xy[supplies], pairs.demand_xy[demands]])
    network = place_on_roads(roads, places, limit_m=limit)
    d = d + len(supplies)
    snap = network.snap_m[s] + network.snap_m[d]
    # of two places nearer to each other than to the road the layer knows nothing
    follows = (network.joint[s] >= 0) & (network.joint[d] >= 0) & (snap < pairs.distance_m * detour)
    which = np.flatnonzero(follows)
    starts, ends = network.joint[s[which]], network.joint[d[which]]
    return _Connected(which, network, starts, ends, snap[which], limit)


def _follow_roads(routes: Routes, pairs: PlacePairs, found: _Connected) -> None:
    starts, ends = found.starts, found.ends
    if len(np.unique(ends)) < len(np.unique(starts)):
        # both directions are alike: the side with fewer places needs fewer sweeps
        starts, ends = ends, starts
    far = pairs.distance_m[found.which]
    length = road_lengths(found.network, starts, ends, far, limit_m=found.limit_m)
    _write(routes, found.which, (length + found.snap_m, length + found.snap_m), found.snap_m, "road")


def _write(
    routes: Routes, which: IntArray, lengths: tuple[FloatArray, FloatArray], snap_m: FloatArray, basis: Basis
) -> None:
    routes.route_m[which], routes.cost_length_m[which] = lengths
    routes.basis[which] = basis
    routes.reachable[which] = ~np.isnan(lengths[0])
    routes.snap_m[which] = np.where(routes.reachable[which], snap_m, 0.0)


def _draw_roads(lines: ObjectArray, ends: FloatArray, found: _Connected) -> None:
    paths = road_paths(found.network, found.starts, found.ends, limit_m=found.limit_m)
    for pair, path in zip(found.which, paths, strict=True):
        lines[pair] = (
            line_through(np.concatenate([ends[pair, :1], path, ends[pair, 1:]])) if len(path) else None
        )


def line_through(path: FloatArray) -> shapely.LineString:
    """Line through `path` without places that repeat the one before, as long as two remain."""
    moves = np.r_[True, (np.diff(path, axis=0) != 0).any(axis=1)]
    return shapely.linestrings(path[moves] if moves.sum() > 1 else path[[0, -1]])


def _cross_ground(routes: Routes, pairs: PlacePairs, ground: Ground, reach_m: float) -> None:
    supply, demand = ground.locate(pairs.supply_xy), ground.locate(pairs.demand_xy)
    inside = (supply.cell[pairs.s] != OUTSIDE) & (demand.cell[pairs.d] != OUTSIDE)
    which = np.flatnonzero(inside)
    starts, ends = supply.take(pairs.s[which]), demand.take(pairs.d[which])
    cell_m = ground.cell_m
    snap = (np.where(starts.moved, starts.leg, 0.0) + np.where(ends.moved, ends.leg, 0.0)) * cell_m
    if len(np.unique(ends.cell)) < len(np.unique(starts.cell)):
        starts, ends = ends, starts
    length, cost = np.full(len(which), np.nan), np.full(len(which), np.nan)
    for ways in ground.find_ways(starts, ends, limit_m=FRICTION_CUT_OFF * reach_m):
        length[ways.pairs], cost[ways.pairs] = ways.length_m, ways.cost_length_m
    _write(routes, which, (length, cost), snap, "friction")


def _draw_ground(
    lines: ObjectArray, ends: FloatArray, pairs: PlacePairs, ground: Ground, reach_m: float
) -> None:
    supply, demand = (
        ground.locate(pairs.supply_xy).take(pairs.s),
        ground.locate(pairs.demand_xy).take(pairs.d),
    )
    lines[(supply.cell != OUTSIDE) & (demand.cell != OUTSIDE)] = None
    for ways in ground.find_ways(supply, demand, limit_m=FRICTION_CUT_OFF * reach_m):
        for pair, cost, by_line in zip(ways.pairs, ways.cost_length_m, ways.by_line, strict=True):
            if by_line and not np.isnan(cost):
                lines[pair] = shapely.linestrings(ends[pair])
            elif not np.isnan(cost):
                path = ground.trace(int(demand.cell[pair]))
                lines[pair] = line_through(np.concatenate([ends[pair, :1], path, ends[pair, 1:]]))


def choose_surroundings(stream: Stream, project: Project, known: Surroundings) -> Surroundings:
    """What routes of `stream` follow: friction for a pipe, roads for a truck, unless the project says which.

    And the networks that carry it.
    """
    by_pipe = stream.mode == "pipe" or (stream.mode == "pipe/truck" and known.roads is None)
    friction = known.friction if _is_asked(project.friction, stream, default=by_pipe) else None
    roads = known.roads if _is_asked(project.roads, stream, default=stream.mode != "pipe") else None
    networks = tuple(network for network in known.networks if network.stream == stream.id)
    return Surroundings(roads if friction is None else None, friction, networks)


def measure_routes(
    pairs: pd.DataFrame, sides: tuple[Side, Side], stream: Stream, catalogue: Catalogue, chosen: Surroundings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add ``route_m, cost_length_m, route_basis, snap_m`` to `pairs`, and ``NO_NETWORK``: it is a way of their own.

    Returns
    -------
    tuple of DataFrame
        Pairs that a route joins, and those that none does (with ``s, d, distance_m``).
    """
    detour = catalogue.prices["detour_factor"].value
    routes: Routes = find_routes(
        PlacePairs(
            sides[0].xy,
            sides[1].xy,
            pairs["s"].to_numpy(),
            pairs["d"].to_numpy(),
            pairs["distance_m"].to_numpy(dtype=float),
        ),
        roads=chosen.roads,
        friction=chosen.friction,
        detour=detour,
        reach_m=stream.hard_km * 1000.0,
    )
    for name in ("route_m", "cost_length_m", "snap_m"):
        pairs[name] = getattr(routes, name)
    pairs["route_basis"] = routes.basis
    pairs = pairs.assign(**NO_NETWORK, weight_m=pairs["distance_m"])
    if routes.reachable.all():
        return pairs, pairs.iloc[:0]
    return pairs[routes.reachable].reset_index(drop=True), pairs[~routes.reachable].reset_index(drop=True)


def _is_asked(layer: RoadLayer | FrictionSettings | None, stream: Stream, *, default: bool) -> bool:
    if layer is None:
        return False
    return stream.id in layer.streams if layer.streams else default
