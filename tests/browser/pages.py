"""Maps that stay open for the tests of one file: each test gets a page that equals one that was just opened."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.browser.opened import Opened

# A page takes a quarter of a gigabyte.
_MOST_KEPT = 3

# Parts of a card that are closed at first; few tests are about that.
UNFOLD = """() => ["money", "months", "certainty", "ladder", "origin"]
  .forEach((key) => kansenkaart.page.unfolded.add(key))"""
CHOOSE_AGAIN = (
    "kansenkaart.page.state.chosen && kansenkaart.page.actions.choose(kansenkaart.page.state.chosen)"
)

# As a link that is followed in an open tab, which asks everything anew; what else a test left is closed.
BEGIN_AGAIN = """async (link) => {
  const { unfolded } = kansenkaart.page;
  document.querySelector("#kk-drawer .close")?.click();
  unfolded.clear();
  history.replaceState(null, "", "#-");
  const followed = new Promise((done) => window.addEventListener("hashchange", done, { once: true }));
  location.hash = link;
  await followed;
  document.querySelectorAll("details[open]").forEach((one) => { one.open = false; });
  document.activeElement?.blur();
  document.querySelectorAll("#kk *").forEach((one) => { if (one.scrollTop || one.scrollLeft) one.scrollTo(0, 0); });
}"""

VIEW = "() => [kansenkaart.page.map.getCenter(), kansenkaart.page.map.getZoom()]"
# As on the first look: a map that is moved rounds to whole pixels.
LOOK_AGAIN = (
    "([centre, zoom]) => { kansenkaart.page.map.setView(centre, zoom, { animate: false, reset: true }); }"
)

# Not of a page that keeps something, was tampered with, or has a drawer in which something else was asked.
UNDOABLE = """() => {
  const turned = (one) => one.selectedIndex > 0 || (one.type === "text" && one.value !== one.defaultValue);
  const kept = [...document.querySelectorAll(":is(#kk-drawer, [hidden]) :is(select, input)")].some(turned);
  return !kept && !localStorage.length && !sessionStorage.length && window.untouched();
}"""

# All that can be seen of a page, and what it was asked; nothing of a page that cannot be brought back.
PORTRAIT = (
    "() => {\n  if (!("
    + UNDOABLE
    + """)()) return "";
  const { drawer, layers, lit, map, online, pointed, presenting, state } = kansenkaart.page;
  const seen = [...document.querySelectorAll("#kk, #kk *")].filter((one) => !one.closest("[hidden]"));
  const fields = seen.flatMap(({ value, checked }) => value === undefined ? [] : [`${value} ${checked}`]);
  const scrolled = seen.map(({ scrollTop, scrollLeft }) => `${scrollTop}/${scrollLeft}`);
  const drawn = Object.values(layers).map((layer) => Object.keys(layer?._ctx ?? {}));
  const view = [location.hash.replace(/kaart=[^&]*/, ""), map.getCenter(), map.getZoom(), innerWidth, innerHeight];
  const named = Object.keys(window).filter((key) => key !== "axe");
  const asked = [view, drawer, lit, online, pointed, presenting, state, drawn, named];
  const shown = document.body.cloneNode(true);
  // Leaflet leaves fractions of a pixel where it moved; a click leaves empty attributes.
  shown.querySelectorAll("script, [hidden], canvas, .leaflet-proxy").forEach((one) => one.remove());
  // In whatever order attributes were set: that differs from one opening to the next.
  const tell = (one) => one.nodeType === Node.TEXT_NODE ? one.data : one.nodeType !== Node.ELEMENT_NODE ? "" :
    `<${one.nodeName}${[...one.attributes].map(({ name, value }) => ` ${name}="${value}"`).sort().join("")}>` +
    `${[...one.childNodes].map(tell).join("")}</>`;
  const plain = tell(shown).replace(/ (class|style)=""/g, "");
  return [document.title, document.activeElement.tagName, JSON.stringify(asked), fields, scrolled, plain].join("\\n");
}"""
)


def at_all(link: str = "") -> str:
    """Return `link` so that up to 300 chances are drawn in full, as few tests ask for the best twelve of the start."""
    return link if re.search("[#&]n=", link) else f"{link}&n=300" if link else "#n=300"


@dataclass(frozen=True)
class Asked:
    """What is opened: a saved map, at a link, in a window of a size (pixels), in a browser with options."""

    address: str
    link: str
    start: bool
    size: tuple[int, int]
    options: str


class Pages:
    """Opens maps, and takes back the pages of a test that ended, for the next test that asks for such a page."""

    def __init__(self, make: Callable[..., Opened]) -> None:
        self._make = make
        self._kept: list[tuple[str, str, Opened]] = []
        self._lent: list[tuple[str, str, Opened]] = []
        self._fresh: dict[Asked, tuple[Any, str]] = {}

    def open(self, asked: Asked, options: dict[str, Any]) -> Opened:
        """Return a page with the map: one that is open already if nothing tells it from a fresh one."""
        fit = next((one for one in self._kept if one[:2] == (asked.address, asked.options)), None)
        if fit:
            self._kept.remove(fit)
            opened = fit[2]
            if not self._is_fresh(opened, asked):
                _load(opened, asked)
        else:
            opened = self._make(*asked.size, **options)
            _load(opened, asked)
        self._lent.append((asked.address, asked.options, opened))
        if asked not in self._fresh:
            self._fresh[asked] = opened.page.evaluate(VIEW), opened.page.evaluate(PORTRAIT)
        opened.noted_faults.clear()
        opened.noted_requests.clear()
        return opened

    def keep_alone(self, opened: Opened) -> None:
        """Let a test do with a page what cannot be undone: nobody gets it afterwards."""
        self._lent = [one for one in self._lent if one[2] is not opened]

    def take_back(self) -> None:
        """Take the pages of a test that ended; of many the last are kept."""
        self._kept += self._lent
        self._lent = []
        for *_, opened in self._kept[:-_MOST_KEPT]:
            opened.page.context.close()
        self._kept = self._kept[-_MOST_KEPT:]

    def _is_fresh(self, opened: Opened, asked: Asked) -> bool:
        """Bring a page back to its beginning; whether it became what it was there."""
        page = opened.page
        if asked not in self._fresh or not page.evaluate(UNDOABLE):
            return False
        view, portrait = self._fresh[asked]
        page.mouse.move(0, 0)
        page.evaluate("() => document.fullscreenElement && document.exitFullscreen()")
        page.emulate_media(media="null")
        page.set_viewport_size({"width": asked.size[0], "height": asked.size[1]})
        page.evaluate(BEGIN_AGAIN, asked.link)
        _unfold(opened, asked)
        page.evaluate(LOOK_AGAIN, view)
        return bool(page.evaluate(PORTRAIT) == portrait != "")


def _load(opened: Opened, asked: Asked) -> None:
    """Open the map in a page, whatever stood in it."""
    page = opened.page
    if page.url != "about:blank":
        page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        page.goto("about:blank")
        page.emulate_media(media="null")
        page.set_viewport_size({"width": asked.size[0], "height": asked.size[1]})
    page.goto(asked.address + asked.link)
    page.wait_for_selector("#kk[data-phase=ready]")
    _unfold(opened, asked)


def _unfold(opened: Opened, asked: Asked) -> None:
    if not asked.start:
        opened.page.evaluate(UNFOLD)
        opened.page.evaluate(CHOOSE_AGAIN)
