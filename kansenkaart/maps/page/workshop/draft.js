// The firm in the form of "Bedrijf ontbreekt", of which the map knows the place.
// draft: the firm in the form; painted: where the marks stand.

import { byId } from "../dom.js";

/** @type {{ draft: Firm, painted: { firm: FirmPin, x: number, y: number }[], form: { element: HTMLElement, showPlace: () => void }, redraw: () => void }} */
export const missing = /** @type {any} */ ({ draft: null, painted: [], form: null });

/** @param {Firm} firm */
export function editFirm(firm) {
  missing.draft = { ...firm };
  missing.redraw();
  byId("kk-firm-name").focus();
}
