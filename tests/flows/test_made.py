"""What a place could make of what it receives: nothing until something comes in."""

from __future__ import annotations

import pandas as pd
import pytest

from kansenkaart.catalogue import Processor, load_catalogue
from kansenkaart.catalogue.changes import add_processors
from kansenkaart.flows import estimate_flows
from kansenkaart.tables import LINKS, MONTH_COLUMNS
from kansenkaart.texts import load_texts

STREAMS = ["gft", "compost", "biogas_groengas", "bermgras_maaisel"]


@pytest.fixture
def estimate(make_sites, make_project):
    def run(*rows, own=(), links=None, language="nl", **settings):
        flows = estimate_flows(
            make_sites(*rows),
            LINKS.empty() if links is None else links,
            add_processors(load_catalogue(), own, year=2025),
            project=make_project(**{"streams": STREAMS, **settings}),
            texts=load_texts(language),
        ).flows
        return flows.set_index("flow_id")

    return run


def digester(**more):
    place = {"site_id": "v:1", "kind": "digester", "x": 110_000, "y": 500_000, "feed": "gft"}
    return {**place, "demand_gft_t_y": 1000.0, **more}


def test_a_place_that_takes_in_gets_a_supply_of_what_it_makes(estimate):
    flow = estimate(digester()).loc["v:1|compost|supply"]
    assert (flow["theoretical"], flow["low"], flow["value"], flow["high"]) == (400.0, 0, 0, 0)
    assert (flow["basis"], flow["made_from"], flow["unit"]) == ("made", "gft", "t")
    assert [flow[name] for name in MONTH_COLUMNS] == [0.0] * 12
    assert "bvor.nl" in flow["source"]
    assert "1.000 t Groente-, fruit- en tuinafval" in flow["formula"]
    assert "0,4 (marge 0,3 tot 0,45)" in flow["formula"]


def test_the_formula_reads_english_when_the_project_does(estimate):
    assert (
        "could be made: 400 t per year"
        in estimate(digester(), language="en").loc["v:1|compost|supply"]["formula"]
    )


def test_one_input_may_give_several_products(estimate):
    made = estimate(digester())
    assert made.loc["v:1|biogas_groengas|supply", "theoretical"] == pytest.approx(64_090.0)


@pytest.mark.parametrize("change", [{"feed": "manure"}, {"kind": "composter", "feed": None}, {"feed": None}])
def test_a_processor_holds_only_where_its_conditions_do(estimate, change):
    made = estimate(digester(**change))
    products = set(made.loc[made["basis"] == "made", "stream"])
    assert products == ({"compost"} if change.get("kind") == "composter" else set())


TOWN = {"site_id": "g:1", "kind": "municipality", "x": 112_000, "y": 500_000, "supply_gft_t_y": 5000.0}


def test_where_all_that_is_known_of_the_intake_is_under_contract_the_product_is_made_of_that(estimate):
    """Who sorts or digests does so under contract: what it makes is there, without a match that brings anything."""
    flows = estimate(digester(), TOWN)
    assert flows.loc["g:1|gft|supply", "value"] == 0.0
    made = flows.loc["v:1|compost|supply"]
    assert made["value"] == made["theoretical"] == pytest.approx(400.0)
    assert made["low"] == pytest.approx(0.3 * 950.0)
    assert pd.isna(made["made_from"])
    assert "onder contract binnen" in made["formula"]
    assert sum(made[name] for name in MONTH_COLUMNS) == pytest.approx(400.0)


@pytest.mark.parametrize("change", [{"town": {"free_supply_gft_t_y": 1.0}}, {"existing": "reopen"}])
def test_where_some_of_the_intake_is_free_matches_bring_it(estimate, change):
    town = {**TOWN, **change.get("town", {})}
    made = estimate(digester(), town, existing=change.get("existing", "respect")).loc["v:1|compost|supply"]
    assert (made["value"], made["made_from"]) == (0.0, "gft")


def test_what_contracts_make_goes_where_it_goes_already(estimate):
    link = {
        "link_id": "l:1", "stream": "compost", "supply_id": "v:1", "demand_id": None, "supply_name": "v",
        "demand_name": "telers", "quantity": None, "unit": "t", "status": "running", "source": "test",
        "source_year": 2024,
    }  # fmt: skip
    made = estimate(digester(), TOWN, links=LINKS.conform(pd.DataFrame([link]))).loc["v:1|compost|supply"]
    assert (made["value"], made["given_away"]) == (0.0, pytest.approx(400.0))
    known = LINKS.conform(pd.DataFrame([{**link, "quantity": 150.0}]))
    assert estimate(digester(), TOWN, links=known).loc["v:1|compost|supply", "value"] == pytest.approx(250.0)


def test_where_nothing_more_fits_nothing_more_is_made(estimate):
    flows = estimate(digester(covered_demand_gft_t_y=1000.0))
    assert "v:1|compost|supply" not in flows.index


def test_a_planned_place_makes_nothing_unless_the_project_says_so(estimate):
    assert "v:1|compost|supply" not in estimate(digester(status="planned")).index
    assert "v:1|compost|supply" in estimate(digester(status="planned"), include_planned=True).index


def test_a_measured_supply_is_the_own_part_and_stays(estimate):
    flow = estimate(digester(supply_compost_t_y=70.0)).loc["v:1|compost|supply"]
    assert (flow["value"], flow["basis"], flow["made_from"]) == (70.0, "measured", "gft")
    assert sum(flow[name] for name in MONTH_COLUMNS) == pytest.approx(70.0)


def test_what_the_layer_states_as_free_is_free_whatever_comes_in(estimate):
    flow = estimate(digester(supply_compost_t_y=70.0, free_supply_compost_t_y=10.0)).loc["v:1|compost|supply"]
    assert flow["value"] == 10.0
    assert pd.isna(flow["made_from"])


def test_a_rule_of_thumb_on_the_whole_intake_is_not_counted_twice(estimate):
    """1,000 t passes through and 600 t of it has yet to come: the gas of 400 t is there by itself."""
    flow = estimate(digester(throughput_t_y=1000.0, demand_gft_t_y=600.0)).loc["v:1|biogas_groengas|supply"]
    assert flow["theoretical"] == pytest.approx(64_090.0)
    assert flow["value"] == pytest.approx(400 * 64.09)
    assert flow["low"] <= flow["value"] <= flow["high"]
    assert flow["made_from"] == "gft"


def test_two_inputs_of_one_product_are_one_flow(estimate):
    own = Processor(kind="digester", takes="bermgras_maaisel", makes="compost", low=0.2, value=0.3, high=0.4)
    flow = estimate(digester(demand_bermgras_maaisel_t_y=100.0), own=(own,)).loc["v:1|compost|supply"]
    assert flow["theoretical"] == pytest.approx(400.0 + 30.0)
    assert flow["formula"].count("×") == 4


def test_an_own_processor_takes_the_place_of_the_catalogues(estimate):
    own = Processor(
        kind="digester", where={"feed": "gft"}, takes="gft", makes="compost",
        low=0.1, value=0.2, high=0.3, source="weegbrug 2024",
    )  # fmt: skip
    flow = estimate(digester(), own=(own,)).loc["v:1|compost|supply"]
    assert flow["theoretical"] == pytest.approx(200.0)
    assert "weegbrug 2024" in flow["source"]


def test_a_stream_the_project_leaves_out_is_not_made(estimate):
    flows = estimate(digester(), streams=["gft", "biogas_groengas"])
    assert set(flows["stream"]) == {"gft", "biogas_groengas"}


def test_without_chains_nothing_is_made(estimate):
    flows = estimate(digester(supply_compost_t_y=70.0), method={"chains": False})
    assert flows["made_from"].isna().all()
    assert "v:1|biogas_groengas|supply" not in flows.index


def test_a_delivery_of_unknown_size_is_known_to_run(estimate):
    link = {
        "link_id": "l:1", "stream": "compost", "supply_id": "v:1", "demand_id": None, "supply_name": "v",
        "demand_name": "telers", "quantity": None, "unit": "t", "status": "running", "source": "test",
        "source_year": 2024, "geometry": None,
    }  # fmt: skip
    links = LINKS.conform(pd.DataFrame([link]))
    flow = estimate(digester(), links=links).loc["v:1|compost|supply"]
    assert flow["running_unknown"]
