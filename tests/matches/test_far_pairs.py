"""A stream whose pairs are too many to hold: what the ordinary run gives, proven over pairs that are never held."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from kansenkaart.catalogue import OwnNumber, apply_changes, load_catalogue
from kansenkaart.errors import DataError
from kansenkaart.flows import estimate_flows
from kansenkaart.matches.long_range import column_generation as long_range
from kansenkaart.matches.long_range import far_pairs
from kansenkaart.matches.long_range.far_pairs import can_go_far
from kansenkaart.matches.pairs import eligibility
from kansenkaart.matches.rows.match_rows import describe_solve
from kansenkaart.matches.solve.solution import MatchInputs, solve_streams
from kansenkaart.matches.ties.connections import Connections
from kansenkaart.tables import LINKS, Surroundings
from kansenkaart.tables.surroundings import Roads
from kansenkaart.texts import load_texts
from tests.tries import drawn

GRASS = "bermgras_maaisel"
X, Y = 110_000.0, 480_000.0
SUPPLIERS, TAKERS = ("verge_manager", "municipality", "industry"), ("digester", "composter", "greenhouse")


def draw_places(seed, n=25, m=40, side=60_000.0):
    """Kinds that do and do not fit, places in and outside the region, some on both sides, some in one spot."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(n + m):
        gives, asks = number < n, number >= n
        x, y = np.round(random.uniform(0, side, 2), -3 if seed % 3 == 0 else 1)
        row = {
            "site_id": f"plek:{number}",
            "kind": str(random.choice(SUPPLIERS if gives else TAKERS)),
            "x": X + x,
            "y": Y + y,
            "in_region": bool(random.random() < 0.6),
            "location_precision_m": float(random.choice([10.0, 4000.0])),
        }
        if random.random() < 0.2:
            gives = asks = True
            row["kind"] = "composter" if seed % 2 else "municipality"
        if gives:
            row[f"supply_{GRASS}_t_y"] = float(random.integers(0, 900))
        if asks:
            row[f"demand_{GRASS}_t_y"] = float(random.integers(0, 700))
        rows.append(row)
    return rows


@pytest.fixture
def solve(make_sites, make_project):
    """Solve a stream as ``build`` does; prices can be fixed."""

    def solve(rows, *, stream=GRASS, prices=None, method=None, besides=(), **own):
        fixed = {
            name: OwnNumber(low=low, value=mid, high=high)
            for name, (low, mid, high) in (prices or {}).items()
        }
        given = {"lots": False, **(method or {})}
        project = make_project(streams=[stream, *besides], method=given, stream={stream: own} if own else {})
        reach = {key: value for key, value in own.items() if key in ("hard_km", "soft_km")}
        catalogue = apply_changes(
            load_catalogue(), kengetallen={}, prices=fixed, streams={stream: reach} if reach else {}
        )
        sites, texts = make_sites(*rows), load_texts("nl")
        flows = estimate_flows(sites, LINKS.empty(), catalogue, project=project, texts=texts).flows
        inputs = MatchInputs(sites, flows, LINKS.empty(), gpd.GeoDataFrame())
        solution = solve_streams(inputs, catalogue, project=project)
        one = solution.streams[stream]
        return one, describe_solve(one, catalogue)

    return solve


@pytest.fixture
def hold_few(monkeypatch):
    def hold_few(most=5, others=2, nearest=1):
        monkeypatch.setattr(eligibility, "MOST_PAIRS", most)
        monkeypatch.setattr(far_pairs, "_OTHERS", others)
        monkeypatch.setattr(far_pairs, "_NEAREST", nearest)
        monkeypatch.setattr(long_range, "_START", 2)
        monkeypatch.setattr(long_range, "_JOIN", 1)

    return hold_few


def by_tier(one):
    """Objective and quantity of every tier of the plan."""
    tier, quantity = one.solved.plan.tier, one.solved.quantity
    worth = np.nan_to_num(one.solved.plan.unit_value, nan=1.0)
    return {n: float((worth * quantity)[tier == n].sum()) for n in (0, 1, 2) if quantity[tier == n].sum() > 0}


RUNS = {
    "net_eur": {},
    "dear transport": {"prices": {"truck_grass": (0.2, 0.9, 1.6)}},
    "never pays": {"prices": {"truck_grass": (2.0, 9.0, 16.0), "handling_eur_t": (90.0, 95.0, 99.0)}},
    "quantity": {"objective": "quantity"},
    "co2": {"objective": "co2"},
    "r_gain": {"objective": "r_gain"},
    "one tier": {"method": {"tiers": False}},
}


@pytest.mark.parametrize("name", RUNS)
@drawn("seed", 6, first=2)
def test_it_gives_what_the_ordinary_run_gives_and_proves_it(solve, hold_few, name, seed):
    rows = draw_places(seed)
    whole, _ = solve(rows, **RUNS[name])
    hold_few()
    far, row = solve(rows, **RUNS[name])
    assert whole.problem.far is None
    assert by_tier(far) == pytest.approx(by_tier(whole), rel=1e-9)
    assert far.solved.objective_value == pytest.approx(whole.solved.objective_value, rel=1e-9)
    assert len(far.problem.pairs) < len(whole.problem.pairs)
    assert (row["method"], row["certified"], row["gap"], row["limit_hit"]) == (
        "column generation",
        True,
        0.0,
        False,
    )
    assert row["pairs"] > len(whole.problem.pairs)
    assert far.solved.nearest_share == pytest.approx(whole.solved.nearest_share)
    assert far.solved.greedy_share == pytest.approx(whole.solved.greedy_share, rel=1e-6)


def test_the_drawn_runs_reach_every_tier(solve):
    found = {n for name in RUNS for n in by_tier(solve(draw_places(0), **RUNS[name])[0])}
    assert found == {0, 1, 2}


@drawn("seed", 4, first=2)
def test_what_is_held_follows_every_rule_of_the_ordinary_pairs(solve, hold_few, seed):
    rows = draw_places(seed)
    whole, _ = solve(rows)
    hold_few()
    far, _ = solve(rows)
    both = far.problem.pairs.merge(whole.problem.pairs, on=list(far.problem.pairs.columns))
    assert len(both) == len(far.problem.pairs)
    order = far.problem.pairs[["s", "distance_m"]]
    assert order.equals(order.sort_values(["s", "distance_m"]))


def test_stems_of_flowers_become_no_paper_however_many_pairs_there_are(solve, hold_few):
    crops = ("vegetables", "flowers", "mixed", None)
    rows = [
        {"site_id": f"kas:{n}", "kind": "greenhouse", "x": X + 900.0 * n, "y": Y, "crop": crops[n % 4]}
        | {"supply_tuinbouwreststroom_t_y": 400.0 + n}
        for n in range(12)
    ]
    rows += [
        {"site_id": f"{kind}:{n}", "kind": kind, "x": X + 2_000.0 * n, "y": Y + 500.0}
        | {"demand_tuinbouwreststroom_t_y": 900.0}
        for n in range(3)
        for kind in ("paper_mill", "composter")
    ]
    found = {}
    for name in ("whole", "far"):
        one, _ = solve(rows, stream="tuinbouwreststroom")
        pairs, sides = one.problem.pairs, one.sides
        crop = sides[0].flows["crop"].fillna("not known").to_numpy()[pairs["s"]]
        kind = sides[1].column("kind")[pairs["d"]]
        assert (one.problem.far is None) == (name == "whole")
        assert set(crop[kind == "paper_mill"]) == {"vegetables", "not known"}
        assert len(set(crop[kind == "composter"])) == 4
        found[name] = by_tier(one)
        hold_few()
    assert found["far"] == pytest.approx(found["whole"], rel=1e-9)


def test_every_place_that_has_a_partner_keeps_its_nearest(solve, hold_few):
    rows = draw_places(1)
    whole, _ = solve(rows)
    hold_few()
    far, _ = solve(rows)
    for side in ("s", "d"):
        nearest = [one.problem.pairs.groupby(side)["distance_m"].min() for one in (whole, far)]
        assert nearest[0].equals(nearest[1])


def test_the_order_of_the_places_is_irrelevant(solve, hold_few):
    hold_few()
    rows = draw_places(2)
    one, other = solve(rows)[0], solve(rows[::-1])[0]
    assert one.solved.quantity.tolist() == other.solved.quantity.tolist()


def test_a_limit_that_was_hit_is_stated_with_how_far_it_can_be_off(solve, hold_few):
    rows = draw_places(4, 60, 90)
    best = solve(rows)[0].solved.objective_value
    hold_few()
    far, row = solve(rows, method={"time_limit_s": 1e-9})
    assert row["limit_hit"]
    assert not row["certified"]
    assert 0 < row["gap"] < 0.5
    assert row["value"] <= best <= row["value"] / (1 - row["gap"]) * (1 + 1e-9)
    assert far.solved.quantity.sum() > 0


def test_smallest_lots_are_held_against_the_bound_over_all_pairs(solve, hold_few):
    rows = draw_places(5)
    plain = solve(rows)[0].solved.objective_value
    hold_few(others=8, nearest=3)
    alone = {"round_reach_m": (0.0, 0.0, 0.0)}
    far, row = solve(rows, method={"lots": True}, min_lot=250.0, prices=alone)
    moved = far.solved.quantity[far.solved.quantity > 0]
    assert moved.min() >= 250.0 * (1 - 1e-9)
    assert row["value"] < plain
    assert row["gap"] >= (plain - row["value"]) / plain * (1 - 1e-9)
    assert not row["certified"]


def test_a_quay_at_both_ends_that_bends_the_worth_keeps_the_error(solve, hold_few):
    def rows(quay):
        ends = [
            ("sloop:1", "municipality", "supply", 0.0),
            ("breker:1", "concrete_breaker", "demand", 60_000.0),
        ]
        return [
            {"site_id": site, "kind": kind, "x": X + dx, "y": Y, f"{role}_betonpuin_t_y": 500.0, "quay": quay}
            for site, kind, role, dx in ends
        ]

    hold_few(most=0)
    _, row = solve(rows("no"), stream="betonpuin", objective="co2")
    assert (row["method"], row["quantity"]) == ("column generation", 500.0)
    with pytest.raises(DataError, match="lie within the distance limit"):
        solve(rows("yes"), stream="betonpuin", objective="co2")


def heat(site, kind, role, dx):
    return {
        "site_id": site,
        "kind": kind,
        "x": X + dx,
        "y": Y,
        f"{role}_restwarmte_ht_gj_y": 90_000.0,
        f"{role}_temperature_c": 90.0 if role == "supply" else 60.0,
    }


def test_too_many_pairs_for_a_pipe_is_a_clear_error(solve, hold_few):
    rows = [heat("bron:1", "industry", "supply", 0.0), heat("kas:1", "greenhouse", "demand", 3000.0)]
    hold_few(most=0)
    with pytest.raises(DataError, match="1 pairs lie within the distance limit; allowed: 0"):
        solve(rows, stream="restwarmte_ht")


def test_a_stream_that_is_linked_to_another_keeps_the_error(solve, hold_few):
    rows = [
        {
            "site_id": "g:1",
            "kind": "municipality",
            "x": X,
            "y": Y,
            "supply_gft_t_y": 900.0,
            "free_supply_gft_t_y": 900.0,
        },
        {"site_id": "c:1", "kind": "composter", "x": X + 3000.0, "y": Y, "demand_gft_t_y": 800.0},
        {"site_id": "a:1", "kind": "arable_area", "x": X + 6000.0, "y": Y, "arable_ha": 500.0},
    ]
    hold_few(most=0)
    with pytest.raises(DataError, match="lie within the distance limit"):
        solve(rows, stream="gft", besides=("compost",))
    assert solve(rows, stream="gft", method={"chains": False})[1]["method"] == "column generation"


def test_a_stream_that_follows_roads_keeps_its_pairs():
    stream = load_catalogue().streams[GRASS]
    roads = Roads(np.array([[X, Y], [X + 1000.0, Y]]), np.array([[0, 1]]), 100.0)
    assert can_go_far(stream, Surroundings(), Connections())
    assert not can_go_far(stream, Surroundings(roads=roads), Connections())


def test_a_region_too_large_to_hold_is_solved_exactly(solve, hold_few):
    rows = draw_places(7, 300, 900, 150_000.0)
    hold_few(most=1000, others=16, nearest=5)
    far, row = solve(rows, hard_km=100.0)
    assert row["certified"]
    assert len(far.problem.pairs) < row["pairs"] / 5
