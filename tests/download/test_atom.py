"""ATOM as PDOK publishes it - a feed, its data sets, their files - and files that come packed or under way stop."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from kansenkaart.cli.main import run
from kansenkaart.download.client import Client, Patience
from kansenkaart.download.fetch import Fetched, fetch
from kansenkaart.download.pages import LayerRequest
from kansenkaart.errors import KansenkaartError
from kansenkaart.project.input_files import read_receipt
from tests.download.fetching import BOX, QUICK, RD_BOX
from tests.download.servers import Proxy, proxied, send, serve

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
    'xmlns:georss="http://www.georss.org/georss" xmlns:inspire_dls="http://inspire.ec.europa.eu/schemas/inspire_dls/1.0"'
    ' xml:lang="nl"><id>{host}/index.xml</id><title>{title}</title><updated>2024-05-24T22:00:00Z</updated>'
    '<link rel="self" href="{host}/index.xml" type="application/atom+xml"/>'
    '<link rel="search" href="http://www.nationaalgeoregister.nl/OpenSearchDescription.xml"/>{entries}</feed>'
)
_SET = (
    "<entry><id>{host}/{name}.xml</id><title>{title}</title>"
    "<inspire_dls:spatial_dataset_identifier_code>4bbfdba2</inspire_dls:spatial_dataset_identifier_code>"
    '<link rel="describedby" href="http://www.nationaalgeoregister.nl/uuid=1" type="application/xml"/>'
    '<link rel="related" href="http://127.0.0.2/wfs?request=GetCapabilities" type="application/xml"/>'
    '<link rel="alternate" href="{host}/{name}.xml" type="application/atom+xml" title="{title}"/>'
    "<updated>2024-05-24T22:00:00Z</updated><georss:polygon>50.6 3.1 50.6 7.3 53.7 7.3 50.6 3.1</georss:polygon>"
    '<category term="http://www.opengis.net/def/crs/EPSG/0/28992" label="Amersfoort / RD New"/></entry>'
)
_FILE = (
    "<entry><id>{href}</id><title>{title}</title>"
    '<link rel="{rel}" href="{href}" type="{type}" length="{length}" title="{title}"/>'
    "<updated>2024-05-24T22:00:00Z</updated>"
    '<category term="http://www.opengis.net/def/crs/EPSG/0/{crs}" label=""/></entry>'
)


def _pack(folder: Path, *names: str) -> bytes:
    """A zip with a layer of each name; the extension says the format."""
    rows = gpd.GeoDataFrame(
        {"code": [f"W{number}" for number in range(300)], "naam": "waterschap"},
        geometry=[shapely.Point(120_000 + number, 487_000).buffer(40) for number in range(300)],
        crs="EPSG:28992",
    )
    drivers = {".gpkg": "GPKG", ".gml": "GML", ".shp": "ESRI Shapefile"}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in names:
            rows.to_file(folder / name, driver=drivers[Path(name).suffix], layer="laag")
            for part in sorted(folder.glob(f"{Path(name).stem}.*")):
                if Path(name).suffix != ".gml" or part.suffix == ".gml":
                    parts.writestr(f"data/{part.name}", part.read_bytes())
                part.unlink()
        parts.writestr("leesmij.txt", "uitleg")
    return packed.getvalue()


class _Feeds:
    """What is served under which path; files have an ETag and go on where one asks."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.host = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        content = self.files.get(handler.path)
        if content is None:
            send(handler, (404, {}, b"nee"))
            return
        tag = f'"{hashlib.sha256(content).hexdigest()[:12]}"'
        if handler.headers["If-None-Match"] == tag:
            send(handler, (304, {"ETag": tag}, b""))
            return
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers["Range"] or "")
        if asked is None:
            send(handler, (200, {"ETag": tag}, content))
            return
        start = int(asked[1])
        about = f"bytes {start}-{len(content) - 1}/{len(content)}"
        send(handler, (206, {"ETag": tag, "Content-Range": about}, content[start:]))

    def feed(self, path: str, entries: str, title: str = "Download Service") -> None:
        self.files[path] = _HEAD.format(host=self.host, title=title, entries=entries).encode()

    def file(
        self, href: str, title: str, content: bytes = b"", *, rel: str = "alternate", **more: str
    ) -> str:
        """Serve a file; returns its entry."""
        self.files["/" + href.split(self.host + "/")[-1]] = content
        about = {"type": "application/zip", "crs": "28992"} | more
        return _FILE.format(href=href, title=title, rel=rel, length=len(content), **about)


@pytest.fixture
def feeds() -> Iterator[_Feeds]:
    feeds = _Feeds()
    with serve(feeds.answer) as address:
        feeds.host = address
        yield feeds


@pytest.fixture(scope="module")
def packs(tmp_path_factory) -> dict[str, bytes]:
    """The zips of ``service``, made once."""
    folder = tmp_path_factory.mktemp("pakket")
    return {name: _pack(folder, name) for name in ("w.gml", "w.gpkg", "o.gpkg")}


@pytest.fixture
def service(feeds, packs) -> _Feeds:
    """Two data sets; one has a year in three formats and another year."""
    sets = (("waterschappen", "Waterschappen"), ("peilgebieden", "Peilgebieden"))
    feeds.feed("/index.xml", "".join(_SET.format(host=feeds.host, name=one, title=two) for one, two in sets))
    entries = [
        feeds.file("downloads/w_2024.gml.zip", "Waterschappen 2024 GML", packs["w.gml"]),
        feeds.file("downloads/w_2024_gpkg.zip", "Waterschappen 2024 GeoPackage", packs["w.gpkg"]),
        feeds.file("downloads/w_etrs_gpkg.zip", "Waterschappen 2024 GeoPackage", b"", crs="4258"),
        feeds.file("downloads/w_2023_gpkg.zip", "Waterschappen 2023 GeoPackage", packs["o.gpkg"]),
    ]
    feeds.feed("/waterschappen.xml", "".join(entries))
    feeds.feed("/peilgebieden.xml", feeds.file("downloads/p.gpkg", "Peilgebieden", b"x"))
    return feeds


@pytest.fixture
def proxy(service) -> Iterator[Proxy]:
    with proxied(service.host) as before:
        yield before


def _fetch(
    url: str, folder: Path, layer: str = "waterschappen 2024", patience: Patience = QUICK
) -> tuple[Fetched, list[str]]:
    told: list[str] = []
    with Client(patience, told=lambda key, _values: told.append(key)) as client:
        asked = LayerRequest("atom", url, layer, BOX, RD_BOX)
        return fetch(asked, folder / "laag", client, told=lambda key, _values: told.append(key)), told


def test_a_feed_leads_to_the_data_set_and_that_to_its_geopackage_in_rd(service, tmp_path):
    fetched, _ = _fetch(f"{service.host}/index.xml", tmp_path)
    assert fetched.path.name == "laag.gpkg"
    frame = gpd.read_file(fetched.path)
    assert (len(frame), frame.crs.to_epsg()) == (300, 28992)
    assert read_receipt(fetched.path)["url"] == f"{service.host}/downloads/w_2024_gpkg.zip"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["laag.gpkg", "laag.gpkg.ontvangst.json"]


def test_the_feed_of_a_data_set_is_an_address_too_and_a_part_of_one_a_file(service, tmp_path):
    service.feed("/waterschappen.xml", service.file("downloads/w.gpkg", "Deel", b"abc", rel="section"))
    fetched, _ = _fetch(f"{service.host}/waterschappen.xml", tmp_path, "deel")
    assert fetched.path.read_bytes() == b"abc"


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (
            "waterschappen",
            "has 2 files that fit 'waterschappen': Waterschappen 2024 GeoPackage .w_2024_gpkg.zip.; Waterschappen 2023",
        ),
        ("bestaat niet", "gives no bestaat niet"),
    ],
)
def test_what_is_not_one_file_says_what_there_is(service, tmp_path, layer, said):
    with pytest.raises(KansenkaartError, match=said):
        _fetch(f"{service.host}/index.xml", tmp_path, layer)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("fault", ["429", "500", "drop", "truncated"])
def test_what_passes_is_asked_again_of_a_feed_and_of_a_file(proxy, service, tmp_path, fault, at):
    service.feed("/index.xml", _SET.format(host=proxy.address, name="waterschappen", title="Waterschappen"))
    entry = service.file(f"{proxy.address}/w.zip", "Waterschappen 2024", rel="enclosure")
    service.files["/w.zip"] = service.files["/downloads/w_2024_gpkg.zip"]
    service.feed("/waterschappen.xml", entry)
    proxy.faults = {at: fault}
    fetched, _ = _fetch(f"{proxy.address}/index.xml", tmp_path)
    assert len(gpd.read_file(fetched.path)) == 300
    assert len(proxy.asked) == 4


def test_silence_of_a_feed_is_given_up(proxy, tmp_path):
    proxy.faults = {0: "silent"}
    told: list[str] = []
    quick = QUICK.__class__(tries=2, first_wait_s=0.0, longest_wait_s=0.0, apart_s=0.0, timeout_s=0.2)
    asked = LayerRequest("atom", f"{proxy.address}/index.xml", "", BOX, RD_BOX)
    said = "gave no answer in 2 tries; the last time: ReadTimeout"
    with (
        Client(quick, told=lambda key, _: told.append(key)) as client,
        pytest.raises(KansenkaartError, match=said),
    ):
        fetch(asked, tmp_path / "laag", client, told=lambda *_: None)
    assert told == ["again"]


def test_what_did_not_change_is_not_fetched_again_and_what_did_is(service, tmp_path):
    _fetch(f"{service.host}/index.xml", tmp_path)
    before = (tmp_path / "laag.gpkg").stat().st_mtime_ns
    assert _fetch(f"{service.host}/index.xml", tmp_path)[0] == Fetched(
        tmp_path / "laag.gpkg", 0, unchanged=True
    )
    assert (tmp_path / "laag.gpkg").stat().st_mtime_ns == before
    service.files["/downloads/w_2024_gpkg.zip"] = service.files["/downloads/w_2023_gpkg.zip"]
    assert not _fetch(f"{service.host}/index.xml", tmp_path)[0].unchanged


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>onderhoud</html>", "did not give a feed"),
        (b"", "did not give a feed"),
        (b'{"features": []}', "did not give a feed"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"><entry>', "did not give a feed"),
        (
            b'<!DOCTYPE a [<!ENTITY b "x">]><feed xmlns="http://www.w3.org/2005/Atom">&b;</feed>',
            "did not give a feed",
        ),
        (
            b'<?xml version="1.0" encoding="onzin"?><feed xmlns="http://www.w3.org/2005/Atom"/>',
            "did not give a feed",
        ),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "gives no waterschappen 2024"),
    ],
)
def test_another_answer_than_a_feed_is_told(service, tmp_path, content, said):
    service.files["/index.xml"] = content
    with pytest.raises(KansenkaartError, match=said):
        _fetch(f"{service.host}/index.xml", tmp_path)


def test_a_feed_that_leads_to_another_server_is_not_followed(service, tmp_path):
    service.feed("/index.xml", _SET.format(host="http://127.0.0.2", name="waterschappen", title="W"))
    with pytest.raises(KansenkaartError, match=r"sends on to http://127\.0\.0\.2/waterschappen\.xml"):
        _fetch(f"{service.host}/index.xml", tmp_path)


@pytest.mark.parametrize(
    ("href", "said"),
    [
        ("file:///etc/passwd", "sends on to file:///etc/passwd"),
        ("//127.0.0.2/w.gpkg", r"sends on to http://127\.0\.0\.2/w\.gpkg"),
        ("http://[w.gpkg", r"sends on to http://\[w\.gpkg"),
        ("ftp://127.0.0.1/w.gpkg", "sends on to ftp"),
    ],
)
@pytest.mark.parametrize("rel", ["enclosure", "next"])
def test_a_strange_address_in_a_feed_is_not_followed(service, tmp_path, href, said, rel):
    link = f'<link rel="{rel}" href="{href}"/>'
    service.feed("/index.xml", f"<entry>{link}</entry>" if rel == "enclosure" else link)
    with pytest.raises(KansenkaartError, match=said):
        _fetch(f"{service.host}/index.xml", tmp_path, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sent", ["http://[w", "file:///etc/passwd", "//["])
def test_a_service_that_sends_on_to_no_address_is_told(tmp_path, sent):
    with (
        serve(lambda handler: send(handler, (302, {"Location": sent}, b""))) as address,
        pytest.raises(KansenkaartError, match="sends on to"),
    ):
        _fetch(f"{address}/index.xml", tmp_path)


def test_feeds_without_end_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("kansenkaart.download.atom._MOST_FEEDS", 10)
    asked: list[str] = []

    def answer(handler):
        asked.append(handler.path)
        host = f"http://{handler.headers['Host']}"
        entry = _SET.format(host=host, name=f"feed{len(asked)}", title="W")
        send(handler, (200, {}, _HEAD.format(host=host, title="W", entries=entry).encode()))

    with serve(answer) as address, pytest.raises(KansenkaartError, match="leads to more than 10 feeds"):
        _fetch(f"{address}/index.xml", tmp_path)
    assert len(asked) == 10


def test_a_feed_of_several_pages_is_read_to_the_last(service, tmp_path):
    further = '<link rel="next" href="/index.xml?page=2"/>'
    first = _FILE.format(href="/a.gpkg", title="ander", rel="alternate", type="", length=1, crs="")
    service.feed("/index.xml", first + further)
    service.feed("/index.xml?page=2", service.file(f"{service.host}/b.gpkg", "het gezochte", b"abc"))
    assert _fetch(f"{service.host}/index.xml", tmp_path, "gezochte")[0].path.read_bytes() == b"abc"


@pytest.mark.parametrize("name", ["w.gml", "w.shp", "w.gpkg"])
def test_the_one_layer_of_a_zip_is_unpacked_with_what_belongs_to_it(feeds, tmp_path, name):
    (tmp_path / "maak").mkdir()
    feeds.feed("/index.xml", feeds.file("w.zip", "Waterschappen", _pack(tmp_path / "maak", name)))
    fetched, _ = _fetch(f"{feeds.host}/index.xml", tmp_path, "")
    assert fetched.path == tmp_path / f"laag{Path(name).suffix}"
    assert len(gpd.read_file(fetched.path)) == 300
    assert _fetch(f"{feeds.host}/index.xml", tmp_path, "")[0].unchanged


def test_a_zip_with_several_layers_is_kept_and_names_them(feeds, tmp_path):
    (tmp_path / "maak").mkdir()
    content = _pack(tmp_path / "maak", "a.gpkg", "b.gpkg")
    feeds.feed("/index.xml", feeds.file("w.zip", "Waterschappen", content))
    fetched, told = _fetch(f"{feeds.host}/index.xml", tmp_path, "")
    assert (fetched.path.name, told) == ("laag.zip", ["packed"])
    assert fetched.path.read_bytes() == content


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-200], lambda content: b"geen zip" * 99], ids=["cut", "none"]
)
def test_a_zip_that_is_damaged_is_never_a_layer(feeds, tmp_path, damage):
    (tmp_path / "maak").mkdir()
    content = damage(_pack(tmp_path / "maak", "a.gpkg"))
    (tmp_path / "maak").rmdir()
    feeds.feed("/index.xml", feeds.file("w.zip", "Waterschappen", content))
    with pytest.raises(KansenkaartError, match="came, but not in the form of zip"):
        _fetch(f"{feeds.host}/index.xml", tmp_path, "")
    assert list(tmp_path.iterdir()) == []


def test_a_zip_whose_content_changed_under_way_is_never_a_layer(feeds, tmp_path):
    (tmp_path / "maak").mkdir()
    content = bytearray(_pack(tmp_path / "maak", "a.gpkg"))
    (tmp_path / "maak").rmdir()
    content[200] ^= 255
    feeds.feed("/index.xml", feeds.file("w.zip", "Waterschappen", bytes(content)))
    with pytest.raises(KansenkaartError, match="came, but not in the form of zip"):
        _fetch(f"{feeds.host}/index.xml", tmp_path, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["lzma", "name", "secret"])
def test_a_zip_that_no_library_can_read_is_never_a_layer(feeds, tmp_path, damage):
    """Packed in another way and changed under way, with a name in no alphabet, or with a password."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA if damage == "lzma" else zipfile.ZIP_STORED) as parts:
        parts.writestr("w\u00e9.gpkg", bytes(range(256)) * 99)
    content = bytearray(packed.getvalue())
    if damage == "lzma":
        content[60:70] = bytes(255 for _ in range(10))
    elif damage == "name":
        content = content.replace("\u00e9".encode(), b"\xff\xff")
    else:
        for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(mark) + flags] |= 1
    feeds.feed("/index.xml", feeds.file("w.zip", "Waterschappen", bytes(content)))
    with pytest.raises(KansenkaartError, match="came, but not in the form of zip"):
        _fetch(f"{feeds.host}/index.xml", tmp_path, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../../uit.gpkg", "/tmp/uit.gpkg", "..\\uit.gpkg", "a/../../uit.GPKG"])
def test_a_name_in_a_zip_never_leads_out_of_its_folder(feeds, tmp_path, name):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        parts.writestr(name, b"een laag")
    feeds.feed("/index.xml", feeds.file("w.zip", "Waterschappen", packed.getvalue()))
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    assert _fetch(f"{feeds.host}/index.xml", folder, "")[0].path == folder / "laag.gpkg"
    assert sorted(one.name for one in tmp_path.rglob("*") if one.is_file()) == [
        "laag.gpkg",
        "laag.gpkg.ontvangst.json",
    ]


def test_what_a_zip_unpacks_to_has_an_end(feeds, tmp_path):
    patience = replace(QUICK, most_mb=0.09)
    (tmp_path / "maak").mkdir()
    feeds.feed("/index.xml", feeds.file("w.zip", "Waterschappen", _pack(tmp_path / "maak", "a.gpkg")))
    with pytest.raises(KansenkaartError, match=r"gives more than 0\.09 MB"):
        _fetch(f"{feeds.host}/index.xml", tmp_path, "", patience)


def test_the_command_fetches_the_water_boards_by_their_recipe(service, tmp_path, capsys):
    text = 'title = "t"\nreference_year = 2024\nregion = { municipalities = ["Alkmaar"] }\n[[layers]]\n'
    (tmp_path / "kansenkaart.toml").write_text(text + 'name = "a"\npath = "a.csv"\n', encoding="utf-8")
    service.feed("/index.xml", _SET.format(host=service.host, name="peilgebieden", title="Waterschappen"))
    service.files["/downloads/p.gpkg"] = b"een geopackage"
    address = f"waterschappen={service.host}/index.xml"
    assert run(["download", str(tmp_path), "waterschappen", "--service", address]) == 0
    assert "Opgehaald: waterschappen" in capsys.readouterr().out
    assert (tmp_path / "bronnen" / "waterschappen.gpkg").read_bytes() == b"een geopackage"
