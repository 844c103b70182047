"""What a comparison found."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from kansenkaart.texts import Language


@dataclass(frozen=True)
class Compared:
    """What changed from A to B.

    Parameters
    ----------
    changes, inputs, rows
        Frames ``CHANGES``, ``CHANGED_INPUTS`` and ``CHANGED_ROWS``.
    little
        Chances that moved by less than a hundredth only, and are no change.
    runs
        How often step 1 to 3 were run; 0 when two builds were compared, of which no cause is known.
    titles
        What A and B are called.
    """

    changes: gpd.GeoDataFrame
    inputs: pd.DataFrame
    rows: pd.DataFrame
    little: int
    runs: int
    titles: tuple[str, str]
    language: Language

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The frames by name, the most important first."""
        return {"changes": self.changes, "changed_inputs": self.inputs, "changed_rows": self.rows}


def name_both(titles: tuple[str, str], folders: tuple[str, str]) -> tuple[str, str]:
    """What A and B are called: their titles, with their folders where these are the same."""
    if titles[0] != titles[1]:
        return titles
    return f"{titles[0]} ({folders[0]})", f"{titles[1]} ({folders[1]})"
