"""Run one part of the benchmark in this process: ``part.py folium_geojson 5000 FOLDER REPEATS``.

Every finding is a line of JSON of its own, so that what was found before the wall limit is not lost.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

CHROMIUM = "/usr/bin/chromium"
_SWITCHES = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
_OUT = sys.stdout

# No measurement inside the page goes on for longer than this, milliseconds.
_LIMIT_MS = 30_000.0
_PAGE_LIMIT_MS = 600_000


def main() -> None:
    """Make the region, or make a map of it and open that."""
    name, matches, folder, repeats = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    with redirect_stdout(sys.stderr):
        if name == "region":
            from regions import make_region

            tell(make_region(folder, matches))
        else:
            measure(name, matches, folder, repeats)


def tell(found: dict[str, Any]) -> None:
    print(json.dumps(found), file=_OUT, flush=True)


def measure(name: str, matches: int, folder: Path, repeats: int) -> None:
    import makers
    import network
    from regions import read_region

    if name != "kansenkaart":
        network.check_packages()
    frames = read_region(folder, matches)
    path = folder / f"{name}-{matches}.html"
    begin = time.perf_counter()
    map_name = getattr(makers, name)(frames, path)
    tell({"made_s": time.perf_counter() - begin, "bytes": path.stat().st_size})
    del frames
    open_map(path, map_name, ours=name == "kansenkaart", repeats=repeats)


def open_map(path: Path, map_name: str, *, ours: bool, repeats: int) -> None:
    """Open the page a few times, the last one for what is done with it."""
    import network
    import probes
    from playwright.sync_api import sync_playwright

    sizes: dict[str, int] = {}
    ready: list[float] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(_SWITCHES))
        for last in [*[False] * (min(repeats, 5) - 1), True]:
            page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
            page.set_default_timeout(_PAGE_LIMIT_MS)
            page.route(lambda url: url.startswith("http"), partial(network.answer, sizes=sizes))
            page.add_init_script(probes.READY)
            page.goto(f"file://{path}")
            ready.append(page.wait_for_function("() => window.benchReady").json_value())
            tell({"ready_ms": ready, "fetched": sum(sizes.values())})
            if not last:
                page.context.close()
        use_map(page, map_name, ours=ours, repeats=repeats)
        browser.close()


def use_map(page: Any, name: str, *, ours: bool, repeats: int) -> None:
    """Slide, switch, pan and click; steps are [own time, time to the next painted frame] in milliseconds."""
    import probes

    who = "ours" if ours else "peer"
    if ours:
        tell({"slide": page.evaluate(probes.steps(probes.SLIDE, 3 * repeats, _LIMIT_MS))})
        page.click("#kk-reset")
        tell({"price": page.evaluate(probes.steps(probes.PRICE, 5, _LIMIT_MS))})
    count = min(2 * page.evaluate(probes.STREAMS[who]), 2 * repeats)
    tell({"switch": page.evaluate(probes.steps(probes.SWITCH[who], count, _LIMIT_MS))})
    tell({"pan": page.evaluate(probes.steps(probes.pan(name), 2 * repeats, _LIMIT_MS))})
    tell({"click": page.evaluate(probes.click(name, ours, repeats))})


if __name__ == "__main__":
    main()
