"""Addresses of databases: what is accepted, and that a password is never said."""

from __future__ import annotations

import subprocess
import sys
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.cli.main import run as run_command
from kansenkaart.database import find_fault, parse_address
from kansenkaart.outward import is_database
from kansenkaart.project.written import shown


def test_an_address_is_taken_apart():
    address = parse_address(
        "postgresql://jan%40werk:s%3Ae%2Fc@[::1]:5433/gis%20nh?schema=kaart&sslmode=require", where="--to"
    )
    assert address.settings == {
        "host": "::1",
        "port": "5433",
        "user": "jan@werk",
        "password": "s:e/c",
        "dbname": "gis nh",
        "sslmode": "require",
    }
    assert address.schema == "kaart"
    assert "s:e/c" not in repr(address) + str(address) + address.shown


def test_the_schema_is_kansenkaart_unless_said_otherwise():
    assert parse_address("postgres://h/db", where="--to").schema == "kansenkaart"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("host=h dbname=d", "database_address"),
        ("postgresql://", "database_address"),
        ("postgresql://u@h", "database_address"),
        ("postgresql://u@h:poort/d", "database_address"),
        ("postgresql://u@h:99999/d", "database_address"),
        ("postgresql://u@h/d/e", "database_address"),
        ("postgresql://u:p#q@h/d", "database_address"),
        ("postgresql://u:p/q@h/d", "database_address"),
        ("postgresql://u@h/d?shema=x", "database_option"),
        ("postgresql://u@h/d?options=-csearch_path%3Dx", "database_option"),
        ("postgresql://u@h/d?password=x", "database_option"),
        ("postgresql://u@h/d?schema=", "database_schema"),
        ("postgresql://u@h/d?schema=public", "database_schema"),
        ("postgresql://u@h/d?schema=pg_kaart", "database_schema"),
        ("postgresql://u@h/d?schema=" + "é" * 32, "database_schema"),
    ],
)
def test_a_wrong_address_says_what_is_wrong(text, key):
    problem = find_fault(text, where="--to")
    assert problem is not None
    assert problem.key == key
    assert "--to" in str(problem)


@pytest.mark.parametrize("text", ["postgresql://u:p@h/d", "postgresql://u@h/d?password=p"])
def test_a_file_holds_no_password(text):
    problem = find_fault(text, where="kansenkaart.toml", shared=True)
    assert problem is not None
    assert problem.key == "database_password"


def test_a_file_names_no_schema_to_write_to():
    problem = find_fault("postgresql://h/d?schema=x", where="kansenkaart.toml", shared=True)
    assert problem is not None
    assert problem.key == "database_option"


SECRETS = st.text(st.characters(codec="utf-8"), min_size=3).map(lambda text: "GEHEIM" + text)


@given(SECRETS, st.booleans(), st.booleans())
def test_no_fault_repeats_a_password(secret, quoted, shared):
    password = quote(secret, safe="") if quoted else secret
    for text in (f"postgresql://u:{password}@h/d", f"postgresql://u@h/d?password={password}"):
        assert is_database(text)
        problem = find_fault(text, where="--to", shared=shared)
        assert problem is None or "GEHEIM" not in str(problem)
        if problem is None:
            assert "GEHEIM" not in repr(parse_address(text, where="--to", shared=shared))
        assert "GEHEIM" not in shown([text])


def test_without_psycopg_the_extra_is_named(monkeypatch, capfd, root, tmp_path):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    out = str(tmp_path / "uit")
    code = run_command(["build", str(root / "data" / "noord-holland"), "-o", out, "--to", "postgresql://h/d"])
    assert code == 2
    assert "kansenkaart[postgis]" in capfd.readouterr().err


def test_nothing_loads_psycopg_before_it_is_asked_for():
    code = "import sys, kansenkaart.pipeline, kansenkaart.cli.main; assert 'psycopg' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_a_wrong_address_is_told_before_any_work(capfd, root):
    assert run_command(["build", str(root / "data" / "noord-holland"), "--to", "postgresql://u:pw@h"]) == 2
    said = capfd.readouterr().err
    assert "--to is geen adres van een database" in said
    assert "pw" not in said


def test_another_fault_in_the_same_layer_does_not_show_the_address(tmp_path, capfd):
    (tmp_path / "kansenkaart.toml").write_text(
        'title = "a"\nreference_year = 2024\nregion = { province = "Utrecht" }\n'
        '[[layers]]\nname = "postgresql://u:pw1@h/d"\npath = ["postgresql://u:pw2@h/d"]\n',
        encoding="utf-8",
    )
    assert run_command(["check", str(tmp_path)]) == 1
    said = "".join(capfd.readouterr())
    assert "layers[1].path" in said
    assert "pw1" not in said
    assert "pw2" not in said


@pytest.mark.parametrize("key", ["boundary", "decisions", "friction"])
def test_a_database_where_a_file_is_asked_is_refused(tmp_path, capfd, key):
    url = "postgresql://u:pw3@h/d"
    region = f'{{ boundary = "{url}" }}' if key == "boundary" else '{ province = "Utrecht" }'
    more = {"decisions": f'[workshop]\ndecisions = "{url}"\n', "friction": f'[friction]\npath = "{url}"\n'}
    (tmp_path / "a.csv").write_text("id,x_rd,y_rd\n", encoding="utf-8")
    (tmp_path / "kansenkaart.toml").write_text(
        f'title = "a"\nreference_year = 2024\nregion = {region}\n[[layers]]\nname = "a"\npath = "a.csv"\n'
        + more.get(key, ""),
        encoding="utf-8",
    )
    assert run_command(["check", str(tmp_path)]) == 1
    said = "".join(capfd.readouterr())
    assert "hier kan alleen een bestand" in said
    assert "pw3" not in said


def test_an_unreachable_server_is_told(root, capfd):
    code = run_command(
        ["build", str(root / "data" / "noord-holland"), "--to", "postgresql://u@127.0.0.1:1/d"]
    )
    assert code == 1
    assert "postgresql://127.0.0.1:1/d kan niet worden geopend" in capfd.readouterr().err
