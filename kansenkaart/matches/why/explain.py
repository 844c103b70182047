"""Why one place does, or does not, supply another: every rule of the run in order, with its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from kansenkaart.allowed import suggest
from kansenkaart.catalogue import Catalogue
from kansenkaart.errors import UsageError
from kansenkaart.matches.pairs.eligibility import Side
from kansenkaart.matches.solve.solution import MatchInputs, Solution, StreamSolution, price_one
from kansenkaart.matches.why.explain_lines import Case, tell_chance, tell_outcome
from kansenkaart.matches.why.explain_rules import tell_money, tell_rules
from kansenkaart.matches.why.gap_book import find_causes, open_books
from kansenkaart.matches.why.gaps import Gap, tell_gap
from kansenkaart.matches.why.leftover import find_leftover
from kansenkaart.matches.why.network_words import tell_networks
from kansenkaart.matches.why.pair_rules import check_pairs, find_pair
from kansenkaart.tables.reasons import StreamName, tell, tell_reason
from kansenkaart.texts import Texts


def explain_stream(
    result: StreamSolution,
    solution: Solution,
    ends: tuple[int, int],
    *,
    links: pd.DataFrame,
    catalogue: Catalogue,
    texts: Texts,
) -> tuple[tuple[str, ...], str]:
    """Lines and outcome for one supply and one demand of a stream.

    Parameters
    ----------
    ends
        Positions of both flows in their sides.
    links
        Frame ``LINKS``.
    """
    case = _open(result, solution, ends, links, catalogue)
    lines = list(tell_rules(case, texts))
    if case.pair >= 0:
        lines += [*tell_networks(case, texts), *tell_chance(case, texts), *tell_money(case, catalogue, texts)]
    return tuple(lines), tell_outcome(case, _why_nothing(case, texts), texts)


def _open(
    result: StreamSolution,
    solution: Solution,
    ends: tuple[int, int],
    links: pd.DataFrame,
    catalogue: Catalogue,
) -> Case:
    left = find_leftover(result, solution)
    s, d = ends
    rules = check_pairs(
        result.sides,
        np.array([s]),
        np.array([d]),
        result.problem.stream,
        catalogue,
        rejected=result.problem.rejected,
    )
    ids = [str(side.column("site_id")[at]) for side, at in zip(result.sides, ends, strict=True)]
    known = links[
        (links["stream"] == result.problem.stream.id)
        & ((links["supply_id"] == ids[0]) | (links["demand_id"] == ids[1]))
    ]
    pair = find_pair(result, s, d)
    if pair >= 0:  # via a network two places may lie farther apart
        rules.broken["too_far"][:] = False
    priced = price_one(result, pair, catalogue) if pair >= 0 else None
    return Case(result, left, open_books(result, left, catalogue), s, d, pair, rules, known, priced)


def _why_nothing(case: Case, texts: Texts) -> str:
    """Why an end has nothing free, in the words of the gaps; empty where both have."""
    said = []
    for book, at, value, name in zip(case.books, (case.s, case.d), case.values, case.names, strict=True):
        if value <= 0:
            cause = str(find_causes(book)[at])
            said.append(f"{name}: {tell_reason(tell_gap(Gap(book, at, cause)), texts)}")
    return " ".join(said)


@dataclass(frozen=True)
class StreamVerdict:
    """One stream between two places.

    Attributes
    ----------
    stream
        Id in the catalogue.
    name
        Its name in the language of the texts.
    lines
        One per rule, in the order the run applies them: which rule, whether it holds, and its numbers.
    verdict
        The outcome in one plain sentence.
    """

    stream: str
    name: str
    lines: tuple[str, ...]
    verdict: str


@dataclass(frozen=True)
class Explanation:
    """Everything about two places; `remarks` holds what is no stream of both."""

    title: str
    streams: tuple[StreamVerdict, ...]
    remarks: tuple[str, ...]


def explain_pair(
    solution: Solution,
    inputs: MatchInputs,
    supply_id: str,
    demand_id: str,
    *,
    catalogue: Catalogue,
    texts: Texts,
) -> Explanation:
    """Explain every stream that one place offers and the other asks.

    Parameters
    ----------
    solution, inputs
        The run, and what it read.
    supply_id, demand_id
        Site ids of the run; see ``find_site``.

    Returns
    -------
    Explanation
        A chance, a possible pair and an impossible one are told alike: rule by rule, then the outcome.
    """
    place = inputs.sites.set_index("site_id")
    names = str(place.at[supply_id, "name"]), str(place.at[demand_id, "name"])
    title = texts("reasons.explain_title", supply=names[0], demand=names[1])
    if supply_id == demand_id:
        return Explanation(title, (), (texts("reasons.explain_itself"),))
    told, remarks = [], []
    for stream, result in solution.streams.items():
        ends = _position(result.sides[0], supply_id), _position(result.sides[1], demand_id)
        name = texts.find(f"streams.{stream}", stream)
        if ends[0] is not None and ends[1] is not None:
            at = (ends[0], ends[1])
            lines, verdict = explain_stream(
                result, solution, at, links=inputs.links, catalogue=catalogue, texts=texts
            )
            numbers = _tell_numbers(result.sides, at, _locate_each(place, (supply_id, demand_id)), texts)
            told.append(StreamVerdict(stream, name, (*numbers, *lines), verdict))
    remarks += _tell_ends(place, solution, (supply_id, demand_id), catalogue, texts)
    if not told:
        remarks.insert(0, texts("reasons.explain_nothing_shared", supply=names[0], demand=names[1]))
    return Explanation(title, tuple(told), tuple(remarks))


def _locate_each(place: pd.DataFrame, ids: tuple[str, str]) -> tuple[str, str]:
    """Names of places, with the region and country of those beyond the border."""
    ends = [place.loc[one] for one in ids]
    abroad = [not pd.isna(end["nuts"]) for end in ends]
    names = [
        f"{end['name']}, {end['municipality']}" if away else str(end["name"])
        for end, away in zip(ends, abroad, strict=True)
    ]
    return names[0], names[1]


def _tell_numbers(
    sides: tuple[Side, Side], ends: tuple[int, int], names: tuple[str, str], texts: Texts
) -> list[str]:
    """Where the number of each end came from: its sum, source and year."""
    flows = [side.flows.iloc[at] for side, at in zip(sides, ends, strict=True)]
    return [
        texts(
            "reasons.explain_number",
            name=name,
            formula=flow["formula"],
            source=flow["source"],
            year=int(flow["source_year"]),
        )
        for name, flow in zip(names, flows, strict=True)
    ]


def _position(side: Side, site_id: str) -> int | None:
    found = (side.column("site_id") == site_id).nonzero()[0]
    return int(found[0]) if len(found) else None


def _tell_ends(
    place: pd.DataFrame, solution: Solution, ids: tuple[str, str], catalogue: Catalogue, texts: Texts
) -> list[str]:
    """What each end offers or asks that the other does not, and whether the other way round is possible."""
    remarks = []
    offered, asked = _streams_of(solution, ids[0], "supply"), _streams_of(solution, ids[1], "demand")
    for site, role, own in ((ids[0], "supply", offered), (ids[1], "demand", asked)):
        name = str(place.at[site, "name"])
        only = own - (offered & asked)
        if only:
            remarks.append(texts(f"reasons.explain_only_{role}", place=name, streams=_list(only, texts)))
        elif not own:
            status = texts("tables.values.status." + str(place.at[site, "status"]))
            remarks.append(texts(f"reasons.explain_no_{role}", place=name, status=status))
            remarks += tell_rules_of_thumb(
                place.loc[[site]].iloc[0], role, solution, catalogue=catalogue, texts=texts
            )
    back = _streams_of(solution, ids[1], "supply") & _streams_of(solution, ids[0], "demand")
    if back:
        remarks.append(texts("reasons.explain_other_way", streams=_list(back, texts)))
    return remarks


def _streams_of(solution: Solution, site_id: str, role: str) -> set[str]:
    flows = solution.flows
    return set(flows.loc[(flows["site_id"] == site_id) & (flows["role"] == role), "stream"].astype(str))


def _list(streams: set[str], texts: Texts) -> str:
    return ", ".join(tell(StreamName(stream), texts) for stream in sorted(streams))


def tell_rules_of_thumb(
    site: pd.Series, role: str, solution: Solution, *, catalogue: Catalogue, texts: Texts
) -> list[str]:
    """Kengetallen for this kind of place that do not hold here, and the property that decides."""
    said = []
    for rule in catalogue.kengetallen.values():
        if rule.stream not in solution.streams or rule.role != role or site["kind"] not in rule.kinds:
            continue
        for attribute, needed in rule.where.items():
            given = site.get(attribute)
            if pd.isna(given) or str(given) == needed:
                continue
            value = f"tables.values.{attribute}"
            said.append(
                texts(
                    "reasons.explain_kengetal",
                    stream=tell(StreamName(rule.stream), texts),
                    attribute=texts.find(f"tables.attributes.{attribute}", attribute).lower(),
                    needed=texts.find(f"{value}.{needed}", needed),
                    given=texts.find(f"{value}.{given}", str(given)),
                )
            )
    return list(dict.fromkeys(said))


_SHOWN = 10
_NEAR = 5


def find_site(sites: pd.DataFrame, words: str) -> str:
    """Return the id of the one place that `words` means.

    An id goes before a whole name, a whole name before a part of either; capitals do not matter.

    Raises
    ------
    UsageError
        ``site_ambiguous`` with the places it could be, ``site_unknown`` with the nearest names.
    """
    asked = words.strip().casefold()
    ids = sites["site_id"].astype(str)
    names = sites["name"].astype(str)
    low_ids, low_names = ids.str.casefold(), names.str.casefold()
    for found in (
        ids == words,
        low_ids == asked,
        low_names == asked,
        low_ids.str.contains(asked, regex=False) | low_names.str.contains(asked, regex=False),
    ):
        if found.sum() == 1 and asked:
            return str(ids[found].iloc[0])
        if found.any() and asked:
            raise _ambiguous(
                words, [f"{name} ({site})" for name, site in zip(names[found], ids[found], strict=True)]
            )
    raise _unknown(words, names.tolist(), ids.tolist())


def _ambiguous(words: str, could: list[str]) -> UsageError:
    shown = sorted(could)[:_SHOWN]
    more = len(could) - len(shown)
    return UsageError(
        "site_ambiguous",
        "'{words}' could be {count} places: {places}. Give the id between brackets, or more of the name.",
        words=words,
        count=len(could),
        places="; ".join([*shown, f"+ {more}"] if more else shown),
    )


def _unknown(words: str, names: list[str], ids: list[str]) -> UsageError:
    by_low = {name.casefold(): f"{name} ({site})" for name, site in zip(names, ids, strict=True)}
    near = get_close_matches(words.strip().casefold(), by_low, n=_NEAR, cutoff=0.4)
    return UsageError(
        "site_unknown",
        "No place in this run is called '{words}'. {hint} See the sheet with places in kansenkaart.xlsx.",
        words=words,
        hint=suggest(words, (), near=[by_low[name] for name in near]),
    )
