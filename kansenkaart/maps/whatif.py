"""What the page needs to class and price every chance again at another price: steps, not formulas.

The rules are those of step 3 (``docs/method.md``, "Money" and "Classes"). They are worked out here on the run's full
numbers for every step of a slider; the page looks up the step from which a chance pays. What these rules cannot explain
at the price of the run itself is left as it was calculated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kansenkaart.arrays import FloatArray, IntArray
from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.catalogue.changes import leaves, work_out
from kansenkaart.maps.block import Block, round_figures
from kansenkaart.project import LoadedProject
from kansenkaart.tables.frames import Frames
from kansenkaart.tables.matches import CHANCE_CLASSES, SCALE_LEVELS

# Steps of a slider to either side; the gas price and the price difference of a stream may add up.
SLIDER_STEPS = 40
_MOST_STEPS = 2 * SLIDER_STEPS

# The price of gas, and a step of it, EUR per m3.
GAS = "gas_price_eur_m3"
GAS_STEP_EUR_M3 = 0.01

# Codes of a column: not at any step of the slider; no price is known, or the rules do not explain the class.
_NEVER = 255
_FIXED = 255

_MJ_Y_PER_W = 31.536
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)

# What keeps a chance from a better class whatever its price, in the order and with the limits of
# matches.price.classes: key of the rule and the most it leaves (0 technisch, 1 verkennen, 2 kansrijk). The first that
# holds, decides.
CAPS: tuple[tuple[str, int], ...] = (
    ("", 2),
    ("cap_pair", 0),
    ("cap_pair", 1),
    ("cap_ladder", 1),
    ("cap_scale", 1),
    ("cap_precision", 1),
    ("cap_running", 1),
    ("cap_temperature", 1),
    ("cap_certainty", 1),
)

_STRENGTH = {"technisch": 0, "verkennen": 1, "kansrijk": 2}
_LEAST_CERTAINTY = 0.5


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
        Gas that a unit replaces, m3: what the price moves by when gas moves by 1 EUR per m3; 0 where it does not.
    """

    low: float
    value: float
    high: float
    step: float
    least: int
    gas: float

    @classmethod
    def of(cls, name: str, catalogue: Catalogue) -> Slider | None:
        """The slider of the price `name`; None where it is worth nothing."""
        price = catalogue.prices[name]
        if price.value <= 0:
            return None
        gas = gas_replaced(name, catalogue)
        step = gas * GAS_STEP_EUR_M3 if gas else nice_step(price.value / 20.0)
        least = -min(SLIDER_STEPS, math.floor(price.low / step + 1e-9))
        return cls(price.low, price.value, price.high, step, least, gas)


def gas_replaced(name: str, catalogue: Catalogue) -> float:
    """EUR by which the price `name` moves when gas moves by 1 EUR per m3; 0 where it does not follow gas."""
    prices = catalogue.prices
    if GAS not in leaves(name, prices):
        return 0.0
    dearer = prices[GAS].model_copy(update={"value": prices[GAS].value + 1.0, "high": prices[GAS].high + 1.0})
    moved = work_out({**prices, GAS: dearer})[name].value - prices[name].value
    return round(moved, 6)


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
        priced = matches.iloc[rows[matches["net_eur_y"].notna().to_numpy()[rows]]]
        moved = _most_read(priced["priced_by"])
        slider = None if moved is None else Slider.of(moved, loaded.catalogue)
        if stream is None or slider is None:
            sliders.append(None)
            continue
        sliders.append(vars(slider))
        # Takers that avoid another price (homes among greenhouses) stay as they were calculated.
        priced = priced[priced["priced_by"] == moved]
        at = priced.index.to_numpy()
        lost[at] = lost_share(priced, stream, loaded.catalogue, slider.value)
        columns["good"][at], columns["pays"][at], columns["cap"][at] = _steps(
            priced, lost[at], stream, slider
        )
    for name, values in columns.items():
        block.add(f"m.{name}", values.astype(np.uint8))
    block.add_distinct("m.lost", round_figures(lost))
    block.header["whatIf"] = sliders
    block.header["whatIfCaps"] = [[key, most] for key, most in CAPS]


def _most_read(names: pd.Series) -> str | None:
    """The price that most chances read, the first by name of equals; None without any."""
    counts = names.value_counts()
    return min(counts[counts == counts.max()].index) if len(counts) else None


def lost_share(rows: pd.DataFrame, stream: Stream, catalogue: Catalogue, price: float) -> FloatArray:
    """Share of the heat that cools off on its way, per chance; 0 for goods, NaN where the numbers do not tell.

    What arrives follows from the benefit. Where nothing arrives, the loss follows from the length of a pipe of one's
    own; in a shared pipe it cannot be told.
    """
    if not stream.is_heat:
        return np.zeros(len(rows))
    quantity = rows["quantity"].to_numpy(dtype=float)
    arriving = rows["benefit_eur_y"].to_numpy(dtype=float) / price
    share = 1.0 - arriving / quantity
    metre = catalogue.prices["heat_loss_w_m"].value * _MJ_Y_PER_W / 1000.0
    own = metre * rows["route_m"].to_numpy(dtype=float) / quantity
    own[rows["shares_pipe"].to_numpy(dtype=bool)] = np.nan
    return np.asarray(np.where(share > 1.0 - 1e-9, own, np.maximum(share, 0.0)))


def _steps(
    rows: pd.DataFrame, lost: FloatArray, stream: Stream, slider: Slider
) -> tuple[IntArray, IntArray, IntArray]:
    """Codes of ``good``, ``pays`` and ``cap`` for the priced chances of one stream."""
    arriving = np.maximum(1.0 - lost, 0.0)
    steps = np.arange(slider.least, _MOST_STEPS + 1)
    good = np.full(len(rows), _NEVER, dtype=np.int64)
    pays = np.full(len(rows), _NEVER, dtype=np.int64)
    p10, p90 = (rows[f"net_{name}_eur_unit"].to_numpy(dtype=float) for name in ("p10", "p90"))
    for code, step in reversed(list(enumerate(steps))):
        more = float(step) * slider.step * arriving
        good[p10 + more > 0] = code
        pays[p90 + more > 0] = code
    cap = find_caps(rows, stream)
    now = -slider.least
    strength = np.minimum(
        np.where(good <= now, 2, np.where(pays <= now, 1, 0)), np.array([most for _, most in CAPS])[cap]
    )
    # Classes run from the best to the least.
    told = 2 - rows["chance_class"].map({name: n for n, name in enumerate(CHANCE_CLASSES)}).to_numpy()
    cap[(strength != told) | np.isnan(lost)] = _FIXED
    return good, pays, cap


def with_ends(frames: Frames, loaded: LoadedProject) -> pd.DataFrame:
    """The chances, the best first, with what their two ends and their pair of kinds say.

    Returns
    -------
    DataFrame
        ``MATCHES`` with ``best`` and ``r_after`` of the catalogue's pair, ``priced_by`` (the price of what arrives),
        ``temperature_unknown``, ``running_unknown`` and ``shares_pipe``.
    """
    matches = pd.DataFrame(frames.matches.sort_values("rank", kind="stable").drop(columns="geometry"))
    matches = matches.reset_index(drop=True)
    sites = frames.sites.drop_duplicates("site_id").set_index("site_id")
    flows = frames.flows.drop_duplicates("flow_id").set_index("flow_id")
    sides = [matches[f"{role}_id"] for role in ("supply", "demand")]
    ids = [matches[f"{role}_id"] + "|" + matches["stream"] + f"|{role}" for role in ("supply", "demand")]
    warm = [flows["temperature_c"].reindex(one).to_numpy(dtype=float) for one in ids]
    runs = [flows["running_unknown"].reindex(one).fillna(False).to_numpy(dtype=bool) for one in ids]
    kinds = [sites["kind"].reindex(side) for side in sides]
    rules = [
        loaded.catalogue.pairs.get(key) for key in zip(matches["stream"], kinds[0], kinds[1], strict=True)
    ]
    matches["best"] = [1.0 if rule is None else float(_STRENGTH[rule.best_class]) for rule in rules]
    matches["priced_by"] = [None if rule is None else rule.benefit for rule in rules]
    matches["temperature_unknown"] = np.isnan(warm[0] - warm[1])
    matches["running_unknown"] = runs[0] | runs[1]
    own = sides[0] + "|" + sides[1]
    matches["shares_pipe"] = (matches["trunk_id"] != own) | matches["trunk_id"].duplicated(keep=False)
    return matches


def find_caps(rows: pd.DataFrame, stream: Stream) -> IntArray:
    """Place in ``CAPS`` of the first that holds, per chance."""
    near = (rows["distance_m"] <= stream.soft_km * 1000.0).to_numpy()
    scale = rows["scale_level"].map({name: n for n, name in enumerate(SCALE_LEVELS)}).to_numpy()
    best = rows["best"].to_numpy()
    lower = (rows["r_after"] > stream.r_now).to_numpy() & (not stream.cascade)
    # Where the places decide whether it pays, its price may help; not where they may lie out of reach.
    imprecise = ((rows["class_rule"] == "cap_precision") & (rows["net_p10_eur_unit"] > 0)).to_numpy()
    holds = [
        best == 0,
        best == 1,
        lower,
        (scale > SCALE_LEVELS.index(stream.scale_level)) & ~near,
        imprecise,
        rows["running_unknown"].to_numpy(),
        rows["temperature_unknown"].to_numpy() & stream.temperature_rule,
        (rows["robustness"] < _LEAST_CERTAINTY).to_numpy(),
    ]
    return np.select(holds, range(1, len(CAPS)), default=0).astype(np.int64)
