"""What a place can supply or needs: measured wins, zero means unknown, what runs is taken off."""

import pandas as pd
import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.flows import estimate_flows
from kansenkaart.tables import LINKS
from kansenkaart.texts import load_texts

HEAT = "restwarmte_ht"


@pytest.fixture
def estimate(make_sites, make_project):
    def run(*rows, links=None, **settings):
        return estimate_flows(
            make_sites(*rows),
            LINKS.empty() if links is None else links,
            load_catalogue(),
            project=make_project(**{"streams": [HEAT], **settings}),
            texts=load_texts("nl"),
        )

    return run


def glass(site_id="kas:1", **more):
    return {
        "site_id": site_id,
        "kind": "greenhouse_area",
        "x": 110_000,
        "y": 480_000,
        "glass_ha": 100.0,
        **more,
    }


def link(**more):
    row = {
        "link_id": "l:1",
        "stream": HEAT,
        "supply_id": None,
        "demand_id": "kas:1",
        "supply_name": "bron",
        "demand_name": "kas",
        "quantity": 1000.0,
        "unit": "GJ",
        "status": "running",
        "source": "test",
        "source_year": 2024,
    }
    return LINKS.conform(pd.DataFrame([{**row, **more}]))


def test_a_kengetal_times_the_driver(estimate):
    flow = estimate(glass()).flows.iloc[0]
    kengetal = load_catalogue().kengetallen[flow["kengetal_id"]]
    assert flow["basis"] == "estimated"
    assert flow["theoretical"] == pytest.approx(100 * kengetal.value)
    assert (flow["low"], flow["high"]) == pytest.approx((100 * kengetal.low, 100 * kengetal.high))
    assert "100" in flow["formula"]
    assert kengetal.source in flow["source"]


def test_a_measured_value_wins(estimate):
    flow = estimate(glass(demand_restwarmte_ht_gj_y=5000.0)).flows.iloc[0]
    assert (flow["basis"], flow["value"]) == ("measured", 5000.0)
    assert pd.isna(flow["kengetal_id"])
    assert flow["theoretical"] == 5000.0


def test_zero_with_a_driver_means_unknown_and_is_said(estimate):
    result = estimate(glass(demand_restwarmte_ht_gj_y=0.0))
    assert result.flows.iloc[0]["basis"] == "estimated"
    assert result.flows.iloc[0]["value"] > 0
    assert "zero_is_unknown" in set(result.findings["key"])


def test_what_the_place_meets_itself_and_what_runs_is_taken_off(estimate):
    row = glass(demand_restwarmte_ht_gj_y=5000.0, covered_demand_restwarmte_ht_gj_y=1500.0)
    flow = estimate(row, links=link()).flows.iloc[0]
    assert (flow["covered"], flow["committed"], flow["value"]) == (1500.0, 1000.0, 2500.0)
    assert flow["theoretical"] == 5000.0


def test_a_planned_or_stopped_link_takes_nothing(estimate):
    for status in ("planned", "stopped"):
        flow = estimate(glass(demand_restwarmte_ht_gj_y=5000.0), links=link(status=status)).flows.iloc[0]
        assert flow["value"] == 5000.0


def test_a_running_link_without_quantity_is_said_not_guessed(estimate):
    result = estimate(glass(demand_restwarmte_ht_gj_y=5000.0), links=link(quantity=None))
    assert result.flows.iloc[0]["value"] == 5000.0
    assert "link_without_quantity" in set(result.findings["key"])


def test_more_running_than_there_is_leaves_nothing_and_is_said(estimate):
    result = estimate(glass(demand_restwarmte_ht_gj_y=500.0), links=link())
    assert result.flows.iloc[0]["value"] == 0.0
    assert "more_used_than_there_is" in set(result.findings["key"])


def test_a_waste_to_energy_plant_has_no_free_heat_unless_the_layer_says_so(estimate):
    plant = {"site_id": "avi:1", "kind": "waste_to_energy", "x": 1e5, "y": 4.8e5, "waste_t_y": 1_000_000.0}
    flow = estimate(plant).flows.iloc[0]
    assert flow["theoretical"] > 0
    assert flow["value"] == 0.0
    assert estimate({**plant, "free_supply_restwarmte_ht_gj_y": 70_000.0}).flows.iloc[0]["value"] == 70_000.0


def test_an_extra_tap_gives_what_its_own_plant_does_not_deliver_yet(estimate):
    plant = {
        "site_id": "avi:1", "kind": "waste_to_energy", "x": 1e5, "y": 4.8e5, "plant": "P", "waste_t_y": 1e6,
        "supply_restwarmte_ht_gj_y": 2e6, "free_supply_restwarmte_ht_gj_y": 0.0,
    }  # fmt: skip
    tap = {"site_id": "tap:1", "kind": "heat_extraction", "x": 1e5, "y": 4.8e5, "waste_t_y": 1e6}

    def free(*rows):
        return estimate(*rows).flows.set_index("site_id").loc["tap:1", "value"]

    assert free(plant, {**tap, "plant": "P"}) == pytest.approx(2.5e6 - 2e6)
    assert free({**plant, "supply_restwarmte_ht_gj_y": 4e6}, {**tap, "plant": "P"}) == 0.0
    assert free(plant, {**tap, "plant": "Q"}) == pytest.approx(2.5e6)


def test_struvite_goes_to_phosphate_only(estimate):
    maker = {"site_id": "m:1", "kind": "fertiliser_maker", "x": 1e5, "y": 4.8e5, "product_t_y": 1_800_000.0}
    struvite = {"streams": ["struviet_fosfaat"]}
    assert estimate(maker, **struvite).flows.empty
    assert estimate({**maker, "nutrient": "nitrogen"}, **struvite).flows.empty
    assert estimate({**maker, "nutrient": "phosphate"}, **struvite).flows["value"].item() == 36_000.0


def test_a_plant_that_digests_sludge_of_others_gives_their_cake_too(estimate):
    plant = {
        "site_id": "r:1",
        "kind": "rwzi",
        "x": 1e5,
        "y": 4.8e5,
        "load_pe60": 163_350.0,
        "digestion": "yes",
    }
    own = estimate(plant, streams=["zuiveringsslib"]).flows["theoretical"].item()
    more = estimate({**plant, "sludge_digested_pe60": 700_000.0}, streams=["zuiveringsslib"]).flows
    assert more["theoretical"].item() == pytest.approx(700_000 * 0.06121)
    assert more["theoretical"].item() > own


def test_heat_of_a_chp_on_biogas_only_where_there_is_one(estimate):
    plant = {"site_id": "r:1", "kind": "rwzi", "x": 1e5, "y": 4.8e5, "sludge_digested_pe60": 1e6}
    assert estimate(plant).flows.empty
    assert estimate({**plant, "biogas_use": "green_gas"}).flows.empty
    assert estimate({**plant, "biogas_use": "chp"}).flows["value"].item() == pytest.approx(24_500.0)


def test_a_sludge_dryer_asks_what_it_takes_in(estimate):
    dryer = {"site_id": "s:1", "kind": "sludge_dryer", "x": 1e5, "y": 4.8e5, "throughput_t_y": 231_000.0}
    flows = estimate(dryer, streams=["zuiveringsslib", HEAT]).flows.set_index("stream")
    assert flows.loc["zuiveringsslib", "value"] == 231_000.0
    assert flows.loc[HEAT, "value"] == pytest.approx(231_000 * 2.165)


@pytest.mark.parametrize(("status", "free"), [("active", True), ("planned", False), ("suspended", False)])
def test_only_an_active_place_takes_part(estimate, status, free):
    flow = estimate(glass(status=status)).flows.iloc[0]
    assert bool(flow["value"] > 0) is free
    assert flow["theoretical"] > 0


def test_a_planned_place_takes_part_when_the_project_says_so(estimate):
    assert estimate(glass(status="planned"), include_planned=True).flows.iloc[0]["value"] > 0
    assert estimate(glass(status="suspended"), include_planned=True).flows.iloc[0]["value"] == 0


def test_a_closed_place_has_no_flow_and_is_named(estimate):
    result = estimate(glass(status="closed"), glass("kas:2"))
    assert list(result.flows["site_id"]) == ["kas:2"]
    assert result.findings.loc[result.findings["key"] == "site_closed", "value"].iloc[0].startswith("kas:1")


def test_a_control_total_scales_what_is_estimated_only(estimate):
    total = {"stream": HEAT, "role": "demand", "quantity": 300_000.0, "source": "proef", "year": 2023}
    rows = (glass(), glass("kas:2", demand_restwarmte_ht_gj_y=100_000.0))
    flows = estimate(*rows, control_totals=[total]).flows
    assert flows["theoretical"].sum() == pytest.approx(300_000.0)
    assert flows.set_index("site_id").loc["kas:2", "theoretical"] == 100_000.0
    assert "proef" in flows.set_index("site_id").loc["kas:1", "formula"]


def test_a_control_total_that_cannot_be_met_is_said(estimate):
    total = {"stream": HEAT, "role": "demand", "quantity": 10.0, "source": "proef", "year": 2023}
    result = estimate(glass(demand_restwarmte_ht_gj_y=100.0), control_totals=[total])
    assert "control_total_unmet" in set(result.findings["key"])


def test_a_place_without_any_flow_is_named(estimate):
    result = estimate(glass(), {"site_id": "x:1", "kind": "co2_source", "x": 1e5, "y": 4.8e5})
    idle = result.findings[result.findings["key"] == "site_without_flow"]
    assert idle["value"].str.startswith("x:1").any()


# A place that only lacks something -> what is said of it.
LACKS = {
    "attributes": (
        {"kind": "datacentre", "it_mw": 5.0},
        "Restwarmte (heet): cooling = 'water', upgrade = 'heat_pump'; "
        "Restwarmte (lauw): cooling = 'water', upgrade = 'none'.",
    ),
    "one attribute": (
        {"kind": "datacentre", "it_mw": 5.0, "cooling": "water"},
        "Restwarmte (heet): upgrade = 'heat_pump'; Restwarmte (lauw): upgrade = 'none'.",
    ),
    "another value": (
        {"kind": "datacentre", "it_mw": 5.0, "cooling": "air", "upgrade": "none"},
        "Restwarmte (lauw): cooling = 'water' (nu 'air').",
    ),
    "the driver": ({"kind": "geothermal"}, "Restwarmte (heet): doublets ("),
}


@pytest.mark.parametrize("name", LACKS)
def test_a_place_for_which_a_kengetal_lacks_something_is_told_what(estimate, name):
    row, said = LACKS[name]
    result = estimate(
        glass(), {"site_id": "x:1", "x": 1e5, "y": 4.8e5, **row}, streams=[HEAT, "restwarmte_lt"]
    )
    (finding,) = result.findings[result.findings["key"] == "site_lacks"].to_dict("records")
    assert finding["value"].startswith("x:1")
    assert said in finding["reason"]
    assert "Vul die kolommen in" in finding["advice"]


def test_no_sites_give_an_empty_frame(estimate):
    assert len(estimate().flows) == 0


def test_two_kengetallen_for_one_place_the_one_that_asks_most_wins(estimate):
    plain = estimate(glass()).flows.iloc[0]
    flowers = estimate(glass(crop="flowers")).flows.iloc[0]
    assert plain["kengetal_id"] != flowers["kengetal_id"]


def test_a_link_that_stopped_takes_nothing(estimate):
    row = glass(demand_restwarmte_ht_gj_y=5000.0)
    assert estimate(row, links=link(status="stopped")).flows.iloc[0]["value"] == 5000.0
    assert estimate(row, links=link(until_date="2033")).flows.iloc[0]["value"] == 4000.0


def test_a_link_to_a_place_without_that_flow_is_said(estimate):
    other = {"site_id": "x:1", "kind": "pool", "x": 1e5, "y": 4.8e5}
    result = estimate(glass(), other, links=link(demand_id="x:1"))
    assert "link_without_flow" in set(result.findings["key"])


def test_more_stated_free_than_there_is_is_said(estimate):
    row = glass(demand_restwarmte_ht_gj_y=500.0, free_demand_restwarmte_ht_gj_y=900.0)
    result = estimate(row)
    assert result.flows.iloc[0]["value"] == 900.0
    assert "free_above_theoretical" in set(result.findings["key"])


def test_a_planned_place_has_no_share_in_a_control_total(estimate):
    total = {"stream": HEAT, "role": "demand", "quantity": 300_000.0, "source": "proef", "year": 2023}
    flows = estimate(glass(), glass("kas:2", status="planned"), control_totals=[total]).flows.set_index(
        "site_id"
    )
    assert flows.loc["kas:1", "theoretical"] == pytest.approx(300_000.0)
    assert "300.000" in flows.loc["kas:1", "formula"]


def test_an_estimate_is_called_one_and_only_then(estimate):
    known = load_catalogue().kengetallen
    flow = estimate(glass()).flows.iloc[0]
    assert flow["engineering_estimate"] == (known[flow["kengetal_id"]].evidence == "estimate")
    assert not estimate(glass(demand_restwarmte_ht_gj_y=5000.0)).flows.iloc[0]["engineering_estimate"]


def test_stated_supply_that_counts_as_sold_is_said(estimate):
    well = {"site_id": "g:1", "kind": "geothermal", "x": 1e5, "y": 4.8e5, "supply_restwarmte_ht_gj_y": 9000.0}
    result = estimate(well)
    assert result.flows.iloc[0]["value"] == 0.0
    assert "taken_as_sold" in set(result.findings["key"])
    assert "niets vrij, want dit geldt als verkocht: een aardwarmtebron" in result.flows.iloc[0]["formula"]
    free = estimate({**well, "free_supply_restwarmte_ht_gj_y": 9000.0})
    assert "taken_as_sold" not in set(free.findings["key"])
    assert "niets vrij" not in free.flows.iloc[0]["formula"]


def test_a_derived_number_has_a_wider_range_than_a_measured_one(estimate):
    measured = estimate(glass(demand_restwarmte_ht_gj_y=5000.0)).flows.iloc[0]
    derived = estimate(glass(demand_restwarmte_ht_gj_y=5000.0, basis="derived")).flows.iloc[0]
    assert derived["basis"] == "derived"
    assert derived["high"] - derived["low"] > measured["high"] - measured["low"]


def test_a_register_says_each_sum_once_and_the_right_one_of_every_place(estimate):
    rows = [glass(f"kas:{n}", glass_ha=float(n % 3 + 1)) for n in range(300)]
    found = estimate(*rows)
    for n, flow in found.flows.set_index("site_id").groupby(level=0):
        assert f" {int(n.split(':')[1]) % 3 + 1} ha" in flow["formula"].item()
    # what is kept of a place in memory is kept of each sum, not of each place
    assert len({id(formula) for formula in found.formulas.values()}) == 3


@pytest.mark.parametrize("running", [None, 1000.0])
def test_each_link_of_many_takes_from_its_own_place(estimate, running):
    rows = [glass(f"kas:{n}", demand_restwarmte_ht_gj_y=5000.0) for n in range(20)]
    links = pd.concat([link(link_id=f"l:{n}", demand_id=f"kas:{n}", quantity=running) for n in (3, 11, 99)])
    found = estimate(*rows, links=links)
    flows = found.flows.set_index("site_id")
    mine = flows.index.isin(["kas:3", "kas:11"])
    assert (flows.loc[mine, "committed"] == (running or 0.0)).all()
    assert mine.sum() == 2
    assert flows["running_unknown"].tolist() == (mine & (running is None)).tolist()
    assert (flows.loc[~mine, "committed"] == 0.0).all()
    lost = found.findings[found.findings["key"] == "link_without_flow"]
    assert len(lost) == (running is not None)
