"""What was drawn from the accounts of plants and networks, and the CO2 that is counted once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from kansenkaart.matches.arrays import FloatArray
from kansenkaart.matches.solve.solution import StreamSolution
from kansenkaart.matches.ties.accounts import Account, Entry
from kansenkaart.matches.ties.connections import Connections
from kansenkaart.tables import LEDGERS


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
