"""What is said of a hub, for its sheet and for the map alike: what it takes and costs, and why it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kansenkaart.texts import UNKNOWN, Texts
from kansenkaart.units import write_unit

Row = Mapping[Any, Any]


def tell_kind(row: Row, texts: Texts) -> str:
    """Return what it would be, and for which stream."""
    return texts(
        "report.hub_kicker",
        kind=texts.find(f"kinds.{row['kind']}", row["kind"]),
        stream=_name(row["stream"], texts),
    )


def name_place(row: Row) -> str:
    """Return where it stands, with the municipality where the name does not say that."""
    name, town = str(row["name"]), row["municipality"]
    return name if not isinstance(town, str) or town in name else f"{name}, {town}"


def tell_ends(row: Row, name: str, texts: Texts, unit: str = "") -> str:
    """Return a number with its range and unit; unknown where it is."""
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if pd.isna(value):
        return UNKNOWN
    told = texts.number(value, 2)
    if low != high:
        ends = [texts("report.hub_never") if pd.isna(one) else texts.number(one, 2) for one in (low, high)]
        told = texts("report.coalition_range", value=told, low=ends[0], high=ends[1])
    return f"{told} {write_unit(unit)}".strip()


def tell_numbers(row: Row, texts: Texts) -> dict[str, str]:
    """Return what it takes, how far, and what that costs; of money what is known."""
    unit = row["unit"]
    tiles = {
        texts("report.hub_takes"): tell_ends(row, "quantity", texts, unit),
        texts("report.hub_drive"): texts.length(row["mean_km"], 2),
        texts("report.hub_transport", unit=write_unit(unit)): tell_ends(row, "transport_eur_unit", texts),
    }
    if row["judged_by"] == "money":
        tiles[texts("report.hub_net")] = tell_ends(row, "net_eur_y", texts)
        never = pd.isna(row["break_even"])
        tiles[texts("report.hub_break_even")] = (
            texts("report.hub_never") if never else tell_ends(row, "break_even", texts, unit)
        )
    return tiles


def tell_place(row: Row, flows: pd.DataFrame, texts: Texts) -> dict[str, str]:
    """Return why it stands here, what it makes of what comes (rows of ``HUB_FLOWS``), and what is left."""
    gap = texts.number(100 * row["gap"], 2)
    sure = texts("report.hub_within", gap=gap) if row["gap"] > 0 else texts("report.hub_proven")
    why = texts(f"report.hub_by_{row['judged_by']}", spots=row["spots"], sure=sure)
    made = [
        f"{tell_ends(one, 'quantity', texts, one['unit'])} {_name(one['stream'], texts)}"
        for one in flows[flows["way"] == "returns"].to_dict("records")
    ]
    left = f"{texts.number(row['left_out'], 2)} {write_unit(row['unit'])} {_name(row['stream'], texts)}"
    told = {
        "why": why,
        "returns": "; ".join(made) or texts("report.hub_no_returns"),
        "left_out": left if row["left_out"] >= 1 else texts("report.hub_nothing_left_out"),
    }
    return {texts(f"report.hub_{key}"): words for key, words in told.items()}


def _name(stream: str, texts: Texts) -> str:
    return texts.find(f"streams.{stream}", stream).lower()
