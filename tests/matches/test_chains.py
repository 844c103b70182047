"""Chains: nothing is made out of nothing, and the whole way is told as one chance."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.tables import CHAINS, FLOWS, MONTH_COLUMNS
from tests.matches.places import digester, fields, town
from tests.tries import SOME

GFT = ["gft", "compost", "biogas_groengas"]


def check_balance(world):
    """Received x yield = made = delivered + kept at every processor, and nothing leaves that is not there."""
    CHAINS.check(world.chains)
    for row in world.chains.to_dict("records"):
        received = world.moved(row["takes"], "demand", row["processor_id"])
        assert row["received"] == pytest.approx(received)
        assert row["made"] == pytest.approx(row["received"] * row["yield"])
        assert row["made"] == pytest.approx(row["delivered"] + row["kept"])
    for one in world.solution.connections.conversions:
        flow = world.flow(f"{one.site_id}|{one.makes}|supply")
        assert world.moved(one.makes, "supply", one.site_id) <= flow["value"] * (1 + 1e-9) + 1e-9


def test_what_is_taken_in_is_made_and_passed_on_as_one_chance(world):
    found = world(town(), digester(), fields(), streams=GFT)
    check_balance(found)
    row = found.chains.set_index("makes").loc["compost"]
    assert (row["received"], row["yield"], row["made"]) == pytest.approx((800.0, 0.4, 320.0))
    assert (row["delivered"], row["kept"]) == pytest.approx((320.0, 0.0))
    legs = found.matches.set_index("stream")
    assert set(legs["chain_id"]) == {"v:1|gft"}
    assert (legs.loc["gft", "leg"], legs.loc["compost", "leg"]) == (1, 2)
    assert row["path"].startswith("g:1 → v:1 (Groente-, fruit- en tuinafval 800 t) → Compost 320 t → a:1")
    assert row["chance_class"] == "verkennen"
    assert row["source_year"] == 2020


def test_a_co_product_that_nobody_takes_stands_beside_it_as_kept(world):
    found = world(town(), digester(), fields(), streams=GFT)
    gas = found.chains.set_index("makes").loc["biogas_groengas"]
    assert gas["made"] == pytest.approx(800 * 64.09)
    assert (gas["delivered"], gas["kept"]) == pytest.approx((0.0, gas["made"]))
    assert "(geen afnemer)" in gas["path"]


def test_a_co_product_that_somebody_takes_is_a_leg_too(world):
    grid = {
        "site_id": "n:1", "kind": "gas_grid_point", "x": 112_500, "y": 500_000,
        "demand_biogas_groengas_m3_y": 10_000.0,
    }  # fmt: skip
    found = world(town(), digester(), fields(), grid, streams=GFT)
    check_balance(found)
    gas = found.chains.set_index("makes").loc["biogas_groengas"]
    assert (gas["delivered"], gas["kept"]) == pytest.approx((10_000.0, 800 * 64.09 - 10_000.0))
    assert set(found.matches["chain_id"]) == {"v:1|gft"}


def test_a_place_that_nobody_takes_from_is_no_chain(world):
    found = world(town(), digester(), streams=GFT)
    assert found.moved("gft", "demand", "v:1") == pytest.approx(800.0)
    assert found.chains.empty
    assert found.matches["chain_id"].isna().all()
    assert found.flow("v:1|compost|supply")["value"] == pytest.approx(320.0)


def test_the_flow_is_filled_in_with_its_range_and_its_months(world):
    found = world(town(), digester(), fields(), streams=GFT)
    FLOWS.check(found.solution.flows)
    flow = found.flow("v:1|compost|supply")
    assert (flow["low"], flow["value"], flow["high"]) == pytest.approx((240.0, 320.0, 360.0))
    months = [flow[name] for name in MONTH_COLUMNS]
    assert sum(months) == pytest.approx(flow["value"])
    assert months == pytest.approx([320 / 12] * 12)


def test_the_own_part_leaves_first_and_is_no_part_of_the_chain(world):
    own = digester(supply_compost_t_y=50.0)
    found = world(town(), own, fields(ha=40.0), streams=["gft", "compost"])
    check_balance(found)
    row = found.chains.iloc[0]
    # The fields take 40 x 5 = 200 t: 50 of the place's own, 150 of what was made.
    assert (row["made"], row["delivered"], row["kept"]) == pytest.approx((320.0, 150.0, 170.0))
    assert found.flow("v:1|compost|supply")["value"] == pytest.approx(370.0)
    small = world(town(), own, fields(ha=8.0), streams=["gft", "compost"])
    assert small.chains.empty
    assert small.moved("compost", "supply", "v:1") == pytest.approx(40.0)


def test_two_processors_in_a_row_are_one_chain(world):
    grind = {"kind": "composter", "takes": "bermgras_maaisel", "makes": "stro_bouwvezel", "value": 0.5}
    press = {"kind": "board_maker", "takes": "stro_bouwvezel", "makes": "papier_vezel", "value": 0.8}
    # The catalogue knows no pair composter -> board_maker, so the middle step is a place that fits: fields.
    grind = {**grind, "kind": "arable_area"}
    found = world(
        {"site_id": "b:1", "kind": "verge_manager", "x": 110_000, "y": 500_000, "supply_bermgras_maaisel_t_y": 100.0},
        fields("a:1", 111_000, 0.0, demand_bermgras_maaisel_t_y=60.0),
        {"site_id": "p:1", "kind": "board_maker", "x": 112_000, "y": 500_000, "demand_stro_bouwvezel_t_ds_y": 40.0},
        {"site_id": "p:2", "kind": "industry", "x": 113_000, "y": 500_000, "demand_papier_vezel_t_y": 99.0},
        processors=(grind, press),
        streams=["bermgras_maaisel", "stro_bouwvezel", "papier_vezel"],
    )  # fmt: skip
    check_balance(found)
    # Paper fibre has no taker here: the last step keeps what it makes, the first two are one chain.
    assert found.moved("stro_bouwvezel", "demand", "p:1") == pytest.approx(30.0)
    assert found.flow("p:1|papier_vezel|supply")["value"] == pytest.approx(24.0)
    assert set(found.chains["chain_id"]) == {"a:1|bermgras_maaisel"}


def test_three_legs_are_counted_and_named_after_the_first(world):
    first = {"kind": "rwzi", "takes": "zuiveringsslib", "makes": "struviet_fosfaat", "value": 0.01}
    found = world(
        {
            "site_id": "r:1",
            "kind": "rwzi",
            "x": 110_000,
            "y": 500_000,
            "supply_zuiveringsslib_t_y": 1000.0,
            "free_supply_zuiveringsslib_t_y": 1000.0,
        },
        {"site_id": "r:2", "kind": "rwzi", "x": 111_000, "y": 500_000, "demand_zuiveringsslib_t_y": 900.0},
        {
            "site_id": "i:1",
            "kind": "fertiliser_maker",
            "nutrient": "phosphate",
            "x": 112_000,
            "y": 500_000,
            "product_t_y": 10_000.0,
        },
        fields("a:1", 113_000, 10_000.0, demand_struviet_fosfaat_t_y=0.0001),
        processors=(first,),
        streams=["zuiveringsslib", "struviet_fosfaat", "meststof_fosfaat"],
    )
    check_balance(found)
    assert found.moved("meststof_fosfaat", "supply", "i:1") == pytest.approx(9.0, rel=1e-3)
    legs = found.matches[found.matches["demand_id"] != "a:1"].set_index("stream")["leg"]
    assert (legs["zuiveringsslib"], legs["struviet_fosfaat"]) == (1, 2)
    last = found.matches[(found.matches["stream"] == "meststof_fosfaat")].iloc[0]
    assert (last["leg"], last["chain_id"]) == (3, "r:2|zuiveringsslib")
    assert found.chains["chain_id"].nunique() == 1
    assert found.chains.iloc[0]["path"].count(";") == 1


def test_two_inputs_add_up_and_leave_in_proportion(world):
    verge = {
        "site_id": "b:1",
        "kind": "verge_manager",
        "x": 111_000,
        "y": 500_000,
        "supply_bermgras_maaisel_t_y": 300.0,
    }
    place = {
        "site_id": "c:1", "kind": "composter", "x": 112_000, "y": 500_000,
        "demand_gft_t_y": 100.0, "demand_bermgras_maaisel_t_y": 200.0,
    }  # fmt: skip
    found = world(
        town(), verge, place, fields(ha=9.0),
        processors=({"kind": "composter", "takes": "bermgras_maaisel", "makes": "compost", "value": 0.3},),
        streams=["gft", "bermgras_maaisel", "compost"],
    )  # fmt: skip
    check_balance(found)
    rows = found.chains.set_index("takes")
    assert (rows.loc["gft", "made"], rows.loc["bermgras_maaisel", "made"]) == pytest.approx((40.0, 60.0))
    assert (rows.loc["gft", "delivered"], rows.loc["bermgras_maaisel", "delivered"]) == pytest.approx(
        (18.0, 27.0)
    )


def test_without_chains_nothing_is_made(world):
    found = world(town(), digester(), fields(), streams=GFT, method={"chains": False})
    assert found.chains.empty
    assert set(found.matches["stream"]) == {"gft"}
    assert "v:1|compost|supply" not in set(found.solution.flows["flow_id"])


def test_the_sums_of_a_chain_are_those_of_its_legs(world):
    found = world(town(), town("g:2", 109_000, 500.0), digester(), fields(), streams=GFT)
    known = found.matches["net_eur_y"].dropna()
    assert found.chains["net_eur_y"].iloc[0] == pytest.approx(known.sum())
    assert found.chains["co2_avoided_t_y"].isna().all()


def test_names_that_hold_markup_are_only_words_in_a_path(world):
    found = world(town(name="{kwaad} <b>"), digester(), fields(), streams=GFT)
    assert found.chains["path"].iloc[0].startswith("{kwaad} <b> → v:1")


@SOME
@given(
    supply=st.lists(st.floats(1, 5_000), min_size=1, max_size=4),
    room=st.lists(st.floats(1, 5_000), min_size=1, max_size=3),
    land=st.lists(st.floats(0.1, 500), min_size=1, max_size=3),
    own=st.just(0.0) | st.floats(0.1, 300),
)
def test_whatever_the_sizes_every_processor_keeps_its_balance(world, supply, room, land, own):
    rows = [town(f"g:{n}", 100_000 + 1_000 * n, size) for n, size in enumerate(supply)]
    rows += [digester(f"v:{n}", 110_000 + 1_500 * n, size) for n, size in enumerate(room)]
    rows += [fields(f"a:{n}", 120_000 + 1_700 * n, size) for n, size in enumerate(land)]
    rows[len(supply)]["supply_compost_t_y"] = own
    found = world(*rows, streams=["gft", "compost"])
    check_balance(found)
    brought = found.matches[found.matches["stream"] == "gft"]["quantity"].sum()
    passed = found.matches[found.matches["stream"] == "compost"]["quantity"].sum()
    assert passed <= 0.4 * brought + own + 1e-6
    assert pd.api.types.is_float_dtype(found.chains["kept"])
