"""Whether a ballot belongs to a map: its id, and every chance, place, stream and unit it names."""

from __future__ import annotations

from collections.abc import Iterator

from kansenkaart.errors import DataError, Fault
from kansenkaart.project.written import shown
from kansenkaart.workshop.ballots import Ballot
from kansenkaart.workshop.built_map import BuiltMap


def check_ballot(ballot: Ballot, file: str, built: BuiltMap) -> None:
    """Refuse a ballot that is not of this map.

    Raises
    ------
    DataError
        ``ballot_other_map``; or with every chance, place, stream or unit that the map does not know.
    """
    if ballot.map.id != built.id:
        message = (
            "{file} was filled in on another map: 'map.id' = {value} ({given}); allowed: {allowed} ({title}). Give the "
            "folder of the build that the room used; build into a new folder to keep it."
        )
        raise DataError(
            "ballot_other_map",
            message,
            file=file,
            value=shown(ballot.map.id),
            given=shown(ballot.map.title),
            allowed=shown(built.id),
            title=shown(built.title),
        )
    faults = [
        *_unknown_chances(ballot, file, built),
        *_unknown_firms(ballot, file, built),
        *_unfit_groups(ballot, file, built),
    ]
    if faults:
        raise DataError.of(faults)


def _unknown_chances(ballot: Ballot, file: str, built: BuiltMap) -> Iterator[Fault]:
    chances: list[tuple[str, str]] = [
        (f"matches[{number}].match", one.match) for number, one in enumerate(ballot.matches, start=1)
    ]
    places: list[tuple[str, str]] = []
    for number, one in enumerate(ballot.doubts, start=1):
        chances += [(f"doubts[{number}].match", one.match)] if one.match is not None else []
        places += [(f"doubts[{number}].site", one.site)] if one.site is not None else []
    message = "{file}: '{key}' = {value} is no chance of this map. Save the ballot from the map again, or leave it out."
    for key, value in chances:
        if value not in built.matches.index:
            yield Fault("ballot_no_chance", message, {"file": file, "key": key, "value": shown(value)})
    message = "{file}: '{key}' = {value} is no place of this map. Save the ballot from the map again, or leave it out."
    for key, value in places:
        if value not in built.sites.index:
            yield Fault("ballot_no_place", message, {"file": file, "key": key, "value": shown(value)})


def _unknown_firms(ballot: Ballot, file: str, built: BuiltMap) -> Iterator[Fault]:
    for number, one in enumerate(ballot.missing, start=1):
        key = f"missing[{number}]"
        if one.stream not in built.units:
            message = "{file}: '{key}' = {value} is no stream; allowed: {allowed}. Correct it, or leave the firm out."
            values = {"value": shown(one.stream), "allowed": ", ".join(sorted(built.units))}
            yield Fault("ballot_no_stream", message, {"file": file, "key": f"{key}.stream", **values})
        elif one.unit != built.units[one.stream]:
            message = "{file}: '{key}' = {value} is not the unit of {stream}; allowed: {allowed}. Correct it."
            values = {"value": shown(one.unit), "stream": one.stream, "allowed": built.units[one.stream]}
            yield Fault("ballot_unit", message, {"file": file, "key": f"{key}.unit", **values})


def _unfit_groups(ballot: Ballot, file: str, built: BuiltMap) -> Iterator[Fault]:
    """Coalitions that the map has not, that are in two groups at once, or of which nothing is left."""
    seen: dict[str, str] = {}
    unknown = (
        "{file}: '{key}' = {value} is no coalition of this map. Save the ballot from the map again, or leave "
        "it out."
    )
    strange = "{file}: '{key}' = {value} is no chance of that coalition. Leave it out."
    twice = "{file}: '{key}' = {value} is in two coalitions at once, the other is '{other}'. Leave one out."
    nothing = "{file}: '{key}' = {value} has no chance left. Leave a chance in it, or do not confirm it."
    for number, one in enumerate(ballot.coalitions, start=1):
        key = f"coalitions[{number}]"
        parts = [(f"{key}.coalition", one.coalition), *((f"{key}.joins", name) for name in one.joins)]
        own = {
            match for _, name in parts if name in built.coalitions for match in built.coalitions[name].matches
        }
        for where, name in parts:
            values = {"file": file, "key": where, "value": shown(name)}
            if name not in built.coalitions:
                yield Fault("ballot_no_coalition", unknown, values)
            if name in seen:
                yield Fault("ballot_coalition_twice", twice, values | {"other": seen[name]})
            seen[name] = where
        for match in one.out:
            if match not in own:
                yield Fault(
                    "ballot_not_in", strange, {"file": file, "key": f"{key}.out", "value": shown(match)}
                )
        if one.confirmed and own and own <= set(one.out):
            yield Fault(
                "ballot_nothing_left", nothing, {"file": file, "key": key, "value": shown(one.coalition)}
            )
