"""The records of a CSV, parsed strictly and counted a second time by its lines: no row vanishes into a cell."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kansenkaart.errors import DataError, Problem
from kansenkaart.reasons import REASONS, find_reason
from kansenkaart.sources.findings import Remark

# What Python's reader of CSV says of the two faults that a stray quote gives.
_CSV_REASONS = {"unexpected end of data": "reason_quote_open", "expected after": "reason_quote_after"}
_BREAK = re.compile(r"\r\n|\r|\n")
Records = list[list[str]]


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


def _find_reason(error: csv.Error) -> Problem:
    """What Python's reader of CSV means, by what it says."""
    key = next((key for words, key in _CSV_REASONS.items() if words in str(error)), None)
    return find_reason(error) if key is None else Problem(key, REASONS[key], {"detail": str(error)})


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
