// What is asked for, and which chances answer it. Totals count everything; only the drawing is limited.

import { fold } from "../model/format.js";
import { BEST_CLASSES, GIVEN, IDLE_CLASS, LINK_STATUSES, ROLES } from "../model/words.js";
import { isMatchHidden, isSiteHidden } from "../workshop/hidden.js";
import { saidTest } from "../workshop/kept.js";
import { page } from "./store.js";
import { throughTest } from "./through.js";
import { noWhatIf } from "./whatif.js";

export const DISTANCES_KM = [0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500, Infinity];
export const TABS = ["clusters", "streams", "chances", "gaps"];
/** @param {Model} model */
export const hasClusters = ({ clusters: { groups, sectors }, coalitions }) =>
  groups.length + sectors.length + coalitions.length > 0;
// How many are drawn in full, the best first; the page opens with the fewest: an answer, not all that there is.
export const DRAWN = [12, 50, 100, 300, 1000, 3000];
export const [ANSWER] = DRAWN;
export const ALL_DRAWN = 300;

/** @param {Model} model */
export function makeState(model) {
  return {
    streams: model.streams.map(() => true),
    classes: BEST_CLASSES.map(() => true),
    links: LINK_STATUSES.map((_, n) => n !== GIVEN),
    km: Infinity,
    smallest: 0,
    month: 0,
    query: "",
    drawn: ANSWER,
    unmatched: false,
    changed: false,
    tab: "streams",
    side: "supply",
    near: null,
    least: 0,
    sector: -1,
    room: "all",
    sort: "rank",
    turned: false,
    through: null,
    bundled: true,
    chosen: null,
    spot: null,
    whatIf: noWhatIf(model),
    highlight: [],
  };
}

// Whether chances are matched month by month.
/** @param {Model} model */
export const hasMonths = ({ c }) => Boolean(c["m.months"]?.some(Boolean));

// What part of its largest month a chance delivers in the month that is asked for (1 to 12); all of it where none is, or
// where its stream is not matched by month.
/** @param {Model} model @param {number} m */
export function monthPart({ c }, m) {
  const { month } = page.state;
  const shape = month && c["m.months"][m];
  return shape ? c.months[shape * 12 - 13 + month] / Math.max(...c.months.subarray(shape * 12 - 12, shape * 12)) : 1;
}

// One pass over all chances, the best first.
/** @param {Model} model @param {State} state */
export function findVisible(model, state) {
  const { "m.stream": stream, "m.class": chanceClass, "m.quantity": quantity, "m.co2_avoided_t_y": avoided } = model.c;
  const words = searchWords(state);
  const found = words.length ? findSites(model, words) : null;
  const through = throughTest(model, state.through);
  const said = saidTest(state);
  const limit = state.km * 1000;
  const smallest = state.smallest / 100;
  const totals = model.streams.map(() => ({ count: 0, quantity: 0, idle: 0, co2: 0 }));
  const classCounts = BEST_CLASSES.map(() => 0);
  const visible = new Int32Array(model.matchCount);
  const { distance } = model;
  const share = smallest ? model.share : null;
  let count = 0;
  for (let m = 0; m < visible.length; m++) {
    if (state.changed && !model.c["m.change"][m]) continue;
    if (distance[m] > limit || (share && share[m] < smallest)) continue;
    if (found && !found(m)) continue;
    if (isMatchHidden(model, m) || (said && !said(m))) continue;
    const s = stream[m];
    if (through && !through(m)) continue;
    if (state.streams[s]) classCounts[chanceClass[m]]++;
    if (!state.classes[chanceClass[m]]) continue;
    totals[s].count++;
    if (chanceClass[m] === IDLE_CLASS) totals[s].idle += quantity[m];
    else {
      totals[s].quantity += quantity[m];
      if (!Number.isNaN(avoided[m])) totals[s].co2 += avoided[m];
    }
    if (state.streams[s]) visible[count++] = m;
  }
  const list = visible.subarray(0, count);
  return {
    list,
    drawn: list.subarray(0, state.drawn),
    totals,
    classCounts,
    siteShown: shownSites(model, list, state.drawn),
    links: model.links.map((_, at) => linkShown(model, state, at, words)),
  };
}

// A delivery answers to its own switch, to that of its stream, to the search and to the distance.
// One without a place on the map has no known distance, and is not left out by it.
/** @param {Model} model @param {State} state @param {number} at @param {any} words */
function linkShown(model, state, at, words) {
  const link = model.links[at];
  if (link.hidden || !state.links[link.status] || !state.streams[link.stream] || model.linkLength[at] > state.km * 1000)
    return false;
  return words.every((/** @type {string} */ word) => model.linkSearch[at].includes(word));
}

/** @param {State} state */
export const searchWords = (state) => fold(state.query).split(/\s+/).filter(Boolean);

// Every word must be in a name, a municipality or the stream.
/** @param {Model} model @param {any} words */
function findSites(model, words) {
  const { "m.stream": stream, "m.supply": supply, "m.demand": demand } = model.c;
  const sites = words.map((/** @type {string} */ word) =>
    Uint8Array.from(model.siteSearch, (text) => Number(text.includes(word))),
  );
  const streams = words.map((/** @type {string} */ word) => model.streamSearch.map((text) => text.includes(word)));
  return (/** @type {number} */ m) =>
    words.every(
      (/** @type {any} */ _, /** @type {number} */ w) =>
        sites[w][supply[m]] || sites[w][demand[m]] || streams[w][stream[m]],
    );
}

/** @param {Model} model @param {ArrayLike<number>} list @param {number} drawn */
export function shownSites(model, list, drawn) {
  const shown = new Uint8Array(model.siteCount);
  const end = Math.min(list.length, drawn);
  for (let n = 0; n < end; n++) {
    shown[model.c["m.supply"][list[n]]] = 1;
    shown[model.c["m.demand"][list[n]]] = 1;
  }
  return shown;
}

// What is left on one side, the largest share of its stream first.
/** @param {Model} model @param {State} state */
export function findGaps(model, state) {
  const { "f.role": role, "f.stream": stream, "f.remaining": remaining, "f.site": site } = model.c;
  // Both sides have no place among the roles.
  const side = ROLES.indexOf(state.side);
  const words = searchWords(state);
  const total = [model.streams.map((one) => one.overschot || 1), model.streams.map((one) => one.tekort || 1)];
  const rows = [];
  for (let f = 0; f < model.flowCount; f++) {
    if (
      isSiteHidden(model, site[f]) ||
      (side >= 0 && role[f] !== side) ||
      remaining[f] <= 0 ||
      remaining[f] < state.least ||
      !state.streams[stream[f]]
    )
      continue;
    const text = model.siteSearch[site[f]];
    if (words.some((word) => !text.includes(word) && !model.streamSearch[stream[f]].includes(word))) continue;
    rows.push({ flow: f, left: remaining[f], share: remaining[f] / total[role[f]][stream[f]] });
  }
  return rows.sort((a, b) => b.share - a.share || a.flow - b.flow);
}

export const SIDES = [...ROLES, "both"];
