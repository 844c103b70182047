"""From gross to net: what already runs is taken off both sides, what a place makes of what it receives is added."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.arrays import FloatArray
from kansenkaart.catalogue import Catalogue, Processor
from kansenkaart.catalogue.changes import find_processors
from kansenkaart.flows.season import find_profiles, month_shares
from kansenkaart.project import Project
from kansenkaart.tables.reasons import Named, Number, Said
from kansenkaart.texts import Texts

_OTHER = {"supply": "demand", "demand": "supply"}

# A kengetal on this driver reckons with all that the place takes in, so also with what matches have yet to bring.
_INTAKE = "throughput_t_y"


def keep_respected(links: gpd.GeoDataFrame, project: Project) -> gpd.GeoDataFrame:
    """The links that take something off: none when the project offers again what runs."""
    kept: gpd.GeoDataFrame = links if project.existing == "respect" else links.iloc[:0]
    return kept


def find_committed(flows: pd.DataFrame, links: pd.DataFrame) -> pd.Series:
    """Quantity per flow that running links take, in the stream's unit per year, aligned to `flows`."""
    if links.empty:
        return pd.Series(0.0, index=flows.index)
    ends = _quantities(links)
    total = ends.groupby(_flow_ids(ends))["quantity"].sum()
    return flows["flow_id"].map(total).astype(float).fillna(0.0)


def find_committed_months(
    flows: pd.DataFrame,
    links: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    *,
    catalogue: Catalogue,
) -> FloatArray:
    """Quantity per flow and month that running links take.

    Parameters
    ----------
    flows
        With ``profile``.
    links, sites
        Frames ``LINKS`` and ``SITES``, closed places included.

    Returns
    -------
    array
        Shape (n, 12), aligned to `flows`. A delivery has the months of the other end: a source gives when its taker
        asks, a taker receives when its source runs. That is the profile of the other end's flow; where it has none,
        that of its kind; where the place itself is unknown, that of the stream.
    """
    months = np.zeros((len(flows), 12))
    if links.empty:
        return months
    ends = _quantities(links).reset_index(drop=True)
    at = pd.Index(flows["flow_id"]).get_indexer(pd.Index(_flow_ids(ends)))
    ends, at = ends[at >= 0], at[at >= 0]
    shares = month_shares(_profiles_across(ends, flows, sites, catalogue), catalogue)
    np.add.at(months, at, ends["quantity"].to_numpy(dtype=float)[:, None] * shares)
    return months


def _profiles_across(
    ends: pd.DataFrame, flows: pd.DataFrame, sites: gpd.GeoDataFrame, catalogue: Catalogue
) -> pd.Series:
    """Profile of the other end of each delivery."""
    across = ends[["other_id", "stream"]].assign(role=ends["role"].map(_OTHER))
    near = flows[flows["flow_id"].isin(_flow_ids(across.rename(columns={"other_id": "site_id"})))]
    known: dict[tuple[Hashable, ...], str] = dict(zip(_keys(near), near["profile"], strict=True))
    keys = [tuple(key) for key in across.to_numpy()]
    unknown = across.loc[[key not in known for key in keys], ["stream", "role"]].drop_duplicates()
    place = sites[sites["site_id"].isin(across["other_id"])].set_index("site_id")
    none = pd.Series([], dtype=object)
    for stream_id, role in unknown.itertuples(index=False):
        stream = catalogue.streams[stream_id]
        of_place = find_profiles(place, stream, role, catalogue=catalogue, kengetallen=none)
        known = {**{(site, stream_id, role): profile for site, profile in of_place.items()}, **known}
    defaults = [getattr(catalogue.streams[stream], f"{role}_profile") for _, stream, role in keys]
    found = [known.get(key, default) for key, default in zip(keys, defaults, strict=True)]
    return pd.Series(found, index=ends.index, dtype="str")


def find_homeless(flows: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Ends of running links whose place has no flow of that stream: there is nothing to subtract from."""
    ends = _quantities(links)
    ids = _flow_ids(ends)
    # which way round matters: there may be a million flows
    return ends[~ids.isin(flows.loc[flows["flow_id"].isin(ids), "flow_id"])]


def _flow_ids(ends: pd.DataFrame) -> pd.Series:
    """Id of the flow of every end: column ``flow_id`` of the frame ``FLOWS``, where it has one."""
    return (
        ends["site_id"].astype("str") + "|" + ends["stream"].astype("str") + "|" + ends["role"].astype("str")
    )


def _quantities(links: pd.DataFrame) -> pd.DataFrame:
    """Both ends of every running link with a quantity: ``site_id, other_id, stream, role, quantity, link_id``."""
    running = links[(links["status"] == "running") & links["quantity"].notna()]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "site_id": running[f"{role}_id"],
                    "other_id": running[f"{_OTHER[role]}_id"],
                    "stream": running["stream"],
                    "role": role,
                    "quantity": running["quantity"],
                    "link_id": running["link_id"],
                }
            )
            for role in ("supply", "demand")
        ]
    ).dropna(subset=["site_id"])


def find_running_unknown(flows: pd.DataFrame, links: pd.DataFrame) -> pd.Series:
    """Tell per flow whether a link runs there whose quantity nobody published."""
    return flows["flow_id"].isin(_given_ends(links))


def _given_ends(links: pd.DataFrame) -> set[str]:
    """Id of the flow at both ends of every running link without a quantity."""
    unknown = find_unknown_links(links)
    return {
        f"{site}|{stream}|{role}"
        for role in ("supply", "demand")
        for site, stream in unknown[[f"{role}_id", "stream"]].to_numpy()
    }


def find_unknown_links(links: pd.DataFrame) -> pd.DataFrame:
    """Running links whose quantity nobody published: they cannot be subtracted and must be said."""
    return links[(links["status"] == "running") & links["quantity"].isna()]


def add_made(
    flows: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    links: pd.DataFrame,
    catalogue: Catalogue,
    *,
    project: Project,
    texts: Texts,
) -> pd.DataFrame:
    """Give every place that processes something a supply of what it makes.

    Parameters
    ----------
    flows
        One row per site, stream and role, with what is free in ``low, value, high``; not yet divided over months.
    sites, links
        Frames ``SITES`` and ``LINKS``.

    Returns
    -------
    DataFrame
        `flows` with ``made_from``. A place that can take in something and has no supply of its product gets one:
        ``theoretical`` is yield x free demand, free is 0 until matches bring something - or all of it where all that is
        known of the intake is with others: then they bring it, though nobody published who to whom. A supply it has
        already is its own part and stays - less, where a kengetal reckoned it from the whole intake, what is made of
        the part that is still open. Where the layer states what is free, more intake frees nothing: the rest has a
        destination. With ``[method] chains = false`` nothing is made.
    """
    flows = flows.assign(made_from=pd.Series(None, index=flows.index, dtype=object))
    if not project.method.chains:
        return flows
    in_use = set(project.streams or catalogue.streams)
    flows = flows.reset_index(drop=True)
    place = sites.set_index("site_id")
    new: dict[tuple[str, str], dict[str, object]] = {}
    given = _given_ends(links)
    given_away = _find_given_away(flows)
    made_of = {one.makes for one in catalogue.processors}
    ids = flows.loc[(flows["role"] == "supply") & flows["stream"].isin(made_of), "flow_id"]
    known = dict(zip(ids.tolist(), ids.index.tolist(), strict=True))
    for row, processor in _open_intakes(flows, place, catalogue):
        if processor.makes not in in_use:
            continue
        runs = processor.takes in given_away
        taken = flows.iloc[row]
        site_id = str(taken["site_id"])
        made_id = f"{site_id}|{processor.makes}|supply"
        own = known.get(made_id)
        if own is not None:
            # Where all that is made has a partner, more intake frees nothing; where contracts bring the intake, what
            # a place has is all that it makes.
            if not runs and made_id not in given:
                _keep_own_part(flows, own, processor, float(taken["value"]), catalogue)
        else:
            made = _made_row(taken, place.loc[site_id], processor, catalogue, texts)
            if runs:
                made |= _made_already(taken, processor, made)
            new[site_id, processor.makes] = _together(new.get((site_id, processor.makes)), made)
    if not new:
        return flows
    rows = pd.DataFrame(list(new.values()))
    rows["committed"] = find_committed(rows, links)
    rows["running_unknown"] = find_running_unknown(rows, links)
    for end in ("low", "value", "high"):
        rows[end] = (rows[end] - rows["committed"]).clip(lower=0.0).where(~rows["running_unknown"], 0.0)
    rows["given_away"] = rows["theoretical"].where(rows["running_unknown"], 0.0)
    rows["made_from"] = rows["made_from"].mask(rows["running_unknown"], None)
    return pd.concat([flows, rows], ignore_index=True)


def _find_given_away(flows: pd.DataFrame) -> set[str]:
    """Streams of which all that is known is with others: whoever treats these gets them from there."""
    sums = flows[flows["role"] == "supply"].groupby("stream")[["value", "given_away"]].sum()
    return set(sums.index[(sums["value"] <= 0) & (sums["given_away"] > 0)])


def _keys(flows: pd.DataFrame) -> list[tuple[str, str, str]]:
    return [(str(a), str(b), str(c)) for a, b, c in flows[["site_id", "stream", "role"]].to_numpy()]


def _open_intakes(
    flows: pd.DataFrame, place: gpd.GeoDataFrame, catalogue: Catalogue
) -> Iterator[tuple[int, Processor]]:
    """Demands in which there is room, with each processor that takes them, in the order of the catalogue."""
    takes = {one.takes for one in catalogue.processors}
    attributes = [name for name in catalogue.attributes if name in place]
    able = place[place["kind"].isin({one.kind for one in catalogue.processors})]
    held = {str(site): dict(at) for site, at in able[["kind", *attributes]].iterrows()}
    asked = (flows["role"] == "demand") & flows["stream"].isin(takes) & (flows["value"] > 0)
    asked &= flows["site_id"].isin(held)
    for row in np.flatnonzero(asked.to_numpy(dtype=bool)).tolist():
        site_id, stream = str(flows["site_id"].iloc[row]), flows["stream"].iloc[row]
        for processor in find_processors(catalogue, str(held[site_id]["kind"]), held[site_id]):
            if processor.takes == stream:
                yield row, processor


def _keep_own_part(
    flows: pd.DataFrame, own: int, processor: Processor, room: float, catalogue: Catalogue
) -> None:
    """Mark a supply as made here too; what a kengetal made of the open intake is taken out of its own part."""
    supply = flows.iloc[own]
    if pd.notna(supply["free"]):
        return
    if pd.isna(supply["made_from"]):
        flows.loc[own, "made_from"] = processor.takes
    kengetal = catalogue.kengetallen.get(str(supply["kengetal_id"]))
    if kengetal is not None and kengetal.driver == _INTAKE:
        for end in ("low", "value", "high"):
            flows.loc[own, end] = max(float(supply[end]) - getattr(processor, end) * room, 0.0)


def _made_row(
    taken: pd.Series, at: pd.Series, processor: Processor, catalogue: Catalogue, texts: Texts
) -> dict[str, object]:
    stream, room = catalogue.streams[processor.makes], float(taken["value"])
    formula = Said(
        "formula_made",
        {
            "made": Number(processor.value * room),
            "unit": stream.unit,
            "taken": Number(room),
            "taken_unit": str(taken["unit"]),
            "stream": Named(f"streams.{processor.takes}", processor.takes),
            "rate": Number(processor.value),
            "low": Number(processor.low),
            "high": Number(processor.high),
        },
    )
    return {
        "flow_id": f"{taken['site_id']}|{stream.id}|supply",
        "site_id": taken["site_id"],
        "stream": stream.id,
        "role": "supply",
        "unit": stream.unit,
        "theoretical": processor.value * room,
        "covered": 0.0,
        "free": float("nan"),
        "low": 0.0,
        "value": 0.0,
        "high": 0.0,
        "basis": "made",
        "kengetal_id": None,
        "engineering_estimate": processor.evidence == "estimate",
        "formula": formula,
        "temperature_c": float("nan"),
        "profile": stream.supply_profile,
        "made_from": processor.takes,
        "zero_unknown": False,
        "source": f"{at['source']}; {texts('formulas.yield')}: {processor.source}",
        "source_year": at["source_year"],
    }


def _made_already(taken: pd.Series, processor: Processor, made: dict[str, object]) -> dict[str, object]:
    """What a place makes of what contracts bring it: there to be had, without a match that brings anything."""
    ends = {end: getattr(processor, end) * float(taken[end]) for end in ("low", "value", "high")}
    return {
        **ends,
        "made_from": None,
        "formula": Said("formula_contracts_bring", {"formula": cast(Said, made["formula"])}),
    }


def _together(first: dict[str, object] | None, second: dict[str, object]) -> dict[str, object]:
    """One flow of what is made of several streams; ``made_from`` names the first of them."""
    if first is None:
        return second
    total = float(str(first["theoretical"])) + float(str(second["theoretical"]))
    formula = Said(
        "formula_both", {"first": cast(Said, first["formula"]), "second": cast(Said, second["formula"])}
    )
    source = f"{first['source']}; {second['source']}"
    estimate = bool(first["engineering_estimate"]) or bool(second["engineering_estimate"])
    ends = {end: float(str(first[end])) + float(str(second[end])) for end in ("low", "value", "high")}
    return {
        **first, **ends, "formula": formula, "source": source, "theoretical": total,
        "engineering_estimate": estimate,
    }  # fmt: skip
