// The place of a missing firm: picked on the map, drawn there in its own mark, and found again by a click.

import { byId } from "../dom.js";
import { LABEL_FONT, paintText } from "../map/labels.js";
import { askPoints, stopAsking, toRd } from "../map/points.js";
import { onSheet } from "../map/things.js";
import { clean, t } from "../model/format.js";
import { page, publish, setDrawer } from "../state/store.js";
import { editFirm, missing } from "./draft.js";
import { isSiteHidden } from "./hidden.js";
import { allBallots, kept } from "./kept.js";
import { showRoomNote } from "./note.js";

export function startPicking() {
  askPoints({
    how: "picking",
    take: (at) => pickPoint(page.model, at),
    stopped: () => byId("kk-pick")?.focus({ preventScroll: true }),
  });
}

// A point on the map becomes the place of the firm in the form; outside the Netherlands it does not.
/** @param {Model} model @param {L.LatLng} at */
export function pickPoint(model, at) {
  const [x, y] = toRd(at).map(Math.round);
  const [west, south, east, north] = model.room.bounds;
  const inside = x >= west && x <= east && y >= south && y <= north;
  if (inside) Object.assign(missing.draft, { x, y });
  stopAsking();
  missing.form.showPlace();
  if (!inside) showRoomNote(t("point_outside"));
  publish("firm");
}

// Asked by the map at every click: whether it was for a firm of the room.
/** @param {any} event @param {Layers} layers */
export function takeClick(event, layers) {
  const { offset } = layers.places.view;
  const [x, y] = [event.layerPoint.x - offset.x, event.layerPoint.y - offset.y];
  const hit = missing.painted.find((mark) => mark.firm.id && Math.hypot(mark.x - x, mark.y - 12 - y) < 16);
  if (!hit) return false;
  if (hit.firm.s !== undefined) {
    page.actions.choose({ kind: "site", id: hit.firm.s }, { fromMap: true });
    return true;
  }
  if (page.drawer !== "missing") setDrawer("missing");
  const own = kept.own.missing.find((firm) => firm === hit.firm);
  if (own) editFirm(own);
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
  // Those of an earlier session are places of the map by now, with a card of their own.
  const added = (model.room.session?.firms ?? [])
    .filter((s) => !isSiteHidden(model, s))
    .map((s) => ({
      id: model.siteIds[s],
      s,
      name: model.siteNames[s],
      x: model.c["s.x"][s] / 10,
      y: model.c["s.y"][s] / 10,
    }));
  return [...added, ...known, ...draft];
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
    ctx.bezierCurveTo(-11, -32.7, 11, -32.7, 11, -18);
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
    paintText(ctx, clean(firm.name, 40), x + 17, y - 18, colours.ink, 4);
  }
}
