"""The ballots of several tables as one answer: what is agreed, what is not, and all that was said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from kansenkaart.errors import DataError
from kansenkaart.geo import RD
from kansenkaart.outward import make_line
from kansenkaart.tables.decisions import (
    ADDED_LAYER,
    BALLOTS_LAYER,
    COALITIONS_LAYER,
    COMMENTS_LAYER,
    DECISIONS_LAYER,
    score_columns,
)
from kansenkaart.workshop.ballots import Ballot, BallotMatch, Doubt
from kansenkaart.workshop.built_map import BuiltMap
from kansenkaart.workshop.merge_coalitions import merge_coalitions

# A number of a delivery as the page names it; see doubt.js.
_LINK_NUMBER = re.compile(r"link\|(.*)\|\w+", re.DOTALL)

# Columns of every layer with their types.
COLUMNS: dict[str, dict[str, str]] = {
    DECISIONS_LAYER: {
        **dict.fromkeys(
            ("match", "stream", "supply_site", "demand_site", "supply_name", "demand_name"), "str"
        ),
        **dict.fromkeys(("votes", "confirmed", "rejected"), "int64"),
        **dict.fromkeys(("decision", "next_step", "owner", "due", "ballots"), "str"),
    },
    COMMENTS_LAYER: dict.fromkeys(
        ("match", "site", "table", "comment", "kind", "number", "shown", "changed", "ballot"), "str"
    ),
    ADDED_LAYER: {
        **dict.fromkeys(("id", "name", "stream", "role"), "str"),
        "quantity": "float64",
        **dict.fromkeys(("unit", "kind", "comment", "table", "changed", "ballot"), "str"),
    },
    COALITIONS_LAYER: {
        **dict.fromkeys(("coalition", "name"), "str"),
        "confirmed": "int64",
        **dict.fromkeys(("decision", "match_ids", "joined"), "str"),
        **{column.name: f"{column.dtype}64" for column in score_columns()},
        "ballots": "str",
    },
    BALLOTS_LAYER: {
        **dict.fromkeys(("ballot", "table", "saved", "map", "title"), "str"),
        **dict.fromkeys(("version", "matches", "doubts", "missing"), "int64"),
    },
}


@dataclass(frozen=True)
class Merged:
    """What several tables answered together.

    Attributes
    ----------
    ballots
        The ballots that count: of each id the one saved last, by table and id.
    layers
        Layer of ``decisions.gpkg`` -> its rows, in a fixed order; RD New where it has geometry.
    """

    ballots: tuple[Ballot, ...]
    layers: dict[str, pd.DataFrame]

    def decided(self, outcome: str, layer: str = DECISIONS_LAYER) -> pd.DataFrame:
        """Rows of ``decisions``, or of ``coalitions``, with this outcome."""
        rows = self.layers[layer]
        found: pd.DataFrame = rows[rows["decision"] == outcome]
        return found


def merge_ballots(ballots: Iterable[Ballot], built: BuiltMap) -> Merged:
    """Merge checked ballots of one map; order and repetition change nothing.

    Votes add up. A chance is *confirmed* when at least one table confirms it and none rejects it, *rejected* the other
    way round, a *conflict* when tables disagree, and *open* when nobody decided.

    Raises
    ------
    DataError
        ``ballot_two_versions`` when one ballot was saved twice at the same moment with other content.
    """
    counted = _latest(ballots)
    rows = {
        DECISIONS_LAYER: _decisions(counted, built),
        COMMENTS_LAYER: _comments(counted, built),
        ADDED_LAYER: _added_sites(counted),
        COALITIONS_LAYER: merge_coalitions(counted, built, _together),
        BALLOTS_LAYER: [_account(one) for one in counted],
    }
    return Merged(tuple(counted), {name: frame_layer(name, found) for name, found in rows.items()})


def _latest(ballots: Iterable[Ballot]) -> list[Ballot]:
    """Of every ballot the version saved last, by table and id."""
    found: dict[str, Ballot] = {}
    for one in ballots:
        other = found.get(one.ballot)
        if other is None or one.saved_at > other.saved_at:
            found[one.ballot] = one
        elif one.saved_at == other.saved_at and one != other:
            message = (
                "Ballot {ballot} ({table}) was saved twice at {saved} with other content. Leave one out."
            )
            values = {"ballot": one.ballot, "table": make_line(one.name), "saved": one.saved}
            raise DataError("ballot_two_versions", message, **values)
    return sorted(found.values(), key=lambda one: (one.name, one.ballot))


def _decisions(ballots: Sequence[Ballot], built: BuiltMap) -> list[dict[str, object]]:
    said: dict[str, list[tuple[Ballot, BallotMatch]]] = {}
    for ballot in ballots:
        for one in ballot.matches:
            said.setdefault(one.match, []).append((ballot, one))
    return [_decision(match, said[match], built) for match in sorted(said)]


def _decision(match: str, said: list[tuple[Ballot, BallotMatch]], built: BuiltMap) -> dict[str, object]:
    chance = built.matches.loc[match]
    confirmed = sum(one.verdict == "confirm" for _, one in said)
    rejected = sum(one.verdict == "reject" for _, one in said)
    days = sorted(one.due for _, one in said if one.due is not None)
    return {
        "match": match,
        "stream": chance["stream"],
        "supply_site": chance["supply_id"],
        "demand_site": chance["demand_id"],
        "supply_name": chance["supply_name"],
        "demand_name": chance["demand_name"],
        "votes": sum(one.votes for _, one in said),
        "confirmed": confirmed,
        "rejected": rejected,
        "decision": _outcome(confirmed, rejected),
        "next_step": _together((ballot.name, one.next_step) for ballot, one in said),
        "owner": _together((ballot.name, one.owner) for ballot, one in said),
        "due": days[0] if days else None,
        "ballots": "; ".join(ballot.name for ballot, _ in said),
        "geometry": chance["geometry"],
    }


def _outcome(confirmed: int, rejected: int) -> str:
    if confirmed and rejected:
        return "conflict"
    return "confirmed" if confirmed else "rejected" if rejected else "open"


def _together(said: Iterable[tuple[str, str]]) -> str | None:
    """What the tables wrote: once where they agree, else each with its table."""
    written = [(table, text) for table, text in said if text]
    if len({text for _, text in written}) > 1:
        return "; ".join(f"{table}: {text}" for table, text in written)
    return written[0][1] if written else None


def _comments(ballots: Sequence[Ballot], built: BuiltMap) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for ballot in ballots:
        from_table = {"table": ballot.table, "ballot": ballot.ballot}
        for one in sorted(ballot.matches, key=lambda one: one.match):
            if one.comment:
                said = {"match": one.match, "comment": one.comment, "kind": "comment", "changed": one.changed}
                found.append({**from_table, **said, "geometry": _middle(one.match, built)})
        for doubt in sorted(ballot.doubts, key=lambda one: one.id):
            said = doubt.model_dump(include={"match", "site", "number", "shown", "comment", "changed"})
            found.append({**from_table, **said, "kind": "doubt", "geometry": _place(doubt, built)})
    return found


def _middle(match: str, built: BuiltMap) -> object:
    """The middle of a chance's line."""
    return built.matches.at[match, "geometry"].interpolate(0.5, normalized=True)


def _place(doubt: Doubt, built: BuiltMap) -> object:
    """Where a doubted number belongs: its chance, the delivery that it is of, or its place."""
    if doubt.match is not None:
        return _middle(doubt.match, built)
    link = _LINK_NUMBER.fullmatch(doubt.number)
    line = built.links["geometry"].get(link[1]) if link else None
    if line is not None and not line.is_empty:
        return line.interpolate(0.5, normalized=True)
    return None if doubt.site is None else built.sites.at[doubt.site, "geometry"]


def _added_sites(ballots: Sequence[Ballot]) -> list[dict[str, object]]:
    """The firms that tables missed; of one id the row changed last."""
    latest: dict[str, dict[str, object]] = {}
    for ballot in ballots:
        for one in ballot.missing:
            row = one.model_dump(exclude={"x", "y"})
            row |= {"table": ballot.table, "ballot": ballot.ballot, "geometry": Point(one.x, one.y)}
            other = latest.get(one.id)
            if other is None or _moment(other["changed"]) < _moment(one.changed):
                latest[one.id] = row
    return [latest[key] for key in sorted(latest)]


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text))


def _account(ballot: Ballot) -> dict[str, object]:
    return {
        "ballot": ballot.ballot,
        "table": ballot.table,
        "saved": ballot.saved,
        "map": ballot.map.id,
        "title": ballot.map.title,
        "version": ballot.version,
        "matches": len(ballot.matches),
        "doubts": len(ballot.doubts),
        "missing": len(ballot.missing),
    }


def frame_layer(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    """Return rows of a layer with its columns and types, also without any row; an empty text is nothing known."""
    columns = COLUMNS[name]
    plain = {
        column: pd.Series([row.get(column) for row in rows], dtype=object).replace("", None).astype(dtype)  # type: ignore[call-overload]
        for column, dtype in columns.items()
    }
    frame = pd.DataFrame(plain)
    if name == BALLOTS_LAYER:
        return frame
    geometry = gpd.GeoSeries([row["geometry"] for row in rows], crs=RD)
    drawn: pd.DataFrame = gpd.GeoDataFrame(frame, geometry=geometry)
    return drawn
