"""Flows that a place could make of what it receives: step 3 fills them with what the matches bring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue, Processor
from kansenkaart.catalogue.processors import find_processors
from kansenkaart.flows.committed import find_committed, find_running_unknown
from kansenkaart.project import Project
from kansenkaart.tables.reasons import Named, Number, Said
from kansenkaart.texts import Texts

# A kengetal on this driver reckons with all that the place takes in, so also with what matches have yet to bring.
_INTAKE = "throughput_t_y"


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
        ``theoretical`` is yield x free demand, free is 0 until matches bring something. A supply it has already is
        its own part and stays - less, where a kengetal reckoned it from the whole intake, what is made of the part
        that is still open. Where the layer states what is free, more intake frees nothing: the rest has a
        destination. With ``[method] chains = false`` nothing is made.
    """
    flows = flows.assign(made_from=pd.Series(None, index=flows.index, dtype=object))
    if not project.method.chains:
        return flows
    in_use = set(project.streams or catalogue.streams)
    flows = flows.reset_index(drop=True)
    known = {key: row for row, key in enumerate(_keys(flows))}
    place = sites.set_index("site_id")
    new: dict[tuple[str, str], dict[str, object]] = {}
    for row, processor in _open_intakes(flows, place, catalogue):
        if processor.makes not in in_use:
            continue
        taken = flows.iloc[row]
        site_id = str(taken["site_id"])
        own = known.get((site_id, processor.makes, "supply"))
        if own is not None:
            _keep_own_part(flows, own, processor, float(taken["value"]), catalogue)
        else:
            made = _made_row(taken, place.loc[site_id], processor, catalogue, texts)
            new[site_id, processor.makes] = _together(new.get((site_id, processor.makes)), made)
    if not new:
        return flows
    rows = pd.DataFrame(list(new.values()))
    rows["committed"] = find_committed(rows, links, project.reference_year)
    rows["running_unknown"] = find_running_unknown(rows, links, project.reference_year)
    return pd.concat([flows, rows], ignore_index=True)


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
    return {
        **first, "formula": formula, "source": source, "theoretical": total, "engineering_estimate": estimate,
    }  # fmt: skip
