"""What reported waste is: the stream that a Eural code stands for, and what a treatment code makes of it.

Codes and names: Regeling Europese afvalstoffenlijst and the treatment codes of LMA (AMICE). Which stream a code counts
as, and which rung of the R-ladder (Potting and others, PBL 2017) a treatment is, is this project's choice: recycling is
R8, energy R9, landfill and destruction stand below the ladder. Sorting and transshipment are no end: what comes out of
them tells; why a code has no rung stands with it. R0-R9 as R1-R6 of PBL (ICER 2023) too; where R7 belongs there is this
project's choice. Codes of mixed or dangerous waste lead nowhere: better nothing than a wrong stream.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Outcome = Literal["recycled", "energy", "disposal", "stored"]


@dataclass(frozen=True)
class WasteCode:
    """What a Eural code stands for."""

    code: str
    stream: str
    meaning: str


@dataclass(frozen=True)
class Treatment:
    """What is done with waste; `r_rung` is None where it does not stand on the R-ladder, and `why` says why."""

    code: str
    outcome: Outcome
    r_rung: int | None
    why: str
    nl: str
    en: str


@dataclass(frozen=True)
class Rung:
    """A rung of the R-ladder: what it is called, and which of R1-R6 of PBL it is."""

    pbl: str
    nl: str
    en: str


@cache
def load_waste_codes() -> Mapping[str, WasteCode]:
    """Read the Eural codes that are a stream, by code.

    Examples
    --------
    >>> load_waste_codes()["170101"].stream
    'betonpuin'
    """
    return {row["code"]: WasteCode(**row) for row in _read("eural.csv")}


@cache
def load_treatments() -> Mapping[str, Treatment]:
    """Read the treatment codes of LMA, by code.

    Examples
    --------
    >>> load_treatments()["C01"].r_rung, load_treatments()["G01"].r_rung, load_treatments()["A02"].outcome
    (8, None, 'stored')
    """
    return {
        row["code"]: Treatment(
            row["code"],
            row["outcome"],  # type: ignore[arg-type]  # one of the four, by a test
            int(row["r_rung"]) if row["r_rung"] else None,
            row["why"],
            row["nl"],
            row["en"],
        )
        for row in _read("treatments.csv")
    }


@cache
def load_ladder() -> Mapping[int, Rung]:
    """Read the rungs of the R-ladder, 0 the highest.

    Examples
    --------
    >>> load_ladder()[3].nl, load_ladder()[9].pbl
    ('opnieuw gebruiken', 'R6')
    """
    return {int(row["rung"]): Rung(row["pbl"], row["nl"], row["en"]) for row in _read("ladder.csv")}


def _read(file: str) -> list[dict[str, str]]:
    text = (files("kansenkaart.catalogue") / file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
