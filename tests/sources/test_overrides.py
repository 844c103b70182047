"""Own values of single places: they hold for a new delivery, say what they replace, and never do nothing in silence."""

from __future__ import annotations

import pytest

from kansenkaart.errors import DataError
from kansenkaart.flows import estimate_flows
from kansenkaart.texts import load_texts

_ROWS = "id;name;x_rd;y_rd;capacity_pe60;status\na;West;121000;487000;5.000;in bedrijf\nb;Oost;126000;487000;niets;\n"
_HEAD = "site;column;value;why;who;was"


@pytest.fixture
def correct(read, tmp_path):
    """Reader of the two plants with rows of own values."""

    def read_with(*rows, head=_HEAD, content=_ROWS, **settings):
        (tmp_path / "eigen.csv").write_text("\n".join([head, *rows]))
        return read(content, project={"overrides": {"path": "eigen.csv"}}, **settings)

    return read_with


def _own(sources):
    return (
        sources.layers.set_index("layer")
        .loc["overrides", ["rows_read", "rows_used", "rows_rejected"]]
        .tolist()
    )


def test_an_own_number_replaces_what_the_source_says_also_what_is_no_number(correct, said):
    sources = correct(
        "laag:a;capacity_pe60;7.500;gemeten;Jansen;", "laag:b;capacity_pe60;8000;opgave;Jansen;"
    )
    assert sources.sites.set_index("site_id")["capacity_pe60"].to_dict() == {"laag:a": 7500, "laag:b": 8000}
    assert _own(sources) == [2, 2, 0]
    told = said(sources, "overridden")
    assert told[["layer", "row", "column", "value"]].values.tolist() == [
        ["laag", 2, "capacity_pe60", "5.000"],
        ["laag", 3, "capacity_pe60", "niets"],
    ]
    assert "Eigen waarde 7.500 in plaats van '5.000': gemeten (Jansen)." in told["reason"].iloc[0]


def test_who_and_why_stand_in_the_source_of_every_flow_of_the_place(correct, load):
    sources = correct("laag:a;capacity_pe60;7500;gemeten;Jansen;")
    loaded = load({"name": "laag", "path": "laag.csv", "kind": "rwzi"})
    flows = estimate_flows(
        sources.sites, sources.links, loaded.catalogue, project=loaded.project, texts=load_texts("nl")
    ).flows
    own = flows[flows["site_id"] == "laag:a"]
    assert len(own)
    assert (
        own["source"].str.startswith("bron; capacity_pe60 = 7500 in plaats van 5.000 (Jansen: gemeten)").all()
    )


def test_words_are_replaced_by_what_they_mean_and_columns_that_the_file_lacks_are_added(correct):
    sources = correct(
        "laag:a;status;gesloten;bezocht;ik;", "laag:a;digestion;ja;bezocht;ik;", "laag:a;name;Nieuw;x;ik;"
    )
    site = sources.sites.set_index("site_id").loc["laag:a"]
    assert site[["status", "digestion", "name"]].tolist() == ["closed", "yes", "Nieuw"]


def test_an_own_number_is_in_our_unit_whatever_the_layer_is_written_in(correct):
    rows = "id;x_rd;y_rd;glass_ha\na;121000;487000;42000\nb;121000;489000;52000\n"
    sources = correct(
        "laag:a;glass_ha;3,5;luchtfoto;ik;", content=rows, kind="greenhouse", units={"glass_ha": "m2"}
    )
    assert sources.sites["glass_ha"].tolist() == [3.5, 5.2]


def test_a_place_moves_also_when_its_own_coordinates_cannot_be(correct):
    rows = "id;lon;lat;capacity_pe60\na;0;0;5000\n"
    moved = ["laag:a;x_rd;121500;op de kaart gezet;ik;", "laag:a;y_rd;487500;op de kaart gezet;ik;"]
    sources = correct(*moved, content=rows)
    assert [(point.x, point.y) for point in sources.sites.geometry] == [(121500, 487500)]


def test_the_source_that_changed_since_is_named(correct, said):
    kept = correct("laag:a;capacity_pe60;7500;gemeten;ik;5000", "laag:a;status;gesloten;x;ik;In  bedrijf")
    assert said(kept, "override_source_changed").empty
    changed = said(correct("laag:a;capacity_pe60;7500;gemeten;ik;4.000"), "override_source_changed")
    assert changed[["layer", "row", "severity"]].values.tolist() == [["overrides", 2, "warning"]]
    assert "stond '4.000' in de bron; nu staat er '5.000'" in changed["reason"].iloc[0]


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ("laag:z;capacity_pe60;1;x;ik;", "override_without_row"),
        ("West;capacity_pe60;1;x;ik;", "override_without_row"),
        ("laag:a;capacity;1;x;ik;", "override_column"),
        ("laag:a;id;1;x;ik;", "override_column"),
        ("laag:a;capacity_pe60;1;;ik;", "override_lacks"),
        ("laag:a;capacity_pe60;1;x;;", "override_lacks"),
        ("laag:a;capacity_pe60;;x;ik;", "override_lacks"),
        ("laag:a;capacity_pe60;veel;x;ik;", "not_a_number"),
        ("laag:a;capacity_pe60;-1;x;ik;", "negative"),
        ("laag:a;x_rd;121000;x;ik;", "override_point"),
        ("laag:b;capacity_pe60;2;x;ik;", "override_twice"),
    ],
)
def test_what_does_nothing_is_rejected_with_its_reason_and_the_source_holds(correct, said, row, key):
    sources = correct("laag:b;capacity_pe60;8000;x;ik;", row)
    found = said(sources, key)
    assert found[["layer", "row", "severity"]].values.tolist() == [["overrides", 3, "rejected"]]
    assert _own(sources) == [2, 1, 1]
    assert sources.sites.set_index("site_id")["capacity_pe60"].to_dict() == {"laag:a": 5000, "laag:b": 8000}


def test_the_table_may_be_dutch(correct):
    sources = correct("laag:a;capacity_pe60;7500;gemeten;ik", head="Plek;Kolom;Waarde;Waarom;Wie")
    assert sources.sites["capacity_pe60"].tolist()[0] == 7500


def test_a_table_without_who_is_refused_with_its_columns(correct):
    with pytest.raises(DataError) as caught:
        correct("laag:a;capacity_pe60;7500;gemeten", head="site;column;value;why")
    assert "lacks column who" in str(caught.value)


def test_a_place_that_is_moved_out_of_the_margin_is_outside_not_lost(correct):
    rows = "id;x_rd;y_rd;capacity_pe60\na;121000;487000;5000\nb;121000;489000;5000\n"
    sources = correct("laag:a;x_rd;180000;x;ik;", "laag:a;y_rd;320000;x;ik;", content=rows)
    assert sources.layers.set_index("layer").loc["laag", "rows_outside"] == 1


def test_a_fault_names_the_column_as_the_table_of_the_user_does(correct, said):
    sources = correct(
        "laag:a;capacity_pe60;veel;gemeten;Jansen;5000", head="Plek;Kolom;Waarde;Waarom;Wie;Stond"
    )
    told = said(sources, "not_a_number").set_index("layer").loc["overrides"]
    assert told["column"] == "Waarde"
    assert told["reason"].startswith("In kolom 'Waarde' staat 'veel'.")


_CORRECTED = ("laag:a;capacity_pe60;7500;gemeten;Jansen;", "laag:b;capacity_pe60;8000;opgave;Jansen;")


@pytest.mark.parametrize("rows", [(), _CORRECTED[:1], _CORRECTED[1:], _CORRECTED])
def test_a_total_is_that_of_the_delivery_whatever_is_corrected_in_it(correct, said, rows):
    """The publisher counted what it delivered: a correction is no fault of the file, and hides none."""
    content = _ROWS.replace("niets", "3000")
    sources = correct(*rows, content=content, expect={"capacity_pe60": 8000, "rows": 2}, expect_within=0.0)
    assert said(sources, "total_met")["value"].tolist() == ["8.000", "2"]
    assert said(sources, "total_apart").empty


def test_a_number_that_the_file_cannot_say_is_none_in_the_total_and_the_row_is_no_fault(correct, said):
    sources = correct(*_CORRECTED, expect={"capacity_pe60": 13_000})
    (found,) = said(sources, "total_apart").to_dict("records")
    assert found["value"] == "5.000"
    assert said(sources, "not_a_number").empty
    assert len(sources.sites) == 2


def test_a_stream_that_is_corrected_counts_in_the_total_of_the_one_it_was(correct, said):
    content = "id;x_rd;y_rd;stream;quantity;unit\na;121000;487000;betonpuin;10;t\nb;126000;487000;gft;5;t\n"
    row = "laag:a;stream;gft;verwisseld;Jansen;"
    expect = {"supply_betonpuin_t_y": 10, "supply_gft_t_y": 5}
    sources = correct(row, content=content, kind="cdw_sorter", expect=expect, expect_within=0.0)
    assert said(sources, "total_met")["value"].tolist() == ["10", "5"]
    assert sources.sites["supply_gft_t_y"].sum() == 15


def test_the_area_of_a_polygon_and_what_is_corrected_beside_it_make_one_total(correct, said):
    squares = [
        f"POLYGON (({x} 487000, {x + 100} 487000, {x + 100} 487100, {x} 487100, {x} 487000))"
        for x in (121_000, 126_000)
    ]
    content = "id;geometry_wkt\n" + "".join(
        f"{one};{shape}\n" for one, shape in zip("ab", squares, strict=True)
    )
    settings = {"kind": "greenhouse", "crs": "EPSG:28992", "area": "glass_ha", "expect_within": 0.0}
    rows = ("laag:a;glass_ha;0,8;gemeten;Jansen;", "laag:b;name;Kas;gezien;Jansen;")
    sources = correct(*rows, content=content, expect={"glass_ha": 2}, **settings)
    assert sources.sites["glass_ha"].tolist() == [0.8, 1.0]
    assert said(sources, "total_met")["value"].tolist() == ["2"]


def test_rows_of_one_place_that_are_added_up_are_so_in_the_total(correct, said):
    content = "id;x_rd;y_rd;capacity_pe60\na;121000;487000;10\na;121000;487000;20\nb;126000;487000;5\n"
    row = "laag:a;capacity_pe60;99;gemeten;Jansen;"
    expect = {"capacity_pe60": 35}
    sources = correct(row, content=content, combine=True, expect=expect, expect_within=0.0)
    assert said(sources, "total_met")["value"].tolist() == ["35"]
    assert sources.sites["capacity_pe60"].sum() == 104
