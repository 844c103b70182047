"""Documented matches: each has a source and two places that exist, and the page tells of this very list."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]


def _rows(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def validation() -> Any:
    spec = importlib.util.spec_from_file_location("validation", ROOT / "benchmarks" / "validation.py")
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


def test_rank_goes_by_class_then_money_then_what_it_needs(validation):
    pairs = pd.DataFrame(
        [
            ("dear", "technisch", 9.0, 1.0, 1.0),
            ("far", "verkennen", None, 5.0, 2.0),
            ("near", "verkennen", None, 2.0, 1.0),
            ("paying", "verkennen", 10.0, 3.0, 9.0),
            ("losing", "verkennen", -10.0, 3.0, 0.5),
        ],
        columns=["match_id", "chance_class", "net_eur_y", "break_even_eur_unit", "distance_m"],
    )
    ranked = validation.rank_pairs(pairs)
    assert ranked["match_id"].tolist() == ["paying", "losing", "near", "far", "dear"]
    assert ranked["rank"].tolist() == [1, 2, 3, 4, 5]


def test_the_page_tells_of_this_list(validation):
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert f"data `{validation.digest()}`" in page, "data/validation changed: run `make validate`"
    for row in _rows("data/validation/matches.csv"):
        assert f"| {row['id']} | {row['stream']} |" in page, row["id"]
