"""Downloads from real services on this machine, in good and bad times: whole, or a clear failure."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from threading import Event
from time import sleep

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from kansenkaart.cli.main import run
from kansenkaart.download.client import Client, Patience
from kansenkaart.download.fetch import Fetched, fetch
from kansenkaart.download.pages import PAGE, Asked, read_page
from kansenkaart.errors import KansenkaartError
from kansenkaart.project.input_files import read_receipt
from tests.cli.unpack import unpack
from tests.download.servers import MAPSERV, ROWS, Proxy, geoapi, mapserver, odata, proxied, send, serve

BOX = (4.0, 52.0, 5.5, 53.0)
RD_BOX = (100_000.0, 480_000.0, 140_000.0, 540_000.0)
QUICK = Patience(tries=4, first_wait_s=0.0, longest_wait_s=0.0, apart_s=0.0, timeout_s=30.0)
LAST = -(-ROWS // PAGE)


@pytest.fixture(scope="module")
def features(tmp_path_factory) -> Iterator[str]:
    with geoapi(tmp_path_factory.mktemp("geoapi")) as address:
        yield address


@pytest.fixture
def large_pages(monkeypatch) -> None:
    """Few questions are enough to see what becomes of a fault."""
    monkeypatch.setattr("kansenkaart.download.pages.PAGE", 3_500)


@pytest.fixture
def proxy(features) -> Iterator[Proxy]:
    with proxied(features) as before:
        yield before


def _fetch(
    url: str,
    folder: Path,
    *,
    protocol: str = "ogcapi",
    layer: str = "gebouw_vlak",
    patience: Patience = QUICK,
) -> tuple[Fetched, list[str]]:
    told: list[str] = []
    asked = Asked(protocol, url, layer, BOX, RD_BOX)  # type: ignore[arg-type]
    with Client(patience, told=lambda key, _values: told.append(key)) as client:
        return fetch(asked, folder / "laag", client, told=lambda key, _values: told.append(key)), told


def _refuse(url: str, folder: Path, match: str, **settings) -> None:
    with pytest.raises(KansenkaartError, match=match):
        _fetch(url, folder, **settings)
    assert not (folder / "laag.gpkg").exists()


def test_a_layer_comes_whole_page_by_page(proxy, tmp_path):
    fetched, told = _fetch(proxy.address, tmp_path)
    assert (fetched.rows, fetched.unchanged, told.count("rows")) == (ROWS, False, LAST)
    frame = gpd.read_file(tmp_path / "laag.gpkg")
    assert len(frame) == ROWS
    assert frame["lokaalid"].is_unique
    receipt = read_receipt(tmp_path / "laag.gpkg")
    assert receipt["rows"] == ROWS
    assert receipt["url"].startswith(proxy.address)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["laag.gpkg", "laag.gpkg.ontvangst.json"]


@pytest.mark.parametrize("fault", ["429", "500", "503", "drop", "truncated"])
def test_what_passes_is_asked_again(proxy, large_pages, tmp_path, fault):
    proxy.faults = dict.fromkeys((1, 3, 4), fault)
    fetched, told = _fetch(proxy.address, tmp_path)
    assert fetched.rows == ROWS == len(gpd.read_file(tmp_path / "laag.gpkg"))
    assert (
        told.count("again") == 3 or fault == "drop"
    )  # a connection that was kept is opened anew without a word


def test_silence_is_given_up_and_asked_again(proxy, large_pages, tmp_path):
    proxy.faults = {2: "silent"}
    fetched, told = _fetch(proxy.address, tmp_path, patience=replace(QUICK, tries=9, timeout_s=4.0))
    assert fetched.rows == ROWS
    assert "again" in told


@pytest.mark.parametrize(
    ("fault", "match"),
    [
        ("500", "gave no answer in 4 tries; the last time: 500"),
        ("429", "the last time: 429"),
        ("drop", "the last time: RemoteProtocolError"),
        ("404", "refuses: 404"),
        ("html", "did not give JSON but text/html: '<html>onderhoud"),
        ("half", "did not give JSON but application"),
    ],
)
def test_what_does_not_pass_is_a_clear_failure(proxy, tmp_path, fault, match):
    proxy.faults = {0: fault}
    _refuse(proxy.address, tmp_path, match)


@pytest.mark.parametrize(
    ("fault", "match"),
    [
        ("last", f"7000 of {ROWS}"),
        ("limit", "rows: 7000 of .*. The service stopped"),
        ("elsewhere", "sends on to .*: another host"),
    ],
)
def test_a_cut_answer_is_never_a_whole_layer(proxy, large_pages, tmp_path, fault, match):
    proxy.faults = {2: fault}
    _refuse(proxy.address, tmp_path, match)


def test_a_broken_off_download_goes_on_where_it_stopped(proxy, large_pages, tmp_path):
    proxy.faults = dict.fromkeys(range(3, 20), "500")
    _refuse(proxy.address, tmp_path, "goes on from there")
    asked = len(proxy.asked)
    proxy.faults = {}
    fetched, _ = _fetch(proxy.address, tmp_path)
    assert fetched.rows == ROWS
    assert "offset=7000" in proxy.asked[asked], "the pages that came are not asked again"


def test_a_layer_that_is_not_there_and_an_area_without_anything_say_so(proxy, tmp_path):
    _refuse(proxy.address, tmp_path, "refuses: 404", layer="kassen")
    asked = Asked("ogcapi", proxy.address, "gebouw_vlak", (6.0, 51.0, 6.1, 51.1), RD_BOX)
    with Client(QUICK) as client, pytest.raises(KansenkaartError, match="has nothing in this area"):
        fetch(asked, tmp_path / "laag", client, told=lambda _key, _values: None)


def test_an_odata_table_comes_whole_with_a_column_per_measure(tmp_path):
    with serve(odata(10_400, 1_000)) as address, proxied(address) as proxy:
        proxy.faults = {3: "truncated", 6: "429"}
        fetched, _ = _fetch(proxy.address, tmp_path, protocol="odata", layer="70072ned")
        assert fetched.rows == 10_400
        frame = pd.read_csv(tmp_path / "laag.csv", sep=";")
        assert list(frame.columns) == ["RegioS", "Perioden", "Totale bevolking", "Bevolkingsdichtheid"]
        assert len(frame) == 5_200
        assert frame["Totale bevolking"].sum() + frame["Bevolkingsdichtheid"].sum() == sum(range(10_400))
        proxy.faults = {len(proxy.asked) + 4: "last"}
        (tmp_path / "twee").mkdir()
        _refuse(proxy.address, tmp_path / "twee", "4000 of 10400", protocol="odata", layer="70072ned")


@pytest.mark.skipif(not Path(MAPSERV).exists(), reason="MapServer is not on this machine")
def test_a_wfs_comes_whole_though_its_pages_do_not_say_how_much_there_is(tmp_path):
    points = [shapely.Point(110_000 + 100 * (n % 105), 500_000 + 100 * (n // 105)) for n in range(ROWS)]
    ids = [f"{n:016d}" for n in range(ROWS)]
    frame = gpd.GeoDataFrame({"identificatie": ids}, geometry=points, crs="EPSG:28992")
    pyogrio.write_dataframe(frame, tmp_path / "pand.gpkg", layer="pand")
    with mapserver(tmp_path, tmp_path / "pand.gpkg") as address, proxied(address) as proxy:
        proxy.faults = {3: "drop", 5: "500"}
        fetched, _ = _fetch(f"{proxy.address}/wfs", tmp_path, protocol="wfs", layer="pand")
        assert fetched.rows == ROWS
        came = gpd.read_file(tmp_path / "laag.gpkg")
        assert set(came["identificatie"]) == set(ids)
        assert came.crs.to_epsg() == 28992
        assert came.geometry.x.min() == 110_000
        (tmp_path / "twee").mkdir()
        _refuse(f"{proxy.address}/wfs", tmp_path / "twee", "gives no|JSON", protocol="wfs", layer="weg")


def test_a_file_goes_on_where_it_broke_off_and_is_not_fetched_twice(tmp_path):
    content = bytes(range(256)) * 4_000
    seen: list[str] = []

    def answer(handler):
        asked = handler.headers["Range"]
        seen.append(asked or handler.headers["If-None-Match"] or "all")
        if handler.headers["If-None-Match"] == '"een"':
            handler.send_response(304)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        handler.send_response(206 if asked else 200)
        handler.send_header("ETag", '"een"')
        handler.send_header("Content-Length", str(len(content) - start))
        if asked:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.end_headers()
        part = content[start : start + 500_000]
        handler.wfile.write(part)
        handler.close_connection = True

    with serve(answer) as address:
        url = f"{address}/register.gpkg"
        fetched, _ = _fetch(url, tmp_path, protocol="file", layer="")
        assert fetched.path.read_bytes() == content
        assert seen[0] == "all"
        assert all(one.startswith("bytes=") for one in seen[1:])
        assert _fetch(url, tmp_path, protocol="file", layer="")[0].unchanged


def test_a_layer_that_did_not_change_is_not_fetched_again(tmp_path):
    rows = [
        {
            "type": "Feature",
            "id": 1,
            "properties": {},
            "geometry": {"type": "Point", "coordinates": [4.8, 52.5]},
        }
    ]
    body = json.dumps({"type": "FeatureCollection", "features": rows, "numberMatched": 1}).encode()

    def answer(handler):
        same = handler.headers["If-None-Match"] == '"a"'
        handler.send_response(304 if same else 200)
        handler.send_header("ETag", '"a"')
        handler.send_header("Content-Length", "0" if same else str(len(body)))
        handler.end_headers()
        handler.wfile.write(b"" if same else body)

    with serve(answer) as address:
        assert not _fetch(address, tmp_path)[0].unchanged
        for _ in range(2):  # nor the time after
            assert _fetch(address, tmp_path)[0].unchanged
            assert [one.name for one in tmp_path.glob(".*")] == []
        (tmp_path / "laag.gpkg").write_bytes(b"changed by hand")
        assert not _fetch(address, tmp_path)[0].unchanged


def test_a_layer_of_which_a_later_page_changed_is_fetched_again(tmp_path):
    """The first page, and so its ETag, is that of before."""
    named = ["oud"]

    def answer(handler):
        second = "second" in handler.path
        if handler.headers["If-None-Match"] == '"eerste"' and not second:
            send(handler, (304, {}, b""))
            return
        point = {"type": "Point", "coordinates": [4.8, 52.5]}
        name = named[0] if second else "een"
        row = {"type": "Feature", "id": name, "properties": {"naam": name}, "geometry": point}
        links = [] if second else [{"rel": "next", "href": "/second"}]
        body = json.dumps({"features": [row], "numberMatched": 2, "links": links}).encode()
        send(handler, (200, {} if second else {"ETag": '"eerste"'}, body))

    with serve(answer) as address:
        _fetch(address, tmp_path)
        named[0] = "nieuw"
        assert not _fetch(address, tmp_path)[0].unchanged
    assert set(gpd.read_file(tmp_path / "laag.gpkg")["naam"]) == {"een", "nieuw"}


@pytest.mark.parametrize("tagged", [True, False], ids=["a version that is told", "none"])
def test_the_rest_of_another_version_is_not_put_behind_what_came(tmp_path, tagged):
    versions = [b"a" * 600_000, b"b" * 500_000]

    def answer(handler):
        content = versions[0]
        tag = f'"{len(content)}"'
        asked = handler.headers["Range"]
        goes_on = asked is not None and handler.headers["If-Range"] in (None, tag)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if goes_on else 0
        headers = {"ETag": tag} if tagged else {}
        send(
            handler,
            (206 if goes_on else 200, headers, content[start:]),
            only=100_000 if len(versions) == 2 else None,
        )
        del versions[: len(versions) - 1]  # a new delivery, while this one was under way

    with serve(answer) as address:
        fetched, _ = _fetch(f"{address}/register.csv", tmp_path, protocol="file", layer="")
    assert fetched.path.read_bytes() == versions[0] == b"b" * 500_000
    assert [one.name for one in tmp_path.glob(".*")] == []


def test_a_file_that_would_be_packed_under_way_is_asked_as_it_is(tmp_path):
    asked: list[str] = []

    def answer(handler):
        asked.append(handler.headers["Accept-Encoding"])
        send(handler, (200, {}, b"x"))

    with serve(answer) as address:
        _fetch(f"{address}/register.csv", tmp_path, protocol="file", layer="")
    assert asked == ["identity"]


def test_measures_of_one_name_and_regions_of_which_all_is_secret_stay_apart(tmp_path):
    rows = [
        {"Id": 0, "Measure": "M1", "Value": 5.0, "RegioS": "GM0001"},
        {"Id": 1, "Measure": "M2", "Value": 7.0, "RegioS": "GM0001"},
        {"Id": 2, "Measure": "M1", "Value": None, "RegioS": "GM0002"},
    ]
    codes = [{"Identifier": one, "Title": "Totaal"} for one in ("M1", "M2")]

    def answer(handler):
        content = codes if handler.path.endswith("MeasureCodes") else rows
        send(handler, (200, {}, json.dumps({"@odata.count": len(rows), "value": content}).encode()))

    with serve(answer) as address:
        _fetch(address, tmp_path, protocol="odata", layer="t")
    frame = pd.read_csv(tmp_path / "laag.csv", sep=";").set_index("RegioS")
    assert frame.loc["GM0001"].to_dict() == {"Totaal (M1)": 5.0, "Totaal (M2)": 7.0}
    assert frame.loc["GM0002"].isna().all()


def test_a_row_that_comes_twice_in_place_of_another_is_no_whole_layer(tmp_path):
    row = {"type": "Feature", "id": 1, "properties": {}, "geometry": None}
    body = json.dumps({"features": [row, row], "numberMatched": 2}).encode()

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with serve(answer) as address:
        _refuse(address, tmp_path, r"some came twice \(1\) and others not")


PROJECT = """
title = "t"
reference_year = 2024
region = { municipalities = ["Alkmaar"], margin_km = 3 }
[[layers]]
name = "kassen"
path = "bronnen/top10nl_kassen.gpkg"
recipe = "top10nl_kassen"
rename = { lokaalid = "id" }
"""


def test_the_command_fetches_what_the_layers_name_and_the_build_reads_it(proxy, tmp_path, capsys):
    (tmp_path / "kansenkaart.toml").write_text(PROJECT, encoding="utf-8")
    proxy.faults = {2: "429"}
    assert run(["download", str(tmp_path), "--service", f"top10nl_kassen={proxy.address}"]) == 0
    shown = capsys.readouterr()
    assert "Opgehaald: top10nl_kassen" in shown.out
    assert "429: over 0 s opnieuw" in shown.err
    came = gpd.read_file(tmp_path / "bronnen" / "top10nl_kassen.gpkg")
    assert 100 < len(came) < ROWS, "the area and its margin, not the whole service"
    assert run(["check", str(tmp_path)]) == 0
    assert "weggelaten of opgeteld" in capsys.readouterr().out
    assert run(["build", str(tmp_path), "-o", str(tmp_path / "uit"), "-q"]) == 0
    manifest = json.loads((tmp_path / "uit" / "manifest.json").read_text(encoding="utf-8"))
    noted = manifest["downloads"]["top10nl_kassen.gpkg"]
    assert noted["rows"] == len(came)
    assert noted["url"].startswith(proxy.address)


def _add_layer(name: str) -> str:
    return f'[[layers]]\nname = "{name}"\npath = "bronnen/{name}.csv"\nrecipe = "{name}"\n'


@pytest.mark.parametrize("quiet", [[], ["-q"]])
def test_without_names_what_can_be_fetched_is_and_the_rest_is_told_where_to_get(
    proxy, tmp_path, capsys, quiet
):
    (tmp_path / "kansenkaart.toml").write_text(
        PROJECT + _add_layer("lisa") + _add_layer("kvk"), encoding="utf-8"
    )
    service = ["--service", f"top10nl_kassen={proxy.address}"]
    assert run(["download", str(tmp_path), *service, *quiet]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "'lisa' is niet door een programma op te halen. Haal het zelf: https://www.lisa.nl" in said
    assert "'kvk' is niet door een programma op te halen." in said
    assert (tmp_path / "bronnen" / "top10nl_kassen.gpkg").exists()


def test_without_names_and_nothing_to_fetch_nothing_is_called_fetched(tmp_path, capsys):
    project = PROJECT[: PROJECT.index("[[layers]]")] + _add_layer("lisa")
    (tmp_path / "kansenkaart.toml").write_text(project, encoding="utf-8")
    assert run(["download", str(tmp_path)]) == 1
    assert "'lisa' is niet door een programma op te halen." in capsys.readouterr().err
    assert not (tmp_path / "bronnen").exists()


def test_one_service_that_fails_keeps_none_of_the_others_away(proxy, tmp_path, capsys):
    (tmp_path / "kansenkaart.toml").write_text(PROJECT, encoding="utf-8")
    with serve(lambda handler: send(handler, (404, {}, b""))) as gone:
        services = [f"bag={gone}", f"top10nl_kassen={proxy.address}", f"nwb={gone}"]
        asked = [part for one in services for part in ("--service", one)]
        assert run(["download", str(tmp_path), "bag", "top10nl_kassen", "nwb", *asked]) == 1
    shown = capsys.readouterr()
    assert shown.err.count("404") == 2
    assert "Opgehaald: top10nl_kassen" in shown.out
    assert (tmp_path / "bronnen" / "top10nl_kassen.gpkg").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["lisa"], 1, "'lisa' is niet door een programma op te halen. Haal het zelf: https://www.lisa.nl"),
        (["kassen"], 1, "Recept 'kassen' bestaat niet."),
        (["bag", "--service", "bag"], 2, "'bag' is geen RECEPT=https://"),
        (["bag", "--service", "bag=https://"], 2, "'bag=https://' is geen RECEPT=https://"),
        (["bag", "--service", "bag=https://[x"], 2, "'bag=https://[x' is geen RECEPT=https://"),
        (["bag", "--service", "bag=file:///etc/passwd"], 2, "is geen RECEPT=https://"),
        (["bag", "--service", "nwb=https://x.nl"], 2, "'nwb' wordt nu niet opgehaald. Toegestaan: bag."),
    ],
)
def test_what_cannot_be_fetched_says_what_to_do(tmp_path, capsys, arguments, code, said):
    (tmp_path / "kansenkaart.toml").write_text(PROJECT, encoding="utf-8")
    assert run(["download", str(tmp_path), *arguments]) == code
    shown = " ".join(capsys.readouterr().err.split())
    assert said in shown


_POINT = {"type": "Point", "coordinates": [4.9, 52.4]}
_PLACE = {"type": "Feature", "id": 1, "properties": {"naam": "a"}, "geometry": _POINT}


def _reply(handler, body, status=200, **headers) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(content))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(content)


@pytest.mark.parametrize(
    "answer",
    [
        {"features": [1, 2]},
        {"features": [_PLACE], "links": 5},
        {"features": [_PLACE], "links": ["a"]},
        {"features": [_PLACE], "links": [{"rel": "next", "href": 5}]},
        {"features": [_PLACE], "links": [{"rel": "next", "href": "http://[x"}]},
        {"features": [_PLACE | {"id": [1]}]},
        {"features": [_PLACE | {"geometry": {"type": "Point", "coordinates": ["a"]}}]},
        {"features": [_PLACE | {"properties": {"geometry": 3}}]},
        b"[" * 100_000,
    ],
)
def test_an_answer_of_a_strange_form_is_a_clear_failure(tmp_path, answer):
    with serve(lambda handler: _reply(handler, answer)) as address:
        _refuse(address, tmp_path, "Is (it the address|the layer still)|sends on to http")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"value": [1]},
        {"value": [{"Id": 1}]},
        {"value": [{"Id": 1, "Measure": "M", "Value": 3, "Regio": "a"}, 7]},
    ],
)
def test_a_table_of_a_strange_form_is_a_clear_failure(tmp_path, answer):
    with serve(lambda handler: _reply(handler, answer)) as address:
        _refuse(address, tmp_path, "Is (it the address|the layer still)", protocol="odata")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("own", [True, False])
def test_pages_that_never_end_are_refused_at_the_first_that_comes_again(tmp_path, own):
    """The next page is the page itself, or has another address and the same rows."""
    asked: list[str] = []

    def answer(handler):
        asked.append(handler.path)
        link = handler.path if own else f"/pagina{len(asked)}"
        _reply(handler, {"features": [_PLACE], "links": [{"rel": "next", "href": link}]})

    with serve(answer) as address:
        _refuse(address, tmp_path, "page 2 is the same as one before it")
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("whole", "most"), [({}, 30), ({"numberMatched": 40}, 90)], ids=["no total", "40 rows"]
)
def test_pages_that_go_on_and_on_are_given_up(tmp_path, monkeypatch, whole, most):
    """Each page has new rows and a next one; what came is not kept: going on would end here again."""
    monkeypatch.setattr("kansenkaart.download.fetch.MOST_PAGES", 30)
    asked: list[str] = []

    def answer(handler):
        asked.append(handler.path)
        place = _PLACE | {"id": len(asked)}
        _reply(handler, whole | {"features": [place], "links": [{"rel": "next", "href": f"/{len(asked)}"}]})

    with serve(answer) as address:
        said = f"{most} pages with {most} rows came, and the service says it has {whole.get('numberMatched', '.')}"
        _refuse(address, tmp_path, said)
    assert len(asked) == most
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("protocol", ["ogcapi", "file"])
def test_one_is_not_sent_on_to_a_file(tmp_path, protocol):
    with serve(lambda handler: _reply(handler, b"", 302, Location="file:///etc/passwd")) as address:
        _refuse(f"{address}/a.csv", tmp_path, "sends on to file:///etc/passwd", protocol=protocol)
    assert list(tmp_path.iterdir()) == []


def test_the_next_page_is_asked_over_a_line_as_closed_as_the_first():
    answer = {"features": [_PLACE], "links": [{"rel": "next", "href": "http://geo.nl/2?key=a"}]}
    asked = Asked("ogcapi", "https://geo.nl", "gebouw_vlak", BOX, RD_BOX)
    assert read_page(asked, answer, "https://geo.nl/1", 0).next == "https://geo.nl/2?key=a"


@pytest.mark.parametrize("protocol", ["ogcapi", "file"])
def test_nothing_is_unchanged_that_nobody_has(tmp_path, protocol):
    with serve(lambda handler: _reply(handler, b"", 304)) as address:
        _refuse(f"{address}/a.csv", tmp_path, "refuses: 304", protocol=protocol)


@pytest.mark.parametrize("wait", ["\xb2", "9" * 500, "-1", "straks"])
def test_a_strange_wait_is_no_wait(tmp_path, wait):
    with serve(lambda handler: _reply(handler, b"", 503, Retry_After=wait)) as address:
        _refuse(address, tmp_path, "gave no answer in 4 tries")


def test_an_answer_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("kansenkaart.download.client._MOST_MB", 2)
    packed = gzip.compress(b'{"features": [' + b" " * 3_000_000 + b"]}")
    with serve(lambda handler: _reply(handler, packed, Content_Encoding="gzip")) as address:
        _refuse(address, tmp_path, "gives more than 2 MB")


@pytest.mark.parametrize("protocol", ["ogcapi", "file"])
@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "gzip,deflate,gzip"])
def test_an_answer_is_unpacked_once(tmp_path, protocol, packing):
    packed = gzip.compress(gzip.compress(b"{}" + b" " * 100_000))
    with serve(lambda handler: _reply(handler, packed, Content_Encoding=packing)) as address:
        _refuse(f"{address}/a.gpkg", tmp_path, f"packs its answer as '{packing}'", protocol=protocol)
    assert list(tmp_path.iterdir()) == []


def _stream(handler, parts) -> bool:
    """Send parts of unknown number; False: the other went away."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    try:
        for part in parts:
            handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
    except OSError:
        return False
    finally:
        handler.close_connection = True
    return True


@pytest.mark.parametrize("protocol", ["ogcapi", "wfs", "odata", "file", "atom"])
def test_an_answer_that_never_stops_is_refused_and_nothing_of_it_is_kept(tmp_path, protocol):
    patience = replace(QUICK, most_mb=1)
    ended: list[bool] = []
    with serve(lambda handler: ended.append(_stream(handler, repeat(b"x" * 10_000)))) as address:
        _refuse(f"{address}/a.gpkg", tmp_path, "gives more than 1 MB", protocol=protocol, patience=patience)
    assert ended == [False]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_says_to_be_too_large_is_not_begun(tmp_path):
    over = Event()

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**15))
        handler.end_headers()
        over.wait(60)

    with serve(answer) as address:
        _refuse(f"{address}/a.gpkg", tmp_path, "gives more than 20000 MB", protocol="file")
        over.set()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("protocol", ["ogcapi", "file"])
def test_an_answer_that_drips_is_given_up(tmp_path, protocol):
    def drip():
        while True:
            yield b" "
            sleep(0.01)

    patience = replace(QUICK, tries=2, timeout_s=0.1)
    with serve(lambda handler: _stream(handler, drip())) as address:
        match = "gave no answer in 2 tries; the last time: ReadTimeout"
        _refuse(f"{address}/a.gpkg", tmp_path, match, protocol=protocol, patience=patience)


def test_a_layer_of_many_small_pages_has_an_end(tmp_path):
    def answer(handler):
        number = int(handler.path.rpartition("n=")[2]) if "n=" in handler.path else 0
        row = _PLACE | {"id": number, "properties": {"text": "x" * 90_000}}
        after = {"rel": "next", "href": f"http://{handler.headers['Host']}/items?n={number + 1}"}
        _reply(handler, {"features": [row], "links": [after]})

    with serve(answer) as address:
        _refuse(address, tmp_path, "gives more than 1 MB", patience=replace(QUICK, most_mb=1))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ranged", ["bytes 0-999999/1000000", "bytes 7-999999/*", "", "bytes x"])
def test_another_part_than_the_rest_is_not_put_behind_what_came(tmp_path, ranged):
    content = bytes(range(250)) * 4_000

    def answer(handler):
        asked = handler.headers["Range"]
        handler.send_response(206 if asked else 200)
        handler.send_header("ETag", '"een"')
        handler.send_header("Content-Length", str(len(content)))
        if asked:
            handler.send_header("Content-Range", ranged)
        handler.end_headers()
        cut = not asked and len(seen) == 0
        seen.append(asked)
        handler.wfile.write(content[:400_000] if cut else content)
        handler.close_connection = cut

    seen: list[str | None] = []
    with serve(answer) as address:
        fetched, _ = _fetch(f"{address}/a.gpkg", tmp_path, protocol="file")
    assert fetched.path.read_bytes() == content
    assert seen == [None, "bytes=400000-", None]


def test_a_rest_that_is_cut_again_goes_on(tmp_path):
    content = bytes(range(250)) * 4_000

    def answer(handler):
        asked = handler.headers["Range"]
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        part = content[start : start + 300_000]
        handler.send_response(206 if asked else 200)
        handler.send_header("ETag", '"een"')
        handler.send_header("Content-Length", str(len(part) if asked else len(content)))
        if asked:
            handler.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(content)}")
        handler.end_headers()
        handler.wfile.write(part)
        handler.close_connection = True

    with serve(answer) as address:
        assert _fetch(f"{address}/a.gpkg", tmp_path, protocol="file")[0].path.read_bytes() == content


def test_a_file_may_lie_at_another_host_and_that_is_told(tmp_path):
    def send_on(handler):
        _reply(handler, b"", 302, Location=f"{other}/a.csv?key=1")

    with serve(lambda handler: _reply(handler, b"a;b")) as other, serve(send_on) as address:
        fetched, told = _fetch(f"{address}/a.csv", tmp_path, protocol="file")
    assert fetched.path.read_bytes() == b"a;b"
    assert told == ["sent_on"]


def test_a_ring_of_hosts_is_given_up(tmp_path):
    with serve(lambda handler: _reply(handler, b"", 302, Location=handler.path + "0")) as address:
        _refuse(f"{address}/a", tmp_path, "TooManyRedirects", patience=replace(QUICK, tries=1))


def test_the_command_keeps_to_the_size_that_is_allowed(tmp_path, capsys):
    with serve(lambda handler: _stream(handler, repeat(b"x" * 10_000))) as address:
        (tmp_path / "mijn.toml").write_text(
            f'meaning = "proef"\n[[fetch]]\nprotocol = "file"\nurl = "{address}/kassen.csv"\n',
            encoding="utf-8",
        )
        layer = PROJECT.replace('"top10nl_kassen"', '"mijn.toml"')
        (tmp_path / "kansenkaart.toml").write_text(layer, encoding="utf-8")
        assert run(["download", str(tmp_path), "mijn.toml", "--max-mb", "2"]) == 1
    shown = " ".join(capsys.readouterr().err.split())
    assert "geeft meer dan 2 MB" in shown
    assert "--max-mb" in shown
    assert run(["download", str(tmp_path), "--max-mb", "0"]) == 2


def test_an_answer_that_is_not_packed_as_it_says_is_asked_again(tmp_path):
    with serve(lambda handler: _reply(handler, b"geen gzip", Content_Encoding="gzip")) as address:
        _refuse(address, tmp_path, "the last time: DecodingError")


def test_a_recipe_of_ones_own_says_where_its_file_is_fetched(tmp_path, capsys):
    table = "id,name,kind,x_rd,y_rd,glass_ha\nk,Kas,greenhouse,112000,516000,5\n"

    def answer(handler):
        send(handler, (200, {"Content-Type": "text/csv"}, table.encode()))

    with serve(answer) as address:
        own = f'meaning = "proef"\n[[fetch]]\nprotocol = "file"\nurl = "{address}/kassen.csv"\n'
        (tmp_path / "mijn.toml").write_text(own, encoding="utf-8")
        layer = PROJECT.replace('"bronnen/top10nl_kassen.gpkg"', '"bronnen/mijn.csv"')
        layer = layer.replace('"top10nl_kassen"', '"mijn.toml"').replace(
            'rename = { lokaalid = "id" }', 'source = "proef"'
        )
        (tmp_path / "kansenkaart.toml").write_text(layer, encoding="utf-8")
        assert run(["download", str(tmp_path)]) == 0
    assert "mijn.csv" in capsys.readouterr().out
    assert (tmp_path / "bronnen" / "mijn.csv").read_text(encoding="utf-8") == table
    assert run(["check", str(tmp_path), "-q"]) == 0


MAP = 'title = "t"\nreference_year = 2024\nregion = { municipalities = ["Alkmaar"] }\ndraws = 0\n'
MAP += '[[layers]]\nname = "a"\npath = "a.csv"\nsource = "proef"\n'
PLACES = "id,name,kind,x_rd,y_rd,glass_ha\nk,Kas,greenhouse,112000,516000,5\n"


def _nature(handler) -> None:
    ring = [[4.70, 52.60], [4.80, 52.60], [4.80, 52.66], [4.70, 52.66], [4.70, 52.60]]
    rows = [
        {"type": "Feature", "id": number, "properties": {"naam_n2k": "Eilandspolder", "nr": 89},
         "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for number in range(2)
    ]  # fmt: skip
    _reply(handler, {"features": rows, "numberMatched": 2, "links": []})


@pytest.fixture
def region(tmp_path) -> Path:
    (tmp_path / "kansenkaart.toml").write_text(MAP, encoding="utf-8")
    (tmp_path / "a.csv").write_text(PLACES, encoding="utf-8")
    return tmp_path


def test_what_lies_behind_the_map_is_fetched_written_in_the_project_file_and_drawn(region, capsys):
    with serve(_nature) as address, serve(lambda handler: _reply(handler, b"", 404)) as other:
        services = ["--service", f"natura2000={address}", "--service", f"warmtenetten={other}"]
        assert run(["download", str(region), "background", *services]) == 1
        said = capsys.readouterr()
        text = (region / "kansenkaart.toml").read_text(encoding="utf-8")
        assert text.startswith(MAP)
        assert text.count("[[background]]") == 1
        assert "Achter de kaart: Natura 2000" in " ".join(said.out.split())
        told = " ".join(said.err.split())
        assert "refuses: 404" in told or "weigert" in told
        assert "netcongestie" in told
        assert run(["download", str(region), "natura2000", *services[:2]]) == 0
    assert (region / "kansenkaart.toml").read_text(encoding="utf-8") == text
    assert run(["build", str(region), "-q"]) == 0
    page = (region / "uit" / "kansenkaart.html").read_bytes()
    assert any(b"Natura 2000" in part for part in unpack(page))


def test_a_project_file_without_room_for_more_stays_as_it_is(region, capsys):
    six = "".join(
        f'[[background]]\ntitle = "{n}"\npath = "{n}.gpkg"\nlook = "park"\nsource = "proef"\n'
        for n in range(6)
    )
    (region / "kansenkaart.toml").write_text(MAP + six, encoding="utf-8")
    with serve(_nature) as address:
        assert run(["download", str(region), "natura2000", "--service", f"natura2000={address}"]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "kan de achtergrond er niet bij hebben" in told
    assert "bronnen/natura2000.gpkg" in told
    assert (region / "kansenkaart.toml").read_text(encoding="utf-8") == MAP + six
