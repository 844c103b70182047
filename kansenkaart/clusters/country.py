"""What the areas of a table are held against: the country, or only the areas that the table has."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.clusters.counts import Counts
from kansenkaart.tables import Remarks

# COROP areas and provinces of the Netherlands (CBS); CR99 and the like are no areas.
_COROP, _PROVINCES = 40, 12
_UNPLACED = "CR99"
_SHOWN = 3


def remark_country(counts: Counts, counted: str, municipalities: pd.Series, remarks: Remarks) -> None:
    """Remark that a table without a row of the country does not have all its areas.

    Parameters
    ----------
    counted
        Measure that the location quotient counts.
    municipalities
        Codes of all there are.
    """
    if not np.isnan(counts.national[counted]).any():
        return
    codes = pd.Series(counts.areas.index, dtype="str")
    kind = str(codes.iloc[0])[:2]
    present, every = {
        "GM": (codes.isin(municipalities), len(municipalities)),
        "CR": (codes != _UNPLACED, _COROP),
        "PV": (codes.notna(), _PROVINCES),
    }.get(kind, (codes.notna(), None))
    there = int(present.sum())
    if every is None:
        remarks.add("clusters_own_areas", str(there), {"count": there}, severity="note")
    elif there == 0:
        remarks.add("clusters_strange", ", ".join(codes.head(_SHOWN)), {"count": len(codes)})
    elif there < every:
        called = remarks.texts(f"findings.clusters_kind_{kind.lower()}")
        remarks.add("clusters_part", str(there), {"every": every, "areas": called})
