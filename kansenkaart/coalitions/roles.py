"""What is said of a coalition: its name, its scale, its form and its next step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.arrays import ObjectArray
from kansenkaart.tables.matches import SCALE_LEVELS
from kansenkaart.tables.sites import HOME
from kansenkaart.texts import Texts

_MOST_STREAMS = 2
# Provinces that more than neighbours span.
_NATIONAL = 4
_OUTLINE_M = 500.0


def find_scales(partners: pd.DataFrame) -> pd.Series:
    """Return per coalition the smallest area that holds all its partners.

    Two or three provinces are *bovenregionaal*, more *nationaal*, a partner abroad makes it *internationaal*.
    """
    lokaal, regionaal, bovenregionaal, nationaal, internationaal = SCALE_LEVELS
    by = partners["coalition"]
    abroad = partners["country"].fillna(HOME).ne(HOME).groupby(by).any()
    provinces = partners.groupby(by)["province"].nunique(dropna=False)
    towns = partners.groupby(by)["municipality_code"].nunique(dropna=False)
    cases = [abroad, provinces >= _NATIONAL, provinces > 1, towns > 1]
    levels = [internationaal, nationaal, bovenregionaal, regionaal]
    return pd.Series(np.select(cases, levels, lokaal), index=abroad.index, dtype="str")


def find_outlines(members: pd.DataFrame, places: gpd.GeoDataFrame) -> ObjectArray:
    """Return the outline around the partners of every coalition; `members` are ordered by coalition."""
    points = places.geometry.loc[members["site_id"]].to_numpy()
    around = shapely.convex_hull(shapely.multipoints(points, indices=members["coalition"].to_numpy()))
    return np.asarray(shapely.set_precision(shapely.buffer(around, _OUTLINE_M, quad_segs=4), 1.0))


def name_coalition(place: str, streams: Sequence[str], texts: Texts) -> str:
    """Return a name after a place and the streams of most chances there."""
    named = [tell_stream(stream, texts) for stream in streams[:_MOST_STREAMS]]
    return texts("tables.coalition_name", place=place, streams=texts("tables.and").join(named))


def _lower(text: str) -> str:
    """As within a sentence; an abbreviation keeps its capitals."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def tell_stream(stream: str, texts: Texts) -> str:
    """Return the name of a stream as within a sentence."""
    return _lower(texts.find(f"streams.{stream}", stream))


def find_form(coalition: Any, *, piped: bool) -> tuple[str, str]:
    """Return the likely form and the key of the rule that says so; reads ``with_support`` and ``kansrijk``.

    Who asks public money or lays a pipe together must decide together; what surely pays is agreed in contracts; the
    rest is a network that first finds out.
    """
    if coalition.with_support > 0:
        return "decision", "support"
    if piped:
        return "decision", "pipe"
    return ("cooperation", "pays") if coalition.kansrijk > 0 else ("network", "open")


class StepGrounds(NamedTuple):
    """What the next step of a coalition hangs on; `decides` is the number that decides most of its chances."""

    kansrijk: int
    priced: int
    support_eur_y: float
    given_eur_y: float
    rule: str
    decides: str | None

    @classmethod
    def of(cls, row: Any, decides: str | None) -> Self:
        """From a row of ``COALITIONS``."""
        return cls(
            int(row.kansrijk),
            int(row.priced),
            float(row.support_needed_eur_y),
            float(row.support_given_eur_y),
            str(row.form_rule),
            decides,
        )


def tell_next(said: StepGrounds, texts: Texts) -> str:
    """Return what to do first, as a sentence."""
    if said.rule == "support":
        lacking, given = (texts.number(value, 2) for value in (said.support_eur_y, said.given_eur_y))
        return texts("tables.next.support", support=lacking, given=given)
    if said.rule == "pipe":
        return texts("tables.next.pipe")
    if said.kansrijk:
        return texts("tables.next.contract", count=said.kansrijk)
    if not said.priced:
        return texts("tables.next.price")
    key = "measure" if said.decides else "talk"
    return texts(f"tables.next.{key}", decides=said.decides or "")
