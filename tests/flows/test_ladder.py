"""Where a supply stands on the R-ladder now, what could rise anywhere, and what rises by the chances."""

import pandas as pd
import pytest

from kansenkaart.catalogue import find_best_rungs, load_catalogue
from kansenkaart.catalogue.waste import load_ladder, load_treatments
from kansenkaart.flows.ladder import find_ladder
from kansenkaart.pipeline import build
from kansenkaart.texts import load_texts
from tests.small_project import TOML, write_project

CATALOGUE = load_catalogue()
HEAD = "id,name,kind,x_rd,y_rd,eural,treatment,quantity,demand_sloophout_t_y\n"
ROWS = """a,Aannemer,industry,121000,487000,170201,F01,60,
a,Aannemer,industry,121000,487000,170201,G01,30,
a,Aannemer,industry,121000,487000,170201,C02,500,
a,Aannemer,industry,121000,487000,170201,A02,10,
b,Bouwer,industry,122000,487000,170201,,40,
p,Plaatfabriek,board_maker,123000,487000,,,,50
"""
SETTINGS = """combine = true
units = { quantity = "t" }
[balances]
"""


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    kind = next(pair.demand_kind for pair in _pairs("sloophout", "industry") if pair.r_after == 8)
    toml = TOML.replace("restwarmte_ht", "sloophout") + SETTINGS
    rows = ROWS.replace("board_maker", kind)
    project = write_project(tmp_path_factory.mktemp("ladder") / "project", toml, HEAD + rows)
    return build(project).frames


@pytest.fixture(scope="module")
def ladder(frames):
    return frames.ladder


def _pairs(stream, kind):
    return [one for one in CATALOGUE.pairs.values() if (one.stream, one.supply_kind) == (stream, kind)]


def test_the_rung_of_now_is_that_of_the_reported_treatment(ladder):
    own = ladder[ladder["site_id"] == "a:a"].set_index("now_basis")
    assert own["quantity"].to_dict() == pytest.approx({"treatment": 60, "below": 30, "unknown": 10})
    assert own.loc["treatment", ["r_now", "pbl_now"]].tolist() == [9, "R6"]
    assert own.loc[["below", "unknown"], "r_now"].isna().all()
    # where nobody knows where it is, nobody knows that it could rise
    assert own.loc["unknown", "possible"] == 0
    assert own.loc["below", "possible"] == pytest.approx(30)


def test_without_a_treatment_it_is_where_the_stream_usually_goes(ladder):
    (row,) = ladder[ladder["site_id"] == "a:b"].to_dict("records")
    assert (row["now_basis"], row["r_now"]) == ("usual", CATALOGUE.streams["sloophout"].r_now)
    assert row["r_possible"] == min(one.r_after for one in _pairs("sloophout", "industry"))


def test_a_chance_says_the_rung_within_reach_beside_the_one_that_is_possible_anywhere(frames):
    """From the same place in the code as the ladder: the catalogue's best for a place of its kind."""
    best = min(one.r_after for one in _pairs("sloophout", "industry"))
    assert len(frames.matches) > 0
    assert set(frames.matches["r_possible"]) == {best} == set(frames.ladder["r_possible"].dropna())
    assert (frames.matches["r_after"] == 8).all()
    # wood of a sorter may be planks again (R5), of a firm it becomes board (R8)
    rungs = find_best_rungs(CATALOGUE.pairs.values())
    assert (rungs["sloophout", "cdw_sorter"], rungs["sloophout", "industry"]) == (5, best)
    assert (frames.candidates["r_possible"] <= frames.candidates["r_after"]).all()


def test_what_is_within_reach_is_what_the_chances_raise_and_no_more_than_could_rise(ladder):
    assert (ladder["within_reach"] <= ladder["possible"] + 1e-9).all()
    assert 0 < ladder["within_reach"].sum() <= 50
    assert ladder["possible"].sum() > ladder["within_reach"].sum()


def test_every_treatment_stream_and_pair_has_a_rung_or_why_not():
    rungs = load_ladder()
    assert list(rungs) == list(range(10))
    crosswalk = {0: "R1", 1: "R1", 2: "R2", 3: "R3", 4: "R4", 5: "R4", 6: "R4", 7: "R4", 8: "R5", 9: "R6"}
    assert {rung: one.pbl for rung, one in rungs.items()} == crosswalk
    for one in load_treatments().values():
        assert (one.r_rung in rungs) != bool(one.why), one.code
    assert {one.r_now for one in CATALOGUE.streams.values()} <= set(rungs)
    assert {one.r_after for one in CATALOGUE.pairs.values()} <= set(rungs)


def test_a_stream_used_in_a_cascade_and_a_supply_outside_the_region_have_no_row():
    sites = pd.DataFrame(
        {
            "site_id": ["x", "y"],
            "name": ["X", "Y"],
            "kind": "industry",
            "municipality": "M",
            "in_region": [True, False],
        }
    )
    flows = pd.DataFrame({"site_id": ["x", "y"], "stream": ["co2", "sloophout"]})
    flows = flows.assign(
        flow_id=flows["site_id"] + "|" + flows["stream"] + "|supply", role="supply", unit="t", value=5.0
    )
    matches = pd.DataFrame(columns=["supply_id", "stream", "chance_class", "r_after", "quantity"])
    assert find_ladder(sites, flows, matches, CATALOGUE).empty


@pytest.mark.parametrize("language", ["nl", "en"])
def test_what_could_rise_is_called_an_amount(ladder, language):
    """It is one, in the unit of its row: a head that only says that it can reads as yes or no."""
    texts = load_texts(language)
    for name in ("possible", "within_reach"):
        assert ladder[name].max() > 1
        assert texts(f"columns.ladder.{name}").startswith(("Hoeveel", "How much"))
