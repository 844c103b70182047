"""Collection rounds: who drives with whom, what the way round costs, and what is said of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kansenkaart.catalogue import load_catalogue
from kansenkaart.matches.pairs.eligibility import stream_pairs
from kansenkaart.matches.price.economics import avoided_co2
from kansenkaart.matches.price.ways import find_rounds
from kansenkaart.matches.program.lots import Lots, allocate_with_lots
from kansenkaart.matches.transport.reach import find_pairs
from kansenkaart.tables.pairs import NO_NETWORK
from tests.matches.places import X, Y

GRASS = "bermgras_maaisel"
STREAM = load_catalogue().streams[GRASS]
NO_ROUNDS = {"round_reach_m": 0.0}


def verge(site_id, t, dx=0.0, dy=0.0):
    """Return who mows, `dx` metres east and `dy` north."""
    return {
        "site_id": site_id,
        "kind": "verge_manager",
        "name": f"berm {site_id[-1]}",
        "x": X + dx,
        "y": Y + dy,
        f"supply_{GRASS}_t_y": t,
    }


def composter(t=1000.0, dx=8000.0, site_id="c:1"):
    """Return who makes compost of it."""
    return {
        "site_id": site_id,
        "kind": "composter",
        "name": "composteerder",
        "x": X + dx,
        "y": Y,
        f"demand_{GRASS}_t_y": t,
    }


THREE = (verge("b:1", 9.0), verge("b:2", 8.0, dy=2000.0), verge("b:3", 7.0, dy=-1000.0), composter())


def run(region, rows=THREE, **more):
    return region(*rows, streams=[GRASS], **more)


def carried(found):
    one = found.solution.streams[GRASS]
    ids = one.sides[0].column("site_id")[one.problem.s]
    return dict(zip(ids.tolist(), one.solved.quantity.round(9).tolist(), strict=True))


def test_neighbours_that_are_too_small_go_together_and_each_says_so(region):
    apart = run(region, prices=NO_ROUNDS)
    assert apart.moved(GRASS) == 0.0
    assert set(apart.gaps.loc[apart.gaps["role"] == "supply", "cause"]) == {"below_min_lot"}
    found = run(region)
    assert carried(found) == {"b:1": 9.0, "b:2": 8.0, "b:3": 7.0}
    assert set(found.gaps.loc[found.gaps["role"] == "supply", "cause"]) == {"fully_used"}
    heart, second, _ = found.reasons[GRASS]
    assert "samen met berm 2 (8 t) en berm 3 (7 t) in één ronde" in heart
    assert "samen met berm 1 (9 t) en berm 3 (7 t) in één ronde" in second
    assert "18 t per jaar; 5 km omrijden per rit" in second
    english = run(region, language="en").reasons[GRASS][1]
    assert "together with berm 1 (9 t) and berm 3 (7 t) in one round" in english
    assert "5 km out of the way per drive is counted" in english


def test_too_small_even_together_names_the_neighbours_on_both_sides(region):
    rows = (*(verge(f"b:{n}", 4.0, dy=500.0 * n) for n in range(1, 5)), composter())
    found = run(region, rows)
    assert found.moved(GRASS) == 0.0
    row = found.gap(f"b:1|{GRASS}|supply")
    assert row["cause"] == "below_min_lot"
    assert "Te klein, ook samen met berm 2 (4 t), berm 3 (4 t) en 1 meer in één ronde" in row["reason"]
    assert "nog 16 t per jaar" in row["reason"]
    asks = found.gap(f"c:1|{GRASS}|demand")
    assert asks["cause"] == "below_min_lot"
    assert "kunnen samen nog 16 t per jaar brengen" in asks["reason"]
    english = run(region, rows, language="en").gap(f"b:1|{GRASS}|supply")
    assert "Too small, even together with berm 2 (4 t)" in english["reason"]


def test_the_way_round_is_paid_by_those_it_is_driven_for(region):
    found = run(region)
    one = found.solution.streams[GRASS]
    alone = run(region, stream={GRASS: {"min_lot": 0}}).solution.streams[GRASS]
    prices = found.catalogue.prices
    more = one.pairs["cost_eur_y"] - alone.pairs["cost_eur_y"]
    driven_km = 1.25 * np.array([0.0, 2.0, 1.0])
    assert more.tolist() == pytest.approx((prices["truck_grass"].value * 18.0 * driven_km).tolist())


def test_the_truck_puts_out_co2_on_its_way_round():
    catalogue = load_catalogue()
    stream = catalogue.streams["struviet_fosfaat"]
    rules = stream_pairs(stream, catalogue)
    place = {
        "s": 0,
        "d": 0,
        "rule": 0,
        "distance_m": 0.0,
        "route_m": 0.0,
        "cost_length_m": 0.0,
        "quay": False,
    }
    pairs = pd.DataFrame([{**place, **NO_NETWORK, "round_m": metres} for metres in (0.0, 4000.0)])
    here, there = avoided_co2(stream, rules, pairs, np.array([10.0, 10.0]), catalogue)
    assert here - there == pytest.approx(catalogue.prices["truck_co2_t_tkm"].value * 25.0 * 4.0)
    full = avoided_co2(stream, rules, pairs, np.array([25.0, 25.0]), catalogue)
    assert full[0] == full[1]


def test_who_fills_a_load_by_himself_pays_for_no_way_round(region):
    rows = (verge("b:1", 30.0), verge("b:2", 20.0, dy=2000.0), verge("b:3", 2.0, dy=2500.0), composter())
    found = run(region, rows)
    alone = run(region, rows, stream={GRASS: {"min_lot": 0}})
    more = [
        float(a - b)
        for a, b in zip(
            *(one.solution.streams[GRASS].pairs["cost_eur_y"] for one in (found, alone)), strict=True
        )
    ]
    assert more[:2] == pytest.approx([0.0, 0.0])
    assert more[2] > 0.0
    assert carried(found) == {"b:1": 30.0, "b:2": 20.0, "b:3": 2.0}


def test_what_can_be_kept_longer_fills_a_load_with_less_a_year(region):
    rows = (verge("b:1", 9.0), composter())
    assert run(region, rows).moved(GRASS) == 0.0
    kept = run(region, rows, stream={GRASS: {"storage_months": 24}})
    assert kept.moved(GRASS) == 9.0
    assert "9 t per jaar: een vracht van 18 t in 24 maanden" in kept.reasons[GRASS][0]
    assert run(region, stream={GRASS: {"storage_months": 1}}).moved(GRASS) == 0.0


def test_what_pays_is_not_lost_because_the_neighbour_who_fills_the_load_does_not(region):
    rows = (verge("b:1", 17.5), verge("b:2", 0.6, dy=4900.0), composter(dx=3000.0))
    found = run(region, rows)
    one = found.solution.streams[GRASS]
    assert one.solved.plan.tier.tolist()[0] < one.solved.plan.tier.tolist()[1]
    assert carried(found) == {"b:1": 17.5, "b:2": 0.6}


def test_a_round_that_is_shared_has_a_name_in_the_table(world):
    found = world(*THREE, streams=[GRASS], method={"lots": True})
    assert found.matches["round_id"].tolist() == ["b:1|c:1"] * 3
    large = (verge("b:1", 30.0), composter())
    assert world(*large, streams=[GRASS], method={"lots": True}).matches["round_id"].isna().all()


def test_explain_tells_what_a_place_brings_alone_and_with_its_round(region):
    lines = [line for said in run(region).explain("b:2", "c:1").streams for line in said.lines]
    assert any("8 t per jaar, met de andere van de ronde 24 t" in line for line in lines)


class Places:
    """A side as far as rounds read it."""

    def __init__(self, xy, value):
        self.xy, self._value = xy, np.array(value)

    def __len__(self):
        return len(self.xy)

    def column(self, name):
        assert name == "value"
        return self._value


spots = st.tuples(st.integers(0, 20_000), st.integers(0, 20_000), st.integers(1, 50))


@given(st.lists(spots, min_size=1, max_size=25))
def test_every_place_is_in_one_round_whose_heart_is_near_and_no_smaller(places):
    xy = np.array([place[:2] for place in places], dtype=float)
    value = np.array([place[2] for place in places], dtype=float)
    pairs = pd.DataFrame({"s": np.arange(len(xy)), "d": 0})
    found = find_rounds(Places(xy, value), pairs, STREAM, load_catalogue())
    heart = found["round"].to_numpy()
    assert (heart[heart] == heart).all()
    away = np.hypot(*(xy - xy[heart]).T)
    assert (away <= 5000.0).all()
    assert found["round_m"].to_numpy() == pytest.approx(1.25 * away, abs=1e-4)
    assert (value[heart] >= value).all()
    hearts = np.unique(heart)
    between = np.hypot(*(xy[hearts][:, None] - xy[hearts]).transpose(2, 0, 1))
    assert (between[~np.eye(len(hearts), dtype=bool)] > 5000.0).all()


@given(st.integers(0, 10_000), st.floats(1.0, 30.0))
@example(207, 1.9)
def test_driving_together_never_brings_less_and_breaks_no_limit(seed, lot):
    random = np.random.default_rng(seed)
    pairs = find_pairs(random.uniform(0, 9e3, (5, 2)), random.uniform(0, 9e3, (3, 2)), 6_000.0)
    supply, demand = random.uniform(1, 15, 5), random.uniform(5, 40, 3)
    worth = 1.0 - pairs.distance_m / 7_000.0
    if not len(pairs):
        return
    lead = np.array([0, 0, 0, 3, 3])[pairs.supply]
    _, together = np.unique(lead * 3 + pairs.demand, return_inverse=True)
    best = []
    for rounds in (None, together):
        found = allocate_with_lots(
            (supply, demand), pairs, worth, Lots(lot, rounds=rounds), time_limit_s=60.0
        )
        assert found.certified
        number = np.arange(len(pairs)) if rounds is None else rounds
        load = np.bincount(number, found.quantity)
        assert ((load == 0) | (load >= lot * (1 - 1e-9))).all()
        assert (np.bincount(pairs.supply, found.quantity, 5) <= supply).all()
        assert (np.bincount(pairs.demand, found.quantity, 3) <= demand).all()
        best.append(found.objective)
    assert best[1] >= best[0] * (1 - 1e-6)
