"""Every part of step 3 does something: with it turned off or on, the matches of the example region are others."""

from dataclasses import replace

import pandas as pd
import pytest

from kansenkaart.flows import estimate_flows
from kansenkaart.matches import MatchInputs, find_matches
from kansenkaart.sources import read_sources
from kansenkaart.texts import load_texts

# Every part but the draws themselves shows without them.
DRAWS = 3

# Streams in which every part shows: heat with CO2, sludge, a chain of phosphate, and what goes by truck.
STREAMS = (
    *("restwarmte_ht", "restwarmte_lt", "co2", "zuiveringsslib", "biogas_groengas"),
    *("struviet_fosfaat", "meststof_fosfaat", "tuinbouwreststroom", "meubels_grofvuil"),
)

# What an answer consists of; texts follow from it.
ANSWER = ["match_id", "quantity", "chance_class", "co2_avoided_t_y", "robustness", "chain_id", "coupled_id"]
OFF = {
    "tiers": {"method": {"tiers": False}},
    "lots": {"method": {"lots": False}},
    "season": {"method": {"season": False}},
    "chains": {"method": {"chains": False}},
    "coupling": {"method": {"coupling": "off"}},
}
RESPECTED = {"existing": "respect"}


def answer(frames) -> pd.DataFrame:
    rows = frames.matches[ANSWER].sort_values("match_id").reset_index(drop=True)
    return rows.round(6)


@pytest.fixture(scope="module")
def loaded(example):
    """Return the region with its contracts reopened: so there is enough to divide for every part to matter."""
    return example.changed(draws=0, existing="reopen", streams=STREAMS)


@pytest.fixture(scope="module")
def layers(loaded):
    """Return what is read of the region, once: no setting here changes it."""
    return read_sources(loaded, progress=lambda _what: None)


@pytest.fixture(scope="module")
def found(layers):
    """Return a finder of the matches of the region under other settings."""

    def find(other, sources=layers):
        texts = load_texts(other.project.language)
        flows = estimate_flows(
            sources.sites, sources.links, other.catalogue, project=other.project, texts=texts
        ).flows
        inputs = MatchInputs(
            sources.sites, flows, sources.links, sources.areas, sources.surroundings, sources.decisions
        )
        return find_matches(inputs, other.catalogue, project=other.project, texts=texts)

    return find


@pytest.fixture(scope="module")
def whole(loaded, found):
    return found(loaded)


@pytest.fixture(scope="module")
def respected(loaded, found):
    """Return what is found where the contracts stay as they are."""
    return found(loaded.changed(**RESPECTED))


@pytest.mark.parametrize("part", OFF)
def test_without_a_part_the_matches_are_others(part, loaded, found, whole):
    without = found(loaded.changed(**OFF[part]))
    assert not answer(without).equals(answer(whole)), f"without {part} nothing changes"


def test_without_reopened_contracts_the_matches_are_others(whole, respected):
    assert not answer(respected).equals(answer(whole))


def test_without_its_links_a_region_has_other_matches(loaded, found, layers, respected):
    bare = found(loaded.changed(**RESPECTED, links=()), replace(layers, links=layers.links.iloc[:0]))
    assert not answer(respected).equals(answer(bare))


def test_without_its_ledgers_a_region_with_what_is_planned_has_other_matches(loaded, found):
    """A plant that is to make gas of its sludge cannot give the same sludge away."""
    planned = loaded.changed(include_planned=True)
    without = found(planned.changed(method={"ledgers": False}))
    assert not answer(found(planned)).equals(answer(without))


def test_draws_tell_sure_chances_from_unsure_ones_and_change_no_quantity(loaded, found, whole):
    drawn = found(loaded.changed(draws=DRAWS))
    certainty = drawn.matches["robustness"]
    assert certainty.between(0.0, 1.0).all()
    assert (certainty == 1.0).any()
    assert (certainty < 1.0).any()
    quantities = ["match_id", "quantity", "co2_avoided_t_y", "chain_id", "coupled_id"]
    pd.testing.assert_frame_equal(answer(drawn)[quantities], answer(whole)[quantities])


def test_required_coupling_is_another_answer_than_rewarded(loaded, found, whole):
    required = found(loaded.changed(method={"coupling": "required"}))
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
