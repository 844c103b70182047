"""Every row of the catalogue says what it is, where it comes from and how sure that is."""

import re
from collections import Counter

import pytest

from kansenkaart.catalogue import Catalogue, load_catalogue
from kansenkaart.units import UNITS

MAIN_STREAMS = {
    "restwarmte_ht",
    "restwarmte_lt",
    "aquathermie_effluent",
    "co2",
    "struviet_fosfaat",
    "zuiveringsslib",
    "biogas_groengas",
    "effluentwater",
    "bermgras_maaisel",
    "houtchips_snoei",
    "gft",
    "tuinbouwreststroom",
    "cellulose",
    "mest",
    "sloophout",
    "textiel",
    "kunststof",
    "aeea",
    "betonpuin",
    "voedingsreststromen",
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def _numbers(catalogue: Catalogue):
    return [*catalogue.kengetallen.values(), *catalogue.prices.values()]


def test_there_are_the_28_streams_in_the_handbooks_order(catalogue):
    numbers = [stream.number for stream in catalogue.streams.values()]
    assert numbers[:28] == [f"S{n:02}" for n in range(1, 29)]


def test_a_product_of_a_chain_is_made_by_a_processor_and_by_nothing_else(catalogue):
    for stream in (catalogue.streams["meststof_fosfaat"], catalogue.streams["compost"]):
        assert stream.id in {one.makes for one in catalogue.processors}
        assert not [
            one for one in catalogue.kengetallen.values() if (one.stream, one.role) == (stream.id, "supply")
        ]


def test_no_two_streams_have_one_number(catalogue):
    numbers = [stream.number for stream in catalogue.streams.values()]
    assert len(set(numbers)) == len(numbers)


def test_every_processor_can_be_supplied_and_can_pass_on(catalogue):
    for one in catalogue.processors:
        pairs = catalogue.pairs.values()
        assert any((pair.stream, pair.demand_kind) == (one.takes, one.kind) for pair in pairs), one
        assert any((pair.stream, pair.supply_kind) == (one.makes, one.kind) for pair in pairs), one
        assert len(one.source) > 3
        assert 1999 <= one.year <= 2025


def test_fertiliser_made_of_struvite_is_never_called_kansrijk(catalogue):
    """After the maker nobody can tell where the phosphate came from."""
    caps = {pair.best_class for pair in catalogue.pairs.values() if pair.stream == "meststof_fosfaat"}
    assert caps == {"verkennen"}


def test_there_are_at_least_sixty_kengetallen(catalogue):
    assert len(catalogue.kengetallen) >= 60


def test_every_stream_says_what_must_match_and_where_its_distance_comes_from(catalogue):
    for stream in catalogue.streams.values():
        assert stream.unit in UNITS, stream.id
        assert stream.must_match, stream.id
        assert "afstand:" in stream.source, stream.id
        assert 0 < stream.soft_km <= stream.hard_km, stream.id
        assert stream.supply_profile, stream.id


def test_only_heat_and_pure_pipe_streams_have_no_truck(catalogue):
    without = {stream.id for stream in catalogue.streams.values() if stream.truck_price is None}
    assert without == {stream.id for stream in catalogue.streams.values() if stream.mode == "pipe"}


def test_the_two_distances_with_a_source_hold_it(catalogue):
    low_temperature, grass = catalogue.streams["restwarmte_lt"], catalogue.streams["bermgras_maaisel"]
    assert (low_temperature.hard_km, grass.soft_km) == (1, 5)
    assert "CE Delft" in low_temperature.source
    assert "Stcrt 2018-55157" in grass.source


def test_what_a_municipality_collects_is_under_contract_and_says_by_which_source(catalogue):
    collected = {"gft", "textiel", "aeea", "kunststof", "papier_vezel", "sloophout", "houtchips_snoei"}
    ways = {stream: one.way for (stream, kind), one in catalogue.taken.items() if kind == "municipality"}
    assert {stream for stream, way in ways.items() if way == "contract"} == collected
    assert catalogue.taken["zuiveringsslib", "rwzi"].way == "contract"
    for one in catalogue.taken.values():
        assert len(one.source) > 20
        assert 2018 <= one.year <= 2025
        assert one.evidence in ("sourced", "derived")
        kengetallen = [row for row in catalogue.kengetallen.values() if one.kind in row.kinds]
        pairs = [pair for pair in catalogue.pairs.values() if pair.supply_kind == one.kind]
        assert one.stream in {row.stream for row in [*kengetallen, *pairs]}, "nothing it could give"


def test_heat_co2_and_water_are_a_cascade_outside_the_ladder(catalogue):
    cascade = {stream.id for stream in catalogue.streams.values() if stream.cascade}
    assert cascade == {"restwarmte_ht", "restwarmte_lt", "aquathermie_effluent", "co2", "effluentwater"}


def test_eural_codes_have_their_official_form(catalogue):
    for stream in catalogue.streams.values():
        for code in stream.eural:
            assert re.fullmatch(r"\d\d \d\d \d\d\*?", code), (stream.id, code)
        for plan in stream.lap_sector_plans:
            assert re.fullmatch(r"SP\d+", plan), (stream.id, plan)


def test_every_number_has_source_year_and_unit(catalogue):
    for number in _numbers(catalogue):
        assert len(number.source) > 3, number.id
        assert 1999 <= number.year <= 2025, number.id
        assert number.unit, number.id
        assert number.low <= number.value <= number.high, number.id
        assert number.value >= 0, number.id


def test_engineering_estimates_are_labelled(catalogue):
    for number in _numbers(catalogue):
        if number.source.startswith("technische schatting"):
            assert number.evidence == "estimate", number.id
        if "niet geverifieerd" in number.note or "niet tegen een bron" in number.note:
            assert number.evidence in ("unverified", "estimate"), number.id
        if number.evidence == "unverified":
            assert re.search("niet (geverifieerd|nagekeken|tegen een bron)", number.note), number.id


def test_a_number_without_a_range_is_a_printed_constant_or_a_choice(catalogue):
    fixed = {number.id for number in _numbers(catalogue) if number.low == number.high}
    # What follows from two printed tariffs is as certain as these.
    assert all(
        catalogue.prices[name].evidence in ("sourced", "choice")
        or name.startswith(("glass_tax_share_", "glass_co2_eur_t"))
        for name in fixed - {"price_level"}
    )


def test_kengetallen_say_per_what(catalogue):
    for kengetal in catalogue.kengetallen.values():
        assert re.match(r"1 ", kengetal.denominator), kengetal.id
        if kengetal.driver.endswith("_pe60"):
            assert "p.e. van 60 g BZV" in kengetal.denominator, kengetal.id


def test_every_kengetal_makes_a_flow_that_some_pair_can_use(catalogue):
    ends = {(pair.stream, "supply", pair.supply_kind) for pair in catalogue.pairs.values()}
    ends |= {(pair.stream, "demand", pair.demand_kind) for pair in catalogue.pairs.values()}
    for kengetal in catalogue.kengetallen.values():
        for kind in kengetal.kinds:
            assert (kengetal.stream, kengetal.role, kind) in ends, (kengetal.id, kind)


def test_no_kengetal_stands_in_the_shadow_of_another(catalogue):
    """The first of two that ask the same of a place always wins; the second would never count."""
    asked = Counter(
        (one.stream, one.role, kind, one.driver, tuple(sorted(one.where.items())))
        for one in catalogue.kengetallen.values()
        for kind in one.kinds
    )
    assert [key for key, count in asked.items() if count > 1] == []


def test_main_streams_have_supply_and_pairs(catalogue):
    supplied = {one.stream for one in catalogue.kengetallen.values() if one.role == "supply"}
    paired = {pair.stream for pair in catalogue.pairs.values()}
    assert supplied >= MAIN_STREAMS
    assert paired == set(catalogue.streams)


def test_every_temperature_rule_has_a_temperature_on_both_sides(catalogue):
    for kengetal in catalogue.kengetallen.values():
        if catalogue.streams[kengetal.stream].temperature_rule:
            assert kengetal.temperature_c is not None, kengetal.id


def test_a_heat_pump_at_a_data_centre_is_warm_enough_for_a_greenhouse_and_bare_water_is_not(catalogue):
    pumped = catalogue.kengetallen["datacenter_warmte_opgewaardeerd"].temperature_c
    bare = catalogue.kengetallen["datacenter_warmte_lauw"].temperature_c
    greenhouse = catalogue.kengetallen["kas_warmte_onbekend"].temperature_c
    assert pumped >= greenhouse + 5 > bare


def test_struvite_never_goes_straight_into_a_greenhouse(catalogue):
    takers = {pair.demand_kind for pair in catalogue.pairs.values() if pair.stream == "struviet_fosfaat"}
    assert takers == {"fertiliser_maker", "arable_area", "potting_soil_maker"}


def test_a_step_down_the_ladder_is_never_called_kansrijk(catalogue):
    for key, pair in catalogue.pairs.items():
        stream = catalogue.streams[pair.stream]
        if pair.r_after > stream.r_now and not stream.cascade:
            assert pair.best_class != "kansrijk", key


def test_what_leans_on_a_heat_pump_or_turbine_counts_its_electricity(catalogue):
    power = {
        (pair.supply_kind, pair.power) for pair in catalogue.pairs.values() if pair.stream == "restwarmte_ht"
    }
    assert ("datacentre", "heat_pump_power_gje_gj") in power
    assert ("geothermal", "well_power_gje_gj") in power
    assert all(name is not None for _, name in power)
    for pair in catalogue.pairs.values():
        if pair.supply_kind == "datacentre":
            # Lukewarm to homes and a pool runs (NorthC Aalsmeer, 2019); to glass, and hot, nobody does it yet.
            runs = pair.stream == "restwarmte_lt" and not pair.demand_kind.startswith("greenhouse")
            assert pair.best_class == ("kansrijk" if runs else "verkennen")
            assert "netcongestie" in pair.note or not runs
            assert "netcongestie" in pair.note


def test_heat_of_a_plant_that_makes_power_costs_electricity_and_never_its_fuel(catalogue):
    """The fuel burns anyway; only what burns for heat alone pays for it."""
    hot = [pair for pair in catalogue.pairs.values() if pair.stream == "restwarmte_ht"]
    for pair in hot:
        tapped = pair.supply_kind in ("waste_to_energy", "heat_extraction", "power_plant", "biomass_plant")
        assert ("wood_fuel_eur_gj" in pair.source_cost) == (pair.supply_kind == "biomass_boiler"), pair
        assert (pair.power == "tapped_heat_power_gje_gj") == tapped, pair
        assert (pair.power_price == "power_sold_eur_gje") == tapped, pair
    prices = catalogue.prices
    tapped, fuel = prices["tapped_heat_power_gje_gj"], prices["wood_fuel_eur_gj"]
    assert tapped.value * prices["power_sold_eur_gje"].value < 0.7 * fuel.value


def test_the_electricity_a_turbine_loses_follows_from_the_temperature_of_the_steam(catalogue):
    """Carnot over cooling water of 35 degrees, times what a turbine makes of it."""
    loss = catalogue.prices["turbine_loss_gje_gj"]
    carnot = [0.87 * (1 - 308 / (273 + celsius)) for celsius in (100, 120, 150)]
    assert [loss.low, loss.value, loss.high] == pytest.approx(carnot, abs=0.015)


def test_waste_incineration_carries_its_lock_in_note(catalogue):
    for pair in catalogue.pairs.values():
        if pair.supply_kind in ("waste_to_energy", "heat_extraction") and pair.stream in (
            "restwarmte_ht",
            "co2",
        ):
            assert "met minder restafval wordt dit minder" in pair.note


def test_benefits_and_co2_factors_belong_to_a_stream(catalogue):
    for name in catalogue.prices:
        for prefix in ("benefit_", "co2_"):
            rest = name.removeprefix(prefix)
            if name.startswith(prefix) and rest not in catalogue.streams:
                assert name in {
                    *("co2_capture_eur_t", "co2_purify_eur_t", "co2_installation_eur_t"),
                    *("co2_distribution_eur_ha", "co2_distribution_eur_t", "co2_use_t_ha"),
                    *("co2_capture_plant_eur_t", "co2_capture_heat_gj_t"),
                }
    for stream in ("restwarmte_ht", "restwarmte_lt", "aquathermie_effluent", "co2", "struviet_fosfaat"):
        assert catalogue.is_priced(stream)
        assert f"co2_{stream}" in catalogue.prices


def test_every_truck_rate_carries_a_stream(catalogue):
    used = {stream.truck_price for stream in catalogue.streams.values()}
    rates = {name for name, price in catalogue.prices.items() if price.unit.startswith("EUR per t per km")}
    assert rates - {"ship_eur_tkm"} == used - {None}
