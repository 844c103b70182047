"""Compare the workshop map with its peers on the same chances, and say which bars hold.

Every map is made and opened in a process of its own, one after the other, with a wall limit; what was found before
the limit stays. Milliseconds depend on the machine and on what else it does; the ratios, taken within one run, are
the claim.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from children import Result, machine, run_child

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS-map.md"
SIZES = (5_000, 50_000, 200_000)
PEERS = {"folium_geojson": "folium.GeoJson", "geopandas_explore": "geopandas.explore"}

# Wall limit of one map, seconds: making it, opening it and everything done with it.
WALL_S = 120
# The region is not measured; ours is never stopped early.
PATIENT_S = 1_800

Number = Callable[[Result], float]


class Bar(NamedTuple):
    """What a number of ours must stay below."""

    most: float
    words: str


class Row(NamedTuple):
    """One line of the table."""

    what: str
    ours: str
    folium: str
    folium_ratio: str
    explore: str
    explore_ratio: str
    bar: str
    held: str


def main() -> None:
    """Measure the sizes that were asked for and print the table; exit with 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, metavar="MATCHES", help=f"default: {SIZES}")
    parser.add_argument("--repeats", type=int, default=10, help="more is steadier; default: 10")
    parser.add_argument("--wall", type=float, default=WALL_S, help=f"seconds per peer; default: {WALL_S}")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name} beside this file")
    asked = parser.parse_args()
    rows, regions = [], []
    print_line(Row(*Row._fields))
    for matches in asked.sizes or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            one = partial(run, matches, folder, asked.repeats)
            regions.append(one("region", limit_s=PATIENT_S))
            ours = one("kansenkaart", limit_s=PATIENT_S)
            peers = [one(name, limit_s=asked.wall) for name in PEERS]
        for row in compare(matches, ours, peers):
            rows.append(row)
            print_line(row)
    print("\n" + about(asked.wall, regions))
    if asked.write:
        RESULTS.write_text(as_markdown(rows, about(asked.wall, regions)), encoding="utf-8")
    sys.exit(any(row.held == "NO" for row in rows))


def run(matches: int, folder: str, repeats: int, part: str, *, limit_s: float) -> Result:
    return run_child(HERE / "map" / "part.py", part, matches, folder, repeats, limit_s=limit_s)


def compare(matches: int, ours: Result, peers: list[Result]) -> list[Row]:
    """Rows of one size; no peer has a distance slider or another price."""
    kind = partial(row_of, matches, ours, peers)
    step_bars = {50_000: (60.0, 200.0, 20.0, 50.0)}.get(matches, ())
    median_bar, p95_bar, own_bar, pan_bar = (
        Bar(most, f"< {most:g} ms") if step_bars else None for most in step_bars or (0, 0, 0, 0)
    )
    sizes = {5_000: 0.9, 50_000: 2.6, 200_000: 7.5}
    size_bar = Bar(sizes[matches], f"< {sizes[matches]:g} MB") if matches in sizes else None
    at_50k = matches == 50_000
    return [
        kind("file, MB", lambda one: one["bytes"] / 1e6, size_bar),
        kind("file and what it fetches, MB", lambda one: (one["bytes"] + one["fetched"]) / 1e6),
        kind("time to make, s", lambda one: one["made_s"]),
        kind("ready: drawn after opening, ms", lambda one: statistics.median(one["ready_ms"]),
             Bar(1_200, "< 1,200 ms") if at_50k else None),
        kind("distance slider to painted, median, ms", of("slide", 1, 0.5), median_bar),
        kind("distance slider to painted, p95, ms", of("slide", 1, 0.95), p95_bar),
        kind("distance slider, own time, median, ms", of("slide", 0, 0.5), own_bar),
        kind("another price, own time, median, ms", of("price", 0, 0.5),
             Bar(400, "< 400 ms") if at_50k else None),
        kind("stream off or on to painted, median, ms", of("switch", 1, 0.5), median_bar),
        kind("stream off or on to painted, p95, ms", of("switch", 1, 0.95), p95_bar),
        kind("stream off or on, own time, median, ms", of("switch", 0, 0.5)),
        kind("pan to painted, median, ms", of("pan", 1, 0.5), pan_bar),
        kind("click to match, median, ms", lambda one: statistics.median(one["click"]),
             Bar(5, "< 5 ms") if at_50k else None),
    ]  # fmt: skip


def of(name: str, column: int, part: float) -> Number:
    """Return the reader of a quantile of steps."""

    def read(one: Result) -> float:
        times = sorted(step[column] for step in one[name])
        return float(times[min(len(times) - 1, int(part * len(times)))])

    return read


def row_of(
    matches: int, ours: Result, peers: list[Result], what: str, number: Number, bar: Bar | None = None
) -> Row:
    """Return a row; a peer that cannot do it, or was stopped before, says so."""
    own = value_of(ours, number)
    cells: list[str] = []
    for peer in peers:
        theirs = value_of(peer, number)
        known = isinstance(own, float) and isinstance(theirs, float) and own > 0
        cells += [show(theirs), f"{theirs / own:.1f}" if known else "-"]
    held = "" if bar is None else "yes" if isinstance(own, float) and own < bar.most else "NO"
    return Row(f"{matches:,}: {what}", show(own), *cells, bar.words if bar else "", held)


def value_of(result: Result, number: Number) -> float | str:
    try:
        return float(number(result))
    except (KeyError, IndexError, statistics.StatisticsError):
        return str(result.get("stopped", "cannot"))


def show(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def print_line(row: Row) -> None:
    widths = (50, 10, 20, 8, 20, 8, 12, 4)
    print("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip(), flush=True)


def about(wall_s: float, regions: list[Result]) -> str:
    sizes = "; ".join(
        "{matches:,} matches, {sites:,} sites, {flows:,} flows".format(**one) for one in regions
    )
    return f"{machine()}; each peer at most {wall_s:g} s. Regions: {sizes}."


def as_markdown(rows: list[Row], machine_and_sizes: str) -> str:
    """Return the page with the results; how it was measured stands there too."""
    head = (HERE / "map" / "how.md").read_text(encoding="utf-8")
    table = [Row(*Row._fields), Row(*["---"] * len(Row._fields)), *rows]
    lines = ["| " + " | ".join(text.replace("|", "/") for text in row) + " |" for row in table]
    return f"{head}\n{machine_and_sizes}\n\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
