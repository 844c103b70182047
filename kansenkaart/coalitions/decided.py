"""What a room said of coalitions: those it confirmed are kept as they are, and what is gone since is told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kansenkaart.arrays import IntArray
from kansenkaart.catalogue.legend import split_ids
from kansenkaart.tables import Remarks
from kansenkaart.tables.decisions import score_columns

_SHOWN = 3
_WORDS = [column.name for column in score_columns()]
FREE = -1


@dataclass(frozen=True)
class Kept:
    """The coalitions that a room confirmed and of which anything is left.

    Attributes
    ----------
    of
        Number of its coalition by the id of every chance that is kept together.
    rows
        Their rows of ``COALITION_DECISIONS``, by number from 0.
    """

    of: dict[str, int]
    rows: pd.DataFrame


def find_kept(said: pd.DataFrame, matches: pd.DataFrame, paying: pd.Series, remarks: Remarks) -> Kept:
    """Return what is kept together, and remark on what is not there any more or does not pay.

    Parameters
    ----------
    said
        Frame ``COALITION_DECISIONS``.
    matches
        Frame ``MATCHES``.
    paying
        bool: which of its rows pay, may pay, or pay with support.
    """
    known = set(matches["match_id"])
    poor = set(matches.loc[~paying.to_numpy(dtype=bool), "match_id"])
    of, rows = dict[str, int](), list[int]()
    for at, row in said[said["decision"] == "confirmed"].iterrows():
        ids = split_ids(row["match_ids"], known)
        gone = [one for one in ids if one not in known]
        taken = [one for one in ids if one in of]
        own = [one for one in ids if one in known and one not in of]
        for key, lost in (
            ("coalition_lost", gone),
            ("coalition_twice", taken),
            ("coalition_poor", [one for one in own if one in poor]),
        ):
            if lost and own:
                _tell(remarks, key, row, lost)
        if not own:
            _tell(remarks, "coalition_gone", row, ids)
            continue
        of |= dict.fromkeys(own, len(rows))
        rows.append(int(str(at)))
    return Kept(of, said.loc[rows].reset_index(drop=True))


def _tell(remarks: Remarks, key: str, row: pd.Series, ids: list[str]) -> None:
    """Remark on a row of the file, with the chances it is about."""
    name = row["name"] if isinstance(row["name"], str) else row["coalition_id"]
    shown = "; ".join(ids[:_SHOWN]) + ("; ..." if len(ids) > _SHOWN else "")
    values = {"count": len(ids), "ids": shown}
    remarks.add(key, name, values, row=int(row["row"]), column="match_ids")


def number_kept(matches: pd.DataFrame, kept: Kept) -> IntArray:
    """Return the number of the coalition that every chance is kept in, ``FREE`` where it is in none."""
    return np.array([kept.of.get(one, FREE) for one in matches["match_id"]], dtype=np.int64)


def add_words(coalitions: pd.DataFrame, said: pd.DataFrame, remarks: Remarks) -> pd.DataFrame:
    """Return `coalitions` (with ``coalition_id, coalition``) with stage, names and scores of a room by their id.

    What was said of a coalition that is not there is remarked; of a confirmed one `find_kept` did.
    """
    own = said.set_index("coalition_id").reindex(coalitions["coalition_id"]).set_axis(coalitions.index)
    is_open = said["decision"] == "open"
    for _, row in said[is_open & ~said["coalition_id"].isin(coalitions["coalition_id"])].iterrows():
        _tell(remarks, "coalition_absent", row, [])
    confirmed = own["decision"].eq("confirmed").fillna(False).astype(bool)
    return coalitions.assign(
        stage=np.where(confirmed, "confirmed", "proposed"),
        coalition=own["name"].fillna(coalitions["coalition"]),
        named=own["name"].notna(),
        **{name: own[name] for name in _WORDS[:-1]},
        scored_by=own["scored_by"].fillna(0),
    )
