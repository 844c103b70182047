// The drawer "Wat als": a slider for the gas price and one per stream with a price, and what changes.

import { el, fill, headed, noteLine, tableHead } from "../dom.js";
import { className, clean, euro, number, sentenceCase, t, whole } from "../model/format.js";
import { BEST_CLASSES } from "../model/words.js";
import { page } from "../state/store.js";
import { gasLeast, gasLinked, gasWords, priceWords, WHATIF_STEPS, whatIfSteps, whatIfSums } from "../state/whatif.js";
import { slider } from "./controls.js";

/** @param {Model} model @param {Actions} actions */
export function makeWhatIfDrawer(model, actions) {
  const gas = gasLinked(model).length
    ? priceSlider("kk-whatif-gas", t("whatif_gas"), gasLeast(model), (steps) =>
        actions.set({ whatIf: { ...page.state.whatIf, gas: steps } }),
      )
    : null;
  const streams = model.whatIf.flatMap((one, n) =>
    one ? [{ n, one, field: streamPrice(model, n, one, actions) }] : [],
  );
  const support = el("input", {
    type: "checkbox",
    onchange: () => actions.set({ whatIf: { ...page.state.whatIf, support: support.checked } }),
  });
  const sums = el("tbody", {});
  const net = el("p", { class: "whatif-net" });
  const element = el(
    "div",
    { class: "whatif" },
    el("p", {}, t(streams.length ? "whatif_intro" : "whatif_none")),
    gas?.element,
    streams.length
      ? headed(
          "kk-whatif-h-price",
          "h3",
          t("whatif_streams_title"),
          {},
          streams.map(({ field }) => field.element),
        )
      : null,
    streams.length
      ? headed(
          "kk-whatif-h-sums",
          "h3",
          t("whatif_sums_title"),
          {},
          el("label", { class: "check" }, support, t("support")),
          sumTable(sums),
          net,
        )
      : null,
    noteLine(t("whatif_limits")),
  );
  const update = () => {
    const { whatIf } = page.state;
    if (gas) gas.show(whatIf.gas, gasWords(whatIf.gas));
    for (const { n, one, field } of streams) field.show(whatIf.steps[n], askedPriceWords(model, n, one, whatIf));
    if (streams.length) showSums(model, sums, net);
    support.checked = !!whatIf.support;
  };
  return { element, update };
}

/** @param {string} id @param {string} label @param {number} least @param {(value: any) => unknown} onchange */
function priceSlider(id, label, least, onchange) {
  const field = slider(id, label, WHATIF_STEPS, onchange);
  /** @type {HTMLInputElement} */ (field.element.querySelector("input")).min = String(least);
  return field;
}

/** @param {Model} model @param {number} n @param {any} one @param {Actions} actions */
function streamPrice(model, n, one, actions) {
  /** @param {any} steps */
  const change = (steps) =>
    actions.set({
      whatIf: { ...page.state.whatIf, steps: page.state.whatIf.steps.map((old, at) => (at === n ? steps : old)) },
    });
  return priceSlider(`kk-whatif-${n}`, clean(model.streams[n].name, 60), one.least, change);
}

// The price that is reckoned with, that of gas included: "8,66 EUR/GJ (zoals berekend 7)".
/** @param {Model} model @param {number} n @param {any} one @param {WhatIf} whatIf */
function askedPriceWords(model, n, one, whatIf) {
  const step = whatIfSteps(model, whatIf)[n];
  const price = priceWords(model, n, one.value + step * one.step);
  return step ? t("whatif_stream_now", { price, made: number(one.value) }) : price;
}

/** @param {any} body */
function sumTable(body) {
  const head = ["whatif_class", "whatif_was", "whatif_is"].map((key) => el("th", { scope: "col" }, t(key)));
  return el("table", { class: "sums" }, tableHead(head), body);
}

/** @param {Model} model @param {HTMLElement} body @param {HTMLElement} net */
function showSums(model, body, net) {
  const made = whatIfSums(model, model.madeClass ?? model.c["m.class"], false);
  const now = whatIfSums(model, model.c["m.class"], true);
  fill(
    body,
    BEST_CLASSES.map((name, n) =>
      el(
        "tr",
        { "data-class": name },
        el("th", { scope: "row" }, sentenceCase(className(name))),
        el("td", {}, whole(made.counts[n])),
        el("td", { class: made.counts[n] === now.counts[n] ? null : "moved" }, whole(now.counts[n])),
      ),
    ),
  );
  fill(net, t(model.steps ? "whatif_net_now" : "whatif_net", { made: euro(made.net), now: euro(now.net) }));
}
