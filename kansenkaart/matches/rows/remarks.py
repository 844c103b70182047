"""What must be said of the search itself: a limit that was hit, a model solved in pieces, a gap that is left."""

from __future__ import annotations

import pandas as pd

from kansenkaart.matches.solve.solution import Solution
from kansenkaart.tables import FINDINGS
from kansenkaart.texts import Texts

# A smaller distance from the best than this is not worth a remark.
_GAP_WORTH_SAYING = 1e-6


def remark_solves(solution: Solution, *, texts: Texts) -> pd.DataFrame:
    """Frame ``FINDINGS`` with one row per stream whose search was cut short or not proven best."""
    rows = []
    for stream, one in solution.streams.items():
        if one.solved.method == "in sequence":
            key = "solved_in_sequence"
        elif one.solved.limit_hit:
            key = "solve_limit_hit"
        elif one.solved.gap > _GAP_WORTH_SAYING:
            key = "solve_gap"
        elif not one.solved.certified:
            key = "solve_unproven"
        else:
            continue
        values = {
            "stream": texts.find(f"streams.{stream}", stream),
            "gap": texts.number(100.0 * one.solved.gap, 2),
            "pairs": texts.number(len(one.pairs)),
        }
        rows.append(
            {
                "layer": "project",
                "file": "",
                "row": 0,
                "column": None,
                "value": values["stream"],
                "severity": "warning",
                "key": key,
                "reason": texts(f"findings.{key}", **values),
                "advice": texts(f"advice.{key}", **values),
            }
        )
    return FINDINGS.conform(pd.DataFrame(rows)) if rows else FINDINGS.empty()
