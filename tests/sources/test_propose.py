"""What is proposed for a table is what it holds: written under any name, unit and notation, it reads back the same."""

from __future__ import annotations

import csv
import itertools
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyproj
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from kansenkaart.catalogue import load_catalogue
from kansenkaart.catalogue.words import load_words
from kansenkaart.project import load_project
from kansenkaart.sources import read_sources
from kansenkaart.sources.columns import list_names
from kansenkaart.sources.draft import Draft, name_tables, write_layers
from kansenkaart.sources.look import look_into
from kansenkaart.sources.propose import propose
from kansenkaart.texts import load_texts
from kansenkaart.units import conversion_factor, list_units
from tests.tries import SOME

HEAD = """
title = "Proef"
reference_year = 2025
draws = 0
[region]
province = "Noord-Holland"
"""
# What a place of a kind counts: our column, and a usual size in our unit.
COUNTED = {
    "greenhouse": ("glass_ha", 4.5),
    "rwzi": ("capacity_pe60", 90_000.0),
    "waste_to_energy": ("waste_t_y", 350_000.0),
    "datacentre": ("it_mw", 24.0),
    "digester": ("throughput_t_y", 60_000.0),
    "arable_area": ("arable_ha", 240.0),
    "industry": ("supply_restwarmte_ht_gj_y", 180_000.0),
}
FILE_NAMES = {
    "greenhouse": "kassen",
    "rwzi": "Zuiveringen",
    "waste_to_energy": "AVI",
    "datacentre": "datacenters",
    "digester": "vergisters",
    "arable_area": "akkerbouw",
    "industry": "industrie",
}
# As a unit stands behind the name of a column.
FORMS = ("{name} ({unit})", "{name}_{unit}", "{name} [{unit}]", "{name} in {unit}", "{name} ({unit}/jr)")
FORMS += ("{name}, {unit} per jaar",)
TO_DEGREES = pyproj.Transformer.from_crs("EPSG:28992", "EPSG:4326", always_xy=True)
COORDINATES = {
    "rd": ("x_rd", "y_rd"),
    "plain": ("X", "Y"),
    "dutch": ("x-coordinaat", "y-coordinaat"),
    "degrees": ("Lengtegraad", "Breedtegraad"),
    "wkt": ("WKT",),
}


@dataclass(frozen=True)
class Table:
    """A file as somebody may send it, and what it says."""

    kind: str
    unit: str
    header: list[str]
    rows: list[list[str]]
    delimiter: str
    truth: list[tuple[float, float, float]]
    column: str

    def write(self, folder: Path) -> Path:
        path = folder / f"{FILE_NAMES[self.kind]} 2023.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=self.delimiter).writerows([self.header, *self.rows])
        return path


def words_for(kind: str, column: str) -> list[str]:
    words = load_words()
    called = (column, *words.columns.get(column, ()), *words.columns_of.get(kind, {}).get(column, ()))
    # A word that is a unit too says the unit: 'ha', 'pe', 'mw'.
    return [word for word in called if word not in words.units]


def show(value: float, *, comma: bool) -> str:
    text = f"{value:.10g}"
    return text.replace(".", ",") if comma else text


@st.composite
def tables(draw) -> Table:
    kind = draw(st.sampled_from(sorted(COUNTED)))
    column, usual = COUNTED[kind]
    target = list_names(load_catalogue()).quantities[column]
    called = draw(st.sampled_from(words_for(kind, column)))
    stated = target if called == column else load_words().units.get(called.rpartition("_")[2])
    unit = stated or draw(st.sampled_from(list_units(target)))
    header = called.replace("_", draw(st.sampled_from(["_", " "])))
    spoken = [word for word, meant in load_words().units.items() if meant == unit and "_" not in word]
    if stated is None and draw(st.booleans()):
        header = draw(st.sampled_from(FORMS)).format(name=header, unit=draw(st.sampled_from(spoken)))
    header = draw(st.sampled_from([header, header.upper(), header.capitalize()]))
    delimiter = draw(st.sampled_from([";", ",", "\t"]))
    comma = draw(st.booleans()) and delimiter != ","
    sizes = draw(st.lists(st.floats(0.3, 2.5), min_size=3, max_size=6))
    places = draw(st.sampled_from(sorted(COORDINATES)))
    truth, rows = [], []
    for number, size in enumerate(sizes):
        x, y = 110_000.0 + 900.0 * number, 490_000.0 - 700.0 * number
        quantity = usual * size / conversion_factor(unit, target)
        # Three decimals may be thousands: 343.789 is asked of the user, rightly.
        quantity = round(quantity, 2 if quantity >= 1 else 5)
        truth.append((x, y, quantity * conversion_factor(unit, target)))
        lon, lat = TO_DEGREES.transform(x, y)
        spot = {
            "degrees": [show(lon, comma=comma), show(lat, comma=comma)],
            "wkt": [f"POINT ({x} {y})"],
        }.get(places, [show(x, comma=comma), show(y, comma=comma)])
        rows.append([f"P{number}", f"Plek {number}", show(quantity, comma=comma), *spot, "nagekeken"])
    order = draw(st.permutations(range(len(rows[0]))))
    head = ["Nummer", "Naam", header, *COORDINATES[places], "Opmerking"]
    return Table(
        kind,
        unit,
        [head[n] for n in order],
        [[row[n] for n in order] for row in rows],
        delimiter,
        truth,
        column,
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    numbers = itertools.count()
    return lambda: tmp_path_factory.mktemp(f"r{next(numbers)}")


@SOME
@given(table=tables())
def test_a_table_reads_back_as_it_was_meant_whatever_its_names_units_and_signs(folders, table):
    folder = folders()
    path = table.write(folder)
    note(path.read_text(encoding="utf-8"))
    catalogue, words, texts = load_catalogue(), load_words(), load_texts("nl")
    (named,) = name_tables((path, look) for look in look_into(path, file=path.name, texts=texts))
    proposal = propose(named.look, catalogue, words)
    answers = {doubt.path: table.unit for doubt in proposal.doubts if doubt.path.startswith("units.")}
    answers |= {doubt.path: "EPSG:28992" for doubt in proposal.doubts if doubt.path == "crs"}
    proposal = propose(named.look, catalogue, words, answers)
    assert proposal.doubts == ()
    written = write_layers([Draft(named, proposal)], folder, catalogue, words, texts)
    note(written)
    (folder / "kansenkaart.toml").write_text(HEAD + written, encoding="utf-8")
    sites = read_sources(load_project(folder), progress=lambda _layer: None).sites
    assert (sites["kind"] == table.kind).all()
    assert sites["name"].tolist() == [f"Plek {number}" for number in range(len(table.truth))]
    expected = pd.DataFrame(table.truth, columns=["x", "y", "quantity"])
    assert sites[table.column].tolist() == pytest.approx(expected["quantity"].tolist(), rel=1e-9)
    assert sites.geometry.x.tolist() == pytest.approx(expected["x"].tolist(), abs=0.5)
    assert sites.geometry.y.tolist() == pytest.approx(expected["y"].tolist(), abs=0.5)
    assert (sites["source_year"] == 2023).all()


@given(
    header=st.text(
        st.characters(exclude_categories=("Cs",), exclude_characters="\r\n\0\ufeff"), min_size=1, max_size=12
    ).filter(lambda text: text.strip() == text)
)
def test_what_is_written_is_toml_whatever_the_column_is_called(folders, header):
    """A quote, a backslash or a sign that nobody sees in the name of a column breaks no project file."""
    folder = folders()
    path = folder / "kassen.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = [["nr", header, "x_rd", "y_rd", "glass_ha"], ["1", "Oost", "110000", "490000", "2"]]
        csv.writer(stream).writerows(rows)
    catalogue, words, texts = load_catalogue(), load_words(), load_texts("nl")
    (named,) = name_tables((path, look) for look in look_into(path, file=path.name, texts=texts))
    column = named.look.columns[1].name
    proposal = propose(named.look, catalogue, words, {f"rename.{column}": "name"})
    written = write_layers([Draft(named, proposal)], folder, catalogue, words, texts)
    note(written)
    (layer,) = tomllib.loads(written)["layers"]
    assert layer["rename"][column] == "name"
    assert layer["source"] == "kassen.csv"


LINK_HEADERS = {
    "stream": ("Stroom", "reststroom", "stream"),
    "supply_name": ("Leverancier", "aanbieder", "Van"),
    "demand_name": ("Afnemer", "ontvanger", "naar"),
    "quantity": ("Hoeveelheid", "quantity", "hoeveelheid"),
    "status": ("Status", "fase"),
}
STREAM_WORDS = {"restwarmte_ht": ("warmte", "restwarmte_ht", "Restwarmte"), "co2": ("CO2", "koolzuur", "co2")}
STATUS_WORDS = {
    "running": ("loopt", "In bedrijf", "running"),
    "planned": ("gepland",),
    "stopped": ("gestopt",),
}


@SOME
@given(data=st.data(), told=st.sampled_from(["header", "column", "nowhere"]))
def test_a_list_of_what_runs_keeps_its_quantities_wherever_the_unit_stands(folders, data, told):
    stream = data.draw(st.sampled_from(sorted(STREAM_WORDS)))
    target = load_catalogue().streams[stream].unit
    unit = target if told == "nowhere" else data.draw(st.sampled_from(list_units(target)))
    headers = {name: data.draw(st.sampled_from(several)) for name, several in LINK_HEADERS.items()}
    if told == "header":
        spoken = [word for word, meant in load_words().units.items() if meant == unit and "_" not in word]
        form = data.draw(st.sampled_from(FORMS))
        headers["quantity"] = form.format(name=headers["quantity"], unit=data.draw(st.sampled_from(spoken)))
    statuses = data.draw(st.lists(st.sampled_from(sorted(STATUS_WORDS)), min_size=1, max_size=4))
    amounts = [float(data.draw(st.integers(1, 90_000))) for _ in statuses]
    rows = [
        [
            *(f"L{number}", data.draw(st.sampled_from(STREAM_WORDS[stream])), "Bron", "Kas", f"{amount:.0f}"),
            data.draw(st.sampled_from(STATUS_WORDS[status])),
            *([unit] if told == "column" else []),
        ]
        for number, (status, amount) in enumerate(zip(statuses, amounts, strict=True))
    ]
    folder = folders()
    with (folder / "lopend.csv").open("w", encoding="utf-8", newline="") as stream_:
        head = ["nr", *headers.values(), *(["Eenheid"] if told == "column" else [])]
        csv.writer(stream_, delimiter=";").writerows([head, *rows])
    (folder / "plekken.csv").write_text(
        "id,name,kind,x_rd,y_rd,waste_t_y\nb,Bron,waste_to_energy,110000,480000,5\nk,Kas,waste_to_energy,112000,480000,5\n"
    )
    catalogue, words, texts = load_catalogue(), load_words(), load_texts("nl")
    paths = [folder / "plekken.csv", folder / "lopend.csv"]
    tables_ = name_tables(
        (path, look) for path in paths for look in look_into(path, file=path.name, texts=texts)
    )
    drafts = [Draft(one, propose(one.look, catalogue, words)) for one in tables_]
    assert [draft.proposal.role for draft in drafts] == ["places", "links"]
    written = write_layers(drafts, folder, catalogue, words, texts)
    note(written)
    assert "…" not in written  # every word is known: there is nothing to fill in
    (folder / "kansenkaart.toml").write_text(HEAD + written, encoding="utf-8")
    links = read_sources(load_project(folder), progress=lambda _layer: None).links
    assert (links["stream"] == stream).all()
    assert links["status"].tolist() == statuses
    expected = [amount * conversion_factor(unit, target) for amount in amounts]
    assert links["quantity"].tolist() == pytest.approx(expected, rel=1e-12)
