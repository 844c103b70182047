"""What a balance says that is easily missed: contradictions, what cannot be known, and what turned below zero."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from kansenkaart.flows.balance.system import System
from kansenkaart.tables import Remarks

_MOST_NAMED = 20


def remark_balance(system: System, balance: pd.DataFrame, test: dict[str, object], remarks: Remarks) -> None:
    """Remark on one region; `balance` holds its rows of ``BALANCES``, `test` its row of ``BALANCE_TESTS``."""
    region = str(test["region"])
    number = remarks.texts.number
    if test["verdict"] == "contradictory":
        values = {
            "chi_square": number(float(str(test["chi_square"]))),
            "freedom": test["freedom"],
            "p": remarks.texts.likelihood(float(str(test["p_value"]))),
            "candidates": test["candidates"],
        }
        remarks.add("balance_contradictory", str(test["candidates"]), values, layer=region)
    for names in _find_together(system, balance):
        shown = ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
        remarks.add("balance_unknowable", shown, {"count": len(names)}, layer=region)
    below = balance[(balance["reconciled"] < 0) & (balance["entry"] != "stock")]
    for row in below.to_dict("records"):
        told = f"{row['flow']} ({row['layer']})"
        values = {"reconciled": number(row["reconciled"]), "unit": row["unit"]}
        remarks.add("balance_below_zero", told, values, layer=region, row=max(int(row["row"]), 0))
    added = balance[balance["row"] == 0]
    for layer, rows in added.groupby("layer", sort=False):
        shown = ", ".join(rows["flow"].head(_MOST_NAMED)) + (", …" if len(rows) > _MOST_NAMED else "")
        values = {"count": len(rows), "layer": layer}
        remarks.add("balance_added", shown, values, severity="note", layer=region)


def _find_together(system: System, balance: pd.DataFrame) -> Iterator[list[str]]:
    """Rows that cannot be known, those that one equation holds together in one list."""
    loose = np.flatnonzero(balance["state"] == "unknowable")
    if not len(loose):
        return
    equations = sp.vstack([system.balances, system.products, system.sources], format="csc")[:, loose]
    held = abs(equations)
    count, labels = connected_components(held.T @ held, directed=False)
    several = balance["layer"].nunique() > 1
    for label in range(count):
        rows = balance.iloc[loose[labels == label]]
        yield [
            f"{flow} ({layer})" if several else str(flow)
            for flow, layer in zip(rows["flow"], rows["layer"], strict=True)
        ]
