"""Which sectors are strong where: against brute force, by hand, and on the tables of CBS."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gamma

from kansenkaart.clusters import Asked, find_clusters
from kansenkaart.clusters.counts import count_places, read_counts
from kansenkaart.clusters.quotient import find_quotients
from kansenkaart.clusters.score import find_scores
from kansenkaart.errors import DataError
from kansenkaart.sources import read_sectors
from kansenkaart.tables import Remarks
from kansenkaart.texts import load_texts

TEXTS = load_texts("nl")
ASKED = Asked("jobs", "SBI 2008", pseudo=0.0, least=0.0)


def _rows(*cells, **measures):
    """Rows of (area, sector, jobs)."""
    frame = pd.DataFrame(cells, columns=["area_code", "sector", "jobs"], index=range(2, 2 + len(cells)))
    return frame.assign(area=frame["area_code"], **measures).astype({"jobs": "float64"})


def _find(rows, asked=ASKED, **options):
    return find_clusters(read_counts(rows, file="t.csv", **options), asked, file="t.csv", texts=TEXTS)


TWO = _rows(("GM1", "01", 30), ("GM1", "62", 70), ("GM2", "01", 10), ("GM2", "62", 90))


def test_the_quotient_is_the_share_here_per_share_in_the_country_with_this_area_in_it():
    told = _find(TWO).clusters
    assert told["location_quotient"].tolist() == pytest.approx([1.5, 0.875, 0.5, 1.125])
    assert told["rank"].tolist() == [1, 2, 2, 1]


@given(
    st.integers(2, 6).flatmap(
        lambda sectors: st.lists(
            st.lists(st.integers(0, 500), min_size=sectors, max_size=sectors), min_size=2, max_size=8
        )
    )
)
def test_it_equals_brute_force_and_its_mean_weighted_by_jobs_is_one(table):
    counts = np.array(table, dtype=float)
    totals, national, total = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    found = find_quotients(counts, totals, national, total=total, pseudo=0.0)
    for area, row in enumerate(table):
        for sector, jobs in enumerate(row):
            if totals[area] and national[sector]:
                expected = (jobs / totals[area]) / (national[sector] / total)
                assert found.plain[area, sector] == pytest.approx(expected)
            else:
                assert np.isnan(found.plain[area, sector])
    for sector in range(len(table[0])):
        if national[sector]:
            mean = np.nansum(totals * found.plain[:, sector]) / total
            assert mean == pytest.approx(1.0)


def test_small_numbers_are_drawn_to_one_and_their_interval_is_wide():
    """Ten times as many, same shares: nearer to the plain quotient, and narrower. By the formula of the handbook."""
    counts = np.array([[3.0, 97.0], [1000.0, 99000.0], [30.0, 970.0]])
    found = find_quotients(counts, counts.sum(axis=1), counts.sum(axis=0), total=counts.sum(), pseudo=500)
    share = counts[:, 0].sum() / counts.sum()
    assert found.shrunk[0, 0] == pytest.approx((3 + 500 * share) / (100 + 500) / share)
    assert 1 < found.shrunk[0, 0] < found.shrunk[2, 0] < found.plain[2, 0]
    width = found.high[:, 0] - found.low[:, 0]
    assert width[2] < width[0]
    prior = gamma(3 + 500 * share, scale=1 / (100 * share + 500 * share))
    assert found.low[0, 0] == pytest.approx(prior.ppf(0.05))
    assert found.high[0, 0] == pytest.approx(prior.ppf(0.95))


def test_jobs_that_come_by_the_firm_are_less_sure_than_as_many_alone():
    """Firms of 40 and of 2 in the same sector elsewhere: the same quotient, with the interval of the firms."""
    alone = _find(TWO, Asked("jobs", "SBI 2008", pseudo=100.0)).clusters
    firms = _find(
        TWO.assign(establishments=[1.0, 35.0, 0.0, 45.0]), Asked("jobs", "SBI 2008", pseudo=100.0)
    ).clusters
    np.testing.assert_allclose(alone["shrunk"], firms["shrunk"])
    share = 40 / 200
    by_firm = gamma((30 + 100 * share) / 40, scale=40 / (100 * share + 100 * share))
    assert firms["shrunk_high"].iloc[0] == pytest.approx(by_firm.ppf(0.95))
    assert (firms["shrunk_high"] > alone["shrunk_high"]).all()


def test_too_small_is_not_ranked():
    told = _find(TWO, Asked("jobs", "SBI 2008", pseudo=0.0, least=20.0)).clusters
    assert told["large_enough"].tolist() == [True, True, False, True]
    assert told["rank"].isna().tolist() == [False, False, True, False]


def test_missing_is_not_zero_and_a_stated_total_keeps_the_shares_right():
    rows = _rows(("GM1", "01", 30), ("GM1", "62", None), ("GM2", "01", 10), ("GM2", "62", 90))
    found = _find(rows)
    told = found.clusters
    assert np.isnan(told["count"].iloc[1])
    assert told["area_complete"].tolist() == [False, False, True, True]
    assert found.findings["key"].tolist() == ["clusters_incomplete", "clusters_one_criterion"]
    stated = _find(pd.concat([rows, _rows(("GM1", "totaal", 100))]))
    assert stated.clusters["area_total"].tolist() == [100, 100, 100, 100]
    assert stated.clusters["area_complete"].all()
    assert stated.clusters["location_quotient"].iloc[0] == pytest.approx(0.3 / (40 / 200))
    assert stated.findings["key"].tolist() == ["clusters_one_criterion", "clusters_set_apart"]


def test_a_row_of_the_country_is_what_areas_are_held_against_and_no_area():
    country = _rows(("NL01", "01", 100), ("NL01", "62", 900))
    told = _find(pd.concat([TWO, country])).clusters
    assert set(told["area_code"]) == {"GM1", "GM2"}
    assert told["location_quotient"].iloc[0] == pytest.approx(0.3 / 0.1)


@pytest.mark.parametrize(
    ("key", "rows"),
    [
        ("clusters_mixed", pd.concat([TWO, _rows(("GM1", "011", 5))])),
        ("clusters_mixed", pd.concat([TWO, _rows(("PV27", "01", 5))])),
        ("clusters_twice", pd.concat([TWO, _rows(("GM1", "01", 30))])),
        (
            "clusters_total",
            _rows(
                *((f"GM{area}", "01", 10 + area) for area in range(6)),
                *((f"GM{area}", "62", 50) for area in range(6)),
                *((f"GM{area}", "99", 60 + area) for area in range(6)),
            ),
        ),
        ("clusters_uncounted", TWO.rename(columns={"jobs": "residuals_t"})),
    ],
)
def test_what_would_count_twice_or_nothing_is_refused(key, rows):
    with pytest.raises(DataError) as refused:
        _find(rows)
    assert key in [fault.key for fault in refused.value.faults]


def test_one_level_or_kind_of_area_can_be_chosen_of_several():
    rows = pd.concat([TWO, _rows(("GM1", "011", 5), ("PV27", "01", 40))])
    told = _find(rows, level="2", kind="GM").clusters
    assert told["count"].tolist() == [30, 70, 10, 90]


def test_places_are_counted_at_the_level_asked_for():
    places = _rows(("GM1", "0111", 3), ("GM1", "0125", 4), ("GM1", "4711", 5), ("GM2", "0111", 1))
    counted = count_places(places, level="2", remarks=Remarks(TEXTS))
    assert counted[["area_code", "sector", "establishments", "jobs"]].to_numpy().tolist() == [
        ["GM1", "01", 2.0, 7.0],
        ["GM1", "47", 1.0, 5.0],
        ["GM2", "01", 1.0, 1.0],
        ["GM2", "47", 0.0, 0.0],  # a register has all there is
    ]
    assert count_places(places, level="section", remarks=Remarks(TEXTS))["sector"].tolist() == ["A", "G"] * 2


def test_a_division_stands_in_the_section_of_its_own_classification():
    """IT went from J to K, banks from K to L; trade in cars was a division of its own in 2008 alone."""
    places = _rows(("GM1", "6201", 1), ("GM1", "6419", 1), ("GM1", "0111", 1), ("GM1", "4711", 1))
    for classification, expected in (("SBI 2008", ["A", "G", "J", "K"]), ("SBI 2025", ["A", "G", "K", "L"])):
        told = count_places(places, level="section", remarks=Remarks(TEXTS), classification=classification)
        assert told["sector"].tolist() == expected
    cars = _rows(("GM1", "4520", 1))
    assert count_places(cars, level="section", remarks=Remarks(TEXTS))["sector"].tolist() == ["G"]
    with pytest.raises(DataError, match="4520"):
        count_places(cars, level="section", remarks=Remarks(TEXTS), classification="SBI 2025")


def test_a_group_of_sections_beside_its_sections_is_set_apart():
    rows = pd.concat([TWO, _rows(("GM1", "01-02", 30), ("GM2", "01-02", 10))])
    found = _find(rows)
    assert found.clusters["location_quotient"].tolist() == pytest.approx([1.5, 0.875, 0.5, 1.125])
    told = found.findings.set_index("key")["value"]
    assert told["clusters_set_apart"] == "01-02"


def test_a_group_without_its_parts_is_a_sector_of_its_own():
    """As in A10 of CBS: nothing of the economy is lost."""
    told = _find(_rows(("GM1", "A", 5), ("GM1", "B-E", 40), ("GM2", "A", 5), ("GM2", "B-E", 10))).clusters
    assert told["sector"].tolist() == ["A", "B-E"] * 2
    assert told["area_total"].tolist() == [45, 45, 15, 15]
    assert told["always_include"].tolist() == [False, True] * 2


@pytest.mark.parametrize(
    ("key", "cells"),
    [
        ("clusters_group_alone", (("GM1", "B", 5), ("GM1", "B-C", 9), ("GM1", "C", 4), ("GM2", "B-C", 9))),
        ("clusters_group_part", (("GM1", "B", 5), ("GM1", "B-E", 90), ("GM1", "A", 4))),
        ("clusters_overlap", (("GM1", "B-D", 5), ("GM1", "D-E", 9))),
        ("clusters_contrary", (("GM1", "A", 5), ("GM1", "totaal", 5), ("GM1", "total", 9))),
    ],
)
def test_groups_and_totals_that_contradict_are_refused(key, cells):
    with pytest.raises(DataError) as refused:
        _find(_rows(*cells))
    assert [fault.key for fault in refused.value.faults] == [key]


def test_a_total_that_does_not_add_up_is_told_unless_a_part_is_secret():
    cells = (("GM1", "01", 31), ("GM1", "62", 70), ("GM1", "totaal", 300), ("NL01", "01", 3))
    assert {"clusters_apart", "clusters_apart_country"} <= set(_find(_rows(*cells)).findings["key"])
    secret = _find(_rows(*cells, ("GM2", "01", None), ("GM1", "63", None))).findings["key"]
    assert "clusters_apart" not in set(secret)
    assert "clusters_apart_country" in set(secret)  # 3 in the country is less than the 31 that are known


def test_how_much_the_country_is_more_than_its_areas_is_told_with_secret_cells_too():
    """62 of GM1 is secret: what is not seen of it is 1,000 - 90, and 100 of 01 is as large as its areas."""
    rows = _rows(
        ("GM1", "01", 30),
        ("GM1", "62", None),
        ("GM2", "01", 70),
        ("GM2", "62", 90),
        ("NL01", "01", 100),
        ("NL01", "62", 1000),
    )
    told = _find(rows).findings.set_index("key")["reason"]
    assert "in 1 sector: 62 910 (91 %)" in told["clusters_country_more"]
    assert "clusters_apart_country" not in told
    less = _find(
        pd.concat([rows[rows["area_code"] != "NL01"], _rows(("NL01", "01", 50), ("NL01", "62", 10))])
    )
    assert {"clusters_apart_country"} <= set(less.findings["key"])
    assert "clusters_country_more" not in set(less.findings["key"])


def test_rows_that_the_level_leaves_out_are_counted():
    found = _find(pd.concat([TWO, _rows(("GM1", "011", 5))]), level="2")
    assert found.findings.set_index("key")["value"]["clusters_left_out"] == "3: 1"


def test_a_table_of_cbs_with_titles_is_read_as_it_comes(tmp_path):
    """Columns and titles as CBS 81575NED has them: a code with its name in one cell, a group and a total beside."""
    file = tmp_path / "81575NED.csv"
    rows = ["RegioS;BedrijfstakkenBranchesSBI2008;Vestigingen_1"]
    for area, farms, makers, offices in (("GM0363", 10, 30, 60), ("GM0394", 30, 20, 50)):
        rows += [
            f"{area};A Landbouw, bosbouw en visserij;{farms}",
            f"{area};C Industrie;{makers}",
            f"{area};J Informatie en communicatie;{offices}",
            f"{area};B-E Nijverheid (geen bouw) en energie;{makers}",
            f"{area};A-U Alle economische activiteiten;{farms + makers + offices}",
        ]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    read = read_sectors(file, columns={}, recipe=None, sheet=None, texts=TEXTS)
    asked = Asked("establishments", "SBI 2008", pseudo=0.0, least=0.0, names=read.names)
    told = _find(read.rows, asked)
    assert told.clusters["sector"].unique().tolist() == ["A", "C", "J"]
    assert told.clusters["location_quotient"].iloc[0] == pytest.approx((10 / 100) / (40 / 200))
    assert told.clusters["sector_name"].iloc[0] == "Landbouw, bosbouw en visserij"
    assert told.findings.set_index("key")["value"]["clusters_set_apart"] == "A-U, B-E"


def test_a_table_that_mixes_both_classifications_is_told_in_2008_where_that_is_asked(tmp_path):
    """Laundries are 9601 in 2008 and 9610 in 2025; a section alone cannot be told, nor may both stay mixed."""
    file = tmp_path / "register.csv"
    head, old, new = "gm_code;sbi;banen;indeling", "GM1;9601;4;SBI 2008", "GM2;96.10;6;SBI 2025"
    file.write_text("\n".join([head, old, new]) + "\n", encoding="utf-8")
    options = {"columns": {}, "recipe": None, "sheet": None, "texts": TEXTS}
    read = read_sectors(file, **options, classification="SBI 2008")
    assert read.rows["sector"].tolist() == ["9601", "9601"]
    assert read.classification == "SBI 2008"
    with pytest.raises(DataError) as refused:
        read_sectors(file, **options)
    assert refused.value.faults[0].values["rows"] == "2, 3"
    file.write_text("\n".join([head, old, "GM2;K;6;SBI 2025"]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="mixes classifications"):
        read_sectors(file, **options, classification="SBI 2008")


def test_the_score_is_the_weighted_mean_of_the_percentiles_that_are_known():
    jobs = np.array([[10.0, 20.0, 30.0, 40.0]])
    waste = np.array([[5.0, np.nan, 1.0, np.nan]])
    found = find_scores(
        {"jobs": jobs, "residuals_t": waste}, {"jobs": 1.0, "residuals_t": 3.0, "value_eur": 1.0}
    )
    assert found.percentiles["jobs"].tolist() == [[0.125, 0.375, 0.625, 0.875]]
    assert found.coverage[0].tolist() == pytest.approx([0.8, 0.2, 0.8, 0.2])
    assert found.score[0].tolist() == pytest.approx(
        [100 * (0.125 + 3 * 0.75) / 4, 37.5, 100 * (0.625 + 3 * 0.25) / 4, 87.5]
    )


def test_stability_says_how_often_a_sector_is_among_the_ten_whatever_the_weights():
    """Two criteria that agree on ten, and one sector that is high on one of them alone."""
    first = np.array([[float(value) for value in range(20)] + [0.5]])
    second = np.array([[float(value) for value in range(20)] + [30.0]])
    found = find_scores({"jobs": first, "residuals_t": second}, {"jobs": 1.0, "residuals_t": 1.0})
    assert found.stability[0, 19] == 1.0
    assert found.stability[0, 0] == 0.0
    assert 0.0 < found.stability[0, 20] < 1.0
    draws = np.random.default_rng(1).dirichlet([7.5, 7.5], 1000)
    scores = draws @ np.stack([found.percentiles["jobs"][0], found.percentiles["residuals_t"][0]])
    often = (scores.argsort(axis=1).argsort(axis=1) >= 11).mean(axis=0)
    np.testing.assert_allclose(found.stability[0], often, atol=0.003)


def test_stability_of_few_sectors_is_of_their_highest_half():
    """Of eight sectors all are among the ten highest: four are asked instead, and some are not among them."""
    rising = np.arange(8.0)[None]
    found = find_scores({"jobs": rising, "residuals_t": rising[:, ::-1]}, {"jobs": 4.0, "residuals_t": 1.0})
    assert (found.stability[0, 4:] > found.stability[0, :4]).all()
    assert found.stability[0].sum() == pytest.approx(4.0, abs=0.1)
    assert 0 < found.stability[0, 0] < 0.5


def test_one_criterion_has_no_stability_for_no_weight_changes_its_order():
    found = find_scores({"jobs": np.arange(30.0)[None]}, {"jobs": 1.0, "residuals_t": 1.0})
    assert np.isnan(found.stability).all()
    assert not np.isnan(found.score).any()
    told = _find(TWO)
    assert told.clusters["stability"].isna().all()
    assert "clusters_one_criterion" in told.findings["key"].tolist()


def test_waste_and_civil_works_are_always_included():
    rows = _rows(*(("GM1", sector, 10) for sector in ("38", "42", "62")), ("GM2", "62", 5))
    told = _find(rows).clusters
    assert told.loc[told["always_include"], "sector"].unique().tolist() == ["38", "42"]


def test_westland_grows_two_point_seven_times_what_the_country_does(shared):
    file = shared / "data" / "businesses" / "cbs_85039NED_2021_vestigingen_per_sbi_groep_gemeente.csv"
    read = read_sectors(file, columns={}, recipe="cbs_85039ned", sheet=None, texts=TEXTS)
    asked = Asked("establishments", "SBI 2008", names=read.names, letters=read.letters)
    told = _find(read.rows, asked).clusters
    (westland,) = told[(told["area"] == "Westland") & (told["sector"] == "A")].to_dict("records")
    assert westland["location_quotient"] == pytest.approx(2.70, abs=0.01)
    assert westland["shrunk_low"] < westland["shrunk"] < westland["shrunk_high"]
    assert westland["rank"] == 1
    known = told.dropna(subset="location_quotient")
    mean = (known["area_total"] * known["location_quotient"]).groupby(known["sector"]).sum()
    totals = told.drop_duplicates("area_code")["area_total"].sum()
    np.testing.assert_allclose(mean / totals, 1.0, rtol=1e-9)


def test_jobs_per_corop_are_read_by_their_recipe(shared):
    file = shared / "data" / "clusters" / "cbs_83582NED_2024_banen_a10_per_corop.csv"
    read = read_sectors(file, columns={}, recipe="cbs_83582ned", sheet=None, texts=TEXTS)
    told = _find(read.rows, Asked("jobs", read.classification, names=read.names)).clusters
    assert told["area_code"].nunique() == 41
    assert told["count"].max() > 100_000
    assert told.loc[told["always_include"], "sector"].unique().tolist() == ["BE", "FZ"]
