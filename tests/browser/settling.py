"""A test looks at a page only when the page has done what it was asked: it waits for a state, never for a while."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page

SCRIPT = Path(__file__).with_name("settled.js")
_NEVER_MS = 180_000
_STATES = (
    "evaluate", "get_attribute", "inner_html", "inner_text", "input_value", "is_checked", "is_disabled", "is_editable",
    "is_enabled", "is_hidden", "is_visible", "screenshot", "text_content",
)  # fmt: skip
READS: dict[type, tuple[str, ...]] = {
    Page: (
        *_STATES,
        "content",
        "eval_on_selector",
        "eval_on_selector_all",
        "pdf",
        "query_selector_all",
        "title",
    ),
    Locator: (
        *_STATES,
        "all",
        "all_inner_texts",
        "all_text_contents",
        "bounding_box",
        "count",
        "evaluate_all",
    ),
}


def watch(context: BrowserContext) -> None:
    """Let every page that is made in a context from now on tell when it is settled; only what never comes fails."""
    context.add_init_script(path=SCRIPT)
    context.set_default_timeout(_NEVER_MS)


def _settle(page: Page) -> None:
    """Wait until nothing is left to do for a page and the frames in it."""
    for frame in page.frames:
        frame.evaluate("() => window.settled?.()")


def _after_settling(read: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(read)
    def look(self: Page | Locator, *args: Any, **options: Any) -> Any:
        _settle(self if isinstance(self, Page) else self.page)
        return read(self, *args, **options)

    return look


def settle_before_reads(patch: pytest.MonkeyPatch) -> None:
    """Make every way of Playwright to read a state wait for that state."""
    for owner, names in READS.items():
        for name in names:
            patch.setattr(owner, name, _after_settling(getattr(owner, name)))
