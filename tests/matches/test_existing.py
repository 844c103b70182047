"""What another has is no chance: it is a link, its other partners are told apart, and a project may offer it again."""

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from kansenkaart.catalogue.models import Taken
from kansenkaart.cli.main import run as call
from kansenkaart.pipeline import build
from kansenkaart.tables import LINKS
from tests.matches.places import HEAT, dear, digester, fields, source, taker, town
from tests.small_project import TOML, write_project
from tests.tries import SOME


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


def test_a_delivery_of_unknown_size_takes_its_source_out_of_the_chances(run):
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


def test_reopened_it_is_offered_again_and_nothing_is_said_to_be_another_s(run):
    flows, matched = run(*ROWS, catalogue=dear(), links=link(until_date="2033"), existing="reopen")
    assert matched.matches["quantity"].sum() == 900_000.0
    assert set(matched.matches["class_rule"]) == {"price_good"}
    assert (flows["given_away"] == 0).all()
    assert not len(given(matched))
    assert "2033" in " ".join(matched.matches["reason"])


def test_reopened_a_known_quantity_is_offered_again_too(run):
    known = link(quantity=300_000.0)
    free = run(*ROWS, catalogue=dear(), links=known)[1].matches["quantity"].sum()
    again = run(*ROWS, catalogue=dear(), links=known, existing="reopen")[1].matches["quantity"].sum()
    assert (free, again) == (600_000.0, 900_000.0)


def test_what_the_layer_states_as_free_stays_a_chance(run):
    rows = (source(gj=900_000.0, free_supply_restwarmte_ht_gj_y=400_000.0), *ROWS[1:])
    matched = run(*rows, catalogue=dear(), links=link())[1]
    assert matched.matches["quantity"].sum() == 400_000.0
    assert not len(given(matched))


@pytest.mark.parametrize("existing", ["respect", "reopen"])
def test_a_source_that_is_taken_to_have_sold_all_is_told_apart_and_never_counted(run, existing):
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
    assert matched.municipalities[f"{HEAT}_received"].sum() == 0


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
def test_what_is_under_contract_with_nobody_knows_whom_is_no_chance_and_says_when_it_becomes_one(run, way):
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


def missing(matched):
    """Per taker what it lacks, what runs under contract, and the cause."""
    rows = matched.gaps.query("role == 'demand'").set_index("site_id")
    return {site: (row.remaining, row.under_contract, row.cause) for site, row in rows.iterrows()}


def test_a_taker_whose_delivery_runs_with_an_unknown_size_lacks_nothing_that_can_be_told(run):
    """Kas 1 asks 900 TJ and gets some of it; kas 2 gets nothing, so only its 900 TJ is a shortage."""
    found = run(*ROWS, catalogue=dear(), links=link())[1]
    told = missing(found)
    assert told["kas:1"] == (0.0, 900_000.0, "under_contract")
    assert told["kas:2"][:2] == (900_000.0, 0.0)
    totals = found.municipalities.iloc[0]
    assert (totals[f"{HEAT}_short"], totals[f"{HEAT}_contract"]) == (900_000.0, 900_000.0)
    reason = found.gaps.set_index("site_id").at["kas:1", "reason"]
    assert "900.000 GJ" in reason
    assert "onder contract" in reason
    assert "geen tekort" in reason


def test_a_taker_that_gets_something_besides_its_contract_lacks_nothing_of_the_rest(run):
    """Another source of 300 TJ next door: 600 of the 900 remain, and who knows what the contract brings of them."""
    rows = (*ROWS[:2], source("bron:2", dx=1_500.0, gj=300_000.0))
    told = missing(run(*rows, catalogue=dear(), links=link())[1])
    assert told["kas:1"] == (0.0, 600_000.0, "under_contract")


def test_what_a_contract_of_known_size_leaves_is_a_shortage(run):
    rows = (source(gj=300_000.0), *ROWS[1:])
    told = missing(run(*rows, catalogue=dear(), links=link(quantity=300_000.0))[1])
    assert told["kas:1"][:2] == (600_000.0, 0.0)


@pytest.mark.parametrize(("way", "short"), [("contract", 0.0), ("sold", 900_000.0)])
def test_where_all_that_is_known_is_under_contract_its_takers_lack_nothing_that_can_be_told(run, way, short):
    """A tender ends at one of them; what a source sold may have gone to anybody."""
    told = missing(run(*ROWS, catalogue=contracted(way=way))[1])
    assert {site: row[:2] for site, row in told.items()} == dict.fromkeys(
        ("kas:1", "kas:2"), (short, 900_000.0 - short)
    )


def test_with_contracts_reopened_and_where_some_of_it_is_free_what_is_missing_is_missing(run):
    short = sum(row[0] for row in missing(run(*ROWS, catalogue=contracted(), existing="reopen")[1]).values())
    assert short == 900_000.0
    free = (source(gj=900_000.0, free_supply_restwarmte_ht_gj_y=400_000.0), *ROWS[1:])
    assert sum(row[0] for row in missing(run(*free, catalogue=contracted())[1]).values()) == 1_400_000.0


def test_a_taker_that_is_only_planned_has_no_contract_yet(run):
    planned = (*ROWS[:2], taker("kas:2", dx=-2_000.0, gj=900_000.0, status="planned"))
    told = missing(run(*planned, catalogue=contracted(), include_planned=True)[1])
    assert told["kas:2"][:2] == (900_000.0, 0.0)
    assert told["kas:1"][:2] == (0.0, 900_000.0)


def test_a_partner_that_is_known_goes_before_what_holds_for_such_a_place(run):
    rows = given(run(*ROWS, catalogue=contracted(), links=link(until_date="2033"))[1])
    assert set(rows["given_as"]) == {"partner"}
    assert set(rows["given_why"]) == {"Gaat nu naar Kas Een, contract tot 2033."}


def test_reopened_what_is_under_contract_is_a_chance_that_says_so(run):
    matched = run(*ROWS, catalogue=contracted(), existing="reopen")[1]
    assert matched.matches["quantity"].sum() == 900_000.0
    assert matched.matches["reason"].str.contains("nieuwe aanbesteding").all()
    assert not len(given(matched))


def test_reopened_a_chance_names_the_partner_where_one_is_known(run):
    matched = run(*ROWS, catalogue=contracted(), links=link(until_date="2033"), existing="reopen")[1]
    reason = " ".join(matched.matches["reason"])
    assert "2033" in reason
    assert "aanbesteding" not in reason


def test_what_the_layer_states_as_free_is_under_no_contract(run):
    rows = (source(gj=900_000.0, free_supply_restwarmte_ht_gj_y=400_000.0), *ROWS[1:])
    matched = run(*rows, catalogue=contracted())[1]
    assert matched.matches["quantity"].sum() == 400_000.0
    assert not len(given(matched))


def test_what_a_place_may_still_make_is_not_told_as_another_s(run):
    compost = link(stream="compost", supply_id="v:1", demand_id=None, unit="t")
    places = [town(), digester(), digester("v:2", x=113_000), fields()]
    matched = run(*places, links=compost, streams=["gft", "compost"])[1]
    rows = given(matched)
    assert set(rows.loc[rows["stream"] == "compost", "supply_id"]) == {"v:1"}


def test_only_the_best_pairs_of_what_another_has_are_kept(run):
    takers = [taker(f"kas:{n:02}", dx=900.0 + 500.0 * n, gj=1e6) for n in range(14)]
    matched = run(source(kind="geothermal", gj=900_000.0), *takers, catalogue=dear())[1]
    assert given(matched)["demand_id"].tolist() == [f"kas:{n:02}" for n in range(10)]


def test_of_contracts_of_which_one_has_no_end_nobody_knows_the_end(run):
    both = pd.concat(
        [link(until_date="2033"), link(link_id="l:2", demand_name="Kas Twee")], ignore_index=True
    )
    rows = given(run(*ROWS, catalogue=dear(), links=LINKS.conform(both))[1])
    assert set(rows["given_to"]) == {"Kas Een; Kas Twee"}
    assert rows["given_until"].isna().all()


YEARS = st.sampled_from([None, "2019", "2025-06-30", "2033"])
DELIVERIES = st.fixed_dictionaries(
    {
        "supply_id": st.sampled_from(["bron:1", "bron:2", None]),
        "demand_id": st.sampled_from(["kas:1", None]),
        "demand_name": st.sampled_from(["Een", "Twee"]),
        "quantity": st.sampled_from([None, 0.0, 300.0, 1e9]),
        "status": st.sampled_from(["running", "running", "planned", "stopped"]),
        "until_date": YEARS,
    }
)


@cache
def catalogue_of(way):
    return dear() if way is None else contracted(way=way)


@SOME
@drawn(
    deliveries=st.lists(DELIVERIES, max_size=4),
    free=st.sampled_from([None, 0.0, 400.0]),
    way=st.sampled_from([None, "contract", "sold"]),
    existing=st.sampled_from(["respect", "respect", "reopen"]),
)
def test_of_all_that_another_has_it_is_said_who_or_why(run, deliveries, free, way, existing):
    """Whatever runs, ran or will run, of what size, whatever the layer states and the catalogue says."""
    places = (
        source(free_supply_restwarmte_ht_gj_y=free),
        source("bron:2", dx=500.0, kind="geothermal"),
        taker(),
    )
    first = link().iloc[0].to_dict()
    rows = [{**first, **one, "link_id": f"l:{number}"} for number, one in enumerate(deliveries)]
    links = LINKS.conform(pd.DataFrame(rows)) if rows else LINKS.empty()
    flows, matched = run(*places, catalogue=catalogue_of(way), links=links, existing=existing)
    told = given(matched)
    assert not matched.candidates["match_id"].duplicated().any()
    assert not told["chosen"].any()
    runs = links[links["status"] == "running"]
    for row in told.itertuples():
        names = set(runs.loc[runs["supply_id"] == row.supply_id, "demand_name"])
        assert row.given_why.endswith(".")
        assert (row.given_as == "partner") == bool(names)
        assert (set() if pd.isna(row.given_to) else set(row.given_to.split("; "))) == names
    gone = flows[(flows["role"] == "supply") & (flows["value"] <= 0) & (flows["given_away"] > 0)]
    assert set(told["supply_id"]) == set(gone["site_id"])
    assert existing == "respect" or not len(told)


@pytest.fixture
def ended(tmp_path):
    """A project in which a delivery between both places ended years ago, and another begins later."""
    layer = '[[links]]\nname = "l"\npath = "l.csv"\nsource = "proef"\nyear = 2024\n'
    folder = write_project(tmp_path / "proef", toml=TOML + layer)
    (folder / "l.csv").write_text(
        "id,stream,supply,demand_name,demand,quantity,unit,status,from_date,until_date\n"
        "1,restwarmte_ht,a:b,,a:k,,GJ,running,2010,2019\n"
        "2,restwarmte_ht,a:b,Later,,,GJ,running,2031,\n"
        "3,restwarmte_ht,a:b,Later,,,GJ,running,2032,\n",
        encoding="utf-8",
    )
    return folder


@pytest.mark.usefixtures("little_written")
def test_what_ended_or_begins_later_is_no_running_delivery(ended, capsys):
    frames = build(ended).frames
    assert "Een eerdere levering tussen deze twee is gestopt." in frames.matches["reason"].iloc[0]
    assert "loopt al" not in frames.matches["reason"].iloc[0]
    assert call(["build", str(ended), "-q"]) == 0
    assert call(["explain", str(ended / "uit"), "Bron", "Kas"]) == 0
    assert "gestopt" in capsys.readouterr().out


def test_what_does_not_run_now_is_counted_nowhere_as_running(ended, capsys):
    text = (ended / "kansenkaart.toml").read_text(encoding="utf-8")
    (ended / "kansenkaart.toml").write_text(text + "[clusters]\n", encoding="utf-8")
    frames = build(ended).frames
    assert frames.links["status"].tolist() == ["stopped", "planned", "planned"]
    assert (frames.area_view[["runs_inside", "runs_out", "runs_in"]] == 0).all(axis=None)
    assert (frames.chain_view["runs"] == 0).all()
    assert call(["check", str(ended)]) == 0
    assert "Loopt al" not in capsys.readouterr().out


def test_reopened_a_contract_that_ended_is_no_contract(ended):
    text = (ended / "kansenkaart.toml").read_text(encoding="utf-8")
    (ended / "kansenkaart.toml").write_text('existing = "reopen"\n' + text, encoding="utf-8")
    reason = build(ended).frames.matches["reason"].iloc[0]
    assert "heropend" not in reason
    assert "2019" not in reason
