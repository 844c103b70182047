"""What a service answered of addresses, kept beside the project so that a build needs no network."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from kansenkaart.errors import DataError
from kansenkaart.geo import in_rd_bounds
from kansenkaart.safe_write import replace_file

Level = Literal["address", "postcode6", "unknown", "ambiguous"]
LEVELS: tuple[Level, ...] = ("address", "postcode6", "unknown", "ambiguous")
# Beside the project file.
KEPT = "bronnen/locatieserver.csv"
_PARTS = ("pc6", "number", "addition", "street", "town")
# What an address needs to be asked for, the surest first.
_ENOUGH = (("pc6",), ("street", "number", "town"))


@dataclass(frozen=True)
class Question:
    """An address as it is asked: without case, blanks and accents; empty where a part is not known."""

    pc6: str = ""
    number: str = ""
    addition: str = ""
    street: str = ""
    town: str = ""


@dataclass(frozen=True)
class Answer:
    """What a service said of an address.

    Parameters
    ----------
    level
        By what it was found; or that nothing fits, or several places far apart.
    x, y, precision
        RD New, and how far the place may lie from it, metres.
    said
        What it is called there; of an ambiguous one what it may be.
    """

    level: Level
    x: float | None = None
    y: float | None = None
    precision: float | None = None
    said: str = ""


def list_questions(keys: pd.DataFrame) -> pd.Series:
    """Question of each row; missing where too little of its address is known.

    Parameters
    ----------
    keys
        Columns ``pc6, number, addition, street, town``, missing where a row does not say.
    """
    keys = keys[list(_PARTS)].astype(object).where(keys[list(_PARTS)].notna(), "")
    found = [_ask(*row) for row in keys.itertuples(index=False)]
    return pd.Series(found, index=keys.index, dtype=object)


def _ask(pc6: str, number: str, addition: str, street: str, town: str) -> Question | None:
    if pc6:  # what a postcode and number say goes before a street that may be spelt otherwise
        return Question(pc6, number, addition if number else "")
    return Question("", number, addition, street, town) if street and number and town else None


def read_answers(path: Path) -> dict[Question, Answer]:
    """Read what was kept; nothing where nothing was asked yet.

    Raises
    ------
    DataError
        When it is no such file any more.
    """
    if not path.exists():
        return {}
    answers: dict[Question, Answer] = {}
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter=";", strict=True):
                answers[Question(*(row[name] for name in _PARTS))] = _read_answer(row)
    except (OSError, ValueError, KeyError, csv.Error) as error:
        message = (
            "{file} is not as it was written (answer {number}): {error}. Remove it and ask anew: kansenkaart "
            "download, with the project."
        )
        values = {"number": len(answers) + 1, "error": str(error)}
        raise DataError("answers_broken", message, file=path.name, **values) from None
    return answers


def _read_answer(row: Mapping[str, str | None]) -> Answer:
    # a row that was cut short lacks cells, one to which something was added has some without a name
    cells = {name: cell for name, cell in row.items() if isinstance(cell, str)}
    level = next((one for one in LEVELS if one == cells["level"]), None)
    if level is None or len(cells) < len(row):
        raise ValueError("; ".join(cells.values()))
    if level in ("unknown", "ambiguous"):
        return Answer(level, said=cells["said"])
    x, y, precision = (float(cells[name]) for name in ("x", "y", "precision"))
    if not in_rd_bounds(np.array([x]), np.array([y])).all() or not 0.0 <= precision < np.inf:
        raise ValueError(f"{x}, {y} (RD New), {precision} m")
    return Answer(level, x, y, precision, cells["said"])


def write_answers(answers: Mapping[Question, Answer], path: Path) -> None:
    """Keep `answers`, in an order that does not depend on that of the questions."""
    head = [one.name for kind in (Question, Answer) for one in fields(kind)]
    path.parent.mkdir(exist_ok=True)
    with replace_file(path) as aside, aside.path.open("w", encoding="utf-8", newline="") as stream:
        sheet = csv.writer(stream, delimiter=";", lineterminator="\n")
        sheet.writerow(head)
        sheet.writerows(_lines(answers.items()))


def _lines(pairs: Iterable[tuple[Question, Answer]]) -> list[tuple[object, ...]]:
    return sorted(
        tuple("" if one is None else str(one) for one in (*astuple(question), *astuple(answer)))
        for question, answer in pairs
    )
