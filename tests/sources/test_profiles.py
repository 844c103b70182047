"""A layer may name the month profile of a place; a name that does not exist rejects its row."""

import pytest

HEADER = "id;x_rd;y_rd;load_pe60;supply_profile;demand_profile\n"


def test_a_layer_names_profiles_of_the_catalogue(read):
    sites = read(HEADER + "1;121000;487000;5;Flat;\n2;121000;487000;5;;buildings\n").sites
    assert sites["supply_profile"].fillna("-").tolist() == ["flat", "-"]
    assert sites["demand_profile"].fillna("-").tolist() == ["-", "buildings"]


@pytest.mark.parametrize("column", ["supply_profile", "demand_profile"])
def test_an_unknown_profile_rejects_its_row_and_says_what_is_allowed(read, said, column):
    row = "1;121000;487000;5;{supply_profile};{demand_profile}\n".format(
        **{"supply_profile": "", "demand_profile": "", column: "vlak"}
    )
    sources = read(HEADER + row + "2;121000;487000;5;;\n")
    assert sources.sites["site_id"].tolist() == ["laag:2"]
    (finding,) = said(sources, "word_needed").to_dict("records")
    assert (finding["column"], finding["value"], finding["severity"]) == (column, "vlak", "rejected")
    assert "greenhouse" in finding["reason"] + finding["advice"]
