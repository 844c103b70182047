"""The layers in a schema of a real PostGIS."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely

from kansenkaart.database import parse_address
from kansenkaart.exports import clean_text, write_postgis
from kansenkaart.sources.read import read_file
from kansenkaart.tables.crossings import CROSSINGS
from kansenkaart.tables.surroundings import Backdrop
from kansenkaart.texts import load_texts
from tests.postgis.written import KINDS, compare, layers_of, smaller, styled, styles_in, tables_in, write

pytestmark = pytest.mark.postgis


@pytest.fixture(scope="module")
def written(shared_run, kept_database):
    """A database in which a run was written once, for tests that change nothing in it."""
    assert write(shared_run, kept_database) == []
    return kept_database


def test_every_layer_comes_back_as_it_was(shared_run, written):
    layers = layers_of(shared_run)
    assert tables_in(written) == {layer.name for layer in layers} | {"layer_styles", "kansenkaart_run"}
    for layer in layers:
        compare(layer, read_file(None, file=written.url(), table=f"kansenkaart.{layer.name}"))


def test_types_keys_index_and_comments(shared_run, written):
    for layer in layers_of(shared_run):
        name = layer.name
        found = written.ask(
            "SELECT f_geometry_column::text, type::text, srid, coord_dimension FROM geometry_columns "
            "WHERE f_table_schema = 'kansenkaart' AND f_table_name = %s",
            name,
        )
        kind = layer.geometry_type
        assert found == ([("geom", KINDS[kind].upper(), 28992, 2)] if kind else [])
        indexes = dict(
            written.ask(
                "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'kansenkaart' AND tablename = %s",
                name,
            )
        )
        assert f"{name}_pkey" in indexes
        assert (f"{name}_geom_idx" in indexes) == (kind is not None)
        assert not kind or "gist" in indexes[f"{name}_geom_idx"]
        assert not any("__nieuw" in index for index in indexes)
        joined = {one for one in layer.frame if one.endswith(("_id", "_code", "month"))}
        assert joined == {one for one in joined if f"{name}_{one}_idx" in indexes}, name
    comments = written.ask(
        "SELECT obj_description('kansenkaart.matches'::regclass), "
        "col_description('kansenkaart.matches'::regclass, attnum) FROM pg_attribute "
        "WHERE attrelid = 'kansenkaart.matches'::regclass AND attname = 'distance_m'"
    )
    assert comments[0][1] == "Afstand hemelsbreed (m)"
    assert load_texts("nl")("tables.matches.title") in comments[0][0]
    assert "Provincie (2023)" in comments[0][0]


def test_the_stable_ids_are_unique(written):
    with pytest.raises(psycopg.errors.UniqueViolation):
        written.ask("INSERT INTO kansenkaart.sites (fid, site_id) VALUES (999, 'bedrijven:000')")


def test_missing_is_null_and_never_nan_or_an_empty_text(shared_run, written):
    bad = {
        "double precision": "{} = 'NaN'",
        "text": "lower({}) IN ('nan', 'none', '<na>', '')",
    }
    for layer in layers_of(shared_run):
        columns = written.ask(
            "SELECT column_name::text, data_type::text FROM information_schema.columns "
            "WHERE table_schema = 'kansenkaart' AND table_name = %s",
            layer.name,
        )
        name = psycopg.sql.Identifier("kansenkaart", layer.name).as_string()
        asked = {
            column: f"count(*) FILTER (WHERE {bad[kind].format(psycopg.sql.Identifier(column).as_string())})"
            for column, kind in columns
            if kind in bad
        }
        (counts,) = written.ask(f"SELECT {', '.join(asked.values())} FROM {name}")
        assert dict(zip(asked, counts, strict=True)) == dict.fromkeys(asked, 0)
    assert written.ask("SELECT count(*) FROM kansenkaart.sites WHERE sbi IS NULL") == [(8,)]
    assert written.ask("SELECT count(*) FROM kansenkaart.links WHERE geom IS NULL") == [(1,)]


def test_sums_are_those_of_the_frames(shared_run, written):
    for table, column in (("matches", "quantity"), ("gaps", "remaining"), ("flows", "value")):
        (got,) = written.ask(f"SELECT count(*), sum({column}) FROM kansenkaart.{table}")
        frame = getattr(shared_run.frames, table)
        assert got == (len(frame), pytest.approx(frame[column].sum(), rel=1e-12))


def test_months_lie_on_the_lines_of_their_chances_between_two_moments(shared_run, written):
    months = shared_run.frames.match_months
    flowing = months[months["quantity"] > 0]
    rows = written.ask(
        "SELECT match_id, month, quantity, month_begin::text, month_end::text, ST_GeometryType(geom), chance_class "
        "FROM kansenkaart.months_map ORDER BY fid"
    )
    classes = shared_run.frames.matches.set_index("match_id")["chance_class"]
    assert [row[:3] for row in rows] == list(
        flowing[["match_id", "month", "quantity"]].itertuples(index=False, name=None)
    )
    assert {row[3:5] for row in rows if row[1] == 12} == {("2023-12-01 00:00:00", "2024-01-01 00:00:00")}
    assert {row[5] for row in rows} == {"ST_LineString"}
    assert [row[6] for row in rows] == [classes[row[0]] for row in rows]
    comments = written.ask("SELECT obj_description('kansenkaart.months_map'::regclass)")
    assert comments == [("Per maand",)]


def test_own_areas_and_what_goes_through_them_are_in_the_schema(run, database):
    area = shapely.box(100_000, 480_000, 130_000, 530_000)
    park = Backdrop("Natura 2000", "nature", np.array([area]), areas=np.array([area]))
    through = run.frames.matches["match_id"].head(3)
    crossings = CROSSINGS.conform(pd.DataFrame({"match_id": through, "overlay": "Natura 2000"}))
    flagged = replace(run, frames=replace(run.frames, background=(park,), crossings=crossings))
    write(flagged, database)
    assert database.ask("SELECT overlay, ST_Area(geom) FROM kansenkaart.overlays") == [
        ("Natura 2000", pytest.approx(area.area))
    ]
    crossing = database.ask(
        "SELECT match_id FROM kansenkaart.matches WHERE crosses = 'Natura 2000' ORDER BY fid"
    )
    assert [one for (one,) in crossing] == list(through)
    assert "overlays" in styles_in(database)


def test_the_example_region_comes_back_whole(noord_holland, database):
    address = parse_address(database.url(), where="--to")
    assert write_postgis(address, noord_holland.frames, noord_holland.loaded) == []
    for layer in layers_of(noord_holland):
        compare(layer, read_file(None, file=database.url(), table=f"kansenkaart.{layer.name}"))


def test_an_empty_run_is_written_too(empty_run, database):
    write(empty_run, database)
    assert database.ask("SELECT count(*) FROM kansenkaart.matches") == [(0,)]


def test_postgis_in_a_schema_of_its_own_will_do(run, database):
    database.ask("DROP EXTENSION postgis")
    database.ask("CREATE SCHEMA uitbreiding")
    database.ask("CREATE EXTENSION postgis SCHEMA uitbreiding")
    write(run, database)
    layer = next(layer for layer in layers_of(run) if layer.name == "matches")
    compare(layer, read_file(None, file=database.url(), table="kansenkaart.matches"))


def test_a_planner_needs_a_schema_of_his_own_and_no_more(run, database):
    database.ask("CREATE ROLE planner LOGIN")
    database.ask("CREATE SCHEMA kansenkaart AUTHORIZATION planner")
    remarks = write(run, database, user="planner")
    assert [remark.key for remark in remarks] == ["postgis_styles_apart"]
    assert styles_in(database) == styled(run)
    assert database.ask("SELECT to_regclass('public.layer_styles')") == [(None,)]
    database.ask("DROP OWNED BY planner CASCADE")


def test_the_documented_script_lets_a_reader_without_rights_on_public_find_the_styles(run, database, root):
    """Word for word as it stands in the guide, by the administrator; also after a next build."""
    guide = (root / "docs" / "gis-reference.md").read_text(encoding="utf-8")
    script = guide.split("```sql\n")[1].split("```")[0]
    database.ask("CREATE ROLE planner LOGIN")
    database.ask("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    database.ask("CREATE ROLE lezer LOGIN")
    database.ask(script)
    for once_more in (run, smaller(run)):
        remarks = write(once_more, database, user="planner")
        assert [remark.key for remark in remarks] == ["postgis_styles_apart"]
        # as QGIS asks: without a schema
        styled = database.ask("SELECT f_table_name::text FROM layer_styles WHERE useasdefault", user="lezer")
        assert {"matches", "municipalities"} <= {name for (name,) in styled}
        assert database.ask("SELECT count(*) FROM matches", user="lezer") == [
            (len(once_more.frames.matches),)
        ]
        assert database.ask("SELECT count(*) FROM match_months", user="lezer")[0][0] > 0
        assert database.ask("SELECT count(*) FROM months_map", user="lezer")[0][0] > 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.ask("DELETE FROM matches", user="lezer")
    database.ask("DROP OWNED BY lezer")
    database.ask("DROP OWNED BY planner CASCADE")
    database.ask("DROP ROLE lezers")


def test_a_hostile_schema_name_is_only_a_name(run, database):
    name = 'k"; DROP SCHEMA public CASCADE; --%s é'
    from urllib.parse import quote

    write(run, database, schema=quote(name))
    write(smaller(run), database, schema=quote(name))
    assert "matches" in tables_in(database, name)
    assert database.ask("SELECT to_regclass('public.spatial_ref_sys')::text") == [("spatial_ref_sys",)]
    reached = read_file(None, file=database.url(), table=f"{name}.matches")
    assert len(reached.frame) == len(run.frames.matches) - 1


def test_hostile_texts_are_only_texts(shared_run, written):
    names = [name for (name,) in written.ask("SELECT name FROM kansenkaart.sites ORDER BY fid")]
    assert names == [clean_text(name) for name in shared_run.frames.sites["name"]]


@pytest.mark.usefixtures("earlier_run")
def test_styles_of_others_stay_and_stay_the_default(run, database):
    for table in ("public.layer_styles", "kansenkaart.layer_styles"):
        database.ask(
            f"INSERT INTO {table} (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, stylename, "
            "useasdefault) VALUES ('gis', 'kansenkaart', 'matches', 'geom', 'mijn stijl', true), "
            "('gis', 'anders', 'wegen', 'geom', 'wegen', true)"
        )
    write(run, database)
    for table in ("public.layer_styles", "kansenkaart.layer_styles"):
        rows = database.ask(
            f"SELECT stylename, useasdefault FROM {table} WHERE f_table_name IN ('matches', 'wegen', 'sites')"
        )
        assert sorted(rows) == [("matches", False), ("mijn stijl", True), ("sites", True), ("wegen", True)]
        assert styles_in(database, table) == sorted([*styled(run), "matches", "wegen"])


def test_geometry_that_is_read_is_in_the_frames_crs(written):
    raw = read_file(None, file=written.url(), table="kansenkaart.sites")
    assert isinstance(raw.geometry, gpd.GeoSeries)
    assert raw.geometry.crs == "EPSG:28992"
