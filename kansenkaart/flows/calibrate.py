"""Estimated flows scaled to a published total: one national figure is wrong by a factor two in a region."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from kansenkaart.project import ControlTotal
from kansenkaart.tables.reasons import Number, Said


def calibrate_flows(
    flows: pd.DataFrame, sites: gpd.GeoDataFrame, totals: tuple[ControlTotal, ...]
) -> tuple[pd.DataFrame, list[ControlTotal]]:
    """Scale the estimated flows so that measured + estimated equals each published total.

    Parameters
    ----------
    flows
        Gross flows with ``site_id, stream, role, theoretical, low, high, basis, formula, source``.
    sites
        Frame ``SITES``.
    totals
        What the flows of an area must add up to, in the stream's unit per year.

    Returns
    -------
    tuple
        The scaled flows (the factor stands in ``formula``), and the totals that could not be met because nothing
        is estimated there or the measured flows exceed them already.
    """
    flows = flows.copy()
    place = sites.set_index("site_id")
    unmet: list[ControlTotal] = []
    for total in totals:
        rows = (
            (flows["stream"] == total.stream) & (flows["role"] == total.role) & _inside(flows, place, total)
        )
        estimated = rows & (flows["basis"] == "estimated")
        present = float(flows.loc[estimated, "theoretical"].sum())
        wanted = total.quantity - float(flows.loc[rows & ~estimated, "theoretical"].sum())
        if present <= 0 or wanted <= 0:
            unmet.append(total)
            continue
        factor = wanted / present
        flows.loc[estimated, ["theoretical", "low", "high"]] *= factor
        flows.loc[estimated, "formula"] = pd.Series(
            [
                Said(
                    "formula_calibrated",
                    {
                        "formula": formula,
                        "factor": Number(factor),
                        "value": Number(quantity),
                        "unit": unit,
                        "source": total.source,
                        "year": total.year,
                    },
                )
                for formula, quantity, unit in flows.loc[
                    estimated, ["formula", "theoretical", "unit"]
                ].itertuples(index=False)
            ],
            index=flows.index[estimated],
            dtype=object,
        )
        flows.loc[estimated, "source"] = flows.loc[estimated, "source"] + f"; {total.source}"
    return flows, unmet


def _inside(flows: pd.DataFrame, place: gpd.GeoDataFrame, total: ControlTotal) -> pd.Series:
    at = place.loc[flows["site_id"]]
    # A published total counts what runs: a planned or suspended place has no share in it.
    runs = at["status"] == "active"
    inside = at["municipality_code"].isin(total.municipalities) if total.municipalities else at["in_region"]
    if total.kinds:
        inside = inside & at["kind"].isin(total.kinds)
    return pd.Series((inside & runs).to_numpy(dtype=bool), index=flows.index)
