// Sliders and choices that narrow the map down.

import { monthNames } from "../card/months.js";
import { el, fill, headed, onceAFrame, pushButton } from "../dom.js";
import { amount, number, t, whole } from "../model/format.js";
import { lowerBound } from "../model/model.js";
import { DISTANCES_KM, DRAWN, hasMonths } from "../state/filters.js";
import { page } from "../state/store.js";
import { walkFound } from "./found.js";

/** @param {Model} model @param {Actions} actions */
export function makeControls(model, actions) {
  const distance = slider("kk-distance", t("distance_most"), DISTANCES_KM.length - 1, (place) =>
    actions.set({ km: DISTANCES_KM[place] }),
  );
  const smallest = slider("kk-smallest", t("quantity_least"), 19, (place) => actions.set({ smallest: place * 5 }));
  const month = hasMonths(model) ? slider("kk-month", t("month"), 12, (place) => actions.set({ month: place })) : null;
  const play = pushButton({ class: "text", id: "kk-month-play", onclick: () => playMonths(actions) });
  const drawn = el(
    "select",
    { id: "kk-drawn", onchange: () => actions.set({ drawn: Number(drawn.value) }) },
    DRAWN.map((count) => el("option", { value: count }, t("best_count", { count: whole(count) }))),
  );
  const unmatched = el("input", {
    type: "checkbox",
    id: "kk-unmatched",
    onchange: () => actions.set({ unmatched: unmatched.checked }),
  });
  const reset = pushButton({ class: "quiet", id: "kk-reset", onclick: actions.reset }, t("reset"));
  const element = headed(
    "kk-narrow",
    "h2",
    t("narrow"),
    { class: "controls" },
    distance.element,
    smallest.element,
    month?.element,
    month && !matchMedia("(prefers-reduced-motion: reduce)").matches ? play : null,
    el("div", { class: "field" }, el("label", { for: "kk-drawn" }, t("drawn_most")), drawn),
    el("label", { class: "check" }, unmatched, el("span", {}, t("show_unmatched"))),
    reset,
  );
  const update = () => {
    const { state } = page;
    distance.show(DISTANCES_KM.indexOf(state.km), distanceWords(state.km));
    smallest.show(state.smallest / 5, smallestWords(model, state));
    month?.show(state.month, [t("month_all"), ...monthNames("long")][state.month]);
    fill(play, t(playing ? "month_stop" : "month_play"));
    drawn.value = String(state.drawn);
    unmatched.checked = state.unmatched;
  };
  return { element, update };
}

const MONTH_MS = 1200;
/** @type {ReturnType<typeof setInterval> | null} */
let playing = null;

// Month after month, January again after December; the same button stops it.
/** @param {Actions} actions */
function playMonths(actions) {
  const next = () => actions.set({ month: (page.state.month % 12) + 1 });
  if (playing) clearInterval(playing);
  playing = playing ? null : setInterval(next, MONTH_MS);
  if (playing) next();
  else actions.set({});
}

/** @param {string} id @param {string} label @param {number} most @param {(value: any) => unknown} onchange */
export function slider(id, label, most, onchange) {
  const output = el("output", { for: id });
  const input = el("input", {
    type: "range",
    id,
    min: 0,
    max: most,
    step: 1,
    oninput: () => onchange(Number(input.value)),
  });
  /** @param {number} place @param {any} words */
  const show = (place, words) => {
    input.value = String(place);
    input.setAttribute("aria-valuetext", words);
    fill(output, words);
  };
  return { element: el("div", { class: "field wide" }, el("label", { for: id }, label), output, input), show };
}

/** @param {number} km */
const distanceWords = (km) => (km === Infinity ? t("distance_any") : `${number(km)} km`);

// One stream on: the quantity itself; several: the share of the smallest that is left out.
/** @param {Model} model @param {State} state */
function smallestWords(model, state) {
  if (!state.smallest) return t("quantity_any");
  const on = state.streams.flatMap((shown, n) => (shown && model.matchesOfStream[n] ? [n] : []));
  if (on.length !== 1) return t("quantity_share", { share: state.smallest });
  const sorted = model.sorted[on[0]];
  const first = sorted.findIndex(
    (value) => lowerBound(sorted, value) / sorted.length >= Math.fround(state.smallest / 100),
  );
  if (first < 0) return t("quantity_none");
  return t("quantity_below", { amount: amount(sorted[first], model.streams[on[0]].unit) });
}

/** @param {Actions} actions */
export function makeSearch(actions) {
  /** @type {HTMLInputElement} */
  const input = el("input", {
    type: "search",
    id: "kk-search",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: t("search_hint"),
    maxlength: 80,
    oninput: onceAFrame(() => actions.set({ query: input.value })),
    onkeydown: (/** @type {any} */ event) => walkFound(event, input),
  });
  const element = el("div", { class: "search" }, el("label", { for: "kk-search" }, t("search")), input);
  const update = () => {
    if (input.value !== page.state.query) input.value = page.state.query;
  };
  return { element, update };
}
