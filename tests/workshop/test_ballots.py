"""A ballot is refused as a whole, with file and key, or kept to the letter."""

import json
import re

import pytest

from kansenkaart.cli.screen import translate
from kansenkaart.errors import DataError
from kansenkaart.texts import load_texts
from kansenkaart.workshop import check_ballot, read_ballot
from kansenkaart.workshop.ballot_faults import OTHER, WORDS

NL = load_texts("nl")


def with_row(part, **change):
    """Return a change that puts one row with a fault in a list of the ballot."""

    def make(room, ballot):
        row = {"matches": room.said(room.matches[0]), "doubts": room.doubt(), "missing": room.firm()}[part]
        row |= change
        return {**ballot, part: [row]}

    return make


def without(part, name):
    def make(room, ballot):
        whole = with_row(part)(room, ballot)
        del whole[part][0][name]
        return whole

    return make


def twice(part):
    def make(room, ballot):
        whole = with_row(part)(room, ballot)
        return {**whole, part: whole[part] * 2}

    return make


# What is changed -> (key that is named, word of the Dutch message).
BAD = {
    "votes below zero": (with_row("matches", votes=-1), "matches[1].votes", "0 of meer"),
    "votes without end": (with_row("matches", votes=10_000), "matches[1].votes", "9999 of minder"),
    "votes as text": (with_row("matches", votes="4"), "matches[1].votes", "geheel getal"),
    "votes true": (with_row("matches", votes=True), "matches[1].votes", "geheel getal"),
    "unknown verdict": (with_row("matches", verdict="misschien"), "matches[1].verdict", "confirm, reject"),
    "comment of 2,001": (with_row("matches", comment="a" * 2001), "matches[1].comment", "2000 tekens"),
    "comment a number": (with_row("matches", comment=3), "matches[1].comment", "een tekst"),
    "impossible day": (with_row("matches", due="2027-02-30"), "matches[1].due", "2027-01-31"),
    "day by its week": (with_row("matches", due="2027-W05-1"), "matches[1].due", "2027-01-31"),
    "day without dashes": (with_row("matches", due="20270131"), "matches[1].due", "2027-01-31"),
    "moment by its week": (
        with_row("matches", changed="2027-W05-1T10:00:00Z"),
        "matches[1].changed",
        "moment",
    ),
    "moment without zone": (with_row("matches", changed="2026-11-21"), "matches[1].changed", "moment"),
    "unknown key": (with_row("matches", mening="ja"), "matches[1].mening", "next_step"),
    "key missing": (without("matches", "match"), "matches[1].match", "ontbreekt"),
    "strange id": (with_row("doubts", id="<b>"), "doubts[1].id", "letters"),
    "quantity below zero": (with_row("missing", quantity=-1), "missing[1].quantity", "0 of meer"),
    "quantity as text": (with_row("missing", quantity="veel"), "missing[1].quantity", "een getal"),
    "in the sea of Norway": (with_row("missing", y=900_001), "missing[1].y", "900000 of minder"),
    "firm named by blanks": (with_row("missing", name=" \u00a0"), "missing[1].name", "leeg"),
    "nameless firm": (with_row("missing", name=""), "missing[1].name", "leeg"),
    "unknown role": (with_row("missing", role="handel"), "missing[1].role", "supply, demand"),
    "row that is a text": (lambda room, one: {**one, "matches": ["x"]}, "matches[1]", "next_step"),
    "list that is none": (lambda room, one: {**one, "matches": {"a": 1}}, "matches", "een lijst"),
    "chance twice": (twice("matches"), "matches.match", "één keer"),
    "doubt twice": (twice("doubts"), "doubts.id", "één keer"),
    "firm twice": (twice("missing"), "missing.id", "één keer"),
    "other schema": (lambda room, one: {**one, "schema": "iets"}, "schema", "kansenkaart-ballot"),
    "later version": (lambda room, one: {**one, "version": 2}, "version", "toegestaan: 1"),
    "version true": (lambda room, one: {**one, "version": True}, "version", "toegestaan: 1"),
    "no map": (lambda room, one: {**one, "map": None}, "map", "title"),
    "other map": (lambda room, one: {**one, "map": {"id": "0", "title": "x"}}, "map.id", "andere kaart"),
    "unknown chance": (with_row("matches", match="gft|a|b"), "matches[1].match", "geen kans"),
    "doubted chance unknown": (with_row("doubts", match="gft|a|b"), "doubts[1].match", "geen kans"),
    "doubted place unknown": (with_row("doubts", site="a:nergens"), "doubts[1].site", "geen plek"),
    "unknown stream": (with_row("missing", stream="stoom"), "missing[1].stream", "restwarmte_ht"),
    "other unit": (with_row("missing", unit="t"), "missing[1].unit", "GJ"),
}


def refusal(file, built):
    with pytest.raises(DataError) as caught:
        check_ballot(read_ballot(file), str(file), built)
    return caught.value.faults


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_named_with_file_key_and_what_is_allowed(name, room, save):
    change, key, word = BAD[name]
    file = save(change(room, room.ballot()))
    problems = refusal(file, room.built)
    assert file.name in str(problems[0])
    assert key in str(problems[0])
    assert key in translate(problems[0], NL)
    assert word in translate(problems[0], NL)


def test_every_fault_is_told_at_once(room, save):
    rows = [room.said(room.matches[0], votes=-1), room.said(room.matches[1], comment=7)]
    keys = [one.values["key"] for one in refusal(save(room.ballot(matches=rows)), room.built)]
    assert keys == ["matches[1].votes", "matches[2].comment"]


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_a_number_that_is_none_is_refused_by_key(word, room, save):
    text = json.dumps(room.ballot(missing=[room.firm(quantity=123456.5)])).replace("123456.5", word)
    (problem,) = refusal(save(text), room.built)
    assert problem.values["key"] == "missing[1].quantity"
    assert "eindig" in translate(problem, NL)


def test_a_key_that_stands_there_twice_is_refused(room, save):
    text = json.dumps(room.ballot(matches=[room.said(room.matches[0], "confirm")]))
    text = text.replace('"verdict": "confirm"', '"verdict": "confirm", "verdict": "reject"')
    (problem,) = refusal(save(text), room.built)
    assert problem.key == "ballot_broken"
    said = translate(problem, NL)
    assert "'verdict' twee keer" in said
    assert '"confirm" / "reject"' in said


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1, 2", '"tekst"', "null", "[" * 100_000, '{"schema": ' * 50_000, "\ufeff", '{"version": 1'],
)
def test_what_is_no_whole_ballot_is_refused(text, room, save):
    (problem,) = refusal(save(text), room.built)
    assert problem.key in ("ballot_broken", "ballot_schema")


def test_bytes_that_are_no_text_and_a_file_that_is_not_there_are_refused(room, tmp_path):
    file = tmp_path / "x.json"
    file.write_bytes(b"\xff\xfe\x00{")
    assert refusal(file, room.built)[0].key == "ballot_broken"
    assert refusal(tmp_path / "weg.json", room.built)[0].key == "ballot_unreadable"
    assert refusal(tmp_path, room.built)[0].key == "ballot_unreadable"


def test_a_file_that_is_too_large_is_refused_before_it_is_read(room, save):
    row = room.said(room.matches[0], comment="x" * 2000)
    file = save(room.ballot(matches=[row] * 2_600))
    assert file.stat().st_size > 5_000_000
    (problem,) = refusal(file, room.built)
    assert "groter dan 5 MB" in translate(problem, NL)


def test_more_rows_than_allowed_are_refused(room, save):
    text = json.dumps(room.ballot(doubts=[])).replace('"doubts": []', '"doubts": [' + "0," * 20_000 + "0]")
    problems = refusal(save(text), room.built)
    assert "20000" in str(problems[0]) or len(problems) > 20_000


def test_a_ballot_with_a_byte_order_mark_is_read(room, tmp_path):
    file = tmp_path / "bom.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(room.ballot()).encode())
    assert read_ballot(file).table == "Tafel 1"


def test_half_a_character_and_nul_are_left_out_the_rest_stays(room, save):
    row = room.said(room.matches[0], comment="half \ud83d en \x00nul 🏭")
    found = read_ballot(save(room.ballot(matches=[row])))
    assert found.matches[0].comment == "half  en nul 🏭"


def test_every_fault_has_its_dutch_with_the_same_values():
    for key, english in [*WORDS.values(), OTHER]:
        dutch = NL.entries[f"errors.{key}"]
        assert set(re.findall(r"{(\w+)}", dutch)) == set(re.findall(r"{(\w+)}", english))
