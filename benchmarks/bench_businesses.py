"""Time how long a register of businesses takes to become places with kind, municipality and flows, beside geopandas.

Every part runs in a process of its own, one after the other, with a wall limit. Seconds depend on the machine and on
what else it does, so the CPU seconds stand beside them; the ratios, taken within one run, are the claim.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from children import Result
from layer_bench import LayerBench, Part

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "matching")]

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
    asked = [
        one
        for one in load_catalogue().kengetallen.values()
        if one.stream in streams and one.driver == "jobs" and one.role == "supply"
    ]
    counted = {stream: pd.Series(False, index=placed.index) for stream in streams}
    # what is known of one sector goes before what is known of all
    for one in sorted(asked, key=lambda one: -len(one.where)):
        fits = placed["kind"].isin(one.kinds) & ~counted[one.stream]
        if "sector" in one.where:
            fits &= placed["sector"] == one.where["sector"]
        counted[one.stream] |= fits
        flows, tonnes = (
            flows + int(fits.sum()),
            tonnes + float(placed["BANEN_TOTAAL"][fits].sum() * one.value),
        )
    return {"used": len(placed), "flows": flows, "tonnes": tonnes}


HEAD = """# A register of businesses beside geopandas

Made by `make bench-businesses ARGS=--write`. Trust the ratios: how many times the CPU time of ours a peer needs.

Ours checks every row, keeps the reason of each, and gives each flow its low and high; the peer gives one number.
"""

BENCH = LayerBench(
    script=__file__,
    results=HERE / "RESULTS-businesses.md",
    head=HEAD,
    draw=draw,
    parts={
        "ours csv": Part("kansenkaart: CSV to places with flows", partial(read_by_ours, file=CSV)),
        "peer csv": Part("pandas + geopandas: the same", partial(read_by_geopandas, file=CSV), "ours csv"),
        "ours parquet": Part(
            "kansenkaart: GeoParquet to places with flows", partial(read_by_ours, file=PARQUET)
        ),
        "peer parquet": Part("geopandas: the same", partial(read_by_geopandas, file=PARQUET), "ours parquet"),
    },
    counted="flows",
    bar_s=90.0,
)

if __name__ == "__main__":
    BENCH.run(__doc__)
