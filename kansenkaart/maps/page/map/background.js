// The base map: land, water, towns, ways and borders, decoded into paths in map units when first seen at a scale.

import { stepReader } from "../model/decode.js";
import { UNITS } from "../model/model.js";
import { page } from "../state/store.js";

const GRID_M = 10;

// Below each zoom: points nearer together than this, in grid steps, would lie on the same pixel.
const DETAIL = /** @type {const} */ ([
  [8.5, 16],
  [10.5, 6],
  [30, 0],
]);
// What is painted in pieces, so that those out of sight cost nothing: numbers in a piece of areas, and of lines.
const CHUNK = 1200;
const CHUNK_OF_LINES = 300;

/** @typedef {{ path: Path2D, box: Box }} Chunk */

// What is painted, in order: column, from which zoom, what its lines enclose, its stroke and the widths of that at zoom
// 8, 10.5 and 13. Region, margin and own layers stand between.
/** @type {[string, number, string, string, number[]][]} */
const LAYERS = [
  ["b.land1", 0, "around", "shore", [0.7, 0.8, 1]],
  ["g.margin", 0, "margin", "", []],
  ["g.region", 0, "land", "", []],
  ["b.built_up2", 9.5, "built", "", []],
  ["b.built_up1", 0, "built", "", []],
  ["b.water1", 0, "water", "shore", [0.4, 0.6, 0.9]],
  ["b.waterways3", 10.5, "", "canal", [0, 0.7, 2]],
  ["b.waterways2", 8.5, "", "canal", [0.7, 1.2, 4.5]],
  ["b.waterways1", 0, "", "canal", [1.2, 2.4, 9]],
  ["g.borders", 8.5, "", "border", [0.5, 0.9, 1.3]],
  ["b.borders2", 0, "", "province", [0.8, 1.1, 1.5]],
  ["b.borders1", 0, "", "province", [1.4, 1.8, 2.4]],
  ["b.railways1", 8.5, "", "rail", [0.5, 0.8, 2.4]],
  ["b.railways1", 11.5, "", "dash", [0, 0, 1.2]],
  ["b.roads2", 8.5, "", "casing", [0, 1, 4]],
  ["b.roads1", 0, "", "casing", [1.1, 2.2, 6]],
  ["b.roads2", 11, "", "second", [0, 0, 2.4]],
  ["b.roads1", 10, "", "road", [0, 0.9, 4]],
];
// Above what is built, below water: a sector's colour goes here.
const COLOURED = 5;
// Own layers by their look: fill and stroke. Areas lie below water and roads, lines above.
/** @type {Record<string, [string, string]>} */
export const LOOKS = {
  nature: ["#dfead2", "#b3c99e"],
  park: ["#e6e0ea", "#b9adc2"],
  limit: ["lq-1", "#6b767a"],
  network: ["", "#8f8896"],
};
const OUTLINE = /** @type {typeof LAYERS} */ ([["g.region", 0, "", "outline", [1.4, 1.8, 2.2]]]);

/** @param {Model} model @param {new () => any} Course What keeps a line, for a canvas or for SVG. */
export function makeBackground(model, Course = Path2D) {
  /** @type {Map<string, Chunk[]>} */
  const known = new Map();
  return (/** @type {string} */ name, /** @type {number} */ skip, /** @type {boolean} */ filled) => {
    const key = name + skip + filled;
    if (!known.has(key)) known.set(key, decodeLines(model, name, { skip, filled, Course }));
    return /** @type {Chunk[]} */ (known.get(key));
  };
}

/** @param {Model} model @param {string} name @param {{ skip: number, filled: boolean, Course: new () => any }} how */
function decodeLines(model, name, { skip, filled, Course }) {
  const next = stepReader(model.c[name]);
  /** @type {Chunk[]} */
  const chunks = [];
  let [x, y, size] = [0, 0, CHUNK];
  // The line that holes may lie in: they stay with it.
  let shell = emptyBox();
  for (const count of model.c[`${name}.n`]) {
    /** @type {number[]} */
    const kept = [];
    const box = emptyBox();
    for (let point = 0; point < count; point++) {
      x += next();
      y += next();
      grow(box, x, y);
      const away = Math.abs(x - kept[kept.length - 2]) + Math.abs(y - kept[kept.length - 1]);
      if (!(away < skip) || point === count - 1) kept.push(x, y);
    }
    const within = box[0] >= shell[0] && box[1] >= shell[1] && box[2] <= shell[2] && box[3] <= shell[3];
    if (!within) shell = box;
    if (Math.max(box[2] - box[0], box[3] - box[1]) < skip) continue;
    // A line goes on in the next piece where the last one ends.
    const piece = filled ? kept.length : CHUNK_OF_LINES;
    for (let start = 0; start < kept.length - 2; start += piece - 2) {
      const part = kept.slice(start, start + piece);
      if (size + part.length > (filled ? CHUNK : CHUNK_OF_LINES) && !(filled && within)) {
        chunks.push({ path: new Course(), box: emptyBox() });
        size = 0;
      }
      size += part.length;
      tracePoints(model, chunks[chunks.length - 1], part);
    }
  }
  return chunks;
}

/** @returns {Box} */
export const emptyBox = () => [Infinity, Infinity, -Infinity, -Infinity];

/** @param {Box} box @param {number} x @param {number} y */
export function grow(box, x, y) {
  box[0] = Math.min(box[0], x);
  box[1] = Math.min(box[1], y);
  box[2] = Math.max(box[2], x);
  box[3] = Math.max(box[3], y);
}

/** @param {Model} model @param {Chunk} chunk @param {number[]} points */
function tracePoints(model, { path, box }, points) {
  for (let n = 0; n < points.length; n += 2) {
    const [u, v] = model.place(points[n] * GRID_M, points[n + 1] * GRID_M);
    if (n) path.lineTo(u, v);
    else path.moveTo(u, v);
    grow(box, u, v);
  }
}

/** @param {View} view */
export const zoomOf = (view) => Math.log2((view.k * UNITS) / 256);

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {View} view
 * @param {Layers["shapes"]} shapes
 * @param {Colours} colours
 * @param {boolean} online
 */
export function paintBackground(ctx, view, shapes, colours, online) {
  const zoom = zoomOf(view);
  const skip = /** @type {(typeof DETAIL)[number]} */ (DETAIL.find(([below]) => zoom < below))[1];
  const [left, top] = [-view.ox / view.k, -view.oy / view.k];
  const [right, bottom] = [left + view.width / view.k, top + view.height / view.k];
  ctx.save();
  ctx.setTransform(view.ratio * view.k, 0, 0, view.ratio * view.k, view.ratio * view.ox, view.ratio * view.oy);
  ctx.lineJoin = "round";
  const coloured = view.paper && !view.tinted ? [] : colouredTowns();
  const own = /** @type {typeof LAYERS} */ (
    page.model.background.map(({ look }, n) => [
      `o.${n}`,
      0,
      ...LOOKS[look],
      LOOKS[look][0] ? [0.5, 0.7, 1] : [0.9, 1.3, 2],
    ])
  );
  const below = online ? [] : [...LAYERS.slice(0, COLOURED), ...own.filter(([, , fill]) => fill)];
  const above = online ? [] : LAYERS.slice(COLOURED);
  const networks = own.filter(([, , fill]) => !fill);
  for (const [name, from, fill, stroke, widths] of [...below, ...coloured, ...above, ...networks, ...OUTLINE]) {
    if (zoom < from) continue;
    if (fill === "lq-1") hatch(colours, view);
    ctx.fillStyle = colours[/** @type {"land"} */ (fill)] ?? fill;
    ctx.strokeStyle = colours[/** @type {"land"} */ (stroke)] ?? stroke;
    ctx.lineWidth = widthAt(widths, zoom) / view.k;
    ctx.setLineDash(stroke === "dash" ? [7 / view.k, 7 / view.k] : []);
    for (const { path, box } of shapes(name, skip, Boolean(fill))) {
      if (box[2] < left || box[0] > right || box[3] < top || box[1] > bottom) continue;
      if (fill) ctx.fill(path, "evenodd");
      if (stroke) ctx.stroke(path);
    }
  }
  ctx.restore();
}

// The sector that is chosen beside its list.
export const shownSector = () =>
  page.state.tab === "clusters" ? page.model.clusters.quotients?.[page.state.sector] : undefined;

// The municipalities in its colour.
function colouredTowns() {
  return /** @type {typeof LAYERS} */ ((shownSector()?.classes ?? []).map((of, n) => [`t.${n}`, 0, `lq${of}`, "", []]));
}

// Lines aslant, as wide apart at every scale.
/** @param {any} colours @param {View} view */
function hatch(colours, view) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 7;
  const ctx = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  ctx.fillStyle = colours.paper;
  ctx.fillRect(0, 0, 7, 7);
  ctx.strokeStyle = colours.quiet;
  for (const x of [-7, 0, 7]) {
    ctx.moveTo(x, 7);
    ctx.lineTo(x + 7, 0);
  }
  ctx.stroke();
  const pattern = /** @type {CanvasPattern} */ (ctx.createPattern(tile, ""));
  pattern.setTransform(new DOMMatrix().scale(1 / view.k));
  colours["lq-1"] = pattern;
}

// Between zoom 8, 10.5 and 13 in proportion; beyond them as there.
/** @param {number[]} widths @param {number} zoom */
function widthAt([far, middle, near], zoom) {
  const part = Math.min(2, Math.max(0, (zoom - 8) / 2.5));
  return part < 1 ? far + (middle - far) * part : middle + (near - middle) * (part - 1);
}
