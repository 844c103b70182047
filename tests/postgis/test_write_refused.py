"""Where the layers are not written: a schema of others, missing rights, no PostGIS; what others made there stays."""

from __future__ import annotations

import pytest

from kansenkaart.database import parse_address
from kansenkaart.errors import OutputError
from kansenkaart.exports import check_postgis, write_postgis
from tests.postgis.written import is_whole, tables_in, write

pytestmark = pytest.mark.postgis


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


@pytest.mark.usefixtures("earlier_run")
def test_a_view_of_someone_is_never_dropped(run, database):
    database.ask("CREATE VIEW public.mijn_kansen AS SELECT quantity FROM kansenkaart.matches")
    with pytest.raises(OutputError) as caught:
        write(run, database)
    assert caught.value.faults[0].key == "database_in_use"
    assert "mijn_kansen" in str(caught.value)
    is_whole(run, database)


each_stranger = pytest.mark.parametrize(
    "stranger",
    [
        "CREATE TABLE kansenkaart.eigen (a int)",
        "CREATE VIEW kansenkaart.eigen AS SELECT 1",
        "CREATE SEQUENCE kansenkaart.eigen",
    ],
)


@each_stranger
def test_a_schema_with_something_of_others_is_refused(run, database, stranger):
    database.ask("CREATE SCHEMA kansenkaart")
    check_stranger(run, database, stranger)


@each_stranger
@pytest.mark.usefixtures("earlier_run")
def test_so_is_one_where_a_run_was_written_before(run, database, stranger):
    check_stranger(run, database, stranger)


def check_stranger(run, database, stranger):
    """Something of others in the schema is named, and nothing is written."""
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
