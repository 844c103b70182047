"""Compare the matching core with its peers on the instances of the bars, and say which bars hold.

Every part runs in a process of its own, one after the other, with a wall limit. Seconds depend on the machine and on
what else it does; the ratios, taken within one run, are the claim.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from children import Result, machine, run_child

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
SIZES = ("province", "country", "europe", "long-range", "municipalities")
POINTS = "2000000"

# Wall limit of one part, seconds; what is not done by then is reported as such.
WALL_S = 600

# Distances are compared after rounding to 0.1 mm; a peer that does not round may miss a pair exactly at the limit.
RIM = 1e-6
GIB = 1024.0


class Row(NamedTuple):
    """One line of the table."""

    what: str
    ours: str
    peer: str
    ratio: str
    bar: str
    held: str


def main() -> None:
    """Run what was asked for and print the table; exit with 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", metavar="SIZE", help=f"{', '.join(SIZES)}; default: all")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name} beside this file")
    asked = parser.parse_args()
    sizes = asked.sizes or list(SIZES)
    if unknown := [name for name in sizes if name not in SIZES]:
        parser.error(f"unknown size {', '.join(unknown)}; choose from {', '.join(SIZES)}")
    rows: list[Row] = []
    print_line(Row(*Row._fields))
    for size in SIZES:
        for row in TABLE[size]() if size in sizes else ():
            rows.append(row)
            print_line(row)
    print(f"\n{machine()}; each part at most {WALL_S} s")
    if asked.write:
        RESULTS.write_text(as_markdown(rows), encoding="utf-8")
    sys.exit(any(row.held == "NO" for row in rows))


def run(part: str, argument: str) -> Result:
    """Run one part in a child; an error or the wall limit becomes the result."""
    return run_child(HERE / "matching" / "part.py", part, argument, limit_s=WALL_S)


def compare(what: str, ours: Result, peer: Result, name: str, least: float) -> Row:
    """Return a row on how many times longer a peer takes."""
    if "stopped" in ours or "stopped" in peer:
        texts = (show(one) for one in (ours, peer))
        verdict = held(False) if "stopped" in ours else "not measured"
        return Row(what, *texts, "-", f">= {least:g} x faster", verdict)
    ratio = peer["seconds"] / ours["seconds"]
    same = is_same(ours, peer)
    told = ", same answer" if same else f", answer differs: {ours['objective']} / {peer['objective']}"
    shown = f"{name} {show(peer)}{told}"
    return Row(
        what, show(ours), shown, f"{ratio:.1f}", f">= {least:g} x faster", held(ratio >= least and same)
    )


def is_same(ours: Result, peer: Result) -> bool:
    """Whether both found the same: pairs within reach but for the rim, or the same objective in integers."""
    here, there = ours["objective"], peer["objective"]
    return bool(here == there or (ours.get("rim", False) and abs(here - there) <= RIM * here))


def show(result: Result) -> str:
    if "stopped" in result:
        return str(result["stopped"])
    extra = f", +{result['extra_mib']:.0f} MiB" if "extra_mib" in result else ""
    return f"{result['seconds']:.3g} s{extra}"


def held(yes: bool) -> str:
    return "yes" if yes else "NO"


def check(what: str, ours: Result, bar: str, holds: Callable[[Result], bool], note: str = "") -> Row:
    """Return a row on ourselves alone."""
    if "stopped" in ours:
        return Row(what, show(ours), "-", "-", bar, "NO")
    return Row(what, show(ours) + note.format(**ours), "-", "-", bar, held(holds(ours)))


def province() -> list[Row]:
    ours = run("ours:allocation", "province")
    growing, drawn = run("ours:growth", "country"), run("ours:draws", "province")
    what = "exact allocation, province"
    return [
        compare(what, ours, run("peers:ortools", "province"), "OR-tools min-cost flow", 20),
        compare(what, ours, run("peers:linprog", "province"), "scipy linprog", 150),
        check(
            "growth with the number of pairs, to country",
            growing,
            "exponent <= 1.4",
            lambda result: result["exponent"] <= 1.4,
            ", exponent {exponent:.2f}",
        ),
        check(
            "1,000 draws, province",
            drawn,
            "< 120 s",
            lambda result: result["seconds"] < 120,
            ", {pairs:,} pairs",
        ),
        gap_row("province"),
    ]


def country() -> list[Row]:
    found, ours = run("ours:pairs", "country"), run("ours:allocation", "country")
    pairs, what = "all pairs within D, country", "exact allocation, country"
    return [
        compare(pairs, found, run("peers:pairs_geopandas", "country"), "geopandas sjoin dwithin", 20),
        compare(pairs, found, run("peers:pairs_kdtree", "country"), "cKDTree.sparse_distance_matrix", 5),
        compare(pairs, found, run("peers:pairs_duckdb", "country"), "DuckDB spatial join, ST_DWithin", 8),
        compare(pairs, found, run("peers:pairs_sedona", "country"), "SedonaDB join, ST_DWithin", 8),
        compare(what, ours, run("peers:ortools", "country"), "OR-tools min-cost flow", 15),
        check(
            f"{what}: memory",
            ours,
            "< 1 GiB extra",
            lambda result: result["extra_mib"] < GIB and result["certified"],
            ", {pairs:,} pairs, certificate {certified}",
        ),
        gap_row("country"),
    ]


def europe() -> list[Row]:
    return [solved("exact allocation, europe", run("ours:allocation", "europe"))]


def long_range() -> list[Row]:
    ours = run("ours:long_range", "country")
    note = ", {kept:,} of them kept, {rounds} rounds; best pair first {best_first_share:.1%} in {best_first_s:.1f} s"
    return [solved("country, D = 100 km", ours, note)]


def solved(what: str, ours: Result, note: str = "") -> Row:
    return check(
        what,
        ours,
        "certificate, < 6 GiB",
        lambda result: result["certified"] and result["peak_mib"] < 6 * GIB,
        ", {pairs:,} pairs" + note + ", certificate {certified}, peak {peak_mib:.0f} MiB",
    )


def municipalities() -> list[Row]:
    ours, peer = run("ours:municipalities", POINTS), run("peers:municipalities", POINTS)
    what = f"2 M points to {ours.get('areas', '?')} municipalities"
    return [compare(what, ours, peer, "geopandas sjoin within", 3)]


def gap_row(size: str) -> Row:
    found = run("ours:gaps", size)
    if "stopped" in found:
        return Row(f"lost by simpler ways, {size}", show(found), "-", "-", "reported", "NO")
    text = f"greedy {found['greedy']:.1%}, nearest {found['nearest']:.1%}"
    return Row(f"lost by simpler ways, {size}", text, "-", "-", "reported", "yes")


def print_line(row: Row) -> None:
    widths = (44, 58, 64, 6, 22, 12)
    print("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip(), flush=True)


def as_markdown(rows: list[Row]) -> str:
    head = "# Matching beside its peers\n\nMade by `make bench-matching ARGS=--write`. "
    about = f"{machine()}; each part at most {WALL_S} s, in a process of its own. Trust the ratios.\n\n"
    table = [Row(*Row._fields), Row(*["---"] * len(Row._fields)), *rows]
    lines = ["| " + " | ".join(text.replace("|", "/") for text in row) + " |" for row in table]
    return head + about + "\n".join(lines) + "\n"


TABLE: dict[str, Callable[[], list[Row]]] = {
    "province": province,
    "country": country,
    "europe": europe,
    "long-range": long_range,
    "municipalities": municipalities,
}

if __name__ == "__main__":
    main()
