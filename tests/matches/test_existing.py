"""What another has is no chance: it is a link, its other partners are told apart, and a project may offer it again."""

from dataclasses import replace

import pandas as pd
import pytest

from kansenkaart.catalogue.models import Taken
from kansenkaart.tables import LINKS
from tests.matches.places import HEAT, digester, fields, source, taker, town
from tests.matches.test_find_matches import dear, run  # noqa: F401 - a fixture


def link(**more):
    row = {
        "link_id": "l:1", "stream": HEAT, "supply_id": "bron:1", "demand_id": "kas:1", "supply_name": "bron",
        "demand_name": "Kas Een", "quantity": None, "unit": "GJ", "status": "running", "source": "test",
        "source_year": 2024,
    }  # fmt: skip
    return LINKS.conform(pd.DataFrame([{**row, **more}]))


ROWS = (source(gj=900_000.0), taker(dx=1_000.0, gj=900_000.0), taker("kas:2", dx=-2_000.0, gj=900_000.0))


def given(matched):
    rows = matched.candidates
    return rows[rows["given"]]


def test_a_delivery_of_unknown_size_takes_its_source_out_of_the_chances(run):  # noqa: F811
    flows, matched = run(*ROWS, catalogue=dear(), links=link(until_date="2033"))
    assert not len(matched.matches)
    supply = flows.set_index("flow_id").loc[f"bron:1|{HEAT}|supply"]
    assert (supply["value"], supply["low"], supply["high"], supply["given_away"]) == (
        0.0,
        0.0,
        0.0,
        900_000.0,
    )
    rows = given(matched).set_index("demand_id")
    assert set(rows.index) == {"kas:1", "kas:2"}
    assert rows["quantity"].tolist() == [900_000.0, 900_000.0]
    assert set(rows["given_to"]) == {"Kas Een"}
    assert set(rows["given_until"]) == {"2033"}
    assert set(rows["chance_class"]) == {"kansrijk"}
    assert not rows["chosen"].any()


def test_reopened_it_is_offered_again_and_nothing_is_said_to_be_another_s(run):  # noqa: F811
    flows, matched = run(*ROWS, catalogue=dear(), links=link(until_date="2033"), existing="reopen")
    assert matched.matches["quantity"].sum() == 900_000.0
    assert set(matched.matches["class_rule"]) == {"price_good"}
    assert (flows["given_away"] == 0).all()
    assert not len(given(matched))
    assert "2033" in " ".join(matched.matches["reason"])


def test_reopened_a_known_quantity_is_offered_again_too(run):  # noqa: F811
    known = link(quantity=300_000.0)
    free = run(*ROWS, catalogue=dear(), links=known)[1].matches["quantity"].sum()
    again = run(*ROWS, catalogue=dear(), links=known, existing="reopen")[1].matches["quantity"].sum()
    assert (free, again) == (600_000.0, 900_000.0)


def test_what_the_layer_states_as_free_stays_a_chance(run):  # noqa: F811
    rows = (source(gj=900_000.0, free_supply_restwarmte_ht_gj_y=400_000.0), *ROWS[1:])
    matched = run(*rows, catalogue=dear(), links=link())[1]
    assert matched.matches["quantity"].sum() == 400_000.0
    assert not len(given(matched))


@pytest.mark.parametrize("existing", ["respect", "reopen"])
def test_a_source_that_is_taken_to_have_sold_all_is_told_apart_and_never_counted(run, existing):  # noqa: F811
    rows = (source(kind="geothermal", gj=900_000.0), *ROWS[1:])
    matched = run(*rows, catalogue=dear(), existing=existing)[1]
    if existing == "reopen":
        assert matched.matches["quantity"].sum() == 900_000.0
        return
    assert not len(matched.matches)
    assert not len(matched.solves.query("quantity > 0"))
    rows = given(matched)
    assert set(rows["demand_id"]) == {"kas:1", "kas:2"}
    assert rows["given_to"].isna().all()
    assert rows["given_until"].isna().all()
    assert matched.municipalities[f"{HEAT}_delivered"].sum() == 0


CONTRACT = {
    "stream": HEAT, "kind": "industry", "way": "contract", "source": "test", "year": 2024, "evidence": "sourced",
    "note": "hier is een contract voor", "note_en": "there is a contract for it",
}  # fmt: skip


def contracted(**more):
    """The catalogue in which the heat of industry is under contract, with nobody knows whom."""
    known = dear()
    taken = Taken.model_validate({**CONTRACT, **more})
    return replace(known, taken={**known.taken, (taken.stream, taken.kind): taken})


@pytest.mark.parametrize("way", ["contract", "sold"])
def test_what_is_under_contract_with_nobody_knows_whom_is_no_chance_and_says_when_it_becomes_one(run, way):  # noqa: F811
    flows, matched = run(*ROWS, catalogue=contracted(way=way))
    assert not len(matched.matches)
    assert not len(matched.solves.query("quantity > 0"))
    rows = given(matched)
    assert set(rows["given_as"]) == {way}
    assert rows["given_to"].isna().all()
    for why in rows["given_why"]:
        assert ("nieuwe aanbesteding" in why) == (way == "contract")
        assert "hier is een contract voor" in why
    formula = flows.set_index("flow_id").at[f"bron:1|{HEAT}|supply", "formula"]
    assert "niets vrij" in formula
    assert "hier is een contract voor" in formula


def test_a_partner_that_is_known_goes_before_what_holds_for_such_a_place(run):  # noqa: F811
    rows = given(run(*ROWS, catalogue=contracted(), links=link(until_date="2033"))[1])
    assert set(rows["given_as"]) == {"partner"}
    assert set(rows["given_why"]) == {"Gaat nu naar Kas Een, contract tot 2033."}


def test_reopened_what_is_under_contract_is_a_chance_that_says_so(run):  # noqa: F811
    matched = run(*ROWS, catalogue=contracted(), existing="reopen")[1]
    assert matched.matches["quantity"].sum() == 900_000.0
    assert matched.matches["reason"].str.contains("nieuwe aanbesteding").all()
    assert not len(given(matched))


def test_reopened_a_chance_names_the_partner_where_one_is_known(run):  # noqa: F811
    matched = run(*ROWS, catalogue=contracted(), links=link(until_date="2033"), existing="reopen")[1]
    reason = " ".join(matched.matches["reason"])
    assert "2033" in reason
    assert "aanbesteding" not in reason


def test_what_the_layer_states_as_free_is_under_no_contract(run):  # noqa: F811
    rows = (source(gj=900_000.0, free_supply_restwarmte_ht_gj_y=400_000.0), *ROWS[1:])
    matched = run(*rows, catalogue=contracted())[1]
    assert matched.matches["quantity"].sum() == 400_000.0
    assert not len(given(matched))


def test_what_a_place_may_still_make_is_not_told_as_another_s(run):  # noqa: F811
    compost = link(stream="compost", supply_id="v:1", demand_id=None, unit="t")
    places = [town(), digester(), digester("v:2", x=113_000), fields()]
    matched = run(*places, links=compost, streams=["gft", "compost"])[1]
    rows = given(matched)
    assert set(rows.loc[rows["stream"] == "compost", "supply_id"]) == {"v:1"}


def test_only_the_best_pairs_of_what_another_has_are_kept(run):  # noqa: F811
    takers = [taker(f"kas:{n:02}", dx=900.0 + 500.0 * n, gj=1e6) for n in range(14)]
    matched = run(source(kind="geothermal", gj=900_000.0), *takers, catalogue=dear())[1]
    assert given(matched)["demand_id"].tolist() == [f"kas:{n:02}" for n in range(10)]


def test_of_contracts_of_which_one_has_no_end_nobody_knows_the_end(run):  # noqa: F811
    both = pd.concat(
        [link(until_date="2033"), link(link_id="l:2", demand_name="Kas Twee")], ignore_index=True
    )
    rows = given(run(*ROWS, catalogue=dear(), links=LINKS.conform(both))[1])
    assert set(rows["given_to"]) == {"Kas Een; Kas Twee"}
    assert rows["given_until"].isna().all()
