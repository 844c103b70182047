"""Certainty: what a draw moves, what it leaves alone, and that nothing but seed and key decides it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.catalogue import load_catalogue
from kansenkaart.matches.certainty.draws import can_prepare, draw_group, pose_draws, prepare
from kansenkaart.matches.certainty.uncertain import Uncertain, made_ends
from kansenkaart.matches.pairs.eligibility import ends_of
from kansenkaart.matches.program.stage import Conversion
from kansenkaart.matches.solve import linked
from kansenkaart.matches.solve.problem import Group, Plan, Problem
from kansenkaart.matches.solve.solve import run_plans
from tests.matches.places import HEAT, digester, fields, source, taker, town

GFT = ["gft", "compost"]
SPREAD = ("robustness", "p10", "p50", "p90")


def sure(row, side):
    """The same place with a measured flow that nobody doubts."""
    gj = row[f"{side}_restwarmte_ht_gj_y"]
    ends = {f"{side}_restwarmte_ht_{end}_gj_y": gj for end in ("low", "high")}
    return {**row, **ends}


def _parts(world, stream):
    names, group = next(one for one in world.solution.groups if stream in one[0])
    streams = [world.solution.streams[name] for name in names]
    return names, group, tuple(one.solved for one in streams), tuple(one.sides for one in streams)


def posed(world, stream, draws=100, seed=1):
    return pose_draws(
        *_parts(world, stream)[1:], draws=draws, seed=seed, connections=world.solution.connections
    )


def spread(world, stream=HEAT, draws=40, seed=1):
    """Spread per match id of one stream."""
    names, *parts = _parts(world, stream)
    found = draw_group(*parts, draws=draws, seed=seed, connections=world.solution.connections)
    one, mine = world.solution.streams[stream], found[names.index(stream)]
    ids = [
        f"{one.sides[0].column('site_id')[s]}|{one.sides[1].column('site_id')[d]}"
        for s, d in zip(one.problem.s, one.problem.d, strict=True)
    ]
    return pd.DataFrame({name: getattr(mine, name) for name in SPREAD}, index=ids).sort_index()


def region():
    return [
        source(), source("bron:2", 8_000, 90_000.0), source("bron:3", 2_000, 30_000.0),
        taker(), taker("kas:2", 6_000, 120_000.0), taker("kas:3", 1_000, 60_000.0),
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_and_another_seed_another_spread(world):
    found = world(*region(), streams=[HEAT])
    first = spread(found)
    pd.testing.assert_frame_equal(first, spread(found))
    assert not first.equals(spread(found, seed=2))


def test_order_of_input_and_other_streams_change_nothing(world):
    base = spread(world(*region(), streams=[HEAT]))
    shuffled = spread(world(*region()[::-1], streams=[HEAT]))
    more = spread(world(*region(), town(), digester(), fields(ha=20.0), streams=[HEAT, *GFT]))
    pd.testing.assert_frame_equal(base, shuffled)
    pd.testing.assert_frame_equal(base, more)


def test_a_place_far_away_changes_nothing(world):
    far = [source("bron:9", 80_000), taker("kas:9", 81_000)]
    base = spread(world(*region(), streams=[HEAT]))
    pd.testing.assert_frame_equal(base, spread(world(*region(), *far, streams=[HEAT])).loc[base.index])


def test_more_draws_begin_with_the_same_draws(world):
    found = world(*region(), streams=[HEAT])
    few, many = posed(found, HEAT, draws=5), posed(found, HEAT, draws=50)
    np.testing.assert_array_equal(np.stack(few.run(0, 5)), np.stack(many.run(0, 5)))


def test_percentiles_are_in_order_and_certainty_is_a_share(world):
    found = spread(world(*region(), streams=[HEAT])).dropna()
    assert len(found) >= 3
    assert ((found["p10"] <= found["p50"]) & (found["p50"] <= found["p90"])).all()
    assert found["robustness"].between(0.0, 1.0).all()
    assert (found["p10"] < found["p90"]).any()


def test_flows_of_one_kengetal_move_together_and_measured_ones_by_themselves(world):
    rows = [fields("a:1", 115_000, 20.0), fields("a:2", 116_000, 60.0)]
    towns = [town(), town("g:2", 109_000, 500.0)]
    work = posed(world(*towns, digester(gft=1_500.0), *rows, streams=GFT), "compost", draws=30)
    at = [problem.stream.id for problem in work.group.problems].index("compost")
    land = np.stack([work.drawn(n).problems[at].demand[:, 0] for n in range(30)])
    assert len(np.unique(land[:, 0])) == 30
    np.testing.assert_allclose(land[:, 1], 3.0 * land[:, 0])
    at = [problem.stream.id for problem in work.group.problems].index("gft")
    waste = np.stack([work.drawn(n).problems[at].supply[:, 0] for n in range(30)])
    assert abs(np.corrcoef(np.log(waste.T))[0, 1]) < 0.6
    assert len(np.unique(waste[:, 0] / waste[:, 1])) == 30


def test_months_move_with_their_flow(world):
    work = posed(world(*region(), streams=[HEAT]), HEAT, draws=10)
    base, drawn = work.group.problems[0].demand, work.drawn(3).problems[0].demand
    assert base.shape[1] == 12
    ratio = drawn[base > 0] / base[base > 0]
    rows = np.nonzero(base > 0)[0]
    for row in np.unique(rows):
        assert np.ptp(ratio[rows == row]) < 1e-12
    assert np.ptp(ratio) > 1e-3


def test_what_is_certain_does_not_move(world):
    found = world(sure(source(), "supply"), sure(taker(), "demand"), streams=[HEAT])
    quantity = found.matches["quantity"].iloc[0]
    row = spread(found).iloc[0]
    assert row["robustness"] == 1.0
    assert (row["p10"], row["p50"], row["p90"]) == (quantity, quantity, quantity)


def test_low_and_high_are_the_tenth_and_the_ninetieth_percentile():
    normal = np.random.default_rng(0).standard_normal((20_000, 1))
    number = Uncertain(np.array([0, -1]), np.array([0.5, 0.5]), np.array([3.0, 3.0]))
    factors = np.stack([number.factors(one) for one in normal])
    assert np.percentile(factors[:, 0], (10, 50, 90)) == pytest.approx([0.5, 1.0, 3.0], rel=0.05)
    assert (factors[:, 1] == 1.0).all()


def test_zero_draws_and_no_match_give_nothing(world):
    found = world(*region(), streams=[HEAT])
    assert spread(found, draws=0).isna().all(axis=None)
    alone = world(source(), taker(dx=40_000), streams=[HEAT])
    assert spread(alone).empty


def test_pairs_that_got_nothing_stay_without_certainty(world):
    found = world(*region(), streams=[HEAT])
    got = found.solution.streams[HEAT].solved.quantity > 0
    assert not got.all()
    assert spread(found)["robustness"].notna().sum() == got.sum()


def test_a_half_is_enough_to_stand(world):
    """One source that covers its taker: it stands when it has half of what the taker got, worked out again."""
    wide = {"supply_restwarmte_ht_low_gj_y": 20_000.0, "supply_restwarmte_ht_high_gj_y": 400_000.0}
    found = world(source(**wide, gj=100_000.0), sure(taker(gj=90_000.0), "demand"), streams=[HEAT])
    work = posed(found, HEAT, draws=300)
    base, column = work.group.problems[0].supply, work.sides[0][0].key[0]
    z = work.normal[:, column]
    factor = np.where(z < 0, 0.2 ** (-z / 1.2815515655446004), 4.0 ** (z / 1.2815515655446004))
    most = np.minimum(base[0] * factor[:, None], work.group.problems[0].demand[0]).sum(axis=1)
    quantity = found.matches["quantity"].iloc[0]
    row = spread(found, draws=300).iloc[0]
    assert 0.1 < row["robustness"] < 0.95
    assert row["robustness"] == pytest.approx((most >= quantity / 2).mean(), abs=1e-9)
    assert row["p50"] == pytest.approx(np.percentile(most, 50), rel=1e-9)


def test_a_yield_is_drawn_and_is_one_number_for_all_places_alike(world):
    rows = [town(), digester(gft=400.0), digester("v:2", 113_000, 300.0), fields(ha=2_000.0)]
    work = posed(world(*rows, streams=GFT), "compost", draws=40)
    yields = np.array([[one.yield_ for one in work.drawn(n).conversions] for n in range(40)])
    assert yields.shape == (40, 2)
    np.testing.assert_array_equal(yields[:, 0], yields[:, 1])
    assert len(np.unique(yields[:, 0])) == 40
    middle = np.percentile(posed(world(*rows, streams=GFT), "compost", draws=4000).normal, 50, axis=0)
    assert np.abs(middle).max() < 0.1


def test_of_a_made_flow_only_the_own_part_is_drawn(world):
    found = world(town(), digester(), fields(ha=2_000.0), streams=GFT)
    names, group, solved, sides = _parts(found, "compost")
    at = names.index("compost")
    made = made_ends(group, solved, found.solution.connections)[at]
    np.testing.assert_allclose(made, [[240.0, 320.0, 360.0]])
    whole = sides[at][0]
    flows = whole.flows.assign(
        low=whole.flows["low"] + 40.0, value=whole.flows["value"] + 50.0, high=whole.flows["high"] + 70.0
    )
    low, high = ends_of(replace(whole, flows=flows), made)
    assert (low[0], high[0]) == pytest.approx((0.8, 1.4))


def test_a_flow_that_is_made_whole_has_nothing_of_its_own_to_draw(world):
    work = posed(world(town(), digester(), fields(ha=20.0), streams=GFT), "compost", draws=3)
    at = [problem.stream.id for problem in work.group.problems].index("compost")
    assert (work.sides[at][0].key == -1).all()


def _random_problem(seed, n, m, periods):
    """Small integers, many ties, zeros among the capacities and three tiers."""
    random = np.random.default_rng(seed)
    s, d = np.nonzero(random.random((n, m)) < 0.6)
    distance = random.integers(1, 6, len(s)) * 100.0
    order = np.lexsort((d, distance, s))
    pairs = pd.DataFrame(
        {"s": s[order], "d": d[order], "distance_m": distance[order], "weight_m": distance[order]}
    )
    supply, demand = (random.integers(0, 5, (size, periods)) * random.random((size, 1)) for size in (n, m))
    tier = random.integers(0, 3, len(pairs))
    worth = np.where(tier == 0, random.integers(1, 4, len(pairs)).astype(float), np.nan)
    stream = load_catalogue().streams["gft"]
    return Problem(stream, [], pairs, supply, demand, supply.sum(axis=1), "quantity"), Plan(tier, worth)


@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(1, 8), st.sampled_from([1, 12]))
def test_prepared_gives_what_run_plans_gives_to_the_last_bit(seed, n, m, periods):
    problem, plan = _random_problem(seed, n, m, periods)
    ready, random = prepare(problem, plan), np.random.default_rng(seed)
    assert can_prepare(Group((problem,)))
    for _ in range(3):
        supply = problem.supply * random.lognormal(0, 0.6, (n, 1))
        demand = problem.demand * random.lognormal(0, 0.6, (m, 1))
        changed = Group((replace(problem, supply=supply, demand=demand),))
        expected = run_plans(changed, [plan], certify=False).quantity[0]
        np.testing.assert_array_equal(ready.allocate(supply, demand), expected)


@given(st.integers(0, 10_000), st.sampled_from([0.0, 1.5, 3.0]), st.sampled_from([0.0, 0.5]))
def test_what_nobody_proves_is_divided_alike_to_the_last_bit(seed, min_lot, fixed):
    problem, plan = _random_problem(seed, 5, 6, 1)
    group = Group((replace(problem, min_lot=min_lot, fixed_eur_y=fixed),))
    proven, drawn = (run_plans(group, [plan], certify=certify) for certify in (True, False))
    np.testing.assert_array_equal(drawn.quantity[0], proven.quantity[0])
    assert proven.certified
    assert not drawn.certified


def _linked(seed):
    """Two streams of which a place makes the second of the first."""
    (taken, first), (made, second) = _random_problem(seed, 4, 4, 1), _random_problem(seed + 1, 4, 4, 1)
    problems = tuple(
        replace(each, pairs=each.pairs.assign(network=-1, confirmed=False)) for each in (taken, made)
    )
    return Group(problems, conversions=(Conversion(0, 1, 1, 2, 0.5),)), [first, second]


def test_a_stage_that_can_add_nothing_is_left_out_and_changes_nothing(monkeypatch):
    posed = []
    solve = linked.solve_stage
    monkeypatch.setattr(
        linked, "solve_stage", lambda *given, **settings: (posed.append(1), solve(*given, **settings))[1]
    )
    left_out = 0
    for seed in range(0, 60, 2):
        group, plans = _linked(seed)
        posed.clear()
        found, count = run_plans(group, plans), len(posed)
        with monkeypatch.context() as patch:
            patch.setattr(linked, "_is_full", lambda *_: False)
            posed.clear()
            every = run_plans(group, plans)
        left_out += len(posed) - count
        assert (found.certified, found.method) == (every.certified, every.method)
        for one, other in zip(found.quantity, every.quantity, strict=True):
            np.testing.assert_array_equal(one, other)
    assert left_out > 0


def test_what_was_read_of_the_pairs_stands_when_the_amounts_change():
    group, _ = _linked(1)
    problem = group.problems[0]
    other = problem.with_amounts(supply=problem.supply * 2.0)
    for name in ("s", "d", "distance_m", "weight_m", "network"):
        assert getattr(other, name) is getattr(problem, name)
    np.testing.assert_array_equal(other.supply, problem.supply * 2.0)
    np.testing.assert_array_equal(other.demand, problem.demand)


def test_a_stream_with_lots_is_not_prepared():
    problem, _ = _random_problem(1, 3, 3, 1)
    assert not can_prepare(Group((replace(problem, min_lot=2.0),)))
    assert not can_prepare(Group((replace(problem, fixed_eur_y=2.0),)))
