"""A market outside the region takes what the region leaves, where that pays, and is told apart from nobody at all."""

from __future__ import annotations

import pandas as pd
import pytest

from kansenkaart.catalogue import OwnMarket, load_catalogue
from kansenkaart.catalogue.changes import with_markets
from kansenkaart.errors import ProjectError
from kansenkaart.matches.why.elsewhere import sell_elsewhere
from kansenkaart.project import load_project
from tests.matches.places import X, Y
from tests.small_project import TOML, write_project

TEXTILE, STRUVITE = "textiel", "struviet_fosfaat"


def place(site_id, kind, stream, role, t, dx=0.0):
    row = {"site_id": site_id, "kind": kind, "x": X + dx, "y": Y, f"{role}_{stream}_t_y": t}
    # What a municipality collects is under contract unless its layer says that it is free.
    return row | ({f"free_supply_{stream}_t_y": t} if role == "supply" else {})


def town(t=300.0):
    return place("g:1", "municipality", TEXTILE, "supply", t)


def sorter(t=100.0, dx=5000.0):
    return place("s:1", "textile_sorter", TEXTILE, "demand", t, dx)


@pytest.mark.parametrize(("rows", "left"), [((town(),), 300.0), ((town(), sorter()), 200.0)])
def test_what_the_region_leaves_is_sold_outside_where_that_pays(region, rows, left):
    found = region(*rows, streams=[TEXTILE])
    row = found.gap(f"g:1|{TEXTILE}|supply")
    assert row["delivered"] + row["remaining"] == row["value"] == 300.0
    assert row["remaining"] == row["elsewhere"] == left
    prices = found.catalogue.prices
    rate = prices[found.catalogue.streams[TEXTILE].truck_price].value
    spent = prices["handling_eur_t"].value + rate * 100.0
    assert row["elsewhere_eur_unit"] == pytest.approx(570.0 - spent)
    assert "via de haven van Rotterdam (100 km over de weg) betaalt 570 EUR per t" in row["reason"]
    english = region(*rows, streams=[TEXTILE], language="en").gap(f"g:1|{TEXTILE}|supply")
    assert "goes to a market outside the region" in english["reason"]


def test_a_market_outside_takes_nothing_from_a_taker_in_the_region(region):
    with_taker = region(town(), sorter(t=500.0), streams=[TEXTILE])
    assert with_taker.moved(TEXTILE) == 300.0
    row = with_taker.gap(f"g:1|{TEXTILE}|supply")
    assert (row["elsewhere"], row["remaining"]) == (0.0, 0.0)
    assert "Rotterdam" not in row["reason"]
    asks = with_taker.gap(f"s:1|{TEXTILE}|demand")
    assert asks["elsewhere"] == 0.0


def test_a_market_that_pays_less_than_the_drive_costs_is_named_and_takes_nothing(region):
    rows = (place("rwzi:1", "rwzi", STRUVITE, "supply", 60.0),)
    dear = {"handling_eur_t": 200.0}
    row = region(*rows, prices=dear, streams=[STRUVITE]).gap(f"rwzi:1|{STRUVITE}|supply")
    assert (row["cause"], row["elsewhere"], row["remaining"]) == ("nobody_needs", 0.0, 60.0)
    assert row["elsewhere_eur_unit"] < 0
    assert "Buiten de regio verkopen loont niet" in row["reason"]
    assert "Let op: de prijs van fosfaaterts naar fosfaat" in row["reason"]


@pytest.mark.parametrize(
    ("kind", "stream", "low", "high"),
    [("municipality", "papier_vezel", 100, 130), ("pmd_sorter", "kunststof_balen", 250, 290),
     ("municipality", "metalen", 280, 310), ("textile_sorter", "textielvezel", 40, 60), ("rwzi", STRUVITE, 60, 80)],
)  # fmt: skip
def test_what_is_traded_has_a_market_outside_that_leaves_money(region, kind, stream, low, high):
    """Their price in the source's year less loading and the drive; nobody here takes it, and it is not lost."""
    row = region(place("a:1", kind, stream, "supply", 300.0), streams=[stream]).gap(f"a:1|{stream}|supply")
    assert (row["elsewhere"], low < row["elsewhere_eur_unit"] < high) == (300.0, True)


def test_less_than_a_load_is_not_driven_there(region):
    row = region(town(t=2.0), streams=[TEXTILE]).gap(f"g:1|{TEXTILE}|supply")
    assert (row["elsewhere"], row["remaining"]) == (0.0, 2.0)
    assert "vult geen vracht: de kleinste partij is 4 t per jaar" in row["reason"]


def test_a_stream_without_such_a_market_says_nothing_of_it(region):
    found = region(
        place("g:1", "municipality", "houtchips_snoei", "supply", 300.0), streams=["houtchips_snoei"]
    )
    assert found.gaps["elsewhere"].sum() == 0.0
    assert found.gaps["elsewhere_eur_unit"].isna().all()
    assert not found.gaps["reason"].str.contains("buiten de regio \\(").any()


def test_a_project_brings_its_own_market_or_none():
    catalogue = load_catalogue()
    near = OwnMarket(place="Antwerpen", distance_km=50.0, low=90.0, value=100.0, high=110.0)
    own = with_markets(catalogue, {STRUVITE: near, TEXTILE: None}, year=2025)
    market = own.streams[STRUVITE].elsewhere
    assert (market.place_en, market.year, market.evidence) == ("Antwerpen", 2025, "unverified")
    assert own.streams[TEXTILE].elsewhere is None
    gaps = pd.DataFrame({"remaining": [60.0, 0.0], "reason": [(), ()]})
    sold = sell_elsewhere(gaps, own.streams[STRUVITE], market, own.prices)
    assert sold["elsewhere"].tolist() == [60.0, 0.0]
    assert (sold["elsewhere_eur_unit"] > 0).all()
    assert [said.key for said in sold["reason"][0]] == ["elsewhere_sold"]
    assert sold["reason"][1] == ()


MARKETS = """
[stream.struviet_fosfaat.elsewhere]
place = "Antwerpen"
distance_km = 50
low = 90
value = 100
high = 110
[stream.textiel]
sold_elsewhere = false
"""


def test_a_project_file_gives_a_market_and_switches_one_off(tmp_path):
    loaded = load_project(write_project(tmp_path / "p", TOML + MARKETS))
    streams = loaded.catalogue.streams
    assert (streams[STRUVITE].elsewhere.place, streams[STRUVITE].elsewhere.year) == ("Antwerpen", 2025)
    assert streams[TEXTILE].elsewhere is None
    with pytest.raises(ProjectError) as error:
        load_project(write_project(tmp_path / "q", TOML + MARKETS.replace("= 50", "= -5")))
    assert "stream.struviet_fosfaat.elsewhere.distance_km" in str(error.value)
