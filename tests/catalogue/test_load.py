"""A broken catalogue is refused with file, row and field; a project's own numbers replace the catalogue's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.catalogue import OwnNumber, apply_changes, load_catalogue, read_catalogue
from kansenkaart.catalogue.sbi import find_trade, load_trades
from kansenkaart.catalogue.words import load_words
from kansenkaart.errors import DataError, ProjectError
from kansenkaart.sources.columns import list_names
from kansenkaart.units import UNITS

HEAT, CO2 = "streams/restwarmte_ht.toml", "streams/co2.toml"


def _edit(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_copy_of_the_files_gives_the_same_catalogue(catalogue_copy):
    assert read_catalogue(catalogue_copy) == load_catalogue()


def test_the_catalogue_is_read_once():
    assert load_catalogue() is load_catalogue()


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (HEAT, "value = 0.75", "value = 0.5", ("avi_warmte_geleverd", "low <= value <= high")),
        (HEAT, 'id = "avi_warmte_geleverd"', 'id = "a"\nunit = "t"', ("a", "'unit'", "GJ")),
        (HEAT, "value = 0.75", 'value = "veel"', ("kengetal avi_warmte_geleverd", "'value'", "veel")),
        (HEAT, 'crop = "cold"', 'crop = "lauw"', ("kas_warmte_koud", "'where'", "lauw")),
        (HEAT, 'crop = "cold"', 'teelt = "cold"', ("kas_warmte_koud", "attributes.toml", "teelt")),
        (HEAT, '"avi_warmte_extra"', '"avi_warmte_geleverd"', ("avi_warmte_geleverd", "twice")),
        (HEAT, 'kinds = ["waste_to_energy"]', 'kinds = ["oven"]', ("'kinds'", "oven")),
        (HEAT, 'driver = "waste_t_y"', 'driver = "afval"', ("'driver'", "afval")),
        (HEAT, 'profile = "beside_city"', 'profile = "naast_stad"', ("avi_warmte_extra", "naast_stad")),
        (
            HEAT,
            'power = "tapped_heat_power_gje_gj"',
            'power = "turbine"',
            ("biomass_plant", "'power'", "turbine"),
        ),
        (HEAT, 'supply_kinds = ["industry"', 'supply_kinds = ["staal"', ("'supply_kind'", "staal")),
        (HEAT, "hard_km = 25", "hard_km = 5", ("restwarmte_ht", "'soft_km'", "10")),
        (HEAT, 'unit = "GJ"', 'unit = "gigajoule"', ("restwarmte_ht", "'unit'", "gigajoule")),
        (HEAT, "hard_km = 25", "hard = 25", ("restwarmte_ht", "'hard'")),
        (HEAT, "[name]", "[name", (HEAT, "TOML")),
        (HEAT, 'en = "Residual heat (hot)"', "", ("restwarmte_ht", "'en'")),
        (HEAT, 'colour = "#9a3705"', 'colour = "rood"', ("restwarmte_ht", "'style.colour'", "rood")),
        (HEAT, "[[kengetal]]", "[[vuistregel]]", ("restwarmte_ht", "'vuistregel'")),
        (HEAT, 'kinds = ["geothermal"]\nway', 'kinds = ["bron"]\nway', ("taken: bron", "not a kind")),
        (HEAT, 'kinds = ["geothermal"]\nway', 'kinds = ["waste_to_energy"]\nway', ("taken stands twice",)),
        (HEAT, 'way = "sold"', 'way = "weg"', ("'way'", "weg")),
        (HEAT, 'note_en = "a well is drilled for those who take its heat"', "", ("'note_en'",)),
        (CO2, 'note_en = "purity for the greenhouse"', "", ("co2", "note_en")),
        (CO2, 'demand_profile = "radiation"', 'demand_profile = "zon"', ("co2", "zon")),
        (CO2, '"co2_purify_eur_t", ', '"gratis", ', ("'source_cost'", "gratis")),
        (CO2, 'truck_price = "truck_tank"', 'truck_price = "tank"', ("co2", "'truck_price'", "tank")),
        ("profiles.csv", "flat,0.0849", "flat,0.9849", ("flat", "add up to 1")),
        ("profiles.csv", "flat,0.0849", "flat,-0.0849", ("flat", "0 or more")),
        ("prices.csv", ",sourced,", ",zeker,", ("pipe_k_min_a", "'evidence'", "zeker")),
        ("prices.csv", "id,low", "naam,low", ("row 2", "'id'")),
        ("formulas.csv", "power_wholesale_eur_mwh / 3.6", "stroom / 3.6", ("power_sold_eur_gje", "stroom")),
        ("formulas.csv", "power_wholesale_eur_mwh / 3.6", "max(3.6)", ("power_sold_eur_gje", "max(3.6)")),
        ("formulas.csv", "power_wholesale_eur_mwh / 3.6", "power_sold_eur_gje", ("follows from itself",)),
        ("yearly.csv", "ets2_eur_t,0,0,0,EUR/t CO2", "ets3_eur_t,0,0,0,EUR/t CO2", ("ets2_eur_t", "2023")),
        ("drivers.toml", "[[driver]]", "[[aandrijving]]", ("drivers.toml", "aandrijving")),
    ],
)
def test_a_broken_file_is_named_with_row_field_and_value(catalogue_copy, file, old, new, words):
    _edit(catalogue_copy / file, old, new)
    with pytest.raises(DataError) as caught:
        read_catalogue(catalogue_copy)
    message = str(caught.value)
    for word in (file, *words):
        assert word in message


def test_a_missing_file_is_named(catalogue_copy):
    (catalogue_copy / "prices.csv").unlink()
    with pytest.raises(DataError, match=r"prices\.csv"):
        read_catalogue(catalogue_copy)


def test_all_faults_of_a_catalogue_come_at_once(catalogue_copy):
    _edit(catalogue_copy / "prices.csv", ",sourced,", ",zeker,")
    _edit(catalogue_copy / HEAT, "hard_km = 25", "hard_km = -1")
    with pytest.raises(DataError) as caught:
        read_catalogue(catalogue_copy)
    # What follows from the row that fell out cannot be worked out either.
    assert {problem.values["file"] for problem in caught.value.faults} >= {"prices.csv", HEAT}


@given(
    numbers=st.lists(st.floats(0, 1e6), min_size=3, max_size=3).map(sorted),
    name=st.sampled_from(sorted(load_catalogue().kengetallen)),
)
def test_own_kengetal_replaces_only_that_one(numbers, name):
    before = load_catalogue()
    own = OwnNumber(low=numbers[0], value=numbers[1], high=numbers[2])
    after = apply_changes(before, kengetallen={name: own}, prices={}, streams={})
    changed = after.kengetallen[name]
    assert (changed.low, changed.value, changed.high) == tuple(numbers)
    assert (changed.source, changed.evidence) == ("projectbestand", "unverified")
    assert changed.unit == before.kengetallen[name].unit
    assert {key for key in after.kengetallen if after.kengetallen[key] != before.kengetallen[key]} == {name}
    assert list(after.kengetallen) == list(before.kengetallen)
    assert (after.prices, after.streams, after.pairs) == (before.prices, before.streams, before.pairs)


def test_own_price_keeps_what_the_catalogue_said_in_the_note():
    own = OwnNumber(low=5, value=9, high=12)
    after = apply_changes(load_catalogue(), kengetallen={}, prices={"avoided_heat_glass": own}, streams={})
    assert after.prices["avoided_heat_glass"].value == 9
    assert after.prices["avoided_heat_glass"].note.startswith("catalogus: 7.")
    assert load_catalogue().prices["avoided_heat_glass"].value == pytest.approx(9.96, abs=0.01)


@pytest.mark.parametrize(
    ("reach", "soft", "hard"),
    [
        ({"hard_km": 40}, 10, 40),
        ({"hard_km": 4}, 4, 4),
        ({"soft_km": 3}, 3, 25),
        ({"soft_km": 8, "hard_km": 9}, 8, 9),
    ],
)
def test_own_distances(reach, soft, hard):
    after = apply_changes(load_catalogue(), kengetallen={}, prices={}, streams={"restwarmte_ht": reach})
    stream = after.streams["restwarmte_ht"]
    assert (stream.soft_km, stream.hard_km) == (soft, hard)
    assert "projectbestand" in stream.source
    assert after.streams["restwarmte_lt"] == load_catalogue().streams["restwarmte_lt"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kengetallen": {"kas_warmt": OwnNumber(low=1, value=2, high=3)}}, ("kengetallen", "kas_warmt")),
        (
            {"prices": {"gasprijs": OwnNumber(low=1, value=2, high=3)}},
            ("prices", "gasprijs", "gas_price_eur_m3"),
        ),
        ({"streams": {"waterstof": {"hard_km": 3.0}}}, ("waterstof", "restwarmte_ht")),
        ({"streams": {"restwarmte_ht": {"soft_km": 30.0}}}, ("restwarmte_ht", "30", "25")),
    ],
)
def test_wrong_changes_are_refused_with_what_is_allowed(changes, words):
    with pytest.raises(ProjectError) as caught:
        apply_changes(load_catalogue(), **{"kengetallen": {}, "prices": {}, "streams": {}, **changes})
    for word in words:
        assert word in str(caught.value)


def test_no_changes_give_the_same_catalogue():
    assert apply_changes(load_catalogue(), kengetallen={}, prices={}, streams={}) == load_catalogue()


def test_every_trade_counts_as_a_kind_and_a_sector_that_are_known():
    catalogue, trades = load_catalogue(), load_trades()
    assert len(trades) == 77
    assert {trade.kind for trade in trades.values()} <= {"", *catalogue.kinds}
    assert {trade.sector for trade in trades.values()} <= {"", *catalogue.attributes["sector"].allowed}


# Classes as SBI 2025 (version 2026) prints them -> what they count as; an empty kind: nobody knows by the code alone.
OF_2025 = {
    "10120": ("industry", "slaughterhouse"),  # vlees van gevogelte
    "10850": ("industry", "food"),  # kant-en-klaarmaaltijden
    "28970": ("industry", "other"),  # machines voor additieve productie: nieuw
    "30130": ("industry", "other"),  # militaire schepen: nieuw
    "33180": ("industry", "other"),  # reparatie van militair materieel: nieuw
    "38210": ("", ""),  # terugwinning van materialen
    "46710": ("building", "trade"),  # motorvoertuigen, in 2008 afdeling 45
    "46831": ("building", "trade"),  # hout en plaatmateriaal
    "46872": ("", ""),  # schroot
    "47241": ("building", "retail_food"),  # brood en banket
    "47300": ("", ""),  # voertuigbrandstof
    "69101": ("building", "office"),  # advocaten
    "73300": ("building", "office"),  # public relations, in 2008 afdeling 70
    "74910": ("building", "office"),  # octrooien: nieuw
    "77510": ("", ""),  # bemiddeling in verhuur: nieuw
    "81302": ("", ""),  # natuurbeheer
    "82400": ("building", "office"),  # bemiddeling: nieuw
    "84110": ("building", "office"),
    "85320": ("building", "education"),  # middelbaar beroepsonderwijs
    "86102": ("building", "care"),  # ziekenhuizen
    "95310": ("", ""),  # garages
    "96100": ("industry", "laundry"),
}


def test_a_class_of_2025_counts_as_what_it_was_in_2008():
    found = {code: find_trade(code) for code in OF_2025}
    told = {code: ("", "") if one is None else (one.kind, one.sector) for code, one in found.items()}
    assert told == OF_2025


@given(st.sampled_from(sorted({code[:end] for code in load_trades() for end in range(2, 6)})))
def test_a_shorter_code_says_only_what_all_under_it_say(code):
    """Whatever comes behind it; 467 may be steel or scrap, and 10 is industry, of food, meat or feed."""
    trade = find_trade(code)
    longer = [find_trade(other) for other in load_trades() if other.startswith(code)]
    for one in longer:
        assert trade is None or trade.kind in ("", one.kind if one else "")
        assert trade is None or trade.sector in ("", one.sector if one else "")
    told = {
        short: getattr(find_trade(short), "kind", None) for short in ("467", "468", "46", "17", "10", "22")
    }
    assert told == {"467": "", "468": "", "46": "", "17": "", "10": "industry", "22": "industry"}


def test_every_word_means_something_that_is_known():
    catalogue, words = load_catalogue(), load_words()
    allowed = {"kind": set(catalogue.kinds), "stream": set(catalogue.streams), "yes_no": {"yes", "no"}}
    allowed |= {name: set(one.allowed) for name, one in catalogue.attributes.items() if one.allowed}
    for column in words.values.keys() & allowed.keys() - {"basis"}:
        assert set(words.values[column].values()) <= allowed[column], column
    assert set(words.units.values()) <= set(UNITS)
    assert {*words.columns_of, *words.signs} <= set(catalogue.kinds)
    names = list_names(catalogue).all()
    named = {*words.columns, *(name for columns in words.columns_of.values() for name in columns)}
    assert named <= set(names)
