"""A real Chromium without network, and pages that report everything they ask for or complain about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from kansenkaart.tables import Frames
from tests.browser.settling import settle_before_reads, watch


@dataclass
class Opened:
    """A page that is open, with what it asked for and what it complained about."""

    page: Page
    noted_requests: list[str] = field(default_factory=list)
    noted_faults: list[str] = field(default_factory=list)

    @property
    def requests(self) -> list[str]:
        """Return what the page asked for outside its file, now that it is settled."""
        self.settle()
        return self.noted_requests

    @property
    def faults(self) -> list[str]:
        """Return what the page complained about, now that it is settled."""
        self.settle()
        return self.noted_faults

    def settle(self) -> None:
        """Wait until the page has done what it was asked, before something else is asked of it."""
        self.page.evaluate("null")

    def texts(self, selector: str) -> list[str]:
        """Return the visible texts of all elements, spaces made plain."""
        found = self.page.locator(selector).all_inner_texts()
        return [" ".join(text.replace("\u00a0", " ").split()) for text in found]

    def link(self) -> str:
        """Return the permalink."""
        hash_: str = self.page.evaluate("location.hash")
        return hash_

    def text(self, selector: str) -> str:
        """Return the visible text of the first element."""
        return self.texts(selector)[0]


@pytest.fixture(scope="session", autouse=True)
def _reads_wait() -> Iterator[None]:
    """No test reads a page that is still at work."""
    with pytest.MonkeyPatch.context() as patch:
        settle_before_reads(patch)
        yield


def _listen_to(context: BrowserContext) -> Opened:
    """Return an empty page; everything but ``file:`` and ``data:`` is refused and noted."""
    opened = Opened(context.new_page())

    def answer(route: Route) -> None:
        opened.noted_requests.append(route.request.url)
        route.abort()

    context.route(lambda url: not url.startswith(("file:", "data:", "about:")), answer)
    opened.page.on("pageerror", lambda error: opened.noted_faults.append(str(error)))
    opened.page.on(
        "console",
        lambda message: (
            opened.noted_faults.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    opened.page.on(
        "dialog", lambda dialog: (opened.noted_faults.append(f"dialog {dialog.message}"), dialog.dismiss())
    )
    return opened


# Parts of a card that are closed at first; few tests are about that.
UNFOLD = """() => ["money", "months", "certainty", "ladder", "origin"]
  .forEach((key) => kansenkaart.page.unfolded.add(key))"""


def at_all(link: str = "") -> str:
    """Return `link` so that up to 300 chances are drawn in full, as few tests ask for the best twelve of the start."""
    return link if re.search("[#&]n=", link) else f"{link}&n=300" if link else "#n=300"


@pytest.fixture
def listen(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Return a maker of empty pages of a size, that report what they ask for and complain about."""
    contexts = []

    def make(width: int = 1366, height: int = 768, **options: object) -> Opened:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        watch(contexts[-1])
        return _listen_to(contexts[-1])

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def open_map(listen: Callable[..., Opened], saved: Callable[..., Path]) -> Callable[..., Opened]:
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
        opened = listen(*size, **(options or {}))
        opened.page.goto(f"file://{saved(frames, **settings)}{link if start else at_all(link)}")
        opened.page.wait_for_selector("#kk[data-phase=ready]")
        if not start:
            opened.page.evaluate(UNFOLD)
            opened.page.evaluate(
                "kansenkaart.page.state.chosen && kansenkaart.page.actions.choose(kansenkaart.page.state.chosen)"
            )
        return opened

    return open_one


@pytest.fixture(scope="module")
def keep_open(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Return an opener of maps that stay open for all tests of a module."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    watch(context)

    def open_one(address: str) -> Opened:
        opened = _listen_to(context)
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
