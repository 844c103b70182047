"""Time how long a large CSV with faults takes to be read, repaired, checked and placed, beside pandas and geopandas.

Every part runs in a process of its own, one after the other, with a wall limit. Seconds depend on the machine and on
what else it does, so the CPU seconds stand beside them; the ratios, taken within one run, are the claim.
"""

from __future__ import annotations

import sys
from pathlib import Path

from children import Result
from layer_bench import LayerBench, Part

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "check"), str(HERE / "matching")]


def draw(folder: Path, count: int) -> Result:
    import draw_rows

    draw_rows.write_project(folder, count)
    return {}


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


BENCH = LayerBench(
    script=__file__,
    results=HERE / "RESULTS-check.md",
    head=(HERE / "check" / "how.md").read_text(encoding="utf-8"),
    draw=draw,
    parts={
        "ours": Part("kansenkaart: read, repair, check, place, tell", check_by_ours),
        "peer": Part("pandas + geopandas: the same rows, no reasons", check_by_geopandas, "ours"),
    },
    counted="findings",
    bar_s=60.0,
)

if __name__ == "__main__":
    BENCH.run(__doc__)
