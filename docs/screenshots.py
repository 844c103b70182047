"""Take the pictures of the workshop map that are looked at before a release: ``python docs/screenshots.py MAP``."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
CHROMIUM = "/usr/bin/chromium"

# Screen, and what stands open on it: nothing, a drawer, or the sixth chance, which lies in a port one recognises.
PICTURES = (
    ((1366, 768), "start"),
    ((1366, 768), "chance"),
    ((1366, 768), "sankey"),
    ((1366, 768), "whatif"),
    ((1366, 768), "table"),
    ((1920, 1080), "present"),
    ((1920, 1080), "room"),
    ((390, 844), "start"),
    ((390, 844), "chance"),
)


def main() -> None:
    """Open the map without network and write one picture per state."""
    address = Path(sys.argv[1]).resolve().as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for (width, height), state in PICTURES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, offline=True, reduced_motion="reduce"
            )
            page = context.new_page()
            page.goto(address)
            page.wait_for_selector("#kk[data-phase=ready]")
            show(page, state)
            page.wait_for_timeout(500)
            page.screenshot(path=IMAGES / f"{state}-{width}x{height}.jpg", type="jpeg", quality=80)
            context.close()
        browser.close()


def show(page: Page, state: str) -> None:
    """Bring the page to the state of a picture."""
    if state == "chance":
        page.click("#kk-tab-chances")
        page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 5 })")
    elif state == "present":
        page.click("#kk-open-present")
        page.click("#kk-drawer button:has-text('Start de presentatie')")
        page.keyboard.press("PageDown")
    elif state != "start":
        page.click(f"#kk-open-{state}")


if __name__ == "__main__":
    main()
