"""Coalitions on the page: their chances by number, and what is said of each."""

from __future__ import annotations

from typing import Any

from kansenkaart.catalogue.legend import split_ids
from kansenkaart.maps.block import Strings
from kansenkaart.tables.coalition_words import tell_coalition
from kansenkaart.tables.coalitions import STAGES
from kansenkaart.tables.decisions import VALUES
from kansenkaart.tables.frames import Frames
from kansenkaart.texts import Texts


def describe_coalitions(frames: Frames, strings: Strings, *, texts: Texts) -> list[dict[str, Any]]:
    """Return header ``coalitions``: what is worth most first, ``matches`` in the order of the columns ``m.*``.

    Name and ``facts`` (what, in words) are numbers of ``strings``: they name places, which a director may hide.
    """
    ranked = frames.matches.sort_values("rank", kind="stable")["match_id"]
    number = {match: at for at, match in enumerate(ranked)}
    names = frames.sites.set_index("site_id")["name"]
    told = []
    for row in frames.coalitions.drop(columns="geometry").to_dict("records"):
        facts = tell_coalition(row, str(names[row["heart_id"]]), texts)
        told.append(
            {
                "id": row["coalition_id"],
                "name": strings.index(row["coalition"]),
                "confirmed": row["stage"] == STAGES[-1],
                "matches": sorted(number[match] for match in split_ids(row["match_ids"], set(number))),
                "facts": [[what, strings.index(words)] for what, words in facts],
            }
        )
    return told


def describe_values(texts: Texts) -> list[tuple[str, str]]:
    """Return what a room scores a coalition by: (key in a ballot, name)."""
    return [(f"score_{name}", texts(f"tables.values.value.{name}")) for name in VALUES]
