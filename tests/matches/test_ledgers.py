"""Accounts after matching: never more than there is, and no gas avoided that nobody burns."""

from __future__ import annotations

import pandas as pd
import pytest

from kansenkaart.tables import LEDGERS

HEAT, CO2 = "restwarmte_ht", "co2"
APART = {"coupling": "off", "season": False}


def rows(**greenhouse):
    return [
        {
            "site_id": "k:1", "kind": "greenhouse", "x": 112_000, "y": 500_000,
            "demand_restwarmte_ht_gj_y": 10_000.0, "demand_co2_t_y": 500.0, **greenhouse,
        },
        {
            "site_id": "w:1", "kind": "industry", "x": 111_000, "y": 500_000,
            "supply_restwarmte_ht_gj_y": 9_000.0, "supply_temperature_c": 95.0,
        },
        {"site_id": "c:1", "kind": "digester", "x": 111_500, "y": 500_000, "supply_co2_t_y": 500.0},
    ]  # fmt: skip


def check(found):
    LEDGERS.check(found.ledgers)
    for _, account in found.ledgers.groupby(["ledger", "plant"]):
        assert account["drawn"].sum() <= account["budget"].iloc[0] * (1 + 1e-9)
    whole = found.ledgers[found.ledgers["effect"] == "quantity"]
    assert whole["drawn"].to_numpy() == pytest.approx((whole["coefficient"] * whole["quantity"]).to_numpy())


def counted(found):
    return found.matches.set_index("stream")["co2_avoided_t_y"], found.plain_co2.set_axis(
        found.matches["stream"]
    )


def test_heat_and_co2_together_never_avoid_more_gas_than_is_burnt(world):
    found = world(*rows(), streams=[HEAT, CO2], method=APART)
    check(found)
    # 10,000 GJ is 332,600 m3 of gas; 9,000 GJ and 500 t CO2 would avoid 299,340 + 275,000.
    assert found.ledgers["budget"].unique() == pytest.approx([332_600.0])
    assert found.ledgers["drawn"].sum() == pytest.approx(332_600.0)
    after, before = counted(found)
    share = 332_600 / (299_340 + 275_000)
    assert (after / before).to_numpy() == pytest.approx([share, share])
    assert found.moved(CO2, "demand", "k:1") == pytest.approx(500.0)


def test_what_fits_is_counted_in_full(world):
    found = world(*rows(demand_co2_t_y=50.0), streams=[HEAT, CO2], method=APART)
    check(found)
    after, before = counted(found)
    assert after.to_numpy() == pytest.approx(before.to_numpy())
    assert found.ledgers.set_index("stream").loc[CO2, "drawn"] == pytest.approx(27_500.0)


def test_gas_that_the_layer_states_goes_before_what_a_boiler_would_need(world):
    found = world(*rows(gas_m3_y=100_000.0), streams=[HEAT, CO2], method=APART)
    check(found)
    assert found.ledgers["budget"].unique() == pytest.approx([100_000.0])


def test_heat_that_comes_from_elsewhere_already_is_no_gas_to_avoid(world):
    found = world(*rows(covered_demand_restwarmte_ht_gj_y=6_000.0), streams=[HEAT, CO2], method=APART)
    check(found)
    assert found.ledgers["budget"].unique() == pytest.approx([4_000 * 33.26])


def test_without_heat_or_gas_known_nothing_is_held_back(world):
    found = world(*rows(demand_restwarmte_ht_gj_y=None), streams=[HEAT, CO2], method=APART)
    assert found.ledgers.empty
    after, before = counted(found)
    assert after.to_numpy() == pytest.approx(before.to_numpy())


def test_without_ledgers_everything_is_counted(world):
    found = world(*rows(), streams=[HEAT, CO2], method={**APART, "ledgers": False})
    assert found.ledgers.empty
    after, before = counted(found)
    assert after.to_numpy() == pytest.approx(before.to_numpy())


def rwzi(**more):
    return {
        "site_id": "r:1", "kind": "rwzi", "x": 110_000, "y": 500_000, "capacity_pe60": 1_000.0,
        "supply_zuiveringsslib_t_y": 60.0, "supply_biogas_groengas_m3_y": 9_000.0, **more,
    }  # fmt: skip


def test_one_sludge_is_not_sold_twice(world):
    """1,000 p.e. bring at most 19.75 t dry matter; cake and gas together ask 13.86 + 9.27."""
    takers = [
        {"site_id": "s:1", "kind": "sludge_dryer", "x": 112_000, "y": 500_000, "demand_zuiveringsslib_t_y": 99.0},
        {"site_id": "n:1", "kind": "gas_grid_point", "x": 111_000, "y": 500_000, "demand_biogas_groengas_m3_y": 9e9},
    ]  # fmt: skip
    streams = ["zuiveringsslib", "biogas_groengas"]
    plant = rwzi(free_supply_zuiveringsslib_t_y=60.0)
    found = world(plant, *takers, streams=streams)
    check(found)
    dry = found.ledgers[found.ledgers["ledger"] == "dry_matter"]
    assert dry["budget"].unique() == pytest.approx([19.75])
    assert dry["drawn"].sum() == pytest.approx(19.75)
    loose = world(plant, *takers, streams=streams, method={"ledgers": False})
    assert loose.moved(streams[0], "supply", "r:1") == pytest.approx(60.0)
    assert loose.moved(streams[1], "supply", "r:1") == pytest.approx(9_000.0)


def test_what_leaves_already_is_no_longer_in_the_account(world):
    streams = ["zuiveringsslib", "struviet_fosfaat"]
    taker = {
        "site_id": "i:1",
        "kind": "fertiliser_maker",
        "nutrient": "phosphate",
        "x": 112_000,
        "y": 500_000,
        "product_t_y": 1e5,
    }
    plant = rwzi(covered_supply_zuiveringsslib_t_y=60.0, supply_struviet_fosfaat_t_y=2.0)
    found = world(plant, taker, streams=streams)
    check(found)
    phosphorus = found.ledgers[found.ledgers["ledger"] == "phosphorus"].iloc[0]
    assert phosphorus["budget"] == pytest.approx(0.571 - 60 * 0.00665)
    assert found.moved("struviet_fosfaat", "supply", "r:1") == pytest.approx(phosphorus["budget"] / 0.126)


def test_every_line_says_where_its_numbers_come_from(world):
    found = world(*rows(), streams=[HEAT, CO2], method=APART)
    assert found.ledgers["source"].str.len().min() > 10
    assert pd.api.types.is_integer_dtype(found.ledgers["source_year"])
