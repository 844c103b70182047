// Places of RD New on the screen.

import { byId } from "../dom.js";
import { toDegrees } from "../model/model.js";
import { page } from "../state/store.js";

// Below the bar of buttons, which would lie over the north.
/** @param {L.Map} map @param {any} [options] @param {any} [bounds] */
export function fitRegion(map, options = {}, bounds = page.model.bounds) {
  map.fitBounds(regionCorners(bounds), { ...aroundRegion(), ...options });
}

// A drawer beside which less than this is left covers the map anyway.
const ENOUGH_PX = 320;

// What stays free around the region: under the bar, beside a drawer, above the pills.
export function aroundRegion() {
  const { offsetTop, offsetHeight } = byId("kk-bar");
  const { offsetLeft, offsetWidth, dataset } = byId("kk-drawer");
  const right = offsetLeft + offsetWidth;
  const left = dataset.drawer === "whatif" && right + ENOUGH_PX < byId("kk-area").offsetWidth ? right : 0;
  const pills = byId("kk-pills");
  const low = pills?.offsetHeight ? byId("map_kansenkaart").offsetHeight - pills.offsetTop : 0;
  return { paddingTopLeft: [left + 18, offsetTop + offsetHeight + 18], paddingBottomRight: [18, low + 18] };
}

// Where the whole region is in sight it stays so, beside what came or went.
/** @param {L.Map} map */
export function keepRegion(map) {
  const corners = regionCorners(page.model.bounds);
  if (map.getBounds().contains(corners)) fitRegion(map);
}

/** @param {number} x @param {number} y */
export function latLng(x, y) {
  const [longitude, latitude] = toDegrees(x, y);
  return L.latLng(latitude, longitude);
}

/** @param {any} of */
export const regionCorners = ([west, south, east, north]) =>
  L.latLngBounds([latLng(west, south), latLng(east, south), latLng(west, north), latLng(east, north)]);
