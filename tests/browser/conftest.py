"""A real Chromium without network, and pages that report everything they ask for or complain about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from kansenkaart.tables import Frames
from tests.browser.opened import Opened, listen_to
from tests.browser.pages import Asked, Pages, at_all
from tests.browser.settling import settle_before_reads, watch


@pytest.fixture(scope="session", autouse=True)
def _reads_wait() -> Iterator[None]:
    """No test reads a page that is still at work."""
    with pytest.MonkeyPatch.context() as patch:
        settle_before_reads(patch)
        yield


def _maker(browser: Browser) -> Iterator[Callable[..., Opened]]:
    contexts = []

    def make(width: int = 1366, height: int = 768, **options: object) -> Opened:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        watch(contexts[-1])
        return listen_to(contexts[-1])

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def listen(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Return a maker of empty pages of a size, that report what they ask for and complain about."""
    yield from _maker(browser)


@pytest.fixture(scope="module")
def kept_pages(browser: Browser) -> Iterator[Pages]:
    """Return the pages that the tests of a module use one after the other."""
    yield from map(Pages, _maker(browser))


@pytest.fixture
def pages(kept_pages: Pages) -> Iterator[Pages]:
    """Return the pages that are open, and take back what a test got of them."""
    yield kept_pages
    kept_pages.take_back()


@pytest.fixture
def open_map(pages: Pages, saved: Callable[..., Path]) -> Callable[..., Opened]:
    """Return an opener of saved maps: saved, opened from disk, and ready."""

    def open_one(
        frames: Frames,
        *,
        size: tuple[int, int] = (1366, 768),
        link: str = "",
        start: bool = False,
        options: dict[str, object] | None = None,
        **settings: object,
    ) -> Opened:
        address = f"file://{saved(frames, **settings)}"
        asked = Asked(address, link if start else at_all(link), start, size, repr(options))
        return pages.open(asked, options or {})

    return open_one


@pytest.fixture(scope="module")
def keep_open(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Return an opener of maps that stay open for all tests of a module."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    watch(context)

    def open_one(address: str) -> Opened:
        opened = listen_to(context)
        opened.page.goto(address)
        opened.page.wait_for_selector("#kk[data-phase=ready]")
        return opened

    yield open_one
    context.close()


@pytest.fixture(scope="module")
def shared_map(keep_open: Callable[..., Opened], saved: Callable[..., Path]) -> Callable[..., Opened]:
    """Return an opener of saved maps whose pages stay open for all tests of a module."""

    def open_one(frames: Frames, **settings: object) -> Opened:
        return keep_open(f"file://{saved(frames, **settings)}{at_all()}")

    return open_one


@pytest.fixture(scope="module")
def example_map(keep_open: Callable[..., Opened], noord_holland_outputs: Path) -> Opened:
    """Return the map of the example region, opened once: every test brings it to where it begins."""
    return keep_open((noord_holland_outputs / "kansenkaart.html").as_uri())


@pytest.fixture(scope="module")
def opened_many(
    keep_open: Callable[..., Opened], many: Frames, saved: Callable[..., Path]
) -> tuple[Opened, Callable[..., Opened]]:
    """Return the map of fifty thousand chances, opened once, and an opener of the same file at a link."""

    def open_at(link: str = "") -> Opened:
        return keep_open(f"file://{saved(many)}{at_all(link)}")

    return open_at(), open_at
