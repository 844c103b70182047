"""Step 2 as the page gets it: what enters a stream leaves it, and every number is one of the balance."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from kansenkaart.maps.balance import describe_balance
from kansenkaart.maps.columns import Codes, number_ids
from kansenkaart.pipeline import Result
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts

TEXTS = load_texts("nl")


@pytest.fixture(scope="module")
def codes(noord_holland: Result) -> Codes:
    """Return the numbers of streams and places of the example region."""
    return number_ids(noord_holland.frames, list(noord_holland.loaded.catalogue.streams), [])


@pytest.fixture(scope="module")
def told(noord_holland: Result, codes: Codes) -> dict[str, Any]:
    """Return the header ``balance`` of the example region."""
    return describe_balance(noord_holland.frames, codes, texts=TEXTS)


def _sides(told: dict[str, Any]) -> dict[int, tuple[dict[str, float], dict[str, float]]]:
    """Per stream what enters and what leaves, by name."""
    sides: dict[int, tuple[dict[str, float], dict[str, float]]] = defaultdict(lambda: ({}, {}))
    for stream, origin, item, quantity in told["rows"]:
        assert (origin is None) != (item is None)
        side, name = (0, told["origins"][origin]) if item is None else (1, told["items"][item])
        assert name not in sides[stream][side]
        sides[stream][side][name] = quantity
    return sides


def test_every_stream_of_the_balance_closes(
    told: dict[str, Any], noord_holland: Result, codes: Codes
) -> None:
    sides = _sides(told)
    names = {TEXTS.find(f"streams.{one}", one): number for one, number in codes.streams.items()}
    held = noord_holland.frames.balance_areas["layer"].unique()
    assert set(sides) == {names[layer] for layer in held if layer in names}
    for entering, leaving in sides.values():
        assert sum(entering.values()) == pytest.approx(sum(leaving.values()), rel=1e-6)


def test_what_happens_to_a_stream_is_what_its_items_say(
    told: dict[str, Any], noord_holland: Result, codes: Codes
) -> None:
    """Held against the table of items, of which the parts per municipality are another sum."""
    sides = _sides(told)
    names = {TEXTS.find(f"streams.{one}", one): number for one, number in codes.streams.items()}
    items = noord_holland.frames.balance_items
    seen = set()
    for row in items[items["quantity"].abs() > 0.5].to_dict("records"):
        if row["layer"] not in names or row["item"] == "production":
            continue
        entering, leaving = sides[names[row["layer"]]]
        label = TEXTS(f"tables.values.item.{row['item']}")
        usual, other = (entering, leaving) if row["item"] == "import" else (leaving, entering)
        if row["quantity"] > 0:
            assert usual[label] == pytest.approx(row["quantity"], rel=1e-5)
        else:
            assert other[f"{label} (onder nul)"] == pytest.approx(-row["quantity"], rel=1e-5)
        seen.add(row["item"])
    assert {"treatment", "use", "import", "loss"} <= seen


def test_what_lacked_as_given_and_where_it_contradicts_is_said(
    told: dict[str, Any], noord_holland: Result, codes: Codes
) -> None:
    gft = codes.streams["gft"]
    processes = noord_holland.frames.balance_processes
    own = processes.loc[processes["layer"] == "Groente-, fruit- en tuinafval", "gap"]
    assert told["gaps"][gft] == pytest.approx(own.sum(), rel=1e-5)
    assert abs(told["gaps"][gft]) > 1_000
    tests = noord_holland.frames.balance_tests
    wrong = tests.loc[tests["verdict"] == "contradictory", "layers"]
    assert len(wrong) > 0
    assert all(name in told["contradict"] for name in wrong)


def _frames(noord_holland: Result, **changed: object) -> Frames:
    """One municipality with one stream, of which `changed` items differ from nothing."""
    row = noord_holland.frames.balance_areas.iloc[[0]].copy()
    items = ["import", "received", "treatment", "use", "passed_on", "export", "stock", "loss"]
    row[["production", *items]] = 0.0
    for name, value in changed.items():
        row[name] = value
    return replace(noord_holland.frames, balance_areas=row)


def test_an_amount_below_zero_stands_on_the_other_side(noord_holland: Result, codes: Codes) -> None:
    frames = _frames(noord_holland, production=10.0, use=12.0, stock=-3.0, loss=1.0)
    (sides,) = _sides(describe_balance(frames, codes, texts=TEXTS)).values()
    area = str(frames.balance_areas["area"].iloc[0])
    assert sides == (
        {area: 10.0, "Voorraadverandering (onder nul)": 3.0},
        {"Gebruik": 12.0, "Nog niet gebruikt": 1.0},
    )


def test_a_balance_that_does_not_close_is_never_shown(noord_holland: Result, codes: Codes) -> None:
    with pytest.raises(AssertionError, match="more enters than leaves"):
        describe_balance(_frames(noord_holland, production=10.0, use=9.9), codes, texts=TEXTS)


def test_what_passes_between_municipalities_is_counted_once(noord_holland: Result, codes: Codes) -> None:
    gives = _frames(noord_holland, production=10.0, passed_on=4.0, loss=6.0).balance_areas
    takes = _frames(noord_holland, received=4.0, treatment=4.0).balance_areas.assign(area="Elders")
    frames = replace(noord_holland.frames, balance_areas=pd.concat([gives, takes]))
    ((entering, leaving),) = _sides(describe_balance(frames, codes, texts=TEXTS)).values()
    assert list(entering.values()) == [10.0]
    assert leaving == {"Verwerking": 4.0, "Nog niet gebruikt": 6.0}
