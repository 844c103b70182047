"""A tiny project with every kind of input, built once and the same in every byte: what the harness damages."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
from rasterio.transform import Affine
from shapely.geometry import LineString, Point, box

from kansenkaart.cli.main import run

# The moment that is written in files which bear one.
MOMENT = "2026-11-21T13:00:00Z"
KINDS = ("csv", "xlsx", "gpkg", "geojson", "fgb", "shp", "parquet")
TOML = """title = "Proef"
reference_year = 2025
streams = ["restwarmte_ht"]
draws = 0
rasters = { write = false }
[region]
boundary = "grens.geojson"
margin_km = 2
[[layers]]
name = "a"
path = "a.csv"
source = "proef"
year = 2024
[[links]]
name = "l"
path = "l.csv"
source = "proef"
year = 2024
[roads]
path = "wegen.geojson"
snap_m = 500
[friction]
path = "kosten.tif"
[[scenes]]
title = "Bron en kas"
text = "Wat hier ligt."
streams = ["restwarmte_ht"]
classes = ["kansrijk", "technisch"]
"""
WORKSHOP = '[workshop]\ndecisions = "decisions.gpkg"\n'
LINKS = "id,stream,supply,demand,quantity,unit,status\nx1,restwarmte_ht,a:b,a:k,1000,GJ,running\n"


def make_world(folder: Path) -> None:
    """Write a valid project to `folder`, build it to ``uit`` and merge a ballot of it to ``decisions.gpkg``."""
    with _fixed_moment():
        _write_places(folder)
        _write_ground(folder)
    (folder / "l.csv").write_text(LINKS, encoding="utf-8")
    project = folder / "kansenkaart.toml"
    project.write_text(TOML, encoding="utf-8")
    _must("build", str(folder), "-q")
    _write_ballot(folder)
    _must(
        "workshop",
        "merge",
        *(str(folder / n) for n in ("uit", "t.json")),
        "-o",
        str(folder / "decisions.gpkg"),
    )
    project.write_text(TOML + WORKSHOP, encoding="utf-8")
    _must("build", str(folder), "-q")
    _write_ballot(folder)
    _forget_durations(folder / "uit" / "manifest.json")


@contextmanager
def _fixed_moment() -> Iterator[None]:
    """Let GDAL write one moment in a GeoPackage instead of now."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": MOMENT})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_places(folder: Path) -> None:
    """Three places, and one beyond the margin, as every kind of file."""
    frame = gpd.GeoDataFrame(
        {
            "id": ["b", "k", "l", "v"],
            "name": ["Bron", "Kas", "Café", "Ver weg"],
            "kind": ["industry", "greenhouse", "greenhouse", "greenhouse"],
        },
        geometry=[Point(110_000 + 900 * n, 480_000) for n in range(3)] + [Point(200_000, 450_000)],
        crs="EPSG:28992",
    ).assign(
        supply_restwarmte_ht_gj_y=[2e5, None, None, None],
        demand_restwarmte_ht_gj_y=[None, 1e5, 2e4, 3e4],
    )
    plain = pd.DataFrame(frame.drop(columns="geometry")).assign(x_rd=frame.geometry.x, y_rd=frame.geometry.y)
    plain.to_csv(folder / "a.csv", index=False)
    plain.assign(hoeveelheid=[2e5, 1e5, 2e4, 3e4]).to_csv(folder / "b.csv", index=False)
    plain.to_excel(folder / "a.xlsx", index=False)
    _fix_zip(folder / "a.xlsx")
    for kind in ("gpkg", "geojson", "fgb"):
        frame.to_file(folder / f"a.{kind}")
    frame.assign(hoeveelheid=1e4)[["id", "hoeveelheid", "geometry"]].to_file(folder / "b.gpkg", layer="a")
    frame[["id", "name", "kind", "geometry"]].to_file(folder / "a.shp", DBF_DATE_LAST_UPDATE=MOMENT[:10])
    frame.to_parquet(folder / "a.parquet")


def _fix_zip(path: Path) -> None:
    """Write one moment in a workbook and on its members instead of now."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    now = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    parts["docProps/core.xml"] = now.sub(MOMENT.encode(), parts["docProps/core.xml"])
    path.write_bytes(pack(parts))


def pack(parts: dict[str, bytes]) -> bytes:
    """A zip file of `parts` that is the same at any moment."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as fresh:
        for name, content in parts.items():
            about = zipfile.ZipInfo(name)
            about.compress_type = zipfile.ZIP_DEFLATED
            fresh.writestr(about, content)
    return target.getvalue()


def _write_ground(folder: Path) -> None:
    """Roads, the outline of the region, and friction as a raster and as layers to burn."""
    lines = [LineString([(109_500, 480_100), (111_000, 480_200), (113_000, 480_000)])]
    gpd.GeoDataFrame(geometry=lines, crs="EPSG:28992").to_file(folder / "wegen.geojson")
    edge = gpd.GeoDataFrame(geometry=[box(105_000, 475_000, 118_000, 486_000)], crs="EPSG:28992")
    edge.to_file(folder / "grens.geojson")
    water = gpd.GeoDataFrame(
        geometry=[LineString([(110_500, 479_000), (110_500, 481_000)])] * 2, crs="EPSG:28992"
    )
    water.to_file(folder / "water.geojson")
    nature = gpd.GeoDataFrame(
        geometry=[box(111_000, 479_000, 112_000, 480_500), box(107_000, 477_000, 108_000, 478_000)],
        crs="EPSG:28992",
    )
    nature.to_file(folder / "natuur.gpkg", layer="a")
    _write_costs(folder / "kosten.tif")


def _forget_durations(path: Path) -> None:
    """How long each step took differs from run to run, and is no part of what a manifest vouches for."""
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["timings"] = dict.fromkeys(manifest["timings"], 0.0)
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False), encoding="utf-8")


def _must(*arguments: str) -> None:
    code = run(list(arguments))
    if code:
        raise AssertionError(f"the sound project does not work: {arguments} ended with {code}")


def _write_costs(path: Path) -> None:
    grid = Affine(1_000, 0, 98_000, 0, -1_000, 493_000)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=25,
        width=28,
        count=1,
        dtype="float32",
        crs="EPSG:28992",
        transform=grid,
    ) as target:
        target.write(np.full((25, 28), 1.5, dtype="float32"), 1)


def _write_ballot(folder: Path) -> None:
    """A ballot as a table saves it from the built map."""
    built = json.loads((folder / "uit" / "manifest.json").read_text(encoding="utf-8"))["manifest_id"]
    moment = MOMENT
    said = {
        "match": "restwarmte_ht|a:b|a:k",
        "votes": 2,
        "verdict": "confirm",
        "comment": "goed",
        "changed": moment,
    }
    firm = {"id": "f-1", "name": "Warmtewinkel", "stream": "restwarmte_ht", "role": "supply", "quantity": 5e4}
    firm |= {"unit": "GJ", "x": 111_000.0, "y": 480_500.0, "changed": moment}
    ballot = {"schema": "kansenkaart-ballot", "version": 1, "map": {"id": built, "title": "Proef"}}
    ballot |= {"ballot": "b-1", "table": "Tafel 1", "saved": moment, "matches": [said], "missing": [firm]}
    (folder / "t.json").write_text(json.dumps(ballot), encoding="utf-8")
