"""A real PostgreSQL with PostGIS on loopback, started here in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.exports.small_run import Run
from tests.postgis.written import write

ADMIN = "beheer"
_ACCESS = """
host all wachter 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
"""


@dataclass(frozen=True)
class Database:
    """A fresh database with PostGIS."""

    name: str
    port: int

    def url(self, *, user: str = ADMIN, schema: str | None = None, password: str | None = None) -> str:
        secret = f":{password}" if password is not None else ""
        query = f"?schema={schema}" if schema is not None else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{self.name}{query}"

    def connect(self, user: str = ADMIN) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, dbname=self.name, user=user, autocommit=True, password="x"
        )

    def ask(self, query: str, *values: object, user: str = ADMIN) -> list[tuple[Any, ...]]:
        with self.connect(user) as connection:
            cursor = connection.execute(query, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []


def _programs() -> Path:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    known = shutil.which("postgres")
    found = [*(Path(known).resolve() for _ in [0] if known), *reversed(folders)]
    controls = list(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
    if not found or not controls:
        pytest.skip("no PostgreSQL with PostGIS: apt-get install postgresql postgresql-postgis")
    return found[0].parent


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def server() -> Iterator[int]:
    """Port of a server that is gone after the tests; PostgreSQL refuses to run as root."""
    programs = _programs()
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="kansenkaart-pg-"))
    account = pwd.getpwnam(user)
    os.chown(folder, account.pw_uid, account.pw_gid)

    def call(*command: str) -> None:
        as_user: dict[str, Any] = {"user": user, "group": account.pw_gid} if os.geteuid() == 0 else {}
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=120,
            env={"LC_ALL": "C.UTF-8"},
            **as_user,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    data, port = folder / "data", _free_port()
    call(str(programs / "initdb"), "-D", str(data), "-U", ADMIN, "-A", "trust", "--no-sync", "-E", "UTF8")
    (data / "pg_hba.conf").write_text(_ACCESS)
    settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=30"
    control = (str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"))
    call(*control, "-o", settings, "start")
    try:
        with Database("postgres", port).connect() as connection:
            connection.execute("CREATE DATABASE met_postgis")
        with Database("met_postgis", port).connect() as connection:
            connection.execute("CREATE EXTENSION postgis")
        yield port
    finally:
        call(*control, "-m", "immediate", "stop")
        shutil.rmtree(folder)


@contextmanager
def _fresh(server: int, name: str, template: str = "met_postgis") -> Iterator[Database]:
    with Database("postgres", server).connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield Database(name, server)
    finally:
        with Database("postgres", server).connect() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def run(shared_run: Run) -> Run:
    """The run of the exports; nothing that writes or reads it changes it."""
    return shared_run


@pytest.fixture(scope="session")
def earlier_run(server: int, run: Run) -> str:
    """The database, to be copied, in which ``run`` was written; under the name that the copies have."""
    admin = Database("postgres", server)
    admin.ask("CREATE DATABASE gis TEMPLATE met_postgis")
    assert write(run, Database("gis", server)) == []
    admin.ask("ALTER DATABASE gis RENAME TO geschreven")
    return "geschreven"


@pytest.fixture
def database(server: int, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with PostGIS; the roles that a test made go with it.

    Empty, or with ``run`` in it for a test that uses the fixture ``earlier_run``.
    """
    asked = "earlier_run" in request.fixturenames
    with _fresh(server, "gis", request.getfixturevalue("earlier_run") if asked else "met_postgis") as made:
        yield made
    with Database("postgres", server).connect() as connection:
        for (role,) in connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> %s", (ADMIN,)
        ).fetchall():
            connection.execute(psycopg.sql.SQL("DROP ROLE {}").format(psycopg.sql.Identifier(role)))


@pytest.fixture(scope="module")
def kept_database(server: int) -> Iterator[Database]:
    """A database for all tests of a module that only look."""
    with _fresh(server, "gekeken") as made:
        yield made
