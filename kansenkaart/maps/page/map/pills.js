// What a choice lets through, in a pill on the map; and below it the ways to draw more of what is found, or in bundles.

import { byId, el, fill, pushButton } from "../dom.js";
import { t } from "../model/format.js";
import { openTownTable } from "../sankey/draw.js";
import { ALL_DRAWN, ANSWER } from "../state/filters.js";
import { page } from "../state/store.js";
import { throughWords } from "../state/through.js";

// What is chosen stands by itself.
const answers = () => page.state.drawn === ANSWER && page.result.list.length > ANSWER && !page.state.chosen;

/** @param {Model} model @param {Actions} actions */
export function makePills(model, actions) {
  const words = el("span", {});
  const clear = pushButton(
    { id: "kk-through-clear", onclick: () => actions.set({ through: null }) },
    t("through_clear"),
  );
  const through = el("p", { class: "pill", id: "kk-through", hidden: true }, words, clear);
  const swap = pushButton({
    id: "kk-bundles",
    onclick: () => actions.set(answers() ? { drawn: ALL_DRAWN } : { bundled: !page.state.bundled }),
  });
  const rows = pushButton({ id: "kk-bundles-table", onclick: () => openTownTable(actions) }, t("bundled_table"));
  byId("kk-area").append(el("div", { class: "kk-pills", id: "kk-pills" }, through));
  byId("kk-count").after(rows, swap);
  return () => {
    const { state, layers } = page;
    const { crowded, bundles } = layers.painted;
    through.hidden = !state.through;
    if (state.through) fill(words, t("through", { what: throughWords(model, state.through) }));
    const few = answers();
    const gaps = state.tab === "gaps";
    rows.hidden = gaps || !bundles;
    swap.hidden = gaps || !(few || crowded);
    fill(swap, t(few ? "best_all" : bundles ? "bundled_single" : "bundled_again"));
  };
}
