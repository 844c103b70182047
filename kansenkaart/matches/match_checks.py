"""What `match` accepts: every fault in its input, named at once with the sites it concerns."""

from __future__ import annotations

from numbers import Real

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from kansenkaart.arrays import ObjectArray
from kansenkaart.errors import DataError, Fault
from kansenkaart.geo import is_rd
from kansenkaart.matches.transport.allocate import METHODS

_SHOWN_IDS = 10


# Sums and products of such numbers stay finite.
LARGEST = 1e100


def check_match_input(
    supply: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    max_distance_m: object,
    value: object,
    method: object,
) -> None:
    """Raise one ``DataError`` with every fault of the input of `match`, or return."""
    faults = [*_layer_faults(supply, "supply"), *_layer_faults(demand, "demand")]
    faults += _crs_faults(supply, demand)
    if not _is_distance(max_distance_m):
        faults.append(
            Fault(
                "match_max_distance",
                "max_distance_m is {value!r}; allowed: a finite number of metres above 0.",
                {"value": max_distance_m},
            )
        )
    if value is not None and not callable(value):
        faults.append(
            Fault(
                "match_value",
                "value is {value!r}; allowed: a function of an array of distances in metres, or None for "
                "most quantity first.",
                {"value": value},
            )
        )
    if method not in METHODS:
        faults.append(
            Fault(
                "method_unknown",
                "method is '{method}'; allowed: {allowed}.",
                {"method": method, "allowed": ", ".join(METHODS)},
            )
        )
    if faults:
        raise DataError.of(faults)


def _is_distance(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return 0.0 < float(value) <= LARGEST
    except OverflowError:
        return False


def _layer_faults(frame: object, side: str) -> list[Fault]:
    if not isinstance(frame, gpd.GeoDataFrame):
        return [
            Fault(
                "match_not_a_layer",
                "{side} is a {kind}; allowed: a GeoDataFrame with site_id, quantity and geometry.",
                {"side": side, "kind": type(frame).__name__},
            )
        ]
    if isinstance(frame.columns, pd.MultiIndex):
        return [
            Fault(
                "match_columns_levels",
                "{side} has columns of {levels} levels; allowed: one. Join the names first, such as with "
                "frame.columns.map('_'.join).",
                {"side": side, "levels": frame.columns.nlevels},
            )
        ]
    names = ("site_id", "quantity", str(frame.active_geometry_name))
    twice = [name for name in names if (frame.columns == name).sum() > 1]
    if twice:
        return [
            Fault(
                "match_columns_twice",
                "{side} has more than one column {twice}; allowed: one of each. Rename or drop the others.",
                {"side": side, "twice": ", ".join(twice)},
            )
        ]
    missing = [name for name in ("site_id", "quantity") if name not in frame.columns]
    if frame.active_geometry_name is None:
        missing.append("geometry")
    if missing:
        return [
            Fault(
                "match_columns_missing",
                "{side} has no {missing}; its columns are {columns}. Rename or add what is missing "
                "(set_geometry chooses the geometry).",
                {"side": side, "missing": ", ".join(missing), "columns": ", ".join(map(str, frame.columns))},
            )
        ]
    return [*_id_faults(frame, side), *_quantity_faults(frame, side), *_geometry_faults(frame, side)]


def _id_faults(frame: gpd.GeoDataFrame, side: str) -> list[Fault]:
    faults = []
    ids = frame["site_id"]
    absent = ids.isna() | (ids.astype(str).str.strip() == "")
    if absent.any():
        rows = ", ".join(map(str, np.flatnonzero(absent)[:_SHOWN_IDS]))
        faults.append(
            Fault(
                "match_ids_missing",
                "{side}: {count} {count:site has|sites have} no site_id (rows {rows}, counted from 0); give every site "
                "its own.",
                {"side": side, "count": int(absent.sum()), "rows": rows},
            )
        )
    text = ids[~absent].astype(str)
    repeated = text[text.duplicated()]
    if len(repeated):
        faults.append(
            Fault(
                "match_ids_repeated",
                "{side}: site_id {ids} occurs more than once; allowed: one row per site. Add the quantities "
                "up or give every place its own id.",
                {"side": side, "ids": _name(repeated.drop_duplicates().to_numpy())},
            )
        )
    return faults


def _quantity_faults(frame: gpd.GeoDataFrame, side: str) -> list[Fault]:
    quantity = frame["quantity"]
    if not len(quantity):
        return []
    kinds = (pd.api.types.is_bool_dtype, pd.api.types.is_complex_dtype)
    if not pd.api.types.is_numeric_dtype(quantity) or any(is_kind(quantity) for is_kind in kinds):
        return [
            Fault(
                "match_quantity_type",
                "{side}: quantity has type {dtype}; allowed: numbers. Convert the column first, such as with "
                "pandas.to_numeric.",
                {"side": side, "dtype": str(quantity.dtype)},
            )
        ]
    numbers = quantity.to_numpy(dtype=np.float64, na_value=np.nan)
    faults = {
        "missing or infinite": ~np.isfinite(numbers),
        "negative": numbers < 0,
        f"above {LARGEST:g}": np.isfinite(numbers) & (numbers > LARGEST),
    }
    return [
        Fault(
            "match_quantity",
            "{side}: quantity is {fault} for {ids}; allowed: finite numbers of 0 or more. Correct these sites "
            "or leave them out.",
            {"side": side, "fault": fault, "ids": _name(frame["site_id"].to_numpy()[wrong])},
        )
        for fault, wrong in faults.items()
        if wrong.any()
    ]


def _geometry_faults(frame: gpd.GeoDataFrame, side: str) -> list[Fault]:
    geometry = frame.geometry.to_numpy()
    # Missing and empty geometries have bounds of NaN.
    wrong = ~np.isfinite(shapely.bounds(geometry)).all(axis=1) if len(geometry) else np.zeros(0, dtype=bool)
    if not wrong.any():
        return []
    return [
        Fault(
            "match_geometry",
            "{side}: the geometry of {ids} is missing, empty or not finite; allowed: points and polygons "
            "with finite coordinates. Place these sites or leave them out.",
            {"side": side, "ids": _name(frame["site_id"].to_numpy()[wrong])},
        )
    ]


def _crs_faults(supply: object, demand: object) -> list[Fault]:
    systems: list[CRS] = []
    faults = []
    for frame, side in ((supply, "supply"), (demand, "demand")):
        # without one active geometry there is no CRS to ask for; that is said of the layer itself
        if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name not in frame.columns:
            continue
        if isinstance(frame.columns, pd.MultiIndex):
            continue
        if frame.crs is None:
            faults.append(
                Fault(
                    "match_crs_missing",
                    "{side} has no CRS; say which one its coordinates are in with set_crs, such as "
                    "EPSG:28992.",
                    {"side": side},
                )
            )
            continue
        systems.append(frame.crs)
        if not _is_metric(frame.crs):
            faults.append(
                Fault(
                    "match_crs_not_metres",
                    "{side} is in {crs}, whose unit is not the metre; allowed: a projected CRS in metres. "
                    "Convert it with to_crs, such as to EPSG:28992.",
                    {"side": side, "crs": _short(frame.crs)},
                )
            )
    if len(systems) == 2 and not _same_system(*systems):
        faults.append(
            Fault(
                "match_crs_differs",
                "supply is in {supply} and demand in {demand}; allowed: one CRS for both. Convert one with "
                "to_crs.",
                {"supply": _short(systems[0]), "demand": _short(systems[1])},
            )
        )
    return faults


def _is_metric(crs: CRS) -> bool:
    return bool(crs.is_projected and all(axis.unit_name in ("metre", "meter") for axis in crs.axis_info[:2]))


def _same_system(left: CRS, right: CRS) -> bool:
    """Equal, equal but for a name or the axes' order, or both RD New in whatever words."""
    return bool(left.equals(right, ignore_axis_order=True)) or (is_rd(left) and is_rd(right))


def _short(crs: CRS) -> str:
    authority = crs.to_authority()
    return f"{':'.join(authority)} ({crs.name})" if authority else str(crs.name)


def _name(ids: ObjectArray) -> str:
    """Name the first ids, and how many more there are."""
    shown = ", ".join(str(site) for site in ids[:_SHOWN_IDS])
    return shown if len(ids) <= _SHOWN_IDS else f"{shown} and {len(ids) - _SHOWN_IDS} more"
