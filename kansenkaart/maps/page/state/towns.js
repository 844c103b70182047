// Municipalities where places stand.

// Municipalities where places stand: names, a point on the map, and which place lies where.

import { clean, t } from "../model/format.js";

/** @param {Model} model */
export function townsOf(model) {
  if (model.towns) return model.towns;
  const column = model.c["s.municipality"];
  const codes = [...new Set(column)].sort((a, b) => a - b);
  const place = new Map(codes.map((code, n) => [code, n]));
  const names = codes.map((code) => model.strings[code]);
  const of = Int32Array.from(column, (code) => /** @type {number} */ (place.get(code)));
  model.towns = { names, of, ...townPoints(model, names, of) };
  return model.towns;
}

// The point inside the municipality; of one without an area on the map, the middle of its places.
/** @param {Model} model @param {(string | null)[]} names @param {Int32Array} of */
function townPoints(model, names, of) {
  const [u, v, count] = [0, 0, 0].map(() => new Float64Array(names.length));
  for (let s = 0; s < of.length; s++) {
    u[of[s]] += model.siteU[s];
    v[of[s]] += model.siteV[s];
    count[of[s]]++;
  }
  const areas = new Map(model.areas.map((area) => [area.name, area]));
  names.forEach((name, n) => {
    const area = areas.get(/** @type {string} */ (name));
    [u[n], v[n]] = area ? model.place(area.x, area.y) : [u[n] / count[n], v[n] / count[n]];
  });
  return { u, v };
}

/** @param {Model} model @param {number} n */
export const townName = (model, n) => clean(townsOf(model).names[n] ?? t("no_municipality"), 60);
