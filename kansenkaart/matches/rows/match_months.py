"""What every match of a seasonal stream moves in every month: rows of ``MATCH_MONTHS``."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.matches.rows.priced import write_rows
from kansenkaart.matches.solve.solution import StreamSolution


def spread_months(one: StreamSolution) -> pd.DataFrame:
    """One row per match and month; nothing for a stream that was matched by the year."""
    months = one.solved.months
    if months.shape[1] == 1:
        return pd.DataFrame()
    chosen = np.flatnonzero(one.pairs["chosen"].to_numpy(dtype=bool))
    rows = write_rows(one.pairs.iloc[chosen], one.problem, one.sides, drawn=False)
    count = months.shape[1]
    return pd.DataFrame(
        {
            "match_id": np.repeat(rows["match_id"].to_numpy(), count),
            "stream": one.problem.stream.id,
            "month": np.tile(np.arange(1, count + 1), len(chosen)),
            "quantity": months[chosen].ravel(),
            "from_store": one.solved.from_store[chosen].ravel(),
            "unit": one.problem.stream.unit,
        }
    )
