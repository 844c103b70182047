// Places of RD New on the screen.

import { byId } from "../dom.js";
import { toDegrees } from "../model/model.js";
import { page } from "../state/store.js";

// Below the bar of buttons, which would lie over the north.
/** @param {L.Map} map @param {any} [options] @param {any} [bounds] */
export function fitRegion(map, options = {}, bounds = page.model.bounds) {
  map.fitBounds(regionCorners(bounds), { ...aroundRegion(), ...options });
}

// What stays free around the region, under the bar too.
export function aroundRegion() {
  const { offsetTop, offsetHeight } = byId("kk-bar");
  return { paddingTopLeft: [18, offsetTop + offsetHeight + 18], paddingBottomRight: [18, 18] };
}

/** @param {number} x @param {number} y */
export function latLng(x, y) {
  const [longitude, latitude] = toDegrees(x, y);
  return L.latLng(latitude, longitude);
}

/** @param {any} of */
export const regionCorners = ([west, south, east, north]) =>
  L.latLngBounds([latLng(west, south), latLng(east, south), latLng(west, north), latLng(east, north)]);
