"""What tables say of coalitions as one answer, and the next build that keeps it."""

import json

import pytest

from kansenkaart.catalogue.legend import split_ids
from kansenkaart.cli.main import run
from kansenkaart.errors import DataError
from kansenkaart.exports import build_manifest, write_geopackage, write_manifest
from kansenkaart.pipeline import build
from kansenkaart.workshop import add_round, check_ballot, merge_ballots, open_built_map, write_decisions
from kansenkaart.workshop.ballots import Ballot, read_ballot
from tests.coalitions.region import write_region
from tests.workshop.conftest import Room

HEAT, GOODS, RUBBLE = "restwarmte_ht@a:bron", "meubels_grofvuil@a:werf1", "betonpuin@a:breker"


@pytest.fixture(scope="module")
def hall(tmp_path_factory):
    """Return the map of a region with four coalitions."""
    folder = write_region(tmp_path_factory.mktemp("zaal") / "proef")
    result = build(folder)
    out = folder / "uit"
    out.mkdir()
    write_geopackage(out / "kansenkaart.gpkg", result.frames, result.loaded)
    write_manifest(out, build_manifest(out, result.frames, result.loaded, timings={}))
    return Room(folder, open_built_map(out))


def said(coalition, **parts):
    return {"coalition": coalition, "changed": "2026-11-21T13:00:00.000Z", **parts}


def merge(hall, *ballots):
    return merge_ballots([Ballot.model_validate(one) for one in ballots], hall.built)


def rows_of(merged):
    return merged.layers["coalitions"].set_index("coalition")


def test_tables_that_mean_the_same_confirm_and_their_scores_are_averaged(hall):
    ours = said(HEAT, confirmed=True, joins=[GOODS], name="Warmte", score_support=5)
    theirs = said(HEAT, confirmed=True, joins=[GOODS], score_support=2, score_jobs=1)
    row = rows_of(merge(hall, hall.ballot(1, coalitions=[ours]), hall.ballot(2, coalitions=[theirs]))).loc[
        HEAT
    ]
    assert row[["decision", "name", "joined", "score_support", "score_jobs", "scored_by"]].tolist() == [
        "confirmed",
        "Warmte",
        GOODS,
        3.5,
        1.0,
        2,
    ]
    both = {match for name in (HEAT, GOODS) for match in hall.built.coalitions[name].matches}
    assert set(split_ids(row["match_ids"], both)) == both


def test_tables_that_mean_other_chances_or_share_one_decide_nothing(hall):
    out = hall.built.coalitions[HEAT].matches[0]
    one = hall.ballot(1, coalitions=[said(HEAT, confirmed=True), said(RUBBLE, confirmed=True)])
    two = hall.ballot(2, coalitions=[said(HEAT, confirmed=True, out=[out])])
    assert rows_of(merge(hall, one, two))["decision"].to_dict() == {HEAT: "conflict", RUBBLE: "confirmed"}
    three = hall.ballot(3, coalitions=[said(GOODS, confirmed=True, joins=[RUBBLE])])
    assert rows_of(merge(hall, one, three))["decision"].to_dict() == {
        GOODS: "conflict",
        HEAT: "confirmed",
        RUBBLE: "conflict",
    }


@pytest.mark.parametrize(
    ("key", "rows"),
    [
        ("ballot_no_coalition", [{"coalition": "zonder@niets"}]),
        ("ballot_coalition_twice", [{"coalition": HEAT, "joins": [GOODS]}, {"coalition": GOODS}]),
        ("ballot_not_in", [{"coalition": HEAT, "out": ["zonder|niets|iets"]}]),
        ("ballot_yes_no", [{"coalition": HEAT, "confirmed": "ja"}]),
        ("ballot_most", [{"coalition": HEAT, "score_jobs": 6}]),
        ("ballot_double_row", [{"coalition": HEAT}, {"coalition": HEAT}]),
        ("ballot_unknown", [{"coalition": HEAT, "score_geld": 1}]),
    ],
)
def test_a_row_that_fits_no_coalition_is_refused_by_its_key(hall, save, key, rows):
    file = save(hall.ballot(1, coalitions=[said(row.pop("coalition"), **row) for row in map(dict, rows)]))
    with pytest.raises(DataError) as caught:
        check_ballot(read_ballot(file), str(file), hall.built)
    assert key in {fault.key for fault in caught.value.faults}


def test_nothing_left_is_refused(hall, save):
    row = said(HEAT, confirmed=True, out=list(hall.built.coalitions[HEAT].matches))
    file = save(hall.ballot(1, coalitions=[row]))
    with pytest.raises(DataError, match="no chance left"):
        check_ballot(read_ballot(file), str(file), hall.built)


def test_a_later_round_that_only_scores_leaves_confirmed_what_was(hall, tmp_path):
    file = tmp_path / "ronde1.gpkg"
    write_decisions(
        file, merge(hall, hall.ballot(1, coalitions=[said(HEAT, confirmed=True, joins=[GOODS])])), hall.built
    )
    scored = merge(hall, hall.ballot(2, coalitions=[said(HEAT, score_space=3)]))
    row = rows_of(add_round(file, scored)).loc[HEAT]
    assert row[["decision", "joined", "score_space"]].tolist() == ["confirmed", GOODS, 3.0]
    added = rows_of(
        add_round(file, merge(hall, hall.ballot(3, coalitions=[said(RUBBLE, joins=[HEAT], confirmed=True)])))
    )
    assert list(added.index) == [RUBBLE]


def test_the_next_build_keeps_what_the_room_merged_named_and_scored(hall, capsys):
    out = hall.built.coalitions[GOODS].matches[0]
    ballot = hall.ballot(
        1,
        coalitions=[
            said(HEAT, confirmed=True, joins=[GOODS], out=[out], name="=IJmond <b>warm</b>", score_support=4),
            said(RUBBLE, score_jobs=2),
        ],
    )
    file = hall.folder / "tafel.json"
    file.write_text(json.dumps(ballot), "utf-8")
    besluit = hall.folder / "besluit.gpkg"
    assert run(["workshop", "merge", str(hall.out), str(file), "-o", str(besluit)]) == 0
    assert "Coalities: 1 bevestigd, 0 oneens, 1 alleen" in capsys.readouterr().out
    toml = hall.folder / "kansenkaart.toml"
    text = toml.read_text("utf-8")
    toml.write_text(text + '\n[workshop]\ndecisions = "besluit.gpkg"\n', "utf-8")
    frames = build(hall.folder).frames
    told = frames.coalitions.set_index("coalition_id")
    assert told.loc[HEAT, ["coalition", "stage", "score_support"]].tolist() == [
        "=IJmond <b>warm</b>",
        "confirmed",
        4.0,
    ]
    meant = {m for name in (HEAT, GOODS) for m in hall.built.coalitions[name].matches} - {out}
    assert set(split_ids(told.loc[HEAT, "match_ids"], meant)) == meant
    assert told.loc[RUBBLE, ["stage", "score_jobs"]].tolist() == ["proposed", 2.0]
    account = frames.layers.set_index("layer").loc["workshop.coalitions"]
    assert (account["rows_read"], account["rows_used"]) == (2, 2)
    assert not frames.findings["layer"].eq("workshop.coalitions").any()
    # a project that asks for no coalitions says so, row by row
    toml.write_text(toml.read_text("utf-8").replace("[coalitions]", ""), "utf-8")
    findings = build(hall.folder).frames.findings
    assert findings["key"].value_counts()["workshop_unasked"] == 2
    toml.write_text(text, "utf-8")
