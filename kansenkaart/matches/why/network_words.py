"""What is said of networks that lie there already: who goes via one, what that saves, and that one is full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from kansenkaart.arrays import DUST
from kansenkaart.matches.pairs.eligibility import TEMPERATURE_STEP_C
from kansenkaart.matches.solve.solution import StreamSolution
from kansenkaart.matches.why.explain_lines import Case, line
from kansenkaart.matches.why.leftover import find_carried
from kansenkaart.tables.pairs import OWN
from kansenkaart.tables.reasons import Length, Number, Said, Value, apart, tell
from kansenkaart.texts import Texts


class NetworkWords:
    """Tells of the chosen pairs of one stream how its networks come into it."""

    def __init__(self, result: StreamSolution) -> None:
        self._problem = result.problem
        self._carried = find_carried(result)
        pairs = result.pairs
        # Networks that a pair of places could have gone via, by the places.
        self._could: dict[tuple[int, int], list[int]] = {}
        for s, d, n in pairs.loc[pairs["network"] != OWN, ["s", "d", "network"]].to_numpy().tolist():
            self._could.setdefault((s, d), []).append(n)

    def way(self, row: dict[str, Any]) -> Said | None:
        """Via which network it goes and what a pipe of its own would take; or that the network is full."""
        number = int(row["network"])
        if number != OWN:
            return self._via(row, number)
        full = [n for n in self._could.get((row["s"], row["d"]), []) if self._carried[n].is_full]
        if not full:
            return None
        values: dict[str, Value] = {
            "network": self._problem.networks[full[0]].name,
            "budget": Number(self._carried[full[0]].budget),
            "unit": self._problem.stream.unit,
        }
        return Said("network_was_full", values)

    def _via(self, row: dict[str, Any], number: int) -> Said:
        network, carried = self._problem.networks[number], self._carried[number]
        left = 0.0 if carried.is_full else carried.budget - carried.drawn
        values: dict[str, Value] = {
            "network": network.name,
            "branch": Length(row["route_m"] / 1000.0),
            "toll": Number(network.toll_eur_unit),
            "spare": Number(left),
            "unit": self._problem.stream.unit,
        }
        if np.isnan(row["own_cost_eur_y"]) or np.isnan(row["cost_eur_y"]):
            return Said("via_network", values)
        own, via = apart(row["own_cost_eur_y"], row["cost_eur_y"], digits=2)
        return Said("via_network_cheaper", {**values, "own": own, "via": via})


def tell_networks(case: Case, texts: Texts) -> Iterator[str]:
    """One line per network of the stream: what going via it takes, or why it does not come into it."""
    problem, pairs = case.result.problem, case.result.pairs
    ways = np.flatnonzero((problem.s == case.s) & (problem.d == case.d)) if len(pairs) else np.empty(0, int)
    carried = find_carried(case.result)
    for n, network in enumerate(problem.networks):
        mine = ways[problem.network[ways] == n]
        if not len(mine):
            yield line(texts, "network", tell(_why_closed(case, n), texts), holds=False)
            continue
        row = pairs.iloc[mine[0]]
        got = float(row["quantity"])
        values: dict[str, Value] = {
            "network": network.name,
            "branch": Length(row["route_m"] / 1000.0),
            "toll": Number(network.toll_eur_unit),
            "size": Number(got if got > DUST else float(problem.reach[mine[0]])),
            "drawn": Number(carried[n].drawn),
            "budget": Number(carried[n].budget),
            "got": Number(got),
            "unit": case.unit,
        }
        key = "network_way"
        priced = problem.reach[mine[0]] > 0 and not np.isnan(row["own_cost_eur_y"] + row["cost_eur_y"])
        if priced:
            values["own"], values["via"] = apart(row["own_cost_eur_y"], row["cost_eur_y"], digits=2)
            key = "network_way_priced"
        said = tell(Said(key, values), texts)
        yield line(texts, "network", said, holds=got > DUST or not carried[n].is_full)


def _why_closed(case: Case, number: int) -> Said:
    """Why a pair has no way via a network: the first end that does not fit it, else nothing is won by it."""
    network = case.result.problem.networks[number]
    given, asked = (
        float(side.column("temperature_c")[at])
        for side, at in zip(case.result.sides, (case.s, case.d), strict=True)
    )
    for key, have, need in (
        ("network_needs_warmer", given, network.temperature_c + TEMPERATURE_STEP_C),
        ("network_too_cold", network.temperature_c, asked + TEMPERATURE_STEP_C),
    ):
        if have < need:
            shown = apart(have, need)
            return Said(key, {"network": network.name, "given": shown[0], "needed": shown[1]})
    return Said("network_no_shorter", {"network": network.name})
