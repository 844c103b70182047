// How far it is, and how large: points set on the map, in metres of RD New as in the tables.

import { byId, el, fill, pushButton } from "../dom.js";
import { kilometres, number, t } from "../model/format.js";
import { page } from "../state/store.js";
import { askPoints, stopAsking, toRd } from "./points.js";

const HECTARES_UNTIL_M2 = 1e6;

/** @param {number[][]} spots */
export const lengthOf = (spots) =>
  spots.slice(1).reduce((sum, [x, y], n) => sum + Math.hypot(x - spots[n][0], y - spots[n][1]), 0);

// Of the ring that closes from the last point to the first.
/** @param {number[][]} spots */
export function areaOf(spots) {
  const [[fromX, fromY]] = spots;
  const twice = spots.reduce((sum, [x, y], n) => {
    const [nextX, nextY] = spots[(n + 1) % spots.length];
    return sum + (x - fromX) * (nextY - fromY) - (nextX - fromX) * (y - fromY);
  }, 0);
  return Math.abs(twice) / 2;
}

/** @param {number} m2 */
const areaWords = (m2) => (m2 < HECTARES_UNTIL_M2 ? `${number(m2 / 1e4)}\u00a0ha` : `${number(m2 / 1e6)}\u00a0km²`);

// The button starts and stops it; what is measured stands in a pill on the map.
export function startMeasuring() {
  const { map } = page;
  /** @type {L.LatLng[]} */
  const points = [];
  const drawn = L.layerGroup().addTo(map);
  const words = el("span", { role: "status" });
  const back = pushButton({ id: "kk-measure-back", onclick: () => draw(points.pop()) }, t("measure_back"));
  const stop = pushButton({ id: "kk-measure-stop", onclick: stopAsking }, t("measure_stop"));
  const pill = el("p", { class: "pill", id: "kk-measured" }, words, back, stop);
  const look = { pane: "kk-focus", color: page.layers.colours.accent, interactive: false };
  /** @param {unknown} [_changed] */
  const draw = (_changed) => {
    const spots = points.map(toRd);
    fill(words, measuredWords(spots));
    back.hidden = !points.length;
    drawn.clearLayers();
    drawn.addLayer(L.polyline(points, { ...look, weight: 3, fill: points.length > 2 }));
    for (const at of points)
      drawn.addLayer(L.circleMarker(at, { ...look, radius: 4, fillColor: "#fff", fillOpacity: 1 }));
  };
  askPoints({
    how: "measuring",
    take: (at) => draw(points.push(at)),
    stopped: () => {
      drawn.remove();
      pill.remove();
      byId("kk-measure").setAttribute("aria-pressed", "false");
    },
  });
  byId("kk-measure").setAttribute("aria-pressed", "true");
  byId("kk-pills").append(pill);
  draw();
}

/** @param {number[][]} spots */
function measuredWords(spots) {
  if (spots.length < 2) return t(spots.length ? "measure_next" : "measure_first");
  const far = t("measured", { length: kilometres(lengthOf(spots)) });
  return spots.length > 2 ? `${far} · ${t("measured_area", { area: areaWords(areaOf(spots)) })}` : far;
}
