"""What moving goods and heat costs and brings, and how far it pays."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.matches.pairs.eligibility import stream_pairs
from kansenkaart.matches.price.economics import (
    avoided_co2,
    break_even,
    break_even_distance,
    price_pairs,
    prices_read,
    rungs_gained,
)
from kansenkaart.matches.price.heat_pipe import base_load_mw, pipe_cost_eur_m, pipe_cost_eur_m_y
from kansenkaart.matches.price.ways import (
    cheapest,
    find_quays,
)
from tests.matches.priced import CATALOGUE, PRICES, pair_of, priced


def test_the_pessimistic_end_is_below_the_value_and_the_optimistic_end_above():
    rules, pair = pair_of("restwarmte_ht", 4000.0, "industry", "greenhouse_area")
    money = price_pairs(CATALOGUE.streams["restwarmte_ht"], rules, pair, np.array([200_000.0]), CATALOGUE)
    assert money.net_low[0] < money.net[0] < money.net_high[0]
    assert money.net[0] == pytest.approx(money.benefit[0] - money.cost[0])
    assert break_even(money, np.array([200_000.0]))[0] == pytest.approx(money.cost[0] / 200_000.0)


@pytest.mark.parametrize(("stream_id", "quantity"), [("restwarmte_ht", 200_000.0), ("co2", 20_000.0)])
def test_a_pair_is_priced_by_its_own_rule_whatever_the_others_are(stream_id, quantity):
    """With its rule alone in the list it costs and brings what it does among all of them."""
    stream = CATALOGUE.streams[stream_id]
    rules, pair = pair_of(stream_id, 4000.0)
    assert len(rules) > 1
    for number, rule in enumerate(rules):
        among = price_pairs(stream, rules, pair.assign(rule=number), np.array([quantity]), CATALOGUE)
        alone = price_pairs(stream, [rule], pair.assign(rule=0), np.array([quantity]), CATALOGUE)
        for end in ("net_low", "net", "net_high", "cost", "benefit"):
            assert getattr(alone, end)[0] == pytest.approx(getattr(among, end)[0], nan_ok=True), end


def test_electricity_for_a_heat_pump_lowers_benefit_and_co2():
    heat = CATALOGUE.streams["restwarmte_ht"]
    quantity = np.array([200_000.0])
    direct = pair_of("restwarmte_ht", 2000.0, "industry", "greenhouse_area")
    pumped = pair_of("restwarmte_ht", 2000.0, "datacentre", "greenhouse_area")
    saved = [avoided_co2(heat, *one, quantity, CATALOGUE)[0] for one in (direct, pumped)]
    assert saved[1] < saved[0]
    assert pumped[0][int(pumped[1]["rule"].iloc[0])].power == "heat_pump_power_gje_gj"


def test_a_truck_costs_by_tonne_and_kilometre_plus_handling():
    verge = CATALOGUE.streams["bermgras_maaisel"]
    rules, pair = pair_of("bermgras_maaisel", 20_000.0)
    money = price_pairs(verge, rules, pair, np.array([100.0]), CATALOGUE)
    processing = PRICES["green_processing_eur_t"].value
    expected = (PRICES[verge.truck_price].value * 20 + PRICES["handling_eur_t"].value + processing) * 100
    assert money.cost[0] == pytest.approx(expected)


def test_a_stream_without_a_price_has_no_net_value():
    stream = next(
        one
        for one in CATALOGUE.streams.values()
        if not CATALOGUE.is_priced(one.id) and stream_pairs(one, CATALOGUE)
    )
    rules, pair = pair_of(stream.id, 1000.0)
    money = price_pairs(stream, rules, pair, np.array([10.0]), CATALOGUE)
    assert np.isnan(money.net[0])


def test_heat_is_lost_by_the_metre():
    heat = CATALOGUE.streams["restwarmte_ht"]
    quantity = np.array([100_000.0])
    rules, near = pair_of("restwarmte_ht", 0.0, "industry", "greenhouse_area")
    _, far = pair_of("restwarmte_ht", 10_000.0, "industry", "greenhouse_area")
    loss = PRICES["heat_loss_w_m"].value * 10_000.0 * 31.536 / 1000.0
    benefit = [price_pairs(heat, rules, one, quantity, CATALOGUE).benefit[0] for one in (near, far)]
    assert benefit[0] - benefit[1] == pytest.approx(loss * PRICES["avoided_heat_glass"].value)


def test_trucks_cost_co2():
    struvite = CATALOGUE.streams["struviet_fosfaat"]
    rules, pair = pair_of("struviet_fosfaat", 100_000.0)
    saved = avoided_co2(struvite, rules, pair, np.array([1000.0]), CATALOGUE)[0]
    expected = 1000.0 * (PRICES["co2_struviet_fosfaat"].value - PRICES["truck_co2_t_tkm"].value * 100.0)
    assert saved == pytest.approx(expected)


def test_a_dearer_pipe_needs_a_better_price():
    heat = CATALOGUE.streams["restwarmte_ht"]
    quantity = np.array([200_000.0])
    rules, pair = pair_of("restwarmte_ht", 5000.0, "industry", "greenhouse_area")
    money = price_pairs(heat, rules, pair, quantity, CATALOGUE)
    pipe = 5000.0 * pipe_cost_eur_m_y(base_load_mw(quantity, PRICES), PRICES, "value")[0]
    plain, dear = break_even(money, quantity)[0], break_even(money, quantity, dearer_pipe=0.5)[0]
    assert dear - plain == pytest.approx(0.5 * pipe / quantity[0])


def _far(pairs, km):
    """The same pairs with their source moved to `km` straight, the route in proportion."""
    moved = pairs.copy()
    grown = km * 1000.0 - pairs["distance_m"]
    for column in ("route_m", "cost_length_m", "trunk_m", "trunk_cost_m"):
        if column in pairs:
            moved[column] += grown * pairs[column] / pairs["distance_m"]
    moved["distance_m"] = km * 1000.0
    return moved


@pytest.mark.parametrize(
    ("stream_id", "quantity", "supply"),
    [
        ("restwarmte_ht", 400_000.0, "industry"),
        ("restwarmte_ht", 30_000.0, "industry"),
        ("aquathermie_effluent", 200_000.0, "rwzi"),
        ("co2", 300.0, "digester"),
        ("co2", 40_000.0, "digester"),
        ("bermgras_maaisel", 500.0, None),
    ],
)
def test_at_the_break_even_distance_nothing_is_left(stream_id, quantity, supply):
    stream = CATALOGUE.streams[stream_id]
    rules, pair = pair_of(stream_id, 3000.0, supply)
    if stream.mode != "truck":
        pair["cost_length_m"] = 4100.0
        pair["trunk_cost_m"] = 4100.0
    size = np.array([quantity])
    catalogue = priced(avoided_heat_network_lt=35.0)
    km = break_even_distance(stream, rules, pair, size, catalogue)
    assert km[0] > 0
    money = price_pairs(stream, rules, _far(pair, km), size, catalogue)
    assert money.net[0] == pytest.approx(0.0, abs=1e-6 * max(1.0, money.cost[0]))
    closer, further = (price_pairs(stream, rules, _far(pair, km * x), size, catalogue) for x in (0.99, 1.01))
    assert closer.net[0] > 0 > further.net[0]


def test_what_never_pays_breaks_even_at_0_and_what_has_no_price_nowhere():
    verge = CATALOGUE.streams["bermgras_maaisel"]
    rules, pair = pair_of("bermgras_maaisel", 5000.0)
    size = np.array([100.0])
    assert break_even_distance(verge, rules, pair, size, priced(benefit_bermgras_maaisel=1.0))[0] == 0.0
    assert np.isnan(break_even_distance(verge, rules, pair, np.zeros(1), CATALOGUE)[0])
    metals = CATALOGUE.streams["metalen"]
    rules, pair = pair_of("metalen", 5000.0)
    assert np.isnan(break_even_distance(metals, rules, pair, size, CATALOGUE)[0])


@given(st.floats(0.01, 200_000), st.floats(10.0, 120_000))
def test_co2_goes_by_the_cheaper_of_pipe_and_truck_and_its_co2_goes_along(quantity, route):
    """Oracle: both sums written out."""
    co2 = CATALOGUE.streams["co2"]
    rules, pair = pair_of("co2", route, "digester")
    truck = (PRICES["truck_tank"].value * route / 1000.0 + PRICES["handling_eur_t"].value) * quantity
    pipe = _co2_pipe_eur_m(quantity) * route
    size = np.array([quantity])
    source = sum(PRICES[name].value for name in rules[int(pair["rule"].iloc[0])].source_cost)
    cost = price_pairs(co2, rules, pair, size, CATALOGUE).cost[0] - source * quantity
    assert cost == pytest.approx(min(truck, pipe))
    exhaust = PRICES["truck_co2_t_tkm"].value * quantity * route / 1000.0 if truck < pipe else 0.0
    saved = avoided_co2(co2, rules, pair, size, CATALOGUE)[0]
    assert saved == pytest.approx(PRICES["co2_co2"].value * quantity - exhaust, rel=1e-9, abs=1e-9)


def _co2_pipe_eur_m(quantity):
    """EUR per year per metre, by hand: 72 EUR per metre at a kilotonne a year, and 0.48 of every further decade."""
    share = PRICES["annuity"].value + PRICES["pipe_om_share"].value
    return 72.0 * (quantity / 1000.0) ** 0.48 * share


def test_a_co2_pipe_costs_by_its_flow_and_its_length():
    """OCAP: 300 kt over 83 km, 212 EUR per t/y in 1999 and 1.45 times that now."""
    co2 = CATALOGUE.streams["co2"]
    rules, pair = pair_of("co2", 83_000.0, "co2_source", "greenhouse")
    size = np.array([300_000.0])
    money = price_pairs(co2, rules, pair, size, CATALOGUE)
    source = sum(PRICES[name].value for name in rules[int(pair["rule"].iloc[0])].source_cost)
    per_tonne = money.cost[0] / 300_000.0 - source
    by_truck = PRICES["truck_tank"].value * 83.0 + PRICES["handling_eur_t"].value
    invested = 212 * 1.45 * (PRICES["annuity"].value + PRICES["pipe_om_share"].value)
    assert per_tonne == pytest.approx(min(invested, by_truck), rel=0.02)
    assert invested == pytest.approx(23.1, abs=0.1)


def test_glass_of_many_growers_pays_the_spread_of_co2():
    co2 = CATALOGUE.streams["co2"]
    size = np.array([200_000.0])
    alone, area = (
        price_pairs(co2, *pair_of("co2", 5000.0, "co2_source", taker), size, CATALOGUE)
        for taker in ("greenhouse", "greenhouse_area")
    )
    spread = 6500.0 / 246.0 * (PRICES["annuity"].value + PRICES["pipe_om_share"].value)
    assert area.cost[0] - alone.cost[0] == pytest.approx(spread * 200_000.0, rel=1e-4)


def test_a_trunk_through_a_town_costs_what_warmtelinq_said():
    """248 MW over 23 km: at least 400 million EUR announced, where the formula gives 244."""
    level = PRICES["price_level"].value
    field = pipe_cost_eur_m(np.array([248.0]), PRICES, "value")[0] * level * 23_000.0
    assert field == pytest.approx(244.6e6, rel=0.005)
    assert field * PRICES["pipe_urban_factor"].value == pytest.approx(401e6, rel=0.005)
    heat = CATALOGUE.streams["restwarmte_ht"]
    rules, pair = pair_of("restwarmte_ht", 5000.0, "industry", "greenhouse")
    town = priced(pipe_ground_factor=1.64)
    open_field, built = (
        price_pairs(heat, rules, pair, np.array([200_000.0]), one) for one in (CATALOGUE, town)
    )
    assert built.trunk[0] == pytest.approx(1.64 * open_field.trunk[0])
    assert built.cost[0] - open_field.cost[0] == pytest.approx(0.64 * open_field.trunk[0])


def test_a_pair_keeps_its_means_at_the_pessimistic_end():
    """Where a truck is cheapest at the value, the pessimistic end is that of a truck, not of another means."""
    co2 = CATALOGUE.streams["co2"]
    route = 20_000.0
    rules, pair = pair_of("co2", route, "digester")
    by_truck = PRICES["truck_tank"].value * route / 1000.0 + PRICES["handling_eur_t"].value
    quantity = 2000.0
    assert by_truck * quantity < _co2_pipe_eur_m(quantity) * route
    money = price_pairs(co2, rules, pair, np.array([quantity]), CATALOGUE)
    dear = (PRICES["truck_tank"].high * route / 1000.0 + PRICES["handling_eur_t"].high) * quantity
    source = sum(PRICES[name].high for name in rules[int(pair["rule"].iloc[0])].source_cost)
    assert money.net_low[0] == pytest.approx((PRICES["benefit_co2"].low - source) * quantity - dear)


def test_hard_ground_makes_the_pipe_dearer_but_no_longer():
    heat = CATALOGUE.streams["restwarmte_ht"]
    quantity = np.array([200_000.0])
    rules, plain = pair_of("restwarmte_ht", 5000.0, "industry", "greenhouse")
    hard = plain.assign(cost_length_m=8000.0, trunk_cost_m=8000.0)
    one, other = (price_pairs(heat, rules, pair, quantity, CATALOGUE) for pair in (plain, hard))
    assert other.trunk[0] == pytest.approx(one.trunk[0] * 1.6)
    assert other.benefit[0] == one.benefit[0]


def test_glass_of_many_growers_pays_distribution_by_the_hectare():
    heat = CATALOGUE.streams["restwarmte_ht"]
    quantity = np.array([100_000.0])
    rules, area = pair_of("restwarmte_ht", 5000.0, "industry", "greenhouse_area")
    spread = area.assign(ha_per_unit=1 / 8000.0)
    one, other = (price_pairs(heat, rules, pair, quantity, CATALOGUE) for pair in (area, spread))
    share = (PRICES["annuity"].value + PRICES["pipe_om_share"].value) * PRICES["price_level"].value
    expected = PRICES["glass_distribution_eur_ha"].value * 12.5 * share
    assert other.cost[0] - one.cost[0] == pytest.approx(expected)
    assert other.trunk[0] - one.trunk[0] == pytest.approx(expected)
    rules, alone = pair_of("restwarmte_ht", 5000.0, "industry", "greenhouse")
    alone["ha_per_unit"] = 1 / 8000.0
    assert price_pairs(heat, rules, alone, quantity, CATALOGUE).cost[0] == pytest.approx(one.cost[0])


def _by_water(distance_m, *, quay):
    rules, pair = pair_of("metalen", distance_m * 1.25)
    return rules, pair.assign(quay=quay)


def test_a_ship_sails_only_between_two_quays_and_only_where_it_is_cheaper():
    metals = CATALOGUE.streams["metalen"]
    size = np.array([1000.0])
    truck = (PRICES["truck_bulk"].value * 125 + PRICES["handling_eur_t"].value) * 1000
    ship = (PRICES["ship_eur_tkm"].value * 125 + PRICES["ship_handling_eur_t"].value) * 1000
    cost = {
        quay: price_pairs(metals, *_by_water(100_000.0, quay=quay), size, CATALOGUE).cost[0]
        for quay in (True, False)
    }
    assert (cost[True], cost[False]) == (pytest.approx(ship), pytest.approx(truck))
    near = price_pairs(metals, *_by_water(4000.0, quay=True), size, CATALOGUE).cost[0]
    assert near == pytest.approx((PRICES["truck_bulk"].value * 5 + PRICES["handling_eur_t"].value) * 1000)


def test_a_ship_saves_co2_on_the_way():
    metals = CATALOGUE.streams["metalen"]
    factor = PRICES["co2_cellulose"].model_copy(update={"id": "co2_metalen"})
    catalogue = replace(CATALOGUE, prices={**PRICES, "co2_metalen": factor})
    saved = {
        quay: avoided_co2(metals, *_by_water(100_000.0, quay=quay), np.array([1000.0]), catalogue)[0]
        for quay in (True, False)
    }
    gained = (PRICES["truck_co2_t_tkm"].value - PRICES["ship_co2_t_tkm"].value) * 1000 * 125
    assert saved[True] - saved[False] == pytest.approx(gained)
    names = {price.id for price in prices_read(metals, stream_pairs(metals, CATALOGUE)[0], PRICES)}
    assert "ship_eur_tkm" in names


def test_a_ship_reaches_further_than_a_truck():
    metals = CATALOGUE.streams["metalen"]
    worth = PRICES["benefit_struviet_fosfaat"]
    size = np.array([1000.0])
    reached = {}
    for quay in (True, False):
        rules, pair = _by_water(100_000.0, quay=quay)
        rules = [rule.model_copy(update={"benefit": worth.id}) for rule in rules]
        reached[quay] = break_even_distance(metals, rules, pair, size, CATALOGUE)[0]
    by_ship, by_truck = reached[True], reached[False]
    rest = worth.value - PRICES["ship_handling_eur_t"].value
    assert by_ship == pytest.approx(rest / PRICES["ship_eur_tkm"].value / 1.25)
    assert by_truck < by_ship


def test_only_a_place_that_says_it_has_a_quay_has_one():
    class Side:
        def __init__(self, flows):
            self.flows = pd.DataFrame(flows)

    pairs = pd.DataFrame({"s": [0, 0, 1, 2], "d": [0, 1, 0, 0]})
    supply = Side({"quay": pd.Series(["yes", "no", None], dtype="str")})
    sides, unknown = (supply, Side({"quay": ["yes", "no"]})), (supply, Side({"quay": [np.nan, np.nan]}))
    metals, verge = CATALOGUE.streams["metalen"], CATALOGUE.streams["bermgras_maaisel"]
    assert find_quays(sides, pairs, metals).tolist() == [True, False, False, False]
    assert not find_quays(unknown, pairs, metals).any()
    assert not find_quays(sides, pairs, verge).any()


def test_the_cheapest_is_the_least_known_cost():
    nan = np.nan
    costs = [np.array([3.0, nan, 2.0, nan]), np.array([2.0, 5.0, 2.0, nan])]
    assert cheapest(costs).tolist() == [1, 1, 0, 0]


def test_rungs_are_gained_upwards_and_outside_a_cascade_only():
    verge = CATALOGUE.streams["bermgras_maaisel"].model_copy(update={"r_now": 9})
    rules = stream_pairs(verge, CATALOGUE)
    pairs = pd.DataFrame({"rule": np.arange(len(rules))})
    assert {rule.r_after for rule in rules} == {8, 9}
    assert rungs_gained(verge, rules, pairs).tolist() == [9.0 - rule.r_after for rule in rules]
    falling = verge.model_copy(update={"r_now": 7})
    assert not rungs_gained(falling, rules, pairs).any()
    assert not rungs_gained(verge.model_copy(update={"cascade": True}), rules, pairs).any()


def test_the_smallest_lot_is_the_truck_behind_the_rate():
    """A truck there and back costs 3.3 to 5.3 EUR per kilometre one way, whatever it carries (Panteia/KiM 2021)."""
    by_truck = [one for one in CATALOGUE.streams.values() if one.mode.startswith("truck")]
    assert by_truck
    for stream in by_truck:
        assert 3.3 <= stream.min_lot * PRICES[stream.truck_price].value <= 5.3, stream.id
    assert all(one.min_lot == 0 for one in CATALOGUE.streams.values() if "pipe" in one.mode)
