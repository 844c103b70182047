"""Quantities and money of flows and matches, each guessed from the columns that nearly tell it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.maps.block import Block
from kansenkaart.maps.figures import shorten_floats
from kansenkaart.maps.guesses import Guess, Guesses, Weights, find_lines, find_ratios

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_FLOW_COLUMNS = (
    "value", "covered", "committed", "temperature_c", "theoretical", "low", "high", "reachable", "remaining",
    "delivered",
)  # fmt: skip
_MATCH_COLUMNS = (
    "quantity", "co2_avoided_t_y", "benefit_eur_y", "cost_eur_y", "net_eur_y", "net_low_eur_y", "net_high_eur_y",
    "break_even_eur_unit", "break_even_dear_eur_unit", "break_even_km", "pipe_mw", "quantity_p10", "quantity_p90",
)  # fmt: skip


def add_flow_amounts(
    block: Block, flows: pd.DataFrame, rules: IntArray, sent: FloatArray
) -> dict[str, FloatArray]:
    """Columns of quantities of the flows; returns them as the page reads them.

    Parameters
    ----------
    rules
        Column ``f.kengetal``: the low and high end of a rule of thumb are a share of what it gives.
    sent
        What the matches of each flow bring together, as the page adds it up from ``m.quantity``.
    """
    guesses = Guesses(block, {"f.kengetal": rules, "f.sent": sent})
    values = {name: flows[name].to_numpy(dtype=float) for name in _FLOW_COLUMNS}
    guesses.add_floats("f.value", values["value"])
    for name in ("covered", "committed", "temperature_c"):
        guesses.add_figures(f"f.{name}", values[name])
    guessed = {
        "theoretical": _sum({"f.value": 1.0, "f.covered": 1.0, "f.committed": 1.0}),
        "reachable": _sum({"f.value": 1.0}),
        "delivered": _sum({"f.sent": 1.0}),
        "remaining": _sum({"f.value": 1.0, "f.sent": -1.0}),
        **{
            name: _share(find_ratios(values[name], values["value"], rules), "f.value", by="f.kengetal")
            for name in ("low", "high")
        },
    }
    for name, guess in guessed.items():
        guesses.add_figures(f"f.{name}", values[name], guess)
    return {name: guesses.known[f"f.{name}"] for name in _FLOW_COLUMNS}


def add_match_amounts(
    block: Block, matches: pd.DataFrame, streams: IntArray, metres: FloatArray
) -> dict[str, FloatArray]:
    """Columns of quantities and money of the matches; returns them as the page reads them.

    Parameters
    ----------
    streams
        Column ``m.stream``: what a unit is worth, and what a kilometre costs it, differs per stream.
    metres
        Straight distance as the page works it out, ``m.metres``.
    """
    guesses = Guesses(block, {"m.stream": streams, "m.metres": metres})
    values = {name: matches[name].to_numpy(dtype=float) for name in _MATCH_COLUMNS}

    def share(name: str, base: str) -> Guess:
        return _share(find_ratios(values[name], values[base], streams), f"m.{base}", by="m.stream")

    def with_distance(name: str) -> Guess:
        start, slope = find_lines(values[name], values["quantity"], metres, streams)
        return Guess(((start, ("m.quantity",)), (slope, ("m.quantity", "m.metres"))), by="m.stream")

    guesses.add_floats("m.quantity", values["quantity"])
    guesses.add_floats("m.co2_avoided_t_y", values["co2_avoided_t_y"], with_distance("co2_avoided_t_y"))
    guesses.add_figures("m.benefit_eur_y", values["benefit_eur_y"], share("benefit_eur_y", "quantity"))
    guesses.add_figures("m.cost_eur_y", values["cost_eur_y"], with_distance("cost_eur_y"))
    guesses.add_figures("m.break_even_km", values["break_even_km"])
    guesses.add_figures(
        "m.net_eur_y", values["net_eur_y"], _sum({"m.benefit_eur_y": 1.0, "m.cost_eur_y": -1.0})
    )
    # The rest is shown with two figures: ranges and break-evens are no better.
    spread = values["net_eur_y"] - values["net_low_eur_y"]
    low = find_ratios(-spread, values["benefit_eur_y"], streams)
    for name, guess in {
        "net_low_eur_y": Guess(((1.0, ("m.net_eur_y",)), (low, ("m.benefit_eur_y",))), by="m.stream"),
        "net_high_eur_y": _sum({"m.net_eur_y": 2.0, "m.net_low_eur_y": -1.0}),
        "break_even_eur_unit": Guess(((1.0, ("m.cost_eur_y",)),), per="m.quantity"),
        "break_even_dear_eur_unit": share("break_even_dear_eur_unit", "break_even_eur_unit"),
        "pipe_mw": share("pipe_mw", "quantity"),
        "quantity_p10": share("quantity_p10", "quantity"),
        "quantity_p90": share("quantity_p90", "quantity"),
    }.items():
        guesses.add_figures(f"m.{name}", values[name], guess, digits=2)
    return {name: guesses.known[f"m.{name}"] for name in _MATCH_COLUMNS}


def sum_sent(flows: IntArray, ends: Sequence[IntArray], quantity: FloatArray) -> FloatArray:
    """What the matches of each flow bring together, added in the order of the page: its sums have the same last bit.

    Parameters
    ----------
    flows
        Number of the place, stream and role of every flow.
    ends
        The same of the supply, and of the demand, of every match.
    quantity
        Of every match.
    """
    keys, place = np.unique(np.concatenate([flows, *ends]), return_inverse=True)
    sums = np.zeros(len(keys))
    start = len(flows)
    for end in ends:
        np.add.at(sums, place[start : start + len(end)], shorten_floats(quantity).astype(float))
        start += len(end)
    return sums[place[: len(flows)]]


def _sum(parts: dict[str, float]) -> Guess:
    return Guess(tuple((weight, (name,)) for name, weight in parts.items()))


def _share(shares: Weights, base: str, *, by: str) -> Guess:
    return Guess(((shares, (base,)),), by=by)
