"""The what-if in the page, against runs of the whole pipeline with the same price in the project file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kansenkaart.pipeline import Result
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks
from tests.browser.axe import axe_findings
from tests.browser.pages import UNFOLD
from tests.maps.whatif_region import build_region

pytestmark = pytest.mark.browser

Open = Callable[..., Any]

CLASSES = """() => Object.fromEntries(Array.from(kansenkaart.page.model.c["m.supply"], (_, m) => {
  const { model } = kansenkaart.page;
  const { "m.stream": stream, "m.supply": supply, "m.demand": demand, "m.class": name } = model.c;
  const id = [model.streams[stream[m]].id, model.siteIds[supply[m]], model.siteIds[demand[m]]].join("|");
  return [id, ["kansrijk", "verkennen", "technisch"][name[m]]];
}))"""


@pytest.fixture(scope="module")
def dear(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Return the chances at gas 12 cent per m3 dearer and CO2 at 4 steps of 2.5 euro less."""
    shifts = {"restwarmte_ht": 12 * 0.21270523, "restwarmte_lt": 12 * 0.4435, "co2": -10.0}
    result: Result = build_region(tmp_path_factory.mktemp("dear"), **shifts)
    return result.frames.matches.set_index("match_id")


@pytest.fixture(scope="module")
def whatif_map(whatif_run: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whatif") / "kaart.html"
    whatif_run.map().save(path)
    return path


@pytest.fixture
def open_region(listen: Callable[..., Any], whatif_map: Path) -> Open:
    """Return an opener of the region's map."""

    def open_one(*, size: tuple[int, int] = (1366, 768), link: str = "", **options: object) -> Any:
        opened = listen(*size, **options)
        opened.page.goto(f"file://{whatif_map}{link}")
        opened.page.wait_for_selector("#kk[data-phase=ready]")
        opened.page.evaluate(UNFOLD)
        return opened

    return open_one


def slide(opened: Any, selector: str, value: int) -> None:
    opened.page.locator(selector).evaluate(
        "(input, value) => { input.value = String(value); input.dispatchEvent(new Event('input')); }", value
    )


def slider_of(opened: Any, stream: str) -> str:
    place = opened.page.evaluate(
        "(id) => kansenkaart.page.model.streams.findIndex((stream) => stream.id === id)", stream
    )
    return f"#kk-whatif-{place}"


def ask(opened: Any) -> None:
    opened.page.locator("#kk-open-whatif").click()
    slide(opened, "#kk-whatif-gas", 12)
    slide(opened, slider_of(opened, "co2"), -4)


def euro(value: float) -> str:
    sign, size = ("−" if value < 0 else ""), abs(value)
    number = load_texts().number(size / 1e6 if size >= 999_500 else size)
    return f"{sign}€ {number}" + (" mln" if size >= 999_500 else "")


def test_sliders_class_and_price_as_a_run_at_that_price(
    open_region: Open, whatif_run: Result, dear: pd.DataFrame
) -> None:
    opened = open_region()
    before = whatif_run.frames.matches.set_index("match_id")["chance_class"]
    assert opened.page.evaluate(CLASSES) == before.to_dict()
    ask(opened)
    now = dear.loc[before.index, "chance_class"]
    assert opened.page.evaluate(CLASSES) == now.to_dict()
    moved = int((now != before).sum())
    assert moved >= 1
    word = "kans" if moved == 1 else "kansen"
    assert f"({moved} {word} van klasse veranderd)" in opened.text("#kk-whatif")
    # Legend, table and list follow.
    counts = now.value_counts()
    for name in ("kansrijk", "verkennen", "technisch"):
        count = str(counts.get(name, 0))
        assert opened.texts(f'.whatif tr[data-class="{name}"] td')[1] == count
        label = opened.page.locator(f'input[data-class="{name}"]').locator("xpath=..").locator(".count")
        assert label.inner_text() == count
    paying = dear.loc[before.index][(now != "technisch")]["net_eur_y"].sum()
    told = opened.text(".whatif-net").split("netto ")[1].split(" per jaar")[0]
    assert told == euro(paying)
    assert opened.faults == []
    assert opened.requests == []


def test_the_card_has_the_amounts_of_that_run(
    open_region: Open, whatif_run: Result, dear: pd.DataFrame
) -> None:
    opened = open_region()
    ask(opened)
    rows = whatif_run.frames.matches.sort_values("rank").reset_index(drop=True)
    for stream in ("restwarmte_ht", "restwarmte_lt", "co2"):
        m = int(rows.index[rows["stream"] == stream][0])
        opened.page.evaluate("(id) => kansenkaart.page.actions.choose({ kind: 'match', id })", m)
        expected = dear.loc[rows.loc[m, "match_id"]]
        shown = [figure_of(opened, m, name) for name in ("net_eur_y", "benefit_eur_y", "cost_eur_y")]
        old = rows.loc[m]
        for value, name in zip(shown, ("net_eur_y", "benefit_eur_y", "cost_eur_y"), strict=True):
            # No finer than the number it is calculated from: three figures of the larger.
            finest = 10.0 ** (len(str(int(max(abs(old[name]), abs(expected[name]))))) - 3)
            assert value == pytest.approx(expected[name], abs=1.1 * finest)
        assert "hoort bij de prijs zoals berekend" in opened.text("#kk-card")
        assert opened.text("#kk-card .badge").lower() == load_texts()(f"classes.{expected['chance_class']}")
        # The sentence stays that of the run.
        assert rows.loc[m, "reason"] in " ".join(opened.page.locator("#kk-card").inner_text().split())
        assert opened.page.locator("#kk-card .reach").count() == 0
    assert opened.faults == []


def figure_of(opened: Any, m: int, name: str) -> float:
    """Return the number the page shows, and check that the card writes it."""
    row = {"net_eur_y": 2, "benefit_eur_y": 0, "cost_eur_y": 1}[name]
    text = opened.texts("#kk-card table.sums td:first-of-type")[row]
    number, million = text.replace("€", "").replace("−", "-").replace(" ", ""), 1.0
    if number.endswith("mln"):
        number, million = number.removesuffix("mln"), 1e6
    value = float(number.replace(".", "").replace(",", ".")) * million
    return abs(value) if name == "cost_eur_y" else value


def test_as_calculated_brings_everything_back(open_region: Open, whatif_run: Result) -> None:
    opened = open_region()
    before = (
        opened.page.evaluate(CLASSES),
        opened.texts(".legend .sums"),
        # Where the map stands may differ by a part of a pixel: the banner made it smaller for a while.
        opened.link().split("kaart=")[0],
    )
    ask(opened)
    assert "wat_als=gas:12,co2:-4" in opened.link()
    opened.page.locator("#kk-whatif-off").click()
    assert opened.page.locator("#kk-whatif").count() == 0
    after = (
        opened.page.evaluate(CLASSES),
        opened.texts(".legend .sums"),
        # Where the map stands may differ by a part of a pixel: the banner made it smaller for a while.
        opened.link().split("kaart=")[0],
    )
    assert after == before
    assert opened.page.locator("#kk-whatif-gas").input_value() == "0"
    assert opened.page.evaluate("document.activeElement.id") == "map_kansenkaart"


def test_the_link_opens_the_same_what_if(open_region: Open, dear: pd.DataFrame) -> None:
    opened = open_region(link="#wat_als=gas:12,co2:-4")
    assert opened.page.evaluate(CLASSES) == dear["chance_class"].to_dict()
    assert "gas +12 cent per m³ · CO₂ voor kassen € 70/t" in opened.text("#kk-whatif")
    broken = open_region(link="#wat_als=gas:99,co2:x,gft:4,nergens:3,constructor:1")
    assert "gas +40 cent per m³" in broken.text("#kk-whatif")
    assert broken.page.evaluate("kansenkaart.page.state.whatIf.steps.every((step) => step === 0)")
    assert broken.faults == []


def test_keyboard_reaches_and_moves_every_slider(open_region: Open, whatif_run: Result) -> None:
    opened = open_region()
    page = opened.page
    page.locator("#kk-open-whatif").focus()
    page.keyboard.press("Enter")
    assert page.locator("#kk-drawer-title").evaluate("(title) => title === document.activeElement")
    page.locator("#kk-whatif-gas").focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    assert page.locator("#kk-whatif-gas").get_attribute("aria-valuetext") == "gas +12 cent per m³"
    # The gas price moves the price of heat, and nothing else.
    texts = opened.texts(".whatif output")
    assert [text for text in texts[1:] if "zoals berekend" in text] == texts[1:3]
    assert "€ 12,5/GJ (zoals berekend 9,96)" in texts[1]
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "kk-open-whatif"
    assert page.locator("#kk-whatif").is_visible()


def test_a_what_if_is_no_part_of_a_ballot(open_region: Open) -> None:
    opened = open_region()
    ask(opened)
    kept = opened.page.evaluate("JSON.stringify(Object.entries(localStorage))")
    assert "wat_als" not in kept
    assert "whatIf" not in kept


def test_drawer_and_banner_are_accessible_and_fit(open_region: Open) -> None:
    opened = open_region(reduced_motion="reduce")
    ask(opened)
    for width, _ in checks.each_size(opened.page, (1366, 768), (390, 844), (320, 640)):
        assert axe_findings(opened.page, "#kk-area") == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        for selector in ("#kk-whatif", "#kk-whatif-off", "#kk-drawer"):
            box = opened.page.locator(selector).bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width + 0.5
        banner, drawer = (opened.page.locator(name).bounding_box() for name in ("#kk-whatif", "#kk-drawer"))
        assert drawer["y"] + drawer["height"] <= banner["y"] + 0.5
        scale = opened.page.locator(".leaflet-control-scale").bounding_box()
        assert banner["y"] + banner["height"] <= scale["y"]
        assert opened.page.locator("#kk-whatif-off").evaluate(
            """(one) => {
              const { left, top, right, bottom } = one.getBoundingClientRect();
              const corners = [[left + 9, top + 9], [right - 9, bottom - 9]];
              return corners.every(([x, y]) => one.contains(document.elementFromPoint(x, y)));
            }"""
        )


def test_without_prices_the_drawer_says_so(frames: Frames, open_map: Open) -> None:
    bare = frames.matches.assign(
        **{name: float("nan") for name in frames.matches.columns if name.endswith("eur_y")}
    )
    opened = open_map(replace(frames, matches=bare))
    opened.page.locator("#kk-open-whatif").click()
    assert "Van geen enkele stroom op deze kaart is een prijs bekend" in opened.text(".whatif")
    assert opened.page.locator(".whatif input").count() == 0
    assert opened.faults == []
