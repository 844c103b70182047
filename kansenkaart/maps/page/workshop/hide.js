// Hiding a place: its button and its key, and the list that brings it back.

import { el, isTyped, named, noteLine, pushButton } from "../dom.js";
import { clean, plural, t } from "../model/format.js";
import { page, publish, setPointed } from "../state/store.js";
import { plainButton } from "./fields.js";
import { dropHiddenChoice, hiding, keepHidden, maskNames } from "./hidden.js";
import { showRoomNote } from "./note.js";

/** @param {Model} model @param {any} sites @param {any} hidden */
function setHidden(model, sites, hidden) {
  for (const s of sites) model.hidden[s] = hidden ? 1 : 0;
  maskNames(model);
  keepHidden(model);
  dropHiddenChoice(model, page.state);
  setPointed(null);
  publish();
}

/** @param {Model} model @param {number} s @param {Actions} actions */
function hideSite(model, s, actions) {
  setHidden(model, [s], true);
  publish("card");
  actions.point(null);
  showRoomNote(plural("hidden_now", 1), () => setHidden(model, [s], false));
}

// H hides the place whose card is open; not while somebody types, and not when it is switched off.
/** @param {Model} model @param {Actions} actions */
export function listenToHideKey(model, actions) {
  document.addEventListener("keydown", (event) => {
    const { chosen } = page.state;
    if (!hiding.keyOn || event.key.toLowerCase() !== "h" || chosen?.kind !== "site" || isTyped(event)) return;
    event.preventDefault();
    hideSite(model, chosen.id, actions);
  });
}

/** @param {Model} model @param {number} s @param {Actions} actions */
export function hideButton(model, s, actions) {
  return pushButton(
    { class: "room-plain room-hide", onclick: () => hideSite(model, s, actions) },
    t("hide_place"),
    hiding.keyOn ? el("kbd", { "aria-hidden": "true" }, "H") : null,
  );
}

// Closed until asked for: the names would stand on the screen again.
/** @param {Model} model */
export function hiddenList(model) {
  const sites = model.siteNames.flatMap((_, s) => (model.hidden[s] ? [s] : []));
  /** @param {any} chosen */
  const show = (chosen) => setHidden(model, chosen, false);
  /** @param {number} s */
  const row = (s) =>
    el(
      "li",
      {},
      named(hiding.plain.siteNames[s]),
      pushButton(
        {
          class: "room-plain",
          onclick: () => show([s]),
          "aria-label": t("show_place_named", { name: clean(hiding.plain.siteNames[s]) }),
        },
        t("show_place"),
      ),
    );
  if (!sites.length) return noteLine(t("hidden_none"));
  return el(
    "details",
    { class: "room-hidden" },
    el("summary", {}, plural("hidden_places", sites.length)),
    el("ul", {}, sites.map(row)),
    plainButton("show_all_places", () => show(sites)),
  );
}
