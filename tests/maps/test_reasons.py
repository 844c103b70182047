"""Reasons in the page: what rows have alike stands once, what the page has in columns is left out, all else is kept."""

from __future__ import annotations

import pytest

from kansenkaart.maps.block import Block, add_reasons
from kansenkaart.tables.reasons import (
    InBoth,
    Listed,
    Months,
    Number,
    Others,
    Reason,
    Said,
    StreamName,
    Together,
)
from kansenkaart.texts import load_texts

TEXTS = load_texts("nl")


def pack(reasons: list[Reason], known: dict[str, list[str]] | None = None) -> Block:
    """The header of a block with these reasons under ``r``."""
    block = Block()
    add_reasons(block, "r", reasons, known or {}, TEXTS)
    return block


def test_rows_that_differ_in_names_and_numbers_share_a_form() -> None:
    rows: list[Reason] = [
        (Said("best_partner", {"taker": name, "distance": Number(km), "better": 0}),)
        for name, km in (("Kas A", 3.456), ("Kas B", 9.0))
    ]
    block = pack(rows, {"distance": ["3,46", "8"]})
    # The page writes 3,46 from its own column; the 9 it would write wrong.
    assert block.header["r.own"] == ["Kas A", 0, "Kas B", 9, 0]
    assert [form["own"] for form in block.header["r.forms"]] == [2, 3]
    assert len(pack(rows).header["r.forms"]) == 1


def test_a_form_holds_keys_and_what_the_catalogue_says() -> None:
    block = pack([(Said("note", {"note": InBoth("mits schoon", "if clean")}), Said("estimated"))])
    assert block.header["r.forms"] == [
        {
            "own": 0,
            "said": [{"say": "note", "with": {"note": "mits schoon"}}, {"say": "estimated", "with": {}}],
        }
    ]
    assert block.header["reasonTexts"]["note"] == TEXTS.entries["reasons.note"]
    assert "pays" not in block.header["reasonTexts"]


@pytest.mark.parametrize(
    ("value", "own", "told"),
    [
        (Number(1234.5, 2), 1200, {"own": 0, "digits": 2}),
        (Number(None), None, {"own": 0, "digits": 3}),
        (Number(float("nan")), None, {"own": 0, "digits": 3}),
        (Months((True,) + (False,) * 10 + (True,)), 1 + (1 << 11), {"own": 0, "months": 12}),
        (
            Others((("A", 120.04), ("B", 6e-5)), 3, "GJ"),
            [[["A", 120], ["B", 6e-05]], 3],
            {"own": 0, "others": "GJ"},
        ),
        ("Kas", "Kas", {"own": 0}),
        (7, 7, {"own": 0}),
    ],
)
def test_what_is_a_rows_own_stands_beside_it(value: object, own: object, told: object) -> None:
    block = pack([(Said("estimated", {"gap": value}),)])
    assert block.header["r.own"] == [own]
    assert block.header["r.forms"][0]["said"][0]["with"] == {"gap": told}


def test_sentences_within_sentences() -> None:
    reason: Reason = (
        Together(Said("fully_used"), Said("coupled", {"other": StreamName("struviet_fosfaat")})),
        Said("besides", {"rules": Listed((Said("rule_too_far"), Said("rule_too_cold")))}),
    )
    first, second = pack([reason]).header["r.forms"][0]["said"]
    name = TEXTS.entries["streams.struviet_fosfaat"]
    assert first["after"]["with"]["other"] == name[:1].lower() + name[1:]
    assert [one["say"] for one in second["with"]["rules"]["list"]] == ["rule_too_far", "rule_too_cold"]
