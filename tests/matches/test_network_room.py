"""What a network can still carry is divided best, shared, and told when it is full."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from kansenkaart.matches.certainty.draws import draw_group
from kansenkaart.matches.program import stage as stages
from kansenkaart.matches.rows.chains import find_carried
from kansenkaart.tables import Friction
from tests.matches.network_lines import ALONG, APART, SETTINGS, carried, network, ways, with_networks
from tests.matches.places import HEAT, X, Y, source, taker
from tests.tries import SOME


def test_two_pairs_share_the_room_and_what_does_not_fit_goes_by_its_own_pipe(region):
    told = region(
        source(gj=300_000.0),
        taker("kas:1", 4000.0, 100_000.0),
        taker("kas:2", 4500.0, 60_000.0),
        surroundings=with_networks(network(*ALONG, spare=50_000.0)),
        **SETTINGS,
    )
    got = carried(told)
    via = {name: quantity for name, quantity in got.items() if name.endswith("|net:a")}
    assert sum(via.values()) == 50_000.0
    assert sum(got.values()) == 160_000.0
    # A unit is worth as much via the network to either; by an own pipe it is worth more to the nearer one.
    assert got == {
        f"{HEAT}|bron:1|kas:1": 100_000.0,
        f"{HEAT}|bron:1|kas:2": 10_000.0,
        f"{HEAT}|bron:1|kas:2|net:a": 50_000.0,
    }
    solved = told.solution.streams[HEAT].solved
    assert solved.certified
    assert solved.gap == 0.0
    row = find_carried(told.solution.streams[HEAT]).iloc[0]
    assert (row["plant"], row["drawn"], row["budget"]) == ("net:a", 50_000.0, 50_000.0)


def test_full_is_said_of_what_goes_by_its_own_pipe_and_room_of_what_goes_via(region):
    told = region(
        source(gj=300_000.0),
        taker("kas:1", 4000.0, 100_000.0),
        taker("kas:2", 4500.0, 60_000.0),
        surroundings=with_networks(network(*ALONG, spare=50_000.0)),
        **SETTINGS,
    )
    said = dict(zip(ways(told).query("quantity > 0").index, told.reasons[HEAT], strict=True))
    own, via = said[f"{HEAT}|bron:1|kas:2"], said[f"{HEAT}|bron:1|kas:2|net:a"]
    assert "Net a is vol (50.000 GJ per jaar is vergeven): dit gaat met een eigen leiding." in own
    assert "Gaat via Net a: 400 m eigen leiding" in via
    assert "0,5 euro tol per GJ" in via
    assert "met alleen een eigen leiding zou het 470.000 kosten" in via
    assert "Daarna kan het net nog 0 GJ per jaar dragen." in via
    # The ways to one taker are one partner: the first choice stays the first choice.
    assert "kas:1 is van alle mogelijke afnemers de beste" in said[f"{HEAT}|bron:1|kas:1"]
    verdict = told.explain("bron:1", "kas:2").streams[0]
    assert "60.000 GJ per jaar" in verdict.verdict
    line = next(line for line in verdict.lines if line.startswith("Net"))
    assert (
        "Het net draagt 50.000 van de 50.000 GJ per jaar die het kan, waarvan 50.000 tussen deze twee."
        in line
    )


def test_where_no_pipe_of_its_own_can_be_laid_a_full_network_is_the_cause(region):
    factor = np.ones((40, 80), dtype=np.float32)
    factor[:, 40] = np.nan
    ground = Friction(factor, (100.0, 0.0, X, 0.0, -100.0, Y + 2000.0))
    net = network((250, 150), (5850, 150), spare=30_000.0)
    told = region(
        source(x=X + 50.0, y=Y + 50.0), taker(x=X + 6050.0, y=Y + 50.0),
        surroundings=with_networks(net, friction=ground), friction={"path": "x.tif"}, **SETTINGS,
    )  # fmt: skip
    assert carried(told) == {f"{HEAT}|bron:1|kas:1|net:a": 30_000.0}
    gap = told.gap(f"kas:1|{HEAT}|demand")
    assert gap["cause"] == "network_full"
    assert gap["reason"].startswith("Net a is vol: 30.000 van 30.000 GJ per jaar is vergeven")


def test_months_are_divided_alike_over_the_ways_of_a_pair(region):
    told = region(
        source(gj=400_000.0),
        taker(dx=4000.0, gj=100_000.0),
        surroundings=with_networks(network(*ALONG, spare=30_000.0)),
        streams=[HEAT],
        method={"ledgers": False, "coupling": "off"},
    )
    months = told.solution.streams[HEAT].solved.months
    used = months[months.any(axis=1)]
    assert len(used) == 2
    shares = used / used.sum(axis=1, keepdims=True)
    assert shares[0] == pytest.approx(shares[1], abs=1e-12)
    assert used.sum(axis=1).min() == pytest.approx(30_000.0)


def test_too_large_a_model_stays_within_what_a_network_can_carry(region, monkeypatch):
    monkeypatch.setattr("kansenkaart.matches.program.stage.LARGEST_MODEL", 2)
    assert stages.LARGEST_MODEL == 2
    told = region(
        source(gj=300_000.0),
        taker("kas:1", 4000.0, 100_000.0),
        taker("kas:2", 4500.0, 60_000.0),
        surroundings=with_networks(network(*ALONG, spare=50_000.0)),
        **SETTINGS,
    )
    solved = told.solution.streams[HEAT].solved
    assert solved.method == "in sequence"
    assert not solved.certified
    got = carried(told)
    assert sum(q for name, q in got.items() if name.endswith("net:a")) == pytest.approx(50_000.0)
    # What was cut falls back to pipes of its own, in the draws too.
    assert sum(got.values()) == pytest.approx(160_000.0)
    group = told.solution.groups[0][1]
    one = told.solution.streams[HEAT]
    spread = draw_group(
        group, (one.solved,), (one.sides,), draws=3, seed=1, connections=told.solution.connections
    )
    assert spread[0].robustness[one.solved.quantity > 0].tolist() == [1.0] * len(got)


def test_a_room_that_rejects_a_pair_rejects_all_its_ways(region):
    rejected = pd.DataFrame(
        {
            "stream": [HEAT], "supply_id": ["bron:1"], "demand_id": ["kas:1"], "decision": ["rejected"],
            "owner": None, "due": None, "row": [2],
        }
    )  # fmt: skip
    told = region(
        source(), taker(), surroundings=with_networks(network(*ALONG)), decisions=rejected, **SETTINGS
    )
    assert carried(told) == {}
    confirmed = rejected.assign(decision="confirmed")
    kept = region(
        source(), taker(), surroundings=with_networks(network(*ALONG)), decisions=confirmed, **SETTINGS
    )
    # Among equals the way with the least pipe to lay.
    assert carried(kept) == {f"{HEAT}|bron:1|kas:1|net:a": 150_000.0}


# The same by hand: values from the catalogue's own prices, and a linear program of scipy.

CO2 = "co2"
TANK = {"streams": [CO2], "method": {**APART, "lots": False}, "prices": {"benefit_co2": 300.0}}
place = st.tuples(st.integers(0, 12_000), st.integers(-1_500, 1_500))


@st.composite
def regions(draw):
    givers = draw(st.lists(st.tuples(place, st.integers(100, 5_000)), min_size=1, max_size=3))
    takers = draw(st.lists(st.tuples(place, st.integers(100, 5_000)), min_size=1, max_size=4))
    lines = draw(
        st.lists(
            st.tuples(
                st.lists(place, min_size=2, max_size=4, unique=True),
                st.integers(0, 4_000),
                st.integers(0, 40),
            ),
            min_size=1,
            max_size=2,
        )
    )
    return givers, takers, lines


def by_hand(givers, takers, lines, prices):
    """(giver, taker, network) of every way with its worth per unit, size and metres to lay."""
    pipe_a, pipe_b = (prices[f"pipe_co2_k_{part}"].value for part in "ab")
    share = prices["annuity"].value + prices["pipe_om_share"].value
    fixed = prices["co2_purify_eur_t"].value + prices["co2_installation_eur_t"].value
    detour = prices["detour_factor"].value
    found = []
    for s, (here, has) in enumerate(givers):
        for d, (there, asks) in enumerate(takers):
            direct = detour * round(float(np.hypot(*np.subtract(here, there))), 4)
            for n in (-1, *range(len(lines))):
                size, toll, laid = min(has, asks), 0.0, direct
                if n >= 0:
                    line = shapely.LineString(lines[n][0])
                    ends = (round(shapely.distance(line, shapely.Point(at)), 4) for at in (here, there))
                    size, toll, laid = min(size, lines[n][1]), lines[n][2], detour * sum(ends)
                cost = pipe_a * (size / 1000.0) ** pipe_b * share * laid
                if n < 0:
                    truck = size * (
                        prices["handling_eur_t"].value + prices["truck_tank"].value * laid / 1000.0
                    )
                    cost = min(cost, truck)
                if size > 0:
                    found.append(((s, d, n), 300.0 - fixed - toll - cost / size))
    return found


@pytest.mark.hypothesis
@SOME
@given(case=regions())
def test_the_division_is_the_best_there_is_by_a_program_of_its_own(region, case):
    givers, takers, lines = case
    rows = [
        {"site_id": f"g:{n}", "kind": "digester", "x": X + x, "y": Y + y, "supply_co2_t_y": float(quantity)}
        for n, ((x, y), quantity) in enumerate(givers)
    ]
    rows += [
        {"site_id": f"k:{n}", "kind": "greenhouse", "x": X + x, "y": Y + y, "demand_co2_t_y": float(quantity)}
        for n, ((x, y), quantity) in enumerate(takers)
    ]
    nets = [
        network(*points, name=f"net:{n}", spare=float(spare), toll=float(toll), warm=np.nan, stream=CO2)
        for n, (points, spare, toll) in enumerate(lines)
    ]
    told = region(*rows, surroundings=with_networks(*nets), **TANK)
    one = told.solution.streams[CO2]
    worth = dict(by_hand(givers, takers, lines, told.catalogue.prices))
    keys = list(worth)
    matrix = np.zeros((len(givers) + len(takers) + len(lines), len(keys)))
    for column, (s, d, n) in enumerate(keys):
        matrix[[s, len(givers) + d], column] = 1.0
        if n >= 0:
            matrix[len(givers) + len(takers) + n, column] = 1.0
    most = [q for _, q in givers] + [q for _, q in takers] + [spare for _, spare, _ in lines]
    best = linprog(-np.array([worth[key] for key in keys]), A_ub=matrix, b_ub=most)
    pairs = one.pairs
    got = 0.0
    for s, d, n, quantity in pairs.loc[pairs["quantity"] > 0, ["s", "d", "network", "quantity"]].to_numpy():
        got += worth[int(s), int(d), int(n)] * quantity
    assert got == pytest.approx(-best.fun, rel=1e-7, abs=1e-6)
    assert one.solved.certified
    for n, (_, spare, _) in enumerate(lines):
        assert pairs.loc[pairs["network"] == n, "quantity"].sum() <= spare


def test_the_model_itself_holds_a_ledger_of_pairs():
    """Two ways between the same two places, of which one is scarce: no more than its room, the rest the other way."""
    block = stages.Block(
        s=np.array([0, 0]), d=np.array([0, 0]), distance_m=np.array([5.0, 1.0]),
        supply=np.array([[10.0]]), demand=np.array([[8.0]]),
    )  # fmt: skip
    model = stages.LinkedModel((block,), ledgers=(stages.Ledger((stages.Term(0, "pair", 1, 1.0),), 3.0),))
    stage = stages.Stage((np.array([1.0, 2.0]),), (np.array([True, True]),), (np.zeros((2, 1)),))
    found = stages.solve_stage(model, stage, time_limit_s=10)
    assert found.quantity[0].ravel().tolist() == [5.0, 3.0]
    assert found.objective == 11.0
    assert found.certified
