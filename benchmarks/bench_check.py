"""Time how long a large CSV with faults takes to be read, repaired, checked and placed, beside pandas and geopandas.

Every part runs in a process of its own, one after the other, with a wall limit. Seconds depend on the machine and on
what else it does, so the CPU seconds stand beside them; the ratios, taken within one run, are the claim.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import NamedTuple

from bench_build import peak_mib
from children import Result, machine, run_child

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "check"), str(HERE / "matching")]
RESULTS = HERE / "RESULTS-check.md"
SIZES = (200_000, 2_000_000)

# Wall limit of one part, seconds, and the bars of the largest size.
WALL_S = 600
BAR_ROWS, BAR_S, BAR_MIB = 2_000_000, 60.0, 4_096


class Row(NamedTuple):
    """One line of the table."""

    rows: str
    what: str
    wall: str
    cpu: str
    times: str
    memory: str
    answer: str
    held: str


def main() -> None:
    """Run one part when asked for it, else all parts in children; exit with 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, metavar="ROWS", help=f"default: {SIZES}")
    parser.add_argument("--wall", type=float, default=WALL_S, help=f"seconds per part; default: {WALL_S}")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name} beside this file")
    parser.add_argument("--part", nargs=2, metavar=("NAME", "FOLDER"), help="only this part, as JSON")
    asked = parser.parse_args()
    if asked.part:
        run_here(asked.part[0], Path(asked.part[1]), asked.sizes[0])
        return
    print_line(Row(*Row._fields))
    rows = []
    for count in asked.sizes or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            run_child(__file__, count, "--part", "draw", folder, limit_s=1_800)
            results = {
                name: run_child(__file__, count, "--part", name, folder, limit_s=asked.wall) for name in PARTS
            }
            for name, result in results.items():
                rows.append(row_of(name, count, result, results["ours"]))
                print_line(rows[-1])
    if asked.write:
        RESULTS.write_text(as_markdown(rows), encoding="utf-8")
    sys.exit(any(row.held == "NO" for row in rows))


def run_here(name: str, folder: Path, count: int) -> None:
    """Draw the rows, or time one part on them; nothing but the result on standard output."""
    with redirect_stdout(sys.stderr):
        result = draw(folder, count) if name == "draw" else time_part(PARTS[name][1], folder)
    print(json.dumps(result))


def draw(folder: Path, count: int) -> Result:
    import draw_rows

    draw_rows.write_project(folder, count)
    return {}


def time_part(check: Callable[[Path], Result], folder: Path) -> Result:
    begin, begin_cpu = time.perf_counter(), _cpu_s()
    answer = check(folder)
    wall, cpu = time.perf_counter() - begin, _cpu_s() - begin_cpu
    return {**answer, "wall_s": wall, "cpu_s": cpu, "mib": peak_mib()}


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def check_by_ours(folder: Path) -> Result:
    """Read the project as `check` and `build` do; imports count."""
    from kansenkaart.project import load_project
    from kansenkaart.sources import read_sources

    sources = read_sources(load_project(folder), progress=lambda _: None)
    layer = sources.layers.iloc[0]
    return {"used": int(layer["rows_used"]), "findings": len(sources.findings)}


def check_by_geopandas(folder: Path) -> Result:
    """Do what a careful script does: numbers, repair, municipality, doubles; no reason for any row that is dropped."""
    import draw_rows
    import geopandas as gpd
    import pandas as pd

    from kansenkaart.sources.region import load_boundaries

    table = pd.read_csv(folder / draw_rows.FILE, sep=";", dtype="str")
    numbers = {
        name: pd.to_numeric(table[name].str.replace(",", "."), errors="coerce")
        for name in ("x_rd", "y_rd", "vermogen")
    }
    shapes = gpd.GeoSeries(gpd.points_from_xy(numbers["x_rd"], numbers["y_rd"]), crs="EPSG:28992")
    drawn = table["geometry_wkt"].notna()
    shapes[drawn] = gpd.GeoSeries.from_wkt(table["geometry_wkt"][drawn], crs="EPSG:28992").make_valid()
    places = gpd.GeoDataFrame(table.assign(**numbers), geometry=shapes)
    known = drawn | (places["x_rd"].notna() & places["y_rd"].notna())
    good = known & ~(places["vermogen"] < 0) & (places["status"] == "active")
    places = places[good].drop_duplicates("id")
    places["status_date"] = pd.to_datetime(places["status_date"], errors="coerce")
    centres = places.set_geometry(places.geometry.representative_point())
    placed = centres.sjoin(load_boundaries().areas[["municipality_code", "geometry"]], predicate="within")
    return {"used": len(placed), "findings": 0}


def row_of(name: str, count: int, result: Result, ours: Result) -> Row:
    """Return a row; a part that was stopped says so."""
    title, barred = PARTS[name][0], name == "ours" and count >= BAR_ROWS
    if "stopped" in result:
        return Row(f"{count:,}", title, result["stopped"], "", "", "", "", "NO" if barred else "")
    ratio = f"{result['cpu_s'] / ours['cpu_s']:.2f}" if name != "ours" and "cpu_s" in ours else ""
    good = result["wall_s"] < BAR_S and result["mib"] < BAR_MIB
    return Row(
        f"{count:,}",
        title,
        f"{result['wall_s']:.1f} s",
        f"{result['cpu_s']:.1f} s",
        ratio,
        f"{result['mib']:,.0f} MiB",
        f"{result['used']:,} placed, {result['findings']:,} findings",
        "" if not barred else "yes" if good else "NO",
    )


def print_line(row: Row) -> None:
    widths = (11, 46, 18, 9, 7, 11, 36, 5)
    print("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip(), flush=True)


def as_markdown(rows: list[Row]) -> str:
    head = (HERE / "check" / "how.md").read_text(encoding="utf-8")
    table = [Row(*Row._fields), Row(*["---"] * len(Row._fields)), *rows]
    lines = ["| " + " | ".join(text.replace("|", "/") for text in row) + " |" for row in table]
    return (
        f"{head}\n{machine()}. Bar: {BAR_ROWS:,} rows under {BAR_S:g} s and {BAR_MIB:,} MiB.\n\n"
        + "\n".join(lines)
        + "\n"
    )


PARTS: dict[str, tuple[str, Callable[[Path], Result]]] = {
    "ours": ("kansenkaart: read, repair, check, place, tell", check_by_ours),
    "peer": ("pandas + geopandas: the same rows, no reasons", check_by_geopandas),
}

if __name__ == "__main__":
    main()
