"""The catalogue on the screen and in a CSV: every part, in both languages."""

import csv
import re

import pytest

from kansenkaart.cli.commands.catalogue import PARTS
from kansenkaart.cli.main import run


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("part", PARTS)
def test_the_catalogue_shows_every_part(part, language, capsys):
    assert run(["catalogue", part, "--csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 3
    assert run(["catalogue", part, "--language", language]) == 0
    title, shown = capsys.readouterr().out.split("\n", 1)
    assert title.strip()
    assert not re.search(r"\b(cli|tables)\.\w", shown)


def test_the_columns_of_the_catalogue_are_named_in_the_language_asked(capsys):
    for language, heads in (("nl", ("waarde", "eenheid", "jaar")), ("en", ("value", "unit", "year"))):
        assert run(["catalogue", "prices", "--language", language]) == 0
        head = capsys.readouterr().out.split("\n")[1]
        assert all(name in head.split() for name in heads), head


@pytest.mark.parametrize(
    ("part", "wanted", "foreign"),
    [
        ("streams", ("Restwarmte (heet)", "leiding of vrachtwagen", "0,5", "regionaal"), ("truck", "pipe")),
        ("kengetallen", ("aanbod", "technische schatting", "0,0245", "GJ"), ("estimate", "supply", "e+0")),
        ("kinds", ("rioolwaterzuivering", "ja", "nee"), ("True", "False")),
        ("recipes", ("Gewaspercelen", "Zuiveringen zoals de EEA ze publiceert"), ("parcels", "plants")),
        ("prices", ("215,5",), ("215.5",)),
        ("drivers", ("Aandrijvers",), ("Kenmerken",)),
        ("attributes", ("Kenmerken",), ("Eigenschappen",)),
    ],
)
def test_the_catalogue_speaks_dutch_and_leaves_the_words_of_a_script_in_the_csv(
    part, wanted, foreign, capsys
):
    assert run(["catalogue", part]) == 0
    # a word of a narrow column may stand on two lines
    shown = " ".join(capsys.readouterr().out.split())
    assert not [word for word in wanted if not all(one in shown for one in word.split())]
    assert not [word for word in foreign if re.search(rf"(?<![\w]){re.escape(word)}(?![\w])", shown)]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_narrow_screen_shows_every_column_of_the_kengetallen_and_whole_ids(language, capsys):
    assert run(["catalogue", "kengetallen", "--language", language]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert max(map(len, lines[:6])) <= 80
    assert lines[3].split()[0] == "avi_warmte_geleverd"
    assert lines[3].split()[-1] == "GJ"


def test_the_catalogue_can_be_asked_for_one_stream(capsys):
    assert run(["catalogue", "kengetallen", "--stream", "gft", "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert lines
    assert all("gft" in line for line in lines)
    assert run(["catalogue", "--stream", "gif"]) == 2
    assert run(["catalogue", "kinds", "--stream", "gft"]) == 2
    assert "streams, kengetallen, prices, pairs" in capsys.readouterr().err.replace("\n", " ")


def test_prices_of_a_stream_are_those_its_chances_are_reckoned_with(capsys):
    assert run(["catalogue", "prices", "--stream", "restwarmte_ht", "--csv"]) == 0
    ids = {row["id"] for row in csv.DictReader(capsys.readouterr().out.splitlines())}
    assert {"avoided_heat_glass", "gas_price_eur_m3", "pipe_k_min_a", "turbine_loss_gje_gj"} <= ids
    assert not {"truck_bulk", "benefit_struviet_fosfaat"} & ids
    assert run(["catalogue", "prices", "--stream", "gft", "--csv"]) == 0
    ids = {row["id"] for row in csv.DictReader(capsys.readouterr().out.splitlines())}
    assert "handling_eur_t" in ids
    assert "gas_price_eur_m3" not in ids


def test_support_of_a_stream_says_what_each_instrument_pays_and_where_it_was_read(capsys):
    """A tender for gypsum gets no SDE++, and a well no VEKI; what is not known is not a number."""
    assert run(["catalogue", "support", "--stream", "gips", "--csv"]) == 0
    gypsum = {row["id"]: row for row in csv.DictReader(capsys.readouterr().out.splitlines())}
    assert set(gypsum) == {"veki", "dei", "mia"}
    assert all(row["source"] and int(row["year"]) >= 2024 for row in gypsum.values())
    assert run(["catalogue", "support", "--stream", "restwarmte_ht"]) == 0
    shown = capsys.readouterr().out
    assert "geen bedrag" in shown
    assert "sde_geothermal" in shown
    assert "DEI+" not in shown


def test_a_kengetal_says_per_what_it_counts(capsys):
    assert run(["catalogue", "kengetallen", "--stream", "gft"]) == 0
    lines = capsys.readouterr().out.splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith("gft_inwoner"))
    assert lines[row + 1].startswith("per inhabitants: staat in de bron")
