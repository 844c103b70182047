"""What a Sankey diagram of one layer of a balance shows: places, the flows between them, and what lacked in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

# What two sums of the same numbers may differ in.
_CLOSES = 1e-9


@dataclass(frozen=True)
class Node:
    """A process, the beginning of a flow into the region, the end of one out of it, or a stock.

    Attributes
    ----------
    kind
        ``process``, ``import``, ``export`` or ``stock``.
    gap, gap_sd
        What lacked in a process as the data were given: in less out; missing where a part was not given.
    """

    id: str
    name: str
    kind: str
    gap: float | None = None
    gap_sd: float | None = None


@dataclass(frozen=True)
class Link:
    """A flow from one node to another; a quantity that cannot be known is missing.

    Attributes
    ----------
    below_zero
        Whether it came out below zero, which cannot be: it is drawn the other way and says so.
    """

    source: str
    target: str
    flow: str
    quantity: float | None
    sd: float | None
    given: float | None
    state: str
    below_zero: bool = False


@dataclass(frozen=True)
class Diagram:
    """One layer of the balance of one region."""

    region: str
    layer: str
    unit: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]


def compose_diagrams(balances: pd.DataFrame, processes: pd.DataFrame) -> Iterator[Diagram]:
    """Give a diagram per region and layer of frames ``BALANCES`` and ``BALANCE_PROCESSES``.

    Raises
    ------
    AssertionError
        When a process does not close: a diagram that does not balance is never drawn.
    """
    balances, processes = _fold(balances, processes)
    plain = balances[balances["entry"].isin(("flow", "stock"))]
    for (region, layer), rows in plain.groupby(["region", "layer"], sort=False):
        own = processes[(processes["region"] == region) & (processes["layer"] == layer)]
        links = [_link(row) for row in rows.to_dict("records")]
        nodes = _nodes(own, links)
        diagram = Diagram(str(region), str(layer), str(rows["unit"].iloc[0]), nodes, tuple(links))
        _assert_closed(diagram)
        yield diagram


def _fold(balances: pd.DataFrame, processes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows that are a part of something as one flow, and the processes that only they touch as one process."""
    of_part = balances["part_of"].notna()
    parts, whole = balances[of_part], balances[~of_part]
    if parts.empty:
        return balances, processes
    kept = {*whole["from_process"].dropna(), *whole["to_process"].dropna()}
    into = parts[parts["to_process"].notna() & ~parts["to_process"].isin(kept)]
    names = dict(zip(into["to_process"], into["part_of"], strict=True))
    ends = {name: parts[name].map(lambda one: names.get(one, one)) for name in ("from_process", "to_process")}
    told = parts.assign(flow=parts["part_of"], **ends)
    for name in ("sd", "reconciled_sd"):
        told[name] **= 2
    key = ["region", "layer", "entry", "flow", "from_process", "to_process"]
    numbers = dict.fromkeys(("value", "sd", "reconciled", "reconciled_sd"), lambda one: one.sum(skipna=False))
    summed = told.groupby(key, dropna=False, sort=False).agg({"unit": "first", "state": "first", **numbers})
    for name in ("sd", "reconciled_sd"):
        summed[name] **= 0.5
    folded = processes["process"].isin(names)
    own = processes[folded].assign(process=processes["process"].map(names), gap_sd=processes["gap_sd"] ** 2)
    gaps = own.groupby(["region", "layer", "process"])[["gap", "gap_sd"]].sum(min_count=1).reset_index()
    gaps["gap_sd"] **= 0.5
    return (
        pd.concat([summed.reset_index(), whole], ignore_index=True),
        pd.concat([gaps, processes[~folded]], ignore_index=True),
    )


def find_through(diagram: Diagram) -> dict[str, float]:
    """Return what passes through every node: the larger of what enters and what leaves, of what is known."""
    into = {node.id: 0.0 for node in diagram.nodes}
    out = dict(into)
    for link in diagram.links:
        out[link.source] += link.quantity or 0.0
        into[link.target] += link.quantity or 0.0
    return {name: max(into[name], out[name]) for name in into}


def _link(row: dict[Any, Any]) -> Link:
    """A flow; one that came out below zero runs the other way, and so does a stock that shrank."""
    quantity, name = _known(row["reconciled"]), str(row["flow"])
    begin, end = (
        f"p:{row[side]}" if isinstance(row[side], str) else "" for side in ("from_process", "to_process")
    )
    if row["entry"] == "stock":
        source, target = begin or end, f"s:{name}"
    else:
        source, target = begin or f"i:{name}", end or f"e:{name}"
    if quantity is not None and quantity < 0:
        source, target = target, source
    size = None if quantity is None else abs(quantity)
    below = row["entry"] == "flow" and quantity is not None and quantity < 0
    sd, given = _known(row["reconciled_sd"]), _known(row["value"])
    return Link(source, target, name, size, sd, given, str(row["state"]), below)


def _nodes(own: pd.DataFrame, links: list[Link]) -> tuple[Node, ...]:
    kinds = {"p": "process", "i": "import", "e": "export", "s": "stock"}
    gaps = {
        f"p:{row['process']}": (_known(row["gap"]), _known(row["gap_sd"])) for row in own.to_dict("records")
    }
    names = dict.fromkeys(end for link in links for end in (link.source, link.target))
    return tuple(Node(name, name[2:], kinds[name[0]], *gaps.get(name, (None, None))) for name in names)


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _assert_closed(diagram: Diagram) -> None:
    for node in diagram.nodes:
        held = [link for link in diagram.links if node.id in (link.source, link.target)]
        if node.kind != "process" or any(link.quantity is None for link in held):
            continue
        into = sum(link.quantity or 0.0 for link in held if link.target == node.id)
        out = sum(link.quantity or 0.0 for link in held if link.source == node.id)
        if abs(into - out) > _CLOSES * max(into, out, 1.0):
            raise AssertionError(
                f"{diagram.region}, {diagram.layer}: {node.name} has {into} in and {out} out"
            )
