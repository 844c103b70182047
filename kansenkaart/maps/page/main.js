// Opens the page: the map at once, so that folium's layers can be added to it; the data a moment later.

import { rewriteCard, showCard } from "./card/card.js";
import { relatedOf } from "./card/connected.js";
import { byId } from "./dom.js";
import { makeLayers } from "./map/layers.js";
import { makeOnlineButton } from "./map/online.js";
import { fitRegion, latLng } from "./map/region.js";
import { routeOf } from "./map/routes.js";
import { sitesOf } from "./map/things.js";
import { makeFoot, makeToolbar, showHint } from "./map/toolbar.js";
import { layOver, readBlock } from "./model/decode.js";
import { clean, number, setTexts, t } from "./model/format.js";
import { makeModel } from "./model/model.js";
import { drawerHeight, makeBar, updateDrawer } from "./panel/bar.js";
import { makePanel, updatePanel } from "./panel/panel.js";
import { updateWhatIf } from "./panel/whatif_banner.js";
import { openScenes } from "./present/kept_scenes.js";
import { leavePresenting, listenToPresenting, startPresenting } from "./present/present.js";
import { findScene, makeScenes } from "./present/scenes.js";
import { listenToPrinting } from "./print/paper.js";
import { listenToSankeyPrinting } from "./sankey/link.js";
import { findGaps, findVisible, makeState } from "./state/filters.js";
import { askedScenario, readPermalink, writePermalink } from "./state/permalink.js";
import { page, publish, setDrawer, setFound, setPointed, setState, setUp, subscribe } from "./state/store.js";
import { openRoom, startRoom } from "./workshop/room.js";

function open() {
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
  setUp({ map, related: () => relatedOf(page.model, page.state.chosen) });
  start(map).catch((error) => {
    byId("kk").dataset.phase = "failed";
    byId("kk-fallback").hidden = false;
    console.error(error);
  });
  return map;
}

/** @param {L.Map} map */
async function start(map) {
  const model = makeModel(await readAsked());
  setTexts(model.texts, model.project.language);
  document.title = clean(model.project.title, 200);
  const state = makeState(model);
  const view = readAddress(model, state);
  openRoom(model, state);
  const scenes = makeScenes(model);
  const actions = makeActions(map);
  setUp({ model, state, scenes: /** @type {any} */ (scenes), actions });
  openScenes(model);
  makeToolbar(map, actions);
  makeBar(model, actions);
  startRoom(model, map, actions);
  const { onlineTiles } = model.project;
  if (onlineTiles) makeOnlineButton(map, onlineTiles);
  makeFoot(model);
  const panel = makePanel(model, actions);
  subscribe(reckon);
  subscribe(rewriteCard, "card");
  subscribe(() => showHint(page.pointed, page.pointedAt), "pointed");
  byId("map_kansenkaart").setAttribute("role", "region");
  byId("map_kansenkaart").setAttribute("aria-label", t("map_label"));
  byId("kk-area").setAttribute("aria-label", t("map"));
  // What stands around the map is there: it has its size now, and is painted once.
  if (view) map.setView(/** @type {[number, number]} */ (view.centre), view.zoom, { animate: false });
  else if (!(/** @type {any} */ (map)._loaded)) fitRegion(map, { animate: false });
  L.control.scale({ imperial: false, maxWidth: 110 }).addTo(map);
  // The map first: it asks where the page stands, which after writing in the panel would have to be worked out anew.
  setUp({ layers: makeLayers(map, actions) });
  subscribe(() => updatePanel(panel));
  subscribe(updateDrawer);
  subscribe(() => writePermalink(model, state, map));
  listenToPrinting(map, page.layers);
  listenToSankeyPrinting(model);
  listenToKeys(actions);
  listenToPresenting();
  map.on("moveend", () => writePermalink(model, state, map));
  // A link that is followed in an open tab; what the page writes itself tells nothing.
  window.addEventListener("hashchange", () => followAddress(map));
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(byId("kk-area"));
  page.layers.land.redraw();
  publish();
  showCard(state.chosen);
  presentLinked();
  byId("kk").dataset.phase = "ready";
  byId("kk").removeAttribute("aria-busy");
  model.prepare();
}

/** @param {string} id */
const readPart = async (id) => readBlock(new Uint8Array(await kkUnpack(byId(id)).arrayBuffer()));

// The project as it stands, or the scenario that the address names.
async function readAsked() {
  const base = await readPart("kk-data");
  const asked = base.header.scenarios?.find((/** @type {any} */ one) => one.id === askedScenario());
  return asked ? layOver(base, await readPart(`kk-scenario-${asked.id}`)) : base;
}

// With `#embed` the map stands in a page of somebody else: without panel and buttons.
/** @param {Model} model @param {State} state */
function readAddress(model, state) {
  byId("kk").classList.toggle("embed", new URLSearchParams(location.hash.slice(1)).has("embed"));
  return readPermalink(model, state);
}

/** @param {L.Map} map */
function followAddress(map) {
  if (page.model.scenarios && askedScenario() !== (page.model.scenario ?? "")) return location.reload();
  if (page.presenting) leavePresenting();
  const state = makeState(page.model);
  const view = readAddress(page.model, state);
  if (view) map.setView(/** @type {[number, number]} */ (view.centre), view.zoom, { animate: false });
  setState(state);
  showCard(state.chosen);
  presentLinked();
  return undefined;
}

// A link may name a scene.
function presentLinked() {
  const linked = findScene(page.scenes, new URLSearchParams(location.hash.slice(1)).get("scene"));
  if (linked) startPresenting(linked, { fullScreen: false });
}

/** @param {L.Map} map @returns {Actions} */
function makeActions(map) {
  /** @type {Actions} */
  const actions = {
    set: setState,
    toggle: (/** @type {any} */ list, /** @type {number} */ n) =>
      setState({
        [list]: page.state[/** @type {"streams" | "classes" | "links"} */ (list)].map(
          (/** @type {any} */ on, /** @type {number} */ at) => (at === n ? !on : on),
        ),
      }),
    toggleAll: (/** @type {any} */ shown) => setState({ streams: page.state.streams.map(() => shown) }),
    reset() {
      const { whatIf, tab, side, chosen, drawn } = page.state;
      setState({ ...makeState(page.model), whatIf, tab, side, chosen, drawn });
    },
    fit: () => fitRegion(map),
    // A place to look at, not to choose: it narrows nothing down.
    goTo(/** @type {Spot} */ spot) {
      const { x, y, around } = spot;
      actions.choose(null);
      setState({ spot, near: spot, query: "" });
      fitRegion(map, {}, [x - around, y - around, x + around, y + around]);
      map.getContainer().focus({ preventScroll: true });
    },
    choose(/** @type {Thing | null} */ thing, { focus = false, fromMap = false } = {}) {
      setState({ chosen: thing, spot: null });
      showCard(thing, { focus });
      setPointed(null);
      if (thing && !fromMap) bringIntoView(map, thing);
    },
    point(/** @type {Thing | null} */ thing, /** @type {any} */ point) {
      if (page.pointed?.kind === thing?.kind && page.pointed?.id === thing?.id && !point) return;
      byId("map_kansenkaart").classList.toggle("pointing", Boolean(thing && point));
      setPointed(thing, point);
    },
  };
  return actions;
}

// Nearer together than this on the screen, two places cannot be told apart with what runs between them.
const READABLE_PX = 72;

// Chosen in a list: the map moves only when the thing is not in sight, or too small to read.
/** @param {L.Map} map @param {Thing} thing */
function bringIntoView(map, thing) {
  const { model } = page;
  /** @param {number} s */
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
  const { hidden, low } = coveredByCard();
  const readable = thing.kind === "site" || last.distanceTo(first) > READABLE_PX;
  if (seen.contains(bounds) && last.x < map.getSize().x - hidden && last.y < map.getSize().y - low && readable) return;
  map.fitBounds(bounds, {
    paddingTopLeft: [60, 60],
    paddingBottomRight: [60 + hidden, low ? low + 12 : 80],
    // Two places that lie beside each other are still seen apart.
    maxZoom: Math.max(map.getZoom(), thing.kind === "match" ? 15 : 12.5),
  });
}

// How much of the map lies under the card on its right, and under card or drawer from below.
function coveredByCard() {
  const card = byId("kk-card");
  const area = byId("kk-area").getBoundingClientRect();
  const { left, top } = card.getBoundingClientRect();
  if (card.hidden) return { hidden: 0, low: drawerHeight() };
  // On a small screen the card reaches from edge to edge: below the map, or over its lower half.
  if (left <= area.left) return { hidden: 0, low: Math.max(0, Math.min(area.height * 0.6, area.bottom - top)) };
  return { hidden: Math.max(0, Math.min(area.width * 0.6, area.right - left)), low: drawerHeight() };
}

/** @param {Actions} actions */
function listenToKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || (document.fullscreenElement && !page.presenting)) return;
    const inCard = byId("kk-card").contains(document.activeElement);
    if (page.drawer && !inCard) setDrawer(null);
    else if (page.state.chosen ?? page.state.spot) actions.choose(null);
    else if (page.presenting) leavePresenting();
  });
}

// What is asked of the data, before anything shows it.
function reckon() {
  const { model, state } = page;
  updateWhatIf(model, state, page.actions);
  setFound(findVisible(model, state), state.tab === "gaps" ? findGaps(model, state) : []);
}

// What folium calls, and what the tests read. As exports a bundler would put 400 characters of its own around them.
Object.assign(globalThis, { kansenkaart: { number, open, page } });
