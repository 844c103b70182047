"""The same, on real Dutch open data where it lies beside the project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kansenkaart.sources import Sources, read_sources


@pytest.fixture
def real(shared: Path, tmp_path: Path, load):
    """Return a reader of one real file, for the whole country."""

    def read_real(path: str, **settings) -> Sources:
        shutil.copy(shared / "data" / path, tmp_path)
        layer = {"name": "echt", "path": Path(path).name, "source": "bron"} | settings
        return read_sources(load(layer, region={"province": "Nederland"}), progress=lambda _: None)

    return read_real


def test_waste_water_plants_of_the_eea(real, said):
    sources = real("rwzi/uwwtd_v6_nl_uwwtps.csv", recipe="uwwtd", year=2014)
    sites = sources.sites
    assert len(sites) == 416
    assert sites["status"].value_counts().to_dict() == {"active": 337, "closed": 79}
    active = sites[sites["status"] == "active"]
    assert active["capacity_pe60"].sum() == pytest.approx(21.8e6, rel=0.01)
    assert active["load_pe60"].sum() == pytest.approx(18.0e6, rel=0.01)
    assert len(said(sources, "load_above_capacity")) >= 67
    outside = sites.loc[sites["municipality_distance_m"] > 0, "name"]
    assert outside.str.contains("SCHIERMONNIKOOG|DINTELOORD").sum() >= 1
    assert {"UWWTP BEVERWIJK E.O.", "UWWTP DALEN", "UWWTP COEVORDEN"} & set(
        said(sources, "same_coordinates")["value"]
    )


def test_industrial_heat_of_hotmaps(real, said):
    sources = real("heat/hotmaps_industrial_nl.csv", recipe="hotmaps_industrial", year=2014)
    assert sources.layers[["rows_read", "rows_used", "rows_rejected"]].iloc[0].tolist() == [138, 133, 5]
    assert len(said(sources, "geometry_missing")) == 5
    assert (said(sources, "zero_unknown")["column"] == "Excess_Heat_Total").sum() == 119
    heat = sources.sites["supply_restwarmte_ht_gj_y"]
    # one of the 19 plants with heat has no coordinates
    assert heat.notna().sum() == 138 - 119 - 1
    assert heat.max() == pytest.approx(144.37 * 3600)
    assert said(sources, "same_coordinates")["value"].str.contains("Air Liquide|Wienerberger").sum() >= 2


def test_polygons_that_cross_themselves(real, said):
    sources = real(
        "messy/gemeenten_2022apr_kiesraad_wgs84_4dec_6invalid.geojson",
        kind="municipality",
        rename={"regiocode": "id"},
        year=2022,
    )
    assert len(said(sources, "geometry_repaired")) == 6
    assert sources.sites.geometry.is_valid.all()
    assert sources.layers["rows_used"].tolist() == [344]


def test_figures_per_municipality(real, said):
    sources = real(
        "greenhouses/etlocal_nl2023_gemeenten_energie.csv",
        kind="municipality",
        placement="municipality",
        rename={
            "gm_code": "municipality_code",
            "gm_naam_2022": "name",
            "number_of_inhabitants": "inhabitants",
        },
        year=2023,
    )
    assert len(sources.sites) == 342
    assert sources.sites["municipality_code"].is_unique
    assert sources.sites["inhabitants"].sum() == pytest.approx(17.8e6, rel=0.02)


def test_power_plants_without_coordinates_are_told_row_by_row(real, said):
    sources = real(
        "heat/wri_powerplants_nl.csv",
        kind="power_plant",
        rename={"Power Plant ID": "id", "Latitude": "lat", "Longitude": "lon"},
        year=2019,
    )
    assert sources.layers["rows_read"].tolist() == [241]
    assert len(said(sources, "geometry_missing")) == 183
    assert said(sources, "outside_netherlands")["value"].str.startswith("-87.5172").sum() == 1
    assert len(said(sources, "same_coordinates")) >= 2
