"""The rules a pair must pass, one by one: what gaps and `explain` name, and why a decision of a room had no effect."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from kansenkaart.arrays import DUST, STEPS_PER_METRE, BoolArray, FloatArray, IntArray, round_metres
from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.matches.pairs.eligibility import (
    TEMPERATURE_STEP_C,
    Side,
    Sides,
    at_centroid,
    find_ends,
    needs_place,
    rules_between,
)
from kansenkaart.matches.solve.solution import MatchInputs, Solution, StreamSolution
from kansenkaart.tables import Remarks
from kansenkaart.texts import Texts

# Keys of the rules that can stand in the way of a pair with something free at both ends, in the order they are told.
RULES = ("wrong_kind", "too_far", "place_unknown", "too_cold", "outside_region", "rejected")

# A row of ``DECISIONS``.
Decision = dict[Hashable, Any]

# Layer that the findings are about: the account of the decisions in the quality report.
_LAYER = "workshop.decisions"


@dataclass(frozen=True)
class PairRules:
    """Which rules some pairs break, and the numbers those rules look at.

    Attributes
    ----------
    broken
        Per rule of ``RULES`` a bool per pair.
    distance_m
        Straight distance, rounded as the run rounds it.
    supply_c, needed_c
        Temperature supplied, and the one it must have for this demand; NaN where unknown.
    rule
        Position in the catalogue's pairs of the stream; -1 for kinds that do not fit.
    """

    broken: dict[str, BoolArray]
    distance_m: FloatArray
    supply_c: FloatArray
    needed_c: FloatArray
    rule: IntArray

    @property
    def hold(self) -> BoolArray:
        """Which pairs pass every rule."""
        return np.asarray(~np.logical_or.reduce(list(self.broken.values())))


def check_pairs(
    sides: Sides,
    s: IntArray,
    d: IntArray,
    stream: Stream,
    catalogue: Catalogue,
    *,
    rejected: pd.DataFrame | None = None,
) -> PairRules:
    """Hold some pairs against every rule of ``find_eligible`` but what is free and that a place is not its own partner.

    Parameters
    ----------
    sides
        Supply and demand.
    s, d
        Positions in the sides, one per pair.
    rejected
        ``s, d`` of the pairs that a room rejected; None: none.
    """
    supply, demand = sides
    rule = rules_between(sides, s, d, stream, catalogue)
    distance = measure(sides, s, d)
    given, asked = (side.column("temperature_c")[at].astype(float) for side, at in ((supply, s), (demand, d)))
    limit = np.rint(stream.hard_km * 1000.0 * STEPS_PER_METRE) / STEPS_PER_METRE
    inside = supply.column("in_region")[s].astype(bool) | demand.column("in_region")[d].astype(bool)
    vague = at_centroid(supply)[s] | at_centroid(demand)[d]
    broken = {
        "wrong_kind": rule < 0,
        "too_far": distance > limit,
        "place_unknown": vague & needs_place(stream),
        "too_cold": (given - asked < TEMPERATURE_STEP_C) & stream.temperature_rule,
        "outside_region": ~inside,
        "rejected": _are_rejected(s, d, rejected),
    }
    return PairRules(broken, distance, given, asked + TEMPERATURE_STEP_C, rule)


def _are_rejected(s: IntArray, d: IntArray, rejected: pd.DataFrame | None) -> BoolArray:
    if rejected is None or rejected.empty:
        return np.zeros(len(s), dtype=bool)
    known = pd.MultiIndex.from_frame(rejected[["s", "d"]])
    return np.asarray(pd.MultiIndex.from_arrays([s, d]).isin(known))


def measure(sides: Sides, s: IntArray, d: IntArray) -> FloatArray:
    """Straight distance from edge to edge in metres, rounded as the run rounds it."""
    found = shapely.distance(sides[0].geometry.to_numpy()[s], sides[1].geometry.to_numpy()[d])
    return round_metres(found)


def find_pair(result: StreamSolution, s: int, d: int) -> int:
    """Position of a pair among those that could exist, or -1; of its ways the one that carries most, then the best."""
    found = np.flatnonzero((result.problem.s == s) & (result.problem.d == d))
    if not len(found):
        return -1
    order = np.lexsort((-result.pairs["worth"].to_numpy()[found], -result.solved.quantity[found]))
    return int(found[order[0]])


def find_almost(own: Side, other: Side, role: str, stream: Stream, catalogue: Catalogue) -> IntArray:
    """Per flow of `own` the nearest flow of the other side that has or could make something, -1 for nobody.

    One of a fitting kind goes before a nearer one of another.
    """
    usable = np.flatnonzero((other.column("value").astype(float) > 0) | other.flows["made_from"].notna())
    chosen = np.full(len(own), -1, dtype=np.int64)
    alike = own.flows.groupby(["kind", "crop"], dropna=False).ngroup().to_numpy()
    for group in range(alike.max(initial=-1) + 1):
        rows = np.flatnonzero(alike == group)
        same = np.full(len(usable), rows[0])
        if role == "supply":
            rules = rules_between((own, other), same, usable, stream, catalogue)
        else:
            rules = rules_between((other, own), usable, same, stream, catalogue)
        fits = rules >= 0
        for others in (usable[~fits], usable[fits]):
            nearest = _nearest(own, other, rows, others)
            chosen[rows] = np.where(nearest >= 0, nearest, chosen[rows])
    return chosen


def _nearest(own: Side, other: Side, rows: IntArray, others: IntArray) -> IntArray:
    """Per row of `own` the nearest of `others` that is not the place itself; -1 for none."""
    if not len(others):
        return np.full(len(rows), -1, dtype=np.int64)
    asked = min(2, len(others))
    _, found = cKDTree(other.xy[others]).query(own.xy[rows], k=asked)
    found = others[np.reshape(found, (len(rows), asked))]
    itself = other.column("site_id")[found] == own.column("site_id")[rows][:, None]
    first = np.argmin(itself, axis=1)
    at = np.arange(len(rows))
    return np.asarray(np.where(itself[at, first], -1, found[at, first]))


def remark_decisions(
    solution: Solution, inputs: MatchInputs, catalogue: Catalogue, *, texts: Texts
) -> pd.DataFrame:
    """Frame ``FINDINGS`` with one row per decision that changes nothing.

    A pair whose places no longer offer and ask the stream, that a rule excludes, or of which nothing is free.
    """
    names = inputs.sites.set_index("site_id")["name"]
    remarks = Remarks(texts, layer=_LAYER)
    for decision in inputs.decisions.to_dict("records"):
        why = _why_not(solution.streams.get(str(decision["stream"])), decision, catalogue, texts)
        if why:
            pair = f"{names[decision['supply_id']]} → {names[decision['demand_id']]}"
            stream = texts.find(f"streams.{decision['stream']}", str(decision["stream"]))
            decided = texts(f"tables.values.decision.{decision['decision']}")
            told = {"stream": stream, "decision": decided, "why": why}
            remarks.add("workshop_without_effect", pair, told, row=int(decision["row"]))
    return remarks.frame()


def _why_not(result: StreamSolution | None, decision: Decision, catalogue: Catalogue, texts: Texts) -> str:
    """Why a decision changes nothing; empty when it does."""
    if result is None:
        return texts("reasons.stops_flow_gone")
    ends = find_ends(pd.DataFrame([decision]), result.sides)
    s, d = int(ends[0][0]), int(ends[1][0])
    if s < 0 or d < 0:
        return texts("reasons.stops_flow_gone")
    if decision["decision"] == "rejected":
        held = _is_among(result.problem.rejected, s, d)
        return "" if held else _first_rule(result, s, d, catalogue, texts)
    pair = find_pair(result, s, d)
    if pair < 0:
        return _first_rule(result, s, d, catalogue, texts)
    return "" if result.solved.quantity[pair] > DUST else texts("reasons.stops_nothing_free")


def _first_rule(result: StreamSolution, s: int, d: int, catalogue: Catalogue, texts: Texts) -> str:
    """The first rule that keeps two places apart."""
    rules = check_pairs(result.sides, np.array([s]), np.array([d]), result.problem.stream, catalogue)
    broken = next((name for name in RULES if rules.broken[name][0]), "")
    if broken:
        return texts(f"reasons.stops_{broken}")
    if _is_among(result.problem.unreachable, s, d):
        return texts("reasons.stops_unreachable")
    return texts("reasons.stops_nothing_free")


def _is_among(pairs: pd.DataFrame, s: int, d: int) -> bool:
    return len(pairs) > 0 and bool(((pairs["s"] == s) & (pairs["d"] == d)).any())
