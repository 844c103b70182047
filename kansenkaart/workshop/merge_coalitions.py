"""What several tables said of coalitions as one answer: which stay and as what, how they are called and scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from shapely import MultiLineString

from kansenkaart.catalogue.legend import BETWEEN
from kansenkaart.tables.decisions import VALUES
from kansenkaart.workshop.ballots import Ballot, BallotCoalition
from kansenkaart.workshop.built_map import BuiltMap

Said = list[tuple[Ballot, BallotCoalition]]
Together = Callable[[Iterable[tuple[str, str]]], str | None]


def merge_coalitions(
    ballots: Sequence[Ballot], built: BuiltMap, together: Together
) -> list[dict[str, object]]:
    """Return the rows of layer ``coalitions``, by id.

    A coalition is *confirmed* when every table that confirms it means the same chances, and no other confirmed one has
    any of them; else it is a *conflict*. Nobody confirmed it: *open*.

    Parameters
    ----------
    together
        What tables wrote as one text.
    """
    said: dict[str, Said] = {}
    for ballot in ballots:
        for one in ballot.coalitions:
            said.setdefault(one.coalition, []).append((ballot, one))
    groups = [_find_group(name, said[name], built) for name in sorted(said)]
    shared = Counter(match for one in groups if one.outcome != "open" for match in one.matches)
    return [_write(one, said[one.name], shared, built, together) for one in groups]


class _Group(NamedTuple):
    """What tables mean by a coalition: how many confirm it, whether they agree, and the chances most of them mean."""

    name: str
    confirmed: int
    outcome: str
    matches: tuple[str, ...]


def _find_group(name: str, said: Said, built: BuiltMap) -> _Group:
    meant = Counter(_members(one, built) for _, one in said if one.confirmed)
    if not meant:
        return _Group(name, 0, "open", built.coalitions[name].matches)
    most = max(meant, key=lambda one: (meant[one], len(one), one))
    return _Group(name, meant.total(), "conflict" if len(meant) > 1 else "confirmed", most)


def _write(
    group: _Group, said: Said, shared: Mapping[str, int], built: BuiltMap, together: Together
) -> dict[str, object]:
    """A row; confirmed coalitions that share a chance contradict each other."""
    called = together((ballot.name, one.name) for ballot, one in said)
    joined = {other for _, one in said if one.confirmed for other in one.joins}
    overlaps = any(shared[match] > 1 for match in group.matches)
    return {
        "coalition": group.name,
        "name": called or (built.coalitions[group.name].name if group.confirmed else None),
        "confirmed": group.confirmed,
        "decision": "conflict" if group.confirmed and overlaps else group.outcome,
        "match_ids": BETWEEN.join(group.matches),
        "joined": BETWEEN.join(sorted(joined)) or None,
        **_score(said),
        "ballots": "; ".join(ballot.name for ballot, _ in said),
        "geometry": MultiLineString([built.matches.at[match, "geometry"] for match in group.matches]),
    }


def _members(one: BallotCoalition, built: BuiltMap) -> tuple[str, ...]:
    """The chances that a table means, in their order."""
    all_of = (match for name in (one.coalition, *one.joins) for match in built.coalitions[name].matches)
    return tuple(sorted(set(all_of) - set(one.out)))


def _score(said: Said) -> dict[str, object]:
    """The mean of the tables that scored, per value."""
    scores = [one.scores for _, one in said]
    told: dict[str, object] = {}
    for column in (f"score_{name}" for name in VALUES):
        given = [score for one in scores if (score := one[column]) is not None]
        told[column] = sum(given) / len(given) if given else None
    return {**told, "scored_by": sum(any(score is not None for score in one.values()) for one in scores)}
