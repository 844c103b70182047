"""The plugin as a planner has it: installed from its zip in a real QGIS, beside the installed program."""

from __future__ import annotations

import ast
import configparser
import json
import shutil
import string
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from kansenkaart import __version__
from kansenkaart.cli.main import run
from tests.few_outputs import writing_only
from tests.small_project import LAYER, ROWS, TOML, write_project
from tests.which_qgis import PYTHON, find_process

PACK = Path(__file__).parents[2] / "kansenkaart" / "qgis" / "pack.py"
PROGRAM = Path(sys.executable).with_name("kansenkaart")
RD = "EPSG:28992"


def pack(path, *homepage):
    return subprocess.run([sys.executable, str(PACK), str(path), *homepage], capture_output=True, text=True)


def test_the_zip_has_one_folder_the_same_bytes_and_what_the_plugin_manager_asks(tmp_path):
    assert pack(tmp_path / "een.zip").returncode == 0
    assert pack(tmp_path / "map" / "twee.zip").returncode == 0
    assert (tmp_path / "een.zip").read_bytes() == (tmp_path / "map" / "twee.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "een.zip") as packed:
        names = packed.namelist()
        metadata = packed.read("kansenkaart_qgis/metadata.txt").decode()
        code = {name: packed.read(name).decode() for name in names if name.endswith(".py")}
    assert {Path(name).parts[0] for name in names} == {"kansenkaart_qgis"}
    assert {"kansenkaart_qgis/__init__.py", "kansenkaart_qgis/icon.svg", "kansenkaart_qgis/LICENSE"} <= set(
        names
    )
    general = configparser.ConfigParser(interpolation=None)
    general.read_string(metadata)
    assert general["general"]["version"] == __version__
    assert general["general"]["hasProcessingProvider"] == "yes"
    # a planner reads Dutch in the list of plugins
    assert general["general"]["description"].startswith("Wie kan welke reststroom aan wie leveren")
    assert general["general"]["about"].startswith("Voegt kansenkaart toe")
    for name, text in code.items():
        ast.parse(text, name, feature_version=(3, 9))


def test_who_hands_the_plugin_out_names_its_own_page_and_without_there_is_none(tmp_path):
    path, page = tmp_path / "plugin.zip", "https://voorbeeld.example/kansenkaart?taal=nl"
    for homepage, expected in (((), None), ((page,), page)):
        assert pack(path, *homepage).returncode == 0
        general = configparser.ConfigParser(interpolation=None)
        with zipfile.ZipFile(path) as packed:
            general.read_string(packed.read("kansenkaart_qgis/metadata.txt").decode())
        assert general["general"].get("homepage") == expected
    path.unlink()
    done = pack(path, "https://voorbeeld.example\nexperimental=True")
    assert (done.returncode, path.exists()) == (1, False)
    assert "is no address" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("author=kansenkaart", "author=", "author"),
        ("version=", "version=9", "version 9"),
        ("icon=", "icon=x", "icon x"),
    ],
)
def test_metadata_that_the_plugin_manager_refuses_is_not_packed(tmp_path, old, new, said):
    root = tmp_path / "kopie"
    shutil.copytree(PACK.parent, root / "kansenkaart" / "qgis", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(PACK.parents[2] / name, root / name)
    metadata = root / "kansenkaart" / "qgis" / "plugin" / "metadata.txt"
    metadata.write_text(
        metadata.read_text(encoding="utf-8").replace(f"\n{old}", f"\n{new}", 1), encoding="utf-8"
    )
    script = root / "kansenkaart" / "qgis" / "pack.py"
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "x.zip")], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert not (tmp_path / "x.zip").exists()


class Planner:
    """A home with QGIS, the plugin from its zip, two layers and a project."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.command = folder, find_process()
        self.plugins = folder / "thuis/.local/share/QGIS/QGIS3/profiles/default/python/plugins"
        self.environment = {
            "HOME": str(folder / "thuis"),
            "XDG_RUNTIME_DIR": str(folder / "thuis"),
            "QT_QPA_PLATFORM": "offscreen",
            "LANG": "nl_NL.UTF-8",
            "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
        }

    def process(self, *arguments, **changes):
        return subprocess.run(
            [*self.command, *arguments],
            capture_output=True,
            text=True,
            timeout=3600,
            cwd=self.folder,
            env=self.environment | changes,
        )

    def tool(self, name, *parameters, **changes):
        return self.process("run", f"kansenkaart:{name}", "--", *parameters, **changes)


@pytest.fixture(scope="module")
def planner(tmp_path_factory):
    planner = Planner(tmp_path_factory.mktemp("planner"))
    planner.plugins.mkdir(parents=True)
    assert pack(planner.folder / "plugin.zip").returncode == 0
    with zipfile.ZipFile(planner.folder / "plugin.zip") as packed:
        packed.extractall(planner.plugins)
    # a folder with the program alone: a virtual environment on PATH leads QGIS's own Python astray
    (planner.folder / "bin").mkdir()
    (planner.folder / "bin" / "kansenkaart").symlink_to(PROGRAM)
    _write_layers(planner.folder)
    write_project(planner.folder / "proef", TOML.replace("draws = 0", "draws = 5"))
    done = planner.process("plugins", "enable", "kansenkaart_qgis")
    assert "* kansenkaart_qgis" in done.stdout, done.stderr
    return planner


def _write_layers(folder):
    random = np.random.default_rng(1)

    def scatter(count, **columns):
        places = gpd.points_from_xy(*(random.integers(0, 20_000, count) + at for at in (100_000, 470_000)))
        return gpd.GeoDataFrame(columns, geometry=places, crs=RD)

    supply = scatter(
        50, code=[f"r{number:02d}" for number in range(50)], warmte=random.integers(0, 900, 50) / 10
    )
    demand = scatter(
        30, ident=[f"k{number:02d}" for number in range(30)], behoefte=random.integers(1, 900, 30) / 10
    )
    options = {"dataset_options": {"VERSION": "1.3"}}
    supply = supply.assign(naam="{'gevaarlijk'} <b>", tegen=5.0)
    supply.to_file(folder / "bron é.gpkg", layer="bronnen", **options)
    supply.head(2).to_file(folder / "bron é.gpkg", layer="andere", **options)
    demand.to_crs("EPSG:4326").to_file(folder / "kas.geojson", driver="GeoJSON")


CLI = ["--supply-quantity", "warmte", "--demand-id", "ident", "--demand-quantity", "behoefte", "--unit", "GJ"]
CLI += ["--max-distance", "5km", "--overwrite", "-q"]
TOOL = ["DEMAND=kas.geojson", "MAX_DISTANCE=5", "SUPPLY_QUANTITY=warmte", "DEMAND_ID=ident"]
TOOL += ["DEMAND_QUANTITY=behoefte", "UNIT=GJ"]


def by_cli(planner, out, *options, supply="bron é.gpkg|bronnen"):
    folder = planner.folder
    assert (
        run(
            [
                "match",
                str(folder / supply),
                str(folder / "kas.geojson"),
                "-o",
                str(folder / out),
                *CLI,
                *options,
            ]
        )
        == 0
    )
    return _read(folder / out)


def _read(path):
    return {
        name: pd.DataFrame(gpd.read_file(path, layer=name).to_wkb())
        for name in ("matches", "supply", "demand")
    }


def check_same(left, right):
    assert len(left["matches"]) > 10
    for name, rows in left.items():
        pd.testing.assert_frame_equal(rows, right[name])


@pytest.mark.qgis
def test_the_tools_stand_in_the_toolbox_in_the_language_of_qgis(planner):
    dutch, english = (planner.process("list", LANG=f"{name}.UTF-8").stdout for name in ("nl_NL", "en_GB"))
    for text, named in (
        (dutch, ("Twee lagen verbinden", "Kansenkaart bouwen")),
        (english, ("Match two layers",)),
    ):
        for tool in ("build", "match", "explain", "load", "compare", "atlas"):
            assert f"kansenkaart:{tool}\t" in text
        for name in named:
            assert name in text


# What a planner may fill in; with nothing filled in is what a script inside QGIS does.
PARAMETERS = ["METHOD=1", "OBJECTIVE=2", "VALUE=8", "COST_PER_KM=1.25", "DETOUR=1.3"]
OPTIONS = ["--method", "greedy", "--value", "8", "--cost-per-km", "1.25", "--detour", "1.3"]


@pytest.mark.qgis
def test_qgis_process_gives_row_by_row_what_the_command_gives(planner):
    done = planner.tool(
        "match", "SUPPLY=bron é.gpkg|layername=bronnen", "OUTPUT=tool.gpkg", *TOOL, *PARAMETERS
    )
    assert done.returncode == 0, done.stderr
    assert "paren binnen 5 km" in done.stdout
    assert "Vraag en aanbod verbinden" in done.stdout
    assert "MATCHES_LAYER:\ttool.gpkg|layername=matches" in done.stdout
    check_same(by_cli(planner, "cli.gpkg", *OPTIONS), _read(planner.folder / "tool.gpkg"))
    assert (planner.folder / "tool.gpkg").read_bytes() == (planner.folder / "cli.gpkg").read_bytes()


@pytest.mark.qgis
def test_without_the_program_it_says_how_to_install_it(planner):
    done = planner.tool(
        "match", "SUPPLY=bron é.gpkg|layername=bronnen", "OUTPUT=niets.gpkg", *TOOL, PATH="/usr/bin:/bin"
    )
    assert done.returncode != 0
    assert "Het programma kansenkaart is niet gevonden. Installeer het" in done.stderr
    assert not (planner.folder / "niets.gpkg").exists()


@pytest.mark.qgis
def test_build_and_explain_are_those_of_the_command(planner):
    done = planner.tool("build", "PROJECT=proef/kansenkaart.toml", "OUTPUT=gebouwd", "DRAWS=3")
    assert done.returncode == 0, done.stderr
    assert "Kansen per stroom" in done.stdout
    out = planner.folder / "gebouwd"
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["settings"]["draws"] == 3
    asked = ["build", str(planner.folder / "proef"), "-o", str(planner.folder / "cli"), "--draws", "3", "-q"]
    with writing_only("geopackage"):
        assert run(asked) == 0
    assert (out / "kansenkaart.gpkg").read_bytes() == (
        planner.folder / "cli" / "kansenkaart.gpkg"
    ).read_bytes()
    told = planner.tool(
        "explain", "FOLDER=gebouwd", "SUPPLY=Bron", "DEMAND=Kas", "PROJECT=proef/kansenkaart.toml", "ANYWAY=1"
    )
    assert told.returncode == 0, told.stderr
    assert "Uitkomst:" in told.stdout.split("Results")[1]


@pytest.fixture(scope="module")
def town(planner):
    """Two builds, ``uit proef`` and ``uit anders``, and the municipality that they have."""
    folder = planner.folder
    write_project(folder / "anders", TOML, (LAYER + ROWS).replace(",150000,", ",90000,"))
    with writing_only("geopackage"):
        for name in ("proef", "anders"):
            assert run(["build", str(folder / name), "-o", str(folder / f"uit {name}"), "-q"]) == 0
    return gpd.read_file(folder / "uit proef" / "kansenkaart.gpkg", layer="sites")["municipality"][0]


@pytest.fixture(scope="module")
def driven(planner, town):
    """What a script inside QGIS saw."""
    _rename(planner.folder)
    script = Path(__file__).with_name("plugin_in_python.py")
    done = subprocess.run(
        # a shell's job in the background ignores Ctrl-C, and so would all that it starts
        [
            "env",
            "--default-signal=INT",
            *PYTHON,
            str(script),
            str(planner.folder),
            str(planner.plugins),
            town,
        ],
        capture_output=True,
        text=True,
        timeout=3600,
        env=planner.environment,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.qgis
def test_compare_and_atlas_are_those_of_the_command(planner, town, driven):
    folder = planner.folder
    assert (driven["compare"]["fault"], driven["atlas"]["fault"]) == ("", "")
    assert "Bron" in json.dumps(driven["compare"]["results"])
    compared = ["compare", str(folder / "uit proef"), str(folder / "uit anders"), "-q"]
    assert run([*compared, "-o", str(folder / "cli.html"), "-o", str(folder / "v.gpkg")]) == 0
    assert (folder / "verschil.html").read_bytes() == (folder / "cli.html").read_bytes()
    assert len(gpd.read_file(folder / "verschil.gpkg", layer="changes")) == 1
    arguments = ["atlas", str(folder / "uit proef"), "--municipality", town, "--no-pdf", "-q"]
    assert run([*arguments, "-o", str(folder / "cli-bladen")]) == 0
    assert [one.name for one in (folder / "bladen").iterdir()] == ["atlas.html"]
    assert (folder / "bladen" / "atlas.html").read_bytes() == (
        folder / "cli-bladen" / "atlas.html"
    ).read_bytes()


def _rename(folder):
    """Beside ``kansenkaart.gpkg`` of one build the other's, renamed by hand and by ``kansenkaart copy``."""
    shutil.copytree(folder / "uit anders", folder / "hernoemd")
    for name in ("hernoemd", "bewaard"):
        shutil.copy(folder / "uit proef" / "kansenkaart.gpkg", folder / "hernoemd" / f"{name}.gpkg")
    assert run(["copy", str(folder / "uit proef"), str(folder / "hernoemd" / "kopie.gpkg"), "-q"]) == 0


@pytest.mark.qgis
def test_a_renamed_geopackage_shows_its_own_layers_with_the_plugin_and_a_copy_by_the_command_without(
    planner, driven
):
    own, beside = (
        float(gpd.read_file(planner.folder / name / "kansenkaart.gpkg", layer="matches")["quantity"].sum())
        for name in ("uit proef", "uit anders")
    )
    assert own != beside
    renamed = driven["renamed"]
    assert renamed["saved"]
    for report, name, total in (
        (renamed, "kansenkaart", beside),
        (renamed, "hernoemd", own),
        (renamed, "kopie", own),
        (renamed, "later", own),
        (driven["without"], "kopie", own),
    ):
        expected = {"opened": True, "broken": [], "files": [f"{name}.gpkg"], "sum": pytest.approx(total)}
        assert report[name] == expected, name
    # without the plugin QGIS goes by the name
    assert driven["without"]["hernoemd"]["files"] == ["kansenkaart.gpkg"]


@pytest.mark.qgis
def test_a_place_that_is_nowhere_is_named(driven):
    assert "Nergens" in driven["nowhere"]["fault"]


@pytest.mark.qgis
def test_layers_in_memory_filtered_or_selected_from_are_exported_first(planner, driven):
    for name in ("memory", "filtered", "selected"):
        assert driven[name]["fault"] == "", name
    check_same(by_cli(planner, "heel.gpkg"), _read(planner.folder / "memory.gpkg"))
    chosen = gpd.read_file(planner.folder / "bron é.gpkg", layer="bronnen").query("warmte > 30")
    assert 5 < len(chosen) < 45
    chosen.to_file(planner.folder / "deel.gpkg", layer="bronnen")
    expected = by_cli(planner, "gekozen.gpkg", supply="deel.gpkg")
    for name in ("filtered", "selected"):
        check_same(expected, _read(planner.folder / f"{name}.gpkg"))


@pytest.mark.qgis
def test_results_are_loaded_with_their_styles_lines_on_top(driven):
    for report in (driven["memory"], driven["load"]):
        assert [layer[:2] for layer in report["layers"]] == [
            ["Bevindingen", None],
            ["Vraag", "RuleRenderer"],
            ["Aanbod", "RuleRenderer"],
            ["Paren", "singleSymbol"],
        ]
        assert [layer[2] for layer in report["layers"]][1:3] == [30, 50]
    assert "weg.gpkg bestaat niet" in driven["nothing"]["fault"]


@pytest.mark.qgis
def test_one_layer_on_both_sides_never_supplies_itself(planner, driven):
    assert driven["itself"]["fault"] == ""
    found = gpd.read_file(planner.folder / "zelf.gpkg", layer="matches")
    assert len(found) > 10
    assert (found["supply_id"] != found["demand_id"]).all()


@pytest.mark.qgis
def test_a_cancelled_run_stops_and_leaves_nothing(planner, driven):
    report = driven["cancel"]
    assert report["fault"] == "Gestopt op verzoek. Wat er stond, is niet veranderd."
    assert len(report["lines"]) == 1
    assert not list(planner.folder.glob("*gestopt*"))


@pytest.mark.qgis
def test_faults_are_said_as_the_command_says_them(driven):
    assert "doel 'Meeste geld'" in driven["money"]["fault"]
    assert driven["wrong"]["fault"].startswith("Fout: bron é.gpkg: geen van de 50 rijen is te gebruiken.")
    assert driven["elsewhere"]["possible"] is False
    for said in (driven["elsewhere"]["why"], driven["elsewhere"]["fault"]):
        assert "proef/a.csv bestaat niet of is niet uitvoerbaar" in said
    assert driven["left"] is False


def _words() -> dict[str, dict[str, str]]:
    """The texts of the plugin, read without QGIS."""
    tree = ast.parse((PACK.parent / "plugin" / "words.py").read_text(encoding="utf-8"))
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id in ("_NL", "_EN")
    }


def test_both_languages_of_the_plugin_say_the_same_things_with_the_same_values():
    dutch, english = _words()["_NL"], _words()["_EN"]
    assert dutch.keys() == english.keys()
    for key, text in dutch.items():
        names = [{part[1] for part in string.Formatter().parse(one)} for one in (text, english[key])]
        assert names[0] == names[1], key
        assert text.strip()


def test_every_text_the_plugin_asks_for_is_there():
    asked = set()
    for file in (PACK.parent / "plugin").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            is_say = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say"
            if is_say and isinstance(node.args[0], ast.Constant):
                asked.add(node.args[0].value)
    assert len(asked) > 25
    assert asked <= set(_words()["_NL"])
