"""Ids that people read as one: another case, another composition of an accent, a mark of no width."""

from __future__ import annotations

import unicodedata

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kansenkaart.sources.findings import LayerFindings

_BLANKS = r"\s+"


def remark_alike(ids: pd.Series, findings: LayerFindings) -> None:
    """Remark on every id that reads like an earlier one of the layer and is written otherwise: probably one place."""
    written = ids.dropna().drop_duplicates()
    read = written.str.lower().str.replace(_BLANKS, " ", regex=True).str.strip()
    foreign = ~pc.string_is_ascii(pa.array(written)).to_numpy(zero_copy_only=False)
    read[foreign] = written[foreign].map(_as_read)
    row = pd.Series(written.index, index=written.index)
    first = row.groupby(read).transform("first")
    later = row.index[row != first]
    findings.remark_each(
        written[later],
        "id_alike",
        severity="warning",
        column="id",
        other=written[first[later]],
        first=first[later],
    )


def _as_read(text: str) -> str:
    r"""Return `text` as the eye takes it: without case, marks of no width and kinds of blanks.

    Examples
    --------
    >>> _as_read("Kas\u200b E\u0301e\u0301n") == _as_read("KAS ÉÉN")
    True
    """
    seen = "".join(
        letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf"
    )
    return unicodedata.normalize("NFKC", " ".join(seen.casefold().split()))
