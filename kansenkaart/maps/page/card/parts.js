// Pieces that every card is made of.

import { el, pushButton } from "../dom.js";
import { lineDrawing } from "../map/glyphs.js";
import { amount, t } from "../model/format.js";
import { page } from "../state/store.js";

/** @param {...any} words */
export const cardTitle = (...words) => el("h2", { id: "kk-card-title", tabindex: -1 }, words);

/** @param {any} title @param {...any} content */
export const block = (title, ...content) => el("section", {}, el("h3", {}, title), content);

// What stands behind the answer: closed until somebody opens it, and then open in the next card too.
/** @param {string} key Of its title. @param {...any} content */
export function folded(key, ...content) {
  const { unfolded } = page;
  const ontoggle = (/** @type {any} */ { target }) => unfolded[target.open ? "add" : "delete"](key);
  return el(
    "details",
    { class: "fold", open: unfolded.has(key), ontoggle },
    el("summary", {}, el("h3", {}, t(key))),
    content,
  );
}

/** @param {...any} words */
export const paragraph = (...words) => el("p", {}, words);

// A row that opens the card of another chance.
/** @param {Model} model @param {number} m @param {Actions} actions @param {...any} words */
export function chanceButton(model, m, actions, ...words) {
  const { colour, dash, unit } = model.streams[model.c["m.stream"][m]];
  return el(
    "li",
    {},
    pushButton(
      { class: "line-button", onclick: () => actions.choose({ kind: "match", id: m }, { focus: true }) },
      lineDrawing(colour, dash, { width: 22 }),
      el("span", {}, words),
      el("span", { class: "note" }, amount(model.c["m.quantity"][m], unit)),
    ),
  );
}
