"""Shortest ways over a road network: one sweep per place, no farther than asked, both directions alike.

Cost of a sweep: the vertices within the cut-off, times their logarithm; plus one row of float64 over all vertices kept.
Roads outside the cut-off of every place are dropped first, and a row of vertices without a fork becomes one edge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array, triu
from scipy.sparse.csgraph import connected_components, dijkstra

from kansenkaart.arrays import FloatArray, IntArray
from kansenkaart.tables.surroundings import Roads

# Rows of a sweep kept at a time: 128 MB of float64.
_MOST_VALUES = 16_000_000

# The first sweep of a place looks this much farther than its farthest partner lies; few roads need the second one.
_FIRST_LOOK = 1.6
_FIRST_SLACK_M = 2_000.0


@dataclass(frozen=True)
class RoadGraph:
    """A network with the places on it as joints of their own.

    Parameters
    ----------
    graph
        Symmetric; metres between joints.
    xy
        float64[joints, 2].
    piece
        int64[joints]; joints of different pieces have no way between them.
    joint
        int64[places]; where each place meets the road, -1 for a place that is not connected.
    snap_m
        float64[places]; straight distance to the road, also of places that are not connected.
    """

    graph: csr_array
    xy: FloatArray
    piece: IntArray
    joint: IntArray
    snap_m: FloatArray


def place_on_roads(roads: Roads, places: FloatArray, *, limit_m: float) -> RoadGraph:
    """Put places (float64[k, 2]) on the network; roads farther than `limit_m` from all of them are left out."""
    near = _near(roads, places, limit_m)
    if near is None or not len(places):
        none = np.full(len(places), -1, dtype=np.int64)
        far = np.full(len(places), np.inf)
        empty = csr_array((0, 0), dtype=np.float64)
        return RoadGraph(empty, np.empty((0, 2)), np.empty(0, dtype=np.int64), none, far)
    found = near.snap(places)
    connected = found.distance_m <= near.snap_m
    length = near.length_m
    along = np.clip(found.along_m, 0.0, length[found.edge])
    edges, xy, joint = _split(near, found.edge[connected], along[connected])
    graph = _to_graph(edges, xy)
    _, piece = connected_components(graph, directed=False)
    where = np.full(len(places), -1, dtype=np.int64)
    where[connected] = joint
    return RoadGraph(graph, xy, piece.astype(np.int64), where, found.distance_m)


def road_lengths(
    network: RoadGraph, starts: IntArray, ends: IntArray, far_m: FloatArray, *, limit_m: float
) -> FloatArray:
    """Length over the road between joints, metres; NaN where there is no way within `limit_m`.

    Parameters
    ----------
    starts, ends
        int64[k]; joints of every pair.
    far_m
        float64[k]; straight distance of every pair: where the sweep looks first.
    """
    length = np.full(len(starts), np.nan)
    together = network.piece[starts] == network.piece[ends]
    graph, number = _simplify(network.graph, np.concatenate([starts, ends]))
    starts, ends = number[starts], number[ends]
    for first_look in (True, False):
        todo = np.flatnonzero(together & np.isnan(length))
        for pairs, joints in _batches(graph.shape[0], starts, far_m, todo):
            look = float(far_m[pairs].max()) * _FIRST_LOOK + _FIRST_SLACK_M
            reach = min(look, limit_m) if first_look else limit_m
            rows = dijkstra(graph, indices=joints, limit=reach)
            found = rows[np.searchsorted(joints, starts[pairs]), ends[pairs]]
            length[pairs] = np.where(np.isfinite(found), found, np.nan)
    return length


def road_paths(network: RoadGraph, starts: IntArray, ends: IntArray, *, limit_m: float) -> list[FloatArray]:
    """Coordinates of the way of every pair from its first joint to its second, float64[n, 2]; empty without a way."""
    paths: list[FloatArray] = [np.empty((0, 2))] * len(starts)
    for start in np.unique(starts):
        length, before = dijkstra(network.graph, indices=start, limit=limit_m, return_predecessors=True)
        for pair in np.flatnonzero(starts == start):
            if np.isfinite(length[ends[pair]]):
                paths[pair] = network.xy[_walk_back(before, int(ends[pair]))]
    return paths


def _walk_back(before: IntArray, joint: int) -> list[int]:
    walked = []
    while joint >= 0:
        walked.append(joint)
        joint = int(before[joint])
    return walked[::-1]


def _near(roads: Roads, places: FloatArray, limit_m: float) -> Roads | None:
    """The part of the network that a way within `limit_m` of the places can use."""
    if not len(places) or not len(roads.ends):
        return None
    low, high = places.min(axis=0) - limit_m, places.max(axis=0) + limit_m
    first, second = roads.xy[roads.ends[:, 0]], roads.xy[roads.ends[:, 1]]
    keep = ((np.maximum(first, second) >= low) & (np.minimum(first, second) <= high)).all(axis=1)
    if not keep.any():
        return None
    used, ends = np.unique(roads.ends[keep], return_inverse=True)
    return Roads(roads.xy[used], ends.reshape(-1, 2).astype(np.int64), roads.snap_m)


def _split(roads: Roads, edge: IntArray, along_m: FloatArray) -> tuple[IntArray, FloatArray, IntArray]:
    """Cut edges where places meet them: all edges, all joints, and the joint of every place."""
    length = roads.length_m
    at_end = along_m >= length[edge]
    inside = (along_m > 0) & ~at_end
    joint = np.where(at_end, roads.ends[edge, 1], roads.ends[edge, 0])
    cuts, cut = np.unique(np.column_stack([edge[inside], along_m[inside]]), axis=0, return_inverse=True)
    joint[inside] = len(roads.xy) + cut.reshape(-1)
    cut_edge = cuts[:, 0].astype(np.int64)
    share = (cuts[:, 1] / length[cut_edge])[:, None]
    first, second = roads.xy[roads.ends[cut_edge, 0]], roads.xy[roads.ends[cut_edge, 1]]
    xy = np.concatenate([roads.xy, first + share * (second - first)])
    whole = np.ones(len(roads.ends), dtype=bool)
    whole[cut_edge] = False
    # every cut edge becomes first end - cut - cut - second end: cuts come sorted along the edge
    number = len(roads.xy) + np.arange(len(cut_edge))
    starts_edge = np.r_[True, cut_edge[1:] != cut_edge[:-1]][: len(cut_edge)]
    ends_edge = np.r_[cut_edge[1:] != cut_edge[:-1], True][: len(cut_edge)]
    before = np.where(starts_edge, roads.ends[cut_edge, 0], number - 1)
    last = np.column_stack([number, roads.ends[cut_edge, 1]])[ends_edge]
    edges = np.concatenate([roads.ends[whole], np.column_stack([before, number]), last])
    return edges.astype(np.int64), xy, joint


def _to_graph(edges: IntArray, xy: FloatArray) -> csr_array:
    step = xy[edges[:, 1]] - xy[edges[:, 0]]
    # a sparse graph has no edge of length 0; places a hair apart on one edge are kept a hair apart
    length = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-9)
    return _symmetric(edges, length, len(xy))


def _symmetric(edges: IntArray, length: FloatArray, size: int) -> csr_array:
    first, second = edges.T
    both = (np.r_[length, length], (np.r_[first, second], np.r_[second, first]))
    return csr_array(both, shape=(size, size))


def _simplify(graph: csr_array, kept: IntArray) -> tuple[csr_array, IntArray]:
    """Join the edges at joints with two of them, except at the joints `kept`; also the new number of every joint.

    A ring without a fork and without a kept joint falls away: nothing on it is asked for.
    """
    upper = triu(graph, format="coo")
    first, second, length = upper.row.astype(np.int64), upper.col.astype(np.int64), upper.data
    passed = np.bincount(np.concatenate([first, second]), minlength=graph.shape[0]) == 2
    passed[kept] = False
    inside = passed[first] & passed[second]
    chains = coo_array((length[inside], (first[inside], second[inside])), shape=graph.shape)
    count, chain = connected_components(chains, directed=False)
    on_chain = passed[first] | passed[second]
    edge_chain = np.where(passed[first], chain[first], chain[second])
    whole = np.bincount(edge_chain[on_chain], weights=length[on_chain], minlength=count)
    # every chain leaves its joints on exactly two sides
    leaving = np.flatnonzero(on_chain & ~inside)
    leaving = leaving[np.argsort(edge_chain[leaving], kind="stable")]
    ends = np.where(passed[first[leaving]], second[leaving], first[leaving]).reshape(-1, 2)
    pairs = np.concatenate([np.column_stack([first, second])[~on_chain], ends])
    lengths = np.concatenate([length[~on_chain], whole[edge_chain[leaving[::2]]]])
    number = np.where(passed, -1, np.cumsum(~passed) - 1)
    return _shortest(number[pairs], lengths, int((~passed).sum())), number


def _shortest(pairs: IntArray, length: FloatArray, size: int) -> csr_array:
    """Symmetric graph with the shortest of the edges between two joints, and none from a joint to itself."""
    real = pairs[:, 0] != pairs[:, 1]
    pairs, length = np.sort(pairs[real], axis=1), length[real]
    order = np.lexsort((length, pairs[:, 1], pairs[:, 0]))
    pairs, length = pairs[order], length[order]
    new = np.ones(len(pairs), dtype=bool)
    new[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return _symmetric(pairs[new], length[new], size)


def _batches(
    size: int, starts: IntArray, far_m: FloatArray, todo: IntArray
) -> Iterator[tuple[IntArray, IntArray]]:
    """Pairs that share a sweep, with its sorted start joints: starts that look equally far go together."""
    if not len(todo):
        return
    joints, place = np.unique(starts[todo], return_inverse=True)
    farthest = np.zeros(len(joints))
    np.maximum.at(farthest, place, far_m[todo])
    order = np.argsort(farthest, kind="stable")
    together = max(1, _MOST_VALUES // size)
    turn = np.empty(len(joints), dtype=np.int64)
    turn[order] = np.arange(len(joints)) // together
    for number in range(int(turn.max()) + 1):
        yield todo[turn[place] == number], joints[turn == number]
