"""Tables of a real PostGIS changed by SQL, by a seed: each is read whole, or refused by an error that names it.

``TABLES=500 SEED=9`` in the environment offers more, or others; ``make fuzz`` does.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from kansenkaart.errors import KansenkaartError
from kansenkaart.project import load_project
from kansenkaart.sources.region import load_boundaries, read_region
from kansenkaart.sources.sites import Known, read_places
from kansenkaart.texts import load_texts

pytestmark = pytest.mark.postgis

_PROJECT = """
title = "Proef"
reference_year = 2024
[region]
province = "Noord-Holland"
margin_km = 5
[[layers]]
name = "a"
path = "{path}"
table = "bron.plek"
source = "Provincie"
year = 2024
"""
_SOUND = (
    "CREATE SCHEMA gaaf",
    "CREATE TABLE gaaf.plek (id text, name text, kind text, supply_restwarmte_ht_gj_y float8, "
    "demand_restwarmte_ht_gj_y numeric, groot boolean, sinds date, geom geometry)",
    "INSERT INTO gaaf.plek SELECT 'r' || n, 'Plek ' || n, "
    "CASE WHEN mod(n, 2) = 0 THEN 'industry' ELSE 'greenhouse' END, 1e5 * n, 2e4 * n, mod(n, 2) = 0, "
    "'2023-05-01', ST_SetSRID(ST_Point(110000 + 900 * n, 480000), 28992) "
    "FROM generate_series(1, 4) n",
    "INSERT INTO gaaf.plek SELECT 'ver', 'Ver weg', 'greenhouse', 1, 1, true, NULL, "
    "ST_SetSRID(ST_Point(200000, 330000), 28992)",
)
_FRESH = (
    "DROP SCHEMA IF EXISTS bron CASCADE",
    "CREATE SCHEMA bron",
    "CREATE TABLE bron.plek AS TABLE gaaf.plek",
)
_COLUMNS = ("id", "name", "kind", "supply_restwarmte_ht_gj_y", "demand_restwarmte_ht_gj_y", "groot", "sinds")
_VALUES = (
    *(
        "NULL",
        "''",
        "' '",
        "'r1'",
        "'R1'",
        "'NaN'",
        "'Infinity'",
        "'-1'",
        "'0'",
        "'1e300'",
        "'1,5'",
        "'infinity'",
        "'x'",
    ),
    *(
        "'0044-03-15 BC'",
        "repeat('x', 9000)",
        "E'a\\nb'",
        "E'\\x1b[2J'",
        "U&'\\200b'",
        "'=1+1'",
        "'greenhouse'",
        "'ja'",
    ),
)
_TYPES = (
    *(
        "text",
        "varchar(3)",
        "char(9)",
        "float4",
        "float8",
        "numeric(4,1)",
        "int2",
        "int8",
        "boolean",
        "date",
        "bytea",
    ),
    *(
        "timestamptz",
        "interval",
        "jsonb",
        "text[]",
        "money",
        "uuid",
        "inet",
        "xml",
        "bit varying",
        "name",
        "oid",
    ),
)
_NAMES = (
    "ID",
    "%s",
    'a"b',
    "x_rd",
    "lon",
    "geometry",
    "jaar",
    " ",
    "é",
    "fid",
    "x" * 63,
    "id ",
    "demand_gft_t_y",
)
_SHAPES = (
    "NULL",
    "ST_GeomFromText('POINT EMPTY', 28992)",
    "ST_SetSRID(ST_Point('NaN', 480000), 28992)",
    "ST_SetSRID(ST_Point('Infinity', 1e300), 28992)",
    "ST_SetSRID(geom, 0)",
    "ST_SetSRID(geom, 4326)",
    "ST_Transform(geom, 4326)",
    "ST_Transform(geom, 3857)",
    "ST_Force4D(geom)",
    "ST_Buffer(geom, 50)",
    "ST_Collect(geom, ST_Buffer(geom, 5))",
    "ST_GeomFromText('CIRCULARSTRING(110000 480000, 110100 480100, 110200 480000)', 28992)",
    "ST_GeomFromText('CURVEPOLYGON(CIRCULARSTRING(110000 480000, 110100 480000, 110000 480000))', 28992)",
    "ST_GeomFromText('TIN(((0 0 0, 0 0 1, 0 1 0, 0 0 0)))', 28992)",
    "ST_GeomFromText('POLYGON((110000 480000, 110100 480100, 110100 480000, 110000 480100, 110000 480000))', 28992)",
    "ST_GeomFromText('POLYHEDRALSURFACE(((0 0 0, 0 0 1, 0 1 1, 0 1 0, 0 0 0)))', 28992)",
    "ST_GeomFromText('GEOMETRYCOLLECTION EMPTY', 28992)",
)
_MOVE = "ALTER TABLE bron.plek RENAME TO vorig; "
_WHOLE = (
    "DELETE FROM bron.plek WHERE id = 'r2'",
    "TRUNCATE bron.plek",
    "INSERT INTO bron.plek SELECT * FROM bron.plek",
    "INSERT INTO bron.plek SELECT * FROM bron.plek WHERE id = 'r3'",
    "ALTER TABLE bron.plek DROP COLUMN geom",
    "ALTER TABLE bron.plek ADD COLUMN geom_2 geometry",
    "ALTER TABLE bron.plek ALTER COLUMN geom TYPE geography USING ST_Transform(geom, 4326)::geography",
    "ALTER TABLE bron.plek ALTER COLUMN geom TYPE text USING ST_AsText(geom)",
    "ALTER TABLE bron.plek ALTER COLUMN geom TYPE text USING ST_AsEWKB(geom)::text",
    "ALTER TABLE bron.plek ALTER COLUMN geom TYPE geometry(Point, 28992)",
    "ALTER TABLE bron.plek ADD COLUMN samen int8 GENERATED ALWAYS AS (1 + 1) STORED",
    "ALTER TABLE bron.plek ADD COLUMN rij gaaf.plek",
    _MOVE + "CREATE VIEW bron.plek AS SELECT * FROM bron.vorig",
    _MOVE + "CREATE VIEW bron.plek AS SELECT *, 1 / (length(id) - 2) AS n FROM bron.vorig",
    _MOVE + "CREATE VIEW bron.plek AS SELECT *, random() AS n FROM bron.vorig",
    _MOVE + "CREATE MATERIALIZED VIEW bron.plek AS SELECT * FROM bron.vorig WITH NO DATA",
    _MOVE + "CREATE VIEW bron.plek AS SELECT name, geom FROM bron.vorig WHERE false",
    "DROP TABLE bron.plek; CREATE TABLE bron.plek ()",
    "ALTER TABLE bron.plek RENAME TO vorig",
)


def _statement(chance: random.Random) -> str:
    column, row = chance.choice(_COLUMNS), chance.choice(("r1", "r2", "r3", "r4"))
    where = chance.choice((f" WHERE id = '{row}'", f" WHERE id = '{row}'", ""))
    way = chance.randrange(10)
    if way < 4:
        return f"UPDATE bron.plek SET {column} = {chance.choice(_VALUES)}{where}"
    if way < 6:
        return f"UPDATE bron.plek SET geom = {chance.choice(_SHAPES)}{where}"
    if way == 6:
        kind = chance.choice(_TYPES)
        return f"ALTER TABLE bron.plek ALTER COLUMN {column} TYPE {kind} USING {column}::text::{kind}"
    if way == 7:
        name = chance.choice(_NAMES).replace('"', '""')
        return f'ALTER TABLE bron.plek RENAME COLUMN {column} TO "{name}"'
    return chance.choice(_WHOLE)


def _damage(connection: psycopg.Connection[object], chance: random.Random) -> None:
    for one in _FRESH:
        connection.execute(one)
    for _ in range(chance.choice((1, 1, 2, 3))):
        try:
            for one in _statement(chance).split("; "):
                connection.execute(one)
        except psycopg.Error:
            pass  # the server itself does not take it: the table stays as it was


def _offer(known: Known, connection: psycopg.Connection[object]) -> str:
    """Read the table; what is read must add up, and equal what the server counts."""
    try:
        account = read_places(known.loaded.project.layers[0], known).layer
    except KansenkaartError as error:
        return "refused" if "plek" in str(error) or "gis" in str(error) else f"no name: {error}"
    read, used, rejected, outside = (
        account[f"rows_{one}"] for one in ("read", "used", "rejected", "outside")
    )
    assert read == used + rejected + outside, account
    assert connection.execute("SELECT count(*) FROM bron.plek").fetchone() == (read,), account
    return "read"


@pytest.fixture
def known(database, tmp_path: Path) -> Known:
    for one in _SOUND:
        database.ask(one)
    (tmp_path / "kansenkaart.toml").write_text(_PROJECT.format(path=database.url()), encoding="utf-8")
    loaded, boundaries = load_project(tmp_path), load_boundaries()
    return Known(loaded, boundaries, read_region(loaded, boundaries), load_texts("nl"))


def test_a_damaged_table_is_read_whole_or_refused(database, known, capsys):
    seed, count = int(os.environ.get("SEED", "1")), int(os.environ.get("TABLES", "20"))
    answers: Counter[str] = Counter()
    faults = []
    with database.connect() as connection:
        for number in range(count):
            _damage(connection, random.Random(f"{seed}/{number}"))
            try:
                answers[_offer(known, connection)] += 1
            except Exception as error:
                faults.append(f"SEED={seed}, table {number}: {type(error).__name__}: {error}")
    with capsys.disabled():
        sys.stdout.write(f"\n{count} tables, seed {seed}: {dict(answers)}, {len(faults)} faults\n")
    assert faults == []
    assert set(answers) == {"read", "refused"}
