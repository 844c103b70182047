"""Ways via a network that lies there already: a pipe from the supply to it, along it, and a pipe on to the taker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from kansenkaart.arrays import BoolArray, FloatArray, IntArray, ObjectArray, round_metres
from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.matches.pairs.eligibility import MOST_PAIRS, TEMPERATURE_STEP_C, Side, Sides
from kansenkaart.matches.pairs.road_network import place_on_roads, road_lengths, road_paths
from kansenkaart.matches.pairs.routes import PlacePairs, find_routes, line_through, trace_routes
from kansenkaart.matches.transport.reach import refuse_too_many
from kansenkaart.tables import PipeNetwork, Roads, Surroundings


@dataclass(frozen=True)
class Laying:
    """How a pipe to a network is measured and drawn: as an own pipe of the stream is.

    Attributes
    ----------
    ground
        With the networks of the stream.
    detour, reach_m
        As ``find_routes`` takes them.
    shared
        Whether takers share the pipe from the supply to the network.
    """

    ground: Surroundings
    detour: float
    reach_m: float
    shared: bool

    @classmethod
    def of(cls, stream: Stream, catalogue: Catalogue, ground: Surroundings) -> Laying:
        """What holds for a stream."""
        return cls(ground, catalogue.prices["detour_factor"].value, stream.hard_km * 1000.0, stream.is_heat)

    def settings(self) -> dict[str, object]:
        """As ``find_routes`` takes it; a pipe follows no road."""
        return {"friction": self.ground.friction, "detour": self.detour, "reach_m": self.reach_m}


class _Access(NamedTuple):
    """Per place of a side: where its pipe meets a piece (float64[n, 2]), its length and what cost counts of that."""

    xy: FloatArray
    route_m: FloatArray
    cost_m: FloatArray


def find_beyond(sides: Sides, laying: Laying) -> pd.DataFrame:
    """Pairs of places farther apart than the hard distance whose pipes to a network are together no longer than that.

    Returns
    -------
    DataFrame
        ``s, d, distance_m``, by supply and distance; not yet held against any other rule.

    Raises
    ------
    DataError
        ``too_many_pairs``.
    """
    limit, width = float(round_metres(np.array([laying.reach_m]))[0]), max(len(sides[1]), 1)
    codes = [np.empty(0, dtype=np.int64)]
    for network in laying.ground.networks:
        doors = [is_open(network, side, role) for side, role in zip(sides, ("supply", "demand"), strict=True)]
        for piece in network.pieces:
            line = _as_line(piece)
            give, take = (
                np.where(door, round_metres(shapely.distance(side.geometry.to_numpy(), line)), np.inf)
                for side, door in zip(sides, doors, strict=True)
            )
            takers = np.argsort(take, kind="stable")
            givers = np.flatnonzero(give <= limit)
            counts = np.searchsorted(take[takers], limit - give[givers], side="right")
            refuse_too_many(int(counts.sum()), MOST_PAIRS)
            within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            codes.append(np.repeat(givers, counts) * width + takers[within])
    s, d = np.divmod(np.unique(np.concatenate(codes)), width)
    apart = round_metres(shapely.distance(sides[0].geometry.to_numpy()[s], sides[1].geometry.to_numpy()[d]))
    far = apart > limit
    found = pd.DataFrame({"s": s[far], "d": d[far], "distance_m": apart[far]})
    return found.sort_values(["s", "distance_m", "d"], ignore_index=True)


def add_networks(
    pairs: pd.DataFrame, unreachable: pd.DataFrame, beyond: pd.DataFrame, sides: Sides, laying: Laying
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add a row for every way of a pair via a network that could be cheaper than a pipe of its own.

    A way on which as much or more has to be laid is left out without loss: a network asks its toll and what it can
    carry is scarce. Where takers share the pipe to the network only the taker's own pipe is held against that. Of a
    network in pieces the piece counts to which least has to be laid.

    Parameters
    ----------
    pairs
        Frame ``PAIRS`` without rounds: with routes of their own, by supply and distance.
    unreachable
        Eligible pairs that no route of their own joins: a network may.
    beyond
        Eligible pairs that lie too far apart for a pipe of their own; see ``find_beyond``.

    Returns
    -------
    tuple of DataFrame
        All ways, frame ``PAIRS``; and the pairs that are left unreachable.
    """
    alone = [part.assign(quay=False) for part in (unreachable, beyond) if len(part)]
    every = pd.concat([pairs, *alone], ignore_index=True) if alone else pairs
    found = [
        _ways(every, sides, network, number, laying) for number, network in enumerate(laying.ground.networks)
    ]
    via = pd.concat(found, ignore_index=True)
    if via.empty:
        return pairs, unreachable
    joined = pd.concat([pairs, via], ignore_index=True).sort_values(["s", "distance_m"], kind="stable")
    if len(unreachable):
        reached = pd.MultiIndex.from_frame(via[["s", "d"]])
        lost = ~pd.MultiIndex.from_frame(unreachable[["s", "d"]]).isin(reached)
        unreachable = unreachable[lost].reset_index(drop=True)
    return joined.reset_index(drop=True), unreachable


def _ways(
    pairs: pd.DataFrame, sides: Sides, network: PipeNetwork, number: int, laying: Laying
) -> pd.DataFrame:
    s, d = pairs["s"].to_numpy(dtype=np.int64), pairs["d"].to_numpy(dtype=np.int64)
    give, take = is_open(network, sides[0], "supply"), is_open(network, sides[1], "demand")
    rows = np.flatnonzero(give[s] & take[d])
    own = pairs["cost_length_m"].to_numpy(dtype=float)[rows]
    own = np.where(np.isnan(own), np.inf, own)
    accesses = [
        _approach(network.pieces, side, at[rows], laying) for side, at in zip(sides, (s, d), strict=True)
    ]
    piece, laid = _best_piece(accesses, s[rows], d[rows])
    access = np.stack([one.cost_m for one in accesses[0]])[piece, s[rows]]
    less = laid - access * laying.shared < own
    rows, piece, laid, own, access = rows[less], piece[less], laid[less], own[less], access[less]
    routes = [
        np.stack([one.route_m for one in side])[piece, at[rows]]
        for side, at in zip(accesses, (s, d), strict=True)
    ]
    straight = pairs["distance_m"].to_numpy(dtype=float)[rows]
    ways: pd.DataFrame = pairs.iloc[rows].assign(
        route_m=np.asarray(routes[0] + routes[1]),
        cost_length_m=laid,
        snap_m=0.0,
        route_basis="network",
        quay=False,
        network=number,
        toll_eur_unit=network.toll_eur_unit,
        access_m=routes[0],
        access_cost_m=access,
        weight_m=np.where(np.isinf(own), straight, straight * laid / np.where(np.isinf(own), 1.0, own)),
    )
    return ways


def is_open(network: PipeNetwork, side: Side, role: str) -> BoolArray:
    """Which places of a side fit a network: warm enough to feed it, or asking for less than it is kept at.

    As between two places there is the loss of a heat exchanger; what is not known keeps nobody out.
    """
    own = side.column("temperature_c").astype(float)
    lift = own - network.temperature_c if role == "supply" else network.temperature_c - own
    return np.asarray(~(lift < TEMPERATURE_STEP_C))


def _approach(pieces: tuple[Roads, ...], side: Side, used: IntArray, laying: Laying) -> list[_Access]:
    """Pipes of the places `used` to every piece; NaN for the other places, and where none can be laid."""
    places = np.unique(used)
    geometry = side.geometry.to_numpy()[places]
    found = []
    for piece in pieces:
        line = _as_line(piece)
        nearest = shapely.get_point(shapely.shortest_line(geometry, line), 1)
        there = np.column_stack([shapely.get_x(nearest), shapely.get_y(nearest)])
        between = PlacePairs(
            side.xy[places],
            there,
            np.arange(len(places)),
            np.arange(len(places)),
            round_metres(shapely.distance(geometry, line)),
        )
        routes = find_routes(between, **laying.settings())  # type: ignore[arg-type]
        access = _Access(np.full((len(side), 2), np.nan), *(np.full(len(side), np.nan) for _ in range(2)))
        access.xy[places], access.route_m[places] = there, routes.route_m
        access.cost_m[places] = routes.cost_length_m
        found.append(access)
    return found


def _as_line(piece: Roads) -> shapely.MultiLineString:
    return shapely.multilinestrings(shapely.linestrings(piece.xy[piece.ends]))


def _best_piece(accesses: list[list[_Access]], s: IntArray, d: IntArray) -> tuple[IntArray, FloatArray]:
    """Per pair the piece to which least has to be laid, and how much; infinite where none can be reached."""
    laid = np.stack([give.cost_m[s] + take.cost_m[d] for give, take in zip(*accesses, strict=True)])
    laid = np.where(np.isnan(laid), np.inf, laid)
    best = np.argmin(laid, axis=0)
    return best.astype(np.int64), laid[best, np.arange(len(s))]


class NetworkWays(NamedTuple):
    """The ways of some pairs via their networks: their lines, and how far each goes along the network."""

    lines: ObjectArray
    along_m: FloatArray


def draw_ways(pairs: pd.DataFrame, sides: Sides, laying: Laying) -> NetworkWays:
    """Draw the way of every pair (rows of ``PAIRS`` that go via a network): pipe, shortest way along it, pipe."""
    lines = np.full(len(pairs), None, dtype=object)
    along = np.zeros(len(pairs))
    number = pairs["network"].to_numpy(dtype=np.int64)
    for n in np.unique(number):
        rows = np.flatnonzero(number == n)
        s, d = (pairs[key].to_numpy(dtype=np.int64)[rows] for key in ("s", "d"))
        pieces = laying.ground.networks[n].pieces
        accesses = [_approach(pieces, side, at, laying) for side, at in zip(sides, (s, d), strict=True)]
        piece, _ = _best_piece(accesses, s, d)
        for k in np.unique(piece):
            mine = np.flatnonzero(piece == k)
            ends = accesses[0][k].xy[s[mine]], accesses[1][k].xy[d[mine]]
            drawn, length = _follow(pieces[k], *ends)
            give = _draw_pipes(sides[0].xy[s[mine]], ends[0], laying)
            take = _draw_pipes(ends[1], sides[1].xy[d[mine]], laying)
            along[rows[mine]] = length
            for at, parts in zip(rows[mine].tolist(), zip(give, drawn, take, strict=True), strict=True):
                lines[at] = line_through(np.concatenate(parts))
    return NetworkWays(lines, along)


def _follow(piece: Roads, starts: FloatArray, ends: FloatArray) -> tuple[list[FloatArray], FloatArray]:
    """The shortest way along a piece between points on it, and its length."""
    graph = place_on_roads(piece, np.concatenate([starts, ends]), limit_m=np.inf)
    first, last = graph.joint[: len(starts)], graph.joint[len(starts) :]
    far = np.hypot(*(starts - ends).T)
    return (
        road_paths(graph, first, last, limit_m=np.inf),
        road_lengths(graph, first, last, far, limit_m=np.inf),
    )


def _draw_pipes(starts: FloatArray, ends: FloatArray, laying: Laying) -> list[FloatArray]:
    one = np.arange(len(starts))
    far = np.hypot(*(starts - ends).T)
    lines = trace_routes(PlacePairs(starts, ends, one, one, far), **laying.settings())  # type: ignore[arg-type]
    return [shapely.get_coordinates(line) for line in lines]
