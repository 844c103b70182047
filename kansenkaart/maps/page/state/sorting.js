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
function sortValue(model, sort) {
  const { c } = model;
  const names = {
    stream: model.streams.map((stream) => stream.name),
    supply: model.siteNames,
    demand: model.siteNames,
  }[sort];
  if (names) {
    const [place, column] = [placesByName(names), c[`m.${sort}`]];
    return (m) => place[column[m]];
  }
  return {
    quantity: (m) => c["m.quantity"][m] / model.largest[c["m.stream"][m]],
    distance: (m) => model.distance[m],
    net: (m) => matchFigure(model, "net_eur_y", m),
    co2: (m) => c["m.co2_avoided_t_y"][m],
    certainty: (m) => (c["m.certainty"][m] === 255 ? NaN : c["m.certainty"][m]),
    votes: (m) => kept.sums.get(m)?.votes ?? 0,
    class: (m) => c["m.class"][m],
    decision: (m) => DECISION_ORDER.indexOf(verdictOf(model, m)) * 1e9 + (kept.sums.get(m)?.votes ?? 0),
  }[sort];
}

// The place of every name in the alphabet; the same name has the same place.
function placesByName(names) {
  const { compare } = new Intl.Collator(locale, { numeric: true });
  const places = new Float64Array(names.length);
  const order = names.map((_, n) => n).sort((a, b) => compare(names[a], names[b]));
  order.forEach((n, at) => (places[n] = at && !compare(names[order[at - 1]], names[n]) ? places[order[at - 1]] : at));
  return places;
}

// Ties by rank; what is unknown stands last, whichever way the list runs.
export function sortChances(model, { sort, turned }, list) {
  if (sort === "rank") return turned ? list.slice().reverse() : list;
  const read = sortValue(model, sort);
  const value = new Float64Array(model.matchCount);
  for (const m of list) value[m] = read(m);
  const way = SMALL_FIRST.has(sort) === turned ? -1 : 1;
  const known = list.filter((m) => !Number.isNaN(value[m])).sort((a, b) => way * (value[a] - value[b]) || a - b);
  const sorted = new Int32Array(list.length);
  sorted.set(known);
  sorted.set(
    list.filter((m) => Number.isNaN(value[m])),
    known.length,
  );
  return sorted;
}
