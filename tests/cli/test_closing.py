"""What is said when all is done: layers that give nothing, and places that do not take part now."""

from __future__ import annotations

from pathlib import Path

import pytest

from kansenkaart.cli.main import run
from tests.small_project import TOML

pytestmark = pytest.mark.usefixtures("little_written")

HEADER = (
    "id,name,kind,x_rd,y_rd,supply_restwarmte_ht_gj_y,demand_restwarmte_ht_gj_y,supply_temperature_c,status\n"
)
ROWS = "b,Bron,industry,110000,480000,200000,,90,\nk,Kas,greenhouse,112000,480000,,150000,,\n"
EXTRA = '[[layers]]\nname = "{name}"\npath = "{name}.csv"\nsource = "proef"\nyear = 2024\n'

# Rows of the layer -> what is said of it.
NOTHING = {
    "leeg": ("", "Laag 'leeg' (leeg.csv) geeft niets: er staat geen enkele rij in"),
    "fout": (
        "x,Nul,industry,0,0,5,,90,\ny,Nul,industry,0,0,5,,90,\n",
        "Laag 'fout' (fout.csv) geeft niets: van de 2 rijen is er geen gebruikt (2 geweigerd, 0 buiten de regio "
        "en de rand). De eerste, rij 2: De coördinaten zijn 0, 0.",
    ),
    "buiten": (
        "x,Ver,industry,190000,320000,5,,90,\n",
        "Laag 'buiten' (buiten.csv) geeft niets: de enige rij is niet gebruikt (0 geweigerd, 1 buiten de regio en de "
        "rand).",
    ),
    "stil": (
        "x,Stil,datacentre,111000,481000,,,,\n",
        "Laag 'stil' (stil.csv) geeft niets: de enige plek heeft geen stroom (0 gesloten). stil:x Stil heeft geen "
        "enkele stroom: er is geen opgave, en een vuistregel kan pas rekenen met: Restwarmte (heet): it_mw",
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "kansenkaart.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "a.csv").write_text(HEADER + ROWS, encoding="utf-8")
    return tmp_path


def _add(project: Path, *names: str) -> None:
    text = TOML + "".join(EXTRA.format(name=name) for name in names)
    (project / "kansenkaart.toml").write_text(text, encoding="utf-8")
    for name in names:
        (project / f"{name}.csv").write_text(HEADER + NOTHING[name][0], encoding="utf-8")


def test_every_layer_that_gives_nothing_is_named_with_why_when_all_is_done(project, capsys):
    _add(project, *NOTHING)
    assert run(["check", str(project)]) == 0
    shown = capsys.readouterr().out
    assert all(f"Let op: {said}" in shown for _, said in NOTHING.values())


# One of every kind of remark that stands at the end.
ENDS = (
    "geeft niets",
    "geen laag met afnemers van",
    "zonder stroom:",
    "maar is niet of aan één kant afgetrokken",
    "maar zonder aanbod of vraag nu",
)


def test_a_build_ends_as_check_does(project, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    _add(project, *NOTHING)
    toml = project / "kansenkaart.toml"
    links = '[[links]]\nname = "l"\npath = "lopend.csv"\nsource = "krant"\nyear = 2024\n'
    two = toml.read_text("utf-8").replace('["restwarmte_ht"]', '["restwarmte_ht", "struviet_fosfaat"]')
    toml.write_text(two + links, encoding="utf-8")
    rows = "id,stream,supply,demand,demand_name,quantity,status\n1,restwarmte_ht,a:b,,Elders,500,loopt\n"
    (project / "lopend.csv").write_text(rows, encoding="utf-8")
    header = HEADER.replace("status", "status,supply_struviet_fosfaat_t_y")
    more = "p,Later,greenhouse,113000,480000,,9,,planned,\nr,Rwzi,rwzi,114000,481000,,,,,900\n"
    more += "z,Zwijgt,datacentre,119000,489000,,,,,\n"
    (project / "a.csv").write_text(header + ROWS.replace(",\n", ",,\n") + more, encoding="utf-8")
    found = []
    for command in ("check", "build"):
        assert run([command, str(project)]) == 0
        shown = capsys.readouterr().out.splitlines()
        found.append([line for line in shown if any(end in line for end in ENDS)])
    checked, built = found
    assert [end for end in ENDS if not any(end in line for line in checked)] == []
    assert len(checked) == len(NOTHING) + len(ENDS) - 1
    assert built == checked


@pytest.mark.parametrize("name", NOTHING)
def test_strict_fails_on_a_layer_that_gives_nothing(project, capsys, name):
    _add(project, name)
    assert run(["check", str(project), "--strict"]) == 1
    assert f"Fout: {NOTHING[name][1]}" in capsys.readouterr().err


def test_a_project_of_which_every_layer_gives_something_is_not_warned_of(project, capsys):
    assert run(["check", str(project)]) == 0
    assert "geeft niets" not in capsys.readouterr().out
    assert run(["check", str(project), "--strict"]) == 0


def test_places_that_count_but_give_nothing_now_are_counted(project, capsys):
    later = "p,Later,greenhouse,113000,480000,,9,,planned\ns,Stil,greenhouse,113100,480000,,9,,suspended\n"
    (project / "a.csv").write_text(HEADER + ROWS + later, encoding="utf-8")
    assert run(["check", str(project)]) == 0
    shown = capsys.readouterr().out
    assert (
        "Gebruikt, maar zonder aanbod of vraag nu: 1 gepland (include_planned = false), 1 ligt stil." in shown
    )
    text = TOML.replace("draws = 0", "draws = 0\ninclude_planned = true")
    (project / "kansenkaart.toml").write_text(text, encoding="utf-8")
    assert run(["check", str(project)]) == 0
    assert "Gebruikt, maar zonder aanbod of vraag nu: 1 ligt stil." in capsys.readouterr().out


def test_places_without_a_stream_are_counted_by_layer(project, capsys):
    more = "x,Stil,datacentre,111000,481000,,,,\ny,Dicht,datacentre,111100,481000,,,,closed\n"
    (project / "a.csv").write_text(HEADER + ROWS + more, encoding="utf-8")
    assert run(["check", str(project)]) == 0
    assert "1 plek zonder stroom: a 1." in capsys.readouterr().out


def test_what_runs_and_is_not_taken_off_is_counted_with_why(project, capsys):
    rows = (
        "id,stream,supply,demand,demand_name,quantity,status\n1,restwarmte_ht,a:b,,Elders,500,loopt\n"
        "2,restwarmte_ht,a:b,a:k,,,loopt\n3,co2,a:b,a:k,,5,loopt\n4,restwarmte_ht,a:b,a:k,,7,loopt\n"
    )
    (project / "lopend.csv").write_text(rows, encoding="utf-8")
    text = TOML.replace('"restwarmte_ht"]', '"restwarmte_ht", "co2"]')
    links = '[[links]]\nname = "l"\npath = "lopend.csv"\nsource = "krant"\nyear = 2024\n'
    (project / "kansenkaart.toml").write_text(text + links, encoding="utf-8")
    assert run(["check", str(project)]) == 0
    assert (
        "Loopt al, maar is niet of aan één kant afgetrokken: 1 met een kant die geen plek op deze kaart is, 1 zonder "
        "hoeveelheid, 2 bij een plek die die stroom niet heeft." in capsys.readouterr().out
    )
    reopened = text.replace("draws = 0", 'draws = 0\nexisting = "reopen"')
    (project / "kansenkaart.toml").write_text(reopened + links, encoding="utf-8")
    assert run(["check", str(project)]) == 0
    assert "afgetrokken:" not in capsys.readouterr().out


def _sum_up(project: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """The row of hot residual heat in the summary of a build, and all that is printed."""
    assert run(["build", str(project)]) == 0
    shown = capsys.readouterr().out
    return next(line for line in shown.splitlines() if line.startswith("Restwarmte")), shown


def test_a_stream_that_another_has_is_told_apart_from_one_without_chances(project, capsys):
    rows = "id,stream,supply,demand,demand_name,quantity,status\n1,restwarmte_ht,a:b,,Elders,,loopt\n"
    (project / "lopend.csv").write_text(rows, encoding="utf-8")
    links = '[[links]]\nname = "l"\npath = "lopend.csv"\nsource = "krant"\nyear = 2024\n'
    (project / "kansenkaart.toml").write_text(TOML + links, encoding="utf-8")
    row, shown = _sum_up(project, capsys)
    assert row.split()[2:] == ["0", "0", "/", "0", "/", "0", "vergeven", "–", "–"]
    assert "vergeven: wat er te leveren is, heeft nu een ander" in shown
    assert "Eén paar kan een kans worden als het vrijkomt; nu heeft een ander het." in shown
    reopened = TOML.replace("draws = 0", 'draws = 0\nexisting = "reopen"') + links
    (project / "kansenkaart.toml").write_text(reopened, encoding="utf-8")
    row, shown = _sum_up(project, capsys)
    assert row.split()[2] == "1"
    assert "vergeven" not in shown
    assert "vrijkomt" not in shown


# What is left of the rows -> what stands where the quantity would.
ONE_SIDE = {
    "nobody asks": ("b,Bron,industry,110000,480000,200000,,90,\n", "geen vraag"),
    "nobody offers": ("k,Kas,greenhouse,112000,480000,,150000,,\n", "geen aanbod"),
    "the only taker is planned": (ROWS.replace(",,150000,,", ",,150000,,planned"), "geen vraag"),
}


@pytest.mark.parametrize("name", ONE_SIDE)
def test_a_stream_of_one_side_says_which_side_lacks(project, capsys, name):
    rows, said = ONE_SIDE[name]
    (project / "a.csv").write_text(HEADER + rows, encoding="utf-8")
    row, shown = _sum_up(project, capsys)
    assert said in row
    assert "vergeven" not in shown


def test_a_stream_of_which_both_sides_are_free_but_too_far_keeps_its_zero(project, capsys):
    far = ROWS.replace("k,Kas,greenhouse,112000,480000", "k,Kas,greenhouse,112000,540000")
    (project / "a.csv").write_text(HEADER + far, encoding="utf-8")
    row, _ = _sum_up(project, capsys)
    assert row.split()[-4:] == ["0", "GJ", "–", "–"]


# What the only layer holds -> how many places and streams that is.
EMPTY = {
    "businesses without a stream": ("x,Stil,datacentre,111000,481000,,,,\n", "1 plek en 0 stromen"),
    "supply alone": ("b,Bron,industry,110000,480000,200000,,90,\n", "1 plek en 1 stroom"),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_result_that_can_hold_no_chance_is_never_called_good(project, capsys, name):
    rows, counts = EMPTY[name]
    (project / "a.csv").write_text(HEADER + rows, encoding="utf-8")
    assert run(["check", str(project)]) == 0
    shown = capsys.readouterr().out
    assert f"Let op: {counts}, maar geen stroom met aanbod én vraag: zo geeft de kaart geen kansen" in shown
    assert "Goed:" not in shown


def test_a_layer_that_is_a_folder_is_told_as_one(project, capsys):
    (project / "kansenkaart.toml").write_text(TOML.replace("a.csv", "lagen"), encoding="utf-8")
    (project / "lagen").mkdir()
    assert run(["check", str(project)]) == 1
    shown = capsys.readouterr().err
    assert (
        "'layers[1].path' noemt lagen, en dat is een map; toegestaan: een bestand, of een geodatabase"
        in shown
    )
    layers = [str(project / "lagen"), str(project / "a.csv")]
    assert run(["match", *layers, "-o", str(project / "o.gpkg"), "--max-distance", "5km"]) == 1
    assert "een map" in capsys.readouterr().err


@pytest.mark.parametrize("out", [".", "../{name}", "{folder}"])
def test_the_project_folder_as_output_is_told_as_what_it_is(project, monkeypatch, capsys, out):
    (project / "elders").mkdir()
    monkeypatch.chdir(project / "elders")
    place = {".": "..", "../{name}": f"../../{project.name}", "{folder}": str(project)}[out]
    assert run(["build", str(project), "-o", place]) == 1
    said = capsys.readouterr().err
    assert "is de projectmap zelf" in said
    assert "Noem een map daarin, zoals 'uit'." in said


def test_a_file_as_output_is_told_as_no_folder(project, capsys):
    assert run(["build", str(project), "-o", str(project / "a.csv")]) == 1
    assert "a.csv is geen map" in capsys.readouterr().err


def test_explain_of_a_folder_that_is_not_there_says_so(project, capsys):
    assert run(["explain", str(project / "weg"), "a", "b"]) == 1
    assert "weg bestaat niet. Geef de map" in capsys.readouterr().err


def test_a_project_file_that_cannot_be_opened_is_told_in_dutch(project, capsys):
    (project / "kansenkaart.toml").unlink()
    (project / "kansenkaart.toml").mkdir()
    assert run(["check", str(project)]) == 1
    assert "kan niet worden geopend: het is een map (" in capsys.readouterr().err


def test_a_column_that_has_no_meaning_is_answered_with_what_it_looks_like(project, capsys):
    text = TOML.replace("year = 2024", 'year = 2024\nrename = { status = "glas" }')
    (project / "kansenkaart.toml").write_text(text, encoding="utf-8")
    assert run(["check", str(project)]) == 1
    assert "Het lijkt op: glass_ha" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told_with_the_folder_looked_in(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    assert run(["match", "weg.csv", "a.csv", "-o", "o.gpkg", "--max-distance", "5km"]) == 1
    assert f"weg.csv bestaat niet in {project.name}." in capsys.readouterr().err
    assert run(["match", "lagen.zip", "a.csv", "-o", "o.gpkg", "--max-distance", "5km"]) == 1
    assert "pak een zip eerst uit" in capsys.readouterr().err


def _check_struvite(project, capsys, taker):
    """What `check` says of a plant that gives struvite beside a row `taker`."""
    header = HEADER.replace("supply_temperature_c", "supply_struviet_fosfaat_t_y,supply_temperature_c")
    rows = f"b,Bron,rwzi,110000,480000,200000,,900,90,\n{taker}\n"
    (project / "a.csv").write_text(header + rows, encoding="utf-8")
    both = TOML.replace('["restwarmte_ht"]', '["restwarmte_ht", "struviet_fosfaat"]')
    (project / "kansenkaart.toml").write_text(both, encoding="utf-8")
    assert run(["check", str(project)]) == 0
    return capsys.readouterr().out.replace("\n", " ")


def test_a_stream_of_which_nobody_gave_the_takers_is_named_with_who_they_could_be(project, capsys):
    said = _check_struvite(project, capsys, "k,Kas,greenhouse,112000,480000,,150000,,,")
    assert "geen laag met afnemers van: Struviet (fosfaat) (" in said
    assert "kunstmestmaker" in said
    assert "Restwarmte (heet) (" not in said


def test_takers_that_are_there_without_a_quantity_are_no_missing_layer(project, capsys):
    said = _check_struvite(project, capsys, "k,Kunstmest,fertiliser_maker,112000,480000,,,,,")
    assert "maar zonder vraag ernaar: Struviet (fosfaat) (kunstmestmaker 1)" in said
    assert "geen laag met afnemers van: Struviet" not in said
