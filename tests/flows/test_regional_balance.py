"""`[balances]` of a project: what goes through a region per stream, from what a build knows and what was observed."""

import json
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from io import BytesIO
from xml.etree import ElementTree as ET

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.cli.main import run
from kansenkaart.errors import DataError, OutputError, ProjectError
from kansenkaart.maps.balance import describe_balance
from kansenkaart.maps.columns import number_ids
from kansenkaart.pipeline import build, write_outputs
from kansenkaart.project import load_project
from kansenkaart.texts import load_texts
from tests.small_project import TOML, write_project

HEAD = (
    "id,name,kind,x_rd,y_rd,load_pe60,digestion,supply_zuiveringsslib_t_y,demand_zuiveringsslib_t_y,"
    "free_supply_zuiveringsslib_t_y\n"
)
# No contract has hold of this sludge: all that no link takes is free.
SLUDGE_T_PE = load_catalogue().kengetallen["zuiveringsslib_belasting"].value
ROWS = f"""r1,rwzi Een,rwzi,110000,480000,100000,,,,{100_000 * SLUDGE_T_PE}
r2,rwzi Twee,rwzi,112000,480000,50000,,,,{50_000 * SLUDGE_T_PE}
r3,rwzi Drie,rwzi,113000,480000,,,8000,,300
d,Droger,sludge_dryer,111000,481000,,,,30000,
v,Verre droger,sludge_dryer,140000,455000,,,,30000,
u,rwzi Ver,rwzi,140100,455000,,,5000,,4300
"""
LINKS = """id,stream,supply,demand,quantity,unit,status,source
1,zuiveringsslib,a:r3,a:d,6000,t,running,proef
2,zuiveringsslib,a:r3,a:v,1500,t,running,proef
3,zuiveringsslib,a:u,a:d,700,t,running,proef
4,zuiveringsslib,a:r3,een boer,200,t,running,proef
"""
SETTINGS = """
[[links]]
name = "links"
path = "links.csv"
source = "proef"
year = 2024
[balances]
"""


def _project(folder, settings="", observed=None):
    toml = TOML.replace('["restwarmte_ht"]', '["zuiveringsslib"]') + SETTINGS + settings
    write_project(folder, toml, HEAD + ROWS)
    (folder / "links.csv").write_text(LINKS, encoding="utf-8")
    if observed is not None:
        (folder / "gezien.csv").write_text(observed, encoding="utf-8")
    return folder


def _observed(*rows):
    return "\n".join(["laag;stroom;van;eenheid;waarde;sd_pct;bron;jaar", *rows]) + "\n"


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return build(_project(tmp_path_factory.mktemp("balans") / "project"))


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory):
    """What it wrote, only to be read."""
    return write_outputs(result, tmp_path_factory.mktemp("balans") / "uit")


def _of(frames, item, column="quantity"):
    items = frames.balance_items
    (cell,) = items.loc[items["item"] == item, column]
    return cell


def test_a_region_makes_brings_in_treats_sends_out_and_leaves_unused(result):
    frames = result.frames
    flows = frames.flows.set_index("flow_id")["theoretical"]
    made = sum(flows[f"a:{place}|zuiveringsslib|supply"] for place in ("r1", "r2", "r3"))
    assert _of(frames, "production") == pytest.approx(made)
    assert _of(frames, "import") == 700
    assert _of(frames, "treatment") == 6700
    assert _of(frames, "use") == 200  # by who is not on the map
    assert _of(frames, "export") == 1500
    assert _of(frames, "loss") == pytest.approx(made + 700 - 6700 - 200 - 1500)
    assert pd.isna(_of(frames, "stock"))
    bases = frames.balance_items.set_index("item")["basis"].to_dict()
    assert bases["treatment"] == bases["import"] == "measured"
    assert bases["production"] == bases["loss"] == "estimated"
    assert bases["stock"] == "unknown"
    assert "balance_absent" in set(frames.findings["key"])


def test_what_a_supply_goes_by_is_said_in_words(result):
    """A diagram and its key name a rule by what it counts, not by its id in the catalogue."""
    ids = set(result.loaded.catalogue.kengetallen)
    names = result.frames.balances["flow"].tolist()
    assert "rioolwaterzuivering, naar p.e. (60 g BZV) belasting" in names
    assert "rioolwaterzuivering, gemeten of opgegeven" in names
    for name in names:
        assert not any(one in name for one in ids), name
        assert not any(word in name for word in ("measured", "estimated", "given")), name


def test_what_shares_a_kengetal_widens_in_full(result):
    """Two plants of one kengetal: the spread of their sum is that of the kengetal, not less."""
    frames = result.frames
    kengetal = result.loaded.catalogue.kengetallen["zuiveringsslib_belasting"]
    rows = frames.balances[frames.balances["kengetal"] == kengetal.id]
    (row,) = rows.to_dict("records")
    rel = (kengetal.high - kengetal.low) / kengetal.value / (2 * 1.2815515655446004)
    assert row["sd"] == pytest.approx(rel * row["value"])
    stated = 8000 * 0.1 / (2 * 1.2815515655446004)
    assert _of(frames, "production", "quantity_sd") == pytest.approx(np.hypot(row["sd"], stated))
    assert _of(frames, "production", "free_sd") > 0
    assert _of(frames, "production", "free") <= _of(frames, "production")


def test_every_diagram_balances_and_stands_in_every_file(result, folder):
    sheets = openpyxl.load_workbook(folder / "kansenkaart-techniek.xlsx").sheetnames
    assert {"Balansposten", "Balansstromen", "Balansprocessen", "Balanstoets"} <= set(sheets)
    table = pd.read_csv(folder / "tables" / "balances.csv")
    assert len(table) == len(result.frames.balances)
    assert {"balance_items", "balances"} <= set(pyogrio.list_layers(folder / "kansenkaart.gpkg")[:, 0])
    (diagram,) = json.loads((folder / "sankey" / "zuiveringsslib.json").read_text(encoding="utf-8"))
    held = {}
    for link in diagram["links"]:
        held[link["source"]] = held.get(link["source"], 0) - link["quantity"]
        held[link["target"]] = held.get(link["target"], 0) + link["quantity"]
    assert all(abs(rest) < 1e-6 for name, rest in held.items() if name.startswith("p:"))
    assert not list((folder / "sankey").glob("*.png"))
    assert "Nog niet gebruikt" in (folder / "sankey" / "zuiveringsslib.svg").read_text(encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {"tables/balances.csv", "sankey/zuiveringsslib.svg"} <= set(manifest["outputs"])


def test_an_observed_total_is_held_against_the_sum_of_the_estimates(tmp_path):
    settings = 'path = "gezien.csv"\n'
    near = build(
        _project(tmp_path / "a", settings, _observed("zuiveringsslib;Productie;;t;20000;10;CBS;2023"))
    )
    made = near.frames.balances
    estimated = made.loc[made["to_process"] == "Aanbod in de regio", "value"].sum()
    (row,) = near.frames.balance_tests.to_dict("records")
    assert row["freedom"] == 1
    assert _of(near.frames, "production", "given") == 20000
    assert min(20000, estimated) <= _of(near.frames, "production") <= max(20000, estimated)
    far = build(_project(tmp_path / "b", settings, _observed("zuiveringsslib;production;;kt;200;2;CBS;2023")))
    (row,) = far.frames.balance_tests.to_dict("records")
    assert row["verdict"] == "contradictory"
    assert row["candidates"]
    assert "balance_contradictory" in set(far.frames.findings["key"])


def test_an_observed_total_of_a_kind_is_held_against_that_kind(tmp_path):
    observed = _observed("Zuiveringsslib;Productie;rioolwaterzuivering;t;20000;5;opgave;2023")
    frames = build(_project(tmp_path / "a", 'path = "gezien.csv"\n', observed)).frames
    names = set(frames.balances["flow"])
    assert "rioolwaterzuivering: opgegeven totaal" in names
    assert frames.balance_tests["freedom"].tolist() == [1]
    assert frames.balance_items.loc[frames.balance_items["item"] == "production", "basis"].tolist() == [
        "estimated"
    ]


def test_what_stays_and_what_is_lost_can_be_observed_too(tmp_path):
    observed = _observed(
        "zuiveringsslib;voorraadverandering;;t;-400;10;opgave;2023",
        "zuiveringsslib;export;;t;1600;10;opgave;2023",
    )
    frames = build(_project(tmp_path / "a", 'path = "gezien.csv"\n', observed)).frames
    assert _of(frames, "stock") == pytest.approx(-400)
    assert _of(frames, "export") == pytest.approx(1600)
    rows = frames.balances.set_index("flow")
    closed = _of(frames, "production") + 700 - 6700 - 200 - 1600 + 400
    assert rows.loc["Nog niet gebruikt", "reconciled"] == pytest.approx(closed)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("gft;productie;;t;1;10;x;2023", "gft"),
        ("zuiveringsslib;opbrengst;;t;1;10;x;2023", "rij 2: 'opbrengst' in kolom stroom is geen post"),
        ("zuiveringsslib;productie;rwzzi;t;1;10;x;2023", "Het lijkt op: rwzi"),
        ("zuiveringsslib;invoer;rwzi;t;1;10;x;2023", "alleen productie kan per soort"),
        ("zuiveringsslib;invoer;;t;-5;10;x;2023", "is negatief: -5"),
        ("zuiveringsslib;invoer;;m3;5;10;x;2023", "m3 kan geen t worden"),
        ("zuiveringsslib;invoer;;t;5;;x;2023", "zegt niet hoe zeker"),
        (
            "zuiveringsslib;invoer;;t;1;10;x;2023\nzuiveringsslib;import;;t;2;10;x;2023",
            "de rijen 2, 3 geven dezelfde post",
        ),
    ],
)
def test_a_bad_observed_row_is_refused_with_its_row_and_what_to_do(tmp_path, capsys, row, says):
    project = _project(tmp_path / "project", 'path = "gezien.csv"\n', _observed(row))
    assert run(["build", str(project), "-o", str(tmp_path / "uit"), "-q"]) == 1
    assert says in capsys.readouterr().err
    assert not (tmp_path / "uit").exists()


def test_a_stream_of_which_nothing_comes_free_is_not_left_out_in_silence(tmp_path):
    project = _project(tmp_path / "project", 'path = "gezien.csv"\n', _observed("gft;invoer;;t;5;10;x;2023"))
    toml = (project / "kansenkaart.toml").read_text(encoding="utf-8")
    (project / "kansenkaart.toml").write_text(toml.replace('["zuiv', '["gft", "zuiv'), encoding="utf-8")
    with pytest.raises(DataError, match="come free"):
        build(project)


@pytest.mark.parametrize(
    ("settings", "says"),
    [('path = "weg.csv"\n', "weg.csv"), ('streams = ["gft"]\n', "gft"), ('streem = ["gft"]\n', "streem")],
)
def test_a_wrong_setting_is_refused(tmp_path, settings, says):
    with pytest.raises(ProjectError, match=says):
        load_project(_project(tmp_path / "project", settings))


def test_a_project_that_does_not_ask_for_it_does_not_load_it(tmp_path):
    write_project(tmp_path / "project")
    code = (
        "import sys; from kansenkaart.pipeline import build; "
        f"build({str(tmp_path / 'project')!r}); sys.exit('kansenkaart.regional_balances' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _per_area(*rows):
    return "\n".join(["laag;stroom;van;regio;eenheid;waarde;sd_pct;bron;jaar", *rows]) + "\n"


def test_what_is_observed_in_a_municipality_is_held_against_the_estimate_of_it(tmp_path, result, write_only):
    write_only("balances")
    area = result.frames.sites.set_index("site_id").loc["a:r1", "municipality"]
    before = result.frames.balance_areas.set_index("area")
    row = f"zuiveringsslib;productie;rwzi;{area};kt;3;10;opgave;2023"
    made = build(_project(tmp_path / "a", 'path = "gezien.csv"\n', _per_area(row)))
    frames = made.frames
    told = frames.balance_areas.set_index("area").loc[area]
    assert (told["observed"], told["observed_sd"]) == pytest.approx((3000, 300))
    assert told["estimated"] == pytest.approx(before.loc[area, "production"])
    assert told["differs"] < -1.96
    assert 3000 < told["production"] < told["estimated"]
    assert told["production_sd"] < before.loc[area, "production_sd"]
    assert frames.balance_tests["freedom"].tolist() == [1]
    (found,) = frames.findings[frames.findings["key"] == "balance_areas_differ"].to_dict("records")
    assert area in found["reason"]
    for item in ("production", "treatment", "use", "import", "export", "loss"):
        assert frames.balance_areas[item].sum() == pytest.approx(_of(frames, item))
    folder = write_outputs(made, tmp_path / "uit")
    (diagram,) = json.loads((folder / "sankey" / "zuiveringsslib.json").read_text(encoding="utf-8"))
    names = {node["name"] for node in diagram["nodes"]}
    assert "rioolwaterzuivering, in gemeenten met een opgave" in names
    assert not any(area in name for name in names)  # a diagram of many municipalities stays one to read


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (
            "zuiveringsslib;productie;rwzi;Amstelven;t;1;10;x;2023",
            "'Amstelven' in kolom regio is geen gemeente",
        ),
        (
            "zuiveringsslib;productie;;GM0394;t;1;10;x;2023",
            "van een gemeente wordt alleen productie opgegeven",
        ),
        ("zuiveringsslib;productie;rwzi;GM0439;t;1;10;x;2023", "in GM0439 niets bekend"),
        (
            "zuiveringsslib;productie;rwzi;GM0394;t;1;10;x;2023\nzuiveringsslib;productie;rwzi;;t;1;10;x;2023",
            "voor de hele regio en per gemeente",
        ),
    ],
)
def test_a_bad_row_of_a_municipality_is_refused_with_what_to_do(tmp_path, capsys, row, says):
    project = _project(tmp_path / "project", 'path = "gezien.csv"\n', _per_area(row))
    assert run(["build", str(project), "-o", str(tmp_path / "uit"), "-q"]) == 1
    assert says in capsys.readouterr().err


def test_the_geopackage_has_what_a_balance_leaves_per_municipality_and_a_theme_of_it(result, folder):
    areas = pyogrio.read_dataframe(folder / "kansenkaart.gpkg", layer="municipalities")
    own = areas.set_index("municipality_code")["zuiveringsslib_unused"].dropna()
    told = result.frames.balance_areas.dropna(subset="area_code").set_index("area_code")["loss"]
    assert own.to_dict() == pytest.approx(told.to_dict())
    with closing(sqlite3.connect(folder / "kansenkaart.gpkg")) as package:
        ((content,),) = package.execute("SELECT content FROM qgis_projects").fetchall()
    with zipfile.ZipFile(BytesIO(bytes.fromhex(content))) as packed:
        project = ET.fromstring(packed.read(packed.namelist()[0]))
    (theme,) = (one for one in project.iter("visibility-preset") if one.get("name") == "Balans")
    styles = {one.get("style") for one in theme.iter("layer")}
    assert "Balans: Zuiveringsslib, nog niet gebruikt" in styles


def test_diagrams_are_png_too_where_that_is_asked_and_told_before_the_end_where_they_cannot(
    tmp_path, monkeypatch, write_only
):
    pytest.importorskip("resvg_py")
    write_only("balances")
    project = _project(tmp_path / "project", "png = true\n")
    folder = write_outputs(build(project), tmp_path / "uit")
    drawn = sorted(one.name for one in (folder / "sankey").iterdir())
    assert drawn == ["zuiveringsslib.json", "zuiveringsslib.png", "zuiveringsslib.svg"]
    assert (folder / "sankey" / "zuiveringsslib.png").read_bytes().startswith(b"\x89PNG")
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(OutputError) as error:
        build(project)
    assert [fault.key for fault in error.value.faults] == ["png_extra"]


def test_what_leaves_the_region_is_an_end_of_its_stream_on_the_map(result):
    catalogue = result.loaded.catalogue
    codes = number_ids(result.frames, list(catalogue.streams), list(catalogue.kinds))
    told = describe_balance(result.frames, codes, texts=load_texts("nl"))
    sums = {told["items"][item]: amount for _, _, item, amount in told["rows"] if item is not None}
    assert sums["Uitvoer"] == 1500
    assert sums["Verwerking"] == 6700
    brought = [amount for _, origin, _, amount in told["rows"] if origin == told["origins"].index("Invoer")]
    assert brought == [700]


GASES = """id,name,kind,x_rd,y_rd,waste_t_y,green_gas_m3_y,supply_co2_t_y,supply_co2_low_t_y,supply_co2_high_t_y
oven,Oven,waste_to_energy,110000,480000,100000,,,,
gist,Vergister,digester,111000,480000,,1000000,,,
staat,Oven met afvang,waste_to_energy,112000,480000,100000,,60000,30000,70000
"""
CAPTURED = "id,stream,supply,demand,quantity,unit,status,source\n1,co2,a:oven,elders,5000,t,running,proef\n"


def _gases(folder, links):
    write_project(folder, TOML.replace('["restwarmte_ht"]', '["co2"]') + SETTINGS, GASES)
    (folder / "links.csv").write_text(links, encoding="utf-8")
    return build(folder)


def test_what_nobody_captures_yet_is_potential_and_no_production(tmp_path):
    """Only what runs, is stated or comes free by itself is production; what a kind is taken to have sold is none."""
    rules = load_catalogue().kengetallen
    could = 100_000 * rules["avi_co2_afvang"].value
    free = 1_000_000 * rules["vergister_co2"].value
    none = _gases(tmp_path / "a", CAPTURED.splitlines()[0] + "\n").frames
    assert _of(none, "production") == pytest.approx(free + 60_000)
    assert _of(none, "use") == pytest.approx(
        60_000
    )  # taken for sold, as the layer states that there is something
    assert _of(none, "production", "potential") == pytest.approx(could)
    (said,) = none.findings.loc[none.findings["key"] == "balance_potential", "reason"]
    assert "21.400 t" in said
    assert "geen productie" in said
    some = _gases(tmp_path / "b", CAPTURED).frames
    assert _of(some, "production") == pytest.approx(free + 60_000 + 5_000)
    assert _of(some, "use") == pytest.approx(65_000)
    assert _of(some, "production", "potential") == pytest.approx(could - 5_000)


def test_a_stated_range_is_how_sure_a_quantity_is(tmp_path):
    """A layer that says from 30,000 to 70,000 is not given the few percent of what was measured."""
    frames = _gases(tmp_path / "a", CAPTURED).frames
    (row,) = frames.balances[frames.balances["value"] == 60_000].head(1).to_dict("records")
    assert row["sd"] == pytest.approx(40_000 / (2 * 1.2815515655446004), rel=1e-3)
