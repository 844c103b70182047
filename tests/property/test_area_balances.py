"""A balance per municipality adds up to that of the region, and divides what is adjusted as least squares does."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.catalogue import load_catalogue
from kansenkaart.flows.balance import (
    Known,
    balance_flows,
    find_area_balances,
    find_items,
    frame_given,
    gather_rows,
)
from kansenkaart.tables.balances import ITEMS
from kansenkaart.texts import load_texts
from tests.tries import SOME

TEXTS, CATALOGUE = load_texts("en"), load_catalogue()
STREAM = "zuiveringsslib"
AREAS = ("GM1", "GM2", "GM3")
KINDS = ("rwzi", "sludge_dryer")
SIDES = ("supply_id", "demand_id")
NAMES = pd.Series({code: f"Place {code}" for code in AREAS})
OBSERVED = ["layer", "flow", "kind", "area_code", "row", "unit", "basis", "source", "kengetal"]
NUMBERS = ["value", "sd", "sd_pct", "low", "high", "source_year"]


@st.composite
def regions(draw):
    """Places in three municipalities and abroad, what comes free there, what runs between them, what was observed."""
    count = draw(st.integers(2, 6))
    sites = pd.DataFrame(
        {
            "site_id": [f"s{number}" for number in range(count)],
            "kind": [draw(st.sampled_from(KINDS)) for _ in range(count)],
            "municipality_code": [draw(st.sampled_from(AREAS)) for _ in range(count)],
            "municipality": "somewhere",
            "in_region": [number == 0 or draw(st.integers(0, 4)) > 0 for number in range(count)],
            "status": "active",
        }
    )
    rows = []
    for site in sites["site_id"]:
        theory = draw(st.integers(1, 900))
        rows.append(
            {
                "site_id": site,
                "theoretical": float(theory),
                "covered": float(draw(st.integers(0, theory)) // 4),
                "given_away": float(draw(st.integers(0, theory)) // 4),
                "running_unknown": False,
                "kengetal_id": draw(st.sampled_from((None, "zuiveringsslib_belasting"))),
            }
        )
    flows = pd.DataFrame(rows).assign(
        stream=STREAM, role="supply", committed=0.0, basis="measured", source="s", source_year=2020
    )
    flows["kengetal_id"] = flows["kengetal_id"].astype("str")
    ends = st.sampled_from([*sites["site_id"], "somebody"])
    links = pd.DataFrame(
        [
            {side: draw(ends) for side in SIDES} | {"quantity": float(draw(st.integers(1, 99)))}
            for _ in range(3)
        ]
    ).assign(stream=STREAM, status="running", source="l", source_year=2020)
    links["from_date"] = links["until_date"] = None
    seen = []
    for item in ("production", "import", "export", "treatment", "stock"):
        if draw(st.integers(0, 3)) == 0:
            seen.append({"flow": item, "value": float(draw(st.integers(1, 2000)))})
    return Known(sites, flows, links), seen, draw(st.booleans())


def _observe(known, seen, per_area):
    rows = [{"kind": None, "area_code": None, **row} for row in seen]
    first = known.sites.iloc[0]
    if per_area:
        rows.append(
            {
                "flow": "production",
                "kind": first["kind"],
                "area_code": first["municipality_code"],
                "value": 70.0,
            }
        )
    frame = pd.DataFrame(rows, columns=[*OBSERVED, *NUMBERS])
    frame = frame.assign(
        layer=STREAM, unit="t", basis="measured", source="o", sd_pct=10.0, source_year=2020.0
    )
    types = dict.fromkeys(NUMBERS, "float64") | dict.fromkeys(("kengetal", "source"), "str")
    return frame.assign(row=range(2, 2 + len(frame))).astype(types)


def _balance(known, seen, per_area=False):
    gathered = gather_rows(known, _observe(known, seen, per_area), [STREAM], CATALOGUE, texts=TEXTS, file="f")
    found = balance_flows(gathered.rows, file="f", texts=TEXTS)
    items = pd.DataFrame(find_items(gathered.rows, found.balances, texts=TEXTS))
    areas = find_area_balances(gathered, found.balances, items, NAMES, elsewhere="elsewhere")
    return gathered, found, items.set_index("item")["quantity"].fillna(0.0), areas.set_index("area")


@SOME
@given(regions())
def test_municipalities_add_up_to_the_region_and_nothing_becomes_less_sure(region):
    gathered, _, items, areas = _balance(*region)
    scale = max(1.0, items.abs().max())
    for item in ITEMS:
        assert abs(areas[item].sum() - items[item]) <= 1e-6 * scale, item
    assert abs(areas["received"].sum() - areas["passed_on"].sum()) <= 1e-6 * scale
    gains = areas[["production", "import", "received"]].sum(axis=1)
    uses = areas[["treatment", "use", "passed_on", "export", "stock", "loss"]].sum(axis=1)
    assert np.allclose(gains, uses, atol=1e-6 * scale)
    made = gathered.parts[gathered.parts["item"] == "production"]
    given_sd = (made["sd"] ** 2).groupby(made["area_code"]).sum() ** 0.5
    for code, sd in given_sd.items():
        assert areas.loc[NAMES[code], "production_sd"] <= sd * (1 + 1e-9)


@pytest.mark.parametrize("kengetal", ["zuiveringsslib_belasting", None])
def test_an_adjustment_is_divided_as_a_balance_of_the_parts_would(kengetal):
    """The oracle: the same with a row per municipality, reconciled by itself."""
    sites = pd.DataFrame(
        {
            "site_id": ["a", "b"],
            "kind": "rwzi",
            "municipality_code": ["GM1", "GM2"],
            "municipality": ["x", "y"],
            "in_region": True,
            "status": "active",
        }
    )
    flows = pd.DataFrame(
        {"site_id": ["a", "b"], "theoretical": [100.0, 300.0], "kengetal_id": [kengetal] * 2}
    ).assign(
        stream=STREAM,
        role="supply",
        covered=0.0,
        given_away=0.0,
        committed=0.0,
        basis="measured",
        source="s",
        running_unknown=False,
    )
    flows["source_year"], flows["kengetal_id"] = 2020, flows["kengetal_id"].astype("str")
    links = pd.DataFrame(
        columns=[*SIDES, "quantity", "stream", "status", "source", "source_year", "from_date", "until_date"]
    )
    known = Known(sites, flows, links.astype({"quantity": float}))
    gathered, _, _, areas = _balance(known, [{"flow": "production", "value": 500.0}])
    parts = gathered.parts[gathered.parts["item"] == "production"]
    rows = [
        {"flow": code, "to_process": "all", "value": value, "sd": sd, "kengetal": kengetal}
        for code, value, sd in parts[["area_code", "value", "sd"]].itertuples(index=False)
    ]
    rows.append({"flow": "seen", "from_process": "all", "value": 500.0, "sd": 50.0})
    frame = frame_given({"region": "r", "layer": "g", "entry": "flow", "unit": "t", **row} for row in rows)
    oracle = balance_flows(frame, file="f", texts=TEXTS).balances.set_index("flow")
    for code in ("GM1", "GM2"):
        assert areas.loc[NAMES[code], "production"] == pytest.approx(oracle.loc[code, "reconciled"])
        assert areas.loc[NAMES[code], "production_sd"] == pytest.approx(oracle.loc[code, "reconciled_sd"])
