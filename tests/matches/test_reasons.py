"""A reason says only what the run decided, in at most five sentences, with the run's own numbers."""

import re

from kansenkaart.matches.why.leftover import find_leftover, rank_partners
from kansenkaart.matches.why.reasons import MOST_SENTENCES
from kansenkaart.texts import load_texts
from tests.matches.places import HEAT, X, Y, source, taker

CO2, WOOD = "co2", "houtchips_snoei"
PAYS = {"avoided_heat_glass": 25.0}
PLAIN = {"season": False, "ledgers": False, "coupling": "off"}


def heat(region, *rows, **more):
    return region(*rows, **{"streams": [HEAT], "prices": PAYS, "method": PLAIN, **more})


def test_better_partners_that_are_said_to_be_served_ask_nothing_more(solved):
    solution = solved.solution
    for one in solution.streams.values():
        left = find_leftover(one, solution)
        better, asking = rank_partners(one, left)
        for pair in one.pairs.index[one.pairs["chosen"]]:
            same = (one.problem.s == one.problem.s[pair]) & (
                one.pairs["worth"] > one.pairs["worth"].iloc[pair]
            ).to_numpy()
            assert better[pair] == same.sum()
            assert asking[pair] == (left.demand.sum(axis=1)[one.problem.d[same]] > 0).sum()


def test_every_reason_of_the_example_says_the_shares_and_ends_as_a_sentence(noord_holland):
    for reason in noord_holland.frames.matches["reason"]:
        assert "% van de vraag" in reason
        assert reason.rstrip().endswith(".")
        assert ".." not in reason
        assert not re.search(r"\{\w*\}|nan|None", reason)
        # what it costs and what it saves differ where something is left
        assert not re.search(r"Kost ([\d.,]+) euro per [^;]+; wie afneemt spaart circa \1 uit", reason)


def test_no_reason_is_longer_than_five_sentences(region):
    rows = (source(), taker(), taker("kas:2", dx=3100.0, gj=40_000.0))
    for reason in heat(region, *rows, language="en").reasons[HEAT]:
        assert len(re.findall(r"\.(?= [A-Z]|$)", reason)) <= MOST_SENTENCES


def test_takers_on_one_pipe_name_each_other_and_its_power(region):
    rows = (source(gj=400_000.0), taker(), taker("kas:2", dx=3100.0, gj=140_000.0))
    found = heat(region, *rows)
    first, second = found.reasons[HEAT]
    assert "hoofdleiding" in first
    assert "kas:2 (140.000 GJ)" in first
    assert "kas:1 (150.000 GJ)" in second
    pairs = found.solution.streams[HEAT].pairs
    assert load_texts("nl").number(pairs["pipe_mw"].sum(), 2) + " MW" in first
    assert "hoofdleiding" not in heat(region, source(), taker()).reasons[HEAT][0]


def test_a_season_says_in_which_months_and_which_share_of_the_year_is_usable(region):
    found = heat(region, source(), taker(gj=300_000.0), method={**PLAIN, "season": True})
    reason = found.reasons[HEAT][0]
    one = found.solution.streams[HEAT]
    usable = one.problem.supply[0].clip(max=one.problem.demand[0]).sum() / one.problem.supply[0].sum()
    assert load_texts("nl").number(100 * usable, 2) + " % van het jaaraanbod" in reason
    assert "Het seizoen" not in heat(region, source(), taker(gj=300_000.0)).reasons[HEAT][0]


def test_heat_and_co2_to_one_greenhouse_name_each_other(region):
    rows = (
        source(),
        taker(demand_co2_t_y=1000.0),
        {"site_id": "co2:1", "kind": "co2_source", "x": X, "y": Y + 2000, "supply_co2_t_y": 250.0},
    )
    settings = {"streams": [HEAT, CO2], "prices": PAYS}
    method = {"season": False, "ledgers": False, "lots": False}
    found = region(*rows, **settings, method={**method, "coupling": "rewarded"})
    assert "Samen met CO₂ voor kassen: daarvan krijgt kas:1 25 %" in found.reasons[HEAT][0]
    apart = region(*rows, **settings, method={**method, "coupling": "off"})
    assert "Samen met" not in apart.reasons[HEAT][0]


def test_both_legs_of_a_chain_say_so(region):
    rows = (
        {
            "site_id": "g:1",
            "kind": "municipality",
            "x": X,
            "y": Y,
            "supply_gft_t_y": 1000.0,
            "free_supply_gft_t_y": 1000.0,
        },
        {"site_id": "v:1", "kind": "digester", "x": X + 2000, "y": Y, "feed": "gft", "demand_gft_t_y": 800.0},
        {"site_id": "a:1", "kind": "arable_area", "x": X + 4000, "y": Y, "arable_ha": 1000.0},
    )
    found = region(*rows, streams=["gft", "compost"])
    assert "v:1 maakt hier compost van" in found.reasons["gft"][0]
    assert "v:1 maakt dit van groente-, fruit- en tuinafval" in found.reasons["compost"][0]


def test_the_smallest_lot_is_named_where_there_is_one(region):
    rows = (
        {
            "site_id": "g:1",
            "kind": "municipality",
            "x": X,
            "y": Y,
            f"supply_{WOOD}_t_y": 100.0,
            f"free_supply_{WOOD}_t_y": 100.0,
        },
        {"site_id": "b:1", "kind": "biomass_plant", "x": X + 900, "y": Y, f"demand_{WOOD}_t_y": 500.0},
    )
    assert "20 t" in region(*rows, streams=[WOOD], stream={WOOD: {"min_lot": 20}}).reasons[WOOD][0]
    assert (
        "kleinste partij" not in region(*rows, streams=[WOOD], stream={WOOD: {"min_lot": 0}}).reasons[WOOD][0]
    )


def test_up_to_which_distance_it_pays_is_said_with_the_run_s_number(region):
    found = heat(region, source(), taker())
    limit = found.solution.streams[HEAT].pairs["break_even_km"].iloc[0]
    assert limit > 3
    assert f"tot {load_texts('nl').number(limit)} km" in found.reasons[HEAT][0]


def test_a_better_taker_that_still_asks_is_not_said_to_be_served(region):
    def change(flows):
        flows = flows.copy()
        months = [f"free_{month:02d}" for month in range(1, 13)]
        for flow, chosen in (("bron:1|restwarmte_ht|supply", 0), ("kas:1|restwarmte_ht|demand", 6)):
            row = flows.index[flows["flow_id"] == flow][0]
            flows.loc[row, months] = 0.0
            flows.loc[row, months[chosen]] = flows.at[row, "value"]
        return flows

    rows = (source(), taker(dx=1000.0, gj=400_000.0), taker("kas:2", dx=9000.0))
    found = heat(region, *rows, change=change, method={**PLAIN, "season": True})
    reason = found.reasons[HEAT][0]
    assert "kas:2" in reason
    assert "al voorzien" not in reason
    assert "(1 van 1)" in reason
