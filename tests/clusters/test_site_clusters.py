"""Groups of places near each other, and the streams by area and by chain: against brute force and by hand."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from shapely import Point

from kansenkaart.clusters import (
    Found,
    Near,
    find_area_view,
    find_areas,
    find_chain_view,
    find_site_clusters,
    site_clusters,
)
from kansenkaart.clusters.site_clusters import link_places
from kansenkaart.geo import RD
from kansenkaart.tables import AREA_VIEW, CHAIN_VIEW, CLUSTER_STREAMS, SITE_CLUSTERS
from kansenkaart.texts import load_texts

TEXTS = load_texts("nl")
NEAR = Near(10_000.0, 3)
THEMES = {"gft": "biomassa_voedsel", "betonpuin": "bouw"}
# id, municipality, kind, x, y
PLACES = [
    ("a", "Alkmaar", "digester", 0, 0),
    ("b", "Alkmaar", "rwzi", 4_000, 0),
    ("c", "Heiloo", "digester", 0, 5_000),
    ("d", "Den Helder", "composter", 60_000, 0),
    ("e", "Alkmaar", "municipality", 100, 100),
]


def _sites(places=PLACES, **changed):
    frame = pd.DataFrame(places, columns=["site_id", "municipality", "kind", "x", "y"])
    frame["municipality_code"] = "GM" + frame["municipality"].str.upper()
    frame["name"] = frame["site_id"].str.upper()
    frame["in_region"] = frame["municipality"] != "Den Helder"
    frame["placement"] = np.where(frame["kind"] == "municipality", "municipality", "point")
    points = [Point(100_000 + x, 500_000 + y) for x, y in zip(frame["x"], frame["y"], strict=True)]
    return gpd.GeoDataFrame(frame.drop(columns=["x", "y"]).assign(**changed), geometry=points, crs=RD)


def _flows(*rows):
    """Rows of (site, stream, role, theoretical, remaining)."""
    return pd.DataFrame(rows, columns=["site_id", "stream", "role", "theoretical", "remaining"]).assign(
        unit="t", if_pays=0.0
    )


def _moves(*rows, **columns):
    names = ["stream", "supply_id", "demand_id", "quantity"]
    frame = pd.DataFrame(rows, columns=names).assign(unit="t", co2_avoided_t_y=1.5, chance_class="verkennen")
    return frame.assign(**columns)


FLOWS = _flows(
    ("a", "gft", "demand", 100.0, 40.0),
    ("b", "gft", "supply", 30.0, 0.0),
    ("c", "gft", "supply", 10.0, 3.0),
    ("d", "gft", "demand", 50.0, 49.0),
    ("e", "gft", "supply", 29.0, 0.0),
)
MATCHES = _moves(
    ("gft", "b", "a", 30.0), ("gft", "c", "a", 6.0), ("gft", "c", "d", 1.0), ("gft", "e", "a", 24.0)
)
LINKS = _moves(
    ("gft", "e", "a", 5.0),
    ("gft", "e", None, 7.0),
    ("gft", None, "d", np.nan),
    ("gft", "b", "c", 9.0),
    status=["running", "running", "running", "stopped"],
)


def _found(sites=None, **changed):
    made = Found(_sites() if sites is None else sites, FLOWS, MATCHES, FLOWS, LINKS)
    return replace(made, **changed)


def _find(found=None, near=NEAR):
    clusters, streams = find_site_clusters(_found() if found is None else found, THEMES, near, texts=TEXTS)
    SITE_CLUSTERS.check(clusters)
    CLUSTER_STREAMS.check(streams)
    return clusters, streams


def _views(found):
    areas = find_areas(found.sites, "niet op de kaart")
    ends = (found.gaps, found.matches, found.links)
    return find_area_view(areas, *ends), find_chain_view(areas, *ends)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=40),
    st.integers(1, 40),
)
def test_no_two_of_a_group_lie_farther_apart_than_asked_and_no_two_groups_could_be_one(points, across):
    """The groups as complete linkage of all at once makes them: no group could take in another."""
    places = np.array(points, dtype=float)
    found = link_places(places, across)
    assert len(found) == len(places)
    groups = [places[found == one] for one in np.unique(found)]
    assert all(len(group) == 1 or pdist(group).max() <= across for group in groups)
    for first in range(len(groups)):
        for second in range(first):
            assert pdist(np.vstack([groups[first], groups[second]])).max() > across


def test_of_very_many_places_the_groups_are_squares_of_the_same_width(monkeypatch):
    monkeypatch.setattr(site_clusters, "_MOST_LINKED", 50)
    places = np.random.default_rng(3).uniform(0, 500, (400, 2))
    found = link_places(places, 100.0)
    assert all(pdist(places[found == one]).max(initial=0.0) <= 100.0 for one in np.unique(found))
    assert len(np.unique(found)) < 100


def test_the_order_of_the_rows_changes_nothing():
    sites = _sites()
    turned = _found(
        sites.iloc[::-1], flows=FLOWS.iloc[::-1], gaps=FLOWS.iloc[::-1], matches=MATCHES.iloc[::-1]
    )
    for one, other in zip(_find(), _find(turned), strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))


def test_a_group_is_named_after_where_and_what_leads_and_holds_no_municipality():
    clusters, _ = _find()
    (cluster,) = clusters.to_dict("records")
    assert cluster["site_ids"] == "a|b|c"
    assert cluster["cluster_id"] == "biomassa_voedsel-1"
    assert cluster["cluster"] == "Alkmaar: vergister en rioolwaterzuivering"
    assert (cluster["places"], cluster["chances"], cluster["chances_inside"]) == (3, 4, 2)
    assert cluster["across_m"] == pytest.approx(np.hypot(4_000, 5_000))
    assert cluster["co2_avoided_t_y"] == 6.0
    # supply 40 of 69 and demand 100 of 150, each side counting half
    assert cluster["share"] == pytest.approx((40 / 69 + 100 / 150) / 2)
    assert cluster["partners"] == "E; D"
    assert cluster["geometry"].contains(_sites().geometry.iloc[1])


@pytest.mark.parametrize(
    ("elsewhere", "name"),
    [
        (100.0, "Alkmaar: rioolwaterzuivering en vergister"),
        # Of the gft it has a hundredth: that says nothing of the place.
        (9_900.0, "Alkmaar: rioolwaterzuivering"),
    ],
)
def test_a_plant_and_the_gas_grid_beside_it_are_one_address_and_hide_no_other_stream(elsewhere, name):
    """The grid takes in what the plant beside it makes: one address, that goes by the plant, which has more."""
    places = [
        ("plant", "Alkmaar", "rwzi", 0, 0),
        ("grid", "Alkmaar", "gas_grid_point", 10, 10),
        ("c", "Alkmaar", "digester", 3_000, 0),
        ("f", "Alkmaar", "rwzi", 0, 3_000),
        ("d", "Den Helder", "composter", 60_000, 0),
    ]
    flows = _flows(
        ("plant", "gas", "supply", 50.0, 0.0),
        ("f", "gas", "supply", 10.0, 0.0),
        ("grid", "gas", "demand", 60.0, 0.0),
        ("plant", "water", "supply", 50.0, 0.0),
        ("d", "water", "supply", 50.0, 0.0),
        ("c", "gft", "demand", 100.0, 0.0),
        ("d", "gft", "demand", elsewhere, 0.0),
    )
    found = Found(_sites(places), flows, MATCHES.iloc[:0], flows, LINKS.iloc[:0])
    themes = dict.fromkeys(("gas", "gft", "water"), "biomassa_voedsel")
    (cluster,) = find_site_clusters(found, themes, NEAR, texts=TEXTS)[0].to_dict("records")
    assert cluster["cluster"] == name
    assert cluster["kind"] == "rwzi"


def test_what_a_group_has_and_wants_adds_up():
    _, streams = _find()
    (row,) = streams.to_dict("records")
    told = [
        row[name]
        for name in ("supply", "demand", "inside", "outgoing", "incoming", "left_supply", "left_demand")
    ]
    assert told == [40.0, 100.0, 36.0, 1.0, 24.0, 3.0, 40.0]
    assert row["self_sufficiency"] == pytest.approx(0.36)
    assert (row["runs_inside"], row["runs_out"], row["runs_in"]) == (0.0, 0.0, 5.0)


@pytest.mark.parametrize(
    ("near", "places"),
    [
        (Near(10_000.0, 4), PLACES),
        (Near(1_000.0, 3), PLACES),
        (NEAR, PLACES[:2] + PLACES[3:]),
        (NEAR, PLACES[3:]),
    ],
)
def test_too_few_or_too_far_is_no_group(near, places):
    clusters, streams = _find(_found(_sites(places)), near)
    assert clusters.empty
    assert streams.empty


def test_a_plant_that_stands_in_several_layers_is_one_place():
    again = [*PLACES[:2], ("c", "Alkmaar", "rwzi", 4_010, 0), *PLACES[3:]]
    assert _find(_found(_sites(again)))[0].empty


def test_a_group_wholly_beyond_the_border_is_none_of_this_region():
    assert _find(_found(_sites(in_region=False)))[0].empty


def test_the_same_streams_by_area_and_by_chain_add_up_alike():
    area, chain = _views(_found())
    AREA_VIEW.check(area)
    CHAIN_VIEW.check(chain)
    assert chain["chances"].sum() == (area["inside"] + area["outgoing"]).sum() == 61.0
    assert chain["chances"].sum() == (area["inside"] + area["incoming"]).sum()
    assert chain["runs"].sum() == (area["runs_inside"] + area["runs_out"]).sum() == 12.0
    assert chain["runs"].sum() == (area["runs_inside"] + area["runs_in"]).sum()
    for side in ("left_supply", "left_demand"):
        assert chain[side].sum() == area[side].sum()


def test_what_does_not_pay_now_is_told_apart_and_avoids_no_co2():
    """The second chance, 6 t from c to a, does not pay now: c keeps it, and it is no part of what moves."""
    classes = ["verkennen", "technisch", "kansrijk", "verkennen"]
    flows = FLOWS.assign(if_pays=[6.0, 0.0, 6.0, 0.0, 0.0], remaining=[46.0, 0.0, 9.0, 49.0, 0.0])
    found = replace(_found(matches=MATCHES.assign(chance_class=classes)), gaps=flows)
    clusters, streams = _find(found)
    row = streams.iloc[0]
    names = ("supply", "inside", "outgoing", "left_supply", "if_pays_supply", "if_pays_demand")
    assert [row[name] for name in names] == [40.0, 30.0, 1.0, 9.0, 6.0, 6.0]
    assert clusters.iloc[0]["co2_avoided_t_y"] == 3 * 1.5
    area, chain = _views(found)
    assert (chain["chances"].sum(), chain["if_pays"].sum()) == (55.0, 6.0)
    assert area["if_pays_supply"].sum() == area["if_pays_demand"].sum() == 6.0
    assert (area["inside"] + area["outgoing"]).sum() == 55.0


def test_a_chain_crosses_the_border_and_ends_off_the_map():
    area, chain = _views(_found())
    ways = chain.set_index(["from_area", "to_area"])["crossing"].to_dict()
    assert ways["Heiloo", "Den Helder"] == "out"
    assert ways["Heiloo", "Alkmaar"] == "inside"
    assert ways["Alkmaar", "niet op de kaart"] == "out"
    left = chain[chain["to_area"].isna()]
    assert left[["from_area", "left_supply", "crossing"]].to_numpy().tolist() == [["Heiloo", 3.0, "inside"]]
    elsewhere = area[area["area"] == "niet op de kaart"].iloc[0]
    assert elsewhere["runs_in"] == 7.0
    assert not elsewhere["in_region"]
    assert pd.isna(elsewhere["area_code"])


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdez"), st.sampled_from("abcdez"), st.integers(0, 50), st.booleans()),
        max_size=25,
    )
)
def test_whatever_moves_both_views_add_up_alike(rows):
    moves = _moves(*(("gft", out, into, float(amount)) for out, into, amount, _ in rows))
    links = moves.assign(status=["running" if running else "planned" for *_, running in rows])
    area, chain = _views(_found(matches=moves, links=links))
    for name, moved in (
        ("chances", ("inside", "outgoing", "incoming")),
        ("runs", ("runs_inside", "runs_out", "runs_in")),
    ):
        within, out, into = (area[one].sum() for one in moved)
        assert chain[name].sum() == within + out == within + into
