"""What ties streams together: processors, accounts that could run out, heat with CO2 - and nothing else."""

from __future__ import annotations

import pytest

from kansenkaart.matches.ties.connections import group_streams

HEAT, CO2 = "restwarmte_ht", "co2"


def glass(site_id="k:1", x=112_000, **more):
    place = {"site_id": site_id, "kind": "greenhouse", "x": x, "y": 500_000}
    return {**place, "demand_restwarmte_ht_gj_y": 10_000.0, "demand_co2_t_y": 400.0, **more}


def heat(site_id="w:1", x=110_000, quantity=9_000.0, **more):
    place = {"site_id": site_id, "kind": "industry", "x": x, "y": 500_000}
    return {**place, "supply_restwarmte_ht_gj_y": quantity, "supply_temperature_c": 95.0, **more}


def gas(site_id="c:1", x=111_000, quantity=100.0, **more):
    return {
        "site_id": site_id, "kind": "digester", "x": x, "y": 500_000, "supply_co2_t_y": quantity, **more
    }  # fmt: skip


def incinerator(site_id, **more):
    return {
        "site_id": site_id, "kind": "waste_to_energy", "x": 110_000, "y": 500_000, "waste_t_y": 1_000.0,
        "supply_temperature_c": 95.0, **more,
    }  # fmt: skip


def groups(found):
    return group_streams(list(found.solution.streams), found.solution.connections)


def test_streams_that_nothing_ties_stand_alone_in_the_catalogues_order(world):
    apart = glass(demand_co2_t_y=None)
    found = world(apart, glass("k:2", demand_restwarmte_ht_gj_y=None), heat(), gas(), streams=[CO2, HEAT])
    assert groups(found) == [(HEAT,), (CO2,)]
    assert found.matches["coupled_id"].isna().all()


def test_heat_and_co2_of_one_greenhouse_hang_together(world):
    found = world(glass(), heat(), gas(), streams=[HEAT, CO2])
    assert groups(found) == [(HEAT, CO2)]
    assert set(found.matches["coupled_id"]) == {"k:1"}
    (group,) = [group for names, group in found.solution.groups if len(names) == 2]
    (coupling,) = group.couplings
    assert (coupling.first, coupling.second, coupling.required, coupling.bonus) == (
        (0, 0),
        (1, 0),
        False,
        0.5,
    )


def test_a_source_out_of_reach_ties_nothing(world):
    found = world(glass(), heat(), gas(x=300_000), streams=[HEAT, CO2])
    assert groups(found) == [(HEAT,), (CO2,)]


def test_required_holds_heat_to_the_share_its_co2_reaches(world):
    free = world(glass(), heat(), gas(), streams=[HEAT, CO2], method={"coupling": "off", "season": False})
    held = world(
        glass(), heat(), gas(), streams=[HEAT, CO2], method={"coupling": "required", "season": False}
    )
    assert free.moved(HEAT, "demand", "k:1") == pytest.approx(9_000.0)
    # 100 of 400 t CO2: a quarter of the heat.
    assert held.moved(HEAT, "demand", "k:1") == pytest.approx(2_500.0)
    assert free.matches["coupled_id"].isna().all()
    assert free.solution.connections.pairings == ()


def test_required_without_any_co2_lets_no_heat_through(world):
    held = world(glass(), heat(), gas(x=300_000), streams=[HEAT, CO2], method={"coupling": "required"})
    assert held.moved(HEAT, "demand", "k:1") == 0


def test_where_co2_runs_already_a_requirement_is_met_and_heat_is_coupled(world):
    running = glass(covered_demand_co2_t_y=400.0)
    held = world(
        running, heat(), gas(), streams=[HEAT, CO2], method={"coupling": "required", "season": False}
    )
    assert held.moved(HEAT, "demand", "k:1") == pytest.approx(9_000.0)
    assert set(held.matches["coupled_id"]) == {"k:1"}


def test_a_reward_moves_heat_to_the_greenhouse_that_gets_co2(world):
    """Two greenhouses at the same price: only one can have CO2."""
    rows = [
        glass("k:1", 112_000, demand_co2_t_y=None),
        glass("k:2", 108_000, demand_co2_t_y=100.0),
        heat(x=110_000),
        gas(x=107_900),
    ]
    rewarded = world(*rows, streams=[HEAT, CO2], method={"season": False})
    off = world(*rows, streams=[HEAT, CO2], method={"season": False, "coupling": "off"})
    assert rewarded.moved(HEAT, "demand", "k:2") == pytest.approx(9_000.0)
    assert off.moved(HEAT, "demand", "k:1") == pytest.approx(9_000.0)


def test_no_reward_in_eur_where_something_else_is_maximised(world):
    found = world(glass(), heat(), gas(), streams=[HEAT, CO2], stream={HEAT: {"objective": "quantity"}})
    assert groups(found) == [(HEAT,), (CO2,)]
    assert set(found.matches["coupled_id"]) == {"k:1"}


def test_an_account_that_could_run_out_ties_its_streams_and_is_kept(world):
    """1,000 t of waste gives 2,500 GJ; capture takes 3 GJ per t CO2 of the same heat."""
    plant = incinerator(
        "w:1", free_supply_restwarmte_ht_gj_y=2_400.0, supply_co2_t_y=300.0, free_supply_co2_t_y=300.0
    )
    takers = glass(demand_co2_t_y=None), glass("k:2", 113_000, demand_restwarmte_ht_gj_y=None)
    method = {"season": False, "coupling": "off"}
    kept = world(plant, *takers, streams=[HEAT, CO2], method=method)
    loose = world(plant, *takers, streams=[HEAT, CO2], method={**method, "ledgers": False})
    assert groups(kept) == [(HEAT, CO2)]
    assert groups(loose) == [(HEAT,), (CO2,)]

    def drawn(found):
        return found.moved(HEAT, "supply", "w:1") + 3 * found.moved(CO2, "supply", "w:1")

    assert drawn(loose) == pytest.approx(3_300.0)
    assert drawn(kept) == pytest.approx(2_500.0)


def test_places_of_one_plant_share_its_account(world):
    """The extra tap burns no waste of its own: with the plant it has 2,500 GJ, not twice that."""
    rows = [
        incinerator("w:1", free_supply_restwarmte_ht_gj_y=2_000.0, plant="oven"),
        incinerator("w:2", kind="heat_extraction", supply_restwarmte_ht_gj_y=2_000.0, plant="oven"),
        glass(demand_co2_t_y=None),
    ]
    shared = world(*rows, streams=[HEAT], method={"season": False})
    assert shared.moved(HEAT, "demand", "k:1") == pytest.approx(2_750.0)
    (account,) = [one for one in shared.solution.connections.accounts if one.ledger == "heat"]
    assert (account.plant, account.budget) == ("oven", 2_750.0)
    alone = world(*(row | {"plant": None} for row in rows), streams=[HEAT], method={"season": False})
    assert alone.moved(HEAT, "demand", "k:1") == pytest.approx(4_000.0)


def test_an_account_that_cannot_run_out_ties_nothing(world):
    plant = incinerator(
        "w:1", free_supply_restwarmte_ht_gj_y=100.0, supply_co2_t_y=10.0, free_supply_co2_t_y=10.0
    )
    found = world(
        plant, glass(), streams=[HEAT, CO2], method={"coupling": "off"}
    )  # fmt: skip
    assert groups(found) == [(HEAT,), (CO2,)]
    assert not any(account.binds for account in found.solution.connections.accounts)


def test_gas_limits_what_is_counted_and_ties_nothing(world):
    found = world(glass(), heat(), gas(), streams=[HEAT, CO2], method={"coupling": "off"})
    assert groups(found) == [(HEAT,), (CO2,)]
    assert {account.effect for account in found.solution.connections.accounts} == {"credit"}


def test_a_heat_source_whose_capacity_nobody_knows_has_no_account(world):
    """What a plant sells says nothing of what it could give."""
    sold = incinerator(
        "w:1", waste_t_y=None, supply_restwarmte_ht_gj_y=500.0, supply_co2_t_y=90.0, free_supply_co2_t_y=90.0
    )
    found = world(sold, glass(), streams=[HEAT, CO2], method={"coupling": "off", "season": False})
    assert [one for one in found.solution.connections.accounts if one.ledger == "heat"] == []
    assert found.moved(CO2, "supply", "w:1") == pytest.approx(90.0)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_the_order_of_the_places_changes_nothing(world, order):
    rows = [glass(), glass("k:2", 114_000), heat(), gas()]
    found = world(*(rows[n] for n in order), streams=[HEAT, CO2])
    again = world(*rows, streams=[HEAT, CO2])
    columns = ["stream", "supply_id", "demand_id", "quantity", "coupled_id"]
    one, other = (
        each.matches[columns].sort_values(columns[:3]).reset_index(drop=True) for each in (found, again)
    )
    assert one.drop(columns="quantity").equals(other.drop(columns="quantity"))
    assert one["quantity"].to_numpy() == pytest.approx(other["quantity"].to_numpy())
