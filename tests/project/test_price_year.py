"""The year of prices and the ground of pipes: asked for, or what the map's year and the catalogue say."""

import pytest

from kansenkaart.errors import ProjectError
from kansenkaart.project import load_project
from tests.small_project import TOML, write_project

PLACE = "id,kind,x_rd,y_rd\na,greenhouse,110000,490000\n"
PROJECT = TOML.replace("reference_year = 2025", "reference_year = {year}").replace(
    "[region]", "{more}\n[region]"
)


@pytest.fixture
def loaded(tmp_path_factory):
    def load(year=2025, more=""):
        folder = tmp_path_factory.mktemp("prijzen") / "regio"
        write_project(folder, PROJECT.format(year=year, more=more), PLACE)
        return load_project(folder).catalogue.prices

    return load


@pytest.mark.parametrize(
    ("year", "holds"), [(2019, 2023), (2024, 2024), (2025, 2025), (2026, 2025), (2035, 2025)]
)
def test_without_a_year_the_prices_are_those_of_the_map_as_far_as_they_are_known(loaded, year, holds):
    assert loaded(year)["gas_price_eur_m3"].year == holds
    assert loaded(year)["avoided_heat_glass"].year == holds


def test_a_year_that_is_asked_for_holds(loaded):
    assert loaded(more="price_year = 2030")["glass_co2_levy_eur_t"].value == 17.70


@pytest.mark.parametrize("year", ["2022", "2031", "true", '"2025"'])
def test_a_year_without_prices_is_refused_with_what_is_allowed(loaded, year):
    with pytest.raises(ProjectError) as caught:
        loaded(more=f"price_year = {year}")
    assert "price_year" in str(caught.value)
    if year.isdigit():
        assert "2023 to 2030" in str(caught.value)


def test_a_town_takes_its_own_factor_and_a_price_of_the_project_goes_before(loaded):
    assert loaded()["pipe_ground_factor"].value == 1.0
    town = loaded(more='ground = "urban"')["pipe_ground_factor"]
    assert (town.low, town.value, town.high) == (1.0, 1.64, 2.5)
    assert "WarmtelinQ" in town.source
    own = "[prices.pipe_ground_factor]\nlow = 1.2\nvalue = 1.3\nhigh = 1.4\n"
    assert loaded(more=f'ground = "urban"\n{own}')["pipe_ground_factor"].value == 1.3


def test_what_follows_from_a_price_of_the_project_stands_in_its_provenance(loaded):
    """Lukewarm heat follows hot heat: the number that is used is the number that is shown."""
    own = "[prices.avoided_heat_glass]\nlow = 10\nvalue = 12\nhigh = 14\n"
    prices = loaded(more=own)
    assert prices["avoided_heat_glass"].source == "projectbestand"
    assert prices["avoided_heat_glass_lt"].value == pytest.approx(16.0)
    assert prices["avoided_heat_glass_lt"].source.startswith("avoided_heat_glass * ")
