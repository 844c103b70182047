"""Transportation network simplex: the exact allocation over all candidate pairs, in integers.

Maximise ``sum v x`` with ``sum_j x_ij <= supply_i``, ``sum_i x_ij <= demand_j``, ``x >= 0``, and among all
such optima take the one with the least ``sum distance x``. Value and distance stay two numbers compared one
after the other, so no big constant is needed: pairs of integers with that order add up and compare like
integers do.

The tree: every supply and demand hangs, directly or through pairs, from one root. A supply's own link to
the root carries what it keeps, a demand's what it still lacks. All flow runs from supplies to demands, so
the link above a supply points up and the link above a demand points down. The tree is kept *strongly
feasible* (every
downward link carries flow), which rules out cycling whatever link enters: W.H. Cunningham, "A network simplex
method", Mathematical Programming 11 (1976) 105-116; R.K. Ahuja, T.L. Magnanti, J.B. Orlin, "Network Flows"
(1993), ch. 11.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np

from kansenkaart.arrays import BoolArray, IndexArray, IntArray, compiled, compiled_within
from kansenkaart.matches.transport.integers import Network

# A demand of zero is priced out of reach during the solve; half the integer range, so that sums still fit.
_OUT_OF_REACH = 2**61


class Tree(NamedTuple):
    """Spanning tree; nodes are supplies, then demands, then the root. Arrays have one row per node.

    What is read together stands together: ``links`` holds the parent, the depth, and the neighbours in the
    thread, which runs through the nodes so that every subtree is contiguous. ``pair`` and ``flow`` describe the
    link to the parent (pair -1: the own link to the root). ``price`` and ``tie_price`` hold the dual value, in value
    and in distance: of one more unit at a supply, its negative at a demand.
    """

    links: IndexArray
    pair: IntArray
    flow: IntArray
    price: IntArray
    tie_price: IntArray


# Columns of ``links``.
_PARENT, _DEPTH, _THREAD, _PREVIOUS = 0, 1, 2, 3


class Waiting(NamedTuple):
    """Nodes whose price has the wrong sign: the first ``size[0]`` of ``nodes``, marked in ``listed``."""

    nodes: IntArray
    listed: BoolArray
    size: IntArray


# Per node its first shipment; per entry of a list the next one, its pair and the pair's supply.
_Lists = tuple[IntArray, IntArray, IntArray, IntArray]


class Entering(NamedTuple):
    """The link that enters: from `tail` to `head`, and by how much it beats the prices."""

    tail: int
    head: int
    pair: int
    gain: int
    tie_gain: int


def ship_best_first(network: Network) -> IntArray:
    """Ship over the best pair first (value, then distance, then indices); return the flow per pair."""
    flow = np.zeros(len(network.demand_index), dtype=np.int64)
    _ship(network, network.supply.copy(), network.demand.copy(), network.indptr[:-1].copy(), flow)
    return flow


@compiled
def _ship(network: Network, left: IntArray, wanted: IntArray, at: IntArray, flow: IntArray) -> None:
    """Write `flow`; `left` and `wanted` begin as supply and demand, `at` as where the rows begin."""
    indptr, column, value, distance, supply, _ = network
    heap = [
        (-value[indptr[i]], distance[indptr[i]], i)
        for i in range(len(supply))
        if indptr[i] < indptr[i + 1] and supply[i] > 0
    ]
    heapify(heap)
    while len(heap) > 0:
        i = heappop(heap)[2]
        k = at[i]
        if value[k] <= 0:
            break
        amount = min(left[i], wanted[column[k]])
        flow[k] = amount
        left[i] -= amount
        wanted[column[k]] -= amount
        k += 1
        while k < indptr[i + 1] and wanted[column[k]] == 0:
            k += 1
        at[i] = k
        if left[i] > 0 and k < indptr[i + 1]:
            heappush(heap, (-value[k], distance[k], i))


def improve(network: Network, shipped: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Solve to optimality from an allocation in which every tree of shipments has at most one end with a rest.

    Best-first allocations and the optima of this solver are such; an optimum with pairs added is a warm start.
    `shipped` is written over with the flow: at a hundred million pairs a copy counts.

    Returns
    -------
    flow
        int64[pairs].
    price, tie_price
        int64[n + m]: prices in value and in distance, supplies first, then demands, all 0 or more.
    """
    n, m = len(network.supply), len(network.demand)
    tree = _search(network, shipped)
    flow = shipped
    flow[:] = 0
    carried = tree.pair >= 0
    flow[tree.pair[carried]] = tree.flow[carried]
    price, tie_price = tree.price[: n + m].copy(), tree.tie_price[: n + m].copy()
    price[n:] *= -1
    tie_price[n:] *= -1
    return flow, price, tie_price


def solve(network: Network) -> tuple[IntArray, IntArray, IntArray]:
    """Solve to optimality from the best-first allocation; see `improve`."""
    return improve(network, ship_best_first(network))


def solve_used(network: Network) -> tuple[IntArray, IntArray]:
    """The same flow as `solve`, of the pairs that carry something: their positions, rising, and what they carry."""
    tree = _search(network, ship_best_first(network))
    carries = ((tree.pair >= 0) & (tree.flow > 0)).nonzero()[0]
    carries = carries[tree.pair[carries].argsort()]
    return tree.pair[carries], tree.flow[carries]


def _search(network: Network, shipped: IntArray) -> Tree:
    """Find the tree of the optimum from an allocation.

    Arrays are made here: what makes one in machine code takes a tenth of a second to compile.
    """
    nodes = len(network.supply) + len(network.demand)
    rest = np.concatenate([network.supply, network.demand])
    lists = tuple(np.empty((4, 2 * nodes), dtype=np.int64))
    tree = Tree(np.empty((nodes + 1, 4), dtype=np.int32), *np.empty((4, nodes + 1), dtype=np.int64))
    _plant(network, shipped, rest, lists, tree)
    waiting = Waiting(
        np.empty(nodes, dtype=np.int64), np.zeros(nodes, dtype=np.bool_), np.zeros(1, dtype=np.int64)
    )
    _pivot_all(network, tree, waiting)
    return tree


@compiled
def _pivot_all(network: Network, tree: Tree, waiting: Waiting) -> None:
    """Pivot until no price has the wrong sign and no pair beats the prices."""
    n, m = len(network.supply), len(network.demand)
    for node in range(n + m):
        _list_wrong_sign(tree, n, node, waiting)
    row, quiet_rows = np.int64(0), 0
    while waiting.size[0] > 0 or quiet_rows < n:
        if waiting.size[0] > 0:
            waiting.size[0] -= 1
            node = waiting.nodes[waiting.size[0]]
            waiting.listed[node] = False
            entering = _own_link(tree, n, node)
        else:
            entering = _best_pair(network, tree, row)
            quiet_rows = quiet_rows + 1 if entering.pair < 0 else 0
            row = (row + 1) % n if entering.pair < 0 else row
        if entering.gain > 0 or (entering.gain == 0 and entering.tie_gain > 0):
            _pivot(tree, n, entering, waiting)


@compiled_within
def _best_pair(network: Network, tree: Tree, row: int) -> Entering:
    """Return the pair in a row that beats the prices most; pair -1 when none does.

    A row is asked again until it has none: it then still lies in the nearest cache, which halves the time
    compared with going on to the next. Called only when no price has the wrong sign. A demand's price can then
    only lower a pair's gain, so the row ends as soon as value minus the supply's price does not beat the best so
    far. Unsigned positions: a signed one costs a test for counting from the end.
    """
    indptr, column, value, distance, supply, _ = network
    first_demand, one = np.uint64(len(supply)), np.uint64(1)
    price, tie_price = tree.price[row], tree.tie_price[row]
    best, best_gain, best_tie = np.int64(-1), np.int64(0), np.int64(0)
    k, stop = np.uint64(indptr[row]), np.uint64(indptr[row + 1])
    while k < stop:
        bound = value[k] - price
        if bound < best_gain or (bound == best_gain and -distance[k] - tie_price <= best_tie):
            break
        j = first_demand + np.uint64(column[k])
        gain = bound + tree.price[j]
        if gain >= best_gain:
            tie = -distance[k] - tie_price + tree.tie_price[j]
            if gain > best_gain or tie > best_tie:
                best, best_gain, best_tie = np.int64(k), gain, tie
        k += one
    head = len(supply) + column[best] if best >= 0 else 0
    return Entering(row, head, int(best), int(best_gain), int(best_tie))


@compiled_within
def _own_link(tree: Tree, n: int, node: int) -> Entering:
    """Return the node's own link to the root; it enters when the node's price has the wrong sign."""
    root = len(tree.pair) - 1
    if node < n:
        return Entering(node, root, -1, -tree.price[node], -tree.tie_price[node])
    return Entering(root, node, -1, tree.price[node], tree.tie_price[node])


@compiled_within
def _list_wrong_sign(tree: Tree, n: int, node: int, waiting: Waiting) -> None:
    """Put `node` on the list when its price has the wrong sign."""
    own = _own_link(tree, n, node)
    if not waiting.listed[node] and (own.gain > 0 or (own.gain == 0 and own.tie_gain > 0)):
        waiting.listed[node] = True
        waiting.nodes[waiting.size[0]] = node
        waiting.size[0] += 1


@compiled_within
def _pivot(tree: Tree, n: int, entering: Entering, waiting: Waiting) -> None:
    """Send flow around the loop that `entering` closes and let the link that blocks it leave.

    Among blocking links the last one on the loop leaves, counted from the loop's top along the entering
    link: that keeps the tree strongly feasible.
    """
    links, flow = tree.links, tree.flow
    up, down = entering.tail, entering.head
    tail_node, tail_flow = -1, np.int64(2**62)
    head_node, head_flow = -1, np.int64(2**62)
    while up != down:
        if links[up, _DEPTH] >= links[down, _DEPTH]:
            if up < n and flow[up] < tail_flow:
                tail_node, tail_flow = up, flow[up]
            up = links[up, _PARENT]
        else:
            if down >= n and flow[down] <= head_flow:
                head_node, head_flow = down, flow[down]
            down = links[down, _PARENT]
    amount = min(tail_flow, head_flow)
    top = up
    node = entering.tail
    while node != top:
        flow[node] += -amount if node < n else amount
        node = links[node, _PARENT]
    node = entering.head
    while node != top:
        flow[node] += amount if node < n else -amount
        node = links[node, _PARENT]
    head_moves = head_flow <= tail_flow
    _hang(tree, n, entering, head_moves, head_node if head_moves else tail_node, amount, waiting)


@compiled_within
def _hang(
    tree: Tree, n: int, entering: Entering, head_moves: bool, leaving: int, amount: int, waiting: Waiting
) -> None:
    """Move the subtree under `leaving` to the entering link, turn the path between them and reprice it."""
    links, pair, flow, price, tie_price = tree
    inner, outer, sign = entering.tail, entering.head, 1
    if head_moves:
        inner, outer, sign = outer, inner, -1
    gain, tie_gain = sign * entering.gain, sign * entering.tie_gain
    node, tail, new_parent, new_depth = inner, inner, outer, links[outer, _DEPTH] + 1
    new_pair, new_flow = entering.pair, amount
    while True:
        before, old_depth = links[node, _PREVIOUS], links[node, _DEPTH]
        shift, last, at = new_depth - old_depth, node, node
        while True:
            links[at, _DEPTH] += shift
            price[at] += gain
            tie_price[at] += tie_gain
            _list_wrong_sign(tree, n, at, waiting)
            last, at = at, links[at, _THREAD]
            if links[at, _DEPTH] <= old_depth:
                break
        links[before, _THREAD], links[at, _PREVIOUS] = at, before
        if node != inner:
            links[tail, _THREAD], links[node, _PREVIOUS] = node, tail
        tail = last
        old_parent, old_pair, old_flow = links[node, _PARENT], pair[node], flow[node]
        links[node, _PARENT], pair[node], flow[node] = new_parent, new_pair, new_flow
        if node == leaving:
            break
        node, new_parent, new_pair, new_flow, new_depth = old_parent, node, old_pair, old_flow, new_depth + 1
    after = links[outer, _THREAD]
    links[outer, _THREAD], links[inner, _PREVIOUS] = inner, outer
    links[tail, _THREAD], links[after, _PREVIOUS] = after, tail


@compiled
def _plant(network: Network, shipped: IntArray, rest: IntArray, lists: _Lists, tree: Tree) -> None:
    """Build the strongly feasible tree of the best-first allocation.

    Every shipment used up one of its two ends, so the shipments form trees with at most one end that has
    something left; that end, or else a supply, is tied to the root. `rest` begins as supply and demand.
    """
    n, root = len(network.supply), len(rest)
    for node in range(root + 1):
        for one in range(4):
            tree.links[node, one] = -1
        tree.pair[node] = -1
        tree.flow[node] = tree.price[node] = tree.tie_price[node] = 0
    _list_shipments(network, shipped, rest, lists)
    tree.links[root, _DEPTH] = 0
    last = root
    for with_rest in (True, False):
        for start in range(root):
            if tree.links[start, _PARENT] >= 0 or (rest[start] > 0) != with_rest:
                continue
            tree.links[start, _PARENT], tree.flow[start] = root, rest[start]
            if start >= n and not with_rest:
                # Only a demand of zero gets here: a leaf that no pair may reach, so it never moves.
                tree.price[start] = -_OUT_OF_REACH
            last = _grow(network, shipped, tree, lists, start, last)
    tree.links[last, _THREAD], tree.links[root, _PREVIOUS] = root, last


@compiled_within
def _list_shipments(network: Network, shipped: IntArray, rest: IntArray, lists: _Lists) -> None:
    """Link the shipments of every node in a list, and take them off `rest`."""
    first, following, pair_of, row_of = lists
    indptr, column, n, entry = network.indptr, network.demand_index, len(network.supply), 0
    for node in range(len(rest)):
        first[node] = -1
    for i in range(n):
        for k in range(indptr[i], indptr[i + 1]):
            if shipped[k] == 0:
                continue
            for node in (i, n + column[k]):
                rest[node] -= shipped[k]
                pair_of[entry], row_of[entry] = k, i
                following[entry], first[node] = first[node], entry
                entry += 1


@compiled_within
def _grow(
    network: Network,
    shipped: IntArray,
    tree: Tree,
    lists: _Lists,
    start: int,
    last: int,
) -> int:
    """Add everything that shipments tie to `start`, depth first; return the last node of the thread."""
    first, following, pair_of, row_of = lists
    n = len(network.supply)
    stack = [(start, np.int64(1))]
    while len(stack) > 0:
        node, depth = stack.pop()
        tree.links[node, _DEPTH] = depth
        tree.links[last, _THREAD], tree.links[node, _PREVIOUS] = node, last
        last = node
        entry = first[node]
        while entry >= 0:
            k = pair_of[entry]
            other = n + network.demand_index[k] if node < n else row_of[entry]
            entry = following[entry]
            if other == tree.links[node, _PARENT]:
                continue
            sign = 1 if other < n else -1
            tree.links[other, _PARENT], tree.pair[other], tree.flow[other] = node, k, shipped[k]
            tree.price[other] = tree.price[node] + sign * network.value[k]
            tree.tie_price[other] = tree.tie_price[node] - sign * network.distance[k]
            stack.append((other, depth + 1))
    return last
