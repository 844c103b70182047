"""The sentences of a reason: each is written when it is true of the pair, and empty otherwise."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kansenkaart.matches.arrays import DUST, FloatArray
from kansenkaart.matches.price.season import overlap
from kansenkaart.matches.solve.solution import Solution, StreamSolution
from kansenkaart.matches.why.ties import find_shares
from kansenkaart.matches.why.words import apart, name_months, name_others, name_stream
from kansenkaart.texts import Texts

# A chosen pair: the columns of ``StreamSolution.pairs``, with ``better, asking, guessed`` and ``known``.
Row = dict[str, Any]

# Above this share of the year nobody needs to hear of the season.
_NEARLY_ALL = 0.995

# Partners on one pipe that a sentence has room for.
_NAMED = 2


class _Sharer(NamedTuple):
    """A taker on a shared trunk: its position, and the part of the pipe that is its own."""

    d: int
    name: str
    quantity: float
    power_mw: float


class Words:
    """Writes about the chosen pairs of one stream."""

    def __init__(self, one: StreamSolution, solution: Solution, texts: Texts) -> None:
        self._one, self._texts = one, texts
        self._stream = one.problem.stream
        self._ids = [side.column("site_id").tolist() for side in one.sides]
        self._names = [side.column("name") for side in one.sides]
        self._values = [side.column("value").astype(float) for side in one.sides]
        self._shares = find_shares(one, solution)
        self._chains = self._find_chains(solution)
        self._trunks = self._find_trunks()

    def ids(self, row: Row) -> tuple[str, str]:
        """Site ids of both ends."""
        return str(self._ids[0][row["s"]]), str(self._ids[1][row["d"]])

    def known(self, row: Row) -> str:
        """What is known between these two already: it runs (this comes on top), is planned, or stopped."""
        return self._texts(f"reasons.link_{row['known']}") if row["known"] else ""

    def decided(self, row: Row) -> str:
        """That a room confirmed it, so that it goes before what the method would choose."""
        return self._texts("reasons.confirmed") if row.get("confirmed") else ""

    def choice(self, row: Row) -> str:
        """Why this taker, and what part goes and is met: a river of effluent is no large chance."""
        values = {
            "taker": self._names[1][row["d"]],
            "distance": self._texts.number(row["distance_m"] / 1000.0),
            "better": row["better"],
        }
        if row["better"] == 0:
            chosen = self._texts("reasons.best_partner", **values)
        elif row["asking"]:
            chosen = self._texts("reasons.next_held", **values, asking=row["asking"])
        else:
            key = "next_nearest" if np.isnan(row["net_eur_y"]) else "next_partner"
            chosen = self._texts(f"reasons.{key}", **values)
        shares = self._shares_of(row)
        # One sentence of the two.
        return f"{chosen.removesuffix('.')}; {shares[0].lower()}{shares[1:]}"

    def _shares_of(self, row: Row) -> str:
        used, met = (
            self._texts.number(100.0 * row["quantity"] / value, 2) if value > 0 else self._texts.number(None)
            for value in (self._values[0][row["s"]], self._values[1][row["d"]])
        )
        return self._texts("reasons.shares", used=used, met=met)

    def money(self, row: Row) -> str:
        """Whether it pays, and from which price difference; without a price what the distance says."""
        if np.isnan(row["net_eur_y"]):
            near = row["distance_m"] <= self._stream.soft_km * 1000.0
            limit = self._texts.number(self._stream.soft_km)
            return self._texts("reasons.no_price_near" if near else "reasons.no_price_far", limit=limit)
        numbers = {
            "net": row["net_eur_y"],
            "low": row["net_low_eur_y"],
            "high": row["net_high_eur_y"],
            "needed": row["break_even_eur_unit"],
            "now": row["benefit_eur_y"] / row["quantity"],
        }
        written = {name: self._texts.number(value, 2) for name, value in numbers.items()}
        key = "may_pay" if row["net_high_eur_y"] > 0 else "does_not_pay"
        key = "pays" if row["net_low_eur_y"] > 0 else key
        return self._texts(f"reasons.{key}", **written, unit=self._stream.unit)

    def note(self, row: Row) -> str:
        """What the catalogue says of this kind of pair."""
        note = self._one.problem.rules[row["rule"]].note_in(self._texts.language)
        return self._texts("reasons.note", note=note) if note else ""

    def chain(self, row: Row) -> str:
        """What the taker makes of it, or what it was made of."""
        return self._chains.get(("demand", row["d"])) or self._chains.get(("supply", row["s"])) or ""

    def coupled(self, row: Row) -> str:
        """Heat and CO2 that come together."""
        share = self._shares.get(row["d"])
        if share is None or share.met <= DUST:
            return ""
        other = name_stream(share.other, self._texts)
        met = self._texts.number(100.0 * share.met, 2)
        return self._texts("reasons.coupled", taker=self._names[1][row["d"]], other=other, met=met)

    def season(self, row: Row) -> str:
        """How much of the smaller side falls in the months of the other, and where it does not."""
        supply, demand = self._one.problem.supply[row["s"]], self._one.problem.demand[row["d"]]
        # What a place makes comes with what it receives: its months are not known beforehand.
        if len(supply) == 1 or not supply.any() or self._one.problem.storage_efficiency is not None:
            return ""
        share = float(overlap(supply[None, :], demand[None, :])[0])
        if share >= _NEARLY_ALL:
            return ""
        scarce_supply = supply.sum() <= demand.sum()
        months = supply > demand if scarce_supply else demand > supply
        key = "season_little_demand" if scarce_supply else "season_little_supply"
        return self._texts(
            f"reasons.{key}",
            months=name_months(months, self._texts),
            share=self._texts.number(100.0 * share, 2),
        )

    def caution(self, row: Row) -> str:
        """Which rule keeps the class down, or that it costs more CO2 than it saves."""
        if row["running_unknown"]:
            return self._texts("reasons.cap_running")
        if row["co2_avoided_t_y"] < 0:
            return self._texts("reasons.more_co2")
        if not str(row["class_rule"]).startswith("cap_"):
            return ""
        rule = self._one.problem.rules[row["rule"]]
        return self._texts(f"reasons.{row['class_rule']}", r_after=rule.r_after)

    def limit(self) -> str:
        """That the search was cut short, and how far from the best this may be."""
        solved = self._one.solved
        if not solved.limit_hit:
            return ""
        if np.isnan(solved.gap):
            return self._texts("reasons.limit_hit_unknown")
        return self._texts("reasons.limit_hit", gap=self._texts.number(100.0 * solved.gap, 2))

    def trunk(self, row: Row) -> str:
        """With whom the pipe is shared."""
        sharers = self._trunks.get(row.get("trunk"), []) if row["along"] else []
        others = [(one.name, one.quantity) for one in sharers if one.d != row["d"]]
        if not others:
            return ""
        named = name_others(others[:_NAMED], len(others) - _NAMED, self._stream.unit, self._texts)
        power = sum(one.power_mw for one in sharers)
        return self._texts("reasons.trunk", others=named, power=self._texts.number(power, 2))

    def store(self, row: Row) -> str:
        """What part comes out of a seasonal store."""
        stored = float(self._one.solved.from_store[row["pair"]].sum())
        if stored <= DUST:
            return ""
        return self._texts(
            "reasons.from_store", share=self._texts.number(100.0 * stored / row["quantity"], 2)
        )

    def route(self, row: Row) -> str:
        """How long the route is, where it was really sought."""
        if row["route_basis"] not in ("road", "friction"):
            return ""
        length = self._texts.number(row["route_m"] / 1000.0)
        return self._texts(f"reasons.route_{row['route_basis']}", length=length)

    def break_even(self, row: Row) -> str:
        """Up to which distance the pair pays at this size."""
        if not row["break_even_km"] > 0:
            return ""
        limit, km = apart(row["break_even_km"], row["distance_m"] / 1000.0, self._texts)
        return self._texts("reasons.break_even_km", limit=limit, distance=km)

    def lot(self) -> str:
        """What the smallest lot of the stream is."""
        lot = self._one.problem.min_lot
        if lot <= 0:
            return ""
        return self._texts("reasons.min_lot", lot=self._texts.number(lot), unit=self._stream.unit)

    def dearer(self, row: Row) -> str:
        """What it takes when the pipe turns out dearer."""
        if np.isnan(row["net_eur_y"]) or np.isnan(row["pipe_mw"]):
            return ""
        power, dear = (self._texts.number(row[name], 2) for name in ("pipe_mw", "break_even_dear_eur_unit"))
        return self._texts("reasons.pipe", power=power, dear=dear, unit=self._stream.unit)

    def guessed(self, row: Row) -> str:
        """That the money rests on estimates."""
        return self._texts("reasons.estimated") if row["guessed"] and not np.isnan(row["net_eur_y"]) else ""

    def _find_chains(self, solution: Solution) -> dict[tuple[str, int], str]:
        """(role, position) -> what a chain makes of, or made for, a flow that something moves over."""
        moved = [self._moved(solution.streams[self._stream.id], role) for role in ("supply", "demand")]
        found: dict[tuple[str, int], str] = {}
        for step in solution.connections.conversions:
            takes, makes = (name_stream(one, self._texts) for one in (step.takes, step.makes))
            if step.takes == self._stream.id and moved[1][step.demand] > DUST:
                place = self._names[1][step.demand]
                found["demand", step.demand] = self._texts("reasons.chain_in", place=place, stream=makes)
            if step.makes == self._stream.id:
                received = self._moved(solution.streams[step.takes], "demand")[step.demand]
                if received > DUST:
                    place = self._names[0][step.supply]
                    found["supply", step.supply] = self._texts("reasons.chain_out", place=place, stream=takes)
        return found

    @staticmethod
    def _moved(one: StreamSolution, role: str) -> FloatArray:
        ends = one.problem.s if role == "supply" else one.problem.d
        length = len(one.sides[0 if role == "supply" else 1])
        return np.bincount(ends, one.solved.quantity, length).astype(float)

    def _find_trunks(self) -> dict[Any, list[_Sharer]]:
        """Trunk -> the takers that share it, largest first."""
        pairs = self._one.pairs
        if "trunk" not in pairs:
            return {}
        on = pairs[pairs["chosen"] & pairs["along"]].sort_values(["quantity", "d"], ascending=[False, True])
        found: dict[Any, list[_Sharer]] = {}
        for trunk, d, quantity, power in on[["trunk", "d", "quantity", "pipe_mw"]].itertuples(index=False):
            sharer = _Sharer(int(d), str(self._names[1][int(d)]), float(quantity), float(power))
            found.setdefault(trunk, []).append(sharer)
        return found
