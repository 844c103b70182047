"""Rows of a balance as a test writes them."""

import pandas as pd

from kansenkaart.flows.balance import balance_flows
from kansenkaart.sources.read_balance import COLUMNS
from kansenkaart.texts import load_texts

NUMBERS = ("value", "sd", "sd_pct", "low", "high", "source_year")
BASE = {"region": "R", "layer": "goods", "entry": "flow", "unit": "t"}


def rows(*given):
    """The rows as ``read_balance`` gives them; `a > b` in ends says from and to, an empty one is outside."""
    told = []
    for one in given:
        ends = [part.strip() or None for part in one.pop("ends", ">").split(">")]
        told.append({**BASE, "from_process": ends[0], "to_process": ends[1], **one})
    frame = pd.DataFrame(told, index=range(2, 2 + len(told))).reindex(columns=list(COLUMNS))
    return frame.astype({name: "float64" if name in NUMBERS else "str" for name in COLUMNS})


def balance(*given):
    """The balance of `given`."""
    return balance_flows(rows(*given), file="balans.csv", texts=load_texts("nl"))


def of(found, flow, column="reconciled", **where):
    """One cell of the balance."""
    frame = found.balances
    for name, value in {"flow": flow, **where}.items():
        frame = frame[frame[name] == value]
    (cell,) = frame[column]
    return cell
