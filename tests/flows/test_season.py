"""Which months are left free: what runs has the months of who takes it, and the year stays the year."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kansenkaart.catalogue import Profile, apply_changes, load_catalogue
from kansenkaart.flows import estimate_flows
from kansenkaart.flows.season import place_load, scale_months
from kansenkaart.tables import LINKS, MONTH_COLUMNS
from kansenkaart.texts import load_texts

HEAT = "restwarmte_ht"
WINTER = [f"free_{month:02d}" for month in (12, 1, 2)]
SUMMER = [f"free_{month:02d}" for month in (6, 7, 8)]


@pytest.fixture
def estimate(make_sites, make_project):
    def run(*rows, links=(), streams=(HEAT,), catalogue=None, **settings):
        return estimate_flows(
            make_sites(*rows),
            LINKS.conform(pd.DataFrame(list(links))) if links else LINKS.empty(),
            catalogue or load_catalogue(),
            project=make_project(streams=list(streams), **settings),
            texts=load_texts("nl"),
        ).flows.set_index(["site_id", "role"])

    return run


def place(site_id, kind, **more):
    return {"site_id": site_id, "kind": kind, "x": 110_000, "y": 480_000, **more}


def source(**more):
    return place("f:1", "industry", **{"supply_restwarmte_ht_gj_y": 1000.0, **more})


def link(quantity, **more):
    return {
        "link_id": f"l:{more.get('demand_id')}",
        "stream": HEAT,
        "supply_id": "f:1",
        "demand_id": "stad:1",
        "supply_name": "fabriek",
        "demand_name": "stad",
        "quantity": quantity,
        "unit": "GJ",
        "status": "running",
        "source": "test",
        "source_year": 2024,
        **more,
    }


def months(flow):
    return flow[list(MONTH_COLUMNS)].to_numpy(dtype=float)


def shape(name):
    return np.array(load_catalogue().profiles[name].months)


CITY = place("stad:1", "heat_network", demand_restwarmte_ht_gj_y=2000.0)


def test_a_city_that_takes_the_winter_leaves_summer_heat_only(estimate):
    alone = estimate(source(), CITY).loc[("f:1", "supply")]
    beside = estimate(source(), CITY, links=[link(700.0)]).loc[("f:1", "supply")]
    assert alone[WINTER].sum() == pytest.approx(1000 * 90.25 / 365.25, rel=1e-3)
    assert beside["value"] == 300.0
    assert beside[WINTER].sum() == 0.0
    assert beside[SUMMER].sum() > 0.6 * 300
    assert months(beside).sum() == pytest.approx(300.0, rel=1e-12)


def test_what_the_city_needs_beside_a_flat_source_is_winter_heat(estimate):
    flows = estimate(
        place("stad:1", "heat_network", demand_restwarmte_ht_gj_y=1000.0), source(), links=[link(700.0)]
    )
    city = flows.loc[("stad:1", "demand")]
    assert city[SUMMER].sum() == 0.0
    assert city[WINTER].sum() > 0.6 * city["value"]


def test_a_taker_of_whom_only_the_kind_is_known_takes_the_winter_too(estimate):
    """The network has no size, hence no flow; an unknown taker counts as the stream's usual one."""
    with_kind = estimate(source(), place("stad:1", "heat_network"), links=[link(700.0)])
    unknown = estimate(source(), links=[link(700.0, demand_id=None)])
    flow = estimate(source(), CITY, links=[link(700.0)])
    for other in (with_kind, unknown):
        assert months(other.loc[("f:1", "supply")]) == pytest.approx(months(flow.loc[("f:1", "supply")]))


def test_the_kind_of_a_taker_without_a_flow_decides(estimate):
    flow = estimate(source(), place("stad:1", "sludge_dryer"), links=[link(700.0)]).loc[("f:1", "supply")]
    assert months(flow) == pytest.approx(300 * shape("flat"), rel=1e-6)


def test_a_flat_taker_leaves_a_flat_rest(estimate):
    dryer = place("stad:1", "sludge_dryer", demand_restwarmte_ht_gj_y=2000.0)
    flow = estimate(source(), dryer, links=[link(700.0)]).loc[("f:1", "supply")]
    assert months(flow) == pytest.approx(300 * shape("flat"), rel=1e-6)


def test_two_deliveries_add_up_each_in_its_own_months(estimate):
    dryer = place("droger:1", "sludge_dryer", demand_restwarmte_ht_gj_y=2000.0)
    runs = [link(200.0), link(300.0, demand_id="droger:1")]
    flow = estimate(source(), CITY, dryer, links=runs).loc[("f:1", "supply")]
    left = 1000 * shape("flat") - 200 * shape("buildings") - 300 * shape("flat")
    assert months(flow) == pytest.approx(left, rel=1e-3)
    assert flow["value"] == 500.0


def test_own_use_follows_the_course_of_the_place_itself(estimate):
    flow = estimate(source(covered_supply_restwarmte_ht_gj_y=400.0)).loc[("f:1", "supply")]
    assert months(flow) == pytest.approx(600 * shape("flat"), rel=1e-6)
    beside = estimate(source(covered_supply_restwarmte_ht_gj_y=500.0), CITY, links=[link(200.0)])
    left = 500 * shape("flat") - 200 * shape("buildings")
    assert months(beside.loc[("f:1", "supply")]) == pytest.approx(left, rel=1e-6)


def test_a_stated_free_quantity_has_the_months_that_are_left(estimate):
    flow = estimate(source(free_supply_restwarmte_ht_gj_y=90.0), CITY, links=[link(700.0)])
    free = months(flow.loc[("f:1", "supply")])
    usual = months(estimate(source(), CITY, links=[link(700.0)]).loc[("f:1", "supply")])
    assert free == pytest.approx(usual * 90 / 300)


def test_what_is_stated_free_though_all_is_taken_has_its_own_course(estimate):
    flow = estimate(source(free_supply_restwarmte_ht_gj_y=90.0), CITY, links=[link(1000.0)])
    assert months(flow.loc[("f:1", "supply")]) == pytest.approx(90 * shape("flat"), rel=1e-6)


def test_more_taken_than_there_is_leaves_no_month(estimate):
    flow = estimate(source(), CITY, links=[link(5000.0)]).loc[("f:1", "supply")]
    assert flow["value"] == 0.0
    assert months(flow).tolist() == [0.0] * 12


@pytest.mark.parametrize(
    ("row", "stream", "role", "profile"),
    [
        (place("a:1", "greenhouse", glass_ha=10.0), HEAT, "demand", "greenhouse"),
        (place("a:1", "greenhouse", glass_ha=10.0, crop="cold"), HEAT, "demand", "cold_crops"),
        (
            place("a:1", "greenhouse", glass_ha=10.0, crop="cold", demand_restwarmte_ht_gj_y=5.0),
            HEAT,
            "demand",
            "cold_crops",
        ),
        (place("a:1", "greenhouse", demand_restwarmte_ht_gj_y=5.0), HEAT, "demand", "greenhouse"),
        (place("a:1", "heat_network", houses=10.0), HEAT, "demand", "buildings"),
        (place("a:1", "sludge_dryer", throughput_t_y=10.0), HEAT, "demand", "flat"),
        (place("a:1", "heat_extraction", waste_t_y=10.0), HEAT, "supply", "beside_city"),
        (place("a:1", "greenhouse", glass_ha=10.0), "co2", "demand", "radiation"),
        (place("a:1", "greenhouse", glass_ha=10.0), "effluentwater", "demand", "summer_demand"),
        (place("a:1", "rwzi", load_pe60=10.0), "effluentwater", "supply", "flat"),
        (place("a:1", "rwzi", load_pe60=10.0), "aquathermie_effluent", "supply", "effluent"),
        (
            place("a:1", "greenhouse", glass_ha=10.0, demand_profile="cold_crops"),
            HEAT,
            "demand",
            "cold_crops",
        ),
        (
            place("a:1", "industry", supply_restwarmte_ht_gj_y=5.0, supply_profile="campaign"),
            HEAT,
            "supply",
            "campaign",
        ),
    ],
)
def test_the_layer_goes_before_the_kengetal_the_kind_and_the_stream(estimate, row, stream, role, profile):
    flow = estimate(row, streams=[stream]).loc[("a:1", role)]
    assert flow["profile"] == profile
    assert months(flow) == pytest.approx(flow["value"] * shape(profile), rel=1e-3)


def test_an_empty_cell_in_the_layer_leaves_the_kengetal(estimate):
    rows = (
        place("a:1", "greenhouse", glass_ha=10.0, demand_profile="flat"),
        place("a:2", "greenhouse", glass_ha=10.0, demand_profile=None),
    )
    assert estimate(*rows)["profile"].tolist() == ["flat", "greenhouse"]


def test_a_profile_of_the_project_counts(estimate):
    own = Profile(id="buildings", months=(1.0, *[0.0] * 11), source="x", year=2024, evidence="sourced")
    changed = apply_changes(load_catalogue(), kengetallen={}, prices={}, streams={}, profiles={own.id: own})
    flow = estimate(CITY, catalogue=changed).loc[("stad:1", "demand")]
    assert months(flow).tolist() == [2000.0, *[0.0] * 11]


def test_a_rounded_profile_still_gives_the_whole_year(estimate):
    rounded = (0.0833,) * 12
    own = Profile(id="buildings", months=rounded, source="x", year=2024, evidence="sourced")
    changed = apply_changes(load_catalogue(), kengetallen={}, prices={}, streams={}, profiles={own.id: own})
    flow = estimate(CITY, catalogue=changed).loc[("stad:1", "demand")]
    assert months(flow).sum() == pytest.approx(2000.0, rel=1e-12)
    taken = {**CITY, "free_demand_restwarmte_ht_gj_y": 50.0}
    flow = estimate(taken, source(), links=[link(2000.0)], catalogue=changed).loc[("stad:1", "demand")]
    assert months(flow).sum() == pytest.approx(50.0, rel=1e-12)


def test_streams_that_can_be_kept_have_months_too(estimate):
    verge = place("a:1", "verge_manager", verge_ha=10.0)
    flow = estimate(verge, streams=["bermgras_maaisel"]).loc[("a:1", "supply")]
    assert months(flow) == pytest.approx(flow["value"] * shape("verge_grass"))


def test_a_place_that_takes_no_part_has_no_months(estimate):
    flow = estimate(source(status="suspended")).loc[("f:1", "supply")]
    assert months(flow).tolist() == [0.0] * 12


def test_a_planned_link_leaves_the_months_alone(estimate):
    flow = estimate(source(), CITY, links=[link(700.0, status="planned")]).loc[("f:1", "supply")]
    assert months(flow) == pytest.approx(1000 * shape("flat"), rel=1e-6)


QUANTITY = st.one_of(st.just(0.0), st.floats(1e-3, 1e15))
ROWS = arrays(np.float64, (3, 12), elements=QUANTITY)


def placed_by_bisection(gross, load):
    """Do the same as `place_load` for one year without its formula: find the scale by halving."""
    asked = min(sum(load), sum(gross))
    used = [month for month in range(12) if load[month] > 0]
    if sum(gross[month] for month in used) <= asked:
        taken = [gross[month] if month in used else 0.0 for month in range(12)]
        rest = [gross[month] if month not in used else 0.0 for month in range(12)]
        return [
            one + (asked - sum(taken)) * other / sum(rest) if sum(rest) else one
            for one, other in zip(taken, rest, strict=True)
        ]
    low, high = 0.0, max(gross[month] / load[month] for month in used)
    for _ in range(2000):
        scale = (low + high) / 2
        enough = sum(min(one, scale * other) for one, other in zip(gross, load, strict=True)) >= asked
        low, high = (low, scale) if enough else (scale, high)
    return [min(one, high * other) for one, other in zip(gross, load, strict=True)]


# Within the range that counts as a delivery at all.
LOADS = arrays(np.float64, (3, 12), elements=st.one_of(st.just(0.0), st.floats(1.0, 1e9)))


@given(gross=ROWS, load=LOADS)
def test_a_load_is_placed_as_by_halving(gross, load):
    taken = place_load(gross, load)
    for row in range(len(gross)):
        expected = placed_by_bisection(gross[row].tolist(), load[row].tolist())
        assert taken[row] == pytest.approx(expected, rel=1e-6, abs=1e-9 * max(1.0, gross[row].sum()))


@given(gross=ROWS, load=ROWS)
def test_a_load_takes_no_more_than_a_month_has_and_all_that_it_asks(gross, load):
    taken = place_load(gross, load)
    assert (taken >= 0).all()
    assert (taken <= gross * (1 + 1e-12)).all()
    assert taken.sum(axis=1) == pytest.approx(np.minimum(load.sum(axis=1), gross.sum(axis=1)), rel=1e-9)


@given(gross=ROWS)
def test_a_load_that_fits_everywhere_stays_where_it_is(gross):
    moved = np.abs(place_load(gross, 0.3 * gross) - 0.3 * gross)
    assert (moved <= 1e-9 * gross.sum(axis=1, keepdims=True)).all()


@given(left=ROWS, value=arrays(np.float64, 3, elements=QUANTITY), key=st.sampled_from(["flat", "harvest"]))
def test_months_are_the_year_and_never_less_than_nothing(left, value, key):
    own = np.tile(shape(key) / shape(key).sum(), (3, 1))
    months = scale_months(left, value, own=own, whole=left.sum(axis=1))
    assert (months >= 0).all()
    assert months.sum(axis=1) == pytest.approx(value, rel=1e-14)


def test_rounding_is_no_month_with_heat():
    left = np.zeros((1, 12))
    left[0, 3] = 1e-13
    own = shape("flat")[None, :] / shape("flat").sum()
    months = scale_months(left, np.array([90.0]), own=own, whole=np.array([1000.0]))
    assert months == pytest.approx(90 * own)


@given(
    theoretical=st.floats(1.0, 1e12),
    covered=st.floats(0, 1.2),
    taken=st.floats(0, 1.2),
    profile=st.sampled_from(sorted(load_catalogue().profiles)),
)
def test_the_months_of_any_flow_add_up_to_its_value(theoretical, covered, taken, profile):
    catalogue = load_catalogue()
    own = np.array([catalogue.profiles[profile].months])
    load = theoretical * covered * own + theoretical * taken * shape("buildings")
    value = np.array([max(theoretical - load.sum(), 0.0)])
    left = np.maximum(theoretical * own - place_load(theoretical * own, load), 0.0)
    months = scale_months(left, value, own=own, whole=np.array([theoretical]))
    assert (months >= 0).all()
    assert months.sum() == pytest.approx(value[0], rel=1e-9)
    if value[0] > 1e-6 * theoretical:
        assert (months <= theoretical * own * (1 + 1e-6) + 1e-9).all()


def test_a_register_too_long_for_one_go_has_the_same_months(estimate, monkeypatch):
    rows = [place(f"f:{n}", "industry", supply_restwarmte_ht_gj_y=100.0 * n) for n in range(1, 8)]
    whole = estimate(*rows)
    monkeypatch.setattr("kansenkaart.flows.season._AT_ONCE", 3)
    pd.testing.assert_frame_equal(estimate(*rows), whole)
