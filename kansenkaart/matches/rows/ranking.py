"""Which chance comes first: class, then the project's weights over what it brings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.project import Weights
from kansenkaart.tables.matches import CHANCE_CLASSES

_CERTAINTY = {"kansrijk": 1.0, "verkennen": 0.5, "technisch": 0.0}


def rank_matches(matches: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """Return `matches` with ``rank`` 1..n and sorted by it.

    Classes come in their order; inside a class the weighted mean of percentile ranks decides. Quantities of
    different streams are compared within their own stream only. Ties: shorter distance, then ids.
    """
    score = sum(
        share * part
        for share, part in (
            (weights.net_eur, _percentile(matches["net_eur_y"])),
            (weights.co2, _percentile(matches["co2_avoided_t_y"])),
            (weights.quantity, matches.groupby("stream")["quantity"].rank(pct=True)),
            (weights.certainty, _certainty(matches)),
            (weights.r_gain, ((matches["r_now"] - matches["r_after"]) / 9.0).astype(float)),
        )
    )
    order = pd.DataFrame(
        {
            "tier": matches["chance_class"].map({name: n for n, name in enumerate(CHANCE_CLASSES)}),
            "score": -np.round(np.asarray(score, dtype=float), 12),
            "distance_m": matches["distance_m"],
            "match_id": matches["match_id"],
        },
        index=matches.index,
    ).sort_values(["tier", "score", "distance_m", "match_id"])
    ranked = matches.loc[order.index].reset_index(drop=True)
    ranked["rank"] = np.arange(1, len(ranked) + 1)
    return ranked


def _percentile(values: pd.Series) -> pd.Series:
    """Percentile rank; what nobody knows counts as the lowest."""
    return values.rank(pct=True).fillna(0.0)


def _certainty(matches: pd.DataFrame) -> pd.Series:
    return matches["chance_class"].map(_CERTAINTY) * matches["robustness"].fillna(1.0)
