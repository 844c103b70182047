"""What does not pay now is delivered in no output, and the outputs agree: added up here by hand from the chances."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import rasterio

from tests.maps.signs import read_signs

SIDES = {"supply": ("given", "left"), "demand": ("received", "short")}

# What a pipe carries is at a few places: no raster.
PIPED = ("restwarmte_ht", "restwarmte_lt", "aquathermie_effluent", "co2", "effluentwater", "biogas_groengas")

# Waste of households whose processors are in the region and of which nothing is free there.
CONTRACTED = ("aeea", "gft", "houtchips_snoei", "sloophout")


@pytest.fixture(scope="module")
def package(noord_holland_outputs):
    """Return the tables of the GeoPackage as a program without kansenkaart reads them."""
    with sqlite3.connect(noord_holland_outputs / "kansenkaart.gpkg") as file:
        names = ("matches", "flows", "gaps", "sites", "municipalities")
        return {name: pd.read_sql(f"SELECT * FROM {name}", file) for name in names}


@pytest.fixture(scope="module")
def expected(package):
    """Return per stream, side and municipality what is free, what goes now and what goes once it pays."""
    towns = package["sites"].set_index("site_id")["municipality_code"]
    parts = []
    for role in SIDES:
        flows = package["flows"][package["flows"]["role"] == role]
        key = {"stream": flows["stream"], "role": role, "town": flows["site_id"].map(towns)}
        contract = tell_contracts(flows, package["matches"]) if role == "demand" else 0.0
        parts.append(pd.DataFrame({**key, "free": flows["value"], "contract": contract}))
        matches = package["matches"]
        now = matches["chance_class"].isin(["kansrijk", "verkennen"])
        key = {"stream": matches["stream"], "role": role, "town": matches[f"{role}_id"].map(towns)}
        amounts = {"now": matches["quantity"].where(now, 0.0), "once": matches["quantity"].where(~now, 0.0)}
        parts.append(pd.DataFrame({**key, **amounts}))
    columns = ["free", "now", "once", "contract"]
    told = pd.concat(parts).fillna(dict.fromkeys(columns, 0.0)).groupby(["stream", "role", "town"])[columns]
    return told.sum().assign(left=lambda sums: sums["free"] - sums["now"] - sums["contract"])


def tell_contracts(flows, matches):
    """Per demand what it asks besides contracts of unknown size, where one runs or all that is known is under one."""
    moved = matches.groupby(["stream", "demand_id"])["quantity"].sum()
    keys = pd.MultiIndex.from_frame(flows[["stream", "site_id"]])
    rest = flows["value"] - moved.reindex(keys).fillna(0.0).to_numpy()
    return rest.where(flows["running_unknown"].astype(bool) | flows["stream"].isin(CONTRACTED), 0.0)


@pytest.fixture(scope="module")
def totals(expected):
    return expected.groupby(["stream", "role"]).sum()


def by_side(table, columns):
    """Return sums per stream and side of a table read from a file."""
    return table.groupby(["stream", "role"])[columns].sum()


def test_there_is_something_to_tell_apart(totals):
    assert (totals["once"] > 0).sum() >= 4
    assert (totals["now"] > 0).sum() >= 4


def test_municipalities_have_two_figures_in_and_out(expected, package):
    towns = package["municipalities"].set_index("municipality_code")
    for (stream, role, town), row in expected.iterrows():
        moved, rest = (f"{stream}_{name}" for name in SIDES[role])
        told = towns.loc[town, [f"{stream}_{role}", moved, f"{moved}_if_pays", rest]].astype(float).tolist()
        wanted = [row["free"], row["now"], row["once"], row["left"]]
        assert told == pytest.approx(wanted, rel=1e-6, abs=1e-3), (stream, role, town)


def test_where_no_place_was_read_a_municipality_has_no_figure(expected, package):
    towns = package["municipalities"].set_index("municipality_code")
    read = {
        (stream, role): set(part.index.get_level_values("town"))
        for (stream, role), part in expected.groupby(level=[0, 1])
    }
    for (stream, role), known in read.items():
        for name in (role, *SIDES[role], f"{SIDES[role][0]}_if_pays"):
            column = towns[f"{stream}_{name}"]
            assert set(column.index[column.notna()]) == known, (stream, name)


def test_gaps_and_their_csv_agree(totals, package, noord_holland_outputs):
    table = pd.read_csv(noord_holland_outputs / "tables" / "gaps.csv")
    for gaps in (package["gaps"], table):
        told = by_side(gaps, ["value", "delivered", "if_pays", "remaining", "under_contract"])
        wanted = totals.reindex(told.index)
        for column, values in (
            ("value", wanted["free"]),
            ("delivered", wanted["now"]),
            ("if_pays", wanted["once"]),
            ("under_contract", wanted["contract"]),
        ):
            assert told[column].tolist() == pytest.approx(values.tolist(), rel=1e-6, abs=1e-3), column
        assert told["remaining"].tolist() == pytest.approx(wanted["left"].tolist(), rel=1e-6, abs=1e-2)


def test_rasters_show_what_is_left_now(totals, noord_holland_outputs):
    names = {"supply": "overschot", "demand": "tekort"}
    seen = 0
    for (stream, role), row in totals.iterrows():
        path = noord_holland_outputs / "rasters" / f"{stream}_{names[role]}.tif"
        left = row["left"]
        if left <= 1e-6 * row["free"] or stream in PIPED:
            assert not path.exists()
            continue
        with rasterio.open(path) as raster:
            total = float(raster.read(1).sum(dtype="float64")) * raster.transform.a**2 / 1e6
        assert total == pytest.approx(left, rel=1e-5), path.name
        seen += 1
    assert seen > 5


def test_the_map_leaves_as_much(totals, noord_holland_outputs):
    html = (noord_holland_outputs / "kansenkaart.html").read_text(encoding="utf-8")
    data = gzip.decompress(read_signs(re.search(r'id="kk-data"[^>]*>(.*?)</script>', html)[1]))
    streams = json.loads(data[4 : 4 + int.from_bytes(data[:4], "little")])["streams"]
    for stream in streams:
        for role, name in (("supply", "overschot"), ("demand", "tekort")):
            if (stream["id"], role) in totals.index:
                left = totals.loc[(stream["id"], role), "left"]
                assert stream[name] == pytest.approx(left, rel=1e-6, abs=1e-2), (stream["id"], role)


def test_the_view_of_areas_gives_what_pays_and_tells_the_rest_apart(totals, noord_holland_outputs):
    supply = totals.xs("supply", level="role")
    wanted = supply[supply["free"] > 0]
    area, chain = (
        pd.read_csv(noord_holland_outputs / "tables" / f"{name}.csv").groupby("stream").sum(numeric_only=True)
        for name in ("area_view", "chain_view")
    )
    told = {
        "now": [area["inside"] + area["outgoing"], chain["chances"]],
        "once": [area["if_pays_supply"], chain["if_pays"]],
    }
    for name, views in told.items():
        for view in views:
            assert view[wanted.index].tolist() == pytest.approx(wanted[name].tolist(), abs=1e-3), name


def test_the_workbook_holds_the_same_gaps(package, noord_holland_outputs):
    book = openpyxl.load_workbook(noord_holland_outputs / "kansenkaart.xlsx", read_only=True)
    rows = list(book["Overschot en tekort"].iter_rows(values_only=True))
    head = list(rows[0])
    place = [
        head.index(name) for name in ("Geleverd door kansen, nu (per jaar)", "Blijft nu over (per jaar)")
    ]
    told = [sum(row[at] or 0.0 for row in rows[1:]) for at in place]
    inside = package["sites"].set_index("site_id")["in_region"].astype(bool)
    own = package["gaps"][package["gaps"]["site_id"].map(inside)]
    assert 100 < len(own) < len(package["gaps"])
    assert told == pytest.approx(own[["delivered", "remaining"]].sum().tolist(), rel=1e-9)


def test_colours_of_areas_are_densities(noord_holland_outputs):
    """The class of a municipality follows what it lacks per hectare, in the style that stands in the file."""
    with sqlite3.connect(noord_holland_outputs / "kansenkaart.gpkg") as file:
        [style] = file.execute(
            "SELECT styleQML FROM layer_styles WHERE f_table_name = 'municipalities'"
        ).fetchone()
    expression = re.search(r'attr="([^"]*)"', style)[1]
    assert "area_ha" in expression
    assert "is null" in expression
    assert "b_diagonal" in style
    towns = gpd.read_file(noord_holland_outputs / "kansenkaart.gpkg", layer="municipalities")
    # drawn at 40 m, reckoned with at 200 m
    assert towns["area_ha"].to_numpy() == pytest.approx(towns.area.to_numpy() / 1e4, rel=0.02)
