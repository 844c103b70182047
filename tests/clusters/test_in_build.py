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


def test_a_build_writes_a_workbook_and_a_layer_beside_the_map(result, tmp_path):
    folder = write_outputs(result, tmp_path / "uit")
    assert "Clusters" in openpyxl.load_workbook(folder / "clusters.xlsx").sheetnames
    layer = pyogrio.read_dataframe(folder / "clusters.gpkg", layer="cluster_areas")
    assert set(layer["area"]) == {"Amsterdam", "Haarlemmermeer"}
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {"clusters.xlsx", "clusters.gpkg"} <= set(manifest["outputs"])
    assert "clusters" in {one["layer"] for one in manifest["inputs"]}
    write_outputs(result, folder)  # its own files do not stand in its way


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (CLUSTERS.replace("banen.csv", "weg.csv"), "weg.csv"),
        (CLUSTERS + "weights = { jobs = -1 }\n", "weight"),
        (CLUSTERS + "weights = { werk = 1 }\n", "werk"),
        (CLUSTERS + 'level = "6"\n', "level"),
    ],
)
def test_a_wrong_setting_is_refused(tmp_path, settings, says):
    with pytest.raises(ProjectError, match=says):
        load_project(_project(tmp_path / "project", settings))
