"""What is shown as a file for another program: a CSV and a GeoJSON, read without the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from kansenkaart.tables import Frames
from tests.browser import checks

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


def save(opened: Any, ending: str, folder: Path) -> Path:
    """Press the button and return the file."""
    if not opened.page.locator("#kk-drawer").is_visible():
        opened.page.click("#kk-open-picture")
    with opened.page.expect_download() as found:
        opened.page.click(f"#kk-save-{ending}")
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    assert path.suffix == f".{ending}"
    return path


@pytest.mark.parametrize(("language", "between", "point"), [("nl", ";", ","), ("en", ",", ".")])
def test_the_table_has_every_chance_that_is_left_and_no_other(
    frames: Frames, open_map: Open, tmp_path: Path, language: str, between: str, point: str
) -> None:
    opened = open_map(frames, link="#km=10", language=language)
    path = save(opened, "csv", tmp_path)
    assert path.read_bytes().startswith("\ufeff".encode())
    table = pd.read_csv(path, sep=between, decimal=point, encoding="utf-8-sig")
    expected = checks.chances(frames, km=10)
    assert table["match_id"].tolist() == expected["match_id"].tolist()
    assert np.allclose(table["quantity"], expected["quantity"], rtol=1e-4)
    assert np.allclose(table["net_eur_y"], expected["net_eur_y"], rtol=6e-3, equal_nan=True)
    assert table["chance_class"].tolist() == expected["chance_class"].tolist()
    names = frames.sites.set_index("site_id")["name"]
    assert table["supply"].tolist() == expected["supply_id"].map(names).tolist()
    assert opened.faults == []
    assert opened.requests == []


def test_lines_lie_from_supply_to_demand(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    opened = open_map(frames, link="#klasse_uit=technisch")
    path = save(opened, "geojson", tmp_path)
    lines = gpd.read_file(path).to_crs(28992)
    expected = checks.chances(frames, classes=("kansrijk", "verkennen"))
    assert lines["match_id"].tolist() == expected["match_id"].tolist()
    spots = frames.sites.set_index("site_id").geometry
    for line, row in zip(lines.geometry, expected.itertuples(), strict=True):
        for end, site in ((0, row.supply_id), (1, row.demand_id)):
            assert np.hypot(*(np.array(line.coords[end]) - np.array(spots[site].coords[0]))) < 1.5


def test_what_is_left_is_saved_on_its_own_sheet(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    opened = open_map(frames)
    opened.page.evaluate("kansenkaart.page.actions.set({ tab: 'gaps', side: 'demand' })")
    rows = json.loads(save(opened, "geojson", tmp_path).read_text("utf-8"))["features"]
    expected = frames.gaps[(frames.gaps["role"] == "demand") & (frames.gaps["remaining"] > 0)]
    assert {(row["properties"]["site_id"], row["properties"]["stream"]) for row in rows} == set(
        zip(expected["site_id"], expected["stream"], strict=True)
    )
    assert all(row["geometry"]["type"] == "Point" for row in rows)


def test_a_name_is_never_a_formula_and_nothing_gives_an_empty_file(
    frames: Frames, open_map: Open, tmp_path: Path
) -> None:
    sites = frames.sites.copy()
    best = frames.matches.sort_values("rank").iloc[0]
    name = '=HYPERLINK("http://example.org";"klik")\nregel'
    sites.loc[sites["site_id"] == best["supply_id"], "name"] = name
    opened = open_map(replace(frames, sites=sites))
    table = pd.read_csv(save(opened, "csv", tmp_path), sep=";", decimal=",", encoding="utf-8-sig")
    assert table["supply"].iloc[0] == f"'{name}"
    opened.page.evaluate("kansenkaart.page.actions.set({ query: 'bestaat niet' })")
    assert save(opened, "csv", tmp_path).read_text("utf-8-sig") == ""
