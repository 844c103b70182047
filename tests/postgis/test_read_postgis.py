"""Layers that stand in PostGIS, as a project file names them."""

from __future__ import annotations

import tomllib

import geopandas as gpd
import pytest
import shapely
from shapely import Point

from kansenkaart.cli.main import run as run_command
from kansenkaart.errors import DataError
from kansenkaart.project import load_project
from kansenkaart.sources import read_sources
from kansenkaart.sources.read import read_file

pytestmark = pytest.mark.postgis

PROJECT = """
title = "Proef"
reference_year = 2024
draws = 0

[region]
province = "Noord-Holland"

[[layers]]
name = "bedrijven"
path = "{path}"
table = "{table}"
source = "Provincie"
year = 2024
rename = {{ {rename} = "glass_ha" }}

[[links]]
name = "lopend"
path = "{path}"
table = "bron.lopend"
source = "Provincie"
year = 2024
"""


@pytest.fixture
def source(database):
    """Two tables of a province: places with all kinds of columns, and known deliveries."""
    database.ask("CREATE SCHEMA bron")
    database.ask(
        'CREATE TABLE bron."Bedrijven 2024" (id integer PRIMARY KEY, name text, kind varchar(40), '
        '"OPP" numeric(10,2), status_date date, sinds timestamptz, groot boolean, extra jsonb, '
        "geom geometry(Point, 4326))"
    )
    database.ask(
        """INSERT INTO bron."Bedrijven 2024" VALUES
        (1, 'Kas é', 'greenhouse', 12.50, '2023-05-01', '2023-05-01 10:00+02', true, '{"a": 1}',
         ST_Transform(ST_SetSRID(ST_Point(110000, 480000), 28992), 4326)),
        (2, 'Kas 2', 'greenhouse', NULL, NULL, 'infinity', NULL, NULL,
         ST_Transform(ST_SetSRID(ST_Point(112000, 481000), 28992), 4326)),
        (3, 'AVI', 'waste_to_energy', NULL, NULL, NULL, false, NULL,
         ST_Transform(ST_SetSRID(ST_Point(111000, 482000), 28992), 4326))"""
    )
    database.ask(
        "CREATE TABLE bron.lopend (id text, stream text, supply text, demand text, quantity float8, status text)"
    )
    database.ask(
        "INSERT INTO bron.lopend VALUES ('w1', 'restwarmte_ht', 'bedrijven:3', 'bedrijven:1', 1000, 'running')"
    )
    return database


def project(folder, database, *, table="bron.Bedrijven 2024", rename="OPP", url=None):
    folder.mkdir(exist_ok=True)
    path = url or database.url()
    text = PROJECT.format(path=path, table=table, rename=rename)
    (folder / "kansenkaart.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_layer_and_links_are_read_as_from_a_file(source, tmp_path):
    read = read_sources(load_project(project(tmp_path / "p", source)), progress=lambda _: None)
    sites = read.sites.set_index("site_id")
    assert sites["name"].tolist() == ["Kas é", "Kas 2", "AVI"]
    assert sites.loc["bedrijven:1", "glass_ha"] == 12.5
    assert sites.loc["bedrijven:1", "status_date"] == "2023-05-01"
    assert sites.loc["bedrijven:1"].geometry.distance(Point(110000, 480000)) < 0.01
    assert len(read.links) == 1
    assert read.links["quantity"].tolist() == [1000.0]
    assert read.layers["crs"].tolist()[0] == "EPSG:4326"


def test_what_is_read_follows_from_the_rows_not_from_their_place(source):
    def read():
        return read_file(None, file=source.url(), table="bron.Bedrijven 2024")

    before = read()
    source.ask('UPDATE bron."Bedrijven 2024" SET name = name WHERE id = 1')
    source.ask('VACUUM FULL bron."Bedrijven 2024"')
    after = read()
    assert after.digest == before.digest
    assert after.frame.equals(before.frame)
    source.ask("UPDATE bron.\"Bedrijven 2024\" SET name = 'anders' WHERE id = 2")
    assert read().digest != before.digest


def test_types_come_through(source):
    raw = read_file(None, file=source.url(), table="bron.Bedrijven 2024")
    assert raw.frame["id"].dtype == "int64"
    assert raw.frame["OPP"].dtype == "float64"
    assert raw.frame["sinds"].tolist()[0] == "2023-05-01"
    # no end is no date: missing, as in a file
    assert raw.frame["sinds"].isna().tolist() == [False, True, True]
    assert raw.frame["groot"].tolist() == [True, None, False]
    assert raw.frame["extra"][2] == '{"a": 1}'


@pytest.mark.parametrize(
    ("column", "shape", "expected"),
    [
        ("geometry(CurvePolygon, 28992)", "SRID=28992;CURVEPOLYGON(CIRCULARSTRING(0 0,2 0,0 0))", "Polygon"),
        ("geometry(PointZ, 28992)", "SRID=28992;POINT Z (1 2 3)", "Point"),
        ("geography(Point, 4326)", "SRID=4326;POINT(5 52)", "Point"),
        ("geometry", "SRID=28992;MULTIPOINT(1 2)", "MultiPoint"),
    ],
)
def test_any_shape_is_read(database, column, shape, expected):
    database.ask(f"CREATE TABLE vormen (vorm {column})")
    database.ask("INSERT INTO vormen VALUES (%s), (NULL)", shape)
    raw = read_file(None, file=database.url(), table="public.vormen")
    assert set(raw.geometry.dropna().geom_type) == {expected}
    assert raw.geometry.isna().sum() == 1
    assert raw.crs is not None


def test_a_view_that_gives_other_rows_than_it_counts_is_refused(database):
    database.ask(
        "CREATE VIEW public.wisselend AS SELECT n AS id FROM generate_series(1, 3) n "
        "WHERE n < 3 OR current_query() ~ 'count'"
    )
    with pytest.raises(DataError, match="counts 3 rows and gave 2"):
        read_file(None, file=database.url(), table="public.wisselend")


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("TIN", "TIN(((0 0 0, 0 0 1, 0 1 0, 0 0 0)))"),
        ("POLYHEDRALSURFACE", "POLYHEDRALSURFACE(((0 0 0, 0 0 1, 0 1 1, 0 1 0, 0 0 0)))"),
        ("TRIANGLE", "TRIANGLE((0 0, 0 9, 9 0, 0 0))"),
    ],
)
def test_a_shape_that_is_not_used_costs_its_row_and_is_named(database, kind, shape):
    database.ask("CREATE TABLE vormen (id text, vorm geometry)")
    database.ask(
        "INSERT INTO vormen VALUES ('a', 'SRID=28992;POINT(1 2)'), ('b', %s), ('c', NULL)",
        f"SRID=28992;{shape}",
    )
    raw = read_file(None, file=database.url(), table="public.vormen")
    assert len(raw.frame) == 3
    assert [(said.row, said.key, said.severity, said.value) for said in raw.remarks] == [
        (3, "shape_kind", "rejected", kind)
    ]


def test_a_view_and_a_table_without_srid(database):
    database.ask("CREATE VIEW zicht AS SELECT 1 AS id, ST_Point(110000, 480000) AS geom")
    raw = read_file(None, file=database.url(), table="public.zicht")
    assert isinstance(raw.geometry, gpd.GeoSeries)
    assert raw.crs is None
    assert shapely.get_srid(raw.geometry.to_numpy()).tolist() == [0]


def test_shapes_in_two_crs_are_refused(database):
    database.ask("CREATE TABLE gemengd (geom geometry)")
    database.ask("INSERT INTO gemengd VALUES ('SRID=28992;POINT(1 2)'), ('SRID=4326;POINT(5 52)')")
    with pytest.raises(DataError) as caught:
        read_file(None, file=database.url(), table="public.gemengd")
    assert caught.value.faults[0].key == "database_crs"
    assert "4326, 28992" in str(caught.value)


def faults(folder):
    with pytest.raises(DataError) as caught:
        read_sources(load_project(folder), progress=lambda _: None)
    return caught.value.faults


@pytest.mark.parametrize("table", ["Bedrijven 2024", "bron.Bedrijven 2023", "bron.bedrijven 2024"])
def test_a_table_that_does_not_exist_is_named_with_the_nearest(source, tmp_path, table):
    problem = faults(project(tmp_path / "p", source, table=table))[0]
    assert problem.key == "table_missing"
    assert table in str(problem)
    assert "bron.Bedrijven 2024" in str(problem)


def test_a_table_that_must_be_chosen_is_asked_for_in_the_words_of_a_file(source, tmp_path):
    text = (project(tmp_path / "p", source) / "kansenkaart.toml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("table")]
    (tmp_path / "p" / "kansenkaart.toml").write_text("\n".join(lines), encoding="utf-8")
    problem = faults(tmp_path / "p")[0]
    assert problem.key == "table_needed"
    assert "bron.Bedrijven 2024" in str(problem)


def test_a_column_that_does_not_exist_is_named(source, tmp_path):
    problem = faults(project(tmp_path / "p", source, rename="OPPERVLAK"))[0]
    assert "OPPERVLAK" in str(problem)
    assert "OPP" in problem.values["allowed"]


def test_no_right_to_read_and_an_unreachable_server_are_told(source, tmp_path):
    source.ask("CREATE ROLE lezer LOGIN")
    source.ask("GRANT USAGE ON SCHEMA bron TO lezer")
    url = source.url(user="lezer")
    assert faults(project(tmp_path / "p", source, url=url))[0].key == "database_rights"
    gone = url.replace("/gis", "/weg")
    problem = faults(project(tmp_path / "p", source, url=gone))[0]
    assert problem.key == "database_unreachable"
    assert "weg" in str(problem)
    source.ask("DROP OWNED BY lezer")


def test_reading_changes_nothing(source):
    source.ask(
        "CREATE FUNCTION bron.telt() RETURNS integer LANGUAGE sql VOLATILE AS "
        "'INSERT INTO bron.lopend (id) VALUES (''x'') RETURNING 1'"
    )
    source.ask("CREATE VIEW bron.schrijft AS SELECT bron.telt() AS n")
    with pytest.raises(DataError) as caught:
        read_file(None, file=source.url(), table="bron.schrijft")
    assert caught.value.faults[0].key == "database_refused"
    assert source.ask("SELECT count(*) FROM bron.lopend") == [(1,)]


SECRET = "zeer@geheim/wachtwoord"
QUOTED = "zeer%40geheim%2Fwachtwoord"


@pytest.fixture
def guarded(source):
    """A user whom the server asks for a password, and who may read and write."""
    source.ask(f"CREATE ROLE wachter LOGIN PASSWORD '{SECRET}'")
    source.ask("GRANT USAGE ON SCHEMA bron TO wachter")
    source.ask("GRANT SELECT ON ALL TABLES IN SCHEMA bron TO wachter")
    source.ask("GRANT CREATE ON DATABASE gis TO wachter")
    yield source
    source.ask("DROP OWNED BY wachter CASCADE")


def test_a_password_reaches_the_server_and_nothing_else(guarded, tmp_path, monkeypatch, capfd, caplog):
    monkeypatch.setenv("PGPASSWORD", SECRET)
    folder = project(tmp_path / "p", guarded, url=guarded.url(user="wachter"))
    to = guarded.url(user="wachter", password=QUOTED, schema="kaart")
    assert run_command(["build", str(folder), "-o", str(folder / "uit"), "--to", to, "-v", "--debug"]) == 0
    assert guarded.ask("SELECT count(*) FROM kaart.sites") == [(3,)]
    wrong = guarded.url(user="wachter", password="Fout%40Geheim", schema="kaart")
    assert run_command(["build", str(folder), "-o", str(folder / "uit"), "--to", wrong, "--debug"]) == 1
    said = "".join(capfd.readouterr()) + caplog.text
    assert "kan niet worden geopend" in said
    written = b"".join(path.read_bytes() for path in (folder / "uit").rglob("*") if path.is_file())
    for word in (SECRET, QUOTED, "Fout%40Geheim", "Fout@Geheim"):
        assert word not in said
        assert word.encode() not in written
    assert "postgresql://…@127.0.0.1".encode() in written
    assert b"wachter" not in written


def test_a_password_in_the_project_file_is_refused_and_not_repeated(guarded, tmp_path, capfd):
    folder = project(tmp_path / "p", guarded, url=guarded.url(user="wachter", password=QUOTED))
    assert run_command(["check", str(folder)]) == 1
    said = "".join(capfd.readouterr())
    assert "PGPASSWORD" in said
    assert "layers[1].path" in said
    assert "links[1].path" in said
    assert QUOTED not in said


@pytest.mark.usefixtures("little_written")
def test_an_earlier_schema_of_ours_can_be_a_layer(guarded, tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", SECRET)
    folder = project(tmp_path / "p", guarded, url=guarded.url(user="wachter"))
    to = guarded.url(user="wachter", schema="kaart")
    assert run_command(["build", str(folder), "-o", str(folder / "uit"), "--to", to, "-q"]) == 0
    manifest = tomllib.loads((folder / "kansenkaart.toml").read_text(encoding="utf-8"))
    assert manifest["layers"][0]["path"] == guarded.url(user="wachter")
    again = read_file(None, file=guarded.url(), table="kaart.sites")
    assert again.frame["site_id"].tolist() == ["bedrijven:1", "bedrijven:2", "bedrijven:3"]


@pytest.mark.usefixtures("little_written")
def test_explain_sees_that_a_table_has_changed(source, tmp_path, capfd):
    folder = project(tmp_path / "p", source)
    assert run_command(["build", str(folder), "-o", str(folder / "uit"), "-q"]) == 0
    ask = ["explain", str(folder / "uit"), "AVI", "Kas 2"]
    assert run_command(ask) == 0
    source.ask("UPDATE bron.lopend SET quantity = 2000")
    assert run_command(ask) == 1
    assert "bron.lopend" in capfd.readouterr().err


def test_roads_and_friction_may_stand_in_the_database(source, tmp_path):
    source.ask("CREATE TABLE bron.wegen (id integer, geom geometry(LineString, 28992))")
    source.ask("INSERT INTO bron.wegen VALUES (1, 'SRID=28992;LINESTRING(110000 480000, 111000 482000)')")
    folder = project(tmp_path / "p", source)
    file = folder / "kansenkaart.toml"
    ground = f'path = "{source.url()}"\ntable = "bron.wegen"\n'
    more = f'[roads]\n{ground}[[friction.layers]]\n{ground}kind = "water"\n'
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    read = read_sources(load_project(folder), progress=lambda _: None)
    account = read.layers.set_index("layer")
    assert account.loc[["roads", "friction.layers[1]"], "rows_used"].tolist() == [1, 1]
    assert account["sha256"].str.len().tolist() == [64] * len(account)
    assert read.surroundings.roads is not None
    assert read.surroundings.friction is not None
