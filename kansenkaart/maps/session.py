"""What an earlier session of a room changed in this map."""

from __future__ import annotations

from typing import Any

from kansenkaart.catalogue.workshop import WORKSHOP_KIND
from kansenkaart.maps.columns import Codes
from kansenkaart.tables.frames import Frames
from kansenkaart.texts import Texts


def describe_session(frames: Frames, codes: Codes, *, texts: Texts) -> dict[str, Any]:
    """Return part ``session`` of header ``room``, all of it in numbers of the page but for the sentence.

    ``words`` counts what was decided and what of it has no effect, ``rejected`` holds pairs (stream, supply, demand;
    stream -1 where none is left of it) and ``firms`` the places that the room added. What it confirmed is column
    ``m.confirmed``.
    """
    findings = frames.findings["key"].value_counts()
    added = frames.sites["layer"] == WORKSHOP_KIND
    rejected = frames.decisions[frames.decisions["decision"] == "rejected"]
    counts = {
        "confirmed": int((frames.matches["decision"] == "confirmed").sum()),
        "rejected": len(rejected),
        "firms": int(added.sum()),
    }
    idle = {
        "conflict": "workshop_conflict",
        "idle": "workshop_without_effect",
        "unstated": "workshop_no_quantity",
    }
    more = [
        texts(f"session.{name}", count=int(findings[key])) for name, key in idle.items() if key in findings
    ]
    return {
        "words": " ".join([texts("session.decided", **counts), *more]),
        "rejected": [
            [codes.streams.get(stream, -1), codes.sites[supply], codes.sites[demand]]
            for stream, supply, demand in zip(
                rejected["stream"], rejected["supply_id"], rejected["demand_id"], strict=True
            )
        ],
        "firms": [number for number, by_room in enumerate(added) if by_room],
    }
