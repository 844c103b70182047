"""What is left of every supply and demand, and why, as one or two sentences with the run's own numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from kansenkaart.arrays import DUST
from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.solve.solution import Solution, StreamSolution
from kansenkaart.matches.why.elsewhere import sell_elsewhere
from kansenkaart.matches.why.gap_book import NAMED, Book, find_causes, find_contracts, open_books
from kansenkaart.matches.why.leftover import AccountUse, find_carried, find_leftover
from kansenkaart.matches.why.pair_rules import RULES
from kansenkaart.tables.reasons import (
    Length,
    Listed,
    Months,
    Number,
    Others,
    Reason,
    Said,
    StreamName,
    Value,
    apart,
    said_worth,
)

Values = dict[str, Value]


class Gap(NamedTuple):
    """A flow of a book and the key of its cause."""

    book: Book
    position: int
    cause: str

    @property
    def pair(self) -> int:
        """Position of the pair that comes nearest to carrying more."""
        return int(self.book.best[self.position])


def find_stream_gaps(result: StreamSolution, solution: Solution, catalogue: Catalogue) -> pd.DataFrame:
    """Frame ``GAPS`` of a stream: per flow what was delivered, what is left, and why; ``reason`` as data.

    The cause is that of the pair that comes nearest to carrying more; where a flow has no pair, the first rule that
    its nearest almost-partner breaks. What a taker asks besides contracts of unknown size is not called left.

    Parameters
    ----------
    result, solution
        The stream, and the run it is part of: accounts and couplings tie it to other streams.
    """
    books = open_books(result, find_leftover(result, solution), catalogue)
    return pd.concat([_side_gaps(book, catalogue) for book in books], ignore_index=True)


def _side_gaps(book: Book, catalogue: Catalogue) -> pd.DataFrame:
    flows, stream = book.own.flows, book.result.problem.stream
    value = flows["value"].to_numpy(dtype=float)
    delivered = book.moved - book.idle
    remaining = value - delivered
    remaining = np.where(remaining > DUST * np.maximum(value, 1.0), remaining, 0.0)
    under = np.where(find_contracts(book, catalogue), np.maximum(remaining - book.idle, 0.0), 0.0)
    causes = np.where(under > 0, "under_contract", find_causes(book))
    ids = np.array([*book.other.column("site_id"), None], dtype=object)
    distance = np.full(len(value), np.nan)
    distance[: len(book.rules.distance_m)] = book.rules.distance_m
    gaps = pd.DataFrame(
        {
            "flow_id": flows["flow_id"],
            "site_id": flows["site_id"],
            "stream": stream.id,
            "role": book.role,
            "unit": stream.unit,
            "value": value,
            "reachable": np.minimum(value, book.within_reach),
            "delivered": delivered,
            "remaining": remaining - under,
            "if_pays": book.idle,
            "under_contract": under,
            "elsewhere": 0.0,
            "elsewhere_eur_unit": np.nan,
            "cause": causes,
            "reason": [tell_gap(Gap(book, n, str(cause))) for n, cause in enumerate(causes)],
            "nearest_id": ids[book.almost],
            "nearest_distance_m": np.where(book.almost >= 0, distance, np.nan),
        }
    )
    market = stream.elsewhere if book.role == "supply" else None
    return gaps if market is None else sell_elsewhere(gaps, stream, market, catalogue.prices)


def tell_gap(gap: Gap) -> Reason:
    """Say why something of a flow is left, or that nothing is; and beside it what would move if it paid."""
    if gap.cause != "rejected" and (gap.cause in RULES or gap.cause == "unreachable"):
        return _tell_rule(gap)
    said = _TELLERS.get(gap.cause, _tell_plainly)(gap)
    idle = float(gap.book.idle[gap.position])
    if idle <= DUST or gap.cause == "below_break_even":
        return said
    return (*said, Said("moves_unpaid", {"if_pays": Number(idle), "unit": gap.book.unit}))


@cache
def _plainly(cause: str) -> Reason:
    """One object for all that say the same."""
    return (Said(cause),)


def _tell_plainly(gap: Gap) -> Reason:
    return _plainly(gap.cause)


def _tell_used(gap: Gap) -> Reason:
    flow = gap.book.own.flows.iloc[gap.position]
    used = gap.cause.removeprefix("all_")
    return (Said(gap.cause, {used: Number(float(flow[used])), "unit": gap.book.unit}),)


def _tell_rule(gap: Gap) -> Reason:
    """The rule that the nearest almost-partner breaks, and which others it breaks besides."""
    rules = gap.book.rules
    km, limit = apart(rules.distance_m[gap.position] / 1000.0, gap.book.result.problem.stream.hard_km)
    values: Values = {
        "partner": gap.book.name_across(int(gap.book.almost[gap.position])),
        "distance": Length(*km),
        "limit": Length(*limit),
    }
    if gap.cause == "too_cold":
        given, needed = apart(rules.supply_c[gap.position], rules.needed_c[gap.position])
        values |= {"supply_c": given, "needed_c": needed}
    said = Said(gap.cause, values)
    besides = [name for name in RULES if name != gap.cause and rules.broken[name][gap.position]]
    # Of a kind that does not fit nothing else matters.
    if not besides or gap.cause == "wrong_kind":
        return (said,)
    named = Listed(tuple(Said(f"rule_{name}") for name in besides))
    return said, Said("besides", {"rules": named})


def _tell_full(gap: Gap) -> Reason:
    """Who fills the best partner; nobody else where this flow alone does."""
    pair = gap.pair
    named, more = gap.book.others_at(pair)
    if not named:
        return _tell_plainly(gap)
    others = Others(tuple(named), more, gap.book.unit)
    return (Said(f"{gap.cause}_by", {**_pair(gap.book, pair), "others": others}),)


def _tell_rejected(gap: Gap) -> Reason:
    """Which partner a room rejected."""
    found = gap.book.rejected.get(gap.position)
    if found is None:
        return _tell_rule(gap)
    partner = gap.book.name_across(found[0])
    return (Said("rejected", {"partner": partner, "distance": Length(found[1] / 1000.0)}),)


def _tell_outbid(gap: Gap) -> Reason:
    pair = gap.pair
    named, more = gap.book.others_at(pair)
    values: Values = {**_pair(gap.book, pair), "others": Others(tuple(named), more, gap.book.unit)}
    worth, price = gap.book.worth[gap.position], gap.book.price[gap.position]
    objective = gap.book.result.problem.objective
    if np.isnan(worth) or not price > worth:
        why = Said(f"before_{'confirmed' if _goes_to_confirmed(gap) else objective}")
        return (Said(f"outbid_{gap.book.role}_tier", {**values, "why": why}),)
    values["price"] = said_worth(price, objective, gap.book.unit)
    values["worth"] = said_worth(worth, objective, gap.book.unit)
    return (Said(f"outbid_{gap.book.role}", values),)


def _goes_to_confirmed(gap: Gap) -> bool:
    """Whether all that the best partner deals was confirmed by a room."""
    solved = gap.book.result.solved
    dealt = (gap.book.across == gap.book.across[gap.pair]) & (solved.quantity > DUST)
    return bool(dealt.any() and solved.plan.confirmed[dealt].all())


def _tell_more(gap: Gap) -> Reason:
    """Both ends have something left that the pair does not carry."""
    pair = gap.pair
    problem = gap.book.result.problem
    more = float(gap.book.leftover.together[pair])
    values: Values = {**_pair(gap.book, pair), "unit": gap.book.unit}
    values["more"], values["lot"] = apart(more, problem.min_lot)
    if gap.cause == "below_break_even":
        earned, fixed = apart(more * gap.book.result.solved.plan.unit_value[pair], problem.fixed_eur_y)
        return (Said("below_fixed_cost", {**values, "earned": earned, "fixed": fixed}),)
    fellows = gap.book.fellows_of(pair) if gap.cause == "below_min_lot" else []
    if not fellows:
        return (Said(gap.cause, values),)
    values["more"], values["lot"] = apart(float(gap.book.leftover.could[pair]), problem.min_lot)
    values["others"] = Others(tuple(fellows[:NAMED]), len(fellows[NAMED:]), gap.book.unit)
    return (Said(f"{gap.cause}_round_{gap.book.role}", values),)


def _tell_unpaid(gap: Gap) -> Reason:
    """A price that nobody gets: up to where, or from which price, what moves would pay."""
    pair = int(gap.book.idle_pair[gap.position])
    if pair < 0:
        return _tell_more(gap)
    row = gap.book.result.pairs.iloc[pair]
    return _tell_break_even(row, _pair(gap.book, pair), gap.book.unit)


def _tell_break_even(row: pd.Series, values: Values, unit: str) -> Reason:
    """Up to which distance, or from which price, a pair that does not pay would pay at the size it has."""
    quantity = float(row["quantity"])
    said: Values = {**values, "quantity": Number(quantity), "unit": unit}
    if np.isnan(row["net_eur_y"]):
        return (Said("too_far_no_price", {**values, "quantity": Number(quantity), "unit": unit}),)
    said["needed"], said["now"] = apart(row["break_even_eur_unit"], row["benefit_eur_y"] / quantity, digits=2)
    limit = float(row["break_even_km"])
    if limit > 0:
        return (Said("below_break_even", {**said, "limit": Length(limit)}),)
    return (Said("below_break_even_anywhere", said),)


def _tell_season(gap: Gap) -> Reason:
    """Over the year more would fit; which months have something left here, and which across."""
    pair = gap.pair
    here, across = gap.book.left[gap.position], gap.book.left_across[int(gap.book.across[pair])]
    values: Values = {
        **_pair(gap.book, pair),
        "more": Number(float(gap.book.leftover.year[pair])),
        "own": Number(float(here.sum())),
        "own_months": Months(tuple((here > 0).tolist())),
        "other": Number(float(across.sum())),
        "other_months": Months(tuple((across > 0).tolist())),
        "unit": gap.book.unit,
    }
    return (Said(f"season_{gap.book.role}", values),)


def _tell_coupling(gap: Gap) -> Reason:
    pair = gap.pair
    taker = int(gap.book.result.problem.d[pair])
    share = gap.book.leftover.shares[taker]
    values: Values = {
        "taker": str(gap.book.result.sides[1].column("name")[taker]),
        "other": StreamName(share.other),
        "met": Number(100.0 * share.met, 2),
    }
    return (Said("coupling_unmet", values),)


def _tell_network(gap: Gap) -> Reason:
    """The network between the two is full."""
    number = int(gap.book.result.problem.network[gap.pair])
    carried = find_carried(gap.book.result)[number]
    values: Values = {
        **_pair(gap.book, gap.pair),
        "network": carried.name,
        "drawn": Number(carried.drawn),
        "budget": Number(carried.budget),
        "unit": carried.unit,
    }
    return (Said("network_full", values),)


def _tell_account(gap: Gap) -> Reason:
    pair = gap.pair
    ends = (int(gap.book.result.problem.s[pair]), int(gap.book.result.problem.d[pair]))
    role, account = next(gap.book.leftover.spent(*ends))
    n = 0 if role == "supply" else 1
    return (tell_account(account, str(gap.book.result.sides[n].column("name")[ends[n]])),)


def tell_account(account: AccountUse, place: str) -> Said:
    """Say how far an account is spent, and of whom: one that has anything left is not called spent."""
    values: Values = {
        "account": Said(f"account_{account.name}"),
        "place": place,
        "drawn": Number(account.drawn),
        "budget": Number(account.budget),
        "unit": account.unit,
    }
    return Said("ledger_full" if account.is_full else "ledger_open", values)


def _tell_not_made(gap: Gap) -> Reason:
    """The place itself, or the partner that comes nearest, received nothing to make this of."""
    own = gap.book.own.flows.iloc[gap.position]
    if own["value"] <= 0:
        return (Said("not_made", {"stream": StreamName(str(own["made_from"]))}),)
    pair = gap.pair
    made_from = gap.book.other.flows["made_from"].iloc[int(gap.book.across[pair])]
    values = {**_pair(gap.book, pair), "stream": StreamName(str(made_from))}
    return (Said("partner_not_made", values),)


def _tell_contract(gap: Gap) -> Reason:
    """How much of what a taker asks may come under contracts whose size nobody published."""
    open_ = float(gap.book.own.flows["value"].iloc[gap.position]) - float(gap.book.moved[gap.position])
    return (Said("under_contract", {"amount": Number(open_), "unit": gap.book.unit}),)


def _pair(book: Book, pair: int) -> Values:
    """Name of the partner over a pair and how far it is."""
    km = float(book.distance_km[pair])
    return {"partner": book.name_across(int(book.across[pair])), "distance": Length(km)}


_TELLERS: dict[str, Callable[[Gap], Reason]] = {
    "all_committed": _tell_used,
    "all_covered": _tell_used,
    "takers_full": _tell_full,
    "suppliers_empty": _tell_full,
    "outbid": _tell_outbid,
    "rejected": _tell_rejected,
    "below_min_lot": _tell_more,
    "search_ended": _tell_more,
    "room_unused": _tell_more,
    "below_break_even": _tell_unpaid,
    "season": _tell_season,
    "coupling_unmet": _tell_coupling,
    "network_full": _tell_network,
    "ledger_full": _tell_account,
    "not_made": _tell_not_made,
    "under_contract": _tell_contract,
}
