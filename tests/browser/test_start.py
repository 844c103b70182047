"""What the map answers before anything is asked: the best few, in one look and one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pyproj import Transformer

from kansenkaart.tables import Frames
from tests.browser import checks

Open = Callable[..., Any]

# Everything written on the sheet of the places when it is painted anew.
WRITTEN = """() => {
  const written = [];
  const own = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    written.push(String(text));
    return own.call(this, text, ...rest);
  };
  kansenkaart.page.layers.places.redraw();
  CanvasRenderingContext2D.prototype.fillText = own;
  return written;
}"""
# Words on the sheet of what is chosen, as boxes in the window.
TAGS = """() => {
  const { layers: { focus }, map } = kansenkaart.page;
  const found = [];
  const own = CanvasRenderingContext2D.prototype.fillText;
  const box = map.getContainer().getBoundingClientRect();
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const half = this.measureText(text).width / 2;
    const middle = this.textAlign === "center" ? x : x + half;
    const { offset } = focus.view;
    const at = map.layerPointToContainerPoint([middle + offset.x, y + offset.y]);
    found.push([box.left + at.x - half, box.top + at.y - 9, box.left + at.x + half, box.top + at.y + 9, text]);
    return own.apply(this, arguments);
  };
  focus.redraw();
  CanvasRenderingContext2D.prototype.fillText = own;
  return found;
}"""
WIDTHS = """() => Object.fromEntries(kansenkaart.page.layers.painted.lines
  .filter(({ kind }) => kind === "match").map(({ id, width }) => [id, width]))"""


def test_the_map_opens_with_the_best_twelve(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, start=True)
    page, count = opened.page, len(frames.matches)
    checks.check_shown(opened, frames, drawn=12)
    assert opened.text("#kk-count") == f"12 van {count} kansen getekend"
    # They bear their numbers of the list; all others are there, hair-thin.
    numbers = [text for text in page.evaluate(WRITTEN) if text.isdigit()]
    assert set(numbers) <= {str(rank) for rank in range(1, 13)}
    assert len(numbers) == len(set(numbers)) > 8
    widths = {int(rank): width for rank, width in page.evaluate(WIDTHS).items()}
    assert max(width for rank, width in widths.items() if rank >= 12) < 1
    assert min(width for rank, width in widths.items() if rank < 12) >= 1.5
    assert len(widths) > 12


def test_everything_is_one_click_away(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, start=True)
    assert "n=" not in opened.link()
    opened.page.click("#kk-bundles")
    checks.check_shown(opened, frames)
    assert "n=300" in opened.link()
    opened.page.click("#kk-reset")
    checks.check_shown(opened, frames)
    opened.page.select_option("#kk-drawn", "12")
    checks.check_shown(opened, frames, drawn=12)
    assert "n=" not in opened.link()
    assert opened.faults == []


def test_the_best_of_what_is_asked_are_drawn(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, start=True)
    opened.page.click('input[data-stream="restwarmte_ht"]')
    streams = [stream for stream in frames.matches["stream"].unique() if stream != "restwarmte_ht"]
    checks.check_shown(opened, frames, drawn=12, streams=streams)
    assert opened.page.evaluate("Array.from(kansenkaart.page.result.drawn)")[-1] >= 11


def test_a_thin_line_can_be_chosen_and_stands_out_then(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, start=True)
    opened.page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 40 })")
    chosen = frames.matches.sort_values("rank").iloc[40]
    assert chosen["reason"] in opened.text("#kk-card")
    assert opened.page.locator("#kk-bundles").is_hidden()
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("#kk-bundles").is_visible()


def test_few_chances_are_all_in_full_without_a_word(frames: Frames, open_map: Open) -> None:
    few = replace(frames, matches=frames.matches.sort_values("rank").iloc[:10].reset_index(drop=True))
    opened = open_map(few, start=True)
    assert opened.page.locator("#kk-bundles").is_hidden()
    checks.check_shown(opened, few, drawn=12)


def test_the_headline_counts_what_pays_and_names_what_matters(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, start=True)
    classes = frames.matches["chance_class"].value_counts()
    answer = opened.text("#kk-answer")
    assert f"{classes['kansrijk']} kansen lonen, {classes['verkennen']} vragen nog werk" in answer
    assert f"{classes['technisch']} lonen nu niet" in answer
    # The stream that saves its takers most, counted by another hand.
    worth = {
        stream: sum(value for value in rows["benefit_eur_y"] if value > 0)
        for stream, rows in frames.matches.groupby("stream")
    }
    stream = max(worth, key=lambda one: worth[one])
    own = frames.flows[frames.flows["stream"] == stream]
    supply, demand = (float(np.sum(own.loc[own["role"] == role, "value"])) for role in ("supply", "demand"))
    ratio = demand / supply
    if 0.8 < ratio < 1.25:
        assert "vraag en aanbod zijn ongeveer gelijk" in answer
    else:
        told = "de vraag is {} keer het aanbod" if ratio > 1 else "het aanbod is {} keer de vraag"
        times = float(answer.split(" keer")[0].rsplit(" ", 1)[1].replace(".", "").replace(",", "."))
        assert times == pytest.approx(max(ratio, 1 / ratio), rel=0.06)
        assert told.format(answer.split(" keer")[0].rsplit(" ", 1)[1]) in answer


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_nothing_of_the_region_lies_under_the_buttons(
    frames: Frames, open_map: Open, size: tuple[int, int]
) -> None:
    page = open_map(frames, start=True, size=size).page
    bar = page.locator("#kk-bar").bounding_box()
    north = page.evaluate(
        """() => { const { map, model, layers: { lines: { view } } } = kansenkaart.page;
        const [, v] = model.frame; const top = v * view.k + view.oy + view.offset.y;
        return map.getContainer().getBoundingClientRect().top + map.layerPointToContainerPoint([0, top]).y; }"""
    )
    assert north >= bar["y"] + bar["height"]


def test_the_way_to_all_chances_covers_nothing_of_the_map(frames: Frames, open_map: Open) -> None:
    page = open_map(frames, start=True, size=(390, 844)).page
    for _ in checks.each_size(page, (390, 844), (1366, 768)):
        button = page.locator("#kk-bundles").bounding_box()
        whole = page.locator(".leaflet-container").first.bounding_box()
        assert button["y"] >= whole["y"] + whole["height"]
        assert button["height"] >= 24
        # The whole map is in sight beside it: the panel of a phone begins below.
        assert button["y"] + button["height"] <= page.locator("#kk-foot").bounding_box()["y"] + 62


def test_the_region_makes_room_for_a_drawer_and_comes_back(frames: Frames, open_map: Open) -> None:
    page = open_map(frames, start=True).page
    west = """() => { const { map, model: { frame }, layers: { lines: { view } } } = kansenkaart.page;
      const x = frame[0] * view.k + view.ox + view.offset.x;
      return map.getContainer().getBoundingClientRect().left + map.layerPointToContainerPoint([x, 0]).x; }"""
    before = page.evaluate(west)
    page.click("#kk-open-whatif")
    drawer = page.locator("#kk-drawer").bounding_box()
    assert page.evaluate(west) >= drawer["x"] + drawer["width"]
    page.keyboard.press("Escape")
    assert page.evaluate(west) == pytest.approx(before, abs=1)
    # Who looks at one spot keeps it.
    page.evaluate("kansenkaart.page.map.setZoom(12, { animate: false })")
    spot = page.evaluate("kansenkaart.page.map.getCenter()")
    page.click("#kk-open-whatif")
    assert page.evaluate("kansenkaart.page.map.getCenter()") == spot


def test_how_far_it_pays_is_never_written_under_a_button(rich: Frames, open_map: Open) -> None:
    """The circle of a chance, brought so that its north lies under the bar: its words go elsewhere."""
    page = open_map(rich, start=True).page
    page.evaluate(
        """() => { const { model, actions } = kansenkaart.page;
        const id = model.c["m.break_even_km"].findIndex((km) => km > 1 && km < 20);
        actions.choose({ kind: "match", id }); }"""
    )
    bar = page.locator("#kk-bar").bounding_box()
    seen, home = set(), page.evaluate("kansenkaart.page.map.getCenter()")
    for down in range(0, 400, 40):
        page.evaluate(
            """([home, down]) => { const { map } = kansenkaart.page;
            map.setView(home, map.getZoom(), { animate: false });
            map.panBy([0, down], { animate: false }); }""",
            [home, down],
        )
        for left, top, right, bottom, text in page.evaluate(TAGS):
            seen.add(text)
            beside = left >= bar["x"] + bar["width"] or right <= bar["x"]
            assert beside or top >= bar["y"] + bar["height"] or bottom <= bar["y"], (text, down)
    assert seen


def test_no_chance_gives_no_sentence(frames: Frames, open_map: Open) -> None:
    empty = replace(frames, matches=frames.matches.iloc[:0])
    opened = open_map(empty, start=True)
    assert opened.text("#kk-answer") == ""


ON_LAND = """points => {
  const { layers, model } = kansenkaart.page;
  const ctx = document.createElement("canvas").getContext("2d");
  const paths = ["b.land1", "g.margin", "g.region"].flatMap((name) => layers.shapes(name, 0, true));
  const on = (path, [x, y]) => ctx.isPointInPath(path, ...model.place(x, y), "evenodd");
  return points.map((point) => paths.some(({ path }) => on(path, point)));
}"""


def test_land_beyond_the_border_is_land_and_the_sea_is_sea(frames: Frames, open_map: Open) -> None:
    land = {
        "Gent": (3.725, 51.05), "Brugge": (3.22, 51.21), "Oostende": (2.95, 51.2), "Antwerpen": (4.4, 51.22),
        "Lille": (3.06, 50.63), "Calais": (1.9, 50.93), "Maaseik": (5.79, 51.1), "Aachen": (6.08, 50.776),
        "Kleve": (6.13, 51.79), "Emden": (7.2, 53.37), "Oldenburg": (8.21, 53.14), "Groningen": (6.57, 53.22),
    }  # fmt: skip
    sea = {
        "Noordzee": (3.0, 51.6), "voor Knokke": (3.25, 51.45), "voor Texel": (4.5, 53.1),
        "Duitse Bocht": (7.4, 54.0), "Westerschelde": (3.75, 51.39),
    }  # fmt: skip
    to_rd = Transformer.from_crs(4326, 28992, always_xy=True).transform
    points = [to_rd(*place) for place in (*land.values(), *sea.values())]
    found = open_map(frames).page.evaluate(ON_LAND, points)
    assert dict(zip((*land, *sea), found, strict=True)) == {
        **dict.fromkeys(land, True),
        **dict.fromkeys(sea, False),
    }
