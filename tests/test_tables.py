"""A frame keeps its contract, or every fault of it is told at once; an empty one no less than a full one."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from kansenkaart.errors import DataError
from kansenkaart.tables import SITES
from kansenkaart.tables.table import Column, Table

TABLE = Table(
    "proef",
    "",
    ("id",),
    (
        Column("id", "str", ""),
        Column("kind", "str", "", nullable=True, allowed=("a", "b")),
        Column("size", "float", "", nullable=True, minimum=0.0),
        Column("year", "int", "", nullable=True, minimum=1900),
        Column("there", "bool", ""),
    ),
)
ROW = {"id": "1", "kind": "a", "size": 1.0, "year": 2024, "there": True}


def frame(*rows):
    return TABLE.conform(pd.DataFrame(list(rows)))


def faults(given):
    with pytest.raises(DataError) as caught:
        TABLE.check(given)
    return [fault.key for fault in caught.value.faults]


def test_a_column_that_is_not_given_is_missing_in_every_row():
    made = TABLE.conform(pd.DataFrame({"id": ["1", "2"]}))
    assert made.dtypes.astype(str).tolist() == ["str", "str", "float64", "Int64", "bool"]
    assert made[["kind", "size", "year"]].isna().all(axis=None)
    TABLE.check(made)


@pytest.mark.parametrize(
    "given", [TABLE.empty(), frame(ROW), frame(ROW, {"id": "2"})], ids=["empty", "one", "two"]
)
def test_a_frame_that_keeps_its_contract_passes(given):
    TABLE.check(given)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (TABLE.empty().drop(columns="size"), ["table_column_missing"]),
        (TABLE.empty().assign(more=1.0), ["table_unknown_column"]),
        (TABLE.empty().astype({"size": "int64"}), ["table_dtype"]),
        (frame({**ROW, "id": None}), ["table_null"]),
        (
            frame({**ROW, "kind": "c"}, {"id": "2", "size": -1.0, "year": 1800}),
            ["table_value", "table_minimum"],
        ),
        (frame({**ROW, "size": float("inf")}), ["table_infinite"]),
        (frame(ROW, ROW), ["table_key"]),
    ],
    ids=lambda one: "-".join(one) if isinstance(one, list) else "",
)
def test_every_fault_is_told_at_once(given, found):
    assert sorted(set(faults(given))) == sorted(found)


def test_an_empty_layer_lies_where_it_should():
    with pytest.raises(DataError, match="RD New"):
        SITES.check(gpd.GeoDataFrame(SITES.empty()).set_crs("EPSG:4326", allow_override=True))
    SITES.check(SITES.empty())
