"""A project with a network that lies there already, from the layer to the map, the GeoPackage and the room."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from shapely.geometry import LineString, Point

from kansenkaart.cli.main import run
from kansenkaart.pipeline import build
from tests.cli.unpack import unpack
from tests.small_project import TOML, write_project

NAME = "Warmtenet <b>Noord</b> =1+1"
HEAT = "restwarmte_ht|a:b|a:k"
VIA = f"{HEAT}|net:noord"
NETWORKS = """
[[networks]]
name = "net"
path = "net.geojson"
stream = "restwarmte_ht"
spare = 50000
toll_eur_unit = 0.5
temperature_c = 75
source = "opgave"
year = 2024
"""


def write(folder: Path) -> Path:
    """The small project with a network of two lines along its two places, a point and a row without a line."""
    write_project(folder, TOML + NETWORKS)
    lines = [
        LineString([(110_100, 480_100), (111_000, 480_100)]),
        LineString([(111_000, 480_100), (111_900, 480_100)]),
        Point(111_000, 480_000),
        None,
    ]
    frame = gpd.GeoDataFrame(
        {"id": ["noord", "noord", "punt", "leeg"], "name": [NAME, NAME, None, None]},
        geometry=lines,
        crs="EPSG:28992",
    )
    frame.to_file(folder / "net.geojson")
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("netten") / "regio")
    assert run(["build", str(folder), "-q"]) == 0
    return folder


def test_check_counts_every_row_of_the_layer(built, capsys):
    assert run(["check", str(built)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "net: 4 gelezen = 2 gebruikt + 2 geweigerd + 0 buiten het gebied" in shown
    assert "De rij is geen lijn maar Point." in shown
    assert "De rij heeft geen lijn." in shown


def test_the_way_stands_in_the_geopackage_with_its_network_and_what_it_saves(built):
    routes = pyogrio.read_dataframe(built / "uit" / "kansenkaart.gpkg", layer="routes").set_index("match_id")
    way = routes.loc[VIA]
    assert (way["basis"], way["network"]) == ("network", NAME)
    assert way["toll_eur_y"] == pytest.approx(25_000.0)
    assert way["own_cost_eur_y"] > way["cost_eur"] > way["toll_eur_y"]
    corners = [(0, 0), (100, 100), (1000, 100), (1900, 100), (2000, 0)]
    assert np.round(np.array(way.geometry.coords) - (110_000, 480_000), 3).tolist() == [
        list(one) for one in corners
    ]
    assert way["length_m"] == pytest.approx(1800 + way["cost_length_m"])
    matches = pyogrio.read_dataframe(built / "uit" / "kansenkaart.gpkg", layer="matches").set_index(
        "match_id"
    )
    assert matches.loc[VIA, "quantity"] == pytest.approx(50_000.0)
    assert matches.loc[HEAT, "quantity"] > 50_000.0
    assert "is vol (50.000 GJ per jaar is vergeven)" in matches.loc[HEAT, "reason"]
    room = pyogrio.read_dataframe(built / "uit" / "kansenkaart.gpkg", layer="ledgers").set_index("ledger")
    assert room.loc["network", "plant"] == "net:noord"
    assert room.loc["network", "drawn"] == pytest.approx(50_000.0)
    assert (room.loc["network", "source"], room.loc["network", "source_year"]) == ("opgave", 2024)


def test_the_map_holds_the_way_and_tells_the_chances_apart(built):
    parts = list(unpack((built / "uit" / "kansenkaart.html").read_bytes()))
    header = next(part for part in parts if b'"siteIds"' in part and b'"via"' in part)
    text = header.decode("utf-8", errors="replace")
    assert '"|net:noord"' in text
    assert "via_network_cheaper" in text
    # What a file calls itself never becomes markup.
    html = (built / "uit" / "kansenkaart.html").read_text(encoding="utf-8")
    assert "<b>Noord</b>" not in html


def test_explain_tells_the_network_in_both_languages(built, capsys):
    assert run(["explain", str(built / "uit"), "Bron", "Kas", "-q"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert (
        "Het net draagt 50.000 van de 50.000 GJ per jaar die het kan, waarvan 50.000 tussen deze twee."
        in shown
    )
    assert run(["explain", str(built / "uit"), "Bron", "Kas", "-q", "--language", "en"]) == 0
    assert "The network carries 50,000 of the 50,000 GJ per year it can" in " ".join(
        capsys.readouterr().out.split()
    )


def test_two_builds_give_identical_bytes(built, tmp_path):
    again = write(tmp_path / "regio")
    assert run(["build", str(again), "-q"]) == 0
    files = sorted(path.relative_to(built / "uit") for path in (built / "uit").rglob("*") if path.is_file())
    assert Path("tables/routes.csv") in files
    for name in files:
        if name.name != "manifest.json":  # it says how long every step took
            assert (built / "uit" / name).read_bytes() == (again / "uit" / name).read_bytes(), name


def test_a_room_can_vote_on_a_chance_that_goes_via_a_network(built, tmp_path):
    manifest = json.loads((built / "uit" / "manifest.json").read_text(encoding="utf-8"))
    vote = {"match": VIA, "votes": 1, "verdict": "reject", "comment": "te krap"}
    vote |= {"next_step": "", "owner": "", "due": None, "changed": "2026-11-21T13:00:00.000Z"}
    ballot = {
        "schema": "kansenkaart-ballot",
        "version": 1,
        "map": {"id": manifest["manifest_id"], "title": "Proef"},
        "ballot": "00000000-0000-4000-8000-000000000001",
        "table": "Tafel 1",
        "saved": "2026-11-21T14:00:00.000Z",
        "matches": [vote],
        "doubts": [],
        "missing": [],
    }
    (tmp_path / "tafel.json").write_text(json.dumps(ballot), encoding="utf-8")
    folder = write(tmp_path / "regio")
    decided = folder / "besluiten.gpkg"
    assert (
        run(["workshop", "merge", str(built / "uit"), str(tmp_path / "tafel.json"), "-o", str(decided)]) == 0
    )
    toml = (folder / "kansenkaart.toml").read_text(encoding="utf-8")
    (folder / "kansenkaart.toml").write_text(
        f'{toml}\n[workshop]\ndecisions = "besluiten.gpkg"\n', encoding="utf-8"
    )
    # A room decides of two places, whatever the way between them.
    assert build(folder).frames.matches.empty


def test_a_network_by_truck_and_an_unknown_stream_are_refused_by_name(tmp_path, capsys):
    folder = write(tmp_path / "regio")
    toml = (folder / "kansenkaart.toml").read_text(encoding="utf-8")
    for stream, said in (("gft", "gaat per vrachtwagen"), ("stoom", "bestaat niet")):
        changed = toml.replace('stream = "restwarmte_ht"\nspare', f'stream = "{stream}"\nspare')
        (folder / "kansenkaart.toml").write_text(changed, encoding="utf-8")
        assert run(["check", str(folder)]) == 1
        shown = " ".join(capsys.readouterr().err.split())
        assert "networks[1].stream" in shown
        assert said in shown
