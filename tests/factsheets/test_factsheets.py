"""`kansenkaart factsheet`: a page, layers and a theme from a project; the numbers by hand."""

import io
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from kansenkaart.cli.main import run
from kansenkaart.factsheets import FACTSHEETS
from kansenkaart.factsheets.factsheet import bounds_of, read_numbers, read_table
from tests.small_project import TOML, write_project

LAYER = (
    "id,name,kind,x_rd,y_rd,capacity_pe60,load_pe60,glass_ha,supply_struviet_fosfaat_t_y,supply_zuiveringsslib_t_y,"
    "digestion,sludge_digested_pe60\n"
)
ROWS = """r1,<b>rwzi</b> Een,rwzi,120000,487000,200000,180000,,300,40000,yes,500000
r2,rwzi Twee,rwzi,105000,480000,100000,90000,,,20000,,
k,Kas,greenhouse,110000,480000,,,50,,,,
m,<b>rwzi</b> Straat,recycling_yard,120000,487000,,,,,,,
t,<b>rwzi</b> Terrein,business_park,121000,487000,,,,,,,
"""
# Those about waste-water plants.
OF_PLANTS = ("phosphate", "rwzi-2030")
STREAMS = '["struviet_fosfaat", "zuiveringsslib", "effluentwater", "biogas_groengas"]'


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    toml = TOML.replace('["restwarmte_ht"]', STREAMS)
    return write_project(tmp_path_factory.mktemp("recept") / "project", toml, LAYER + ROWS)


@pytest.fixture(scope="module", params=FACTSHEETS)
def answer(request, project, tmp_path_factory):
    """Name and folder of every factsheet."""
    folder = tmp_path_factory.mktemp("uit") / "uit"
    assert run(["factsheet", request.param, str(project), "-o", str(folder), "-q"]) == 0
    return request.param, folder


@pytest.fixture(scope="module")
def phosphate(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fosfaat") / "uit"
    assert run(["factsheet", "phosphate", str(project), "-o", str(folder), "-q"]) == 0
    return folder


def test_a_page_asks_nothing_of_the_network_and_runs_nothing(answer):
    name, folder = answer
    page = (folder / f"{name}.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert not re.findall(r"""(?:src|href|url\()\s*=?\s*["'(]?\s*(?:https?:)?//""", page)
    assert "style=" not in page  # the policy would refuse it
    assert "&lt;b&gt;rwzi&lt;/b&gt;" in page
    assert "<b>rwzi" not in page
    assert "<svg" in page


def test_a_package_has_layers_with_styles_and_a_theme_that_shows_them(answer):
    name, folder = answer
    file = folder / f"{name}.gpkg"
    with closing(sqlite3.connect(file)) as connection:
        styled = {row[0] for row in connection.execute("SELECT f_table_name FROM layer_styles")}
        (content,) = connection.execute("SELECT content FROM qgis_projects").fetchone()
    with zipfile.ZipFile(io.BytesIO(bytes.fromhex(content))) as packed:
        root = ET.fromstring(packed.read(packed.namelist()[0]))
    (theme,) = root.iter("visibility-preset")
    layers = {layer.findtext("id"): layer.findtext("datasource") for layer in root.iter("maplayer")}
    assert {one.get("id") for one in theme.findall("layer")} == set(layers)
    tables = {source.split("layername=")[1] for source in layers.values()}
    assert tables == styled
    assert tables <= set(pyogrio.list_layers(file)[:, 0])
    assert all(source.startswith(f"./{name}.gpkg|") for source in layers.values())
    for table in tables:
        assert gpd.read_file(file, layer=table).crs.to_epsg() == 28992
    # It opens on what it shows, in metres.
    assert root.findtext("projectCrs/spatialrefsys/authid") == "EPSG:28992"
    extent = root.find("ProjectViewSettings/DefaultViewExtent")
    corners = [float(extent.get(name)) for name in ("xmin", "ymin", "xmax", "ymax")]
    bounds = [gpd.read_file(file, layer=table).total_bounds for table in tables]
    west, south, east, north = (pick(one[n] for one in bounds) for n, pick in enumerate((min, min, max, max)))
    assert corners[0] <= west <= east <= corners[2]
    assert corners[1] <= south <= north <= corners[3]


def test_the_same_project_gives_the_same_bytes(answer, project, tmp_path):
    name, folder = answer
    assert run(["factsheet", name, str(project), "-o", str(tmp_path / "weer"), "-q"]) == 0
    for ending in ("html", "gpkg"):
        assert (tmp_path / "weer" / f"{name}.{ending}").read_bytes() == (
            folder / f"{name}.{ending}"
        ).read_bytes()


def test_phosphorus_of_plants_land_and_glass_is_reckoned_by_hand(phosphate):
    plants = gpd.read_file(phosphate / "phosphate.gpkg", layer="phosphate_plants").set_index("site_id")
    assert plants.loc["a:r1", "influent"] == pytest.approx(200000 * 0.6098 / 1000)
    assert plants.loc["a:r1", "sludge"] == pytest.approx(200000 * 0.6098 / 1000 * 0.84)
    assert plants.loc["a:r1", "struvite"] == pytest.approx(300 * 0.126)
    assert plants.loc["a:r2", "struvite"] == 0
    areas = gpd.read_file(phosphate / "phosphate.gpkg", layer="phosphate_areas").set_index("municipality")
    land = read_table("farmland").set_index("municipality_code")["farmland_ha"]
    assert areas.loc["Amsterdam", "farmland"] == pytest.approx(land["GM0363"] * 54 * 0.4364 / 1000)
    assert areas["greenhouses"].sum() == pytest.approx(50 * 250 * 0.4364 / 1000)
    assert areas["influent"].sum() == pytest.approx(
        plants["influent"].sum()
    )  # nothing lost between the two views
    assert areas["asked"].sum() == pytest.approx(
        areas[["farmland", "greenhouses", "industry"]].to_numpy().sum()
    )


def test_the_chain_tells_when_the_total_of_cbs_contradicts_the_plants(phosphate):
    """Two plants are not all of Noord-Holland: 183 t where CBS counted 1,963 t."""
    page = (phosphate / "phosphate.html").read_text(encoding="utf-8")
    assert "spreken elkaar tegen" in page or "tegenspraak" in page
    assert "geen tegenspraak" not in page


def test_the_chain_says_between_which_two_totals_it_closes(phosphate):
    page = (phosphate / "phosphate.html").read_text(encoding="utf-8")
    (told,) = re.findall(r"De balans sluit op ([\d.,]+) t P", page)
    closed = float(told.replace(".", "").replace(",", "."))
    assert 183 < closed < 1963
    assert f"Influent {told} t" in page


def test_a_number_says_its_unit_as_it_is_written(project, tmp_path):
    assert run(["factsheet", "rwzi-2030", str(project), "-o", str(tmp_path / "uit"), "-q"]) == 0
    page = (tmp_path / "uit" / "rwzi-2030.html").read_text(encoding="utf-8")
    assert "Kan (m³ per jaar)" in page
    assert "m3 per" not in page
    # of three kinds of p.e. only one is 60 g
    assert re.findall(r"\(p\.e\.([^)]*)\)", page)
    assert set(re.findall(r"\(p\.e\.([^)]*)\)", page)) == {" 60 g BZV"}


def test_a_plant_is_told_what_runs_what_could_and_who_takes_it(project, tmp_path):
    assert run(["factsheet", "rwzi-2030", str(project), "-o", str(tmp_path / "uit"), "-q"]) == 0
    plants = gpd.read_file(tmp_path / "uit" / "rwzi-2030.gpkg", layer="rwzi_2030_plants").set_index("site_id")
    one, two = plants.loc["a:r1"], plants.loc["a:r2"]
    assert one["sludge_import_pe60"] == 500000 - 180000
    assert pd.isna(two["sludge_import_pe60"])
    assert one["sludge"] == 40000
    assert one["nutrient_potential"] == 300
    assert one["nutrient_state"] == "running"  # the layer says what it makes
    assert one["nutrient_running"] == 300
    assert two["nutrient_state"] == "unknown"
    # one of the two lies within 15 km of the greenhouse: by Pythagoras 12.2 and 5 km
    assert one["water_nearest"] == two["water_nearest"] == "Kas"
    assert one["water_nearest_km"] == pytest.approx((10_000**2 + 7_000**2) ** 0.5 / 1000)
    assert two["water_nearest_km"] == pytest.approx(5.0)
    assert [one["water_takers"], two["water_takers"]] == [1, 1]
    assert one["water_state"] == "within_reach"
    assert one["water_potential"] > two["water_potential"] > 0


LINKS = """id,stream,supply,demand_name,quantity,unit,status,source
l,struviet_fosfaat,a:r2,ergens,20,t,running,proef
"""
LINK_LAYER = """
[[links]]
name = "l"
path = "l.csv"
source = "proef"
year = 2024
"""


@pytest.mark.parametrize(
    ("basis", "made"),
    [("derived", [300, 20, None]), ("permit", [None, 20, None])],
)
def test_what_a_plant_makes_is_the_same_in_every_factsheet(tmp_path, basis, made):
    """Stated by a layer or delivered is made; what is allowed or reckoned from digestion is not."""
    toml = TOML.replace('["restwarmte_ht"]', STREAMS) + LINK_LAYER
    header, *rows = (LAYER + ROWS + "r3,rwzi Drie,rwzi,104000,481000,90000,80000,,,,yes,80000\n").splitlines()
    layer = "\n".join([f"{header},basis", *(f"{row},{basis}" for row in rows)]) + "\n"
    folder = write_project(tmp_path / "project", toml, layer)
    (folder / "l.csv").write_text(LINKS, encoding="utf-8")
    for name in OF_PLANTS:
        assert run(["factsheet", name, str(folder), "-o", str(tmp_path / "uit"), "-q"]) == 0
    plants, factories = (
        gpd.read_file(tmp_path / "uit" / f"{name}.gpkg", layer=f"{name.replace('-', '_')}_plants")
        .set_index("site_id")
        .sort_index()
        for name in OF_PLANTS
    )
    assert plants["struvite"].tolist() == pytest.approx([(one or 0) * 0.126 for one in made])
    assert [None if pd.isna(one) else one for one in factories["nutrient_running"]] == made
    assert [one == "running" for one in factories["nutrient_state"]] == [one is not None for one in made]


def test_a_municipality_whose_farmland_nobody_knows_is_named(project, tmp_path, monkeypatch):
    def read_less(name):
        table = read_table(name)
        return table[table["municipality_code"] != "GM0363"] if name == "farmland" else table

    monkeypatch.setattr("kansenkaart.factsheets.phosphate.read_table", read_less)
    assert run(["factsheet", "phosphate", str(project), "-o", str(tmp_path), "-q"]) == 0
    page = (tmp_path / "phosphate.html").read_text(encoding="utf-8")
    assert "Van 1 gemeente is de landbouwgrond niet bekend: Amsterdam." in page
    areas = gpd.read_file(tmp_path / "phosphate.gpkg", layer="phosphate_areas").set_index("municipality")
    assert areas.loc["Amsterdam", ["farmland", "asked"]].isna().all()
    assert areas["asked"].drop("Amsterdam").notna().all()


def test_the_farmland_of_every_municipality_is_known():
    areas = gpd.read_file("kansenkaart/catalogue/boundaries/gemeenten_2023.geojson")
    assert set(areas["municipality_code"]) == set(read_table("farmland")["municipality_code"])


@pytest.mark.parametrize("name", FACTSHEETS)
def test_a_project_without_its_places_is_told_what_to_add(name, tmp_path, capsys):
    write_project(tmp_path / "project")
    assert run(["factsheet", name, str(tmp_path / "project"), "-o", str(tmp_path / "uit"), "-q"]) == 1
    told = capsys.readouterr().err
    assert "Noord-Holland" in told
    missing = {"craft-centres": "recycling_yard", "business-parks": "business_park"}
    assert missing.get(name, "capacity_pe60") in told
    assert not (tmp_path / "uit").exists()


@pytest.mark.parametrize("name", OF_PLANTS)
def test_a_plant_without_a_capacity_is_named_as_not_counted(tmp_path, name):
    more = "r3,Zonder & Co,rwzi,104000,480000,,,,,,,\n"
    write_project(tmp_path / "project", TOML.replace('["restwarmte_ht"]', STREAMS), LAYER + ROWS + more)
    assert run(["factsheet", name, str(tmp_path / "project"), "-o", str(tmp_path / "uit"), "-q"]) == 0
    page = (tmp_path / "uit" / f"{name}.html").read_text(encoding="utf-8")
    assert "1 zuivering zonder capaciteit telt niet mee: Zonder &amp; Co." in page


def test_no_plant_is_named_where_all_have_a_capacity(answer):
    name, folder = answer
    assert "zonder capaciteit" not in (folder / f"{name}.html").read_text(encoding="utf-8")


def test_numbers_rise_and_say_where_they_come_from():
    for factsheet in FACTSHEETS:
        numbers = read_numbers(factsheet)
        for name in numbers.index:
            bounds = bounds_of(numbers, name)
            assert bounds["low"] <= bounds["value"] <= bounds["high"]
        assert numbers["source"].str.len().min() > 10
        assert set(numbers["evidence"]) <= {"sourced", "derived", "estimate", "unverified"}


def test_the_number_per_capacity_is_the_national_total_over_the_national_capacity():
    plants = pd.read_csv(Path("data/nederland/layers/rwzi.csv"))
    total = read_table("p_load_cbs_7477")["p_t"].sum()
    value = bounds_of(read_numbers("phosphate"), "influent_kg_pe60")["value"]
    assert value == pytest.approx(total * 1000 / plants["capacity_pe60"].sum(), rel=1e-3)


def test_the_table_in_the_docs_is_what_the_capacities_give():
    plants = pd.read_csv(Path("data/nederland/layers/rwzi.csv"))
    areas = gpd.read_file("kansenkaart/catalogue/boundaries/gemeenten_2023.geojson")
    province = areas.set_index("municipality_code")["province"]
    capacity = plants["capacity_pe60"].groupby(plants["municipality_code"].map(province)).sum()
    counted = read_table("p_load_cbs_7477").set_index("province")["p_t"]
    line = r"^\| ([^|]+) \| ([\d.]+) \| ([\d.]+) \([^|]*\| ([\d.]+) \| ([+-]\d+) % \|$"
    rows = re.findall(line, Path("docs/factsheets.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 12
    for name, pe, made, cbs, off in rows:
        value = capacity[name] * 0.6098 / 1000
        assert float(pe.replace(".", "")) == capacity[name]
        assert float(made.replace(".", "")) == round(value)
        assert float(cbs.replace(".", "")) == counted[name]
        assert int(off) == round((value / counted[name] - 1) * 100)


def test_what_stands_there_is_not_written_over(project, tmp_path, capsys):
    folder = tmp_path / "uit"
    folder.mkdir()
    (folder / "phosphate.html").write_text("van mij", encoding="utf-8")
    assert run(["factsheet", "phosphate", str(project), "-o", str(folder), "-q"]) == 1
    assert "phosphate.html" in capsys.readouterr().err
    assert (folder / "phosphate.html").read_text(encoding="utf-8") == "van mij"
    assert not (folder / "phosphate.gpkg").exists()
    assert run(["factsheet", "phosphate", str(project), "-o", str(folder), "-q", "--overwrite"]) == 0
    assert "<svg" in (folder / "phosphate.html").read_text(encoding="utf-8")


def test_a_number_of_ones_own_takes_the_place_of_ours_and_says_so(project, tmp_path):
    folder = tmp_path / "uit"
    asked = ["--set", "influent_kg_pe60=1", "--set", "influent_kg_pe60=0,5"]
    assert run(["factsheet", "phosphate", str(project), "-o", str(folder), "-q", *asked]) == 0
    plants = gpd.read_file(folder / "phosphate.gpkg", layer="phosphate_plants").set_index("site_id")
    assert plants.loc["a:r1", "influent"] == plants.loc["a:r1", "influent_high"] == 200000 * 0.5 / 1000
    assert "eigen keuze" in (folder / "phosphate.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("influent=1", "influent_kg_pe60"),
        ("influent_kg_pe60", "getal boven 0"),
        ("influent_kg_pe60=nul", "getal boven 0"),
        ("influent_kg_pe60=0", "getal boven 0"),
        ("influent_kg_pe60=inf", "getal boven 0"),
        ("=3", "getal boven 0"),
    ],
)
def test_a_number_that_cannot_be_is_refused_before_anything_is_written(
    given, said, project, tmp_path, capsys
):
    folder = tmp_path / "uit"
    assert run(["factsheet", "phosphate", str(project), "-o", str(folder), "-q", "--set", given]) == 2
    assert said in capsys.readouterr().err
    assert not folder.exists()


@pytest.mark.browser
def test_on_paper_figures_are_of_one_size_and_no_heading_stands_alone(answer, browser, tmp_path):
    name, folder = answer
    page = browser.new_page(viewport={"width": 703, "height": 1032})  # A4 without its margins
    page.goto((folder / f"{name}.html").as_uri())
    page.emulate_media(media="print")
    sizes = page.evaluate("[...document.querySelectorAll('.tile dd')].map(e => getComputedStyle(e).fontSize)")
    assert len(set(sizes)) == 1
    breaks = "[...document.querySelectorAll('h2, section > p')].map(e => getComputedStyle(e).breakAfter)"
    assert set(page.evaluate(breaks)) == {"avoid"}
    last = "[...document.querySelectorAll('.told td:last-child:not(.n)')].map(e => e.getBoundingClientRect().width)"
    assert min(page.evaluate(last), default=999) > 65  # a source is not a column of single words
    wide = "[...document.querySelectorAll('table')].map(e => e.getBoundingClientRect().right)"
    assert max(page.evaluate(wide), default=0) <= 704
    page.close()
