// The pills on the map: what a choice lets through, and how much of what is found is drawn: the best, or bundles.

import { byId, el, fill, pushButton } from "../dom.js";
import { t, whole } from "../model/format.js";
import { openTownTable } from "../sankey/draw.js";
import { ALL_DRAWN, ANSWER } from "../state/filters.js";
import { page } from "../state/store.js";
import { throughWords } from "../state/through.js";

// What is chosen stands by itself; its card would lie over the pill.
const answers = () => page.state.drawn === ANSWER && page.result.list.length > ANSWER && !page.state.chosen;

/** @param {Model} model @param {Actions} actions */
export function makePills(model, actions) {
  const words = el("span", {});
  const clear = pushButton(
    { id: "kk-through-clear", onclick: () => actions.set({ through: null }) },
    t("through_clear"),
  );
  const through = el("p", { class: "pill", id: "kk-through", hidden: true }, words, clear);
  const drawn = el("span", {});
  const swap = pushButton({
    id: "kk-bundles",
    onclick: () => actions.set(answers() ? { drawn: ALL_DRAWN } : { bundled: !page.state.bundled }),
  });
  const rows = pushButton({ id: "kk-bundles-table", onclick: () => openTownTable(actions) }, t("bundled_table"));
  const pill = el("p", { class: "pill", id: "kk-bundled", hidden: true }, drawn, rows, swap);
  const element = el("div", { class: "kk-pills", id: "kk-pills" }, through, pill);
  byId("kk-area").append(element);
  return () => {
    const { state, layers, result } = page;
    const { crowded, bundles } = layers.painted;
    through.hidden = !state.through;
    if (state.through) fill(words, t("through", { what: throughWords(model, state.through) }));
    const few = answers();
    rows.hidden = !bundles;
    pill.hidden = state.tab === "gaps" || !(few || crowded);
    const [what, other] = few
      ? [t("best_of", { drawn: ANSWER, count: whole(result.list.length) }), "best_all"]
      : bundles
        ? [t("bundled", { count: whole(bundles.lines.length), inside: whole(bundles.groups.inside) }), "bundled_single"]
        : [t("bundled_not"), "bundled_again"];
    fill(drawn, what);
    fill(swap, t(other));
  };
}
