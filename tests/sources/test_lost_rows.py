"""No row vanishes while a file is read: a stray quote, a cut file, a count that does not fit."""

from __future__ import annotations

import random

import pytest

from kansenkaart.errors import DataError

_HEADER = "id;name;x_rd;y_rd;load_pe60"
_ROWS = [f"r{place};Plek {place};{110_000 + 100 * place};487000;5" for place in range(40)]


def _csv(rows: list[str]) -> str:
    return "\n".join([_HEADER, *rows]) + "\n"


def test_a_quote_that_never_closes_is_refused_with_the_line_it_opens_on(read):
    rows = [*_ROWS[:2], 'r2;"Plek 2;110200;487000;5', *_ROWS[3:]]
    with pytest.raises(DataError, match="row begins on line 4 and goes on until line 41"):
        read(_csv(rows))


def test_two_stray_quotes_that_swallow_the_rows_between_them_are_refused_with_their_lines(read):
    rows = list(_ROWS)
    rows[2], rows[7] = 'r2;"Plek 2;110200;487000;5', 'r7;Plek 7";110700;487000;5'
    with pytest.raises(DataError, match="lines 4 to 9 are read as one row"):
        read(_csv(rows))


def test_two_stray_quotes_in_other_columns_are_refused_too(read):
    rows = list(_ROWS)
    rows[2], rows[3] = 'r2;Plek 2;110200;487000;"5', 'r3";kort'
    with pytest.raises(DataError, match="lines 4 to 5 are read as one row"):
        read(_csv(rows))


def test_a_cell_with_lines_and_delimiters_is_read_and_said_with_its_lines(read, said):
    rows = ['r1;"Plek; oud\nen nieuw";121000;487000;5', *_ROWS[2:4]]
    sources = read(_csv(rows))
    assert sources.layers["rows_used"].tolist() == [3]
    found = said(sources, "cell_of_lines")
    assert found[["row", "value", "severity"]].values.tolist() == [[2, "2-3", "warning"]]
    assert not len(said(read(_csv(['r1;"Plek\noud";121000;487000;5'])), "cell_of_lines"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_stray_quotes_anywhere_never_lose_a_row_in_silence(read, end):
    """Each file either fails, or has every line of it in the account, or names the lines it took as one row."""
    dice = random.Random(20)
    whole = _csv(_ROWS[:12]).replace("\n", end)
    for _ in range(60):
        text = whole
        for _ in range(dice.choice((1, 1, 2, 2, 3))):
            place = dice.randrange(len(text))
            text = text[:place] + '"' + text[place:]
        try:
            sources = read(text)
        except DataError:
            continue
        account = sources.layers.iloc[0]
        assert account["rows_read"] == 12 or (sources.findings["key"] == "cell_of_lines").any(), text
        assert account["rows_read"] == account[["rows_used", "rows_rejected", "rows_outside"]].sum()


@pytest.mark.parametrize("name", ["a.csv", "a.geojson", "a.gpkg", "a.xlsx", "a.parquet", "a.fgb"])
def test_a_layer_of_nothing_is_an_error_that_names_the_file(read, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"")
    with pytest.raises(DataError, match=f"{name} is empty: no header and no row"):
        read(path)


def test_a_layer_of_blank_lines_only_is_an_error_too(read):
    with pytest.raises(DataError, match="no header and no row"):
        read("\ufeff\n \n")
