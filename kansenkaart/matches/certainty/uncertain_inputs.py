"""The uncertain numbers that enter a stream, and the group of streams with one of them at an end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kansenkaart.catalogue import Catalogue, Price
from kansenkaart.matches.arrays import FloatArray
from kansenkaart.matches.certainty.uncertain import ends_of, keys_of, made_ends, name_processor
from kansenkaart.matches.price.economics import price_pairs, prices_read
from kansenkaart.matches.solve.problem import Group, Problem
from kansenkaart.matches.solve.solution import Solution, StreamSolution
from kansenkaart.matches.ties.connections import Making

InputKind = Literal["kengetal", "price", "yield", "flow"]
End = Literal["low", "high"]

# Of the flows that hang on no kengetal the largest are tried.
MOST_FLOWS = 12


@dataclass(frozen=True)
class Input:
    """An uncertain number with its ends; ``weight`` is about which share of its stream it moves, unit-free."""

    id: str
    kind: InputKind
    low: float
    value: float
    high: float
    unit: str
    weight: float


@dataclass(frozen=True)
class Ends:
    """The ends of the flows of one stream, as shares of their own part: (low, high) of supply and of demand.

    ``keys`` says per flow, supply and demand, which number it hangs on.
    """

    keys: tuple[np.ndarray, np.ndarray]
    supply: tuple[FloatArray, FloatArray]
    demand: tuple[FloatArray, FloatArray]


def find_ends(solution: Solution, names: tuple[str, ...], group: Group) -> tuple[Ends, ...]:
    """What is known of the flows of every stream of a group."""
    streams = [solution.streams[name] for name in names]
    made = made_ends(group, [one.solved for one in streams], solution.connections)
    return tuple(
        Ends(
            (np.array(keys_of(one.sides[0]), dtype=object), np.array(keys_of(one.sides[1]), dtype=object)),
            ends_of(one.sides[0], held),
            ends_of(one.sides[1]),
        )
        for one, held in zip(streams, made, strict=True)
    )


def find_inputs(one: StreamSolution, ends: Ends, solution: Solution, catalogue: Catalogue) -> list[Input]:
    """Every uncertain number that enters a stream with matches, the ones that move most first.

    Kengetallen and measured flows (the ``MOST_FLOWS`` largest) that a pair starts or ends at, prices that pairs read,
    and yields of what is made of the stream or what makes it. A number without low and high is not among them.
    """
    found = [
        *_flow_inputs(one, ends, catalogue),
        *_price_inputs(one, catalogue),
        *_yield_inputs(one, solution),
    ]
    return sorted((each for each in found if each.low < each.high), key=lambda each: (-each.weight, each.id))


def _flow_inputs(one: StreamSolution, ends: Ends, catalogue: Catalogue) -> list[Input]:
    weight: dict[str, float] = {}
    flow: dict[str, Input] = {}
    both = ((ends.supply, one.problem.s), (ends.demand, one.problem.d))
    for side, keys, ((low, high), ends_at) in zip(one.sides, ends.keys, both, strict=True):
        used = np.zeros(len(side), dtype=bool)
        used[ends_at] = True
        value = side.column("value").astype(float)
        total = float(value[used].sum())
        for n in np.flatnonzero(used & (high > low)):
            key, moved = str(keys[n]), float(value[n] * (high[n] - low[n]) / total)
            weight[key] = weight.get(key, 0.0) + moved
            flow[key] = Input(
                key,
                "flow",
                float(value[n] * low[n]),
                float(value[n]),
                float(value[n] * high[n]),
                one.problem.stream.unit,
                moved,
            )
    measured = sorted(
        (each for key, each in flow.items() if key not in catalogue.kengetallen),
        key=lambda each: (-each.value, each.id),
    )
    kengetallen = [catalogue.kengetallen[key] for key in flow if key in catalogue.kengetallen]
    return measured[:MOST_FLOWS] + [
        Input(each.id, "kengetal", each.low, each.value, each.high, each.unit, weight[each.id])
        for each in kengetallen
    ]


def _price_inputs(one: StreamSolution, catalogue: Catalogue) -> list[Input]:
    """Prices behind the money of the pairs, weighed by what they do to the net value of the matches."""
    matches = one.pairs[one.pairs["chosen"].to_numpy(dtype=bool)]
    size = matches["quantity"].to_numpy(dtype=float)
    base = float(np.nansum(np.abs(matches["benefit_eur_y"].to_numpy(dtype=float))))
    found = []
    for price in _prices_of(one.problem, catalogue):
        net = [
            price_pairs(
                one.problem.stream, one.problem.rules, matches, size, with_price(catalogue, price.id, end)
            ).net
            for end in (price.low, price.high)
        ]
        moved = float(np.nansum(np.abs(net[1] - net[0])))
        weight = moved / base if base > 0 else 0.0
        found.append(Input(price.id, "price", price.low, price.value, price.high, price.unit, weight))
    return found


def _prices_of(problem: Problem, catalogue: Catalogue) -> list[Price]:
    """Uncertain prices that the pairs of a stream read; none for a stream without a price."""
    prices, stream = catalogue.prices, problem.stream
    rules = [problem.rules[n] for n in np.unique(problem.pairs["rule"].to_numpy(dtype=np.int64))]
    read: dict[str, Price] = {}
    if f"benefit_{stream.id}" in prices:
        read |= {price.id: price for rule in rules for price in prices_read(stream, rule, prices)}
    if problem.objective == "co2":
        names = [f"co2_{stream.id}", "grid_co2_t_gje", "truck_co2_t_tkm", *(rule.power for rule in rules)]
        read |= {name: prices[name] for name in names if name in prices}
    return [price for price in read.values() if price.low < price.high]


def _yield_inputs(one: StreamSolution, solution: Solution) -> list[Input]:
    """Yields of what is made of the stream, and of what it is made of."""
    stream = one.problem.stream.id
    found: dict[str, Input] = {}
    for making in solution.connections.conversions:
        if stream in (making.takes, making.makes) and making.processor.value > 0:
            each, key = making.processor, name_processor(making.processor)
            made = solution.streams[making.makes].problem.stream.unit
            unit = f"{made}/{solution.streams[making.takes].problem.stream.unit}"
            weight = (each.high - each.low) / each.value
            found[key] = Input(key, "yield", each.low, each.value, each.high, unit, weight)
    return list(found.values())


def with_price(catalogue: Catalogue, price_id: str, value: float) -> Catalogue:
    """The catalogue as if one price were known to be `value` exactly."""
    exact = catalogue.prices[price_id].model_copy(update={"low": value, "value": value, "high": value})
    return replace(catalogue, prices={**catalogue.prices, price_id: exact})


def with_flows(group: Group, ends: tuple[Ends, ...], key: str, end: End) -> Group:
    """The group with every flow that hangs on `key` at its end, in all its months."""
    at = 0 if end == "low" else 1
    problems = []
    for problem, known in zip(group.problems, ends, strict=True):
        supply = np.where(known.keys[0] == key, known.supply[at], 1.0)
        demand = np.where(known.keys[1] == key, known.demand[at], 1.0)
        own = problem.supply.sum(axis=1)
        problems.append(
            replace(
                problem,
                supply=problem.supply * supply[:, None],
                demand=problem.demand * demand[:, None],
                could_supply=problem.could_supply + own * (supply - 1.0),
            )
        )
    return replace(group, problems=tuple(problems))


def with_yield(group: Group, makings: Iterable[Making], key: str, value: float) -> Group:
    """The group as if the processor `key` had this yield; `makings` are those of the group, in its order."""
    could = [problem.could_supply.copy() for problem in group.problems]
    conversions = list(group.conversions)
    for n, (one, making) in enumerate(zip(group.conversions, makings, strict=True)):
        if name_processor(making.processor) == key:
            could[one.made_block][one.supply] += (value - one.yield_) * making.most_received
            conversions[n] = replace(one, yield_=value)
    problems = tuple(
        replace(problem, could_supply=each) for problem, each in zip(group.problems, could, strict=True)
    )
    return replace(group, problems=problems, conversions=tuple(conversions))
