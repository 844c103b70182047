"""The cause of a gap in one or two plain sentences, with the run's own numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from kansenkaart.matches.arrays import DUST
from kansenkaart.matches.why.gap_book import Book
from kansenkaart.matches.why.pair_rules import RULES
from kansenkaart.matches.why.ties import Drawn
from kansenkaart.matches.why.words import apart, name_months, name_others, name_stream, write_worth
from kansenkaart.texts import Texts

Values = dict[str, object]


class Gap(NamedTuple):
    """A flow of a book and the key of its cause."""

    book: Book
    position: int
    cause: str

    @property
    def pair(self) -> int:
        """Position of the pair that comes nearest to carrying more."""
        return int(self.book.best[self.position])


def tell_gap(gap: Gap, texts: Texts, *, unpaid: bool) -> str:
    """Say why something of a flow is left, or that nothing is.

    Parameters
    ----------
    unpaid
        Whether all that moves does not pay: said beside the cause.
    """
    if gap.cause != "rejected" and (gap.cause in RULES or gap.cause == "unreachable"):
        return _tell_rule(gap, texts)
    tell = _TELLERS.get(gap.cause, _tell_plainly)
    said = tell(gap, texts)
    if not unpaid or gap.cause == "below_break_even":
        return said
    delivered = texts.number(float(gap.book.delivered[gap.position]))
    return f"{said} {texts('reasons.moves_unpaid', delivered=delivered, unit=gap.book.unit)}"


def _tell_plainly(gap: Gap, texts: Texts) -> str:
    return texts(f"reasons.{gap.cause}")


def _tell_used(gap: Gap, texts: Texts) -> str:
    flow = gap.book.own.flows.iloc[gap.position]
    quantity = texts.number(float(flow[gap.cause.removeprefix("all_")]))
    return texts(f"reasons.{gap.cause}", **{gap.cause.removeprefix("all_"): quantity}, unit=gap.book.unit)


def _tell_rule(gap: Gap, texts: Texts) -> str:
    """The rule that the nearest almost-partner breaks, and which others it breaks besides."""
    rules = gap.book.rules
    km, limit = apart(rules.distance_m[gap.position] / 1000.0, gap.book.one.problem.stream.hard_km, texts)
    values: Values = {
        "partner": gap.book.name_across(int(gap.book.almost[gap.position])),
        "distance": km,
        "limit": limit,
    }
    if gap.cause == "too_cold":
        given, needed = apart(rules.supply_c[gap.position], rules.needed_c[gap.position], texts)
        values |= {"supply_c": given, "needed_c": needed}
    said = texts(f"reasons.{gap.cause}", **values)
    besides = [name for name in RULES if name != gap.cause and rules.broken[name][gap.position]]
    # Of a kind that does not fit nothing else matters.
    if not besides or gap.cause == "wrong_kind":
        return said
    named = ", ".join(texts(f"reasons.rule_{name}") for name in besides)
    return f"{said} {texts('reasons.besides', rules=named)}"


def _tell_full(gap: Gap, texts: Texts) -> str:
    """Who fills the best partner; nobody else where this flow alone does."""
    pair = gap.pair
    named, more = gap.book.others_at(pair)
    if not named:
        return texts(f"reasons.{gap.cause}")
    return texts(
        f"reasons.{gap.cause}_by",
        **_pair(gap.book, pair, texts),
        others=name_others(named, more, gap.book.unit, texts),
    )


def _tell_rejected(gap: Gap, texts: Texts) -> str:
    """Which partner a room rejected."""
    found = gap.book.rejected.get(gap.position)
    if found is None:
        return _tell_rule(gap, texts)
    partner = gap.book.name_across(found[0])
    return texts("reasons.rejected", partner=partner, distance=texts.number(found[1] / 1000.0))


def _tell_outbid(gap: Gap, texts: Texts) -> str:
    pair = gap.pair
    named, more = gap.book.others_at(pair)
    values: Values = {
        **_pair(gap.book, pair, texts),
        "others": name_others(named, more, gap.book.unit, texts),
    }
    worth, price = gap.book.worth[gap.position], gap.book.price[gap.position]
    objective = gap.book.one.problem.objective
    if np.isnan(worth) or not price > worth:
        why = texts(f"reasons.before_{'confirmed' if _goes_to_confirmed(gap) else objective}")
        return texts(f"reasons.outbid_{gap.book.role}_tier", **values, why=why)
    values["price"] = write_worth(price, objective, gap.book.unit, texts)
    values["worth"] = write_worth(worth, objective, gap.book.unit, texts)
    return texts(f"reasons.outbid_{gap.book.role}", **values)


def _goes_to_confirmed(gap: Gap) -> bool:
    """Whether all that the best partner deals was confirmed by a room."""
    solved = gap.book.one.solved
    dealt = (gap.book.across == gap.book.across[gap.pair]) & (solved.quantity > DUST)
    return bool(dealt.any() and solved.plan.confirmed[dealt].all())


def _tell_room(gap: Gap, texts: Texts) -> str:
    """Both ends have something left that the pair does not carry."""
    pair = gap.pair
    problem = gap.book.one.problem
    room = float(gap.book.room.together[pair])
    values: Values = {**_pair(gap.book, pair, texts), "unit": gap.book.unit}
    values["room"], values["lot"] = apart(room, problem.min_lot, texts)
    if gap.cause == "below_break_even":
        earned, fixed = apart(room * gap.book.one.solved.plan.unit_value[pair], problem.fixed_eur_y, texts)
        return texts("reasons.below_fixed_cost", **values, earned=earned, fixed=fixed)
    return texts(f"reasons.{gap.cause}", **values)


def _tell_unpaid(gap: Gap, texts: Texts) -> str:
    """A price that nobody gets: up to where, or from which price, what moves would pay."""
    n = 0 if gap.book.role == "supply" else 1
    if gap.book.delivered[gap.position] <= DUST:
        return _tell_room(gap, texts)
    pair = gap.book.deliveries[n].largest(gap.position)
    row = gap.book.one.pairs.iloc[pair]
    return tell_break_even(row, _pair(gap.book, pair, texts), gap.book.unit, texts)


def tell_break_even(row: pd.Series, values: Values, unit: str, texts: Texts) -> str:
    """Up to which distance, or from which price, a pair that does not pay would pay at the size it has."""
    quantity = float(row["quantity"])
    said: Values = {**values, "quantity": texts.number(quantity), "unit": unit}
    said["needed"], said["now"] = apart(
        row["break_even_eur_unit"], row["benefit_eur_y"] / quantity, texts, digits=2
    )
    limit = float(row["break_even_km"])
    if limit > 0:
        return texts("reasons.below_break_even", **said, limit=texts.number(limit))
    return texts("reasons.below_break_even_anywhere", **said)


def _tell_season(gap: Gap, texts: Texts) -> str:
    """Over the year there is room; which months have something left here, and which across."""
    pair = gap.pair
    here, across = gap.book.left[gap.position], gap.book.left_across[int(gap.book.across[pair])]
    return texts(
        f"reasons.season_{gap.book.role}",
        **_pair(gap.book, pair, texts),
        room=texts.number(float(gap.book.room.year[pair])),
        own=texts.number(float(here.sum())),
        own_months=name_months(here > 0, texts),
        other=texts.number(float(across.sum())),
        other_months=name_months(across > 0, texts),
        unit=gap.book.unit,
    )


def _tell_coupling(gap: Gap, texts: Texts) -> str:
    pair = gap.pair
    taker = int(gap.book.one.problem.d[pair])
    share = gap.book.room.shares[taker]
    return texts(
        "reasons.coupling_unmet",
        taker=gap.book.one.sides[1].column("name")[taker],
        other=name_stream(share.other, texts),
        met=texts.number(100.0 * share.met, 2),
    )


def _tell_account(gap: Gap, texts: Texts) -> str:
    pair = gap.pair
    ends = (int(gap.book.one.problem.s[pair]), int(gap.book.one.problem.d[pair]))
    role, account = next(gap.book.room.spent(*ends))
    n = 0 if role == "supply" else 1
    return tell_account(account, str(gap.book.one.sides[n].column("name")[ends[n]]), texts)


def tell_account(account: Drawn, place: str, texts: Texts) -> str:
    """Say that an account is spent, and of whom."""
    return texts(
        "reasons.ledger_full",
        account=texts(f"reasons.account_{account.name}"),
        place=place,
        drawn=texts.number(account.drawn),
        budget=texts.number(account.budget),
        unit=account.unit,
    )


def _tell_not_made(gap: Gap, texts: Texts) -> str:
    """The place itself, or the partner that comes nearest, received nothing to make this of."""
    own = gap.book.own.flows.iloc[gap.position]
    if own["value"] <= 0:
        return texts("reasons.not_made", stream=name_stream(str(own["made_from"]), texts))
    pair = gap.pair
    made_from = gap.book.other.flows["made_from"].iloc[int(gap.book.across[pair])]
    stream = name_stream(str(made_from), texts)
    return texts("reasons.partner_not_made", **_pair(gap.book, pair, texts), stream=stream)


def _pair(book: Book, pair: int, texts: Texts) -> Values:
    """Name of the partner over a pair and how far it is."""
    km = float(book.distance_km[pair])
    return {"partner": book.name_across(int(book.across[pair])), "distance": texts.number(km)}


_TELLERS: dict[str, Callable[[Gap, Texts], str]] = {
    "all_committed": _tell_used,
    "all_covered": _tell_used,
    "takers_full": _tell_full,
    "suppliers_empty": _tell_full,
    "outbid": _tell_outbid,
    "rejected": _tell_rejected,
    "below_min_lot": _tell_room,
    "search_ended": _tell_room,
    "room_unused": _tell_room,
    "below_break_even": _tell_unpaid,
    "season": _tell_season,
    "coupling_unmet": _tell_coupling,
    "ledger_full": _tell_account,
    "not_made": _tell_not_made,
}
