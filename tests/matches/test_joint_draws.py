"""The promise of a class: it holds in fresh draws, never improves with distance, and being near costs nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kansenkaart.arrays import find_ends
from kansenkaart.catalogue import OwnNumber, apply_changes, load_catalogue
from kansenkaart.catalogue.changes import work_out
from kansenkaart.matches.pairs.eligibility import ends_of, keys_of
from kansenkaart.matches.price.economics import price_pairs, prices_read
from kansenkaart.matches.solve.solution import price_one
from tests.matches.places import HEAT, X, Y, source, taker

Z90 = 1.2815515655446004
YEAR = {"season": False, "coupling": "off", "lots": False}
DRAWN = ["net_p10_eur_unit", "net_p90_eur_unit", "net_p10_eur_y", "pays_share", "chance_class", "class_rule"]


def at_price(low, value, high):
    price = OwnNumber(low=low, value=value, high=high)
    return apply_changes(load_catalogue(), kengetallen={}, prices={"avoided_heat_glass": price}, streams={})


@pytest.fixture
def solved(make_sites, make_project):
    """Return a maker of solved streams of heat from rows of places."""
    from kansenkaart.flows import estimate_flows
    from kansenkaart.matches.solve.solution import MatchInputs, solve_streams
    from kansenkaart.tables import LINKS
    from kansenkaart.texts import load_texts

    def make(*rows, catalogue=None, stream=HEAT):
        known = catalogue or load_catalogue()
        project = make_project(method=YEAR, streams=[stream])
        sites = make_sites(*rows)
        flows = estimate_flows(sites, LINKS.empty(), known, project=project, texts=load_texts("nl")).flows
        solution = solve_streams(MatchInputs(sites, flows, LINKS.empty(), None), known, project=project)
        return solution.streams[stream]

    return make


def field(count=12):
    """Sources and takers, each pair by itself, at many distances and sizes, with doubt about what they have."""
    rows = []
    for n in range(count):
        at, size = 60_000.0 * n, 20_000.0 * 1.5**n
        rows.append(source(f"bron:{n:02}", dx=at, gj=size, location_precision_m=50.0 * (n % 4)))
        ends = {f"demand_{HEAT}_{end}_gj_y": size * part for end, part in (("low", 0.6), ("high", 1.8))}
        rows.append(taker(f"kas:{n:02}", dx=at + 300.0 + 700.0 * (n % 5), gj=size, **ends))
    return rows


def pays_afresh(result, catalogue, draws=200):
    """Share of fresh draws in which each pair pays, every draw priced by itself: no shortcut of the class is used."""
    random = np.random.default_rng(4711)
    problem, pairs = result.problem, result.pairs
    prices = {p.id: p for rule in problem.rules for p in prices_read(problem.stream, rule, catalogue.prices)}
    pays = np.zeros(len(pairs))
    for _ in range(draws):
        exact = {}
        for name, price in prices.items():
            z = random.standard_normal() / Z90
            drawn = price.value + z * (price.high - price.value if z > 0 else price.value - price.low)
            exact[name] = price.model_copy(update={"low": drawn, "value": drawn, "high": drawn})
        world = type(catalogue)(**{**catalogue.__dict__, "prices": work_out({**catalogue.prices, **exact})})
        have = [
            side.column("value").astype(float)[at] * fresh_factors(side, random)[at]
            for side, at in zip(result.sides, (problem.s, problem.d), strict=True)
        ]
        size = np.minimum(*have)
        money = price_pairs(problem.stream, problem.rules, moved(result, random), size, world)
        z = random.standard_normal() / Z90
        pipe = np.where(z > 0, z * (money.net_high - money.net), -z * (money.net_low - money.net))
        pays += money.net + pipe > 0
    return pays / draws


def fresh_factors(side, random):
    low, high = ends_of(side)
    z = {key: random.standard_normal() / Z90 for key in sorted(set(keys_of(side)))}
    z = np.array([z[key] for key in keys_of(side)])
    return np.where(z < 0, np.maximum(low, 0.01) ** -z, high**z)


def moved(result, random):
    """Return the pairs with both places somewhere in their disc."""
    pairs = result.pairs
    off = [pairs["distance_m"].to_numpy(), np.zeros(len(pairs))]
    for side, key in zip(result.sides, "sd", strict=True):
        radius = side.column("location_precision_m").astype(float)[pairs[key]]
        length = radius * np.sqrt(random.random(len(pairs)))
        angle = 2 * np.pi * random.random(len(pairs))
        off = [off[0] + length * np.cos(angle), off[1] + length * np.sin(angle)]
    distance = np.hypot(*off)
    times = distance / pairs["distance_m"]
    names = ("distance_m", "route_m", "cost_length_m", "trunk_m", "trunk_cost_m")
    return pairs.assign(quantity=np.nan, **{name: pairs[name] * times for name in names})


@given(arrays(float, st.tuples(st.integers(1, 4), st.integers(2, 40)), elements=st.floats(-1e9, 1e9)))
def test_percentiles_of_sorted_rows_are_those_of_numpy_to_the_last_bit(drawn):
    assert (find_ends(drawn) == np.percentile(drawn, (10, 90), axis=1).T).all()


def test_the_share_in_which_a_chance_pays_is_that_of_fresh_draws(solved):
    seen = []
    for value in (1.5, 5.0, 11.0):
        catalogue = at_price(0.7 * value, value, 1.4 * value)
        result = solved(*field(), catalogue=catalogue)
        seen.append(result.pairs.assign(afresh=pays_afresh(result, catalogue)))
    pairs = pd.concat(seen)
    assert pairs["chance_class"].value_counts().min() >= 4
    doubtful = pairs[pairs["pays_share"].between(0.02, 0.98)]
    assert len(doubtful) >= 12
    assert abs(doubtful["pays_share"] - doubtful["afresh"]).max() <= 0.08
    for rows in (pairs, doubtful, pairs[pairs["chance_class"] == "kansrijk"]):
        assert abs(rows["pays_share"].mean() - rows["afresh"].mean()) <= 0.05
    assert pairs.loc[pairs["chance_class"] == "kansrijk", "afresh"].min() >= 0.85
    assert pairs.loc[pairs["class_rule"] == "price_never", "afresh"].max() <= 0.15


def test_all_prices_at_their_worst_at_once_is_a_stress_test_and_decides_no_class(solved):
    rows = source(gj=2e6), taker(dx=6000.0, gj=2e6)
    prices = np.arange(4.0, 14.0, 2.0)
    found = [solved(*rows, catalogue=at_price(0.8 * p, p, 1.3 * p)).pairs.iloc[0] for p in prices]
    between = [pair for pair in found if pair["net_low_eur_y"] < 0 < pair["net_p10_eur_y"]]
    assert between
    for pair in between:
        assert (pair["chance_class"], pair["class_rule"]) == ("kansrijk", "price_good")
        assert pair["net_p10_eur_y"] < pair["net_eur_y"] < pair["net_p90_eur_y"] < pair["net_high_eur_y"]


def test_a_class_is_the_same_alone_in_company_in_any_order_and_when_asked_for_one_pair(solved):
    catalogue = at_price(5.0, 9.0, 13.0)
    rows = field(6)
    whole = solved(*rows, catalogue=catalogue).pairs
    again = solved(*rows[::-1], catalogue=catalogue).pairs
    pd.testing.assert_frame_equal(whole[DRAWN], again[DRAWN])
    alone = solved(*rows[4:6], catalogue=catalogue).pairs
    mine = whole.iloc[[2]].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine[DRAWN], alone[DRAWN])


def test_a_pair_that_was_not_kept_has_the_class_it_would_have_had(solved):
    takers = [taker(f"kas:{n:02}", dx=900.0 + 10.0 * n, gj=1000.0) for n in range(15)]
    sources = [source(f"bron:{n:02}", dx=10.0 * n, gj=1000.0) for n in range(15)]
    catalogue = at_price(50.0, 90.0, 130.0)
    result = solved(*sources, *takers, catalogue=catalogue)
    kept = result.pairs["kept"].to_numpy(dtype=bool)
    assert 0 < kept.sum() < len(kept)
    at = int(np.flatnonzero(~kept)[0])
    row = price_one(result, at, catalogue)
    assert row["chance_class"] in ("kansrijk", "verkennen", "technisch")
    assert 0 <= row["pays_share"] <= 1
    near = int(np.flatnonzero(kept)[0])
    assert price_one(result, near, catalogue)["pays_share"] == result.pairs["pays_share"].iloc[near]


# -- places


def place(solved, dx, precision, price=14.0, gj=400_000.0):
    rows = (
        source(gj=gj, location_precision_m=precision),
        taker(dx=dx, gj=gj, location_precision_m=precision),
    )
    return solved(*rows, catalogue=at_price(0.9 * price, price, 1.1 * price)).pairs.iloc[0]


def test_neighbours_whose_places_are_roughly_known_stay_promising(solved):
    assert place(solved, 50.0, 250.0)["class_rule"] == "price_good"
    assert place(solved, 0.0, 250.0)["class_rule"] == "price_good"


def test_where_the_places_decide_whether_it_pays_the_class_falls_and_says_so(solved):
    # No class improves with distance, so halving finds the last that is promising.
    near, far = 1_000.0, 24_000.0
    while far - near > 1_000.0:
        middle = near + 1_000.0 * ((far - near) // 2_000.0)
        near, far = (
            (middle, far) if place(solved, middle, 10.0)["chance_class"] == "kansrijk" else (near, middle)
        )
    assert (near, far) != (1_000.0, 2_000.0)
    pair = place(solved, near, 4_000.0)
    assert (pair["chance_class"], pair["class_rule"]) == ("verkennen", "cap_precision")
    assert pair["net_p10_eur_unit"] <= 0 < pair["known_p10_eur_unit"]


def test_a_place_that_may_lie_out_of_reach_is_to_be_explored(solved):
    pair = place(solved, 24_900.0, 500.0, price=60.0)
    assert (pair["chance_class"], pair["class_rule"]) == ("verkennen", "cap_precision")
    assert place(solved, 24_900.0, 10.0, price=60.0)["chance_class"] == "kansrijk"


# -- distance

CATALOGUE = load_catalogue()
DISTANCES = (50.0, 500.0, 5_000.0, 25_000.0)
ORDER = {"technisch": 1, "verkennen": 2, "kansrijk": 3}


@pytest.mark.parametrize("stream", sorted(CATALOGUE.streams))
def test_no_class_improves_with_distance(solved, stream):
    """Every kind that gives at four distances of every kind that takes, placed well, roughly and badly, each alone."""
    known = CATALOGUE.streams[stream]
    columns = {role: known.column(role) for role in ("supply", "demand")}
    # Stated as free, also where such a place is taken to have sold it.
    free = known.column("supply", origin="free")
    rules = [
        (pair, precision)
        for pair in CATALOGUE.pairs.values()
        if pair.stream == stream
        for precision in (10.0, 250.0, 3_000.0)
    ]
    rows, at = [], {}
    for n, (rule, precision) in enumerate(rules):
        for k, dx in enumerate(DISTANCES):
            east = X + 1_500_000.0 * (len(DISTANCES) * n + k)
            common = {"y": Y, "location_precision_m": precision}
            giver, given = (
                f"a:{n:03}-{k}",
                {columns["supply"]: 150_000.0, free: 150_000.0, "supply_temperature_c": 95.0},
            )
            asker, asked = f"b:{n:03}-{k}", {columns["demand"]: 150_000.0, "demand_temperature_c": 40.0}
            rows.append({"site_id": giver, "kind": rule.supply_kind, "x": east, **given, **common})
            rows.append({"site_id": asker, "kind": rule.demand_kind, "x": east + dx, **asked, **common})
            at[giver, asker] = n, k
    result = solved(*rows, stream=stream)
    found = np.zeros((len(rules), len(DISTANCES)))
    ids = [side.column("site_id") for side in result.sides]
    for row in result.pairs.itertuples():
        place_of = at.get((ids[0][row.s], ids[1][row.d]))
        if place_of is not None:
            found[place_of] = ORDER[row.chance_class]
    worse = [
        (rule.supply_kind, rule.demand_kind, precision, list(found[n]))
        for n, (rule, precision) in enumerate(rules)
        if (np.diff(found[n]) > 0).any()
    ]
    assert not worse
    assert found[:, 0].any()
