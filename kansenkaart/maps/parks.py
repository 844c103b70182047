"""What the card of a business park tells: its land, quay, rail and environmental category."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from kansenkaart.texts import Texts

_KIND = "business_park"
_NUMBERS = ("gross_ha", "net_ha", "free_ha", "environmental_category")
_WORDS = ("quay", "rail")


def note_parks(sites: gpd.GeoDataFrame, texts: Texts) -> gpd.GeoDataFrame:
    """Frame ``SITES`` with what is known of each business park behind its status; missing is not told.

    Examples
    --------
    A park of 40 ha of which 4 are free: ``Bruto 40 ha; Vrij 4 ha; Kade nee``.
    """
    known = sites[sites["kind"] == _KIND]
    notes = ["; ".join(_tell(row, texts)) or None for row in known.to_dict("records")]
    told = pd.Series(notes, index=known.index, dtype="str")
    return gpd.GeoDataFrame(sites.assign(status_note=told.reindex(sites.index).fillna(sites["status_note"])))


def _tell(row: Mapping[Hashable, Any], texts: Texts) -> Iterator[str]:
    if pd.notna(row["status_note"]):
        yield str(row["status_note"])
    for name in (*_NUMBERS, *_WORDS):
        value = row.get(name)
        if value is not None and pd.notna(value):
            told = texts.number(float(value)) if name in _NUMBERS else texts(f"tables.values.{value}")
            # a heading has its unit behind it; a sentence behind the number
            called, _, unit = texts(f"columns.business_parks_places.{name}").partition(" (")
            yield f"{called} {told} {unit.removesuffix(')')}".rstrip()
