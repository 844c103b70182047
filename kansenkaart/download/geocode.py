"""Asks a Locatieserver where addresses lie: one polite question each, of which the answer is kept at once.

The service and its answer: https://github.com/PDOK/locatieserver/wiki/API-Locatieserver
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from kansenkaart.download.client import Client
from kansenkaart.errors import DataError
from kansenkaart.geo import in_rd_bounds
from kansenkaart.outward import publish
from kansenkaart.sources.answers import Answer, Level, Question, read_answers, write_answers
from kansenkaart.texts import fold_word

_FIELDS = (
    "id,type,weergavenaam,straatnaam,huisnummer,huisletter,huisnummertoevoeging,postcode,woonplaatsnaam,gemeentenaam,"
    "centroide_rd"
)
_POINT = re.compile(r"POINT ?\(([\d.]+) ([\d.]+)\)")
# How far a place may lie from the point of its address and of its postcode, metres.
_ADDRESS_M, _POSTCODE_M = 25.0, 150.0
# Of houses that fit and lie farther apart nobody can say which is meant.
_APART_M = 150.0
# Answers that are fit to be chosen from; more say nothing more.
_MOST = 50
# So often what came is put on disk, and told.
_KEEP_EVERY = 50
_NAMED = 3
# What people call a town beside its name.
_CALLED = {"den_haag": "s_gravenhage", "den_bosch": "s_hertogenbosch"}


def ask_addresses(
    questions: Iterable[Question],
    service: str,
    kept: Path,
    client: Client,
    *,
    told: Callable[[str, Mapping[str, object]], None],
) -> dict[Question, Answer]:
    """Ask what is not kept yet, and keep it; returns the new answers.

    Parameters
    ----------
    service
        Address of the service, up to its version.
    kept
        File of the answers.
    told
        Called with a key under ``[download]`` in the texts and its values.

    Raises
    ------
    DataError
        When the service does not answer, or in another form; what came is kept.
    """
    known = read_answers(kept)
    asked = [one for one in dict.fromkeys(questions) if one not in known]
    came: dict[Question, Answer] = {}
    try:
        for number, question in enumerate(asked, start=1):
            came[question] = _ask(question, service, client)
            if number % _KEEP_EVERY == 0 or number == len(asked):
                write_answers({**known, **came}, kept)
                told("asked", {"count": number, "whole": len(asked)})
    finally:
        if came:
            write_answers({**known, **came}, kept)
    return came


def _ask(question: Question, service: str, client: Client) -> Answer:
    text = " ".join(
        (question.pc6, question.street.replace("_", " "), question.number + question.addition, question.town)
    )
    query = {"q": " ".join(text.replace("_", " ").split()), "fq": "type:(adres OR postcode)", "fl": _FIELDS}
    url = f"{service.rstrip('/')}/free?" + urlencode({**query, "rows": _MOST})
    content, _ = client.ask_json(url)
    try:
        rows = [one for one in (content or {})["response"]["docs"] if one["type"] in ("adres", "postcode")]
        return _choose(question, rows)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = (
            "{url} gives no answer of a Locatieserver: {error}. Is it its address, up to the version (v3_1)?"
        )
        shown = f"{type(error).__name__} {error}"
        raise DataError("geocode_form", message, url=service, error=shown[:80]) from error


def _choose(question: Question, rows: list[Mapping[str, Any]]) -> Answer:
    houses = (
        [one for one in rows if one["type"] == "adres" and _fits(one, question)] if question.number else []
    )
    exact = [one for one in houses if _addition(one) == question.addition]
    if chosen := exact or houses:
        middle, reach = _measure(chosen)
        if reach > _APART_M:
            return Answer("ambiguous", said="; ".join(_name(one) for one in chosen[:_NAMED]))
        return _place("address", middle, reach + _ADDRESS_M, chosen)
    codes = [
        one for one in rows if one["type"] == "postcode" and question.pc6 and one["postcode"] == question.pc6
    ]
    if not codes:
        return Answer("unknown")
    middle, reach = _measure(codes)
    return _place("postcode6", middle, reach + _POSTCODE_M, codes)


def _place(
    level: Level, middle: tuple[float, float], precision: float, rows: list[Mapping[str, Any]]
) -> Answer:
    return Answer(level, *middle, round(precision), _name(rows[0]))


def _name(row: Mapping[str, Any]) -> str:
    return publish(str(row["weergavenaam"]))


def _fits(row: Mapping[str, Any], question: Question) -> bool:
    """Whether an address is the one that is asked, whatever the order in which the service gives them."""
    if str(row["huisnummer"]) != question.number:
        return False
    if question.pc6:
        return bool(row.get("postcode") == question.pc6)
    towns = {_town(str(row.get(name, ""))) for name in ("woonplaatsnaam", "gemeentenaam")}
    return fold_word(str(row.get("straatnaam", ""))) == question.street and _town(question.town) in towns


def _town(name: str) -> str:
    folded = fold_word(name)
    return _CALLED.get(folded, folded)


def _addition(row: Mapping[str, Any]) -> str:
    behind = f"{row.get('huisletter') or ''}{row.get('huisnummertoevoeging') or ''}"
    return fold_word(behind).replace("_", "")


def _measure(rows: list[Mapping[str, Any]]) -> tuple[tuple[float, float], float]:
    """Middle of places in RD New, and how far the farthest lies from it."""
    found = [_POINT.fullmatch(str(one["centroide_rd"])) for one in rows]
    points = np.array([[float(one[1]), float(one[2])] for one in found if one is not None])
    if len(points) != len(rows) or not in_rd_bounds(points[:, 0], points[:, 1]).all():
        raise ValueError("centroide_rd")
    x, y = points.mean(axis=0).tolist()
    return (round(x, 1), round(y, 1)), float(np.hypot(points[:, 0] - x, points[:, 1] - y).max())
