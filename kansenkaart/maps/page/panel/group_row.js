// A group in the list of the first sheet, of places or of chances: its name, and what it opens to.

import { el, fill, named, pushButton } from "../dom.js";
import { t } from "../model/format.js";
import { page } from "../state/store.js";

/**
 * @param {"cluster" | "coalition"} key Under which it is chosen.
 * @param {number} n
 * @param {{ name: () => string, about: () => string, inside: (holder: HTMLElement, chosen: boolean) => void, choose: () => void }} group
 * @param {Actions} actions
 */
export function groupRow(key, n, { name, about, inside, choose }, actions) {
  const chosen = () => page.state.through?.[key] === n;
  const open = pushButton({
    class: "line-button",
    onclick: () => (chosen() ? actions.set({ through: null }) : choose()),
  });
  const holder = el("div", { class: "inside" });
  const update = () => {
    open.setAttribute("aria-expanded", String(chosen()));
    fill(open, el("strong", {}, named(name())), el("span", { class: "note" }, about()));
    inside(holder, chosen());
  };
  return { element: el("li", {}, open, holder), update };
}

/** @param {string} key @param {Actions} actions */
export const toChances = (key, actions) =>
  pushButton({ class: "text", onclick: () => actions.set({ tab: "chances" }) }, t(key));
