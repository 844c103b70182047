"""All five themes of Nederland circulair in 2050 stand in the example of the country, with places at both ends."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kansenkaart.flows import estimate_flows
from kansenkaart.project import load_project
from kansenkaart.sources import read_sources
from kansenkaart.texts import load_texts

THEMES = {
    "biomassa en voedsel": (
        "gft",
        "houtchips_snoei",
        "voedingsreststromen",
        "zuiveringsslib",
        "struviet_fosfaat",
    ),
    "kunststoffen": ("kunststof", "kunststof_balen"),
    "maakindustrie": ("metalen", "aeea"),
    "bouw": ("betonpuin", "granulaat", "asfalt", "gips", "minerale_wol", "sloophout"),
    "consumptiegoederen": ("textiel", "textielvezel", "meubels_grofvuil", "papier_vezel"),
    "energie": ("restwarmte_ht", "co2"),
}


@pytest.fixture(scope="module")
def loaded():
    return load_project(Path(__file__).parents[2] / "data" / "nederland")


@pytest.fixture(scope="module")
def sources(loaded):
    return read_sources(loaded, progress=lambda _what: None)


@pytest.fixture(scope="module")
def country(loaded, sources):
    estimated = estimate_flows(
        sources.sites, sources.links, loaded.catalogue, project=loaded.project, texts=load_texts("nl")
    )
    return sources.sites.set_index("site_id"), estimated.flows


def test_every_row_of_the_example_is_used(sources):
    layers = sources.layers
    assert layers.loc[layers["rows_rejected"] > 0, "layer"].tolist() == []
    assert layers["rows_read"].sum() == layers["rows_used"].sum() > 1_000


@pytest.mark.parametrize("theme", THEMES)
def test_every_stream_of_a_theme_has_something_to_give_and_a_named_taker(country, theme):
    sites, flows = country
    for stream in THEMES[theme]:
        of_stream = flows[flows["stream"] == stream]
        gives = (of_stream["theoretical"] > 0) | of_stream["made_from"].notna()  # gft is there, and sold
        assert gives[of_stream["role"] == "supply"].any(), stream
        takers = of_stream[(of_stream["role"] == "demand") & (of_stream["value"] > 0)]
        placed = sites.loc[takers["site_id"], "placement"]
        assert (placed != "municipality").any(), stream


def test_a_closed_plant_takes_nothing_and_is_shown_as_closed(country):
    sites, flows = country
    closed = sites.index[sites["status"] == "closed"]
    assert {"kunststoffen:umincorp-ams", "kunststoffen:ioniqa", "consumptiegoederen:wieland"} <= set(closed)
    assert not flows["site_id"].isin(closed).any()


def test_a_list_of_2014_does_not_bring_back_a_plant_that_was_closed_since(country):
    sites, _ = country
    gone = ("739", "1188", "740", "4280", "4332", "728", "725", "4349", "4274", "730", "737")
    assert set(sites.loc[[f"industrie:{name}" for name in gone], "status"]) == {"closed"}


def test_kitchen_waste_goes_to_no_feed_maker_or_insect_farm(loaded):
    takers = {one.demand_kind for one in loaded.catalogue.pairs.values() if one.supply_kind == "municipality"}
    assert "digester" in takers
    assert not {"feed_maker", "insect_farm"} & takers


def test_when_contracts_end_what_is_collected_is_offered_again(country, sources):
    _, now = country
    reopened = load_project(Path(__file__).parents[2] / "data" / "nederland", scenario="contracten")
    then = estimate_flows(
        sources.sites, sources.links, reopened.catalogue, project=reopened.project, texts=load_texts("nl")
    ).flows
    for stream in ("gft", "textiel", "sloophout", "zuiveringsslib"):
        free = [
            flows.loc[(flows["stream"] == stream) & (flows["role"] == "supply"), "value"].sum()
            for flows in (now, then)
        ]
        assert free[0] == 0 < free[1], stream


def test_a_municipality_is_not_asked_twice_for_what_its_recycling_yard_has(country):
    _, flows = country
    bulky = flows[(flows["stream"] == "meubels_grofvuil") & (flows["role"] == "supply")].set_index("site_id")[
        "value"
    ]
    assert bulky["consumptiegoederen:hvc-abs-schagen"] == pytest.approx(11_400 * 0.18)
    assert bulky["gemeenten:GM0441"] == 0
    assert bulky["gemeenten:GM0400"] == 0


def test_the_themes_add_up_to_what_the_country_makes(country):
    """Sums over all municipalities against the published totals the rules of thumb come from."""
    _, flows = country
    supply = flows[flows["role"] == "supply"].groupby("stream")["theoretical"].sum()
    wanted = pd.Series(
        {"textiel": 136e3, "aeea": 100e3, "kunststof": 377e3, "asfalt": 0.6 * 3.25e6, "metalen": 3e6}
    )
    assert supply[wanted.index].to_dict() == pytest.approx(wanted.to_dict(), rel=0.06)
