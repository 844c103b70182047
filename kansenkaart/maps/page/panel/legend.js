// The list of streams is the legend: colour, dash, name, totals - and the switch.

import { drawing, el, fill, headed, named, pushButton, svg } from "../dom.js";
import { LOOKS } from "../map/background.js";
import { classDrawing, glyphDrawing, lineDrawing } from "../map/glyphs.js";
import { DOT_TEXTS, dotDiscs } from "../map/places.js";
import { makeReachTable } from "../map/reach.js";
import { amount, className, classTexts, clean, sumWords, t, whole } from "../model/format.js";
import { BEST_CLASSES } from "../model/words.js";
import { page } from "../state/store.js";
import { swatch } from "./clusters.js";

/** @param {Model} model @param {Actions} actions */
export function makeLegend(model, actions) {
  const rows = model.streams.map((stream, n) => streamRow(stream, () => actions.toggle("streams", n)));
  const classes = BEST_CLASSES.map((name, n) => classRow(name, () => actions.toggle("classes", n)));
  const element = el(
    "div",
    { class: "legend" },
    el(
      "section",
      { "aria-labelledby": "kk-streams" },
      el(
        "div",
        { class: "head" },
        el("h2", { id: "kk-streams" }, t("streams")),
        el(
          "div",
          { class: "head-actions" },
          pushButton({ class: "text", onclick: () => actions.toggleAll(true) }, t("all")),
          pushButton({ class: "text", onclick: () => actions.toggleAll(false) }, t("none")),
        ),
      ),
      el(
        "ul",
        { class: "rows" },
        rows.map((row) => row.element),
      ),
      makeReachTable(model),
    ),
    headed(
      "kk-classes",
      "h2",
      t("classes"),
      { class: "classes" },
      el(
        "ul",
        { class: "rows" },
        classes.map((row) => row.element),
      ),
    ),
  );
  return { element, update: () => updateLegend(model, rows, classes) };
}

/** @param {Stream} stream @param {(value: any) => unknown} onchange */
function streamRow(stream, onchange) {
  const input = el("input", { type: "checkbox", checked: true, onchange, "data-stream": stream.id });
  const sums = el("span", { class: "sums" });
  const label = el(
    "label",
    { class: "row" },
    input,
    lineDrawing(stream.colour, stream.dash),
    el("span", { class: "words" }, el("span", { class: "name" }, named(stream.name)), sums, byYearWords(stream)),
  );
  return { element: el("li", {}, label), input, sums };
}

// Of all chances of the stream, whatever is chosen: what yearly totals alone would promise.
/** @param {any} of */
function byYearWords({ matched, matchedByYear, unit }) {
  if (matchedByYear === null || matchedByYear <= matched * 1.005) return null;
  return el("span", { class: "by-year" }, t("by_year", { amount: amount(matchedByYear, unit) }));
}

/** @param {string} name @param {(value: any) => unknown} onchange */
function classRow(name, onchange) {
  const input = el("input", { type: "checkbox", checked: true, onchange, "data-class": name });
  const count = el("span", { class: "count" });
  const label = el(
    "label",
    { class: "row" },
    input,
    classDrawing(name, page.model.style.ink),
    el(
      "span",
      { class: "words" },
      el("span", { class: "name" }, className(name), " ", count),
      el("span", { class: "sums" }, classTexts[`${name}_rule`]),
    ),
  );
  return { element: el("li", {}, label), input, count };
}

/** @param {Model} model @param {any} rows @param {any} classes */
function updateLegend(model, rows, classes) {
  const { state, result } = page;
  rows.forEach((/** @type {any} */ row, /** @type {number} */ n) => {
    row.input.checked = state.streams[n];
    row.element.classList.toggle("off", !state.streams[n]);
    row.element.classList.toggle("empty", !result.totals[n].count);
    fill(row.sums, sumWords(model.streams[n], result.totals[n]));
  });
  classes.forEach((/** @type {any} */ row, /** @type {number} */ n) => {
    row.input.checked = state.classes[n];
    row.element.classList.toggle("off", !state.classes[n]);
    fill(row.count, whole(result.classCounts[n]));
  });
}

// What the signs on the map mean: kinds of places, sizes, land.
/** @param {Model} model */
export function makeKey(model) {
  const byGlyph = new Map();
  for (const kind of model.kinds) byGlyph.set(kind.glyph, [...(byGlyph.get(kind.glyph) || []), kind.name]);
  const places = [...byGlyph].map(([glyph, names]) =>
    el(
      "li",
      { "data-sign": glyph },
      glyphDrawing(glyph),
      el("span", {}, names.map((/** @type {string} */ name) => clean(name)).join(", ")),
    ),
  );
  const widths = drawing(
    34,
    16,
    svg("line", { x1: 0, y1: 3, x2: 34, y2: 3, stroke: model.style.ink, "stroke-width": 1.5 }),
    svg("line", { x1: 0, y1: 10.5, x2: 34, y2: 10.5, stroke: model.style.ink, "stroke-width": 6 }),
  );
  const own = model.background.map(({ name, look }) => {
    const [fill, stroke] = LOOKS[look];
    const sign = fill
      ? swatch(fill === "lq-1" ? "" : fill, stroke)
      : drawing(22, 14, svg("rect", { y: 6, width: 22, height: 2, fill: stroke }));
    return el("li", { "data-sign": "own" }, sign, el("span", {}, clean(name, 60)));
  });
  return headed(
    "kk-key",
    "h2",
    t("signs"),
    { class: "key" },
    el("p", { class: "note sized" }, widths, el("span", {}, t("sizes"))),
    el(
      "ul",
      { class: "kinds" },
      DOT_TEXTS.map((key, n) => el("li", { "data-sign": "dot" }, dotDrawing(n + 1, model.style.ink), t(key))),
      places,
      el("li", { "data-sign": "doubt" }, doubtDrawing(), t("dot_doubt")),
      own,
    ),
  );
}

/** @param {number} role @param {string} ink */
const dotDrawing = (role, ink) =>
  drawing(
    16,
    16,
    ...dotDiscs(role, 5.5, ink).map(({ r, fill, edge, width }) =>
      svg("circle", { cx: 8, cy: 8, r, fill, stroke: edge, "stroke-width": width }),
    ),
  );

const doubtDrawing = () =>
  drawing(16, 16, ...[8, 5.5, 3].map((r) => svg("circle", { cx: 8, cy: 8, r, fill: "#1f2a2e", "fill-opacity": 0.12 })));
