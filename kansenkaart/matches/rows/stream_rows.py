"""What a run says of whole streams: how each was solved, what that search leaves open, and sums per municipality."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.arrays import DUST, FloatArray
from kansenkaart.matches.price.economics import break_even_distance
from kansenkaart.matches.solve.solution import Solution, StreamSolution
from kansenkaart.matches.ties.accounts import Account, Entry
from kansenkaart.matches.ties.connections import Connections
from kansenkaart.tables import FINDINGS, LEDGERS
from kansenkaart.texts import Texts


def describe_solve(result: StreamSolution, catalogue: Catalogue) -> dict[str, object]:
    """Row of ``SOLVES`` for a stream."""
    problem, solved = result.problem, result.solved
    return {
        "stream": problem.stream.id,
        "unit": problem.stream.unit,
        "objective": problem.objective,
        "pairs": len(problem.pairs) if problem.far is None else problem.far.within_reach,
        "rounds": solved.rounds,
        "value": solved.objective_value,
        "value_unit": solved.objective_unit,
        "certified": solved.certified,
        "method": solved.method,
        "gap": solved.gap,
        "limit_hit": solved.limit_hit,
        "quantity": float(solved.quantity.sum()),
        "annual_quantity": np.nan if solved.annual_quantity is None else solved.annual_quantity,
        "break_even_km": _middle_break_even_km(result, catalogue),
        "nearest_share": solved.nearest_share,
        "greedy_share": solved.greedy_share,
    }


def _middle_break_even_km(result: StreamSolution, catalogue: Catalogue) -> float:
    """Distance up to which a match of middle size pays; of any pair of middle size where nothing matched."""
    problem = result.problem
    if not len(problem.pairs):
        return float("nan")
    chosen = result.pairs["chosen"].to_numpy(dtype=bool)
    size = np.where(chosen, result.solved.quantity, problem.reach)
    counted = np.flatnonzero(chosen if chosen.any() else size > DUST)
    if not len(counted):
        return float("nan")
    ordered = counted[np.argsort(size[counted], kind="stable")]
    middle = ordered[[len(ordered) // 2]]
    pair = result.pairs.iloc[middle]
    distance = break_even_distance(problem.stream, problem.rules, pair, size[middle], catalogue)
    return float(distance[0])


_SUMS = ("supply", "demand", "delivered", "overschot", "tekort")


def sum_municipalities(
    areas: gpd.GeoDataFrame, gaps: pd.DataFrame, sites: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return `areas` with five columns per stream that has flows, in the stream's unit per year.

    ``<stream>_supply`` and ``_demand`` are free quantities of places inside the municipality, ``_delivered`` what
    arrives there, ``_overschot`` and ``_tekort`` what is left. Zero where a stream has no flow.
    """
    code = sites.set_index("site_id")["municipality_code"]
    parts = gaps.assign(municipality_code=code.loc[gaps["site_id"]].to_numpy())
    supply, demand = parts[parts["role"] == "supply"], parts[parts["role"] == "demand"]
    columns: dict[str, pd.Series] = {}
    for stream in gaps["stream"].unique():
        sums = {
            "supply": _sum(supply, stream, "value"),
            "demand": _sum(demand, stream, "value"),
            "delivered": _sum(demand, stream, "delivered"),
            "overschot": _sum(supply, stream, "remaining"),
            "tekort": _sum(demand, stream, "remaining"),
        }
        columns |= {f"{stream}_{name}": sums[name] for name in _SUMS}
    told = pd.DataFrame(columns).reindex(areas["municipality_code"]).fillna(0.0)
    # All at once: many columns added one by one leave the frame in pieces.
    return gpd.GeoDataFrame(pd.concat([areas, told.set_axis(areas.index)], axis=1), crs=areas.crs)


def _sum(parts: pd.DataFrame, stream: str, column: str) -> pd.Series:
    return parts[parts["stream"] == stream].groupby("municipality_code")[column].sum()


# A smaller distance from the best than this is not worth a remark.
_GAP_WORTH_SAYING = 1e-6


def remark_solves(solution: Solution, *, texts: Texts) -> pd.DataFrame:
    """Frame ``FINDINGS`` with one row per stream whose search was cut short or not proven best."""
    rows = []
    for stream, result in solution.streams.items():
        if result.solved.method == "in sequence":
            key = "solved_in_sequence"
        elif result.solved.limit_hit:
            key = "solve_limit_hit"
        elif result.solved.gap > _GAP_WORTH_SAYING:
            key = "solve_gap"
        elif not result.solved.certified:
            key = "solve_unproven"
        else:
            continue
        values = {
            "stream": texts.find(f"streams.{stream}", stream),
            "gap": texts.number(100.0 * result.solved.gap, 2),
            "pairs": texts.number(len(result.pairs)),
        }
        rows.append(
            {
                "layer": "project",
                "file": "",
                "row": 0,
                "column": None,
                "value": values["stream"],
                "severity": "warning",
                "key": key,
                "reason": texts(f"findings.{key}", **values),
                "advice": texts(f"advice.{key}", **values),
            }
        )
    return FINDINGS.conform(pd.DataFrame(rows)) if rows else FINDINGS.empty()


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
