"""Growers who lie together share one trunk, pay it by what they take, and never pay more than alone."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.catalogue import load_catalogue
from kansenkaart.geo import RD
from kansenkaart.matches.pairs.eligibility import Side, stream_pairs
from kansenkaart.matches.price.economics import avoided_co2, break_even_distance, price_pairs
from kansenkaart.matches.price.heat_pipe import (
    base_load_mw,
    find_trunks,
    group_takers,
    hectares_per_unit,
    name_trunks,
    pipe_cost_eur_m_y,
)
from kansenkaart.tables.pairs import NO_NETWORK

CATALOGUE = load_catalogue()
PRICES = CATALOGUE.prices
HEAT = CATALOGUE.streams["restwarmte_ht"]
RULES = stream_pairs(HEAT, CATALOGUE)
GROWER = next(
    n for n, rule in enumerate(RULES) if (rule.supply_kind, rule.demand_kind) == ("industry", "greenhouse")
)
DETOUR = PRICES["detour_factor"].value


def _side(places, value, kind="greenhouse", **columns):
    geometry = [shapely.Point(one) if isinstance(one, tuple) else one for one in places]
    flows = pd.DataFrame(
        {
            "site_id": [f"{kind}:{n}" for n in range(len(places))],
            "kind": kind,
            "value": np.broadcast_to(np.asarray(value, dtype=float), len(places)),
            **{"glass_ha": np.nan, "theoretical": 0.0, **columns},
        }
    )
    corners = np.array([(one.centroid.x, one.centroid.y) for one in geometry]).reshape(-1, 2)
    return Side(flows, gpd.GeoSeries(geometry, crs=RD), corners)


_NOTHING_SENT = {"load_hours": np.nan, "quantity": np.nan}
_BEFORE_TRUNKS = ["s", "d", "distance_m", "route_m", "cost_length_m", "rule", *NO_NETWORK]


def _case(sources, takers, asked, free=1e9):
    """All pairs of sources and takers with their trunks, and what each could move."""
    sides = _side(sources, free, "industry"), _side(takers, asked)
    geometry = [side.geometry.to_numpy() for side in sides]
    rows = [
        (s, d, round(float(shapely.distance(one, other)), 4))
        for s, one in enumerate(geometry[0])
        for d, other in enumerate(geometry[1])
    ]
    pairs = pd.DataFrame(rows, columns=["s", "d", "distance_m"]).sort_values(["s", "distance_m", "d"])
    pairs = pairs.reset_index(drop=True).assign(rule=GROWER, **NO_NETWORK)
    pairs["route_m"] = pairs["cost_length_m"] = pairs["distance_m"] * DETOUR
    pairs = pairs.join(find_trunks(sides, pairs, HEAT, CATALOGUE)).assign(**_NOTHING_SENT)
    pairs["trunk_most"] = sides[0].column("value").astype(float)[pairs["s"]]
    supply, demand = (side.column("value").astype(float) for side in sides)
    return sides, pairs, np.minimum(supply[pairs["s"]], demand[pairs["d"]])


def _priced(pairs, quantity):
    return price_pairs(HEAT, RULES, pairs, quantity, CATALOGUE)


def _alone(pairs, quantity):
    """What the same pairs cost, each with a pipe of its own."""
    return _priced(_apart(pairs), quantity)


def _apart(pairs):
    """The same pairs, none on a trunk with another."""
    own = {"trunk": np.arange(len(pairs)), "trunk_root": pairs["d"], "branch_m": 0.0, "trunk_most": 1e12}
    return pairs.assign(**own, trunk_m=pairs["route_m"], trunk_cost_m=pairs["cost_length_m"])


def _pipe(metres, gigajoules):
    power = base_load_mw(np.array([float(gigajoules)]), PRICES)
    return metres * pipe_cost_eur_m_y(power, PRICES, "value")[0]


def test_two_growers_share_a_trunk_by_what_they_take_and_the_second_adds_a_branch():
    _, pairs, size = _case([(0, 0)], [(8000, 0), (8600, 0)], [30_000.0, 90_000.0])
    money = _priced(pairs, size)
    trunk = _pipe(8000 * DETOUR, 120_000)
    assert money.trunk[0] == pytest.approx(trunk * 0.25)
    assert money.trunk[1] == pytest.approx(trunk * 0.75 + _pipe(600 * DETOUR, 90_000))
    assert (money.cost < _alone(pairs, size).cost).all()
    assert money.along.all()


def test_a_lone_taker_pays_what_it_pays_without_trunks():
    _, pairs, size = _case([(0, 0)], [(8000, 0), (0, 9000)], [30_000.0, 90_000.0])
    assert pairs["trunk"].nunique() == 2
    money, alone = _priced(pairs, size), _alone(pairs, size)
    for name in ("cost", "trunk", "benefit", "net_low", "net", "net_high"):
        assert getattr(money, name).tolist() == getattr(alone, name).tolist()


def test_heat_cools_once_in_a_shared_trunk():
    _, pairs, size = _case([(0, 0)], [(8000, 0), (8600, 0)], [60_000.0, 60_000.0])
    lost = (_alone(pairs, size).benefit - _priced(pairs, size).benefit).sum()
    metre = PRICES["heat_loss_w_m"].value * 31.536 / 1000.0 * PRICES["avoided_heat_glass"].value
    # Alone 8,000 + 8,600 m lie in the ground, together 8,000 + 600.
    assert lost == pytest.approx(-8000 * DETOUR * metre)
    saved = [avoided_co2(HEAT, RULES, one, size, CATALOGUE).sum() for one in (pairs, _apart(pairs))]
    assert saved[0] - saved[1] == pytest.approx(
        8000 * DETOUR * PRICES["heat_loss_w_m"].value * 31.536e-3 * PRICES["co2_restwarmte_ht"].value
    )


def test_a_trunk_has_the_power_of_all_its_members_each_in_its_own_hours():
    """Shared by quantity all the same."""
    _, pairs, size = _case([(0, 0)], [(8000, 0), (8000, 1)], [30_000.0, 90_000.0])
    pairs["branch_m"] = 0.0
    money = _priced(pairs.assign(load_hours=[2500.0, 5000.0]), size)
    assert money.along.all()
    # 30,000 GJ in half the hours ask as much power as 60,000.
    assert money.trunk == pytest.approx(_pipe(8000 * DETOUR, 150_000) * np.array([0.25, 0.75]))
    capped = pairs.assign(load_hours=2500.0, trunk_most=100_000.0)
    assert _priced(capped, size).trunk[1] == pytest.approx(_pipe(8000 * DETOUR, 200_000) * 0.9)


def test_a_trunk_never_carries_more_than_its_source_has():
    _, pairs, size = _case([(0, 0)], [(8000, 0), (8000, 1)], 100_000.0, free=120_000.0)
    money = _priced(pairs, size)
    assert money.trunk[0] == pytest.approx(_pipe(8000 * DETOUR, 120_000) * 100_000 / 120_000)


def test_what_the_allocation_sends_fills_the_trunk():
    """The chosen pay for what flows; one that was not chosen is priced as if it came along."""
    _, pairs, size = _case([(0, 0)], [(8000, 0), (8000, 1), (8000, 2)], 50_000.0)
    sent = pairs.assign(quantity=[50_000.0, 50_000.0, 0.0])
    money = _priced(sent, size)
    assert money.trunk[0] == pytest.approx(_pipe(8000 * DETOUR, 100_000) / 2)
    branch = _pipe(pairs["branch_m"].iloc[2], 50_000)
    assert money.trunk[2] == pytest.approx(_pipe(8000 * DETOUR, 150_000) / 3 + branch)


def test_takers_on_two_sides_of_a_source_get_two_trunks():
    """All are one group, but nobody lays a pipe past the source."""
    row = [(x, 0) for x in (-450, -1350, 450, 1350)]
    sides, pairs, _ = _case([(0, 10)], row, 50_000.0)
    assert len(set(group_takers(sides[1].geometry.to_numpy(), 1000.0))) == 1
    assert pairs.groupby("trunk")["d"].apply(sorted).tolist() == [[0, 1], [2, 3]]
    assert set(pairs["trunk_root"]) == {0, 2}


def test_a_taker_that_touches_the_source_needs_no_trunk():
    _, pairs, _ = _case([shapely.box(0, 0, 500, 500)], [(100, 100), (200, 200), (900, 0)], 50_000.0)
    assert pairs.sort_values("d")["trunk_m"].tolist() == [0.0, 0.0, 400 * DETOUR]


def test_neighbours_are_measured_from_edge_to_edge():
    field = [shapely.box(x, 0, x + 2000, 500) for x in (0, 2999.9, 6000)]
    assert group_takers(np.array(field, dtype=object), 1000.0).tolist() == [0, 0, 1]
    assert group_takers(np.array(field, dtype=object), 1001.0).tolist() == [0, 0, 0]


def test_a_trunk_is_named_after_its_source_and_its_nearest_taker():
    sides, pairs, size = _case([(0, 0)], [(8000, 0), (8600, 0), (0, 9000)], 50_000.0)
    along = _priced(pairs, size).along
    names = dict(zip(pairs["d"], name_trunks(sides, pairs.assign(along=along)), strict=True))
    assert names == {0: "industry:0|greenhouse:0", 1: "industry:0|greenhouse:0", 2: "industry:0|greenhouse:2"}
    assert name_trunks(sides, pairs.assign(along=False))[1] == "industry:0|greenhouse:1"


def test_without_pairs_there_are_no_trunks():
    sides, pairs, _ = _case([(0, 0)], [(8000, 0)], 50_000.0)
    nothing = find_trunks(sides, pairs[:0], HEAT, CATALOGUE)
    assert (len(nothing), nothing["trunk"].dtype) == (0, np.int64)


def test_hectares_come_from_the_site_and_else_from_the_rule_of_thumb():
    places = [(0, 0), (1, 0), (2, 0)]
    glass = {"glass_ha": [10.0, np.nan, 5.0], "theoretical": [50_000.0, 50_000.0, 0.0]}
    thumb = 1.0 / CATALOGUE.kengetallen["kas_warmte_onbekend"].value
    stated = hectares_per_unit(_side(places, 1.0, "greenhouse_area", **glass), HEAT, CATALOGUE)
    assert stated.tolist() == [10 / 50_000, thumb, thumb]
    unknown = {"glass_ha": np.nan, "theoretical": 50_000.0}
    assert hectares_per_unit(_side(places, 1.0, "pool", **unknown), HEAT, CATALOGUE).tolist() == [
        0.0,
        0.0,
        0.0,
    ]


_place = st.tuples(st.integers(0, 6000), st.integers(0, 6000))
_region = st.tuples(
    st.lists(_place, min_size=1, max_size=2),
    st.lists(st.tuples(_place, st.integers(100, 300_000)), min_size=1, max_size=7),
    st.integers(1000, 900_000),
)


@given(_region)
def test_nobody_is_worse_off_and_every_trunk_is_paid_exactly(region):
    """Oracle: the pipes in the ground, one trunk per source and group and a branch per taker, summed by hand."""
    sources, takers, _ = region
    _, pairs, size = _case(sources, [one for one, _ in takers], [float(asked) for _, asked in takers])
    money, alone = _priced(pairs, size), _alone(pairs, size)
    assert (money.net >= alone.net - 1e-6 * np.abs(alone.cost) - 1e-6).all()
    assert (money.trunk[~money.along] == alone.trunk[~money.along]).all()
    shared = pairs.assign(size=size, paid=money.trunk)[money.along]
    for _, trunk in shared.groupby("trunk"):
        branches = sum(_pipe(one.branch_m, one.size) for one in trunk.itertuples())
        whole = _pipe(trunk["trunk_m"].iloc[0], trunk["size"].sum())
        assert trunk["paid"].sum() == pytest.approx(whole + branches)


@given(_region, st.randoms(use_true_random=False))
def test_trunks_do_not_depend_on_the_order_of_the_pairs(region, random):
    sources, takers, free = region
    sides, pairs, size = _case(
        sources, [one for one, _ in takers], [float(asked) for _, asked in takers], free
    )
    money = _priced(pairs, size)
    order = list(range(len(pairs)))
    random.shuffle(order)
    mixed = pairs[_BEFORE_TRUNKS].iloc[order].reset_index(drop=True)
    again = find_trunks(sides, mixed, HEAT, CATALOGUE)
    columns = list(again.columns)
    assert again.to_numpy().tolist() == pairs[columns].iloc[order].to_numpy().tolist()
    mixed = mixed.join(again).assign(**_NOTHING_SENT, trunk_most=pairs["trunk_most"].to_numpy()[order])
    assert _priced(mixed, size[order]).cost == pytest.approx(money.cost[order])


@given(st.lists(_place, min_size=1, max_size=12), st.integers(1, 4000))
def test_groups_are_single_linkage(places, within):
    """Oracle: joining by hand until nothing changes."""
    label = list(range(len(places)))
    for _ in places:
        for i, one in enumerate(places):
            for j, other in enumerate(places):
                if np.hypot(one[0] - other[0], one[1] - other[1]) <= within:
                    label[i] = label[j] = min(label[i], label[j])
    found = group_takers(np.array([shapely.Point(one) for one in places], dtype=object), float(within))
    same = np.equal.outer(found, found)
    assert same.tolist() == np.equal.outer(label, label).tolist()


@given(_region)
def test_moving_the_source_to_the_break_even_distance_leaves_nothing(region):
    """The trunk grows or shrinks by what the source moves; its takers, their quantities and the branches stay."""
    _, takers, free = region
    _, pairs, size = _case(
        [(0, 9000)], [one for one, _ in takers], [float(asked) for _, asked in takers], free
    )
    reach = break_even_distance(HEAT, RULES, pairs, size, CATALOGUE)
    now = _priced(pairs, size)
    for row in np.flatnonzero(reach > 0):
        moved = pairs.copy()
        grown = (reach[row] * 1000.0 - pairs["distance_m"].iloc[row]) * DETOUR
        for column in ("route_m", "cost_length_m", "trunk_m", "trunk_cost_m"):
            moved[column] = np.maximum(pairs[column] + grown, 0.0)
        moved["distance_m"] = moved["route_m"] / DETOUR
        there = _priced(moved, size)
        # Who else goes along may change with the distance; then the trunk itself is another one.
        if (there.along == now.along).all():
            assert there.net[row] == pytest.approx(0.0, abs=1e-6 * max(1.0, there.cost[row]))
    never = reach == 0
    assert (now.net[never] <= 0).all()
    assert ((now.net > 0) == (reach * 1000.0 > pairs["distance_m"] + 1e-6)).all()
