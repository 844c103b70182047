"""Known deliveries: tied to the places they name, in the stream's unit, or rejected with a reason."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point

from kansenkaart.errors import DataError
from kansenkaart.sources import read_sources

_SITES = (
    "id;name;x_rd;y_rd;waste_t_y\navi;AVI Noord;115000;490000;5\nver;Tweeling;176000;318000;5\n"
    "ook;Tweeling;177000;318000;5\nkas;Kas;110000;480000;5\n"
)
_HEADER = "id;stream;supply;demand;supply_name;demand_name;quantity;unit;status;from_date;until_date;reason;source;year"


@pytest.fixture
def link(load, tmp_path: Path):
    """Return a reader of link rows beside four places, two of which lie far beyond the region."""

    def read_links(*rows: str, header: str = _HEADER, **settings):
        (tmp_path / "plekken.csv").write_text(_SITES)
        (tmp_path / "links.csv").write_text("\n".join((header, *rows)) + "\n")
        layer = {"name": "p", "path": "plekken.csv", "kind": "waste_to_energy"}
        return read_sources(
            load(
                layer, links=[{"name": "l", "path": "links.csv", "source": "krant", "year": 2022} | settings]
            ),
            progress=lambda _: None,
        )

    return read_links


def test_a_link_is_tied_to_its_places_and_converted(link):
    links = link("1;restwarmte_ht;p:avi;p:kas;AVI;;1,5;TJ;running;2019;;;jaarverslag;2021").links
    row = links.iloc[0]
    assert row[["link_id", "supply_id", "demand_id", "unit", "status", "source", "from_date"]].tolist() == [
        *("l:1", "p:avi", "p:kas", "GJ", "running", "jaarverslag", "2019")
    ]
    assert row["quantity"] == 1500
    assert row["supply_name"] == "AVI"
    assert row["demand_name"] == "p:kas"
    assert list(row["geometry"].coords) == [(115_000, 490_000), (110_000, 480_000)]


def test_source_year_and_status_have_defaults_and_an_unknown_quantity_stays_unknown(link):
    row = link("1;co2;p:avi;p:kas;;;;;;;;;;").links.iloc[0]
    assert row[["source", "source_year", "status", "unit"]].tolist() == ["krant", 2022, "running", "t"]
    assert row["quantity"] != row["quantity"]


@pytest.mark.parametrize(
    ("status", "begins", "ends", "settled"),
    [
        ("running", "2010", "2022", "stopped"),
        ("running", "2024-01-01", "", "planned"),
        ("", "", "2022-12-31", "stopped"),
        ("running", "2019-01-10", "2023-06", "running"),
        ("running", "2023-12-31", "2040", "running"),
        ("planned", "2010", "", "planned"),
        ("stopped", "2010", "2040", "stopped"),
    ],
)
def test_its_dates_settle_what_it_is_in_the_reference_year(link, said, status, begins, ends, settled):
    sources = link(f"1;co2;p:avi;p:kas;;;5;;{status};{begins};{ends};;;", "2;co2;;p:kas;;;1;;;;2019;;;")
    assert sources.links["status"].tolist() == [settled]
    told = said(sources, "link_not_now")
    assert len(told) == (settled != (status or "running"))
    if len(told):
        (row,) = told.to_dict("records")
        assert (row["row"], row["column"], row["value"]) == (
            2,
            "from_date" if settled == "planned" else "until_date",
            begins if settled == "planned" else ends,
        )
        assert row["value"] in row["reason"]


def test_a_file_without_a_year_gets_no_remark_about_it(link, said):
    sources = link("1;co2;p:avi;p:kas", header="id;stream;supply;demand")
    assert said(sources, "recipe_column_absent").empty
    assert sources.links["source_year"].tolist() == [2022]
    with pytest.raises(DataError, match=r"rename names column 'bron'"):
        link("1;co2;p:avi;p:kas", header="id;stream;supply;demand", rename={"id": "bron"})


@pytest.mark.parametrize(
    ("row", "key", "value"),
    [
        ("2;stoom;p:avi;p:kas;;;1;;;;;;;", "word_needed", "stoom"),
        ("2;;p:avi;p:kas;;;1;;;;;;;", "stream_missing", None),
        ("2;co2;p:avi;p:kas;;;1;;dralt;;;;;", "word_needed", "dralt"),
        ("2;co2;p:avi;p:kas;;;1;GJ;;;;;;", "unit_not_allowed", "GJ"),
        ("2;co2;p:avi;p:kas;;;-1;;;;;;;", "negative", "-1"),
        ("2;co2;p:avi;p:kas;;;veel;;;;;;;", "not_a_number", "veel"),
        ("2;co2;;p:kas;;;1;;;;;;;", "link_end_missing", None),
        (";co2;p:avi;p:kas;;;1;;;;;;;", "id_missing", None),
        ("1;co2;p:avi;p:kas;;;9;;;;;;;", "duplicate_id", "1"),
        ("2;co2;p:avi;p:avi;;;1;;;;;;;", "link_to_itself", "p:avi"),
    ],
)
def test_a_faulty_link_is_rejected_by_row(link, said, row, key, value):
    sources = link("1;co2;p:avi;p:kas;;;1;;;;;;;", row)
    found = said(sources, key)
    assert found[["layer", "row", "severity"]].values.tolist() == [["l", 3, "rejected"]]
    assert found["value"].fillna("").tolist() == [value or ""]
    assert sources.links["link_id"].tolist() == ["l:1"]
    assert sources.layers.set_index("layer").loc[
        "l", ["rows_read", "rows_used", "rows_rejected"]
    ].tolist() == [2, 1, 1]


def test_a_place_that_is_no_site_is_kept_by_its_coordinates_or_said(link, said):
    header = _HEADER + ";demand_x_rd;demand_y_rd"
    sources = link(
        "1;co2;p:avi;p:weg;;Elders;1;;;;;;;;120000;480000",
        "2;co2;p:avi;p:niets;;Nergens;1;;;;;;;;;",
        header=header,
    )
    assert sources.links["demand_id"].isna().all()
    assert list(sources.links.geometry.iloc[0].coords)[1] == (120_000, 480_000)
    assert sources.links.geometry.isna().tolist() == [False, True]
    assert said(sources, "link_place_elsewhere")[["row", "severity"]].values.tolist() == [[2, "note"]]
    assert said(sources, "link_place_unknown")[["row", "value", "severity"]].values.tolist() == [
        [3, "p:niets", "warning"]
    ]


@pytest.mark.parametrize("written", ["P:AVI", "p:\u200bavi", "p:ａvi"])
def test_an_id_that_only_reads_like_a_place_is_not_tied_and_the_place_is_named(link, said, written):
    sources = link(f"1;co2;{written};p:kas;;;1;;;;;;;")
    found = said(sources, "link_place_alike")
    assert found[["row", "value", "severity"]].values.tolist() == [[2, written, "warning"]]
    assert "'p:avi'" in found["reason"].iloc[0]
    assert said(sources, "link_place_unknown").empty
    assert sources.links["supply_id"].isna().all()


def test_a_link_beyond_the_margin_is_counted_and_one_across_it_is_drawn(link, said):
    sources = link("1;co2;p:ver;p:ook;;;1;;;;;;;", "2;co2;p:avi;p:ver;;;1;;;;;;;")
    assert sources.layers.set_index("layer").loc["l", ["rows_used", "rows_outside"]].tolist() == [1, 1]
    row = sources.links.iloc[0]
    assert row["supply_id"] == "p:avi"
    assert row["demand_id"] != row["demand_id"]
    assert list(row["geometry"].coords)[1] == (176_000, 318_000)
    assert said(sources, "link_place_unknown").empty


def test_coordinates_of_a_link_that_are_swapped_are_rejected(link, said):
    header = _HEADER + ";demand_x_rd;demand_y_rd"
    sources = link("1;co2;p:avi;;;Elders;1;;;;;;;;480000;120000", header=header)
    assert said(sources, "coordinates_swapped")["row"].tolist() == [2]


def test_a_table_that_is_no_link_table_names_its_missing_columns(link):
    with pytest.raises(DataError, match="no column stream, supply / supply_name"):
        link("1;a", header="id;demand")


def test_rows_without_any_column_are_no_empty_table(link, tmp_path):
    shapes = gpd.GeoDataFrame(geometry=[Point(110_000, 480_000)] * 2, crs="EPSG:28992")
    shapes.to_file(tmp_path / "vormen.geojson")
    with pytest.raises(DataError, match="no column stream"):
        link(path="vormen.geojson")


def test_columns_of_links_are_renamed(link):
    sources = link(
        "1;co2;p:avi;p:kas;7",
        header="nr;wat;van;naar;ton",
        rename={"nr": "id", "wat": "stream", "van": "supply", "naar": "demand", "ton": "quantity"},
    )
    assert sources.links[["link_id", "quantity"]].iloc[0].tolist() == ["l:1", 7]


def test_without_links_the_map_says_that_nobody_knows_what_runs(read, link, said):
    assert len(said(read("id;x_rd;y_rd;load_pe60\na;121000;487000;5\n"), "links_unknown")) == 1
    assert said(link("1;co2;p:avi;p:kas;;;1;;;;;;;"), "links_unknown").empty
    empty = link()
    assert empty.links.empty
    assert said(empty, "layer_empty")["layer"].tolist() == ["l"]


@pytest.mark.parametrize("end", ["AVI Noord", "avi  noord", "AVI\u200b NOORD", "avi"])
def test_a_link_is_tied_by_the_name_or_bare_id_of_the_only_place_that_has_it(link, said, end):
    sources = link(f"1;co2;{end};p:kas;;;1;;loopt;;;;;")
    assert sources.links[["supply_id", "demand_id", "status"]].values.tolist() == [
        ["p:avi", "p:kas", "running"]
    ]
    found = said(sources, "link_place_named")
    assert found[["row", "value", "severity"]].values.tolist() == [[2, end, "repaired"]]
    assert "p:avi" in found["reason"].iloc[0]


def test_a_name_of_several_places_ties_nothing_and_says_so(link, said):
    sources = link("1;co2;Tweeling;p:kas;;;1;;loopt;;;;;")
    assert sources.links["supply_id"].isna().all()
    assert said(sources, "link_place_several")["value"].tolist() == ["Tweeling"]


def test_words_of_links_are_translated_by_the_project(link):
    row = "1;stoom;p:avi;p:kas;;;1;ton;dralt;;;;;"
    values = {"stream": {"stoom": "co2"}, "status": {"dralt": "stopped"}}
    (one,) = link(row, values=values).links.to_dict("records")
    assert (one["stream"], one["status"], one["quantity"], one["unit"]) == ("co2", "stopped", 1, "t")


def test_without_any_layer_that_can_be_read_the_layers_are_named_and_not_the_links(load, tmp_path):
    (tmp_path / "links.csv").write_text(
        f"{_HEADER}\n1;restwarmte_ht;p:avi;p:kas;AVI;;1,5;TJ;running;2019;;;krant;2021\n"
    )
    layer = {"name": "p", "path": "weg.csv", "kind": "waste_to_energy"}
    links = [{"name": "l", "path": "links.csv", "source": "krant", "year": 2022}]
    with pytest.raises(DataError) as caught:
        read_sources(load(layer, links=links), progress=lambda _: None)
    assert [fault.values["file"] for fault in caught.value.faults] == ["weg.csv"]


@pytest.mark.parametrize(("unit", "gj"), [("TJ", 1_500.0), ("gigajoule", 1.5), ("MWh", 5.4), (None, 1.5)])
def test_the_project_may_say_the_unit_and_a_row_goes_before(link, unit, gj):
    settings = {} if unit is None else {"unit": unit}
    rows = ("1;restwarmte_ht;p:avi;p:kas;1,5;", "2;restwarmte_ht;p:avi;p:kas;1,5;TJ")
    links = link(*rows, header="id;stream;supply;demand;quantity;unit", **settings).links
    assert links["quantity"].tolist() == pytest.approx([gj, 1_500.0])
    without = link("1;restwarmte_ht;p:avi;p:kas;1,5", header="id;stream;supply;demand;quantity", **settings)
    assert without.links["quantity"].tolist() == pytest.approx([gj])


def test_a_unit_of_the_project_that_cannot_be_rejects_its_rows_by_name(link, said):
    rows = ("1;restwarmte_ht;p:avi;p:kas;5", "2;co2;p:avi;p:kas;5")
    found = said(link(*rows, header="id;stream;supply;demand;quantity", unit="t"), "unit_not_allowed")
    assert found[["row", "value"]].values.tolist() == [[2, "t"]]
    assert "GJ" in found["advice"].iloc[0] + found["reason"].iloc[0]
