"""What hangs together: legs of a chain, heat with CO2, matches on one pipe, and how alike supply and demand fall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.maps.block import Block
from kansenkaart.tables.frames import Frames

# Share of months in common, in hundredths; this is 'unknown'.
_UNKNOWN = 255


def add_connected(block: Block, frames: Frames) -> None:
    """Columns ``m.chain``, ``m.leg``, ``m.coupled``, ``m.trunk`` and ``m.overlap``; header list ``chains``."""
    matches = frames.matches.sort_values("rank", kind="stable")
    chains = frames.chains.drop_duplicates("chain_id")
    block.header["chains"] = [_describe(chain) for chain in chains.to_dict("records")]
    block.add_index("m.chain", _place(matches["chain_id"], chains["chain_id"].tolist()))
    block.add_index("m.leg", matches["leg"].to_numpy(dtype=np.int64))
    block.add("m.coupled", matches["coupled_id"].notna().to_numpy(dtype=np.uint8))
    shared = matches["trunk_id"].value_counts()
    block.add_index("m.trunk", _place(matches["trunk_id"], sorted(shared.index[shared > 1])))
    overlap = np.rint(matches["overlap"].to_numpy(dtype=float) * 100.0)
    block.add("m.overlap", np.where(np.isnan(overlap), _UNKNOWN, np.minimum(overlap, 100)).astype(np.uint8))


def _describe(chain: dict[Any, Any]) -> dict[str, Any]:
    return {
        "path": chain["path"],
        "class": chain["chance_class"],
        "net": _number(chain["net_eur_y"]),
        "co2": _number(chain["co2_avoided_t_y"]),
    }


def _place(column: pd.Series, names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Place of every value among `names`, counted from 1; 0 is none."""
    known = {name: number for number, name in enumerate(names, start=1)}
    return np.array([known.get(value, 0) for value in column], dtype=np.int64)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
