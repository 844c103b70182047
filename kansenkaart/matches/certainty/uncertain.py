"""What nobody knows exactly: the flows and yields of a run with their low and high end, and what moves together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kansenkaart.catalogue import Processor
from kansenkaart.matches.arrays import FloatArray, IntArray
from kansenkaart.matches.pairs.eligibility import Side
from kansenkaart.matches.solve.problem import Group, Solved
from kansenkaart.matches.ties.connections import Connections

Sides = tuple[Side, Side]

# Low and high are read as P10 and P90: this many standard deviations from the middle of a normal curve.
_Z90 = 1.2815515655446004

# Below a hundredth of its value a quantity is as good as nothing; keeps the logarithm finite where low is 0.
_FLOOR = 0.01

# A smaller part of a number than this is rounding.
_ROUNDING = 1e-9

ENDS = ("low", "value", "high")


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
        return np.asarray(np.where(z < 0, self.low ** (-z / _Z90), self.high ** (z / _Z90)))


def uncertain_flows(side: Side, made: FloatArray | None, keys: dict[str, int]) -> Uncertain:
    """What is drawn of the flows of a side; new keys are added to `keys`."""
    return _keyed(keys_of(side), *ends_of(side, made), keys)


def uncertain_yields(processors: Sequence[Processor], keys: dict[str, int]) -> Uncertain:
    """What is drawn of the yields; new keys are added to `keys`."""
    value = np.array([one.value for one in processors], dtype=float)
    safe = np.where(value > 0, value, 1.0)
    low = np.array([one.low for one in processors], dtype=float) / safe
    high = np.array([one.high for one in processors], dtype=float) / safe
    sure = value <= 0
    names = [name_processor(one) for one in processors]
    return _keyed(names, np.where(sure, 1.0, low), np.where(sure, 1.0, high), keys)


def processors_of(group: Group, connections: Connections) -> list[Processor]:
    """What makes what, in the order of the group's conversions."""
    names = {problem.stream.id for problem in group.problems}
    found = [one.processor for one in connections.conversions if one.takes in names and one.makes in names]
    return found if group.conversions else []


def name_processor(one: Processor) -> str:
    """Id of a processor: kind, what it must be, what it takes and what it makes."""
    where = ",".join(f"{name}={value}" for name, value in sorted(one.where.items()))
    return f"{one.kind}{f'[{where}]' if where else ''}|{one.takes}|{one.makes}"


def made_ends(group: Group, solved: Sequence[Solved], connections: Connections) -> list[FloatArray]:
    """What completed flows hold of what places made, per stream: float64[n, 3] at low, value and high."""
    made = [np.zeros((len(problem.supply), len(ENDS))) for problem in group.problems]
    for one, processor in zip(group.conversions, processors_of(group, connections), strict=True):
        at = group.problems[one.taken_block].d == one.demand
        received = float(solved[one.taken_block].quantity[at].sum())
        made[one.made_block][one.supply] += [getattr(processor, end) * received for end in ENDS]
    return made


def ends_of(side: Side, made: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
    """Low and high end of what every flow has of its own, as a share of it; 1 where it is certain.

    Parameters
    ----------
    made
        float64[n, 3]: what the flows hold beside their own part; see ``made_ends``.
    """
    low, value, high = (side.column(end).astype(float) for end in ENDS)
    if made is not None:
        low, value, high = low - made[:, 0], value - made[:, 1], high - made[:, 2]
    # What is left of a flow that is all made is rounding, not an own part.
    nothing = value <= _ROUNDING * side.column("value").astype(float)
    safe = np.where(nothing, 1.0, value)
    low, high = np.clip(low / safe, 0.0, 1.0), np.maximum(high / safe, 1.0)
    return (
        np.where(nothing | (low > 1.0 - _ROUNDING), 1.0, low),
        np.where(nothing | (high < 1.0 + _ROUNDING), 1.0, high),
    )


def keys_of(side: Side) -> list[str]:
    """The number every flow hangs on: its kengetal, or itself where it was measured."""
    return [
        kengetal if isinstance(kengetal, str) else flow
        for kengetal, flow in zip(side.column("kengetal_id"), side.column("flow_id"), strict=True)
    ]


def _keyed(names: Sequence[str], low: FloatArray, high: FloatArray, keys: dict[str, int]) -> Uncertain:
    """Number the keys of what is not certain; those already numbered keep theirs."""
    moves = (low < 1.0) | (high > 1.0)
    key = [
        keys.setdefault(name, len(keys)) if moving else -1 for name, moving in zip(names, moves, strict=True)
    ]
    return Uncertain(np.array(key, dtype=np.int64), np.maximum(low, _FLOOR), high)
