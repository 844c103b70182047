"""Decisions of a room that this run could not follow: said with the reason, never dropped in silence."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.arrays import DUST
from kansenkaart.matches.pairs.eligibility import find_ends
from kansenkaart.matches.solve.solution import MatchInputs, Solution, StreamSolution
from kansenkaart.matches.why.explain_lines import find_pair
from kansenkaart.matches.why.pair_rules import RULES, check_pairs
from kansenkaart.tables import FINDINGS
from kansenkaart.texts import Texts

# A row of ``DECISIONS``.
Decision = dict[Hashable, Any]

# Layer that the findings are about: the account of the decisions in the quality report.
_LAYER = "workshop.decisions"


def remark_decisions(
    solution: Solution, inputs: MatchInputs, catalogue: Catalogue, *, texts: Texts
) -> pd.DataFrame:
    """Frame ``FINDINGS`` with one row per decision that changes nothing.

    A pair whose places no longer offer and ask the stream, that a rule excludes, or of which nothing is free.
    """
    names = inputs.sites.set_index("site_id")["name"]
    rows = []
    for decision in inputs.decisions.to_dict("records"):
        why = _why_not(solution.streams.get(str(decision["stream"])), decision, catalogue, texts)
        if why:
            pair = f"{names[decision['supply_id']]} → {names[decision['demand_id']]}"
            rows.append(_finding(decision, pair, why, texts))
    return FINDINGS.conform(pd.DataFrame(rows)) if rows else FINDINGS.empty()


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


def _finding(decision: Decision, pair: str, why: str, texts: Texts) -> dict[str, object]:
    values = {
        "value": pair,
        "stream": texts.find(f"streams.{decision['stream']}", str(decision["stream"])),
        "decision": texts(f"tables.values.decision.{decision['decision']}"),
        "why": why,
    }
    return {
        "layer": _LAYER,
        "file": "",
        "row": int(decision["row"]),
        "column": None,
        "value": pair,
        "severity": "warning",
        "key": "workshop_without_effect",
        "reason": texts("findings.workshop_without_effect", **values),
        "advice": texts("advice.workshop_without_effect", **values),
    }
