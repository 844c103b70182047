"""Time the GeoPackage and the tables of a large run, beside what a user would write the same frames with.

Every part runs in a process of its own, one after the other, with a wall limit. Wall seconds depend on what else the
machine does, so the bars are of CPU seconds (a quiet machine takes as many of the wall); ratios are within one run.
"""

from __future__ import annotations

import argparse
import json
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from children import Result, machine, run_child

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS-exports.md"
SIZES = (100_000,)
CANDIDATES_PER_MATCH = 2.5

# Wall limit of one part, seconds.
WALL_S = 240


class Part(NamedTuple):
    """What is timed: its name in the table, what writes it, whose it is compared with, and its bar in CPU seconds.

    With `time` what was written is timed in another program, which says its seconds; the writing itself is not.
    """

    title: str
    write: Callable[[Any, Path], Path]
    ours: str = ""
    bar_s: float = 0.0
    time: Callable[[Path], Result] | None = None


class Row(NamedTuple):
    """One line of the table."""

    what: str
    wall: str
    cpu: str
    times: str
    size: str
    bar: str
    held: str


def main() -> None:
    """Run one part when asked for it, else all parts in children; exit with 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, metavar="MATCHES", help=f"default: {SIZES}")
    parser.add_argument("--wall", type=float, default=WALL_S, help=f"seconds per part; default: {WALL_S}")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name} beside this file")
    parser.add_argument("--part", nargs=2, metavar=("NAME", "FOLDER"), help="only this part, as JSON")
    asked = parser.parse_args()
    if asked.part:
        run_here(asked.part[0], Path(asked.part[1]), asked.sizes[0])
        return
    print_line(Row(*Row._fields))
    rows, regions = [], []
    for matches in asked.sizes or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            regions.append(run_child(__file__, matches, "--part", "region", folder, limit_s=1_800))
            results: dict[str, Result] = {}
            for name, part in PARTS.items():
                results[name] = run_child(__file__, matches, "--part", name, folder, limit_s=asked.wall)
                rows.append(row_of(part, results[name], results.get(part.ours)))
                print_line(rows[-1])
    print("\n" + about(regions))
    if asked.write:
        RESULTS.write_text(as_markdown(rows, about(regions)), encoding="utf-8")
    sys.exit(any(row.held == "NO" for row in rows))


def run_here(name: str, folder: Path, matches: int) -> None:
    """Make the region, or time one part on it; nothing but the result on standard output."""
    with redirect_stdout(sys.stderr):
        result = make_region(folder, matches) if name == "region" else time_part(PARTS[name], folder)
    print(json.dumps(result))


def time_part(part: Part, folder: Path) -> Result:
    frames, loaded = pickle.loads((folder / "region.pickle").read_bytes())
    out = Path(tempfile.mkdtemp(dir=folder))
    if part.time is not None:
        file = part.write((frames, loaded), out)
        return {**part.time(file), "bytes": file.stat().st_size}
    part.write(warm_up(frames, loaded), out)
    begin, begin_cpu = time.perf_counter(), time.process_time()
    file = part.write((frames, loaded), out)
    wall, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    return {"wall_s": wall, "cpu_s": cpu, "bytes": file.stat().st_size}


def warm_up(frames: Any, loaded: Any) -> Any:
    """Return a run of a few rows: what is imported on first use is nobody's writing time."""
    few = {
        name: getattr(frames, name).head(5) for name in ("matches", "candidates", "match_months", "routes")
    }
    return replace(frames, **few), loaded


def make_region(folder: Path, matches: int) -> Result:
    """Write the frames of the map's benchmark with the pairs that were possible beside them."""
    import numpy as np

    from kansenkaart.tables import CANDIDATES

    sys.path.insert(0, str(HERE / "map"))
    import regions

    counts = regions.make_region(folder, matches)
    frames = regions.read_region(folder, matches)
    count = int(CANDIDATES_PER_MATCH * len(frames.matches))
    pairs = frames.matches.iloc[np.arange(count) % len(frames.matches)].reset_index(drop=True)
    number = (np.arange(count) // len(frames.matches)).astype(str)
    pairs = pairs.assign(match_id=pairs["match_id"] + "|" + number, chosen=number == "0")
    frames = replace(frames, candidates=CANDIDATES.conform(pairs))
    loaded = regions.make_loaded()
    (folder / "region.pickle").write_bytes(pickle.dumps((frames, loaded)))
    return {**counts, "candidates": count, "months": len(frames.match_months), "routes": len(frames.routes)}


def our_geopackage(run: Any, out: Path) -> Path:
    return our_geopackage_whole(_core(run), out)


def our_geopackage_whole(run: Any, out: Path) -> Path:
    from kansenkaart.exports import write_geopackage

    write_geopackage(out / "kansenkaart.gpkg", *run)
    return out / "kansenkaart.gpkg"


def geopandas_to_file(run: Any, out: Path) -> Path:
    """Write the same layers, names of places added, without styles, aliases or value lists."""
    return _to_file(_core(run), out)


def geopandas_whole(run: Any, out: Path) -> Path:
    """Write every layer so."""
    return _to_file(run, out)


def _core(run: Any) -> Any:
    """The run without months, routes and candidates: what every project has."""
    frames, loaded = run
    some = {name: getattr(frames, name).iloc[:0] for name in ("match_months", "routes", "candidates")}
    return replace(frames, **some), loaded


def _to_file(run: Any, out: Path) -> Path:
    import geopandas as gpd

    from kansenkaart.exports.content.compose import compose_layers, compose_tables
    from kansenkaart.texts import load_texts

    path = out / "peer.gpkg"
    path.unlink(missing_ok=True)
    for layer in compose_layers(compose_tables(*run, texts=load_texts("nl"))):
        if layer.geometry_type is None:
            gpd.GeoDataFrame(
                layer.frame.assign(geometry=None), geometry="geometry", crs="EPSG:28992"
            ).to_file(path, layer=layer.name, driver="GPKG")
        else:
            gpd.GeoDataFrame(layer.frame).to_file(path, layer=layer.name, driver="GPKG")
    return path


def open_in_qgis(file: Path) -> Result:
    """Open the project in a GeoPackage as QGIS does; to start QGIS itself is not timed."""
    command = ["/usr/bin/python3", str(HERE / "exports" / "open_qgis.py"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said: Result = json.loads(done.stdout)
    assert said.pop("opened"), done.stderr
    return said


def our_workbook(run: Any, out: Path) -> Path:
    from kansenkaart.exports.content.provenance import find_provenance
    from kansenkaart.exports.tables.workbook import write_workbook
    from kansenkaart.texts import load_texts

    frames, loaded = run
    texts = load_texts("nl")
    known = find_provenance(frames, loaded, texts=texts)
    write_workbook(out / "kansenkaart.xlsx", _sheets(frames, loaded), loaded, provenance=known, texts=texts)
    return out / "kansenkaart.xlsx"


def pandas_xlsxwriter(run: Any, out: Path) -> Path:
    """Write the rows that our workbook holds, as pandas does by default."""
    return _to_excel(run, out, engine="xlsxwriter", whole=False)


def pandas_openpyxl(run: Any, out: Path) -> Path:
    """Write the rows that our workbook holds with the other engine."""
    return _to_excel(run, out, engine="openpyxl", whole=False)


def pandas_whole(run: Any, out: Path) -> Path:
    """Write every row, as a workbook without a limit would."""
    return _to_excel(run, out, engine="xlsxwriter", whole=True)


def _to_excel(run: Any, out: Path, *, engine: Any, whole: bool) -> Path:
    import pandas as pd

    from kansenkaart.exports.tables.row_limit import keep_rows

    path = out / f"peer-{engine}.xlsx"
    with pd.ExcelWriter(path, engine=engine) as book:
        for name, table in _sheets(*run).items():
            (table if whole else keep_rows(name, table)).to_excel(book, sheet_name=name[:31], index=False)
    return path


def _sheets(frames: Any, loaded: Any) -> dict[str, Any]:
    from kansenkaart.exports.content.compose import compose_tables
    from kansenkaart.exports.tables.actions import NAME, find_actions
    from kansenkaart.texts import load_texts

    texts = load_texts("nl")
    tables = compose_tables(frames, loaded, texts=texts) | {NAME: find_actions(frames, texts=texts)}
    return {name: table.drop(columns="geometry", errors="ignore") for name, table in tables.items()}


def row_of(part: Part, result: Result, ours: Result | None) -> Row:
    """Return a row; a part that was stopped says so."""
    if "stopped" in result:
        missed = "NO" if part.bar_s else ""
        return Row(part.title, result["stopped"], "", "", "", bar_of(part), missed)
    ratio = f"{result['cpu_s'] / ours['cpu_s']:.1f}" if ours and "cpu_s" in ours else ""
    held = "" if not part.bar_s else "yes" if result["cpu_s"] < part.bar_s else "NO"
    size = f"{result['bytes'] / 1e6:.0f} MB"
    return Row(
        part.title, f"{result['wall_s']:.1f} s", f"{result['cpu_s']:.1f} s", ratio, size, bar_of(part), held
    )


def bar_of(part: Part) -> str:
    return f"< {part.bar_s:g} s CPU" if part.bar_s else ""


def print_line(row: Row) -> None:
    widths = (52, 18, 10, 8, 10, 12, 5)
    print("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip(), flush=True)


def about(regions: list[Result]) -> str:
    sizes = "; ".join(
        "{matches:,} matches, {sites:,} sites, {flows:,} flows, {months:,} months, {routes:,} routes, "
        "{candidates:,} candidates".format(**one)
        for one in regions
        if "matches" in one
    )
    return f"{machine()}. Regions: {sizes}."


def as_markdown(rows: list[Row], machine_and_sizes: str) -> str:
    head = (HERE / "exports" / "how.md").read_text(encoding="utf-8")
    table = [Row(*Row._fields), Row(*["---"] * len(Row._fields)), *rows]
    lines = ["| " + " | ".join(text.replace("|", "/") for text in row) + " |" for row in table]
    return f"{head}\n{machine_and_sizes}\n\n" + "\n".join(lines) + "\n"


PARTS = {
    "gpkg": Part("GeoPackage: kansenkaart", our_geopackage, bar_s=4.0),
    "gpkg_peer": Part("the same layers: geopandas.to_file (pyogrio)", geopandas_to_file, "gpkg"),
    "gpkg_whole": Part("with months, routes, candidates: kansenkaart", our_geopackage_whole),
    "gpkg_whole_peer": Part("the same layers: geopandas.to_file (pyogrio)", geopandas_whole, "gpkg_whole"),
    "qgis": Part(
        "its project, all layers, opened in QGIS", our_geopackage_whole, bar_s=5.0, time=open_in_qgis
    ),
    "xlsx": Part("workbook with its row limit: kansenkaart", our_workbook, bar_s=10.0),
    "xlsx_peer": Part("the same rows: pandas.to_excel (xlsxwriter)", pandas_xlsxwriter, "xlsx"),
    "xlsx_openpyxl": Part("the same rows: pandas.to_excel (openpyxl)", pandas_openpyxl, "xlsx"),
    "xlsx_whole": Part("every row: pandas.to_excel (xlsxwriter)", pandas_whole, "xlsx"),
}

if __name__ == "__main__":
    main()
