"""The streams of step 2 and 3 counted by group of places: what stays within, leaves, comes in, is left and lacks.

The area view and the chain view are two ways to add up the same rows: by area, and by pair of areas.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from kansenkaart.tables import AREA_VIEW, CHAIN_VIEW
from kansenkaart.tables.matches import NOT_NOW, pay_now

_AMOUNTS = (
    "inside",
    "outgoing",
    "incoming",
    "left_supply",
    "left_demand",
    "if_pays_supply",
    "if_pays_demand",
    "runs_inside",
    "runs_out",
    "runs_in",
)
_KEY = ["group", "stream", "unit"]
_CHAIN_KEY = ["stream", "unit", "from_area", "to_area"]
_CHAIN_AMOUNTS = ("runs", "chances", "if_pays", "left_supply", "left_demand")
_CROSSINGS = {(True, True): "inside", (True, False): "out", (False, True): "in", (False, False): "outside"}
_MOVES = {"matches": ("inside", "outgoing", "incoming"), "links": ("runs_inside", "runs_out", "runs_in")}


def count_sides(
    groups: pd.Series,
    gaps: pd.DataFrame,
    matches: pd.DataFrame,
    links: pd.DataFrame,
    *,
    elsewhere: str | None = None,
) -> pd.DataFrame:
    """Return ``group, stream, unit`` with what each group of places moves and keeps.

    Parameters
    ----------
    groups
        Group per site_id; a site that is not in it belongs to none, or to `elsewhere` where that is given.
    links
        Only what runs and has a published quantity is counted.

    Examples
    --------
    >>> pair = {"stream": ["gft"], "unit": ["t"], "supply_id": ["a"], "demand_id": ["b"], "quantity": [5.0]}
    >>> found = pd.DataFrame({**pair, "chance_class": ["verkennen"]})
    >>> gaps = pd.DataFrame(columns=["site_id", "stream", "unit", "role", "remaining", "if_pays"])
    >>> links = pd.DataFrame(columns=[*pair, "status"])
    >>> told = count_sides(pd.Series({"a": "x", "b": "y"}), gaps, found, links)
    >>> told[["group", "outgoing", "incoming"]].values.tolist()
    [['x', 5.0, 0.0], ['y', 0.0, 5.0]]
    """
    parts = []
    for frame, names in ((pay_now(matches), _MOVES["matches"]), (_running(links), _MOVES["links"])):
        out, into = _ends(frame, groups, elsewhere)
        within = (out == into) & out.notna()
        for name, group, of_name in (
            (names[0], out, within),
            (names[1], out, ~within),
            (names[2], into, ~within),
        ):
            parts.append(_amounts(frame[of_name], group[of_name], name, "quantity"))
    for role in ("supply", "demand"):
        own = gaps[gaps["role"] == role]
        for name, amount in (("left", "remaining"), ("if_pays", "if_pays")):
            parts.append(_amounts(own, own["site_id"].map(groups), f"{name}_{role}", amount))
    told = pd.concat(parts, ignore_index=True).dropna(subset="group").reindex(columns=[*_KEY, *_AMOUNTS])
    amounts = told.astype(dict.fromkeys(_AMOUNTS, "float64")).groupby(_KEY, sort=True)[list(_AMOUNTS)]
    summed = amounts.sum()
    return summed[(summed > 0).any(axis=1)].reset_index()


def _running(links: pd.DataFrame) -> pd.DataFrame:
    return links[(links["status"] == "running") & links["quantity"].notna()]


def _ends(frame: pd.DataFrame, groups: pd.Series, elsewhere: str | None) -> tuple[pd.Series, pd.Series]:
    found = [frame[name].map(groups).astype("str") for name in ("supply_id", "demand_id")]
    out, into = found if elsewhere is None else (one.fillna(elsewhere) for one in found)
    return out, into


def _amounts(frame: pd.DataFrame, group: pd.Series, name: str, amount: str) -> pd.DataFrame:
    values = {"group": group, "stream": frame["stream"], "unit": frame["unit"], name: frame[amount]}
    return pd.DataFrame(values)


@dataclass(frozen=True)
class Areas:
    """Where places lie.

    Attributes
    ----------
    of_site
        Name of the area per site_id.
    codes, in_region
        Per name.
    elsewhere
        What an end is called that is no place on the map.
    """

    of_site: pd.Series
    codes: pd.Series
    in_region: pd.Series
    elsewhere: str


def find_areas(sites: pd.DataFrame, elsewhere: str) -> Areas:
    """Municipalities of frame ``SITES``."""
    known = sites.assign(area=sites["municipality"].fillna(elsewhere)).set_index("site_id")
    by_name = known.groupby("area")
    return Areas(known["area"], by_name["municipality_code"].first(), by_name["in_region"].any(), elsewhere)


def find_area_view(
    areas: Areas, gaps: pd.DataFrame, matches: pd.DataFrame, links: pd.DataFrame
) -> pd.DataFrame:
    """Frame ``AREA_VIEW``: an area, with all its streams; those of the region first."""
    told = count_sides(areas.of_site, gaps, matches, links, elsewhere=areas.elsewhere)
    told = told.rename(columns={"group": "area"})
    told["area_code"] = told["area"].map(areas.codes)
    told["in_region"] = told["area"].map(areas.in_region).eq(True)
    return AREA_VIEW.conform(
        told.sort_values(["in_region", "area", "stream"], ascending=[False, True, True], kind="stable")
    )


def find_chain_view(
    areas: Areas, gaps: pd.DataFrame, matches: pd.DataFrame, links: pd.DataFrame
) -> pd.DataFrame:
    """Frame ``CHAIN_VIEW``: a stream from each area to each, and what stays where it is."""
    parts = []
    idle = matches[matches["chance_class"] == NOT_NOW]
    for frame, name in ((_running(links), "runs"), (pay_now(matches), "chances"), (idle, "if_pays")):
        out, into = _ends(frame, areas.of_site, areas.elsewhere)
        parts.append(_between(frame, out, into, name, "quantity"))
    left = gaps[gaps["remaining"] > 0]
    for role in ("supply", "demand"):
        own = left[left["role"] == role]
        area, none = own["site_id"].map(areas.of_site), pd.Series(None, index=own.index, dtype="str")
        out, into = (area, none) if role == "supply" else (none, area)
        parts.append(_between(own, out, into, f"left_{role}", "remaining"))
    told = pd.concat(parts, ignore_index=True).reindex(columns=[*_CHAIN_KEY, *_CHAIN_AMOUNTS])
    told = told.astype(dict.fromkeys(_CHAIN_AMOUNTS, "float64"))
    view = told.groupby(_CHAIN_KEY, dropna=False, sort=True)[list(_CHAIN_AMOUNTS)].sum().reset_index()
    out, into = (view[name].map(areas.in_region) for name in ("from_area", "to_area"))
    # what stays where it is crosses nothing
    starts, ends = out.where(view["from_area"].notna(), into), into.where(view["to_area"].notna(), out)
    view["crossing"] = [
        _CROSSINGS[bool(start), bool(end)] for start, end in zip(starts.eq(True), ends.eq(True), strict=True)
    ]
    return CHAIN_VIEW.conform(view)


def _between(frame: pd.DataFrame, out: pd.Series, into: pd.Series, name: str, amount: str) -> pd.DataFrame:
    values = {"stream": frame["stream"], "unit": frame["unit"], "from_area": out, "to_area": into}
    return pd.DataFrame({**values, name: frame[amount]})
