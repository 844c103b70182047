"""What a room confirmed stays as it is, whatever else the method would make of it; what is gone is told."""

from dataclasses import replace

import pandas as pd
import pytest

from kansenkaart.catalogue.legend import BETWEEN, split_ids
from kansenkaart.coalitions.coalitions import find_coalitions
from kansenkaart.tables import COALITION_DECISIONS, COALITION_FLOWS, COALITION_PARTNERS, COALITIONS
from tests.coalitions.region import CATALOGUE, TEXTS, find_chances, write_region

HEAT, GOODS = "restwarmte_ht@a:bron", "meubels_grofvuil@a:werf1"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return find_chances(write_region(tmp_path_factory.mktemp("decided") / "project"))


@pytest.fixture(scope="module")
def before(found):
    return find_coalitions(found, CATALOGUE, most_partners=12, texts=TEXTS)


def _said(coalition, ids, decision="confirmed", **parts):
    return {
        "coalition_id": coalition,
        "decision": decision,
        "match_ids": BETWEEN.join(ids),
        "row": 2,
        **parts,
    }


def _form(found, *rows):
    decided = COALITION_DECISIONS.conform(
        pd.DataFrame(rows)
        .reindex(columns=COALITION_DECISIONS.names())
        .assign(scored_by=[one.get("scored_by", 0) for one in rows])
    )
    told = find_coalitions(replace(found, decided=decided), CATALOGUE, most_partners=12, texts=TEXTS)
    COALITIONS.check(told.coalitions)
    COALITION_PARTNERS.check(told.coalition_partners)
    COALITION_FLOWS.check(told.coalition_flows)
    return told


def _ids(told, coalition):
    text = told.coalitions.set_index("coalition_id").at[coalition, "match_ids"]
    return split_ids(text, set(BETWEEN.join(told.coalitions["match_ids"]).split(BETWEEN)))


def test_two_that_were_merged_stay_one_with_their_name_and_add_up(found, before):
    both = _ids(before, HEAT) + _ids(before, GOODS)
    told = _form(found, _said(HEAT, both, name="Warmte & <b>meubels</b>"))
    row = told.coalitions.set_index("coalition_id").loc[HEAT]
    assert (row["coalition"], row["stage"]) == ("Warmte & <b>meubels</b>", "confirmed")
    assert set(_ids(told, HEAT)) == set(both)
    assert GOODS not in set(told.coalitions["coalition_id"])
    assert len(told.coalitions) == len(before.coalitions) - 1
    parts = before.coalitions.set_index("coalition_id").loc[[HEAT, GOODS]]
    assert row["net_eur_y"] == pytest.approx(parts["net_eur_y"].sum())
    assert row["partners"] == parts["partners"].sum()
    fair = told.coalition_partners.set_index("coalition_id").loc[HEAT, "fair_eur_y"]
    assert fair.sum() == pytest.approx(row["net_eur_y"])
    assert told.findings.empty


def test_a_chance_that_was_taken_out_of_a_pipe_is_in_none_and_the_others_are_priced_with_it_beside(
    found, before
):
    kept = _ids(before, HEAT)[1:]
    told = _form(found, _said(HEAT, kept, name="Warmte"))
    assert _ids(told, HEAT) == kept
    every = BETWEEN.join(told.coalitions["match_ids"]).split(BETWEEN)
    assert len(every) == len(set(every)) == sum(before.coalitions["chances"]) - 1
    row = told.coalitions.set_index("coalition_id").loc[HEAT]
    assert told.coalition_partners.set_index("coalition_id").loc[HEAT, "fair_eur_y"].sum() == pytest.approx(
        row["net_eur_y"]
    )


def test_what_is_not_there_any_more_is_told_and_the_rest_stays(found, before):
    ids = _ids(before, GOODS)
    told = _form(
        found,
        _said(GOODS, [*ids, "hout|a:weg|a:ook"], name="Meubels"),
        _said("x@y", ["hout|a|b"], name="Weg"),
    )
    assert _ids(told, GOODS) == ids
    assert told.findings["key"].tolist() == ["coalition_lost", "coalition_gone"]
    assert "hout|a:weg|a:ook" in told.findings["reason"].iloc[0]
    assert told.findings["value"].iloc[1] == "Weg"


def test_what_does_not_pay_now_stays_and_is_told(found, before):
    ids = _ids(before, GOODS)
    poor = found.matches["match_id"] == ids[0]
    matches = found.matches.assign(chance_class=found.matches["chance_class"].mask(poor, "technisch"))
    told = _form(replace(found, matches=matches), _said(GOODS, ids, name="Meubels"))
    assert _ids(told, GOODS) == ids
    assert told.findings["key"].tolist() == ["coalition_poor"]


def test_what_was_only_named_or_scored_forms_as_ever(found, before):
    said = _said(GOODS, _ids(before, GOODS), "open", name="Tweede leven", score_support=4.5, scored_by=2)
    told = _form(found, said, _said("x@y", ["a"], "open", score_jobs=1.0, scored_by=1))
    row = told.coalitions.set_index("coalition_id").loc[GOODS]
    assert row[["coalition", "stage", "score_support", "scored_by"]].tolist() == [
        "Tweede leven",
        "proposed",
        4.5,
        2,
    ]
    assert set(told.coalitions["coalition_id"]) == set(before.coalitions["coalition_id"])
    assert told.findings["key"].tolist() == ["coalition_absent"]


def test_nothing_is_found_and_what_was_said_is_still_told(found, before):
    nothing = replace(found, matches=found.matches.iloc[:0])
    told = _form(nothing, _said(GOODS, _ids(before, GOODS), name="Meubels"))
    assert told.coalitions.empty
    assert told.findings["key"].tolist() == ["coalition_gone"]
