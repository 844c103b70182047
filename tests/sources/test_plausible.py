"""Physical limits: published figures that cannot be, and odd ones that are real."""

from __future__ import annotations

import pytest

from kansenkaart.errors import DataError

_HEAT, _STRUVITE = "supply_restwarmte_ht_gj_y", "supply_struviet_fosfaat_t_y"


def _row(**values: object) -> str:
    header = ";".join(values)
    cells = ";".join(str(value) for value in values.values())
    good = ";".join("" for _ in values)
    return f"id;x_rd;y_rd;{header}\ngoed;121000;487000;{good}\nx;121000;480000;{cells}\n"


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({_HEAT: 501, "fuel_gj_y": 1000}, "heat_above_fuel"),
        ({_HEAT: 5001, "waste_t_y": 1000}, "heat_above_fuel"),
        ({_HEAT: 31_537, "heat_mw": 1}, "load_factor_above_one"),
        ({"supply_restwarmte_lt_gj_y": 31_537, "it_mw": 1}, "load_factor_above_one"),
        ({_STRUVITE: 493, "load_pe60": 100_000}, "struvite_above_influent"),
        ({_STRUVITE: 493, "capacity_pe60": 100_000}, "struvite_above_influent"),
    ],
)
def test_what_cannot_be_is_rejected(read, said, values, key):
    sources = read(_row(**values))
    assert said(sources, key)["row"].tolist() == [3]
    assert sources.sites["site_id"].tolist() == ["laag:goed"]


@pytest.mark.parametrize(
    "values",
    [
        {_HEAT: 499, "fuel_gj_y": 1000},
        {_HEAT: 4999, "waste_t_y": 1000},
        {_HEAT: 31_535, "heat_mw": 1},
        {_STRUVITE: 492, "load_pe60": 100_000},
        {_STRUVITE: 492, "load_pe60": 100_000, "capacity_pe60": 10},
        {_STRUVITE: 492, "load_pe60": 10_000, "sludge_digested_pe60": 100_000},
        {_HEAT: 1e6},
    ],
)
def test_what_just_can_be_is_used(read, values):
    assert len(read(_row(**values)).sites) == 2


def test_load_above_capacity_is_real_and_only_warned_about(read, said):
    sources = read(_row(load_pe60=146_341, capacity_pe60=90_000))
    assert said(sources, "load_above_capacity")[["row", "severity"]].values.tolist() == [[3, "warning"]]
    assert "90.000" in said(sources, "load_above_capacity")["reason"].iloc[0]
    assert len(sources.sites) == 2


def test_more_hectares_than_the_polygon_measures_is_a_forgotten_unit(read, said):
    shapes = [
        f"POLYGON ((121000 48{n}000, 121360 48{n}000, 121360 48{n}090, 121000 48{n}090, 121000 48{n}000))"
        for n in (5, 6)
    ]
    text = f"id;opp;geometry_wkt\nm2;3240,1;{shapes[0]}\nha;3,2;{shapes[1]}\n"
    settings = {"kind": "greenhouse", "crs": "EPSG:28992", "rename": {"opp": "glass_ha"}}
    sources = read(text, **settings)
    assert sources.sites["site_id"].tolist() == ["laag:ha"]
    (found,) = said(sources, "area_above_polygon").to_dict("records")
    assert (found["row"], found["column"], found["severity"]) == (2, "opp", "rejected")
    assert "3.240,1 ha, en het vlak zelf meet 3,24 ha" in found["reason"]
    assert 'units = { glass_ha = "m2" }' in found["advice"]
    assert len(read(text, **settings, units={"glass_ha": "m2"}).sites) == 2


_PLANTS = "id;x_rd;y_rd;capacity_pe60\na;121000;487000;5000\nb;121000;480000;3000\nver;180000;320000;2000\nx;0;0;90\n"


@pytest.mark.parametrize(
    ("expect", "within", "key", "said_of"),
    [
        ({"capacity_pe60": 10_150}, 0.02, "total_met", "10.000; volgens de uitgever 10.150 (1,48 procent"),
        (
            {"capacity_pe60": 10_150},
            0.01,
            "total_apart",
            "10.000; volgens de uitgever 10.150: 1,48 procent ernaast",
        ),
        (
            {"capacity_pe60": 5000},
            0.02,
            "total_apart",
            "100 procent ernaast, meer dan de 2 die mag. 1 rij is",
        ),
        ({"rows": 3}, 0.0, "total_met", "rows komt uit op 3"),
        ({"rows": 4}, 0.02, "total_apart", "rows komt uit op 3; volgens de uitgever 4: 25 procent"),
        ({"load_pe60": 10}, 0.02, "total_apart", "load_pe60 komt uit op 0"),
    ],
)
def test_a_layer_is_held_against_the_total_of_its_publisher(read, said, expect, within, key, said_of):
    sources = read(_PLANTS, expect=expect, expect_within=within)
    (reason,) = said(sources, key)["reason"]
    assert said_of in reason
    assert said(sources, "total_met" if key == "total_apart" else "total_apart").empty


def test_a_total_is_in_our_unit_and_of_a_column_that_exists(read, said):
    rows = "id;x_rd;y_rd;glass_ha\na;121000;487000;42000\n"
    sources = read(rows, kind="greenhouse", units={"glass_ha": "m2"}, expect={"glass_ha": 4.2})
    assert len(said(sources, "total_met")) == 1
    with pytest.raises(DataError, match="expect names column 'glas_ha'"):
        read(rows, kind="greenhouse", expect={"glas_ha": 4.2})
