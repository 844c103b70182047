"""Every part of step 3 does something: with it turned off or on, the matches of the example region are others."""

import pandas as pd
import pytest

from kansenkaart.pipeline import build

# Most parts show without draws; the draws themselves need a few.
DRAWS = 5

# What an answer consists of; texts follow from it.
ANSWER = ["match_id", "quantity", "chance_class", "co2_avoided_t_y", "robustness", "chain_id", "coupled_id"]
OFF = {
    "tiers": {"method": {"tiers": False}},
    "lots": {"method": {"lots": False}},
    "season": {"method": {"season": False}},
    "chains": {"method": {"chains": False}},
    "coupling": {"method": {"coupling": "off"}},
    "reopened contracts": {"existing": "respect"},
    "draws": {"draws": DRAWS},
}


def answer(frames) -> pd.DataFrame:
    rows = frames.matches[ANSWER].sort_values("match_id").reset_index(drop=True)
    return rows.round(6)


@pytest.fixture(scope="module")
def loaded(noord_holland):
    """Return the region with its contracts reopened: so there is enough to divide for every part to matter."""
    return noord_holland.loaded.changed(draws=0, existing="reopen")


@pytest.fixture(scope="module")
def whole(loaded):
    return build(loaded).frames


@pytest.mark.parametrize("part", OFF)
def test_without_a_part_the_matches_are_others(part, loaded, whole):
    without = build(loaded.changed(**OFF[part])).frames
    assert not answer(without).equals(answer(whole)), f"without {part} nothing changes"


def test_without_its_links_a_region_has_other_matches(loaded):
    respected = loaded.changed(existing="respect")
    with_links, without = (build(one).frames for one in (respected, respected.changed(links=())))
    assert not answer(with_links).equals(answer(without))


def test_without_its_ledgers_a_region_with_what_is_planned_has_other_matches(loaded):
    """A plant that is to make gas of its sludge cannot give the same sludge away."""
    planned = loaded.changed(include_planned=True)
    with_ledgers, without = (
        build(one).frames for one in (planned, planned.changed(method={"ledgers": False}))
    )
    assert not answer(with_ledgers).equals(answer(without))


def test_draws_tell_sure_chances_from_unsure_ones(loaded):
    certainty = build(loaded.changed(draws=DRAWS)).frames.matches["robustness"]
    assert certainty.between(0.0, 1.0).all()
    assert (certainty == 1.0).any()
    assert (certainty < 1.0).any()


def test_with_the_same_settings_they_are_the_same(loaded, whole):
    pd.testing.assert_frame_equal(answer(build(loaded).frames), answer(whole))


def test_required_coupling_is_another_answer_than_rewarded(loaded, whole):
    required = build(loaded.changed(method={"coupling": "required"})).frames
    assert not answer(required).equals(answer(whole))
    heat = required.matches[required.matches["stream"] == "restwarmte_ht"]
    flows = required.flows
    doses = set(flows.loc[(flows["stream"] == "co2") & (flows["role"] == "demand"), "site_id"])
    growers = heat[heat["demand_id"].isin(doses)]
    assert len(growers)
    assert growers["coupled_id"].notna().all()


def test_the_region_shows_a_chain_a_coupled_chance_a_seasonal_shortfall_and_one_that_break_even_forbids(
    whole,
):
    assert whole.chains["chain_id"].nunique() >= 1
    legs = whole.matches[whole.matches["chain_id"].notna()]
    assert {1, 2} <= set(legs["leg"])
    coupled = whole.matches.dropna(subset=["coupled_id"])
    assert {"co2", "restwarmte_ht"} <= set(coupled["stream"])
    heat = whole.solves.set_index("stream").loc["restwarmte_ht"]
    assert heat["quantity"] < 0.95 * heat["annual_quantity"]
    assert (whole.gaps["cause"] == "season").any()
    forbidden = whole.matches[whole.matches["break_even_km"] * 1000 < whole.matches["distance_m"]]
    assert (forbidden["chance_class"] == "technisch").any()
