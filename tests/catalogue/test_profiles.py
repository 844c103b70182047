"""Month profiles: what follows from a source is computed again, an estimate holds what its source says."""

import csv
from collections import defaultdict
from math import acos, cos, erf, exp, pi, sin, sqrt, tan

import pytest

from kansenkaart.catalogue import Profile, apply_changes, load_catalogue

CATALOGUE = load_catalogue()
PROFILES = CATALOGUE.profiles
DAYS = (31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

# KNMI normals 1991-2020 of De Bilt, degrees, and the spread of days within a month.
NORMALS_C = (3.6, 3.9, 6.5, 9.9, 13.4, 16.2, 18.3, 17.9, 14.7, 10.9, 7.0, 4.2)
DAY_SPREAD_K = 3.4


def degree_days(base_c):
    """Return expected degrees below `base_c` per month when days are normal around the month's mean."""
    found = []
    for mean, days in zip(NORMALS_C, DAYS, strict=True):
        z = (base_c - mean) / DAY_SPREAD_K
        below = (base_c - mean) * (1 + erf(z / sqrt(2))) / 2 + DAY_SPREAD_K * exp(-z * z / 2) / sqrt(2 * pi)
        found.append(days * below)
    return found


def shares(months):
    return [month / sum(months) for month in months]


def overlap(one, other):
    return sum(map(min, PROFILES[one].months, PROFILES[other].months))


def effluent_cooling_k():
    """3 K out of water of 8 degrees in January and February, 8 K out of water of 24 degrees in July and August."""
    return [3 + (8 - 3) * (1 - cos(2 * pi * (month - 1.5) / 12)) / 2 for month in range(1, 13)]


FLAT, BUILDINGS = shares(DAYS), shares(degree_days(18))

DERIVED = {
    "flat": FLAT,
    "buildings": BUILDINGS,
    "cold_crops": shares(degree_days(10)),
    "effluent": shares([days * k for days, k in zip(DAYS, effluent_cooling_k(), strict=True)]),
    "beside_city": [(2.5 * flat - 0.75 * city) / 1.75 for flat, city in zip(FLAT, BUILDINGS, strict=True)],
    # Printed in the domain reference, section 5.
    "tomato_residues": [0.05, 0, 0, 0, 0, 0, 0, 0, 0.05, 0.10, 0.40, 0.40],
    "verge_grass": [0, 0, 0, 0, 0.15, 0.30, 0.10, 0.05, 0.20, 0.20, 0, 0],
    "greenhouse": shares([16.6, 12.5, 10.7, 7.5, 5.0, 3.2, 2.4, 2.7, 4.4, 7.5, 11.4, 16.0]),
    "radiation": shares([2.0, 3.7, 7.5, 11.7, 14.8, 15.0, 14.6, 12.5, 8.8, 5.2, 2.5, 1.6]),
}

# First and last month that an estimate speaks of, and the least part of the year that falls in them.
SEASONS = {
    "summer_demand": (4, 9, 0.85),
    "winter": (10, 4, 0.85),
    "growing_season": (4, 11, 0.75),
    "campaign": (9, 1, 0.75),
    "manure_season": (2, 9, 1.0),
    "harvest": (7, 9, 1.0),
    "construction_season": (3, 11, 0.85),
}


@pytest.mark.parametrize("name", DERIVED)
def test_a_profile_follows_from_its_source(name):
    assert PROFILES[name].months == pytest.approx(DERIVED[name], abs=3e-4)


@pytest.mark.parametrize("name", SEASONS)
def test_an_estimate_holds_the_season_its_source_names(name):
    first, last, least = SEASONS[name]
    inside = [
        share
        for month, share in enumerate(PROFILES[name].months, start=1)
        if (first <= month <= last if first <= last else month >= first or month <= last)
    ]
    assert sum(inside) >= least - 1e-9
    assert min(inside) > 0


def test_every_profile_is_tested_and_says_where_it_comes_from():
    assert set(PROFILES) == set(DERIVED) | set(SEASONS)
    for profile in PROFILES.values():
        assert sum(profile.months) == pytest.approx(1, abs=1e-9), profile.id
        assert len(profile.source) > 3, profile.id
        assert 1999 <= profile.year <= 2025, profile.id
        if "technische schatting" in profile.source:
            assert profile.evidence == "estimate", profile.id
        if "niet nagekeken" in profile.note:
            assert profile.evidence in ("unverified", "estimate"), profile.id


def test_degree_days_are_those_of_the_reference():
    assert sum(degree_days(18)) == pytest.approx(2_829, rel=0.005)


@pytest.mark.parametrize(
    ("supply", "demand", "low", "high"),
    [("flat", "greenhouse", 0.71, 0.76), ("flat", "buildings", 0.715, 0.725)],
)
def test_of_a_flat_source_as_large_as_the_demand_a_quarter_to_a_third_is_lost(supply, demand, low, high):
    assert low <= overlap(supply, demand) <= high


def test_effluent_without_a_store_meets_little_more_than_half_of_what_buildings_ask():
    """The engineering estimate this replaces halved the heat: the heating season has about half of it."""
    assert overlap("effluent", "buildings") == pytest.approx(0.57, abs=0.02)
    heating_season = (*PROFILES["effluent"].months[:4], *PROFILES["effluent"].months[9:])
    assert sum(heating_season) == pytest.approx(0.45, abs=0.02)


def test_no_month_gets_more_radiation_than_its_sky_lets_through():
    """Of 3,650 MJ/m2 per year (KNMI, through Groen Kennisnet) against what arrives above the air (FAO-56, eq. 21)."""
    latitude, day = 52.1 * pi / 180, 15
    for share, days in zip(PROFILES["radiation"].months, DAYS, strict=True):
        tilt = 0.409 * sin(2 * pi * day / 365 - 1.39)
        near = 1 + 0.033 * cos(2 * pi * day / 365)
        sunset = acos(-tan(latitude) * tan(tilt))
        height = sunset * sin(latitude) * sin(tilt) + cos(latitude) * cos(tilt) * sin(sunset)
        above = 24 * 60 / pi * 0.0820 * near * height * days
        assert 0.25 < share * 3_650 / above < 0.5
        day += days


def test_hotmaps_knows_the_same_winter_and_a_flat_industry(shared):
    measured = defaultdict(dict)
    with (shared / "data" / "heat" / "hotmaps_maandprofielen_nl.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        for row in csv.DictReader(file):
            measured[row["profiel"], row["code"]][int(row["maand"])] = float(row["aandeel"])
    compared = 0
    for (name, _), months in measured.items():
        ours, least = ("flat", 0.99) if name.startswith("industry") else ("buildings", 0.9)
        both = [min(PROFILES[ours].months[month - 1], months[month]) for month in range(1, 13)]
        assert sum(both) >= least, name
        compared += 1
    assert compared == 17


def test_only_what_cannot_be_kept_is_matched_month_by_month():
    seasonal = {stream.id for stream in CATALOGUE.streams.values() if stream.seasonal}
    assert seasonal == {"restwarmte_ht", "restwarmte_lt", "aquathermie_effluent", "co2", "effluentwater"}


def test_a_kengetal_names_a_profile_only_where_it_differs_from_its_stream():
    for one in CATALOGUE.kengetallen.values():
        default = getattr(CATALOGUE.streams[one.stream], f"{one.role}_profile")
        assert one.profile is None or one.profile != default, one.id


def test_every_profile_is_used():
    used = {one.profile for one in CATALOGUE.kengetallen.values()}
    used |= {one.supply_profile for one in CATALOGUE.streams.values()}
    used |= {one.demand_profile for one in CATALOGUE.streams.values()}
    assert used - {None} == set(PROFILES)


def test_a_project_adds_a_profile_and_replaces_one():
    own = {
        name: Profile(id=name, months=(0.5, 0.5, *[0] * 10), source="eigen", year=2024, evidence="unverified")
        for name in ("ijsbaan", "buildings")
    }
    after = apply_changes(CATALOGUE, kengetallen={}, prices={}, streams={}, profiles=own)
    assert list(after.profiles) == [*PROFILES, "ijsbaan"]
    assert after.profiles["buildings"] == own["buildings"]
    assert after.profiles["flat"] == PROFILES["flat"]
    for name in ("supply_profile", "demand_profile"):
        assert after.attributes[name].allowed == tuple(after.profiles)
        assert CATALOGUE.attributes[name].allowed == tuple(PROFILES)
