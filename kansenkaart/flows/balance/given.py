"""What was given of a balance, row by row: its value in the unit of its layer, how it is known and how sure it is."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from kansenkaart.errors import DataError, Fault
from kansenkaart.tables import BALANCE_ROWS
from kansenkaart.tables.balances import GIVEN_NUMBERS, GIVEN_WORDS
from kansenkaart.units import UNITS, conversion_factor, converts

# From low to high are the middle eight of ten cases, as for kengetallen: 2 x 1.2816 standard deviations.
SD_PER_RANGE = 1 / (2 * 1.2815515655446004)
_PLAIN = ("flow", "stock")
_UNIT_OF_SHARE = {"": 1.0, "-": 1.0, "%": 0.01}
_ARROW = " → "

Row = Mapping[Hashable, Any]


def frame_given(rows: Iterable[Mapping[str, object]], *more: str) -> pd.DataFrame:
    """Return rows as ``read_given`` takes them, with columns `more`; what a row does not say is missing."""
    told = pd.DataFrame(list(rows), columns=[*GIVEN_WORDS, *GIVEN_NUMBERS, *more])
    return told.astype({**dict.fromkeys(GIVEN_WORDS, "str"), **dict.fromkeys(GIVEN_NUMBERS, "float64")})


def read_given(given: pd.DataFrame, *, file: str) -> pd.DataFrame:
    """Return frame ``BALANCE_ROWS`` of the rows of a file.

    Parameters
    ----------
    given
        The columns of ``BALANCE_ROWS`` as the file has them, and ``sd_pct, low, high``: how sure a value is, in one of
        three ways. The index holds the numbers of the rows.
    file
        Name of the file, for faults.

    Raises
    ------
    DataError
        With every row that cannot be, what stands there, and what to do.
    """
    rows = given.assign(row=given.index)
    rows["flow"] = _name_flows(rows)
    units = _find_layer_units(rows)
    faults = [
        fault
        for row in rows.to_dict("records")
        for fault in _check_row(row, file, units.get((row["region"], row["layer"])))
    ]
    if faults:
        raise DataError.of(faults)
    factors = pd.Series(
        [_factor(row, units) for row in rows.to_dict("records")], index=rows.index, dtype=float
    )
    spread = (
        rows["sd"]
        .fillna(rows["sd_pct"] / 100 * rows["value"].abs())
        .fillna((rows["high"] - rows["low"]) * SD_PER_RANGE)
    )
    rows["value"] *= factors
    rows["sd"] = spread * factors
    rows["basis"] = rows["basis"].fillna(
        pd.Series(np.where(rows["value"].notna(), "measured", "unknown"), index=rows.index)
    )
    rows["unit"] = [_told_unit(row, units) for row in rows.to_dict("records")]
    return BALANCE_ROWS.conform(rows)


def _name_flows(rows: pd.DataFrame) -> pd.Series:
    """A flow without a name is called by its ends."""
    ends = rows["from_process"].fillna("…") + _ARROW + rows["to_process"].fillna("…")
    named = rows["entry"].isin(_PLAIN) & (rows["from_process"].notna() | rows["to_process"].notna())
    return rows["flow"].fillna(ends.where(named))


def _find_layer_units(rows: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Unit of every layer of a region: of its first row with one; the first layer of a region is that of goods."""
    plain = rows[rows["entry"].isin(_PLAIN) & rows["unit"].isin(UNITS)]
    first = plain.drop_duplicates(["region", "layer"])
    return {(row["region"], row["layer"]): row["unit"] for _, row in first.iterrows()}


def _check_row(row: Row, file: str, unit: str | None) -> Iterator[Fault]:
    at = {"file": file, "row": row["row"], "flow": row["flow"]}
    if pd.isna(row["flow"]):
        message = "{file}, row {row} names no flow and no process. Fill in flow, or from and to."
        yield Fault("balance_nameless", message, {"file": file, "row": row["row"]})
        return
    yield from _check_ends(row, at)
    yield from _check_value(row, at)
    yield from _check_spread(row, at)
    yield from _check_unit(row, at, unit)


def _check_ends(row: Row, at: dict[str, object]) -> Iterator[Fault]:
    ends = [row[name] for name in ("from_process", "to_process") if pd.notna(row[name])]
    if row["entry"] == "flow" and not ends:
        message = (
            "{file}, row {row} ({flow}) is a flow from nowhere to nowhere. Fill in from, to, or both: an empty one is "
            "outside the region."
        )
        yield Fault("balance_endless", message, at)
    if row["entry"] == "flow" and len(ends) == 2 and ends[0] == ends[1]:
        message = (
            "{file}, row {row} ({flow}) goes from {process} to itself, which no balance can see. Split the process "
            "where it is recycled, or take the row out."
        )
        yield Fault("balance_itself", message, at | {"process": ends[0]})
    if row["entry"] == "stock" and len(ends) != 1:
        message = (
            "{file}, row {row} ({flow}) is a change of stock: name in from the one process that keeps it, and leave to "
            "empty."
        )
        yield Fault("balance_stock_ends", message, at)


def _check_value(row: Row, at: dict[str, object]) -> Iterator[Fault]:
    value, entry = row["value"], row["entry"]
    if row["basis"] == "unknown" and pd.notna(value):
        message = (
            "{file}, row {row} ({flow}) is 'unknown' and has the value {value}. Empty the value, or write measured or "
            "estimated."
        )
        yield Fault("balance_known", message, at | {"value": f"{value:.12g}"})
    if row["basis"] in ("measured", "estimated") and pd.isna(value):
        message = "{file}, row {row} ({flow}) is '{basis}' and has no value. Fill it in, or write unknown."
        yield Fault("balance_valueless", message, at | {"basis": row["basis"]})
    if entry != "stock" and value < 0:
        message = (
            "{file}, row {row} ({flow}) is negative: {value}. A flow the other way is one from its end to its "
            "beginning; only a change of stock may be negative."
        )
        yield Fault("balance_negative", message, at | {"value": f"{value:.12g}"})
    share = value * _UNIT_OF_SHARE.get("" if pd.isna(row["unit"]) else row["unit"], np.nan)
    if entry == "transfer" and share > 1:
        message = (
            "{file}, row {row} ({flow}) is a transfer coefficient of {value}; allowed: from 0 to 1, or to 100 with "
            "unit %."
        )
        yield Fault("balance_share", message, at | {"value": f"{value:.12g}"})


def _check_spread(row: Row, at: dict[str, object]) -> Iterator[Fault]:
    value, low, high = row["value"], row["low"], row["high"]
    ways = [name for name in ("sd", "sd_pct") if pd.notna(row[name])]
    ways += ["low/high"] if pd.notna(low) or pd.notna(high) else []
    if pd.isna(value):
        if ways:
            message = (
                "{file}, row {row} ({flow}) says how sure it is ({ways}), and has no value. Fill in value."
            )
            yield Fault("balance_spread_alone", message, at | {"ways": ", ".join(ways)})
    elif not ways:
        message = (
            "{file}, row {row} ({flow}) does not say how sure its value is. Fill in sd, sd_pct, or low and high; "
            "sd 0 says that it is exact."
        )
        yield Fault("balance_spreadless", message, at)
    elif len(ways) > 1:
        message = "{file}, row {row} ({flow}) says how sure it is in several ways: {ways}. Keep one."
        yield Fault("balance_spread_twice", message, at | {"ways": ", ".join(ways)})
    elif ways == ["low/high"] and not low <= value <= high:
        message = (
            "{file}, row {row} ({flow}): low, value and high must rise, and be there all three; they are {low}, "
            "{value}, {high}."
        )
        values = {"low": f"{low:.12g}", "value": f"{value:.12g}", "high": f"{high:.12g}"}
        yield Fault("balance_range", message, at | values)
    elif ways == ["sd_pct"] and value == 0 and row["sd_pct"] > 0:
        message = (
            "{file}, row {row} ({flow}): {percent} % of 0 is 0, which says that it is exact. Fill in sd or low and "
            "high, or sd 0 where it is exact."
        )
        yield Fault("balance_spread_of_zero", message, at | {"percent": f"{row['sd_pct']:.12g}"})
    elif ways[0] != "low/high" and row[ways[0]] < 0:
        message = "{file}, row {row} ({flow}): {way} is {value}; allowed: 0 or more."
        yield Fault(
            "balance_spread_negative", message, at | {"way": ways[0], "value": f"{row[ways[0]]:.12g}"}
        )


def _check_unit(row: Row, at: dict[str, object], unit: str | None) -> Iterator[Fault]:
    given: str = "" if pd.isna(row["unit"]) else row["unit"]
    if row["entry"] == "transfer":
        if given not in _UNIT_OF_SHARE:
            message = "{file}, row {row} ({flow}): a transfer coefficient has unit - or %, not {unit}."
            yield Fault("balance_share_unit", message, at | {"unit": given})
    elif row["entry"] == "content":
        if given not in _UNIT_OF_SHARE and not _is_ratio(given):
            message = (
                "{file}, row {row} ({flow}): a content has a unit such as kg/t or %, not {unit}. "
                "Each side: {allowed}."
            )
            yield Fault("balance_content_unit", message, at | {"unit": given, "allowed": ", ".join(UNITS)})
    elif given not in UNITS:
        message = "{file}, row {row} ({flow}): unit '{unit}' is not known. Allowed: {allowed}."
        yield Fault("balance_unit_unknown", message, at | {"unit": given, "allowed": ", ".join(UNITS)})
    elif unit is not None and not converts(given, unit):
        message = (
            "{file}, row {row} ({flow}): {unit} cannot become {target}, the unit of layer {layer}. Give it in one that "
            "can, or in a layer of its own."
        )
        yield Fault("balance_unit", message, at | {"unit": given, "target": unit, "layer": row["layer"]})


def _is_ratio(unit: str) -> bool:
    above, _, below = unit.partition("/")
    return above in UNITS and below in UNITS


def _factor(row: Row, units: dict[tuple[str, str], str]) -> float:
    """What turns the given number into the unit of its layer; of a content a ratio stays what it is."""
    unit: str = "" if pd.isna(row["unit"]) else row["unit"]
    if row["entry"] in _PLAIN:
        return conversion_factor(unit, units[row["region"], row["layer"]])
    return _UNIT_OF_SHARE.get(unit, 1.0)


def _told_unit(row: Row, units: dict[tuple[str, str], str]) -> str:
    if row["entry"] in _PLAIN:
        return units[row["region"], row["layer"]]
    return row["unit"] if row["entry"] == "content" and _is_ratio(str(row["unit"])) else "-"
