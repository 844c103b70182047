"""Nothing private leaves: places on the disk, user names and passwords stand in no output and on no screen."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

import kansenkaart
from kansenkaart.cli.main import run
from kansenkaart.database.address import FORM
from kansenkaart.outward import cut_path, hide_private, hide_secrets, tell
from tests.cli.unpack import unpack
from tests.small_project import LAYER, ROWS

SECRET = "geheim-q7x3"
USER = "jannekegeheim"
PASSWORD = "wachtw00rd-z9"

BAD = "x,Fout,industry,geen,480000,1,,90\n"
TOML = """
title = "Proef"
reference_year = 2025
streams = ["restwarmte_ht"]
draws = 5
[region]
province = "Noord-Holland"
[[layers]]
name = "a"
path = {path!r}
[[layers]]
name = "leeg"
path = {empty!r}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project in a secret folder of a user with a name, with layers given by their whole path."""
    home = tmp_path / USER
    folder = home / f"map {SECRET}" / "proef"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USER", USER)
    monkeypatch.setenv("LOGNAME", USER)
    monkeypatch.chdir(folder)
    (folder / "a.csv").write_text(LAYER + ROWS + BAD, encoding="utf-8")
    (folder / "leeg.csv").write_text(LAYER, encoding="utf-8")
    _write_toml(folder, str(folder / "a.csv"))
    return folder


def _write_toml(folder: Path, path: str) -> None:
    text = TOML.format(path=path, empty=str(folder / "leeg.csv"))
    (folder / "kansenkaart.toml").write_text(text, encoding="utf-8")


def _private(content: bytes) -> list[str]:
    return [
        word
        for word in (SECRET, USER, PASSWORD)
        for part in unpack(content)
        if any(word.encode(code) in part for code in ("utf-8", "utf-16-le", "utf-16-be"))
    ]


def _in_all(path: Path) -> bytes:
    return b"\0".join(list(unpack(path.read_bytes()))[1:])


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("kansenkaart.html", b"Tata Steel"),
        ("kansenkaart.xlsx", b"<worksheet"),
        ("kansenkaart.gpkg", b"Tata Steel"),
        ("kansenkaart.gpkg", b"<maplayer"),
    ],
)
def test_the_search_finds_what_is_packed(noord_holland_outputs: Path, name: str, planted: bytes) -> None:
    assert planted in _in_all(noord_holland_outputs / name)


def test_the_search_reads_tags_and_zips_in_zips(noord_holland_outputs: Path, tmp_path: Path) -> None:
    raster = next((noord_holland_outputs / "rasters").glob("*.tif"))
    assert b"kansenkaart" in _in_all(raster).lower()
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.txt", SECRET)
    outer = tmp_path / "buiten.zip"
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("b.zip", inner.getvalue())
    assert SECRET.encode() not in outer.read_bytes()
    assert SECRET.encode() in _in_all(outer)


def test_no_output_and_no_screen_tells_where_it_was_made(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["build", "-v"]) == 0
    assert run(["check", "-v"]) == 0
    assert run(["explain", "uit", "Bron", "Kas"]) == 0
    assert _private("".join(capfd.readouterr()).encode()) == []
    written = [path for path in (project / "uit").rglob("*") if path.is_file()]
    assert {path.name for path in written} >= {"quality.html", "manifest.json", "kansenkaart.gpkg"}
    assert {path.name: _private(path.read_bytes()) for path in written} == {path.name: [] for path in written}
    findings = (project / "uit" / "quality.csv").read_text(encoding="utf-8")
    assert "\na,a.csv,4," in findings.replace("\r", "")


# A number, a price, a profile and a processor of the project's own: their sources are published as well.
OWN = """
[kengetallen.kas_warmte_groente]
low = 1
value = 2
high = 3
source = {every}
[prices.detour_factor]
low = 1.1
value = 1.2
high = 1.3
source = {every}
[[processors]]
kind = "digester"
takes = "gft"
makes = "compost"
low = 0.1
value = 0.2
high = 0.3
source = {every}
note = {every}
"""

PLACES = {
    "windows": f"C:\\Users\\{USER}\\map {SECRET}\\opgave.xlsx",
    "home": f"/home/{USER}",
    "mac": f"/Users/{USER}/{SECRET}/opgave.xlsx",
    "share": f"\\\\server\\{SECRET}\\{USER}\\opgave.xlsx",
    "address": f"file:///home/{USER}/{SECRET}/opgave.xlsx",
    "sentence": f"Zie 'C:/Users/{USER}/{SECRET}/opgave.xlsx', tabblad 2",
    "database": f"postgresql://{USER}:{PASSWORD}@gis.nl/kaart",
    "password": f"wachtwoord = {PASSWORD}",
    "prose": f"Wachtwoord: {PASSWORD}",
    "quoted": f"host=gis.nl user={USER} password='{PASSWORD} x'",
    "token": f"https://gis.nl/wfs?access_token={PASSWORD}&v=1",
    "key": f"https://gis.nl/wfs?v=1&api_key={PASSWORD}",
    "signature": f"https://gis.nl/a?sv=1&sig={PASSWORD}",
    "header": f"Authorization: Bearer {PASSWORD}",
    "client": f"client_secret={PASSWORD}",
    "user": f"postgresql://{USER}@gis.nl/kaart",
    "account": f"https://{PASSWORD}@gis.nl/a",
    "disk": f"/data/{SECRET}/opgave.xlsx",
    "tilde": f"~{USER}/opgave.xlsx",
}


def test_no_cell_and_no_text_of_the_project_publishes_a_place_or_a_password(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    header = LAYER.rstrip() + ",source,status_note,licence\n"
    rows = [f"{line},,," for line in ROWS.splitlines()]
    for number, said in enumerate(PLACES.values()):
        told = f'"{said}"'
        words = f"{told},{told},{told}"
        rows.append(f"g{number},{told},industry,11{number}000,48{number}000,200000,,90,{words}")
        rows.append(f"s{number},{told},industry,11{number}500,48{number}500,{told},,{told},{words}")
        rows.append(f"{told},,industry,11{number}100,48{number}100,200000,,90,{words}")
    (project / "a.csv").write_text("\n".join([header.rstrip(), *rows, ""]), encoding="utf-8")
    every = json.dumps("; ".join(PLACES.values()))
    toml = project / "kansenkaart.toml"
    whole = toml.read_text(encoding="utf-8").replace('"Proef"', every)
    own = OWN.format(every=every)
    toml.write_text(f"{whole.rstrip()}\nsource = {every}\nlicence = {every}\n{own}", encoding="utf-8")

    assert run(["build", "-v"]) == 0
    sides = [f"--{side}-quantity={side}_restwarmte_ht_gj_y" for side in ("supply", "demand")]
    assert run(["match", "a.csv", "a.csv", "-o", "m.gpkg", "--max-distance", "5km", *sides]) == 0

    assert _private("".join(capfd.readouterr()).encode()) == []
    written = [path for path in (project / "uit").rglob("*") if path.is_file()] + [project / "m.gpkg"]
    assert {path.name: _private(path.read_bytes()) for path in written} == {path.name: [] for path in written}
    findings = (project / "uit" / "quality.csv").read_text(encoding="utf-8")
    assert findings.count("Gepubliceerd wordt alleen: 'opgave.xlsx'") >= 4


@pytest.mark.parametrize(
    ("text", "published"),
    [
        (PLACES["windows"], "opgave.xlsx"),
        (PLACES["home"], "…"),
        (PLACES["mac"], "opgave.xlsx"),
        (PLACES["share"], "opgave.xlsx"),
        (PLACES["address"], "opgave.xlsx"),
        (PLACES["sentence"], "Zie 'opgave.xlsx', tabblad 2"),
        (PLACES["database"], "postgresql://…@gis.nl/kaart"),
        (PLACES["password"], "wachtwoord=…"),
        (PLACES["prose"], "Wachtwoord:…"),
        (PLACES["quoted"], "host=gis.nl user=… password=…"),
        (PLACES["token"], "https://gis.nl/wfs?access_token=…&v=1"),
        (PLACES["key"], "https://gis.nl/wfs?v=1&api_key=…"),
        (PLACES["signature"], "https://gis.nl/a?sv=1&sig=…"),
        (PLACES["header"], "Authorization: Bearer …"),
        (PLACES["user"], "postgresql://…@gis.nl/kaart"),
        (PLACES["account"], "https://…@gis.nl/a"),
        (PLACES["disk"], "opgave.xlsx"),
        (PLACES["tilde"], "opgave.xlsx"),
        *[
            (text, text)
            for text in (
                "t/jaar/ha",
                "en/of",
                "1/2",
                "a@b.nl",
                "https://x.nl/home/a",
                "A: b/c",
                "/3",
                "bron: RVO",
                "~5/10 t",
                "~100/jaar",
                "en /of",
                "token ring",
                "https://x.nl/@52.1,4.9?q=a@b.nl",
            )
        ],
        ("zie //gis-03/provincie/kaart/a.csv", "zie a.csv"),
        ("file:%2F%2Fhome%2Fjan%2Fa.csv", "a.csv"),
        ("file%3A%2F%2F%2FC%3A%2FUsers%2Fjan%2Fa.csv", "a.csv"),
        ("m3 // jaar, //www.pdok.nl/a", "m3 // jaar, //www.pdok.nl/a"),
    ],
)
def test_what_a_cell_publishes(text: str, published: str) -> None:
    assert hide_private(text) == published


def test_what_was_written_is_named_without_the_folders_it_lies_in(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also where the user gave the whole path."""
    out = project / "uit"
    assert run(["new", str(project / "regio")]) == 0
    assert run(["build", str(project), "-o", str(out)]) == 0
    assert run(["build", str(project), "-o", str(out)]) == 0
    layer = str(project / "a.csv")
    sides = [
        "--supply-quantity",
        "supply_restwarmte_ht_gj_y",
        "--demand-quantity",
        "demand_restwarmte_ht_gj_y",
    ]
    assert run(["match", layer, layer, *sides, "-o", str(project / "m.gpkg"), "--max-distance", "9km"]) == 0
    ballot = _write_ballot(project, out)
    for _ in range(2):
        assert run(["workshop", "merge", str(out), str(ballot), "-o", str(project / "d.gpkg")]) == 0
        with closing(sqlite3.connect(project / "d.gpkg")) as database, database:
            database.execute("UPDATE gpkg_contents SET description = 'van de planner'")
    shown = "".join(capfd.readouterr())
    for name in (
        "Gemaakt: regio.",
        " uit/kansenkaart.html",
        "Geschreven: m.gpkg",
        "Geschreven: d.gpkg",
        "als d.vorige.gpkg",
    ):
        assert name in shown.replace("\n", " ")
    assert _private(shown.encode()) == []


def _write_ballot(folder: Path, out: Path) -> Path:
    built = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    ballot = {
        "schema": "kansenkaart-ballot",
        "version": 1,
        "map": {"id": built["manifest_id"], "title": "Proef"},
        "ballot": "00000000-0000-4000-8000-000000000001",
        "table": "Tafel 1",
        "saved": "2026-11-21T14:00:00.000Z",
        "matches": [],
        "doubts": [],
        "missing": [],
    }
    (folder / "tafel.json").write_text(json.dumps(ballot), encoding="utf-8")
    return folder / "tafel.json"


@pytest.mark.parametrize("content", [b"\x00\xff\x00", b"PK\x03\x04", b'{"type": "Feature', b"II*\x00"])
@pytest.mark.parametrize("kind", ["csv", "gpkg", "geojson", "fgb", "xlsx", "parquet", "shp", "txt", "doc"])
def test_no_error_of_a_reader_tells_where_the_file_is(
    project: Path, capfd: pytest.CaptureFixture[str], kind: str, content: bytes
) -> None:
    (project / f"stuk.{kind}").write_bytes(content)
    _write_toml(project, str(project / f"stuk.{kind}"))
    assert run(["check"]) == 1
    shown = "".join(capfd.readouterr())
    assert f"stuk.{kind}" in shown
    assert _private(shown.encode()) == []


ADDRESSES = [
    f"postgresql://{USER}:{PASSWORD}@gis.nl:5432/kaart",
    f"postgresqll://{USER}:{PASSWORD}@gis.nl/kaart",
    f"postgres:/{USER}:{PASSWORD}@gis.nl/kaart",
    f"postgresql//{USER}:{PASSWORD}@gis.nl/kaart",
    f"postgresql:{USER}:{PASSWORD}@gis.nl/kaart",
    f" Postgresql://{USER}:{PASSWORD}",
    f"{USER}:{PASSWORD}@gis.nl/kaart",
    f"host=gis.nl password={PASSWORD} dbname=kaart",
    f"postgresql://{USER}:{PASSWORD}/x@y@gis.nl/kaart?sslmode=require&x=y",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_mistyped_address_of_a_database_is_never_shown(
    project: Path, capfd: pytest.CaptureFixture[str], address: str
) -> None:
    assert run(["build", "--to", address]) in (1, 2)
    assert run(["build", address]) in (1, 2)
    assert run(["build", "uit", address]) == 2
    assert run(["build", f"--{address}"]) == 2
    assert run(["match", address, "a.csv", "-o", "m.gpkg", "--max-distance", "5km"]) in (1, 2)
    assert run(["match", "a.csv", "a.csv", "-o", "m.gpkg", "--max-distance", address]) == 2
    _write_toml(project, address)
    assert run(["check"]) in (1, 2)
    shown = "".join(capfd.readouterr())
    assert len(shown.splitlines()) >= 7
    assert _private(shown.encode()) == []


def test_what_steers_a_terminal_is_taken_out_of_every_text(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    steering = "\x1b[31mRood\x1b]0;titel\x07\x9b2J\u202eom"
    header = LAYER.replace("name", f"name,kolom{steering}", 1)
    rows = f"b,{steering},1,industry,geen,480000,200000,,90\nc{steering},Bron,1,industry,110000,480000,2000,,90\n"
    name = "b\x1b[2Jestand.csv"
    (project / name).write_text(header + rows, encoding="utf-8")
    (project / "a.csv").write_text(header + rows, encoding="utf-8")
    assert run(["check", "-v"]) == 0
    assert run(["match", name, name, "-o", "m.gpkg", "--max-distance", "5km"]) in (0, 1)
    assert run(["match", f"{name}x", name, "-o", "m.gpkg", "--max-distance", "5km"]) == 1
    assert run([f"b\x1b[2J{name}"]) == 2
    shown = "".join(capfd.readouterr())
    assert "Rood" in shown
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown) == []


def test_what_is_no_secret_stays() -> None:
    for text in (
        FORM,
        "postgresql://gis.nl:5432/kaart, kansenkaart",
        "zie https://www.pdok.nl/a/b",
        "t/jaar/ha",
        "naam@bedrijf.nl",
        "om 10:30 uur",
        "lagen/rwzi.gpkg",
    ):
        assert tell(text) == text
        assert hide_secrets(text) == text
    assert cut_path("C:\\Users\\jan\\rwzi.csv") == "rwzi.csv"


def test_a_traceback_goes_through_the_door_too(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "--debug", "--to", ADDRESSES[1]]) == 2
    shown = "".join(capfd.readouterr())
    assert "Traceback" in shown
    assert _private(shown.encode()) == []


def test_a_name_between_colons_is_shown_as_it_is(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "a.csv").write_text(
        LAYER + ROWS + "x,:car: bv,industry,:car:,480000,1,,90\n", encoding="utf-8"
    )
    assert run(["check"]) == 0
    assert "staat ':car:'" in capfd.readouterr().out


def test_nothing_is_printed_beside_the_door() -> None:
    """Whatever a user reads on a screen was made plain by ``cli/screen.py``."""
    package = Path(kansenkaart.__file__).parent
    beside = re.compile(
        r"(?<![.\w])print\(|click\.s?echo|sys\.(?:stdout|stderr)\.write|print_exc|sys\.stdout,"
    )
    found = [
        f"{file.relative_to(package).as_posix()}: {line.strip()}"
        for file in sorted(package.rglob("*.py"))
        if "qgis" not in file.parts  # runs in QGIS, which shows text as text
        for line in file.read_text(encoding="utf-8").splitlines()
        if beside.search(line) and not line.lstrip().startswith((">>>", "for stream in"))
    ]
    assert found == []
