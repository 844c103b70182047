// Far out, with more chances in view than can be read: one arrow a stream from municipality to municipality.

import { el } from "../dom.js";
import { clean, sumWords, t } from "../model/format.js";
import { IDLE_CLASS } from "../model/words.js";
import { ALL_DRAWN } from "../state/filters.js";
import { page } from "../state/store.js";
import { townName, townsOf } from "../state/towns.js";
import { paintDisc } from "./canvas.js";
import { paintNumbers } from "./labels.js";
import { arrowFill, bow, HOLLOW, paintArrows, pointOn, THINNEST } from "./lines.js";
import { latLng } from "./region.js";
import { onSheet, sitesOf } from "./things.js";

// From here on municipalities are wider than a hand, and single lines keep apart.
const BUNDLED_TO_ZOOM = 10.5;
const MOST_BUNDLES = 120;
const COUNTED_BUNDLES = 12;
const WIDEST_BUNDLE = 9;
const TOWN_DOT = 3.5;
const PETAL = 30;

// Which bundle every chance belongs to; made when first asked for.
/** @param {Model} model */
function bundleIndex(model) {
  if (model.bundles) return model.bundles;
  const { "m.supply": supply, "m.demand": demand, "m.stream": stream } = model.c;
  const { of: town, names } = townsOf(model);
  const known = new Map();
  const of = new Int32Array(model.matchCount);
  const ends = [];
  for (let m = 0; m < of.length; m++) {
    const from = town[supply[m]];
    const to = town[demand[m]];
    const key = (from * names.length + to) * model.streams.length + stream[m];
    let bundle = known.get(key);
    if (bundle === undefined) {
      bundle = ends.length;
      known.set(key, bundle);
      ends.push({ from, to, stream: stream[m] });
    }
    of[m] = bundle;
  }
  model.bundles = { of, ends };
  return model.bundles;
}

// Per bundle how many chances and how much, of what is visible; what does not pay now is kept apart.
/** @param {Model} model @param {Result} result */
export function sumBundles(model, result) {
  if (result.bundles) return result.bundles;
  const { of, ends } = bundleIndex(model);
  const { "m.quantity": quantity, "m.class": classes } = model.c;
  const count = new Int32Array(ends.length);
  const [paying, idle] = [new Float64Array(ends.length), new Float64Array(ends.length)];
  const { list } = result;
  for (let n = 0; n < list.length; n++) {
    const m = list[n];
    const b = of[m];
    count[b]++;
    if (classes[m] === IDLE_CLASS) idle[b] += quantity[m];
    else paying[b] += quantity[m];
  }
  result.bundles = { ends, count, paying, idle, largest: largestBundles(model, { ends, paying, idle }) };
  return result.bundles;
}

/** @param {Model} model @param {any} of1 */
function largestBundles(model, { ends, paying, idle }) {
  const largest = new Float64Array(model.streams.length);
  for (let b = 0; b < ends.length; b++) {
    const sum = paying[b] || idle[b];
    if (sum > largest[ends[b].stream]) largest[ends[b].stream] = sum;
  }
  return largest;
}

// Whether single lines could not be read here.
/** @param {View} view @param {Model} model @param {State} state @param {Result} result */
export function isCrowded(view, model, state, result) {
  if (state.drawn < ALL_DRAWN || result.list.length <= ALL_DRAWN) return false;
  if (state.through?.fromTown !== undefined && state.through.toTown !== undefined) return false;
  return page.map.getZoom() < BUNDLED_TO_ZOOM && passesInView(view, model, result.list);
}

/** @param {View} view @param {Model} model @param {any} list */
function passesInView(view, model, list) {
  const { "m.supply": supply, "m.demand": demand } = model.c;
  const [left, top, right, bottom] = view.seen;
  const [west, north] = [(left - view.ox) / view.k, (top - view.oy) / view.k];
  const [east, south] = [(right - view.ox) / view.k, (bottom - view.oy) / view.k];
  const { siteU: u, siteV: v } = model;
  let seen = 0;
  for (const m of list) {
    const [s, d] = [supply[m], demand[m]];
    const beside =
      (u[s] < west && u[d] < west) ||
      (u[s] > east && u[d] > east) ||
      (v[s] < north && v[d] < north) ||
      (v[s] > south && v[d] > south);
    if (!beside && ++seen > ALL_DRAWN) return true;
  }
  return false;
}

// The bundles in view that matter most to their stream, the largest first.
/** @param {View} view @param {Model} model @param {Result} result */
function bundlesInView(view, model, result) {
  const { ends, count, paying, idle } = sumBundles(model, result);
  const seen = townsInView(view, model);
  const total = result.totals.map((sum) => sum.quantity + sum.idle || 1);
  /** @type {{ b: number, share: number }[]} */
  const kept = [];
  for (let b = 0; b < ends.length; b++) {
    if (!count[b]) continue;
    const { from, to, stream } = ends[b];
    if (seen[from] || seen[to]) keepLargest(kept, b, (paying[b] + idle[b]) / total[stream]);
  }
  return kept.map(({ b }) => b);
}

// Few of many: put in its place when it is larger than the least of what is kept. Ties keep their order.
/** @param {any} kept @param {number} b @param {number} share */
function keepLargest(kept, b, share) {
  if (kept.length === MOST_BUNDLES && share <= kept[MOST_BUNDLES - 1].share) return;
  let place = kept.length;
  while (place > 0 && kept[place - 1].share < share) place--;
  kept.splice(place, 0, { b, share });
  if (kept.length > MOST_BUNDLES) kept.pop();
}

/** @param {View} view @param {Model} model */
function townsInView(view, model) {
  const { u, v } = townsOf(model);
  const [left, top, right, bottom] = view.seen;
  return u.map((one, n) => {
    const [x, y] = onSheet(view, one, v[n]);
    return Number(x > left && x < right && y > top && y < bottom);
  });
}

/** @param {View} view @param {Model} model @param {Result} result */
export function bundleLines(view, model, result) {
  const sums = sumBundles(model, result);
  const before = new Map();
  const lines = bundlesInView(view, model, result).map((b) => {
    const { from, to } = sums.ends[b];
    const key = from * 65536 + to;
    before.set(key, (before.get(key) ?? -1) + 1);
    return bundleLine(view, model, sums, b, before.get(key));
  });
  return { lines, chances: lines.reduce((sum, { id }) => sum + sums.count[id], 0), sums };
}

/** @param {View} view @param {Model} model @param {BundleSums} sums @param {number} b @param {number} fan @returns {Line} */
function bundleLine(view, model, sums, b, fan) {
  const { u, v } = townsOf(model);
  const { from, to, stream } = sums.ends[b];
  /** @param {number} n */
  const at = (n) => onSheet(view, u[n], v[n]);
  const width =
    THINNEST + (WIDEST_BUNDLE - THINNEST) * Math.sqrt((sums.paying[b] || sums.idle[b]) / (sums.largest[stream] || 1));
  const line =
    (from === to ? null : bow(...at(from), ...at(to), fan, TOWN_DOT + 2, TOWN_DOT + 3)) ??
    petal(...at(from), fan + stream);
  // A short one stays an arrow: no wider than a part of its length.
  const fitting = Math.max(THINNEST, Math.min(width, line.length * 0.16));
  return { ...line, width: sums.paying[b] > 0 ? fitting : Math.max(HOLLOW, fitting), kind: "bundle", id: b };
}

// Within one municipality: a small loop that leaves the dot and comes back.
/** @param {number} x @param {number} y @param {number} turn */
function petal(x, y, turn) {
  const angle = turn * 2.4 - 1.2;
  /** @param {number} away */
  const side = (away) => [x + (TOWN_DOT + 2) * Math.cos(angle + away), y + (TOWN_DOT + 2) * Math.sin(angle + away)];
  const [[sx, sy], [ex, ey]] = [side(-0.9), side(0.9)];
  return { sx, sy, cx: x + PETAL * Math.cos(angle), cy: y + PETAL * Math.sin(angle), ex, ey, length: PETAL };
}

/** @param {Model} model @param {BundleSums} sums @param {number} b */
export function bundleLook(model, sums, b) {
  const { colour, dash } = model.streams[sums.ends[b].stream];
  return { colour, dash, fill: arrowFill(model, sums.paying[b] > 0 ? "kansrijk" : "technisch", colour) };
}

// The small ones above the large.
/** @param {CanvasRenderingContext2D} ctx @param {Model} model @param {any} of2 */
export function paintBundles(ctx, model, { lines, sums }) {
  for (const line of [...lines].reverse()) paintArrows(ctx, [line], bundleLook(model, sums, line.id));
}

// A dot per municipality that gives or takes, and how many chances the largest bundles hold. Returns the boxes taken.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {{ lines: Line[], sums: BundleSums }} bundles @param {Colours} colours @returns {Box[]} */
export function paintTowns(ctx, view, model, { lines, sums }, colours) {
  const { u, v } = townsOf(model);
  const towns = new Set(lines.flatMap(({ id }) => [sums.ends[id].from, sums.ends[id].to]));
  /** @type {Box[]} */
  const boxes = [];
  for (const n of towns) {
    const [x, y] = onSheet(view, u[n], v[n]);
    paintDisc(ctx, { x, y, r: TOWN_DOT }, { fill: colours.ink, edge: "#ffffff", width: 1.5 });
    boxes.push([x - 5, y - 5, x + 5, y + 5]);
  }
  const counts = lines.slice(0, COUNTED_BUNDLES).map((line) => ({
    number: sums.count[line.id],
    colour: model.streams[sums.ends[line.id].stream].colour,
    spots: [pointOn(line, 0.5)],
  }));
  return [...boxes, ...paintNumbers(ctx, view, counts, boxes, colours.ink)];
}

/** @param {Model} model @param {number} b */
export function bundleHint(model, b) {
  const sums = sumBundles(model, page.result);
  const { from, to, stream } = sums.ends[b];
  const ends =
    from === to
      ? t("bundle_within", { place: townName(model, from) })
      : `${townName(model, from)} → ${townName(model, to)}`;
  const total = { count: sums.count[b], quantity: sums.paying[b], idle: sums.idle[b], co2: 0 };
  return [
    el("strong", {}, ends),
    el(
      "span",
      {},
      clean(model.streams[stream].name),
      " · ",
      sumWords(model.streams[stream], total),
      " · ",
      t("bundle_choose"),
    ),
  ];
}

// Chosen: only its chances are left, in the list and as lines, and the map comes nearer.
/** @param {L.Map} map @param {Model} model @param {number} b @param {Actions} actions */
export function openBundle(map, model, b, actions) {
  const { from, to, stream } = bundleIndex(model).ends[b];
  actions.set({ through: { fromTown: from, toTown: to, stream }, tab: "chances" });
  const sites = new Set(Array.from(page.result.list).flatMap((m) => sitesOf(model, { kind: "match", id: m })));
  const points = [...sites].map((s) => latLng(model.c["s.x"][s] / 10, model.c["s.y"][s] / 10));
  if (points.length) map.fitBounds(L.latLngBounds(points), { padding: [60, 60], maxZoom: 13 });
}
