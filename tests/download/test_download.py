"""Downloads from real services on this machine, in good and bad times: whole, or a clear failure."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from kansenkaart.download.client import Client
from kansenkaart.download.fetch import fetch
from kansenkaart.download.pages import LayerRequest
from kansenkaart.errors import KansenkaartError
from kansenkaart.project.input_files import read_receipt
from tests.download.fetching import QUICK, RD_BOX, fetch_layer, refuse
from tests.download.servers import MAPSERV, PAGE, ROWS, mapserver, odata, proxied, send, serve

LAST = -(-ROWS // PAGE)


@pytest.fixture
def large_pages(monkeypatch) -> None:
    """Few questions are enough to see what becomes of a fault."""
    monkeypatch.setattr("kansenkaart.download.pages.PAGE", 350)


def test_a_layer_comes_whole_page_by_page(proxy, tmp_path):
    fetched, told = fetch_layer(proxy.address, tmp_path)
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
    fetched, told = fetch_layer(proxy.address, tmp_path)
    assert fetched.rows == ROWS == len(gpd.read_file(tmp_path / "laag.gpkg"))
    assert (
        told.count("again") == 3 or fault == "drop"
    )  # a connection that was kept is opened anew without a word


def test_silence_is_given_up_and_asked_again(proxy, large_pages, tmp_path):
    proxy.faults = {2: "silent"}
    fetched, told = fetch_layer(proxy.address, tmp_path, patience=replace(QUICK, tries=9, timeout_s=4.0))
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
    refuse(proxy.address, tmp_path, match)


@pytest.mark.parametrize(
    ("fault", "match"),
    [
        ("last", f"700 of {ROWS}"),
        ("limit", "rows: 700 of .*. The service stopped"),
        ("elsewhere", "sends on to .*: another host"),
    ],
)
def test_a_cut_answer_is_never_a_whole_layer(proxy, large_pages, tmp_path, fault, match):
    proxy.faults = {2: fault}
    refuse(proxy.address, tmp_path, match)


def test_a_broken_off_download_goes_on_where_it_stopped(proxy, large_pages, tmp_path):
    proxy.faults = dict.fromkeys(range(3, 20), "500")
    refuse(proxy.address, tmp_path, "goes on from there")
    asked = len(proxy.asked)
    proxy.faults = {}
    fetched, _ = fetch_layer(proxy.address, tmp_path)
    assert fetched.rows == ROWS
    assert "offset=700" in proxy.asked[asked], "the pages that came are not asked again"


def test_a_layer_that_is_not_there_and_an_area_without_anything_say_so(proxy, tmp_path):
    refuse(proxy.address, tmp_path, "refuses: 404", layer="kassen")
    asked = LayerRequest("ogcapi", proxy.address, "gebouw_vlak", (6.0, 51.0, 6.1, 51.1), RD_BOX)
    with Client(QUICK) as client, pytest.raises(KansenkaartError, match="has nothing in this area"):
        fetch(asked, tmp_path / "laag", client, told=lambda _key, _values: None)


def test_an_odata_table_comes_whole_with_a_column_per_measure(tmp_path):
    with serve(odata(10_400, 1_000)) as address, proxied(address) as proxy:
        proxy.faults = {3: "truncated", 6: "429"}
        fetched, _ = fetch_layer(proxy.address, tmp_path, protocol="odata", layer="70072ned")
        assert fetched.rows == 10_400
        frame = pd.read_csv(tmp_path / "laag.csv", sep=";")
        assert list(frame.columns) == ["RegioS", "Perioden", "Totale bevolking", "Bevolkingsdichtheid"]
        assert len(frame) == 5_200
        assert frame["Totale bevolking"].sum() + frame["Bevolkingsdichtheid"].sum() == sum(range(10_400))
        proxy.faults = {len(proxy.asked) + 4: "last"}
        (tmp_path / "twee").mkdir()
        refuse(proxy.address, tmp_path / "twee", "4000 of 10400", protocol="odata", layer="70072ned")


@pytest.mark.skipif(not Path(MAPSERV).exists(), reason="MapServer is not on this machine")
def test_a_wfs_comes_whole_though_its_pages_do_not_say_how_much_there_is(tmp_path):
    points = [shapely.Point(110_000 + 100 * (n % 105), 500_000 + 100 * (n // 105)) for n in range(ROWS)]
    ids = [f"{n:016d}" for n in range(ROWS)]
    frame = gpd.GeoDataFrame({"identificatie": ids}, geometry=points, crs="EPSG:28992")
    pyogrio.write_dataframe(frame, tmp_path / "pand.gpkg", layer="pand")
    with mapserver(tmp_path, tmp_path / "pand.gpkg") as address, proxied(address) as proxy:
        proxy.faults = {3: "drop", 5: "500"}
        fetched, _ = fetch_layer(f"{proxy.address}/wfs", tmp_path, protocol="wfs", layer="pand")
        assert fetched.rows == ROWS
        came = gpd.read_file(tmp_path / "laag.gpkg")
        assert set(came["identificatie"]) == set(ids)
        assert came.crs.to_epsg() == 28992
        assert came.geometry.x.min() == 110_000
        (tmp_path / "twee").mkdir()
        refuse(f"{proxy.address}/wfs", tmp_path / "twee", "gives no|JSON", protocol="wfs", layer="weg")


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
        fetched, _ = fetch_layer(url, tmp_path, protocol="file", layer="")
        assert fetched.path.read_bytes() == content
        assert seen[0] == "all"
        assert all(one.startswith("bytes=") for one in seen[1:])
        assert fetch_layer(url, tmp_path, protocol="file", layer="")[0].unchanged


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
        assert not fetch_layer(address, tmp_path)[0].unchanged
        for _ in range(2):  # nor the time after
            assert fetch_layer(address, tmp_path)[0].unchanged
            assert [one.name for one in tmp_path.glob(".*")] == []
        (tmp_path / "laag.gpkg").write_bytes(b"changed by hand")
        assert not fetch_layer(address, tmp_path)[0].unchanged


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
        fetch_layer(address, tmp_path)
        named[0] = "nieuw"
        assert not fetch_layer(address, tmp_path)[0].unchanged
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
        fetched, _ = fetch_layer(f"{address}/register.csv", tmp_path, protocol="file", layer="")
    assert fetched.path.read_bytes() == versions[0] == b"b" * 500_000
    assert [one.name for one in tmp_path.glob(".*")] == []


def test_a_file_that_would_be_packed_under_way_is_asked_as_it_is(tmp_path):
    asked: list[str] = []

    def answer(handler):
        asked.append(handler.headers["Accept-Encoding"])
        send(handler, (200, {}, b"x"))

    with serve(answer) as address:
        fetch_layer(f"{address}/register.csv", tmp_path, protocol="file", layer="")
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
        fetch_layer(address, tmp_path, protocol="odata", layer="t")
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
        refuse(address, tmp_path, r"some came twice \(1\) and others not")
