"""Which chances go through own areas: held against every pair by brute force, and told in every output."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from kansenkaart.atlas import choose_sheets, read_build
from kansenkaart.errors import DataError
from kansenkaart.maps.compose import describe_map
from kansenkaart.matches.rows.crossings import find_crossings
from kansenkaart.pipeline import Result, build, write_outputs
from kansenkaart.tables import Backdrop
from tests.small_project import TOML, write_project

RD = "EPSG:28992"
# From the source to the taker of the small project, in 2 km.
X, Y = 110_000.0, 480_000.0
LAYER = """
[[background]]
title = "{title}"
path = "{path}"
look = "{look}"
flag = {flag}
"""


def _lines(random: np.random.Generator, count: int, points: int) -> list[shapely.LineString]:
    return [shapely.LineString(random.uniform(0, 1000, (points, 2))) for _ in range(count)]


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_shapely_says_of_every_pair(seed: int) -> None:
    random = np.random.default_rng(seed)
    ids = [f"s|a|{number}" for number in random.permutation(60)]
    matches = gpd.GeoDataFrame({"match_id": ids}, geometry=_lines(random, 60, 2), crs=RD)
    routes = gpd.GeoDataFrame({"match_id": ids[10:30]}, geometry=_lines(random, 20, 5), crs=RD)
    layers = []
    for name in ("Natuur", "Water", "Niets"):
        spots = shapely.buffer(shapely.points(random.uniform(0, 1000, (6, 2))), random.uniform(5, 60, 6))
        holes = shapely.difference(spots, shapely.buffer(shapely.centroid(spots), 4.0))
        layers.append(Backdrop(name, "limit", spots, None if name == "Niets" else holes))
    found = find_crossings(matches, routes, layers)
    ways = dict(zip(ids, matches.geometry, strict=True)) | dict(
        zip(routes["match_id"], routes.geometry, strict=True)
    )
    expected = [
        (match, layer.name)
        for match in ids
        for layer in layers[:2]
        if any(ways[match].intersects(area) for area in layer.areas)
    ]
    assert list(found.itertuples(index=False, name=None)) == expected
    assert 10 < len(expected) < 120


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The small project with an area on its chance, one beside it, and one that nobody asks about."""
    folder = tmp_path_factory.mktemp("gebieden") / "proef"
    parts = [
        ("=Natuur & <b>water</b>", "op.gpkg", "limit", "true"),
        ("Ernaast", "naast.gpkg", "nature", "true"),
        ("Alleen getekend", "op.gpkg", "park", "false"),
    ]
    named = [LAYER.format(title=title, path=path, look=look, flag=flag) for title, path, look, flag in parts]
    write_project(folder, TOML + "".join(named))
    on, beside = shapely.box(X + 900, Y - 5, X + 950, Y + 5), shapely.box(X + 900, Y + 3, X + 950, Y + 90)
    for name, area in (("op", on), ("naast", beside)):
        gpd.GeoDataFrame(geometry=[area], crs=RD).to_file(folder / f"{name}.gpkg")
    found = build(folder)
    write_outputs(found, folder / "uit")
    return found


def test_every_output_names_what_a_chance_goes_through(result: Result) -> None:
    out, title = result.loaded.folder / "uit", "=Natuur & <b>water</b>"
    matches = gpd.read_file(out / "kansenkaart.gpkg", layer="matches")
    assert matches["crosses"].tolist() == [title]
    assert pd.read_csv(out / "tables" / "matches.csv")["crosses"].tolist() == [title]
    rows = list(openpyxl.load_workbook(out / "kansenkaart.xlsx", read_only=True)["Kansen"].values)
    head = next(row for row in rows if "Gaat door eigen gebieden (route, anders rechte lijn)" in row)
    place = head.index("Gaat door eigen gebieden (route, anders rechte lijn)")
    assert title in [row[place] for row in rows if len(row) > place]
    sheet = next(one for one in choose_sheets(read_build(out)) if title in one.note)
    assert sheet.note.endswith(f"Door eigen gebieden gaat 1 ({title}).")
    areas = gpd.read_file(out / "kansenkaart.gpkg", layer="overlays")
    assert areas["overlay"].tolist() == [title, "Ernaast"]
    assert areas.area.tolist() == pytest.approx([500.0, 4350.0])


def test_the_map_and_the_class_of_a_chance(result: Result) -> None:
    """A flag in the map's own data, and nothing else of the chance changes."""
    header = describe_map(result.frames, result.loaded, "x").header
    assert [one.get("crossed") for one in header["background"]] == [[0], [], None]
    without = build(write_project(result.loaded.folder / "zonder")).frames
    assert without.crossings.empty
    pd.testing.assert_frame_equal(pd.DataFrame(without.matches), pd.DataFrame(result.frames.matches))


def test_the_qgis_project_draws_them_quietly_in_their_own_look(result: Result) -> None:
    with closing(sqlite3.connect(result.loaded.folder / "uit" / "kansenkaart.gpkg")) as connection:
        [(style,)] = connection.execute("SELECT styleQML FROM layer_styles WHERE f_table_name = 'overlays'")
    assert "b_diagonal" in style
    assert "&lt;b&gt;water" in style
    assert "<b>" not in style
    script = Path(__file__).parents[2] / "kansenkaart" / "maps" / "page" / "map" / "background.js"
    painted = script.read_text("utf-8")
    from kansenkaart.exports.styles.layer_styles import _LOOKS

    for look in ("nature", "park"):
        assert f"{look}: {json.dumps(list(_LOOKS[look]))}" in painted


def test_lines_cannot_be_gone_through_and_that_is_said(tmp_path: Path) -> None:
    toml = TOML + LAYER.format(title="Leiding", path="lijn.gpkg", look="network", flag="true")
    folder = write_project(tmp_path / "lijn", toml)
    line = shapely.LineString([(X, Y - 100), (X + 500, Y + 100)])
    gpd.GeoDataFrame(geometry=[line], crs=RD).to_file(folder / "lijn.gpkg")
    with pytest.raises(DataError, match=r"lijn\.gpkg: no row holds an area"):
        build(folder)
