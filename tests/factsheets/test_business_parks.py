"""`kansenkaart factsheet business-parks`: parks as points and as areas; what is not known is not no, and not nought."""

import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from kansenkaart.catalogue import load_catalogue
from kansenkaart.cli.main import run
from tests.small_project import TOML, write_project

LAYER = (
    "id,name,kind,x_rd,y_rd,municipality_code,gross_ha,net_ha,free_ha,environmental_category,quay,rail,"
    "location_precision_m,throughput_t_y,inhabitants\n"
)
# One of each: fit, a category too low, nothing known, no access, full.
PARKS = """ja,Ja,business_park,113000,512000,GM0361,100,80,20,4.2,yes,,100,,
laag,Laag,business_park,120000,487000,GM0363,50,,10,2,yes,no,100,,
leeg,Leeg,business_park,104000,488000,GM0392,,,,,,,,,
bij,Zonder weg,business_park,130000,530000,GM1911,10,10,5,3,no,no,0,,
vol,Vol,business_park,115000,490500,GM0363,10,10,0,5,,yes,0,,
"""
# The disc of 100 ha has a radius of 564 m, its location is unsure by 100 m more.
PLACES = """s1,Sorteerder,textile_sorter,113660,512000,GM0361,,,,,,,10,1000,
s2,Verder weg,textile_sorter,113670,512000,GM0361,,,,,,,10,1000,
g,Gemeente,municipality,113000,512000,GM0361,,,,,,,,,111834
"""


def _tell(project, folder, *more):
    asked = ["factsheet", "business-parks", str(project), "-o", str(folder), "-q", *more]
    assert run(asked) == 0
    page = (folder / "business-parks.html").read_text(encoding="utf-8")
    return page, lambda layer: gpd.read_file(folder / "business-parks.gpkg", layer=f"business_parks_{layer}")


def _fact(page, label):
    """The figure at the head of the page that stands with `label`."""
    return re.search(rf"<dt[^>]*>{re.escape(label)}</dt>\s*<dd[^>]*>([^<]*)</dd>", page)[1]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("terreinen")
    project = write_project(
        folder / "project", TOML.replace("restwarmte_ht", "textiel"), LAYER + PARKS + PLACES
    )
    return _tell(project, folder / "uit")


def test_a_hub_fits_where_all_three_hold_and_what_is_not_known_is_said(told):
    _, read = told
    parks = read("places").set_index("name")
    assert parks["hub"].to_dict() == {
        "Ja": "yes",
        "Laag": "no",
        "Leeg": "unknown",
        "Zonder weg": "no",
        "Vol": "no",
    }
    names = ["hub_land", "hub_access", "hub_category"]
    assert parks.loc["Ja", names].tolist() == ["yes", "yes", "yes"]
    assert parks.loc["Laag", names].tolist() == ["yes", "yes", "no"]
    assert parks.loc["Leeg", names].tolist() == ["unknown"] * 3
    assert parks.loc["Zonder weg", names].tolist() == ["yes", "no", "yes"]
    assert parks.loc["Vol", names].tolist() == ["no", "yes", "yes"]
    assert read("hubs")["name"].tolist() == ["Ja"]


def test_parks_of_which_it_is_not_known_are_no_parks_without_a_hub(told, tmp_path):
    """One fits and one is not known: one or two. With nothing known it is no bare 0, with all known no range."""
    page, _ = told
    assert _fact(page, "Geschikt voor een hub; van 1 is dat niet bekend") == "1 – 2"
    toml = TOML.replace("restwarmte_ht", "textiel")
    known = LAYER + "".join(line for line in (PARKS + PLACES).splitlines(True) if not line.startswith("leeg"))
    page, _ = _tell(write_project(tmp_path / "bekend", toml, known), tmp_path / "een")
    assert _fact(page, "Geschikt voor een hub") == "1"
    nothing = LAYER + "leeg,Leeg,business_park,104000,488000,GM0392,,,,,,,,,\n" + PLACES
    page, _ = _tell(write_project(tmp_path / "leeg", toml, nothing), tmp_path / "twee")
    assert _fact(page, "Geschikt voor een hub; van 1 is dat niet bekend") == "0 – 1"


def test_free_land_is_told_per_hectare_of_the_municipality(told):
    page, read = told
    areas = read("areas").set_index("municipality_code")
    assert areas.loc["GM0363", "free_ha"] == 10
    assert areas.loc["GM0361", "free_per_1000_ha"] == pytest.approx(
        1000 * 20 / (areas.loc[["GM0361"]].geometry.area.iloc[0] / 10_000), rel=0.02
    )
    assert pd.isna(areas.loc["GM0392", "free_ha"])
    assert areas.loc["GM0392", "parks"] == 1
    assert "35 ha" in page
    assert "url(#hatch)" in page


def test_a_point_stands_for_a_disc_of_its_hectares_and_what_its_location_is_unsure_of(told):
    page, read = told
    parks = read("places").set_index("name")
    assert parks["places"].to_dict() == {"Ja": 1, "Laag": 0, "Leeg": 0, "Zonder weg": 0, "Vol": 0}
    assert parks.loc["Ja", "flows_with_partner"] == 1  # the municipality may bring its textiles
    assert "Sorteerder" in page
    assert "Verder weg" not in page


def test_land_is_asked_by_the_number_or_there_is_none(told):
    page, _ = told
    each = load_catalogue().kengetallen["textiel_inwoner"].value
    hectares = 111834 * each * 1.5 / 10_000
    assert f"{hectares:.3f}".replace(".", ",") in page
    assert "geen kengetal" in page


def test_a_hub_of_ones_own_size_is_asked(tmp_path):
    project = write_project(tmp_path / "project", TOML, LAYER + PARKS)
    _, read = _tell(project, tmp_path / "uit", "--set", "hub_ha=21")
    assert "yes" not in set(read("places")["hub"])


def test_parks_that_are_areas_stay_areas_and_hold_what_lies_in_them(tmp_path):
    project = write_project(tmp_path / "project", TOML.replace("restwarmte_ht", "textiel"), LAYER + PLACES)
    shapes = [box(113500, 511500, 113665, 512500), box(120000, 487000, 120500, 487400)]
    frame = gpd.GeoDataFrame(
        {"id": ["v1", "v2"], "name": ["Vlak", "Ander"], "free_ha": [4.0, None], "net_ha": [10.0, 20.0]},
        geometry=shapes,
        crs=28992,
    )
    frame.to_file(project / "parken.gpkg", layer="parken")
    with (project / "kansenkaart.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[layers]]\nname = "p"\npath = "parken.gpkg"\nkind = "business_park"\nsource = "proef"\nyear = 2024\n'
        )
    _, read = _tell(project, tmp_path / "uit")
    outlines = read("outlines").set_index("name")
    assert set(outlines.geometry.geom_type) == {"MultiPolygon"}
    assert outlines.loc["Vlak"].geometry.area == pytest.approx(165 * 1000)
    assert outlines.loc["Vlak", "free_pct"] == 40
    assert pd.isna(outlines.loc["Ander", "free_pct"])
    assert outlines["places"].to_dict() == {"Vlak": 1, "Ander": 0}


def test_the_example_names_the_source_of_every_park(tmp_path):
    page, read = _tell(Path("data/noord-holland/bedrijventerreinen.toml"), tmp_path)
    parks = read("places")
    assert len(parks) == 4
    assert parks["source"].str.len().min() > 10
    assert "Boekelermeer" in page
