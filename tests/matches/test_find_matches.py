"""From flows to chances: every rule blocks, the balance holds, the class says what the money says."""

import numpy as np
import pandas as pd
import pytest

from kansenkaart.catalogue import apply_changes, load_catalogue
from kansenkaart.tables import LINKS
from tests.matches.places import HEAT, X, Y, dear, source, taker


def test_one_source_one_taker(run):
    flows, matched = run(source(), taker())
    match = matched.matches.iloc[0]
    assert (match["supply_id"], match["demand_id"], match["quantity"]) == ("bron:1", "kas:1", 150_000.0)
    assert match["distance_m"] == 3000.0
    assert match["route_m"] == pytest.approx(3000 * 1.25)
    assert match["rank"] == 1
    assert list(match.geometry.coords) == [(X, Y), (X + 3000, Y)]
    assert matched.solves.iloc[0]["certified"]
    assert len(flows) == 2


def test_delivered_and_remaining_make_the_flow(run):
    flows, matched = run(
        source(), taker(), taker("kas:2", dx=-2000.0, gj=90_000.0), source("bron:2", dx=900.0, gj=10_000.0)
    )
    gaps = matched.gaps.set_index("flow_id")
    assert (gaps["delivered"] + gaps["remaining"]).to_numpy() == pytest.approx(
        flows.set_index("flow_id").loc[gaps.index, "value"].to_numpy()
    )
    moved = matched.matches["quantity"].sum()
    for role in ("supply", "demand"):
        own = gaps[gaps["role"] == role]
        assert (own["delivered"] + own["if_pays"]).sum() == pytest.approx(moved)


@pytest.mark.parametrize("eur_gj", [1.0, 300.0])
def test_what_does_not_pay_now_is_left_now_and_told_apart(run, eur_gj):
    """One source, one pipe: at a low price it is left with what goes once it pays, at a high one it goes."""
    _, matched = run(source(gj=20_000.0), taker(dx=20_000.0, gj=30_000.0), catalogue=dear(eur_gj))
    pays = eur_gj > 1.0
    match, gaps = matched.matches.iloc[0], matched.gaps.set_index("role")
    assert (match["quantity"], match["chance_class"] != "technisch") == (20_000.0, pays)
    assert gaps["delivered"].tolist() == [20_000.0 * pays] * 2
    assert gaps["if_pays"].tolist() == [20_000.0 * (not pays)] * 2
    assert gaps["remaining"].to_dict() == {
        "supply": 20_000.0 * (not pays),
        "demand": 30_000.0 - 20_000.0 * pays,
    }
    assert gaps.at["supply", "cause"] == ("fully_used" if pays else "below_break_even")
    row = matched.municipalities.iloc[0]
    totals = [
        row[f"{HEAT}_{name}"]
        for name in ("given", "given_if_pays", "left", "received", "received_if_pays", "short")
    ]
    now, once = 20_000.0 * pays, 20_000.0 * (not pays)
    assert totals == [now, once, 20_000.0 - now, now, once, 30_000.0 - now]


def test_what_is_beyond_the_pairs_that_do_not_pay_keeps_its_own_cause(run):
    _, matched = run(source(gj=20_000.0), taker(dx=20_000.0, gj=30_000.0), catalogue=dear(1.0))
    asks = matched.gaps.set_index("role").loc["demand"]
    assert asks["cause"] != "below_break_even"
    assert asks["reason"].endswith("Daarvan kan 20.000 GJ per jaar wel, maar dat loont nu niet.")


BLOCKS = {
    "too_far": (source(), taker(dx=25_001.0)),
    "too_cold": (source(supply_temperature_c=64.9), taker()),
    "place_unknown": (source(), taker(placement="municipality", location_precision_m=4000.0)),
    "outside_region": (source(in_region=False), taker(in_region=False)),
    "wrong_kind": (source(kind="verge_manager"), taker()),
    "nobody_asks": (source(),),
    "nobody_asks_more": (source(), taker(status="suspended")),
}


@pytest.mark.parametrize("cause", BLOCKS)
def test_each_rule_when_broken_blocks_and_is_named(run, cause):
    _, matched = run(*BLOCKS[cause])
    assert len(matched.matches) == 0
    supply = matched.gaps[matched.gaps["role"] == "supply"].iloc[0]
    assert supply["cause"] == cause
    assert supply["remaining"] == 200_000.0
    assert supply["reachable"] == 0.0


@pytest.mark.parametrize("crop", ["vegetables", "flowers", None])
def test_stems_of_flowers_make_no_paper_and_of_an_unknown_crop_the_chance_says_so(run, crop):
    stems, paper = "supply_tuinbouwreststroom_t_y", "demand_tuinbouwreststroom_t_y"
    kas = {"site_id": "kas:1", "kind": "greenhouse", "x": X, "y": Y, stems: 900.0, "crop": crop}
    mills = [
        {"site_id": f"m:{n}", "kind": kind, "x": X + dx, "y": Y, paper: 500.0}
        for n, (kind, dx) in enumerate((("paper_mill", 2000.0), ("composter", 150_000.0)))
    ]
    _, matched = run(kas, *mills, streams=["tuinbouwreststroom"])
    if crop == "flowers":
        gaps = matched.gaps.set_index("site_id")
        assert matched.matches.empty
        # Of a fitting kind, however far, goes before a nearer one that cannot take it.
        assert gaps.loc["kas:1", ["cause", "nearest_id"]].tolist() == ["too_far", "m:1"]
        assert gaps.at["m:0", "cause"] == "wrong_kind"
        return
    reason = matched.matches.iloc[0]["reason"]
    assert matched.matches["demand_id"].tolist() == ["m:0"]
    assert ("Wat hier groeit is niet bekend, en dit kan alleen met groenten" in reason) == (crop is None)


def test_a_pair_exactly_at_the_limit_counts_and_one_a_millimetre_beyond_does_not(run):
    assert len(run(source(), taker(dx=25_000.0))[1].matches) == 1
    assert len(run(source(), taker(dx=25_000.001))[1].matches) == 0


def test_too_far_says_how_far_with_numbers(run):
    _, matched = run(source(), taker(dx=26_000.0))
    reason = matched.gaps.loc[matched.gaps["role"] == "supply", "reason"].iloc[0]
    assert "26 km" in reason
    assert "25 km" in reason


def test_five_degrees_warmer_is_enough(run):
    assert len(run(source(supply_temperature_c=65.0), taker())[1].matches) == 1


def test_a_partner_in_the_margin_counts(run):
    assert len(run(source(in_region=False), taker())[1].matches) == 1


def test_a_large_near_source_with_a_good_price_is_promising_and_a_small_far_one_is_not(run):
    near = run(source(gj=2e6), taker(dx=1000.0, gj=2e6), catalogue=dear())[1].matches.iloc[0]
    far = run(source(gj=20_000.0), taker(dx=20_000.0, gj=20_000.0))[1].matches.iloc[0]
    assert (near["chance_class"], near["class_rule"]) == ("kansrijk", "price_good")
    assert (far["chance_class"], far["class_rule"]) == ("technisch", "price_never")
    assert far["break_even_eur_unit"] > near["break_even_eur_unit"]
    assert near["net_p10_eur_y"] > 0
    assert far["net_p90_eur_y"] <= 0


def test_an_unknown_temperature_is_never_promising(run):
    row = source(gj=2e6, kind="fertiliser_maker")
    del row["supply_temperature_c"]
    known = dear()
    bare = {name: one.model_copy(update={"temperature_c": None}) for name, one in known.kengetallen.items()}
    catalogue = type(known)(**{**known.__dict__, "kengetallen": bare})
    match = run(row, taker(dx=1000.0, gj=2e6), catalogue=catalogue)[1].matches.iloc[0]
    assert (match["chance_class"], match["class_rule"]) == ("verkennen", "cap_temperature")


def test_a_use_lower_on_the_ladder_is_never_promising(run):
    def verge(kind, **changes):
        rows = (
            {
                "site_id": "a:1",
                "kind": "verge_manager",
                "x": X,
                "y": Y,
                "supply_bermgras_maaisel_t_y": 1000.0,
            },
            {"site_id": "b:1", "kind": kind, "x": X + 2000, "y": Y, "demand_bermgras_maaisel_t_y": 1000.0},
        )
        known = load_catalogue()
        pairs = {
            key: pair.model_copy(update={"best_class": "kansrijk", **changes})
            for key, pair in known.pairs.items()
            if pair.stream == "bermgras_maaisel"
        }
        catalogue = type(known)(**{**known.__dict__, "pairs": pairs})
        return run(*rows, streams=["bermgras_maaisel"], catalogue=catalogue)[1].matches.iloc[0]

    lower, same = verge("digester"), verge("digester", r_after=8)
    assert lower["r_after"] > lower["r_now"]
    assert (lower["chance_class"], lower["class_rule"]) == ("verkennen", "cap_ladder")
    assert same["chance_class"] == "kansrijk"


def test_without_a_price_the_soft_distance_decides(run):
    def at(dx):
        rows = (
            {
                "site_id": "a:1",
                "kind": "rwzi",
                "x": X,
                "y": Y,
                "supply_zuiveringsslib_t_y": 1000.0,
                "free_supply_zuiveringsslib_t_y": 1000.0,
            },
            {
                "site_id": "b:1",
                "kind": "sludge_dryer",
                "x": X + dx,
                "y": Y,
                "demand_zuiveringsslib_t_y": 1000.0,
            },
        )
        return run(*rows, streams=["zuiveringsslib"])[1].matches.iloc[0]

    soft = load_catalogue().streams["zuiveringsslib"].soft_km * 1000
    assert (at(soft)["chance_class"], at(soft)["class_rule"]) == ("verkennen", "no_price_near")
    assert (at(soft + 1)["chance_class"], at(soft + 1)["class_rule"]) == ("technisch", "no_price_far")
    assert np.isnan(at(soft)["net_eur_y"])


def test_what_pays_comes_before_what_does_not(run):
    """The far taker would give more quantity; the near one pays."""
    _, matched = run(
        source(gj=200_000.0), taker(dx=800.0, gj=200_000.0), taker("kas:2", dx=24_000.0, gj=200_000.0)
    )
    assert list(matched.matches["demand_id"]) == ["kas:1"]


def test_a_pair_that_gets_less_than_it_could_is_priced_again(run):
    """Two near takers share a source: the second gets a remnant that no pipe pays for."""
    rows = (
        source(gj=1_010_000.0),
        taker(dx=500.0, gj=1_000_000.0),
        taker("kas:2", dx=6000.0, gj=1_000_000.0),
    )
    _, matched = run(*rows)
    remnant = matched.matches.set_index("demand_id").loc["kas:2"]
    assert remnant["quantity"] == pytest.approx(10_000.0)
    assert remnant["chance_class"] == "technisch"
    assert matched.solves.iloc[0]["rounds"] > 1


def test_the_nearest_and_the_greedy_way_are_reported_and_never_better(run):
    rows = [source(f"bron:{n}", dx=700.0 * n, gj=100_000.0 + 9000 * n) for n in range(6)]
    rows += [taker(f"kas:{n}", dx=500.0 * n + 90, gj=80_000.0 + 7000 * n) for n in range(6)]
    solve = run(*rows)[1].solves.iloc[0]
    assert 0 < solve["nearest_share"] <= solve["greedy_share"] <= 1 + 1e-9


def test_other_streams_and_the_order_of_rows_change_nothing(run):
    rows = [source(f"bron:{n}", dx=700.0 * n) for n in range(3)] + [
        taker(f"kas:{n}", dx=-900.0 * n) for n in range(3)
    ]
    waste = {"site_id": "w:1", "kind": "municipality", "x": X, "y": Y, "supply_gft_t_y": 5.0}
    base = run(*rows, draws=8)[1].matches
    shuffled = run(*rows[::-1], draws=8)[1].matches
    more = run(*rows, waste, streams=[HEAT, "gft"], draws=8)[1].matches
    pd.testing.assert_frame_equal(base, shuffled)
    pd.testing.assert_frame_equal(base, more)


def test_moving_everything_by_a_kilometre_changes_no_match(run):
    rows = [source(f"bron:{n}", dx=700.0 * n) for n in range(4)] + [
        taker(f"kas:{n}", dx=-900.0 * n) for n in range(4)
    ]
    moved = [{**row, "x": row["x"] + 1000.0, "y": row["y"] + 1000.0} for row in rows]
    columns = ["match_id", "quantity", "distance_m", "chance_class", "rank"]
    pd.testing.assert_frame_equal(run(*rows)[1].matches[columns], run(*moved)[1].matches[columns])


def test_draws_give_certainty_and_a_range(run):
    rows = (source(), taker(demand_restwarmte_ht_low_gj_y=20_000.0, demand_restwarmte_ht_high_gj_y=300_000.0))
    match = run(*rows, draws=100)[1].matches.iloc[0]
    assert 0 < match["robustness"] < 1
    assert match["quantity_p10"] < match["quantity_p50"] <= match["quantity_p90"]
    assert run(*rows, draws=100, seed=1)[1].matches.iloc[0]["quantity_p10"] != match["quantity_p10"]
    assert np.isnan(run(*rows, draws=0)[1].matches.iloc[0]["robustness"])


def test_what_is_exactly_known_always_stands(run):
    exact = {f"supply_restwarmte_ht_{end}_gj_y": 200_000.0 for end in ("low", "high")}
    wanted = {f"demand_restwarmte_ht_{end}_gj_y": 150_000.0 for end in ("low", "high")}
    match = run(source(**exact), taker(**wanted), draws=50)[1].matches.iloc[0]
    assert match["robustness"] == 1.0
    assert match["quantity_p10"] == match["quantity_p90"] == 150_000.0


def test_each_objective_is_maximised(run):
    rows = (source(), taker(dx=15_000.0, gj=200_000.0), taker("kas:2", dx=800.0, gj=60_000.0))
    by_money = run(*rows)[1]
    by_quantity = run(*rows, stream={HEAT: {"objective": "quantity"}})[1]
    by_co2 = run(*rows, stream={HEAT: {"objective": "co2"}})[1]
    assert [one.solves.iloc[0]["objective"] for one in (by_money, by_quantity, by_co2)] == [
        "net_eur",
        "quantity",
        "co2",
    ]
    assert by_quantity.matches["quantity"].sum() >= by_money.matches["quantity"].sum() - 1e-6
    assert by_co2.matches["co2_avoided_t_y"].sum() >= by_quantity.matches["co2_avoided_t_y"].sum() - 1e-6


def test_a_shorter_reach_in_the_project_blocks(run):
    catalogue = apply_changes(load_catalogue(), kengetallen={}, prices={}, streams={HEAT: {"hard_km": 2.0}})
    assert len(run(source(), taker(), catalogue=catalogue)[1].matches) == 0


def test_candidates_hold_the_chosen_and_the_ten_best_others(run):
    takers = [taker(f"kas:{n:02}", dx=500.0 * (n + 1), gj=200_000.0) for n in range(15)]
    _, matched = run(source(gj=200_000.0), *takers)
    chosen = matched.candidates["chosen"].sum()
    assert chosen == len(matched.matches) == 1
    # every taker has one pair only, so each keeps it as its best other
    assert len(matched.candidates) == 15


def test_only_the_ten_best_others_of_a_flow_are_kept(run):
    sources = [source(f"bron:{n:02}", dx=10.0 * n, gj=1000.0) for n in range(15)]
    takers = [taker(f"kas:{n:02}", dx=900.0 + 10.0 * n, gj=1000.0) for n in range(15)]
    others = run(*sources, *takers)[1].candidates.query("not chosen")
    kept = set(zip(others["supply_id"], others["demand_id"], strict=True))
    per_supply = others.groupby("supply_id").size()
    assert per_supply.min() >= 10
    assert len(kept) < 15 * 14


def test_totals_per_municipality(run):
    flows, matched = run(source(), taker())
    row = matched.municipalities.iloc[0]
    assert row[f"{HEAT}_supply"] == flows.loc[flows["role"] == "supply", "value"].sum()
    moved = matched.gaps.groupby("role")["delivered"].sum()
    assert row[f"{HEAT}_given"] == moved["supply"] == row[f"{HEAT}_received"]
    assert row[f"{HEAT}_left"] == 200_000.0 - moved["supply"]
    assert row[f"{HEAT}_short"] == 150_000.0 - moved["demand"]
    assert row["area_ha"] == pytest.approx(matched.municipalities.area.iloc[0] / 1e4)


def test_where_nothing_was_read_totals_are_missing_and_not_zero(run):
    """A place that has nothing free was read; a side without a place was not."""
    row = run(source(gj=0.0))[1].municipalities.iloc[0]
    assert (row[f"{HEAT}_supply"], row[f"{HEAT}_left"]) == (0.0, 0.0)
    told = [name for name in matches_of_side("demand") if name in row]
    assert told
    assert row[told].isna().all()


def matches_of_side(role):
    names = {
        "supply": ("supply", "given", "left"),
        "demand": ("demand", "received", "received_if_pays", "short"),
    }
    return [f"{HEAT}_{name}" for name in names[role]]


def test_reasons_follow_the_language(run):
    dutch = run(source(), taker(dx=26_000.0))[1].gaps["reason"].iloc[0]
    english = run(source(), taker(dx=26_000.0), language="en")[1].gaps["reason"].iloc[0]
    assert dutch.startswith("Te ver")
    assert english.startswith("Too far")


def test_within_reach_is_no_more_than_the_partners_have(run):
    _, matched = run(source(gj=900_000.0), taker(gj=150_000.0), taker("kas:2", dx=900.0, gj=50_000.0))
    supply = matched.gaps[matched.gaps["role"] == "supply"].iloc[0]
    assert (supply["value"], supply["reachable"]) == (900_000.0, 200_000.0)


def test_free_nothing_as_stated_is_not_called_committed(run):
    row = source(gj=900_000.0, free_supply_restwarmte_ht_gj_y=0.0)
    assert run(row, taker())[1].gaps["cause"].iloc[0] == "nothing_free"


def test_no_flows_give_empty_frames(run):
    _, matched = run()
    assert [len(one) for one in (matched.matches, matched.gaps, matched.candidates, matched.solves)] == [
        0,
        0,
        0,
        0,
    ]


def link(**more):
    row = {
        "link_id": "l:1",
        "stream": HEAT,
        "supply_id": "bron:1",
        "demand_id": "kas:1",
        "supply_name": "bron",
        "demand_name": "kas",
        "quantity": None,
        "unit": "GJ",
        "status": "running",
        "source": "test",
        "source_year": 2024,
    }
    return LINKS.conform(pd.DataFrame([{**row, **more}]))


def test_a_taker_that_receives_an_unknown_quantity_is_never_promising(run):
    rows = (source(gj=2e6), taker(dx=1000.0, gj=2e6))
    flows, matched = run(*rows, catalogue=dear(), links=link(supply_id=None))
    match = matched.matches.iloc[0]
    assert (match["chance_class"], match["class_rule"]) == ("verkennen", "cap_running")
    assert "eerst navragen" in match["reason"]
    taking = flows.set_index("role").loc["demand"]
    assert (taking["low"], taking["running_unknown"]) == (0.0, True)


def test_a_planned_delivery_is_named_on_the_chance(run):
    match = run(source(), taker(), links=link(status="planned"))[1].matches.iloc[0]
    assert "al gepland" in match["reason"]


def test_too_far_goes_before_a_place_that_is_not_known(run):
    rows = (source(), taker(dx=26_000.0, placement="municipality", location_precision_m=4000.0))
    assert run(*rows)[1].gaps["cause"].iloc[0] == "too_far"
