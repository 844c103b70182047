"""Recipe, renaming, code lists and units: what the project file says about a layer's columns."""

from __future__ import annotations

import pytest

from kansenkaart.errors import DataError

_ROW = "id;x_rd;y_rd;{column}\n1;121000;487000;{value}\n"


def test_columns_are_renamed_whatever_their_capitals_and_codes_translated(read):
    text = "CODE;Staat;X_RD;y_rd;Belasting\n007;1;121000;487000;5\n008;0;121000;480000;6\n"
    sources = read(
        text,
        rename={"code": "id", "staat": "status", "BELASTING": "load_pe60"},
        values={"status": {"1": "active", "0": "closed"}},
    )
    assert sources.sites["site_id"].tolist() == ["laag:007", "laag:008"]
    assert sources.sites["status"].tolist() == ["active", "closed"]
    assert sources.sites["load_pe60"].tolist() == [5, 6]


def test_a_quantity_in_another_unit_is_converted(read):
    assert read(_ROW.format(column="glass_ha", value=15_000), units={"glass_ha": "m2"}).sites[
        "glass_ha"
    ].tolist() == [1.5]
    heat = "supply_restwarmte_ht_gj_y"
    assert read(_ROW.format(column=heat, value=2), units={heat: "TJ"}).sites[heat].tolist() == [2000]


def test_a_unit_that_measures_something_else_names_the_allowed_ones(read):
    with pytest.raises(DataError, match=r"units.glass_ha = 'kg'.*Allowed: m2, are, ha, km2"):
        read(_ROW.format(column="glass_ha", value=1), units={"glass_ha": "kg"})
    with pytest.raises(DataError, match=r"units names column 'glas_ha'.*glass_ha"):
        read(_ROW.format(column="glass_ha", value=1), units={"glas_ha": "m2"})


def test_all_faults_of_a_layer_s_settings_are_told_at_once(read):
    with pytest.raises(DataError) as caught:
        read(
            _ROW.format(column="glass_ha", value=1),
            rename={"a": "glas_ha", "b": "name", "c": "name"},
            units={"glass_ha": "bunder"},
            zero_is_unknown=["load"],
        )
    keys = [problem.key for problem in caught.value.faults]
    assert sorted(keys) == ["layer_column", "layer_column", "layer_rename_twice", "layer_unit"]


def test_a_column_to_rename_that_is_not_in_the_file_names_the_columns_there(read):
    with pytest.raises(
        DataError, match=r"column 'CODE' is not in laag\.csv\. Columns there: id, x_rd, y_rd, load_pe60"
    ):
        read(_ROW.format(column="load_pe60", value=1), rename={"CODE": "name"})


def test_unknown_columns_are_listed_and_a_typo_gets_a_hint(read, said):
    sources = read("id;x_rd;y_rd;load_pe60;glas_ha;opmerking;foto\n1;121000;487000;5;1;a;b\n")
    assert said(sources, "column_typo")["value"].tolist() == ["glas_ha"]
    assert "glass_ha" in said(sources, "column_typo")["reason"].iloc[0]
    assert "opmerking, foto" in said(sources, "unknown_columns")["reason"].iloc[0]
    assert not {"glas_ha", "opmerking"} & set(sources.sites.columns)


@pytest.mark.parametrize("column", ["fid", "FID", "ogc_fid"])
def test_a_number_that_a_format_gives_its_rows_is_no_column_of_the_user(read, said, column):
    sources = read(f"{column};id;x_rd;y_rd;load_pe60;foto\n1;1;121000;487000;5;b\n")
    assert said(sources, "unknown_columns")["reason"].tolist() == ["1 kolom is niet gebruikt: foto."]
    assert said(sources, "column_typo").empty


def test_a_layer_without_any_quantity_is_warned_about(read, said):
    assert said(read("id;x_rd;y_rd\n1;121000;487000\n"), "layer_without_driver")["severity"].tolist() == [
        "warning"
    ]
    assert len(said(read(_ROW.format(column="load_pe60", value="")), "layer_without_driver")) == 1
    assert said(read(_ROW.format(column="load_pe60", value="3")), "layer_without_driver").empty


def test_a_layer_without_ids_or_kind_is_refused(read):
    with pytest.raises(DataError, match="no column 'id'"):
        read("naam;x_rd;y_rd;load_pe60\na;121000;487000;1\n")
    with pytest.raises(DataError, match="set kind"):
        read(_ROW.format(column="load_pe60", value=1), kind=None)


def test_a_column_goes_before_the_layer_s_setting(read):
    text = "id;x_rd;y_rd;load_pe60;kind;source;source_year;licence;location_precision_m;placement\n"
    text += "1;121000;487000;5;digester;eigen;2020;CC0;25;address\n2;121000;480000;5;;;;;;\n"
    sites = read(text, licence="CC BY 4.0", location_precision_m=500).sites
    columns = ["kind", "source", "source_year", "licence", "location_precision_m", "placement"]
    assert sites.loc[0, columns].tolist() == ["digester", "eigen", 2020, "CC0", 25, "address"]
    assert sites.loc[1, columns].tolist() == ["rwzi", "bron", 2023, "CC BY 4.0", 500, "point"]


def test_a_recipe_reads_its_file_and_the_project_file_goes_before_it(read, said):
    text = "uwwCode,uwwName,uwwLatitude,uwwLongitude,uwwCapacity,uwwLoadEnteringUWWTP,uwwState,uwwHistorie,Naam\n"
    text += "NL1,A,52.37,4.89,1000,0,1,,Eigen\nNL2,B,52.47,4.89,1000,500,0,,Ander\n"
    sources = read(text, recipe="uwwtd", kind=None, rename={"Naam": "name"})
    assert sources.sites["name"].tolist() == ["Eigen", "Ander"]
    assert sources.sites["kind"].tolist() == ["rwzi", "rwzi"]
    assert sources.sites["status"].tolist() == ["active", "closed"]
    assert sources.sites["load_pe60"].isna().tolist() == [True, False]
    assert said(sources, "zero_unknown")["column"].tolist() == ["uwwLoadEnteringUWWTP"]


def test_source_and_year_that_nobody_names_are_said(read, said):
    sources = read(_ROW.format(column="load_pe60", value=1), source=None, year=None)
    assert sources.sites["source"].tolist() == ["laag.csv"]
    assert sources.sites["source_year"].tolist() == [2023]
    assert len(said(sources, "source_missing")) == len(said(sources, "year_missing")) == 1


def test_a_layer_says_once_what_every_row_has_where_its_column_says_nothing(read):
    text = "id;x_rd;y_rd;glass_ha;crop\na;121000;487000;5;Sla\nb;121500;487000;5;\n"
    sites = read(text, kind="greenhouse", fill={"crop": "Tomaat", "growing": "substraat"}).sites
    assert sites["crop"].tolist() == ["cold", "vegetables"]
    assert sites["growing"].tolist() == ["substrate", "substrate"]
