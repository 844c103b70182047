"""CSV files: encoding and delimiter found, every cell a text; lines are counted too, so that no cell swallows a row."""

from __future__ import annotations

import csv
import gc
import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from kansenkaart.errors import DataError, Fault
from kansenkaart.reasons import find_reason, name_reason
from kansenkaart.sources.findings import Remark
from kansenkaart.sources.raw import LOOKED_AT, Raw, Rows, find_header, frame_of_records

# The surest first: a comma may stand in every number, and in the names above them too.
DELIMITERS = (";", "\t", ",")
_SAMPLE = 50
# As many times more cells are no commas in names and numbers: then the surer mark stands within a cell.
_MANY = 4
_TAIL = 60
# A file of fewer signs is read row by row in no time.
_LARGE = 100_000
# Quotes, returns that end no line, and signs that one reader takes for a blank and another does not.
_IRREGULAR = re.compile(r'["\x00\x0b\x0c\x1c-\x1f\x85\u2028\u2029]|\r(?!\n)')
_BREAK = re.compile(r"\r\n|\r|\n")
# What Python's reader of CSV says of the two faults that a stray quote gives.
_CSV_REASONS = {"unexpected end of data": "reason_quote_open", "expected after": "reason_quote_after"}

Records = list[list[str]]


def read_csv(
    content: bytes,
    *,
    file: str,
    encoding: str | None,
    delimiter: str | None,
    header_row: int | None = None,
) -> Raw:
    """Read a CSV file.

    Parameters
    ----------
    content
        Bytes of the file.
    file
        Its path, for errors.
    encoding, delimiter
        As the project file gives them; found when left out.
    header_row
        Row that names the columns; found when left out.

    Raises
    ------
    DataError
        When the given encoding is unknown or does not fit, or a quote swallows rows.
    """
    with _collector_at_rest():
        return _read(content, file=file, encoding=encoding, delimiter=delimiter, header_row=header_row)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Millions of rows hold no cycle, and the collector would look through all of them again and again."""
    works = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if works:
            gc.enable()


def _read(
    content: bytes, *, file: str, encoding: str | None, delimiter: str | None, header_row: int | None
) -> Raw:
    text, remarks = _decode(content, file=file, encoding=encoding)
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) <= len("sep=x"):
        delimiter, text = delimiter or first.strip("\r\n")[len("sep=") :] or None, rest
    delimiter = _check_delimiter(delimiter or _find_delimiter(text), file)
    end = [] if text.endswith(("\n", "\r")) else [_tell_open(text)]
    regular = _read_regular(text, delimiter, header_row, file=file)
    if regular is not None:
        return Raw(regular.frame, remarks=(*remarks, *regular.remarks, *end))
    records, long = split_records(text, delimiter, file=file)
    first_rows = _list_first(records, header_row)
    if not first_rows:
        return Raw(frame_of_records([], [])[0], remarks=tuple(remarks))
    found = find_header(first_rows, header_row, file=file)
    numbered = list(enumerate(records[found.row :], start=found.row + 1))
    frame, more = frame_of_records(found.names, numbered)
    return Raw(frame, remarks=(*remarks, *long, *found.remarks, *more, *end))


def _tell_open(text: str) -> Remark:
    return Remark(0, "last_line_open", "note", text[-_TAIL:].rsplit("\n", 1)[-1])


def _list_first(records: Records, header_row: int | None) -> Rows:
    """The first filled rows, among which the header is."""
    first: Rows = []
    for row, record in enumerate(records, start=1):
        if any(cell.strip() for cell in record):
            first.append((row, [cell.strip() or None for cell in record]))
        if len(first) == LOOKED_AT and (header_row is None or row > header_row + 1):
            break
    return first


def _read_regular(text: str, delimiter: str, header_row: int | None, *, file: str) -> Raw | None:
    """Read a large file without quotes, of which every row has as many cells as the header, column by column.

    It is what reading row by row gives, without a step for each; None where anything is out of the ordinary, and then
    that tells what.
    """
    if len(text) < _LARGE or _IRREGULAR.search(text) or not delimiter.isascii():
        return None
    lines = list(islice(io.StringIO(text), _SAMPLE + (header_row or 0)))
    with long_cells():
        first = _list_first(_parse("".join(lines), delimiter, file=file), header_row)
    if len(first) < LOOKED_AT:
        return None
    found = find_header(first, header_row, file=file)
    if len({*found.names, ""}) <= len(found.names):
        return None
    body = text[sum(map(len, lines[: found.row])) :]
    table = _read_columns(body, delimiter, found.names)
    if table is None:
        return None
    rows = pd.RangeIndex(found.row + 1, found.row + 1 + table.num_rows)
    frame = table.to_pandas(types_mapper={pa.string(): pd.StringDtype(na_value=np.nan)}.get)
    return Raw(frame.set_axis(pd.Index(rows.to_numpy()), axis="index"), remarks=found.remarks)


def _read_columns(body: str, delimiter: str, names: list[str]) -> pa.Table | None:
    """Columns of texts; None where a row has more cells or fewer, or none with anything in it."""
    try:
        table = pa_csv.read_csv(
            io.BytesIO(body.encode()),
            pa_csv.ReadOptions(column_names=names, use_threads=False),
            pa_csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except (pa.ArrowInvalid, UnicodeEncodeError):
        return None
    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        blank &= np.asarray(pc.equal(pc.utf8_trim_whitespace(column), ""))
    return None if blank.any() else table


def _decode(content: bytes, *, file: str, encoding: str | None) -> tuple[str, list[Remark]]:
    if encoding is not None:
        try:
            return content.decode(encoding).removeprefix("\ufeff"), []
        except (LookupError, ValueError) as error:
            # a codec may also raise a UnicodeError that is no decode error
            shown = encoding.encode("unicode_escape").decode()
            message = "{file} is not written in encoding '{encoding}': {error}. Leave 'encoding' out, or try cp1252."
            raise DataError(
                "csv_encoding", message, file=file, encoding=shown, error=find_reason(error)
            ) from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), [_encoding_remark("utf-16")]
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    # latin-1 reads any byte: it is the last resort, for cp1252 leaves five bytes undefined
    for name in ("cp1252", "latin-1"):
        try:
            return content.decode(name), [_encoding_remark(name)]
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 decodes every byte")


def _encoding_remark(name: str) -> Remark:
    return Remark(0, "encoding_assumed", "repaired", name, {"encoding": name})


def _find_delimiter(text: str) -> str:
    """Choose the mark that splits most sample records into as many cells as the header.

    Of equals the surest, unless another gives many times the cells: then the sure one stands in a name in every row.
    """
    sample = "\n".join(text.splitlines()[:_SAMPLE])
    best, most, cells = ",", 0.0, 1
    for delimiter in DELIMITERS:
        with long_cells():
            counts = [
                len(record) for record in csv.reader(io.StringIO(sample), delimiter=delimiter) if record
            ]
        if not counts or counts[0] < 2:
            continue
        share = counts.count(counts[0]) / len(counts)
        if share > most or (share == most and counts[0] > _MANY * cells):
            best, most, cells = delimiter, share, counts[0]
    return best


def _check_delimiter(delimiter: str, file: str) -> str:
    if len(delimiter) != 1:
        message = "{file}: delimiter '{delimiter}' must be one character; usual are ; , and tab."
        raise DataError("csv_delimiter", message, file=file, delimiter=delimiter)
    return delimiter


def split_records(text: str, delimiter: str, *, file: str) -> tuple[Records, list[Remark]]:
    """Split `text` into records; an empty line is an empty record.

    A quote that was forgotten swallows the rows after it into one cell, and the file still parses. So a record
    of which two lines would each be a whole row is refused, and so is one that no longer fits the header; another
    cell with line breaks and delimiters is remarked on with its lines.

    Raises
    ------
    DataError
        When a quote never closes, stands before other text, or seems to have swallowed rows.
    """
    with long_cells():
        records = _parse(text, delimiter, file=file)
        lines = _count_lines(text)
        if lines == len(records):
            return records, []
        inside = sum(
            len(_BREAK.findall(cell)) for record in records for cell in record if not cell.isprintable()
        )
        if lines != len(records) + inside:
            message = (
                "{file} has {lines} lines, of which {records} {records:row|rows} and {inside} line "
                "{inside:break|breaks} within quotes: rows are missing. Save it anew as CSV."
            )
            raise DataError("csv_lines", message, file=file, lines=lines, records=len(records), inside=inside)
        return records, list(_judge_long(text, records, delimiter, file=file))


@contextmanager
def long_cells() -> Iterator[None]:
    """Let a cell be as long as it is: the outline of a municipality is one cell."""
    before = csv.field_size_limit(sys.maxsize if sys.maxsize < 2**31 else 2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _parse(text: str, delimiter: str, *, file: str) -> Records:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: Records = []
    start = 1
    try:
        for record in reader:
            records.append(record)
            start = reader.line_num + 1
    except csv.Error as error:
        message = (
            "{file} cannot be read as CSV: {error}. The row begins on line {first} and goes on until line {last}: look "
            "there for a quote that never closes or stands in the middle of a text; within a text it is written twice."
        )
        values = {"error": _find_reason(error), "first": start, "last": reader.line_num}
        raise DataError("csv_broken", message, file=file, **values) from None
    return records


def _find_reason(error: csv.Error) -> Fault:
    """What Python's reader of CSV means, by what it says."""
    key = next((key for words, key in _CSV_REASONS.items() if words in str(error)), None)
    return find_reason(error) if key is None else name_reason(key, detail=str(error))


def _count_lines(text: str) -> int:
    """Count lines without knowing of quotes; one without an end counts too."""
    ends = len(_BREAK.findall(text)) if "\r" in text else text.count("\n")
    return ends + (1 if text and text[-1] not in "\r\n" else 0)


def _judge_long(text: str, records: Records, delimiter: str, *, file: str) -> Iterator[Remark]:
    """Judge every record of several lines; refuse one that holds rows."""
    lines = _BREAK.split(text)
    width = len(next((record for record in records if any(cell.strip() for cell in record)), []))
    first = 1
    for row, record in enumerate(records, start=1):
        long = [cell for cell in record if not cell.isprintable() and _BREAK.search(cell)]
        last = first + sum(len(_BREAK.findall(cell)) for cell in long)
        if long:
            mixed = any(delimiter in cell for cell in long)
            whole = sum(_is_whole_row(line, delimiter, width) for line in lines[first - 1 : last])
            if whole > 1 or len(record) > width or (mixed and len(record) < width):
                message = (
                    "{file}: lines {first} to {last} are read as one row, but look like several: a quote opens on line "
                    "{first} and closes too late. Close it or leave it out; within a text it is written twice."
                )
                raise DataError("csv_swallowed", message, file=file, first=first, last=last)
            if mixed:
                yield Remark(
                    row, "cell_of_lines", "warning", f"{first}-{last}", {"first": first, "last": last}
                )
        first = last + 1


def _is_whole_row(line: str, delimiter: str, width: int) -> bool:
    """Tell whether `line` by itself has as many cells as the header, its quotes taken as text or as quotes."""
    if line.count(delimiter) + 1 == width:
        return True
    return len(next(csv.reader([line], delimiter=delimiter), [])) == width
