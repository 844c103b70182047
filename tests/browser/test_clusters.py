"""Clusters on the page: the first sheet, each opens to its streams and chances, on the map and in the address."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from kansenkaart.exports import write_coalition_sheet
from kansenkaart.factsheets import Region, tell_factsheet, write_factsheet
from kansenkaart.flows import estimate_flows
from kansenkaart.maps.compose import draw_map
from kansenkaart.pipeline import Result, build
from kansenkaart.project import LoadedProject
from kansenkaart.sources import read_sources
from kansenkaart.texts import load_texts
from tests.browser import checks
from tests.browser.axe import axe_findings
from tests.browser.opened import Opened
from tests.coalitions.region import TOML, write_region

pytestmark = pytest.mark.browser


# A link that is followed in an open tab leaves nothing of what was asked before but how far one had zoomed.
FOLLOW = """(link) => {
  history.replaceState(null, "", "#");
  location.hash = link;
}"""


@pytest.fixture
def open_at(example_map: Opened) -> Callable[[str], Opened]:
    """Return a follower of links in the example region, the whole of it in sight."""

    def open_one(link: str) -> Opened:
        page = example_map.page
        page.set_viewport_size({"width": 1366, "height": 768})
        page.evaluate(FOLLOW, link)
        page.evaluate("kansenkaart.page.actions.fit()")
        return example_map

    return open_one


@pytest.fixture
def opened(open_at: Callable[[str], Opened]) -> Opened:
    """Return the example region, opened on its clusters."""
    return open_at("#blad=clusters")


def _shown(opened: object) -> set[str]:
    """Ids of the chances that are found, as ``matchId`` writes them."""
    return set(
        opened.page.evaluate(
            """() => { const { model, result } = kansenkaart.page;
            const id = (m) => [model.streams[model.c["m.stream"][m]].id, model.siteIds[model.c["m.supply"][m]],
              model.siteIds[model.c["m.demand"][m]]].join("|");
            return [...result.list].map(id); }"""
        )
    )


def test_a_cluster_lets_through_its_chances_and_one_of_its_streams(
    opened: object, noord_holland: Result
) -> None:
    page, frames = opened.page, noord_holland.frames
    group = frames.site_clusters.iloc[0]
    page.get_by_role("button", name=group["cluster"]).click()
    inside = set(group["site_ids"].split("|"))
    streams = frames.cluster_streams[frames.cluster_streams["cluster_id"] == group["cluster_id"]]["stream"]
    matches = frames.matches[frames.matches["stream"].isin(streams)]
    own = matches[matches["supply_id"].isin(inside) | matches["demand_id"].isin(inside)]
    assert len(own) == group["chances"]
    assert _shown(opened) == set(own["match_id"])
    assert group["cluster"] in page.locator("#kk-through").inner_text()
    heat = page.locator(".clusters .inside button", has_text="Restwarmte (heet)")
    heat.click()
    assert _shown(opened) == set(own[own["stream"] == "restwarmte_ht"]["match_id"])
    assert heat.get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Naar de kansen van dit cluster").click()
    assert page.locator("#kk-tab-chances").get_attribute("aria-selected") == "true"
    assert page.locator("#kk-chances").is_visible()
    assert opened.faults == []


def test_large_amounts_of_a_cluster_are_written_as_everywhere_else(
    opened: object, noord_holland: Result
) -> None:
    page, frames = opened.page, noord_holland.frames
    heat = frames.cluster_streams[
        (frames.cluster_streams["unit"] == "GJ") & (frames.cluster_streams["demand"] >= 1e6)
    ].iloc[0]
    name = frames.site_clusters.set_index("cluster_id")["cluster"][heat["cluster_id"]]
    page.get_by_role("button", name=name).click()
    said = " ".join(opened.texts(".clusters .inside .note"))
    assert f"open vraag {checks.amount(heat['demand'], 'GJ')}" in said
    assert " GJ" not in said


def test_the_outline_is_drawn_where_its_places_lie(opened: object) -> None:
    """Inside the outline the sheet of lines is tinted once the cluster is chosen; a corner of the map is not."""
    page = opened.page
    page.locator("section:has(> #kk-clusters) .line-button").first.click()
    page.wait_for_function("() => kansenkaart.page.map._animatingZoom !== true")
    painted = page.evaluate(
        """() => { const { model, layers } = kansenkaart.page;
        const { view, _ctx: ctx } = layers.lines;
        const ring = model.clusters.groups[0].ring;
        const at = ([x, y]) => { const [u, v] = model.place(x, y);
          const [left, top] = [u * view.k + view.ox, v * view.k + view.oy];
          return ctx.getImageData(left * view.ratio, top * view.ratio, 1, 1).data[3]; };
        const middle = [0, 1].map((axis) => ring.reduce((sum, point) => sum + point[axis], 0) / ring.length);
        return [at(middle), at([ring[0][0] + 40000, ring[0][1] - 15000])]; }"""
    )
    assert painted[0] > 0
    assert painted[1] == 0


def _colour_in(page: object, spot: list[float]) -> list[str]:
    """Colours of a block of the land in the middle at `spot`, RD New, as the sheet of the land has them."""
    return page.evaluate(
        """([x, y]) => { const { model, layers } = kansenkaart.page;
        const { view, _ctx: ctx } = layers.land;
        const [u, v] = model.place(x, y);
        const [left, top] = [u * view.k + view.ox, v * view.k + view.oy].map((one) => Math.round(one * view.ratio));
        const { data } = ctx.getImageData(left - 5, top - 5, 11, 11);
        const hex = (n) => "#" + [0, 1, 2].map((k) => data[n + k].toString(16).padStart(2, "0")).join("");
        const all = Array.from({ length: 121 }, (_, n) => hex(4 * n));
        return [...new Set(all)]; }""",
        spot,
    )


def test_municipalities_take_the_colour_of_a_sector_and_what_is_not_known_is_hatched(
    opened: object, noord_holland: Result
) -> None:
    """The strongest municipality is darkest, one that is not ranked has lines; on another sheet neither."""
    page, frames = opened.page, noord_holland.frames
    sector = "Landbouw, bosbouw en visserij"
    own = frames.clusters[frames.clusters["sector_name"] == sector].set_index("area_code")
    where = frames.municipalities.set_index("municipality_code").geometry.representative_point()
    strong, unknown = own["shrunk"].where(own["rank"].notna()).idxmax(), own.index[own["rank"].isna()][0]
    before = _colour_in(page, [where[strong].x, where[strong].y])
    page.get_by_role("combobox", name="Kleur de gemeenten naar").select_option(sector)
    style = page.evaluate("() => kansenkaart.page.model.style")
    darkest = style["accent"]
    assert own.loc[strong, "shrunk"] > 4
    assert darkest in _colour_in(page, [where[strong].x, where[strong].y])
    assert darkest not in before
    hatched = _colour_in(page, [where[unknown].x, where[unknown].y])
    assert len(hatched) > 1
    words = opened.texts(".shades li")
    assert len(words) == 6
    assert words[-1] == "onbekend"
    # it is in the address, belongs to its sheet, and can be taken off
    page.wait_for_function("() => location.hash.includes('sector=')")
    page.locator("#kk-tab-streams").click()
    assert _colour_in(page, [where[strong].x, where[strong].y]) == before
    page.locator("#kk-tab-clusters").click()
    page.wait_for_function("() => location.hash.includes('blad=clusters')")
    page.reload()
    page.wait_for_selector("#kk[data-phase=ready]")
    assert page.get_by_role("combobox", name="Kleur de gemeenten naar").input_value() == "0"
    assert darkest in _colour_in(page, [where[strong].x, where[strong].y])
    page.get_by_role("combobox", name="Kleur de gemeenten naar").select_option("Geen")
    assert not page.locator(".shades").is_visible()
    assert _colour_in(page, [where[strong].x, where[strong].y]) == before
    assert opened.faults == []


def test_the_view_is_in_the_address_and_comes_back(
    keep_open: Callable[..., Opened], noord_holland_outputs: Path, noord_holland: Result
) -> None:
    cluster = noord_holland.frames.site_clusters["cluster_id"].iloc[2]
    address = (noord_holland_outputs / "kansenkaart.html").as_uri()
    page = keep_open(f"{address}#cluster={cluster}&blad=clusters").page
    third = page.locator(".clusters .line-button[aria-expanded=true]")
    assert third.inner_text().startswith(noord_holland.frames.site_clusters["cluster"].iloc[2])


def test_sheets_are_reached_by_arrow_and_nothing_is_wider_than_a_phone(opened: object) -> None:
    page = opened.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#kk-tab-clusters").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#kk-tab-streams").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowLeft")
    assert page.locator("#kk-tab-clusters").get_attribute("aria-selected") == "true"
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert axe_findings(page, "#kk-panel") == []


def test_the_map_of_the_example_prints_with_its_whole_legend_on_one_page(
    open_at: Callable[[str], object], tmp_path: Path
) -> None:
    """The map and then the list: no page between them for the last lines of the legend."""
    printed = open_at("#blad=streams").page.pdf(prefer_css_page_size=True, print_background=True)
    first, second, *_ = checks.pdf_text(printed, tmp_path)
    assert "Gestopt" in first
    assert "Van → naar" in second


def test_on_paper_the_municipalities_keep_the_colour_of_the_sector_with_its_key(
    open_at: Callable[[str], object], tmp_path: Path
) -> None:
    """Who prints what the sheet of clusters shows gets its colours, what they mean, and still one page of map."""
    page = open_at("#blad=clusters&sector=Landbouw%2C%20bosbouw%20en%20visserij").page
    darkest = page.evaluate("() => kansenkaart.page.model.style.accent")
    assert _laid_on_paper(page, darkest) > 10_000
    key = page.locator("#kk-scroller > section:has(.shades)")
    assert key.locator("h2").text_content() == "Landbouw, bosbouw en visserij"
    assert key.locator("li").all_text_contents()[-1] == "onbekend"
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    printed = page.pdf(format="A4", prefer_css_page_size=True, print_background=True)
    first, second, *_ = checks.pdf_text(printed, tmp_path)
    assert "onbekend" in first
    assert "Van → naar" in second
    # another sheet has neither
    page.locator("#kk-tab-streams").click()
    assert _laid_on_paper(page, darkest) < 1_000
    assert key.count() == 0
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")


def _laid_on_paper(page: object, colour: str) -> int:
    """Lay the map on paper; how many of its points have `colour`."""
    return page.evaluate(
        """(colour) => { dispatchEvent(new Event("beforeprint"));
        const sheet = document.querySelector("canvas.kk-paper");
        const { data } = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height);
        const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
        let count = 0;
        for (let n = 0; n < data.length; n += 4)
          count += data[n] === red && data[n + 1] === green && data[n + 2] === blue;
        return count; }""",
        colour,
    )


def test_printed_every_cluster_sheet_is_one_a4(
    noord_holland_outputs: Path, noord_holland: Result, listen: Callable[..., object]
) -> None:
    opened = listen()
    opened.page.goto((noord_holland_outputs / "clusters.html").as_uri())
    assert not re.search(r"\bm3\b", opened.page.locator("main").inner_text())
    printed = opened.page.pdf(prefer_css_page_size=True)
    areas = int(noord_holland.frames.municipalities["in_region"].sum())
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1 + areas
    opened.page.set_viewport_size({"width": 390, "height": 844})
    assert opened.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert opened.faults == []


def test_printed_every_coalition_is_one_a4(
    noord_holland_outputs: Path, noord_holland: Result, listen: Callable[..., object]
) -> None:
    opened = listen()
    opened.page.goto((noord_holland_outputs / "coalitions.html").as_uri())
    printed = opened.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1 + len(noord_holland.frames.coalitions)
    opened.page.set_viewport_size({"width": 390, "height": 844})
    assert opened.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert opened.faults == []


def test_a_recipe_prints_its_map_below_its_figures_and_cuts_no_column(
    example: LoadedProject, tmp_path: Path, listen: Callable[..., object]
) -> None:
    sources, texts = read_sources(example, progress=lambda _: None), load_texts("nl")
    flows = estimate_flows(
        sources.sites, sources.links, example.catalogue, project=example.project, texts=texts
    ).flows
    region = Region(sources, flows, example, texts)
    opened = listen()
    # A4 between its margins
    opened.page.set_viewport_size({"width": 703, "height": 1032})
    opened.page.emulate_media(media="print")
    for name in ("phosphate", "rwzi-2030"):
        write_factsheet(tmp_path, name, tell_factsheet(name, region), region)
        opened.page.goto((tmp_path / f"{name}.html").as_uri())
        map_ends, widest = opened.page.evaluate(
            """() => [document.querySelector(".drawn svg").getBoundingClientRect().bottom,
            Math.max(...[...document.querySelectorAll("table")].map((one) => one.getBoundingClientRect().right))]"""
        )
        assert map_ends <= 1032, name
        assert widest <= 703, name


def test_a_coalition_prints_from_the_map_with_the_numbers_of_its_sheet(
    tmp_path: Path, listen: Callable[..., Opened]
) -> None:
    """One A4: the name that the room gave it, facts, partners and splits as on ``coalitions.html`` of that build."""
    folder = write_region(tmp_path / "proef", toml=TOML.replace("draws = 0", "draws = 20"))
    result = build(folder)
    write_coalition_sheet(tmp_path, result.frames, result.loaded)
    draw_map(result.frames, result.loaded, manifest_id="proef").save(tmp_path / "kansenkaart.html")
    opened = listen()
    page = opened.page
    page.goto((tmp_path / "coalitions.html").as_uri())
    sheet = "article:nth-of-type(2)"
    facts, partners = opened.texts(f"{sheet} :is(dt, dd)"), opened.texts(f"{sheet} .partners :is(th, td)")
    page.goto((tmp_path / "kansenkaart.html").as_uri() + "#blad=clusters")
    page.wait_for_selector("#kk[data-phase=ready]")
    page.locator(".clusters .line-button").first.click()
    page.locator("#kk-group-name").fill("Warm <b>IJmond</b>")
    page.locator(".confirmed").check()
    page.evaluate("window.print = () => {}")
    page.locator("#kk-print-coalition").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    paper = ".kk-paper-coalition"
    assert opened.text(f"{paper} > h2") == "Warm <b>IJmond</b>"
    assert "4 partners · 3 kansen · bevestigd door de zaal" in opened.text(f"{paper} > .note")
    assert sorted(opened.texts(f"{paper} :is(dt, dd)")) == sorted(facts)
    assert opened.texts(f"{paper} dl + section :is(th, td)") == partners
    assert any(" – " in cell for cell in partners)
    assert opened.text(f"{paper} .sign").startswith("Eigenaar: ___")
    assert not page.locator("#kk").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert len(re.findall(rb"/Type\s*/Page\b", _print_again(page))) == 1
    assert page.locator(paper).count() == 0
    assert opened.faults == []


def test_a_coalition_of_many_partners_with_long_names_is_one_a4_too(
    tmp_path: Path, listen: Callable[..., Opened]
) -> None:
    """Eighteen growers on one pipe, on the sheet and from the map: the page says how many of them it shows."""
    giver = {"gives_heat": 9_000_000, "celsius": 95}
    name = "Warmtecentrale van de Coöperatieve Vereniging Oost"
    places = [("bron", name, "industry", 110_000, 480_000, giver)] + [
        (f"kas{n}", f"Kwekerij Van der Hoogenband en Zonen nummer {n}", "greenhouse", 112_000 + 100 * n, 480_000,
         {"asks_heat": 90_000 + 5_000 * n}) for n in range(18)
    ]  # fmt: skip
    result = build(write_region(tmp_path / "proef", places, TOML.replace("draws = 0", "draws = 20")))
    assert result.frames.coalitions["partners"].tolist() == [19]
    write_coalition_sheet(tmp_path, result.frames, result.loaded)
    draw_map(result.frames, result.loaded, manifest_id="proef").save(tmp_path / "kansenkaart.html")
    opened = listen()
    page = opened.page
    page.goto((tmp_path / "coalitions.html").as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    page.goto((tmp_path / "kansenkaart.html").as_uri() + "#blad=clusters")
    page.wait_for_selector("#kk[data-phase=ready]")
    page.locator(".clusters .line-button").first.click()
    page.evaluate("window.print = () => {}")
    assert len(re.findall(rb"/Type\s*/Page\b", _print_again(page))) == 1
    assert opened.faults == []


def _print_again(page: object) -> bytes:
    page.locator("#kk-print-coalition").dispatch_event("click")
    printed: bytes = page.pdf(prefer_css_page_size=True)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    return printed
