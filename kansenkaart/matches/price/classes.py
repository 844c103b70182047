"""How good a chance is: kansrijk, verkennen or technisch - and the rule that decided."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.catalogue import Pair, Stream
from kansenkaart.matches.arrays import BoolArray
from kansenkaart.matches.price.economics import Money
from kansenkaart.tables.matches import SCALE_LEVELS

# A chance pays with room to spare when this share of the benefit is left at the value.
MARGIN_SHARE = 0.10

# A chance that stands in fewer draws than this is never called good.
LEAST_CERTAINTY = 0.5

_STRENGTH = {"technisch": 0, "verkennen": 1, "kansrijk": 2}


def class_pairs(stream: Stream, rules: list[Pair], pairs: pd.DataFrame, money: Money) -> pd.DataFrame:
    """Class of every pair and the key of the rule that decided.

    Parameters
    ----------
    stream, rules
        Distances, ladder and caps of the catalogue.
    pairs
        ``distance_m, rule, scale_level, imprecise, temperature_unknown, running_unknown``.
    money
        At the quantity the class is about.

    Returns
    -------
    DataFrame
        ``chance_class`` and ``class_rule``, aligned to `pairs`. *Kansrijk*: net value positive at the pessimistic
        end and at least a tenth of the benefit left. *Technisch*: not positive even at the optimistic end. Without
        a price the soft distance decides and *kansrijk* is not given.
    """
    near = (pairs["distance_m"] <= stream.soft_km * 1000.0).to_numpy()
    priced = ~np.isnan(money.net)
    good = priced & (money.net_low > 0) & (money.net >= MARGIN_SHARE * money.benefit)
    never = priced & ~(money.net_high > 0)
    strength = np.select([good, never, ~priced & ~near], [2, 0, 0], default=1)
    worthless = never & ~(money.net_high + money.cost > 0)
    reason = np.select(
        [good, worthless, never, ~priced & near, ~priced],
        ["price_good", "price_worthless", "price_never", "no_price_near", "no_price_far"],
        default="price_near",
    ).astype(object)
    rule = pairs["rule"].to_numpy()
    best = np.array([_STRENGTH[rule.best_class] for rule in rules], dtype=np.int64)[rule]
    lower = np.array([rule.r_after > stream.r_now and not stream.cascade for rule in rules])[rule]
    caps: list[tuple[str, BoolArray, npt.NDArray[np.int64] | int]] = [
        ("cap_pair", best < 2, best),
        ("cap_ladder", lower, 1),
        ("cap_scale", _above_scale(stream, pairs["scale_level"], near), 1),
        ("cap_precision", pairs["imprecise"].to_numpy(dtype=bool), 1),
        ("cap_running", pairs["running_unknown"].to_numpy(dtype=bool), 1),
        ("cap_temperature", pairs["temperature_unknown"].to_numpy(dtype=bool), 1),
    ]
    for key, where, most in caps:
        capped = where & (strength > most)
        strength = np.where(capped, most, strength)
        reason[capped] = key
    names = np.array(["technisch", "verkennen", "kansrijk"], dtype=object)
    return pd.DataFrame({"chance_class": names[strength], "class_rule": reason}, index=pairs.index)


def cap_certainty(matches: pd.DataFrame) -> pd.DataFrame:
    """Class and rule after the draws: what falls in more than half of them is never good.

    Parameters
    ----------
    matches
        ``chance_class, class_rule`` and ``robustness``, missing where nothing was drawn.
    """
    unsure = (matches["chance_class"] == "kansrijk") & (matches["robustness"] < LEAST_CERTAINTY)
    return pd.DataFrame(
        {
            "chance_class": matches["chance_class"].mask(unsure, "verkennen"),
            "class_rule": matches["class_rule"].mask(unsure, "cap_certainty"),
        },
        index=matches.index,
    )


def _above_scale(stream: Stream, scale: pd.Series, near: BoolArray) -> BoolArray:
    """Which pairs span more than the stream's own scale.

    A border says little about what is dealt with next door: a pair within the soft distance is never above its
    stream's scale, wherever the border runs.
    """
    order = {name: n for n, name in enumerate(SCALE_LEVELS)}
    above = (scale.map(order) > order[stream.scale_level]).to_numpy(dtype=bool)
    return np.asarray(above & ~near)
