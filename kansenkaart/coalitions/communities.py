"""Cut what hangs together into groups of limited size: modularity, moved greedily (Louvain), with a fixed tie rule.

V.D. Blondel e.a., "Fast unfolding of communities in large networks", J. Stat. Mech. (2008) P10008. Two units that
share a bond of k units are tied with weight / (k - 1), as in M.E.J. Newman, Phys. Rev. E 64 (2001) 016132: so a hub
ties its many units no tighter than a small one its few. The ties are never written out: a hub of a thousand would have
a million.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from kansenkaart.arrays import BoolArray, FloatArray, IntArray, compiled

# A move that gains less is rounding.
_LEAST_GAIN = 1e-12
_MOST_ROUNDS = 50


def find_communities(
    held: csr_array, weights: FloatArray, is_partner: BoolArray, most_partners: int
) -> IntArray:
    """Return the community of every unit, numbered by its first unit.

    Units are visited in the order of their rows; a unit moves to the community that gains most modularity, of equal
    ones to the first, and never where that would have more partners than allowed. Then communities move as units do.

    Parameters
    ----------
    held
        [units, bonds]: 1 where a unit has a bond.
    weights
        Per bond.
    is_partner
        Which bonds are partners: these are counted.
    most_partners
        Most partners of a community; a unit that has more by itself stays alone.
    """
    size = np.asarray(held.sum(axis=0), dtype=np.float64)
    tie = np.where(size > 1, weights / np.maximum(size - 1, 1), 0.0)
    label = np.arange(held.shape[0])
    nodes = csr_array(held, dtype=np.float64)
    while True:
        nodes.sort_indices()
        moved = _move(nodes, tie, np.where(size > 1, weights, 0.0), is_partner, most_partners)
        _, first, found = np.unique(moved, return_index=True, return_inverse=True)
        found = np.argsort(np.argsort(first))[found.ravel()]
        label = found[label]
        if len(first) == nodes.shape[0]:
            return np.asarray(label, dtype=np.int64)
        joined = csr_array((np.ones(len(found)), (found, np.arange(len(found)))))
        nodes = csr_array(joined @ nodes)


def _move(
    nodes: csr_array, tie: FloatArray, weights: FloatArray, is_partner: BoolArray, most: int
) -> IntArray:
    """The community of every node once none can gain by moving alone."""
    back = csr_array(nodes.T)
    back.sort_indices()
    degree = np.asarray(nodes @ weights)
    partners = np.asarray((nodes != 0) @ is_partner.astype(np.float64)).astype(np.int64)
    label = np.arange(nodes.shape[0], dtype=np.int64)
    bonds = _Bonds(_Rows.of(nodes), _Rows.of(back), tie, is_partner)
    _settle(label, bonds, degree, partners, most)
    return label


class _Rows(NamedTuple):
    """A sparse matrix row by row: where each begins, and the columns in it and how often it holds them."""

    start: IntArray
    column: IntArray
    held: FloatArray

    @classmethod
    def of(cls, matrix: csr_array) -> _Rows:
        start, column = (np.asarray(one, dtype=np.int64) for one in (matrix.indptr, matrix.indices))
        return cls(start, column, matrix.data)


class _Bonds(NamedTuple):
    """The bonds of every node, the nodes of every bond, how tight each ties, and which are partners."""

    of_node: _Rows
    of_bond: _Rows
    tie: FloatArray
    is_partner: BoolArray


@compiled
def _settle(label: IntArray, bonds: _Bonds, degree: FloatArray, partners: IntArray, most: int) -> None:
    """Move nodes between communities, in place, until a round moves none."""
    n = len(label)
    start, bond, count = bonds.of_node
    back_start, member, member_count = bonds.of_bond
    tie, is_partner = bonds.tie, bonds.is_partner
    total = degree.sum()
    if total <= 0.0:
        return
    inside, size = degree.copy(), partners.copy()
    to, shared = np.zeros(n), np.zeros(n, dtype=np.int64)
    seen, touched = np.full(n, -1, dtype=np.int64), np.empty(n, dtype=np.int64)
    met, stamp = np.full(n, -1, dtype=np.int64), 0
    for _ in range(_MOST_ROUNDS):
        moves = 0
        for i in range(n):
            own, reached = label[i], 0
            stamp += 1
            first = stamp
            seen[own], to[own], shared[own] = first, 0.0, 0
            touched[0] = own
            reached = 1
            for at in range(start[i], start[i + 1]):
                b = bond[at]
                if tie[b] == 0.0:
                    continue
                stamp += 1
                for k in range(back_start[b], back_start[b + 1]):
                    j = member[k]
                    if j == i:
                        continue
                    c = label[j]
                    if seen[c] < first:
                        seen[c], to[c], shared[c] = first, 0.0, 0
                        touched[reached] = c
                        reached += 1
                    to[c] += tie[b] * count[at] * member_count[k]
                    if is_partner[b] and met[c] != stamp:
                        met[c] = stamp
                        shared[c] += 1
            inside[own] -= degree[i]
            size[own] -= partners[i] - shared[own]
            best, gain = own, to[own] - degree[i] * inside[own] / total
            for t in range(1, reached):
                c = touched[t]
                better = to[c] - degree[i] * inside[c] / total
                fits = size[c] + partners[i] - shared[c] <= most
                first_of_equals = better > gain - _LEAST_GAIN and best != own and c < best
                if fits and (better > gain + _LEAST_GAIN or first_of_equals):
                    best, gain = c, better
            inside[best] += degree[i]
            size[best] += partners[i] - shared[best]
            label[i] = best
            moves += best != own
        if moves == 0:
            return
