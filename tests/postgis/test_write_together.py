"""Several that use a schema at a time: readers, writers, lost connections, and a run that is killed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import psycopg
import pytest

from kansenkaart.cli.main import run as run_command
from kansenkaart.errors import OutputError
from kansenkaart.exports.postgis import postgis
from kansenkaart.exports.postgis import schema as postgis_schema
from tests.postgis.written import is_whole, smaller, styled, styles_in, tables_in, write
from tests.small_project import write_project

pytestmark = pytest.mark.postgis

# Between two looks at a state that is waited for: looking is a connection to the server.
_PAUSE_S = 0.05


@pytest.mark.usefixtures("earlier_run")
def test_the_earlier_run_is_replaced_and_its_readers_stay(run, database):
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


@pytest.mark.usefixtures("earlier_run")
def test_readers_see_the_old_run_or_the_new_one_and_nothing_between(run, database):
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


@pytest.mark.usefixtures("earlier_run")
def test_a_lost_connection_leaves_the_old_run_whole(run, database, monkeypatch):
    # Patient: on a busy machine the writer would give up before this test has seen it wait.
    monkeypatch.setattr(postgis_schema, "_PATIENCE_S", 300)
    with database.connect() as holder:
        # a reader in a transaction: the writer has everything aside and waits to swap
        holder.execute("BEGIN")
        holder.execute("SELECT count(*) FROM kansenkaart.matches")
        writer = Writer(smaller(run), database)
        writer.wait_until_it_waits()
        database.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kansenkaart'"
        )
        error = writer.error()
        assert error.faults[0].key == "database_lost"
        assert "Nothing was changed" in str(error)
    is_whole(run, database)


class Writer:
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
            time.sleep(_PAUSE_S)

    def finish(self):
        self._thread.join()
        assert self._errors == []

    def error(self):
        self._thread.join()
        return self._errors[0]


@pytest.mark.usefixtures("earlier_run")
def test_a_table_that_someone_holds_ends_in_a_clear_error(run, database, monkeypatch):
    # It is held for ever: there is nothing to be patient for.
    monkeypatch.setattr(postgis_schema, "_PATIENCE_S", 0.1)
    with database.connect() as holder:
        holder.execute("BEGIN")
        holder.execute("SELECT count(*) FROM kansenkaart.matches")
        assert Writer(smaller(run), database).error().faults[0].key == "database_busy"
    is_whole(run, database)


@pytest.mark.usefixtures("earlier_run")
def test_a_connection_lost_at_the_very_end_is_called_unsure(run, database):
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
    is_whole(run, database)


def test_two_runs_that_both_make_the_shared_styles_do_so_in_turn(run, database, monkeypatch):
    """In two schemas of a database where nobody ever saved a style."""
    monkeypatch.setattr(postgis_schema, "_PATIENCE_S", 300)
    monkeypatch.setattr(postgis, "_PATIENCE", "SET LOCAL lock_timeout = '300s'")
    write(run, database, schema="een")
    database.ask("DROP TABLE public.layer_styles")
    with database.connect() as holder:
        holder.execute("BEGIN")
        holder.execute("SELECT count(*) FROM een.matches")
        first = Writer(run, database, schema="een")
        first.wait_until_it_waits()
        second = Writer(run, database, schema="twee")
        second.wait_for("wait_event_type = 'Lock'")
    first.finish()
    second.finish()
    assert tables_in(database, "een") == tables_in(database, "twee")
    assert styles_in(database, "public.layer_styles") == sorted(styled(run) * 2)


@pytest.fixture
def project(tmp_path):
    """A small project, for whole runs of the command."""
    return write_project(tmp_path / "proef")


def command(project, database, out):
    return ["build", str(project), "-o", str(project / out), "-q", "--to", database.url()]


@pytest.mark.usefixtures("earlier_run")
def test_of_two_commands_one_is_refused_and_one_that_is_killed_leaves_the_old_run(
    project, run, database, capsys
):
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
        time.sleep(_PAUSE_S)
    assert run_command(command(project, database, "twee")) == 1
    assert "Een andere run schrijft naar schema 'kansenkaart'" in capsys.readouterr().err.replace("\n", " ")
    assert not (project / "twee").exists()
    first.kill()
    first.communicate()
    database.ask("DELETE FROM public.wacht")
    while database.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kansenkaart'") != [
        (0,)
    ]:
        time.sleep(_PAUSE_S)
    is_whole(run, database)
    assert run_command(command(project, database, "drie")) == 0
    assert database.ask("SELECT title FROM kansenkaart.kansenkaart_run") == [("Proef",)]
