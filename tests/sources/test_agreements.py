"""Who sees to a decision, and when, as somebody wrote it beside the pair in ``decisions.gpkg``."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from kansenkaart.project import load_project
from kansenkaart.sources import read_sources

PROJECT = """
title = "Proef"
reference_year = 2025
[region]
province = "Noord-Holland"
[[layers]]
name = "plek"
path = "plek.csv"
kind = "datacentre"
source = "Proef"
year = 2024
[workshop]
decisions = "decisions.gpkg"
"""
PAIR = {"stream": "restwarmte_lt", "supply_site": "plek:a", "demand_site": "plek:b", "decision": "confirmed"}


@pytest.fixture
def read(tmp_path):
    """Return a reader of the decisions of a project whose pair carries some more columns."""

    def run(**columns):
        (tmp_path / "kansenkaart.toml").write_text(PROJECT, encoding="utf-8")
        rows = "id,name,x_rd,y_rd\na,A,121000,487000\nb,B,122000,487000\n"
        (tmp_path / "plek.csv").write_text(rows, encoding="utf-8")
        path = tmp_path / "decisions.gpkg"
        pyogrio.write_dataframe(pd.DataFrame([{**PAIR, **columns}]), path, layer="decisions", driver="GPKG")
        firms = dict.fromkeys(("id", "name", "stream", "role", "unit"), pd.Series([], dtype="str"))
        added = gpd.GeoDataFrame(
            {**firms, "quantity": pd.Series([], dtype=float)}, geometry=[], crs="EPSG:28992"
        )
        pyogrio.write_dataframe(added, path, layer="added_sites", driver="GPKG", geometry_type="Point")
        sources = read_sources(load_project(tmp_path), progress=lambda _: None)
        return sources.decisions.iloc[0], sources.findings

    return run


@pytest.mark.parametrize("due", ["2026-09-01", pd.Timestamp("2026-09-01")])
def test_owner_and_date_are_read(read, due):
    row, _ = read(owner=" Jansen ", due=due)
    assert (row["decision"], row["owner"], row["due"]) == ("confirmed", "Jansen", "2026-09-01")


def test_a_file_without_them_leaves_them_open(read):
    row, _ = read()
    assert row["decision"] == "confirmed"
    assert pd.isna(row["owner"])
    assert pd.isna(row["due"])


def test_a_date_that_is_none_is_left_open_and_told(read):
    row, findings = read(due="na de zomer")
    assert pd.isna(row["due"])
    assert "na de zomer" in findings["value"].tolist()
