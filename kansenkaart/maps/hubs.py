"""Hubs on the page: each as a delivery that is not there yet, from all who would bring to its place."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kansenkaart.maps.block import Strings
from kansenkaart.maps.columns import PLACE_STEPS_M, Codes, read_points
from kansenkaart.tables.frames import Frames
from kansenkaart.tables.hub_words import tell_ends, tell_kind, tell_numbers, tell_place
from kansenkaart.tables.links import LINK_STATUSES
from kansenkaart.texts import Texts

# As the page numbers it: behind the statuses of deliveries.
STATUS = len(LINK_STATUSES)
# Named on the card, most first; all stand in hubs.html and the tables.
_MOST_NAMED = 12


def describe_hubs(frames: Frames, codes: Codes, strings: Strings, *, texts: Texts) -> list[dict[str, Any]]:
    """Return rows of header ``links``, one per hub.

    ``line`` holds its own point and those of who brings, the nearest first (RD New, metres); ``facts`` holds (what, in
    words) without names of places, which a director may hide; those who bring stand in ``reason``.
    """
    flows = dict(iter(frames.hub_flows.groupby("hub_id")))
    points = read_points(frames.sites) / PLACE_STEPS_M
    spots = dict(zip(frames.sites["site_id"], points.tolist(), strict=True))
    source = strings.index(texts("map.hub_source"))
    year = int(frames.flows["source_year"].max())
    told = []
    for row in frames.hubs.drop(columns="geometry").to_dict("records"):
        own = flows[row["hub_id"]]
        comes = own[own["way"] == "takes"]
        near = comes.sort_values(["km", "site_id"])["site_id"]
        why, *place = tell_place(row, own, texts).items()
        facts = [(texts("map.hub_kind"), tell_kind(row, texts)), *tell_numbers(row, texts).items(), *place]
        told.append(
            {
                "id": f"hub:{row['hub_id']}",
                "stream": codes.streams[row["stream"]],
                "supply": -1,
                "demand": codes.sites[row["site_id"]],
                "supplyName": texts("map.hub_brings", hub=row["hub_id"], count=texts.count(row["givers"])),
                "demandName": row["name"],
                "quantity": float(row["quantity"]),
                "status": STATUS,
                "from": None,
                "until": None,
                "reason": _tell_givers(comes, why[1], texts),
                "facts": facts,
                "source": source,
                "year": year,
                "line": [[round(axis) for axis in spots[one]] for one in (row["site_id"], *near)],
            }
        )
    return told


def _tell_givers(comes: pd.DataFrame, why: str, texts: Texts) -> str:
    """Why it stands there, and who would bring how much, most first."""
    named = [
        f"{one['name']} {tell_ends(one, 'quantity', texts, one['unit'])}"
        for one in comes.head(_MOST_NAMED).to_dict("records")
    ]
    more = len(comes) - len(named)
    rest = texts("map.hub_more", count=texts.count(more)) if more else ""
    return texts("map.hub_reason", why=why[:1].upper() + why[1:], givers="; ".join(named), more=rest)
