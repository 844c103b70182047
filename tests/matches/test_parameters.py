"""Every setting of step 3 changes some answer."""

import pytest

HEAT, WOOD = "restwarmte_ht", "houtchips_snoei"
X, Y = 110_000.0, 480_000.0
PAYS = {"avoided_heat_glass": 25.0}
ALONE = {"ledgers": False, "coupling": "off"}


def heat_rows():
    warm = {"kind": "industry", "supply_temperature_c": 90.0}
    cool = {"kind": "greenhouse", "demand_temperature_c": 60.0}
    return (
        {"site_id": "bron:1", "x": X, "y": Y, "supply_restwarmte_ht_gj_y": 200_000.0, **warm},
        {"site_id": "bron:2", "x": X + 9_000, "y": Y, "supply_restwarmte_ht_gj_y": 60_000.0, **warm},
        {"site_id": "kas:1", "x": X + 3_000, "y": Y, "demand_restwarmte_ht_gj_y": 120_000.0, **cool},
        {"site_id": "kas:2", "x": X + 8_000, "y": Y, "demand_restwarmte_ht_gj_y": 90_000.0, **cool},
    )


def answer(told):
    """Who moves how much per stream, at what class and what value."""
    return {
        stream: [
            (*row[:2], round(row[2], 6), round(row[3], 6), row[4])
            for row in one.pairs.loc[
                one.pairs["chosen"], ["s", "d", "quantity", "cost_eur_y", "chance_class"]
            ].to_numpy()
        ]
        for stream, one in told.solution.streams.items()
    }


def solve(region, **more):
    settings = {"streams": [HEAT], "prices": PAYS, "method": ALONE, **more}
    return region(*heat_rows(), **settings)


@pytest.mark.parametrize(
    "change",
    [
        {"stream": {HEAT: {"hard_km": 2.0, "soft_km": 1.0}}},
        {"stream": {HEAT: {"objective": "co2"}}, "prices": {**PAYS, "heat_loss_w_m": 900.0}},
        {"stream": {HEAT: {"min_lot": 60_000.0}}},
        {"stream": {HEAT: {"fixed_eur_y": 2_000_000.0}}},
        {"stream": {HEAT: {"storage_efficiency": 0.7}}},
        {"method": {**ALONE, "season": False}},
        {"prices": {"avoided_heat_glass": 6.0}},
        {"prices": {**PAYS, "trunk_cluster_m": 6_000.0}},
        {"prices": {**PAYS, "detour_factor": 2.0}},
        {"prices": {**PAYS, "full_load_hours": 2_000.0}},
    ],
    ids=str,
)
def test_a_setting_changes_the_answer(region, change):
    assert answer(solve(region, **change)) != answer(solve(region))


def test_a_store_is_used_as_far_as_it_pays_and_its_cost_is_part_of_the_cost(region):
    def stored(price):
        settings = {"storage_efficiency": 0.7, "storage_eur_unit": price}
        one = solve(region, stream={HEAT: settings}).solution.streams[HEAT]
        return one, one.solved.from_store.sum(axis=1)

    free, out = stored(0.0)
    dear, none = stored(100.0)
    some, part = stored(1.0)
    assert out.sum() > 0
    assert none.sum() == 0
    assert part.sum() > 0
    assert dear.solved.quantity.sum() < free.solved.quantity.sum()
    same = (part > 0) & (free.pairs["quantity"] == some.pairs["quantity"]).to_numpy()
    extra = (some.pairs["cost_eur_y"] - free.pairs["cost_eur_y"]).to_numpy()[same]
    assert extra == pytest.approx(part[same])


def test_the_fixed_cost_of_a_connection_is_part_of_its_cost(region):
    fixed = 100_000.0
    told, plain = solve(region, stream={HEAT: {"fixed_eur_y": fixed}}), solve(region)
    dear, cheap = (one.solution.streams[HEAT].pairs for one in (told, plain))
    same = dear["quantity"] == cheap["quantity"]
    assert (same & dear["chosen"]).any()
    rows = same & dear["chosen"]
    assert (dear["cost_eur_y"] - cheap["cost_eur_y"])[rows].to_numpy() == pytest.approx(fixed)
    assert (cheap["net_eur_y"] - dear["net_eur_y"])[rows].to_numpy() == pytest.approx(fixed)


def test_rungs_are_won_where_that_is_the_objective(region):
    rows = (
        {"site_id": "g:1", "kind": "verge_manager", "x": X, "y": Y, "supply_houtchips_snoei_t_y": 100.0},
        {
            "site_id": "b:1",
            "kind": "biomass_plant",
            "x": X + 1_000,
            "y": Y,
            "demand_houtchips_snoei_t_y": 100.0,
        },
        {
            "site_id": "p:1",
            "kind": "board_maker",
            "x": X + 5_000,
            "y": Y,
            "demand_houtchips_snoei_t_y": 100.0,
        },
    )

    def takers(objective):
        settings = {WOOD: {"objective": objective, "min_lot": 0.0}}
        one = region(*rows, streams=[WOOD], stream=settings, method=ALONE).solution.streams[WOOD]
        chosen = one.pairs[one.pairs["chosen"]]
        return list(one.sides[1].column("site_id")[chosen["d"].to_numpy()])

    assert takers("quantity") == ["b:1"]
    assert takers("r_gain") == ["p:1"]
