"""What nobody knows exactly: the flows and yields of a run with their low and high end, and what moves together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kansenkaart.arrays import Z90, FloatArray, IntArray
from kansenkaart.catalogue import Catalogue, Price, Processor, with_price
from kansenkaart.matches.pairs.eligibility import ENDS, Side, ends_of, keys_of
from kansenkaart.matches.price.economics import price_pairs, prices_read
from kansenkaart.matches.solve.problem import Group, Problem, Solved
from kansenkaart.matches.solve.solution import Solution, StreamSolution
from kansenkaart.matches.ties.connections import Connections, Making

# Below a hundredth of its value a quantity is as good as nothing; keeps the logarithm finite where low is 0.
_FLOOR = 0.01


@dataclass(frozen=True)
class Uncertain:
    """Numbers that are drawn: factors on the value, and which draw each follows.

    Attributes
    ----------
    key
        int64: column of the normal draws, -1 where the number is certain.
    low, high
        Low and high end as a share of the value.
    """

    key: IntArray
    low: FloatArray
    high: FloatArray

    def factors(self, normal: FloatArray) -> FloatArray:
        """Factor per number for one draw, from the normal draws of all keys."""
        if not len(normal) or not len(self.key):
            return np.ones(len(self.key))
        z = np.where(self.key >= 0, normal[self.key], 0.0)
        return np.asarray(np.where(z < 0, self.low ** (-z / Z90), self.high ** (z / Z90)))


def uncertain_flows(side: Side, made: FloatArray | None, keys: dict[str, int]) -> Uncertain:
    """What is drawn of the flows of a side; new keys are added to `keys`."""
    return _keyed(keys_of(side), *ends_of(side, made), keys)


def uncertain_yields(processors: Sequence[Processor], keys: dict[str, int]) -> Uncertain:
    """What is drawn of the yields; new keys are added to `keys`."""
    value = np.array([processor.value for processor in processors], dtype=float)
    safe = np.where(value > 0, value, 1.0)
    low = np.array([processor.low for processor in processors], dtype=float) / safe
    high = np.array([processor.high for processor in processors], dtype=float) / safe
    sure = value <= 0
    names = [name_processor(processor) for processor in processors]
    return _keyed(names, np.where(sure, 1.0, low), np.where(sure, 1.0, high), keys)


def processors_of(group: Group, connections: Connections) -> list[Processor]:
    """What makes what, in the order of the group's conversions."""
    if not group.conversions:
        return []
    makings = connections.makings_in({problem.stream.id for problem in group.problems})
    return [making.processor for making in makings]


def name_processor(processor: Processor) -> str:
    """Id of a processor: kind, what it must be, what it takes and what it makes."""
    where = ",".join(f"{name}={value}" for name, value in sorted(processor.where.items()))
    return f"{processor.kind}{f'[{where}]' if where else ''}|{processor.takes}|{processor.makes}"


def made_ends(group: Group, solved: Sequence[Solved], connections: Connections) -> list[FloatArray]:
    """What completed flows hold of what places made, per stream: float64[n, 3] at low, value and high."""
    made = [np.zeros((len(problem.supply), len(ENDS))) for problem in group.problems]
    brought = group.brought({n: result.quantity for n, result in enumerate(solved)})
    for (step, quantity), processor in zip(brought, processors_of(group, connections), strict=True):
        received = float(quantity.sum())
        made[step.made_block][step.supply] += [getattr(processor, end) * received for end in ENDS]
    return made


def _keyed(names: Sequence[str], low: FloatArray, high: FloatArray, keys: dict[str, int]) -> Uncertain:
    """Number the keys of what is not certain; those already numbered keep theirs."""
    moves = (low < 1.0) | (high > 1.0)
    key = [
        keys.setdefault(name, len(keys)) if moving else -1 for name, moving in zip(names, moves, strict=True)
    ]
    return Uncertain(np.array(key, dtype=np.int64), np.maximum(low, _FLOOR), high)


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
    made = made_ends(group, [result.solved for result in streams], solution.connections)
    return tuple(
        Ends(
            (
                np.array(keys_of(result.sides[0]), dtype=object),
                np.array(keys_of(result.sides[1]), dtype=object),
            ),
            ends_of(result.sides[0], held),
            ends_of(result.sides[1]),
        )
        for result, held in zip(streams, made, strict=True)
    )


def find_inputs(result: StreamSolution, ends: Ends, solution: Solution, catalogue: Catalogue) -> list[Input]:
    """Every uncertain number that enters a stream with matches, the ones that move most first.

    Kengetallen and measured flows (the ``MOST_FLOWS`` largest) that a pair starts or ends at, prices that pairs read,
    and yields of what is made of the stream or what makes it. A number without low and high is not among them.
    """
    found = [
        *_flow_inputs(result, ends, catalogue),
        *_price_inputs(result, catalogue),
        *_yield_inputs(result, solution),
    ]
    return sorted((each for each in found if each.low < each.high), key=lambda each: (-each.weight, each.id))


def _flow_inputs(result: StreamSolution, ends: Ends, catalogue: Catalogue) -> list[Input]:
    weight: dict[str, float] = {}
    flow: dict[str, Input] = {}
    both = ((ends.supply, result.problem.s), (ends.demand, result.problem.d))
    for side, keys, ((low, high), ends_at) in zip(result.sides, ends.keys, both, strict=True):
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
                result.problem.stream.unit,
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


def _price_inputs(result: StreamSolution, catalogue: Catalogue) -> list[Input]:
    """Prices behind the money of the pairs, weighed by what they do to the net value of the matches."""
    matches = result.pairs[result.pairs["chosen"].to_numpy(dtype=bool)]
    size = matches["quantity"].to_numpy(dtype=float)
    base = float(np.nansum(np.abs(matches["benefit_eur_y"].to_numpy(dtype=float))))
    found = []
    for price in _prices_of(result.problem, catalogue):
        net = [
            price_pairs(
                result.problem.stream,
                result.problem.rules,
                matches,
                size,
                with_price(catalogue, price.id, end, ranges=False),
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
    read |= {price.id: price for rule in rules if rule.benefit for price in prices_read(stream, rule, prices)}
    if problem.objective == "co2":
        names = [f"co2_{stream.id}", "grid_co2_t_gje", "truck_co2_t_tkm", *(rule.power for rule in rules)]
        read |= {name: prices[name] for name in names if name in prices}
    return [price for price in read.values() if price.low < price.high]


def _yield_inputs(result: StreamSolution, solution: Solution) -> list[Input]:
    """Yields of what is made of the stream, and of what it is made of."""
    stream = result.problem.stream.id
    found: dict[str, Input] = {}
    for making in solution.connections.conversions:
        if stream in (making.takes, making.makes) and making.processor.value > 0:
            each, key = making.processor, name_processor(making.processor)
            made = solution.streams[making.makes].problem.stream.unit
            unit = f"{made}/{solution.streams[making.takes].problem.stream.unit}"
            weight = (each.high - each.low) / each.value
            found[key] = Input(key, "yield", each.low, each.value, each.high, unit, weight)
    return list(found.values())


def with_flows(group: Group, ends: tuple[Ends, ...], key: str, end: End) -> Group:
    """The group with every flow that hangs on `key` at its end, in all its months."""
    at = 0 if end == "low" else 1
    problems = []
    for problem, known in zip(group.problems, ends, strict=True):
        supply = np.where(known.keys[0] == key, known.supply[at], 1.0)
        demand = np.where(known.keys[1] == key, known.demand[at], 1.0)
        own = problem.supply.sum(axis=1)
        problems.append(
            problem.with_amounts(
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
    for n, (step, making) in enumerate(zip(group.conversions, makings, strict=True)):
        if name_processor(making.processor) == key:
            could[step.made_block][step.supply] += (value - step.yield_) * making.most_received
            conversions[n] = replace(step, yield_=value)
    problems = tuple(
        problem.with_amounts(could_supply=each) for problem, each in zip(group.problems, could, strict=True)
    )
    return replace(group, problems=problems, conversions=tuple(conversions))
