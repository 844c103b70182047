"""One stream between two places: what is known of it, and lines about what the pair is worth and got."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kansenkaart.arrays import DUST, ROUNDING
from kansenkaart.matches.price.classes import PROMISE
from kansenkaart.matches.price.ways import overlap
from kansenkaart.matches.solve.problem import CONFIRMED
from kansenkaart.matches.solve.solution import StreamSolution
from kansenkaart.matches.why.gap_book import NAMED, Book
from kansenkaart.matches.why.gaps import tell_account
from kansenkaart.matches.why.leftover import HOLDS, NEARLY_ALL, Leftover
from kansenkaart.matches.why.pair_rules import RULES, PairRules
from kansenkaart.tables.reasons import (
    Length,
    Months,
    Number,
    Others,
    Said,
    StreamName,
    apart,
    said_worth,
    tell,
)
from kansenkaart.texts import Texts


@dataclass(frozen=True)
class Case:
    """One stream between two places.

    Attributes
    ----------
    result, left
        The stream and what its run left over.
    books
        The accounts of both sides.
    s, d
        Positions of the two flows.
    pair
        Position of the pair among all that could exist; -1 where the rules exclude it.
    rules
        The rules of this one pair.
    links
        What is known of deliveries of this stream by the supply or to the demand.
    priced
        The pair with its price and class; None where the rules exclude it.
    """

    result: StreamSolution
    left: Leftover
    books: tuple[Book, Book]
    s: int
    d: int
    pair: int
    rules: PairRules
    links: pd.DataFrame
    priced: pd.Series | None

    @property
    def unit(self) -> str:
        """Unit of the stream."""
        return self.result.problem.stream.unit

    @property
    def names(self) -> tuple[str, str]:
        """Names of supply and demand."""
        sides = self.result.sides
        return str(sides[0].column("name")[self.s]), str(sides[1].column("name")[self.d])

    @property
    def values(self) -> tuple[float, float]:
        """What both ends have free per year."""
        sides = self.result.sides
        return float(sides[0].column("value")[self.s]), float(sides[1].column("value")[self.d])

    @property
    def between(self) -> pd.DataFrame:
        """What is known of deliveries between these two."""
        sides = self.result.sides
        ends = sides[0].column("site_id")[self.s], sides[1].column("site_id")[self.d]
        between = (self.links["supply_id"] == ends[0]) & (self.links["demand_id"] == ends[1])
        found: pd.DataFrame = self.links[between]
        return found

    @property
    def broken(self) -> str:
        """Key of the first rule that is broken, or empty."""
        return next((name for name in RULES if self.rules.broken[name][0]), "")

    @property
    def row(self) -> pd.Series:
        """The priced pair; only for a pair that could exist."""
        assert self.priced is not None
        return self.priced

    @property
    def quantity(self) -> float:
        """What the run moves between the two per year, whatever the way."""
        problem = self.result.problem
        got = float(self.result.solved.quantity[(problem.s == self.s) & (problem.d == self.d)].sum())
        return got if got > DUST else 0.0

    @property
    def hold(self) -> str:
        """What keeps the pair from carrying more though both ends have something left, or empty."""
        hold = int(self.left.hold[self.pair]) if self.pair >= 0 else -1
        return HOLDS[hold] if hold >= 0 else ""

    @property
    def size(self) -> float:
        """The quantity the pair was priced at: what it got, else what it could reach."""
        got = float(self.result.solved.quantity[self.pair])
        return got if got > DUST else float(self.result.problem.reach[self.pair])


def line(texts: Texts, rule: str, said: str, *, holds: bool | None = None) -> str:
    """Write 'Afstand, houdt tegen: …': which rule, whether it holds where it can fail, and its numbers."""
    name = texts(f"reasons.line_{rule}")
    if holds is None:
        return f"{name}: {said}"
    return f"{name}, {texts('reasons.line_good' if holds else 'reasons.line_stops')}: {said}"


def _lot(case: Case, texts: Texts) -> str:
    """Whether the pair, or its round with it, fills a load."""
    problem, pair = case.result.problem, case.pair
    carried = float(problem.per_lot(case.result.solved.quantity)[pair])
    total = max(case.size, carried or float(case.left.could[pair]))
    size, lot = apart(total, problem.min_lot)
    key = "lot_line_round" if total > case.size * (1.0 + ROUNDING) else "lot_line"
    said = Said(key, {"size": size, "lot": lot, "unit": case.unit, "own": Number(case.size)})
    return line(texts, "lot", tell(said, texts), holds=total >= problem.min_lot * (1.0 - ROUNDING))


def tell_chance(case: Case, texts: Texts) -> Iterator[str]:
    """Lines about a pair that could exist."""
    yield line(texts, "price", _price(case, texts))
    if not np.isnan(case.row["pays_share"]):
        said, holds = _places(case, texts)
        yield line(texts, "places", said, holds=holds)
    yield line(texts, "tier", _tier(case, texts))
    if case.result.problem.min_lot > 0:
        yield _lot(case, texts)
    if case.result.problem.supply.shape[1] > 1:
        yield line(texts, "season", _season(case, texts), holds=_meets(case))
    yield from _accounts(case, texts)
    share = case.left.shares.get(case.d)
    if share is not None:
        own, met = (texts.number(100.0 * part, 2) for part in (share.own, share.met))
        key = "coupling_required" if share.required else "coupling_rewarded"
        said = texts(f"reasons.{key}", own=own, met=met, other=tell(StreamName(share.other), texts))
        yield line(texts, "coupling", said, holds=not share.binds if share.required else None)
    yield line(texts, "division", _division(case, texts))
    yield from _prices(case, texts)
    yield from _search(case, texts)


def tell_outcome(case: Case, unfree: str, texts: Texts) -> str:
    """The outcome in one plain sentence.

    Parameters
    ----------
    unfree
        Why an end has nothing free; empty where both have.
    """
    supply, demand = case.names
    values: dict[str, object] = {"supply": supply, "demand": demand, "unit": case.unit}
    if case.quantity:
        quantity = texts.number(case.quantity)
        chance = texts(f"tables.values.chance_class.{case.row['chance_class']}")
        said = texts("reasons.outcome_chance", **values, quantity=quantity, chance=chance)
        if not case.hold:
            return said
        return f"{said} {texts('reasons.outcome_no_more', rule=texts(f'reasons.stops_{case.hold}'))}"
    if (case.between["status"] == "running").any():
        return texts("reasons.outcome_runs", **values)
    if case.broken:
        rule = texts(f"reasons.stops_{case.broken}")
        return texts("reasons.outcome_rule", **values, rule=rule)
    if unfree:
        return texts("reasons.outcome_unfree", **values, why=unfree)
    if case.pair < 0:
        return texts("reasons.outcome_rule", **values, rule=texts("reasons.stops_unreachable"))
    if case.hold:
        return texts("reasons.outcome_rule", **values, rule=texts(f"reasons.stops_{case.hold}"))
    return texts("reasons.outcome_others", **values, others=_taken(case, texts))


def _price(case: Case, texts: Texts) -> str:
    """Net value at the size of the pair, its ends, and from where it pays."""
    row = case.row
    if np.isnan(row["net_eur_y"]):
        stream = case.result.problem.stream
        said = texts("reasons.price_unknown", soft=texts.length(stream.soft_km))
        return f"{said} {texts('reasons.price_why', why=stream.no_price_in(texts.language))}"
    money = {
        name: Number(float(row[column]), 2)
        for name, column in (
            ("low", "net_p10_eur_y"),
            ("high", "net_p90_eur_y"),
            ("worst", "net_low_eur_y"),
            ("best", "net_high_eur_y"),
        )
    }
    money["net"] = Number(float(row["net_eur_y"]))
    money["times"] = Number(100.0 * float(row["pays_share"]), 2)
    needed, now = apart(row["break_even_eur_unit"], row["benefit_eur_y"] / case.size, digits=2)
    said = tell(
        Said(
            "price_line",
            {**money, "size": Number(case.size), "unit": case.unit, "needed": needed, "now": now},
        ),
        texts,
    )
    if not row["break_even_km"] > 0:
        return said
    limit, km = apart(row["break_even_km"], row["distance_m"] / 1000.0)
    return f"{said} {tell(Said('break_even_km', {'limit': Length(*limit), 'distance': Length(*km)}), texts)}"


def _places(case: Case, texts: Texts) -> tuple[str, bool]:
    """How well both places are known, what that does to the answer, and whether the class bears it."""
    row, reach_km = case.row, case.result.problem.stream.hard_km
    off = [
        float(side.column("location_precision_m")[at])
        for side, at in zip(case.result.sides, (case.s, case.d), strict=True)
    ]
    more = 100.0 * row["place_eur_unit"] * case.size / row["cost_eur_y"] if row["cost_eur_y"] > 0 else 0.0
    decides = row["known_p10_eur_unit"] > 0 >= row["net_p10_eur_unit"]
    beyond = row["beyond_share"] > 1.0 - PROMISE
    key = "places_beyond" if beyond else "places_decide" if decides else "places_known"
    said = texts(
        f"reasons.{key}",
        supply_m=texts.number(off[0]),
        demand_m=texts.number(off[1]),
        more=texts.number(more, 2),
        times=texts.number(100.0 * row["beyond_share"], 2),
        limit=texts.length(reach_km),
    )
    return said, not (beyond or decides)


def _tier(case: Case, texts: Texts) -> str:
    """Class, and in which round of the division the pair takes part."""
    tier = int(case.result.solved.plan.tier[case.pair])
    objective = case.result.problem.objective
    chance = texts(f"tables.values.chance_class.{case.row['chance_class']}")
    key = f"tier_{objective}_{tier}" if case.result.problem.tiers else "tier_none"
    key = "tier_confirmed" if tier == CONFIRMED else key
    rule = texts(f"classes.rule_{case.row['class_rule']}")
    return texts("reasons.tier_line", chance=chance, rule=rule, tier=texts(f"reasons.{key}"))


def _overlap(case: Case) -> float:
    supply, demand = case.result.problem.supply[case.s], case.result.problem.demand[case.d]
    return float(overlap(supply[None, :], demand[None, :])[0])


def _meets(case: Case) -> bool:
    """Whether supply reaches demand in some month: its own, what it makes, or out of a store."""
    made = not case.result.problem.supply[case.s].any()
    return made or case.result.problem.storage_efficiency is not None or _overlap(case) > 0


def _season(case: Case, texts: Texts) -> str:
    supply, demand = case.result.problem.supply[case.s], case.result.problem.demand[case.d]
    if not supply.any():
        return texts("reasons.season_made")
    if case.result.problem.storage_efficiency is not None:
        efficiency = texts.number(100.0 * case.result.problem.storage_efficiency, 2)
        return texts("reasons.season_store", efficiency=efficiency)
    share = texts.number(100.0 * _overlap(case), 2)
    if _overlap(case) >= NEARLY_ALL:
        return texts("reasons.season_fits", share=share)
    scarce_supply = supply.sum() <= demand.sum()
    chosen = supply > demand if scarce_supply else demand > supply
    months = tell(Months(tuple(chosen.tolist())), texts)
    key = "season_line_demand" if scarce_supply else "season_line_supply"
    return texts(f"reasons.{key}", months=months, share=share)


def _accounts(case: Case, texts: Texts) -> Iterator[str]:
    for role, at, name in (("supply", case.s, case.names[0]), ("demand", case.d, case.names[1])):
        for account in case.left.drawn.get((role, at), []):
            said = tell(tell_account(account, name), texts)
            yield line(texts, "account", said, holds=not account.is_full)


def _division(case: Case, texts: Texts) -> str:
    """What the pair got, and where else both ends deal."""
    said = [
        texts("reasons.got", quantity=texts.number(case.quantity), unit=case.unit)
        if case.quantity
        else texts("reasons.got_nothing")
    ]
    for role, book, at, name in zip(
        ("supply", "demand"), case.books, (case.s, case.d), case.names, strict=True
    ):
        named, more = book.dealings(at, besides=case.d if role == "supply" else case.s)
        left = texts.number(float(book.left[at].sum()))
        others = tell(Others(tuple(named), more, case.unit), texts) or texts("reasons.nobody")
        said.append(texts(f"reasons.deals_{role}", place=name, others=others, left=left, unit=case.unit))
    return " ".join(said)


def _taken(case: Case, texts: Texts) -> str:
    """Who took what the two could have had: at an end that has nothing left."""
    said = []
    for role, book, at, name in zip(
        ("supply", "demand"), case.books, (case.s, case.d), case.names, strict=True
    ):
        if book.left[at].sum() > 0:
            continue
        named, more = book.dealings(at, besides=-1)
        others = tell(Others(tuple(named[:NAMED]), more, case.unit), texts) or texts("reasons.nobody")
        said.append(texts(f"reasons.spent_{role}", place=name, others=others))
    return " ".join(said)


def _prices(case: Case, texts: Texts) -> Iterator[str]:
    """What one more unit at either end would have been worth."""
    solved, objective = case.result.solved, case.result.problem.objective
    own = float(solved.plan.unit_value[case.pair])
    # The prices are those of the first round of a stream by itself.
    if np.isnan(own) or solved.plan.tier[case.pair] != 0 or solved.method != "network simplex":
        return
    at_supply, at_demand, between = (
        tell(said_worth(float(price), objective, case.unit), texts)
        for price in (solved.supply_price[case.s], solved.demand_price[case.d], own)
    )
    said = texts(
        "reasons.more_worth",
        supply=case.names[0],
        demand=case.names[1],
        at_supply=at_supply,
        at_demand=at_demand,
        own=between,
    )
    yield line(texts, "more", said)


def _search(case: Case, texts: Texts) -> Iterator[str]:
    solved = case.result.solved
    if not solved.limit_hit:
        return
    gap = texts.number(100.0 * solved.gap, 2)
    said = texts("reasons.limit_hit_unknown") if np.isnan(solved.gap) else texts("reasons.limit_hit", gap=gap)
    yield line(texts, "search", said)
