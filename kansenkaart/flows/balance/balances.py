"""The balances of a file: read, reconciled and judged per region, as frames."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kansenkaart.errors import DataError
from kansenkaart.flows.balance.given import read_given
from kansenkaart.flows.balance.network import complete_network
from kansenkaart.flows.balance.reconcile import Reconciled, reconcile
from kansenkaart.flows.balance.remarks import remark_balance
from kansenkaart.flows.balance.system import System, make_system
from kansenkaart.flows.balance.verdict import LEAST_CHECKED, Verdict, find_below_zero, judge
from kansenkaart.tables import BALANCE_PROCESSES, BALANCE_TESTS, BALANCES, Remarks
from kansenkaart.texts import Texts

_BETWEEN = "; "
_MOST_NAMED = 10
# What rounding leaves of the largest flow of a layer where nothing is left.
_NOISE = 1e-14


@dataclass(frozen=True)
class Balances:
    """Frames ``BALANCES``, ``BALANCE_PROCESSES``, ``BALANCE_TESTS`` and ``FINDINGS``."""

    balances: pd.DataFrame
    processes: pd.DataFrame
    tests: pd.DataFrame
    findings: pd.DataFrame

    def by_name(self) -> dict[str, pd.DataFrame]:
        """The frames by name."""
        named = {"balances": self.balances, "balance_processes": self.processes, "balance_tests": self.tests}
        return {**named, "findings": self.findings}


def balance_flows(given: pd.DataFrame, *, file: str, texts: Texts) -> Balances:
    """Reconcile the balance of every region.

    Parameters
    ----------
    given
        As ``read_given`` takes them.
    file
        Name of their file, for faults.

    Raises
    ------
    DataError
        With every row that cannot be; when exact values contradict each other; when the rounds come to no end.
    """
    rows = complete_network(read_given(given, file=file), file=file)
    remarks = Remarks(texts, layer="balance", file=file)
    balances, processes, tests = [], [], []
    for _, region in rows.groupby("region", sort=False):
        system = make_system(region)
        done = reconcile(system)
        balance = _tell_rows(system, done, judge(done))
        balances.append(balance)
        processes.append(_tell_processes(system, balance))
        held, verdict = _hold_above_zero(system, done)
        tests.append(_tell_test(system, held, verdict, texts))
        remark_balance(system, balance, tests[-1], remarks)
    found = Balances(
        BALANCES.conform(pd.concat(balances, ignore_index=True)),
        BALANCE_PROCESSES.conform(pd.concat(processes, ignore_index=True)),
        BALANCE_TESTS.conform(pd.DataFrame(tests)),
        remarks.frame(),
    )
    BALANCES.check(found.balances)
    BALANCE_PROCESSES.check(found.processes)
    BALANCE_TESTS.check(found.tests)
    return found


def _hold_above_zero(system: System, done: Reconciled) -> tuple[Reconciled, Verdict]:
    """Test the data against each other; where they agree, against what cannot be: a flow far below zero is held at 0.

    What is told of the rows stays what the data say; only the test knows of it, and the row that it names.
    """
    verdict, below = judge(done), find_below_zero(system, done)
    if verdict.name == "contradictory" or not below.any():
        return done, verdict
    numbers = {name: system.rows[name].mask(below, 0.0) for name in ("value", "sd")}
    try:
        held = reconcile(make_system(system.rows.assign(**numbers)))
    except DataError:  # what is exact leaves it no other value
        return done, replace(verdict, name="contradictory", candidates=np.flatnonzero(below))
    return held, judge(held)


def _tell_rows(system: System, done: Reconciled, verdict: Verdict) -> pd.DataFrame:
    given = system.rows["value"].notna().to_numpy()
    states = np.select(
        [system.exact, given & (done.checked > LEAST_CHECKED), given, done.known],
        ["fixed", "checked", "unchecked", "calculated"],
        "unknowable",
    )
    sizes = pd.Series(np.where(done.known, np.abs(done.value), 0.0))
    largest = sizes.groupby(system.rows["layer"].to_numpy()).transform("max").to_numpy()
    noise = ~given & (sizes.to_numpy() <= _NOISE * largest)
    reconciled = np.where(done.known, np.where(noise, 0.0, done.value), np.nan) + 0.0  # no -0
    return system.rows.assign(
        reconciled=reconciled,
        reconciled_sd=np.where(done.known, done.sd, np.nan),
        adjustment=reconciled - system.rows["value"],
        normalised=np.where(given & ~system.exact, verdict.normalised, np.nan),
        state=states,
    )


def _tell_test(system: System, done: Reconciled, verdict: Verdict, texts: Texts) -> dict[str, object]:
    named = [_name(row, texts) for row in system.rows.iloc[verdict.candidates].to_dict("records")]
    more = [f"… ({len(named) - _MOST_NAMED})"] if len(named) > _MOST_NAMED else []
    return {
        "region": str(system.rows["region"].iloc[0]),
        "layers": _BETWEEN.join(system.rows["layer"].unique()),
        "chi_square": done.chi_square,
        "freedom": done.freedom,
        "p_value": verdict.p_value,
        "verdict": verdict.name,
        "candidates": _BETWEEN.join(named[:_MOST_NAMED] + more) or None,
        "candidate_normalised": float(verdict.normalised[verdict.candidates[0]]) if named else np.nan,
        "p_without": verdict.p_without,
        "iterations": done.iterations,
        "rows": len(system.rows),
        "unknowable": int((~done.known).sum()),
    }


def _name(row: dict[object, object], texts: Texts) -> str:
    """A row as a reader finds it back: flow, layer and row of the file."""
    entry = texts(f"tables.values.entry.{row['entry']}")
    kengetal = f", {row['kengetal']}" if isinstance(row["kengetal"], str) else ""
    place = f", {row['row']}" if int(str(row["row"])) > 0 else ""
    return f"{row['flow']} ({row['layer']}, {entry}{kengetal}{place})"


def _tell_processes(system: System, balance: pd.DataFrame) -> pd.DataFrame:
    entries = system.balances.tocoo()
    held = balance.iloc[entries.col].reset_index(drop=True)
    held["number"], held["sign"] = entries.row, entries.data
    stays = held["entry"] == "stock"
    sides = {
        "inflow": (held["sign"] > 0) & ~stays,
        "outflow": (held["sign"] < 0) & ~stays,
        "stock_change": stays,
    }
    told = pd.DataFrame(system.names, columns=["layer", "process"])
    told["region"] = str(balance["region"].iloc[0])
    told["unit"] = held.groupby("number")["unit"].first()
    for name, mask in sides.items():
        told[name] = (
            held["reconciled"].where(mask, 0.0).groupby(held["number"]).sum(min_count=1, skipna=False)
        )
    told["gap"] = (held["sign"] * held["value"]).groupby(held["number"]).sum(skipna=False)
    told["gap_sd"] = _find_gap_sd(system, held).where(told["gap"].notna())
    return told


def _find_gap_sd(system: System, held: pd.DataFrame) -> pd.Series:
    """Rows that share a kengetal add up with their signs, the others as squares."""
    shared = held["kengetal"].where(held["kengetal"].isin(system.kengetallen()) & (held["sd"] > 0))
    together = shared.fillna("\0" + held.index.astype(str).to_series(index=held.index))
    sums = (held["sign"] * held["sd"]).groupby([held["number"], together]).sum()
    return (sums**2).groupby(level=0).sum() ** 0.5
