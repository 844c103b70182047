"""One region's balance, reconciled: once where it is a straight line, else in rounds until nothing moves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kansenkaart.arrays import BoolArray, FloatArray
from kansenkaart.errors import DataError
from kansenkaart.flows.balance.least_squares import Certainty, Fit, find_certainty, fit
from kansenkaart.flows.balance.system import System

# Rounds of products of two uncertain numbers; STAN's examples take fewer than ten.
MOST_ITERATIONS = 100
_STILL = 1e-11
# Part of what a given value is unsure of that the others take away, beyond which it says nothing itself.
_BLIND = 1 - 1e-7


@dataclass(frozen=True)
class Reconciled:
    """A balance that closes.

    Attributes
    ----------
    value, sd
        Per row of the system.
    known
        Whether a row can be known.
    checked
        From 0 to 1 how much the others say of a given row.
    off
        Standard deviations that a given row was moved; of rows that share a kengetal, that of the kengetal.
    freedom
        How many of the balances hold data against each other.
    chi_square
        Sum of the squares of `off`, a kengetal once.
    iterations
        Rounds it took.
    """

    value: FloatArray
    sd: FloatArray
    known: BoolArray
    checked: FloatArray
    off: FloatArray
    freedom: int
    chi_square: float
    iterations: int


def reconcile(system: System) -> Reconciled:
    """Reconcile `system`.

    Raises
    ------
    DataError
        When what is exact contradicts itself, or the rounds come to no end.
    """
    fitted, iterations = _iterate(system)
    if fitted.open.any():
        raise _contradiction(system, fitted)
    certainty = find_certainty(fitted)
    count = len(system.rows)
    equations = fitted.equations
    given = np.isfinite(equations.sd)
    checked = certainty.checked
    value, sd = _sharpen(fitted, certainty)
    off = np.where(given, (value - equations.given) / np.where(given, equations.sd, 1.0), 0.0)
    return Reconciled(
        np.where(system.exact, equations.given[:count], value[:count]),
        np.where(system.exact, 0.0, sd[:count]),
        certainty.known[:count],
        _per_row(system, checked),
        _per_row(system, off),
        round(float(checked.sum())),
        float((off**2).sum()),
        iterations,
    )


def _sharpen(fitted: Fit, certainty: Certainty) -> tuple[FloatArray, FloatArray]:
    """Value and standard deviation, also where what is given of a variable is far less sure than what follows.

    Its own spread is then so large that in the difference only rounding is left; it is worked out as if it were not
    given. Where nothing but those hold each other they stay as they are.
    """
    equations = fitted.equations
    blind = np.isfinite(equations.sd) & (certainty.checked > _BLIND)
    if not blind.any():
        return fitted.value, certainty.sd
    sharper = fit(replace(equations, sd=np.where(blind, np.inf, equations.sd)))
    found = find_certainty(sharper)
    if sharper.open.any() or not found.known[certainty.known].all():
        return fitted.value, certainty.sd
    return sharper.value, found.sd


def _iterate(system: System) -> tuple[Fit, int]:
    at = system.begin()
    fitted = fit(system.pose(at))
    if not system.bends:
        return fitted, 1
    size = float(np.abs(at).max(initial=0.0))
    for iteration in range(2, MOST_ITERATIONS + 1):
        value = np.where(system.exact, at, fitted.value[: len(at)])
        scale = np.where(system.rows["entry"].isin(("transfer", "content")), 1.0, size)
        moved = float((np.abs(value - at) / np.maximum(scale, np.abs(value))).max(initial=0.0))
        if moved <= _STILL:
            return fitted, iteration - 1
        at = value
        fitted = fit(system.pose(at))
        if not np.isfinite(fitted.value).all():
            break
    region = str(system.rows["region"].iloc[0])
    message = (
        "Region {region}: the balance with uncertain transfer coefficients or contents does not settle in {most} "
        "rounds. Give a value to an unknown flow beside them, or take a coefficient out that contradicts the flows."
    )
    raise DataError("balance_unsettled", message, region=region, most=MOST_ITERATIONS)


def _per_row(system: System, values: FloatArray) -> FloatArray:
    """Of a row that shares a kengetal what is that of the kengetal."""
    count = len(system.rows)
    numbers = {name: count + place for place, name in enumerate(system.kengetallen())}
    shared = system.rows["kengetal"].map(numbers)
    shared = shared.where(~system.exact & system.rows["value"].notna())
    places = shared.fillna(pd.Series(range(count))).astype(int)
    found: FloatArray = values[places.to_numpy()]
    return found


def _contradiction(system: System, fitted: Fit) -> DataError:
    """Name the first balance, coefficient, content or kengetal that leaves an equation open, with its rows."""
    place = int(np.flatnonzero(fitted.open)[0])
    region = str(system.rows["region"].iloc[0])
    about, held = _find_around(system, place)
    message = (
        "Region {region}: what is exact (sd 0), or errs together by one kengetal, contradicts itself around {about}; "
        "no values of the others close it. Give one of these a spread of its own, or correct it: {rows}."
    )
    listed = ", ".join(f"{flow} ({row})" for flow, row in zip(held["flow"], held["row"], strict=True))
    return DataError("balance_exact", message, region=region, about=about, rows=listed)


def _find_around(system: System, place: int) -> tuple[str, pd.DataFrame]:
    """What equation `place` is about, and its rows: first the balances, then the products, then what is shared."""
    rows, balances, products = system.rows, len(system.names), len(system.factors)
    if place < balances:
        layer, process = system.names[place]
        return f"{process} ({layer})", rows.iloc[system.balances[[place]].indices]
    if place < balances + products:
        number = place - balances
        row = rows.iloc[system.factors[number]]
        held = rows.iloc[[system.factors[number], *system.products[[number]].indices]]
        return f"{row['flow']} ({row['layer']})", held
    shared = rows[rows["kengetal"].isin(system.kengetallen()) & (rows["sd"] > 0)]
    kengetal = str(shared["kengetal"].iloc[place - balances - products])
    return kengetal, rows[rows["kengetal"] == kengetal]
