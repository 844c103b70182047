"""Whether the data of a balance agree, and which row to look at first where they do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import chdtrc

from kansenkaart.arrays import BoolArray, FloatArray, IntArray
from kansenkaart.flows.balance.reconcile import Reconciled
from kansenkaart.flows.balance.system import System

# Below it the data contradict each other: the bound that STAN and statistics use.
LEAST_P = 0.05
# A row of which the others say less than this is not checked by them.
LEAST_CHECKED = 1e-9
# Adjustments that differ by rounding alone cannot be told apart.
_SAME = 1e-6
# Standard deviations: beyond the middle 95 of 100 of a normal distribution.
FAR = 1.96


@dataclass(frozen=True)
class Verdict:
    """What the chi-square test says.

    Attributes
    ----------
    name
        One of ``VERDICTS``.
    p_value
        Chance of so much disagreement; missing without a test.
    normalised
        Per row its adjustment per its own standard deviation; missing where nothing checks it.
    candidates
        Rows with the largest, where the data contradict each other; the only ones that may hold a gross error, as far
        as the balance can see.
    p_without
        Chance of the disagreement that is left without one of them; missing where nothing is left to test.
    """

    name: Literal["consistent", "contradictory", "untested"]
    p_value: float
    normalised: FloatArray
    candidates: IntArray
    p_without: float


def find_below_zero(system: System, done: Reconciled) -> BoolArray:
    """Tell which flows come out so far below zero that no spread explains it; a stock may shrink."""
    flows = (system.rows["entry"] == "flow").to_numpy(dtype=np.bool_)
    found: BoolArray = flows & done.known & (done.value < -FAR * done.sd) & (done.value < 0)
    return found & ~system.exact


def judge(done: Reconciled) -> Verdict:
    """Test a reconciled balance."""
    checked = done.checked > LEAST_CHECKED
    normalised = np.where(checked, np.abs(done.off) / np.sqrt(np.where(checked, done.checked, 1.0)), np.nan)
    nobody: IntArray = np.empty(0, dtype=np.int64)
    if done.freedom == 0:
        return Verdict("untested", np.nan, normalised, nobody, np.nan)
    p_value = float(chdtrc(done.freedom, done.chi_square))
    if p_value >= LEAST_P:
        return Verdict("consistent", p_value, normalised, nobody, np.nan)
    most = float(np.nanmax(normalised))
    candidates = np.flatnonzero(normalised >= most * (1 - _SAME))
    # without a row the sum falls by the square of its normalised adjustment
    left = max(done.chi_square - most**2, 0.0)
    p_without = float(chdtrc(done.freedom - 1, left)) if done.freedom > 1 else np.nan
    return Verdict("contradictory", p_value, normalised, candidates, p_without)
