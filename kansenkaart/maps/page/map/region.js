// Places of RD New on the screen.

import { toDegrees } from "../model/model.js";
import { page } from "../state/store.js";

export function fitRegion(map, options = {}, bounds = page.model.bounds) {
  map.fitBounds(regionCorners(bounds), { padding: [18, 18], ...options });
}

export function latLng(x, y) {
  const [longitude, latitude] = toDegrees(x, y);
  return L.latLng(latitude, longitude);
}

export const regionCorners = ([west, south, east, north]) =>
  L.latLngBounds([latLng(west, south), latLng(east, south), latLng(west, north), latLng(east, north)]);
