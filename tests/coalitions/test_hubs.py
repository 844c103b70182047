"""Hubs: beside trying every choice of places, and what an official would check by hand."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from kansenkaart.coalitions.hubs import Left, find_hubs
from kansenkaart.errors import ProjectError
from kansenkaart.pipeline import build
from kansenkaart.project import HubTable, load_project
from kansenkaart.siting import choose_sites
from kansenkaart.tables import HUB_FLOWS, HUBS, Remarks
from tests.coalitions.region import CATALOGUE, PLACES, TEXTS, TOML, write_region

HUB = '[hubs.afval]\nstream = "voedingsreststromen"\nkind = "digester"\n[[layers]]'


def _worth(gain, size, sites, capacity, fixed):
    """The best division over `sites`: a linear program of its own."""
    if not sites:
        return 0.0
    use = np.maximum(gain[:, list(sites)], 0.0)
    homes, places = use.shape
    rows = [np.kron(np.eye(homes), np.ones(places))]
    most = [np.ones(homes)]
    if np.isfinite(capacity):
        rows.append(np.kron(size, np.eye(places)))
        most.append(np.full(places, capacity))
    found = linprog(
        -use.ravel(), A_ub=np.vstack(rows), b_ub=np.concatenate(most), bounds=(0, 1), method="highs"
    )
    return -found.fun - fixed * places


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    homes=st.integers(1, 7),
    places=st.integers(1, 5),
    count=st.integers(1, 3),
    tight=st.sampled_from([np.inf, 0.2, 0.5, 0.9]),
    fixed=st.sampled_from([0.0, 300.0, 4000.0]),
)
def test_no_other_places_and_no_other_division_gain_more(seed, homes, places, count, tight, fixed):
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 90, homes).astype(float)
    gain = size[:, None] * rng.uniform(-10, 60, (homes, places))
    capacity = tight * size.sum()
    found = choose_sites(gain, size, count, capacity=capacity, fixed=fixed)
    assert found.gap == 0
    assert len(found.places) <= count
    taken = size @ found.served
    assert (taken <= capacity * (1 + 1e-6)).all()
    assert (found.served.sum(axis=1) <= 1 + 1e-6).all()
    got = (gain[:, found.places] * found.served).sum() - fixed * len(found.places)
    every = (some for n in range(count + 1) for some in combinations(range(places), n))
    assert got == pytest.approx(max(_worth(gain, size, some, capacity, fixed) for some in every), abs=1e-3)


def _left(spots, towns, **more):
    """Municipalities with food waste left, and places where a digester may stand."""
    rows = [(f"s{n}", "industry", x, y, 0.0) for n, (x, y) in enumerate(spots)]
    rows += [(f"g{n}", "municipality", x, y, t) for n, (x, y, t) in enumerate(towns)]
    frame = pd.DataFrame(rows, columns=["site_id", "kind", "x", "y", "t"])
    frame = frame.assign(
        name="Plek " + frame["site_id"], municipality="Gemeente", in_region=True, status="active"
    )
    frame["placement"] = np.where(frame["kind"] == "municipality", "municipality", "point")
    sites = gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["x"], frame["y"]), crs=28992)
    given = frame[frame["t"] > 0].reset_index(drop=True)
    flows = pd.DataFrame({"flow_id": given["site_id"] + "|f", "low": 0.8 * given["t"], "value": given["t"],
                          "high": 1.5 * given["t"]})  # fmt: skip
    gaps = pd.DataFrame({"flow_id": flows["flow_id"], "site_id": given["site_id"], "stream": "voedingsreststromen",
                         "role": "supply", "remaining": given["t"], "if_pays": 0.0, "elsewhere": 0.0})  # fmt: skip
    return Left(sites, flows, gaps.assign(**more))


def _find(left, **asked):
    table = HubTable(stream="voedingsreststromen", kind="digester", on=("industry",), **asked)
    remarks = Remarks(TEXTS)
    told = find_hubs(left, {"afval": table}, CATALOGUE, remarks=remarks)
    HUBS.check(told.hubs)
    HUB_FLOWS.check(told.hub_flows)
    return told, remarks.frame()


spot = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
    lambda xy: (100_000 + 1000 * xy[0], 480_000 + 1000 * xy[1])
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(spot, min_size=1, max_size=5),
    st.lists(st.tuples(spot, st.integers(1, 900)), min_size=1, max_size=6),
    st.integers(1, 2),
)
def test_of_all_places_the_least_is_driven_to_those_chosen(spots, towns, most):
    left = _left(spots, [(*at, float(t)) for at, t in towns])
    told, _ = _find(left, most=most)
    driven = [
        sum(t * min(np.hypot(at[0] - x, at[1] - y) for x, y in some) for at, t in towns)
        for n in range(1, most + 1)
        for some in combinations(spots, min(n, len(spots)))
    ]
    assert told.hubs["unit_km_y"].sum() == pytest.approx(1.25 * min(driven) / 1000, rel=1e-6, abs=1e-3)
    assert told.hubs["quantity"].sum() == pytest.approx(sum(t for _, t in towns))
    assert set(told.hubs["judged_by"]) <= {"distance"} or set(told.hubs["judged_by"]) <= {"money"}


def test_a_hub_takes_no_more_than_it_can_and_says_what_is_left_out():
    left = _left([(100_000, 480_000)], [(101_000, 480_000, 300.0), (110_000, 480_000, 500.0)])
    told, _ = _find(left, capacity=400)
    hub = told.hubs.iloc[0]
    assert (hub["quantity"], hub["left_out"]) == pytest.approx((400, 400))
    assert hub["quantity_high"] == pytest.approx(400)
    comes = told.hub_flows[told.hub_flows["way"] == "takes"].set_index("site_id")["quantity"]
    assert comes.to_dict() == pytest.approx({"g0": 300, "g1": 100})


def test_a_hub_for_fibre_takes_no_stems_of_flowers():
    towns = [(101_000, 480_000, 300.0), (102_000, 480_000, 500.0), (103_000, 480_000, 700.0)]
    left = _left([(100_000, 480_000)], towns)
    kinds = left.sites["kind"].replace("municipality", "greenhouse")
    crops = left.sites["site_id"].map({"g0": "vegetables", "g1": "flowers"})
    left = Left(
        left.sites.assign(kind=kinds, crop=crops), left.flows, left.gaps.assign(stream="tuinbouwreststroom")
    )
    table = HubTable(stream="tuinbouwreststroom", kind="fibre_maker", on=("industry",))
    told = find_hubs(left, {"vezel": table}, CATALOGUE, remarks=Remarks(TEXTS))
    assert told.hubs["quantity"].tolist() == pytest.approx([1000])


def test_what_a_market_elsewhere_takes_or_money_alone_holds_up_is_not_taken():
    left = _left([(100_000, 480_000)], [(101_000, 480_000, 300.0)], elsewhere=100.0, if_pays=50.0)
    assert _find(left)[0].hubs["quantity"].tolist() == pytest.approx([150])


@pytest.mark.parametrize(
    ("left", "key"),
    [
        (_left([(100_000, 480_000)], [(101_000, 480_000, 300.0)], remaining=0.0), "hub_nothing_left"),
        (_left([], [(101_000, 480_000, 300.0)]), "hub_nowhere"),
    ],
)
def test_a_hub_that_cannot_be_is_told_of(left, key):
    told, remarks = _find(left)
    assert told.hubs.empty
    assert TEXTS(
        f"findings.{key}", value="afval", stream="voedingsreststromen", kind="digester", on="industry"
    ) in set(remarks["reason"])


def test_a_build_with_a_hub_tells_who_brings_and_what_it_makes(tmp_path):
    places = [*PLACES, ("park", "Park", "business_park", 115_000, 490_000, {})]
    places = [one for one in places if one[0] != "vergist"]
    folder = write_region(
        tmp_path / "p", places, TOML.replace("[coalitions]\n", "").replace("[[layers]]", HUB)
    )
    frames = build(folder).frames
    hub = frames.hubs.iloc[0]
    assert (hub["quantity"], hub["givers"], hub["unit"]) == (6000, 2, "t")
    assert hub["site_id"] not in ("a:stad", "a:dorp")
    assert hub["transport_eur_unit_low"] < hub["transport_eur_unit"] < hub["transport_eur_unit_high"]


def test_a_kind_that_takes_no_such_stream_is_refused(tmp_path):
    folder = write_region(tmp_path / "p", toml=TOML.replace("[[layers]]", HUB.replace("digester", "pool")))
    with pytest.raises(ProjectError, match=r"hubs\.afval\.kind.*pool"):
        load_project(folder)


@pytest.mark.parametrize(("cost", "built"), [(1_000.0, True), (1e9, False)])
def test_with_a_price_and_a_cost_only_what_pays_is_built_and_says_from_what_size(cost, built):
    left = _left([(100_000, 480_000)], [(101_000, 480_000, 900.0)])
    goods = Left(left.sites.replace({"kind": {"municipality": "recycling_yard"}}), left.flows,
                 left.gaps.assign(stream="meubels_grofvuil"))  # fmt: skip
    price = {"low": 0.9 * cost, "value": cost, "high": 1.2 * cost, "source": "raming", "year": 2024}
    table = HubTable(stream="meubels_grofvuil", kind="second_hand", on=("industry",), cost_eur_y=price)
    remarks = Remarks(TEXTS)
    hubs = find_hubs(goods, {"spullen": table}, CATALOGUE, remarks=remarks).hubs
    assert len(hubs) == built
    assert len(remarks.frame()) == (not built)
    if built:
        hub = hubs.iloc[0]
        assert hub["judged_by"] == "money"
        each = (hub["net_eur_y"] + cost) / 900
        assert hub["break_even"] == pytest.approx(cost / each)
        assert hub["break_even_low"] < hub["break_even"]
        assert hub["net_eur_y_low"] < hub["net_eur_y"] < hub["net_eur_y_high"]
