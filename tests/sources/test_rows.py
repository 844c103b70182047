"""Every fault a row can have: it becomes a site, or it is rejected with row, column, value, reason and advice."""

from __future__ import annotations

import pandas as pd
import pytest

from kansenkaart.errors import DataError

_GOOD = "goed;121000;487000;5"


def _table(header: str, *rows: str) -> str:
    return "\n".join((f"id;x_rd;y_rd;load_pe60{header}", *rows)) + "\n"


@pytest.mark.parametrize(
    ("column", "value", "key", "advice"),
    [
        ("load_pe60", "veel", "not_a_number", "getal"),
        ("load_pe60", "-5", "negative", "Verbeter"),
        ("load_pe60", "30000000000", "above_maximum", "units"),
        ("glass_ha", "95125", "above_maximum", "units"),
        ("supply_gft_t_y", "1e16", "number_large", "eenheid"),
        ("supply_gft_t_y", "1e300", "number_large", "eenheid"),
        ("location_precision_m", "-3", "negative", "Verbeter"),
    ],
)
def test_a_wrong_value_rejects_its_row_and_no_other(read, said, column, value, key, advice):
    header = "" if column == "load_pe60" else f";{column}"
    bad = f"fout;121000;480000;{value}" if column == "load_pe60" else f"fout;121000;480000;5;{value}"
    sources = read(_table(header, _GOOD + (";" if header else ""), bad))
    found = said(sources, key)
    assert found[["row", "column", "value", "severity"]].iloc[0].tolist() == [3, column, value, "rejected"]
    assert value in found["reason"].iloc[0]
    assert advice in found["advice"].iloc[0]
    assert sources.sites["site_id"].tolist() == ["laag:goed"]
    assert sources.layers[["rows_read", "rows_used", "rows_rejected", "rows_outside"]].iloc[0].tolist() == [
        2,
        1,
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("column", "value", "becomes", "allowed"),
    [
        ("status", "bestaat", "active", "active, planned, suspended, closed"),
        ("kind", "kerncentrale", "other", "rwzi, greenhouse"),
        ("crop", "wiet", None, "vegetables, flowers, other, cold, mixed"),
        ("placement", "ergens", "point", "point, polygon, address, municipality"),
        ("basis", "gegokt", None, "measured, derived"),
    ],
)
def test_an_unknown_word_keeps_its_place_and_is_told_once_with_the_line_that_translates_it(
    read, said, column, value, becomes, allowed
):
    rows = [f"{number};12{number}000;487000;5;{value}" for number in range(1, 4)]
    sources = read(_table(f";{column}", *rows), **({"kind": None} if column == "kind" else {}))
    (found,) = said(sources, "word_unknown").to_dict("records")
    assert (found["row"], found["column"], found["value"], found["severity"]) == (2, column, value, "warning")
    assert "3 keer" in found["reason"]
    assert f'values.{column} = {{ "{value}" = "' in found["advice"]
    assert allowed in found["advice"]
    assert len(sources.sites) == 3
    assert sources.sites[column].map(lambda cell: cell if cell == cell else None).tolist() == [becomes] * 3


# Our column -> what Dutch files write, and what it is.
WORDS = {
    "kind": {
        **dict.fromkeys(("kas", "Kassen", "glastuinbouw", "KAS/warenhuis"), "greenhouse"),
        **dict.fromkeys(("RWZI", "rioolwaterzuivering", "Zuivering"), "rwzi"),
    },
    "crop": {
        **dict.fromkeys(("Tomaat", "Trostomaat", "groenten"), "vegetables"),
        **dict.fromkeys(("Roos", "Orchideeën", "Bloemen en planten"), "flowers"),
        **dict.fromkeys(("Sla", "boomkwekerij"), "cold"),
    },
    "status": {
        **dict.fromkeys(("in bedrijf", "In Gebruik", "actief"), "active"),
        **dict.fromkeys(("gesloten", "Beëindigd"), "closed"),
        **dict.fromkeys(("gepland", "in aanbouw"), "planned"),
    },
    "lit": dict.fromkeys(("ja", "J", "waar"), "yes"),
    "cooling": {"Watergekoeld": "water"},
    "animal": {"Melkvee": "cattle"},
}


@pytest.mark.parametrize(("column", "words"), WORDS.items())
def test_words_of_dutch_files_are_known_and_told(read, said, column, words):
    settings = {"kind": None} if column == "kind" else {}
    rows = [f"{number};121000;48{number}000;5;{word}" for number, word in enumerate(words)]
    sources = read(_table(f";{column}", *rows), **settings)
    assert sources.sites[column].tolist() == list(words.values())
    told = [word for word, meaning in words.items() if word.lower() != meaning]
    assert sorted(said(sources, "word_known")["value"]) == sorted(told)


@pytest.mark.parametrize(
    ("unit", "factor"), [("m²", 1e-4), ("M2", 1e-4), ("hectare", 1), ("vierkante meter", 1e-4)]
)
def test_units_are_known_by_their_spellings(read, unit, factor):
    sources = read("id;x_rd;y_rd;glass_ha\na;121000;487000;50\n", units={"glass_ha": unit})
    assert sources.sites["glass_ha"].tolist() == [pytest.approx(50 * factor)]


def test_every_fault_of_a_row_is_told_and_the_row_counts_once(read):
    sources = read(_table(";supply_profile", _GOOD + ";flat", ";0;0;veel;weg"))
    keys = set(sources.findings.loc[sources.findings["severity"] == "rejected", "key"])
    assert keys == {"id_missing", "coordinates_zero", "not_a_number", "word_needed"}
    assert sources.layers["rows_rejected"].tolist() == [1]


@pytest.mark.parametrize("word", [".", "n.a.", "-99997", "-99999999"])
def test_unknown_is_not_zero(read, said, word):
    sources = read(_table("", _GOOD, f"b;121000;480000;{word}", "c;121000;481000;", "d;121000;482000;0"))
    assert sources.sites["load_pe60"].isna().tolist() == [False, True, True, False]
    assert said(sources, "unknown_value")[["row", "value", "severity"]].values.tolist() == [
        [3, word, "repaired"]
    ]


def test_zero_means_unknown_only_where_the_layer_says_so(read, said):
    text = _table(";capacity_pe60", "a;121000;487000;0;0")
    sources = read(text, zero_is_unknown=["load_pe60"])
    assert sources.sites["load_pe60"].isna().all()
    assert sources.sites["capacity_pe60"].tolist() == [0]
    assert said(sources, "zero_unknown")[["row", "column"]].values.tolist() == [[2, "load_pe60"]]


def test_number_notation_that_the_column_does_not_prove_is_warned_about(read, said):
    sources = read(_table("", "a;121000;487000;4.535"))
    assert sources.sites["load_pe60"].tolist() == [4535]
    reason = said(sources, "number_notation_assumed")["reason"].iloc[0]
    assert reason.startswith("'4.535' in kolom 'load_pe60' is gelezen als 4535.")
    mixed = read(_table("", _GOOD, "a;121000;480000;4.535", "b;121000;481000;1,5", "c;121000;482000;1.5"))
    assert said(mixed, "number_ambiguous")["row"].tolist() == [3]


def test_ids_missing_double_and_repeated(read, said):
    rows = [
        "a;121000;487000;5",
        ";121000;480000;5",
        "a;121000;487000;5",
        "a;121000;481000;7",
        "b;121000;482000;1",
    ]
    sources = read(_table("", *rows))
    assert said(sources, "id_missing")["row"].tolist() == [3]
    assert said(sources, "duplicate_row")["row"].tolist() == [4]
    assert said(sources, "duplicate_id")["row"].tolist() == [5]
    assert "rij 2" in said(sources, "duplicate_id")["reason"].iloc[0]
    assert sources.sites["site_id"].tolist() == ["laag:a", "laag:b"]
    assert sources.sites["load_pe60"].tolist() == [5, 1]


def test_a_rejected_row_does_not_take_the_id_from_a_good_one(read, said):
    sources = read(_table("", "a;0;0;5", "a;121000;487000;6"))
    assert sources.sites["load_pe60"].tolist() == [6]
    assert said(sources, "duplicate_id").empty


def test_control_characters_and_the_id_s_separator_are_taken_out_and_said(read, said):
    sources = read("id;name;x_rd;y_rd;load_pe60\na|\x01b;Naam\x00 \x1fhier;121000;487000;5\n")
    assert sources.sites[["site_id", "name"]].iloc[0].tolist() == ["laag:a/b", "Naam hier"]
    assert sorted(said(sources, "control_characters")["column"]) == ["id", "name"]
    assert len(said(sources, "id_separator")) == 1
    assert not any("\x00" in text for text in sources.findings["value"].dropna())


def test_missing_names_become_ids(read, said):
    sources = read("id;name;x_rd;y_rd;load_pe60\na; ;121000;487000;5\n")
    assert sources.sites["name"].tolist() == ["a"]
    assert said(sources, "name_missing")["row"].tolist() == [2]


def test_status_dates_as_dutch_files_write_them(read):
    dates = {
        "2021": "2021",
        "2021-05": "2021-05",
        "2021-5-3": "2021-05-03",
        "13-9-2017 16:00": "2017-09-13",
        "19981231.0": "1998-12-31",
        "31/12/1998": "1998-12-31",
    }
    rows = [f"{number};121000;48{number}000;5;{text}" for number, text in enumerate(dates)]
    assert read(_table(";status_date", *rows)).sites["status_date"].tolist() == list(dates.values())


def test_a_date_or_year_that_is_none_is_left_open_with_a_warning(read, said):
    dates = ["gisteren", "2021-02-30", "31-04-2021", "2021-13"]
    rows = [f"goed{n};121000;48{n}000;5;{date};20145" for n, date in enumerate(dates)]
    sources = read(_table(";status_date;source_year", *rows))
    assert sources.sites["status_date"].isna().all()
    assert sources.sites["source_year"].tolist() == [2023] * 4
    found = said(sources, "date_unreadable")
    assert found["severity"].tolist() == ["warning"] * 4
    assert found["value"].tolist() == dates
    assert said(sources, "year_unreadable")["value"].tolist() == ["20145"] * 4


def test_a_status_that_is_too_old_must_be_checked_and_closed_stays_closed(read, said):
    rows = ["a;121000;487000;5;active;2019", "b;121000;480000;5;active;2020", "c;121000;481000;5;closed;2001"]
    sources = read(_table(";status;status_date", *rows))
    assert sources.sites["status"].tolist() == ["active", "active", "closed"]
    assert said(sources, "status_stale")["row"].tolist() == [2]
    assert said(sources, "status_stale")["reason"].iloc[0].startswith("Controleren")
    assert said(
        read(_table(";status;status_date", *rows), project={"stale_after_years": 4}), "status_stale"
    ).empty


def test_old_figures_without_a_status_date_are_said_once(read, said):
    sources = read(_table("", _GOOD, "b;121000;480000;5"), year=2014)
    assert said(sources, "status_stale_layer")[["row", "value"]].values.tolist() == [[0, "2014"]]
    assert said(read(_table("", _GOOD), year=2021), "status_stale_layer").empty


def test_confidential_is_safe_when_unclear(read, said):
    rows = [
        f"{number};121000;48{number}000;5;{word}"
        for number, word in enumerate(["ja", "nee", "", "misschien", "1", "0"])
    ]
    sources = read(_table(";confidential", *rows))
    assert sources.sites["confidential"].tolist() == [True, False, False, True, True, False]
    assert said(sources, "confidential_unclear")["value"].tolist() == ["misschien"]


def test_sbi_codes_are_digits(read, said):
    rows = [
        f"{number};121000;48{number}000;5;{code}"
        for number, code in enumerate(["0113", "38.210", "landbouw"])
    ]
    sources = read(_table(";sbi", *rows))
    assert sources.sites["sbi"].tolist()[:2] == ["0113", "38210"]
    assert said(sources, "sbi_unreadable")["row"].tolist() == [4]


def test_two_places_on_one_point_are_warned_about(read, said):
    sources = read(
        _table(";name", "a;121000;487000;5;Oud", "b;121000;487000;6;Nieuw", "c;121000;480000;6;Elders")
    )
    found = said(sources, "same_coordinates")
    assert found[["row", "value", "severity"]].values.tolist() == [[3, "Nieuw", "warning"]]
    assert "'Oud' (rij 2)" in found["reason"].iloc[0]
    assert len(sources.sites) == 3


def test_an_empty_layer_is_warned_about_and_the_build_goes_on(load, tmp_path, said):
    from kansenkaart.sources import read_sources

    (tmp_path / "vol.csv").write_text(_table("", _GOOD))
    for name, content in (
        ("leeg.csv", "id;x_rd;y_rd\n"),
        ("leeg.geojson", '{"type":"FeatureCollection","features":[]}'),
    ):
        (tmp_path / name).write_text(content)
        layers = [
            {"name": "leeg", "path": name, "kind": "rwzi"},
            {"name": "vol", "path": "vol.csv", "kind": "rwzi"},
        ]
        sources = read_sources(load(*layers), progress=lambda _: None)
        assert said(sources, "layer_empty")["layer"].tolist() == ["leeg"]
        assert sources.layers["rows_read"].tolist() == [0, 1]
        with pytest.raises(DataError, match="no layer holds a single row"):
            read_sources(load(layers[0]), progress=lambda _: None)


def test_when_every_row_is_rejected_the_reasons_are_told(read):
    with pytest.raises(DataError, match=r"1 rejected, 1 outside.*laag.csv 2: .*0, 0"):
        read(_table("", "a;0;0;5", "b;176000;318000;5"), project={"region": {"municipalities": ["GM0363"]}})


def test_the_report_reads_english_when_the_project_does(read, said):
    sources = read(_table("", _GOOD, "b;0;0;5"), project={"language": "en"})
    assert said(sources, "coordinates_zero")["reason"].iloc[0] == "The coordinates are 0, 0."


def test_a_remark_on_very_many_rows_is_summed_up_but_a_rejection_never(read, said):
    rows = [f"{number};121{number // 100:03d};487{number % 100:03d};." for number in range(1500)]
    sources = read(_table("", _GOOD, *rows))
    assert len(said(sources, "unknown_value")) == 1000
    assert said(sources, "and_more")["reason"].str.contains("500").tolist() == [True]
    rejected = [f"{number};0;0;5" for number in range(1500)]
    sources = read(_table("", _GOOD, *rejected))
    assert len(said(sources, "coordinates_zero")) == 1500
    assert isinstance(sources.findings, pd.DataFrame)


@pytest.mark.parametrize(
    "other", ["KAS één", "kas e\u0301e\u0301n", "kas\u200b één", "kas\u00a0één", "ｋas één"]
)
def test_ids_that_read_the_same_and_are_written_otherwise_are_probably_one_place(read, said, other):
    sources = read(
        _table("", "kas één;121000;487000;5", f"{other};121000;480000;6", "kas twee;121000;481000;6")
    )
    found = said(sources, "id_alike")
    assert found[["row", "value", "severity"]].values.tolist() == [[3, other, "warning"]]
    assert "'kas één'" in found["reason"].iloc[0]
    assert "rij 2" in found["reason"].iloc[0]
    assert len(sources.sites) == 3


@pytest.mark.parametrize("other", ["7.0", "007"])
def test_a_number_that_a_spreadsheet_wrote_otherwise_is_probably_the_same_id(read, said, other):
    sources = read(_table("", "7;121000;487000;5", f"{other};121000;480000;6", "70;121000;481000;6"))
    assert said(sources, "id_alike")["value"].tolist() == [other]


def test_of_many_rows_with_one_fault_every_rejected_one_is_told_and_remarks_are_summed_up(read, said):
    rows = [f"n{n};121000;487000;veel;Verweg {n}" for n in range(1_300)]
    sources = read(_table(";municipality", f"{_GOOD};Amsterdam", *rows))
    rejected = said(sources, "not_a_number")
    assert rejected["row"].tolist() == list(range(3, 1_303))
    assert rejected["reason"].str.contains("'veel'").all()
    unknown = said(sources, "municipality_name_unknown")
    assert unknown["row"].tolist() == list(range(3, 1_003))
    assert unknown["reason"].iloc[7].startswith("'Verweg 7' is geen gemeente")
    more = said(sources, "and_more")
    assert more[["row", "severity", "value"]].to_numpy().tolist() == [
        [0, "note", "municipality_name_unknown municipality 300"]
    ]


def test_texts_name_the_first_row_of_each_double(read, said):
    rows = ["a;121000;487000;5", "b;122000;487000;5", "a;121000;487000;5", "b;122000;487000;6"]
    sources = read(_table("", *rows))
    assert said(sources, "duplicate_row")["reason"].tolist() == ["De rij is gelijk aan rij 2 (id 'a')."]
    assert said(sources, "duplicate_id")[["row", "value"]].to_numpy().tolist() == [[5, "b"]]
    assert "ook in rij 3" in said(sources, "duplicate_id")["reason"].iloc[0]


def test_businesses_get_kind_and_sector_from_their_sbi_code_unless_the_project_says_otherwise(read, said):
    text = "id;x_rd;y_rd;jobs;sbi\na;121000;487000;5;10.71\nb;121000;488000;5;4711\nc;121000;489000;5;3821\n"
    sources = read(text, kind=None)
    assert sources.sites["kind"].tolist() == ["industry", "building", "other"]
    assert sources.sites["sector"].fillna("-").tolist() == ["food", "retail_food", "-"]
    assert said(sources, "sbi_known")["value"].tolist() == ["1071", "4711"]
    assert "Vervaardiging van voedingsmiddelen" in said(sources, "sbi_known")["reason"].iloc[0]
    assert 'values.kind = { "3821" = "industry" }' in said(sources, "sbi_unknown")["advice"].iloc[0]
    own = read(text, kind=None, values={"kind": {"38": "scrap_yard"}, "sector": {"107": "other"}}).sites
    assert own["kind"].tolist() == ["industry", "building", "scrap_yard"]
    assert own["sector"].fillna("-").tolist() == ["other", "retail_food", "-"]
    one = read(text, kind="industry").sites
    assert one["kind"].tolist() == ["industry"] * 3
    assert one["sector"].fillna("-").tolist() == ["food", "-", "-"]
