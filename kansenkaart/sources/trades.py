"""Kind and sector of businesses by their SBI code, where the file does not say them itself."""

from __future__ import annotations

from functools import partial

import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.catalogue.sbi import find_longest, find_trade
from kansenkaart.project import Layer
from kansenkaart.sources.cells import map_distinct
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.texts import Texts

# What a register of businesses has of every one.
_COUNTED = ("jobs", "establishments")


def find_trades(sbi: pd.Series, layer: Layer, catalogue: Catalogue, findings: LayerFindings) -> pd.DataFrame:
    """Return ``kind`` and ``sector`` by SBI code; what the project says of a code goes before.

    Of every code it is said, too, which streams have a kengetal per job or establishment for such a place.

    Parameters
    ----------
    sbi
        Codes as digits, missing where there is none.
    layer
        Its `values` may name codes: ``values.kind = { "1071" = "building" }``, for all that begin so.
    """
    found = {name: map_distinct(sbi, partial(_find, name=name, layer=layer)) for name in ("kind", "sector")}
    told = partial(_tell_known, layer=layer, catalogue=catalogue, texts=findings.texts)
    findings.remark_codes(sbi, "sbi", {**found, "known": map_distinct(sbi, told)}, _meaning)
    return pd.DataFrame(found)


def _find(code: str, name: str, layer: Layer) -> str | None:
    trade = find_trade(code)
    own = find_longest(code, layer.values.get(name, {}))
    return own or (None if trade is None else getattr(trade, name) or None)


def _tell_known(code: str, layer: Layer, catalogue: Catalogue, texts: Texts) -> str:
    """Streams that such a place has by what a register counts, or that none is known."""
    kind, sector = (_find(code, name, layer) for name in ("kind", "sector"))
    streams = dict.fromkeys(
        one.stream
        for one in catalogue.kengetallen.values()
        if kind in one.kinds and one.driver in _COUNTED and one.where.get("sector", sector) == sector
    )
    return ", ".join(texts.find(f"streams.{one}", one) for one in streams) or texts("formulas.no_kengetal")


def _meaning(code: str) -> str:
    trade = find_trade(code)
    return "-" if trade is None else trade.meaning
