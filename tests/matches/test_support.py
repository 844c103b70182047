"""What lacks, and what SWiG, WIS and EIA give of it: worked out by hand."""

import numpy as np
import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.catalogue.models import Instrument
from kansenkaart.matches.price.economics import avoided_co2, find_support, price_pairs
from kansenkaart.matches.price.heat_pipe import base_load_mw, pipe_cost_eur_m
from tests.matches.places import HEAT
from tests.matches.priced import pair_of, priced

CATALOGUE = load_catalogue()
PRICES = CATALOGUE.prices
SIZE = np.array([180_000.0])


def support_of(benefit, taker="greenhouse", route_m=6_250.0, supply="digester", **prices):
    name = "avoided_heat_network" if taker == "heat_network" else "avoided_heat_glass"
    catalogue = priced(**{name: benefit}, **prices)
    stream = catalogue.streams[HEAT]
    rules, pairs = pair_of(HEAT, route_m, supply, taker)
    money = price_pairs(stream, rules, pairs, SIZE, catalogue)
    return money, find_support(stream, rules, pairs, money, SIZE, catalogue)


def invested(route_m=6_250.0):
    """EUR in pipe and in stations for 10 MW, as the formulas say."""
    level = PRICES["price_level"].value
    pipe = pipe_cost_eur_m(base_load_mw(SIZE, PRICES), PRICES, "value")[0] * route_m * level
    return pipe, (250.0 + 82.5) * 10_000.0 * level


def test_swig_takes_its_share_of_the_pipe_and_eia_of_what_is_left():
    money, found = support_of(5.0)
    pipe, stations = invested()
    assert pipe == pytest.approx(8.1e6, rel=0.01)
    swig = 0.45 * pipe
    eia = 0.103 * (pipe - swig + stations)
    assert found.needed[0] == pytest.approx(-money.net[0])
    assert found.given[0] == pytest.approx(PRICES["annuity"].value * (swig + eia))
    assert found.instruments[0] == "swig; eia"


def test_a_chance_that_lacks_less_than_they_give_pays_with_support_and_one_that_lacks_more_does_not():
    money, found = support_of(6.0)
    assert money.net[0] < 0
    assert found.pays[0]
    money, found = support_of(5.0)
    assert found.given[0] < found.needed[0]
    assert not found.pays[0]


def test_what_pays_by_itself_needs_nothing():
    money, found = support_of(25.0)
    assert money.net[0] > 0
    assert (found.needed[0], found.given[0], found.instruments[0], found.pays[0]) == (0.0, 0.0, "", False)


def test_swig_asks_that_a_quarter_of_the_costs_lack():
    """A gap of a few per cent leaves EIA only, over the whole pipe and the stations."""
    pays_from = support_of(25.0)[0].cost[0] / SIZE[0]
    _, found = support_of(pays_from - 0.05)
    assert 0 < found.needed[0] < 0.25 * PRICES["annuity"].value * invested()[0]
    assert found.instruments[0] == "eia"
    assert found.given[0] == pytest.approx(PRICES["annuity"].value * 0.103 * sum(invested()))


def test_a_network_for_homes_gets_wis_and_no_swig():
    _, found = support_of(3.0, taker="heat_network")
    assert found.instruments[0] == "wis; eia"


def test_a_well_next_to_glass_pays_with_sde_and_not_without():
    """Its costs are twice what a grower avoids: in practice no well was drilled without it."""
    money, found = support_of(9.96, supply="geothermal", route_m=200.0)
    assert money.net[0] < -1e6
    assert found.instruments[0] == "swig; eia; sde_geothermal"
    assert (found.given[0], found.pays[0]) == (found.needed[0], True)


def test_sde_gives_no_more_than_its_limit_per_t_of_co2():
    """At 20 EUR of capital per GJ too dear: 225 EUR/t is 12 EUR per GJ, the pumps' electricity taken off."""
    _, found = support_of(3.0, supply="geothermal", route_m=12_500.0)
    rules, pairs = pair_of(HEAT, 12_500.0, "geothermal", "greenhouse")
    avoided = avoided_co2(CATALOGUE.streams[HEAT], rules, pairs, SIZE, CATALOGUE)[0]
    pipe = invested(12_500.0)[0]
    swig = 0.45 * pipe
    eia = 0.103 * (pipe - swig + (1_523.0 + 82.5) * 10_000.0 * PRICES["price_level"].value)
    assert found.given[0] == pytest.approx(PRICES["annuity"].value * (swig + eia) + 225.0 * avoided)
    assert not found.pays[0]


def test_sde_gives_residual_heat_no_more_per_mw_than_its_plans_asked_in_2024():
    """Seven plans asked 325 million EUR for 120 MW over 15 years: 180,556 EUR per MW and year, ten times that here."""
    money, found = support_of(3.0, supply="industry", route_m=32_000.0)
    rules, pairs = pair_of(HEAT, 32_000.0, "industry", "greenhouse")
    avoided = avoided_co2(CATALOGUE.streams[HEAT], rules, pairs, SIZE, CATALOGUE)[0]
    assert 225.0 * avoided > 1_805_560.0
    pipe, stations = invested(32_000.0)
    swig = 0.45 * pipe
    eia = 0.103 * (pipe - swig + stations)
    assert found.given[0] == pytest.approx(PRICES["annuity"].value * (swig + eia) + 1_805_560.0)
    assert found.instruments[0] == "swig; eia; sde_residual"
    assert found.given[0] < found.needed[0] == pytest.approx(-money.net[0])


def test_the_most_per_mw_is_what_plans_asked_by_their_megawatts_and_fifteen_years():
    asked = {
        "sde_residual": (325e6, 120.0),
        "sde_geothermal": (376e6, 77.0),
        "sde_water_heat": (489e6, 115.0),
    }
    most = {one.id: one.most_eur_mw_y for one in CATALOGUE.instruments if one.most_eur_mw_y is not None}
    assert most == pytest.approx({name: sum_ / mw / 15.0 for name, (sum_, mw) in asked.items()}, rel=1e-5)


@pytest.mark.parametrize("supply", ["waste_to_energy", "biomass_plant", "digester"])
def test_sde_is_not_for_heat_that_a_plant_taps(supply):
    assert "sde" not in support_of(3.0, supply=supply)[1].instruments[0]


@pytest.mark.parametrize("supply", ["fertiliser_maker", "paper_mill", "steel", "datacentre"])
def test_sde_is_for_heat_left_over_in_any_industry(supply):
    assert "sde_residual" in support_of(3.0, supply=supply)[1].instruments[0]


def test_sde_gives_nothing_to_what_pays():
    assert support_of(60.0, supply="geothermal")[1].given[0] == 0.0


def test_veki_pays_half_the_pipe_of_who_takes_heat_and_nothing_to_who_gives_it():
    """Its CO2 must be saved at the firm that invests: a grower's gas is not that of the plant that taps."""
    catalogue = priced(avoided_heat_industry=3.0)
    stream = catalogue.streams[HEAT]
    rules, pairs = pair_of(HEAT, 6_250.0, "waste_to_energy", "sludge_dryer")
    money = price_pairs(stream, rules, pairs, SIZE, catalogue)
    found = find_support(stream, rules, pairs, money, SIZE, catalogue)
    assert found.instruments[0] == "veki_heat; eia"
    assert found.given[0] > PRICES["annuity"].value * 0.5 * invested()[0]
    assert "veki" not in support_of(3.0, supply="waste_to_energy")[1].instruments[0]


def test_warm_effluent_gets_sde_for_buildings_and_not_for_glass():
    water = next(one for one in CATALOGUE.instruments if one.id == "sde_water_heat")
    pairs = CATALOGUE.pairs
    assert water.is_for(pairs["aquathermie_effluent", "rwzi", "heat_network"])
    assert not water.is_for(pairs["aquathermie_effluent", "rwzi", "greenhouse"])


def test_a_share_of_an_investment_is_no_more_than_all_of_it():
    swig = next(one for one in CATALOGUE.instruments if one.id == "swig")
    with pytest.raises(ValueError, match="at most 1"):
        Instrument(**swig.model_dump() | {"value": 45.0})


def test_what_gives_no_amount_says_what_it_is_and_for_whom():
    """A network for homes can have a guarantee, a greenhouse cannot; nobody counts on it."""
    untold = [one for one in CATALOGUE.instruments if one.part == "none"]
    assert {one.id for one in untold} == {"guarantee"}
    for one in untold:
        assert one.value == 0, one.id
        assert one.note, one.id
        assert one.source, one.id
    guarantee = next(one for one in untold if one.id == "guarantee")
    pairs = CATALOGUE.pairs
    assert guarantee.is_for(pairs[HEAT, "industry", "heat_network"])
    assert not guarantee.is_for(pairs[HEAT, "industry", "greenhouse"])


def test_support_for_a_plant_of_its_own_is_a_share_that_no_chance_counts():
    """What a recycler invests is no cost of a chance; which share of it comes back is told beside what lacks."""
    plants = {one.id: one for one in CATALOGUE.instruments if one.part == "plant"}
    assert {name: (one.low, one.value, one.high) for name, one in plants.items()} == {
        "veki": (0.3, 0.35, 0.7),
        "dei": (0.25, 0.45, 0.6),
        "mia": (0.07, 0.093, 0.14),
    }
    # 27 and 36 % off the profit at 25.8 % tax
    assert plants["mia"].low == pytest.approx(0.27 * 0.258, abs=5e-4)
    assert plants["mia"].value == pytest.approx(0.36 * 0.258, abs=5e-4)
    catalogue = priced(benefit_textielvezel=20.0)
    stream, size = catalogue.streams["textielvezel"], np.array([1_000.0])
    rules, pairs = pair_of("textielvezel", 100_000.0, "textile_sorter", "fibre_recycler")
    money = price_pairs(stream, rules, pairs, size, catalogue)
    found = find_support(stream, rules, pairs, money, size, catalogue)
    assert found.needed[0] > 0
    assert (found.given[0], found.instruments[0], found.pays[0]) == (0.0, "", False)


def test_explain_tells_which_share_of_a_plant_of_its_own_comes_back(region):
    told = region(
        {"site_id": "sorteer:1", "kind": "textile_sorter", "x": 110_000, "y": 480_000,
         "supply_textielvezel_t_y": 500.0},
        {"site_id": "vezel:1", "kind": "fibre_recycler", "x": 210_000, "y": 480_000,
         "demand_textielvezel_t_y": 500.0},
        streams=["textielvezel"],
        method={"season": False},
        prices={"benefit_textielvezel": 20.0},
    )  # fmt: skip
    lines = "\n".join(line for part in told.explain("sorteer:1", "vezel:1").streams for line in part.lines)
    assert "geen regeling waarvan te zeggen is wat zij hier geeft" in lines
    assert "VEKI (30 tot 70 procent), DEI+ (25 tot 60 procent), MIA en Vamil (7 tot 14 procent)" in lines


def test_no_more_is_given_than_an_instrument_has():
    """At 200 km the pipe costs 260 million: SWiG's round had 27."""
    _, found = support_of(3.0, route_m=200_000.0, heat_loss_w_m=0.0)
    pipe, stations = invested(200_000.0)
    eia = 0.103 * (pipe - 27e6 + stations)
    assert found.given[0] == pytest.approx(PRICES["annuity"].value * (27e6 + eia), rel=1e-6)


def test_explain_names_what_is_avoided_the_ground_and_who_gives_what(region):
    far = (
        {"site_id": "bron:1", "kind": "industry", "x": 110_000, "y": 480_000, "supply_temperature_c": 90.0,
         "supply_restwarmte_ht_gj_y": 200_000.0},
        {"site_id": "kas:1", "kind": "greenhouse", "x": 124_000, "y": 480_000, "demand_temperature_c": 60.0,
         "demand_restwarmte_ht_gj_y": 180_000.0},
    )  # fmt: skip
    told = region(*far, streams=[HEAT], method={"season": False, "ledgers": False, "coupling": "off"})
    lines = "\n".join(line for part in told.explain("bron:1", "kas:1").streams for line in part.lines)
    assert "een teler spaart circa 9,96 euro per GJ uit (prijzen van 2025)" in lines
    assert "met alleen een ketel 16,9, met alleen een WKK 4,95" in lines
    assert "leidingen in het open veld; door een stad kosten ze circa 1,64 keer zoveel" in lines
    assert "SWiG en EIA geven ten hoogste" in lines
    assert "VEKI" not in lines
    reason = told.reasons[HEAT][0]
    assert "SWiG en EIA geven ten hoogste" in reason


@pytest.mark.parametrize("year", [2025, 2030])
def test_heat_next_to_glass_pays_with_the_prices_of_the_year(year, world):
    """Fifty metres from 150 ha of glass, from an industrial source: the finding that started this."""
    found = world(
        {"site_id": "bron:1", "kind": "industry", "x": 110_000, "y": 480_000, "supply_temperature_c": 90.0,
         "supply_restwarmte_ht_gj_y": 600_000.0, "supply_restwarmte_ht_low_gj_y": 600_000.0,
         "supply_restwarmte_ht_high_gj_y": 600_000.0},
        {"site_id": "kas:1", "kind": "greenhouse", "x": 110_050, "y": 480_000, "demand_temperature_c": 60.0,
         "glass_ha": 150.0},
        streams=[HEAT],
        method={"ledgers": False, "coupling": "off"},
        year=year,
    )  # fmt: skip
    match = found.matches.iloc[0]
    assert match["net_low_eur_y"] > 0
    assert match["price_from_eur_unit"] < match["price_to_eur_unit"]
    assert match["price_to_eur_unit"] == pytest.approx({2025: 9.92, 2030: 9.05}[year], rel=0.01)


CASES = {
    # WarmCO2 Terneuzen: 1.8 PJ from a fertiliser plant to 150 ha, about 5 km.
    "warmco2": (HEAT, "fertiliser_maker", 5_000.0, 1_800_000.0, 150.0, (4.0, 5.5)),
    # OCAP: 300 kt of clean CO2 over 83 km; growers paid about 60 EUR/t (50-70) in 2021.
    "ocap": ("co2", "co2_source", 83_000.0, 300_000.0, 0.0, (40.0, 60.0)),
}


@pytest.mark.parametrize("name", CASES)
def test_what_runs_in_the_netherlands_pays_by_these_prices(name):
    stream_id, giver, route_m, quantity, glass_ha, (least, most) = CASES[name]
    stream, size = CATALOGUE.streams[stream_id], np.array([quantity])
    rules, pairs = pair_of(stream_id, route_m, giver, "greenhouse_area")
    if stream.is_heat:
        pairs = pairs.assign(ha_per_unit=glass_ha / quantity)
    money = price_pairs(stream, rules, pairs, size, CATALOGUE)
    assert money.net[0] > 0
    assert least < money.cost[0] / quantity < most


@pytest.mark.parametrize("giver", ["waste_to_energy", "biomass_plant"])
def test_heat_tapped_from_a_plant_pays_with_support_and_where_growers_have_boilers_only(giver):
    """HVC Alkmaar to Alton, 8.5 km to 95 ha at what the province says it uses: the electricity lost is a cost."""
    size = np.array([365_000.0])
    for catalogue, pays in ((CATALOGUE, False), (priced(chp_share=0.0), True)):
        stream = catalogue.streams[HEAT]
        rules, pairs = pair_of(HEAT, 8_500.0, giver, "greenhouse_area")
        pairs = pairs.assign(ha_per_unit=95.0 / size)
        money = price_pairs(stream, rules, pairs, size, catalogue)
        assert 10.5 < money.cost[0] / size[0] < 11.5
        assert (money.net[0] > 0) == pays
        assert find_support(stream, rules, pairs, money, size, catalogue).pays[0] == (not pays)


def test_what_burns_for_heat_alone_pays_for_its_fuel():
    """Beside a plant that makes power it costs the fuel more, and saves the electricity that such a plant loses."""
    stream, size = CATALOGUE.streams[HEAT], SIZE
    cost = {}
    for giver in ("biomass_plant", "biomass_boiler"):
        rules, pairs = pair_of(HEAT, 2_000.0, giver, "greenhouse")
        cost[giver] = price_pairs(stream, rules, pairs, size, CATALOGUE).cost[0] / size[0]
    tap = PRICES["tapped_heat_power_gje_gj"].value * PRICES["power_sold_eur_gje"].value
    boiler = PRICES["wood_fuel_eur_gj"].value
    boiler += PRICES["pump_power_gje_gj"].value * PRICES["power_bought_eur_gje"].value
    assert cost["biomass_boiler"] - cost["biomass_plant"] == pytest.approx(boiler - tap)


def test_a_new_well_next_to_glass_does_not_pay_by_itself():
    """A doublet of 174 TJ costs some 18 EUR/GJ, its pumps included: wells were drilled with SDE+."""
    stream, size = CATALOGUE.streams[HEAT], np.array([174_000.0])
    rules, pairs = pair_of(HEAT, 500.0, "geothermal", "greenhouse_area")
    money = price_pairs(stream, rules, pairs.assign(ha_per_unit=40.0 / 174_000.0), size, CATALOGUE)
    assert money.cost[0] / 174_000.0 == pytest.approx(18.4, abs=0.2)
    assert money.net_high[0] < 0
