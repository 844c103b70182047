"""Which chance stands first: what the project ranks by, what pays, what is near."""

import numpy as np
import pandas as pd
import pytest

from kansenkaart.matches.rows.match_rows import rank_matches
from kansenkaart.project import Project
from tests.matches.places import X, Y, dear, source, taker


@pytest.mark.parametrize(("key", "first"), [("net_eur", "kas:1"), ("quantity", "kas:2"), ("co2", "kas:2")])
def test_what_the_project_ranks_by_decides_within_a_class(run, key, first):
    """Near and small earns most per year here; far and large moves and saves most."""
    rows = (
        source("bron:1", gj=90_000.0),
        taker("kas:1", dx=400.0, gj=90_000.0),
        source("bron:2", dx=60_000.0, gj=120_000.0),
        taker("kas:2", dx=75_000.0, gj=120_000.0),
    )
    matches = run(*rows, rank_by=[key], catalogue=dear(40.0))[1].matches
    assert set(matches["chance_class"]) == {"kansrijk"}
    assert matches["demand_id"].iloc[0] == first


def test_certainty_decides_the_rank_when_it_is_asked(run):
    shaky = {"demand_restwarmte_ht_low_gj_y": 5_000.0, "demand_restwarmte_ht_high_gj_y": 500_000.0}
    rows = (
        source("bron:1", gj=900_000.0),
        taker("kas:1", dx=400.0, gj=300_000.0, **shaky),
        source("bron:2", dx=60_000.0, gj=100_000.0),
        taker("kas:2", dx=60_400.0, gj=60_000.0),
    )

    def first(key):
        settings = {"rank_by": [key], "catalogue": dear(40.0), "draws": 200}
        return run(*rows, **settings)[1].matches["demand_id"].iloc[0]

    assert (first("quantity"), first("certainty")) == ("kas:1", "kas:2")


CHANCES = (
    # class, EUR, t CO2, quantity, km - in the order in which they are to stand
    ("kansrijk", 1_020.0, 15.0, 43.0, 9.0),
    ("verkennen", 104_000.0, 1_390.0, 1_933.0, 2.0),
    ("verkennen", 55_200.0, 900.0, 700.0, 3.0),
    ("verkennen", 54_800.0, 1_100.0, 700.0, 9.0),
    ("verkennen", 55_000.0, 1_100.0, 700.0, 9.5),
    ("verkennen", 612.0, 8.0, 25.0, 1.0),
    ("verkennen", -40_000.0, 500.0, 3_000.0, 1.0),
    ("verkennen", np.nan, 40.0, 10.0, 8.0),
    ("verkennen", np.nan, np.nan, 9_000.0, 8.0),
    ("verkennen", np.nan, np.nan, 700.0, 1.0),
    ("verkennen", np.nan, np.nan, 800.0, 4.0),
    ("verkennen", np.nan, np.nan, 801.0, 9.0),
    ("verkennen", -130_000.0, 1_640.0, 32_000.0, 1.0),
    ("verkennen", -1_800_000.0, 10_157.0, 285_000.0, 1.0),
    ("technisch", -1.0, 5.0, 1.0, 1.0),
)


def test_money_comes_first_then_co2_and_what_has_no_price_never_before_what_pays():
    """Two figures count: 54,800 and 55,000 euro are one amount, and CO2 decides; so do 55,200 and 54,800.

    What pays with support (a loss of 40,000 here) goes before what has no price. Of what has none the quantity counts
    for what is left of the stream's reach, here 10 km: 700 a kilometre away before 800 at four, and 801 at nine last.
    """
    rows = [(n, *chance) for n, chance in enumerate(CHANCES)]
    names = ["at", "chance_class", "net_eur_y", "co2_avoided_t_y", "quantity", "km"]
    given = pd.DataFrame(rows, columns=names).assign(stream="x", r_now=8, r_after=8, robustness=1.0)
    given["pays_with_support"] = given["net_eur_y"] == -40_000.0
    given["match_id"], given["distance_m"] = given["at"].map("x|{:02}".format), given["km"] * 1000.0
    shuffled = given.sample(frac=1.0, random_state=3).reset_index(drop=True)
    ranked = rank_matches(shuffled, Project.model_fields["rank_by"].default, {"x": 10_000.0})
    found = ranked["at"].tolist()
    assert found == [0, 1, 3, 4, 2, *range(5, len(CHANCES))]
    assert ranked["rank"].tolist() == list(range(1, len(CHANCES) + 1))


def test_what_is_near_goes_first_where_nothing_has_a_price(run):
    rows = (
        {
            "site_id": "a:1",
            "kind": "rwzi",
            "x": X,
            "y": Y,
            "supply_zuiveringsslib_t_y": 100.0,
            "free_supply_zuiveringsslib_t_y": 100.0,
        },
        {
            "site_id": "a:2",
            "kind": "rwzi",
            "x": X + 150_000,
            "y": Y,
            "supply_zuiveringsslib_t_y": 100.0,
            "free_supply_zuiveringsslib_t_y": 100.0,
        },
        {
            "site_id": "b:1",
            "kind": "sludge_dryer",
            "x": X + 70_000,
            "y": Y,
            "demand_zuiveringsslib_t_y": 100.0,
        },
    )
    matches = run(*rows, streams=["zuiveringsslib"])[1].matches
    assert list(matches["supply_id"]) == ["a:1"]
