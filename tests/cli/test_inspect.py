"""What ``kansenkaart inspect`` says of files, before there is a project."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from kansenkaart.cli.main import run
from tests.tries import share

KASSEN = (
    "objectid;Bedrijf;Opp. (m²);Hoofdteelt;X;Y\n"
    "K1;Kwekerij Oost;42000;Tomaat;75000;445000\n"
    "K2;Kwekerij West;31000;Roos;76000;445000\n"
    "K3;Kwekerij Zuid;20000;Zwaardplant;77000;445000\n"
)


@pytest.fixture
def look(tmp_path: Path, capsys):
    """Return what inspect says in JSON of one file: CSV text, or a file that stands there."""

    def inspect(content: str | Path, name: str = "kassen_2024.csv") -> list[dict[str, object]]:
        path = content if isinstance(content, Path) else tmp_path / name
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        assert run(["inspect", str(path), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return inspect


def test_a_file_is_shown_with_what_it_becomes_and_why(tmp_path, capsys):
    (tmp_path / "kassen_2024.csv").write_text(KASSEN, encoding="utf-8")
    assert run(["inspect", str(tmp_path / "kassen_2024.csv")]) == 0
    said = capsys.readouterr().out
    for part in (
        "kassen_2024.csv: 3 rijen",
        "volgens de coördinaten EPSG:28992",
        "glass_ha (m2)",
        "Tomaat",
        "Waarschijnlijk: een laag met plekken, soort greenhouse (kas).",
        "Het bestand heet 'kassen_2024'.",
        "Kolom 'Hoofdteelt' (crop) heeft woorden die niet bekend zijn: Zwaardplant.",
    ):
        assert part in said


def test_the_proposal_holds_columns_units_crs_and_year(look):
    (table,) = look(KASSEN)
    assert table["settings"] == {
        "kind": "greenhouse",
        "crs": "EPSG:28992",
        "rename": {"objectid": "id", "Bedrijf": "name", "Opp. (m²)": "glass_ha", "Hoofdteelt": "crop"},
        "units": {"glass_ha": "m2"},
        "year": 2024,
    }
    assert table["open"] == []
    area = next(one for one in table["columns"] if one["name"] == "Opp. (m²)")
    assert (area["form"], area["filled"], area["low"], area["high"]) == ("whole", 3, 20000, 42000)


@pytest.mark.parametrize(("factor", "unit"), [(1, None), (10_000, "m2"), (100, "are")])
def test_the_unit_of_an_area_is_read_from_the_polygons(look, tmp_path, factor, unit):
    shapes = [shapely.box(75000 + 1000 * n, 445000, 75200 + 1000 * n, 445100 + 50 * n) for n in range(3)]
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b", "c"], "oppervlakte": [one.area * 0.9e-4 * factor for one in shapes]},
        geometry=shapes,
        crs="EPSG:28992",
    )
    frame.to_file(tmp_path / "kassen.gpkg")
    (table,) = look(tmp_path / "kassen.gpkg")
    assert table["becomes"]["glass_ha"] == "oppervlakte"
    assert table["settings"].get("units") == (None if unit is None else {"glass_ha": unit})
    assert table["open"] == []


def test_an_area_without_unit_or_shape_is_asked(look):
    (table,) = look(KASSEN.replace("Opp. (m²)", "oppervlakte"))
    (question,) = table["open"]
    assert question["path"] == "units.glass_ha"
    assert question["default"] == "m2"  # 42,000 ha of glass is no single place


def test_every_sheet_of_a_workbook_is_shown(look, tmp_path):
    book = openpyxl.Workbook()
    rows = [
        ("id", "naam", "lon", "lat", "capaciteit"),
        (1, "RWZI Oost", 4.9, 52.3, 90000),
        (2, "RWZI West", 4.8, 52.3, 1e5),
    ]
    for row in rows:
        book.active.append(row)
    notes = book.create_sheet("Toelichting")
    notes.append(("onderwerp", "uitleg"))
    notes.append(("capaciteit", "ontwerp"))
    book.save(tmp_path / "zuiveringen.xlsx")
    plants, other = look(tmp_path / "zuiveringen.xlsx")
    assert (plants["table"], plants["rows"], plants["settings"]["kind"]) == ("Sheet", 2, "rwzi")
    assert plants["becomes"]["capacity_pe60"] == "capaciteit"
    assert (other["table"], other["role"]) == ("Toelichting", "none")


def test_a_known_file_is_recognised_by_its_columns(look):
    header = "uwwCode,uwwName,uwwLatitude,uwwLongitude,uwwCapacity,uwwLoadEnteringUWWTP,uwwState\n"
    text = header + "NL1,A,52.3,4.9,90000,80000,1\n"
    (table,) = look(text, "download.csv")
    assert table["settings"] == {"recipe": "uwwtd"}


def test_a_table_of_what_runs_is_no_layer_of_places(look):
    text = "nr,stroom,leverancier,afnemer,hoeveelheid,eenheid,status\n1,warmte,AVI,Kas,5000,GJ,loopt\n"
    (table,) = look(text, "lopend.csv")
    assert table["role"] == "links"
    assert table["settings"]["rename"]["leverancier"] == "supply_name"


# What a file lacks -> what is said of it.
NO_LAYER = {
    "nowhere": ("id,naam,ton\n1,a,5\n", "er staat nergens waar het ligt"),
    "twice per municipality": (
        "gemeentecode,stroom,inwoners\nGM0363,a,5\nGM0363,b,5\n",
        "kolom 'gemeentecode' heeft meer rijen per gemeente",
    ),
    "nothing to count": ("id,x_rd,y_rd\n1,120000,480000\n", "de soort plekken is niet te zien"),
    "header only": ("id,kind,x_rd,y_rd\n", "er staat geen enkele rij in"),
    "no id": ("kind,x_rd,y_rd\nrwzi,120000,480000\nrwzi,120000,480000\n", "geen kolom is in elke rij gevuld"),
}


@pytest.mark.parametrize("name", NO_LAYER)
def test_what_cannot_be_a_layer_says_why(tmp_path, capsys, name):
    text, said = NO_LAYER[name]
    (tmp_path / "los.csv").write_text(text, encoding="utf-8")
    assert run(["inspect", str(tmp_path / "los.csv")]) == 0
    assert f"Geen laag met plekken: {said}" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_stops_no_other(tmp_path, capsys):
    (tmp_path / "kassen.csv").write_text(KASSEN, encoding="utf-8")
    (tmp_path / "nep.geojson").write_text("<OGRVRTDataSource></OGRVRTDataSource>", encoding="utf-8")
    files = [str(tmp_path / name) for name in ("nep.geojson", "weg.gpkg", "kassen.csv")]
    assert run(["inspect", *files]) == 1
    shown = capsys.readouterr()
    assert "kassen.csv: 3 rijen" in shown.out
    assert "nep.geojson is geen .geojson-bestand" in shown.err
    assert "weg.gpkg bestaat niet" in shown.err


@pytest.mark.drawn
def test_every_shared_file_is_shown_or_refused_by_name(shared, capsys):
    for path in share(sorted((shared / "data").rglob("*.*")), 0, of=3):
        if path.suffix == ".md":
            continue
        code = run(["inspect", str(path), "--json"])
        shown = capsys.readouterr()
        assert (code, bool(json.loads(shown.out))) == ((1, False) if path.suffix == ".tif" else (0, True)), (
            path
        )
        assert path.name in shown.err + shown.out
