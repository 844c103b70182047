"""Kind and sector of businesses by their SBI code, where the file does not say them itself."""

from __future__ import annotations

import pandas as pd

from kansenkaart.catalogue.sbi import find_longest, find_trade
from kansenkaart.project import Layer
from kansenkaart.sources.cells import map_distinct
from kansenkaart.sources.findings import LayerFindings


def find_trades(sbi: pd.Series, layer: Layer, findings: LayerFindings) -> pd.DataFrame:
    """Return ``kind`` and ``sector`` by SBI code; what the project says of a code goes before.

    Parameters
    ----------
    sbi
        Codes as digits, missing where there is none.
    layer
        Its `values` may name codes: ``values.kind = { "1071" = "building" }``, for all that begin so.
    """
    found = {name: _find(sbi, name, layer) for name in ("kind", "sector")}
    findings.remark_codes(sbi, "sbi", found, _meaning)
    return pd.DataFrame(found)


def _find(sbi: pd.Series, name: str, layer: Layer) -> pd.Series:
    own = layer.values.get(name, {})

    def find(code: str) -> str | None:
        trade = find_trade(code)
        return find_longest(code, own) or (None if trade is None else getattr(trade, name) or None)

    return map_distinct(sbi, find)


def _meaning(code: str) -> str:
    trade = find_trade(code)
    return "-" if trade is None else trade.meaning
