"""Who is missing: the side of a stream that partners lack most, which kinds of place it could be, and where it fits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.arrays import FloatArray
from kansenkaart.catalogue import Catalogue
from kansenkaart.texts import Texts

# Nobody is missing where less than this share of what partners have or want is left.
_OPEN = 0.25
_MOST_KINDS = 3
_PARK = "business_park"
_WHOLE_TOWN = "municipality"
_OTHER = {"supply": "demand", "demand": "supply"}
COLUMNS = (
    *("missing_stream", "missing_role", "missing_kinds", "missing_quantity", "missing_unit"),
    *("fits_at", "fits_km"),
)


def find_missing(
    flows: pd.DataFrame,
    places: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    catalogue: Catalogue,
    *,
    texts: Texts,
) -> pd.DataFrame:
    """Return per coalition ``COLUMNS``, missing where its partners have or want little more than they move.

    Of heat, CO2 and water only what is asked counts: there is always more than anybody wants.

    It fits best where least is to be driven: on one of the business parks of the project that have free land, or of
    which nobody knows; at one of the partners in a project without parks.

    Parameters
    ----------
    flows
        What every member brings and fetches (``quantity``) and has left (``left``).
    places
        Sites of partners by id, at a point.
    sites
        Frame ``SITES``.
    """
    parks = find_spots(sites, (_PARK,)).sort_index()
    named = dict(zip(sites["site_id"], sites["name"], strict=True))
    cascades = {name for name, stream in catalogue.streams.items() if stream.cascade}
    takers = _list_kinds(catalogue)
    ordered = places.sort_index()
    points = pd.DataFrame({"x": ordered.geometry.x, "y": ordered.geometry.y})
    xy, kinds = points.to_numpy(dtype=float), ordered["kind"].to_numpy()
    partners = collect(flows["coalition"], pd.Series(points.index.get_indexer(pd.Index(flows["site_id"]))))
    lacking = flows[flows["left"] > 0]
    sides = lacking.groupby(["coalition", "stream", "role"]).indices
    at = points.index.get_indexer(pd.Index(lacking["site_id"]))
    amounts, units = lacking["left"].to_numpy(dtype=float), lacking["unit"].to_numpy()
    rows = dict[int, tuple[object, ...]]()
    for coalition, stream, role, kept in _find_open(flows):
        # The most open side comes first; the next is asked only where nobody could be the other.
        if coalition in rows or (role == "supply" and stream in cascades):
            continue
        left = sides[coalition, stream, role]
        wanted = dict.fromkeys(
            kind for one in kinds[at[left]] for kind in takers.get((stream, role, one), ())
        )
        if not wanted:
            continue
        candidates = parks if len(parks) else points.iloc[sorted(set(partners[coalition]))]
        site, km = choose_place(xy[at[left]], amounts[left], candidates)
        rows[coalition] = (
            stream,
            _OTHER[role],
            ", ".join(texts.find(f"kinds.{kind}", kind) for kind in list(wanted)[:_MOST_KINDS]),
            kept,
            units[left[0]],
            named[site],
            km,
        )
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS))


def choose_place(served: FloatArray, weights: FloatArray, candidates: pd.DataFrame) -> tuple[str, float]:
    """Return the id of the candidate from which the weighted mean distance is least, and that distance in km.

    Parameters
    ----------
    served
        float64[places, 2]: where those stand that are driven to, RD New.
    candidates
        ``x, y`` by id, in the order of the ids: of equals the first.

    Examples
    --------
    >>> spots = pd.DataFrame({"x": [0.0, 9000.0], "y": [0.0, 0.0]}, index=["a", "b"])
    >>> choose_place(spots.to_numpy(), np.array([1.0, 2.0]), spots)
    ('b', 3.0)
    """
    east, north = (
        candidates[axis].to_numpy()[:, None] - along for axis, along in zip("xy", served.T, strict=True)
    )
    mean = np.hypot(east, north) @ (weights / weights.sum())
    best = int(np.round(mean, 3).argmin())
    return str(candidates.index[best]), float(mean[best]) / 1000.0


def collect(keys: pd.Series, values: pd.Series) -> dict[Any, list[Any]]:
    """Return the values of every key in their order; of a hundred thousand keys in no time, as grouping is not."""
    found: dict[Any, list[Any]] = {}
    for key, value in zip(keys.to_numpy().tolist(), values.to_numpy().tolist(), strict=True):
        found.setdefault(key, []).append(value)
    return found


def _find_open(flows: pd.DataFrame) -> list[tuple[int, str, str, float]]:
    """Per coalition the sides of which much is left, the most open first, and how much."""
    sums = flows.groupby(["coalition", "stream", "role"], sort=True)[["quantity", "left"]].sum()
    share = (sums["left"] / (sums["left"] + sums["quantity"])).rename("share")
    known = sums.assign(share=share).reset_index()
    known = known[known["share"] >= _OPEN].sort_values(
        ["coalition", "share", "stream", "role"], ascending=[True, False, True, True], kind="stable"
    )
    return list(known[["coalition", "stream", "role", "left"]].itertuples(index=False, name=None))


def find_spots(sites: gpd.GeoDataFrame, kinds: Collection[str]) -> pd.DataFrame:
    """Return where something new may stand: places of `kinds` in the region, by id at a point (``x, y``, RD New).

    Of those with a number of free hectares only where that is above 0; where it is not known it may be.
    """
    spots = sites[sites["kind"].isin(kinds) & sites["in_region"] & (sites["status"] == "active")]
    spots = spots[spots["placement"] != _WHOLE_TOWN]
    if "free_ha" in spots:
        spots = spots[~(spots["free_ha"] <= 0)]
    points = spots.geometry.representative_point()
    return pd.DataFrame(
        {"x": points.x.to_numpy(), "y": points.y.to_numpy()}, index=spots["site_id"].to_numpy()
    )


def _list_kinds(catalogue: Catalogue) -> Mapping[tuple[str, str, str], list[str]]:
    """Per stream, role and kind the kinds on the other side, the highest rung of the R-ladder first."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for pair in sorted(catalogue.pairs.values(), key=lambda pair: pair.r_after):
        found.setdefault((pair.stream, "supply", pair.supply_kind), []).append(pair.demand_kind)
        found.setdefault((pair.stream, "demand", pair.demand_kind), []).append(pair.supply_kind)
    return found
