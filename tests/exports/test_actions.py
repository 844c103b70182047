"""The action list: every chance at both its partners, the most valuable first, with a next step."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from kansenkaart.exports.tables.actions import find_actions
from kansenkaart.tables import DECISIONS
from kansenkaart.texts import load_texts

NL = load_texts("nl")


@pytest.fixture(scope="module")
def frames(shared_run):
    return shared_run.frames


@pytest.fixture(scope="module")
def actions(frames):
    return find_actions(frames, texts=NL)


def test_every_chance_stands_once_at_who_supplies_and_once_at_who_takes(frames, actions):
    assert len(actions) == 2 * len(frames.matches)
    for role, own, other in (("supply", "supply_id", "demand_id"), ("demand", "demand_id", "supply_id")):
        rows = actions[actions["role"] == role].set_index("match_id")
        matches = frames.matches.set_index("match_id")
        for column, key in (("partner_id", own), ("counterpart_id", other)):
            assert rows[column].to_dict() == matches[key].to_dict()
        assert rows["quantity"].to_dict() == matches["quantity"].to_dict()
    names = frames.sites.set_index("site_id")["name"]
    assert actions["partner"].tolist() == actions["partner_id"].map(names).tolist()
    assert actions["counterpart"].tolist() == actions["counterpart_id"].map(names).tolist()


def test_partners_stand_together_and_their_most_valuable_chance_first(frames):
    matches = frames.matches.assign(supply_id=frames.matches["supply_id"].iloc[0])
    matches.loc[[2, 5], "net_eur_y"] = None
    actions = find_actions(replace(frames, matches=matches), texts=NL)
    assert actions["partner"].tolist() == sorted(actions["partner"])
    own = actions[(actions["partner_id"] == matches["supply_id"].iloc[0]) & (actions["role"] == "supply")]
    priced, unpriced = own[own["net_eur_y"].notna()], own[own["net_eur_y"].isna()]
    assert own["match_id"].tolist() == [*priced["match_id"], *unpriced["match_id"]]
    assert priced["net_eur_y"].is_monotonic_decreasing
    assert unpriced["rank"].is_monotonic_increasing
    assert len(unpriced) > 1


def test_the_order_of_the_matches_does_not_matter(frames, actions):
    turned = replace(frames, matches=frames.matches.iloc[::-1].reset_index(drop=True))
    pd.testing.assert_frame_equal(find_actions(turned, texts=NL), actions)


def test_the_next_step_follows_from_decision_rule_and_class(frames):
    matches = frames.matches.copy()
    matches.loc[0, ["class_rule", "chance_class"]] = ["cap_temperature", "verkennen"]
    matches.loc[1, ["class_rule", "chance_class"]] = ["a rule of tomorrow", "technisch"]
    matches.loc[2, "decision"] = "confirmed"
    actions = find_actions(replace(frames, matches=matches), texts=NL)
    steps = dict(zip(actions["match_id"], actions["next_step"], strict=True))
    wanted = ["cap_temperature", "technisch", "confirmed"]
    assert [steps[one] for one in matches["match_id"].iloc[:3]] == [
        NL(f"tables.next_step.{key}") for key in wanted
    ]


def test_every_rule_of_a_class_has_a_step_of_its_own():
    rules = {name.removeprefix("rule_") for name in NL.section("classes") if name.startswith("rule_")}
    assert rules <= set(NL.section("tables.next_step"))


def test_who_sees_to_it_and_when_come_from_the_decisions(frames):
    first = frames.matches.iloc[0]
    row = {name: first[name] for name in ("stream", "supply_id", "demand_id")}
    row |= {"decision": "confirmed", "owner": "Jansen", "due": "2026-09-01", "row": 2}
    decisions = DECISIONS.conform(pd.DataFrame([row]))
    actions = find_actions(replace(frames, decisions=decisions), texts=NL)
    own = actions["match_id"] == first["match_id"]
    assert actions.loc[own, ["owner", "due"]].to_numpy().tolist() == [["Jansen", "2026-09-01"]] * 2
    assert actions.loc[~own, ["owner", "due"]].isna().all(axis=None)


def test_nothing_found_gives_no_actions(empty_run):
    assert len(find_actions(empty_run.frames, texts=NL)) == 0
