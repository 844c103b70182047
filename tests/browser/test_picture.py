"""A picture of what is seen, the map and its list on paper, and the card of one chance on a page of its own."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning

from kansenkaart.maps.block import round_figures
from kansenkaart.tables import Frames
from kansenkaart.tables.surroundings import Backdrop
from kansenkaart.texts import Language, load_texts
from tests.browser import checks
from tests.browser.axe import axe_findings
from tests.maps.poisoned import poison

pytestmark = pytest.mark.browser

Open = Callable[..., Any]

EVIL = "<img src=x onerror=window.evil=1>${window.evil=2}`{{ 7*7 }}\u2028\u202e" + "x" * 10_000

# Every text that is written on any canvas from here on, and the canvases that become a file.
SPY = """() => {
  window.written = [];
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    window.written.push(String(text));
    return write.call(this, text, ...rest);
  };
}"""


def save(opened: Any, folder: Path, button: str = "save") -> Path:
    """Press the button and return the file."""
    if not opened.page.locator(".picture").is_visible():
        opened.page.locator("#kk-open-picture").click()
    with opened.page.expect_download() as found:
        opened.page.locator(f"#kk-picture-{button}").click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path


def read_png(path: Path) -> np.ndarray:
    """Return the pixels (height, width, 3) of a PNG, read without the page."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path) as picture:
            return np.moveaxis(picture.read()[:3], 0, -1).astype(int)


def written(opened: Any) -> list[str]:
    texts = opened.page.evaluate("window.written")
    return [" ".join(text.replace("\u00a0", " ").split()) for text in texts]


def test_the_picture_holds_title_legend_totals_scale_and_source(
    frames: Frames, open_map: Open, tmp_path: Path
) -> None:
    opened = open_map(frames)
    opened.page.evaluate(SPY)
    path = save(opened, tmp_path)
    assert path.name == "kansenkaart-proefregio.png"
    assert opened.text("#kk-picture-told") == "Opgeslagen als kansenkaart-proefregio.png."
    words, texts = " ".join(written(opened)), load_texts()
    assert "Kansenkaart proefregio" in words
    assert "Wie kan wie helpen met wat er overblijft?" in words
    for n, stream in enumerate(opened.page.evaluate("kansenkaart.page.model.streams.map((one) => one.id)")):
        assert f"{chr(65 + n)} {texts(f'streams.{stream}')}" in words
        rows = checks.chances(frames)
        assert checks.sums(rows[rows["stream"] == stream]) in words
    assert "Kansrijk" in words
    assert "run 0123456789ab" in words
    assert "Proefregister (2024)" in words
    assert re.search(r"\b(1|2|5)0* k?m\b", words)
    pixels = read_png(path)
    assert pixels.shape[1] == 3200
    assert 1200 < pixels.shape[0] < 4000
    # Not blank, and the colours of the streams are in it.
    for stream in opened.page.evaluate("kansenkaart.page.model.streams.map((one) => one.colour)"):
        wanted = [int(stream[at : at + 2], 16) for at in (1, 3, 5)]
        assert (pixels == wanted).all(axis=-1).sum() > 50, stream
    assert opened.faults == []
    assert opened.requests == []


def test_the_picture_shows_what_the_map_shows(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    opened = open_map(frames)
    colour = opened.page.evaluate("kansenkaart.page.model.streams[3].colour")
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    whole = (read_png(save(opened, tmp_path))[:, 1000:] == wanted).all(axis=-1).sum()
    opened.page.evaluate("kansenkaart.page.actions.toggle('streams', 3)")
    before = opened.page.evaluate("kansenkaart.page.layers.painted.lines.length")
    without = (read_png(save(opened, tmp_path))[:, 1000:] == wanted).all(axis=-1).sum()
    assert whole > 500
    assert without < whole / 20
    # What lies under the pointer is still that of the screen.
    assert opened.page.evaluate("kansenkaart.page.layers.painted.lines.length") == before


def test_the_scale_bar_is_as_long_as_it_says(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    opened = open_map(frames)
    opened.page.evaluate("kansenkaart.page.map.setView([52.4, 4.9], 11, { animate: false })")
    opened.page.evaluate(SPY)
    pixels = read_png(save(opened, tmp_path))
    label = next(text for text in reversed(written(opened)) if re.fullmatch(r"\d+ k?m", text))
    metres = float(label.split()[0]) * (1000 if label.endswith("km") else 1)
    # The longest dark row in the lower left corner of the map.
    corner = (pixels[-500:, 900:1400] < 60).all(axis=-1)
    bar = max(longest_run(row) for row in corner)
    scale = opened.page.evaluate(
        """() => {
          const { map } = kansenkaart.page;
          const { x, y } = map.getSize();
          const [a, b] = [map.containerPointToLatLng([0, y / 2]), map.containerPointToLatLng([x, y / 2])];
          const width = 1600 - 80 - 380 - 40;
          const height = Math.min(1400, Math.max(620, (width * y) / x));
          return (map.distance(a, b) / x / Math.min(width / x, height / y)) / 2;
        }"""
    )
    assert bar * scale == pytest.approx(metres, rel=0.03)


def longest_run(row: np.ndarray) -> int:
    best = run = 0
    for dark in row:
        run = run + 1 if dark else 0
        best = max(best, run)
    return best


def test_a_title_without_letters_still_gives_the_file_a_name(
    frames: Frames, open_map: Open, tmp_path: Path
) -> None:
    """What other titles become is tried in tests/page/format.test.js."""
    assert save(open_map(frames, title="地図"), tmp_path).name == "kansenkaart.png"


def test_paper_has_the_map_first_and_then_all_that_is_shown(
    frames: Frames, open_map: Open, tmp_path: Path
) -> None:
    opened, texts = open_map(frames), load_texts()
    opened.page.evaluate("kansenkaart.page.actions.set({ km: 15 })")
    pages = checks.pdf_text(opened.page.pdf(prefer_css_page_size=True, print_background=True), tmp_path)
    found = checks.chances(frames, km=15)
    assert f"{texts.number(len(found), 9)} kansen" in pages[1]
    assert "bij de eerste 15 met het nummer" in pages[1]
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    rows = opened.page.locator(".kk-paper-list tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.replaceAll('\u00a0', ' ')))"
    )
    legend = opened.page.locator(".legend .name").evaluate_all("(all) => all.map((one) => one.textContent)")
    opened.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    names = frames.sites.set_index("site_id")["name"]
    ranks = frames.matches.sort_values("rank").reset_index(drop=True)["match_id"]
    assert [row[0] for row in rows] == [str(ranks[ranks == one].index[0] + 1) for one in found["match_id"]]
    assert [row[1] for row in rows] == [
        f"{names[row.supply_id]} → {names[row.demand_id]}" for row in found.itertuples()
    ]
    assert [row[3] for row in rows] == [checks.amount(row.quantity, row.unit) for row in found.itertuples()]
    for n, stream in enumerate(opened.page.evaluate("kansenkaart.page.model.streams.map((one) => one.id)")):
        assert f"{chr(65 + n)}{texts(f'streams.{stream}')}" in legend
    assert "Peiljaar 2025" in pages[0]
    # Nothing of the paper stays on the screen.
    assert opened.page.locator(".kk-paper, .kk-paper-list, .legend .letter").count() == 0
    assert opened.faults == []


def test_numbers_of_the_list_stand_on_the_lines(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    opened.page.evaluate(SPY)
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    marks = [text for text in written(opened) if re.fullmatch(r"\d+ [A-Z]", text)]
    letters = opened.page.evaluate(
        """() => {
          const { model, result } = kansenkaart.page;
          const letter = (m) => String.fromCharCode(65 + model.c["m.stream"][m]);
          return Array.from(result.list.slice(0, 15), (m) => `${m + 1} ${letter(m)}`);
        }"""
    )
    assert set(marks) <= set(letters)
    assert len(set(marks)) >= 10
    assert len([text for text in written(opened) if re.fullmatch(r"[A-Z]", text)]) >= 5
    opened.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert opened.page.locator(".kk-paper").count() == 0


@pytest.mark.parametrize(("size", "points"), [("a4", (595, 842)), ("a3", (842, 1191)), (None, (612, 792))])
def test_paper_stands_for_a_region_that_does_and_lies_for_a_part_of_it(
    frames: Frames, open_map: Open, tmp_path: Path, size: str | None, points: tuple[int, int]
) -> None:
    """From the buttons, and from the browser's own menu."""
    opened = open_map(frames)
    page = opened.page
    page.evaluate("window.print = () => {}")
    page.locator("#kk-open-picture").click()

    def printed() -> tuple[list[tuple[int, int]], list[str]]:
        if size:
            page.locator(f"#kk-print-{size}").click()
        data = page.pdf(prefer_css_page_size=True, print_background=True)
        boxes = re.findall(rb"/MediaBox ?\[ ?0 0 ([\d.]+) ([\d.]+)", data)
        return [(round(float(x)), round(float(y))) for x, y in boxes], checks.pdf_text(data, tmp_path)

    west, south, east, north = page.evaluate("kansenkaart.page.model.bounds")
    assert north - south > 1.2 * (east - west)
    boxes, pages = printed()
    assert set(boxes) == {points}
    # Map, legends and source on the first page, the list from the second.
    assert "Peiljaar 2025" in pages[0]
    assert "Gestopt" in pages[0]
    last = page.evaluate(
        "[...document.querySelectorAll('.legend li:not(.off, .empty) .name')].at(-1).innerText"
    )
    assert last in pages[0]
    assert "Van → naar" in pages[1]
    page.evaluate("kansenkaart.page.map.setZoom(kansenkaart.page.map.getZoom() + 2, { animate: false })")
    boxes, pages = printed()
    assert set(boxes) == {points[::-1]}
    assert "Peiljaar 2025" in pages[0]
    assert "Van → naar" in pages[1]


def test_one_card_is_one_page(rich: Frames, open_map: Open, tmp_path: Path) -> None:
    opened = open_map(rich)
    page = opened.page
    page.evaluate("window.print = () => {}")
    page.locator("#kk-open-picture").click()
    assert page.locator("#kk-print-card").is_disabled()
    rows = rich.matches.sort_values("rank").reset_index(drop=True)
    names = rich.sites.set_index("site_id")["name"]
    for m in (0, int(rows.index[rows["chain_id"].notna()][0])):
        page.evaluate("(id) => kansenkaart.page.actions.choose({ kind: 'match', id })", m)
        page.locator("#kk-print-card").click()
        pages = checks.pdf_text(page.pdf(prefer_css_page_size=True, print_background=True), tmp_path)
        assert len(pages) == 1
        assert f"Kans {m + 1}" in pages[0]
        for side in ("supply_id", "demand_id"):
            assert names[rows.loc[m, side]] in pages[0]
        net = float(round_figures(np.array([rows.loc[m, "net_eur_y"]]))[0])
        if np.isfinite(net):
            assert load_texts().number(abs(net) / (1e6 if abs(net) >= 999_500 else 1)) in pages[0]
        assert "Stemmen" not in pages[0]
        assert "Kansen en legenda" not in pages[0]
    # The next print is the map again.
    assert "Stromen" in checks.pdf_text(page.pdf(format="A4", landscape=True), tmp_path)[0]
    assert page.locator(".kk-paper-card").count() == 0
    assert opened.faults == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_legend_stays_below_the_map_however_long_its_words(
    frames: Frames, open_map: Open, tmp_path: Path, language: Language
) -> None:
    page = open_map(frames, language=language).page
    longest = load_texts(language)("map.links_and_hubs")
    page.evaluate("(words) => (document.querySelector('.links h2').textContent = words)", longest)
    first, *rest = checks.pdf_text(page.pdf(format="A4", landscape=True, print_background=True), tmp_path)
    stopped = {"nl": "Gestopt", "en": "Stopped"}[language]
    assert stopped in first
    assert not any(one.lstrip().startswith(stopped) for one in rest)


def test_what_is_left_has_its_own_list(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    opened = open_map(frames)
    opened.page.evaluate("kansenkaart.page.actions.set({ tab: 'gaps' })")
    pages = checks.pdf_text(opened.page.pdf(format="A4", landscape=True, print_background=True), tmp_path)
    first = opened.page.evaluate(
        "kansenkaart.page.model.siteNames[kansenkaart.page.model.c['f.site'][kansenkaart.page.gaps[0].flow]]"
    )
    assert "Blijft over" in pages[1]
    assert first in pages[1]


@pytest.mark.parametrize("side", ["supply", "demand"])
def test_the_legend_of_what_is_left_is_that_of_the_sheet(frames: Frames, open_map: Open, side: str) -> None:
    """Circles with the sums of that side; no arrows of chances, which are not drawn; letters as on the map."""
    opened = open_map(frames)
    page = opened.page
    page.evaluate("(side) => kansenkaart.page.actions.set({ tab: 'gaps', side })", side)
    rows = opened.texts(".gap-sums li")
    assert rows
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.getElementById('kk-sheet-streams')).display") == "none"
    letters = opened.texts(".gap-sums .letter")
    assert len(set(letters)) == len(rows)
    assert opened.texts(".gap-sums li") == [letter + row for letter, row in zip(letters, rows, strict=True)]
    # The same letters as in the legend of chances, which a reader may have beside it.
    assert letters == page.evaluate(
        """() => [...document.querySelectorAll(".gap-sums li")].map(({ dataset }) => document
        .querySelector(`.legend [data-stream="${dataset.stream}"]`).closest("li").querySelector(".letter").innerText)"""
    )
    assert page.get_by_text("Levert het geld op?").first.is_hidden()
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert opened.texts(".gap-sums li") == rows


def test_nothing_found_prints_one_page(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    opened = open_map(frames)
    opened.page.evaluate("kansenkaart.page.actions.set({ query: 'bestaat niet' })")
    assert len(checks.pdf_text(opened.page.pdf(format="A4", landscape=True), tmp_path)) == 1
    assert save(opened, tmp_path).stat().st_size > 10_000


def test_evil_text_is_painted_and_printed_as_text(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    opened = open_map(poison(frames, EVIL), title=EVIL[:200], question=EVIL[:200])
    opened.page.evaluate(SPY)
    path = save(opened, tmp_path)
    assert re.fullmatch(r"[a-z0-9-]{1,60}\.png", path.name)
    assert any("onerror=window.evil=1" in text for text in written(opened))
    opened.page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 0 })")
    opened.page.evaluate("window.print = () => {}")
    opened.page.locator("#kk-print-card").click()
    opened.page.pdf(prefer_css_page_size=True)
    pages = checks.pdf_text(opened.page.pdf(format="A4", landscape=True), tmp_path)
    assert "onerror=window.evil=1" in pages[-1]
    assert any("bij de eerste 15 met het nummer" in one for one in pages)
    assert opened.page.evaluate("window.evil") is None
    assert opened.faults == []


SVG = "{http://www.w3.org/2000/svg}"
# No pixels, and nothing that is fetched or run.
DRAWN = {"svg", "title", "g", "path", "text", "radialGradient", "stop", "pattern"}


def read_svg(path: Path) -> tuple[ElementTree.Element, set[str], set[str]]:
    """Return an SVG, read without the page, its tags and its texts."""
    root = ElementTree.parse(path).getroot()
    texts = {" ".join((one.text or "").split()) for one in root.iter(f"{SVG}text")}
    return root, {one.tag.removeprefix(SVG) for one in root.iter()}, texts


def check_land(inner: ElementTree.Element) -> None:
    """Whether there is land, and no line of it lies beside the sheet."""
    width, height = (float(one) for one in inner.get("viewBox", "").split()[2:])
    lines = [
        (one.get("transform", ""), line)
        for one in inner.iter(f"{SVG}path")
        for line in re.findall(r"M[^M]*l0 0[^M]*", one.get("d", ""))
    ]
    assert len(lines) > 50
    for moved, line in lines:
        a, _, _, d, e, f = (float(one) for one in moved.removeprefix("matrix(").removesuffix(")").split(","))
        begin, steps = (re.findall(r"-?\d+", part) for part in line.split("l"))
        x = np.cumsum([float(one) for one in (begin[0], *steps[0::2])]) * a + e
        y = np.cumsum([float(one) for one in (begin[1], *steps[1::2])]) * d + f
        assert x.max() > -1
        assert x.min() < width + 1
        assert y.max() > -1
        assert y.min() < height + 1


def test_the_drawing_is_vectors_with_legend_source_and_date(
    frames: Frames, open_map: Open, tmp_path: Path
) -> None:
    opened, texts = open_map(frames), load_texts()
    path = save(opened, tmp_path, "svg")
    assert path.name == "kansenkaart-proefregio.svg"
    assert opened.text("#kk-picture-told") == "Opgeslagen als kansenkaart-proefregio.svg."
    root, tags, words = read_svg(path)
    assert tags <= DRAWN
    assert {"Kansenkaart proefregio", f"A {texts('streams.restwarmte_ht')}"} <= words
    source = " ".join(one for one in words if "·" in one)
    assert "run 0123456789ab" in source
    assert "Proefregister (2024)" in source
    assert re.search(r"afbeelding van \d+ \w+ 20\d\d", source)
    (inner,) = root.findall(f".//{SVG}g/{SVG}svg")
    strokes = {one.get("stroke") for one in inner.iter(f"{SVG}path")}
    assert strokes >= set(opened.page.evaluate("kansenkaart.page.model.streams.map((one) => one.colour)"))
    check_land(inner)
    # The same bytes for the same view.
    first = path.read_bytes()
    assert save(opened, tmp_path, "svg").read_bytes() == first
    assert opened.faults == []
    assert opened.requests == []


def test_the_drawing_looks_like_the_picture(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    """Own areas with lines aslant and soft discs too; every word of the picture is text in it."""
    area = shapely.box(121_000, 503_000, 129_000, 511_000)
    areas = Backdrop("Netcongestie", "limit", np.array([area], dtype=object))
    sites = frames.sites.assign(location_precision_m=1500.0)
    opened = open_map(replace(frames, sites=sites, background=(areas,)))
    opened.page.evaluate("kansenkaart.page.map.setView([52.55, 4.97], 12, { animate: false })")
    opened.page.evaluate(SPY)
    wanted = read_png(save(opened, tmp_path))
    path = save(opened, tmp_path, "svg")
    _, tags, words = read_svg(path)
    assert {"pattern", "radialGradient"} <= tags
    assert set(written(opened)) <= words
    page = opened.page.context.browser.new_page(
        viewport={"width": wanted.shape[1] // 2, "height": wanted.shape[0] // 2}, device_scale_factor=2
    )
    page.goto(path.as_uri())
    page.screenshot(path=tmp_path / "getekend.png")
    page.close()
    # By squares of 16 pixels: letters and edges are not the same to the pixel, what is drawn and where is.
    differ = abs(squares(read_png(tmp_path / "getekend.png")) - squares(wanted)).max(axis=-1)
    assert (differ > 40).mean() < 0.002


def squares(pixels: np.ndarray) -> np.ndarray:
    """Return the mean colour (rows, columns, 3) of every square of 16 pixels."""
    rows, columns = (size // 16 for size in pixels.shape[:2])
    return pixels[: rows * 16, : columns * 16].reshape(rows, 16, columns, 16, 3).mean(axis=(1, 3))


def test_evil_text_in_the_drawing_stays_text(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    evil = "]]><script>evil=1</script>&lt;\x00\uffff" + EVIL
    opened = open_map(poison(frames, evil), title=evil[:200], question=evil[:200])
    opened.page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 0 })")
    root, tags, words = read_svg(save(opened, tmp_path, "svg"))
    assert tags <= DRAWN
    assert any("]]><script>evil=1</script>" in one for one in words)
    assert root.findtext(f"{SVG}title", "").startswith("]]><script>evil=1</script>&lt;")
    assert opened.faults == []


def test_the_drawer_is_accessible(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, language="en", options={"reduced_motion": "reduce"}, size=(390, 844))
    opened.page.locator("#kk-open-picture").focus()
    opened.page.keyboard.press("Enter")
    assert axe_findings(opened.page, ".picture") == []
    for button in opened.page.locator(".picture button").all():
        assert button.bounding_box()["height"] >= 40
    opened.page.keyboard.press("Escape")
    assert opened.page.evaluate("document.activeElement.id") == "kk-open-picture"


# Where each text is written on a canvas, in pixels of the page: [text, left, top, right, bottom].
BOXES = """() => {
  window.boxes = [];
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const half = Number(/([\\d.]+)px/.exec(this.font)[1]) / 3;
    window.boxes.push([String(text), x, y - half, x + this.measureText(text).width, y + half]);
    return write.call(this, text, x, y);
  };
}"""


@pytest.mark.parametrize("tab", ["streams", "gaps"])
def test_on_paper_nothing_is_written_over_something_else(frames: Frames, open_map: Open, tab: str) -> None:
    opened = open_map(frames)
    opened.page.evaluate(f"kansenkaart.page.actions.set({{ tab: '{tab}', drawn: 50 }})")
    opened.page.evaluate(BOXES)
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    boxes = opened.page.evaluate("window.boxes")
    assert len(boxes) > 20
    assert len([text for text, *_ in boxes if re.fullmatch(r"(\d+ )?[A-Z]", text)]) >= 10
    over = [
        (one[0], other[0])
        for n, one in enumerate(boxes)
        for other in boxes[:n]
        if one[1] < other[3] and other[1] < one[3] and one[2] < other[4] and other[2] < one[4]
    ]
    assert over == []


@pytest.mark.parametrize("zoom", [9, 13])
def test_the_legend_on_paper_explains_the_signs_that_are_drawn(
    frames: Frames, open_map: Open, zoom: int
) -> None:
    """Far off dots alone; near by the drawings of the kinds that are in sight, and no dots."""
    opened = open_map(frames)
    opened.page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 0 })")
    opened.page.evaluate("(zoom) => kansenkaart.page.map.setZoom(zoom, { animate: false })", zoom)
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    signs = opened.page.locator(".kk-paper.key [data-sign]").evaluate_all(
        "(rows) => rows.map((row) => row.dataset.sign)"
    )
    kinds = opened.page.evaluate(
        """() => { const { model } = kansenkaart.page;
        return ["m.supply", "m.demand"].map((end) => model.kinds[model.c["s.kind"][model.c[end][0]]].glyph); }"""
    )
    if zoom < 11:
        assert set(signs) == {"dot"}
    else:
        assert "dot" not in signs
        assert set(kinds) & set(signs)
