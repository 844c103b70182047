"""Ids that people read as one: another case, another composition of an accent, a mark of no width."""

from __future__ import annotations

import unicodedata

import pandas as pd

from kansenkaart.sources.findings import LayerFindings


def remark_alike(ids: pd.Series, findings: LayerFindings) -> None:
    """Remark on every id that reads like an earlier one of the layer and is written otherwise: probably one place."""
    written = ids.dropna().drop_duplicates()
    read = written.map(_as_read)
    alike = written[read.duplicated(keep=False)]
    for _, rows in alike.groupby(read[alike.index], sort=False):
        first = rows.index[0]
        for row in rows.index[1:]:
            findings.remark(
                int(row),
                "id_alike",
                severity="warning",
                column="id",
                value=rows[row],
                other=rows[first],
                first=first,
            )


def _as_read(text: str) -> str:
    r"""Return `text` as the eye takes it: without case, marks of no width and kinds of blanks.

    Examples
    --------
    >>> _as_read("Kas\u200b E\u0301e\u0301n") == _as_read("KAS ÉÉN")
    True
    """
    if text.isascii():
        return " ".join(text.lower().split())
    seen = "".join(
        letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf"
    )
    return unicodedata.normalize("NFKC", " ".join(seen.casefold().split()))
