"""What matches of several streams are together: chains told as one chance, and what was drawn from accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.arrays import DUST, ROUNDING, FloatArray
from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.solve.solution import StreamSolution
from kansenkaart.matches.ties.accounts import Account, Entry
from kansenkaart.matches.ties.connections import Connections, Making, find_coupled
from kansenkaart.tables import CHAINS, LEDGERS
from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.texts import Texts

# From here on what is kept is rounding of the solver.
_WHOLE = 1.0 - ROUNDING


@dataclass(frozen=True)
class Step:
    """A processor at work: what came in, what was made of it and what of that went out."""

    making: Making
    received: float
    made: float
    delivered: float

    @property
    def passes_on(self) -> bool:
        """Whether anything made here left the place."""
        return self.delivered > DUST


def find_steps(matches: pd.DataFrame, connections: Connections) -> list[Step]:
    """Every processor that received something."""
    into = matches.groupby(["stream", "demand_id"])["quantity"].sum().to_dict()
    out = matches.groupby(["stream", "supply_id"])["quantity"].sum().to_dict()
    made_of: dict[tuple[str, str], float] = {}
    for making in connections.conversions:
        key = making.makes, making.site_id
        made_of[key] = made_of.get(key, 0.0) + making.yield_ * into.get((making.takes, making.site_id), 0.0)
    steps = []
    for making in connections.conversions:
        received = float(into.get((making.takes, making.site_id), 0.0))
        if received <= DUST:
            continue
        made, whole = making.yield_ * received, made_of[making.makes, making.site_id]
        # What is made of several streams leaves in proportion.
        left = max(float(out.get((making.makes, making.site_id), 0.0)) - making.own, 0.0)
        share = min(left / whole, 1.0) if whole > 0 else 0.0
        steps.append(Step(making, received, made, made * (1.0 if share > _WHOLE else share)))
    return steps


def passed_on(steps: list[Step]) -> list[Step]:
    """Steps of the places from which something made went out; their co-products come along."""
    places = {step.making.site_id for step in steps if step.passes_on}
    return [step for step in steps if step.making.site_id in places]


def find_links(matches: pd.DataFrame, steps: Iterable[Step]) -> list[tuple[str, str]]:
    """Pairs of processors of which the first supplies the second with what it made."""
    out = {(step.making.makes, step.making.site_id) for step in steps if step.passes_on}
    into = {(step.making.takes, step.making.site_id) for step in steps}
    return [
        (str(supply), str(demand))
        for stream, supply, demand in matches[["stream", "supply_id", "demand_id"]].to_numpy()
        if (stream, supply) in out and (stream, demand) in into
    ]


def find_depths(matches: pd.DataFrame, steps: list[Step]) -> dict[str, int]:
    """Leg that brings a place its input: 1, or one more than what supplies it; processors make no circle."""
    links = find_links(matches, steps)
    depth = {step.making.site_id: 1 for step in steps}
    for _ in depth:
        deeper = {
            place: max([1, *(depth[first] + 1 for first, second in links if second == place)])
            for place in depth
        }
        if deeper == depth:
            break
        depth = deeper
    return depth


def name_places(matches: pd.DataFrame, steps: list[Step], depth: dict[str, int]) -> dict[str, str]:
    """Chain per place: places that supply each other share one, named after the first."""
    above = {place: place for place in depth}

    def top(place: str) -> str:
        while above[place] != place:
            place = above[place]
        return place

    rank = sorted(depth, key=lambda place: (depth[place], place))
    for first, second in find_links(matches, steps):
        one, other = sorted((top(first), top(second)), key=rank.index)
        above[other] = one
    takes: dict[str, str] = {}
    for step in steps:
        takes.setdefault(step.making.site_id, step.making.takes)
    return {place: f"{top(place)}|{takes[top(place)]}" for place in depth}


def in_order(steps: Iterable[Step], depth: Mapping[str, int]) -> list[Step]:
    """Steps by the leg that feeds them, then by place."""
    return sorted(steps, key=lambda step: (depth[step.making.site_id], step.making.site_id))


_MOST_NAMES = 3


def describe_chain(
    steps: list[Step],
    legs: pd.DataFrame,
    catalogue: Catalogue,
    *,
    names: Mapping[str, str],
    texts: Texts,
) -> str:
    """Tell the whole way of a chain.

    Parameters
    ----------
    steps
        The chain's processors, the first first.
    legs
        Its matches.
    names
        Name of every place.

    Returns
    -------
    str
        Such as "rwzi A, rwzi B → ICL (struviet 84 t) → kunstmest 84 t → akkers".
    """
    parts = []
    for place in dict.fromkeys((step.making.site_id, step.making.takes) for step in steps):
        here = [step for step in steps if (step.making.site_id, step.making.takes) == place]
        brought = legs[(legs["demand_id"] == place[0]) & (legs["stream"] == place[1])]
        intake = texts(
            "reasons.chain_intake",
            givers=_names(brought["supply_id"], names, texts),
            place=names[place[0]],
            amount=_amount(place[1], here[0].received, catalogue, texts),
        )
        made = [_product(step, legs, catalogue, names, texts) for step in here]
        parts.append(" → ".join([intake, " + ".join(made)]))
    return "; ".join(parts)


def _product(
    step: Step, legs: pd.DataFrame, catalogue: Catalogue, names: Mapping[str, str], texts: Texts
) -> str:
    making = step.making
    amount = _amount(making.makes, step.made, catalogue, texts)
    if not step.passes_on:
        return texts("reasons.chain_kept", amount=amount)
    taken = legs[(legs["supply_id"] == making.site_id) & (legs["stream"] == making.makes)]
    return f"{amount} → {_names(taken['demand_id'], names, texts)}"


def _amount(stream: str, quantity: float, catalogue: Catalogue, texts: Texts) -> str:
    name = texts.find(f"streams.{stream}", stream)
    return f"{name} {texts.number(quantity)} {catalogue.streams[stream].unit}"


def _names(ids: Iterable[str], names: Mapping[str, str], texts: Texts) -> str:
    """The first few places by name, the others by number."""
    places = sorted({names[site] for site in ids})
    shown = ", ".join(places[:_MOST_NAMES])
    more = len(places) - _MOST_NAMES
    return texts("reasons.chain_more", names=shown, count=more) if more > 0 else shown


def name_chains(matches: pd.DataFrame, connections: Connections) -> pd.DataFrame:
    """Say per match which chain it is a leg of, and which taker gets heat and CO2 together.

    Parameters
    ----------
    matches
        ``stream, supply_id, demand_id, quantity``.

    Returns
    -------
    DataFrame
        `matches` with ``chain_id`` (missing outside a chain), ``leg`` (1 is the first, 0 outside) and ``coupled_id``.
    """
    steps = passed_on(find_steps(matches, connections))
    depth = find_depths(matches, steps)
    chain = name_places(matches, steps, depth)
    into = {(step.making.takes, step.making.site_id) for step in steps}
    out = {(step.making.makes, step.making.site_id) for step in steps if step.passes_on}
    ids: list[str | None] = []
    legs: list[int] = []
    for stream, supply, demand in matches[["stream", "supply_id", "demand_id"]].to_numpy():
        if (stream, demand) in into:
            ids.append(chain[demand])
            legs.append(depth[demand])
        elif (stream, supply) in out:
            ids.append(chain[supply])
            legs.append(depth[supply] + 1)
        else:
            ids.append(None)
            legs.append(0)
    return matches.assign(
        chain_id=pd.Series(ids, index=matches.index, dtype=object),
        leg=pd.Series(legs, index=matches.index, dtype="int64"),
        coupled_id=find_coupled(matches, connections.pairings),
    )


def find_chains(
    matches: pd.DataFrame,
    connections: Connections,
    sites: gpd.GeoDataFrame,
    catalogue: Catalogue,
    *,
    texts: Texts,
) -> pd.DataFrame:
    """Frame ``CHAINS``: one row per chain, place and product, with received x yield = made = delivered + kept.

    Parameters
    ----------
    matches
        With ``chain_id`` and ``leg``, money, CO2 and class.

    Notes
    -----
    Of a place that also has a part of its own, that part leaves first: a chain counts what would not be there without
    it. A place that nobody takes from is no chain. Legs without a price add nothing to the sum.
    """
    steps = passed_on(find_steps(matches, connections))
    if not steps:
        return CHAINS.empty()
    depth = find_depths(matches, steps)
    chain = name_places(matches, steps, depth)
    legs = matches[matches["chain_id"].notna()].groupby("chain_id")
    worst = matches["chance_class"].map({name: -n for n, name in enumerate(CHANCE_CLASSES)})
    sums = pd.DataFrame(
        {
            "net_eur_y": legs["net_eur_y"].sum(min_count=1),
            "co2_avoided_t_y": legs["co2_avoided_t_y"].sum(min_count=1),
            "chance_class": worst.groupby(matches["chain_id"]).min().map(lambda n: CHANCE_CLASSES[-int(n)]),
        }
    )
    names = sites.set_index("site_id")["name"].astype(str).to_dict()
    ordered = in_order(steps, depth)
    paths = {
        name: describe_chain(
            [step for step in ordered if chain[step.making.site_id] == name],
            matches[matches["chain_id"] == name],
            catalogue,
            names=names,
            texts=texts,
        )
        for name in dict.fromkeys(chain.values())
    }
    rows = [_row(step, chain, catalogue) for step in ordered]
    frame = pd.DataFrame(rows).join(sums, on="chain_id")
    frame["path"] = frame["chain_id"].map(paths)
    return CHAINS.conform(frame.sort_values("chain_id", kind="stable"))


def _row(step: Step, chain: Mapping[str, str], catalogue: Catalogue) -> dict[str, object]:
    making = step.making
    return {
        "chain_id": chain[making.site_id],
        "processor_id": making.site_id,
        "takes": making.takes,
        "makes": making.makes,
        "received": step.received,
        "taken_unit": catalogue.streams[making.takes].unit,
        "yield": making.yield_,
        "made": step.made,
        "delivered": step.delivered,
        "kept": step.made - step.delivered,
        "made_unit": catalogue.streams[making.makes].unit,
        "source": making.processor.source,
        "source_year": making.processor.year,
    }


def find_ledgers(matches: pd.DataFrame, connections: Connections) -> tuple[FloatArray, pd.DataFrame]:
    """CO2 avoided per match with every account kept, and what was drawn from the accounts.

    Parameters
    ----------
    matches
        ``stream, supply_id, demand_id, quantity, co2_avoided_t_y``.

    Returns
    -------
    tuple
        CO2 avoided in t per year, aligned to `matches`: where heat and CO2 together would avoid more gas than the
        greenhouse burns, both count in proportion. And frame ``LEDGERS`` of the accounts from which something was
        drawn; of an account with effect *credit* what is counted is what was drawn.
    """
    moved = {role: _sum_moved(matches, role) for role in ("supply", "demand")}
    avoided = matches["co2_avoided_t_y"].to_numpy(dtype=np.float64).copy()
    rows: list[dict[str, object]] = []
    for account in connections.accounts:
        drawn = [entry.coefficient * _moved(entry, moved) for entry in account.entries]
        total = sum(drawn)
        if total <= 0:
            continue
        counted = 1.0
        if account.effect == "credit" and total > account.budget:
            counted = account.budget / total
            _scale(avoided, matches, account.entries, counted)
        rows += _rows(account, moved, counted)
    frame = pd.DataFrame(rows, columns=LEDGERS.names())
    return avoided, LEDGERS.conform(frame)


def _sum_moved(matches: pd.DataFrame, role: str) -> dict[tuple[str, str], float]:
    """Quantity per stream and place of one role."""
    total: dict[tuple[str, str], float] = {}
    for stream, site, quantity in matches[["stream", f"{role}_id", "quantity"]].to_numpy():
        total[stream, site] = total.get((stream, site), 0.0) + float(quantity)
    return total


def _moved(entry: Entry, moved: dict[str, dict[tuple[str, str], float]]) -> float:
    return float(moved[entry.role].get((entry.stream, entry.site_id), 0.0))


def _scale(avoided: FloatArray, matches: pd.DataFrame, entries: Iterable[Entry], share: float) -> None:
    """Lower what the matches of an account avoid, in place; a match that costs CO2 keeps its cost."""
    for entry in entries:
        mine = (matches["stream"] == entry.stream) & (matches[f"{entry.role}_id"] == entry.site_id)
        lower = mine.to_numpy(dtype=bool) & (avoided > 0)
        avoided[lower] *= share


def _rows(
    account: Account, moved: dict[str, dict[tuple[str, str], float]], counted: float
) -> list[dict[str, object]]:
    """One row per stream and role that drew something; places of one plant together."""
    rows = []
    for key in dict.fromkeys((entry.stream, entry.role) for entry in account.entries):
        mine = [entry for entry in account.entries if (entry.stream, entry.role) == key]
        quantity = sum(_moved(entry, moved) for entry in mine)
        if quantity <= 0:
            continue
        drawn = sum(entry.coefficient * _moved(entry, moved) for entry in mine)
        rule = mine[0].rule
        rows.append(
            {
                "ledger": account.ledger,
                "plant": account.plant,
                "stream": key[0],
                "role": key[1],
                "unit": account.unit,
                "coefficient": drawn / quantity,
                "quantity": quantity,
                "drawn": drawn * counted,
                "budget": account.budget,
                "effect": account.effect,
                "source": f"{rule.source}; {account.budget_source}",
                "source_year": rule.year,
            }
        )
    return rows


def find_carried(result: StreamSolution) -> pd.DataFrame:
    """Rows of ``LEDGERS`` of the networks of a stream: what each could still carry, and carries."""
    problem = result.problem
    rows = []
    for n, network in enumerate(problem.networks):
        carried = float(result.solved.quantity[problem.network == n].sum())
        rows.append(
            {
                "ledger": "network",
                "plant": network.id,
                "stream": problem.stream.id,
                "role": "carry",
                "unit": problem.stream.unit,
                "coefficient": 1.0,
                "quantity": carried,
                "drawn": carried,
                "budget": network.spare,
                "effect": "quantity",
                "source": network.source,
                "source_year": network.source_year,
            }
        )
    return pd.DataFrame(rows, columns=LEDGERS.names())
