// Far out, with more chances in view than can be read: flows between groups of municipalities, and where they come together.

import { el } from "../dom.js";
import { clean, sumWords, t, whole } from "../model/format.js";
import { BEST_CLASSES, IDLE_CLASS } from "../model/words.js";
import { ALL_DRAWN, monthPart } from "../state/filters.js";
import { page } from "../state/store.js";
import { townName, townsOf } from "../state/towns.js";
import { paintDisc } from "./canvas.js";
import { LABEL_FONT, paintBeside, paintTag, Room } from "./labels.js";
import { arrowFill, bow, headBase, paintTapered, pointOn } from "./lines.js";
import { latLng } from "./region.js";
import { onSheet, sitesOf } from "./things.js";

// From here on municipalities are wider than a hand, and single lines keep apart.
const BUNDLED_TO_ZOOM = 10.5;
const MOST_BUNDLES = 36;
const NAMED_HUBS = 10;
// How many flows bear the name of their stream, at the first of these parts of their line that is free.
const TOLD_FLOWS = 3;
const TOLD_ALONG = [0.5, 0.35, 0.65, 0.2, 0.8];
// Beside the line, above and below, at last on it: in half widths of the words, and pixels.
const TOLD_AWAY = [
  [1, 0],
  [-1, 0],
  [1, -24],
  [-1, 24],
  [0, -24],
  [0, 24],
  [0, 0],
];
const COUNTED_FROM_PX = 8.5;
// Flows that end within this angle of each other share a head.
const MERGED_COSINE = Math.cos(0.4);

// Which bundle every chance belongs to; made when first asked for.
/** @param {Model} model */
function bundleIndex(model) {
  if (model.bundles) return model.bundles;
  const { "m.supply": supply, "m.demand": demand, "m.stream": stream } = model.c;
  const { of: town, names } = townsOf(model);
  const known = new Map();
  const of = new Int32Array(model.matchCount);
  const ends = [];
  /** @type {number[]} */
  const size = [];
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
    size[bundle] = (size[bundle] ?? 0) + 1;
  }
  model.bundles = { of, ends, size };
  return model.bundles;
}

// Per bundle how many chances and how much, of what is visible; what does not pay now is kept apart.
/** @param {Model} model @param {Result} result */
function sumBundles(model, result) {
  if (result.bundles) return result.bundles;
  const { of, ends } = bundleIndex(model);
  const { "m.quantity": quantity, "m.class": classes } = model.c;
  const count = new Int32Array(ends.length);
  const [paying, idle] = [new Float64Array(ends.length), new Float64Array(ends.length)];
  const worst = new Uint8Array(ends.length);
  const { list } = result;
  for (let n = 0; n < list.length; n++) {
    const m = list[n];
    const b = of[m];
    const brought = quantity[m] * monthPart(model, m);
    if (brought) count[b]++;
    if (classes[m] === IDLE_CLASS) idle[b] += brought;
    else {
      paying[b] += brought;
      worst[b] = Math.max(worst[b], classes[m]);
    }
  }
  result.bundles = { ends, count, paying, idle, worst };
  return result.bundles;
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

// Municipalities nearer together on the screen than this are one place.
const MERGED_PX = 60;

// Which municipalities stand together from here. Each group lies, and is named, where most chances of the run begin or
// end, whatever is asked for: a slider moves no place.
/** @param {View} view @param {Model} model */
function groupTowns(view, model) {
  const { u, v } = townsOf(model);
  const { ends, size } = bundleIndex(model);
  const weight = new Float64Array(u.length);
  ends.forEach(({ from, to }, b) => {
    weight[from] += size[b];
    weight[to] += size[b];
  });
  /** @param {number} n @param {number} seed */
  const away = (n, seed) => Math.hypot(u[seed] - u[n], v[seed] - v[n]);
  /** @type {number[]} */
  const seeds = [];
  for (const n of [...u.keys()].sort((one, other) => weight[other] - weight[one] || one - other))
    if (!seeds.some((seed) => away(n, seed) < MERGED_PX / view.k)) seeds.push(n);
  const of = Int32Array.from(u, (_, n) =>
    seeds.reduce((best, seed, at) => (away(n, seed) < away(n, seeds[best]) ? at : best), 0),
  );
  return { seeds, of };
}

// Flows between groups: sums of the bundles between their municipalities.
/** @param {View} view @param {Model} model @param {Result} result @returns {GroupSums} */
function sumGroups(view, model, result) {
  const { seeds, of } = groupTowns(view, model);
  const sums = sumBundles(model, result);
  const known = new Map();
  /** @type {GroupSums} */
  const groups = { seeds, of, flows: [], inside: 0, chances: new Int32Array(seeds.length) };
  sums.ends.forEach(({ from, to, stream }, b) => {
    const [giver, taker] = [of[from], of[to]];
    groups.chances[giver] += sums.count[b];
    if (giver === taker) groups.inside += sums.count[b];
    else groups.chances[taker] += sums.count[b];
    if (giver === taker || !sums.count[b]) return;
    const key = (giver * seeds.length + taker) * model.streams.length + stream;
    let flow = known.get(key);
    if (!flow) {
      flow = { from: giver, to: taker, stream, count: 0, paying: 0, idle: 0, worst: 0, bundles: [] };
      known.set(key, flow);
      groups.flows.push(flow);
    }
    flow.count += sums.count[b];
    flow.paying += sums.paying[b];
    flow.idle += sums.idle[b];
    flow.worst = Math.max(flow.worst, sums.worst[b]);
    flow.bundles.push(b);
  });
  return groups;
}

// The flows that are the largest parts of their stream, the largest first.
/** @param {View} view @param {Model} model @param {Result} result */
export function bundleLines(view, model, result) {
  const groups = sumGroups(view, model, result);
  const total = result.totals.map((sum) => sum.quantity + sum.idle || 1);
  const share = (/** @type {GroupFlow} */ flow) => (flow.paying + flow.idle) / total[flow.stream];
  const seen = groupsInView(view, model, groups);
  groups.flows = groups.flows
    .filter(({ from, to }) => seen[from] || seen[to])
    .sort((one, other) => share(other) - share(one))
    .slice(0, MOST_BUNDLES);
  const before = new Map();
  const lines = groups.flows.map((flow, id) => {
    // There and back, and several streams, side by side.
    const key = Math.min(flow.from, flow.to) * 65536 + Math.max(flow.from, flow.to);
    before.set(key, (before.get(key) ?? -1) + 1);
    return bundleLine(view, model, groups, id, { fan: before.get(key), part: share(flow) / share(groups.flows[0]) });
  });
  mergeHeads(lines, groups);
  // The largest that are in sight from end to end.
  const told = lines.filter(({ id }) => seen[groups.flows[id].from] && seen[groups.flows[id].to]).slice(0, TOLD_FLOWS);
  return { lines, told, chances: groups.flows.reduce((sum, { count }) => sum + count, 0), groups };
}

/** @param {View} view @param {Model} model @param {GroupSums} groups */
function groupsInView(view, model, { seeds }) {
  const { u, v } = townsOf(model);
  const [left, top, right, bottom] = view.seen;
  return seeds.map((n) => {
    const [x, y] = onSheet(view, u[n], v[n]);
    return x > left && x < right && y > top && y < bottom;
  });
}

// Width by the part of its own stream, since quantities of two streams cannot be compared; the largest in sight is the widest.
const WIDEST = 14;
const NARROWEST = 2;

/** @param {View} view @param {Model} model @param {GroupSums} groups @param {number} id @param {{ fan: number, part: number }} look @returns {Line} */
function bundleLine(view, model, groups, id, { fan, part }) {
  const { u, v } = townsOf(model);
  const { from, to } = groups.flows[id];
  /** @param {number} group */
  const at = (group) => onSheet(view, u[groups.seeds[group]], v[groups.seeds[group]]);
  const radius = (/** @type {number} */ group) => groupRadius(groups.chances[group]);
  // Groups lie further apart than an arrow needs.
  const line = /** @type {Line} */ (bow(...at(from), ...at(to), fan, radius(from) + 2, radius(to) + 3));
  return { ...line, width: Math.max(NARROWEST, WIDEST * part), kind: "bundle", id };
}

// Of flows that come into one place side by side only the largest has a head, and the others end at its neck.
/** @param {Line[]} lines @param {GroupSums} groups */
function mergeHeads(lines, { flows }) {
  /** @type {Map<number, Line[]>} */
  const heads = new Map();
  for (const line of lines) {
    const { to } = flows[line.id];
    const others = heads.get(to) ?? [];
    const angle = Math.atan2(line.ey - line.cy, line.ex - line.cx);
    const main = others.find((one) => Math.cos(Math.atan2(one.ey - one.cy, one.ex - one.cx) - angle) > MERGED_COSINE);
    if (main) [line.ex, line.ey, line.headless] = [...headBase(main, 1), true];
    else heads.set(to, [...others, line]);
  }
}

/** @param {Model} model @param {GroupFlow} flow */
export function bundleLook(model, { stream, paying, worst }) {
  const { colour, dash } = model.streams[stream];
  // Drawn as the least certain of what pays or may pay; what does not pay is drawn where there is nothing else.
  return { colour, dash, fill: arrowFill(model, BEST_CLASSES[paying > 0 ? worst : IDLE_CLASS], colour) };
}

// The largest above the others, which stand back.
/** @param {CanvasRenderingContext2D} ctx @param {Model} model @param {Bundles} bundles */
export function paintBundles(ctx, model, { lines, told, groups }) {
  for (const line of [...lines].reverse()) {
    ctx.globalAlpha = told.includes(line) ? 1 : 0.5;
    paintTapered(ctx, line, bundleLook(model, groups.flows[line.id]));
  }
  ctx.globalAlpha = 1;
}

/** @param {number} chances */
const groupRadius = (chances) => Math.min(16, 3.5 + 0.6 * Math.sqrt(chances));

// A disc per group: dark and named where much comes together, with its number of chances where that fits. Returns the
// boxes taken and the names written.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {Bundles} bundles @param {Colours} colours @returns {{ taken: Box[], named: string[] }} */
export function paintTowns(ctx, view, model, bundles, colours) {
  const { groups } = bundles;
  const { u, v } = townsOf(model);
  const order = [...groups.seeds.keys()]
    .filter((group) => groups.chances[group])
    .sort((one, other) => groups.chances[other] - groups.chances[one]);
  const discs = order.map((group, rank) => {
    const [x, y] = onSheet(view, u[groups.seeds[group]], v[groups.seeds[group]]);
    return { group, x, y, r: groupRadius(groups.chances[group]), hub: rank < NAMED_HUBS };
  });
  for (const { x, y, r, hub } of [...discs].reverse())
    paintDisc(
      ctx,
      { x, y, r },
      { fill: hub ? colours.ink : "#ffffff", edge: hub ? "#ffffff" : colours.ink, width: 1.5 },
    );
  ctx.textBaseline = "middle";
  const room = new Room(view);
  for (const { x, y, r } of discs) room.take(x - r, y - r, x + r, y + r);
  for (const { group, x, y, r, hub } of discs) {
    if (r < COUNTED_FROM_PX) continue;
    const text = whole(groups.chances[group]);
    ctx.font = `600 ${r > 12 && text.length < 4 ? 11 : 9.5}px ${LABEL_FONT}`;
    ctx.fillStyle = hub ? "#ffffff" : colours.ink;
    ctx.fillText(text, x - ctx.measureText(text).width / 2, y + 0.5);
  }
  /** @type {Set<number>} */
  const ends = new Set();
  for (const { from, to } of tellFlows(ctx, room, model, bundles, colours)) ends.add(from).add(to);
  /** @type {string[]} */
  const named = [];
  for (const { group, x, y, r, hub } of discs) {
    if (!hub && !ends.has(group)) continue;
    const text = townName(model, groups.seeds[group]);
    if (paintBeside(ctx, room, text, { x, y, r }, 14, colours.ink)) named.push(text);
  }
  return { taken: room.taken, named };
}

// The largest flows that are in sight bear the name of their stream, beside them where there is room.
/** @param {CanvasRenderingContext2D} ctx @param {Room} room @param {Model} model @param {Bundles} bundles @param {Colours} colours */
function tellFlows(ctx, room, model, { told, groups }, { ink }) {
  /** @type {GroupFlow[]} */
  const named = [];
  ctx.font = `600 12px ${LABEL_FONT}`;
  for (const line of told) {
    const flow = groups.flows[line.id];
    const { name, colour } = model.streams[flow.stream];
    const text = clean(name, 40);
    const half = ctx.measureText(text).width / 2 + 8;
    const boxes = TOLD_ALONG.flatMap((part) => {
      const [x, y] = pointOn(line, part);
      return TOLD_AWAY.map(([dx, dy]) => {
        const [left, top] = [x - half + dx * (half + 14), y - 10 + dy];
        return /** @type {Box} */ ([left, top, left + 2 * half, top + 20]);
      });
    });
    const box = boxes.find((one) => room.isFree(...one));
    if (!box) continue;
    room.take(...box);
    paintTag(ctx, box, text, { colour, ink, round: 10 });
    named.push(flow);
  }
  return named;
}

/** @param {Model} model @param {number} b */
export function bundleHint(model, b) {
  const { groups } = /** @type {NonNullable<Painted["bundles"]>} */ (page.layers.painted.bundles);
  const { from, to, stream, count, paying, idle } = groups.flows[b];
  const [giver, taker] = [from, to].map((group) => townName(model, groups.seeds[group]));
  return [
    el("strong", {}, `${giver} → ${taker}`),
    el(
      "span",
      {},
      clean(model.streams[stream].name),
      " · ",
      sumWords(model.streams[stream], { count, quantity: paying, idle, co2: 0 }),
      " · ",
      t("bundle_choose"),
    ),
  ];
}

// Chosen: between two municipalities only its chances are left, in the list and as lines; between groups of them the
// map comes nearer, until they fall apart.
/** @param {L.Map} map @param {Model} model @param {number} b @param {Actions} actions */
export function openBundle(map, model, b, actions) {
  const { groups } = /** @type {NonNullable<Painted["bundles"]>} */ (page.layers.painted.bundles);
  const own = new Set(groups.flows[b].bundles);
  const { of, ends } = bundleIndex(model);
  const chances = Array.from(page.result.list).filter((m) => own.has(of[m]));
  const [first] = own;
  if (own.size === 1) {
    const { from, to, stream } = ends[first];
    actions.set({ through: { fromTown: from, toTown: to, stream }, tab: "chances" });
  }
  const sites = new Set(chances.flatMap((m) => sitesOf(model, { kind: "match", id: m })));
  const points = [...sites].map((s) => latLng(model.c["s.x"][s] / 10, model.c["s.y"][s] / 10));
  const bounds = L.latLngBounds(points);
  const nearer = Math.max(map.getZoom() + 1, map.getBoundsZoom(bounds.pad(0.2)));
  if (own.size > 1) map.setView(bounds.getCenter(), Math.min(nearer, 13));
  else map.fitBounds(bounds, { padding: [60, 60], maxZoom: 13 });
}
