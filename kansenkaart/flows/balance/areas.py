"""The items of the balance of a region, and the same per municipality: where its parts lie, with the same sums.

A balance holds only the sum of a row against the rest. Least squares then divides its adjustment over the parts as
their covariance with the sum: by spread where they err together, by its square where each errs by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from kansenkaart.flows.balance.regional import Gathered
from kansenkaart.tables.balances import AREA_ITEMS, ITEMS
from kansenkaart.texts import Texts

_KEY = ["layer", "area_code"]
# What may be left between two sums of the same numbers.
_CLOSES = 1e-9
_NOWHERE = ""


def find_items(rows: pd.DataFrame, balances: pd.DataFrame, *, texts: Texts) -> Iterator[dict[str, object]]:
    """Give per stream every item of ``ITEMS``: how large it is, and whether measured, estimated or unknown.

    Parameters
    ----------
    rows
        Of ``gather_rows``.
    balances
        Frame ``BALANCES`` of them; ``region`` holds the stream.
    """
    for stream, own in balances.groupby("region", sort=False):
        given = rows[rows["region"] == stream]
        by_flow = own.drop_duplicates("flow").set_index("flow")
        for item in ITEMS:
            flow = texts(f"tables.values.item.{item}")
            if flow not in by_flow.index:
                yield {"layer": stream, "item": item, "unit": own["unit"].iloc[0], "basis": "unknown"}
                continue
            row = by_flow.loc[flow]
            known = bool(pd.notna(row["reconciled"]))
            gathered = (
                ("to_process", row["from_process"])
                if item == "production"
                else ("from_process", row["to_process"])
            )
            parts = own.loc[own[gathered[0]].eq(gathered[1]), "flow"]
            stated = given.loc[given["flow"].isin({flow, *parts}) & given["value"].notna(), "basis"]
            measured = bool(row["basis"] == "measured") or (len(stated) > 0 and stated.eq("measured").all())
            yield {
                "layer": stream,
                "item": item,
                "unit": row["unit"],
                "basis": "unknown" if not known else ("measured" if measured else "estimated"),
                "given": row["value"],
                "quantity": row["reconciled"],
                "quantity_sd": row["reconciled_sd"],
            }


def find_area_balances(
    gathered: Gathered, balances: pd.DataFrame, items: pd.DataFrame, names: pd.Series, *, elsewhere: str
) -> pd.DataFrame:
    """Frame ``BALANCE_AREAS`` without the name of the region; a layer is the id of a stream.

    Parameters
    ----------
    balances, items
        What the rows of `gathered` became.
    names
        Municipality by its code.
    elsewhere
        What stands for a municipality where it is not known.
    """
    parts = _adjust(gathered.parts, balances)
    told = _add_up(parts, items)
    spread = (parts[parts["item"] == "production"].groupby(_KEY)["variance"].sum() ** 0.5).rename(
        "production_sd"
    )
    seen = _compare(gathered.seen, gathered.parts)
    told = told.join(spread).join(seen).reset_index()
    told["unit"] = told["layer"].map(items.drop_duplicates("layer").set_index("layer")["unit"])
    placed = told["area_code"] != _NOWHERE
    told["area"] = told["area_code"].map(names).where(placed, elsewhere)
    told["area_code"] = told["area_code"].where(placed)
    told["place"] = ~placed
    order = {name: number for number, name in enumerate(items["layer"].drop_duplicates())}
    told["number"] = told["layer"].map(order)
    return told.sort_values(["number", "place", "area"], kind="stable").drop(columns=["number", "place"])


def _adjust(parts: pd.DataFrame, balances: pd.DataFrame) -> pd.DataFrame:
    """The parts as the balance closes: value + share x the adjustment of their row."""
    rows = balances.drop_duplicates(["region", "flow"])
    told = parts.merge(
        rows[["region", "flow", "adjustment", "reconciled_sd"]].assign(row_sd=rows["sd"]),
        on=["region", "flow"],
        how="left",
    )
    told["quantity"] = told["value"] + told["share"] * told["adjustment"].fillna(0.0)
    less = (told["row_sd"] ** 2 - told["reconciled_sd"] ** 2).fillna(0.0)
    told["variance"] = (told["sd"] ** 2 - told["share"] ** 2 * less).clip(lower=0.0)
    codes = {name: told[name].fillna(_NOWHERE) for name in ("area_code", "from_code")}
    return told.assign(layer=told["region"], **codes)


def _add_up(parts: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Per stream and municipality every item; what nobody placed stands apart, so that the sums are the region's."""
    moved = parts[parts["item"].isin(("treatment", "use")) & (parts["area_code"] != parts["from_code"])]
    gone = moved.assign(area_code=moved["from_code"], item="passed_on")
    every = pd.concat([parts, moved.assign(item="received"), gone], ignore_index=True)
    wide = every.pivot_table(index=_KEY, columns="item", values="quantity", aggfunc="sum", fill_value=0.0)
    wide = wide.reindex(columns=list(AREA_ITEMS), fill_value=0.0)
    totals = items.pivot_table(index="layer", columns="item", values="quantity", aggfunc="sum")
    totals = totals.reindex(columns=[one for one in ITEMS if one != "loss"]).fillna(0.0)
    rest = totals - wide.groupby(level="layer")[list(totals.columns)].sum().reindex(
        totals.index, fill_value=0.0
    )
    rest = rest.where(
        rest.abs() > _CLOSES * totals.abs().max(axis=1).clip(lower=1.0).to_numpy()[:, None], 0.0
    )
    rest = rest[(rest != 0).any(axis=1)]
    rest.index = pd.MultiIndex.from_product([rest.index, [_NOWHERE]], names=_KEY)
    wide = wide.add(rest, fill_value=0.0).fillna(0.0)[list(AREA_ITEMS)]
    gains = wide["production"] + wide["import"] + wide["received"]
    wide["loss"] = gains - wide[["treatment", "use", "export", "stock", "passed_on"]].sum(axis=1)
    return wide


def _compare(seen: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """What was observed in a municipality, and how many standard deviations that is from the estimate of the same."""
    kinds = ["layer", "kind", "area_code"]
    made = parts[parts["item"] == "production"].rename(columns={"region": "layer"})
    made = (
        made.assign(variance=made["sd"] ** 2, estimated=made["value"])
        .groupby(kinds)[["estimated", "variance"]]
        .sum()
    )
    told = seen.assign(observed_variance=seen["sd"] ** 2, observed=seen["value"]).join(made, on=kinds)
    sums = told.groupby(_KEY)[["observed", "observed_variance", "estimated", "variance"]].sum()
    both = (sums["observed_variance"] + sums["variance"]) ** 0.5
    return pd.DataFrame(
        {
            "observed": sums["observed"],
            "observed_sd": sums["observed_variance"] ** 0.5,
            "estimated": sums["estimated"],
            "differs": (sums["observed"] - sums["estimated"]) / both.where(both > 0),
        }
    )
