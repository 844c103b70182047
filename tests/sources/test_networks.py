"""Line layers of networks: what counts, what is left out and said, joints, units and coordinates."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, MultiLineString, Point, box

from kansenkaart.errors import ProjectError
from kansenkaart.sources.networks import read_networks
from kansenkaart.sources.region import load_boundaries, read_region
from kansenkaart.texts import load_texts

# In Almere, RD New.
X, Y = 143_000.0, 487_000.0
HEAT, CO2 = "restwarmte_ht", "co2"


def line(*places):
    return LineString([(X + x, Y + y) for x, y in places])


ALONG = line((0, 0), (1000, 0), (2000, 500))


@pytest.fixture
def read(tmp_path, load):
    """Return a reader of a layer of networks from rows: dictionaries with a geometry."""

    def read_one(*rows, written_in="EPSG:28992", streams=(), **settings):
        frame = gpd.GeoDataFrame(list(rows), geometry="geometry", crs=written_in)
        name = settings.pop("path", "net.gpkg")
        frame.to_file(tmp_path / name)
        asked = {"name": "net", "path": name, **settings}
        project = {"region": {"municipalities": ["GM0034"], "margin_km": 5}, "networks": [asked]}
        loaded = load({"name": "a", "path": "a.csv"}, streams=streams, **project)
        region = read_region(loaded, load_boundaries())
        return read_networks(loaded.project.networks[0], loaded, region, load_texts("nl"))

    return read_one


def row(geometry=ALONG, **more):
    base = {"id": "a", "name": "Net A", "stream": HEAT, "spare": 1000.0, "toll_eur_unit": 0.5}
    return {**base, "temperature_c": 80.0, "geometry": geometry, **more}


def keys(found, severity):
    frame = found.findings.frame()
    return frame.loc[frame["severity"] == severity, "key"].tolist()


def account(found):
    return [found.layer[f"rows_{part}"] for part in ("read", "used", "rejected", "outside")]


def test_a_network_is_what_its_row_says(read):
    found = read(row(source="Firma", year=2022))
    assert account(found) == [1, 1, 0, 0]
    one = found.networks[0]
    assert (one.id, one.name, one.stream, one.spare, one.toll_eur_unit) == (
        "net:a",
        "Net A",
        HEAT,
        1000.0,
        0.5,
    )
    assert (one.temperature_c, one.source, one.source_year) == (80.0, "Firma", 2022)
    assert one.pieces[0].length_m.sum() == pytest.approx(1000 + np.hypot(1000, 500))
    assert keys(found, "rejected") + keys(found, "warning") == []


def test_what_the_rows_do_not_say_the_project_file_does(read):
    bare = {"geometry": ALONG}
    found = read(
        bare, stream=CO2, spare=250_000.0, toll_eur_unit=12.0, title="OCAP", source="opgave", year=2023
    )
    one = found.networks[0]
    assert (one.id, one.name, one.stream, one.spare, one.toll_eur_unit) == (
        "net",
        "OCAP",
        CO2,
        250_000.0,
        12.0,
    )
    assert np.isnan(one.temperature_c)
    assert (one.source, one.source_year) == ("opgave", 2023)


def test_rows_of_one_id_are_one_network_with_one_amount_and_other_ids_are_others(read):
    found = read(
        row(), row(line((2000, 500), (3000, 500))), row(line((0, 900), (500, 900)), id="b", name=None)
    )
    assert [(one.id, one.name, one.spare, len(one.pieces)) for one in found.networks] == [
        ("net:a", "Net A", 1000.0, 1),
        ("net:b", "net:b", 1000.0, 1),
    ]


def test_lines_that_touch_or_cross_are_joined_and_parts_that_do_not_are_told(read):
    """A branch that ends on the middle of a line, drawn 30 cm short of it, belongs to it."""
    tee = line((500, 0.3), (500, 800))
    cross = line((200, -50), (200, 50))
    loose = line((0, 3000), (400, 3000))
    found = read(row(MultiLineString([ALONG, tee])), row(cross), row(loose))
    one = found.networks[0]
    assert len(one.pieces) == 2
    assert one.pieces[1].length_m.sum() == pytest.approx(400)
    joints = np.bincount(one.pieces[0].ends.ravel())
    assert sorted(joints[joints > 2].tolist()) == [3, 4]
    assert keys(found, "warning") == ["network_in_pieces"]
    assert "2 delen" in found.findings.frame()["reason"].str.cat()


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"geometry": None}, "network_no_geometry"),
        ({"geometry": Point(X, Y)}, "network_not_a_line"),
        ({"geometry": box(X, Y, X + 10, Y + 10)}, "network_not_a_line"),
        ({"geometry": LineString([(X, Y), (X, Y)])}, "network_no_geometry"),
        ({"geometry": LineString()}, "geometry_empty"),
        ({"spare": -1.0}, "negative"),
        ({"spare": None}, "network_no_spare"),
        ({"toll_eur_unit": -0.1}, "negative"),
        ({"stream": "stoom"}, "word_needed"),
        ({"stream": None}, "network_no_stream"),
        ({"stream": "gft"}, "network_not_piped"),
        ({"temperature_c": None}, "network_no_temperature"),
        ({"id": None}, "id_missing"),
    ],
)
def test_a_row_that_cannot_count_is_left_out_with_why_and_what_to_do(read, wrong, key):
    found = read(row(id="goed"), row(**{"id": "fout", **wrong}))
    assert account(found) == [2, 1, 1, 0]
    assert [one.id for one in found.networks] == ["net:goed"]
    said = found.findings.frame()
    said = said[said["severity"] == "rejected"]
    assert said["key"].tolist() == [key]
    assert said["row"].tolist() == [3]
    assert said["advice"].str.len().min() > 10


def test_a_row_of_a_network_that_says_otherwise_is_left_out(read):
    found = read(row(), row(line((2000, 500), (3000, 500)), spare=2000.0))
    assert account(found) == [2, 1, 1, 0]
    said = found.findings.frame().query("severity == 'rejected'").iloc[0]
    assert said["key"] == "network_differs"
    assert "2000" in said["reason"]
    assert "net:a" in said["reason"]


def test_far_outside_the_region_is_counted_apart(read):
    found = read(row(), row(LineString([(20_000, 380_000), (21_000, 380_000)]), id="b"))
    assert account(found) == [2, 1, 0, 1]
    assert "rows_outside" in keys(found, "note")


def test_no_toll_is_reckoned_as_none_and_said(read):
    found = read(row(toll_eur_unit=None))
    assert found.networks[0].toll_eur_unit == 0.0
    assert keys(found, "warning") == ["network_no_toll"]


def test_a_stream_that_the_project_does_not_match_is_said(read):
    found = read(row(), streams=[CO2])
    assert account(found) == [1, 1, 0, 0]
    assert keys(found, "warning") == ["network_idle"]


def test_an_amount_in_another_unit_is_turned_into_that_of_the_stream(read):
    found = read(row(spare=3.0, unit="TJ/jaar"), row(id="b", spare=2.0, unit="kg"))
    assert [one.spare for one in found.networks] == [3000.0]
    assert keys(found, "rejected") == ["unit_not_allowed"]


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:25831", "EPSG:3857"])
def test_any_crs_gives_the_same_place(read, crs):
    moved = gpd.GeoSeries([ALONG], crs="EPSG:28992").to_crs(crs).iloc[0]
    ours = read(row()).networks[0].pieces[0].xy
    theirs = read(row(moved), written_in=crs).networks[0].pieces[0].xy
    # Joints lie on whole metres.
    assert theirs == pytest.approx(ours, abs=1.0)


def test_columns_are_renamed_and_hostile_names_stay_text(read):
    name = '=cmd|"/c calc"!A1 <script>alert(1)</script>'
    found = read(
        {"code": "x|y\n", "naam": name, "geometry": ALONG, "ruimte": "1.250,5"},
        rename={"code": "id", "naam": "name", "ruimte": "spare"},
        stream=HEAT, toll_eur_unit=0, temperature_c=70,
    )  # fmt: skip
    one = found.networks[0]
    assert one.id == "net:x/y"
    assert one.name == name
    assert one.spare == 1250.5


def test_the_order_of_the_rows_has_no_influence(read):
    rows = [row(), row(line((2000, 500), (3000, 500))), row(line((5, 5), (500, 900)), id="b")]
    one, other = read(*rows), read(*rows[::-1])
    for first, second in zip(one.networks, other.networks, strict=True):
        assert first.id == second.id
        for piece, twin in zip(first.pieces, second.pieces, strict=True):
            assert np.array_equal(piece.xy, twin.xy)
            assert np.array_equal(piece.ends, twin.ends)


def test_a_layer_without_lines_and_an_unknown_column_are_told(read):
    found = read(row(Point(X, Y)))
    assert found.networks == ()
    assert account(found) == [1, 0, 1, 0]
    with pytest.raises(ProjectError, match="toll"):
        read(row(), rename={"tol": "toll"})
