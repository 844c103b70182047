// The choice of the order of the list of chances.

import { el, icon, signButton } from "../dom.js";
import { t } from "../model/format.js";
import { SORTS } from "../state/sorting.js";
import { page } from "../state/store.js";

/** @param {Actions} actions */
export function makeSorting(actions) {
  const choice = el(
    "select",
    { id: "kk-sort", onchange: () => actions.set({ sort: choice.value, turned: false }) },
    SORTS.map((sort) => el("option", { value: sort }, t(`sort_${sort}`))),
  );
  const arrows = icon("M6,16V4M3,7L6,4L9,7M14,4V16M11,13L14,16L17,13");
  const turn = signButton(t("sort_turn"), arrows, {
    id: "kk-turn",
    onclick: () => actions.set({ turned: !page.state.turned }),
  });
  const element = el("div", { class: "sorting" }, el("label", { for: "kk-sort" }, t("sort")), choice, turn);
  const update = () => {
    choice.value = page.state.sort;
    turn.setAttribute("aria-pressed", String(page.state.turned));
    element.hidden = page.result.list.length < 2;
  };
  return { element, update };
}
