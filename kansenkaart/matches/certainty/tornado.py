"""Which uncertain number decides: the tornado of every stream, and per match the numbers it falls by."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.certainty.swings import StreamSwings, Swing, swing_inputs
from kansenkaart.matches.solve.solution import Solution
from kansenkaart.project import Project
from kansenkaart.tables import FINDINGS, TORNADO
from kansenkaart.texts import Texts

# Numbers named per match.
MOST_DECIDING = 2

# Numbers named in a finding.
_NAMED = 10


def find_swings(
    solution: Solution, catalogue: Catalogue, *, project: Project, scheduler: str | None = None
) -> dict[str, StreamSwings]:
    """What every uncertain number does to its streams; nothing when the project draws nothing (``draws = 0``)."""
    return swing_inputs(solution, catalogue, scheduler=scheduler) if project.draws else {}


def find_tornado(swings: Mapping[str, StreamSwings]) -> pd.DataFrame:
    """Frame ``TORNADO``: within a stream by matches that change, then by how far the ends lie apart."""
    rows = [
        _row(stream, swing, rank)
        for stream, found in swings.items()
        for rank, swing in enumerate(found.swings, start=1)
    ]
    return TORNADO.conform(pd.DataFrame(rows)) if rows else TORNADO.empty()


def deciding_inputs(swings: Mapping[str, StreamSwings]) -> pd.Series:
    """Per match id the numbers whose low or high end makes it halve, vanish or fall a class, worst first.

    At most ``MOST_DECIDING`` ids joined by "; "; missing where no number does.
    """
    found: dict[str, str | None] = {}
    for one in swings.values():
        for n, match_id in enumerate(one.match_id):
            deciding = [
                (-_harm(swing, n), rank, swing.input.id)
                for rank, swing in enumerate(one.swings)
                if swing.low.fallen[n] or swing.high.fallen[n]
            ]
            found[match_id] = "; ".join(name for *_, name in sorted(deciding)[:MOST_DECIDING]) or None
    return pd.Series(found, dtype=object, name="decided_by")


def remark_tornado(swings: Mapping[str, StreamSwings], *, texts: Texts) -> pd.DataFrame:
    """Frame ``FINDINGS``: streams that are too large to try all their numbers, and which were left out."""
    rows = []
    for stream, found in swings.items():
        if not found.left_out:
            continue
        names = list(found.left_out[:_NAMED]) + (["..."] if len(found.left_out) > _NAMED else [])
        values = {
            "stream": texts.find(f"streams.{stream}", stream),
            "tried": texts.number(len(found.swings)),
            "count": texts.number(len(found.left_out)),
            "names": ", ".join(names),
        }
        rows.append(
            {
                "layer": "project",
                "file": "",
                "row": 0,
                "column": None,
                "value": values["stream"],
                "severity": "note",
                "key": "tornado_limited",
                "reason": texts("findings.tornado_limited", **values),
                "advice": texts("advice.tornado_limited", **values),
            }
        )
    return FINDINGS.conform(pd.DataFrame(rows)) if rows else FINDINGS.empty()


def _row(stream: str, swing: Swing, rank: int) -> dict[str, object]:
    one = swing.input
    return {
        "stream": stream,
        "input_id": one.id,
        "input_kind": one.kind,
        "low": one.low,
        "value": one.value,
        "high": one.high,
        "input_unit": one.unit,
        "quantity_low": swing.low.quantity,
        "quantity_high": swing.high.quantity,
        "net_low_eur_y": swing.low.net,
        "net_high_eur_y": swing.high.net,
        "matches_changed": swing.changed,
        "rank": rank,
    }


def _harm(swing: Swing, n: int) -> float:
    """Share of its quantity and classes that a match loses at the worse end."""
    return max(float(end.lost[n] + max(end.worse[n], 0.0)) for end in (swing.low, swing.high))
