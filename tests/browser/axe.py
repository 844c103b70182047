"""What axe-core says of a page, or of the part of it that a test is about."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SCRIPT = Axe().axe_script
_FOUND = """async ([within, rules]) => {
  const { violations } = await axe.run(within ?? document, { resultTypes: ["violations"], runOnly: rules });
  return violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(" "))]);
}"""


def axe_findings(page: Page, within: str | None = None) -> list[Any]:
    """Return the rules that are broken, each with where: in the page, or in the elements of a selector.

    A whole page takes a second of the processor. ``test_access.py`` asks that of every sheet; elsewhere what is shown
    beside it is asked alone.
    """
    if within is not None:
        assert page.locator(within).first.is_visible(), f"nothing to look at in {within}"
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_SCRIPT)
    found: list[Any] = page.evaluate(_FOUND, [within, RULES])
    return found
