"""`[clusters]` of a project: a build writes the sectors of the region's municipalities, held against the country."""

import json

import openpyxl
import pyogrio
import pytest

from kansenkaart.errors import ProjectError
from kansenkaart.pipeline import build, write_outputs
from kansenkaart.project import load_project
from tests.small_project import TOML, write_project

TABLE = """gm_code,gemeente,sbi,banen
GM0363,Amsterdam,01,1000
GM0363,Amsterdam,62,9000
GM0394,Haarlemmermeer,01,3000
GM0394,Haarlemmermeer,62,2000
GM0344,Utrecht,01,500
GM0344,Utrecht,62,7000
"""
CLUSTERS = '[clusters]\npath = "banen.csv"\nclassification = "SBI 2008"\n'
STEP_ONE_SHEETS = ["Sectoren van de regio", "Sectoren per gebied", "Ketengericht"]


def _project(folder, settings):
    write_project(folder, TOML + settings)
    (folder / "banen.csv").write_text(TABLE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return build(_project(tmp_path_factory.mktemp("clusters") / "project", CLUSTERS))


def test_the_region_is_held_against_the_whole_country(result):
    told = result.frames.clusters
    assert set(told["area"]) == {"Amsterdam", "Haarlemmermeer"}
    assert told["location_quotient"].iloc[0] == pytest.approx((1000 / 10000) / (4500 / 22500))


def test_the_region_as_a_whole_is_its_municipalities_together(result):
    """Amsterdam and Haarlemmermeer have 4,000 of 15,000 jobs in farming, the country 4,500 of 22,500."""
    whole = result.frames.region_sectors.set_index("sector")
    assert whole.loc["01", "count"] == 4000
    assert whole.loc["01", "location_quotient"] == pytest.approx((4000 / 15000) / (4500 / 22500))
    assert whole.loc["62", "shrunk_low"] < whole.loc["62", "shrunk"] < whole.loc["62", "shrunk_high"]
    assert set(whole["area_code"]) == {"REGION"}


def test_a_build_has_step_one_in_its_workbooks_and_as_layers(result, tmp_path, write_only):
    folder = write_outputs(result, tmp_path / "uit")
    assert "Gebiedsgericht" in openpyxl.load_workbook(folder / "kansenkaart.xlsx").sheetnames
    technical = openpyxl.load_workbook(folder / "kansenkaart-techniek.xlsx").sheetnames
    assert [name for name in technical if name in STEP_ONE_SHEETS] == STEP_ONE_SHEETS
    layer = pyogrio.read_dataframe(folder / "kansenkaart.gpkg", layer="cluster_areas")
    assert layer.set_index("area")["lq_01"].round(2).to_dict() == {"Amsterdam": 0.52, "Haarlemmermeer": 2.82}
    assert len(pyogrio.read_dataframe(folder / "kansenkaart.gpkg", layer="chain_view")) == len(
        result.frames.chain_view
    )
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert "clusters" in {one["layer"] for one in manifest["inputs"]}
    write_only("cluster_sheet", "workbook")
    write_outputs(result, folder)  # its own files do not stand in its way


def test_without_a_table_the_places_are_grouped_all_the_same(tmp_path):
    found = build(_project(tmp_path / "project", "[clusters]\nleast_places = 2\n"))
    (group,) = found.frames.site_clusters.to_dict("records")
    assert group["cluster"] == "Haarlemmermeer: kas en industrie"
    (stream,) = found.frames.cluster_streams.to_dict("records")
    assert stream["inside"] + stream["left_supply"] == stream["supply"]
    assert found.frames.clusters.empty


def test_a_project_that_does_not_ask_has_no_step_one(tmp_path, write_only):
    write_only("cluster_sheet", "workbook")
    found = build(_project(tmp_path / "project", ""))
    assert found.frames.chain_view.empty
    folder = write_outputs(found, tmp_path / "uit")
    assert not (folder / "tables" / "area_view.csv").exists()


def test_areas_of_another_kind_are_told_to_be_off_the_map(tmp_path):
    folder = _project(tmp_path / "project", CLUSTERS)
    (folder / "banen.csv").write_text(TABLE.replace("GM0", "CR"), encoding="utf-8")
    told = build(folder).frames
    assert "clusters_elsewhere" in told.findings["key"].tolist()
    assert set(told.clusters["area_code"]) == {"CR363", "CR394", "CR344"}


def test_municipalities_of_the_region_that_lack_are_named(tmp_path):
    folder = _project(tmp_path / "project", CLUSTERS)
    rows = [line for line in TABLE.splitlines() if "Haarlemmermeer" not in line]
    (folder / "banen.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    findings = build(folder).frames.findings.set_index("key")["value"]
    assert "Haarlemmermeer (GM0394)" in findings["clusters_region_lacks"]


def test_a_municipality_that_was_merged_counts_with_its_successor(tmp_path):
    """Beemster joined Purmerend in 2022; one of Noord-Holland's was split: none."""
    folder = _project(tmp_path / "project", CLUSTERS)
    more = "GM0439,Purmerend,01,100\nGM0439,Purmerend,62,900\nGM0370,Beemster,01,200\nGM0370,Beemster,62,.\n"
    split = "GM0140,Littenseradiel,01,5\n"
    (folder / "banen.csv").write_text(TABLE + more + split, encoding="utf-8")
    told = build(folder).frames
    own = told.clusters[told.clusters["area_code"] == "GM0439"].set_index("sector")
    assert own["area"].unique().tolist() == ["Purmerend"]
    assert own.loc["01", "count"] == 300.0
    assert own["count"].isna()["62"]
    findings = told.findings.set_index("key")["value"]
    assert findings["clusters_merged"] == "Beemster (GM0370)"
    assert findings["clusters_split"] == "Littenseradiel (GM0140)"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (CLUSTERS.replace("banen.csv", "weg.csv"), "weg.csv"),
        (CLUSTERS + "weights = { jobs = -1 }\n", "weight"),
        (CLUSTERS + "weights = { werk = 1 }\n", "werk"),
        (CLUSTERS + 'level = "6"\n', "level"),
        ("[clusters]\nacross_km = 0\n", "across_km"),
        ("[clusters]\nleast_places = 1\n", "least_places"),
    ],
)
def test_a_wrong_setting_is_refused(tmp_path, settings, says):
    with pytest.raises(ProjectError, match=says):
        load_project(_project(tmp_path / "project", settings))
