// What is chosen or pointed at, and where its places stand on a sheet.

import { namedPair } from "../dom.js";
import { shownMatches } from "../workshop/hidden.js";
import { zoomOf } from "./background.js";

// A place in map units as [x, y] on a sheet.
/** @type {(view: View, u: number, v: number) => [number, number]} */
export const onSheet = (view, u, v) => [u * view.k + view.ox, v * view.k + view.oy];

/** @type {(view: View, model: Model, s: number) => [number, number]} */
export const siteSpot = (view, model, s) => onSheet(view, model.siteU[s], model.siteV[s]);

// From here on there is room for the drawing of a kind; before that a place is a dot that says what it has or asks.
const GLYPHS_FROM_ZOOM = 11;

/** @param {View} view */
export const isDotted = (view) => zoomOf(view) < GLYPHS_FROM_ZOOM;

// Larger when the map is nearer: at the scale of a province small drawings keep apart.
/** @param {View} view @param {Model} model @param {number} s */
export function siteRadius(view, model, s) {
  if (isDotted(view)) return 3 + 3.5 * Math.sqrt(model.siteSize[s]);
  const scale = Math.min(1.2, Math.max(0.55, 0.85 + (zoomOf(view) - 9) * 0.18));
  return scale * (4.5 + 6.5 * Math.sqrt(model.siteSize[s]));
}

// What a scene points at; not over a map of what is left.
/** @type {(model: Model, state: State) => Thing[]} */
export const highlighted = (model, state) =>
  state.tab === "gaps" ? [] : shownMatches(model, state.highlight).map((id) => ({ kind: "match", id }));

/** @param {View} view @param {Model} model @param {number} s */
export function placeOf(view, model, s) {
  const [x, y] = siteSpot(view, model, s);
  return { s, x, y, r: siteRadius(view, model, s) + 1, faint: false, dot: isDotted(view) };
}

/** @param {Model} model @param {any} of1 */
export function sitesOf(model, { kind, id }) {
  if (kind === "site") return [id];
  if (kind === "match") return [model.c["m.supply"][id], model.c["m.demand"][id]];
  if (kind === "bundle") return [];
  return [model.links[id].supply, model.links[id].demand].filter((site) => site >= 0);
}

/** @param {Model} model @param {number} m */
export const pairNamed = (model, m) =>
  namedPair(model.siteNames[model.c["m.supply"][m]], model.siteNames[model.c["m.demand"][m]]);
