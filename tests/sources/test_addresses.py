"""Rows without coordinates lie where the user's own table of addresses says, as precisely as it knows."""

from __future__ import annotations

import pandas as pd
import pytest

from kansenkaart.errors import DataError

_TABLE = """postcode;huisnummer;huisletter;straat;woonplaats;x_rd;y_rd;precision_m
1011 AB;12;;Kade;Amsterdam;121000;487000;
1011AB;12;A;Kade;Amsterdam;121010;487000;5
1011AB;14;;Kade;Amsterdam;121100;487000;
1011CD;1;;Plein;Amsterdam;122000;487000;
3511AA;7;;Kade;Utrecht;136000;456000;
"""
_HEAD = "id;postcode;house_number;house_addition;street;town;capacity_pe60"


@pytest.fixture
def place(read, tmp_path):
    """Reader of rows with addresses, by the table of addresses."""

    def read_with(*rows, table=_TABLE, head=_HEAD, address=None, **settings):
        (tmp_path / "adressen.csv").write_text(table)
        project = {
            "region": {"province": "Nederland"},
            "addresses": {"path": "adressen.csv"} | (address or {}),
        }
        return read("\n".join([head, *rows]), project=project, **settings)

    return read_with


def _where(sources):
    return [
        (round(point.x), round(point.y), metres)
        for point, metres in zip(sources.sites.geometry, sources.sites["location_precision_m"], strict=True)
    ]


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ("a;1011AB;12;;;;5", (121000, 487000, 25)),
        ("a;1011 ab;012;;;;5", (121000, 487000, 25)),
        ("a;1011AB;12a;;;;5", (121010, 487000, 5)),
        ("a;1011AB;12;A;;;5", (121010, 487000, 5)),
        ("a;1011AB;14;bis;;;5", (121100, 487000, 25)),  # an addition that nobody knows: the number
        ("a;;14;;KADE;amsterdam;5", (121100, 487000, 25)),
        ("a;1011CD;99;;;;5", (122000, 487000, 150)),  # the postcode alone
        ("a;1011;;;;;5", (121278, 487000, 1500)),  # the middle of four
    ],
)
def test_a_row_is_placed_by_the_most_that_is_known_of_its_address(place, row, where):
    (found,) = _where(place(row))
    assert found == where


def test_a_postcode_is_as_vague_as_its_addresses_lie_apart(place):
    wide = "postcode;huisnummer;x_rd;y_rd\n1011AB;1;121000;487000\n1011AB;2;121800;487000\n"
    assert _where(place("a;1011AB;9;;;;5", table=wide)) == [(121400, 487000, 425)]


def test_what_the_row_itself_says_of_its_place_goes_before(place):
    rows = ["a;1011AB;12;125000;480000;5;", "b;1011AB;12;;;5;8"]
    head = "id;postcode;house_number;x_rd;y_rd;capacity_pe60;location_precision_m"
    sources = place(*rows, head=head)
    assert _where(sources) == [(125000, 480000, 100), (121000, 487000, 8)]
    assert sources.sites["placement"].tolist() == ["point", "address"]


def test_an_address_that_is_not_there_is_rejected_by_name_and_the_rest_is_counted(place, said):
    sources = place("a;1011AB;12;;;;5", "b;9999ZZ;3;;Weg;Verweg;5", "c;;;;;;5", "d;1011CD;;;;;5")
    assert said(sources, "address_unknown")[["row", "value"]].values.tolist() == [[3, "Weg 3 9999ZZ Verweg"]]
    assert said(sources, "geometry_missing")["row"].tolist() == [4]
    counts = sources.layers.set_index("layer").loc["laag", ["rows_read", "rows_used", "rows_rejected"]]
    assert counts.tolist() == [4, 2, 2]
    assert "1 plek is geplaatst op adres, op 25 m" in said(sources, "placed_by_address")["reason"].iloc[0]
    assert "op 150 m" in said(sources, "placed_by_postcode6")["reason"].iloc[0]


def test_an_address_goes_before_the_middle_of_the_municipality(place):
    head = f"{_HEAD};municipality_code"
    rows = ["a;1011AB;12;;;;5;GM0363", "b;;;;;;5;GM0363"]
    sources = place(*rows, head=head, placement="municipality")
    assert sources.sites["placement"].tolist() == ["address", "municipality"]
    assert _where(sources)[0] == (121000, 487000, 25)


def test_the_table_is_accounted_for_row_by_row(place, said):
    table = _TABLE + "1011EF;1;;;;;;\n;;;;;121000;487000;\n"
    sources = place("a;1011AB;12;;;;5", table=table)
    account = sources.layers.set_index("layer").loc["addresses", ["rows_read", "rows_used", "rows_rejected"]]
    assert account.tolist() == [7, 5, 2]
    found = sources.findings[
        (sources.findings["layer"] == "addresses") & (sources.findings["severity"] == "rejected")
    ]
    assert found[["row", "key"]].values.tolist() == [[7, "geometry_missing"], [8, "address_empty"]]


def test_a_table_of_another_make_is_renamed_and_one_of_something_else_refused(place):
    table = "Adres PC;lengte;breedte\n1011AB;4.9;52.37\n"
    rename = {"rename": {"Adres PC": "postcode", "lengte": "lon", "breedte": "lat"}}
    assert len(place("a;1011AB;;;;;5", table=table, address=rename).sites) == 1
    with pytest.raises(DataError, match="no column postcode or street"):
        place("a;1011AB;;;;;5", table="id;x_rd;y_rd\n1;121000;487000\n")


def test_postcodes_that_a_spreadsheet_made_numbers_are_found(read, tmp_path):
    table = pd.DataFrame(
        {"pc4": [1011.0, 3511.0], "x_rd": [121000.0, 136000.0], "y_rd": [487000.0, 456000.0]}
    )
    table.to_excel(tmp_path / "pc4.xlsx", index=False)
    project = {"region": {"province": "Nederland"}, "addresses": {"path": "pc4.xlsx"}}
    sources = read("id;postcode;capacity_pe60\na;1011;5\nb;3511 XZ;5\n", project=project)
    assert _where(sources) == [(121000, 487000, 1500), (136000, 456000, 1500)]


def test_the_real_points_of_postcodes_place_a_row_in_its_municipality(shared, read, tmp_path):
    (tmp_path / "pc4.csv").write_bytes((shared / "data/boundaries/pc4_punten.csv").read_bytes())
    project = {"region": {"province": "Nederland"}, "addresses": {"path": "pc4.csv"}}
    sources = read("id;postcode;capacity_pe60\na;1012 AB;5\nb;9711;5\nc;4531;5\n", project=project)
    assert sources.sites["municipality"].tolist() == ["Amsterdam", "Groningen", "Terneuzen"]
    assert (sources.sites["location_precision_m"] >= 1500).all()


def test_places_that_share_a_postcode_are_no_copies_of_one_another_but_those_at_one_address_may_be(
    place, said
):
    rows = ["a;1011CD;99;;;;5", "b;1011CD;98;;;;6", "c;1011AB;12;;;;7", "d;1011AB;12;;;;8"]
    assert said(place(*rows), "same_coordinates")["value"].tolist() == ["d"]
