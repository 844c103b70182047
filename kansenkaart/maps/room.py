"""What the page needs when a room answers: who must be at the table, every stream, what was decided before."""

from __future__ import annotations

from typing import Any

import numpy as np

from kansenkaart.catalogue.parties import Party, load_parties
from kansenkaart.geo import RD_BOUNDS
from kansenkaart.maps.block import Block
from kansenkaart.maps.columns import Codes
from kansenkaart.project import LoadedProject
from kansenkaart.tables.frames import Frames
from kansenkaart.texts import Texts


def add_room(block: Block, frames: Frames, loaded: LoadedProject, codes: Codes, *, texts: Texts) -> None:
    """Header ``room`` and, where a room decided before, column ``m.confirmed`` (0 or 1).

    ``room`` holds ``parties`` (rules by number of stream and kind), ``streams`` (id, name and unit of all that a firm
    may be added for), ``provinces`` (by municipality) and ``bounds`` (RD New, metres: where a point may lie).
    """
    streams = loaded.catalogue.streams
    places = frames.sites[["municipality", "province"]].dropna().drop_duplicates("municipality")
    block.header["room"] = {
        "parties": [_describe(party, loaded, codes) for party in load_parties()],
        "streams": [
            {"id": name, "name": texts.find(f"streams.{name}", name), "unit": stream.unit}
            for name, stream in streams.items()
        ],
        "provinces": dict(sorted(zip(places["municipality"], places["province"], strict=True))),
        "bounds": list(RD_BOUNDS),
    }
    if "decision" in frames.matches and (frames.matches["decision"] == "confirmed").any():
        decided = frames.matches.sort_values("rank", kind="stable")["decision"]
        block.add("m.confirmed", (decided == "confirmed").to_numpy(dtype=np.uint8))


def _describe(party: Party, loaded: LoadedProject, codes: Codes) -> dict[str, Any]:
    known = loaded.catalogue.streams
    return {
        "id": party.id,
        "named": party.named,
        "source": party.source,
        "always": party.always,
        "crossing": party.crossing,
        "streams": [
            number for name, number in codes.streams.items() if name in known and party.concerns(known[name])
        ],
        "kinds": [number for name, number in codes.kinds.items() if name in party.kinds],
    }
