"""Pipes, trucks and CO2: the tables of the published models come out again."""

import numpy as np
import pandas as pd
import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.matches.economics import (
    avoided_co2,
    base_load_mw,
    break_even,
    heat_pipe_cost,
    pipe_cost_eur_m,
    price_pairs,
    stations_cost,
)
from kansenkaart.matches.eligibility import stream_pairs

CATALOGUE = load_catalogue()
PRICES = CATALOGUE.prices

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
def test_the_break_even_distance_is_that_of_the_published_formula(margin):
    """Price level 1 and only the coupling at an industrial source: the table's own assumptions."""
    rule = stream_pairs(CATALOGUE.streams["restwarmte_ht"], CATALOGUE)[0]
    coupling = [rule.model_copy(update={"stations": ("source_coupling_eur_kw",)})]
    bare = {
        **PRICES,
        "price_level": PRICES["price_level"].model_copy(update={"low": 1.0, "value": 1.0, "high": 1.0}),
    }
    for power, expected in BREAK_EVEN_KM[margin].items():
        quantity = power * 3.6 * PRICES["full_load_hours"].value
        straight = np.linspace(0.05, 30.0, 60_000) * 1000.0
        route = straight * PRICES["detour_factor"].value
        mw = np.full(len(route), float(power))
        cost = heat_pipe_cost(route, mw, bare, "value")
        cost = cost + stations_cost(coupling, np.zeros(len(route), dtype=int), mw, bare, "value")
        pays = straight[cost <= margin * quantity]
        assert pays.max() / 1000.0 == pytest.approx(expected, abs=0.06 if expected < 10 else 0.6)


def test_above_the_formulas_range_several_pipes_lie_side_by_side():
    most = PRICES["pipe_max_mw"].value
    one, two = pipe_cost_eur_m(np.array([most, 2 * most]), PRICES, "value")
    assert two == pytest.approx(2 * one)


def test_base_load_turns_gigajoules_into_megawatts():
    assert base_load_mw(np.array([180_000.0]), PRICES)[0] == pytest.approx(10.0)


def _pair(stream_id, route_m, supply=None, demand=None):
    rules = stream_pairs(CATALOGUE.streams[stream_id], CATALOGUE)
    rule = next(
        n
        for n, one in enumerate(rules)
        if supply in (None, one.supply_kind) and demand in (None, one.demand_kind)
    )
    return rules, pd.DataFrame({"route_m": [route_m], "rule": [rule]})


def test_the_pessimistic_end_is_below_the_value_and_the_optimistic_end_above():
    rules, pair = _pair("restwarmte_ht", 4000.0, "industry", "greenhouse_area")
    money = price_pairs(CATALOGUE.streams["restwarmte_ht"], rules, pair, np.array([200_000.0]), CATALOGUE)
    assert money.net_low[0] < money.net[0] < money.net_high[0]
    assert money.net[0] == pytest.approx(money.benefit[0] - money.cost[0])
    assert break_even(money, np.array([200_000.0]))[0] == pytest.approx(money.cost[0] / 200_000.0)


def test_electricity_for_a_heat_pump_lowers_benefit_and_co2():
    heat = CATALOGUE.streams["restwarmte_ht"]
    quantity = np.array([200_000.0])
    direct = _pair("restwarmte_ht", 2000.0, "industry", "greenhouse_area")
    pumped = _pair("restwarmte_ht", 2000.0, "datacentre", "greenhouse_area")
    saved = [avoided_co2(heat, *one, quantity, CATALOGUE)[0] for one in (direct, pumped)]
    assert saved[1] < saved[0]
    assert pumped[0][int(pumped[1]["rule"].iloc[0])].power == "heat_pump_power_gje_gj"


def test_a_truck_costs_by_tonne_and_kilometre_plus_handling():
    verge = CATALOGUE.streams["bermgras_maaisel"]
    rules, pair = _pair("bermgras_maaisel", 20_000.0)
    money = price_pairs(verge, rules, pair, np.array([100.0]), CATALOGUE)
    expected = (PRICES[verge.truck_price].value * 20 + PRICES["handling_eur_t"].value) * 100
    assert money.cost[0] == pytest.approx(expected)


def test_a_stream_without_a_price_has_no_net_value():
    stream = next(
        one
        for one in CATALOGUE.streams.values()
        if f"benefit_{one.id}" not in PRICES and stream_pairs(one, CATALOGUE)
    )
    rules, pair = _pair(stream.id, 1000.0)
    money = price_pairs(stream, rules, pair, np.array([10.0]), CATALOGUE)
    assert np.isnan(money.net[0])


def test_heat_is_lost_by_the_metre():
    heat = CATALOGUE.streams["restwarmte_ht"]
    quantity = np.array([100_000.0])
    rules, near = _pair("restwarmte_ht", 0.0, "industry", "greenhouse_area")
    _, far = _pair("restwarmte_ht", 10_000.0, "industry", "greenhouse_area")
    loss = PRICES["heat_loss_w_m"].value * 10_000.0 * 31.536 / 1000.0
    benefit = [price_pairs(heat, rules, one, quantity, CATALOGUE).benefit[0] for one in (near, far)]
    assert benefit[0] - benefit[1] == pytest.approx(loss * PRICES["benefit_restwarmte_ht"].value)


def test_trucks_cost_co2():
    struvite = CATALOGUE.streams["struviet_fosfaat"]
    rules, pair = _pair("struviet_fosfaat", 100_000.0)
    saved = avoided_co2(struvite, rules, pair, np.array([1000.0]), CATALOGUE)[0]
    expected = 1000.0 * (PRICES["co2_struviet_fosfaat"].value - PRICES["truck_co2_t_tkm"].value * 100.0)
    assert saved == pytest.approx(expected)


def test_a_dearer_pipe_needs_a_better_price():
    heat = CATALOGUE.streams["restwarmte_ht"]
    quantity = np.array([200_000.0])
    rules, pair = _pair("restwarmte_ht", 5000.0, "industry", "greenhouse_area")
    money = price_pairs(heat, rules, pair, quantity, CATALOGUE)
    pipe = heat_pipe_cost(np.array([5000.0]), base_load_mw(quantity, PRICES), PRICES, "value")[0]
    plain, dear = break_even(money, quantity)[0], break_even(money, quantity, dearer_pipe=0.5)[0]
    assert dear - plain == pytest.approx(0.5 * pipe / quantity[0])
