"""A scenario changes what it says and nothing else: prices, growth, what closes, what opens, what is offered again."""

from __future__ import annotations

import re
import sqlite3

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from kansenkaart.cli.main import run as run_command
from kansenkaart.errors import DataError
from kansenkaart.pipeline import build
from kansenkaart.project import load_project
from kansenkaart.sources import read_sources
from kansenkaart.sources.shared import SharedReader
from tests.scenarios.small_scenarios import write_region

SCENARIOS = """
[scenarios.prijzen]
reference_year = 2030
price_year = 2030

[[scenarios.groei.growth]]
kind = "greenhouse"
role = "demand"
low = 1.0
value = 1.2
high = 1.5
source = "raming van de telers"
year = 2024

[[scenarios.dicht.closed]]
id = "a:b"
year = 2027
source = "concern stopt"

[[scenarios.eind.closed]]
id = "l:c"
source = "contract loopt af"

[scenarios.open]
existing = "reopen"

[[scenarios.plan.planned]]
id = "a:p"
source = "vergunning"
year = 2028

[[scenarios.dicht-2028.closed]]
id = "a:w"
source = "sluit"
"""
LATER = "reference_year = 2028\n"
_CLASSES = ("kansrijk", "verkennen", "kan, maar loont nu niet")


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Return a builder of a scenario of the region."""
    year = "[scenarios.{0}]\nreference_year = 2028\n"
    scenarios = SCENARIOS + year.format("dicht") + year.format("plan")
    folder = write_region(tmp_path_factory.mktemp("scenarios") / "regio", scenarios)
    found = {}

    def run(name=""):
        if name not in found:
            found[name] = build(load_project(folder, scenario=name)).frames
        return found[name]

    return run


def chances(frames):
    return {row.match_id.split("|", 1)[1]: row.quantity for row in frames.matches.itertuples()}


def flow(frames, site):
    return frames.flows.set_index("site_id").loc[site]


def test_the_project_as_it_stands_knows_nothing_of_its_scenarios(frames):
    assert set(chances(frames())) == {"a:b|a:k"}
    assert set(frames().sites["status"]) == {"active", "planned"}


def test_a_place_that_closes_gives_nothing_and_its_deliveries_stop(frames):
    closed = frames("dicht")
    assert chances(closed) == {}
    at = closed.sites.set_index("site_id").loc["a:b"]
    assert (at["status"], at["status_note"], at["status_date"]) == ("closed", "concern stopt", "2027")
    ended = frames("dicht-2028")
    assert ended.links["status"].tolist() == ["stopped"]
    assert flow(ended, "a:v")["value"] == pytest.approx(60_000)  # its contract is gone: it asks again


def test_a_contract_that_ends_and_contracts_that_are_reopened_offer_again_what_they_had(frames):
    for name in ("eind", "open"):
        assert 0 < chances(frames(name))["a:w|a:v"] <= 60_000
    assert "a:w|a:v" not in chances(frames())
    assert frames("eind").links["reason"].tolist() == ["contract loopt af"]


def test_a_planned_place_counts_from_its_year_in_the_scenario_that_says_so(frames):
    assert 0 < chances(frames("plan"))["a:b|a:p"] <= 40_000


def test_growth_multiplies_what_fits_and_says_by_whom(frames):
    before, grown = flow(frames(), "a:k"), flow(frames("groei"), "a:k")
    for name, factor in (("theoretical", 1.2), ("value", 1.2), ("low", 1.0), ("high", 1.5)):
        assert grown[name] == pytest.approx(factor * before[name])
    assert "× 1,2 (marge 1 tot 1,5) = 180.000 GJ door de groei volgens raming van de telers (2024)" in str(
        grown["formula"]
    )
    assert grown["source"].endswith("; raming van de telers (2024)")
    assert flow(frames("groei"), "a:b")["value"] == flow(frames(), "a:b")["value"]
    # what a contract takes stays what it is: all that grows is asked besides
    assert flow(frames("groei"), "a:v")["value"] == pytest.approx(0.2 * 60_000)


def test_what_scenarios_share_is_read_once_with_the_same_outcome(tmp_path):
    years = "[scenarios.jaar]\nreference_year = 2028\n"
    folder = write_region(tmp_path / "regio", SCENARIOS + years)
    reader, told = SharedReader(), []
    for name in ("", "groei", "dicht", "eind", "jaar"):
        loaded = load_project(folder, scenario=name)
        shared = reader.read(loaded, progress=told.append)
        alone = read_sources(loaded, progress=lambda _: None)
        for part in ("sites", "links", "findings", "layers", "decisions"):
            pd.testing.assert_frame_equal(getattr(shared, part), getattr(alone, part))
    # another year says which deliveries run
    assert told == ["a", "l", "a", "l"]


def test_the_prices_of_2030_class_a_chance_otherwise(tmp_path):
    """Heat over 12 km costs money at the prices of 2025; those of 2030 are lower but less sure: it may pay."""
    prices = "[scenarios.2030]\nreference_year = 2030\nprice_year = 2030\n"
    folder = write_region(tmp_path / "regio", prices, metres=12_000)
    found = {}
    for name in ("", "2030"):
        loaded = load_project(folder, scenario=name)
        matches = build(loaded).frames.matches.set_index("match_id")
        found[name] = matches.loc["restwarmte_ht|a:b|a:k", "chance_class"]
        assert loaded.catalogue.prices["gas_price_eur_m3"].year == (2030 if name else 2025)
    assert found == {"": "technisch", "2030": "verkennen"}


WITHOUT_EFFECT = """[scenarios.x]
closed = [{ id = "a:b", year = 2040, source = "s" }, { id = "a:w", source = "s" }, { id = "a:w", source = "t" }]
planned = [{ id = "a:b", source = "s" }]
growth = [{ stream = "gft", low = 2, value = 2, high = 2, source = "s" }]
"""


def test_what_has_no_effect_is_told(tmp_path):
    folder = write_region(tmp_path / "regio", WITHOUT_EFFECT)
    findings = build(load_project(folder, scenario="x")).frames.findings
    told = findings[findings["key"].str.match("turn_|growth_")].set_index("key")["severity"].to_dict()
    assert told == {
        "turn_later": "note",
        "turn_planned_already": "warning",
        "turn_closed_already": "warning",
        "growth_without_flow": "warning",
    }


def test_a_place_that_is_not_there_is_refused(tmp_path):
    wrong = {
        "p": 'closed = [{ id = "a:bron", source = "s" }]',
        "q": 'planned = [{ id = "l:d", source = "s" }]',
        "r": 'growth = [{ site = "a:x", low = 1, value = 2, high = 3, source = "s" }]',
    }
    scenarios = "".join(f"[scenarios.{name}]\n{text}\n" for name, text in wrong.items())
    folder = write_region(tmp_path / "regio", scenarios)
    for name in wrong:
        with pytest.raises(DataError) as caught:
            build(load_project(folder, scenario=name))
        assert f"kansenkaart.toml, scenarios.{name}: '" in str(caught.value)
    build(load_project(folder))  # the project itself has no part in it


def look_at_layer(path, folder, *, new):
    """One layer holds each run as it is by itself, to tell apart by a column, and QGIS finds its style."""
    together = gpd.read_file(path, layer="scenario_matches")
    for name in (None, "open"):
        alone = build(load_project(folder, scenario=name or "")).frames.matches.set_index("match_id")
        own = together[together["scenario"].isna() if name is None else together["scenario"] == name]
        own = own.set_index("match_id")
        assert sorted(own.index) == sorted(alone.index)
        alone = alone.loc[own.index]
        assert own["chance_class"].tolist() == alone["chance_class"].tolist()
        assert np.array_equal(own["quantity"], alone["quantity"])
        assert np.array_equal(own["net_eur_y"], alone["net_eur_y"], equal_nan=True)
        assert own.geometry.geom_equals_exact(alone.geometry, 0.001).all()
    opened, now = together[together["scenario"] == "open"], together[together["scenario"].isna()]
    assert set(now["change"]) == {"now"}
    assert (opened["change"] == "new").sum() == new
    gone = now.loc[now["gone_in"] == "open", "match_id"]
    assert set(gone) == set(now["match_id"]) - set(opened["match_id"])
    with sqlite3.connect(path) as connection:
        (style,) = connection.execute("SELECT styleQML FROM layer_styles WHERE useAsDefault").fetchone()
    assert 'attr="change"' in style
    assert 'value="surer"' in style


@pytest.mark.usefixtures("little_written")
def test_all_scenarios_are_built_into_their_folder_again(tmp_path):
    named = 'title = "<b>Open</b>"\nabout = "wat als alles vrijkomt"\n'
    folder = write_region(tmp_path / "regio", f'[scenarios.open]\nexisting = "reopen"\n{named}')
    command = ["build", str(folder), "--scenario", "all", "-q"]
    assert run_command(command) == 0
    files = sorted(str(path.relative_to(folder)) for path in (folder / "uit").rglob("*") if path.is_file())
    assert any(name.startswith("uit/scenarios/open/") for name in files)
    page = (folder / "uit" / "scenarios.html").read_text(encoding="utf-8")
    heads, *rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall("<tr>.*?</tr>", page)]
    told = {row[0]: row[1:] for row in rows}
    assert heads[1:] == ["Zoals het nu is", "&lt;b&gt;Open&lt;/b&gt;"]
    assert "&lt;b&gt;Open&lt;/b&gt;: wat als alles vrijkomt" in page
    assert "nu is: " not in page
    # what contracts held is offered again: as many as appear, less what goes
    bring = [sum(int(told[name][at]) for name in _CLASSES) for at in (0, 1)]
    assert bring[1] - bring[0] == int(told["Nieuw ten opzichte van nu"][1]) - int(
        told["Vervalt ten opzichte van nu"][1]
    )
    assert int(told["Nieuw ten opzichte van nu"][1]) > 0
    look_at_layer(folder / "uit" / "scenarios.gpkg", folder, new=int(told["Nieuw ten opzichte van nu"][1]))
    assert run_command(command) == 0
    again = sorted(str(path.relative_to(folder)) for path in (folder / "uit").rglob("*") if path.is_file())
    assert again == files
