"""The command that fetches what the layers of a project name, and says what it cannot fetch."""

from __future__ import annotations

import json
from itertools import repeat
from pathlib import Path

import geopandas as gpd
import pytest

from kansenkaart.cli.main import run
from tests.cli.unpack import unpack
from tests.download.servers import ROWS, reply, send, serve, stream

PROJECT = """
title = "t"
reference_year = 2024
region = { municipalities = ["Alkmaar"], margin_km = 3 }
[[layers]]
name = "kassen"
path = "bronnen/top10nl_kassen.gpkg"
recipe = "top10nl_kassen"
rename = { lokaalid = "id" }
"""


@pytest.mark.usefixtures("little_written")
def test_the_command_fetches_what_the_layers_name_and_the_build_reads_it(proxy, tmp_path, capsys):
    (tmp_path / "kansenkaart.toml").write_text(PROJECT, encoding="utf-8")
    proxy.faults = {2: "429"}
    assert run(["download", str(tmp_path), "--service", f"top10nl_kassen={proxy.address}"]) == 0
    shown = capsys.readouterr()
    assert "Opgehaald: top10nl_kassen" in shown.out
    assert "429: over 0 s opnieuw" in shown.err
    came = gpd.read_file(tmp_path / "bronnen" / "top10nl_kassen.gpkg")
    assert 10 < len(came) < ROWS, "the area and its margin, not the whole service"
    assert run(["check", str(tmp_path)]) == 0
    assert "weggelaten of opgeteld" in capsys.readouterr().out
    assert run(["build", str(tmp_path), "-o", str(tmp_path / "uit"), "-q"]) == 0
    manifest = json.loads((tmp_path / "uit" / "manifest.json").read_text(encoding="utf-8"))
    noted = manifest["downloads"]["top10nl_kassen.gpkg"]
    assert noted["rows"] == len(came)
    assert noted["url"].startswith(proxy.address)


def _add_layer(name: str) -> str:
    return f'[[layers]]\nname = "{name}"\npath = "bronnen/{name}.csv"\nrecipe = "{name}"\n'


@pytest.mark.parametrize("quiet", [[], ["-q"]])
def test_without_names_what_can_be_fetched_is_and_the_rest_is_told_where_to_get(
    proxy, tmp_path, capsys, quiet
):
    (tmp_path / "kansenkaart.toml").write_text(
        PROJECT + _add_layer("lisa") + _add_layer("kvk"), encoding="utf-8"
    )
    service = ["--service", f"top10nl_kassen={proxy.address}"]
    assert run(["download", str(tmp_path), *service, *quiet]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "'lisa' is niet door een programma op te halen. Haal het zelf: https://www.lisa.nl" in said
    assert "'kvk' is niet door een programma op te halen." in said
    assert (tmp_path / "bronnen" / "top10nl_kassen.gpkg").exists()


def test_without_names_and_nothing_to_fetch_nothing_is_called_fetched(tmp_path, capsys):
    project = PROJECT[: PROJECT.index("[[layers]]")] + _add_layer("lisa")
    (tmp_path / "kansenkaart.toml").write_text(project, encoding="utf-8")
    assert run(["download", str(tmp_path)]) == 1
    assert "'lisa' is niet door een programma op te halen." in capsys.readouterr().err
    assert not (tmp_path / "bronnen").exists()


def test_one_service_that_fails_keeps_none_of_the_others_away(proxy, tmp_path, capsys):
    (tmp_path / "kansenkaart.toml").write_text(PROJECT, encoding="utf-8")
    with serve(lambda handler: send(handler, (404, {}, b""))) as gone:
        services = [f"bag={gone}", f"top10nl_kassen={proxy.address}", f"nwb={gone}"]
        asked = [part for one in services for part in ("--service", one)]
        assert run(["download", str(tmp_path), "bag", "top10nl_kassen", "nwb", *asked]) == 1
    shown = capsys.readouterr()
    assert shown.err.count("404") == 2
    assert "Opgehaald: top10nl_kassen" in shown.out
    assert (tmp_path / "bronnen" / "top10nl_kassen.gpkg").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["lisa"], 1, "'lisa' is niet door een programma op te halen. Haal het zelf: https://www.lisa.nl"),
        (["kassen"], 1, "Recept 'kassen' bestaat niet."),
        (["bag", "--service", "bag"], 2, "'bag' is geen RECEPT=https://"),
        (["bag", "--service", "bag=https://"], 2, "'bag=https://' is geen RECEPT=https://"),
        (["bag", "--service", "bag=https://[x"], 2, "'bag=https://[x' is geen RECEPT=https://"),
        (["bag", "--service", "bag=file:///etc/passwd"], 2, "is geen RECEPT=https://"),
        (["bag", "--service", "nwb=https://x.nl"], 2, "'nwb' wordt nu niet opgehaald. Toegestaan: bag."),
    ],
)
def test_what_cannot_be_fetched_says_what_to_do(tmp_path, capsys, arguments, code, said):
    (tmp_path / "kansenkaart.toml").write_text(PROJECT, encoding="utf-8")
    assert run(["download", str(tmp_path), *arguments]) == code
    shown = " ".join(capsys.readouterr().err.split())
    assert said in shown


def test_the_command_keeps_to_the_size_that_is_allowed(tmp_path, capsys):
    with serve(lambda handler: stream(handler, repeat(b"x" * 10_000))) as address:
        (tmp_path / "mijn.toml").write_text(
            f'meaning = "proef"\n[[fetch]]\nprotocol = "file"\nurl = "{address}/kassen.csv"\n',
            encoding="utf-8",
        )
        layer = PROJECT.replace('"top10nl_kassen"', '"mijn.toml"')
        (tmp_path / "kansenkaart.toml").write_text(layer, encoding="utf-8")
        assert run(["download", str(tmp_path), "mijn.toml", "--max-mb", "2"]) == 1
    shown = " ".join(capsys.readouterr().err.split())
    assert "geeft meer dan 2 MB" in shown
    assert "--max-mb" in shown
    assert run(["download", str(tmp_path), "--max-mb", "0"]) == 2


def test_a_recipe_of_ones_own_says_where_its_file_is_fetched(tmp_path, capsys):
    table = "id,name,kind,x_rd,y_rd,glass_ha\nk,Kas,greenhouse,112000,516000,5\n"

    def answer(handler):
        send(handler, (200, {"Content-Type": "text/csv"}, table.encode()))

    with serve(answer) as address:
        own = f'meaning = "proef"\n[[fetch]]\nprotocol = "file"\nurl = "{address}/kassen.csv"\n'
        (tmp_path / "mijn.toml").write_text(own, encoding="utf-8")
        layer = PROJECT.replace('"bronnen/top10nl_kassen.gpkg"', '"bronnen/mijn.csv"')
        layer = layer.replace('"top10nl_kassen"', '"mijn.toml"').replace(
            'rename = { lokaalid = "id" }', 'source = "proef"'
        )
        (tmp_path / "kansenkaart.toml").write_text(layer, encoding="utf-8")
        assert run(["download", str(tmp_path)]) == 0
    assert "mijn.csv" in capsys.readouterr().out
    assert (tmp_path / "bronnen" / "mijn.csv").read_text(encoding="utf-8") == table
    assert run(["check", str(tmp_path), "-q"]) == 0


MAP = 'title = "t"\nreference_year = 2024\nregion = { municipalities = ["Alkmaar"] }\ndraws = 0\n'
MAP += '[[layers]]\nname = "a"\npath = "a.csv"\nsource = "proef"\n'
PLACES = "id,name,kind,x_rd,y_rd,glass_ha\nk,Kas,greenhouse,112000,516000,5\n"


def _nature(handler) -> None:
    ring = [[4.70, 52.60], [4.80, 52.60], [4.80, 52.66], [4.70, 52.66], [4.70, 52.60]]
    rows = [
        {"type": "Feature", "id": number, "properties": {"naam_n2k": "Eilandspolder", "nr": 89},
         "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for number in range(2)
    ]  # fmt: skip
    reply(handler, {"features": rows, "numberMatched": 2, "links": []})


@pytest.fixture
def region(tmp_path) -> Path:
    (tmp_path / "kansenkaart.toml").write_text(MAP, encoding="utf-8")
    (tmp_path / "a.csv").write_text(PLACES, encoding="utf-8")
    return tmp_path


def test_what_lies_behind_the_map_is_fetched_written_in_the_project_file_and_drawn(
    region, capsys, write_only
):
    with serve(_nature) as address, serve(lambda handler: reply(handler, b"", 404)) as other:
        services = ["--service", f"natura2000={address}", "--service", f"warmtenetten={other}"]
        assert run(["download", str(region), "background", *services]) == 1
        said = capsys.readouterr()
        text = (region / "kansenkaart.toml").read_text(encoding="utf-8")
        assert text.startswith(MAP)
        assert text.count("[[background]]") == 1
        assert "Achter de kaart: Natura 2000" in " ".join(said.out.split())
        told = " ".join(said.err.split())
        assert "refuses: 404" in told or "weigert" in told
        assert "netcongestie" in told
        assert run(["download", str(region), "natura2000", *services[:2]]) == 0
    assert (region / "kansenkaart.toml").read_text(encoding="utf-8") == text
    write_only("map")
    assert run(["build", str(region), "-q"]) == 0
    page = (region / "uit" / "kansenkaart.html").read_bytes()
    assert any(b"Natura 2000" in part for part in unpack(page))


def test_a_project_file_without_room_for_more_stays_as_it_is(region, capsys):
    six = "".join(
        f'[[background]]\ntitle = "{n}"\npath = "{n}.gpkg"\nlook = "park"\nsource = "proef"\n'
        for n in range(6)
    )
    (region / "kansenkaart.toml").write_text(MAP + six, encoding="utf-8")
    with serve(_nature) as address:
        assert run(["download", str(region), "natura2000", "--service", f"natura2000={address}"]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "kan de achtergrond er niet bij hebben" in told
    assert "bronnen/natura2000.gpkg" in told
    assert (region / "kansenkaart.toml").read_text(encoding="utf-8") == MAP + six
