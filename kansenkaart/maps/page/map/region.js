// Places of RD New on the screen.

import { toDegrees } from "../model/model.js";
import { page } from "../state/store.js";

/** @param {L.Map} map @param {any} [options] @param {any} [bounds] */
export function fitRegion(map, options = {}, bounds = page.model.bounds) {
  map.fitBounds(regionCorners(bounds), { padding: [18, 18], ...options });
}

/** @param {number} x @param {number} y */
export function latLng(x, y) {
  const [longitude, latitude] = toDegrees(x, y);
  return L.latLng(latitude, longitude);
}

/** @param {any} of */
export const regionCorners = ([west, south, east, north]) =>
  L.latLngBounds([latLng(west, south), latLng(east, south), latLng(west, north), latLng(east, north)]);
