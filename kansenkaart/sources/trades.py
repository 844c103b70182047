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
    found = pd.DataFrame({name: _find(sbi, name, layer) for name in ("kind", "sector")})
    counts = sbi.value_counts()
    first = sbi[sbi.notna() & ~sbi.duplicated()]
    known = found["kind"].notna()[first.index]
    for key, codes in (("sbi_known", first[known]), ("sbi_unknown", first[~known])):
        findings.remark_each(
            codes,
            key,
            severity="note" if key == "sbi_known" else "warning",
            column="sbi",
            count=codes.map(counts),
            kind=found["kind"][codes.index].fillna("-"),
            sector=found["sector"][codes.index].fillna("-"),
            meaning=codes.map(_meaning),
        )
    return found


def _find(sbi: pd.Series, name: str, layer: Layer) -> pd.Series:
    own = layer.values.get(name, {})

    def find(code: str) -> str | None:
        trade = find_trade(code)
        return find_longest(code, own) or (None if trade is None else getattr(trade, name) or None)

    return map_distinct(sbi, find)


def _meaning(code: str) -> str:
    trade = find_trade(code)
    return "-" if trade is None else trade.meaning
