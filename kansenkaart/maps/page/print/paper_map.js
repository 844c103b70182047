// The map as it goes on paper and into a picture: painted once more at that size, with letters and numbers that
// say without colour which stream a line is, a scale bar and an arrow to the north.

// Lines beside what is chosen, as on the screen; see page.css.

import { paintBackground } from "../map/background.js";
import { shapeOf } from "../map/canvas.js";
import { LABEL_FONT, paintTag, Room } from "../map/labels.js";
import { paintAllLines, paintAllPlaces, paintFocus } from "../map/layers.js";
import { pointOn } from "../map/lines.js";
import { sitesOf } from "../map/things.js";
import { kilometres, t, whole } from "../model/format.js";
import { UNITS } from "../model/model.js";
import { sortChances } from "../state/sorting.js";
import { page } from "../state/store.js";

const PAPER_FAINT = 0.28;
// So many chances have their number on the map.
export const LISTED = 15;
const LETTERED_LINES = 40;
const MARK_HEIGHT = 18;
const MARK_FONT = `700 13px ${LABEL_FONT}`;
const WORLD_M = 40075016.686;

// frame: { width, height, ratio }, in pixels of the page. Returns the places that were painted.
/** @param {HTMLCanvasElement} canvas @param {L.Map} map @param {Layers} layers @param {{ width: number, height: number, ratio: number, tinted?: boolean }} frame @param {{ bounds?: any }} [look] */
export function paintPaper(canvas, map, layers, frame, look = {}) {
  canvas.width = Math.round(frame.width * frame.ratio);
  canvas.height = Math.round(frame.height * frame.ratio);
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const view = paperView(map, frame, look.bounds);
  // Beyond the edges too: Chromium prints the drawing commands, a little smaller than the canvas.
  ctx.fillStyle = layers.colours.water;
  ctx.fillRect(-canvas.width, -canvas.height, 3 * canvas.width, 3 * canvas.height);
  paintBackground(ctx, view, layers.shapes, layers.colours, false);
  ctx.setTransform(frame.ratio, 0, 0, frame.ratio, 0, 0);
  const kept = { ...layers.painted };
  ctx.globalAlpha = page.state.chosen ? PAPER_FAINT : 1;
  paintAllLines(ctx, view, layers.painted);
  ctx.globalAlpha = 1;
  /** @type {Mark[]} */
  const marks = [];
  // Numbers find their place before the names, letters after them; both lie above what is chosen.
  const room = paintAllPlaces(ctx, view, layers.painted, layers.colours, () => placeNumbers(ctx, view, layers, marks));
  paintFocus(ctx, view, layers.colours);
  placeLetters(ctx, room, layers, marks);
  ctx.font = MARK_FONT;
  ctx.textBaseline = "middle";
  for (const { box, text, colour } of marks)
    paintTag(ctx, box, text, { colour, ink: layers.colours.ink, round: 4, fill: "#ffffff" });
  const { places } = layers.painted;
  Object.assign(layers.painted, kept);
  paintScale(ctx, view, layers.colours);
  paintNorth(ctx, view, layers.colours);
  return places;
}

// What the screen shows, or `bounds` in map units, whole, in the paper's shape.
/** @param {L.Map} map @param {{ width: number, height: number, ratio: number, tinted?: boolean }} frame @param {any} bounds @returns {View} */
function paperView(map, frame, bounds) {
  const { width, height } = frame;
  const [cornerU, cornerV] = page.model.corner;
  /** @type {Omit<View, "k" | "ox" | "oy">} */
  const rest = { ...frame, paper: true, offset: L.point(0, 0), seen: [0, 0, width, height] };
  if (bounds) {
    const [left, top, right, bottom] = bounds;
    const k = Math.min(width / (right - left), height / (bottom - top));
    return { k, ox: width / 2 - (k * (left + right)) / 2, oy: height / 2 - (k * (top + bottom)) / 2, ...rest };
  }
  const size = map.getSize();
  const scale = Math.min(width / size.x, height / size.y);
  const k = ((256 * 2 ** map.getZoom()) / UNITS) * scale;
  const centre = map.project(map.getCenter(), map.getZoom());
  return {
    k,
    ox: cornerU * k - centre.x * scale + width / 2,
    oy: cornerV * k - centre.y * scale + height / 2,
    ...rest,
  };
}

// A stream by a letter: the same in the legend, in the list and on its lines.
/** @param {number} n */
export function streamLetter(n) {
  const letter = String.fromCharCode(65 + (n % 26));
  return n < 26 ? letter : `${String.fromCharCode(64 + Math.floor(n / 26))}${letter}`;
}

// The first chances of the list as it is sorted now.
export const listedChances = (most = LISTED) =>
  Array.from(sortChances(page.model, page.state, page.result.list).slice(0, most));

/** @typedef {{ box: Box, text: string, colour: string }} Mark */

// What stands in the list has its number on the map, over a place if need be. Returns the boxes taken.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Layers} layers @param {Mark[]} marks */
function placeNumbers(ctx, view, layers, marks) {
  const { model, state } = page;
  if (state.tab === "gaps") return [];
  const [room, bare] = [new Room(view), new Room(view)];
  for (const { x, y, r, faint } of layers.painted.places) if (!faint) room.take(x - r, y - r, x + r, y + r);
  const listed = new Set(listedChances());
  for (const line of markedLines(layers)
    .filter(({ id }) => listed.has(id))
    .sort((a, b) => a.id - b.id))
    placeMark(ctx, [room, bare], spotsOn(line), model.c["m.stream"][line.id], marks, `${whole(line.id + 1)} `);
  return marks.map(({ box }) => box);
}

// The letter of its stream on what else is drawn in its colour, where neither names nor places stand.
/** @param {CanvasRenderingContext2D} ctx @param {Room} room @param {Layers} layers @param {Mark[]} marks */
function placeLetters(ctx, room, layers, marks) {
  const { model, state, result } = page;
  if (state.tab === "gaps") return placeGapLetters(ctx, room, layers, marks);
  const listed = new Set(listedChances());
  const coloured = new Set(result.drawn);
  const rest = markedLines(layers)
    .filter(({ id }) => coloured.has(id) && !listed.has(id))
    .sort((a, b) => b.length - a.length)
    .slice(0, LETTERED_LINES);
  for (const line of rest) placeMark(ctx, [room], spotsOn(line), model.c["m.stream"][line.id], marks);
  const { bundles } = layers.painted;
  if (bundles)
    for (const line of bundles.lines)
      placeMark(ctx, [room], spotsOn(line), bundles.groups.flows[line.id].stream, marks);
  return null;
}

// The letter of its stream beside what is left, the largest first.
/** @param {CanvasRenderingContext2D} ctx @param {Room} room @param {Layers} layers @param {Mark[]} marks */
function placeGapLetters(ctx, room, layers, marks) {
  const { model } = page;
  for (const { flow, x, y, r } of layers.painted.places
    .slice()
    .sort((a, b) => b.r - a.r || /** @type {number} */ (a.flow) - /** @type {number} */ (b.flow))) {
    const away = r + MARK_HEIGHT / 2 + 1;
    const spots = [
      [x, y - away],
      [x - away, y],
      [x, y + away],
    ];
    placeMark(ctx, [room], spots, model.c["f.stream"][/** @type {number} */ (flow)], marks);
  }
  return null;
}

/** @param {Layers} layers */
const markedLines = (layers) =>
  layers.painted.lines.filter(
    ({ kind, id }) => kind === "match" && (!page.state.chosen || isChosenMatch(page.state, id)),
  );

const MARK_PARTS = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82];

/** @param {State} state @param {number} m */
const isChosenMatch = ({ chosen }, m) =>
  (chosen?.kind === "match" && chosen.id === m) ||
  page.related().includes(m) ||
  sitesOf(page.model, { kind: "match", id: m }).some((s) => chosen?.kind === "site" && chosen.id === s);

/** @param {Line} line */
const spotsOn = (line) => MARK_PARTS.map((part) => pointOn(line, part));

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Room[]} rooms
 * @param {any} spots
 * @param {number} stream
 * @param {Mark[]} marks
 * @param {string} [number]
 */
function placeMark(ctx, rooms, spots, stream, marks, number = "") {
  ctx.font = MARK_FONT;
  const text = `${number}${streamLetter(stream)}`;
  const box = markBox(rooms, spots, ctx.measureText(text).width / 2 + 4);
  if (box) marks.push({ box, text, colour: page.model.streams[stream].colour });
}

// The first spot that is free in the first of the rooms that has one; taken in all.
/** @param {Room[]} rooms @param {any} spots @param {number} half */
function markBox(rooms, spots, half) {
  for (const room of rooms) {
    for (const [x, y] of spots) {
      /** @type {Box} */
      const box = [x - half, y - MARK_HEIGHT / 2, x + half, y + MARK_HEIGHT / 2];
      if (!room.isFree(...box)) continue;
      for (const one of rooms) one.take(...box);
      return box;
    }
  }
  return null;
}

// The longest round length that fits in a sixth of the map, at the latitude of its middle.
/** @param {View} view */
function scaleOf(view) {
  const v = (view.height / 2 - view.oy) / view.k + page.model.corner[1];
  const perMetre = view.k / (WORLD_M / Math.cosh(Math.PI * (1 - (2 * v) / UNITS)) / UNITS);
  const most = Math.min(150, view.width / 6) / perMetre;
  const decade = 10 ** Math.floor(Math.log10(most));
  const metres = /** @type {number} */ ([5, 2, 1].find((step) => step * decade <= most)) * decade;
  return { metres, width: metres * perMetre };
}

/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Colours} colours */
function paintScale(ctx, view, colours) {
  const { metres, width } = scaleOf(view);
  const [x, y] = [16, view.height - 16];
  ctx.fillStyle = "rgba(255, 255, 255, 0.85)";
  ctx.fillRect(x - 8, y - 24, width + 16, 32);
  ctx.strokeStyle = colours.ink;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  for (const [px, py] of [
    [x, y - 6],
    [x, y],
    [x + width, y],
    [x + width, y - 6],
  ])
    ctx.lineTo(px, py);
  ctx.stroke();
  ctx.font = `500 12px ${LABEL_FONT}`;
  ctx.textBaseline = "alphabetic";
  ctx.fillStyle = colours.ink;
  ctx.fillText(kilometres(metres), x + 5, y - 8);
}

/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Colours} colours */
function paintNorth(ctx, view, colours) {
  const [x, y] = [view.width - 26, 14];
  ctx.fillStyle = "rgba(255, 255, 255, 0.85)";
  ctx.fillRect(x - 16, y - 6, 32, 50);
  ctx.fillStyle = colours.ink;
  ctx.fill(shapeOf(`M${x},${y}L${x + 8},${y + 22}L${x},${y + 17}L${x - 8},${y + 22}Z`));
  ctx.font = `700 13px ${LABEL_FONT}`;
  ctx.textBaseline = "alphabetic";
  ctx.fillText(t("north"), x - ctx.measureText(t("north")).width / 2, y + 38);
}
