// Fields and buttons of the workshop, and the name of a table.

import { el, named, pushButton } from "../dom.js";
import { t } from "../model/format.js";
import { wellFormed } from "./ballot.js";

const SAVE_AFTER_MS = 400;

// A field that keeps what is typed: shortly after the last key, and at once when it is left.
/**
 * @param {string} id
 * @param {string} label
 * @param {string} tag
 * @param {any} attributes
 * @param {any} value
 * @param {(values: any) => void} write
 */
export function typedField(id, label, tag, attributes, value, write) {
  const input = el(/** @type {"input"} */ (tag), { id, ...attributes });
  input.value = value;
  let written = value;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  const save = () => {
    clearTimeout(waiting);
    const text = wellFormed(input.value.trim());
    if (text === written) return;
    written = text;
    write(text);
  };
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, SAVE_AFTER_MS);
  });
  input.addEventListener("change", save);
  window.addEventListener("pagehide", save, { once: true });
  return el("div", { class: "room-field" }, el("label", { for: id }, label), input);
}

/** @param {Ballot} ballot */
export const tableName = (ballot) => (ballot.table.trim() ? named(ballot.table) : t("table_unnamed"));

/** @param {string} key @param {(event: any) => unknown} onclick @param {any} [attributes] @param {any} [values] */
export const plainButton = (key, onclick, attributes = {}, values = {}) =>
  pushButton({ class: "room-plain", onclick, ...attributes }, t(key, values));

/** @param {string} key @param {(event: any) => unknown} onclick @param {any} [attributes] */
export const doButton = (key, onclick, attributes = {}) =>
  plainButton(key, onclick, { class: "room-do", ...attributes });
