"""Derived numbers are computed again from what their sources print."""

import csv
from pathlib import Path

import pytest

from kansenkaart.catalogue import load_catalogue

CATALOGUE = load_catalogue()

# National totals and the register's sums in p.e. of 60 g BOD.
IE, PE_CAPACITY, PE_LOAD = 23.917e6, 21_806_765, 17_995_880
P_INFLUENT_KG = 13_297e3
VEGETABLES, FLOWERS, OTHER = 10_920, 9_418, 10_170
MODERN = 0.75
# Glass of the country with vegetables, flowers and the rest, ha, and what data/nederland/layers/glas.csv adds up to.
GLASS_HA = 5_425 + 4_086 + 642
GLASS_HEAT_GJ = 48_407_096
FLOWERS_CO2 = (2.5e6 - 5_425 * 300 - 642 * 30) / 4_086
EFFLUENT_M3_IE = 79.6
HEAT_GJ_IE = EFFLUENT_M3_IE * 4.186 * 5 / 1000
LOAD_SHARE = 0.77  # GJ heat per GJ electricity of a data centre

KENGETALLEN = {
    "avi_warmte_geleverd": 208 * 0.0036,
    "avi_warmte_extra": 0.25 * 10,
    "geothermie_doublet": 6.8e6 / 39,
    "rwzi_wkk_warmte": 6.032 * 0.0215 * 0.42 * 0.45,
    "restwarmte_aangeboden_mw": 5_000 * 3.6,
    "datacenter_warmte_lauw": LOAD_SHARE * 31_536 * 0.70,
    "datacenter_warmte_opgewaardeerd": LOAD_SHARE * 31_536 * 0.70 * 4 / 3,
    "ammoniak_restwarmte": (31 - 20.9) * 0.07,
    "ammoniak_co2": 20.9 * 0.0564 * 0.8 / 2.2,
    "zwembad_warmte": 100_000 * 0.03007,
    "zwembad_lauwe_warmte": 100_000 * 0.03007 * 0.75,
    "asfaltcentrale_cellulose": 0.003 * 0.20,
    "asfaltcentrale_cellulose_gemiddeld": 8e6 / 35 * 0.003 * 0.20,
    "grond_verontreinigd_inwoner": 2.25 / 17.2,
    "kas_warmte_groente": VEGETABLES * MODERN,
    "kas_warmte_bloemen": FLOWERS * MODERN,
    "kas_warmte_overig": OTHER * MODERN,
    "kas_warmte_onbekend": GLASS_HEAT_GJ / (GLASS_HA - 180 - 150),
    "kas_co2_bloemen": FLOWERS_CO2,
    "kas_co2_overig": FLOWERS_CO2,
    "kas_co2": 2.5e6 / GLASS_HA,
    "slibdroger_warmte": 0.5e6 / 231e3,
    "effluentwarmte_belasting": HEAT_GJ_IE * IE / PE_LOAD,
    "effluentwarmte_capaciteit": HEAT_GJ_IE * IE / PE_CAPACITY,
    "koelhuis_restwarmte": 40_000 * 0.75,
    "wasserij_restwarmte": 30_000 * 0.50,
    "mengvoeder_restwarmte": 78_000 * 0.50,
    "voedingsfabriek_restwarmte": 380_000 * 0.50,
    "slachterij_restwarmte": 75_000 * 0.75,
    "avi_co2_afvang": 1.07 * 0.20,
    "vergister_co2": 0.42 / 0.58 * 1.98e-3 * 0.85,
    "struviet_waargenomen": (300 + 60) / (2_000_000 + 293_310),
    "akker_struviet": 54 / 289 * 0.1,
    "zuiveringsslib_belasting": 308_360 / 0.231 / PE_LOAD,
    "zuiveringsslib_capaciteit": 308_360 / 0.231 / PE_CAPACITY,
    "zuiveringsslib_vergist": 308_360 / 0.231 / PE_CAPACITY,
    "aeea_inwoner": 5.6e-3,
    "textiel_inwoner": (305.1 - 169) / 17.2e3,
    "biogas_slib": 5.5 * IE / PE_CAPACITY,
    "biogas_capaciteit": 5.5 * IE / PE_CAPACITY,
    "biogas_belasting": 5.5 * IE / PE_LOAD,
    "biogas_gft": 43.6 * 0.88 / 0.60,
    "biogas_mest": 2 * 365,
    "cellulose_fijnzeef": 10e-3 * 0.40 * 17.8e6 / PE_LOAD,
    "kaumera_nereda": 12.9e-3 * 0.75 * 0.20 * IE / PE_CAPACITY,
    "effluent_belasting": EFFLUENT_M3_IE * IE / PE_LOAD,
    "effluent_capaciteit": EFFLUENT_M3_IE * IE / PE_CAPACITY,
    "kas_water": 9_000 * (1 - 0.85),
    "bermgras_hectare": 5 / 0.25,
    "bermgras_weg": 1.2e6 / 139_000,
    "snoeihout_inwoner": 2.2e9 / 17.1e6 / 1000 * 0.125,
    "boshout_hectare": 4 / 0.50,
    "kas_gewasresten_groente": 55_000 / 1_700,
    "mest_melkkoe": 4_300 / 150,
    "akker_mest": 54 / 1.5,
    "graanstro": 2.6e6 / 187_514 / 15.4,
    "sloophout_inwoner": 473e3 / 17.475e6,
    "steenachtig_inwoner": 20 / 17.2,
    "papierfabriek_stengels": 0.004,
    "papierfabriek_pulp": 0.20 / 4,
    "asfalt_inwoner": 3.25 * 0.60 / 17.8,
    "asfaltcentrale_productie": (0.35 + 0.40) / 2,
    "asfaltcentrale_gemiddeld": 8e6 * 0.375 / 35,
    "betoncentrale_granulaat": 45_000 * 1.0 * 0.30,
    "wegfundering_granulaat": (20 - 1.5) / 17.2,
    "gips_inwoner": 24 * 0.005 / 17.4,
    "schroot_inwoner": 3 / 17.2,
    "grofvuil_inwoner": 480e3 / 17.81e6,
    "milieustraat_grofvuil": 480 / (0.33 * 8_118),
    "kringloop_inname": 784.907,
    "voedselrest_bedrijven_inwoner": (2e9 / 17.7e6 - 33.4) / 1000,
    "bedrijfsafval_hout": 148 / 15.3,
    "bedrijfsafval_papier": 709 / 17.8,
    "oudpapier_diensten": 80e-3,
    "bedrijfsafval_textielfabriek": 59 / 14.6,
    "bedrijfsafval_kunststoffabriek": 128 / 29.6,
}

# Rounded to fewer figures than a percent.
ROUNDED = {"bermgras_weg": 0.10, "kas_gewasresten_groente": 0.02, "vergister_co2": 0.02}


@pytest.mark.parametrize("name", KENGETALLEN)
def test_kengetal_follows_from_its_sources(name):
    assert CATALOGUE.kengetallen[name].value == pytest.approx(KENGETALLEN[name], rel=ROUNDED.get(name, 0.011))


@pytest.mark.parametrize(
    ("urbanity", "kg"), [("5", 149.3), ("4", 132.9), ("3", 105.2), ("2", 84.3), ("1", 29.2)]
)
def test_gft_falls_from_countryside_to_city(urbanity, kg):
    kengetal = CATALOGUE.kengetallen[f"gft_stedelijkheid_{urbanity}"]
    assert kengetal.where == {"urbanity": urbanity}
    assert kengetal.value == pytest.approx(kg / 1000)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("kas_warmte_groente", VEGETABLES * 0.55, VEGETABLES),
        ("datacenter_warmte_lauw", 12_000, 24_300),
        ("datacenter_warmte_opgewaardeerd", 12_000 * 4.5 / 3.5, 24_300 * 3.5 / 2.5),
        ("geothermie_doublet", 109_000, 5.6e6 / 20),
        ("kas_warmte_onbekend", 3_840, 3_411_291 / 429),
        ("kas_co2_groente", 120, 55_000 / 150),
        ("kas_co2", 60, 300),
        ("aeea_inwoner", 0.0015, 219_456 / 17.88e6),
        ("textiel_inwoner", 0.0032, 305.1 / 17.2e3),
        ("bedrijfsafval_voeding", 25, 8_329 / 125.6),
        ("oudpapier_diensten", 0.08 / 2, 0.08 * 2),
        ("biogas_slib", 4.5 * IE / PE_CAPACITY, 6.5 * IE / PE_CAPACITY),
        ("effluentwarmte_belasting", HEAT_GJ_IE * 3 / 5 * IE / PE_LOAD, HEAT_GJ_IE * 8 / 5 * IE / PE_LOAD),
        ("effluent_capaciteit", 60 * IE / PE_CAPACITY, 100 * IE / PE_CAPACITY),
    ],
)
def test_range_follows_from_its_sources(name, low, high):
    kengetal = CATALOGUE.kengetallen[name]
    assert (kengetal.low, kengetal.high) == pytest.approx((low, high), rel=2e-3)


def test_heat_of_unknown_glass_is_what_the_table_of_the_country_gives():
    with (Path(__file__).parents[2] / "data/nederland/layers/glas.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sum(float(row["demand_restwarmte_ht_gj_y"] or 0) for row in rows) == pytest.approx(GLASS_HEAT_GJ)


def test_no_high_end_is_the_value_itself():
    """A high end within two percent of the value says that nothing could be more, which no source says."""
    tight = {
        name
        for name, one in CATALOGUE.kengetallen.items()
        if one.value > 0 and one.high < one.value * 1.02 and one.high > one.low
    }
    assert tight == set()


def test_struvite_holds_no_more_phosphorus_than_the_influent():
    influent_kg_pe = P_INFLUENT_KG / PE_LOAD
    struvite = CATALOGUE.kengetallen["struviet_waargenomen"]
    assert struvite.high * 1000 * 0.126 < influent_kg_pe * 0.40


def test_phosphorus_balance_of_the_country_closes_to_the_printed_gap():
    influent, effluent, sludge = 13_297, 1_644, 11_170
    assert sludge / influent == pytest.approx(0.84, abs=0.005)
    assert effluent / influent == pytest.approx(0.124, abs=0.0005)
    assert influent / IE * 1000 == pytest.approx(0.556, abs=0.0005)


def test_known_places_come_out_as_reported():
    """Agriport 3.41 PJ, AEB 0.99 PJ, biogas of Amsterdam-West 13 Mm3: kengetal against what was reported."""
    kengetallen = CATALOGUE.kengetallen
    assert 429 * kengetallen["kas_warmte_groente"].value == pytest.approx(3_411_291, rel=0.05)
    assert 1_400_000 * kengetallen["avi_warmte_geleverd"].value == pytest.approx(991_000, rel=0.10)
    assert 2_000_000 * kengetallen["biogas_slib"].value == pytest.approx(13e6, rel=0.10)
    alton = kengetallen["kas_warmte_onbekend"]
    assert alton.low <= 364_935 / 95 <= alton.high


def _pipe_mid(power_mw):
    price = {name: CATALOGUE.prices[name].value for name in CATALOGUE.prices}
    low = price["pipe_k_min_a"] * power_mw ** price["pipe_k_min_b"]
    high = price["pipe_k_max_a"] * power_mw ** price["pipe_k_max_b"]
    return low, (low + high) / 2, high


@pytest.mark.parametrize(
    ("power_mw", "low", "mid", "high"),
    [
        (0.5, 154, 214, 273),
        (1, 216, 297, 379),
        (2, 301, 414, 527),
        (5, 469, 641, 813),
        (10, 655, 892, 1129),
        (20, 915, 1242, 1569),
        (50, 1425, 1923, 2422),
        (100, 1991, 2677, 3363),
    ],
)
def test_pipe_cost_per_metre_is_that_of_the_printed_table(power_mw, low, mid, high):
    assert _pipe_mid(power_mw) == pytest.approx((low, mid, high), abs=1)


@pytest.mark.parametrize(
    ("margin", "printed"),
    [(2, (0.4, 0.6, 0.9, 1.2, 2.0)), (4, (2.2, 3.6, 5.2, 7.4, 12)), (6, (4.1, 6.6, 9.5, 13.6, 22))],
)
def test_break_even_distance_is_that_of_the_printed_table(margin, printed):
    price = {name: CATALOGUE.prices[name].value for name in CATALOGUE.prices}
    for power_mw, expected in zip((2, 5, 10, 20, 50), printed, strict=True):
        heat_gj = power_mw * 3.6 * price["full_load_hours"]
        station = (
            price["source_coupling_eur_kw"]
            * power_mw
            * 1000
            * (price["annuity"] + price["coupling_om_share"])
        )
        per_km = (
            _pipe_mid(power_mw)[1]
            * 1000
            * price["detour_factor"]
            * (price["annuity"] + price["pipe_om_share"])
        )
        # Printed to one decimal, to whole kilometres from 12 on.
        assert (heat_gj * margin - station) / per_km == pytest.approx(
            expected, abs=0.5 if expected in (12, 22) else 0.06
        )


def test_prices_follow_from_their_sources():
    price = {name: CATALOGUE.prices[name].value for name in CATALOGUE.prices}
    assert price["annuity"] == pytest.approx(0.05 / (1 - 1.05**-30), rel=1e-4)
    assert price["co2_restwarmte_ht"] == pytest.approx(0.0564 / 0.95, rel=1e-4)
    assert price["co2_restwarmte_lt"] == pytest.approx(0.0564 / 0.95 * 4 / 3, rel=1e-4)
    assert price["avoided_heat_glass_lt"] == pytest.approx(price["avoided_heat_glass"] * 4 / 3, rel=1e-4)
    assert price["heat_pump_power_gje_gj"] == 1 / 4
    assert price["heat_pump_power_source_gje_gj"] == pytest.approx(1 / 3, rel=1e-4)
    assert price["heat_pump_capex_eur_gj"] == pytest.approx(500 * 0.115 / (5_000 * 3.6 / 1000), rel=0.05)
    assert price["power_sold_eur_gje"] == pytest.approx(87 / 3.6, rel=1e-4)
    assert price["power_bought_eur_gje"] == pytest.approx((87 + 38.14 + 20) / 3.6, rel=1e-4)
    assert price["network_gas_m3"] == pytest.approx(180_000 / price["boiler_heat_gj_m3"], rel=0.01)
    assert price["glass_gas_m3_ha"] == pytest.approx(7_345 / price["boiler_heat_gj_m3"], rel=0.01)
    assert price["industry_gas_m3"] == pytest.approx(0.5e6 / price["boiler_heat_gj_m3"], rel=0.05)
    assert price["boiler_heat_gj_m3"] == pytest.approx(0.03165 * 0.95, rel=1e-3)
    assert price["chp_power_kwh_m3"] == pytest.approx(0.42 * 8.79, rel=1e-3)
    assert price["chp_heat_gj_m3"] == pytest.approx(0.53 * 0.03165, rel=2e-3)
    assert price["truck_bulk"] == pytest.approx(2 * (1.65 * 1.27 + 0.165) / 25, rel=0.10)
    assert price["truck_co2_t_tkm"] == pytest.approx(0.30 * 3.2e-3 * 1.9 / 25, rel=0.05)
    assert price["co2_capture_plant_eur_t"] == pytest.approx(20e6 / 100e3 * 0.115)
    assert price["co2_capture_eur_t"] == pytest.approx(23 + 3 * 0.18 * 87 / 3.6)
    assert price["co2_installation_eur_t"] == pytest.approx((1_700 + 1_000) / 340, rel=0.02)
    assert price["co2_meubels_grofvuil"] == pytest.approx(156 / 144, rel=5e-3)
    assert price["co2_struviet_fosfaat"] == pytest.approx(2.7 * 0.126)
    assert CATALOGUE.prices["co2_co2"].high == pytest.approx(330e6 * 1.78e-3 / 600e3, rel=0.01)
    assert price["benefit_bermgras_maaisel"] - price["green_processing_eur_t"] == 37 - 15
