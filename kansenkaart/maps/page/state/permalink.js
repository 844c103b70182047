// The view in the address: copy it, and the same map opens.

import { matchId } from "../model/model.js";
import { BEST_CLASSES, GIVEN, LINK_STATUSES } from "../model/words.js";
import { ANSWER, DISTANCES_KM, DRAWN, hasClusters, hasMonths, SIDES, TABS } from "./filters.js";
import { SORTS } from "./sorting.js";
import { page, presentedScene } from "./store.js";
import { readThrough, writeThrough } from "./through.js";
import { readWhatIf, writeWhatIf } from "./whatif.js";

export const askedScenario = () => new URLSearchParams(location.hash.slice(1)).get("scenario") ?? "";

/** @param {Model} model @param {State} state */
export function readPermalink(model, state, hash = location.hash.slice(1)) {
  const values = new URLSearchParams(hash);
  const given = /** @type {(name: string) => string} */ ((name) => values.get(name));
  /** @param {string} name @param {any} list */
  const off = (name, list) => {
    const names = new Set((values.get(name) || "").split(",").filter(Boolean));
    return list.map((/** @type {string} */ id) => !names.has(id));
  };
  state.streams = off(
    "uit",
    model.streams.map((stream) => stream.id),
  );
  state.classes = off("klasse_uit", BEST_CLASSES);
  state.links = off("levering_uit", LINK_STATUSES);
  state.links[GIVEN] = values.has("vergeven");
  const km = Number(values.get("km"));
  if (DISTANCES_KM.includes(km) && km) state.km = km;
  const smallest = Number(values.get("min"));
  if (smallest >= 0 && smallest <= 95 && smallest % 5 === 0) state.smallest = smallest;
  const drawn = Number(values.get("n"));
  if (DRAWN.includes(drawn)) state.drawn = drawn;
  const month = Number(values.get("maand"));
  if (hasMonths(model) && month <= 12 && month >= 0 && month % 1 === 0) state.month = month;
  state.query = (values.get("zoek") || "").slice(0, 80);
  state.unmatched = values.get("alle") === "1";
  state.changed = values.has("verschil") && Boolean(model.c["m.change"]?.some(Boolean));
  state.bundled = values.get("los") !== "1";
  state.through = readThrough(model, values);
  if (SORTS.includes(given("sorteer"))) state.sort = given("sorteer");
  state.turned = values.get("omgekeerd") === "1";
  if (TABS.slice(hasClusters(model) ? 0 : 1).includes(given("blad"))) state.tab = given("blad");
  if (SIDES.includes(given("kant"))) state.side = given("kant");
  const [x, y, ...name] = given("bij")?.split(",") ?? [];
  if (name.length && Number.isFinite(+x + +y)) state.near = { name: name.join(), x: +x, y: +y };
  if (given("minstens") > "0") state.least = Number(given("minstens")) || 0;
  const sector = model.clusters.quotients?.findIndex(({ name }) => name === given("sector"));
  if (sector !== undefined) state.sector = sector;
  state.whatIf = readWhatIf(model, given("wat_als"));
  state.chosen = readChosen(model, values);
  return readView(given("kaart"));
}

/** @param {Model} model @param {URLSearchParams} values @returns {Thing | null} */
function readChosen(model, values) {
  if (values.has("kans")) {
    const wanted = values.get("kans");
    for (let m = 0; m < model.matchCount; m++) if (matchId(model, m) === wanted) return { kind: "match", id: m };
  }
  const site = values.has("plek") ? model.siteIds.indexOf(/** @type {string} */ (values.get("plek"))) : -1;
  if (site >= 0) return { kind: "site", id: site };
  const link = values.has("levering") ? model.links.findIndex((one) => one.id === values.get("levering")) : -1;
  return link >= 0 ? { kind: "link", id: link } : null;
}

/** @param {string} text */
function readView(text) {
  const [zoom, latitude, longitude] = (text || "").split("/").map(Number);
  const fits = zoom >= 5 && zoom <= 17 && Math.abs(latitude) < 85 && Math.abs(longitude) <= 180;
  return fits ? { zoom, centre: [latitude, longitude] } : null;
}

/** @param {Model} model @param {State} state @param {L.Map} map */
export function writePermalink(model, state, map) {
  const own = new URLSearchParams(model.scenario && { scenario: model.scenario });
  if (page.presenting) {
    own.set("scene", /** @type {Scene} */ (presentedScene()).name);
    return putInAddress(own);
  }
  if (new URLSearchParams(location.hash.slice(1)).has("embed")) own.set("embed", "1");
  return putInAddress(viewValues(model, state, map, own));
}

// What is seen, as far as an address can say it, behind what stands there.
/** @param {Model} model @param {State} state @param {L.Map} map */
export function viewValues(model, state, map, values = new URLSearchParams()) {
  /** @param {string} name @param {any} list @param {any} ids */
  const off = (name, list, ids) => {
    const names = ids.filter((/** @type {any} */ _, /** @type {number} */ n) => !list[n]);
    if (names.length) values.set(name, names.join(","));
  };
  off(
    "uit",
    state.streams,
    model.streams.map((stream) => stream.id),
  );
  off("klasse_uit", state.classes, BEST_CLASSES);
  off("levering_uit", state.links, LINK_STATUSES.slice(0, GIVEN));
  if (state.links[GIVEN]) values.set("vergeven", "1");
  if (state.km !== Infinity) values.set("km", String(state.km));
  if (state.smallest) values.set("min", String(state.smallest));
  if (state.month) values.set("maand", String(state.month));
  if (state.drawn !== ANSWER) values.set("n", String(state.drawn));
  if (state.query) values.set("zoek", state.query);
  if (state.unmatched) values.set("alle", "1");
  if (state.changed) values.set("verschil", "1");
  if (!state.bundled) values.set("los", "1");
  writeThrough(model, state.through, values);
  if (state.sort !== "rank") values.set("sorteer", state.sort);
  if (state.turned) values.set("omgekeerd", "1");
  if (state.tab !== "streams") values.set("blad", state.tab);
  if (state.tab === "gaps" && state.side !== "supply") values.set("kant", state.side);
  const { near, least } = state;
  if (near) values.set("bij", [Math.round(near.x), Math.round(near.y), near.name].join());
  if (least) values.set("minstens", String(least));
  const coloured = model.clusters.quotients?.[state.sector];
  if (coloured) values.set("sector", coloured.name);
  const asked = writeWhatIf(model, state.whatIf);
  if (asked) values.set("wat_als", asked);
  if (state.chosen) {
    const { kind, id } = state.chosen;
    if (kind === "match") values.set("kans", matchId(model, id));
    else if (kind === "site") values.set("plek", model.siteIds[id]);
    else values.set("levering", model.links[id].id);
  }
  const { lat, lng } = map.getCenter();
  values.set("kaart", [map.getZoom().toFixed(2), lat.toFixed(4), lng.toFixed(4)].join("/"));
  return values;
}

// A moment after the last change: a browser takes milliseconds for it, and refuses a hundred in half a minute.
const ADDRESS_MS = 150;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let addressTimer;
let leaving = false;

// Another view of this file is opened: the address of this one, on its way, would take its place.
/** @param {URLSearchParams} values */
export function leaveFor(values) {
  leaving = true;
  location.hash = values.toString();
}

/** @param {any} values */
function putInAddress(values) {
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => writeAddress(values), ADDRESS_MS);
}

/** @param {any} values */
function writeAddress(values) {
  if (leaving) return;
  try {
    history.replaceState(null, "", `#${values.toString().replace(/%(2F|7C|3A|2C)/g, decodeURIComponent)}`);
  } catch {
    // A frame without an address of its own (a notebook) has no permalink.
  }
}
