"""The layers in a schema of a real PostGIS."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import psycopg
import pytest
import shapely
from pandas.testing import assert_frame_equal

from kansenkaart.cli.main import run as run_command
from kansenkaart.database import parse_address
from kansenkaart.errors import OutputError
from kansenkaart.exports import check_postgis, clean_text, write_postgis
from kansenkaart.exports.content.compose import compose_layers, compose_tables
from kansenkaart.exports.geopackage.geopackage import clean_layer, one_type
from kansenkaart.exports.postgis import postgis
from kansenkaart.exports.postgis import schema as postgis_schema
from kansenkaart.sources.read import read_file
from kansenkaart.texts import load_texts
from tests.small_project import write_project

pytestmark = pytest.mark.postgis

KINDS = {"Point": "POINT", "LineString": "LINESTRING", "MultiPolygon": "MULTIPOLYGON"}


def write(run, database, **where):
    return write_postgis(parse_address(database.url(**where), where="--to"), run.frames, run.loaded)


def layers_of(run):
    tables = compose_tables(run.frames, run.loaded, texts=load_texts("nl"))
    return [clean_layer(layer) for layer in compose_layers(tables)]


def tables_in(database, schema="kansenkaart"):
    rows = database.ask("SELECT tablename::text FROM pg_tables WHERE schemaname = %s", schema)
    return {name for (name,) in rows}


@pytest.fixture(scope="module")
def written(shared_run, kept_database):
    """A database in which a run was written once, for tests that change nothing in it."""
    assert write(shared_run, kept_database) == []
    return kept_database


def test_every_layer_comes_back_as_it_was(shared_run, written):
    layers = layers_of(shared_run)
    assert tables_in(written) == {layer.name for layer in layers} | {"layer_styles", "kansenkaart_run"}
    for layer in layers:
        _compare(layer, read_file(None, file=written.url(), table=f"kansenkaart.{layer.name}"))


def _compare(layer, raw):
    expected = pd.DataFrame(one_type(layer)).drop(columns="geometry", errors="ignore").reset_index(drop=True)
    got = raw.frame.reset_index(drop=True)
    assert got["fid"].tolist() == list(range(1, len(expected) + 1))
    assert_frame_equal(
        got.drop(columns="fid"),
        expected,
        check_dtype=False,
        check_exact=True,
        check_column_type=False,
        obj=layer.name,
    )
    assert (raw.geometry is None) == (layer.geometry_type is None)
    if raw.geometry is not None:
        assert raw.crs == "EPSG:28992" or not len(expected)
        given = one_type(layer).geometry.to_numpy()
        assert shapely.to_wkb(raw.geometry.to_numpy()).tolist() == shapely.to_wkb(given).tolist()


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


def test_the_example_region_comes_back_whole(noord_holland, database):
    address = parse_address(database.url(), where="--to")
    assert write_postgis(address, noord_holland.frames, noord_holland.loaded) == []
    for layer in layers_of(noord_holland):
        _compare(layer, read_file(None, file=database.url(), table=f"kansenkaart.{layer.name}"))


def test_an_empty_run_is_written_too(empty_run, database):
    write(empty_run, database)
    assert database.ask("SELECT count(*) FROM kansenkaart.matches") == [(0,)]


def smaller(run):
    """The same run with one match less."""
    frames = run.frames
    return replace(run, frames=replace(frames, matches=frames.matches.iloc[1:].reset_index(drop=True)))


def test_the_earlier_run_is_replaced_and_its_readers_stay(run, database):
    write(run, database)
    before = tables_in(database)
    database.ask("CREATE ROLE lezer LOGIN")
    database.ask("GRANT USAGE ON SCHEMA kansenkaart TO lezer")
    database.ask("GRANT SELECT ON kansenkaart.matches TO lezer")
    database.ask("GRANT SELECT ON kansenkaart.sites TO PUBLIC")
    write(smaller(run), database)
    assert tables_in(database) == before
    count = len(run.frames.matches) - 1
    assert database.ask("SELECT count(*) FROM kansenkaart.matches", user="lezer") == [(count,)]
    assert database.ask("SELECT count(*) FROM kansenkaart.sites", user="lezer") == [(24,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.ask("SELECT count(*) FROM kansenkaart.flows", user="lezer")
    assert database.ask("SELECT count(*) FROM kansenkaart.kansenkaart_run") == [(1,)]
    database.ask("DROP OWNED BY lezer")


def test_readers_see_the_old_run_or_the_new_one_and_nothing_between(run, database):
    write(run, database)
    runs = [smaller(run), run] * 2
    counts = {(len(one.frames.matches), len(one.frames.flows)) for one in runs}
    seen, stop = set(), threading.Event()

    def look():
        with database.connect() as connection:
            while not stop.is_set():
                rows = "SELECT (SELECT count(*) FROM kansenkaart.matches), (SELECT count(*) FROM kansenkaart.flows)"
                try:
                    seen.add(connection.execute(rows).fetchone())
                except psycopg.errors.UndefinedTable:
                    # parsed on the old tables, run on the new: PostgreSQL refuses, it shows no half
                    seen.add("refused")

    reader = threading.Thread(target=look)
    reader.start()
    for one in runs:
        write(one, database)
    stop.set()
    reader.join()
    assert seen - {"refused"} <= counts
    assert len(seen & counts) == 2


def manifest_id(database):
    return database.ask("SELECT manifest_id FROM kansenkaart.kansenkaart_run")[0][0]


def test_a_lost_connection_leaves_the_old_run_whole(run, database, monkeypatch):
    # Patient: on a busy machine the writer would give up before this test has seen it wait.
    monkeypatch.setattr(postgis_schema, "_PATIENCE_S", 300)
    write(run, database)
    with database.connect() as holder:
        # a reader in a transaction: the writer has everything aside and waits to swap
        holder.execute("BEGIN")
        holder.execute("SELECT count(*) FROM kansenkaart.matches")
        writer = _Writer(smaller(run), database)
        writer.wait_until_it_waits()
        database.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kansenkaart'"
        )
        error = writer.error()
        assert error.faults[0].key == "database_lost"
        assert "Nothing was changed" in str(error)
    _is_whole(run, database)


def _is_whole(run, database):
    """The schema holds `run`, with nothing beside it."""
    names = {layer.name for layer in layers_of(run)}
    assert tables_in(database) == names | {"layer_styles", "kansenkaart_run"}
    for layer in layers_of(run):
        _compare(layer, read_file(None, file=database.url(), table=f"kansenkaart.{layer.name}"))


class _Writer:
    """A run that is written by another thread."""

    def __init__(self, run, database, **where):
        self._database = database
        self._errors = []
        self._thread = threading.Thread(target=self._write, args=(run, database), kwargs=where)
        self._thread.start()

    def _write(self, run, database, **where):
        try:
            write(run, database, **where)
        except OutputError as error:
            self._errors.append(error)

    def wait_until_it_waits(self):
        self.wait_for("strpos(query, 'SAVEPOINT') > 0")

    def wait_for(self, state):
        asked = f"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kansenkaart' AND {state}"
        while self._database.ask(asked) != [(1,)]:
            assert self._thread.is_alive()

    def finish(self):
        self._thread.join()
        assert self._errors == []

    def error(self):
        self._thread.join()
        return self._errors[0]


def test_a_table_that_someone_holds_ends_in_a_clear_error(run, database, monkeypatch):
    # It is held for ever: there is nothing to be patient for.
    monkeypatch.setattr(postgis_schema, "_PATIENCE_S", 0.1)
    write(run, database)
    with database.connect() as holder:
        holder.execute("BEGIN")
        holder.execute("SELECT count(*) FROM kansenkaart.matches")
        assert _Writer(smaller(run), database).error().faults[0].key == "database_busy"
    _is_whole(run, database)


def test_a_connection_lost_at_the_very_end_is_called_unsure(run, database):
    write(run, database)
    database.ask(
        "CREATE FUNCTION public.sterf() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
    )
    database.ask(
        "CREATE CONSTRAINT TRIGGER sterf AFTER INSERT ON public.layer_styles DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION public.sterf()"
    )
    with pytest.raises(OutputError) as caught:
        write(smaller(run), database)
    assert caught.value.faults[0].key == "database_unsure"
    _is_whole(run, database)


def refused(run, database, **where):
    """Key of the fault, which both the check before and the writing itself find."""
    address = parse_address(database.url(**where), where="--to")
    with pytest.raises(OutputError) as before:
        check_postgis(address)
    with pytest.raises(OutputError) as caught:
        write_postgis(address, run.frames, run.loaded)
    assert [one.key for one in before.value.faults] == [one.key for one in caught.value.faults]
    return caught.value.faults[0]


def test_only_one_run_writes_to_a_schema_at_a_time(run, database):
    with database.connect() as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('kansenkaart:kansenkaart', 0))")
        assert refused(run, database).key == "postgis_taken"
    assert tables_in(database) == set()


def test_two_runs_that_both_make_the_shared_styles_do_so_in_turn(run, database, monkeypatch):
    """In two schemas of a database where nobody ever saved a style."""
    monkeypatch.setattr(postgis_schema, "_PATIENCE_S", 300)
    monkeypatch.setattr(postgis, "_PATIENCE", "SET LOCAL lock_timeout = '300s'")
    write(run, database, schema="een")
    database.ask("DROP TABLE public.layer_styles")
    with database.connect() as holder:
        holder.execute("BEGIN")
        holder.execute("SELECT count(*) FROM een.matches")
        first = _Writer(run, database, schema="een")
        first.wait_until_it_waits()
        second = _Writer(run, database, schema="twee")
        second.wait_for("wait_event_type = 'Lock'")
    first.finish()
    second.finish()
    assert tables_in(database, "een") == tables_in(database, "twee")
    styles = "SELECT f_table_schema, count(*) FROM public.layer_styles GROUP BY 1"
    assert dict(database.ask(styles)) == {"een": 21, "twee": 21}


@pytest.fixture
def project(tmp_path):
    """A small project, for whole runs of the command."""
    return write_project(tmp_path / "proef")


def command(project, database, out):
    return ["build", str(project), "-o", str(project / out), "-q", "--to", database.url()]


def test_of_two_commands_one_is_refused_and_one_that_is_killed_leaves_the_old_run(
    project, run, database, capsys
):
    write(run, database)
    # who writes a style, waits there until the table is empty: in the midst of a transaction, for no fixed time
    database.ask("CREATE TABLE public.wacht AS SELECT 1 AS een")
    database.ask(
        "CREATE FUNCTION public.wacht() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN WHILE EXISTS (SELECT FROM public.wacht) LOOP PERFORM pg_sleep(0.01); END LOOP; RETURN NEW; END $$"
    )
    database.ask(
        "CREATE TRIGGER wacht BEFORE INSERT ON public.layer_styles FOR EACH ROW EXECUTE FUNCTION public.wacht()"
    )
    first = subprocess.Popen(
        [sys.executable, "-m", "kansenkaart", *command(project, database, "een")],
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    while database.ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == [(0,)]:
        assert first.poll() is None, first.communicate()[1]
    assert run_command(command(project, database, "twee")) == 1
    assert "Een andere run schrijft naar schema 'kansenkaart'" in capsys.readouterr().err.replace("\n", " ")
    assert not (project / "twee").exists()
    first.kill()
    first.communicate()
    database.ask("DELETE FROM public.wacht")
    while database.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kansenkaart'") != [
        (0,)
    ]:
        pass
    _is_whole(run, database)
    assert run_command(command(project, database, "drie")) == 0
    assert database.ask("SELECT title FROM kansenkaart.kansenkaart_run") == [("Proef",)]


def test_a_view_of_someone_is_never_dropped(run, database):
    write(run, database)
    database.ask("CREATE VIEW public.mijn_kansen AS SELECT quantity FROM kansenkaart.matches")
    with pytest.raises(OutputError) as caught:
        write(run, database)
    assert caught.value.faults[0].key == "database_in_use"
    assert "mijn_kansen" in str(caught.value)
    _is_whole(run, database)


@pytest.mark.parametrize(
    "stranger",
    [
        "CREATE TABLE kansenkaart.eigen (a int)",
        "CREATE VIEW kansenkaart.eigen AS SELECT 1",
        "CREATE SEQUENCE kansenkaart.eigen",
    ],
)
@pytest.mark.parametrize("ran_before", [False, True])
def test_a_schema_with_something_of_others_is_refused(run, database, stranger, ran_before):
    if ran_before:
        write(run, database)
    database.ask("CREATE SCHEMA IF NOT EXISTS kansenkaart")
    database.ask(stranger)
    problem = refused(run, database)
    assert problem.key == "postgis_foreign"
    assert "eigen" in str(problem)


def test_a_table_that_only_looks_like_ours_is_refused(run, database):
    database.ask("CREATE SCHEMA kansenkaart")
    database.ask("CREATE TABLE kansenkaart.kansenkaart_run (tables text)")
    assert refused(run, database).key == "postgis_foreign"


def test_a_database_without_postgis_is_refused(run, database):
    database.ask("DROP EXTENSION postgis")
    problem = refused(run, database)
    assert problem.key == "postgis_missing"
    assert "CREATE EXTENSION postgis" in str(problem)


def test_postgis_in_a_schema_of_its_own_will_do(run, database):
    database.ask("DROP EXTENSION postgis")
    database.ask("CREATE SCHEMA uitbreiding")
    database.ask("CREATE EXTENSION postgis SCHEMA uitbreiding")
    write(run, database)
    layer = next(layer for layer in layers_of(run) if layer.name == "matches")
    _compare(layer, read_file(None, file=database.url(), table="kansenkaart.matches"))


def test_missing_rights_are_named_before_and_while_writing(run, database):
    database.ask("CREATE ROLE planner LOGIN")
    problem = refused(run, database, user="planner")
    assert problem.key == "postgis_no_schema"
    assert 'CREATE SCHEMA "kansenkaart" AUTHORIZATION "planner"' in str(problem)
    database.ask("CREATE SCHEMA kansenkaart")
    assert refused(run, database, user="planner").key == "database_rights"
    database.ask("ALTER ROLE planner SET default_transaction_read_only = on")
    database.ask("GRANT USAGE, CREATE ON SCHEMA kansenkaart TO planner")
    assert refused(run, database, user="planner").key == "database_refused"
    database.ask("ALTER ROLE planner RESET default_transaction_read_only")
    write(run, database, user="beheer")
    assert refused(run, database, user="planner").key == "postgis_not_owner"
    database.ask("DROP OWNED BY planner")


def test_a_planner_needs_a_schema_of_his_own_and_no_more(run, database):
    database.ask("CREATE ROLE planner LOGIN")
    database.ask("CREATE SCHEMA kansenkaart AUTHORIZATION planner")
    remarks = write(run, database, user="planner")
    assert [remark.key for remark in remarks] == ["postgis_styles_apart"]
    assert database.ask("SELECT count(*) FROM kansenkaart.layer_styles") == [(21,)]
    assert database.ask("SELECT to_regclass('public.layer_styles')") == [(None,)]
    database.ask("DROP OWNED BY planner CASCADE")


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


def test_styles_of_others_stay_and_stay_the_default(run, database):
    write(run, database)
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
        assert database.ask(f"SELECT count(*) FROM {table}") == [(23,)]


def test_geometry_that_is_read_is_in_the_frames_crs(written):
    raw = read_file(None, file=written.url(), table="kansenkaart.sites")
    assert isinstance(raw.geometry, gpd.GeoSeries)
    assert raw.geometry.crs == "EPSG:28992"
