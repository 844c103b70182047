// What belongs to a chance: the other steps of its chain, heat with CO2, and who shares its pipe.

import { el, named, noteLine } from "../dom.js";
import { className, clean, co2, euro, number, t, whole } from "../model/format.js";
import { doubtButton } from "../workshop/doubt.js";
import { isMatchHidden } from "../workshop/hidden.js";
import { block, chanceButton, paragraph } from "./parts.js";

const SHOWN_STEPS = 4;
// More lines than these at once would hide what they are about.
export const MOST_RELATED = 300;

// Chances with the same number (above 0) in a column, as lists by number; made when first asked for.
/** @param {Model} model @param {any} column */
function groupsOf(model, column) {
  model.groups ??= new Map();
  if (!model.groups.has(column)) {
    const groups = new Map();
    model.c[column].forEach((number, m) => {
      if (number) groups.set(number, [...(groups.get(number) ?? []), m]);
    });
    model.groups.set(column, groups);
  }
  return /** @type {Map<number, number[]>} */ (model.groups.get(column));
}

/** @param {Model} model @param {any} column @param {number} m */
const othersOf = (model, column, m) =>
  (groupsOf(model, column).get(model.c[column][m]) ?? []).filter(
    (other) => other !== m && !isMatchHidden(model, other),
  );

// Heat and CO2 to one taker: the chances of the other of the two.
/** @param {Model} model @param {number} m */
function coupledWith(model, m) {
  const { "m.coupled": coupled, "m.demand": demand, "m.stream": stream } = model.c;
  if (!coupled[m]) return [];
  return model.matchesOfSite[demand[m]].filter(
    (other) =>
      coupled[other] && !isMatchHidden(model, other) && demand[other] === demand[m] && stream[other] !== stream[m],
  );
}

// Everything that is drawn along when a chance is chosen.
/** @param {Model} model @param {Thing | null} thing */
export function relatedOf(model, thing) {
  if (thing?.kind !== "match") return [];
  const all = [
    ...othersOf(model, "m.chain", thing.id),
    ...coupledWith(model, thing.id),
    ...othersOf(model, "m.trunk", thing.id),
  ];
  return [...new Set(all)].slice(0, MOST_RELATED);
}

// Named by the end that differs: "van A" or "naar B"; by both where neither is known yet.
/** @param {Model} model @param {number} m @param {any} from */
function pairNames(model, m, from) {
  const [supply, demand] = [model.c["m.supply"], model.c["m.demand"]];
  const [giver, taker] = [named(model.siteNames[supply[m]]), named(model.siteNames[demand[m]])];
  if (demand[m] === supply[from] || demand[m] === demand[from]) return [t("from"), " ", giver];
  if (supply[m] === demand[from] || supply[m] === supply[from]) return [t("to"), " ", taker];
  return [
    giver,
    el("span", { "aria-hidden": "true" }, " → "),
    el("span", { class: "spoken" }, ` ${t("spoken_to")}`),
    taker,
  ];
}

/** @param {Model} model @param {number[]} matches @param {any} from @param {Actions} actions */
function pairButtons(model, matches, from, actions) {
  const more = matches.length - SHOWN_STEPS;
  return [
    el(
      "ul",
      { class: "buttons" },
      matches.slice(0, SHOWN_STEPS).map((m) => chanceButton(model, m, actions, pairNames(model, m, from))),
    ),
    more > 0 ? noteLine(t("step_rest", { count: whole(more) })) : null,
  ];
}

/** @param {Model} model @param {number} m @param {Actions} actions */
export function chainBlock(model, m, actions) {
  const { "m.chain": chains, "m.leg": legs } = model.c;
  if (!chains[m]) return null;
  const { path, class: name, net, co2: avoided } = model.chains[chains[m] - 1];
  const parts = [
    net === null ? null : t("chain_net", { amount: euro(net) }),
    avoided === null ? null : t("chain_co2", { amount: co2(avoided) }),
  ].filter(Boolean);
  // Steps of another kind first: they are what makes it a chain.
  const others = othersOf(model, "m.chain", m).sort(
    (a, b) => Number(legs[a] === legs[m]) - Number(legs[b] === legs[m]) || legs[a] - legs[b] || a - b,
  );
  return block(
    t("chain", { leg: legs[m] }),
    pathList(path),
    parts.length ? paragraph(t("chain_result", { parts: parts.join(", ") }), doubtButton("chain")) : null,
    noteLine(t("chain_class", { name: className(name) })),
    model.steps ? el("p", { class: "note whatif-note" }, t("whatif_chain")) : null,
    others.length ? [el("h4", {}, t("chain_steps")), pairButtons(model, others, m, actions)] : null,
  );
}

// The way in words, a line per arrow.
/** @param {string} path */
function pathList(path) {
  return el(
    "ol",
    { class: "path" },
    clean(path, 2000)
      .split(" → ")
      .map((step) => el("li", {}, named(step))),
  );
}

/** @param {Model} model @param {number} m @param {Actions} actions */
export function coupledBlock(model, m, actions) {
  if (!model.c["m.coupled"][m]) return null;
  const others = coupledWith(model, m);
  return block(
    t("coupled"),
    paragraph(t("coupled_words", { place: clean(model.siteNames[model.c["m.demand"][m]]) })),
    others.length ? pairButtons(model, others, m, actions) : paragraph(t("coupled_running")),
  );
}

/** @param {Model} model @param {number} m @param {Actions} actions */
export function trunkBlock(model, m, actions) {
  const others = othersOf(model, "m.trunk", m);
  return others.length ? block(t("trunk"), paragraph(t("trunk_words")), pairButtons(model, others, m, actions)) : null;
}

// The numbers a chance can fall by, most deciding first.
/** @param {Model} model @param {number} m */
export function decidingWords(model, m) {
  const ids = model.decided[model.c["m.decided"][m]] ?? [];
  if (!ids.length) return null;
  const names = ids.map((id) => {
    const { name, low, high, unit } = model.inputs[id];
    const words = clean(name, 300);
    return low === null
      ? words
      : t("decides_range", { name: words, low: number(low), high: number(high), unit: clean(unit, 60) });
  });
  return paragraph(t("decides", { names: names.join(` ${t("decides_and")} `) }), doubtButton("decides"));
}
