// The order of the list of chances: the best first, or by one of the numbers that stand in its rows.

import { locale } from "../model/format.js";
import { kept, verdictOf } from "../workshop/kept.js";
import { matchFigure } from "./whatif.js";

export const SORTS = [
  "rank",
  "quantity",
  "distance",
  "net",
  "co2",
  "certainty",
  "votes",
  "stream",
  "supply",
  "demand",
  "class",
  "decision",
];

// Of these the small numbers come first.
export const SMALL_FIRST = new Set(["rank", "distance", "stream", "supply", "demand", "class"]);

const DECISION_ORDER = [null, "reject", "conflict", "confirm"];

// The number of a chance; a quantity counts as part of the largest of its stream, for units differ between streams.
/** @param {Model} model @param {string} sort */
function sortValue(model, sort) {
  const { c } = model;
  const names = {
    stream: model.streams.map((stream) => stream.name),
    supply: model.siteNames,
    demand: model.siteNames,
  }[sort];
  if (names) {
    const [place, column] = [placesByName(names), c[`m.${sort}`]];
    return (/** @type {number} */ m) => place[column[m]];
  }
  return {
    quantity: (/** @type {number} */ m) => c["m.quantity"][m] / model.largest[c["m.stream"][m]],
    distance: (/** @type {number} */ m) => model.distance[m],
    net: (/** @type {number} */ m) => matchFigure(model, "net_eur_y", m),
    co2: (/** @type {number} */ m) => c["m.co2_avoided_t_y"][m],
    certainty: (/** @type {number} */ m) => (c["m.certainty"][m] === 255 ? NaN : c["m.certainty"][m]),
    votes: (/** @type {number} */ m) => kept.sums.get(m)?.votes ?? 0,
    class: (/** @type {number} */ m) => c["m.class"][m],
    decision: (/** @type {number} */ m) =>
      DECISION_ORDER.indexOf(verdictOf(model, m)) * 1e9 + (kept.sums.get(m)?.votes ?? 0),
  }[sort];
}

// The place of every name in the alphabet; the same name has the same place.
/** @param {string[]} names */
function placesByName(names) {
  const { compare } = new Intl.Collator(locale, { numeric: true });
  const places = new Float64Array(names.length);
  const order = names.map((_, n) => n).sort((a, b) => compare(names[a], names[b]));
  order.forEach((n, at) => (places[n] = at && !compare(names[order[at - 1]], names[n]) ? places[order[at - 1]] : at));
  return places;
}

// What is left, the nearest first where a place is asked for; else as it comes.
/** @param {Model} model @param {State} state @param {Gap[]} gaps */
export function sortGaps({ c }, { near }, gaps) {
  if (!near) return gaps;
  const { "s.x": x, "s.y": y, "f.site": site } = c;
  return gaps
    .map((gap) => ({ ...gap, away: Math.hypot(x[site[gap.flow]] / 10 - near.x, y[site[gap.flow]] / 10 - near.y) }))
    .sort((a, b) => a.away - b.away || b.share - a.share || a.flow - b.flow);
}

// Ties by rank; what is unknown stands last, whichever way the list runs.
/** @param {Model} model @param {any} of1 @param {any} list */
export function sortChances(model, { sort, turned }, list) {
  if (sort === "rank") return turned ? list.slice().reverse() : list;
  const read = sortValue(model, sort);
  const value = new Float64Array(model.matchCount);
  for (const m of list) value[m] = /** @type {(m: number) => number} */ (read)(m);
  const way = SMALL_FIRST.has(sort) === turned ? -1 : 1;
  const known = list
    .filter((/** @type {number} */ m) => !Number.isNaN(value[m]))
    .sort((/** @type {any} */ a, /** @type {number} */ b) => way * (value[a] - value[b]) || a - b);
  const sorted = new Int32Array(list.length);
  sorted.set(known);
  sorted.set(
    list.filter((/** @type {number} */ m) => Number.isNaN(value[m])),
    known.length,
  );
  return sorted;
}
