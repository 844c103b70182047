// The whole region on the screen.

import { toDegrees } from "../model/model.js";
import { page } from "../state/page.js";

export function fitRegion(map, options = {}, bounds = page.model.bounds) {
  map.fitBounds(regionCorners(bounds), { padding: [18, 18], ...options });
}

export const regionCorners = ([west, south, east, north]) =>
  L.latLngBounds([[west, south], [east, south], [west, north], [east, north]].map(([x, y]) => toDegrees(x, y).reverse()));
