"""The schema as a planner sees it: opened in a real QGIS, without a project."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from kansenkaart.database import parse_address
from kansenkaart.exports import write_postgis
from kansenkaart.exports.content.compose import Layer, compose_layers, compose_tables
from kansenkaart.exports.styles.layer_styles import draw_styles
from kansenkaart.texts import load_texts
from tests.which_qgis import PYTHON, need_qgis

pytestmark = [pytest.mark.postgis, pytest.mark.qgis]


def open_in_qgis(database, layers, home: Path) -> dict:
    need_qgis()
    connection = f"host=127.0.0.1 port={database.port} dbname='{database.name}' user='lezer'"
    tables = [
        f"{layer.name}:{layer.geometry_type}" if layer.geometry_type else layer.name for layer in layers
    ]
    done = subprocess.run(
        [*PYTHON, str(Path(__file__).parent / "open_schema.py"), connection, "kaart", *tables],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_qgis_shows_every_layer_with_its_style(run, database, tmp_path):
    database.ask("CREATE ROLE lezer LOGIN")
    write_postgis(parse_address(database.url(schema="kaart"), where="--to"), run.frames, run.loaded)
    database.ask("GRANT USAGE ON SCHEMA kaart TO lezer")
    database.ask("GRANT SELECT ON ALL TABLES IN SCHEMA kaart TO lezer")
    texts = load_texts("nl")
    layers = compose_layers(compose_tables(run.frames, run.loaded, texts=texts))
    styles = draw_styles(layers, run.loaded, texts=texts)
    months = run.frames.match_months
    flowing = months[months["quantity"] > 0]
    seen = open_in_qgis(database, [*layers, Layer("months_map", flowing, "LineString")], tmp_path)
    assert (seen["months_map"]["valid"], seen["months_map"]["rows"]) == (True, len(flowing))
    assert seen["months_map"]["months"] == [int((flowing["month"] == month).sum()) for month in range(1, 13)]
    assert seen["months_map"]["renderer"] == "RuleRenderer"
    assert {one["geometry"] for one in seen.values() if one["months"]} == {"LineString"}
    for layer in layers:
        name, style, got = layer.name, styles[layer.name], seen[layer.name]
        assert got["valid"], name
        assert got["rows"] == len(layer.frame), name
        assert got["ids"] == list(range(1, len(layer.frame) + 1)), name
        assert got["renderer"] == (style.renderer.kind if style.renderer else None), name
        assert got["crs"] == ("EPSG:28992" if layer.geometry_type else ""), name
        assert {column: got["aliases"][column] for column in style.aliases} == style.aliases, name
        assert {column: got["comments"][column] for column in style.aliases} == style.aliases, name
        assert all(got["widgets"][column] == "ValueMap" for column in style.labels), name
        assert texts(f"tables.{name}.title") in got["about"], name
    assert seen["links"]["legend"] == ["loopt al", "gepland", "gestopt"]
    assert seen["gaps"]["legend"] == ["overschot", "tekort"]
    database.ask("DROP OWNED BY lezer")


def test_styles_in_the_schema_alone_are_found_over_the_search_path(run, database, tmp_path):
    database.ask("CREATE ROLE lezer LOGIN")
    database.ask("CREATE SCHEMA kaart AUTHORIZATION lezer")
    remarks = write_postgis(
        parse_address(database.url(schema="kaart", user="lezer"), where="--to"), run.frames, run.loaded
    )
    assert [remark.key for remark in remarks] == ["postgis_styles_apart"]
    layers = compose_layers(compose_tables(run.frames, run.loaded, texts=load_texts("nl")))
    assert open_in_qgis(database, layers, tmp_path)["links"]["legend"] != ["loopt al", "gepland", "gestopt"]
    database.ask("ALTER ROLE lezer SET search_path = kaart, public")
    assert open_in_qgis(database, layers, tmp_path)["links"]["legend"] == ["loopt al", "gepland", "gestopt"]
    database.ask("DROP OWNED BY lezer CASCADE")
