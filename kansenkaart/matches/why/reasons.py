"""Why this partner, in at most five sentences, read from what the run decided; what matters most comes first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from kansenkaart.arrays import DUST, FloatArray
from kansenkaart.catalogue import Catalogue
from kansenkaart.catalogue.legend import name_instruments, split_instruments
from kansenkaart.matches.price.economics import prices_read
from kansenkaart.matches.price.ways import overlap
from kansenkaart.matches.solve.solution import Solution, StreamSolution
from kansenkaart.matches.why.elsewhere import find_contracts, say_contract, say_taken
from kansenkaart.matches.why.leftover import NEARLY_ALL, find_leftover, find_shares, rank_partners
from kansenkaart.matches.why.network_words import NetworkWords
from kansenkaart.tables.reasons import (
    InBoth,
    Length,
    Months,
    Named,
    Number,
    Others,
    Reason,
    Said,
    StreamName,
    Together,
    Value,
    apart,
)

# A chosen pair: the columns of ``StreamSolution.pairs``, with ``better, asking, guessed`` and ``known``.
Row = dict[str, Any]

# Partners on one pipe that a sentence has room for.
_NAMED = 2


class _Sharer(NamedTuple):
    """A taker on a shared trunk: its position, and the part of the pipe that is its own."""

    d: int
    name: str
    quantity: float
    power_mw: float


class Words:
    """Tells of the chosen pairs of one stream; None where a sentence is not true."""

    def __init__(self, result: StreamSolution, solution: Solution) -> None:
        self._result = result
        self._stream = result.problem.stream
        self._ids = [side.column("site_id").tolist() for side in result.sides]
        self._names = [side.column("name") for side in result.sides]
        self._values = [side.column("value").astype(float) for side in result.sides]
        self._shares = find_shares(result, solution)
        self._chains = self._find_chains(solution)
        self._trunks = self._find_trunks()
        self._carried = result.solved.quantity
        self._networks = NetworkWords(result) if result.problem.networks else None

    def ids(self, row: Row) -> tuple[str, str]:
        """Site ids of both ends."""
        return str(self._ids[0][row["s"]]), str(self._ids[1][row["d"]])

    def known(self, row: Row) -> Said | None:
        """What is known between these two already: it runs (this comes on top), is planned, or stopped.

        Where contracts are reopened: with whom either of them deals now, and until when.
        """
        if row["contracts"][0] is None and row["taken"] is not None:
            return say_taken("reopened", row["taken"])
        for role, contract in zip(("supply", "demand"), row["contracts"], strict=True):
            if contract is not None:
                place = str(self._names[role == "demand"][row["s" if role == "supply" else "d"]])
                return say_contract(f"reopened_{role}", contract, place=place)
        return Said(f"link_{row['known']}") if row["known"] else None

    def decided(self, row: Row) -> Said | None:
        """That a room confirmed it, so that it goes before what the method would choose."""
        return Said("confirmed") if row["confirmed"] else None

    def choice(self, row: Row) -> Together:
        """Why this taker, and what part goes and is met: a river of effluent is no large chance."""
        values: dict[str, Value] = {
            "taker": str(self._names[1][row["d"]]),
            "distance": Length(row["distance_m"] / 1000.0),
            "better": row["better"],
        }
        if row["better"] == 0:
            chosen = Said("best_partner", values)
        elif row["asking"]:
            chosen = Said("next_held", {**values, "asking": row["asking"]})
        else:
            key = "next_nearest" if np.isnan(row["net_eur_y"]) else "next_partner"
            chosen = Said(key, values)
        return Together(chosen, self._shares_of(row))

    def _shares_of(self, row: Row) -> Said:
        used, met = (
            Number(100.0 * row["quantity"] / value if value > 0 else None, 2)
            for value in (self._values[0][row["s"]], self._values[1][row["d"]])
        )
        return Said("shares", {"used": used, "met": met})

    def money(self, row: Row) -> Said:
        """Whether it pays, and from which price difference; without a price what the distance says."""
        if np.isnan(row["net_eur_y"]):
            near = row["distance_m"] <= self._stream.soft_km * 1000.0
            limit = Length(self._stream.soft_km)
            return Said("no_price_near" if near else "no_price_far", {"limit": limit})
        # "kost 15, spaart 15 uit" beside a net that is not 0 would be absurd
        needed, now = apart(row["break_even_eur_unit"], row["benefit_eur_y"] / row["quantity"], digits=2)
        values: dict[str, Value] = {
            "low": Number(float(row["net_p10_eur_y"]), 2),
            "high": Number(float(row["net_p90_eur_y"]), 2),
            "needed": needed,
            "now": now,
        }
        key = "may_pay" if row["net_p90_eur_unit"] > 0 else "does_not_pay"
        key = "pays" if row["net_p10_eur_unit"] > 0 else key
        # what it leaves has the figures that the card and the tables give it
        net = Number(float(row["net_eur_y"]))
        return Said(key, {"net": net, **values, "unit": self._stream.unit})

    def network(self, row: Row) -> Said | None:
        """Via which network it goes, or that this is full."""
        return None if self._networks is None else self._networks.way(row)

    def support(self, row: Row) -> Said | None:
        """What lacks, and what instruments give of it; nothing where none gives."""
        if not row["instruments"].nl:
            return None
        lacking, given = (Number(float(row[f"support_{name}_eur_y"]), 2) for name in ("needed", "given"))
        key = "with_support" if row["pays_with_support"] else "short_of_support"
        return Said(key, {"lacking": lacking, "given": given, "instruments": row["instruments"]})

    def note(self, row: Row) -> Said | None:
        """What the catalogue says of this kind of pair."""
        rule = self._result.problem.rules[row["rule"]]
        note = InBoth(rule.note_in("nl"), rule.note_in("en"))
        return Said("note", {"note": note}) if note.nl else None

    def chain(self, row: Row) -> Said | None:
        """What the taker makes of it, or what it was made of."""
        return self._chains.get(("demand", row["d"])) or self._chains.get(("supply", row["s"]))

    def coupled(self, row: Row) -> Said | None:
        """Heat and CO2 that come together."""
        share = self._shares.get(row["d"])
        if share is None or share.met <= DUST:
            return None
        taker, other, met = (
            str(self._names[1][row["d"]]),
            StreamName(share.other),
            Number(100.0 * share.met, 2),
        )
        return Said("coupled", {"taker": taker, "other": other, "met": met})

    def season(self, row: Row) -> Said | None:
        """How much of the smaller side falls in the months of the other, and where it does not."""
        supply, demand = self._result.problem.supply[row["s"]], self._result.problem.demand[row["d"]]
        # What a place makes comes with what it receives: its months are not known beforehand.
        if len(supply) == 1 or not supply.any() or self._result.problem.storage_efficiency is not None:
            return None
        share = float(overlap(supply[None, :], demand[None, :])[0])
        if share >= NEARLY_ALL:
            return None
        scarce_supply = supply.sum() <= demand.sum()
        months = supply > demand if scarce_supply else demand > supply
        key = "season_little_demand" if scarce_supply else "season_little_supply"
        return Said(key, {"months": Months(tuple(months.tolist())), "share": Number(100.0 * share, 2)})

    def caution(self, row: Row) -> Said | None:
        """Which rule keeps the class down, or that it costs more CO2 than it saves."""
        if row["running_unknown"]:
            return Said("cap_running")
        crop = self._result.problem.rules[row["rule"]].supply_crop
        if crop and pd.isna(self._result.sides[0].column("crop")[row["s"]]):
            return Said("crop_unknown", {"crop": Named(f"tables.values.crop.{crop}", crop)})
        if row["co2_avoided_t_y"] < 0:
            return Said("more_co2")
        if not str(row["class_rule"]).startswith("cap_"):
            return None
        rule = self._result.problem.rules[row["rule"]]
        return Said(str(row["class_rule"]), {"r_after": rule.r_after})

    def limit(self) -> Said | None:
        """That the search was cut short, and how far from the best this may be."""
        solved = self._result.solved
        if not solved.limit_hit:
            return None
        if np.isnan(solved.gap):
            return Said("limit_hit_unknown")
        return Said("limit_hit", {"gap": Number(100.0 * solved.gap, 2)})

    def trunk(self, row: Row) -> Said | None:
        """With whom the pipe is shared."""
        sharers = self._trunks[row["trunk"]] if row["along"] else []
        others = [(sharer.name, sharer.quantity) for sharer in sharers if sharer.d != row["d"]]
        if not others:
            return None
        named = Others(tuple(others[:_NAMED]), len(others) - _NAMED, self._stream.unit)
        power = sum(sharer.power_mw for sharer in sharers)
        return Said("trunk", {"others": named, "power": Number(power, 2)})

    def store(self, row: Row) -> Said | None:
        """What part comes out of a seasonal store."""
        stored = float(self._result.solved.from_store[row["pair"]].sum())
        if stored <= DUST:
            return None
        return Said("from_store", {"share": Number(100.0 * stored / row["quantity"], 2)})

    def route(self, row: Row) -> Said | None:
        """How long the route is, where it was really sought."""
        if row["route_basis"] not in ("road", "friction"):
            return None
        return Said(f"route_{row['route_basis']}", {"length": Length(row["route_m"] / 1000.0)})

    def break_even(self, row: Row) -> Said | None:
        """Up to which distance the pair pays at this size."""
        if not row["break_even_km"] > 0:
            return None
        limit, km = apart(row["break_even_km"], row["distance_m"] / 1000.0)
        return Said("break_even_km", {"limit": Length(*limit), "distance": Length(*km)})

    def round(self, row: Row) -> Said | None:
        """With whom it fills a load, where it is too little by itself."""
        problem, lot = self._result.problem, self._result.problem.min_lot
        if row["quantity"] >= lot:
            return None
        mine = np.flatnonzero((problem.lot_of == problem.lot_of[row["pair"]]) & (self._carried > DUST))
        mine = mine[mine != row["pair"]]
        order = mine[np.argsort(-self._carried[mine], kind="stable")]
        named = [(str(self._names[0][problem.s[pair]]), float(self._carried[pair])) for pair in order]
        if not named:
            return None
        others = Others(tuple(named[:_NAMED]), len(named[_NAMED:]), self._stream.unit)
        values: dict[str, Value] = {"others": others, "lot": Number(lot), "unit": self._stream.unit}
        values["length"] = Length(2.0 * row["round_m"] / 1000.0, 2)
        return Said("round" if row["round_m"] > 0 else "round_heart", values)

    def lot(self) -> Said | None:
        """What the smallest lot of the stream is."""
        lot, stream = self._result.problem.min_lot, self._stream
        if lot <= 0:
            return None
        values: dict[str, Value] = {"lot": Number(lot), "unit": stream.unit, "load": Number(stream.min_lot)}
        values["months"] = Number(stream.storage_months)
        return Said("min_lot" if stream.lot == stream.min_lot else "min_lot_kept", values)

    def dearer(self, row: Row) -> Said | None:
        """What it takes when the pipe turns out dearer."""
        if np.isnan(row["net_eur_y"]) or np.isnan(row["pipe_mw"]):
            return None
        power, dear = (Number(row[name], 2) for name in ("pipe_mw", "break_even_dear_eur_unit"))
        return Said("pipe", {"power": power, "dear": dear, "unit": self._stream.unit})

    def guessed(self, row: Row) -> Said | None:
        """That the money rests on estimates."""
        return Said("estimated") if row["guessed"] and not np.isnan(row["net_eur_y"]) else None

    def _find_chains(self, solution: Solution) -> dict[tuple[str, int], Said]:
        """(role, position) -> what a chain makes of, or made for, a flow that something moves over."""
        moved = [self._moved(solution.streams[self._stream.id], role) for role in ("supply", "demand")]
        found: dict[tuple[str, int], Said] = {}
        for step in solution.connections.conversions:
            takes, makes = StreamName(step.takes), StreamName(step.makes)
            if step.takes == self._stream.id and moved[1][step.demand] > DUST:
                place = str(self._names[1][step.demand])
                found["demand", step.demand] = Said("chain_in", {"place": place, "stream": makes})
            if step.makes == self._stream.id:
                received = self._moved(solution.streams[step.takes], "demand")[step.demand]
                if received > DUST:
                    place = str(self._names[0][step.supply])
                    found["supply", step.supply] = Said("chain_out", {"place": place, "stream": takes})
        return found

    @staticmethod
    def _moved(result: StreamSolution, role: str) -> FloatArray:
        ends = result.problem.s if role == "supply" else result.problem.d
        length = len(result.sides[0 if role == "supply" else 1])
        return np.bincount(ends, result.solved.quantity, length).astype(float)

    def _find_trunks(self) -> dict[Any, list[_Sharer]]:
        """Trunk -> the takers that share it, largest first."""
        pairs = self._result.pairs
        if not self._stream.is_heat:
            return {}
        on = pairs[pairs["chosen"] & pairs["along"]].sort_values(["quantity", "d"], ascending=[False, True])
        found: dict[Any, list[_Sharer]] = {}
        for trunk, d, quantity, power in on[["trunk", "d", "quantity", "pipe_mw"]].itertuples(index=False):
            sharer = _Sharer(int(d), str(self._names[1][int(d)]), float(quantity), float(power))
            found.setdefault(trunk, []).append(sharer)
        return found


# A reader takes in no more.
MOST_SENTENCES = 5


def explain_matches(
    result: StreamSolution,
    solution: Solution,
    catalogue: Catalogue,
    *,
    links: pd.DataFrame,
    reopened: bool = False,
) -> list[Reason]:
    """One reason per chosen pair, in the order of the rows that were chosen.

    Parameters
    ----------
    result, solution
        The stream, and the run it is part of: chains, couplings and accounts tie it to other streams.
    links
        Frame ``LINKS`` of this stream: what already runs between two places is said.
    reopened
        Whether what runs is offered again: then it is said with whom a place deals now, and until when.
    """
    chosen = result.pairs[result.pairs["chosen"]]
    better, asking = rank_partners(result, find_leftover(result, solution))
    words = Words(result, solution)
    contracts = [find_contracts(links, role) if reopened else {} for role in ("supply", "demand")]
    known = dict(zip(zip(links["supply_id"], links["demand_id"], strict=True), links["status"], strict=True))
    guessed = [
        any(
            price.evidence == "estimate"
            for price in prices_read(result.problem.stream, rule, catalogue.prices)
        )
        for rule in result.problem.rules
    ]
    reasons = []
    for pair, priced in zip(chosen.index, chosen.to_dict("records"), strict=True):
        row: Row = {str(name): value for name, value in priced.items()}
        row |= {"pair": int(pair), "better": int(better[pair]), "asking": int(asking[pair])}
        row["instruments"] = name_instruments(split_instruments(row["support_from"]), catalogue)
        row |= {"guessed": guessed[int(row["rule"])], "known": known.get(words.ids(row), "")}
        row["contracts"] = [
            own.get((result.problem.stream.id, site))
            for own, site in zip(contracts, words.ids(row), strict=True)
        ]
        kind = result.problem.rules[row["rule"]].supply_kind
        row["taken"] = catalogue.taken.get((result.problem.stream.id, kind)) if reopened else None
        reasons.append(_join(_tell(words, row)))
    return reasons


def _tell(words: Words, row: Row) -> Iterator[tuple[int, Said | Together | None]]:
    """(number of sentences, what they say) in order of weight; what is not true of the pair is left out."""
    priced = not np.isnan(row["net_eur_y"])
    yield 1, words.decided(row)
    yield 1, words.known(row)
    yield 1, words.choice(row)
    yield 2 if priced else 1, words.money(row)
    yield 1, words.network(row)
    yield 1, words.support(row)
    yield 1, words.round(row)
    yield 1, words.caution(row)
    yield 1, words.note(row)
    yield 1, words.chain(row)
    yield 1, words.coupled(row)
    yield 1, words.season(row)
    yield 1, words.limit()
    yield 1, words.trunk(row)
    yield 1, words.store(row)
    yield 1, words.route(row)
    yield 1, words.break_even(row)
    yield 1, words.lot()
    yield 1, words.dearer(row)
    yield 1, words.guessed(row)


def _join(parts: Iterator[tuple[int, Said | Together | None]]) -> Reason:
    """The first sentences that fit."""
    chosen: list[Said | Together] = []
    left = MOST_SENTENCES
    for count, said in parts:
        if said is not None and count <= left:
            chosen.append(said)
            left -= count
    return tuple(chosen)
