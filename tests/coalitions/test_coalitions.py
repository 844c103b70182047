"""Coalitions of a small region: who brings and fetches adds up, is the same in any order, and is shared out fairly."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy.sparse import csr_array

from kansenkaart.catalogue.legend import split_ids
from kansenkaart.coalitions.coalitions import find_coalitions
from kansenkaart.coalitions.missing import choose_place, find_missing
from kansenkaart.coalitions.roles import find_scales
from kansenkaart.coalitions.rows import _find_ids
from kansenkaart.coalitions.value import Measure, draw_ranges
from kansenkaart.pipeline import build
from kansenkaart.tables import COALITION_FLOWS, COALITION_PARTNERS, COALITIONS
from kansenkaart.tables.coalitions import FORMS
from kansenkaart.texts import load_texts
from tests.coalitions.region import CATALOGUE, PLACES, TEXTS, TOML, find_chances, write_region
from tests.tries import FEW

SPLIT = ("net_eur_y", "fair_eur_y"), ("co2_t_y", "co2_t_y"), ("material_t_y", "material_t_y")


def _form(found, most=12):
    told = find_coalitions(found, CATALOGUE, most_partners=most, texts=TEXTS)
    COALITIONS.check(told.coalitions)
    COALITION_PARTNERS.check(told.coalition_partners)
    COALITION_FLOWS.check(told.coalition_flows)
    return told


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return find_chances(write_region(tmp_path_factory.mktemp("coalitions") / "project"))


@pytest.fixture(scope="module")
def told(found):
    return _form(found)


def _one(told, stream):
    return told.coalitions.set_index("stream").loc[stream]


def _of(told, stream):
    partners = told.coalition_partners
    return partners[partners["coalition_id"] == _one(told, stream)["coalition_id"]].set_index("site_id")


def test_four_coalitions_form_the_one_that_is_worth_most_first(told):
    assert told.coalitions["coalition_id"].tolist() == [
        "restwarmte_ht@a:bron",
        "meubels_grofvuil@a:werf1",
        "betonpuin@a:breker",
        "voedingsreststromen@a:vergist",
    ]
    assert told.coalitions["coalition"].iloc[0] == "Haarlemmermeer: restwarmte (heet)"
    assert set(told.coalitions["form"]) == set(FORMS)


def test_every_chance_is_in_one_coalition_and_what_does_not_pay_in_none(found, told):
    known = set(found.matches["match_id"])
    ids = [one for own in told.coalitions["match_ids"] for one in split_ids(own, known)]
    assert len(ids) == len(set(ids)) == told.coalitions["chances"].sum()
    poor = found.matches.assign(chance_class="technisch")
    assert _form(replace(found, matches=poor)).coalitions.empty
    helped = poor.assign(pays_with_support=True)
    assert _form(replace(found, matches=helped)).coalitions["with_support"].sum() == len(found.matches)


def test_what_lacks_is_told_with_what_existing_instruments_give_of_it(found):
    """What support covers whole is nothing that "lacks": the next step says both, and never more than is needed."""
    poor = found.matches.assign(
        chance_class="technisch",
        pays_with_support=True,
        net_eur_y=-7000.0,
        support_needed_eur_y=7000.0,
        support_given_eur_y=9000.0,
    )
    coalition = _form(replace(found, matches=poor)).coalitions.iloc[0]
    needed = 7000 * coalition["chances"]
    assert coalition["support_needed_eur_y"] == coalition["support_given_eur_y"] == needed
    amount = load_texts("nl").number(needed, 2)
    assert (
        f"er ontbreekt {amount} euro per jaar, en bestaande regelingen geven daarvan tot {amount}"
        in coalition["next_step"]
    )


def test_two_towns_bring_rubble_and_food_waste_in_two_coalitions(told):
    """A town is not one firm: who collects its rubble is not who collects its food waste."""
    assert set(_of(told, "betonpuin").index) == {"a:stad", "a:dorp", "a:breker"}
    assert set(_of(told, "voedingsreststromen").index) == {"a:stad", "a:dorp", "a:vergist"}


def test_partners_add_up_to_their_coalition(told):
    sums = told.coalition_partners.groupby("coalition_id")[[name for _, name in SPLIT]].sum(min_count=1)
    both = told.coalitions.set_index("coalition_id").join(sums.add_suffix("_partners"))
    for whole, part in SPLIT:
        assert both[f"{part}_partners"].to_numpy() == pytest.approx(both[whole].to_numpy(), nan_ok=True)
    money = told.coalition_partners.groupby("coalition_id")[
        ["payment_eur_y", "avoids_eur_y", "bears_eur_y"]
    ].sum()
    assert money["payment_eur_y"].to_numpy() == pytest.approx(0, abs=1e-3)
    left = (money["avoids_eur_y"] - money["bears_eur_y"])[both.index]
    assert left.to_numpy() == pytest.approx(both["net_eur_y"].fillna(0).to_numpy())


def test_over_the_term_of_thirty_years_the_yearly_amounts_are_discounted_at_five_percent(told):
    """The annuity of the catalogue stands for that, and not for another sum of years."""
    now = sum(1.05**-year for year in range(1, 31))
    borne = told.coalition_partners.groupby("coalition_id")["bears_eur_y"].sum(min_count=1)
    pays = told.coalitions[told.coalitions["cost_eur_y"].notna()].set_index("coalition_id")
    assert len(pays)
    assert pays["cost_eur_y"].to_numpy() == pytest.approx(borne[pays.index].to_numpy())
    assert pays["term_cost_eur"].to_numpy() == pytest.approx(now * pays["cost_eur_y"].to_numpy(), rel=1e-4)
    assert pays["term_net_eur"].to_numpy() == pytest.approx(now * pays["net_eur_y"].to_numpy(), rel=1e-4)
    assert told.coalitions["term_net_eur"].isna().sum() == len(told.coalitions) - len(pays)


def test_what_is_brought_is_fetched_and_is_what_the_chances_move(found, told):
    sides = told.coalition_flows.pivot_table("quantity", ["coalition_id", "stream"], "role", "sum")
    assert sides["supply"].to_numpy() == pytest.approx(sides["demand"].to_numpy())
    moved = found.matches.groupby("stream")["quantity"].sum()
    assert sides["supply"].groupby("stream").sum().to_dict() == pytest.approx(moved.to_dict())
    gaps = found.gaps.set_index(["site_id", "stream", "role"])
    left = gaps["remaining"] - gaps["if_pays"]
    for row in told.coalition_flows.itertuples():
        assert row.left == left[row.site_id, row.stream, row.role]


def test_of_one_pipe_who_leaves_makes_it_dearer_for_the_rest(found, told):
    """Without a grower more is lost than his own chance: the others pay his part of the pipe."""
    partners, whole = _of(told, "restwarmte_ht"), _one(told, "restwarmte_ht")
    alone = found.matches[found.matches["stream"] == "restwarmte_ht"].set_index("demand_id")["net_eur_y"]
    for grower in ("a:kas1", "a:kas2", "a:kas3"):
        assert partners.loc[grower, "falls_eur_y"] > alone[grower] * 1.01
    assert partners.loc["a:bron", "falls_eur_y"] == pytest.approx(whole["net_eur_y"])
    assert whole["largest_id"] == "a:bron"
    assert whole["largest_share"] == 1
    assert whole["split"] == "core"


def test_the_rest_of_a_pipe_is_worth_what_it_is_without_the_others(found, told, tmp_path):
    """What falls when a grower leaves, against a region that never had him."""
    without = find_chances(write_region(tmp_path / "project", [one for one in PLACES if one[0] != "kas3"]))
    net = without.matches.loc[without.matches["stream"] == "restwarmte_ht", "net_eur_y"].sum()
    whole = _one(told, "restwarmte_ht")["net_eur_y"]
    assert whole - _of(told, "restwarmte_ht").loc["a:kas3", "falls_eur_y"] == pytest.approx(net)


def test_between_two_who_share_nothing_else_each_gets_half(found, told):
    chances = found.matches[found.matches["stream"] == "meubels_grofvuil"]
    fair = _of(told, "meubels_grofvuil")["fair_eur_y"]
    one = chances[chances["demand_id"] == "a:win1"].iloc[0]
    assert fair["a:win1"] == pytest.approx(one["net_eur_y"] / 2)


def test_the_range_of_a_sum_is_that_of_the_sum(found, told):
    """Three heat chances that hang on one price of gas: together as unsure as each; never surer than their parts."""
    whole = _one(told, "restwarmte_ht")
    chances = found.matches[found.matches["stream"] == "restwarmte_ht"]
    assert whole["net_eur_y_p10"] < whole["net_eur_y"] < whole["net_eur_y_p90"]
    assert whole["net_eur_y_p10"] >= chances["net_p10_eur_y"].sum() - 1
    assert whole["net_eur_y_p90"] <= chances["net_p90_eur_y"].sum() + 1
    partners = _of(told, "restwarmte_ht")
    assert (partners["fair_eur_y_p10"] <= partners["fair_eur_y"]).all()


def test_what_has_no_price_is_not_called_worth_nothing(told):
    rubble = _one(told, "betonpuin")
    assert pd.isna(rubble["net_eur_y"])
    assert rubble["split"] == "no_value"
    assert rubble["form"] == "network"
    assert _of(told, "betonpuin")["fair_eur_y"].isna().all()
    assert "prijzen" in rubble["next_step"]


def test_a_use_on_a_lower_rung_counts_down_and_saves_no_material(told):
    food = _one(told, "voedingsreststromen")
    assert food["r_gain"] == -1
    assert food["material_t_y"] == 0
    furniture = _one(told, "meubels_grofvuil")
    assert furniture["r_gain"] == 6
    assert furniture["material_t_y"] == 1000


def test_who_is_missing_is_who_could_use_what_is_left(told):
    food = _one(told, "voedingsreststromen")
    assert (food["missing_role"], food["missing_quantity"]) == ("supply", 3000)
    assert food["fits_at"] == "Vergister"
    assert "gemeente" in food["missing_kinds"]
    # heat that is left over is no want of anybody
    assert pd.isna(_one(told, "restwarmte_ht")["missing_stream"])


@FEW
@given(seed=st.integers(0, 2**31))
def test_the_order_of_rows_changes_nothing(found, told, seed):
    def mix(frame):
        return frame.sample(frac=1, random_state=seed).reset_index(drop=True)

    mixed = replace(found, sites=mix(found.sites), matches=mix(found.matches), gaps=mix(found.gaps))
    again = _form(mixed)
    for one, other in zip(vars(told).values(), vars(again).values(), strict=True):
        assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other), check_exact=False, rtol=1e-12)


def test_a_small_change_keeps_the_ids(found, told):
    other = found.matches.assign(
        quantity=found.matches["quantity"] * np.linspace(0.97, 1.03, len(found.matches))
    )
    assert set(_form(replace(found, matches=other)).coalitions["coalition_id"]) == set(
        told.coalitions["coalition_id"]
    )
    fewer = found.matches[found.matches["demand_id"] != "a:kas3"]
    kept = set(_form(replace(found, matches=fewer)).coalitions["coalition_id"])
    assert "restwarmte_ht@a:bron" in kept


def test_a_group_that_is_too_large_is_cut_but_not_its_pipe(found):
    small = _form(found, most=3)
    heat = small.coalitions[small.coalitions["stream"] == "restwarmte_ht"]
    assert heat["partners"].tolist() == [4]
    assert (small.coalitions.loc[small.coalitions["stream"] != "restwarmte_ht", "partners"] <= 3).all()


def test_the_scale_is_the_smallest_area_that_holds_all():
    def scale(*places):
        frame = pd.DataFrame(places, columns=["country", "province", "municipality_code"])
        return find_scales(frame.assign(coalition=0)).iloc[0]

    here = ("NL", "Noord-Holland", "GM0363")
    assert scale(here, here) == "lokaal"
    assert scale(here, ("NL", "Noord-Holland", "GM0394")) == "regionaal"
    assert scale(here, ("NL", "Utrecht", "GM0344")) == "bovenregionaal"
    assert scale(*(("NL", f"P{n}", f"G{n}") for n in range(4))) == "nationaal"
    assert scale(here, ("BE", "Antwerpen", None)) == "internationaal"


def test_who_is_missing_fits_on_the_nearest_park_with_free_land_else_at_a_partner(make_sites):
    sites = make_sites(
        {"site_id": "a:stad", "kind": "municipality", "x": 121_000, "y": 487_000},
        {"site_id": "a:vergist", "kind": "digester", "x": 116_000, "y": 489_000},
        {"site_id": "p:ver", "kind": "business_park", "x": 150_000, "y": 487_000, "free_ha": 5.0},
        {"site_id": "p:vol", "kind": "business_park", "x": 120_500, "y": 487_000, "free_ha": 0.0},
        {"site_id": "p:vrij", "kind": "business_park", "x": 118_000, "y": 487_000, "free_ha": 3.0},
    )
    rows = [("a:stad", "supply", 1000.0, 3000.0), ("a:vergist", "demand", 1000.0, 0.0)]
    flows = pd.DataFrame(rows, columns=["site_id", "role", "quantity", "left"])
    flows = flows.assign(coalition=0, stream="voedingsreststromen", unit="t")
    places = sites.set_index("site_id", drop=False)

    def missing(known):
        return find_missing(flows, places, known, CATALOGUE, texts=TEXTS).loc[0]

    found = missing(sites)
    assert (found["missing_role"], found["missing_quantity"]) == ("demand", 3000)
    assert (found["fits_at"], found["fits_km"]) == ("p:vrij", pytest.approx(3.0))
    assert missing(sites[sites["kind"] != "business_park"])["fits_at"] == "a:stad"


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(1, 9)), min_size=1, max_size=6))
def test_the_best_place_is_where_least_is_driven(spots):
    served = pd.DataFrame([(x * 1000.0, y * 1000.0) for x, y, _ in spots], columns=["x", "y"])
    weights = np.array([weight for *_, weight in spots], dtype=float)
    candidates = pd.DataFrame(
        [(x * 9000.0, y * 9000.0) for x in range(10) for y in range(10)],
        columns=["x", "y"],
        index=[f"{n:02d}" for n in range(100)],
    )
    name, km = choose_place(served.to_numpy(), weights, candidates)
    far = {
        one: sum(
            weight * float(np.hypot(place["x"] - at["x"], place["y"] - at["y"]))
            for weight, (_, at) in zip(weights, served.iterrows(), strict=True)
        )
        for one, place in candidates.iterrows()
    }
    assert km * 1000 * weights.sum() == pytest.approx(min(far.values()), abs=0.1)
    assert far[name] == pytest.approx(min(far.values()), abs=1)


def test_a_project_that_does_not_ask_has_no_coalitions(tmp_path):
    folder = write_region(tmp_path / "project", toml=TOML.replace("[coalitions]\n", ""))
    assert build(folder).frames.coalitions.empty


def test_two_coalitions_of_one_heart_and_stream_are_told_apart_by_another_partner():
    """A heart of which both say so already tells nothing apart; of five alike each still has an id of its own."""
    ordered = pd.DataFrame(
        [(number, site) for number in range(6) for site in ("a:hart", "a:b", "a:c" if number else "a:d")],
        columns=["coalition", "site_id"],
    )
    alike = pd.DataFrame({"stream": ["hout"] * 6, "heart_id": ["a:hart"] * 6})
    ids = _find_ids(alike, ordered, pd.Series(dtype="str"))
    assert ids.tolist()[:3] == ["hout@a:hart", "hout@a:hart+a:b", "hout@a:hart+a:c"]
    assert ids.is_unique


def test_the_range_of_one_chance_is_that_of_the_chance(found):
    """By the sums' own draws and by those of step 3: a doubtful place never makes the low end better."""
    chances = found.matches.dropna(subset="net_p10_eur_y").assign(coalition=0).reset_index(drop=True)
    assert len(chances) >= 5
    alone = Measure(csr_array(np.eye(len(chances))), "eur")
    ranges = draw_ranges(chances, found.chosen, {"net": alone})["net"]
    low = chances["net_p10_eur_y"].to_numpy()
    assert ranges[:, 0] == pytest.approx(low, rel=1e-6, abs=0.1)
    assert ranges[:, 1] == pytest.approx(chances["net_p90_eur_y"].to_numpy(), rel=1e-6, abs=0.1)


def test_a_price_that_is_missing_is_named_and_the_key_that_is_named_gives_it(tmp_path):
    jobs = {"breker": 40, "werf1": 12.5, "stad": 90_000}
    folder = write_region(tmp_path / "region")
    layer = pd.read_csv(folder / "a.csv", dtype=str, keep_default_na=False)
    layer.assign(jobs=layer["id"].map(jobs)).to_csv(folder / "a.csv", index=False)
    before = build(folder).frames.coalitions.set_index("stream")
    rubble, goods = before.loc["betonpuin"], before.loc["meubels_grofvuil"]
    assert (rubble["unpriced"], rubble["priced"], pd.isna(goods["unpriced"])) == ("betonpuin", 0, True)
    # the jobs of a town are no jobs of a partner
    assert (rubble["jobs"], rubble["jobs_known"]) == (40, 1)
    assert (goods["jobs"], goods["jobs_known"]) == (12.5, 1)
    assert pd.isna(before.loc["restwarmte_ht", "jobs"])
    with (folder / "kansenkaart.toml").open("a", encoding="utf-8") as file:
        file.write('[prices.benefit_betonpuin]\nlow = 8\nvalue = 12\nhigh = 15\nsource = "eigen offerte"\n')
    priced = build(folder)
    after = priced.frames.coalitions.set_index("stream").loc["betonpuin"]
    assert pd.isna(after["unpriced"])
    assert after["priced"] == after["chances"]
    assert after["net_eur_y_p10"] < after["net_eur_y"] < after["net_eur_y_p90"]
    own = priced.frames.matches[priced.frames.matches["stream"] == "betonpuin"]
    assert np.allclose(own["benefit_eur_y"], 12 * own["quantity"])
    price = priced.loaded.catalogue.prices["benefit_betonpuin"]
    assert (price.unit, price.source, price.evidence) == ("EUR/t", "eigen offerte", "sourced")
