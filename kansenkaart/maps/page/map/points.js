// A click on the map, or Enter for its middle, may mean a point for somebody: the place of a firm, or how far it is.

import { byId, el } from "../dom.js";
import { toDegrees } from "../model/model.js";
import { page } from "../state/store.js";

/** @typedef {{ how: "picking" | "measuring", take: (at: L.LatLng) => void, stopped: () => void }} Asker */

/** @type {Asker | null} */
let asker = null;

// Who asks later has the clicks; who asked before is told that they are over.
/** @param {Asker} who */
export function askPoints(who) {
  stopAsking();
  asker = who;
  // The card would lie over a part of the map, and over its middle on a small screen.
  if (page.state.chosen) page.actions.choose(null);
  page.map.doubleClickZoom.disable();
  byId("kk").classList.add(who.how);
  byId("map_kansenkaart").focus({ preventScroll: true });
}

export function stopAsking() {
  const last = asker;
  asker = null;
  page.map.doubleClickZoom.enable();
  if (!last) return;
  byId("kk").classList.remove(last.how);
  last.stopped();
}

// Asked by the map at every click: whether it was for somebody.
/** @param {L.LatLng} at */
export function givePoint(at) {
  const wanted = Boolean(asker);
  asker?.take(at);
  return wanted;
}

// While points are asked Escape stops that and nothing else.
/** @param {L.Map} map */
export function listenToPoints(map) {
  byId("map_kansenkaart").append(el("div", { class: "pick-cross", "aria-hidden": "true" }));
  document.addEventListener(
    "keydown",
    (event) => {
      if (!asker) return;
      if (event.key === "Escape") stopAsking();
      else if (event.key === "Enter" && event.target === map.getContainer()) givePoint(map.getCenter());
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
}

// The way back from toDegrees, by closing in on the place that it would draw there.
/** @param {L.LatLng} at */
export function toRd({ lat, lng }) {
  let [x, y] = [155000, 463000];
  for (let turn = 0; turn < 12; turn++) {
    const [east, north] = toDegrees(x, y);
    x += (lng - east) * 68400;
    y += (lat - north) * 111250;
  }
  return [x, y];
}
