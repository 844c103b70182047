"""A balance of flows closes, says how sure it is, what it cannot know, and what contradicts: cases done by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from kansenkaart.errors import DataError
from kansenkaart.flows.balance import balance_flows
from kansenkaart.sources import read_balance
from kansenkaart.texts import load_texts
from tests.flows.balanced import balance, of

P_2020 = (
    {"flow": "influent", "ends": " > rwzi", "value": 13297, "sd_pct": 5},
    {"flow": "effluent", "ends": "rwzi > ", "value": 1644, "sd_pct": 5},
    {"flow": "slib", "ends": "rwzi > ", "value": 11170, "sd_pct": 8},
)


def test_the_phosphorus_of_2020_closes_to_the_printed_digits():
    found = balance(*({**row, "layer": "P"} for row in P_2020))
    told = found.balances.set_index("flow")
    assert told["reconciled"].round(1).to_dict() == {"influent": 13125.8, "effluent": 1646.6, "slib": 11479.2}
    assert told["reconciled_sd"].round(1).to_dict() == {"influent": 534.2, "effluent": 82.0, "slib": 536.0}
    (test,) = found.tests.to_dict("records")
    assert round(test["chi_square"], 3) == 0.187
    assert (test["freedom"], round(test["p_value"], 3), test["verdict"]) == (1, 0.665, "consistent")
    (process,) = found.processes.to_dict("records")
    assert process["gap"] == pytest.approx(13297 - 1644 - 11170)
    assert process["inflow"] == pytest.approx(process["outflow"])
    assert set(told["state"]) == {"checked"}


def test_what_was_not_measured_follows_with_the_errors_of_the_others():
    found = balance(
        {"flow": "in", "ends": " > p", "value": 100, "sd": 10},
        {"flow": "one", "ends": "p > ", "value": 40, "sd": 4},
        {"flow": "other", "ends": "p > "},
    )
    assert of(found, "other") == pytest.approx(60)
    assert of(found, "other", "reconciled_sd") == pytest.approx(math.hypot(10, 4))
    assert found.balances["state"].tolist() == ["unchecked", "unchecked", "calculated"]
    assert found.tests["verdict"].tolist() == ["untested"]
    assert found.processes["gap"].isna().all()


def test_what_cannot_be_known_is_named_with_what_hangs_together_and_the_rest_is_known():
    found = balance(
        {"flow": "in", "ends": " > a", "value": 100, "sd": 1},
        {"flow": "left", "ends": "a > b"},
        {"flow": "right", "ends": "a > c"},
        {"flow": "left on", "ends": "b > d"},
        {"flow": "right on", "ends": "c > d"},
        {"flow": "out", "ends": "d > "},
    )
    unknowable = found.balances[found.balances["state"] == "unknowable"]
    assert set(unknowable["flow"]) == {"left", "right", "left on", "right on"}
    assert unknowable["reconciled"].isna().all()
    assert of(found, "out") == pytest.approx(100)
    (said,) = found.findings.to_dict("records")
    assert (said["key"], said["value"]) == ("balance_unknowable", "left, right, left on, right on")


def test_a_gross_error_is_named_and_the_rest_agrees_without_it():
    """Adjustments +10, -20, +10; the middle one's squared is all of the chi-square of 150."""
    found = balance(
        {"flow": "in", "ends": " > a", "value": 100, "sd": 2},
        {"flow": "middle", "ends": "a > b", "value": 130, "sd": 2},
        {"flow": "out", "ends": "b > ", "value": 100, "sd": 2},
    )
    assert found.balances["reconciled"].tolist() == pytest.approx([110, 110, 110])
    assert found.balances["normalised"].tolist() == pytest.approx(
        [math.sqrt(37.5), math.sqrt(150), math.sqrt(37.5)]
    )
    (test,) = found.tests.to_dict("records")
    assert test["chi_square"] == pytest.approx(150)
    assert test["verdict"] == "contradictory"
    assert test["candidates"] == "middle (goods, stroom, 3)"
    assert test["p_without"] == pytest.approx(1)
    assert found.findings["key"].tolist() == ["balance_contradictory"]


def test_one_balance_alone_cannot_tell_who_is_wrong_and_names_all():
    found = balance(
        {"flow": "in", "ends": " > a", "value": 100, "sd": 2},
        {"flow": "out", "ends": "a > ", "value": 150, "sd": 9},
    )
    (test,) = found.tests.to_dict("records")
    assert test["candidates"] == "in (goods, stroom, 2); out (goods, stroom, 3)"
    assert pd.isna(test["p_without"])


def test_what_is_exact_and_contradicts_itself_is_refused():
    with pytest.raises(DataError, match=r"around a \(goods\).*in \(2\), out \(3\)"):
        balance(
            {"flow": "in", "ends": " > a", "value": 10, "sd": 0},
            {"flow": "out", "ends": "a > ", "value": 9, "sd": 0},
        )


def test_two_values_of_one_kengetal_that_cannot_both_be_are_refused_by_its_name():
    with pytest.raises(DataError, match=r"around vuistregel.*in \(2\), uit \(3\)"):
        balance(
            {"flow": "in", "ends": " > a", "value": 10, "sd": 1, "kengetal": "vuistregel"},
            {"flow": "uit", "ends": "a > ", "value": 12, "sd": 1, "kengetal": "vuistregel"},
        )


def test_what_is_exact_stays_and_takes_the_others_along():
    found = balance(
        {"flow": "in", "ends": " > a", "value": 10, "sd": 0},
        {"flow": "out", "ends": "a > ", "value": 9, "sd": 1},
    )
    assert found.balances["reconciled"].tolist() == [10, 10]
    assert found.balances["reconciled_sd"].tolist() == [0, 0]
    assert found.balances["state"].tolist() == ["fixed", "checked"]
    assert found.tests["chi_square"].tolist() == pytest.approx([1])


@pytest.mark.parametrize(("kengetal", "sd"), [("kg per inwoner", 30.0), (None, math.sqrt(300))])
def test_a_sum_of_what_shares_a_kengetal_widens_with_all_of_it(kengetal, sd):
    parts = [
        {"flow": f"g{number}", "ends": " > som", "value": 100, "sd": 10, "kengetal": kengetal}
        for number in range(3)
    ]
    found = balance(*parts, {"flow": "totaal", "ends": "som > "})
    assert of(found, "totaal") == pytest.approx(300)
    assert of(found, "totaal", "reconciled_sd") == pytest.approx(sd)
    measured = balance(
        *(dict(part, ends=" > som") for part in parts), {"flow": "t", "ends": "som > ", "value": 300, "sd": 1}
    )
    assert measured.processes["gap_sd"].tolist() == pytest.approx([math.hypot(sd, 1)])


def test_a_control_total_moves_all_of_a_kengetal_alike():
    """30 of 300 too much: the kengetal is off by one of its standard deviations, not three places each by a bit."""
    parts = [
        {"flow": name, "ends": " > som", "value": value, "sd_pct": 10, "kengetal": "k"}
        for name, value in (("klein", 50), ("groot", 250))
    ]
    found = balance(*parts, {"flow": "totaal", "ends": "som > ", "value": 330, "sd": 0})
    assert (of(found, "klein"), of(found, "groot")) == (pytest.approx(55), pytest.approx(275))
    assert found.tests["chi_square"].tolist() == pytest.approx([1])
    assert found.tests["freedom"].tolist() == [1]
    assert found.balances["state"].tolist() == ["checked", "checked", "fixed"]


def test_a_stock_takes_what_does_not_leave_and_may_shrink():
    found = balance(
        {"flow": "in", "ends": " > bodem", "value": 80, "sd": 3},
        {"flow": "oogst", "ends": "bodem > ", "value": 100, "sd": 4},
        {"flow": "bodemvoorraad", "entry": "stock", "ends": "bodem > "},
    )
    assert of(found, "bodemvoorraad") == pytest.approx(-20)
    assert of(found, "bodemvoorraad", "reconciled_sd") == pytest.approx(5)
    assert found.processes["stock_change"].tolist() == pytest.approx([-20])


def test_flows_may_go_round():
    found = balance(
        {"flow": "in", "ends": " > a", "value": 10, "sd": 1},
        {"flow": "heen", "ends": "a > b", "value": 30, "sd": 1},
        {"flow": "terug", "ends": "b > a"},
        {"flow": "uit", "ends": "b > "},
    )
    assert (of(found, "terug"), of(found, "uit")) == (pytest.approx(20), pytest.approx(10))


def test_a_transfer_coefficient_divides_and_its_error_goes_along():
    """q = k x f: relative variances add."""
    found = balance(
        {"flow": "in", "ends": " > oven", "value": 200, "sd_pct": 3},
        {"flow": "as", "ends": "oven > "},
        {"flow": "rook", "ends": "oven > "},
        {"flow": "as", "entry": "transfer", "unit": "%", "value": 25, "sd_pct": 4},
    )
    assert of(found, "as", entry="flow") == pytest.approx(50)
    assert of(found, "as", "reconciled_sd", entry="flow") == pytest.approx(50 * 0.05)
    assert of(found, "rook", entry="flow") == pytest.approx(150)
    assert (of(found, "as", entry="transfer"), of(found, "as", "unit", entry="transfer")) == (0.25, "-")


def test_an_unknown_transfer_coefficient_follows_from_the_flows():
    found = balance(
        {"flow": "in", "ends": " > oven", "value": 200, "sd": 2},
        {"flow": "as", "ends": "oven > ", "value": 30, "sd": 3},
        {"flow": "rook", "ends": "oven > "},
        {"flow": "as", "entry": "transfer", "unit": "-"},
    )
    assert of(found, "as", entry="transfer") == pytest.approx(0.15)
    assert of(found, "as", "reconciled_sd", entry="transfer") == pytest.approx(0.15 * math.hypot(0.01, 0.1))
    assert of(found, "as", "state", entry="transfer") == "calculated"


def test_goods_and_their_phosphorus_are_layers_of_one_balance():
    """36 kg P in a tonne of dry matter; the goods balance and the P balance hold each other."""
    slib = {"flow": "slib", "ends": "rwzi > verbrander", "unit": "t ds"}
    found = balance(
        {**slib, "value": 1000, "sd_pct": 3},
        {"flow": "water en gas", "ends": "rwzi > ", "unit": "t ds", "value": 0, "sd": 0},
        {"flow": "influent", "ends": " > rwzi", "unit": "t ds"},
        {"flow": "as", "ends": "verbrander > ", "unit": "t ds"},
        {"flow": "slib", "layer": "P", "entry": "content", "unit": "kg/t ds", "value": 36, "sd_pct": 4},
        {"flow": "water en gas", "layer": "P", "ends": "rwzi > ", "value": 6, "sd_pct": 10},
        {"flow": "as", "layer": "P", "ends": "verbrander > "},
    )
    assert of(found, "slib", layer="P", entry="flow") == pytest.approx(36)
    assert of(found, "slib", "reconciled_sd", layer="P", entry="flow") == pytest.approx(36 * 0.05)
    assert of(found, "influent", layer="P", entry="flow") == pytest.approx(42)
    assert of(found, "as", layer="P") == pytest.approx(36)
    added = found.findings[found.findings["key"] == "balance_added"]
    assert added["value"].tolist() == ["slib, influent"]


def test_every_region_has_a_balance_of_its_own():
    found = balance(
        {"region": "A", "flow": "in", "ends": " > a", "value": 10, "sd": 1},
        {"region": "A", "flow": "uit", "ends": "a > "},
        {"region": "B", "flow": "in", "ends": " > a", "value": 20, "sd": 1},
        {"region": "B", "flow": "uit", "ends": "a > ", "value": 30, "sd": 1},
    )
    assert found.tests["region"].tolist() == ["A", "B"]
    assert found.tests["verdict"].tolist() == ["untested", "contradictory"]
    assert of(found, "uit", region="A") == pytest.approx(10)


def test_what_comes_out_below_zero_is_told_and_not_cut_off():
    found = balance(
        {"flow": "in", "ends": " > a", "value": 10, "sd": 1},
        {"flow": "uit", "ends": "a > ", "value": 12, "sd": 1},
        {"flow": "rest", "ends": "a > "},
    )
    assert of(found, "rest") == pytest.approx(-2)
    assert found.findings["key"].tolist() == ["balance_below_zero"]


GOOD = {"flow": "in", "ends": " > a", "value": 10, "sd": 1}
OUT = {"flow": "uit", "ends": "a > "}
BY_VOLUME = {"flow": "uit", "entry": "content", "layer": "P", "unit": "kg/m3"}
MORE = [
    {"flow": "rest", "ends": "a > "},
    {"flow": "mee", "ends": "a > "},
    {"flow": "mee", "entry": "transfer", "unit": "-", "value": 0.5, "sd": 0},
]
BAD = [
    ("balance_negative", [{**GOOD, "value": -10}, OUT]),
    ("balance_spreadless", [{"flow": "in", "ends": " > a", "value": 10}, OUT]),
    ("balance_spread_twice", [{**GOOD, "sd_pct": 5}, OUT]),
    ("balance_spread_negative", [{**GOOD, "sd": -1}, OUT]),
    ("balance_spread_alone", [GOOD, {**OUT, "sd": 1}]),
    ("balance_range", [{"flow": "in", "ends": " > a", "value": 10, "low": 11, "high": 12}, OUT]),
    ("balance_range", [{"flow": "in", "ends": " > a", "value": 10, "low": 9}, OUT]),
    ("balance_known", [{**GOOD, "basis": "unknown"}, OUT]),
    ("balance_valueless", [GOOD, {**OUT, "basis": "measured"}]),
    ("balance_unit_unknown", [{**GOOD, "unit": "ton"}, OUT]),
    ("balance_unit", [GOOD, {**OUT, "unit": "m3"}]),
    ("balance_endless", [GOOD, {"flow": "los"}, OUT]),
    ("balance_itself", [GOOD, OUT, {"flow": "rond", "ends": "a > a"}]),
    ("balance_nameless", [GOOD, OUT, {"entry": "transfer", "unit": "-"}]),
    ("balance_stock_ends", [GOOD, OUT, {"flow": "v", "entry": "stock"}]),
    ("balance_twice", [GOOD, OUT, OUT]),
    ("balance_twice", [GOOD, OUT, {"flow": "uit", "entry": "stock", "ends": "a > "}]),
    ("balance_ends", [GOOD, OUT, {"flow": "uit", "layer": "P", "ends": "b > "}]),
    ("balance_spelling", [GOOD, {"flow": "uit", "ends": "A. > "}]),
    ("balance_sink", [GOOD]),
    ("balance_spring", [OUT]),
    ("balance_target", [GOOD, OUT, {"flow": "uti", "entry": "transfer", "unit": "-"}]),
    ("balance_undivided", [GOOD, OUT, {"flow": "in", "entry": "transfer", "unit": "-"}]),
    ("balance_share", [GOOD, OUT, {"flow": "uit", "entry": "transfer", "unit": "-", "value": 25, "sd": 1}]),
    ("balance_shares", [GOOD, OUT, {"flow": "uit", "entry": "transfer", "unit": "%", "value": 90, "sd": 0}]),
    (
        "balance_shares",
        [GOOD, OUT, *MORE, {"flow": "uit", "entry": "transfer", "unit": "%", "value": 70, "sd": 0}],
    ),
    ("balance_spelling", [{**GOOD, "layer": "P"}, {**OUT, "layer": "p"}]),
    ("balance_spelling", [GOOD, OUT, {**GOOD, "region": "r"}, {**OUT, "region": "r"}]),
    ("balance_spread_of_zero", [{"flow": "in", "ends": " > a", "value": 0, "sd_pct": 5}, OUT]),
    (
        "balance_content_full",
        [GOOD, OUT, {**OUT, "layer": "P"}, {**BY_VOLUME, "unit": "kg/t", "value": 1500, "sd": 1}],
    ),
    ("balance_share_unit", [GOOD, OUT, {"flow": "uit", "entry": "transfer", "unit": "t"}]),
    ("balance_content_unit", [GOOD, OUT, {"flow": "uit", "entry": "content", "layer": "P", "unit": "kg"}]),
    ("balance_content_layer", [GOOD, OUT, {"flow": "uit", "entry": "content", "unit": "kg/t"}]),
    ("balance_layer", [GOOD, OUT, {"flow": "uit", "entry": "content", "layer": "P", "unit": "kg/t"}]),
    ("balance_content", [GOOD, OUT, {"flow": "uit", "layer": "P", "ends": "a > "}, BY_VOLUME]),
]


@pytest.mark.parametrize(("key", "given"), BAD)
def test_what_cannot_be_is_refused_with_its_row(key, given):
    with pytest.raises(DataError) as refused:
        balance(*(dict(row) for row in given))
    assert key in [fault.key for fault in refused.value.faults]
    (fault, *_) = [one for one in refused.value.faults if one.key == key]
    assert {"row", "rows", "names"} & set(fault.values)
    assert str(fault).startswith("balans.csv")


def test_units_of_a_layer_are_made_one():
    found = balance(
        {"flow": "in", "ends": " > a", "value": 2, "sd_pct": 10, "unit": "kt"},
        {"flow": "uit", "ends": "a > ", "unit": "t", "value": 1900, "sd": 200},
    )
    assert found.balances["unit"].tolist() == ["kt", "kt"]
    assert of(found, "uit", "value") == pytest.approx(1.9)


def test_low_and_high_hold_eight_of_ten_cases():
    found = balance({"flow": "in", "ends": " > a", "value": 10, "low": 8, "high": 13}, dict(OUT))
    assert of(found, "in", "sd") == pytest.approx(5 / (2 * 1.2815515655))


def test_coefficients_that_contradict_the_flows_come_to_an_end():
    """Not 100 rounds, and no nonsense: the flows say 0.15, the coefficient 0.9, and the test tells."""
    found = balance(
        {"flow": "in", "ends": " > oven", "value": 200, "sd": 2},
        {"flow": "as", "ends": "oven > ", "value": 30, "sd": 3},
        {"flow": "rook", "ends": "oven > ", "value": 170, "sd": 3},
        {"flow": "as", "entry": "transfer", "unit": "-", "value": 0.9, "sd": 0.01},
    )
    (test,) = found.tests.to_dict("records")
    assert test["verdict"] == "contradictory"
    assert 1 < test["iterations"] < 60
    share = of(found, "as", entry="transfer")
    assert of(found, "as", entry="flow") == pytest.approx(share * of(found, "in"))


def test_the_example_is_that_of_the_golden_numbers(root):
    given = read_balance(root / "data" / "balances" / "fosfaat-nl-2020.csv", texts=load_texts("nl"))
    found = balance_flows(given, file="fosfaat-nl-2020.csv", texts=load_texts("nl"))
    assert found.balances["reconciled"].round(1).tolist() == [13125.8, 1646.6, 11479.2]


def test_a_stock_that_shrank_may_say_its_spread_in_percent():
    found = balance(
        {"flow": "in", "ends": " > silo", "value": 100, "sd": 5},
        {"flow": "silo", "ends": "silo > ", "entry": "stock", "value": -40, "sd_pct": 10},
        {"flow": "uit", "ends": "silo > "},
    )
    assert of(found, "silo", "sd") == pytest.approx(4)
    assert of(found, "uit") == pytest.approx(140)
    assert of(found, "uit", "reconciled_sd") == pytest.approx(np.hypot(5, 4))


def test_the_phosphorus_of_noord_holland_is_held_against_what_cbs_counted(root):
    """From the capacity of its plants, against CBS 7477: the mean of both, each as heavy as it is sure."""
    file = "fosfor-noord-holland-2020.csv"
    given = read_balance(root / "data" / "balances" / file, texts=load_texts("nl"))
    number = (
        pd.read_csv(root / "kansenkaart/factsheets/tables/numbers.csv")
        .set_index("id")
        .loc["influent_kg_pe60"]
    )
    made = [round(3_366_926 * number[name] / 1000) for name in ("value", "low", "high")]
    counted = pd.read_csv(root / "kansenkaart/factsheets/tables/p_load_cbs_7477.csv").set_index("province")[
        "p_t"
    ]
    rows = given.set_index("flow")
    assert rows.loc["aanvoer uit de ontwerpcapaciteit", ["value", "low", "high"]].tolist() == made
    assert rows.loc["aanvoer volgens CBS", "value"] == counted["Noord-Holland"]
    found = balance_flows(given, file=file, texts=load_texts("nl"))
    (test,) = found.tests.to_dict("records")
    assert (test["verdict"], test["freedom"]) == ("consistent", 1)
    sure = [1 / ((made[2] - made[1]) / 2 / 1.2815515655446004) ** 2, 1 / (0.05 * 1963) ** 2]
    mean = (made[0] * sure[0] + 1963 * sure[1]) / sum(sure)
    assert of(found, "aanvoer volgens CBS") == pytest.approx(mean)
    assert test["chi_square"] == pytest.approx((made[0] - 1963) ** 2 / (1 / sure[0] + 1 / sure[1]))
    assert of(found, "effluent", entry="flow") == pytest.approx(0.124 * mean)
    assert of(found, "zuiveringsslib") == pytest.approx(0.876 * mean)


def test_a_flow_far_below_zero_contradicts_and_names_who_to_look_at():
    given = (
        {"flow": "in", "ends": " > a", "value": 10, "sd": 1},
        {"flow": "groot", "ends": "a > ", "value": 60, "sd": 9},
        {"flow": "klein", "ends": "a > ", "value": 1, "sd": 0.1},
        {"flow": "rest", "ends": "a > "},
    )
    found = balance(*(dict(row) for row in given))
    (test,) = found.tests.to_dict("records")
    assert of(found, "rest") == pytest.approx(-51)  # told, not cut off
    assert test["verdict"] == "contradictory"
    assert test["candidates"].startswith(("in ", "groot "))
    assert test["freedom"] == 1
    assert test["chi_square"] == pytest.approx(51**2 / (1 + 81 + 0.01))
    exact = [{**row, "sd": 0} if "sd" in row else dict(row) for row in given]
    (test,) = balance(*exact).tests.to_dict("records")
    assert (test["verdict"], test["candidates"]) == ("contradictory", "rest (goods, stroom, 5)")


def test_what_rounding_leaves_is_nothing():
    parts = [{"flow": f"deel {n}", "ends": " > a", "value": 1e5 / 3 + n / 7, "sd": 0} for n in range(9)]
    total = sum(row["value"] for row in parts)
    found = balance(
        *parts, {"flow": "uit", "ends": "a > ", "value": total, "sd": 0}, {"flow": "rest", "ends": "a > "}
    )
    assert of(found, "rest") == 0
    assert found.findings.empty


@pytest.mark.parametrize(("wide", "size"), [(5e8, 1e9), (1e10, 1e12)])
def test_what_is_hardly_known_itself_takes_all_from_the_others(wide, size):
    found = balance(
        {"flow": "in", "ends": " > a", "value": size, "sd": wide},
        {"flow": "b", "ends": "a > c"},
        {"flow": "uit", "ends": "c > ", "value": 1000, "sd": 1},
    )
    for flow in ("in", "b", "uit"):
        assert of(found, flow) == pytest.approx(1000, abs=0.01)
        assert of(found, flow, "reconciled_sd") == pytest.approx(1)
