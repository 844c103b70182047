"""A page that is open, and reports everything it asks for or complains about."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page, Route


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


def listen_to(context: BrowserContext) -> Opened:
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
