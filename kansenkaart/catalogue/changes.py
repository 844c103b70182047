"""What a project adds to the catalogue: own numbers, distances, month profiles and processors, without circles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel

from kansenkaart.catalogue.formulas import work_out
from kansenkaart.catalogue.models import Catalogue, Number, OwnNumber, Price, Processor, Profile, Stream
from kansenkaart.errors import Problem, ProjectError

Model = TypeVar("Model", bound=BaseModel)
NumberModel = TypeVar("NumberModel", bound=Number)
Change = TypeVar("Change")

_PROJECT_FILE = "projectbestand"

# Attributes that name a profile; what they allow is not in attributes.toml, for a project may add profiles.
_PROFILE_ATTRIBUTES = ("supply_profile", "demand_profile")


def apply_changes(
    catalogue: Catalogue,
    *,
    kengetallen: Mapping[str, OwnNumber],
    prices: Mapping[str, OwnNumber],
    streams: Mapping[str, Mapping[str, float]],
    profiles: Mapping[str, Profile] | None = None,
) -> Catalogue:
    """Return a copy of `catalogue` with a project's own numbers.

    Parameters
    ----------
    kengetallen, prices
        Own low, value and high by id, in the unit of the catalogue; their source becomes the project file. What follows
        from a price follows its change.
    streams
        Own ``hard_km`` and ``soft_km`` by stream. A hard distance below the catalogue's soft one takes it along.
    profiles
        Own month profiles by id: new ones, which a layer may then name, or instead of the catalogue's.

    Raises
    ------
    ProjectError
        When an id is not in the catalogue, or a soft distance lies beyond the hard one.
    """
    problems = [
        _unknown(table, name, allowed)
        for table, changes, allowed in (
            ("kengetallen", kengetallen, catalogue.kengetallen),
            ("prices", prices, catalogue.prices),
            ("stream", streams, catalogue.streams),
        )
        for name in changes
        if name not in allowed
    ]
    known = [(catalogue.streams[name], reach) for name, reach in streams.items() if name in catalogue.streams]
    problems += [_crossed(stream, reach) for stream, reach in known if _is_crossed(stream, reach)]
    if problems:
        raise ProjectError.of(problems)
    changed = replace(
        catalogue,
        streams=_changed(catalogue.streams, streams, _with_reach),
        kengetallen=_changed(catalogue.kengetallen, kengetallen, _with_number),
        prices=work_out(_changed(catalogue.prices, prices, _with_price)),
    )
    return with_profiles(changed, profiles or {})


def with_profiles(catalogue: Catalogue, own: Mapping[str, Profile]) -> Catalogue:
    """Return `catalogue` with `own` month profiles too; the attributes that name a profile allow them."""
    profiles = {**catalogue.profiles, **own}
    attributes = {
        name: attribute.model_copy(update={"allowed": tuple(profiles)})
        if name in _PROFILE_ATTRIBUTES
        else attribute
        for name, attribute in catalogue.attributes.items()
    }
    return replace(catalogue, profiles=profiles, attributes=attributes)


def _changed(
    rows: Mapping[str, Model], changes: Mapping[str, Change], apply: Callable[[Model, Change], Model]
) -> dict[str, Model]:
    return {name: apply(row, changes[name]) if name in changes else row for name, row in rows.items()}


def _with_number(row: NumberModel, own: OwnNumber) -> NumberModel:
    """`row` with the project's number; what the catalogue says stays readable in the note."""
    return row.model_copy(
        update={
            "low": own.low,
            "value": own.value,
            "high": own.high,
            "source": own.source,
            "year": own.year if own.year is not None else row.year,
            "evidence": "unverified" if own.source == _PROJECT_FILE else "sourced",
            "note": f"catalogus: {row.low:g}; {row.value:g}; {row.high:g} ({row.source})",
        }
    )


def _with_price(row: Price, own: OwnNumber) -> Price:
    """As `_with_number`; a price that followed from others is a number of its own now."""
    return _with_number(row, own).model_copy(update={"formula": ""})


def _with_reach(stream: Stream, reach: Mapping[str, float]) -> Stream:
    hard = reach.get("hard_km", stream.hard_km)
    soft = reach.get("soft_km", min(stream.soft_km, hard))
    source = f"{stream.source}; afstand: {_PROJECT_FILE}" if reach else stream.source
    return Stream.model_validate({**stream.model_dump(), "hard_km": hard, "soft_km": soft, "source": source})


def _is_crossed(stream: Stream, reach: Mapping[str, float]) -> bool:
    return "soft_km" in reach and reach["soft_km"] > reach.get("hard_km", stream.hard_km)


def _crossed(stream: Stream, reach: Mapping[str, float]) -> Problem:
    message = (
        "stream.{stream}: soft_km = {soft} lies beyond hard_km = {hard}. Lower soft_km or raise hard_km."
    )
    hard = reach.get("hard_km", stream.hard_km)
    values: dict[str, object] = {"stream": stream.id, "soft": reach["soft_km"], "hard": hard}
    return Problem("project_distances_crossed", message, values)


def with_price(catalogue: Catalogue, price_id: str, value: float) -> Catalogue:
    """The catalogue as if one price were known to be `value` exactly, and what follows from it."""
    exact = catalogue.prices[price_id].model_copy(
        update={"low": value, "value": value, "high": value, "formula": ""}
    )
    return replace(catalogue, prices=work_out({**catalogue.prices, price_id: exact}, price_id))


def _unknown(table: str, name: str, allowed: Iterable[str]) -> Problem:
    message = "{table}: the catalogue has no '{name}'. Allowed: {allowed}."
    values: dict[str, object] = {"table": table, "name": name, "allowed": ", ".join(allowed)}
    return Problem("catalogue_unknown_name", message, values)


def find_processors(catalogue: Catalogue, kind: str, attributes: Mapping[str, object]) -> list[Processor]:
    """Processors that hold for a place of `kind`, in the catalogue's order.

    Of two that make the same of the same, the one that asks most of the place wins, as with kengetallen.

    Examples
    --------
    >>> from kansenkaart.catalogue import load_catalogue
    >>> [one.makes for one in find_processors(load_catalogue(), "digester", {"feed": "gft"}) if one.takes == "gft"]
    ['compost', 'biogas_groengas']
    """
    held = [
        one
        for one in catalogue.processors
        if one.kind == kind and all(attributes.get(name) == value for name, value in one.where.items())
    ]
    best: dict[tuple[str, str], Processor] = {}
    for one in sorted(held, key=lambda one: -len(one.where)):
        best.setdefault((one.takes, one.makes), one)
    return [one for one in held if best[one.takes, one.makes] is one]


def add_processors(catalogue: Catalogue, own: Iterable[Processor], *, year: int) -> Catalogue:
    """Return `catalogue` with a project's own processors; one of the same place and streams takes its place.

    Parameters
    ----------
    own
        As the project file has them; one without a year gets `year`.
    """
    dated = [one if one.year is not None else one.model_copy(update={"year": year}) for one in own]
    replaced = {processor_key(one) for one in dated}
    kept = tuple(one for one in catalogue.processors if processor_key(one) not in replaced)
    return replace(catalogue, processors=kept + tuple(dated))


def processor_key(one: Processor) -> tuple[str, tuple[tuple[str, str], ...], str, str]:
    """What may stand only once: kind, conditions, stream taken and stream made."""
    return one.kind, tuple(sorted(one.where.items())), one.takes, one.makes


def find_circle(processors: Iterable[Processor]) -> tuple[str, ...] | None:
    """Find streams that are made of each other all the way round, first and last the same; None: there is no circle.

    Examples
    --------
    >>> def step(takes, makes):
    ...     return Processor(kind="digester", takes=takes, makes=makes, low=1, value=1, high=1)
    >>> find_circle([step("gft", "compost"), step("compost", "mest"), step("mest", "gft")])
    ('gft', 'compost', 'mest', 'gft')
    >>> find_circle([step("gft", "compost"), step("gft", "mest"), step("mest", "compost")])
    """
    made_of: dict[str, list[str]] = {}
    for one in processors:
        made_of.setdefault(one.takes, []).append(one.makes)
    clear: set[str] = set()
    for stream in made_of:
        circle = _walk(stream, made_of, (), clear)
        if circle is not None:
            return circle
    return None


def _walk(
    stream: str, made_of: Mapping[str, list[str]], way: tuple[str, ...], clear: set[str]
) -> tuple[str, ...] | None:
    if stream in way:
        return (*way[way.index(stream) :], stream)
    if stream in clear:
        return None
    for made in made_of.get(stream, ()):
        circle = _walk(made, made_of, (*way, stream), clear)
        if circle is not None:
            return circle
    clear.add(stream)
    return None
