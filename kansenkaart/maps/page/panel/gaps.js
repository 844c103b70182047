// Overschot en tekort: what is left on either side, and why.

import { contactWords } from "../card/details.js";
import { drawing, el, fill, named, pushButton, svg } from "../dom.js";
import { GAP_PX } from "../map/places.js";
import { amount, clean, kilometres, number, rangeWords, t, whole } from "../model/format.js";
import { flowReason } from "../model/reasons.js";
import { ROLES } from "../model/words.js";
import { SIDES, searchWords } from "../state/filters.js";
import { sortGaps } from "../state/sorting.js";
import { page } from "../state/store.js";
import { doubtFlag, findDoubt, flowNumber, openCardDoubt } from "../workshop/doubt.js";
import { placeWords } from "./list.js";
import { RowList } from "./row_list.js";

/** @type {Record<string, string>} */
export const SIDE_TEXTS = { supply: "overschot", demand: "tekort", both: "both" };

/** @param {Model} model @param {Actions} actions @param {HTMLElement} scroller */
export function makeGaps(model, actions, scroller) {
  const choices = SIDES.map((role) => {
    const input = el("input", {
      type: "radio",
      name: "kk-side",
      value: role,
      onchange: () => actions.set({ side: role }),
    });
    return { role, input, element: el("label", { class: "choice" }, input, el("span", {}, t(SIDE_TEXTS[role]))) };
  });
  const sums = el("ul", { class: "gap-sums" });
  const note = el("p", { class: "note", role: "status" });
  const sizes = el("p", { class: "note sized" });
  const near = el("p", { class: "note", id: "kk-near" });
  const least = el("input", {
    type: "number",
    id: "kk-least",
    min: 0,
    onchange: () => actions.set({ least: Math.max(0, Number(least.value)) }),
  });
  const list = new RowList({
    id: "kk-gaps",
    label: t("gaps_list"),
    scroller,
    rowHeight: 88,
    row: (/** @type {Gap} */ gap) => gapRow(model, gap),
    choose: (/** @type {Gap} */ gap, /** @type {any} */ event) => {
      actions.choose({ kind: "site", id: model.c["f.site"][gap.flow], flow: gap.flow }, { focus: true });
      if (event?.target.closest(".doubt")) openCardDoubt(gapNumber(model, gap.flow));
    },
    point: (/** @type {Gap} */ gap) =>
      actions.point(gap && { kind: "site", id: model.c["f.site"][gap.flow], flow: gap.flow }),
  });
  const element = el(
    "div",
    { class: "gaps" },
    el(
      "fieldset",
      { class: "switch" },
      el("legend", { class: "spoken" }, t("side")),
      choices.map((choice) => choice.element),
    ),
    note,
    sizes,
    sums,
    el("div", { class: "field" }, el("label", { for: "kk-least" }, t("least")), least),
    near,
    list.element,
  );
  return { element, list, update: () => updateGaps(model, { choices, sums, note, sizes, near, least, list }) };
}

/** @param {Model} model @param {any} of1 */
function updateGaps(model, { choices, sums, note, sizes, near, least, list }) {
  const { state, gaps, actions } = page;
  const rows = sortGaps(model, state, gaps);
  for (const { role, input } of choices) input.checked = role === state.side;
  fill(
    sums,
    sidesShown(state).map((role) => gapSumRows(model, role, state)),
  );
  fill(note, gaps.length ? gapsNote(model, state, gaps) : t(`no_${SIDE_TEXTS[state.side]}`));
  sizes.hidden = !gaps.length;
  if (gaps.length) fill(sizes, sizeDrawing(model), sizeWords(gaps[0].share));
  least.value = state.least || "";
  const off = () => pushButton({ class: "text", onclick: () => actions.set({ near: null }) }, t("near_off"));
  fill(near, state.near ? [t("near_first", { place: clean(state.near.name, 60) }), " ", off()] : t("near_hint"));
  const chosen = rows.findIndex((gap) => isChosenGap(model, state.chosen, gap));
  const moved = chosen >= 0 && list.chosen !== chosen;
  list.show(rows, chosen);
  if (moved) list.reveal(chosen);
}

// The largest circle and one of a quarter of it, as large as on the map; a quarter of the area is half as wide.
/** @param {Model} model */
const sizeDrawing = (model) =>
  drawing(
    2 * GAP_PX + 4,
    2 * GAP_PX + 4,
    ...[GAP_PX, GAP_PX / 2].map((r) =>
      svg("circle", {
        cx: GAP_PX + 2,
        cy: 2 * GAP_PX + 2 - r,
        r,
        fill: "none",
        stroke: model.style.ink,
        "stroke-width": 1.5,
      }),
    ),
  );

/** @param {number} most */
const sizeWords = (most) =>
  el("span", {}, t("gap_sizes", { large: number(100 * most, 2), small: number(25 * most, 2) }));

/** @param {any} of */
export const sidesShown = ({ side }) => (side === "both" ? ROLES : [side]);

// A mark on the map is one stream of a place; a place chosen elsewhere is its first.
/** @param {Model} model @param {any} chosen @param {any} of2 */
function isChosenGap(model, chosen, { flow }) {
  if (chosen?.kind !== "site") return false;
  return chosen.flow === undefined ? model.c["f.site"][flow] === chosen.id : flow === chosen.flow;
}

/** @param {Model} model @param {string} role @param {State} state */
function gapSumRows(model, role, state) {
  const rows = model.streams
    .map((stream, n) => ({ stream, n, total: leftOfStream(model, n, role) }))
    .filter(({ stream, n, total }) => state.streams[n] && (total > 0 || besides(stream, role)));
  const head = state.side === "both" && rows.length ? el("li", { class: "gap-head" }, t(SIDE_TEXTS[role])) : null;
  return [
    head,
    rows.map(({ stream, total }) =>
      el(
        "li",
        { "data-stream": stream.id },
        gapDrawing(stream.colour, role),
        el("span", { class: "name" }, named(stream.name), besides(stream, role)),
        el("span", { class: "quantity" }, t("per_year_short", { amount: amount(total, stream.unit) })),
      ),
    ),
  ];
}

// Of what is over: what is sold outside the region; besides what is missing: what runs under contracts.
/** @param {Stream} stream @param {string} role */
const besides = (stream, role) => stream.besides[ROLES.indexOf(role)];

// The sign as on the map: a disc is overschot, a ring is tekort.
/** @param {string} colour @param {string} role */
function gapDrawing(colour, role) {
  const shape =
    role === "supply" ? { r: 6.5, fill: colour } : { r: 5.5, fill: "#fff", stroke: colour, "stroke-width": 2.5 };
  const picture = drawing(22, 16, svg("circle", { cx: 11, cy: 8, ...shape }));
  picture.setAttribute("class", "gap-mark");
  return picture;
}

/** @param {Model} model @param {Gap[]} gaps @param {string} role */
const countSide = (model, gaps, role) => gaps.filter(({ flow }) => ROLES[model.c["f.role"][flow]] === role).length;

/** @param {Model} model @param {Gap[]} gaps */
function sideCounts(model, gaps) {
  return { supply: whole(countSide(model, gaps, "supply")), demand: whole(countSide(model, gaps, "demand")) };
}

/** @param {Model} model @param {State} state @param {Gap[]} gaps */
const gapsNote = (model, state, gaps) =>
  state.side === "both"
    ? t("both_note", sideCounts(model, gaps))
    : t(`${SIDE_TEXTS[state.side]}_note`, { count: whole(gaps.length) });

/** @param {Model} model @param {State} state @param {Gap[]} gaps */
export const gapsDrawn = (model, state, gaps) =>
  state.side === "both"
    ? t("both_drawn", sideCounts(model, gaps))
    : t(`${SIDE_TEXTS[state.side]}_drawn`, { count: whole(gaps.length) });

// The sum of a stream, or with a search of what it leaves: the sums belong to the list below them.
/** @param {Model} model @param {number} n @param {string} role */
function leftOfStream(model, n, role) {
  const { state, gaps } = page;
  const { "f.stream": stream, "f.role": roles } = model.c;
  if (!searchWords(state).length && !model.hiddenCount)
    return role === "supply" ? model.streams[n].overschot : model.streams[n].tekort;
  return gaps.reduce((sum, { flow, left }) => sum + (stream[flow] === n && ROLES[roles[flow]] === role ? left : 0), 0);
}

/** @param {Model} model @param {number} f */
const gapNumber = (model, f) =>
  flowNumber(model, f, ROLES[model.c["f.role"][f]] === "supply" ? "left_supply" : "left_demand");

// By pointer from the row; by key the row opens the card, where the same button stands beside the same number.
/** @param {Model} model @param {number} f */
function gapDoubt(model, f) {
  const doubted = findDoubt({ kind: "site", id: model.c["f.site"][f] }, gapNumber(model, f));
  const words = t(doubted ? "doubt_change" : "doubt");
  return [
    el("span", { class: `doubt${doubted ? " on" : ""}`, title: words, "aria-hidden": "true" }, doubtFlag()),
    doubted ? el("span", { class: "spoken" }, `. ${words}`) : null,
  ];
}

// What is left, as much less or more as its flow may be.
/** @param {Model} model @param {number} f @param {number} left @returns {[number, number]} */
export const leftRange = ({ c }, f, left) => [
  (left * c["f.low"][f]) / c["f.value"][f],
  (left * c["f.high"][f]) / c["f.value"][f],
];

/** @param {Model} model @param {any} of1 */
function gapRow(model, { flow, left, away }) {
  const { c } = model;
  const contact = contactWords(model, c["f.site"][flow]);
  const stream = model.streams[c["f.stream"][flow]];
  const role = ROLES[c["f.role"][flow]];
  return [
    el(
      "span",
      { class: "chip" },
      gapDrawing(stream.colour, role),
      el("span", { class: "spoken" }, `${t(SIDE_TEXTS[role])}, `),
    ),
    el(
      "span",
      { class: "who" },
      el(
        "span",
        { class: "from" },
        named(model.siteNames[c["f.site"][flow]]),
        el("span", { class: "spoken" }, placeWords(model, c["f.site"][flow])),
      ),
      el(
        "span",
        { class: "reason" },
        named(stream.name),
        away === undefined ? "" : ` · ${kilometres(away)}`,
        ". ",
        contact && `${contact}. `,
        clean(flowReason(model, flow), 400),
      ),
    ),
    el(
      "span",
      { class: "much" },
      el("span", { class: "quantity" }, amount(left, stream.unit)),
      el("span", { class: "grade" }, rangeWords(left, ...leftRange(model, flow, left), stream.unit)),
      el(
        "span",
        { class: "grade" },
        t("of_amount", { amount: amount(c["f.value"][flow], stream.unit) }),
        gapDoubt(model, flow),
      ),
    ),
  ];
}
