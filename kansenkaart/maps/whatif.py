"""What the page needs to class and price every chance again at another price: steps, not formulas.

The rules are those of step 3 (``docs/method.md``, "Money" and "Classes"). They are worked out here on the run's full
numbers for every step of a slider; the page looks up the step from which a chance pays. What these rules cannot explain
at the price of the run itself is left as it was calculated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.catalogue import Catalogue, Price, Stream
from kansenkaart.maps.block import Block
from kansenkaart.maps.figures import round_figures
from kansenkaart.maps.whatif_caps import CAPS, find_caps, with_ends
from kansenkaart.project import LoadedProject
from kansenkaart.tables.frames import Frames
from kansenkaart.tables.matches import CHANCE_CLASSES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Steps of a slider to either side; the gas price and the price difference of a stream may add up.
SLIDER_STEPS = 40
_MOST_STEPS = 2 * SLIDER_STEPS

# A step of the gas price, EUR per m3.
GAS_STEP_EUR_M3 = 0.01

# Codes of a column: not at any step of the slider; no price is known, or the rules do not explain the class.
_NEVER = 255
_FIXED = 255

# Share of the benefit that must be left; as in matches.price.classes.
_MARGIN_SHARE = 0.10

_MJ_Y_PER_W = 31.536
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Slider:
    """The price of a stream as the page moves it: ``low``, ``value`` and ``high`` all by ``step`` x steps.

    Attributes
    ----------
    step
        EUR per unit.
    least
        Lowest number of steps: the low end never falls below 0.
    gas
        Gas that a unit replaces, m3; 0 where its price does not follow that of gas.
    """

    low: float
    value: float
    high: float
    step: float
    least: int
    gas: float

    @classmethod
    def of(cls, stream: Stream, catalogue: Catalogue) -> Slider | None:
        """The slider of `stream`; None where no price is known."""
        price = catalogue.prices.get(f"benefit_{stream.id}")
        if price is None or price.value <= 0:
            return None
        gas = gas_replaced(stream, catalogue)
        step = gas * GAS_STEP_EUR_M3 if gas else nice_step(price.value / 20.0)
        least = -min(SLIDER_STEPS, math.floor(price.low / step + 1e-9))
        return cls(price.low, price.value, price.high, step, least, gas)


def gas_replaced(stream: Stream, catalogue: Catalogue) -> float:
    """Gas that a GJ of this heat replaces in a boiler, m3; 0 for what is no heat."""
    entries = [
        entry.coefficient
        for entry in catalogue.ledgers
        if (entry.ledger, entry.stream, entry.role) == ("gas", stream.id, "demand")
    ]
    return entries[0] if entries and stream.is_heat else 0.0


def nice_step(wanted: float) -> float:
    """The largest of 1, 2, 2.5 and 5 times a power of ten that is at most `wanted`.

    Examples
    --------
    >>> nice_step(4.25), nice_step(0.4)
    (2.5, 0.25)
    """
    decade = 10.0 ** math.floor(math.log10(wanted))
    return round(max(nice for nice in _NICE if nice * decade <= wanted * (1 + 1e-9)) * decade, 12)


def add_whatif(block: Block, frames: Frames, loaded: LoadedProject) -> None:
    """Columns ``m.good``, ``m.pays``, ``m.cap`` and ``m.lost``; header ``whatIf`` (a slider per stream, or null).

    ``good`` and ``pays`` are the steps, counted from the slider's least, from which a chance is good, and from which
    it may pay; ``cap`` is the place in header ``whatIfCaps`` of what keeps it from a better class; ``lost`` the share
    of heat that cools off. Needs header ``streams``.
    """
    matches = with_ends(frames, loaded)
    streams = [stream["id"] for stream in block.header["streams"]]
    columns = {
        name: np.full(len(matches), start, dtype=np.int64)
        for name, start in (("good", _NEVER), ("pays", _NEVER), ("cap", _FIXED))
    }
    lost = np.zeros(len(matches))
    sliders: list[dict[str, Any] | None] = []
    for name in streams:
        stream = loaded.catalogue.streams.get(name)
        rows = np.flatnonzero(matches["stream"] == name)
        slider = Slider.of(stream, loaded.catalogue) if stream is not None and len(rows) else None
        priced = matches.iloc[rows[matches["net_eur_y"].notna().to_numpy()[rows]]]
        if stream is None or slider is None or not len(priced):
            sliders.append(None)
            continue
        sliders.append({**vars(slider), "lostEnds": _loss_ends(stream, loaded.catalogue.prices)})
        at = priced.index.to_numpy()
        lost[at] = lost_share(priced, stream, loaded.catalogue, slider.value)
        columns["good"][at], columns["pays"][at], columns["cap"][at] = _steps(
            priced, lost[at], stream, slider, loaded.catalogue
        )
    for name, values in columns.items():
        block.add(f"m.{name}", values.astype(np.uint8))
    block.add_distinct("m.lost", round_figures(lost))
    block.header["whatIf"] = sliders
    block.header["whatIfCaps"] = [[key, most] for key, most in CAPS]


def lost_share(rows: pd.DataFrame, stream: Stream, catalogue: Catalogue, price: float) -> FloatArray:
    """Share of the heat that cools off on its way, per chance; 0 for goods, NaN where the numbers do not tell.

    What arrives follows from the benefit. Where nothing arrives, the loss follows from the length of a pipe of one's
    own; in a shared pipe it cannot be told.
    """
    if not stream.is_heat:
        return np.zeros(len(rows))
    quantity = rows["quantity"].to_numpy(dtype=float)
    arriving = (rows["benefit_eur_y"].to_numpy(dtype=float) + rows["source_cost"] * quantity) / price
    share = 1.0 - arriving.to_numpy(dtype=float) / quantity
    metre = catalogue.prices["heat_loss_w_m"].value * _MJ_Y_PER_W / 1000.0
    own = metre * rows["route_m"].to_numpy(dtype=float) / quantity
    own[rows["shares_pipe"].to_numpy(dtype=bool)] = np.nan
    return np.asarray(np.where(share > 1.0 - 1e-9, own, np.maximum(share, 0.0)))


def _loss_ends(stream: Stream, prices: Mapping[str, Price]) -> list[float]:
    """Heat lost at the pessimistic end, the value and the optimistic end, as shares of that at the value."""
    if not stream.is_heat:
        return [0.0, 0.0, 0.0]
    loss = prices["heat_loss_w_m"]
    return [loss.high / loss.value, 1.0, loss.low / loss.value]


def _steps(
    rows: pd.DataFrame, lost: FloatArray, stream: Stream, slider: Slider, catalogue: Catalogue
) -> tuple[IntArray, IntArray, IntArray]:
    """Codes of ``good``, ``pays`` and ``cap`` for the priced chances of one stream."""
    quantity = rows["quantity"].to_numpy(dtype=float)
    low, mid, high = (
        quantity * np.maximum(1.0 - lost * ratio, 0.0) for ratio in _loss_ends(stream, catalogue.prices)
    )
    steps = np.arange(slider.least, _MOST_STEPS + 1)
    good = np.full(len(rows), _NEVER, dtype=np.int64)
    pays = np.full(len(rows), _NEVER, dtype=np.int64)
    net_low, net, net_high, benefit = (
        rows[name].to_numpy(dtype=float)
        for name in ("net_low_eur_y", "net_eur_y", "net_high_eur_y", "benefit_eur_y")
    )
    for code, step in reversed(list(enumerate(steps))):
        more = float(step) * slider.step
        is_good = (net_low + more * low > 0) & (net + more * mid >= _MARGIN_SHARE * (benefit + more * mid))
        good[is_good] = code
        pays[net_high + more * high > 0] = code
    cap = find_caps(rows, stream)
    now = -slider.least
    strength = np.minimum(
        np.where(good <= now, 2, np.where(pays <= now, 1, 0)), np.array([most for _, most in CAPS])[cap]
    )
    # Classes run from the best to the least.
    told = 2 - rows["chance_class"].map({name: n for n, name in enumerate(CHANCE_CLASSES)}).to_numpy()
    cap[(strength != told) | np.isnan(lost)] = _FIXED
    return good, pays, cap
