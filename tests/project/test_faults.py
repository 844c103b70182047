"""Every key of the project file, broken in every way: the fault is told whole, in the user's own language."""

from __future__ import annotations

import copy
import re
import string
from collections.abc import Iterator
from datetime import date
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from kansenkaart.cli.screen import translate
from kansenkaart.errors import ProjectError
from kansenkaart.project import Project, parse_project
from kansenkaart.project.fault_words import OTHER, SAME, WORDS
from kansenkaart.project.faults import explain_fault
from kansenkaart.project.models import Scenario
from kansenkaart.project.written import shown
from kansenkaart.texts import load_texts

NL = load_texts("nl")
ENGLISH = re.compile(
    r"\b(should|input|valid|invalid|error|greater|less|than|must|the|not|allowed|give|be|required|expected|"
    r"permitted|and|or|a|to|without|unable|parse|integer|string|boolean|dictionary|tuple|instance|item)\b",
    re.IGNORECASE,
)
DUTCH = re.compile(r"\b(mag niet|geef|toegestaan|sleutel)\b", re.IGNORECASE)
WRONG: tuple[Any, ...] = (
    "veel",
    "",
    3,
    -5,
    1e12,
    float("nan"),
    float("inf"),
    True,
    2.5,
    10**400,
    date(2024, 1, 2),
    [],
    ["veel"],
    [3],
    {},
    {"veel": 3},
    {"veel": "x" * 200, "meer": 1},
    {f"k{n}": n for n in range(99)},
    [7] * 500,
)


def whole() -> dict[str, Any]:
    """Give a project with every table in it."""
    number = {"low": 1.0, "value": 2.0, "high": 3.0}
    layer = {"path": "x.gpkg", "kind": "water"}
    return {
        "title": "Proef",
        "reference_year": 2025,
        "region": {"province": "Noord-Holland"},
        "layers": [
            {"name": "a", "path": "a.csv", "rasters": [{"path": "r.tif", "column": "jobs", "take": "sum"}]}
        ],
        "links": [{"name": "b", "path": "b.csv"}],
        "addresses": {"path": "adressen.csv"},
        "overrides": {"path": "beter.csv"},
        "control_totals": [{"stream": "gft", "role": "supply", "quantity": 1.0, "source": "s", "year": 2020}],
        "stream": {
            "gft": {
                "hard_km": 9.0,
                "elsewhere": {"place": "daar", "distance_km": 90.0, "source": "s", "year": 2020, **number},
            }
        },
        "kengetallen": {"een": dict(number)},
        "prices": {"een": dict(number)},
        "profiles": {"een": {"months": [1.0] + [0.0] * 11}},
        "processors": [{"kind": "digester", "takes": "gft", "makes": "compost", **number}],
        "roads": {"path": "w.gpkg"},
        "networks": [{"name": "n", "path": "n.gpkg"}],
        "friction": {"layers": [layer]},
        "background": [
            {"title": "t", "path": "b.gpkg", "look": "nature", "source": "s", "licence": "l", "year": 2020}
        ],
        "method": {"season": True},
        "rank_by": ["co2"],
        "exports": {"csv": "plain"},
        "editions": {"minimum_places": 5, "dominance_percent": 15.0, "public_names": ["Kas"]},
        "clusters": {
            **{"path": "banen.csv", "table": "Blad1", "recipe": "cbs_83582ned", "rename": {"wp": "jobs"}},
            **{"counted": "jobs", "classification": "SBI 2008", "level": "section", "areas": "CR"},
            **{"places": False, "weights": {"jobs": 2.0}, "pseudo": 500.0, "least": 250.0},
        },
        "balances": {"path": "gezien.csv", "streams": ["gft"]},
        "coalitions": {"most_partners": 12},
        "hubs": {
            "een": {
                **{"stream": "voedingsreststromen", "kind": "digester", "on": ["business_park"], "most": 2},
                **{"capacity": 5e4, "cost_eur_y": {"low": 1.0, "value": 2.0, "high": 3.0, "source": "bron"}},
            }
        },
        "rasters": {"write": True, "cell_m": 500.0, "radius_km": 5.0, "streams": ["gft"]},
        "limits": {"cells": 1_000_000},
        "workshop": {"decisions": "besluit.gpkg"},
        "programme": {"actions": "a.csv", "results": "r.csv", "targets": "d.csv"},
        "scenes": [{"title": "Zo", "only": {"pays": True}}],
        "growth": [{"stream": "gft", "source": "s", "year": 2020, **number}],
        "closed": [{"id": "a:1", "source": "s"}],
        "planned": [{"id": "a", "source": "s", "year": 2030}],
        "scenarios": {"een": {"title": "Later", "prices": {"een": dict(number)}, "method": {"season": True}}},
    }


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Give the models that a type holds."""
    if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def fields(model: type[BaseModel], at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the place of every field of every model."""
    for name, field in model.model_fields.items():
        yield (*at, name)
        if model is Scenario:  # its tables are the project's own
            continue
        for inner in models_in(field.annotation):
            origin = get_origin(field.annotation)
            deeper = (
                (0,)
                if origin is tuple
                else (("gft" if name == "stream" else "een"),)
                if origin is dict
                else ()
            )
            yield from fields(inner, (*at, name, *deeper))


FIELDS = sorted(set(fields(Project)), key=str)


def with_value(place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    raw: Any = copy.deepcopy(whole())
    here = raw
    for part in place[:-1]:
        here = here[part]
    here[place[-1]] = value
    return raw


def path_of(place: tuple[Any, ...]) -> str:
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def faults_of(raw: dict[str, Any]) -> list[Any]:
    try:
        parse_project(raw, "kansenkaart.toml")
    except ProjectError as error:
        return list(error.faults)
    return []


def own_words(dutch: str, problem: Any) -> str:
    """Give the sentence without what the file itself says, and without names of keys."""
    for part in sorted((str(value) for value in problem.values.values()), key=len, reverse=True):
        dutch = dutch.replace(part, "")
    return re.sub(r"\[\[?[a-z_.]+\]?\]|'[^']*'", "", dutch)


def test_the_whole_project_is_right_and_holds_every_model():
    assert faults_of(whole()) == []
    assert len(FIELDS) > 110


@pytest.mark.parametrize("place", FIELDS, ids=path_of)
def test_every_key_that_is_wrong_is_told_in_dutch_with_its_value(place):
    told = 0
    for value in WRONG:
        for problem in faults_of(with_value(place, value)):
            told += 1
            dutch = translate(problem, NL)
            assert problem.key != OTHER[0], f"no words for {problem}"
            assert f"errors.{problem.key}" in NL.entries
            assert DUTCH.search(dutch), dutch
            assert not ENGLISH.search(own_words(dutch, problem)), dutch
            assert "kansenkaart.toml" in dutch
            assert path_of(place[:1]) in str(problem.values["key"])
            if problem.values["key"] == path_of(place) and "{value}" in NL.entries[f"errors.{problem.key}"]:
                assert shown(value) in dutch
            assert f"'{problem.values['key']}" in str(problem)
            assert len(dutch) < 1_200
    assert told >= 3


@pytest.mark.parametrize(
    ("place", "value", "dutch"),
    [
        (("stream", "gft", "hard_km"), -1, "'stream.gft.hard_km' = -1 mag niet: geef een getal boven 0."),
        (("reference_year",), 1989, "'reference_year' = 1989 mag niet: geef een getal van 1990 of meer."),
        (("seed",), 2**32, "'seed' = 4294967296 mag niet: geef een getal onder 4294967296."),
        (("draws",), 10_001, "'draws' = 10001 mag niet: geef een getal van 10000 of minder."),
        (("draws",), 1.5, "'draws' = 1.5 mag niet: geef een geheel getal, zonder aanhalingstekens."),
        (("language",), "fr", '\'language\' = "fr" mag niet: kies een van: "nl", "en".'),
        (("method", "season"), "soms", "geef true (ja) of false (nee), zonder aanhalingstekens."),
        (("title",), 3, "'title' = 3 mag niet: geef tekst tussen aanhalingstekens."),
        (("layers", 0, "name"), "A b", "gebruik alleen deze tekens: a-z 0-9 _ -."),
        (("layers",), [], "geef er 1 of meer, elk onder een eigen [[layers]]."),
        (("friction", "layers"), 3, "schrijf elk als een eigen tabel onder [[friction.layers]]."),
        (
            ("friction", "cell_m"),
            5_000,
            "'friction.cell_m' = 5000 mag niet: geef een getal van 1000 of minder.",
        ),
        (("friction", "path"), "f.tif", "geef óf path (een GeoTIFF), óf [[friction.layers]]"),
        (("region", "boundary"), "r.gpkg", "geef precies één van province, municipalities en boundary."),
        (("stream", "gft"), {"storage_eur_unit": 2}, "'stream.gft.storage_eur_unit' = 2 doet niets zonder"),
        (
            ("prices", "een", "low"),
            9,
            "'prices.een' heeft low = 9, value = 2.0 en high = 3.0; toegestaan: low <=",
        ),
        (("processors", 0, "high"), 0, "'processors[1]' heeft low = 1.0, value = 2.0 en high = 0;"),
        (
            ("friction", "layers", 0, "knd"),
            3,
            "Toegestaan is hier: buffer_m, crs, factor, kind, licence, path",
        ),
        (("prices", "een", "hihg"), 3, "Bedoelt u 'high'?"),
    ],
)
def test_what_is_allowed_is_said_to_the_letter(place, value, dutch):
    (problem,) = faults_of(with_value(place, value))
    assert dutch in translate(problem, NL)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("stream", "gft", "hard_km"), True),
        (("stream", "gft", "hard_km"), "3"),
        (("draws",), False),
        (("draws",), "30"),
        (("profiles", "een", "months"), [True] + [0] * 11),
        (("include_planned",), "true"),
        (("include_planned",), 1),
    ],
)
def test_a_value_is_not_taken_for_another_type(place, value):
    (problem,) = faults_of(with_value(place, value))
    assert path_of(place) in str(problem.values["key"])
    assert shown(value) in translate(problem, NL) or isinstance(value, list)


def test_a_fault_is_told_in_the_language_that_the_project_asks_for():
    for language, expected in (("en", "en"), ("nl", "nl"), ("fr", "nl")):
        with pytest.raises(ProjectError) as caught:
            parse_project({**whole(), "language": language, "draws": -1}, "kansenkaart.toml")
        assert caught.value.language == expected


def test_every_kind_of_fault_has_the_same_values_in_both_languages():
    def names(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert set(SAME.values()) <= set(WORDS)
    for key, english in [*WORDS.values(), OTHER]:
        assert names(NL.entries[f"errors.{key}"]) == names(english), key


def test_a_kind_of_fault_without_words_still_says_no_english_in_dutch():
    fault = {"loc": ("title",), "type": "new_in_pydantic", "input": 3, "msg": "Input should be nicer"}
    dutch = translate(explain_fault(fault, "k.toml"), NL)
    assert dutch.startswith("k.toml: 'title' = 3 mag niet: zie ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a b": True, "c": [1, 2.5]}, '{"a b" = true, c = [1, 2.5]}'),
        ({"een": "x" * 70, "twee": "y" * 70, "drie": "z" * 70}, "{een, twee, drie}"),
        ({f"naam{n}": n for n in range(99)}, "{…}"),
        ([7] * 500, "[…]"),
        ("x" * 200, '"' + "x" * 80 + '…"'),
        ("\x1b[31m\n", '"\\u001b[31m\\n"'),
        (float("inf"), "inf"),
    ],
)
def test_a_value_is_shown_as_the_file_writes_it_and_never_half_a_table(value, text):
    assert shown(value) == text
