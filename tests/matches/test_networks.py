"""Networks that lie there already: who may go via one, what it costs, and that its room is shared exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from kansenkaart.matches.pairs.networks import Laying, draw_ways
from kansenkaart.matches.price.economics import price_pairs
from kansenkaart.tables import Friction, Roads, Surroundings
from tests.matches.network_lines import ALONG, APART, SETTINGS, carried, network, piece, ways, with_networks
from tests.matches.places import HEAT, X, Y, source, taker

CO2 = "co2"


def test_a_pair_goes_via_the_network_where_that_is_cheaper_and_asks_less_pipe(region):
    told = region(source(), taker(dx=4000.0), surroundings=with_networks(network(*ALONG)), **SETTINGS)
    assert carried(told) == {f"{HEAT}|bron:1|kas:1|net:a": 150_000.0}
    way = ways(told).loc[f"{HEAT}|bron:1|kas:1|net:a"]
    # From the source to the near end of the line, and from the line to the greenhouse; straight times the detour.
    assert way["route_m"] == pytest.approx(1.25 * (np.hypot(200, 100) + 100), abs=1e-3)
    assert way["route_basis"] == "network"
    own = ways(told).loc[f"{HEAT}|bron:1|kas:1"]
    assert own["route_m"] == pytest.approx(1.25 * 4000)
    assert own["quantity"] == 0
    assert way["own_cost_eur_y"] == pytest.approx(own["cost_eur_y"])
    assert way["cost_eur_y"] < own["cost_eur_y"]


def test_what_a_way_costs_is_its_pipes_and_the_toll(region):
    """The same pair with the places moved to where the network leaves off costs the toll less."""
    told = region(source(), taker(dx=4000.0), surroundings=with_networks(network(*ALONG)), **SETTINGS)
    way = ways(told).loc[f"{HEAT}|bron:1|kas:1|net:a"]
    laid = way["route_m"] / 1.25
    near = region(source(), taker(dx=laid), **SETTINGS)
    alone = ways(near).loc[f"{HEAT}|bron:1|kas:1"]
    assert alone["quantity"] == way["quantity"]
    assert way["cost_eur_y"] == pytest.approx(alone["cost_eur_y"] + 0.5 * 150_000.0, rel=1e-6)
    assert way["net_eur_y"] == pytest.approx(alone["net_eur_y"] - 0.5 * 150_000.0, rel=1e-6)
    assert way["net_low_eur_y"] == pytest.approx(alone["net_low_eur_y"] - 0.5 * 150_000.0, rel=1e-6)


def test_a_dear_toll_leaves_the_pair_its_own_pipe(region):
    told = region(source(), taker(), surroundings=with_networks(network(*ALONG, toll=50.0)), **SETTINGS)
    assert carried(told) == {f"{HEAT}|bron:1|kas:1": 150_000.0}


def test_a_network_that_saves_no_pipe_is_no_way(region):
    far = network((200, 6000), (5000, 6000))
    told = region(source(), taker(), surroundings=with_networks(far), **SETTINGS)
    assert len(ways(told)) == 1
    lines = told.explain("bron:1", "kas:1").streams[0].lines
    assert any(line.startswith("Net, houdt tegen: Net a helpt niet") for line in lines)


def test_ground_in_town_makes_the_pipes_to_the_network_dearer_too(region):
    """Own prices of the ground stand in for ``ground = urban``, which sets this very price."""
    parts = [source(), taker(dx=4000.0)]
    dear = region(
        *parts, surroundings=with_networks(network(*ALONG)), prices={"pipe_ground_factor": 1.64}, **SETTINGS
    )
    cheap = region(*parts, surroundings=with_networks(network(*ALONG)), **SETTINGS)
    name = f"{HEAT}|bron:1|kas:1|net:a"
    catalogue, result = cheap.catalogue, cheap.solution.streams[HEAT]
    row = result.pairs[result.pairs["network"] == 0]
    pipe = price_pairs(
        result.problem.stream, result.problem.rules, row, np.array([150_000.0]), catalogue
    ).trunk[0]
    more = ways(dear).loc[name, "cost_eur_y"] - ways(cheap).loc[name, "cost_eur_y"]
    assert 0.0 < more <= 0.64 * pipe * (1 + 1e-9)


def test_english_says_it_too(region):
    told = region(
        source(), taker(dx=4000.0), surroundings=with_networks(network(*ALONG)), language="en", **SETTINGS
    )
    assert "Goes via Net a: 400 m of own pipe to the network and from it" in told.reasons[HEAT][0]
    assert "with an own pipe only it would cost" in told.reasons[HEAT][0]


def test_both_ways_of_a_pair_of_places_count_as_one_partner(region):
    told = region(
        source(gj=300_000.0),
        taker(dx=4000.0, gj=100_000.0),
        surroundings=with_networks(network(*ALONG, spare=40_000.0)),
        **SETTINGS,
    )
    gaps = told.gaps.set_index("flow_id")
    giver, asker = f"bron:1|{HEAT}|supply", f"kas:1|{HEAT}|demand"
    assert gaps.loc[giver, "reachable"] == 100_000.0
    assert (gaps["delivered"] + gaps["remaining"] == gaps["value"]).all()
    assert gaps.loc[asker, "cause"] == "fully_used"
    assert gaps.loc[giver, "cause"] == "takers_full"
    lines = told.explain("bron:1", "kas:1").streams[0].lines
    assert any("bron:1 levert verder aan niemand" in line for line in lines)


@pytest.mark.parametrize(
    ("warm", "given", "asked", "opens"),
    [
        (75.0, 90.0, 60.0, True),
        (85.0, 90.0, 80.0, True),
        (86.0, 90.0, 60.0, False),  # the supply does not reach it
        (75.0, 90.0, 71.0, False),  # it does not suffice for the taker
    ],
)
def test_a_network_is_open_to_who_is_warm_enough_and_asks_less(region, warm, given, asked, opens):
    told = region(
        source(supply_temperature_c=given),
        taker(dx=4000.0, demand_temperature_c=asked),
        surroundings=with_networks(network(*ALONG, warm=warm)),
        **SETTINGS,
    )
    assert (ways(told)["network"] == 0).any() == opens
    lines = [line for line in told.explain("bron:1", "kas:1").streams[0].lines if line.startswith("Net")]
    assert len(lines) == 1
    if warm > 85:
        assert "neemt dit niet aan: 90 °C aangeboden, minstens 91 °C nodig" in lines[0]
    if asked > 70 and not opens:
        assert "is te koud: 75 °C, minstens 76 °C nodig" in lines[0]


def test_a_temperature_that_nobody_knows_keeps_nobody_out(region):
    told = region(
        source(),
        taker(dx=4000.0),
        surroundings=with_networks(network(*ALONG)),
        change=lambda flows: flows.assign(temperature_c=np.nan),
        **SETTINGS,
    )
    way = ways(told).loc[f"{HEAT}|bron:1|kas:1|net:a"]
    assert way["quantity"] == 150_000.0
    assert way["temperature_unknown"]


def test_places_too_far_apart_for_a_pipe_meet_over_a_network_they_lie_near(region):
    """Lukewarm heat goes no farther than 1 km by a pipe of its own."""
    lukewarm = "restwarmte_lt"
    data = {"site_id": "dc:1", "kind": "datacentre", "x": X, "y": Y, f"supply_{lukewarm}_gj_y": 50_000.0}
    house = {
        "site_id": "w:1",
        "kind": "heat_network",
        "x": X + 6000.0,
        "y": Y,
        f"demand_{lukewarm}_gj_y": 40_000.0,
    }
    net = network((100, 300), (5900, 300), warm=24.0, toll=1.0, stream=lukewarm)
    asked = {"streams": [lukewarm], "method": APART}
    parts = [{**data, "supply_temperature_c": 30.0}, {**house, "demand_temperature_c": 15.0}]
    assert carried(region(*parts, **asked), lukewarm) == {}
    told = region(*parts, surroundings=with_networks(net), **asked)
    assert carried(told, lukewarm) == {f"{lukewarm}|dc:1|w:1|net:a": 40_000.0}
    way = ways(told, lukewarm).iloc[0]
    assert way["distance_m"] == 6000.0
    assert way["beyond_share"] == 0.0
    lines = told.explain("dc:1", "w:1").streams[0].lines
    assert any(
        "Afstand, goed: 6 km hemelsbreed, de grens is 1 km; die geldt via een net" in line for line in lines
    )
    # Both pipes together longer than the hard distance: no pair.
    off = network((100, 600), (5900, 600), warm=24.0, stream=lukewarm)
    assert carried(region(*parts, surroundings=with_networks(off), **asked), lukewarm) == {}
    gap = told.gap(f"w:1|{lukewarm}|demand")
    assert gap["cause"] == "fully_used"


def test_an_account_knows_that_places_meet_over_a_network(region):
    """CO2 and heat of a greenhouse draw from one gas account, also where its CO2 comes from far over a network."""
    grower = taker("kas:1", 3000.0, 10_000.0, demand_co2_t_y=500.0)
    giver = {"site_id": "v:1", "kind": "digester", "x": X + 90_000.0, "y": Y, "supply_co2_t_y": 500.0}
    net = network((3000, 100), (90_000, 100), stream=CO2, warm=np.nan, toll=5.0)
    told = region(
        source(),
        grower,
        giver,
        surroundings=with_networks(net),
        streams=[HEAT, CO2],
        method={"season": False},
    )
    assert carried(told, CO2) == {f"{CO2}|v:1|kas:1|net:a": 500.0}
    drawn = {
        entry.stream
        for account in told.solution.connections.accounts
        for entry in account.entries
        if entry.most > 0
    }
    assert drawn == {HEAT, CO2}


def test_another_stream_does_not_use_it(region):
    other = network(*ALONG, stream=CO2)
    told = region(source(), taker(), surroundings=with_networks(other), **SETTINGS)
    assert len(ways(told)) == 1
    assert told.solution.streams[HEAT].problem.networks == ()


def test_parts_that_do_not_touch_carry_nothing_between_them_but_share_their_room(region):
    """Both places lie at another part: no way. On one part each: together no more than the network can."""
    near, far = piece((200, 100), (900, 100)), piece((3100, 100), (9000, 100))
    apart = network(pieces=(far, near))
    told = region(source(), taker(dx=3000.0), surroundings=with_networks(apart), **SETTINGS)
    via = ways(told)[ways(told)["network"] == 0]
    # Not on at one part and off at the other: the pipes lead to one and the same part.
    best = min(np.hypot(200, 100) + np.hypot(2100, 100), np.hypot(3100, 100) + np.hypot(100, 100))
    assert via["route_m"].to_numpy() == pytest.approx([1.25 * best], abs=1e-3)
    two = region(
        source("bron:1", 0.0), taker("kas:1", 1000.0), source("bron:2", 3000.0), taker("kas:2", 9000.0),
        surroundings=with_networks(replace(apart, spare=100_000.0)), **SETTINGS,
    )  # fmt: skip
    assert sum(q for name, q in carried(two).items() if name.endswith("net:a")) == pytest.approx(100_000.0)


def test_flow_goes_both_ways_along_a_line(region):
    there = region(source(), taker(dx=4000.0), surroundings=with_networks(network(*ALONG)), **SETTINGS)
    back = region(source(), taker(dx=4000.0), surroundings=with_networks(network(*ALONG[::-1])), **SETTINGS)
    assert ways(there).drop(columns="geometry").equals(ways(back).drop(columns="geometry"))


def test_it_is_drawn_from_door_to_door_by_the_shortest_way_over_a_branched_network(region):
    fork = Roads(
        piece((200, 100), (2000, 100), (2000, 3000), (3500, 100)).xy,
        np.array([[0, 1], [1, 2], [2, 3], [1, 3]]),
        np.inf,
    )
    told = region(source(), taker(dx=3400.0), surroundings=with_networks(network(pieces=(fork,))), **SETTINGS)
    one = told.solution.streams[HEAT]
    row = one.pairs[one.pairs["network"] == 0]
    laying = Laying.of(one.problem.stream, told.catalogue, with_networks(*one.problem.networks))
    drawn = draw_ways(row, one.sides, laying)
    assert np.round(shapely.get_coordinates(drawn.lines[0]) - (X, Y), 6).tolist() == [
        [0, 0], [200, 100], [2000, 100], [3400, 100], [3400, 0],
    ]  # fmt: skip
    assert drawn.along_m.tolist() == [3200.0]


def test_a_pipe_to_the_network_goes_round_what_is_dear_and_the_network_crosses_it(region):
    """A river that no pipe may cross: without the network no route, with it there is one."""
    factor = np.ones((40, 80), dtype=np.float32)
    factor[:, 40] = np.nan  # x from 4000 to 4100 m east
    ground = Friction(factor, (100.0, 0.0, X, 0.0, -100.0, Y + 2000.0))
    ends = source(x=X + 50.0, y=Y + 50.0), taker(x=X + 6050.0, y=Y + 50.0)
    alone = region(*ends, surroundings=Surroundings(friction=ground), friction={"path": "x.tif"}, **SETTINGS)
    assert carried(alone) == {}
    net = network((250, 150), (5850, 150))
    told = region(
        *ends, surroundings=with_networks(net, friction=ground), friction={"path": "x.tif"}, **SETTINGS
    )
    assert carried(told) == {f"{HEAT}|bron:1|kas:1|net:a": 150_000.0}
    assert len(ways(told)) == 1
    assert "met alleen een eigen leiding" not in told.reasons[HEAT][0]
    assert "Gaat via Net a" in told.reasons[HEAT][0]


def test_takers_share_the_pipe_from_the_source_to_the_network(region):
    net = network((2000, 100), (9000, 100))
    parts = [source(gj=400_000.0), taker("kas:1", 6000.0, 100_000.0), taker("kas:2", 8000.0, 100_000.0)]
    both = region(*parts, surroundings=with_networks(net), **SETTINGS)
    one = region(*parts[:2], surroundings=with_networks(net), **SETTINGS)
    name = f"{HEAT}|bron:1|kas:1|net:a"
    assert ways(both).loc[name, "cost_eur_y"] < ways(one).loc[name, "cost_eur_y"]
    rows = ways(both).query("quantity > 0")
    assert rows["trunk_id"].tolist() == ["bron:1|net:a"] * 2
    reason = dict(zip(rows.index, both.reasons[HEAT], strict=True))[name]
    assert "Gaat via Net a" in reason
