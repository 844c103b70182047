"""The pages on a host with a law of its own: the map, or a sentence that says why not; never nothing."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts

pytestmark = pytest.mark.browser

FORBIDDING = [
    "default-src 'none'",
    "default-src 'self'",
    "script-src 'none'",
    "style-src 'none'",
    "sandbox",
    "default-src 'none'; sandbox",
]


class _Strict(http.server.SimpleHTTPRequestHandler):
    """Gives files with the policy that stands after the question mark."""

    def end_headers(self) -> None:
        number = self.path.partition("?")[2]
        if number:
            self.send_header("Content-Security-Policy", FORBIDDING[int(number)])
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hosted() -> Iterator[Callable[[Path], str]]:
    """Return a server of a file on this machine: its address, without a policy."""
    servers = []

    def serve(path: Path) -> str:
        handler = functools.partial(_Strict, directory=str(path.parent))
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/{path.name}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Return an opener of addresses in one window.

    Nothing watches it: where the host forbids scripts, no timer and no frame of a page ever comes.
    """
    context = browser.new_context()
    page = context.new_page()

    def go(address: str) -> Page:
        page.goto(address)
        return page

    yield go
    context.close()


def test_map_under_a_strict_host_says_why_it_does_not_open(
    frames: Frames, saved: Callable[..., Path], hosted: Callable[[Path], str], visit: Callable[[str], Page]
) -> None:
    address, sentence = hosted(saved(frames)), load_texts("nl")("map.no_script")
    for number, policy in enumerate(FORBIDDING):
        page = visit(f"{address}?{number}")
        assert page.get_by_text(sentence).is_visible(), policy


def test_map_on_a_plain_host_opens_and_the_sentence_goes(
    frames: Frames, saved: Callable[..., Path], hosted: Callable[[Path], str], visit: Callable[[str], Page]
) -> None:
    page = visit(hosted(saved(frames)))
    page.wait_for_selector("#kk[data-phase=ready]")
    page.get_by_text(load_texts("nl")("map.no_script")).wait_for(state="hidden")


def test_quality_page_under_a_strict_host_can_be_read(
    small_built: Path, hosted: Callable[[Path], str], visit: Callable[[str], Page]
) -> None:
    address = hosted(small_built / "uit" / "quality.html")
    for number, policy in enumerate(FORBIDDING):
        page = visit(f"{address}?{number}")
        assert page.locator("h1").is_visible(), policy
        assert page.locator("table").first.is_visible(), policy
