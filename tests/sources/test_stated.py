"""Rows that each state one stream: by name, by Eural code, through transfer stations; and businesses by SBI 2025."""

from __future__ import annotations

import csv

import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.catalogue.sbi import find_moved, find_trade, load_crosswalk, load_trades
from kansenkaart.catalogue.waste import load_treatments, load_waste_codes
from kansenkaart.errors import KansenkaartError

HEAD = "id,name,x_rd,y_rd,stream,role,quantity,unit\n"


def test_a_row_states_a_stream_with_its_role_and_unit(read, said):
    rows = (
        "1,A,121000,487000,betonpuin,supply,5.5,kt/jaar\n"
        "2,B,122000,487000,Puin,vraag,700,ton per jaar\n"
        "3,C,123000,487000,restwarmte_ht,supply,2,TJ\n"
        "4,D,124000,487000,restwarmte_ht,supply,2,t/y\n"
        "5,E,125000,487000,goud,supply,2,t\n"
    )
    sources = read(HEAD + rows, kind="industry")
    sites = sources.sites.set_index("site_id")
    assert sites.loc["laag:1", "supply_betonpuin_t_y"] == 5_500
    assert sites.loc["laag:2", "demand_betonpuin_t_y"] == 700
    assert sites["supply_restwarmte_ht_gj_y"].dropna().to_dict() == {"laag:3": 2_000}
    assert said(sources, "stated_unit")["value"].tolist() == ["t"]
    assert said(sources, "word_unknown")["value"].tolist() == ["goud"]
    assert len(sites) == 5


def test_a_negative_or_unreadable_quantity_rejects_its_row(read, said):
    rows = (
        "1,A,121000,487000,gft,supply,-4,t\n2,B,122000,487000,gft,supply,veel,t\n3,C,123000,487000,gft,,8,\n"
    )
    sources = read(HEAD + rows, kind="industry")
    assert sources.sites["supply_gft_t_y"].tolist() == [8]
    assert said(sources, "negative")["row"].tolist() == [2]
    assert said(sources, "not_a_number")["row"].tolist() == [3]


EURAL = "id,name,x_rd,y_rd,eural,quantity\n"


def test_a_eural_code_is_a_stream_unless_the_project_says_otherwise(read, said):
    rows = (
        "1,A,121000,487000,17 01 01,1000\n2,B,122000,487000,17.09.04,3000\n"
        "3,C,123000,487000,20104,500\n4,D,124000,487000,17 03 01*,700\n"
    )
    sources = read(EURAL + rows, kind="industry", units={"quantity": "kg"})
    sites = sources.sites.set_index("site_id")
    assert sites.loc["laag:1", "supply_betonpuin_t_y"] == 1.0
    assert sites.loc["laag:3", "supply_kunststof_t_y"] == 0.5
    assert said(sources, "eural_unknown")["value"].tolist() == ["170904", "170301"]
    own = read(
        EURAL + rows, kind="industry", units={"quantity": "kg"}, values={"stream": {"1709": "betonpuin"}}
    )
    assert own.sites["supply_betonpuin_t_y"].sum() == 4.0
    assert said(own, "eural_unknown")["value"].tolist() == ["170301"]


LMA = "id,name,x_rd,y_rd,receiver,eural,treatment,quantity\n"


def _station(*rows: str) -> str:
    return LMA + "".join(f"{row}\n" for row in rows)


def test_what_a_transfer_station_passes_on_counts_once_with_the_end_it_finds_there(read, said):
    text = _station(
        "Bouwer 1,Bouwer,121000,487000,Overslag 2,170201,A2,90",
        "Overslag 2,Overslag,122000,487000,Centrale 3,170201,B04,120",
        "Overslag 2,Overslag,122000,487000,Plaat 4,170201,b05,60",
    )
    sources = read(text, kind="industry", combine=True, units={"quantity": "t"})
    sites = sources.sites.set_index("site_id")
    # 90 of the 180 that leave the station came in: the other half is its own
    assert sites["supply_sloophout_t_y"].to_dict() == pytest.approx(
        {"laag:Bouwer 1": 90, "laag:Overslag 2": 90}
    )
    assert sites["free_supply_sloophout_t_y"].to_dict() == pytest.approx(
        {"laag:Bouwer 1": 60, "laag:Overslag 2": 60}
    )
    assert said(sources, "passed_on")["value"].tolist() == ["90"]
    assert sources.layers["rows_left_out"].tolist() == [1]


def test_more_into_a_station_than_out_of_it_leaves_it_nothing_of_its_own(read, said):
    text = _station(
        "Bouwer 1,Bouwer,121000,487000,Overslag 2,170201,A02,90",
        "Overslag 2,Overslag,122000,487000,Centrale 3,170201,B04,40",
        "Overslag 2,Overslag,122000,487000,Smelter 5,170405,D04,7",
        "Bouwer 1,Bouwer,121000,487000,Stort 6,170504,A01,30",
    )
    sources = read(text, kind="industry", combine=True, units={"quantity": "t"})
    sites = sources.sites.set_index("site_id")
    assert sites["supply_sloophout_t_y"].sum() == 90
    assert sites.loc["laag:Overslag 2", "supply_metalen_t_y"] == 7
    assert said(sources, "end_unknown")["value"].tolist() == ["1"]
    assert sites.loc["laag:Bouwer 1", "free_supply_grond_bagger_t_y"] == 30


def test_a_treatment_that_is_not_known_is_told_once_and_counts_as_free(read, said):
    text = _station(
        "A 1,A,121000,487000,X 2,170101,Z09,10",
        "B 1,B,122000,487000,X 2,170101,Z09,20",
        "C 1,C,123000,487000,X 2,170101,G01,5",
    )
    sources = read(text, kind="industry", units={"quantity": "t"})
    assert sources.sites["free_supply_betonpuin_t_y"].tolist() == [10, 20, 5]
    assert sources.sites["lost_supply_betonpuin_t_y"].dropna().tolist() == [5]
    assert sources.sites["energy_supply_betonpuin_t_y"].dropna().tolist() == [0]
    assert said(sources, "treatment_unknown")["value"].tolist() == ["Z09"]


def test_the_codes_of_lma_are_all_known(shared):
    path = shared / "data" / "waste" / "lma_verwerkingsmethoden.csv"
    with path.open(encoding="utf-8") as stream:
        codes = {row["code"] for row in csv.DictReader(stream)}
    assert codes <= set(load_treatments())


def test_every_code_leads_to_something_that_exists(shared):
    streams = load_catalogue().streams
    assert {one.stream for one in load_waste_codes().values()} <= set(streams)
    assert {one.outcome for one in load_treatments().values()} == {"recycled", "energy", "disposal", "stored"}
    for one in load_treatments().values():
        assert one.r_rung == {"recycled": 8, "energy": 9}.get(one.outcome), one.code
    with (shared / "data" / "codes" / "ewc_defra_en_hazard.csv").open(encoding="utf-8") as stream:
        known = {row["code"]: row["gevaarlijk"] for row in csv.DictReader(stream)}
    assert set(load_waste_codes()) <= set(known)
    dangerous = [code for code in load_waste_codes() if known[code] == "True"]
    assert dangerous == ["200135"]


def test_sbi_2025_is_known_where_it_moved_and_where_it_stayed():
    # codes of the structure that CBS published, version 2026
    kept = (
        "01132",
        "01192",
        "01252",
        "01304",
        "10110",
        "10910",
        "17121",
        "20150",
        "23630",
        "24100",
        "47792",
        "52102",
    )
    assert all(find_moved(code) is None and find_trade(code) for code in kept)
    assert find_trade("96100") == find_trade("96011")
    moved = {code: find_moved(code).sbi2008 for code in ("68120", "73300", "60310", "95311")}
    assert moved == {"68120": "4110", "73300": "7021", "60310": "6391", "95311": "4520"}
    assert find_trade("1071") == find_trade("10710")
    assert find_trade("9531") is None, "garages are no kind of place"
    divisions = {code for code in load_crosswalk() if len(code) == 2}
    # trade in cars is a division of 2008 only
    assert {code[:2] for code in load_trades()} <= divisions | {"45"}
    assert {one.section2025 for one in load_crosswalk().values()} == set("ABCDEFGHIJKLMNOPQRSTUV")


def test_every_division_of_sbi_2008_has_its_section(shared):
    with (shared / "data" / "codes" / "sbi2008_codes_nl.csv").open(encoding="utf-8") as stream:
        sections = {row["code"]: row["character"] for row in csv.DictReader(stream) if row["depth"] == "1"}
    crosswalk = [one for one in load_crosswalk().values() if len(one.sbi2025) == 2]
    found = {one.sbi2008: one.section2008 for one in crosswalk}
    sections.pop("9", None)  # the file lost a zero
    assert sections.items() <= {**found, "45": "G"}.items()


def test_a_business_with_a_code_of_sbi_2025_gets_its_kind(read, said):
    text = "id;x_rd;y_rd;establishments;sbi\na;121000;487000;1;96.10.1\nb;121000;488000;1;56.11\n"
    sources = read(text, kind=None)
    assert sources.sites[["kind", "sector"]].to_numpy().tolist() == [
        ["industry", "laundry"],
        ["building", "hospitality"],
    ]


@pytest.mark.parametrize("units", [{"quantity": "glazen"}, {"aantal": "t"}])
def test_a_unit_that_nobody_knows_stops(read, units):
    with pytest.raises(KansenkaartError, match="units"):
        read(EURAL + "1,A,121000,487000,170101,1000\n", kind="industry", units=units)


def test_a_code_that_moved_meant_nothing_in_sbi_2008(shared):
    """Else a file of before 2025 would be read as one of today."""
    with (shared / "data" / "codes" / "sbi2008_codes_nl.csv").open(encoding="utf-8") as stream:
        known = {row["code"] for row in csv.DictReader(stream)}
    moved = [one for one in load_crosswalk().values() if one.sbi2025 != one.sbi2008]
    assert moved
    assert not {one.sbi2025 for one in moved} & known
    assert {one.sbi2008[:3] for one in moved} <= {code[:3] for code in known}
