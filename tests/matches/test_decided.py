"""What a room decided goes before what the method would choose, and nothing is promised twice."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from kansenkaart.catalogue import load_catalogue
from kansenkaart.catalogue.workshop import WORKSHOP_KIND, add_workshop_kind
from kansenkaart.matches.certainty.draws import draw_group
from kansenkaart.matches.long_range import column_generation as long_range
from kansenkaart.matches.long_range import far_pairs
from kansenkaart.matches.pairs import eligibility
from kansenkaart.matches.rows.match_rows import write_rows
from kansenkaart.matches.solve.problem import CONFIRMED
from kansenkaart.matches.why.pair_rules import remark_decisions
from kansenkaart.tables import DECISIONS
from kansenkaart.texts import load_texts
from tests.matches import places
from tests.matches.places import HEAT, X, Y
from tests.tries import drawn

APART = {"season": False, "ledgers": False, "coupling": "off", "chains": False}


def decisions(*rows):
    """Rows (stream, supply, demand, decision) as the frame."""
    frame = pd.DataFrame(rows, columns=["stream", "supply_id", "demand_id", "decision"])
    return DECISIONS.conform(frame.assign(row=np.arange(2, 2 + len(rows))))


def source(site_id="b:1", **more):
    return places.source(site_id, **{"gj": 100_000.0, **more})


def taker(site_id="k:1", **more):
    return places.taker(site_id, **{"gj": 100_000.0, "dx": 2_000.0, "demand_temperature_c": 45.0, **more})


def heat(region, *rows, method=None, **settings):
    return region(*rows, streams=[HEAT], method={**APART, **(method or {})}, **settings)


def quantities(found, stream=HEAT):
    one = found.solution.streams[stream]
    ids = [side.column("site_id") for side in one.sides]
    used = np.flatnonzero(one.solved.quantity > 0)
    return {
        (str(ids[0][one.problem.s[n]]), str(ids[1][one.problem.d[n]])): float(one.solved.quantity[n])
        for n in used
    }


NEAR_AND_FAR = (source(), taker("k:1", dx=2_000.0), taker("k:2", dx=24_000.0))


def test_a_confirmed_pair_goes_before_a_nearer_one_that_pays_better(region):
    assert quantities(heat(region, *NEAR_AND_FAR)) == {("b:1", "k:1"): 100_000.0}
    found = heat(region, *NEAR_AND_FAR, decisions=decisions((HEAT, "b:1", "k:2", "confirmed")))
    assert quantities(found) == {("b:1", "k:2"): 100_000.0}
    one = found.solution.streams[HEAT]
    (pair,) = np.flatnonzero(one.solved.quantity > 0)
    assert one.solved.plan.tier[pair] == CONFIRMED
    assert one.pairs.loc[pair, "net_high_eur_y"] < 0  # it does not pay, even at best
    assert found.reasons[HEAT][0].startswith("Bevestigd in de werksessie")


def test_who_lost_to_a_confirmed_pair_is_told_so(region):
    found = heat(region, *NEAR_AND_FAR, decisions=decisions((HEAT, "b:1", "k:2", "confirmed")))
    row = found.gap("k:1|restwarmte_ht|demand")
    assert (row["cause"], row["remaining"]) == ("outbid", 100_000.0)
    assert "bevestigd in de werksessie" in row["reason"]


def test_what_a_confirmed_pair_leaves_is_divided_as_ever(region):
    rows = (source(gj=150_000.0), *NEAR_AND_FAR[1:])
    decided = decisions((HEAT, "b:1", "k:2", "confirmed"))
    found = heat(region, *rows, decisions=decided, prices={"avoided_heat_glass": 25.0})
    assert quantities(found) == {("b:1", "k:2"): 100_000.0, ("b:1", "k:1"): 50_000.0}
    one = found.solution.streams[HEAT]
    # The objective speaks of what the method itself divided.
    worth = one.solved.plan.unit_value
    assert one.solved.objective_value == pytest.approx(50_000.0 * np.nanmax(worth))


def test_a_rejected_pair_carries_nothing_and_both_ends_say_why(region):
    found = heat(region, source(), taker(), decisions=decisions((HEAT, "b:1", "k:1", "rejected")))
    assert quantities(found) == {}
    for flow, partner in (("b:1|restwarmte_ht|supply", "k:1"), ("k:1|restwarmte_ht|demand", "b:1")):
        row = found.gap(flow)
        assert (row["cause"], row["remaining"]) == ("rejected", 100_000.0)
        assert partner in row["reason"]
        assert "2 km" in row["reason"]
    told = found.explain("b:1", "k:1").streams[0]
    assert "Werksessie, houdt tegen: afgewezen; dit paar doet niet mee." in told.lines
    assert told.verdict == "Geen kans van b:1 naar k:1: het is afgewezen in de werksessie."


def test_a_rejection_is_no_cause_where_the_partner_is_full(region):
    rows = (source("b:1"), source("b:2", dx=100.0), taker("k:1"))
    found = heat(region, *rows, decisions=decisions((HEAT, "b:1", "k:1", "rejected")))
    assert quantities(found) == {("b:2", "k:1"): 100_000.0}
    # Nobody else is there for it: the rejection is what is left to say.
    assert found.gap("b:1|restwarmte_ht|supply")["cause"] == "rejected"
    more = heat(
        region,
        *rows,
        taker("k:2", gj=10_000.0),
        decisions=decisions((HEAT, "b:1", "k:1", "rejected"), (HEAT, "b:2", "k:1", "confirmed")),
    )
    assert more.gap("b:1|restwarmte_ht|supply")["cause"] == "takers_full"


def test_explain_says_that_a_pair_was_confirmed_and_when_it_was_served(region):
    found = heat(region, *NEAR_AND_FAR, decisions=decisions((HEAT, "b:1", "k:2", "confirmed")))
    lines = found.explain("b:1", "k:2").streams[0].lines
    assert any(line.startswith("Werksessie, goed: bevestigd") for line in lines)
    assert any("Verdeeld voor alle rondes" in line for line in lines)


def test_a_confirmed_pair_is_made_below_the_smallest_lot_and_its_fixed_cost(region):
    settings = {"stream": {HEAT: {"min_lot": 50_000.0, "fixed_eur_y": 1e9}}}
    rows = (source(gj=1_000.0), taker())
    assert quantities(heat(region, *rows, **settings)) == {}
    decided = decisions((HEAT, "b:1", "k:1", "confirmed"))
    assert quantities(heat(region, *rows, decisions=decided, **settings)) == {("b:1", "k:1"): 1_000.0}


@pytest.mark.parametrize("coupling", ["off", "rewarded"])
def test_months_and_links_respect_what_was_confirmed(region, coupling):
    method = {"season": True, "ledgers": True, "coupling": coupling, "chains": True}
    plain = heat(region, *NEAR_AND_FAR, method=method)
    assert quantities(plain)["b:1", "k:1"] > quantities(plain)["b:1", "k:2"]
    decided = decisions((HEAT, "b:1", "k:2", "confirmed"))
    found = heat(region, *NEAR_AND_FAR, method=method, decisions=decided)
    one = found.solution.streams[HEAT]
    (pair,) = np.flatnonzero(one.solved.plan.confirmed)
    most = np.minimum(one.problem.supply[one.problem.s[pair]], one.problem.demand[one.problem.d[pair]])
    assert one.solved.months[pair] == pytest.approx(most)


def test_a_store_serves_what_was_confirmed_first(region):
    settings = {"stream": {HEAT: {"storage_efficiency": 0.8, "min_lot": 60_000.0}}}
    decided = decisions((HEAT, "b:1", "k:2", "confirmed"))
    rows = (source(gj=40_000.0), *NEAR_AND_FAR[1:])
    found = heat(region, *rows, method={"season": True}, decisions=decided, **settings)
    assert set(quantities(found)) == {("b:1", "k:2")}
    one = found.solution.streams[HEAT]
    assert one.solved.method != "network simplex"
    assert one.solved.quantity.sum() > 0.8 * 40_000.0 * (1 - 1e-9)


CHAIN = (
    {
        "site_id": "g:1",
        "kind": "municipality",
        "x": X,
        "y": Y,
        "supply_gft_t_y": 10_000.0,
        "free_supply_gft_t_y": 10_000.0,
    },
    {
        "site_id": "v:1",
        "kind": "digester",
        "x": X + 3_000,
        "y": Y,
        "feed": "gft",
        "demand_gft_t_y": 10_000.0,
    },
    {"site_id": "a:1", "kind": "arable_area", "x": X + 5_000, "y": Y, "arable_ha": 5_000.0},
    {"site_id": "a:2", "kind": "arable_area", "x": X + 9_000, "y": Y, "arable_ha": 5_000.0},
)


def test_a_confirmed_pair_of_what_a_place_makes_brings_along_what_feeds_it(region):
    settings = {"streams": ["gft", "compost"], "method": {"lots": False}}
    plain = quantities(region(*CHAIN, **settings), "compost")
    decided = decisions(("compost", "v:1", "a:2", "confirmed"))
    found = region(*CHAIN, decisions=decided, **settings)
    assert found.solution.groups[0][1].is_linked
    made = quantities(found, "compost")
    assert made["v:1", "a:2"] > plain.get(("v:1", "a:2"), 0.0)
    received = sum(quantities(found, "gft").values())
    assert sum(made.values()) <= received * found.solution.connections.conversions[0].yield_ * (1 + 1e-9)


def test_the_draws_keep_what_was_confirmed_first(region):
    found = heat(region, *NEAR_AND_FAR, decisions=decisions((HEAT, "b:1", "k:2", "confirmed")))
    one = found.solution.streams[HEAT]
    (names, group) = found.solution.groups[0]
    assert names == (HEAT,)
    (spread,) = draw_group(
        group, (one.solved,), (one.sides,), draws=20, seed=1, connections=found.solution.connections
    )
    (pair,) = np.flatnonzero(one.solved.plan.confirmed)
    assert spread.robustness[pair] > 0.9


def test_rows_say_which_pairs_were_confirmed(region):
    found = heat(region, *NEAR_AND_FAR, decisions=decisions((HEAT, "b:1", "k:2", "confirmed")))
    one = found.solution.streams[HEAT]
    rows = write_rows(one.pairs, one.problem, one.sides)
    assert rows.set_index("demand_id")["decision"].dropna().to_dict() == {"k:2": "confirmed"}


GONE = {
    "too far now": ((source(), taker(dx=30_000.0)), "confirmed", "ze liggen te ver uit elkaar"),
    "no such flow": ((source(), taker()), "confirmed", "heeft deze stroom niet meer"),
    "nothing free": ((source(), taker(status="suspended")), "confirmed", "niets vrij"),
    "rejected and too far": ((source(), taker(dx=30_000.0)), "rejected", "te ver"),
}


@pytest.mark.parametrize("name", GONE)
def test_a_decision_that_changes_nothing_is_reported_with_its_reason(region, name):
    rows, decision, why = GONE[name]
    demand = "b:1" if name == "no such flow" else "k:1"
    found = heat(region, *rows, decisions=decisions((HEAT, "b:1", demand, decision)))
    frame = remark_decisions(found.solution, found.inputs, found.catalogue, texts=load_texts("nl"))
    assert frame["key"].tolist() == ["workshop_without_effect"]
    assert why in frame["reason"].iloc[0]
    assert frame["row"].tolist() == [2]


def test_a_decision_that_was_followed_is_not_remarked_on(region):
    for decision in ("confirmed", "rejected"):
        found = heat(region, source(), taker(), decisions=decisions((HEAT, "b:1", "k:1", decision)))
        frame = remark_decisions(found.solution, found.inputs, found.catalogue, texts=load_texts("nl"))
        assert frame.empty


def test_a_firm_of_unknown_kind_may_deal_with_every_kind_of_its_stream_and_is_never_kansrijk():
    known = load_catalogue()
    wider = add_workshop_kind(known)
    for pair in known.pairs.values():
        as_supply = wider.pairs[pair.stream, WORKSHOP_KIND, pair.demand_kind]
        as_demand = wider.pairs[pair.stream, pair.supply_kind, WORKSHOP_KIND]
        assert as_supply.r_after >= pair.r_after
        assert {as_supply.best_class, as_demand.best_class} <= {"verkennen", "technisch"}
    assert {key: wider.pairs[key] for key in known.pairs} == dict(known.pairs)


GRASS = "bermgras_maaisel"


def test_a_confirmed_pair_that_a_large_stream_does_not_hold_is_added_and_the_bound_is_not_claimed(
    region, monkeypatch
):
    random = np.random.default_rng(3)
    rows = [
        {"site_id": f"v:{n}", "kind": "verge_manager", "x": X + dx, "y": Y, f"supply_{GRASS}_t_y": 500.0}
        for n, dx in enumerate(random.uniform(0, 40_000, 12))
    ]
    rows += [
        {"site_id": f"d:{n}", "kind": "digester", "x": X + dx, "y": Y + 900, f"demand_{GRASS}_t_y": 400.0}
        for n, dx in enumerate(random.uniform(0, 40_000, 12))
    ]
    settings = {"streams": [GRASS], "method": {"lots": False}}

    def pairs(found):
        one = found.solution.streams[GRASS]
        ids = [side.column("site_id") for side in one.sides]
        return set(zip(ids[0][one.problem.s], ids[1][one.problem.d], strict=True))

    every = pairs(region(*rows, **settings))
    for module, name, value in (
        (eligibility, "MOST_PAIRS", 5),
        (far_pairs, "_OTHERS", 1),
        (far_pairs, "_NEAREST", 1),
        (long_range, "_START", 2),
        (long_range, "_JOIN", 1),
    ):
        monkeypatch.setattr(module, name, value)
    held = pairs(region(*rows, **settings))
    supply, demand = min(every - held)
    found = region(*rows, decisions=decisions((GRASS, supply, demand, "confirmed")), **settings)
    assert quantities(found, GRASS)[supply, demand] == 400.0
    assert not found.solution.streams[GRASS].solved.certified
    gone = min(held)
    found = region(*rows, decisions=decisions((GRASS, *gone, "rejected")), **settings)
    assert gone not in pairs(found)


@drawn("seed", 6, first=3)
def test_confirmed_pairs_together_get_the_most_there_is_and_no_end_gives_more_than_it_has(region, seed):
    random = np.random.default_rng(seed)
    rows = [
        source(f"b:{n}", gj=float(random.integers(1, 9)) * 10_000, dx=float(random.uniform(0, 20_000)))
        for n in range(5)
    ]
    rows += [
        taker(f"k:{n}", gj=float(random.integers(1, 9)) * 10_000, dx=float(random.uniform(0, 20_000)))
        for n in range(6)
    ]
    every = [(f"b:{s}", f"k:{d}") for s in range(5) for d in range(6)]
    random.shuffle(every)
    confirmed, rejected = every[:7], every[7:14]
    decided = [(HEAT, s, d, "confirmed") for s, d in confirmed] + [
        (HEAT, s, d, "rejected") for s, d in rejected
    ]
    found = quantities(heat(region, *rows, decisions=decisions(*decided)))
    have = {row["site_id"]: row.get(f"supply_{HEAT}_gj_y") or row.get(f"demand_{HEAT}_gj_y") for row in rows}
    given = dict.fromkeys(have, 0.0)
    for (s, d), quantity in found.items():
        given[s] += quantity
        given[d] += quantity
    assert all(given[end] <= have[end] * (1 + 1e-12) for end in have)
    assert not set(found) & set(rejected)
    # An independent oracle: the largest flow over the confirmed pairs alone.
    ends = sorted(have)
    matrix = np.array([[float(end in pair) for pair in confirmed] for end in ends])
    best = linprog(-np.ones(len(confirmed)), A_ub=matrix, b_ub=[have[end] for end in ends])
    assert sum(found.get(pair, 0.0) for pair in confirmed) == pytest.approx(-best.fun)
