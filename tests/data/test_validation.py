"""Documented matches: each has a source and two places that exist, and the page tells of this very list."""

from __future__ import annotations

import csv
import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]


def _rows(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def validation() -> Any:
    return _load("validation")


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # a data class looks its module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def region(validation, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("region")
    matches = pd.read_csv(ROOT / "data/validation/matches.csv", keep_default_na=False)
    return validation.make_region(folder, matches)


def test_at_least_forty_matches_with_source_year_and_licence():
    rows = _rows("data/validation/matches.csv")
    assert len(rows) >= 40
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert len(row["source"]) > 8, row["id"]
        assert row["licence"], row["id"]
        assert 2010 <= int(row["year"]) <= 2025, row["id"]
        assert row["status"] in ("running", "done", "planned", "stopped"), row["id"]
        assert not row["remark"] or "(" in row["remark"], row[
            "id"
        ]  # what is known of a match has a source too
    for row in _rows("data/validation/places.csv"):
        assert len(row["source"]) > 8, row["id"]


def test_both_places_of_every_match_stand_in_the_region(region):
    layers = {path.stem: _ids(path) for path in (region / "layers").glob("*.csv")}
    for row in _rows("data/validation/matches.csv"):
        for end in ("supply", "demand"):
            layer, _, name = row[end].partition(":")
            assert name in layers["plekken" if layer == "plekken" else layer], (row["id"], row[end])


def test_the_region_holds_no_delivery_and_not_the_rows_that_were_replaced(region):
    assert "[[links]]" not in (region / "kansenkaart.toml").read_text(encoding="utf-8")
    for place in _rows("data/validation/places.csv"):
        for name in filter(None, place["instead_of"].split(";")):
            layer, _, row = name.partition(":")
            assert row in _ids(ROOT / "data/nederland/layers" / f"{layer}.csv"), name
            assert row not in _ids(region / "layers" / f"{layer}.csv"), name


def _ids(path: Path) -> set[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"] for row in csv.DictReader(file)}


def test_rank_is_the_order_of_the_tool_itself(validation):
    pairs = pd.DataFrame(
        [
            ("never", "technisch", 9.0, 1.0, 1_000.0, False),
            ("far", "verkennen", float("nan"), 50.0, 9_000.0, False),
            ("near", "verkennen", float("nan"), 40.0, 1_000.0, False),
            ("paying", "verkennen", 10.0, 3.0, 9_000.0, False),
            ("helped", "verkennen", -10.0, 3.0, 9_000.0, True),
            ("losing", "verkennen", -10.0, 3.0, 500.0, False),
        ],
        columns=["match_id", "chance_class", "net_eur_y", "quantity", "distance_m", "pays_with_support"],
    ).assign(stream="x", co2_avoided_t_y=float("nan"), r_now=8, r_after=8)
    ranked = validation.rank_pairs(pairs, {"x": 10_000.0})
    assert ranked["match_id"].tolist() == ["paying", "helped", "near", "far", "losing", "never"]
    assert ranked["rank"].tolist() == [1, 2, 3, 4, 5, 6]
    assert validation.rank_pairs(pairs[:0], {"x": 10_000.0}).empty


def test_the_top_of_takers_has_a_place_for_every_twenty_and_chance_is_told_beside_it(validation):
    second = [validation.Found(place=2, takers=takers).in_top_of_takers for takers in (20, 21)]
    assert second == [False, True]
    assert not validation.Found(takers=100).in_top_of_takers
    assert validation._by_chance([20, 4, 0]) == pytest.approx((1 / 20 + 1 / 4) / 3)


def test_no_ranking_can_reach_more_than_the_places_there_are(validation):
    matches = pd.DataFrame({"stream": ["heat"] * 4 + ["sludge"] * 2 + ["fibre"]})
    found = [validation.Found(pairs=pairs) for pairs in [59] * 4 + [1000] * 2 + [0]]
    assert validation.top_places(59) == 3
    assert validation.most_reachable(matches, found) == 3 + 2 + 0


def test_among_all_combinations_what_may_not_exist_comes_after_what_may_nearest_first(validation):
    sites = gpd.GeoDataFrame(
        {"site_id": ["a", "b", "x", "y", "z"]},
        geometry=gpd.points_from_xy([0, 1000, 10, 500_000, 200_000], [0] * 5),
    )
    flows = pd.DataFrame(
        [(site, "supply", 1.0) for site in "ab"]
        + [(site, "demand", 1.0) for site in "xy"]
        + [("z", "demand", 0.0)],
        columns=["site_id", "role", "theoretical"],
    ).assign(made_from=None)
    flows = validation.known_flows(flows)
    pairs = pd.DataFrame({"supply_id": ["b"], "demand_id": ["x"], "rank": [1], "distance_m": [990.0]})
    assert validation.rank_in_all(("b", "x"), pairs, flows, sites) == (1, 4)
    assert validation.rank_in_all(("a", "x"), pairs, flows, sites) == (2, 4)
    assert validation.rank_in_all(("b", "y"), pairs, flows, sites) == (3, 4)
    assert validation.rank_in_all(("a", "y"), pairs, flows, sites) == (4, 4)
    assert validation.rank_in_all(("a", "z"), pairs, flows, sites) == (None, 4)


def test_a_miss_says_what_stands_before_it(validation):
    pairs = pd.DataFrame(
        {
            "rank": [1, 2, 3],
            "distance_m": [2000.0, 9000.0, 8000.0],
            "net_eur_y": [5e5, 1e5, -3e5],
            "benefit_eur_y": [1e6, 1e6, 1e6],
            "quantity": [1e5, 1e5, 1e5],
            "break_even_eur_unit": [5.0, 9.0, 13.0],
            "unit": ["GJ"] * 3,
        }
    )
    said = validation.what_stands_before(pairs.iloc[2], pairs)
    assert "2 stand before it where the top 5 % is 1, 1 of them nearer than its 8 km" in said
    assert "leaves -300 thousand EUR a year: costs 13, is worth 10 EUR/GJ" in said
    unpriced = pairs.assign(net_eur_y=float("nan"))
    assert "nobody knows what a unit is worth" in validation.what_stands_before(unpriced.iloc[2], unpriced)


def test_a_miss_has_a_cause_that_can_be_counted(validation):
    found = [
        validation.Found(why="supply: no capacity published that a rule of thumb can use"),
        validation.Found(why="170 km apart, beyond the hard distance of 150 km"),
        validation.Found(rank=40, place=1),
        validation.Found(rank=40, place=3),
    ]
    causes = [validation.why_missed(one, "") for one in found]
    assert len(set(causes)) == len(causes)
    assert "170 km apart" in causes[1]
    assert "it is published why" in validation.why_missed(found[3], "the collector owns the plant")
    assert causes[2] == validation.why_missed(found[2], "a branch of a network"), "the best taker already"


def test_the_causes_of_the_page_add_up_to_its_misses():
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    why, listed = page.split("## Why missed")[1].split("## The list")
    causes = [
        int(row.split("|")[2])
        for row in why.splitlines()
        if row.startswith("| ") and "cause" not in row and "---" not in row
    ]
    misses = [row for row in listed.splitlines() if re.match(r"\| v\d+ ", row) and "**top 5 %**" not in row]
    assert sum(causes) == len(misses)


def test_every_miss_of_the_page_says_why():
    rows = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8").split("## The list")[1].splitlines()
    misses = [row.split("|") for row in rows if re.match(r"\| v\d+ ", row) and "**top 5 %**" not in row]
    assert misses
    assert all(len(cells[-2].strip()) > 20 for cells in misses)


def test_the_page_tells_of_this_list(validation):
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert f"data `{validation.digest()}`" in page, "data/validation changed: run `make validate`"
    for row in _rows("data/validation/matches.csv"):
        assert f"| {row['id']} | {row['stream']} |" in page, row["id"]


def test_the_page_tells_how_many_chances_the_country_has_and_whether_that_is_enough():
    country = _load("country")
    streams = pd.Index(["gft", "asfalt"], name="stream")
    now = pd.DataFrame({"kansrijk": [0, 1], "verkennen": [0, 998], "technisch": [0, 1]}, index=streams)
    now = now.assign(all=[0, 1_000], takers=[3, 9])
    then = now.assign(all=[1_500, 1_000])
    page = country.tell_counts(now, then)
    assert "1,000 chances, and 2,500 with `--scenario contracten`" in page
    assert "The goal of 2,000 is reached only in the scenario" in page
    assert page.endswith("| gft | 0 | 0 / 0 / 0 | 3 | 1500 |\n| asfalt | 1000 | 1 / 998 / 1 | 9 | 1000 |\n")
    assert "is not reached" in country.tell_counts(now, now)
    assert "is reached." in country.tell_counts(then.assign(all=[1_500, 500]), then)
