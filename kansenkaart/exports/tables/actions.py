"""What every partner can do next: its chances, with whom, how much, and the step that follows from the class."""

from __future__ import annotations

import pandas as pd

from kansenkaart.tables import Frames
from kansenkaart.texts import Texts

NAME = "actions"

_ENDS = {"supply": ("supply_id", "demand_id"), "demand": ("demand_id", "supply_id")}
_KEPT = (
    *("stream", "quantity", "unit", "chance_class", "net_eur_y", "co2_avoided_t_y", "distance_m"),
    *("decision", "reason", "rank", "match_id"),
)
_COLUMNS = (
    *("partner", "municipality", "role", "stream", "counterpart", "quantity", "unit", "chance_class"),
    *("next_step", "owner", "due", "net_eur_y", "co2_avoided_t_y", "distance_m", "decision", "reason"),
    *("rank", "partner_id", "counterpart_id", "match_id"),
)


def find_actions(frames: Frames, *, texts: Texts) -> pd.DataFrame:
    """Return one row per partner and chance it takes part in.

    Returns
    -------
    DataFrame
        Every match twice: once for who supplies, once for who takes. Ordered by partner, then the most valuable first
        (EUR per year; what has no price comes last, by rank). ``owner`` and ``due`` are what a room wrote beside its
        decision, missing where it wrote nothing.
    """
    matches = _with_agreements(frames).assign(next_step=_next_steps(frames.matches, texts))
    sides = [_side(matches, frames.sites, role) for role in _ENDS]
    rows = pd.concat(sides, ignore_index=True)
    order = {"partner": True, "partner_id": True, "net_eur_y": False, "rank": True, "role": False}
    ranked = rows.sort_values(list(order), ascending=list(order.values()), kind="stable", na_position="last")
    return ranked[list(_COLUMNS)].reset_index(drop=True)


def _side(matches: pd.DataFrame, sites: pd.DataFrame, role: str) -> pd.DataFrame:
    """The matches as the partner on one side sees them."""
    own, other = (matches[column] for column in _ENDS[role])
    known = sites.set_index("site_id")
    return matches[[*_KEPT, "next_step", "owner", "due"]].assign(
        role=pd.Series(role, index=matches.index, dtype="str"),
        partner_id=own,
        partner=own.map(known["name"]).astype("str"),
        municipality=own.map(known["municipality"]).astype("str"),
        counterpart_id=other,
        counterpart=other.map(known["name"]).astype("str"),
    )


def _with_agreements(frames: Frames) -> pd.DataFrame:
    pair = ["stream", "supply_id", "demand_id"]
    agreed = frames.decisions[[*pair, "owner", "due"]]
    return pd.DataFrame(frames.matches.drop(columns="geometry")).merge(agreed, on=pair, how="left")


def _next_steps(matches: pd.DataFrame, texts: Texts) -> pd.Series:
    """The step by decision, else by the rule behind the class; a rule without its own step has that of its class."""
    steps = texts.section("tables.next_step")
    by_class = matches["chance_class"].map(steps)
    by_rule = matches["class_rule"].map(steps).fillna(by_class)
    return by_rule.mask(matches["decision"].eq("confirmed").fillna(False), steps["confirmed"]).astype("str")
