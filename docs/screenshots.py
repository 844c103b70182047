"""Take the pictures of the map that are looked at before a release.

``python docs/screenshots.py MAP [--national MAP] [--many MAP] [--english MAP]``: the pictures of a region, the bundles
of a country and of an invented region of 5,000 chances, and what a reader of the English edition sees. The invented
one is made by ``benchmarks/map/part.py region 5000 FOLDER 1``, and then ``kansenkaart`` for ``region``.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
CHROMIUM = "/usr/bin/chromium"

# Screen, and what stands open on it; see `show`.
PICTURES = (
    ((1366, 768), "start"),
    ((1366, 768), "chance"),
    ((1366, 768), "short"),
    ((1366, 768), "gaps"),
    ((1366, 768), "municipality"),
    ((1366, 768), "groups"),
    ((1366, 768), "sankey"),
    ((1366, 768), "whatif"),
    ((1366, 768), "table"),
    ((1366, 768), "room"),
    ((1920, 1080), "present"),
    ((1920, 1080), "tally"),
    ((390, 844), "start"),
    ((390, 844), "chance"),
    ((700, 500), "embed"),
)
ENGLISH = tuple(one for one in PICTURES if one[1] not in ("groups", "sankey", "table", "room", "tally"))
NATIONAL = (((1366, 768), "bundles"),)
MANY = (((1366, 768), "many"),)

# What a table says of some chances, so that a room has something to show.
VOTES = ((5, 7, "confirm"), (0, 3, "confirm"), (7, 2, "reject"), (2, 1, ""))


def main() -> None:
    """Open the maps without network and write one picture per state."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("map", type=Path)
    reader.add_argument("--national", type=Path)
    reader.add_argument("--many", type=Path)
    reader.add_argument("--english", type=Path)
    asked = reader.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for file, pictures, mark in (
            (asked.map, PICTURES, ""),
            (asked.national, NATIONAL, ""),
            (asked.many, MANY, ""),
            (asked.english, ENGLISH, "-en"),
        ):
            for size, state in pictures if file else ():
                take(browser, file, size, state, mark)
        for file, mark in ((asked.map, ""), (asked.english, "-en")):
            if file:
                print_map(browser, file, mark)
        browser.close()


def take(browser: Browser, file: Path, size: tuple[int, int], state: str, mark: str) -> None:
    """Write the picture of one state."""
    width, height = size
    viewport = {"width": width, "height": height}
    context = browser.new_context(viewport=viewport, offline=True, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(file.resolve().as_uri() + ("#embed" if state == "embed" else ""))
    page.wait_for_selector("#kk[data-phase=ready]")
    show(page, state)
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / f"{state}-{width}x{height}{mark}.jpg", type="jpeg", quality=70)
    context.close()


def show(page: Page, state: str) -> None:
    """Bring the page to the state of a picture."""
    if state in ("chance", "short"):
        # The sixth chance lies in a port that one recognises; the first is a few hundred metres long.
        page.click("#kk-tab-chances")
        choose(page, 5 if state == "chance" else 0)
    elif state in ("gaps", "groups"):
        page.click(f"#kk-tab-{'gaps' if state == 'gaps' else 'clusters'}")
    elif state == "municipality":
        page.evaluate("kansenkaart.page.map.setView([52.47, 4.63], 12, { animate: false })")
    elif state in ("bundles", "many"):
        page.evaluate("kansenkaart.page.actions.set({ drawn: 3000 })")
    elif state == "present":
        page.click("#kk-open-present")
        page.click("#kk-present-go")
        page.keyboard.press("PageDown")
    elif state == "tally":
        for rank, votes, verdict in VOTES:
            vote(page, rank, votes, verdict)
        page.click("#kk-open-room")
        page.click("#kk-tally")
        page.click("#kk-round")
    elif state not in ("start", "embed"):
        page.click(f"#kk-open-{state}")


def choose(page: Page, rank: int) -> None:
    """Choose a chance by its place in the list, counted from 0."""
    page.evaluate("(id) => kansenkaart.page.actions.choose({ kind: 'match', id })", rank)


def vote(page: Page, rank: int, votes: int, verdict: str) -> None:
    """Say something of a chance."""
    choose(page, rank)
    for _ in range(votes):
        page.click("#kk-vote-more")
    if verdict:
        page.click(f"label[data-verdict={verdict}]")


def print_map(browser: Browser, file: Path, mark: str) -> None:
    """Write the first page of the map on A4 as a picture."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.goto(file.resolve().as_uri())
    page.wait_for_selector("#kk[data-phase=ready]")
    with tempfile.TemporaryDirectory() as folder:
        paper = Path(folder) / "map.pdf"
        page.pdf(path=paper, prefer_css_page_size=True, format="A4", print_background=True)
        drawn = [
            "-singlefile",
            "-r",
            "110",
            "-jpeg",
            "-jpegopt",
            "quality=75",
            str(paper),
            str(IMAGES / f"print-a4{mark}"),
        ]
        subprocess.run(["pdftoppm", *drawn], check=True)
    page.close()


if __name__ == "__main__":
    main()
