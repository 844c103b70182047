// The pills on the map: what a choice lets through, and whether bundles are drawn.

// The pill: what the choice leaves, a button that lifts it, and whether the map draws bundles.

import { byId, el, fill, pushButton } from "../dom.js";
import { plural, t } from "../model/format.js";
import { openTownTable } from "../sankey/draw.js";
import { page } from "../state/store.js";
import { throughWords } from "../state/through.js";

/** @param {Model} model @param {Actions} actions */
export function makePills(model, actions) {
  const words = el("span", {});
  const clear = pushButton(
    { id: "kk-through-clear", onclick: () => actions.set({ through: null }) },
    t("through_clear"),
  );
  const through = el("p", { class: "pill", id: "kk-through", hidden: true }, words, clear);
  const bundled = el("span", {});
  const swap = pushButton({ id: "kk-bundles", onclick: () => actions.set({ bundled: !page.state.bundled }) });
  const rows = pushButton({ id: "kk-bundles-table", onclick: () => openTownTable(actions) }, t("bundled_table"));
  const bundles = el("p", { class: "pill", id: "kk-bundled", hidden: true }, bundled, rows, swap);
  const element = el("div", { class: "kk-pills", id: "kk-pills" }, through, bundles);
  byId("kk-area").append(element);
  return () => {
    const { state, layers } = page;
    through.hidden = !state.through;
    if (state.through) fill(words, t("through", { what: throughWords(model, state.through) }));
    const { painted } = layers;
    rows.hidden = !painted.bundles;
    bundles.hidden = state.tab === "gaps" || !painted.crowded;
    fill(bundled, painted.bundles ? plural("bundled", painted.bundles.lines.length) : t("bundled_not"));
    fill(swap, t(painted.bundles ? "bundled_single" : "bundled_again"));
  };
}
