"""Time how long a register of businesses takes to become places with kind, municipality and flows, beside geopandas.

Every part runs in a process of its own, one after the other, with a wall limit. Seconds depend on the machine and on
what else it does, so the CPU seconds stand beside them; the ratios, taken within one run, are the claim.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

from bench_check import Row, print_line, time_part
from children import Result, machine, run_child

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "matching")]
RESULTS = HERE / "RESULTS-businesses.md"
SIZES = (200_000, 2_000_000)
WALL_S = 600
BAR_ROWS, BAR_S, BAR_MIB = 2_000_000, 90.0, 4_096

PROJECT = """
title = "Bedrijven"
reference_year = 2024
streams = ["voedingsreststromen", "kunststof", "papier_vezel", "sloophout", "textiel"]
region = {{ province = "Nederland" }}
[[layers]]
name = "lisa"
path = "{file}"
recipe = "lisa"
year = 2024
"""
CSV, PARQUET = "bedrijven.csv", "bedrijven.parquet"
# Two kinds of food firms, a bakery shop, paper, plastics, wood, textile, supermarkets, inns, offices, a garage, a farm.
CODES = (
    "1071",
    "10131",
    "4724",
    "17120",
    "22220",
    "1610",
    "1310",
    "47110",
    "56101",
    "62010",
    "45112",
    "0141",
)


def main() -> None:
    """Run one part when asked for it, else all parts in children; exit with 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, metavar="ROWS", help=f"default: {SIZES}")
    parser.add_argument("--wall", type=float, default=WALL_S, help=f"seconds per part; default: {WALL_S}")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name} beside this file")
    parser.add_argument("--part", nargs=2, metavar=("NAME", "FOLDER"), help="only this part, as JSON")
    asked = parser.parse_args()
    if asked.part:
        with redirect_stdout(sys.stderr):
            name, folder = asked.part[0], Path(asked.part[1])
            result = draw(folder, asked.sizes[0]) if name == "draw" else time_part(PARTS[name][1], folder)
        print(json.dumps(result))
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
                rows.append(row_of(name, count, result, results[name.replace("peer", "ours")]))
                print_line(rows[-1])
    if asked.write:
        RESULTS.write_text(as_markdown(rows), encoding="utf-8")
    sys.exit(any(row.held == "NO" for row in rows))


def draw(folder: Path, count: int) -> Result:
    """Write a register as CSV and as GeoParquet; the same one every time."""
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from points import draw_points_inside

    from kansenkaart.sources.region import load_boundaries

    random = np.random.default_rng(7)
    x, y = draw_points_inside(load_boundaries().areas, count)
    number = pd.Series(np.arange(count)).astype("str")
    table = pd.DataFrame(
        {
            "LISA_NR": "L" + number,
            "NAAM": "Bedrijf " + number,
            "SBI_CODE": np.asarray(CODES)[random.integers(0, len(CODES), count)],
            "BANEN_TOTAAL": random.integers(1, 60, count),
        }
    )
    placed = table.assign(XCOORD=np.round(x, 1), YCOORD=np.round(y, 1))
    placed.to_csv(folder / CSV, sep=";", index=False)
    gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y), crs="EPSG:28992").to_parquet(folder / PARQUET)
    return {}


def read_by_ours(folder: Path, *, file: str) -> Result:
    """Read the register and estimate its flows as `check` does; imports count."""
    from kansenkaart.flows import estimate_flows
    from kansenkaart.project import load_project
    from kansenkaart.sources import read_sources
    from kansenkaart.texts import load_texts

    (folder / "kansenkaart.toml").write_text(PROJECT.format(file=file), encoding="utf-8")
    loaded = load_project(folder)
    sources = read_sources(loaded, progress=lambda _: None)
    texts = load_texts("nl")
    estimated = estimate_flows(
        sources.sites, sources.links, loaded.catalogue, project=loaded.project, texts=texts
    )
    supply = estimated.flows[estimated.flows["role"] == "supply"]
    return {"used": len(sources.sites), "flows": len(supply), "tonnes": float(supply["theoretical"].sum())}


def read_by_geopandas(folder: Path, *, file: str) -> Result:
    """Do what a careful script does: sector by the beginning of the code, municipality by join, tonnes by jobs."""
    import geopandas as gpd
    import pandas as pd

    from kansenkaart.catalogue import load_catalogue
    from kansenkaart.catalogue.sbi import load_trades
    from kansenkaart.sources.region import load_boundaries

    if file == PARQUET:
        places = gpd.read_parquet(folder / file)
    else:
        table = pd.read_csv(folder / file, sep=";", dtype={"SBI_CODE": "str"})
        points = gpd.points_from_xy(table["XCOORD"], table["YCOORD"])
        places = gpd.GeoDataFrame(table, geometry=points, crs="EPSG:28992")
    trades = load_trades()
    found = pd.Series(None, index=places.index, dtype=object)
    for length in range(5, 1, -1):
        found = found.fillna(places["SBI_CODE"].str[:length].map(trades))
    places["sector"] = found.map(lambda trade: trade.sector, na_action="ignore")
    places["kind"] = found.map(lambda trade: trade.kind, na_action="ignore")
    placed = places.sjoin(load_boundaries().areas[["municipality_code", "geometry"]], predicate="within")
    streams = ("voedingsreststromen", "kunststof", "papier_vezel", "sloophout", "textiel")
    flows, tonnes = 0, 0.0
    for one in load_catalogue().kengetallen.values():
        if one.stream in streams and one.driver == "jobs" and one.role == "supply":
            wanted = one.where.get("sector")
            mine = placed[placed["kind"].isin(one.kinds) & (placed["sector"] == wanted)]
            flows, tonnes = flows + len(mine), tonnes + float(mine["BANEN_TOTAAL"].sum() * one.value)
    return {"used": len(placed), "flows": flows, "tonnes": tonnes}


def row_of(name: str, count: int, result: Result, ours: Result) -> Row:
    """Return a row; a part that was stopped says so."""
    title, barred = PARTS[name][0], name.startswith("ours") and count >= BAR_ROWS
    if "stopped" in result:
        return Row(f"{count:,}", title, result["stopped"], "", "", "", "", "NO" if barred else "")
    ratio = f"{result['cpu_s'] / ours['cpu_s']:.2f}" if name.startswith("peer") and "cpu_s" in ours else ""
    good = result["wall_s"] < BAR_S and result["mib"] < BAR_MIB
    return Row(
        f"{count:,}",
        title,
        f"{result['wall_s']:.1f} s",
        f"{result['cpu_s']:.1f} s",
        ratio,
        f"{result['mib']:,.0f} MiB",
        f"{result['used']:,} placed, {result['flows']:,} flows",
        "" if not barred else "yes" if good else "NO",
    )


def as_markdown(rows: list[Row]) -> str:
    table = [Row(*Row._fields), Row(*["---"] * len(Row._fields)), *rows]
    lines = ["| " + " | ".join(text.replace("|", "/") for text in row) + " |" for row in table]
    return (
        "# A register of businesses beside geopandas\n\n"
        "Made by `make bench-businesses ARGS=--write`. Trust the ratios: how many times the CPU time of ours a peer "
        "needs.\n\nOurs checks every row, keeps the reason of each, and gives each flow its low and high; the peer "
        "gives one number.\n\n"
        f"{machine()}. Bar: {BAR_ROWS:,} rows under {BAR_S:g} s and {BAR_MIB:,} MiB.\n\n"
        + "\n".join(lines)
        + "\n"
    )


PARTS: dict[str, tuple[str, Callable[[Path], Result]]] = {
    "ours csv": ("kansenkaart: CSV to places with flows", partial(read_by_ours, file=CSV)),
    "peer csv": ("pandas + geopandas: the same", partial(read_by_geopandas, file=CSV)),
    "ours parquet": ("kansenkaart: GeoParquet to places with flows", partial(read_by_ours, file=PARQUET)),
    "peer parquet": ("geopandas: the same", partial(read_by_geopandas, file=PARQUET)),
}

if __name__ == "__main__":
    main()
