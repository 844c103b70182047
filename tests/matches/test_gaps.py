"""Why something is left: each cause in a region where only that rule stands in the way, and gone without it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.matches.why.gaps import _TELLERS
from kansenkaart.matches.why.leftover import HOLDS
from kansenkaart.matches.why.pair_rules import RULES, check_pairs
from kansenkaart.tables import GAPS, MONTH_COLUMNS, Friction, Surroundings
from kansenkaart.texts import load_texts
from tests.matches.places import HEAT, X, Y, source, taker
from tests.tries import SOME

STRUVITE, WOOD, CO2 = "struviet_fosfaat", "houtchips_snoei", "co2"
NO_SEASON = {"season": False, "ledgers": False, "coupling": "off"}
PAYS = {"avoided_heat_glass": 25.0}


def heat(region, *rows, **more):
    return region(*rows, **{"streams": [HEAT], "method": NO_SEASON, **more})


def only_in(flow_id, months):
    """Return a change of flows: one flow falls in some months only."""

    def change(flows):
        flows = flows.copy()
        row = flows.index[flows["flow_id"] == flow_id][0]
        for number, name in enumerate(MONTH_COLUMNS, start=1):
            flows.loc[row, name] = flows.at[row, "value"] / len(months) if number in months else 0.0
        return flows

    return change


def wall():
    """Return ground that no pipe crosses between the source and the taker."""
    factor = np.ones((100, 100), dtype=np.float32)
    factor[:, 50:52] = np.nan
    return Friction(factor, (100.0, 0.0, X - 3500.0, 0.0, -100.0, Y + 5000.0))


def processed(gj=100.0):
    """Return a digester that makes compost of what it receives, and a field that asks it."""
    return (
        {
            "site_id": "v:1",
            "kind": "digester",
            "x": X + 2000,
            "y": Y,
            "feed": "gft",
            "demand_gft_t_y": gj,
        },
        {"site_id": "a:1", "kind": "arable_area", "x": X + 4000, "y": Y, "arable_ha": 1000.0},
    )


# Cause: the region in which it binds, what relaxes it, and the numbers that the reason must name.
SINGLE = {
    "too_far": ((source(), taker(dx=26_000.0)), (source(), taker(dx=25_000.0)), ("26 km", "25 km")),
    "too_cold": (
        (source(supply_temperature_c=64.9), taker()),
        (source(supply_temperature_c=65.0), taker()),
        ("64,9 °C", "65 °C"),
    ),
    "place_unknown": (
        (source(), taker(placement="municipality", location_precision_m=4000.0)),
        (source(), taker()),
        ("3 km",),
    ),
    "outside_region": (
        (source(in_region=False), taker(in_region=False)),
        (source(), taker(in_region=False)),
        ("3 km",),
    ),
    "wrong_kind": ((source(kind="verge_manager"), taker()), (source(), taker()), ("3 km",)),
    "nobody_asks": ((source(),), (source(), taker()), ()),
    "nobody_asks_more": ((source(), taker(status="suspended")), (source(), taker()), ()),
}


@pytest.mark.parametrize("cause", SINGLE)
def test_a_rule_that_blocks_is_named_and_without_it_the_chance_is_there(region, cause):
    blocked, relaxed, numbers = SINGLE[cause]
    found = heat(region, *blocked)
    row = found.gap("bron:1|restwarmte_ht|supply")
    assert row["cause"] == cause
    assert row["remaining"] == 200_000.0
    for number in numbers:
        assert number in row["reason"]
    assert found.moved(HEAT) == 0
    assert heat(region, *relaxed).moved(HEAT) == 150_000.0


def test_the_limit_is_written_so_that_it_differs_from_a_distance_just_beyond_it(region):
    reason = heat(region, source(), taker(dx=25_001.0)).gap("bron:1|restwarmte_ht|supply")["reason"]
    assert "25,001 km" in reason


def test_a_second_rule_in_the_way_is_told_too(region):
    reason = heat(region, source(supply_temperature_c=40.0), taker(dx=26_000.0)).gap(
        "bron:1|restwarmte_ht|supply"
    )["reason"]
    assert "26 km" in reason
    assert "temperatuur" in reason.split(".")[-2]


def test_no_way_for_a_pipe_is_unreachable_and_without_the_wall_it_is_not(region):
    project = {"friction": {"layers": [{"path": "x.gpkg", "kind": "water", "factor": 9.0}]}}
    blocked = heat(region, source(), taker(), surroundings=Surroundings(friction=wall()), **project)
    row = blocked.gap("bron:1|restwarmte_ht|supply")
    assert row["cause"] == "unreachable"
    assert "3 km" in row["reason"]
    assert heat(region, source(), taker()).moved(HEAT) == 150_000.0


def test_who_filled_the_taker_is_named_largest_first_and_at_most_two(region):
    rows = [source(f"bron:{n}", dx=10.0 * n, gj=gj) for n, gj in enumerate((9e4, 8e4, 7e4, 6e4), start=1)]
    found = heat(region, *rows, taker(gj=260_000.0), prices=PAYS)
    left = found.gaps[(found.gaps["role"] == "supply") & (found.gaps["remaining"] > 0)]
    assert len(left) == 1
    reason = left["reason"].iloc[0]
    others = sorted(
        (
            (row.delivered, row.site_id)
            for row in found.gaps.itertuples()
            if row.role == "supply" and row.site_id != left["site_id"].iloc[0]
        ),
        reverse=True,
    )
    assert [site in reason for _, site in others] == [True, True, False]
    assert "1 meer" in reason
    assert reason.index(others[0][1]) < reason.index(others[1][1])
    assert load_texts("nl").number(others[0][0]) in reason


def test_outbid_names_what_one_more_unit_is_worth_there_and_here(region):
    rows = (source("bron:near", gj=150_000.0), source("bron:far", dx=-9000.0), taker())
    found = heat(region, *rows, prices=PAYS)
    row = found.gap("bron:far|restwarmte_ht|supply")
    assert row["cause"] == "outbid"
    one = found.solution.streams[HEAT]
    worth = one.solved.plan.unit_value[(one.problem.s == 0) & (one.problem.d == 0)][0]
    price = one.solved.demand_price[0]
    assert worth < price
    texts = load_texts("nl")
    assert texts.number(price, 2) + " euro per GJ" in row["reason"]
    assert texts.number(worth, 2) + " euro per GJ" in row["reason"]
    assert "bron:near (150.000 GJ)" in row["reason"]
    alone = heat(region, *rows[1:], prices=PAYS)
    assert alone.gap("bron:far|restwarmte_ht|supply")["delivered"] == 150_000.0


def test_a_taker_that_got_all_there_was_says_who_else_took_it(region):
    found = heat(region, source(gj=100_000.0), taker(dx=1000.0), taker("kas:2", dx=9000.0), prices=PAYS)
    row = found.gap("kas:2|restwarmte_ht|demand")
    assert row["cause"] == "outbid"
    assert "kas:1 (100.000 GJ)" in row["reason"]
    more = heat(region, source(gj=300_000.0), taker(dx=1000.0), taker("kas:2", dx=9000.0), prices=PAYS)
    assert more.gap("kas:2|restwarmte_ht|demand")["remaining"] == 0


def test_demand_within_reach_that_is_all_met_from_here_is_simply_met(region):
    row = heat(region, source(), taker(), prices=PAYS).gap("bron:1|restwarmte_ht|supply")
    assert (row["cause"], row["remaining"]) == ("takers_full", 50_000.0)


def wood(site_id, role, t, dx=0.0):
    kind = "municipality" if role == "supply" else "biomass_plant"
    # what a town has of it is under contract, unless it says that it is free
    free = {f"free_supply_{WOOD}_t_y": t} if role == "supply" else {}
    return {"site_id": site_id, "kind": kind, "x": X + dx, "y": Y, f"{role}_{WOOD}_t_y": t, **free}


@pytest.mark.parametrize(
    ("lot", "cause", "moved"), [(50.0, "below_min_lot", 0.0), (10.0, "fully_used", 20.0)]
)
def test_less_than_the_smallest_lot_is_not_worth_a_connection(region, lot, cause, moved):
    rows = (wood("g:1", "supply", 20.0), wood("b:1", "demand", 500.0, dx=3000.0))
    found = region(*rows, streams=[WOOD], stream={WOOD: {"min_lot": lot}})
    row = found.gap(f"g:1|{WOOD}|supply")
    assert (row["cause"], found.moved(WOOD)) == (cause, moved)
    if cause == "below_min_lot":
        assert "20 t" in row["reason"]
        assert "50 t" in row["reason"]


@pytest.mark.parametrize(("fixed", "expected"), [(1e8, "technisch"), (1.0, "kansrijk")])
def test_a_connection_must_earn_its_fixed_cost(region, fixed, expected):
    found = heat(region, source(), taker(), prices=PAYS, stream={HEAT: {"fixed_eur_y": fixed}})
    pair = found.solution.streams[HEAT].pairs.iloc[0]
    assert pair["chance_class"] == expected
    assert (pair["net_eur_y"] > 0) == (expected == "kansrijk")


def test_what_moves_without_paying_says_up_to_where_and_from_which_price_it_pays(region):
    found = heat(region, source(gj=20_000.0), taker(dx=20_000.0, gj=20_000.0))
    row = found.gap("bron:1|restwarmte_ht|supply")
    assert (row["cause"], row["delivered"], row["if_pays"]) == ("below_break_even", 0.0, 20_000.0)
    pair = found.solution.streams[HEAT].pairs.iloc[0]
    texts = load_texts("nl")
    assert texts.number(pair["break_even_eur_unit"], 2) in row["reason"]
    paying = heat(
        region,
        source(gj=20_000.0),
        taker(dx=20_000.0, gj=20_000.0),
        prices={**PAYS, "avoided_heat_glass": 300.0},
    )
    assert paying.gap("bron:1|restwarmte_ht|supply")["cause"] == "fully_used"


def test_a_summer_source_and_a_winter_taker_miss_each_other_and_over_the_year_they_do_not(region):
    change = only_in("bron:1|restwarmte_ht|supply", (6, 7, 8))
    winter = only_in("kas:1|restwarmte_ht|demand", (12, 1, 2))
    rows = (source(), taker())

    def both(flows):
        return winter(change(flows))

    found = heat(region, *rows, prices=PAYS, change=both, method={**NO_SEASON, "season": True})
    row = found.gap("bron:1|restwarmte_ht|supply")
    assert (row["cause"], row["delivered"]) == ("season", 0.0)
    for word in ("jun–aug", "dec–feb", "200.000 GJ", "150.000 GJ"):
        assert word in row["reason"]
    assert found.gap("kas:1|restwarmte_ht|demand")["cause"] == "season"
    assert heat(region, *rows, prices=PAYS, change=both).moved(HEAT) == 150_000.0


def test_a_seasonal_store_lets_summer_heat_reach_the_winter(region):
    def both(flows):
        summer = only_in("bron:1|restwarmte_ht|supply", (6, 7, 8))
        return only_in("kas:1|restwarmte_ht|demand", (12, 1, 2))(summer(flows))

    found = heat(
        region,
        source(),
        taker(gj=180_000.0),
        prices=PAYS,
        change=both,
        method={**NO_SEASON, "season": True},
        stream={HEAT: {"storage_efficiency": 0.5}},
    )
    row = found.gap("bron:1|restwarmte_ht|supply")
    assert row["delivered"] == pytest.approx(100_000.0)
    assert row["cause"] == "store_loss"
    assert "100 % uit een seizoensopslag" in found.reasons[HEAT][0]


@pytest.mark.parametrize("coupling", ["required", "off"])
def test_heat_only_with_co2_stops_where_co2_stops(region, coupling):
    rows = (
        source(gj=150_000.0),
        taker(demand_co2_t_y=1000.0),
        {"site_id": "co2:1", "kind": "co2_source", "x": X, "y": Y + 2000, "supply_co2_t_y": 250.0},
    )
    found = region(
        *rows,
        streams=[HEAT, CO2],
        prices=PAYS,
        method={"season": False, "ledgers": False, "lots": False, "coupling": coupling},
    )
    row = found.gap("bron:1|restwarmte_ht|supply")
    if coupling == "off":
        assert row["delivered"] == 150_000.0
        return
    assert row["delivered"] == pytest.approx(37_500.0)
    assert row["cause"] == "coupling_unmet"
    assert "25 %" in row["reason"]


@pytest.mark.parametrize("ledgers", [True, False])
def test_an_account_that_is_spent_is_named_with_its_budget(region, ledgers):
    plant = {
        "site_id": "avi:1",
        "kind": "waste_to_energy",
        "x": X,
        "y": Y,
        "supply_restwarmte_ht_gj_y": 100_000.0,
        "free_supply_restwarmte_ht_gj_y": 100_000.0,
        "supply_temperature_c": 90.0,
        "supply_co2_t_y": 20_000.0,
        "free_supply_co2_t_y": 20_000.0,
    }
    found = region(
        plant,
        taker(gj=100_000.0, demand_co2_t_y=20_000.0),
        streams=[HEAT, CO2],
        prices=PAYS,
        method={"season": False, "lots": False, "coupling": "off", "ledgers": ledgers},
    )
    rows = found.gaps[(found.gaps["role"] == "supply") & (found.gaps["remaining"] > 0)]
    if not ledgers:
        assert not len(rows)
        return
    assert set(rows["cause"]) == {"ledger_full"}
    assert rows["reason"].str.contains("100.000 van 100.000 GJ", regex=False).all()


def test_a_place_that_received_nothing_makes_nothing(region):
    settings = {"streams": ["gft", "compost"], "method": {"lots": False}}
    found = region(*processed(), **settings)
    row = found.gap("v:1|compost|supply")
    assert (row["value"], row["cause"]) == (0.0, "not_made")
    town = {
        "site_id": "g:1",
        "kind": "municipality",
        "x": X,
        "y": Y,
        "supply_gft_t_y": 100.0,
        "free_supply_gft_t_y": 100.0,
    }
    fed = region(town, *processed(), **settings)
    assert fed.gap("v:1|compost|supply")["delivered"] == pytest.approx(40.0)


def test_struvite_that_nobody_asks_has_its_market_elsewhere(region):
    works = {"site_id": "r:1", "kind": "rwzi", "x": X, "y": Y, f"supply_{STRUVITE}_t_y": 100.0}
    row = region(works, streams=[STRUVITE]).gap(f"r:1|{STRUVITE}|supply")
    assert row["cause"] == "nobody_needs"
    assert "voeg die laag dan toe; anders is het de markt buiten de regio" in row["reason"]
    maker = {
        "site_id": "f:1",
        "kind": "fertiliser_maker",
        "x": X + 5000,
        "y": Y,
        f"demand_{STRUVITE}_t_y": 100.0,
    }
    assert region(works, maker, streams=[STRUVITE]).moved(STRUVITE) == 100.0


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_cause_has_its_words(language):
    texts = load_texts(language)
    for key in (*RULES, "unreachable", "fully_used", *_TELLERS):
        assert any(name.startswith(f"reasons.{key}") for name in texts.entries)
    for key in (*RULES, "unreachable", *HOLDS):
        assert texts(f"reasons.stops_{key}")


quantity = st.floats(1.0, 1e6)
places = st.lists(st.tuples(st.floats(-20_000, 20_000), quantity), min_size=1, max_size=6)


@SOME
@given(givers=places, takers=places, season=st.booleans())
def test_a_gap_adds_up_and_its_rules_are_those_of_the_run(region, givers, takers, season):
    rows = [source(f"bron:{n}", dx=dx, gj=gj) for n, (dx, gj) in enumerate(givers)]
    rows += [taker(f"kas:{n}", dx=dx, gj=gj) for n, (dx, gj) in enumerate(takers)]
    found = heat(region, *rows, method={**NO_SEASON, "season": season})
    GAPS.check(GAPS.conform(found.gaps))
    parts = found.gaps[["delivered", "remaining", "under_contract"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(found.gaps["value"].to_numpy(), rel=1e-6)
    # Nothing is left that the run could have used: an optimum leaves no room at both ends of a pair.
    assert not found.gaps["cause"].isin(["room_unused", "search_ended"]).any()
    one = found.solution.streams[HEAT]
    every = np.indices((len(one.sides[0]), len(one.sides[1]))).reshape(2, -1)
    hold = check_pairs(one.sides, every[0], every[1], one.problem.stream, found.catalogue).hold
    assert set(zip(*every[:, hold].tolist(), strict=True)) == set(
        zip(one.problem.s.tolist(), one.problem.d.tolist(), strict=True)
    )
