"""What keeps a chance from a better class whatever its price: kinds, ladder, scale, precision and what is unknown.

The order and the limits are those of ``matches.price.classes``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.catalogue import Catalogue, Pair, Stream
from kansenkaart.project import LoadedProject
from kansenkaart.tables.frames import Frames
from kansenkaart.tables.matches import SCALE_LEVELS

IntArray = npt.NDArray[np.int64]

# Key of the rule and the most it leaves: 0 technisch, 1 verkennen, 2 kansrijk. The first that holds, decides.
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
_PRECISION_SHARE = 0.25
_LEAST_CERTAINTY = 0.5


def with_ends(frames: Frames, loaded: LoadedProject) -> pd.DataFrame:
    """The chances, the best first, with what their two ends and their pair of kinds say.

    Returns
    -------
    DataFrame
        ``MATCHES`` with ``best`` and ``r_after`` of the catalogue's pair, ``source_cost`` (EUR per unit),
        ``precision_m``, ``temperature_unknown``, ``running_unknown`` and ``shares_pipe``.
    """
    matches = pd.DataFrame(frames.matches.sort_values("rank", kind="stable").drop(columns="geometry"))
    matches = matches.reset_index(drop=True)
    sites = frames.sites.drop_duplicates("site_id").set_index("site_id")
    flows = frames.flows.drop_duplicates("flow_id").set_index("flow_id")
    sides = [matches[f"{role}_id"] for role in ("supply", "demand")]
    ids = [matches[f"{role}_id"] + "|" + matches["stream"] + f"|{role}" for role in ("supply", "demand")]
    warm = [flows["temperature_c"].reindex(one).to_numpy(dtype=float) for one in ids]
    runs = [flows["running_unknown"].reindex(one).fillna(False).to_numpy(dtype=bool) for one in ids]
    precise = [sites["location_precision_m"].reindex(side).to_numpy(dtype=float) for side in sides]
    kinds = [sites["kind"].reindex(side) for side in sides]
    rules = [
        loaded.catalogue.pairs.get(key) for key in zip(matches["stream"], kinds[0], kinds[1], strict=True)
    ]
    matches["best"] = [1.0 if rule is None else float(_STRENGTH[rule.best_class]) for rule in rules]
    matches["source_cost"] = _source_costs(rules, loaded.catalogue)
    matches["temperature_unknown"] = np.isnan(warm[0] - warm[1])
    matches["running_unknown"] = runs[0] | runs[1]
    matches["precision_m"] = np.maximum(*precise)
    own = sides[0] + "|" + sides[1]
    matches["shares_pipe"] = (matches["trunk_id"] != own) | matches["trunk_id"].duplicated(keep=False)
    return matches


def find_caps(rows: pd.DataFrame, stream: Stream) -> IntArray:
    """Place in ``CAPS`` of the first that holds, per chance."""
    near = (rows["distance_m"] <= stream.soft_km * 1000.0).to_numpy()
    scale = rows["scale_level"].map({name: n for n, name in enumerate(SCALE_LEVELS)}).to_numpy()
    best = rows["best"].to_numpy()
    lower = (rows["r_after"] > stream.r_now).to_numpy() & (not stream.cascade)
    imprecise = (rows["precision_m"] > _PRECISION_SHARE * rows["distance_m"]).to_numpy()
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


def _source_costs(rules: list[Pair | None], catalogue: Catalogue) -> list[float]:
    """EUR per unit that the source asks and its electricity costs; NaN where the catalogue has no such pair."""
    prices = catalogue.prices
    known: dict[int, float] = {}
    for rule in rules:
        if rule is None or id(rule) in known:
            continue
        power = prices[rule.power].value if rule.power is not None else 0.0
        source = sum(prices[name].value for name in rule.source_cost)
        known[id(rule)] = source + power * prices["power_price_eur_gje"].value
    return [float("nan") if rule is None else known[id(rule)] for rule in rules]
