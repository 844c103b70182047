"""The GeoPackage as SQLite, GDAL and geopandas see it."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import sqlite3
import subprocess
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from pandas.testing import assert_frame_equal

from kansenkaart.errors import OutputError
from kansenkaart.exports import write_geopackage
from kansenkaart.tables import ALL_TABLES

# Of the steps that a project asks for.
ASKED = {
    "cluster_areas": "MULTIPOLYGON",
    "site_clusters": "MULTIPOLYGON",
    **dict.fromkeys(("cluster_streams", "region_sectors", "clusters", "area_view", "chain_view"), None),
    **dict.fromkeys(("ladder", "balance_items", "balance_areas", "balances"), None),
    **dict.fromkeys(("balance_processes", "balance_tests"), None),
    "coalitions": "MULTIPOLYGON",
    **dict.fromkeys(("coalition_partners", "coalition_flows", "hub_flows"), None),
    "hubs": "POINT",
}
LAYERS = {
    **ASKED,
    "municipalities": "MULTIPOLYGON",
    "site_areas": "MULTIPOLYGON",
    "candidates": "LINESTRING",
    "links": "LINESTRING",
    "routes": "LINESTRING",
    "matches": "LINESTRING",
    "gaps": "POINT",
    "sites": "POINT",
    "flows": None,
    "match_months": None,
    "chains": None,
    "ledgers": None,
    "tornado": None,
    "provenance": None,
}
IDS = {
    "municipalities": "municipality_code",
    "site_areas": "site_id",
    "candidates": "match_id",
    "links": "link_id",
    "matches": "match_id",
    "gaps": "flow_id",
    "sites": "site_id",
    "flows": "flow_id",
    "match_months": "match_id",
    "routes": "match_id",
    "chains": "chain_id",
    "ledgers": "ledger",
    "tornado": "input_id",
    "provenance": "provenance_id",
}
SYSTEM_PYTHON = "/usr/bin/python3"


@pytest.fixture(scope="module")
def package(fresh_run, tmp_path_factory):
    """The file of ``run``, written once: nothing changes it."""
    path = tmp_path_factory.mktemp("pakket") / "kansenkaart.gpkg"
    run = fresh_run(tmp_path_factory.mktemp("bron"))
    write_geopackage(path, run.frames, run.loaded)
    return path


def query(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_same_run_gives_the_same_bytes(run, package, tmp_path):
    again = tmp_path / "elders" / "kansenkaart.gpkg"
    again.parent.mkdir()
    write_geopackage(again, run.frames, run.loaded)
    write_geopackage(again, run.frames, run.loaded)
    assert digest(again) == digest(package)
    assert sorted(path.name for path in again.parent.iterdir()) == ["kansenkaart.gpkg"]


def test_other_numbers_give_other_bytes(run, package, tmp_path):
    run.frames.matches.loc[0, "quantity"] += 1.0
    other = tmp_path / "ander.gpkg"
    write_geopackage(other, run.frames, run.loaded)
    assert digest(other) != digest(package)


def test_is_version_1_3_without_wal(package):
    assert query(package, "PRAGMA user_version") == [(10300,)]
    assert query(package, "PRAGMA application_id") == [(0x47504B47,)]
    assert query(package, "PRAGMA journal_mode") == [("delete",)]
    # Bytes 18 and 19 of the header are 2 when a file was left in WAL mode.
    assert package.read_bytes()[18:20] == b"\x01\x01"


def test_every_table_is_registered_and_described(package):
    rows = query(
        package,
        "SELECT table_name, data_type, identifier, description, last_change, srs_id FROM gpkg_contents",
    )
    assert {row[0] for row in rows} == {*LAYERS, "layer_styles"}
    assert len({row[2] for row in rows}) == len(rows)
    for name, kind, _, description, changed, srs in rows:
        assert changed == "2023-01-01T00:00:00.000Z"
        assert (kind, srs) == (("features", 28992) if LAYERS.get(name) else ("attributes", 0))
        if name in LAYERS:
            assert "Provincie (2023)" in description
            assert "kansenkaart 0." in description
    system = ("gpkg_", "rtree_", "sqlite_", "layer_styles", "qgis_projects")
    tables = {name for (name,) in query(package, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {name for name in tables if not name.startswith(system)} == set(LAYERS)


def test_one_geometry_type_index_and_true_extent_per_layer(package):
    columns = query(
        package, "SELECT table_name, column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns"
    )
    assert {row[0]: row[2] for row in columns} == {name: kind for name, kind in LAYERS.items() if kind}
    assert {row[1:2] + row[3:] for row in columns} == {("geom", 28992, 0, 0)}
    indexed = query(
        package, "SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'"
    )
    assert {row[0] for row in indexed} == {name for name, kind in LAYERS.items() if kind}
    for name, *extent in query(
        package,
        "SELECT table_name, min_x, min_y, max_x, max_y FROM gpkg_contents WHERE data_type = 'features'",
    ):
        frame = gpd.read_file(package, layer=name)
        assert extent == pytest.approx(list(frame.total_bounds), abs=1e-9)
        kinds = {"MULTIPOLYGON": "MultiPolygon", "LINESTRING": "LineString", "POINT": "Point"}
        assert set(frame.geometry.dropna().geom_type) == {kinds[LAYERS[name]]}


def test_missing_is_null_and_never_a_text(package):
    for name in LAYERS:
        for _, column, kind, *_ in query(package, f"PRAGMA table_info({name})"):
            if kind == "TEXT":
                bad = query(
                    package,
                    f"SELECT count(*) FROM {name} WHERE lower(\"{column}\") IN ('nan', 'none', '<na>', '')",
                )
                assert bad == [(0,)], f"{name}.{column}"
    assert query(package, "SELECT count(*) FROM sites WHERE sbi IS NULL")[0][0] == 8
    assert query(package, "SELECT count(*) FROM links WHERE geom IS NULL") == [(1,)]


def test_ids_and_fids_are_unique(package):
    several = {table.name: table.key for table in ALL_TABLES if len(table.key) > 1}
    for name, one in IDS.items():
        key = " || '|' || ".join(several.get(name, (one,)))
        rows = query(package, f"SELECT count(*), count(DISTINCT fid), count(DISTINCT {key}) FROM {name}")
        assert len(set(rows[0])) == 1, name
        assert rows[0][0] > 0


@pytest.mark.parametrize(
    "name", ["sites", "matches", "candidates", "links", "municipalities", "flows", "gaps"]
)
def test_read_back_equals_the_frame(run, package, name):
    frame = getattr(run.frames, name)
    back = pyogrio.read_dataframe(package, layer=name)
    columns = [column for column in frame.columns if column != "geometry"]
    wanted = pd.DataFrame(frame[columns]).replace({"nul\x00byte": "nulbyte"})
    got = pd.DataFrame(back[columns])
    for column in columns:
        got[column] = got[column].astype(wanted[column].dtype)
    assert_frame_equal(got, wanted, check_exact=True)
    if "geometry" not in frame:
        return
    shapes = frame.geometry if name != "sites" else frame.geometry.representative_point()
    assert [shape if shape is None else shape.normalize() for shape in back.geometry] == [
        shape if shape is None else _as_stored(shape).normalize() for shape in shapes
    ]
    assert back.crs.to_epsg() == 28992


def _as_stored(shape):
    import shapely

    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


def test_gaps_stand_on_their_site_and_names_stand_beside_ids(package):
    rows = query(
        package,
        "SELECT count(*) FROM gaps g JOIN sites s USING (site_id) WHERE g.geom != s.geom OR g.site_name != s.name",
    )
    assert rows == [(0,)]
    pairs = query(
        package,
        "SELECT count(*) FROM matches m JOIN sites s ON m.supply_id = s.site_id WHERE m.supply_name = s.name",
    )
    assert pairs == query(package, "SELECT count(*) FROM matches")


def test_nul_is_removed_and_logged_other_characters_stay(run, tmp_path, caplog):
    path = tmp_path / "kansenkaart.gpkg"
    with caplog.at_level(logging.WARNING, logger="kansenkaart.exports.content.clean"):
        write_geopackage(path, run.frames, run.loaded)
    assert "sites: removed 1 characters" in caplog.text
    names = [name for (name,) in query(path, "SELECT name FROM sites ORDER BY site_id")]
    assert names[:12] == [name.replace("\x00", "") for name in run.frames.sites["name"][:12]]
    assert "tab\tbel\x07esc\x1b" in names


def test_an_empty_run_has_all_layers_with_columns_and_type(empty_run, tmp_path):
    path = tmp_path / "kansenkaart.gpkg"
    write_geopackage(path, empty_run.frames, empty_run.loaded)
    assert not set(ASKED) & {row[0] for row in query(path, "SELECT table_name FROM gpkg_contents")}
    for name, kind in LAYERS.items():
        if name in ASKED:
            continue
        info = pyogrio.read_info(path, layer=name)
        assert (info["geometry_type"] or "").upper() == (kind or "")
        assert IDS[name] in list(info["fields"])
        assert info["features"] == (0 if name != "provenance" else len(empty_run.loaded.catalogue.prices))
    assert query(path, "SELECT min_x FROM gpkg_contents WHERE table_name = 'matches'") == [(None,)]


def test_each_layer_has_one_default_style_that_qgis_finds(package):
    columns = "f_table_catalog, f_table_schema, f_table_name, f_geometry_column, useAsDefault, update_time"
    rows = query(package, f"SELECT {columns} FROM layer_styles")
    assert sorted(row[2] for row in rows) == sorted(LAYERS)
    for catalog, schema, name, geometry, default, changed in rows:
        assert (catalog, schema, default) == ("", "", 1)
        assert geometry == ("geom" if LAYERS[name] else "")
        assert changed == "2023-01-01T00:00:00.000Z"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_styles_name_every_column_in_the_language_of_the_project(run, tmp_path, language):
    path = tmp_path / "kansenkaart.gpkg"
    project = run.loaded.project.model_copy(update={"language": language})
    write_geopackage(path, run.frames, replace(run.loaded, project=project))
    named = {}
    for name, qml in query(path, "SELECT f_table_name, styleQML FROM layer_styles"):
        root = ET.fromstring(qml.split("\n", 1)[1])
        named[name] = {alias.get("field"): alias.get("name") for alias in root.iter("alias")}
        columns = {row[1] for row in query(path, f"PRAGMA table_info({name})")} - {"fid", "geom"}
        assert set(named[name]) == columns
        unnamed = {column for column, alias in named[name].items() if column == alias}
        assert unnamed <= {"glass_ha"}, f"{name}: {unnamed}"
    wanted = {"nl": "Afstand hemelsbreed (m)", "en": "Straight distance (m)"}
    assert named["matches"]["distance_m"] == wanted[language]
    assert named["municipalities"]["restwarmte_ht_short"].endswith(
        {"nl": "(GJ per jaar)", "en": "(GJ per year)"}[language]
    )


def test_codes_and_columns_are_explained_without_qgis_too(package):
    titles = dict(
        query(package, "SELECT column_name, title FROM gpkg_data_columns WHERE table_name = 'matches'")
    )
    assert titles["net_eur_y"] == "Netto (euro per jaar)"
    codes = query(
        package,
        "SELECT c.value, c.description FROM gpkg_data_columns d JOIN gpkg_data_column_constraints c "
        "USING (constraint_name) WHERE d.table_name = 'matches' AND d.column_name = 'chance_class'",
    )
    assert dict(codes)["technisch"] == "kan, maar loont nu niet"
    causes = query(
        package,
        "SELECT value, description FROM gpkg_data_column_constraints WHERE constraint_name = 'gaps_cause'",
    )
    assert dict(causes)["too_far"] == "te ver"
    style = query(package, "SELECT styleQML FROM layer_styles WHERE f_table_name = 'gaps'")[0][0]
    fields = ET.fromstring(style.split("\n", 1)[1]).find("fieldConfiguration")
    assert {"cause", "stream", "role"} <= {one.get("name") for one in fields}
    for table, column, name in query(
        package,
        "SELECT table_name, column_name, constraint_name FROM gpkg_data_columns WHERE constraint_name NOT NULL",
    ):
        wrong = query(
            package,
            f"SELECT DISTINCT {column} FROM {table} WHERE {column} NOT NULL AND {column} NOT IN "
            f"(SELECT value FROM gpkg_data_column_constraints WHERE constraint_name = '{name}')",
        )
        assert wrong == [], f"{table}.{column}"


def test_the_project_is_hexadecimal_text_that_finds_its_layers_beside_itself(package):
    [(name, about, content)] = query(package, "SELECT name, metadata, content FROM qgis_projects")
    assert (name, type(content)) == ("kansenkaart", str)
    assert json.loads(about)["last_modified_time"] == "2023-01-01T00:00:00"
    with zipfile.ZipFile(io.BytesIO(bytes.fromhex(content))) as packed:
        [entry] = packed.infolist()
        assert (entry.filename, entry.date_time) == ("kansenkaart.qgs", (1980, 1, 1, 0, 0, 0))
        root = ET.fromstring(packed.read(entry).decode("utf-8").split("\n", 1)[1])
    layers = root.findall("projectlayers/maplayer")
    sources = [layer.findtext("datasource") for layer in layers if layer.get("type") == "vector"]
    assert all(source.startswith("./kansenkaart.gpkg|layername=") for source in sources)
    tables = {source.split("|")[1].removeprefix("layername=") for source in sources}
    # what a form does not lead to stands in the file alone
    apart = {"cluster_streams", "region_sectors", "clusters", "area_view", "chain_view", "chains", "ledgers"}
    assert tables == {
        name for name in LAYERS if not name.startswith(("balance", "ladder", "coalition_", "hub_"))
    } - apart - {"tornado"}
    ids = [layer.findtext("id") for layer in layers]
    assert len(set(ids)) == len(ids)
    # QGIS takes shorter ids for broken
    assert min(map(len, ids)) > 10
    shown = {layer.get("id") for layer in root.find("layer-tree-group").iter("layer-tree-layer")}
    assert shown == set(ids)


def test_every_layer_has_metadata_where_qgis_looks(package):
    rows = query(
        package,
        "SELECT r.table_name, r.reference_scope, r.timestamp, m.md_standard_uri, m.metadata "
        "FROM gpkg_metadata_reference r JOIN gpkg_metadata m ON m.id = r.md_file_id",
    )
    assert sorted(row[0] for row in rows) == sorted(LAYERS)
    for name, scope, stamp, standard, document in rows:
        assert (scope, stamp) == ("table", "2023-01-01T00:00:00.000Z")
        assert standard == "http://mrcc.com/qgis.dtd"
        known = ET.fromstring(document.split("\n", 1)[1])
        assert known.findtext("identifier") == f"kansenkaart:{name}"
        assert (known.find("extent/spatial") is not None) == bool(LAYERS[name])


def test_a_failed_write_keeps_the_old_file_and_restores_gdal(run, package):
    before = digest(package)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2001-02-03T00:00:00.000Z"})
    try:
        (package.parent / ".kansenkaart.gpkg.kansenkaart-slot").mkdir()
        with pytest.raises(OutputError, match=r"kansenkaart\.gpkg cannot be written"):
            write_geopackage(package, run.frames, run.loaded)
        (package.parent / ".kansenkaart.gpkg.kansenkaart-slot").rmdir()
        write_geopackage(package, run.frames, run.loaded)
        assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == "2001-02-03T00:00:00.000Z"
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    assert digest(package) == before


def test_a_full_disk_is_said_and_leaves_nothing_half(run, small_disk):
    with small_disk(kilobytes=200) as disk:
        with pytest.raises(OutputError) as caught:
            write_geopackage(disk / "kansenkaart.gpkg", run.frames, run.loaded)
        assert "make room on the disk" in str(caught.value)
        assert list(disk.iterdir()) == []


def test_gdals_own_validator_has_no_remark(package):
    command = [SYSTEM_PYTHON, "-m", "osgeo_utils.samples.validate_gpkg", "--extra", "--warning-as-error"]
    if subprocess.run(
        [SYSTEM_PYTHON, "-c", "import osgeo_utils.samples.validate_gpkg"], capture_output=True
    ).returncode:
        pytest.skip("needs Debian's python3-gdal")
    done = subprocess.run([*command, str(package)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
