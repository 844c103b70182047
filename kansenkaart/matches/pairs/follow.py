"""Which streams follow roads and which the friction of the land, and the length of every pair's route."""

from __future__ import annotations

import pandas as pd

from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.matches.pairs.eligibility import Side
from kansenkaart.matches.pairs.routes import PlacePairs, Routes, find_routes
from kansenkaart.project import Friction as FrictionSettings
from kansenkaart.project import Project, RoadLayer
from kansenkaart.tables import Surroundings


def choose_surroundings(stream: Stream, project: Project, known: Surroundings) -> Surroundings:
    """What routes of `stream` follow: friction for a pipe, roads for a truck, unless the project says which."""
    by_pipe = stream.mode == "pipe" or (stream.mode == "pipe/truck" and known.roads is None)
    friction = known.friction if _is_asked(project.friction, stream, default=by_pipe) else None
    roads = known.roads if _is_asked(project.roads, stream, default=stream.mode != "pipe") else None
    return Surroundings(roads if friction is None else None, friction)


def measure_routes(
    pairs: pd.DataFrame, sides: tuple[Side, Side], stream: Stream, catalogue: Catalogue, chosen: Surroundings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add ``route_m, cost_length_m, route_basis`` and ``snap_m`` to `pairs`.

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
    if routes.reachable.all():
        return pairs, pairs.iloc[:0]
    return pairs[routes.reachable].reset_index(drop=True), pairs[~routes.reachable].reset_index(drop=True)


def _is_asked(layer: RoadLayer | FrictionSettings | None, stream: Stream, *, default: bool) -> bool:
    if layer is None:
        return False
    return stream.id in layer.streams if layer.streams else default
