// Twelve months in a small chart: what is delivered or left, and faint behind it what is free and what is asked.

import { drawing, el, noteLine, svg } from "../dom.js";
import { locale, number, t, unitStep } from "../model/format.js";
import { IDLE_CLASS } from "../model/words.js";
import { doubtButton } from "../workshop/doubt.js";
import { folded, paragraph } from "./parts.js";

const CHART = { width: 344, height: 78, foot: 17 };
// What is far larger than what is told about is cut off at this many times its size.
const CUT = 3;

// Quantity per month from a shape of twelve levels and the total of the year; null without a shape.
/** @param {Model} model @param {number} index @param {number} total @returns {any} */
function monthsOf(model, index, total) {
  if (!index) return null;
  const levels = model.c.months.subarray((index - 1) * 12, index * 12);
  const sum = /** @type {any} */ (levels).reduce(
    (/** @type {any} */ all, /** @type {number} */ level) => all + level,
    0,
  );
  return Array.from(levels, (level) => (total * level) / sum);
}

/** @param {Model} model @param {number} f */
const flowMonths = (model, f) => (f < 0 ? null : monthsOf(model, model.c["f.months"][f], model.c["f.value"][f]));

/** @type {(model: any, m: number, stream: any, flows: number[]) => any} The flow of the supply and that of the demand. */
export function monthsBlock(model, m, stream, [supply, demand]) {
  const { c } = model;
  const delivered = monthsOf(model, c["m.months"][m], c["m.quantity"][m]);
  if (!delivered) return null;
  const storedShare = c["m.stored_share"]?.[m] ?? 0;
  const chart = monthChart(stream, {
    bars: delivered,
    label: t("months_delivered"),
    supply: flowMonths(model, supply),
    demand: flowMonths(model, demand),
  });
  return folded(
    "months",
    overlapWords(model, m, supply, demand),
    storedShare ? paragraph(t("months_stored", { share: storedShare }), doubtButton("stored")) : null,
    chart,
  );
}

// The share is that of the smaller side.
/** @param {Model} model @param {number} m @param {any} supply @param {any} demand */
function overlapWords(model, m, supply, demand) {
  const share = model.c["m.overlap"][m];
  if (share === 255 || supply < 0 || demand < 0) return null;
  const value = model.c["f.value"];
  return paragraph(
    t(value[supply] <= value[demand] ? "months_overlap_supply" : "months_overlap_demand", { share }),
    doubtButton("overlap"),
  );
}

// What is left of a flow in every month; null where a store shifts the months, or nothing is left.
/** @param {Model} model @param {number} f @param {Stream} stream */
export function leftBlock(model, f, stream) {
  const { c } = model;
  const free = flowMonths(model, f);
  if (!free || !(c["f.remaining"][f] > 0)) return null;
  const supply = c["f.role"][f] === 0;
  const side = c[supply ? "m.supply" : "m.demand"];
  const own = model.matchesOfSite[c["f.site"][f]].filter(
    (m) => side[m] === c["f.site"][f] && c["m.stream"][m] === c["f.stream"][f] && c["m.class"][m] !== IDLE_CLASS,
  );
  if (own.some((m) => c["m.stored"]?.[m] || !c["m.months"][m])) return null;
  const left = /** @type {number[]} */ (free.slice());
  for (const m of own)
    monthsOf(model, c["m.months"][m], c["m.quantity"][m]).forEach(
      (/** @type {number} */ quantity, /** @type {number} */ month) => (left[month] -= quantity),
    );
  // Levels are whole hundredths: less than two of them is rounding.
  const least = Math.max(...free) * 0.02;
  const bars = left.map((quantity) => (quantity > least ? quantity : 0));
  const chart = monthChart(stream, {
    bars,
    label: t(supply ? "months_left" : "months_short"),
    [supply ? "supply" : "demand"]: free,
  });
  return el("div", { class: "left" }, el("h4", {}, t(supply ? "months_left_supply" : "months_left_demand")), chart);
}

/** @param {Stream} stream @param {any} of1 */
function monthChart(stream, { bars, label, supply = null, demand = null }) {
  const most = Math.max(...bars, ...(supply ?? []), ...(demand ?? []));
  const told = Math.max(...bars, Math.min(...[supply, demand].filter(Boolean).map((side) => Math.max(...side))));
  const top = Math.min(most, told * CUT) || 1;
  /** @param {any} value */
  const unit = (value) => {
    const [factor, name] = unitStep(top, stream.unit);
    return `${number(value / factor, 2)}\u00a0${name}`;
  };
  const names = monthNames("long");
  const picture = svg(
    "svg",
    {
      class: "months",
      viewBox: `0 0 ${CHART.width} ${CHART.height + CHART.foot}`,
      role: "img",
      focusable: "false",
      "aria-label": `${label}. ${t("months_alt", { months: bars.map((/** @type {any} */ value, /** @type {number} */ month) => `${names[month]} ${unit(value)}`).join(", ") })}`,
    },
    ...chartShapes(stream, top, bars, supply, demand),
  );
  const key = [
    [label, stream.colour, "bar"],
    supply && [t("months_supply"), "#d3dddb", "bar"],
    demand && [t("months_demand"), "#55636a", "line"],
  ].filter(Boolean);
  return el(
    "div",
    { class: "year" },
    el("p", { class: "note top" }, t("months_top", { amount: unit(top) })),
    picture,
    el(
      "ul",
      { class: "year-key note" },
      key.map(([words, colour, shape]) => el("li", {}, keyDrawing(colour, shape), words)),
    ),
    most > top * 1.001 ? noteLine(t("months_cut")) : null,
  );
}

/** @param {Stream} stream @param {number} top @param {any} bars @param {any} supply @param {any} demand */
function chartShapes(stream, top, bars, supply, demand) {
  const step = CHART.width / 12;
  /** @param {any} value */
  const height = (value) => (Math.min(value, top) / top) * CHART.height;
  /** @param {any} value @param {number} month @param {any} inset @param {string} colour */
  const bar = (value, month, inset, colour) =>
    svg("rect", {
      x: (month * step + inset).toFixed(2),
      y: (CHART.height - height(value)).toFixed(2),
      width: (step - 2 * inset).toFixed(2),
      height: height(value).toFixed(2),
      fill: colour,
    });
  /** @param {any} value @param {number} month */
  const level = (value, month) => {
    const y = Math.max(1, CHART.height - height(value)).toFixed(2);
    return svg("line", {
      x1: (month * step + 1).toFixed(2),
      x2: ((month + 1) * step - 1).toFixed(2),
      y1: y,
      y2: y,
      stroke: "#55636a",
      "stroke-width": 2,
    });
  };
  const letters = monthNames("narrow").map((letter, month) => {
    const text = svg("text", { x: ((month + 0.5) * step).toFixed(2), y: CHART.height + 13, "text-anchor": "middle" });
    text.textContent = letter;
    return text;
  });
  return [
    ...(supply ?? []).map((/** @type {any} */ value, /** @type {number} */ month) => bar(value, month, 1.5, "#d3dddb")),
    ...bars.map((/** @type {any} */ value, /** @type {number} */ month) => bar(value, month, 7, stream.colour)),
    ...(demand ?? []).map(level),
    svg("line", { x1: 0, x2: CHART.width, y1: CHART.height, y2: CHART.height, stroke: "#87959a", "stroke-width": 1 }),
    ...letters,
  ];
}

/** @param {string} colour @param {any} shape */
function keyDrawing(colour, shape) {
  return drawing(
    14,
    12,
    shape === "line"
      ? svg("line", { x1: 0, x2: 14, y1: 6, y2: 6, stroke: colour, "stroke-width": 2 })
      : svg("rect", { x: 1, y: 1, width: 12, height: 10, fill: colour }),
  );
}

// Names as the language writes them: "januari", or its first letter.
/** @param {any} style */
export const monthNames = (style) =>
  Array.from({ length: 12 }, (_, month) =>
    new Date(Date.UTC(2025, month, 15)).toLocaleDateString(locale, { timeZone: "UTC", month: style }),
  );
