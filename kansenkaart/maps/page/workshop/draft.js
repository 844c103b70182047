// The firm in the form of "Bedrijf ontbreekt", of which the map knows the place.
// draft: the firm in the form; picking: the next click on the map is its place; painted: where the marks stand.

import { byId } from "../dom.js";

/** @type {{ draft: Firm, picking: boolean, painted: { firm: Firm, x: number, y: number }[], form: { element: HTMLElement, showPlace: () => void }, redraw: () => void }} */
export const missing = /** @type {any} */ ({ draft: null, picking: false, painted: [], form: null });

/** @param {Firm} firm */
export function editFirm(firm) {
  missing.draft = { ...firm };
  missing.redraw();
  byId("kk-firm-name").focus();
}
