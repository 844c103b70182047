"""What a place still lacks before a kengetal of its kind applies to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import geopandas as gpd
import pandas as pd

from kansenkaart.catalogue import Catalogue, Kengetal
from kansenkaart.texts import Texts

_MOST_WAYS = 3


def say_lacking(
    sites: gpd.GeoDataFrame, streams: Collection[str], catalogue: Catalogue, *, texts: Texts
) -> pd.Series:
    """Say per site what the kengetallen nearest to applying still ask.

    Parameters
    ----------
    sites
        Frame ``SITES``, only places without a flow.
    streams
        Streams that the project matches.

    Returns
    -------
    Series
        Indexed like `sites`; empty where no kengetal is known for the kind of place.
    """
    said = pd.Series("", index=sites.index, dtype=object)
    for kind, rows in sites.groupby("kind", sort=False):
        fitting = [
            one for one in catalogue.kengetallen.values() if kind in one.kinds and one.stream in streams
        ]
        if not fitting:
            continue
        held = _describe(rows, fitting)
        for values, part in held.groupby(list(held.columns), sort=False):
            known = dict(zip(held.columns, values, strict=True))
            said[part.index] = _say_nearest(known, fitting, texts)
    return said


def _describe(rows: gpd.GeoDataFrame, fitting: list[Kengetal]) -> pd.DataFrame:
    """Per place whether it has each driver, and what it says of each attribute; empty where it says nothing."""
    drivers = dict.fromkeys(one.driver for one in fitting)
    attributes = dict.fromkeys(name for one in fitting for name in one.where)
    held: dict[str, object] = {name: rows[name].notna() if name in rows else False for name in drivers}
    held |= {name: rows[name].fillna("").astype(str) if name in rows else "" for name in attributes}
    return pd.DataFrame(held, index=rows.index)


def _say_nearest(held: Mapping[str, object], fitting: list[Kengetal], texts: Texts) -> str:
    """The ways in which least must be added; one that asks another value than stands there comes last."""
    ranks = [_rank(one, held) for one in fitting]
    nearest = [one for one, rank in zip(fitting, ranks, strict=True) if rank == min(ranks)]
    ways = list(dict.fromkeys(_say_way(one, held, texts) for one in nearest))
    return "; ".join(ways[:_MOST_WAYS]) + ("; …" if len(ways) > _MOST_WAYS else "")


def _rank(one: Kengetal, held: Mapping[str, object]) -> tuple[int, bool, int]:
    asked = [held[name] for name, value in one.where.items() if held[name] != value]
    return sum(given != "" for given in asked), not held[one.driver], len(asked)


def _say_way(one: Kengetal, held: Mapping[str, object], texts: Texts) -> str:
    """What one kengetal lacks: '{stream}: it_mw (MW IT-vermogen), cooling = 'water''."""
    lacks = [] if held[one.driver] else [f"{one.driver} ({texts.find(f'drivers.{one.driver}', one.driver)})"]
    for name, value in one.where.items():
        if held[name] != value:
            key = "formulas.lacks_other" if held[name] else "formulas.lacks"
            lacks.append(texts(key, attribute=name, needed=value, given=held[name]))
    return f"{texts.find(f'streams.{one.stream}', one.stream)}: {', '.join(lacks)}"
