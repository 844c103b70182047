"""Coalitions on the page: their chances by number, and what is said of each."""

from __future__ import annotations

from typing import Any

from kansenkaart.catalogue.legend import split_ids
from kansenkaart.maps.block import Strings
from kansenkaart.tables.coalition_words import MOST_PARTNERS, tell_coalition, tell_part, tell_partners
from kansenkaart.tables.coalitions import STAGES
from kansenkaart.tables.decisions import VALUES
from kansenkaart.tables.frames import Frames
from kansenkaart.texts import Texts

# What the panel tells; the rest stands on paper.
_SEEN = frozenset({"net", "co2", "missing", "lead", "form", "next_step", "values", "warning"})


def describe_coalitions(frames: Frames, strings: Strings, *, texts: Texts) -> list[dict[str, Any]]:
    """Return header ``coalitions``: what is worth most first, ``matches`` in the order of the columns ``m.*``.

    Texts are numbers of ``strings``: they name places, which a director may hide. Of ``facts`` (what, in words) the
    panel tells those without a third part; ``partners`` is a table with its head, ``notes`` stand below it on paper.
    """
    ranked = frames.matches.sort_values("rank", kind="stable")["match_id"]
    number = {match: at for at, match in enumerate(ranked)}
    partners = dict(iter(frames.coalition_partners.groupby("coalition_id")))
    flows = dict(iter(frames.coalition_flows.groupby("coalition_id")))
    site_names = dict(zip(frames.sites["site_id"], frames.sites["name"], strict=True))
    notes = [strings.index(texts(f"report.coalition_{name}")) for name in ("note", "sign")]
    told = []
    for row in frames.coalitions.drop(columns="geometry").to_dict("records"):
        own = partners[row["coalition_id"]]
        apart = split_ids(row["core_group"], site_names.keys()) if isinstance(row["core_group"], str) else []
        facts = tell_coalition(row, site_names, [site_names.get(one, one) for one in apart], texts)
        table = tell_partners(row, own, flows[row["coalition_id"]], texts)
        told.append(
            {
                "id": row["coalition_id"],
                "name": strings.index(row["coalition"]),
                "confirmed": row["stage"] == STAGES[-1],
                "matches": sorted(number[match] for match in split_ids(row["match_ids"], set(number))),
                "facts": [
                    [what, strings.index(words), *([] if key in _SEEN else [1])]
                    for key, (what, words) in facts.items()
                ],
                "title": strings.index(tell_part("partners", MOST_PARTNERS, len(own), texts)),
                "partners": [[strings.index(cell) for cell in cells] for cells in table],
                "notes": notes,
            }
        )
    return told


def describe_values(texts: Texts) -> list[tuple[str, str]]:
    """Return what a room scores a coalition by: (key in a ballot, name)."""
    return [(f"score_{name}", texts(f"tables.values.value.{name}")) for name in VALUES]
