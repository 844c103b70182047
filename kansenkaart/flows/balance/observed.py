"""What was observed per municipality, in the unit of its stream and with its standard deviation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.flows.balance.given import frame_given, read_given
from kansenkaart.tables.balances import GIVEN_NUMBERS

# What an observed row says beside its numbers.
TOLD = ("row", "unit", "basis", "source", "kengetal")


def read_seen(observed: pd.DataFrame, catalogue: Catalogue, file: str) -> pd.DataFrame:
    """What was observed per municipality, each with its standard deviation, in the unit of its stream.

    Raises
    ------
    DataError
        With every row that has no value, no spread or a unit that does not fit.
    """
    if observed.empty:
        return observed.assign(sd=np.nan)
    names = observed["layer"].astype(str)
    # the first row of a layer says its unit
    rows: list[Mapping[str, object]] = [
        _observe(one, one) | {"unit": catalogue.streams[one].unit} for one in names.unique()
    ]
    units = len(rows)
    kept = observed[[*TOLD, *GIVEN_NUMBERS]].to_dict("records")
    for name, code, row in zip(names, observed["area_code"], kept, strict=True):
        rows.append(_observe(name, str(code)) | {str(column): value for column, value in row.items()})
    frame = frame_given(rows, "row")
    frame.index = pd.Index(frame.pop("row").fillna(0).astype(int), name=None)
    read = read_given(frame, file=file).iloc[units:]
    told = {name: read[name].to_numpy() for name in ("value", "sd", "unit")}
    return observed.assign(**told, sd_pct=np.nan, low=np.nan, high=np.nan)


def _observe(layer: str, begin: str) -> dict[str, object]:
    return {
        "region": layer,
        "layer": layer,
        "entry": "flow",
        "flow": f"{layer} {begin}",
        "from_process": begin,
    }
