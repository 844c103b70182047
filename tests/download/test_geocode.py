"""Addresses asked of a Locatieserver on this machine that answers in the published form, in good and bad times."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import pytest

from kansenkaart.cli.main import run
from kansenkaart.download.client import Client, Patience
from kansenkaart.download.geocode import ask_addresses
from kansenkaart.errors import KansenkaartError
from kansenkaart.sources.answers import KEPT, Answer, Question, read_answers
from kansenkaart.texts import fold_word
from tests.download.fetching import QUICK
from tests.download.servers import Proxy, proxied, send, serve

# Parameters and fields as the service has them: PDOK/open-api-specs, locatieserver/oas.yaml, and its wiki.
_KNOWN = {"q", "fl", "fq", "rows"}


def _house(street: str, number: int, behind: str, code: str, town: str, x: float, y: float) -> dict[str, Any]:
    letter = (
        {"huisletter": behind} if behind.isalpha() else {"huisnummertoevoeging": behind} if behind else {}
    )
    shown = f"{street} {number}{behind}, {code} {town}"
    return {
        "id": f"adr-{abs(hash(shown))}", "type": "adres", "weergavenaam": shown, "straatnaam": street,
        "huisnummer": number, "postcode": code, "woonplaatsnaam": town, "gemeentenaam": town,
        "centroide_rd": f"POINT({x} {y})", "score": 9.5, **letter,
    }  # fmt: skip


def _code(street: str, code: str, town: str, x: float, y: float) -> dict[str, Any]:
    return {
        "id": f"pcd-{code}-{street}", "type": "postcode", "weergavenaam": f"{street}, {code} {town}",
        "straatnaam": street, "postcode": code, "woonplaatsnaam": town, "gemeentenaam": town,
        "centroide_rd": f"POINT({x} {y})", "score": 5.1,
    }  # fmt: skip


_REGISTER = [
    _house("Kade", 12, "", "1011AB", "Amsterdam", 121000, 487000),
    _house("Kade", 12, "A", "1011AB", "Amsterdam", 121010, 487000),
    _house("Kade", 12, "2", "1011AB", "Amsterdam", 121020, 487000),
    _house("Kade", 14, "A", "1011AB", "Amsterdam", 121100, 487000),
    _house("Kade", 14, "B", "1011AB", "Amsterdam", 121120, 487000),
    _house("Kade", 12, "", "3511AA", "Utrecht", 136000, 456000),
    _house("Lange Kade", 12, "", "1011CD", "Amsterdam", 122000, 487000),
    _house("Spui", 1, "", "2511BT", "'s-Gravenhage", 81500, 454800),
    _house("Dorpsstraat", 3, "", "1700AA", "Heerhugowaard", 115000, 520000),
    _house("Dorpsstraat", 3, "", "1704AA", "Heerhugowaard", 117000, 521000),
    _code("Kade", "1011AB", "Amsterdam", 121060, 487000),
    _code("Lange Kade", "1011CD", "Amsterdam", 122050, 487000),
    _code("Landweg", "9999ZZ", "Verweg", 245000, 600000),
    _code("Dijk", "9999ZZ", "Verweg", 245800, 600000),
]


def _answer(handler: BaseHTTPRequestHandler) -> None:
    """Solr: every document that has one of the words, those with most first; a parameter nobody knows is refused."""
    parts = urlsplit(handler.path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if parts.path != "/search/v3_1/free" or set(query) - _KNOWN or query["fq"] != "type:(adres OR postcode)":
        send(handler, (400, {"Content-Type": "application/json"}, b'{"error": "onbekende parameter"}'))
        return
    words = set(fold_word(query["q"]).split("_"))
    fields = query["fl"].split(",")
    hits = sorted(
        (
            (len(words & set(fold_word(one["weergavenaam"]).split("_"))), -number)
            for number, one in enumerate(_REGISTER)
        ),
        reverse=True,
    )
    found = [{name: _REGISTER[-number].get(name) for name in fields} for count, number in hits if count]
    docs = [{name: value for name, value in one.items() if value is not None} for one in found]
    body = {
        "numFound": len(docs),
        "start": 0,
        "maxScore": 9.5,
        "numFoundExact": True,
        "docs": docs[: int(query["rows"])],
    }
    send(handler, (200, {"Content-Type": "application/json"}, json.dumps({"response": body}).encode()))


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with serve(_answer) as address, proxied(address) as before:
        yield before


def _ask(
    proxy: Proxy, folder: Path, *questions: Question, patience: Patience = QUICK
) -> tuple[list[Answer], list[str]]:
    told: list[str] = []
    with Client(patience, told=lambda key, _: told.append(key), stays=True) as client:
        service = f"{proxy.address}/search/v3_1"
        came = ask_addresses(questions, service, folder / KEPT, client, told=lambda key, _: told.append(key))
    return list(came.values()), told


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (Question("1011AB", "12"), Answer("address", 121000, 487000, 25, "Kade 12, 1011AB Amsterdam")),
        (Question("1011AB", "12", "a"), Answer("address", 121010, 487000, 25, "Kade 12A, 1011AB Amsterdam")),
        (Question("1011AB", "12", "2"), Answer("address", 121020, 487000, 25, "Kade 122, 1011AB Amsterdam")),
        # no house without an addition, and one that nobody knows: the middle of those with the number
        (Question("1011AB", "14"), Answer("address", 121110, 487000, 35, "Kade 14A, 1011AB Amsterdam")),
        (Question("1011AB", "14", "bis"), Answer("address", 121110, 487000, 35, "Kade 14A, 1011AB Amsterdam")),
        (Question("1011AB", "99"), Answer("postcode6", 121060, 487000, 150, "Kade, 1011AB Amsterdam")),
        (Question("1011CD"), Answer("postcode6", 122050, 487000, 150, "Lange Kade, 1011CD Amsterdam")),
        # a postcode of two streets is as vague as they lie apart
        (Question("9999ZZ", "3"), Answer("postcode6", 245400, 600000, 550, "Landweg, 9999ZZ Verweg")),
        # a street of this name stands in two towns, and another one ends so
        (Question("", "12", "", "kade", "utrecht"), Answer("address", 136000, 456000, 25, "Kade 12, 3511AA Utrecht")),
        (
            Question("", "12", "", "kade", "amsterdam"),
            Answer("address", 121000, 487000, 25, "Kade 12, 1011AB Amsterdam"),
        ),
        (
            Question("", "1", "", "spui", "den_haag"),
            Answer("address", 81500, 454800, 25, "Spui 1, 2511BT 's-Gravenhage"),
        ),
        (
            Question("", "3", "", "dorpsstraat", "heerhugowaard"),
            Answer("ambiguous", said="Dorpsstraat 3, 1700AA Heerhugowaard; Dorpsstraat 3, 1704AA Heerhugowaard"),
        ),
        (Question("1234ZZ", "5"), Answer("unknown")),
        (Question("", "7", "", "kade", "utrecht"), Answer("unknown")),
    ],
)  # fmt: skip
def test_an_address_lies_where_the_service_says_as_precisely_as_it_says(proxy, tmp_path, question, answer):
    assert _ask(proxy, tmp_path, question)[0] == [answer]
    assert read_answers(tmp_path / KEPT) == {question: answer}


def test_what_is_kept_is_not_asked_again_whatever_was_answered(proxy, tmp_path):
    questions = [Question("1011AB", "12"), Question("1234ZZ", "5"), Question("1011AB", "12")]
    _ask(proxy, tmp_path, *questions)
    assert len(proxy.asked) == 2
    first = (tmp_path / KEPT).read_bytes()
    assert _ask(proxy, tmp_path, *reversed(questions)) == ([], [])
    assert len(proxy.asked) == 2
    assert (tmp_path / KEPT).read_bytes() == first


@pytest.mark.parametrize("fault", ["429", "500", "503", "drop", "truncated"])
def test_what_passes_is_asked_again(proxy, tmp_path, fault):
    proxy.faults = {1: fault, 3: fault}
    answers, told = _ask(proxy, tmp_path, Question("1011AB", "12"), Question("1011CD"))
    assert [one.level for one in answers] == ["address", "postcode6"]
    assert told.count("again") == 2 or fault == "drop"
    assert len(proxy.asked) == 4


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("429", "gave no answer in 4 tries; the last time: 429"),
        ("500", "gave no answer in 4 tries; the last time: 500"),
        ("truncated", "gave no answer in 4 tries"),
        ("404", "refuses: 404"),
        ("html", "did not give JSON but text/html"),
        ("half", "did not give JSON"),
    ],
)
def test_what_does_not_pass_is_told_and_what_came_before_is_kept(proxy, tmp_path, fault, said):
    proxy.faults = dict.fromkeys(range(2, 9), fault)
    with pytest.raises(KansenkaartError, match=said):
        _ask(proxy, tmp_path, Question("1011AB", "12"), Question("1011CD"))
    assert list(read_answers(tmp_path / KEPT)) == [Question("1011AB", "12")]
    proxy.faults = {}
    assert [one.level for one in _ask(proxy, tmp_path, Question("1011AB", "12"), Question("1011CD"))[0]] == [
        "postcode6"
    ]


def test_silence_is_given_up(proxy, tmp_path):
    proxy.faults = {0: "silent"}
    quick = Patience(tries=2, first_wait_s=0.0, longest_wait_s=0.0, apart_s=0.0, timeout_s=0.2)
    with pytest.raises(KansenkaartError, match="gave no answer in 2 tries; the last time: ReadTimeout"):
        _ask(proxy, tmp_path, Question("1011AB", "12"), patience=quick)


@pytest.mark.parametrize(
    "body",
    [
        {"features": []},
        {"response": []},
        {"response": {"docs": [1]}},
        {"response": {"docs": [{"type": "adres"}]}},
        {"response": {"docs": [{**_REGISTER[0], "centroide_rd": None}]}},
        {"response": {"docs": [{**_REGISTER[0], "centroide_rd": "POINT(4.9 52.3)"}]}},
        {"response": {"docs": [{**_REGISTER[0], "centroide_rd": "POINT(1.2.3 4)"}]}},
    ],
)
def test_an_answer_of_another_form_is_a_clear_failure(tmp_path, body):
    def answer(handler):
        send(handler, (200, {}, json.dumps(body).encode()))

    proxy = Proxy()
    with (
        serve(answer) as proxy.address,
        pytest.raises(KansenkaartError, match="no answer of a Locatieserver"),
    ):
        _ask(proxy, tmp_path, Question("1011AB", "12"))
    assert not (tmp_path / KEPT).exists()


def test_only_the_host_that_the_project_names_is_asked(tmp_path):
    asked: list[str] = []

    def elsewhere(handler):
        asked.append(handler.path)
        send(handler, (200, {}, b"{}"))

    proxy = Proxy()
    with (
        serve(elsewhere) as other,
        serve(lambda handler: send(handler, (302, {"Location": f"{other}/free"}, b""))) as proxy.address,
        pytest.raises(KansenkaartError, match="sends on to"),
    ):
        _ask(proxy, tmp_path, Question("1011AB", "12"))
    assert asked == []


_HEAD = "pc6;number;addition;street;town;level;x;y;precision;said\n"
_GOOD = "1011AB;12;;;;address;121000;487000;25;Kade 12\n"


@pytest.mark.parametrize(
    ("content", "number"),
    [
        ("pc6;number\n1;2\n", 1),
        (_HEAD + ";;;;;address;a;;;\n", 1),
        # cut off while somebody copied it, at every place where it leaves cells out
        *((_HEAD + _GOOD + ";".join(_GOOD.split(";")[:cells]), 2) for cells in range(1, 10)),
        (_HEAD + _GOOD.replace("Kade", "Kade;of;elders"), 1),
        (_HEAD + _GOOD.replace("121000", "nan"), 1),
        (_HEAD + _GOOD.replace("487000", "-inf"), 1),
        (_HEAD + _GOOD.replace("487000", "52.3"), 1),
        (_HEAD + _GOOD.replace("487000", "487.000"), 1),  # a spreadsheet groups thousands
        (_HEAD + _GOOD.replace(";25;", ";-25;"), 1),
        (_HEAD + _GOOD.replace(";25;", ";inf;"), 1),
        (_HEAD + _GOOD.replace("address", "adres"), 1),
        (_HEAD + _GOOD.replace("Kade 12", '"Kade 12'), 1),
        ("\ufeff" + _HEAD + _GOOD, 1),
    ],
)
def test_answers_that_were_changed_by_hand_are_told(tmp_path, content, number):
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    with pytest.raises(
        KansenkaartError, match=rf"a\.csv is not as it was written \(answer {number}\).*Remove it"
    ):
        read_answers(tmp_path / "a.csv")


def test_where_nothing_is_kept_nothing_is_known(tmp_path):
    assert read_answers(tmp_path / "a.csv") == {}
    (tmp_path / "a.csv").touch()
    assert read_answers(tmp_path / "a.csv") == {}


def test_names_of_a_service_do_not_break_what_is_kept(tmp_path):
    name = '=1+1;"Kade"\r\n12\x00\u2028\u202e\ud800'
    body = {"response": {"docs": [{**_REGISTER[0], "weergavenaam": name}]}}
    proxy = Proxy()
    with serve(lambda handler: send(handler, (200, {}, json.dumps(body).encode()))) as proxy.address:
        _ask(proxy, tmp_path, Question("1011AB", "12"))
    kept = read_answers(tmp_path / KEPT)
    assert kept[Question("1011AB", "12")].said == '=1+1;"Kade" \n12    '
    assert _ask(proxy, tmp_path, Question("1011AB", "12")) == ([], [])


_ROWS = """id;name;kind;postcode;house_number;street;town;capacity_pe60
a;Noord;rwzi;1011AB;12a;;;50000
b;Zuid;rwzi;;1;Spui;Den Haag;60000
c;Oost;rwzi;;3;Dorpsstraat;Heerhugowaard;70000
d;West;rwzi;1234ZZ;5;;;80000
e;Midden;rwzi;3511AA;;;;90000
"""
_PROJECT = """title = "t"
reference_year = 2024
streams = ["zuiveringsslib"]
region = {{ province = "Nederland" }}
[addresses]
service = "{service}"
{more}
[[layers]]
name = "rwzi"
path = "rwzi.csv"
source = "eigen"
year = 2024
licence = "eigen"
"""


def _write(folder: Path, service: str, more: str = "") -> None:
    (folder / "kansenkaart.toml").write_text(_PROJECT.format(service=service, more=more), encoding="utf-8")
    (folder / "rwzi.csv").write_text(_ROWS, encoding="utf-8")


def _flat(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


def test_rows_are_placed_by_a_download_and_the_build_after_it_needs_no_network(
    proxy, tmp_path, capsys, write_only
):
    write_only("geopackage", "quality")
    _write(tmp_path, f"{proxy.address}/search/v3_1")
    assert run(["check", str(tmp_path)]) == 1
    assert "Draai eenmaal met internet" in _flat("".join(capsys.readouterr()))
    assert proxy.asked == [], "a check asks nobody"
    assert run(["download", str(tmp_path)]) == 0
    assert "Adressen: 2 van 5 gevonden" in _flat(capsys.readouterr().out)
    assert len(proxy.asked) == 5
    proxy.faults = {0: "500"}
    assert run(["build", str(tmp_path), "-o", str(tmp_path / "uit"), "-q"]) == 0
    assert len(proxy.asked) == 5, "a build asks nobody"
    sites = gpd.read_file(tmp_path / "uit" / "kansenkaart.gpkg", layer="sites").set_index("name")
    assert sites["location_precision_m"].to_dict() == {"Noord": 25, "Zuid": 25}
    assert sites["placement"].unique().tolist() == ["address"]
    quality = (tmp_path / "uit" / "quality.csv").read_text(encoding="utf-8-sig")
    assert "kent de dienst er meer, ver uit elkaar: Dorpsstraat 3, 1700AA" in quality
    assert "Het adres '5 1234ZZ' is niet gevonden" in quality
    manifest = json.loads((tmp_path / "uit" / "manifest.json").read_text(encoding="utf-8"))
    assert KEPT in json.dumps(manifest)


def test_a_table_of_ones_own_goes_before_where_it_knows_as_much(proxy, tmp_path, capsys, write_only):
    write_only("geopackage")
    table = "postcode;huisnummer;x_rd;y_rd\n1011AB;12;125000;480000\n1234XX;1;110000;500000\n"
    (tmp_path / "adressen.csv").write_text(table, encoding="utf-8")
    _write(tmp_path, f"{proxy.address}/search/v3_1", 'path = "adressen.csv"')
    assert run(["download", str(tmp_path), "addresses"]) == 0
    assert len(proxy.asked) == 4, "the first row stands in the table"
    assert run(["build", str(tmp_path), "-o", str(tmp_path / "uit"), "-q"]) == 0
    sites = gpd.read_file(tmp_path / "uit" / "kansenkaart.gpkg", layer="sites").set_index("name")
    assert sites.geometry["Noord"].x == 125_000
    # its four digits stand in the table, 1,500 m: the service knows no more of it
    assert sites["location_precision_m"].to_dict() == {"Noord": 25, "Zuid": 25, "West": 1500}


def test_without_a_service_no_address_is_asked_of_anybody(tmp_path, capsys):
    _write(tmp_path, "pdok", "")
    text = (tmp_path / "kansenkaart.toml").read_text(encoding="utf-8")
    (tmp_path / "kansenkaart.toml").write_text(text.replace('service = "pdok"', ""), encoding="utf-8")
    assert run(["check", str(tmp_path)]) == 1
    assert 'geef path (een eigen tabel), service = "pdok", of beide' in _flat("".join(capsys.readouterr()))
    (tmp_path / "kansenkaart.toml").write_text(
        text.replace('[addresses]\nservice = "pdok"', ""), encoding="utf-8"
    )
    assert run(["download", str(tmp_path), "addresses"]) == 1
    assert "Recept 'addresses' bestaat niet" in _flat("".join(capsys.readouterr()))
