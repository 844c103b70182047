"""What groups of partners are worth, of every kind of undertaking, against sums written out by hand."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from kansenkaart.coalitions import value
from kansenkaart.coalitions.games import Undertaking, find_undertakings
from kansenkaart.coalitions.shapley import MOST_EXACT, check_core, shapley
from kansenkaart.coalitions.sharing import share_out
from kansenkaart.coalitions.value import Measure, draw_ranges
from kansenkaart.matches import Chosen


def _undertaking(ends, net, quantity=None, **more):
    ends = np.asarray(ends)
    moved = np.ones(len(ends)) if quantity is None else np.asarray(quantity, dtype=float)
    return Undertaking(
        np.arange(len(ends)), np.unique(ends), ends, np.asarray(net, dtype=float), moved, **more
    )


def _subsets(members):
    return [set(some) for size in range(len(members) + 1) for some in combinations(sorted(members), size)]


def _as_rows(groups, players):
    return np.array([[player in group for player in range(players)] for group in groups])


def _frame(rows):
    """Chances as ``MATCHES`` has them, from (supply, demand, net, quantity) and what else they say."""
    columns = ["trunk_id", "round_id", "chain_id"]
    frame = pd.DataFrame([{"supply_id": a, "demand_id": b, "net_eur_y": net, "quantity": moved} | more
                          for a, b, net, moved, more in rows])  # fmt: skip
    for name in columns:
        if name not in frame:
            frame[name] = None
    if "leg" not in frame:
        frame["leg"] = 0
    return frame.assign(leg=frame["leg"].fillna(0).astype(int), stream="hout", coalition=0).assign(
        match_id=[f"m{n}" for n in range(len(frame))]
    )


def _find(rows, least=0.0):
    frame = _frame(rows)
    sites = sorted({*frame["supply_id"], *frame["demand_id"]})
    ends = np.array(
        [[sites.index(a), sites.index(b)] for a, b in frame[["supply_id", "demand_id"]].to_numpy()]
    )
    chosen = {"hout": Chosen((), None, least)}
    (one,) = find_undertakings(frame, np.zeros(len(frame), dtype=np.int64), ends, chosen)
    return one, sites, frame, ends, chosen


# --- rounds -----------------------------------------------------------------------------------------------------

stops = st.lists(st.tuples(st.integers(1, 9), st.integers(-40, 90)), min_size=2, max_size=5)


@given(stops, st.integers(1, 30))
def test_a_round_is_worth_nothing_below_its_load(stops, least):
    """Stops 1, 2, ... bring to plant 0; whoever is in, the best of all loads that fill the car counts."""
    quantity, net = zip(*stops, strict=True)
    least = min(least, sum(quantity))
    count = len(stops)
    one = _undertaking(
        [(n + 1, 0) for n in range(count)], net, quantity, lots=((np.arange(count), float(least)),)
    )

    def alone(group):
        on = [n for n in range(count) if n + 1 in group and 0 in group]
        return sum(net[n] for n in on) if sum(quantity[n] for n in on) >= least else 0

    groups = _subsets(range(count + 1))
    worth = one.worth(_as_rows(groups, count + 1))
    for group, found in zip(groups, worth, strict=True):
        assert found == max(alone(part) for part in _subsets(group))


@given(stops, st.integers(1, 30))
def test_who_leaves_a_round_that_then_runs_half_empty_takes_all_with_him(stops, least):
    quantity = [moved for moved, _ in stops]
    least = min(least, sum(quantity))
    count = len(stops)
    one = _undertaking(
        [(n + 1, 0) for n in range(count)],
        np.ones(count),
        quantity,
        lots=((np.arange(count), float(least)),),
    )
    weight = np.array(quantity) / sum(quantity)
    falls = one.falls(weight)
    assert falls[0] == pytest.approx(1)
    for n, moved in enumerate(quantity):
        rest = sum(quantity) - moved
        assert falls[n + 1] == pytest.approx(weight[n] if rest >= least else 1)


def test_a_round_in_the_frame_takes_its_load_from_its_stream():
    rows = [("a", "z", 30.0, 4.0, {"round_id": "r"}), ("b", "z", 30.0, 4.0, {"round_id": "r"})]
    one, *_ = _find(rows, least=6.0)
    assert one.worth(_as_rows([{0, 2}, {0, 1, 2}], 3)).tolist() == [0, 60]
    loose, *_ = _find(rows, least=4.0)
    assert loose.worth(_as_rows([{0, 2}, {0, 1, 2}], 3)).tolist() == [30, 60]


# --- chains -----------------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 50)), min_size=1, max_size=4),
    st.integers(0, 80),
)
def test_a_later_leg_passes_on_as_much_as_comes_in(first, later):
    """Givers 2, 3, ... bring to maker 0, who sells to taker 1: of the sale that part of which the wood is there."""
    count = len(first)
    quantity, net = zip(*first, strict=True)
    ends = [*((n + 2, 0) for n in range(count)), (0, 1)]
    one = _undertaking(ends, [*net, later], [*quantity, sum(quantity)], brings={count: np.arange(count)})
    groups = _subsets(range(count + 2))
    for group, found in zip(groups, one.worth(_as_rows(groups, count + 2)), strict=True):
        on = [n for n in range(count) if n + 2 in group and 0 in group]
        sold = later * sum(quantity[n] for n in on) / sum(quantity) if {0, 1} <= group else 0
        assert found == pytest.approx(sum(net[n] for n in on) + sold, abs=1e-9)


def test_a_chain_of_three_legs_dries_up_behind_whoever_leaves():
    rows = [
        ("bron", "mid", 10.0, 8.0, {"chain_id": "k", "leg": 1}),
        ("mid", "zaag", 20.0, 6.0, {"chain_id": "k", "leg": 2}),
        ("zaag", "wink", 40.0, 5.0, {"chain_id": "k", "leg": 3}),
    ]
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        one, sites, *_ = _find([rows[n] for n in order])
        everyone = set(range(4))
        without = {name: one.worth(_as_rows([everyone - {n}], 4))[0] for n, name in enumerate(sites)}
        assert without == {"bron": 0, "mid": 0, "wink": 30, "zaag": 10}
        split, error = one.split()
        assert split.sum() == pytest.approx(70)
        assert error == 0


def test_a_leg_is_fed_by_its_own_chain_only():
    """One maker in two chains that share a pipe: the other chain's wood is not what it sells here."""
    rows = [
        ("a", "mid", 10.0, 8.0, {"chain_id": "other", "leg": 1}),
        ("mid", "wink", 40.0, 5.0, {"chain_id": "k", "leg": 2}),
    ]
    one, *_ = _find(rows)
    assert one.worth(np.ones((1, 3), dtype=bool)) == pytest.approx(50)


# --- shared out -------------------------------------------------------------------------------------------------


@given(st.integers(MOST_EXACT + 1, MOST_EXACT + 4), st.integers(0, 2**31))
def test_drawn_shares_lie_as_near_to_the_exact_ones_as_is_said(players, seed):
    """A hub with many takers whose round needs a load: exact by counting in how many orders a set is in time."""
    rng = np.random.default_rng(seed)
    takers = players - 1
    net, lot = rng.integers(1, 90, takers).astype(float), int(rng.integers(1, takers + 1))
    one = _undertaking([(0, n + 1) for n in range(takers)], net, lots=((np.arange(takers), float(lot)),))
    split, error = one.split()
    # without a load each chance is between two, and an order and its mirror give each exactly half
    assert (error > 0) == (lot > 1)
    assert split.sum() == pytest.approx(net.sum())
    assert (np.abs(split - _exact_round(net, lot)) <= 6 * error + 1e-9).all()


def _exact_round(net, lot):
    """By who comes last, in closed form: at place p of all, p before; the hub must be there, and takers enough."""
    takers, mean, whole = len(net), net.mean(), net.sum()
    places = range(takers + 1)
    share = np.zeros(takers + 1)
    share[0] = sum(p * mean for p in places if p >= lot) / len(places)
    for n, own in enumerate(net):
        others = (whole - own) / (takers - 1)
        for p in places:
            # p came before; the hub is one of them with chance p / takers, and then p - 1 are takers
            if p and p >= lot:
                share[n + 1] += p / takers / len(places) * (own + ((p - 1) * others if p == lot else 0))
    return share


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(4, 7), st.integers(-30, 90)), min_size=1, max_size=8)
)
def test_plain_chances_are_halved_whoever_else_there_is(chances):
    """Shapley of a sum of games is the sum of their values; and all together equals one game of all players."""
    players = sorted({one for row in chances for one in row[:2]})
    rows = [(f"s{a}", f"s{b}", float(net), 1.0, {}) for a, b, net in chances]
    frame = _frame(rows).assign(weight=1 / len(rows))
    ends = np.array([[players.index(a), players.index(b)] for a, b, _ in chances])
    shares = share_out(frame, np.arange(len(rows)), ends, {})
    groups = _subsets(range(len(players)))
    game = np.zeros(1 << len(players))
    for group in groups:
        game[sum(1 << n for n in group)] = sum(
            max(net, 0) for (_, _, net), own in zip(chances, ends, strict=True) if set(own) <= group
        )
    got = shares.shares @ np.where(shares.in_play, frame["net_eur_y"], 0.0)
    assert got == pytest.approx(shapley(game), abs=1e-9)
    kind, group, excess = shares.cores[0]
    assert kind == ("core" if game[-1] > 0 else "no_value")
    assert (len(group), excess) == (0, 0)
    without = [game[-1] - game[((1 << len(players)) - 1) ^ (1 << n)] for n in range(len(players))]
    assert shares.falls_eur == pytest.approx(without, abs=1e-9)


@pytest.mark.parametrize("net", [[-5.0, -1.0], [0.0, 0.0], [np.nan, np.nan]])
def test_what_is_worth_nothing_is_never_called_good(net):
    rows = [("a", "z", net[0], 2.0, {"round_id": "r"}), ("b", "z", net[1], 2.0, {"round_id": "r"})]
    _, _, frame, ends, chosen = _find(rows)
    shares = share_out(frame.assign(weight=0.5), np.zeros(2, dtype=np.int64), ends, chosen)
    assert shares.cores[0][0] == "no_value"
    assert not shares.in_play.any()
    assert shares.shares.sum() == 0
    assert not shares.falls_eur.any()
    # though nothing is earned, the goods would still stop
    assert shares.falls_share == pytest.approx([0.5, 0.5, 1.0])


def test_who_would_rather_go_alone_is_named():
    """A round that b and z fill with profit; a brings nothing but loss, and is on the list all the same."""
    rows = [("a", "z", -10.0, 1.0, {"round_id": "r"}), ("b", "z", 40.0, 9.0, {"round_id": "r"})]
    _, _, frame, ends, chosen = _find(rows, least=5.0)
    shares = share_out(frame.assign(weight=0.5), np.zeros(2, dtype=np.int64), ends, chosen)
    assert shares.in_play.tolist() == [False, True]
    got = shares.shares @ np.where(shares.in_play, frame["net_eur_y"], 0.0)
    assert got == pytest.approx([0, 20, 20])
    assert shares.cores[0][0] == "core"


def test_any_two_of_three_who_fill_the_load_leave_the_core_empty():
    """Three bring to one another what any two can do: no split keeps each pair from going without the third."""
    ends = [(0, 1), (1, 2), (2, 0)]
    one = _undertaking(ends, [30.0, 30.0, 30.0], lots=())
    split, _ = one.split()
    assert split == pytest.approx([30, 30, 30])
    assert one.has_in_core(split)
    rows = [(a, b, net, 1.0, {"round_id": "r"}) for a, b, net in
            (("a", "b", 60.0), ("b", "c", 60.0), ("c", "a", -50.0))]  # fmt: skip
    _, _, frame, at, chosen = _find(rows)
    shares = share_out(frame.assign(weight=1 / 3), np.zeros(3, dtype=np.int64), at, chosen)
    kind, group, excess = shares.cores[0]
    # all three together lose the last leg's 50: 70; a-b alone have 60, and b-c
    assert kind == "outside"
    assert len(group) == 2
    assert excess > 0
    again = shapley(np.array([0, 0, 0, 60, 0, 0, 60, 70.0]))
    assert shares.shares @ (shares.in_play * frame["net_eur_y"].to_numpy()) == pytest.approx(again)


# --- the core, exactly ------------------------------------------------------------------------------------------

thirds = st.lists(st.integers(0, 300), min_size=7, max_size=7)


@given(thirds, st.sampled_from([1 / 3, 1e3 / 7, 1e7 / 3]))
def test_of_three_the_core_is_empty_exactly_where_balanced_groups_ask_more(worth, scale):
    """Bondareva and Shapley: of three players only five balanced collections matter; in whole numbers, so exactly."""
    a, b, ab, c, ac, bc, abc = worth
    asked = max(a + b + c, a + bc, b + ac, c + ab, (ab + ac + bc) / 2)
    game = np.array([0, *worth]) * scale
    core = check_core(game, shapley(game))
    if core.excess:
        assert (core.lacks > 0) == (asked > abc)
        assert core.lacks == pytest.approx(max(asked - abc, 0) * scale, rel=1e-6, abs=1e-6 * scale)
    else:
        assert asked <= abc


@pytest.mark.parametrize("scale", [1 / 3, 1e3 / 7, 1e7 / 3])
def test_a_core_of_one_split_is_not_called_empty_by_rounding(scale):
    """The whole is worth exactly what balanced groups ask: one split holds, and the Shapley value is another."""
    rng = np.random.default_rng(7)
    tried = 0
    for a, b, ab, c, ac, bc in rng.integers(0, 40, (300, 6)).tolist():
        asked = max(a + b + c, a + bc, b + ac, c + ab, (ab + ac + bc) / 2)
        game = np.array([0, a, b, ab, c, ac, bc, asked]) * scale
        core = check_core(game, shapley(game))
        tried += core.excess > 0
        assert core.lacks == 0
    assert tried > 200


# --- ranges -----------------------------------------------------------------------------------------------------


@given(st.integers(1, 8), st.integers(1, 5), st.integers(0, 2**31))
def test_a_range_is_the_percentile_of_the_sums_per_draw(chances, rows, seed):
    """Against numpy on a full table, however few chances are held at once, and unknown chances add nothing."""
    rng = np.random.default_rng(seed)
    draws = rng.normal(size=(200, chances))
    draws[:, rng.random(chances) < 0.2] = np.nan
    coalition = np.sort(rng.integers(0, 3, chances))
    of = rng.choice(np.unique(coalition), rows)
    weights = rng.normal(size=(rows, chances)) * (of[:, None] == coalition[None])
    frame = pd.DataFrame({"coalition": coalition, "stream": "a"})

    def draw(part, _):
        at = np.arange(len(part))
        for some in (at[::2], at[1::2]):
            mine = draws[:, part["nth"].to_numpy()[some]].T
            yield some, {"eur": mine.copy(), "known": mine.copy(), "co2": 2 * mine, "quantity": 3 * mine}

    whole = np.percentile(np.nan_to_num(draws) @ weights.T, (10, 90), axis=0).T
    measures = {name: Measure(csr_array(weights), name) for name in ("eur", "co2", "quantity")}
    for at_once in (1, 3, 4_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(value, "_draw", draw)
            patch.setattr(value._Worth, "of", lambda rows, chosen: None)
            patch.setattr(value, "_AT_ONCE", at_once)
            found = draw_ranges(frame, {"a": None}, measures)
        for scale, name in ((1, "eur"), (2, "co2"), (3, "quantity")):
            assert found[name] == pytest.approx(scale * whole)


# --- hostile rows -----------------------------------------------------------------------------------------------


@given(st.permutations(range(4)))
def test_the_order_of_the_legs_does_not_matter(order):
    rows = [
        ("a", "mid", 10.0, 8.0, {"chain_id": "k", "leg": 1}),
        ("b", "mid", -4.0, 2.0, {"chain_id": "k", "leg": 1}),
        ("mid", "wink", 40.0, 5.0, {"chain_id": "k", "leg": 2}),
        ("mid", "ander", 15.0, 5.0, {"chain_id": "k", "leg": 2}),
    ]
    first, *_ = _find(rows)
    again, *_ = _find([rows[n] for n in order])
    assert again.game == pytest.approx(first.game)
    assert again.split()[0] == pytest.approx(first.split()[0])
    assert again.in_play()[np.argsort(order)].tolist() == first.in_play().tolist()
    assert replace(first, net=2 * first.net).split()[0] == pytest.approx(2 * first.split()[0])


def test_who_only_brings_loss_to_many_takes_nothing_away_when_he_leaves():
    """Of more than may be asked one by one: a round of thirteen, one of whom costs more than he brings."""
    takers = MOST_EXACT
    nets = [-5.0, *[40.0] * (takers - 1)]
    rows = [(f"a{n:02d}", "z", net, 9.0, {"round_id": "r"}) for n, net in enumerate(nets)]
    _, _, frame, ends, chosen = _find(rows, least=18.0)
    shares = share_out(frame.assign(weight=1 / takers), np.zeros(takers, dtype=np.int64), ends, chosen)
    assert shares.falls_eur[0] == 0
    assert shares.falls_eur[1:takers] == pytest.approx(40)
    assert shares.falls_eur[takers] == pytest.approx(40 * (takers - 1) - 5)
    assert shares.cores[0][0] == "unchecked"


def test_a_chance_by_itself_beside_a_round_counts_in_the_core_of_both():
    """The split of the round is not in its core; what b and c have beside it does not mend that, but is shared out."""
    rows = [(a, b, net, 1.0, {"round_id": "r"}) for a, b, net in
            (("a", "b", 60.0), ("b", "c", 60.0), ("c", "a", -50.0))]  # fmt: skip
    rows.append(("b", "c", 10.0, 1.0, {}))
    _, _, frame, at, chosen = _find(rows[:3])
    frame, at = _frame(rows), np.array([*at.tolist(), at[1].tolist()])
    shares = share_out(frame.assign(weight=0.25), np.array([0, 0, 0, 1]), at, chosen)
    game = np.array([0, 0, 0, 60, 0, 0, 70, 80.0])
    assert shares.shares @ (shares.in_play * frame["net_eur_y"].to_numpy()) == pytest.approx(shapley(game))
    assert shares.falls_eur == pytest.approx([10, 80, 20])
    assert shares.cores[0][0] == "outside"
    assert shares.cores[0][2] == pytest.approx(check_core(game, shapley(game)).excess)
