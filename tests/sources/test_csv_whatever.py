"""A CSV holds what was written in it, whatever wrote it: mark, quotes, line ends, encoding, signs in its cells."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kansenkaart.errors import DataError
from kansenkaart.sources import read_csv as module
from kansenkaart.sources.read_csv import read_csv

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
# As people name columns: with commas, blanks, quotes and units.
HEADERS = (
    "id",
    "Naam",
    "Opp, ha",
    "Glas, m2 (bruto)",
    "soort; type",
    'de "echte" naam',
    "Jaar 2023",
    "x/y",
    "€ per GJ",
)
signs = st.characters(categories=("Lu", "Ll", "Nd", "Po", "Sc", "Zs"), max_codepoint=0xFF)
words = st.text(st.one_of(signs, st.sampled_from(list(";,\t\"' "))), max_size=12).map(str.strip)
numbers = st.tuples(st.integers(0, 99_999), st.integers(0, 99)).map(lambda pair: f"{pair[0]},{pair[1]:02d}")
cells = st.one_of(words, numbers, st.just(""))


@st.composite
def tables(draw, cells=cells):
    width = draw(st.integers(1, 5))
    header = ["nr", *draw(st.permutations(HEADERS))[:width]]
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=6))
    return header, [[f"r{number}", *row] for number, row in enumerate(rows)]


@st.composite
def dialects(draw):
    return {
        "delimiter": draw(st.sampled_from([";", ",", "\t"])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        "lineterminator": draw(st.sampled_from(["\n", "\r\n"])),
    }


def write(table, dialect, encoding) -> bytes:
    header, rows = table
    stream = io.StringIO()
    csv.writer(stream, **dialect).writerows([header, *rows])
    try:
        return stream.getvalue().encode(encoding)
    except UnicodeEncodeError:
        assume(False)
        raise


def held(frame: pd.DataFrame) -> list[list[str]]:
    """Cells as texts; a blank one is empty."""
    return [["" if pd.isna(cell) else str(cell).strip() for cell in row] for row in frame.to_numpy().tolist()]


@given(table=tables(), dialect=dialects(), encoding=st.sampled_from(ENCODINGS))
def test_with_its_mark_given_every_cell_is_what_was_written(table, dialect, encoding):
    content = write(table, dialect, encoding)
    raw = read_csv(content, file="t.csv", encoding=None, delimiter=dialect["delimiter"])
    header, rows = table
    assert raw.frame.columns.tolist() == header
    assert held(raw.frame) == rows
    assert raw.frame.index.tolist() == list(range(2, len(rows) + 2))
    assumed = [remark.value for remark in raw.remarks if remark.key == "encoding_assumed"]
    plain = encoding.startswith("utf-8") or content.isascii()
    assert assumed == ([] if plain else [encoding]), encoding


@given(
    columns=st.lists(st.sampled_from(HEADERS[1:4] + HEADERS[6:]), min_size=1, max_size=5, unique=True),
    data=st.data(),
    dialect=dialects(),
)
def test_the_mark_is_found_where_numbers_and_names_of_columns_hold_commas(columns, data, dialect):
    """Dutch decimals hold commas in every row, and so may the names above them."""
    row = st.lists(numbers, min_size=len(columns), max_size=len(columns))
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    table = ["nr", *columns], [[f"r{number}", *one] for number, one in enumerate(rows)]
    raw = read_csv(write(table, dialect, "utf-8"), file="t.csv", encoding=None, delimiter=None)
    assert raw.frame.columns.tolist() == table[0]
    assert held(raw.frame) == table[1]


@given(
    table=tables(st.text(st.sampled_from("abc é\n"), max_size=9).map(str.strip)),
    dialect=dialects(),
)
def test_lines_within_a_cell_stay_in_it_and_the_rows_keep_their_numbers(table, dialect):
    content = write(table, dialect, "utf-8")
    try:
        raw = read_csv(content, file="t.csv", encoding=None, delimiter=dialect["delimiter"])
    except DataError as error:
        said = {fault.key for fault in error.faults}
    else:
        said = set()
        assert held(raw.frame) == table[1]
    # lines that each look like a whole row are refused, never read as one
    assert said <= {"csv_swallowed"}


@given(table=tables(), dialect=dialects(), cut=st.data())
def test_a_file_that_was_cut_off_is_refused_or_gives_a_beginning_of_what_it_held(table, dialect, cut):
    """No cell of a file that did not arrive whole holds what was never written in it."""
    content = write(table, dialect, "utf-8")
    short = content[: cut.draw(st.integers(1, len(content)))]
    assume(short.decode("utf-8", errors="ignore").encode() == short)
    try:
        raw = read_csv(short, file="t.csv", encoding=None, delimiter=dialect["delimiter"])
    except DataError as refused:
        rows, keys = [], {fault.key for fault in refused.faults}
    else:
        rows, keys = held(raw.frame), set()
    assert keys <= {"csv_broken", "csv_swallowed", "csv_lines"}
    assert len(rows) <= len(table[1])
    for found, whole in zip(rows[:-1], table[1], strict=False):
        assert found == whole
    for found, whole in zip(rows[-1] if rows else [], table[1][len(rows) - 1], strict=False):
        assert whole.startswith(found)


def test_a_sure_mark_in_a_name_of_every_row_does_not_hide_the_columns(read):
    """A name with a semicolon in it, in the header and in each of the rows."""
    rows = "id,naam; plaats,kind,x_rd,y_rd,a,b,c,d\np1,Kas; Venhuizen,rwzi,120000,487000,,,,\n"
    assert read(rows, rename={"naam; plaats": "name"}).sites["name"].tolist() == ["Kas; Venhuizen"]


plain_cells = st.text(st.characters(exclude_characters='"\n\r', exclude_categories=("Cs",)), max_size=8)


@given(
    st.lists(
        st.lists(plain_cells.filter(lambda cell: ";" not in cell), min_size=3, max_size=3),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([";", ""]),
    st.sampled_from(["", "een titel\n\n"]),
)
def test_a_large_file_reads_column_by_column_as_a_small_one_does_row_by_row(rows, end, last, title):
    """The same bytes, read both ways: blanks, blank rows, odd signs, titles, a mark behind every row."""
    filled = [[f"r{number}", str(number), "x"] for number in range(25)]
    lines = [";".join(row) + last + end for row in [["id", "aantal", "naam"], *filled, *rows]]
    content = (title + "".join(lines)).encode()
    options = {"file": "t.csv", "encoding": "utf-8", "delimiter": ";"}
    slow = read_csv(content, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_LARGE", 0)
        quick = read_csv(content, **options)
    pd.testing.assert_frame_equal(quick.frame, slow.frame)
    assert quick.remarks == slow.remarks


def test_a_regular_file_is_read_column_by_column():
    rows = "".join(f"{number};Bedrijf {number};{number},5\n" for number in range(30))
    raw = module._read_regular("nr;naam;waarde\n" + rows, ";", None, file="t.csv")
    assert raw is None  # a small one is not
    many = "".join(f"{number};Bedrijf {number};{number},5\n" for number in range(9_000))
    raw = module._read_regular("nr;naam;waarde\n" + many, ";", None, file="t.csv")
    assert raw.frame.iloc[-1].tolist() == ["8999", "Bedrijf 8999", "8999,5"]
    assert raw.frame.index[0] == 2
