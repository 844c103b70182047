// Names that never lie over each other: of places with chances first, then those of the base map, by rank.

import { clean } from "../model/format.js";
import { page } from "../state/store.js";
import { zoomOf } from "./background.js";
import { shapeOf } from "./canvas.js";
import { LABEL_FONT, paintBeside, paintTag, paintText, Room } from "./labels.js";
import { pointOn } from "./lines.js";
import { highlighted, onSheet, placeOf, siteRadius, sitesOf } from "./things.js";

const NAMED_SITES = 10;

// Below each zoom: the least important rank of the base map that is named.
const RANKS = /** @type {const} */ ([
  [7.25, 1],
  [8.75, 2],
  [10, 3],
  [11, 4],
  [12, 5],
  [30, 6],
]);
// In the order of basemap.py.
const [TOWN, ABROAD, WATER, AIRPORT, PORT, ROAD] = [0, 1, 2, 3, 4, 5];
const AREAS_FROM_ZOOM = 9.75;
const PLANE = "M0,-7L1,-3L7,1V2L1,0L.7,4L2.5,6V6.6L0,6L-2.5,6.6V6L-.7,4L-1,0L-7,2V1L-1,-3Z";
const ANCHOR =
  "M-.6,-3.2A1.7,1.7 0 1 1 .6,-3.2V-2.4H3V-1.2H.6V4.7C2.6,4.4 4,3.3 4.4,1.6L3.2,2L5.2,-.6L6.4,2.4L5.6,2C5,4.8 2.8,6.2 0,6.4C-2.8,6.2 -5,4.8 -5.6,2L-6.4,2.4L-5.2,-.6L-3.2,2L-4.4,1.6C-4,3.3 -2.6,4.4 -.6,4.7V-1.2H-3V-2.4H-.6Z";

// In a room names are read from five metres away.
const labelScale = () => (page.presenting ? 1.35 : 1);
// The longest name of a place; a longer one is in the card.
const LETTERS = 40;

// The largest visible places first, then municipalities, the largest of the region first. Returns the room that is left.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {Place[]} painted @param {Colours} colours @param {{ taken: Box[], named: string[] }} before What stands there already. */
export function paintNames(ctx, view, model, painted, colours, before) {
  const room = new Room(view, before.taken);
  for (const { x, y, r, faint } of painted) if (!faint) room.take(x - r, y - r, x + r, y + r);
  // What a scene points at is named first.
  const told = new Set(highlighted(model, page.state).flatMap((thing) => sitesOf(model, thing)));
  // Of several marks of one place the largest bears the name.
  const written = new Set();
  const chosen = chosenSites(model);
  const largest = painted
    .filter((place) => !place.faint && !chosen.includes(place.s))
    .sort((a, b) => Number(told.has(b.s)) - Number(told.has(a.s)) || b.r - a.r || a.s - b.s)
    .filter(({ s }) => !written.has(s) && written.add(s))
    .slice(0, NAMED_SITES);
  ctx.lineJoin = "round";
  ctx.textBaseline = "middle";
  // The few towns that everybody knows come first: without them nothing else has a place.
  const named = new Set(before.named);
  paintLabels(ctx, room, view, model, colours, { known: true, named, hubs: before.named });
  for (const place of largest) nameSite(ctx, room, model, place, colours);
  if (page.online) return room;
  paintLabels(ctx, room, view, model, colours, { known: false, named, hubs: before.named });
  if (zoomOf(view) < AREAS_FROM_ZOOM) return room;
  const areas = model.areas
    .map((area, n) => ({ ...area, n }))
    .filter(({ name }) => !named.has(name))
    .sort((a, b) => Number(b.inside) - Number(a.inside) || b.size - a.size || b.km2 - a.km2 || a.n - b.n);
  for (const area of areas) paintAreaName(ctx, room, view, model, area, colours);
  return room;
}

/** @param {CanvasRenderingContext2D} ctx @param {Room} room @param {Model} model @param {any} place @param {Colours} colours */
const nameSite = (ctx, room, model, place, { ink }) =>
  paintBeside(ctx, room, clean(model.siteNames[place.s], LETTERS), place, 13 * labelScale(), ink);

// Not in a map of what is left, where a place is its marks.
/** @param {Model} model @returns {number[]} */
const chosenSites = (model) =>
  page.state.chosen && page.state.tab !== "gaps" ? sitesOf(model, page.state.chosen) : [];

// What is chosen bears its name above all else, clear of its own arrow.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {Line | null | undefined} line @param {Colours} colours */
export function paintChosenNames(ctx, view, model, line, colours) {
  const room = new Room(view);
  const places = chosenSites(model).map((s) => ({ ...placeOf(view, model, s), r: siteRadius(view, model, s) + 6 }));
  for (const { x, y, r } of places) room.take(x - r, y - r, x + r, y + r);
  for (let part = 0; line && part <= 1; part += 0.05) {
    const [x, y] = pointOn(line, part);
    room.take(x - 8, y - 8, x + 8, y + 8);
  }
  ctx.lineJoin = "round";
  ctx.textBaseline = "middle";
  for (const place of places) nameSite(ctx, room, model, place, colours);
}

// Names of the base map that are seen from here, the most important first; `known`: the best-known towns, or all others.
// What finds room comes into `named`.
/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Room} room
 * @param {View} view
 * @param {Model} model
 * @param {Colours} colours
 * @param {{ known: boolean, named: Set<string>, hubs: string[] }} which
 */
function paintLabels(ctx, room, view, model, colours, { known, named, hubs }) {
  const { "l.name": name, "l.kind": kind, "l.rank": rank } = model.c;
  const least = /** @type {(typeof RANKS)[number]} */ (RANKS.find(([below]) => zoomOf(view) < below))[1];
  const [left, top, right, bottom] = view.seen;
  if (page.online) return;
  for (let n = 0; n < rank.length && rank[n] <= (known ? 1 : least); n++) {
    // Abroad only what is known from afar.
    if (known !== (rank[n] === 1 && kind[n] === TOWN) || (kind[n] === ABROAD && rank[n] >= least)) continue;
    const spot = onSheet(view, ...model.labelSpots[n]);
    if (spot[0] < left || spot[0] > right || spot[1] < top || spot[1] > bottom) continue;
    const text = model.labelNames[name[n]];
    // It stands there as a hub.
    if (kind[n] === TOWN && hubs.includes(text)) continue;
    const label = { text, kind: kind[n], rank: rank[n] };
    if (kind[n] === ROAD ? paintShield(ctx, room, spot, label) : paintLabel(ctx, room, spot, label, colours))
      named.add(text);
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {Room} room @param {[number, number]} spot @param {{ text: string, kind: number, rank: number }} label @param {Colours} colours */
function paintLabel(ctx, room, [x, y], { text, kind, rank }, colours) {
  const scale = labelScale();
  const size = scale * (kind === WATER || kind === ABROAD ? 12 : rank < 2 ? 14.5 : rank < 3 ? 13 : 12);
  ctx.font = `${kind === WATER ? "italic 400" : rank < 3 && kind !== ABROAD ? 600 : 400} ${size}px ${LABEL_FONT}`;
  const width = ctx.measureText(text).width;
  const sign = kind === AIRPORT ? PLANE : kind === PORT ? ANCHOR : null;
  const [half, away] = [size * 0.68, sign ? 15 : size * 1.3];
  const middle = x - width / 2;
  const beside = (/** @type {number} */ away) =>
    [0, -0.6 * away, 0.6 * away].flatMap((down) => [
      [x + away, y + down],
      [x - width - away, y + down],
    ]);
  const around = [[middle, y], [middle, y - away], [middle, y + away], ...beside(12)];
  const spots = sign
    ? beside(10)
    : rank < 2
      ? [...around, [middle, y - 1.9 * away], [middle, y + 1.9 * away], ...beside(26), ...beside(40)]
      : around;
  const found = spots.find(([left, at]) => room.isFree(left - 3, at - half, left + width + 3, at + half));
  if (!found) return false;
  room.take(found[0] - 5, found[1] - half, found[0] + width + 5, found[1] + half);
  const colour = kind === WATER ? colours.waterName : kind === ABROAD || sign ? colours.quietName : colours.name;
  if (sign) {
    room.take(x - 8, y - 8, x + 8, y + 8);
    ctx.save();
    ctx.translate(x, y);
    ctx.fillStyle = colour;
    ctx.fill(shapeOf(sign));
    ctx.restore();
  }
  paintText(ctx, text, found[0], found[1], colour, 3);
  return true;
}

// As on the signs along the road.
/** @param {CanvasRenderingContext2D} ctx @param {Room} room @param {[number, number]} spot @param {{ text: string }} label */
function paintShield(ctx, room, [x, y], { text }) {
  ctx.font = `700 10px ${LABEL_FONT}`;
  const half = ctx.measureText(text).width / 2 + 4;
  /** @type {Box} */
  const box = [x - half, y - 7, x + half, y + 7];
  // Numbers of one road keep apart.
  if (!room.isFree(box[0] - 24, box[1] - 24, box[2] + 24, box[3] + 24)) return false;
  room.take(...box);
  const motorway = text[0] === "A";
  paintTag(ctx, box, text, {
    colour: "#ffffff",
    ink: motorway ? "#ffffff" : "#3c494c",
    round: 3,
    fill: motorway ? "#b0685c" : "#e9cf7c",
  });
  return true;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Room} room
 * @param {View} view
 * @param {Model} model
 * @param {Area} area
 * @param {Colours} colours
 */
function paintAreaName(ctx, room, view, model, area, colours) {
  const [x, y] = onSheet(view, ...model.place(area.x, area.y));
  if (x < 0 || y < 0 || x > view.width || y > view.height) return;
  const scale = labelScale();
  ctx.font = `500 ${10.5 * scale}px ${LABEL_FONT}`;
  const text = clean(area.name, 28).toUpperCase();
  const width = ctx.measureText(text).width;
  // A name much wider than its municipality stays away until the map is larger.
  const across = Math.sqrt(area.km2) * 1000 * model.metre * view.k;
  if (width > across * 1.9 + 20) return;
  for (const shift of [0, 16, -16, 30, -30]) {
    /** @type {Box} */
    const box = [x - width / 2 - 6, y + shift - 10 * scale, x + width / 2 + 6, y + shift + 10 * scale];
    if (!room.isFree(...box)) continue;
    room.take(...box);
    paintText(ctx, text, x - width / 2, y + shift, colours.quietName, 3);
    return;
  }
}
