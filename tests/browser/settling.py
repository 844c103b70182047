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
# What only looks, and what may also do something: after the first the page is as settled as it was.
_LOOKS = (
    "get_attribute", "inner_html", "inner_text", "input_value", "is_checked", "is_disabled", "is_editable",
    "is_enabled", "is_hidden", "is_visible", "text_content",
)  # fmt: skip
LOOKS: dict[type, tuple[str, ...]] = {
    Page: (*_LOOKS, "content", "query_selector_all", "title"),
    Locator: (*_LOOKS, "all", "all_inner_texts", "all_text_contents", "bounding_box", "count"),
}
READS: dict[type, tuple[str, ...]] = {
    Page: ("evaluate", "eval_on_selector", "eval_on_selector_all", "pdf", "screenshot"),
    Locator: ("evaluate", "evaluate_all", "screenshot"),
}


def watch(context: BrowserContext) -> None:
    """Let every page that is made in a context from now on tell when it is settled; only what never comes fails."""
    context.add_init_script(path=SCRIPT)
    context.set_default_timeout(_NEVER_MS)


def _settle(page: Page) -> None:
    """Wait until nothing is left to do for a page and the frames in it."""
    for frame in page.frames:
        frame.evaluate("() => window.settled?.()")


class _Settling:
    """Settles a page before it is read, unless it was only looked at since it was settled."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._asked = 0
        self._settled: tuple[Page, int] | None = None
        # All that is asked of Playwright goes through one method.
        (asks,) = (base for base in Page.__mro__ if "_sync" in vars(base))
        ask = asks._sync

        def counted(self_: object, *args: Any) -> Any:
            self._asked += 1
            return ask(self_, *args)

        patch.setattr(asks, "_sync", counted)

    def before(self, read: Callable[..., Any], *, looks: bool) -> Callable[..., Any]:
        @functools.wraps(read)
        def look(self_: Page | Locator, *args: Any, **options: Any) -> Any:
            page = self_ if isinstance(self_, Page) else self_.page
            if self._settled != (page, self._asked):
                _settle(page)
            answer = read(self_, *args, **options)
            self._settled = (page, self._asked) if looks else None
            return answer

        return look


def _wait_for_a_function(wait: Callable[..., Any]) -> Callable[..., Any]:
    """An expression works at the first look alone: at the next the page's own security policy refuses it."""

    @functools.wraps(wait)
    def waits(self_: Page, expression: str, **options: Any) -> Any:
        assert "=>" in expression, f"give a function, not an expression: {expression}"
        return wait(self_, expression, **options)

    return waits


def settle_before_reads(patch: pytest.MonkeyPatch) -> None:
    """Make every way of Playwright to read a state wait for that state."""
    settling = _Settling(patch)
    patch.setattr(Page, "wait_for_function", _wait_for_a_function(Page.wait_for_function))
    for reads, looks in ((LOOKS, True), (READS, False)):
        for owner, names in reads.items():
            for name in names:
                patch.setattr(owner, name, settling.before(getattr(owner, name), looks=looks))
