"""The map in a page of somebody else, and links that are followed, opened and copied."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks
from tests.browser.axe import axe_findings

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; a host page that ends in ``strict.html`` allows itself nothing but frames."""

    def end_headers(self) -> None:
        if self.path.endswith("strict.html"):
            self.send_header("Content-Security-Policy", "default-src 'none'; frame-src *")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def host(
    frames: Frames, saved: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Return the address of a folder with the map, and host pages with a frame round it."""
    folder, html = tmp_path_factory.mktemp("host"), saved(frames).read_text("utf-8")
    (folder / "kaart.html").write_text(html, "utf-8")
    frame = '<!DOCTYPE html><iframe width="700" height="500" sandbox="{}" {}></iframe>'
    whole = f'srcdoc="{escape(html)}"'
    for name, sandbox, source in (
        ("scripts.html", "allow-scripts", 'src="kaart.html#embed"'),
        ("nothing.html", "", 'src="kaart.html#embed"'),
        ("scripts-strict.html", "allow-scripts", 'src="kaart.html#embed"'),
        ("written-strict.html", "allow-scripts", whole),
    ):
        (folder / name).write_text(frame.format(sandbox, source), "utf-8")
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """Return one window, that nothing watches: where no script runs, no frame ever settles."""
    context = browser.new_context(viewport={"width": 900, "height": 640})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", ["scripts.html", "scripts-strict.html"])
def test_in_a_sandbox_the_map_stands_without_panel_and_buttons(host: str, window: Page, name: str) -> None:
    faults: list[str] = []
    window.on("pageerror", lambda error: faults.append(str(error)))
    window.goto(f"{host}/{name}")
    frame = window.frame_locator("iframe")
    frame.locator("#kk[data-phase=ready]").wait_for()
    for hidden in ("#kk-scroller", "#kk-bar", "#kk-copy_link"):
        assert frame.locator(hidden).is_hidden(), hidden
    for shown in (".title h1", "#kk-zoom_in", "#kk-count", "#map_kansenkaart canvas >> nth=0", ".embed-open"):
        assert frame.locator(shown).is_visible(), shown
    box = frame.locator("#map_kansenkaart").bounding_box()
    assert box is not None
    assert box["width"] == 700
    assert box["height"] > 380
    assert faults == []


@pytest.mark.parametrize("name", ["nothing.html", "written-strict.html"])
def test_a_host_that_lets_nothing_run_shows_a_sentence(host: str, window: Page, name: str) -> None:
    window.goto(f"{host}/{name}")
    window.frame_locator("iframe").get_by_text(load_texts("nl")("map.no_script")).wait_for()


def test_the_link_of_an_embedded_view_stays_embedded_and_opens_whole(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, link="#embed")
    page = opened.page
    page.evaluate("kansenkaart.page.actions.set({ km: 10 })")
    assert opened.link().startswith("#embed=1&")
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 0 })")
    assert page.locator("#kk-card").is_visible()
    # Nobody votes in a page of somebody else.
    assert page.locator("#kk-room").is_hidden()
    link = page.locator(".embed-open")
    link.evaluate("(link) => link.addEventListener('click', (event) => event.preventDefault())")
    link.click()
    whole = link.get_attribute("href")
    assert "embed" not in whole
    assert "km=10" in whole
    assert axe_findings(page) == []
    assert opened.faults == []
    assert opened.requests == []


def test_a_chosen_chance_stays_above_the_card_of_a_small_frame(frames: Frames, open_map: Open) -> None:
    page = open_map(frames, link="#embed", size=(600, 560)).page
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 0 })")
    card = page.locator("#kk-card").bounding_box()
    lows = page.evaluate(
        """() => { const { map, model, layers: { focus: { view } } } = kansenkaart.page;
        const top = map.getContainer().getBoundingClientRect().top;
        return ["m.supply", "m.demand"].map((end) => { const s = model.c[end][0];
          const y = model.siteV[s] * view.k + view.oy + view.offset.y;
          return top + map.layerPointToContainerPoint([0, y]).y; }); }"""
    )
    assert max(lows) < card["y"]
    assert min(lows) > 0


def test_a_link_followed_in_an_open_tab_shows_its_view(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    site = frames.sites["site_id"].iloc[3]
    page.evaluate("(hash) => { location.hash = hash; }", f"km=10&n=300&plek={site}&kaart=12.00/52.5/4.9")
    page.wait_for_function("() => kansenkaart.page.state.km === 10")
    assert opened.text("#kk-card-title") == frames.sites["name"].iloc[3]
    assert page.evaluate("kansenkaart.page.map.getZoom()") == 12
    checks.check_shown(opened, frames, km=10)
    # What the link does not name is as at the start.
    page.evaluate("location.hash = 'n=300&blad=chances'")
    page.wait_for_function("() => kansenkaart.page.state.km === Infinity")
    assert page.locator("#kk-card").is_hidden()
    assert page.locator("#kk-tab-chances").get_attribute("aria-selected") == "true"
    page.evaluate("location.hash = 'embed'")
    page.wait_for_function("() => document.getElementById('kk').classList.contains('embed')")
    assert opened.faults == []


def test_the_link_is_copied_or_stands_there_to_copy(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, link="#km=5", options={"permissions": ["clipboard-read", "clipboard-write"]})
    page = opened.page
    page.click("#kk-copy_link")
    page.get_by_text("De link is gekopieerd.").wait_for()
    assert "km=5" in page.evaluate("navigator.clipboard.readText()")
    page.evaluate("""() => { document.execCommand = () => false;
        navigator.clipboard.writeText = () => Promise.reject(new Error("no")); }""")
    page.click("#kk-copy_link")
    field = page.get_by_label("Kopieer de link").and_(page.locator("input"))
    assert "km=5" in field.input_value()
    assert page.evaluate("document.activeElement.selectionEnd") > 10
