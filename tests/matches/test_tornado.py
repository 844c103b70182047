"""Which number decides: both ends are what a run of their own gives, and the order is by what they change."""

import geopandas as gpd
import pandas as pd
import pytest

from kansenkaart.catalogue import with_price
from kansenkaart.matches.certainty import swings as swings_module
from kansenkaart.matches.certainty.swings import deciding_inputs, find_swings, find_tornado, remark_tornado
from kansenkaart.matches.solve.solution import MatchInputs, solve_streams
from kansenkaart.tables import FINDINGS, LINKS, TORNADO
from kansenkaart.texts import load_texts
from tests.matches.places import HEAT, digester, fields, source, taker, town

BENEFIT = "avoided_heat_glass"
GFT = ["gft", "compost"]
YEAR = {"season": False, "coupling": "off"}
# One price with ends instead of the many it follows from, at which distance decides.
PRICE = {BENEFIT: (2.0, 4.0, 6.0)}


def wide(row, side, low, high):
    ends = {f"{side}_restwarmte_ht_low_gj_y": low, f"{side}_restwarmte_ht_high_gj_y": high}
    return {**row, **ends}


@pytest.fixture
def swing(make_project):
    def swing(world, draws=10):
        return find_swings(world.solution, world.catalogue, project=make_project(draws=draws))

    return swing


@pytest.fixture
def again(make_project):
    """The matches of a world solved anew with another catalogue."""

    def again(world, catalogue, **settings):
        inputs = MatchInputs(world.sites, world.solution.flows, LINKS.empty(), gpd.GeoDataFrame())
        return solve_streams(inputs, catalogue, project=make_project(**settings))

    return again


def net_of(solution, stream):
    pairs = solution.streams[stream].pairs
    return float(pairs.loc[pairs["chosen"], "net_eur_y"].sum())


def rows_of(found):
    frame = find_tornado(found)
    TORNADO.check(frame)
    return frame.set_index("input_id")


def test_both_ends_of_a_flow_are_runs_of_their_own(world, swing):
    narrow = wide(taker(gj=500_000.0), "demand", 500_000.0, 500_000.0)
    base = world(
        wide(source(), "supply", 120_000.0, 260_000.0), narrow, streams=[HEAT], method=YEAR, prices=PRICE
    )
    row = rows_of(swing(base)).loc["bron:1|restwarmte_ht|supply"]
    assert (row["input_kind"], row["input_unit"]) == ("flow", "GJ")
    assert (row["low"], row["value"], row["high"]) == pytest.approx((120_000.0, 200_000.0, 260_000.0))
    for end, gj in (("low", 120_000.0), ("high", 260_000.0)):
        own = world(wide(source(gj=gj), "supply", gj, gj), narrow, streams=[HEAT], method=YEAR, prices=PRICE)
        assert row[f"quantity_{end}"] == pytest.approx(gj)
        assert row[f"net_{end}_eur_y"] == pytest.approx(net_of(own.solution, HEAT))
    assert row["net_low_eur_y"] != row["net_high_eur_y"]


def test_both_ends_of_a_price_are_runs_of_their_own(world, swing, again):
    base = world(source(), taker(), streams=[HEAT], method=YEAR, prices=PRICE)
    row = rows_of(swing(base)).loc[BENEFIT]
    price = base.catalogue.prices[BENEFIT]
    assert (row["low"], row["value"], row["high"]) == (price.low, price.value, price.high)
    for end in ("low", "high"):
        exact = with_price(base.catalogue, BENEFIT, getattr(price, end))
        own = again(base, exact, streams=[HEAT], method=YEAR)
        assert row[f"net_{end}_eur_y"] == pytest.approx(net_of(own, HEAT))
        assert row[f"quantity_{end}"] == pytest.approx(own.streams[HEAT].solved.quantity.sum())
    assert row["net_high_eur_y"] - row["net_low_eur_y"] > 100_000.0


def test_both_ends_of_a_yield_by_hand(world, swing):
    base = world(town(), digester(), fields(ha=2_000.0), streams=GFT)
    found = find_tornado(swing(base))
    row = found[(found["stream"] == "compost") & (found["input_kind"] == "yield")].iloc[0]
    assert row["input_id"] == "digester[feed=gft]|gft|compost"
    assert (row["low"], row["value"], row["high"], row["input_unit"]) == (0.3, 0.4, 0.45, "t/t")
    # 800 t comes in; the fields have room for all that is made of it.
    assert (row["quantity_low"], row["quantity_high"]) == pytest.approx((240.0, 360.0))


def test_both_ends_of_a_kengetal_move_every_flow_that_hangs_on_it(world, swing):
    rows = [town(gft=5000.0), digester(gft=5000.0), fields(ha=40.0), fields("a:2", 116_000, 60.0)]
    base = world(*rows, streams=GFT)
    found = find_tornado(swing(base))
    row = found[(found["stream"] == "compost") & (found["input_kind"] == "kengetal")].iloc[0]
    kengetal = base.catalogue.kengetallen[row["input_id"]]
    assert kengetal.driver == "arable_ha"
    # 5,000 t x 0.4 is more than the fields take at the value: they decide, both of them.
    assert row["quantity_low"] == pytest.approx(min(100.0 * kengetal.low, 2_000.0))
    assert row["quantity_high"] == pytest.approx(min(100.0 * kengetal.high, 2_000.0))
    assert row["quantity_low"] < row["quantity_high"]


def test_a_number_without_spread_has_no_row(world, swing):
    sure = wide(source(), "supply", 200_000.0, 200_000.0)
    found = rows_of(swing(world(sure, taker(), streams=[HEAT], method=YEAR, prices=PRICE)))
    assert "bron:1|restwarmte_ht|supply" not in found.index
    assert "kas:1|restwarmte_ht|demand" in found.index
    assert not {"annuity", "full_load_hours", "turbine_loss_gje_gj"} & set(found.index)
    assert (found["low"] < found["high"]).all()


def test_a_flow_nobody_can_reach_has_no_row(world, swing):
    far = source("bron:2", 80_000)
    assert (
        "bron:2|restwarmte_ht|supply"
        not in rows_of(swing(world(source(), taker(), far, streams=[HEAT], method=YEAR, prices=PRICE))).index
    )


def test_the_number_that_decides_comes_first(world, swing):
    """So far away that the price difference decides whether the pipe pays at all."""
    base = world(source(), taker(dx=3_000), streams=[HEAT], method=YEAR, prices=PRICE)
    frame = find_tornado(swing(base))
    first = frame.iloc[0]
    assert (first["input_id"], first["rank"]) == (BENEFIT, 1)
    assert first["matches_changed"] == 1
    assert frame["rank"].tolist() == list(range(1, len(frame) + 1))
    order = list(
        zip(-frame["matches_changed"], -(frame["net_high_eur_y"] - frame["net_low_eur_y"]).abs(), strict=True)
    )
    assert order == sorted(order)


def test_the_numbers_a_match_falls_by_are_named(world, swing):
    base = world(source(), taker(dx=3_000), streams=[HEAT], method=YEAR, prices=PRICE)
    named = deciding_inputs(swing(base))
    assert named.index.tolist() == ["restwarmte_ht|bron:1|kas:1"]
    assert named.iloc[0].split("; ")[0] == BENEFIT
    assert len(named.iloc[0].split("; ")) <= 2


def test_a_match_that_no_number_takes_down_is_decided_by_none(world, swing):
    far = world(source(), taker(dx=14_000), streams=[HEAT], method=YEAR, prices=PRICE)
    assert far.matches["chance_class"].tolist() == ["technisch"]
    assert deciding_inputs(swing(far)).isna().all()


def test_a_match_whose_source_may_be_small_is_decided_by_it(world, swing):
    row = wide(source(), "supply", 10_000.0, 220_000.0)
    far = world(row, taker(dx=14_000), streams=[HEAT], method=YEAR, prices=PRICE)
    assert deciding_inputs(swing(far)).tolist() == ["bron:1|restwarmte_ht|supply"]


def test_no_draws_no_tornado(world, swing):
    found = swing(world(source(), taker(), streams=[HEAT]), draws=0)
    assert found == {}
    assert find_tornado(found).empty
    assert deciding_inputs(found).empty


def test_a_stream_without_a_match_has_no_rows(world, swing):
    assert find_tornado(swing(world(source(), taker(dx=80_000), streams=[HEAT]))).empty


def test_order_of_input_changes_nothing(world, swing):
    rows = [source(), source("bron:2", 8_000, 90_000.0), taker(), taker("kas:2", 6_000, 120_000.0)]
    first = swing(world(*rows, streams=[HEAT]))
    other = swing(world(*rows[::-1], streams=[HEAT]))
    pd.testing.assert_frame_equal(find_tornado(first), find_tornado(other))
    pd.testing.assert_series_equal(deciding_inputs(first).sort_index(), deciding_inputs(other).sort_index())


def test_a_large_region_tries_what_weighs_most_and_says_what_it_left_out(world, swing, monkeypatch):
    rows = [wide(source(), "supply", 50_000.0, 260_000.0), taker()]
    every = rows_of(swing(world(*rows, streams=[HEAT], method=YEAR, prices=PRICE)))
    monkeypatch.setattr(swings_module, "MOST_INPUTS", ((10**6, 2),))
    found = swing(world(*rows, streams=[HEAT], method=YEAR, prices=PRICE))
    few, left = rows_of(found), found[HEAT].left_out
    assert len(few) == 2
    assert set(few.index) | set(left) == set(every.index)
    assert not set(few.index) & set(left)
    assert BENEFIT in few.index
    for language, word in (("nl", "bleven liggen"), ("en", "were left out")):
        remarks = remark_tornado(found, texts=load_texts(language))
        FINDINGS.check(remarks)
        assert remarks["key"].tolist() == ["tornado_limited"]
        assert word in remarks["reason"].iloc[0]
        assert left[0] in remarks["reason"].iloc[0]


def test_only_the_twelve_largest_measured_flows_are_tried(world, swing):
    takers = [taker(f"kas:{n:02}", 500 + 200 * n, 1_000.0 * (n + 1)) for n in range(15)]
    sure = wide(source(), "supply", 200_000.0, 200_000.0)
    found = rows_of(swing(world(sure, *takers, streams=[HEAT], method=YEAR, prices=PRICE)))
    flows = found[found["input_kind"] == "flow"]
    assert len(flows) == 12
    assert flows["value"].min() == 4_000.0


def test_an_exact_price_leaves_every_other_price_alone(world):
    catalogue = world(source(), taker(), streams=[HEAT], prices=PRICE).catalogue
    changed = with_price(catalogue, BENEFIT, 5.5)
    exact = changed.prices[BENEFIT]
    assert (exact.low, exact.value, exact.high) == (5.5, 5.5, 5.5)
    followers = {"avoided_heat_glass_lt"}
    others = {name for name in catalogue.prices if catalogue.prices[name] != changed.prices[name]}
    assert others == {BENEFIT, *followers}
    assert catalogue.prices[BENEFIT].value == 4
