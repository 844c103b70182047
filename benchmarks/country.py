"""How many chances the example of the country shows, now and when contracts end: a part of `docs/validation.md`."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from kansenkaart.pipeline import build
from kansenkaart.project import load_project

COUNTRY = Path(__file__).parents[1] / "data" / "nederland"
REOPENED = "contracten"
CLASSES = ("kansrijk", "verkennen", "technisch")
GOAL = 2_000

HEAD = (Path(__file__).parent / "country.md").read_text(encoding="utf-8")


def tell_country() -> str:
    """Build the country both ways and tell its chances per stream."""
    now, then = (_build(scenario) for scenario in ("", REOPENED))
    return tell_counts(now, then)


def tell_counts(now: pd.DataFrame, then: pd.DataFrame) -> str:
    """The part of the page; `now` and `then` have a row per stream: a count per class, ``all`` and ``takers``."""
    counts = [int(frame["all"].sum()) for frame in (now, then)]
    head = HEAD.format(
        now=counts[0], then=counts[1], scenario=REOPENED, goal=GOAL, reached=_reached(counts[0], counts[1])
    )
    rows = []
    for stream in now.index:
        split = " / ".join(str(now.at[stream, name]) for name in CLASSES)
        cells = [stream, now.at[stream, "all"], split, now.at[stream, "takers"], then.at[stream, "all"]]
        rows.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return head + "\n".join(rows) + "\n"


def _reached(now: int, then: int) -> str:
    if now >= GOAL:
        return "reached"
    return "reached only in the scenario" if then >= GOAL else "not reached"


def _build(scenario: str) -> pd.DataFrame:
    loaded = load_project(COUNTRY, scenario=scenario)
    frames = build(loaded, progress=lambda _step, what: print(scenario, what, file=sys.stderr)).frames
    streams = pd.Index(loaded.project.streams, name="stream")
    found = pd.crosstab(frames.matches["stream"], frames.matches["chance_class"])
    found = found.reindex(index=streams, columns=list(CLASSES), fill_value=0)
    asks = frames.flows[(frames.flows["role"] == "demand") & (frames.flows["value"] > 0)]
    takers = asks.groupby("stream")["site_id"].nunique().reindex(streams, fill_value=0)
    return found.assign(all=found.sum(axis=1), takers=takers)
