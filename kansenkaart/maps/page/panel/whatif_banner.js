// What says that a price is not that of the run: the words above the map and on the card.

// On the card: what is not worked out again, and the class in the words of the rule that decides now.

import { byId, el, fill, pushButton } from "../dom.js";
import { plural, t } from "../model/format.js";
import { publish } from "../state/store.js";
import { applyWhatIf, countChanged, isMoved, noWhatIf, whatIfWords } from "../state/whatif.js";

/** @param {Model} model @param {number} m */
export const whatIfNote = (model, m) =>
  isMoved(model, m) ? el("p", { class: "note whatif-note" }, t("whatif_made")) : null;

// The words above the map for as long as a price is not that of the run.
/** @param {Model} model @param {State} state @param {Actions} actions */
function updateWhatIfBanner(model, state, actions) {
  let banner = byId("kk-whatif");
  if (!model.steps) return banner?.remove();
  if (!banner) {
    banner = el("aside", { class: "kk-whatif", id: "kk-whatif", "aria-label": t("bar_whatif") });
    byId("kk-pills").append(banner);
  }
  const held = banner.contains(document.activeElement);
  fill(
    banner,
    el(
      "p",
      { role: "status" },
      el("strong", {}, t("whatif_on")),
      " ",
      whatIfWords(model, state.whatIf),
      " ",
      el("span", { class: "changed" }, plural("whatif_changed", countChanged(model))),
    ),
    pushButton({ id: "kk-whatif-off", onclick: () => resetWhatIf(model, actions) }, t("whatif_reset")),
  );
  if (held) byId("kk-whatif-off").focus();
  return null;
}

/** @param {Model} model @param {Actions} actions */
function resetWhatIf(model, actions) {
  const inside = byId("kk-whatif")?.contains(document.activeElement);
  actions.set({ whatIf: noWhatIf(model) });
  if (inside) byId("map_kansenkaart").focus({ preventScroll: true });
}

// Before anything is found or drawn; the card is written again when its numbers moved.
/** @param {Model} model @param {State} state @param {Actions} actions */
export function updateWhatIf(model, state, actions) {
  const changed = applyWhatIf(model, state);
  if (changed || (model.steps && !byId("kk-whatif"))) updateWhatIfBanner(model, state, actions);
  if (changed && state.chosen && !byId("kk-card").hidden) queueMicrotask(() => publish("card"));
}
