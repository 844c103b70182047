// Wat als: another gas price, or another price of a stream. Every chance is classed and priced again by the run's own
// rules; who supplies whom, along which pipe, and in which order the list stands, stays as it was calculated.

import { clean, number, t, unitName } from "../model/format.js";
import { digitsOf, madeFigure } from "../model/model.js";
import { BEST_CLASSES, IDLE_CLASS } from "../model/words.js";

export const WHATIF_STEPS = 40;
// Codes of m.good and m.pays: at no step; of m.cap: no price, or the rules do not explain the class: it stays as it is.
const WHATIF_NEVER = 255;
const WHATIF_FIXED = 255;
const MOVED_BY_PRICE = ["net_eur_y", "benefit_eur_y"];
// How far, how often and between what a chance pays is not worked out again.
const AS_DRAWN = /^(break_even_km|pays_share|net_(low|high|p10|p90)_eur_y)$/;

/** @param {Model} model */
export const noWhatIf = (model) => ({ gas: 0, steps: model.streams.map(() => 0) });

// Steps of every stream: its own, and those of the gas price where its price follows that of gas.
/** @param {Model} model @param {any} of1 */
export function whatIfSteps(model, { gas, steps }) {
  return model.whatIf.map((one, n) =>
    one ? Math.max(one.least, Math.min(2 * WHATIF_STEPS, steps[n] + (one.gas ? gas : 0))) : 0,
  );
}

// Puts the classes of the asked prices in the model; everything that draws or counts reads them there.
/** @param {Model} model @param {State} state */
export function applyWhatIf(model, state) {
  const steps = whatIfSteps(model, state.whatIf);
  const key = JSON.stringify(state.whatIf);
  if (key === (model.stepsKey ?? JSON.stringify(noWhatIf(model)))) return false;
  model.madeClass ??= model.c["m.class"];
  model.stepsKey = key;
  model.support = state.whatIf.support;
  model.steps = model.support || steps.some(Boolean) ? steps : null;
  model.c["m.class"] = model.steps ? classesAt(model, steps) : model.madeClass;
  return true;
}

// A chance that pays with the support there is, and not without.
/** @param {Model} model @param {number} m */
const isLifted = (model, m) => model.support && model.c["m.support"][m];

/** @param {Model} model @param {any} steps */
function classesAt(model, steps) {
  const { "m.stream": stream, "m.cap": cap } = model.c;
  const classes = model.madeClass.slice();
  const most = model.whatIfCaps.map(([, strength]) => strength);
  for (let m = 0; m < classes.length; m++) {
    const step = steps[stream[m]];
    if (isLifted(model, m)) classes[m] = IDLE_CLASS - 1;
    if (!step || cap[m] === WHATIF_FIXED) continue;
    classes[m] = 2 - Math.min(strengthAt(model, m, step), most[cap[m]]);
  }
  return classes;
}

/** @type {(from: number, code: number) => boolean} */
const reaches = (from, code) => from !== WHATIF_NEVER && code >= from;

// How well a chance pays at a step of the price of its stream: 2 well, 1 perhaps, 0 not.
/** @param {Model} model @param {number} m @param {number} step */
function strengthAt(model, m, step) {
  const code = step - model.whatIf[model.c["m.stream"][m]].least;
  return reaches(model.c["m.good"][m], code) ? 2 : Number(reaches(model.c["m.pays"][m], code));
}

// Whether the numbers of a chance are those of the what-if.
/** @param {Model} model @param {number} m */
export const isMoved = (model, m) =>
  Boolean(model.steps?.[model.c["m.stream"][m]] && model.c["m.cap"][m] !== WHATIF_FIXED);

// EUR per year that a chance wins: what arrives x the change of price.
/** @param {Model} model @param {number} m */
function movedBy(model, m) {
  const stream = model.c["m.stream"][m];
  return (
    /** @type {number[]} */ (model.steps)[stream] *
    model.whatIf[stream].step *
    Math.max(0, 1 - model.c["m.lost"][m]) *
    model.c["m.quantity"][m]
  );
}

// A number of a chance at the asked prices, no finer than the number it was calculated from.
/** @param {Model} model @param {string} name @param {number} m */
export function matchFigure(model, name, m) {
  const made = madeFigure(model, name, m);
  if (!isMoved(model, m)) return made;
  if (AS_DRAWN.test(name)) return NaN;
  if (!MOVED_BY_PRICE.includes(name) || !Number.isFinite(made)) return made;
  const finest = made ? 10 ** (Math.floor(Math.log10(Math.abs(made))) - digitsOf(name) + 1) : 1;
  return Math.round((made + movedBy(model, m)) / finest) * finest;
}

// Of all chances of the run: how many in every class, and what those that (may) pay bring together.
/** @param {Model} model @param {any} classes @param {any} moved */
export function whatIfSums(model, classes, moved) {
  const counts = BEST_CLASSES.map(() => 0);
  let net = 0;
  model.madeNet ??= Float64Array.from(classes, (_, m) => madeFigure(model, "net_eur_y", m));
  for (let m = 0; m < classes.length; m++) {
    counts[classes[m]]++;
    if (classes[m] === IDLE_CLASS || Number.isNaN(model.madeNet[m])) continue;
    net += model.madeNet[m] + (moved && isMoved(model, m) ? movedBy(model, m) : 0);
  }
  return { counts, net };
}

/** @param {Model} model */
export function countChanged(model) {
  let changed = 0;
  if (model.steps) model.madeClass.forEach((name, m) => (changed += Number(name !== model.c["m.class"][m])));
  return changed;
}

// "gas +5 cent per m³ · CO₂ 95 EUR/t"
/** @param {Model} model @param {any} of1 */
export function whatIfWords(model, { gas, steps, support }) {
  const streams = model.whatIf.flatMap((one, n) =>
    one && steps[n]
      ? [
          t("whatif_part", {
            stream: clean(model.streams[n].name, 60),
            price: priceWords(model, n, one.value + steps[n] * one.step),
          }),
        ]
      : [],
  );
  return [gas && gasWords(gas), ...streams, support && t("support")].filter(Boolean).join(" · ");
}

// A step of the gas price is a cent per m3; see whatif.py.
/** @param {number} gas */
export const gasWords = (gas) => t("whatif_gas_part", { change: changeWords(gas) });

/** @param {any} value */
export const changeWords = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${number(Math.abs(value))}`;

/** @param {Model} model @param {number} n @param {number} price */
export const priceWords = (model, n, price) =>
  t("whatif_price", { price: number(Math.max(0, price)), unit: unitName(model.streams[n].unit) });

// In the permalink: "gas:5,co2:-4"; the support that exists is not kept.
/** @param {Model} model @param {any} of1 */
export function writeWhatIf(model, { gas, steps }) {
  return [
    ...(gas ? [`gas:${gas}`] : []),
    ...model.streams.flatMap(({ id }, n) => (steps[n] ? [`${id}:${steps[n]}`] : [])),
  ].join(",");
}

/** @param {Model} model @param {string} text */
export function readWhatIf(model, text) {
  /** @type {WhatIf} */
  const asked = noWhatIf(model);
  for (const part of (text || "").split(",")) {
    const [, id, written] = /^(.+):(-?\d{1,2})$/.exec(part) ?? [];
    const n = model.streams.findIndex((stream) => stream.id === id);
    const steps = Math.min(WHATIF_STEPS, Number(written));
    if (id === "gas" && gasLinked(model).length) asked.gas = Math.max(gasLeast(model), steps);
    else if (n >= 0 && model.whatIf[n]) asked.steps[n] = Math.max(model.whatIf[n].least, steps);
  }
  return asked;
}

/** @param {Model} model */
export const gasLinked = (model) => model.whatIf.flatMap((one, n) => (one?.gas ? [n] : []));

/** @param {Model} model */
export const gasLeast = (model) => Math.max(...gasLinked(model).map((n) => model.whatIf[n].least));

/** @param {Model} model @param {number} m */
export function whatIfRule(model, m) {
  const made = model.strings[model.c["m.class_rule"][m]];
  if (!isMoved(model, m)) return isLifted(model, m) ? "support" : made;
  const strength = strengthAt(model, m, /** @type {number[]} */ (model.steps)[model.c["m.stream"][m]]);
  const [key, most] = model.whatIfCaps[model.c["m.cap"][m]];
  return strength > most ? key : ["price_never", "price_near", "price_good"][strength];
}
