"""The map as a file and as a ``folium.Map``."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import folium
import folium.plugins
import numpy as np
import pytest

from kansenkaart.errors import OutputError
from kansenkaart.maps.block import pack
from kansenkaart.maps.workshop_map import WorkshopMap, read_asset
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.maps.enriched import enrich
from tests.maps.frames import make_frames
from tests.maps.poisoned import poison
from tests.maps.signs import read_signs

Draw = Callable[..., WorkshopMap]

EVIL = "<script>window.evil=1</script>${evil}`{{ 7*7 }}{% for x in y %}\"'\u2028\u202e</style>"


def test_same_frames_give_the_same_bytes(frames: Frames, draw: Draw, tmp_path: Path) -> None:
    for name in ("een.html", "twee.html"):
        draw(frames).save(tmp_path / name)
    assert (tmp_path / "een.html").read_bytes() == (tmp_path / "twee.html").read_bytes()


def test_other_numbers_give_other_bytes(frames: Frames, draw: Draw) -> None:
    changed = replace(frames, matches=frames.matches.assign(quantity=frames.matches["quantity"] * 2))
    assert draw(frames).html() != draw(changed).html()


def test_folium_is_left_as_it_was(frames: Frames, draw: Draw) -> None:
    before = len(folium.Map.default_js), len(folium.Map.default_css)
    made = draw(frames)
    made.add_js_link("eigen", "https://example.org/x.js")
    assert isinstance(made, folium.Map)
    assert (len(folium.Map.default_js), len(folium.Map.default_css)) == before
    assert draw(frames).default_js == []


def test_page_names_no_host(frames: Frames, draw: Draw) -> None:
    html = draw(frames).html()
    html += unpack(re.search(r'id="kk-code">(.*?)</script>', html)[1])
    assert "kansenkaart.open()" in html
    for host in ("jsdelivr", "cdnjs", "unpkg", "jquery.com", "bootstrapcdn", "pdok.nl"):
        assert host not in html


def unpack(letters: str) -> str:
    """Return the text of a block, read without the page's code."""
    return gzip.decompress(read_signs(letters)).decode("utf-8")


def test_every_packed_script_and_style_is_named_by_the_policy(frames: Frames, draw: Draw) -> None:
    html = draw(frames).html()
    code = json.loads(unpack(re.search(r'id="kk-code">(.*?)</script>', html)[1]))
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', html)[1]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert [tag for tag, _ in code] == ["style", "script", "script", "script"]
    for tag, text in code:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in rules[f"{tag}-src"]
    # Besides these only what unpacks them may run.
    assert rules["script-src"].count("sha256-") == 4
    assert re.findall(r"<script(?! type=)[^>]*>", html) == ['<script id="kk-boot">']
    assert "unsafe" not in policy


def test_layers_of_a_user_find_the_map_at_once(frames: Frames, draw: Draw) -> None:
    made = draw(frames)
    folium.Marker([52.4, 4.9]).add_to(made)
    html = made.html()
    assert 'id="kk-code"' not in html
    assert html.index("kansenkaart.open()") < html.index("L.marker(")


def test_online_background_is_in_the_page_only_when_asked(frames: Frames, draw: Draw) -> None:
    html = draw(frames, online_background=True).html()
    assert "img-src data: https://service.pdok.nl" in html
    assert html.count("connect-src") == 0


@pytest.mark.parametrize("language", ["nl", "en"])
def test_page_has_language_and_title(frames: Frames, draw: Draw, language: str) -> None:
    html = draw(frames, language=language, title="A & B <b>").html()
    assert f'<html lang="{language}">' in html
    assert "<title>A &amp; B &lt;b&gt;</title>" in html
    assert "user-scalable" not in html


def test_evil_text_reaches_no_template_and_no_markup(frames: Frames, draw: Draw) -> None:
    html = draw(poison(frames, EVIL), title=EVIL, question=EVIL).html()
    assert "window.evil=1</script>" not in html
    assert "{{ 7*7 }}" in html  # in the title, as text
    assert "<title>&lt;script&gt;" in html
    assert ">49<" not in html


def test_no_own_script_builds_markup_from_text(root: Path) -> None:
    maps = root / "kansenkaart" / "maps"
    for path in sorted([*(maps / "assets").glob("*.js"), *(maps / "page").rglob("*.js")]):
        source = path.read_text("utf-8")
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "fetch(",
        ):
            assert word not in source, (path.name, word)


def test_sizes_stay_below_the_bar(saved: Callable[..., Path], many: Frames) -> None:
    some = make_frames(matches=5_500, sites=2_000)
    for made, sites, least, most_bytes in (
        # The bars are 0.9 and 2.6 MB; the smaller it stays below with room to spare.
        (some, 2_000, 5_000, 620_000),
        # With months, chains, routes of all chances and what decides.
        (enrich(some), 2_000, 5_000, 660_000),
        (many, 10_000, 50_000, 2_400_000),
    ):
        assert len(made.matches) >= least
        assert len(made.sites) == sites
        assert saved(made).stat().st_size < most_bytes


def test_notebook_form_has_no_policy_and_takes_folium_layers(frames: Frames, draw: Draw) -> None:
    made = draw(frames)
    folium.Marker([52.4, 4.9]).add_to(made)
    shown = made._repr_html_()
    assert "Content-Security-Policy" not in shown
    assert "iframe" in shown
    assert "addTo(map_kansenkaart)" in shown


def test_marker_can_be_saved(frames: Frames, draw: Draw, tmp_path: Path) -> None:
    made = draw(frames)
    folium.Marker([52.4, 4.9]).add_to(made)
    made.save(tmp_path / "kaart.html")
    assert "L.marker" in (tmp_path / "kaart.html").read_text("utf-8")


@pytest.mark.parametrize(
    "layer",
    [
        lambda: folium.TileLayer("OpenStreetMap"),
        lambda: folium.FeatureGroup("groep").add_child(folium.TileLayer("OpenStreetMap")),
        lambda: folium.WmsTileLayer("https://example.org/wms", "laag"),
        lambda: folium.plugins.Fullscreen(),
    ],
)
def test_save_refuses_what_would_be_fetched(
    frames: Frames, draw: Draw, tmp_path: Path, layer: Callable[[], folium.Element]
) -> None:
    made = draw(frames)
    made.add_child(layer())
    with pytest.raises(OutputError, match="without network"):
        made.save(tmp_path / "kaart.html")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_leaves_nothing_behind(
    frames: Frames, draw: Draw, tmp_path: Path
) -> None:
    (tmp_path / "kaart.html").mkdir()
    with pytest.raises(OutputError, match=r"kaart\.html is not an ordinary file"):
        draw(frames).save(tmp_path / "kaart.html")
    assert [path.name for path in tmp_path.iterdir()] == ["kaart.html"]


def test_an_empty_run_is_drawn(frames: Frames, draw: Draw) -> None:
    empty = replace(
        frames, matches=frames.matches.iloc[:0], flows=frames.flows.iloc[:0], gaps=frames.gaps.iloc[:0],
        links=frames.links.iloc[:0], sites=frames.sites.iloc[:0],
    )  # fmt: skip
    assert draw(empty, links=[]).html()


def test_code_of_the_page_stays_below_the_bar() -> None:
    # Packed, as it lies in every map. Without Leaflet, which is not ours, and what unpacks, which is not packed.
    code = read_asset("page.js") + read_asset("page.css")
    assert len(read_signs(pack(code.encode("utf-8")))) <= 88_090


def test_what_is_sold_outside_the_region_stands_behind_the_name_of_its_stream(
    frames: Frames, draw: Draw
) -> None:
    supply = frames.gaps["role"] == "supply"
    stream = frames.gaps.loc[supply & (frames.gaps["remaining"] > 0), "stream"].iloc[0]
    mine = supply & (frames.gaps["stream"] == stream)
    sold = frames.gaps.assign(elsewhere=frames.gaps["remaining"].where(mine, 0.0))
    told = told_besides(draw(replace(frames, gaps=sold)).html())
    assert told.pop(stream)[0].endswith("per jaar verkocht buiten de regio")
    assert {words for both in told.values() for words in both} == {""}


def test_what_runs_under_contracts_of_unknown_size_stands_behind_what_is_missing(
    frames: Frames, draw: Draw
) -> None:
    """It is no part of the shortage, so it is counted beside it."""
    demand = frames.gaps["role"] == "demand"
    stream = frames.gaps.loc[demand, "stream"].iloc[0]
    mine = demand & (frames.gaps["stream"] == stream)
    gaps = frames.gaps.assign(under_contract=np.where(mine, 250.0, 0.0))
    amount = load_texts().number(250.0 * mine.sum())
    told = told_besides(draw(replace(frames, gaps=gaps)).html())
    assert told.pop(stream)[1].startswith(f", en {amount} ")
    assert {words for both in told.values() for words in both} == {""}


def told_besides(html: str) -> dict[str, list[str]]:
    """Per stream what stands behind its name on either side of what is left."""
    data = gzip.decompress(read_signs(re.search(r'id="kk-data">(.*?)</script>', html)[1]))
    header = json.loads(data[4 : 4 + int.from_bytes(data[:4], "little")])
    return {one["id"]: one["besides"] for one in header["streams"]}
