"""What a heat pipe costs, by the published tables, and the hours it carries."""

import calendar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.matches.pairs.eligibility import stream_pairs
from kansenkaart.matches.price.economics import (
    break_even_distance,
    price_pairs,
)
from kansenkaart.matches.price.heat_pipe import base_load_mw, pipe_cost_eur_m, pipe_cost_eur_m_y
from kansenkaart.matches.price.ways import (
    expect_load_hours,
    load_hours,
    with_load_hours,
)
from tests.matches.priced import CATALOGUE, PRICES, pair_of, priced, rows_of

# Vesta's pipe formula in EUR per metre of trace, low - mid - high (PBL, functional design 3.0).
PIPE_TABLE = {
    0.5: (154, 214, 273),
    1: (216, 297, 379),
    2: (301, 414, 527),
    5: (469, 641, 813),
    10: (655, 892, 1129),
    20: (915, 1242, 1569),
    50: (1425, 1923, 2422),
    100: (1991, 2677, 3363),
}

# Straight break-even distance in km by margin (EUR/GJ) and power (MW), with source coupling only.
BREAK_EVEN_KM = {
    2: {2: 0.4, 5: 0.6, 10: 0.9, 20: 1.2, 50: 2.0},
    4: {2: 2.2, 5: 3.6, 10: 5.2, 20: 7.4, 50: 12},
    6: {2: 4.1, 5: 6.6, 10: 9.5, 20: 13.6, 50: 22},
}


@pytest.mark.parametrize(("power", "row"), PIPE_TABLE.items())
def test_the_pipe_costs_what_the_published_table_says(power, row):
    ends = [
        float(pipe_cost_eur_m(np.array([float(power)]), PRICES, end)[0]) for end in ("low", "value", "high")
    ]
    assert ends == pytest.approx(row, rel=0.005)


@pytest.mark.parametrize("margin", BREAK_EVEN_KM)
def test_the_break_even_distance_is_that_of_the_published_table(margin):
    """Price level 1, no heat loss and only the coupling at an industrial source: the table's own assumptions."""
    heat = CATALOGUE.streams["restwarmte_ht"]
    rule = stream_pairs(heat, CATALOGUE)[0]
    bare = [
        rule.model_copy(
            update={
                "benefit": "avoided_heat_glass",
                "stations": ("source_coupling_eur_kw",),
                "source_cost": (),
                "power": None,
            }
        )
    ]
    catalogue = priced(avoided_heat_glass=margin, price_level=1.0, heat_loss_w_m=0.0)
    powers = np.array(list(BREAK_EVEN_KM[margin]), dtype=float)
    quantity = powers * 3.6 * PRICES["full_load_hours"].value
    pairs = pd.concat(
        [rows_of(heat, distance_m=1000.0, route_m=1250.0, rule=0)] * len(powers), ignore_index=True
    )
    pairs["trunk"] = range(len(powers))
    reach = break_even_distance(heat, bare, pairs, quantity, catalogue)
    for km, expected in zip(reach, BREAK_EVEN_KM[margin].values(), strict=True):
        assert km == pytest.approx(expected, abs=0.06 if expected < 12 or expected == 13.6 else 0.5)


def test_above_the_formulas_range_several_pipes_lie_side_by_side():
    most = PRICES["pipe_max_mw"].value
    one, two = pipe_cost_eur_m(np.array([most, 2 * most]), PRICES, "value")
    assert two == pytest.approx(2 * one)


def test_base_load_turns_gigajoules_into_megawatts():
    assert base_load_mw(np.array([180_000.0]), PRICES)[0] == pytest.approx(10.0)


def test_every_heat_pipe_of_the_example_carries_its_peak_month(noord_holland):
    """Oracle: what match_months says flows, over the hours of that month; a trunk carries what its members do."""
    frames = noord_holland.frames
    heat = frames.matches.dropna(subset=["pipe_mw"])[["match_id", "trunk_id", "pipe_mw"]]
    months = frames.match_months.merge(heat, on="match_id")
    assert months["match_id"].nunique() >= 5
    hours = months["month"].map(lambda month: 24.0 * calendar.monthrange(2025, month)[1])
    months["needed"] = months["quantity"] / 3.6 / hours
    for pipe in (["match_id"], ["stream", "trunk_id"]):
        each = months.groupby([*pipe, "month"])[["needed", "pipe_mw"]].sum()
        assert (each["pipe_mw"] >= each["needed"] * (1 - 1e-9)).all()


_months = st.lists(st.floats(0.0, 1e6), min_size=12, max_size=12)


@given(_months)
def test_a_pipe_carries_every_month_and_is_no_larger_than_it_must(months):
    """Oracle: the power each month asks, by the calendar."""
    hours = [24.0 * calendar.monthrange(2025, month)[1] for month in range(1, 13)]
    needed = max(quantity / 3.6 / each for quantity, each in zip(months, hours, strict=True))
    base = sum(months) / 3.6 / PRICES["full_load_hours"].value
    found = load_hours(np.array([months]).T)
    power = base_load_mw(np.array([sum(months)]), PRICES, found)[0]
    assert power == pytest.approx(max(needed, base), rel=1e-9, abs=1e-300)


def test_a_short_season_makes_pipe_and_stations_larger_and_a_long_one_changes_nothing():
    heat = CATALOGUE.streams["restwarmte_ht"]
    quantity = np.array([90_000.0])
    rules, pair = pair_of("restwarmte_ht", 4000.0, "industry", "greenhouse")
    plain, long, short = (
        price_pairs(heat, rules, one, quantity, CATALOGUE)
        for one in (pair, pair.assign(load_hours=8000.0), pair.assign(load_hours=2500.0))
    )
    for name in ("cost", "trunk", "benefit", "net_low", "net", "net_high", "along"):
        assert getattr(long, name).tolist() == getattr(plain, name).tolist(), name
    assert short.benefit == plain.benefit
    pipes = [4000.0 * pipe_cost_eur_m_y(np.array([mw]), PRICES, "value")[0] for mw in (5.0, 10.0)]
    assert [plain.trunk[0], short.trunk[0]] == pytest.approx(pipes)
    # Stations cost by the kilowatt: half the hours, twice the cost.
    pumps = PRICES["pump_power_gje_gj"].value * PRICES["power_bought_eur_gje"].value * quantity[0]
    stations = [one.cost[0] - one.trunk[0] - pumps for one in (plain, short)]
    assert stations[1] == pytest.approx(2 * stations[0])
    km = [
        break_even_distance(heat, rules, one, quantity, priced(avoided_heat_glass=20.0))[0]
        for one in (pair, pair.assign(load_hours=2500.0))
    ]
    assert 0 < km[1] < km[0]


@given(_months, _months)
def test_before_the_allocation_a_pair_moves_what_both_sides_have_in_a_month(supply, demand):
    shared = np.minimum(supply, demand)
    at = np.zeros(1, dtype=np.int64)
    found = expect_load_hours(np.array([supply]), np.array([demand]), at, at)
    assert found == pytest.approx(load_hours(shared[:, None]))


def test_a_store_brings_what_the_taker_lacks():
    """In winter 60 are lacking a month; 240 x 0.75 are kept of the summer and cover half of that."""
    at = np.zeros(1, dtype=np.int64)
    supply = np.array([[40.0] * 12])
    demand = np.array([[100.0] * 6 + [0.0] * 6])
    alone = expect_load_hours(supply, demand, at, at)
    stored = expect_load_hours(supply, demand, at, at, storage_efficiency=0.75)
    assert alone == pytest.approx(6 * 40 / (40 / 672))
    assert stored == pytest.approx(6 * 70 / (70 / 672))
    hill = np.array([[100.0] + [50.0] * 5 + [0.0] * 6])
    # 60 and five times 10 are lacking, 180 can come: all is met.
    assert expect_load_hours(supply, hill, at, at, storage_efficiency=0.75) == pytest.approx(
        350 / (100 / 744)
    )


def test_heat_that_a_place_makes_comes_evenly_and_its_pipe_carries_the_takers_peak(world):
    """Before the wood is there the plant has no heat in any month; its pipe is reckoned with what it could make."""
    place = {"y": 480_000}
    found = world(
        {
            "site_id": "g:1",
            "kind": "verge_manager",
            "x": 110_000,
            "supply_houtchips_snoei_t_y": 5000.0,
            **place,
        },
        {
            "site_id": "b:1",
            "kind": "biomass_plant",
            "x": 111_000,
            "demand_houtchips_snoei_t_y": 5000.0,
            **place,
        },
        {
            "site_id": "k:1",
            "kind": "greenhouse",
            "x": 112_000,
            "demand_restwarmte_ht_gj_y": 40_000.0,
            **place,
        },
        processors=(
            {"kind": "biomass_plant", "takes": "houtchips_snoei", "makes": "restwarmte_ht", "value": 10.0},
        ),
        streams=["houtchips_snoei", "restwarmte_ht"],
    )
    one = found.solution.streams["restwarmte_ht"]
    assert one.problem.supply.sum() == 0
    expected = np.minimum(50_000.0 / 12, one.problem.demand)
    assert one.problem.pairs["load_hours"].to_numpy() == pytest.approx(load_hours(expected.T))
    assert one.problem.pairs["load_hours"].iloc[0] < 8760.0
    months = one.solved.months[0]
    hours = [24.0 * calendar.monthrange(2025, month)[1] for month in range(1, 13)]
    assert months.sum() > 0
    assert (one.pairs["pipe_mw"].iloc[0] * 3.6 * np.array(hours) >= months * (1 - 1e-9)).all()


def test_only_what_was_used_gets_the_hours_of_its_own_months():
    heat, goods = CATALOGUE.streams["restwarmte_ht"], CATALOGUE.streams["metalen"]
    pairs = pd.DataFrame({"load_hours": [3000.0, 2000.0]})
    months = np.array([[1.0] + [0.0] * 11, [1e-12] + [0.0] * 11])
    again = with_load_hours(heat, pairs, months, np.array([True, False]))
    assert again["load_hours"].tolist() == pytest.approx([744.0, 2000.0])
    assert with_load_hours(heat, pairs, months[:, :1], np.array([True, False])) is pairs
    assert with_load_hours(goods, pairs, months, np.array([True, False])) is pairs
