"""Services that answer what nobody asked for: every one a clear failure, and nothing is written."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable
from dataclasses import replace
from itertools import repeat
from queue import SimpleQueue
from threading import Event
from time import sleep

import pytest

from kansenkaart.download.pages import LayerRequest, read_page
from kansenkaart.download.watch import Watch
from tests.download.fetching import BOX, QUICK, RD_BOX, fetch_layer, refuse
from tests.download.servers import reply, serve, stream

_POINT = {"type": "Point", "coordinates": [4.9, 52.4]}
_PLACE = {"type": "Feature", "id": 1, "properties": {"naam": "a"}, "geometry": _POINT}


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
    with serve(lambda handler: reply(handler, answer)) as address:
        refuse(address, tmp_path, "Is (it the address|the layer still)|sends on to http")
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
    with serve(lambda handler: reply(handler, answer)) as address:
        refuse(address, tmp_path, "Is (it the address|the layer still)", protocol="odata")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("own", [True, False])
def test_pages_that_never_end_are_refused_at_the_first_that_comes_again(tmp_path, own):
    """The next page is the page itself, or has another address and the same rows."""
    asked: list[str] = []

    def answer(handler):
        asked.append(handler.path)
        link = handler.path if own else f"/pagina{len(asked)}"
        reply(handler, {"features": [_PLACE], "links": [{"rel": "next", "href": link}]})

    with serve(answer) as address:
        refuse(address, tmp_path, "page 2 is the same as one before it")
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
        reply(handler, whole | {"features": [place], "links": [{"rel": "next", "href": f"/{len(asked)}"}]})

    with serve(answer) as address:
        said = f"{most} pages with {most} rows came, and the service says it has {whole.get('numberMatched', '.')}"
        refuse(address, tmp_path, said)
    assert len(asked) == most
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("protocol", ["ogcapi", "file"])
def test_one_is_not_sent_on_to_a_file(tmp_path, protocol):
    with serve(lambda handler: reply(handler, b"", 302, Location="file:///etc/passwd")) as address:
        refuse(f"{address}/a.csv", tmp_path, "sends on to file:///etc/passwd", protocol=protocol)
    assert list(tmp_path.iterdir()) == []


def test_the_next_page_is_asked_over_a_line_as_closed_as_the_first():
    answer = {"features": [_PLACE], "links": [{"rel": "next", "href": "http://geo.nl/2?key=a"}]}
    asked = LayerRequest("ogcapi", "https://geo.nl", "gebouw_vlak", BOX, RD_BOX)
    assert read_page(asked, answer, "https://geo.nl/1", 0).next == "https://geo.nl/2?key=a"


@pytest.mark.parametrize("protocol", ["ogcapi", "file"])
def test_nothing_is_unchanged_that_nobody_has(tmp_path, protocol):
    with serve(lambda handler: reply(handler, b"", 304)) as address:
        refuse(f"{address}/a.csv", tmp_path, "refuses: 304", protocol=protocol)


@pytest.mark.parametrize("wait", ["\xb2", "9" * 500, "-1", "straks"])
def test_a_strange_wait_is_no_wait(tmp_path, wait):
    with serve(lambda handler: reply(handler, b"", 503, Retry_After=wait)) as address:
        refuse(address, tmp_path, "gave no answer in 4 tries")


def test_an_answer_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("kansenkaart.download.client._MOST_MB", 2)
    packed = gzip.compress(b'{"features": [' + b" " * 3_000_000 + b"]}")
    with serve(lambda handler: reply(handler, packed, Content_Encoding="gzip")) as address:
        refuse(address, tmp_path, "gives more than 2 MB")


@pytest.mark.parametrize("protocol", ["ogcapi", "file"])
@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "gzip,deflate,gzip"])
def test_an_answer_is_unpacked_once(tmp_path, protocol, packing):
    packed = gzip.compress(gzip.compress(b"{}" + b" " * 100_000))
    with serve(lambda handler: reply(handler, packed, Content_Encoding=packing)) as address:
        refuse(f"{address}/a.gpkg", tmp_path, f"packs its answer as '{packing}'", protocol=protocol)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("protocol", ["ogcapi", "wfs", "odata", "file", "atom"])
def test_an_answer_that_never_stops_is_refused_and_nothing_of_it_is_kept(tmp_path, protocol):
    patience = replace(QUICK, most_mb=1)
    ended: SimpleQueue[bool] = SimpleQueue()
    with serve(lambda handler: ended.put(stream(handler, repeat(b"x" * 10_000)))) as address:
        refuse(f"{address}/a.gpkg", tmp_path, "gives more than 1 MB", protocol=protocol, patience=patience)
        # the service notices that nobody listens a moment after we left
        assert ended.get(timeout=60) is False
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_says_to_be_too_large_is_not_begun(tmp_path):
    over = Event()

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**15))
        handler.end_headers()
        over.wait(60)

    with serve(answer) as address:
        refuse(f"{address}/a.gpkg", tmp_path, "gives more than 20000 MB", protocol="file")
        over.set()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("protocol", ["ogcapi", "file"])
def test_an_answer_that_drips_is_given_up(tmp_path, protocol):
    def drip():
        while True:
            yield b" "
            sleep(0.05)

    patience = replace(QUICK, tries=2, timeout_s=0.1)
    with serve(lambda handler: stream(handler, drip())) as address:
        match = "gave no answer in 2 tries; the last time: ReadTimeout"
        refuse(f"{address}/a.gpkg", tmp_path, match, protocol=protocol, patience=patience)


@pytest.mark.parametrize("protocol", ["ogcapi", "file"])
@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Lang: ", id="a header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", id="the size of a part"),
    ],
)
def test_what_drips_around_the_content_is_given_up(tmp_path, protocol, begun):
    """Every byte comes soon after the one before it, and what they are part of never ends: the line is cut."""
    cuts: list[Event] = []

    def drip(handler):
        cuts.append(cut := Event())
        handler.close_connection = True
        handler.wfile.write(begun)
        try:
            while True:
                handler.wfile.write(b"x")
                sleep(0.05)
        except OSError:
            cut.set()

    patience = replace(QUICK, tries=2, timeout_s=0.1)
    with serve(drip) as address:
        match = "gave no answer in 2 tries; the last time: ReadTimeout"
        refuse(f"{address}/a.gpkg", tmp_path, match, protocol=protocol, patience=patience)
        assert all(one.wait(10) for one in cuts)
    assert len(cuts) == 2


def test_a_layer_of_many_small_pages_has_an_end(tmp_path):
    def answer(handler):
        number = int(handler.path.rpartition("n=")[2]) if "n=" in handler.path else 0
        row = _PLACE | {"id": number, "properties": {"text": "x" * 90_000}}
        after = {"rel": "next", "href": f"http://{handler.headers['Host']}/items?n={number + 1}"}
        reply(handler, {"features": [row], "links": [after]})

    with serve(answer) as address:
        refuse(address, tmp_path, "gives more than 1 MB", patience=replace(QUICK, most_mb=1))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ranged", ["bytes 0-999999/1000000", "bytes 7-999999/*", "", "bytes x"])
def test_another_part_than_the_rest_is_not_put_behind_what_came(tmp_path, ranged):
    content = bytes(range(250)) * 4_000

    def answer(handler):
        asked = handler.headers["Range"]
        cut = not asked and not seen
        seen.append(asked)
        handler.send_response(206 if asked else 200)
        handler.send_header("ETag", '"een"')
        handler.send_header("Content-Length", str(len(content)))
        if asked:
            handler.send_header("Content-Range", ranged)
        handler.end_headers()
        handler.wfile.write(content[:400_000] if cut else content)
        handler.close_connection = cut

    seen: list[str | None] = []
    with serve(answer) as address:
        fetched, _ = fetch_layer(f"{address}/a.gpkg", tmp_path, protocol="file")
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
        assert fetch_layer(f"{address}/a.gpkg", tmp_path, protocol="file")[0].path.read_bytes() == content


def test_a_file_may_lie_at_another_host_and_that_is_told(tmp_path):
    def send_on(handler):
        reply(handler, b"", 302, Location=f"{other}/a.csv?key=1")

    with serve(lambda handler: reply(handler, b"a;b")) as other, serve(send_on) as address:
        fetched, told = fetch_layer(f"{address}/a.csv", tmp_path, protocol="file")
    assert fetched.path.read_bytes() == b"a;b"
    assert told == ["sent_on"]


def test_a_ring_of_hosts_is_given_up(tmp_path):
    with serve(lambda handler: reply(handler, b"", 302, Location=handler.path + "0")) as address:
        refuse(f"{address}/a", tmp_path, "TooManyRedirects", patience=replace(QUICK, tries=1))


def test_an_answer_that_is_not_packed_as_it_says_is_asked_again(tmp_path):
    with serve(lambda handler: reply(handler, b"geen gzip", Content_Encoding="gzip")) as address:
        refuse(address, tmp_path, "the last time: DecodingError")


class _Line:
    """A line of a client, on a real socket; `asked` is called when somebody looks for that."""

    def __init__(self, own: socket.socket, asked: Callable[[], None] = lambda: None) -> None:
        self._own, self._asked = own, asked

    def get_extra_info(self, _: str) -> socket.socket:
        self._asked()
        return self._own


def test_a_line_that_opens_while_others_are_cut_is_cut_too():
    pairs = [socket.socketpair() for _ in range(3)]
    watch = Watch(longest_s=0.0)

    def open_line(n: int, asked: Callable[[], None] = lambda: None) -> None:
        watch.trace("connect_tcp.complete", {"return_value": _Line(pairs[n][0], asked)})

    try:
        open_line(0, lambda: open_line(2))
        open_line(1)
        watch.start()
        for _, far in pairs:
            far.settimeout(60)
            assert far.recv(1) == b""
    finally:
        for one in (end for pair in pairs for end in pair):
            one.close()
