// What is chosen or pointed at, and where its places stand on a sheet.

// Larger when the map is nearer: at the scale of a province small drawings keep apart.

import { UNITS } from "../model/model.js";
import { shownMatches } from "../workshop/hidden.js";

export function siteRadius(view, model, s) {
  const zoom = Math.log2((view.k * UNITS) / 256);
  const scale = Math.min(1.2, Math.max(0.55, 0.85 + (zoom - 9) * 0.18));
  return scale * (4.5 + 6.5 * Math.sqrt(model.siteSize[s]));
}

// What a scene points at; not over a map of what is left.
export const highlighted = (model, state) =>
  state.tab === "gaps" ? [] : shownMatches(model, state.highlight).map((id) => ({ kind: "match", id }));

export const placeOf = (view, model, s) => ({
  s,
  x: model.siteU[s] * view.k + view.ox,
  y: model.siteV[s] * view.k + view.oy,
  r: siteRadius(view, model, s) + 1,
  faint: false,
});

export function sitesOf(model, { kind, id }) {
  if (kind === "site") return [id];
  if (kind === "match") return [model.c["m.supply"][id], model.c["m.demand"][id]];
  if (kind === "bundle") return [];
  return [model.links[id].supply, model.links[id].demand].filter((site) => site >= 0);
}
