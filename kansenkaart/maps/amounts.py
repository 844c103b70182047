"""Quantities and money of flows and matches: what is summed keeps its figures, what is shown those that are shown."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.maps.block import Block
from kansenkaart.maps.figures import round_figures, shorten_floats

FloatArray = npt.NDArray[np.float64]

_SUMMED = ("quantity", "co2_avoided_t_y", "value")
_FLOW_COLUMNS = (
    "value", "covered", "committed", "temperature_c", "theoretical", "low", "high", "reachable", "remaining",
    "delivered",
)  # fmt: skip
_MATCH_COLUMNS = (
    "quantity", "co2_avoided_t_y", "benefit_eur_y", "cost_eur_y", "net_eur_y", "net_low_eur_y", "net_high_eur_y",
    "break_even_eur_unit", "break_even_dear_eur_unit", "break_even_km", "pipe_mw", "quantity_p10", "quantity_p90",
)  # fmt: skip
# Ranges and break-evens are no better than two figures.
_TWO_FIGURES = (
    "net_low_eur_y", "net_high_eur_y", "break_even_eur_unit", "break_even_dear_eur_unit", "pipe_mw",
    "quantity_p10", "quantity_p90",
)  # fmt: skip


def add_flow_amounts(block: Block, flows: pd.DataFrame) -> dict[str, FloatArray]:
    """Columns of quantities of the flows; returns them as the page reads them."""
    return {name: _add(block, f"f.{name}", flows[name]) for name in _FLOW_COLUMNS}


def add_match_amounts(block: Block, matches: pd.DataFrame) -> dict[str, FloatArray]:
    """Columns of quantities and money of the matches; returns them as the page reads them."""
    return {name: _add(block, f"m.{name}", matches[name]) for name in _MATCH_COLUMNS}


def _add(block: Block, name: str, column: pd.Series) -> FloatArray:
    values = column.to_numpy(dtype=float)
    if column.name in _SUMMED:
        written = shorten_floats(values)
        block.add(name, written)
    else:
        written = round_figures(values, 2 if column.name in _TWO_FIGURES else 3)
        block.add_distinct(name, written)
    return written.astype(np.float64)
