"""A project with every table in it, whose texts hold what must not go out: nothing private, nothing that steers."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.transform import Affine

from kansenkaart.cli.commands import build
from kansenkaart.cli.main import run
from kansenkaart.factsheets import FACTSHEETS
from kansenkaart.project.input_files import RECEIPT, hash_input
from tests.cli.unpack import unpack

PRIVATE = ("geheim-q7x3", "jannekegeheim", "wachtw00rd-z9")
_PLACES = (
    r"C:\Users\jannekegeheim\map geheim-q7x3\opgave.xlsx; /home/jannekegeheim/geheim-q7x3/opgave.xlsx; "
    "postgresql://jannekegeheim:wachtw00rd-z9@gis.nl/kaart; https://gis.nl/wfs?v=1&key=wachtw00rd-z9"
)
_STEERS = "<script>alert(1)</script>{{7*7}}{% raw %}\u202eom\x9b]]>=1+1"
TOLD = f"=HYPERLINK(1) {_PLACES} {_STEERS}"
_HEAD = (
    "id,name,kind,x_rd,y_rd,postcode,house_number,supply_restwarmte_ht_gj_y,demand_restwarmte_ht_gj_y,"
    "supply_temperature_c,capacity_pe60,load_pe60,supply_zuiveringsslib_t_y,demand_zuiveringsslib_t_y,glass_ha\n"
)
_ROWS = """b,TOLD 1,industry,110000,480000,,,200000,,90,,,,,
k,TOLD 2,greenhouse,112000,480000,,,,150000,,,,,,50
l,TOLD 3,greenhouse,112500,480300,,,,150000,,,,,,50
r,TOLD 4,rwzi,120000,487000,,,,,,200000,180000,40000,,
s,TOLD 5,rwzi,,,1011AB,12,,,,100000,90000,20000,,
t,weg,rwzi,,,9999ZZ,12,,,,100000,90000,20000,,
d,TOLD 6,sludge_dryer,111000,481000,,,,,,,,,30000,
m,TOLD 8,recycling_yard,121500,487500,,,,,,,,,,
w,TOLD 9,second_hand,121700,487600,,,,,,,,,,
c,TOLD 10,repair_cafe,121800,487700,,,,,,,,,,
p,TOLD 11,business_park,119000,489000,,,,,,,,,,
x,Fout,industry,geen,480000,,,1,,90,,,,,
"""
_TOML = """title = TOLD
reference_year = 2025
streams = ["restwarmte_ht", "zuiveringsslib", "struviet_fosfaat", "effluentwater", "biogas_groengas"]
draws = 3
[region]
province = "Noord-Holland"
[clusters]
path = "IN/banen.csv"
classification = "SBI 2008"
least_places = 2
[balances]
path = "IN/gezien.csv"
[overrides]
path = "IN/eigen.csv"
[addresses]
path = "IN/adressen.csv"
source = TOLD
licence = TOLD
[[links]]
name = "links"
path = "IN/links.csv"
[[layers]]
name = "eigen"
path = "IN/a.csv"
[[layers.rasters]]
path = "IN/r.tif"
column = "demand_restwarmte_lt_gj_y"
take = "sum"
radius_m = 300
source = TOLD
[[layers.rasters]]
path = "IN/r.tif"
column = "demand_co2_t_y"
take = "sample"
licence = TOLD
[[layers]]
name = "recept"
path = "IN/b.csv"
recipe = "IN/recept.toml"
where = { soort = ["kas", "IN/x*"] }
"""


def _fill(folder: Path) -> None:
    """Every table of a project, beside the project file."""
    quoted, told = f'"{TOLD}"', json.dumps(TOLD)

    def write(name: str, text: str) -> None:
        (folder / name).write_text(text.replace("TOLD", TOLD), encoding="utf-8")

    write("a.csv", _HEAD + _ROWS)
    write(
        "b.csv", "id,naam,soort,x_rd,y_rd,load_pe60\n1,TOLD 7,kas,115000,490000,5\n2,B,huis,115500,490000,5\n"
    )
    write("adressen.csv", "postcode;huisnummer;x_rd;y_rd\n1011AB;12;121000;487000\n;;1;1\n")
    own = ("eigen:b;supply_restwarmte_ht_gj_y;210000", "eigen:niet;load_pe60;1", f"eigen:k;{quoted};1")
    rows = "".join(f"{one};{quoted};{quoted};5\n" for one in own)
    write("eigen.csv", f"site;column;value;why;who;was\n{rows}")
    jobs = ("01,1000", "62,9000")
    rows = "".join(
        f"{code},{name},{one.split(',')[0]},TOLD,{one.split(',')[1]}\n"
        for code, name in (("GM0363", "Amsterdam"), ("GM0394", "TOLD"), ("GM0344", "Utrecht"))
        for one in jobs
    )
    write("banen.csv", f"gm_code,gemeente,sbi,sector_name,banen\n{rows}")
    head = "laag;stroom;van;eenheid;waarde;sd_pct;bron;jaar\n"
    write("gezien.csv", f"{head}zuiveringsslib;import;;t;1000;10;{quoted};2024\n")
    head = "id,stream,supply,demand,quantity,unit,status,source\n"
    write("links.csv", f"{head}1,zuiveringsslib,eigen:r,eigen:d,6000,t,running,TOLD\n")
    trap = f"[[trap]]\nnl = {told}\nen = {told}\n"
    write(
        "recept.toml", f'publisher = {told}\nlicence = {told}\nkind = "rwzi"\n{trap}[rename]\nnaam = "name"\n'
    )
    profile = {"driver": "GTiff", "height": 200, "width": 200, "count": 1, "dtype": "float32"}
    corner = Affine(250, 0, 90_000, 0, -250, 500_000)
    with rasterio.open(folder / "r.tif", "w", crs="EPSG:28992", transform=corner, **profile) as target:
        target.write(np.full((200, 200), 7, "float32"), 1)
    receipt = {"url": TOLD, "layer": TOLD, "fetched": TOLD, "rows": 7}
    write(f"a.csv{RECEIPT}", json.dumps(receipt | {"sha256": hash_input(folder / "a.csv")}))
    toml = _TOML.replace("TOLD", told).replace("IN/", f"{folder.as_posix()}/")
    (folder / "kansenkaart.toml").write_text(toml, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Project with two builds, ``een`` and ``twee``, both recipes, and in ``scherm.txt`` all that was shown."""
    folder = tmp_path_factory.mktemp("jannekegeheim") / "map geheim-q7x3"
    folder.mkdir()
    _fill(folder)
    shown = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        assert run(["build", "-v", "-o", "een"]) == 0
        with pytest.MonkeyPatch.context() as patch:  # the second with a process beside it
            patch.setattr(build, "_MANY_LAYERS", 1)
            assert run(["build", "-v", "-o", "twee"]) == 0
        done = [run(["factsheet", name, ".", "-o", "factsheets"]) for name in FACTSHEETS]
        assert done == [0] * len(FACTSHEETS)
        assert run(["check", "-v"]) == 0
    (folder / "een" / "scherm.txt").write_text(shown.getvalue(), encoding="utf-8")
    return folder


def _outputs(folder: Path) -> list[Path]:
    return [
        one for name in ("een", "factsheets") for one in sorted((folder / name).rglob("*")) if one.is_file()
    ]


def test_nothing_private_goes_out_by_any_door(folder: Path) -> None:
    names = {one.name for one in _outputs(folder)}
    assert names > {"clusters.html", "phosphate.html", "rwzi-2030.gpkg"}
    found = {
        (one.name, word, part[max(part.find(word.encode(code)) - 90, 0) :][:150])
        for one in _outputs(folder)
        for part in unpack(one.read_bytes())
        for word in PRIVATE
        for code in ("utf-8", "utf-16-le")
        if word.encode(code) in part
    }
    assert found == set()


def test_nothing_that_steers_or_turns_a_line_round_goes_out_by_any_door(folder: Path) -> None:
    signs = [sign.encode() for sign in ("\u202eom", "\x9b]]", "\\u202eom")]
    found = {
        (one.name, part[max(part.find(sign) - 90, 0) :][:150])
        for one in _outputs(folder)
        for part in unpack(one.read_bytes())
        for sign in signs
        if sign in part
    }
    assert found == set()
    pages = [
        one for one in _outputs(folder) if one.suffix in (".html", ".svg") and one.name != "kansenkaart.html"
    ]
    assert len(pages) >= 4
    assert [
        one.name for one in pages if re.search("<script|<iframe|javascript:", one.read_text("utf-8"))
    ] == []


def test_two_builds_give_the_same_bytes_with_every_table_in_them(folder: Path) -> None:
    """One alone, one with a process that helps."""
    (folder / "een" / "scherm.txt").rename(folder / "scherm.txt")
    one, two = (
        {
            file.relative_to(folder / name): file.read_bytes()
            for file in (folder / name).rglob("*")
            if file.is_file()
        }
        for name in ("een", "twee")
    )
    (folder / "scherm.txt").rename(folder / "een" / "scherm.txt")
    assert [file for file in one | two if one.get(file) != two.get(file)] == [Path("manifest.json")]
    first, second = (json.loads(each[Path("manifest.json")]) for each in (one, two))
    assert first.pop("timings").keys() == second.pop("timings").keys()
    assert first == second


def test_every_row_of_every_table_is_accounted_for(folder: Path) -> None:
    """By hand: of 12 rows one has no coordinates and one no known address; of 2 'where' leaves out one."""
    counts = pd.read_csv(folder / "een" / "tables" / "layers.csv").set_index("layer")
    columns = ["rows_read", "rows_used", "rows_rejected", "rows_outside", "rows_left_out"]
    assert counts[columns].T.to_dict("list") == {
        "eigen": [12, 10, 2, 0, 0],
        "recept": [2, 1, 0, 0, 1],
        "links": [1, 1, 0, 0, 0],
        "addresses": [2, 1, 1, 0, 0],
        "overrides": [3, 1, 2, 0, 0],
        "eigen.raster1": [12, 10, 0, 2, 0],
        "eigen.raster2": [12, 10, 0, 2, 0],
    }


def test_a_recipe_of_ones_own_is_one_of_the_inputs_of_a_build(folder: Path) -> None:
    """Another recipe gives another result: its digest stands in the manifest, as that of every file."""
    inputs = json.loads((folder / "een" / "manifest.json").read_text(encoding="utf-8"))["inputs"]
    digest = hashlib.sha256((folder / "recept.toml").read_bytes()).hexdigest()
    assert {"layer": "recept.recipe", "file": "recept.toml", "sha256": digest} in inputs


def test_the_receipt_of_a_download_tells_its_rows_as_a_number(folder: Path) -> None:
    manifest = json.loads((folder / "een" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["downloads"]["a.csv"]["rows"] == 7
