"""The network that the rows of a balance make: what belongs to what, and what cannot be."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from kansenkaart.allowed import suggest
from kansenkaart.errors import DataError, Fault
from kansenkaart.tables import BALANCE_ROWS
from kansenkaart.units import conversion_factor, converts

_PLAIN = ("flow", "stock")
_PRODUCTS = ("transfer", "content")
# What a sum of decimals may differ from 1.
_ROUNDED = 1e-9

Row = Mapping[Hashable, Any]


def complete_network(rows: pd.DataFrame, *, file: str) -> pd.DataFrame:
    """Return `rows` with a row for every flow of which a layer said nothing: missing is not zero.

    Parameters
    ----------
    rows
        Frame ``BALANCE_ROWS``.

    Raises
    ------
    DataError
        With every row that does not fit the others.
    """
    faults = [
        *_find_twice(rows, file),
        *_find_alike(rows["region"], file),
        *(fault for _, region in rows.groupby("region", sort=False) for fault in _check(region, file)),
    ]
    if faults:
        raise DataError.of(faults)
    parts = [_complete(region) for _, region in rows.groupby("region", sort=False)]
    completed = BALANCE_ROWS.conform(pd.concat(parts, ignore_index=True))
    BALANCE_ROWS.check(completed)
    return completed


def find_scale(content: Row, rows: pd.DataFrame) -> float:
    """Return what a content of one is in the unit of its layer per unit of the first layer.

    Raises
    ------
    ValueError
        When its unit is not one of the two layers'.
    """
    plain = rows[rows["entry"].isin(_PLAIN)]
    unit = str(content["unit"])
    above, _, below = unit.partition("/")
    layers = plain.drop_duplicates("layer").set_index("layer")["unit"]
    if unit == "-":
        return 1.0 / conversion_factor(str(layers[content["layer"]]), str(layers.iloc[0]))
    return conversion_factor(above, str(layers[content["layer"]])) / conversion_factor(
        below, str(layers.iloc[0])
    )


def _find_twice(rows: pd.DataFrame, file: str) -> Iterator[Fault]:
    """A flow and a stock of one name would be one to a transfer coefficient, too."""
    told = rows.assign(sort=rows["entry"].where(~rows["entry"].isin(_PLAIN), "flow"))
    key = ["region", "layer", "sort", "flow"]
    for _, same in told[told.duplicated(key, keep=False)].groupby(key, sort=False):
        message = (
            "{file}: {flow} stands in rows {rows}, in layer {layer}, as {entry}. Give each a name of its own, or keep "
            "one."
        )
        first = same.iloc[0]
        listed = ", ".join(str(row) for row in same["row"])
        values = {"file": file, "rows": listed, **{name: first[name] for name in ("flow", "layer", "entry")}}
        yield Fault("balance_twice", message, values)


def _check(rows: pd.DataFrame, file: str) -> Iterator[Fault]:
    plain = rows[rows["entry"].isin(_PLAIN)]
    yield from _check_same_ends(plain, file)
    yield from _check_spelling(plain, file)
    yield from _check_through(plain, file)
    yield from _check_shares(rows, plain, file)
    for row in rows[rows["entry"].isin(_PRODUCTS)].to_dict("records"):
        yield from _check_product(row, plain, file)


def _check_same_ends(plain: pd.DataFrame, file: str) -> Iterator[Fault]:
    """A flow is the same in every layer: its goods carry the substances."""
    ends = plain.drop_duplicates(["entry", "flow", "from_process", "to_process"])
    several = ends[ends.duplicated(["entry", "flow"], keep=False)]
    for (_, flow), same in several.groupby(["entry", "flow"], sort=False):
        message = (
            "{file}: {flow} has other ends in rows {rows}. A flow has one beginning and one end in all layers; "
            "give another flow another name."
        )
        listed = ", ".join(str(row) for row in same["row"])
        yield Fault("balance_ends", message, {"file": file, "flow": flow, "rows": listed})


def _check_spelling(plain: pd.DataFrame, file: str) -> Iterator[Fault]:
    yield from _find_alike(pd.concat([plain["from_process"], plain["to_process"]]), file)
    yield from _find_alike(plain["layer"], file)


def _find_alike(names: pd.Series, file: str) -> Iterator[Fault]:
    """Names that differ by capitals, spaces or signs alone would each have a balance of their own."""
    names = names.dropna().drop_duplicates()
    folded = names.str.casefold().str.replace(r"\W+", "", regex=True)
    for _, same in names[folded != ""].groupby(folded):
        if len(same) > 1:
            message = "{file}: {names} look like one and the same. Write it one way everywhere."
            yield Fault("balance_spelling", message, {"file": file, "names": ", ".join(sorted(same))})


def _check_through(plain: pd.DataFrame, file: str) -> Iterator[Fault]:
    """What enters a process must be able to leave it, or to stay."""
    flows, stocks = plain[plain["entry"] == "flow"], plain[plain["entry"] == "stock"]
    kept = set(stocks["from_process"].fillna(stocks["to_process"]))
    enters = flows.dropna(subset="to_process").drop_duplicates("to_process").set_index("to_process")["row"]
    leaves = (
        flows.dropna(subset="from_process").drop_duplicates("from_process").set_index("from_process")["row"]
    )
    for process, row in enters.items():
        if process not in leaves.index and process not in kept:
            message = (
                "{file}, row {row}: nothing leaves {process}, so nothing can enter it. Leave 'to' empty where this is "
                "the border of the region, give it a flow out, or a row of entry stock."
            )
            yield Fault("balance_sink", message, {"file": file, "row": row, "process": process})
    for process, row in leaves.items():
        if process not in enters.index and process not in kept:
            message = (
                "{file}, row {row}: nothing enters {process}, so nothing can leave it. Leave 'from' empty where this "
                "is the border of the region, give it a flow in, or a row of entry stock."
            )
            yield Fault("balance_spring", message, {"file": file, "row": row, "process": process})


def _check_shares(rows: pd.DataFrame, plain: pd.DataFrame, file: str) -> Iterator[Fault]:
    """Exact coefficients of all that leaves a process add up to 1, or nothing could pass it; of a part, to no more."""
    exact = rows[(rows["entry"] == "transfer") & (rows["sd"] == 0)].set_index(["layer", "flow"])
    stocks = plain[plain["entry"] == "stock"]
    kept = set(stocks["from_process"].fillna(stocks["to_process"]))
    leaves = plain[(plain["entry"] == "flow") & plain["from_process"].notna()]
    for (layer, process), own in leaves.groupby(["layer", "from_process"], sort=False) if len(exact) else ():
        keys = pd.MultiIndex.from_frame(own[["layer", "flow"]])
        shares = exact.loc[keys[keys.isin(exact.index)]]
        total = float(shares["value"].sum())
        every = process not in kept and len(shares) == len(own)
        if total > 1 + _ROUNDED or (every and total < 1 - _ROUNDED):
            message = (
                "{file}: the exact transfer coefficients of what leaves {process} ({layer}) add up to {total}, in "
                "rows {rows}; all together they must add up to 1. Correct them, leave one out, or give one a spread."
            )
            listed = ", ".join(str(row) for row in shares["row"])
            values = {
                "file": file,
                "process": process,
                "layer": layer,
                "total": f"{total:.12g}",
                "rows": listed,
            }
            yield Fault("balance_shares", message, values)


def _check_product(row: Row, plain: pd.DataFrame, file: str) -> Iterator[Fault]:
    values = {"file": file, "row": row["row"], "flow": row["flow"], "layer": row["layer"]}
    own = plain[plain["flow"] == row["flow"]]
    if own.empty:
        message = "{file}, row {row}: there is no flow {flow} in this region. {hint}"
        yield Fault(
            "balance_target", message, values | {"hint": suggest(row["flow"], plain["flow"].unique())}
        )
        return
    if row["layer"] not in set(plain["layer"]):
        message = (
            "{file}, row {row} ({flow}): layer {layer} has no flow or stock, so its unit is not known. Add a row of "
            "entry flow for it; its value may be unknown."
        )
        yield Fault("balance_layer", message, values)
        return
    process = own["from_process"].iloc[0]
    if row["entry"] == "transfer" and pd.isna(process):
        message = (
            "{file}, row {row} ({flow}): a transfer coefficient says how a process divides what it takes in; this flow "
            "comes from outside the region."
        )
        yield Fault("balance_undivided", message, values)
    if row["entry"] == "content":
        yield from _check_content(row, plain, values)


def _check_content(row: Row, plain: pd.DataFrame, values: dict[str, object]) -> Iterator[Fault]:
    first = plain["layer"].iloc[0]
    if row["layer"] == first:
        message = (
            "{file}, row {row} ({flow}): a content is that of another layer in {layer}, the first layer of the file. "
            "Name the layer it is the content of."
        )
        yield Fault("balance_content_layer", message, values)
        return
    try:
        scale = find_scale(row, plain)
    except ValueError:
        layers = plain.drop_duplicates("layer").set_index("layer")["unit"]
        message = (
            "{file}, row {row} ({flow}): {unit} is no {above} of {layer} per {below} of {first}. Give it in a unit of "
            "both layers."
        )
        units = {"unit": row["unit"], "above": layers[row["layer"]], "below": layers.iloc[0], "first": first}
        yield Fault("balance_content", message, values | units)
        return
    yield from _check_full(row, scale, plain, values)


def _check_full(row: Row, scale: float, plain: pd.DataFrame, values: dict[str, object]) -> Iterator[Fault]:
    """Of a mass no more than all of it is one of its substances."""
    units = plain.drop_duplicates("layer").set_index("layer")["unit"]
    if not converts(str(units[row["layer"]]), str(units.iloc[0])):
        return
    share = row["value"] * scale * conversion_factor(str(units[row["layer"]]), str(units.iloc[0]))
    if share > 1 + _ROUNDED:
        message = (
            "{file}, row {row} ({flow}): this content of {layer} is {share} times the whole. Correct the value or "
            "its unit."
        )
        yield Fault("balance_content_full", message, values | {"share": f"{share:.12g}"})


def _complete(rows: pd.DataFrame) -> pd.DataFrame:
    plain = rows[rows["entry"].isin(_PLAIN)]
    units = plain.drop_duplicates("layer").set_index("layer")["unit"]
    every = plain.drop_duplicates(["entry", "flow"])
    known = set(zip(plain["layer"], plain["entry"], plain["flow"], strict=True))
    added = [
        {
            **{name: row[name] for name in ("region", "entry", "flow", "from_process", "to_process")},
            "layer": layer,
            "unit": unit,
            "basis": "unknown",
            "row": 0,
        }
        for layer, unit in units.items()
        for row in every.to_dict("records")
        if (layer, row["entry"], row["flow"]) not in known
    ]
    return pd.concat([rows, BALANCE_ROWS.conform(pd.DataFrame(added))], ignore_index=True) if added else rows
