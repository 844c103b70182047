"""What a room said of coalitions: which it keeps, what it calls them and how it scores them, of ``decisions.gpkg``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from kansenkaart.sources.cells import read_texts
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.raw import open_account
from kansenkaart.sources.read import list_tables
from kansenkaart.sources.read_decisions import ReadDecisions, name_file, read_part
from kansenkaart.sources.rows import read_optional
from kansenkaart.sources.sites import Known
from kansenkaart.tables import COALITION_DECISIONS
from kansenkaart.tables.decisions import (
    COALITIONS_LAYER,
    COALITIONS_SAID,
    GROUP_OUTCOMES,
    LEAST_SCORE,
    MOST_SCORE,
    VALUES,
)

_COLUMNS = ("coalition", "decision", "match_ids")


def read_coalition_decisions(known: Known) -> ReadDecisions | None:
    """Read what a room said of coalitions; None where the file is older than that.

    Returns
    -------
    ReadDecisions
        A coalition on which the tables do not agree, that stands there twice or has an odd score is rejected with a
        finding; so are all of them in a project that asks for no coalitions.

    Raises
    ------
    DataError
        When the file is not one that ``kansenkaart workshop merge`` wrote.
    """
    file = name_file(known)
    if COALITIONS_LAYER not in list_tables(known.loaded.folder / file, file):
        return None
    cells = read_part(known, COALITIONS_LAYER, _COLUMNS).frame
    findings = LayerFindings(known.texts, layer=COALITIONS_SAID, file=file)
    scores = {f"score_{name}": _read_numbers(cells, f"score_{name}") for name in VALUES}
    said = pd.DataFrame(
        {
            "coalition_id": read_texts(cells["coalition"]),
            "name": read_optional(cells, "name", findings),
            "decision": read_texts(cells["decision"]).fillna("open"),
            "match_ids": read_texts(cells["match_ids"]),
            **scores,
            "scored_by": _read_numbers(cells, "scored_by").fillna(0).clip(lower=0),
            "row": cells.index,
        },
        index=cells.index,
    )
    _judge(said, known, findings)
    good = said[~findings.rejects(said.index)]
    source = known.texts("formulas.workshop_source", file=Path(file).name)
    account = open_account(COALITIONS_SAID, file, known.loaded, source=source)
    account |= {"rows_read": len(said), "rows_used": len(good), "rows_rejected": len(findings.rejected)}
    return ReadDecisions(COALITION_DECISIONS.conform(good), account, findings)


def _read_numbers(cells: pd.DataFrame, column: str) -> pd.Series:
    if column not in cells:
        return pd.Series(np.nan, index=cells.index)
    return pd.to_numeric(cells[column], errors="coerce").astype("float64")


def _judge(said: pd.DataFrame, known: Known, findings: LayerFindings) -> None:
    """Reject every row that cannot be followed, for its first reason."""
    ids, decision = said["coalition_id"], said["decision"]
    unasked = pd.Series(known.loaded.project.coalitions is None, index=said.index)
    scores = said[[f"score_{name}" for name in VALUES]]
    odd = ((scores < LEAST_SCORE) | (scores > MOST_SCORE)).any(axis=1)
    empty = ids.isna() | (decision.eq("confirmed") & said["match_ids"].isna())
    faults = [
        ("workshop_unasked", "coalition", unasked, ids),
        ("workshop_decision", "decision", ~decision.isin(GROUP_OUTCOMES), decision),
        ("coalition_conflict", "decision", decision == "conflict", ids),
        ("coalition_empty", "match_ids", empty, ids),
        ("workshop_twice", "coalition", ids.duplicated(), ids),
        ("coalition_score", "score", odd, ids),
    ]
    for key, column, wrong, shown in faults:
        open_ = ~findings.rejects(said.index)
        cells = shown[wrong.to_numpy(dtype=bool) & open_]
        findings.reject_each(
            cells, key, column=column, allowed=", ".join(GROUP_OUTCOMES), least=LEAST_SCORE, most=MOST_SCORE
        )
