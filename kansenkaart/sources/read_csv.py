"""CSV files: encoding and delimiter found, every cell a text, every record its row number."""

from __future__ import annotations

import csv
import gc
import io
from collections.abc import Iterator
from contextlib import contextmanager

from kansenkaart.errors import DataError
from kansenkaart.reasons import find_reason
from kansenkaart.sources.findings import Remark
from kansenkaart.sources.raw import FIRST_ROW, Raw, frame_of_records
from kansenkaart.sources.split_csv import long_cells, split_records

DELIMITERS = (";", ",", "\t")
_SAMPLE = 50
_TAIL = 60


def read_csv(content: bytes, *, file: str, encoding: str | None, delimiter: str | None) -> Raw:
    """Read a CSV file.

    Parameters
    ----------
    content
        Bytes of the file.
    file
        Its path, for errors.
    encoding, delimiter
        As the project file gives them; found when left out.

    Raises
    ------
    DataError
        When the given encoding is unknown or does not fit, or a quote swallows rows.
    """
    with _collector_at_rest():
        return _read(content, file=file, encoding=encoding, delimiter=delimiter)


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


def _read(content: bytes, *, file: str, encoding: str | None, delimiter: str | None) -> Raw:
    text, remarks = _decode(content, file=file, encoding=encoding)
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) <= len("sep=x"):
        delimiter, text = delimiter or first.strip("\r\n")[len("sep=") :] or None, rest
    records, long = split_records(text, _check_delimiter(delimiter or _find_delimiter(text), file), file=file)
    filled = (place for place, record in enumerate(records) if any(cell.strip() for cell in record))
    place = next(filled, None)
    if place is None:
        return Raw(frame_of_records([], [])[0], remarks=tuple(remarks))
    header = [cell.strip() for cell in records[place]]
    numbered = list(enumerate(records[place + 1 :], start=place + FIRST_ROW))
    frame, more = frame_of_records(header, numbered)
    if not text.endswith(("\n", "\r")):
        more.append(Remark(0, "last_line_open", "note", text[-_TAIL:].rsplit("\n", 1)[-1]))
    return Raw(frame, remarks=(*remarks, *long, *more))


def _decode(content: bytes, *, file: str, encoding: str | None) -> tuple[str, list[Remark]]:
    if encoding is not None:
        try:
            return content.decode(encoding).removeprefix("\ufeff"), []
        except (
            LookupError,
            ValueError,
        ) as error:  # a codec may also raise a UnicodeError that is no decode error
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
    """Choose the mark that splits most sample records into as many cells as the header."""
    sample = "\n".join(text.splitlines()[:_SAMPLE])
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        with long_cells():
            counts = [
                len(record) for record in csv.reader(io.StringIO(sample), delimiter=delimiter) if record
            ]
        if not counts or counts[0] < 2:
            continue
        score = (counts.count(counts[0]) / len(counts), counts[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _check_delimiter(delimiter: str, file: str) -> str:
    if len(delimiter) != 1:
        message = "{file}: delimiter '{delimiter}' must be one character; usual are ; , and tab."
        raise DataError("csv_delimiter", message, file=file, delimiter=delimiter)
    return delimiter
