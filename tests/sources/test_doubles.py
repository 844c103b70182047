"""A place that stands in two layers counts once, by a rule that is said; what only looks so is named and stays."""

from __future__ import annotations

import pytest

from kansenkaart.sources import read_sources

_HEAD = "id;name;x_rd;y_rd;capacity_pe60"


@pytest.fixture
def two(load, tmp_path):
    """Reader of two layers of one kind, given as rows."""

    def read(first, second, *, head=_HEAD, kind="rwzi", project=None, **settings):
        for name, rows in (("oud", first), ("nieuw", second)):
            (tmp_path / f"{name}.csv").write_text("\n".join([head, *rows]))
        layers = [{"name": name, "path": f"{name}.csv", "kind": kind} for name in ("oud", "nieuw")]
        layers[1] |= settings
        return read_sources(load(*layers, **(project or {})), progress=lambda _: None)

    return read


_OLD = ["a;RWZI West;121000;487000;5000", "b;Oost;126000;487000;5000"]


@pytest.mark.parametrize(
    ("row", "metres"),
    [
        ("1;RWZI  west;121000;487000;7000", 0),
        ("1;rwzi West;121600;487000;7000", 600),
        ("A;Zuivering;121020;487000;7000", 20),
        ("1;Zuivering;121020;487000;5000", 20),
    ],
    ids=["name and point", "name within a kilometre", "id and point", "numbers and point"],
)
def test_one_plant_in_two_layers_counts_once_and_the_first_layer_goes_before(two, said, row, metres):
    sources = two(_OLD, ["9;Ver;130000;487000;5000", row])
    assert sources.sites["site_id"].tolist() == ["oud:a", "oud:b", "nieuw:9"]
    found = said(sources, "counted_before")
    assert found[["layer", "row", "severity"]].values.tolist() == [["nieuw", 3, "rejected"]]
    assert f"'RWZI West' in laag 'oud' (rij 2), {metres} m" in found["reason"].iloc[0]
    counts = sources.layers.set_index("layer").loc["nieuw", ["rows_read", "rows_used", "rows_rejected"]]
    assert counts.tolist() == [2, 1, 1]


def test_the_project_may_count_both(two, said):
    sources = two(_OLD, ["1;RWZI West;121000;487000;7000"], doubles="both")
    assert len(sources.sites) == 3
    assert said(sources, "same_place")["severity"].tolist() == ["warning"]
    assert said(sources, "counted_before").empty


def test_neighbours_that_share_neither_name_nor_id_nor_numbers_are_named_and_both_stay(two, said):
    sources = two(_OLD, ["1;Zuivering;121020;487000;7000"])
    assert len(sources.sites) == 3
    assert "20 m uit elkaar" in said(sources, "same_place")["reason"].iloc[0]


def test_rows_that_give_different_streams_are_parts_of_one_place_and_both_stay(two, said):
    head = "id;name;x_rd;y_rd;supply_restwarmte_ht_gj_y;demand_metalen_t_y"
    steel, scrap = "a;Staal;121000;487000;900000;", "b;Staal;121000;487000;;20000"
    parts = two([steel], [scrap], head=head, kind="steel")
    assert len(parts.sites) == 2
    assert len(said(parts, "same_place")) == 1
    both = two([steel], ["b;Staal;121000;487000;900000;20000"], head=head, kind="steel")
    assert both.sites["site_id"].tolist() == ["oud:a"]
    assert "demand_metalen_t_y" in said(both, "counted_before")["reason"].iloc[0]


def test_one_stream_by_two_drivers_is_still_counted_once(two):
    head = "id;name;x_rd;y_rd;capacity_pe60;load_pe60;sludge_digested_pe60"
    sources = two(["a;West;121000;487000;5000;;"], ["b;West;121000;487000;;4000;"], head=head)
    assert sources.sites["site_id"].tolist() == ["oud:a"]
    # what is digested gives biogas, which the first says nothing of
    other = two(["a;West;121000;487000;5000;;"], ["b;West;121000;487000;;;6000"], head=head)
    assert other.sites["site_id"].tolist() == ["oud:a", "nieuw:b"]


def test_of_three_layers_the_first_is_kept_and_the_rest_refer_to_it(load, tmp_path, said):
    for name in ("een", "twee", "drie"):
        (tmp_path / f"{name}.csv").write_text(f"{_HEAD}\n1;West;121000;487000;5000\n")
    layers = [{"name": name, "path": f"{name}.csv", "kind": "rwzi"} for name in ("een", "twee", "drie")]
    sources = read_sources(load(*layers), progress=lambda _: None)
    assert sources.sites["site_id"].tolist() == ["een:1"]
    assert said(sources, "counted_before")["layer"].tolist() == ["twee", "drie"]
    assert all("in laag 'een'" in reason for reason in said(sources, "counted_before")["reason"])


def test_neighbours_of_another_kind_name_or_place_are_two_places(two, said):
    old = ["a;West;121000;487000;5", "b;West;126000;487000;5", "c;Noord;121400;487000;5"]
    new = ["1;Zuid;121030;487000;5", "2;West;126100;487000;5", "3;Noord;123000;487000;5"]
    sources = two(old, new)
    assert len(sources.sites) == 6
    assert said(sources, "same_place").empty
    assert said(sources, "counted_before").empty
    assert len(two(old, old[:1], kind="rwzi").sites) == 3


def test_a_closed_place_neither_counts_nor_takes_the_place_of_one_that_runs(two):
    head = f"{_HEAD};status"
    sources = two(["a;West;121000;487000;5;closed"], ["1;West;121000;487000;5;active"], head=head)
    assert sources.sites["site_id"].tolist() == ["oud:a", "nieuw:1"]


def test_the_same_municipality_in_two_tables_counts_once(load, tmp_path, said):
    for name in ("een", "twee"):
        (tmp_path / f"{name}.csv").write_text("municipality_code;name;inhabitants\nGM0363;Amsterdam;900000\n")
    layers = [
        {"name": name, "path": f"{name}.csv", "kind": "municipality", "placement": "municipality"}
        for name in ("een", "twee")
    ]
    sources = read_sources(load(*layers), progress=lambda _: None)
    assert sources.sites["site_id"].tolist() == ["een:GM0363"]
    assert len(said(sources, "counted_before")) == 1


def test_many_firms_at_one_address_are_told_apart_by_their_name(two, said):
    firms = [f"{number};Firma {number};121000;487000;{number + 1}" for number in range(40)]
    sources = two(firms, [*reversed(firms), "99;Nieuw;121000;487000;999"])
    assert len(sources.sites) == 41
    assert len(said(sources, "counted_before")) == 40


def test_a_link_that_names_the_row_that_was_left_out_is_tied_to_the_one_that_counts(two, tmp_path):
    links = "id;stream;supply;demand\nl;zuiveringsslib;nieuw:1;oud:b\n"
    (tmp_path / "links.csv").write_text(links)
    project = {"links": [{"name": "lopend", "path": "links.csv"}]}
    sources = two(_OLD, ["1;RWZI West;121000;487000;7000"], project=project)
    assert sources.links[["supply_id", "demand_id"]].values.tolist() == [["oud:a", "oud:b"]]


def test_the_plants_of_the_shared_case_stand_once(shared, load, tmp_path, said):
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_bytes((shared / f"cases/41-double-layers/{name}.csv").read_bytes())
    layers = [{"name": name, "path": f"{name}.csv"} for name in ("a", "b")]
    sources = read_sources(load(*layers, region={"province": "Nederland"}), progress=lambda _: None)
    assert sources.sites["site_id"].tolist() == ["a:R1", "a:R2"]
    assert len(said(sources, "counted_before")) == 2
