// Opens the page: the map at once, so that folium's layers can be added to it; the data a moment later.

import { showCard } from "./card/card.js";
import { relatedOf } from "./card/connected.js";
import { append, byId, el, fill, named } from "./dom.js";
import { makeLayers, redrawAll, sitesOf } from "./map/layers.js";
import { makeOnlineButton } from "./map/online.js";
import { fitRegion, latLng } from "./map/region.js";
import { routeOf } from "./map/routes.js";
import { emptyWords, makeFoot, makeToolbar, showHint } from "./map/toolbar.js";
import { readBlock } from "./model/decode.js";
import { clean, co2, number, plural, setTexts, t, whole } from "./model/format.js";
import { makeModel } from "./model/model.js";
import { unpack } from "./model/unpack.js";
import { bar, closeDrawer, drawerHeight, makeBar, pointDrawer, updateDrawer } from "./panel/bar.js";
import { makeControls, makeSearch } from "./panel/controls.js";
import { makeFound, updateFound } from "./panel/found.js";
import { makeGaps } from "./panel/gaps.js";
import { makeKey, makeLegend } from "./panel/legend.js";
import { makeLinks } from "./panel/links.js";
import { chanceRow } from "./panel/list.js";
import { RowList } from "./panel/row_list.js";
import { makeSorting } from "./panel/sorting.js";
import { makeStart } from "./panel/start.js";
import { updateWhatIf } from "./panel/whatif_banner.js";
import { leavePresenting, listenToPresenting, makePresent, startPresenting } from "./present/present.js";
import { findScene, makeScenes } from "./present/scenes.js";
import { listenToPrinting } from "./print/paper.js";
import { listenToSankeyPrinting } from "./sankey/link.js";
import { findGaps, findVisible, makeState, TABS } from "./state/filters.js";
import { page } from "./state/page.js";
import { readPermalink, writePermalink } from "./state/permalink.js";
import { sortChances } from "./state/sorting.js";
import { hiddenWords } from "./workshop/hidden.js";
import { openRoom, startRoom } from "./workshop/room.js";

const TAB_TEXTS = { streams: "tab_streams", chances: "tab_chances", gaps: "tab_gaps" };

export { number, page };

export function open() {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map("map_kansenkaart", {
    zoomControl: false,
    attributionControl: false,
    zoomSnap: 0.25,
    zoomDelta: 0.5,
    wheelPxPerZoomLevel: 100,
    minZoom: 6,
    maxZoom: 17,
    zoomAnimation: !still,
    fadeAnimation: !still,
    inertia: !still,
  });
  Object.assign(page, { map, related: () => relatedOf(page.model, page.state.chosen) });
  start(map).catch((error) => {
    byId("kk").dataset.phase = "failed";
    byId("kk-fallback").hidden = false;
    console.error(error);
  });
  return map;
}

async function start(map) {
  const model = makeModel(readBlock(await unpack(byId("kk-data"))));
  setTexts(model.texts, model.project.language);
  document.title = clean(model.project.title, 200);
  const state = makeState(model);
  const view = readPermalink(model, state);
  openRoom(model, state);
  page.scenes = makeScenes(model);
  const linked = findScene(page.scenes, new URLSearchParams(location.hash.slice(1)).get("scene"));
  const actions = makeActions(map);
  Object.assign(page, { model, state, actions });
  makeToolbar(map, actions);
  makeBar(model, actions);
  startRoom(model, map, actions);
  const { onlineTiles } = model.project;
  if (onlineTiles) makeOnlineButton(map, onlineTiles);
  makeFoot(model);
  const panel = makePanel(model, actions);
  page.update = () => updateAll(panel);
  byId("map_kansenkaart").setAttribute("role", "region");
  byId("map_kansenkaart").setAttribute("aria-label", t("map_label"));
  byId("kk-area").setAttribute("aria-label", t("map"));
  // What stands around the map is there: it has its size now, and is painted once.
  if (view) map.setView(view.centre, view.zoom, { animate: false });
  else if (!map._loaded) fitRegion(map, { animate: false });
  L.control.scale({ imperial: false, maxWidth: 110 }).addTo(map);
  page.layers = makeLayers(map, actions);
  listenToPrinting(map, page.layers);
  listenToSankeyPrinting(model);
  listenToKeys(actions);
  listenToPresenting();
  map.on("moveend", () => writePermalink(model, state, map));
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(byId("kk-area"));
  page.layers.land.redraw();
  updateAll(panel);
  showCard(state.chosen);
  if (linked) startPresenting(linked, { fullScreen: false });
  byId("kk").dataset.phase = "ready";
  byId("kk").removeAttribute("aria-busy");
  model.prepare();
}

function makeActions(map) {
  const change = () => page.update();
  return {
    set(values) {
      Object.assign(page.state, values);
      change();
    },
    toggle(list, n) {
      page.state[list][n] = !page.state[list][n];
      change();
    },
    toggleAll(shown) {
      page.state.streams = page.state.streams.map(() => shown);
      change();
    },
    reset() {
      const { tab, side, chosen } = page.state;
      Object.assign(page.state, makeState(page.model), { whatIf: page.state.whatIf, tab, side, chosen });
      change();
    },
    fit: () => fitRegion(map),
    choose(thing, { focus = false, fromMap = false } = {}) {
      page.state.chosen = thing;
      page.pointed = null;
      showHint(null);
      change();
      showCard(thing, { focus });
      page.layers.focus.redraw();
      if (thing && !fromMap) bringIntoView(map, thing);
    },
    point(thing, point) {
      if (page.pointed?.kind === thing?.kind && page.pointed?.id === thing?.id && !point) return;
      page.pointed = thing;
      pointDrawer(thing);
      byId("map_kansenkaart").classList.toggle("pointing", Boolean(thing && point));
      showHint(thing, point);
      page.layers.focus.redraw();
    },
  };
}

// Nearer together than this on the screen, two places cannot be told apart with what runs between them.
const READABLE_PX = 72;

// Chosen in a list: the map moves only when the thing is not in sight, or too small to read.
function bringIntoView(map, thing) {
  const { model } = page;
  const pointOf = (s) => [model.c["s.x"][s] / 10, model.c["s.y"][s] / 10];
  const sites = sitesOf(model, thing).map(pointOf);
  const route = (thing.kind === "match" && routeOf(model, thing.id)?.points) || [];
  const along = relatedOf(model, thing).flatMap((m) => sitesOf(model, { kind: "match", id: m }));
  const places = [...sites, ...route, ...along.map(pointOf)];
  const ends = places.length ? places : thing.kind === "link" ? model.links[thing.id].line : [];
  if (!ends.length) return;
  const bounds = L.latLngBounds(ends.map(([x, y]) => latLng(x, y)));
  const seen = map.getBounds().pad(-0.06);
  const [first, last] = [
    map.latLngToContainerPoint(bounds.getNorthWest()),
    map.latLngToContainerPoint(bounds.getSouthEast()),
  ];
  const [hidden, low] = [cardWidth(), drawerHeight()];
  const readable = thing.kind === "site" || last.distanceTo(first) > READABLE_PX;
  if (seen.contains(bounds) && last.x < map.getSize().x - hidden && last.y < map.getSize().y - low && readable) return;
  map.fitBounds(bounds, {
    paddingTopLeft: [60, 60],
    paddingBottomRight: [60 + hidden, low ? low + 12 : 80],
    maxZoom: Math.max(map.getZoom(), 12.5),
  });
}

function cardWidth() {
  const card = byId("kk-card");
  const area = byId("kk-area").getBoundingClientRect();
  const { left } = card.getBoundingClientRect();
  // On a small screen the card lies below the map, from edge to edge.
  return card.hidden || left <= area.left ? 0 : Math.max(0, Math.min(area.width * 0.6, area.right - left));
}

function listenToKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || (document.fullscreenElement && !page.presenting)) return;
    const inCard = byId("kk-card").contains(document.activeElement);
    if (bar.open && !inCard) closeDrawer();
    else if (page.state.chosen) actions.choose(null);
    else if (page.presenting) leavePresenting();
  });
}

function makePanel(model, actions) {
  const scroller = el("div", { class: "scroller", id: "kk-scroller" });
  const [legend, controls, links, search] = [
    makeLegend(model, actions),
    makeControls(model, actions),
    makeLinks(model, actions),
    makeSearch(actions),
  ];
  const note = el("p", { class: "note", id: "kk-list-note", role: "status" });
  const list = new RowList({
    id: "kk-chances",
    label: t("chances_list"),
    scroller,
    rowHeight: 106,
    row: (m) => chanceRow(model, m),
    choose: (m) => actions.choose({ kind: "match", id: m }, { focus: true }),
    point: (m) => actions.point(m === null ? null : { kind: "match", id: m }),
  });
  const [gaps, found, sorting] = [makeGaps(model, actions, scroller), makeFound(), makeSorting(actions)];
  const [start, present] = [makeStart(model, actions), makePresent(model)];
  const sheets = {
    streams: el("div", {}, start.element, legend.element, links.element, controls.element, makeKey(model)),
    chances: el("div", {}, sorting.element, note, found, list.element),
    gaps: gaps.element,
  };
  const tabs = makeTabs(sheets, actions);
  append(scroller, [search.element, ...Object.values(sheets)]);
  const headline = el("p", { class: "headline", id: "kk-headline" });
  const skip = el(
    "button",
    {
      type: "button",
      class: "skip",
      onclick: () => {
        actions.set({ tab: "chances" });
        list.element.focus();
      },
    },
    t("skip"),
  );
  const { title, question } = model.project;
  byId("kk-panel").setAttribute("aria-label", t("panel"));
  fill(
    byId("kk-panel"),
    skip,
    el(
      "header",
      { class: "title" },
      el("h1", {}, named(title)),
      question ? el("p", { class: "question" }, clean(question, 300)) : null,
      headline,
      start.button,
    ),
    tabs.element,
    scroller,
    present.element,
  );
  return {
    start,
    present,
    legend,
    controls,
    links,
    search,
    sorting,
    list,
    note,
    found,
    gaps,
    sheets,
    tabs,
    headline,
    scroller,
  };
}

function makeTabs(sheets, actions) {
  const buttons = TABS.map((name, n) =>
    el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `kk-tab-${name}`,
        "aria-controls": `kk-sheet-${name}`,
        onclick: () => actions.set({ tab: name }),
        onkeydown: (event) => {
          const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          if (!step) return;
          const next = TABS[(n + step + TABS.length) % TABS.length];
          actions.set({ tab: next });
          byId(`kk-tab-${next}`).focus();
          event.preventDefault();
        },
      },
      t(TAB_TEXTS[name]),
      el("span", { class: "count" }),
    ),
  );
  for (const name of TABS) {
    sheets[name].id = `kk-sheet-${name}`;
    sheets[name].setAttribute("role", "tabpanel");
    sheets[name].setAttribute("aria-labelledby", `kk-tab-${name}`);
  }
  return { element: el("div", { class: "tabs", role: "tablist", "aria-label": t("panel") }, buttons), buttons };
}

let lastTab = null;

function updateAll(panel) {
  const { model, state, map } = page;
  updateWhatIf(model, state, page.actions);
  page.result = findVisible(model, state);
  page.gaps = state.tab === "gaps" ? findGaps(model, state) : [];
  byId("kk-area").classList.toggle("chosen", Boolean(state.chosen) || state.highlight.length > 0);
  // The map first: it asks where the page stands, which after writing in the panel would have to be worked out anew.
  redrawAll(page.layers);
  TABS.forEach((name, n) => {
    const on = state.tab === name;
    panel.tabs.buttons[n].setAttribute("aria-selected", String(on));
    panel.tabs.buttons[n].tabIndex = on ? 0 : -1;
    panel.sheets[name].hidden = !on;
  });
  panel.search.element.hidden = state.tab === "streams";
  const entered = lastTab !== state.tab;
  if (entered) panel.scroller.scrollTop = 0;
  fill(panel.tabs.buttons[1].lastChild, whole(page.result.list.length));
  panel.start.update();
  panel.present.update();
  panel.legend.update();
  panel.controls.update();
  panel.links.update();
  panel.search.update();
  panel.sorting.update();
  updateHeadline(panel.headline);
  updateFound(panel.found, model, page.actions);
  updateList(panel, entered);
  if (state.tab === "gaps") panel.gaps.update();
  lastTab = state.tab;
  updateDrawer();
  writePermalink(model, state, map);
}

function updateHeadline(element) {
  const { result, state } = page;
  const avoided = result.totals.reduce((sum, total, n) => sum + (state.streams[n] ? total.co2 : 0), 0);
  fill(
    element,
    el("strong", {}, plural("chances", result.list.length)),
    Math.abs(avoided) >= 0.5 ? [" · ", t("headline_co2", { amount: co2(avoided) })] : null,
    hiddenWords(page.model),
  );
}

function updateList({ list, note }, entered) {
  const { result, state, model } = page;
  const rows = sortChances(model, state, result.list);
  page.rows = rows;
  const chosen = state.chosen?.kind === "match" ? rows.indexOf(state.chosen.id) : -1;
  fill(
    note,
    result.list.length
      ? t(state.sort === "rank" && !state.turned ? "list_note" : `list_note_${state.sort}`)
      : emptyWords(state, model),
  );
  const moved = chosen >= 0 && (entered || list.chosen !== chosen);
  list.show(rows, chosen);
  if (moved && state.tab === "chances") list.reveal(chosen);
}
