// The place of a missing firm: picked on the map, drawn there in its own mark, and found again by a click.

import { byId, el } from "../dom.js";
import { LABEL_FONT, paintText } from "../map/labels.js";
import { onSheet } from "../map/things.js";
import { clean, t } from "../model/format.js";
import { toDegrees } from "../model/model.js";
import { page, publish, setDrawer } from "../state/store.js";
import { editFirm, missing } from "./draft.js";
import { allBallots, kept } from "./kept.js";
import { showRoomNote } from "./note.js";

export function startPicking() {
  missing.picking = true;
  // The card would lie over a part of the map, and over its middle on a small screen.
  if (page.state.chosen) page.actions.choose(null);
  byId("kk").classList.add("picking");
  byId("map_kansenkaart").focus({ preventScroll: true });
}

export function stopPicking() {
  if (!missing.picking) return;
  missing.picking = false;
  byId("kk").classList.remove("picking");
  byId("kk-pick")?.focus({ preventScroll: true });
}

// A point on the map becomes the place of the firm in the form; outside the Netherlands it does not.
/** @param {Model} model @param {any} of1 */
export function pickPoint(model, { lat, lng }) {
  const [x, y] = toRd(lat, lng).map(Math.round);
  const [west, south, east, north] = model.room.bounds;
  const inside = x >= west && x <= east && y >= south && y <= north;
  if (inside) Object.assign(missing.draft, { x, y });
  stopPicking();
  missing.form.showPlace();
  if (!inside) showRoomNote(t("point_outside"));
  publish("firm");
}

// The way back from toDegrees, by closing in on the place that it would draw there.
/** @param {number} latitude @param {number} longitude */
function toRd(latitude, longitude) {
  let [x, y] = [155000, 463000];
  for (let turn = 0; turn < 12; turn++) {
    const [east, north] = toDegrees(x, y);
    x += (longitude - east) * 68400;
    y += (latitude - north) * 111250;
  }
  return [x, y];
}

// While a place is picked a click and Enter on the map mean that; Escape stops it and nothing else.
/** @param {Model} model @param {L.Map} map */
export function listenToPicking(model, map) {
  byId("map_kansenkaart").append(el("div", { class: "pick-cross", "aria-hidden": "true" }));
  document.addEventListener(
    "keydown",
    (event) => {
      if (!missing.picking) return;
      if (event.key === "Escape") stopPicking();
      else if (event.key === "Enter" && event.target === map.getContainer()) pickPoint(model, map.getCenter());
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
}

// Asked by the map at every click: whether it was for a firm of the room.
/** @param {Model} model @param {any} event @param {Layers} layers */
export function takeClick(model, event, layers) {
  if (missing.picking) {
    pickPoint(model, event.latlng);
    return true;
  }
  const { offset } = layers.places.view;
  const [x, y] = [event.layerPoint.x - offset.x, event.layerPoint.y - offset.y];
  const hit = missing.painted.find((mark) => mark.firm.id && Math.hypot(mark.x - x, mark.y - 12 - y) < 16);
  if (!hit) return false;
  if (page.drawer !== "missing") setDrawer("missing");
  if (kept.own.missing.includes(hit.firm)) editFirm(hit.firm);
  return true;
}

/** @param {Model} model @param {State} state */
function firmsShown(model, state) {
  /** @param {Firm} firm */
  const on = (firm) => {
    const n = model.streams.findIndex(({ id }) => id === firm.stream);
    return n < 0 || state.streams[n];
  };
  const draft = page.drawer === "missing" && missing.draft?.x != null ? [{ ...missing.draft, id: null }] : [];
  const known = allBallots()
    .flatMap((ballot) => ballot.missing)
    .filter((firm) => on(firm) && firm.id !== (draft.length ? missing.draft.id : undefined));
  return [...known, ...draft];
}

// A pin with a plus: unlike any place of the data. The one in the form is white until it is kept.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {Colours} colours */
export function paintMissing(ctx, view, model, colours) {
  missing.painted = firmsShown(model, page.state).map((firm) => {
    const [x, y] = onSheet(view, ...model.place(firm.x, firm.y));
    return { firm, x, y };
  });
  for (const { firm, x, y } of missing.painted) {
    const draft = !firm.id;
    ctx.save();
    ctx.translate(x, y);
    ctx.beginPath();
    ctx.moveTo(0, 0);
    ctx.bezierCurveTo(-5, -8, -11, -11, -11, -18);
    ctx.arc(0, -18, 11, Math.PI, 0);
    ctx.bezierCurveTo(11, -11, 5, -8, 0, 0);
    ctx.closePath();
    ctx.lineWidth = 5;
    ctx.strokeStyle = "#ffffff";
    ctx.stroke();
    ctx.fillStyle = draft ? "#ffffff" : colours.accent;
    ctx.fill();
    ctx.lineWidth = 2;
    ctx.strokeStyle = colours.accent;
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(-5, -18);
    ctx.lineTo(5, -18);
    ctx.moveTo(0, -23);
    ctx.lineTo(0, -13);
    ctx.strokeStyle = draft ? colours.accent : "#ffffff";
    ctx.lineWidth = 2.5;
    ctx.stroke();
    ctx.restore();
    if (!firm.name) continue;
    ctx.font = `600 13px ${LABEL_FONT}`;
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    paintText(ctx, clean(firm.name, 28), x + 17, y - 18, colours.ink, 4);
  }
}
