"""One ballot: the JSON file that a table saved from the workshop map, checked before anything is done with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, Strict, ValidationError
from pydantic_core import PydanticCustomError

from kansenkaart.catalogue.recipe import Frozen
from kansenkaart.errors import DataError, Fault
from kansenkaart.exports import clean_text
from kansenkaart.outward import hide_private
from kansenkaart.project.input_files import read_small
from kansenkaart.project.written import shown
from kansenkaart.reasons import UnfitError, find_reason
from kansenkaart.strict_json import parse_json
from kansenkaart.tables.decisions import LEAST_SCORE, MOST_SCORE, VALUES
from kansenkaart.workshop.ballot_faults import explain_fault

SCHEMA = "kansenkaart-ballot"
VERSION = 1

MOST_MB = 5
LONGEST_TEXT = 2_000
MOST_ROWS = 20_000
MOST_VOTES = 9_999

# Where a point may lie, RD metres: the map's own edge, a little wider than where RD New is valid.
_X, _Y = (-50_000.0, 400_000.0), (250_000.0, 900_000.0)


# As the page writes and reads them: Python alone would also take a week or a day without dashes.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    rf"{_DAY.pattern}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,6}})?(Z|[+-][0-9]{{2}}:[0-9]{{2}})"
)


def _check_day(text: str) -> str:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError(text)
        date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("day", "no day") from None
    return text


def _check_moment(text: str) -> str:
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError(text)
        datetime.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("moment", "no moment") from None
    return text


def _check_name(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "no name")
    return text


Text = Annotated[str, Strict(), Field(max_length=LONGEST_TEXT)]
Key = Annotated[str, Strict(), Field(min_length=1)]
Id = Annotated[str, Strict(), Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Day = Annotated[str, Strict(), AfterValidator(_check_day)]
Moment = Annotated[str, Strict(), AfterValidator(_check_moment)]
Votes = Annotated[int, Strict(), Field(ge=0, le=MOST_VOTES)]
Score = Annotated[int, Strict(), Field(ge=LEAST_SCORE, le=MOST_SCORE)]


class BallotMap(Frozen):
    """The map that a ballot was filled in on."""

    id: Key
    title: Annotated[str, Strict()] = ""


class BallotMatch(Frozen):
    """What a table said of one chance."""

    match: Key
    votes: Votes = 0
    verdict: Literal["confirm", "reject"] | None = None
    comment: Text = ""
    next_step: Text = ""
    owner: Text = ""
    due: Day | None = None
    changed: Moment


class Doubt(Frozen):
    """A number that a table does not believe, of a chance or of a place."""

    id: Id
    match: Key | None = None
    site: Key | None = None
    number: Text
    shown: Text = ""
    comment: Text = ""
    changed: Moment


class MissingFirm(Frozen):
    """A firm that a table missed; the quantity is per year, the point in RD metres."""

    id: Id
    name: Annotated[Text, AfterValidator(_check_name)]
    stream: Key
    role: Literal["supply", "demand"]
    quantity: Annotated[float, Strict(), Field(ge=0, le=1e12)] | None = None
    unit: Text
    x: Annotated[float, Strict(), Field(ge=_X[0], le=_X[1])]
    y: Annotated[float, Strict(), Field(ge=_Y[0], le=_Y[1])]
    comment: Text = ""
    changed: Moment


class BallotCoalition(Frozen):
    """What a table said of one coalition: whether it is to stay, with which others, without which chances.

    Attributes
    ----------
    joins
        Coalitions that go up in this one.
    out
        Chances of them that are no part of it.
    score_*
        What it is worth beside money, 1 to 5; see ``VALUES``.
    """

    coalition: Key
    name: Text = ""
    confirmed: Annotated[bool, Strict()] = False
    joins: Annotated[tuple[Key, ...], Field(max_length=MOST_ROWS)] = ()
    out: Annotated[tuple[Key, ...], Field(max_length=MOST_ROWS)] = ()
    score_support: Score | None = None
    score_space: Score | None = None
    score_jobs: Score | None = None
    score_surroundings: Score | None = None
    score_security: Score | None = None
    changed: Moment

    @property
    def scores(self) -> dict[str, int | None]:
        """Score by the name of its column."""
        return {f"score_{name}": getattr(self, f"score_{name}") for name in VALUES}


class Ballot(Frozen):
    """All that one table answered."""

    schema_: Literal["kansenkaart-ballot"] = Field(alias="schema")
    version: Annotated[int, Strict()]
    map: BallotMap
    ballot: Id
    table: Text = ""
    saved: Moment
    matches: Annotated[tuple[BallotMatch, ...], Field(max_length=MOST_ROWS)] = ()
    doubts: Annotated[tuple[Doubt, ...], Field(max_length=MOST_ROWS)] = ()
    missing: Annotated[tuple[MissingFirm, ...], Field(max_length=MOST_ROWS)] = ()
    coalitions: Annotated[tuple[BallotCoalition, ...], Field(max_length=MOST_ROWS)] = ()

    @property
    def saved_at(self) -> datetime:
        """When the table saved it."""
        return datetime.fromisoformat(self.saved)

    @property
    def name(self) -> str:
        """The table by name, or by the start of its id where it gave none."""
        return self.table.strip() or self.ballot[:8]


def _clean(one: dict[str, Any]) -> dict[str, Any]:
    """An object without what no file can hold (NUL, an emoji cut in two by a text box) or what may not be published."""
    return {
        name: hide_private(clean_text(value)) if isinstance(value, str) else value
        for name, value in one.items()
    }


def read_ballot(path: Path) -> Ballot:
    """Read and check one ballot.

    Raises
    ------
    DataError
        When the file is absent, too large, no JSON, of another schema or version, or holds something that is not
        allowed; every fault names the file, the key, the value, what is allowed and what to do.
    """
    file = str(path)
    raw = _parse(path, file)
    _check_schema(raw, file)
    try:
        ballot = Ballot.model_validate(raw)
    except ValidationError as error:
        raise DataError.of([explain_fault(found, file, Ballot) for found in error.errors()]) from None
    faults = list(_double_rows(ballot, file))
    if faults:
        raise DataError.of(faults)
    return ballot


def _parse(path: Path, file: str) -> Any:
    try:
        content = read_small(path, MOST_MB)
    except (OSError, UnfitError) as error:
        message = "{file} cannot be read: {error}. Give the ballot files that were saved from the map."
        raise DataError("ballot_unreadable", message, file=file, error=find_reason(error)) from None
    try:
        return parse_json(content.decode("utf-8-sig"), _clean)
    except (ValueError, RecursionError) as error:
        message = (
            "{file} is no whole ballot: {error}. Save the ballot from the map again, or leave this file out."
        )
        raise DataError("ballot_broken", message, file=file, error=find_reason(error)) from None


def _check_schema(raw: Any, file: str) -> None:
    """What tells that a file is no ballot, or one of another version of the map: said before its details."""
    schema = raw.get("schema") if isinstance(raw, dict) else None
    if schema != SCHEMA:
        message = (
            "{file} is no ballot: 'schema' = {value}; allowed: {allowed}. Give the file that a table saved from the "
            "map."
        )
        raise DataError("ballot_schema", message, file=file, value=shown(schema), allowed=shown(SCHEMA))
    version = raw.get("version")
    if version != VERSION or isinstance(version, bool):
        message = "{file}: 'version' = {value} cannot be read; allowed: {allowed}. Use the program that made the map."
        raise DataError("ballot_version", message, file=file, value=shown(version), allowed=VERSION)


def _double_rows(ballot: Ballot, file: str) -> Iterator[Fault]:
    """Rows of which a ballot can hold one only."""
    lists: dict[str, list[str]] = {
        "matches.match": [one.match for one in ballot.matches],
        "doubts.id": [one.id for one in ballot.doubts],
        "missing.id": [one.id for one in ballot.missing],
        "coalitions.coalition": [one.coalition for one in ballot.coalitions],
    }
    for key, names in lists.items():
        seen: set[str] = set()
        for name in names:
            if name in seen:
                message = (
                    "{file}: '{key}' = {value} stands there twice; allowed: once. Leave one of them out."
                )
                yield Fault("ballot_double_row", message, {"file": file, "key": key, "value": shown(name)})
            seen.add(name)
