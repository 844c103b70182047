"""The what-if of the page against the run itself: the same price in the project file, and the same chances."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kansenkaart.maps.block import Block
from kansenkaart.maps.whatif import add_whatif, nice_step
from kansenkaart.matches.price.classes import cap_certainty
from kansenkaart.pipeline import Result
from kansenkaart.tables.matches import CHANCE_CLASSES
from tests.maps.whatif_region import at_robustness, build_region

# Steps of every slider that a whole run is compared with; those a slider does not reach are held at its least.
STEPS = (-9, 4, 11, 30)


@dataclass
class Columns(Block):
    """A block that keeps its columns as they were added."""

    columns: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, values: Any) -> None:
        self.columns[name] = values
        super().add(name, values)


def export(result: Result) -> Columns:
    """Return what the page gets of a run."""
    streams = list(dict.fromkeys(result.frames.matches["stream"]))
    block = Columns({"streams": [{"id": stream} for stream in streams]})
    add_whatif(block, result.frames, result.loaded)
    return block


def sliders(block: Columns) -> dict[str, dict[str, Any]]:
    streams = [stream["id"] for stream in block.header["streams"]]
    return {name: one for name, one in zip(streams, block.header["whatIf"], strict=True) if one}


def at_steps(result: Result, block: Columns, steps: dict[str, int]) -> pd.DataFrame:
    """Return class and nets as the page works them out, from nothing but what it gets and the run's own nets."""
    rows = result.frames.matches.sort_values("rank", kind="stable").reset_index(drop=True)
    known = sliders(block)
    caps = np.array([most for _, most in block.header["whatIfCaps"]] + [2] * 256)
    lost = block.columns["m.lost.values"][block.columns["m.lost"]].astype(float)
    answers = []
    for m, row in rows.iterrows():
        slider, cap = known.get(row["stream"]), int(block.columns["m.cap"][m])
        step = steps.get(row["stream"], 0)
        net = row["net_eur_y"]
        name = row["chance_class"]
        if slider and step and cap != 255:
            code = step - slider["least"]
            reached = [
                block.columns[key][m] != 255 and code >= block.columns[key][m] for key in ("m.good", "m.pays")
            ]
            strength = 2 if reached[0] else 1 if reached[1] else 0
            name = CHANCE_CLASSES[2 - min(strength, caps[cap])]
            net += step * slider["step"] * max(1.0 - lost[m], 0.0) * row["quantity"]
        answers.append((row["match_id"], name, net))
    return pd.DataFrame(answers, columns=["match_id", "chance_class", "net"]).set_index("match_id")


@pytest.mark.parametrize("wanted", STEPS)
def test_every_class_and_amount_is_that_of_a_run_at_that_price(
    whatif_run: Result, tmp_path: Path, wanted: int
) -> None:
    block = export(whatif_run)
    steps = {name: max(wanted, one["least"]) for name, one in sliders(block).items()}
    shifts = {name: step * sliders(block)[name]["step"] for name, step in steps.items()}
    other = build_region(tmp_path, **shifts).frames.matches.set_index("match_id")
    base = whatif_run.frames.matches.set_index("match_id")
    told = at_steps(whatif_run, block, steps)
    same = base.index.intersection(other.index)
    # The region is such that nobody else is supplied at another price: all chances can be compared.
    assert len(same) >= 20
    for column in ("quantity", "cost_eur_y"):
        assert other.loc[same, column].to_numpy() == pytest.approx(
            base.loc[same, column].to_numpy(), rel=1e-9
        )
    assert told.loc[same, "chance_class"].tolist() == other.loc[same, "chance_class"].tolist()
    expected, found = other.loc[same, "net_eur_y"].to_numpy(), told.loc[same, "net"].to_numpy()
    # Heat that cools off has three figures; everything else is exact.
    shift = np.abs(expected - base.loc[same, "net_eur_y"].to_numpy())
    assert (np.isnan(found) == np.isnan(expected)).all()
    priced = ~np.isnan(expected)
    assert (np.abs(found - expected) <= 0.005 * shift + 1e-9 * np.abs(expected) + 1e-6)[priced].all()


def test_what_is_said_of_nine_in_ten_draws_is_what_the_class_goes_by(whatif_run: Result) -> None:
    """At the edge too: one taker here pays by a few cents per GJ in nine of ten draws, or by that does not."""
    matches = whatif_run.frames.matches.dropna(subset=["net_eur_y"])
    pays = matches["net_p10_eur_unit"] > 0
    assert (matches.loc[pays, "class_rule"] != "price_near").all()
    assert (matches.loc[~pays, "chance_class"] != "kansrijk").all()
    assert (matches["net_p10_eur_unit"].abs() < 0.1).any()


def test_the_steps_move_classes_both_ways(whatif_run: Result) -> None:
    block = export(whatif_run)
    least = {name: one["least"] for name, one in sliders(block).items()}
    now = whatif_run.frames.matches.set_index("match_id")["chance_class"].map(CHANCE_CLASSES.index)
    low = at_steps(whatif_run, block, least)["chance_class"].map(CHANCE_CLASSES.index)
    high = at_steps(whatif_run, block, dict.fromkeys(least, 30))["chance_class"].map(CHANCE_CLASSES.index)
    assert (low.reindex(now.index) > now).sum() >= 3
    assert (high.reindex(now.index) < now).sum() >= 3
    assert (low.reindex(now.index) < now).sum() == (high.reindex(now.index) > now).sum() == 0
    assert set(high) == {0, 1, 2}


def test_every_chance_of_the_run_is_explained(whatif_run: Result) -> None:
    block = export(whatif_run)
    rows = whatif_run.frames.matches.sort_values("rank", kind="stable")
    priced = rows["net_eur_y"].notna().to_numpy()
    # Of the smallest heat pair, which cools off altogether in a shared pipe, the loss cannot be told.
    left = rows[priced & (block.columns["m.cap"] == 255)]
    heat = rows[rows["stream"].isin(["restwarmte_ht", "restwarmte_lt"])]
    assert left["match_id"].tolist() == heat.nsmallest(1, "quantity")["match_id"].tolist()
    assert (block.columns["m.cap"][~priced] == 255).all()
    assert {"gft"} == set(rows.loc[~priced, "stream"])


def test_what_the_rules_do_not_explain_stays_as_it_was(whatif_run: Result) -> None:
    matches = whatif_run.frames.matches.copy()
    at = matches.index[(matches["chance_class"] == "technisch") & (matches["benefit_eur_y"] > 0)][0]
    matches.loc[at, "chance_class"] = "kansrijk"
    other = replace(whatif_run, frames=replace(whatif_run.frames, matches=matches))
    block = export(other)
    told = at_steps(other, block, {name: one["least"] for name, one in sliders(block).items()})
    assert told.loc[matches.loc[at, "match_id"], "chance_class"] == "kansrijk"
    assert (block.columns["m.cap"] == 255).sum() == 1 + (export(whatif_run).columns["m.cap"] == 255).sum()


def test_a_chance_that_falls_in_most_draws_is_never_good(whatif_run: Result) -> None:
    unsure = at_robustness(whatif_run, 0.4)
    matches = unsure.frames.matches
    matches[["chance_class", "class_rule"]] = cap_certainty(matches)
    block = export(unsure)
    told = at_steps(unsure, block, dict.fromkeys(sliders(block), 40))
    assert "kansrijk" not in set(told["chance_class"])
    at_most = at_steps(whatif_run, export(whatif_run), dict.fromkeys(sliders(block), 40))
    assert "kansrijk" in set(at_most["chance_class"])


def test_a_price_never_falls_below_nothing(whatif_run: Result) -> None:
    for name, one in sliders(export(whatif_run)).items():
        assert one["low"] + one["least"] * one["step"] >= -1e-9, name
        assert one["least"] < 0


def test_heat_follows_gas_by_what_boiler_and_chp_burn(whatif_run: Result) -> None:
    """A grower's CHP burns more but sells its electricity dearer too; a building has a boiler only."""
    known = sliders(export(whatif_run))
    assert {name for name, one in known.items() if one["gas"]} == {"restwarmte_ht", "restwarmte_lt"}
    chp = (1.0 - 3.69 / 4.68) / 0.0168
    glass = 0.42 / 0.03007 + 0.58 * chp
    for name, coefficient in (("restwarmte_ht", glass), ("restwarmte_lt", 4 / 3 / 0.03007)):
        assert known[name]["step"] == pytest.approx(coefficient / 100)


@pytest.mark.parametrize(
    ("wanted", "step"), [(4.25, 2.5), (0.4, 0.25), (1.5, 1.0), (9.99, 5.0), (10.0, 10.0)]
)
def test_steps_are_round(wanted: float, step: float) -> None:
    assert nice_step(wanted) == pytest.approx(step)
