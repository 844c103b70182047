"""Every register reads through its recipe: rows add up, quantities are right, and `inspect` proposes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.catalogue.words import load_words
from kansenkaart.errors import KansenkaartError
from kansenkaart.sources import read_sources
from kansenkaart.sources.look import look_into
from kansenkaart.sources.propose import Proposal, propose, say_check
from kansenkaart.texts import load_texts
from tests.sources.registers import REGISTERS

# Of two recipes for one file the first is proposed; the other is a choice.
SHARED = {"brp_graan": "brp", "top10nl_gebouwen": "top10nl_gebouwen", "top10nl_kassen": "top10nl_gebouwen"}


def _propose(path: Path) -> list[Proposal]:
    texts, catalogue, words = load_texts("nl"), load_catalogue(), load_words()
    return [propose(look, catalogue, words) for look in look_into(path, file=path.name, texts=texts)]


def test_every_recipe_has_a_file_and_says_what_a_reader_must_know():
    recipes = load_catalogue().recipes
    assert set(REGISTERS) == set(recipes)
    for recipe in recipes.values():
        assert recipe.publisher, recipe.id
        assert recipe.licence, recipe.id
        assert all("{" not in one for trap in recipe.trap for one in (trap.nl, trap.en)), recipe.id


# Of these no published file was seen: the program says so itself.
UNSEEN = {"gwsw_rwzi", "netcongestie"}


def test_a_recipe_says_what_its_columns_were_held_against_or_that_they_were_not():
    """Who has such a file must know whether its columns are those of a published one."""
    recipes = load_catalogue().recipes
    assert {name for name, recipe in recipes.items() if not recipe.described} == UNSEEN
    texts = load_texts("nl")
    for name, recipe in recipes.items():
        said = say_check(recipe).tell(texts)
        assert recipe.described in said
        assert ("niet getoetst" in said) == (name in UNSEEN)


def test_an_establishment_of_kvk_without_coordinates_lies_where_its_address_does(tmp_path, load):
    head = (
        "vestigingsnummer,kvkNummer,eersteHandelsnaam,sbiCode,totaalWerkzamePersonen,straatnaam,huisnummer,"
    )
    head += "huisletter,huisnummerToevoeging,postcode,plaats\n"
    rows = "1,2,Hotel,5510,40,Kade,12,A,,1811AB,Alkmaar\n2,2,Kwekerij,01132,12,Kade,12,,A,1811AB,Alkmaar\n"
    (tmp_path / "kvk.csv").write_text(head + rows, encoding="utf-8")
    table = "postcode;huisnummer;huisletter;x_rd;y_rd\n1811AB;12;A;111000;516000\n1811AB;12;;111090;516000\n"
    (tmp_path / "adressen.csv").write_text(table, encoding="utf-8")
    layer = {"name": "kvk", "path": "kvk.csv", "recipe": "kvk"}
    loaded = load(layer, region={"province": "Noord-Holland"}, addresses={"path": "adressen.csv"})
    sites = read_sources(loaded, progress=lambda _: None).sites
    assert sites["kind"].tolist() == ["building", "greenhouse"]
    assert [(point.x, point.y) for point in sites.geometry] == [(111_000, 516_000)] * 2
    assert sites["location_precision_m"].tolist() == [25, 25]


@pytest.mark.parametrize("name", REGISTERS)
def test_a_register_reads_through_its_recipe(name, tmp_path, load):
    register = REGISTERS[name]
    path = tmp_path / register.file
    register.write(path)
    (proposal,) = _propose(path)
    if register.reason is not None:
        assert proposal.why[0].key == register.reason
        assert all(said.key.startswith("recipe_") for said in proposal.why[1:])
        return
    assert proposal.settings["recipe"] == SHARED.get(name, name)
    assert not proposal.doubts
    layer = {"name": "register", "path": register.file, **proposal.settings, "recipe": name}
    sources = read_sources(load(layer, region={"province": "Noord-Holland"}), progress=lambda _: None)
    account = sources.layers.iloc[0]
    found = {part: account[f"rows_{part}"] for part in ("used", "rejected", "left_out", "outside")}
    assert found == {
        "used": register.used,
        "rejected": register.rejected,
        "left_out": register.left_out,
        "outside": 0,
    }
    assert account["rows_read"] == sum(found.values())
    assert account["source"] == load_catalogue().recipes[name].publisher
    for column, total in register.sums.items():
        assert sources.sites[column].sum() == pytest.approx(total), column
    if register.kinds:
        assert sources.sites["kind"].value_counts().to_dict() == register.kinds


# File of ../shared/data -> the recipe it is read by, the kind it is, or why it is no layer of places.
REAL = {
    "README.md": "file_type",
    "SOURCES-2026-11.csv": "nothing_counts",
    "basemap/bebouwd_gebied_benadering_rd.gpkg": "nothing_counts",
    "basemap/buurlanden_ne10m_rd.gpkg": "nothing_counts",
    "basemap/plaatsnamen_geonames_rd.gpkg": "nothing_counts",
    "basemap/rivieren_ne10m_rd.gpkg": "lines",
    "basemap/snelwegen_ndw_benadering_rd.gpkg": "lines",
    "basemap/spoorlijnen_prorail_rd.gpkg": "lines",
    "basemap/vaarwegen_nwb_2017_rd.gpkg": "lines",
    "basemap/water_vlakken_rd.gpkg": "nothing_counts",
    "biomass/etlocal_bio_resources_2019_TJ_gemeenten_EN_provincies.csv": "no_place",
    "biomass/etlocal_nl2023_gemeenten_biomassa_potentieel_PJ.csv": "municipality",
    "boundaries/buurten_kerncijfers_2024.csv": "ask kind",
    "boundaries/gemeente_corop_2023_2026.csv": "municipality",
    "boundaries/gemeente_herindelingen_2018_2026.csv": "no_place",
    "boundaries/gemeenten_2022_cbs_rd.gpkg": "municipality",
    "boundaries/gemeenten_2022_cbs_wgs84.geojson": "municipality",
    "boundaries/gemeenten_2023_2026_kerncijfers.csv": "municipality",
    "boundaries/gemeenten_2023_2026_rd.gpkg": "municipality",
    "boundaries/pc4_punten.csv": "nothing_counts",
    "boundaries/provincies_2022_land_rd.gpkg": "nothing_counts",
    "boundaries/provincies_incl_water_wgs84.geojson": "nothing_counts",
    "businesses/cbs_85039NED_2021_vestigingen_per_sbi_groep_gemeente.csv": "cbs_gemeenten",
    "clusters/cbs_83582NED_2024_banen_a10_per_corop.csv": "no_place",
    "clusters/corop_banen_2024_rd.gpkg": "ask kind",
    "clusters/eurostat_energiebalans_NL_eindverbruik_per_sector_TJ.csv": "no_place",
    "codes/ewc_defra_en_hazard.csv": "no_place",
    "codes/nace_rev2_klassen_nl_en.csv": "no_place",
    "codes/sbi2008_codes_nl.csv": "no_place",
    "greenhouses/etlocal_nl2023_gemeenten_energie.csv": "municipality",
    "grid/hoogspanning_220_380kV_schematisch_rd.gpkg": "lines",
    "heat/eprtr_combustion_nl.csv": "eprtr_v7",
    "heat/hotmaps_industrial_nl.csv": "hotmaps_industrial",
    "heat/hotmaps_maandprofielen_nl.csv": "no_place",
    "heat/rvo_warmteatlas_restwarmte_amsterdam.csv": "warmteatlas_restwarmte",
    "heat/wri_powerplants_nl.csv": "wri_powerplants",
    "messy/gemeenten_2022apr_kiesraad_wgs84_4dec_6invalid.geojson": "municipality",
    "messy/real_bad_records.csv": "no_place",
    "nature/natura2000_rd.gpkg": "nothing_counts",
    "networks/flevoland_hoofdwegen_rd.gpkg": "lines",
    "noord-holland/facts.csv": "no_id",
    "places/links.csv": "links",
    "places/matches_documented.csv": "links",
    "places/places.csv": "kind",
    "rasters/hoogte_nl_1km_rd.tif": "file_raster",
    "rwzi/rwzi_actief_uwwtd_v6_rd.gpkg": "uwwtd",
    "rwzi/uwwtd_v6_nl_uwwtp_agglos.csv": "no_place",
    "rwzi/uwwtd_v6_nl_uwwtps.csv": "uwwtd",
    "waste/eural_nl_selectie_MRA.csv": "no_place",
    "waste/huishoudelijk_afval_MRA_2015-2018_cbs83452NED.csv": "cbs_huishoudelijk_afval",
    "waste/lma_meldingen_kolommen.csv": "no_place",
    "waste/lma_verwerkingsmethoden.csv": "no_place",
}


def _tell(proposal: Proposal) -> str:
    if proposal.role == "none":
        return proposal.why[0].key
    if proposal.role == "links":
        return "links"
    settings = proposal.settings
    if any(doubt.path == "kind" for doubt in proposal.doubts):
        return "ask kind"
    return settings.get("recipe") or settings.get("kind") or ("kind" if "kind" in proposal.origin else "")


@pytest.mark.parametrize("file", REAL)
def test_a_real_file_reads_through_a_recipe_or_says_why_not(file, shared, tmp_path, load):
    path = shared / "data" / file
    if not path.exists():
        pytest.skip(f"{file} is not there")
    if REAL[file].startswith("file_"):
        with pytest.raises(KansenkaartError) as caught:
            _propose(path)
        assert [fault.key for fault in caught.value.faults] == [REAL[file]]
        return
    proposals = _propose(path)
    assert {_tell(proposal) for proposal in proposals} == {REAL[file]}
    if REAL[file] not in load_catalogue().recipes:
        return
    settings = {"name": "echt", "path": str(path), **proposals[0].settings}
    sources = read_sources(load(settings, region={"province": "Nederland"}), progress=lambda _: None)
    account = sources.layers.iloc[0]
    parts = account[["rows_used", "rows_rejected", "rows_outside", "rows_left_out"]]
    assert account["rows_used"] > 0
    assert account["rows_read"] == parts.sum()


def test_no_real_file_is_passed_over(shared):
    folder = shared / "data"
    assert {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()} <= set(REAL)
