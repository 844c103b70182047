"""The same questions put to others. Each runs in a process of its own: OR-tools and HiGHS do not share one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from instances import REACH_M, Region, region, worth_of
from measure import now_mib, peak_mib, timed

Result = dict[str, Any]


def pairs_geopandas(size: str) -> Result:
    """``GeoDataFrame.sjoin(predicate="dwithin")``; points made beforehand."""
    import geopandas as gpd

    one = region(size)
    here, there = (
        gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs="EPSG:28992")
        for xy in (one.supply_xy, one.demand_xy)
    )
    found, seconds = timed(lambda: here.sjoin(there, predicate="dwithin", distance=REACH_M), 2)
    return {"seconds": seconds, "objective": len(found)}


def pairs_kdtree(size: str) -> Result:
    """``cKDTree.sparse_distance_matrix`` into a sparse matrix, trees included."""
    from scipy.spatial import cKDTree

    one = region(size)

    def find() -> Any:
        trees = cKDTree(one.supply_xy), cKDTree(one.demand_xy)
        return trees[0].sparse_distance_matrix(trees[1], REACH_M, output_type="coo_matrix")

    found, seconds = timed(find, 15)
    return {"seconds": seconds, "objective": int(found.nnz)}


# The question in SQL, to a table of each side with its points made beforehand.
_WITHIN = f"""SELECT here.id AS supply, there.id AS demand, ST_Distance(here.point, there.point) AS distance_m
FROM here JOIN there ON ST_DWithin(here.point, there.point, {REACH_M})"""


def pairs_duckdb(size: str) -> Result:
    """DuckDB with its extension spatial, which comes as a package too: into NumPy arrays."""
    from importlib.resources import files

    import duckdb

    extension = files("duckdb_extension_spatial") / "extensions" / f"v{duckdb.__version__}"
    base = duckdb.connect()
    base.execute(f"LOAD '{extension / 'spatial.duckdb_extension'}'")
    for name, xy in _sides(size):
        base.register("given", pd.DataFrame(xy, columns=["x", "y"]).reset_index(names="id"))
        base.execute(f"CREATE TABLE {name} AS SELECT id, ST_Point(x, y) AS point FROM given")
    found, seconds = timed(lambda: base.execute(_WITHIN).fetchnumpy(), 3)
    return {"seconds": seconds, "objective": len(found["supply"])}


def pairs_sedona(size: str) -> Result:
    """SedonaDB in memory: into an Arrow table."""
    import geopandas as gpd
    from sedona.db import connect

    base = connect()
    for name, xy in _sides(size):
        frame = gpd.GeoDataFrame({"id": range(len(xy)), "point": gpd.points_from_xy(*xy.T)}, geometry="point")
        base.create_data_frame(frame).to_memtable().to_view(name)
    found, seconds = timed(lambda: base.sql(_WITHIN).to_arrow_table(), 3)
    return {"seconds": seconds, "objective": len(found)}


def _sides(size: str) -> tuple[tuple[str, Any], tuple[str, Any]]:
    one = region(size)
    return ("here", one.supply_xy), ("there", one.demand_xy)


def _pairs(size: str) -> tuple[Region, Any, Any, Any]:
    from kansenkaart.matches.transport.reach import find_pairs

    one = region(size)
    found = find_pairs(one.supply_xy, one.demand_xy, REACH_M)
    return one, found.supply, found.demand.astype(np.int64), worth_of(found.distance_m)


def ortools(size: str) -> Result:
    """``SimpleMinCostFlow`` with a source and a sink; arcs added as arrays."""
    one, rows, columns, worth = _pairs(size)
    before = now_mib()
    objective, seconds = timed(lambda: _flow(one, rows, columns, worth), 7 if size == "province" else 1)
    return {"seconds": seconds, "objective": objective, "extra_mib": peak_mib() - before}


def _flow(one: Region, rows: Any, columns: Any, worth: Any) -> int:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    n, m = len(one.supply), len(one.demand)
    supply, demand, total = one.supply.astype(np.int64), one.demand.astype(np.int64), int(one.supply.sum())
    flow = SimpleMinCostFlow()
    room = np.minimum(supply[rows], demand[columns])
    flow.add_arcs_with_capacity_and_unit_cost(
        rows.astype(np.int32), (n + columns).astype(np.int32), room, -worth.astype(np.int64)
    )
    source, sink = n + m, n + m + 1
    every = np.arange(n + m, dtype=np.int32)
    flow.add_arcs_with_capacity_and_unit_cost(
        np.full(n, source, np.int32), every[:n], supply, np.zeros(n, int)
    )
    flow.add_arcs_with_capacity_and_unit_cost(every[n:], np.full(m, sink, np.int32), demand, np.zeros(m, int))
    flow.add_arc_with_capacity_and_unit_cost(source, sink, total, 0)
    flow.set_node_supply(source, total)
    flow.set_node_supply(sink, -total)
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("OR-tools found no optimum")
    return -int(flow.optimal_cost())


def linprog(size: str) -> Result:
    """``scipy.optimize.linprog(method="highs")``; the flow rounded to whole numbers, as a vertex has them."""
    from scipy.optimize import linprog as solve
    from scipy.sparse import csr_array

    one, rows, columns, worth = _pairs(size)
    count, n = len(rows), len(one.supply)
    matrix = csr_array(
        (np.ones(2 * count), (np.concatenate([rows, n + columns]), np.tile(np.arange(count), 2))),
        shape=(n + len(one.demand), count),
    )
    limits = np.concatenate([one.supply, one.demand])
    before = now_mib()
    found, seconds = timed(lambda: solve(-worth, A_ub=matrix, b_ub=limits, method="highs"))
    whole = np.rint(found.x).astype(np.int64)
    return {
        "seconds": seconds,
        "objective": int(whole @ worth.astype(np.int64)),
        "extra_mib": peak_mib() - before,
    }


def municipalities(count: str) -> Result:
    """``geopandas.sjoin(predicate="within")``; points made beforehand."""
    import geopandas as gpd
    from points import draw_points_inside

    from kansenkaart.sources.region import load_boundaries

    areas = load_boundaries().areas
    x, y = draw_points_inside(areas, int(count))
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=areas.crs)
    joined, seconds = timed(lambda: points.sjoin(areas[["geometry"]], predicate="within"))
    return {"seconds": seconds, "objective": int(joined["index_right"].sum())}
