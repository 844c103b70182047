// Chances and deliveries as arrows from supply to demand, and which of them lies under a point.

import { BEST_CLASSES, GIVEN, HUB, LINK_STATUSES } from "../model/words.js";
import { ANSWER, monthPart } from "../state/filters.js";
import { page } from "../state/store.js";
import { Grid } from "./canvas.js";
import { GONE_LOOK, tint } from "./glyphs.js";
import { onSheet, siteRadius, siteSpot } from "./things.js";

const SEGMENTS = 12;
export const THINNEST = 1.5;
const THICKEST = 6;
export const HOLLOW = 3.2;
export const SHORTEST = 7;
const HAIR = 0.8;

// Between several streams of the same two places, so that they run side by side at every zoom.
const APART = 7;

// Where an arrow runs: a shallow bow, so that there and back stay apart; the `fan`-th beside the first.
/**
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 * @param {number} fan
 * @param {number} startGap
 * @param {number} endGap
 */
export function bow(x1, y1, x2, y2, fan, startGap, endGap) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = Math.hypot(dx, dy);
  if (length < SHORTEST) return null;
  // One to the left, one to the right, and so on outward.
  const side = ((fan % 2 ? 1 : -1) * Math.ceil(fan / 2) * APART) / length;
  const [ax, ay] = [-dy * side, dx * side];
  const [cx, cy] = [(x1 + x2) / 2 - dy * 0.1 + 1.5 * ax, (y1 + y2) / 2 + dx * 0.1 + 1.5 * ay];
  /** @param {number} x @param {number} y @param {number} gap */
  const trim = (x, y, gap) => {
    const reach = Math.hypot(cx - x, cy - y) || 1;
    const part = Math.min(gap, length * 0.3) / reach;
    return [x + (cx - x) * part, y + (cy - y) * part];
  };
  const [sx, sy] = trim(x1 + ax, y1 + ay, startGap);
  const [ex, ey] = trim(x2 + ax, y2 + ay, endGap);
  return { sx, sy, cx, cy, ex, ey, length };
}

/** @param {Model} model @param {number} m */
export function lineWidth(model, m) {
  const stream = model.c["m.stream"][m];
  const style = model.style.classes[BEST_CLASSES[model.c["m.class"][m]]];
  // Many lines at once are drawn thinner, or they would cover the map.
  const calm = Math.min(1, Math.max(0.55, 1.25 - 0.22 * Math.log10(1 + page.result.drawn.length)));
  const width =
    THINNEST +
    (THICKEST - THINNEST) *
      calm *
      Math.sqrt((monthPart(model, m) * model.c["m.quantity"][m]) / (model.largest[stream] || 1));
  const hollow = style.outline_only || style.opacity < 1;
  return Math.max(hollow ? HOLLOW : THINNEST, width * style.width_factor);
}

/** @param {View} view @param {Model} model @param {number} m @returns {Line | null} */
export function matchLine(view, model, m) {
  // What delivers nothing in a month is not there then.
  if (!monthPart(model, m)) return null;
  const [s, d] = [model.c["m.supply"][m], model.c["m.demand"][m]];
  const width = lineWidth(model, m);
  const line = bow(
    ...siteSpot(view, model, s),
    ...siteSpot(view, model, d),
    model.fan[m],
    siteRadius(view, model, s) + 2,
    siteRadius(view, model, d) + 3,
  );
  return line && { ...line, width, kind: "match", id: m };
}

/** @param {View} view @param {Model} model @param {number} n @returns {Line | null} */
export function linkLine(view, model, n) {
  const link = model.links[n];
  if (link.line.length < 2) return null;
  const ends = link.line.map(([x, y]) => onSheet(view, ...model.place(x, y)));
  const [from, to] = ends;
  if (link.status === HUB) {
    // There and back to all who bring; what can be pointed at is the hub itself.
    const [[x, y]] = ends;
    const points = ends.flatMap((end) => [from, end]);
    return { sx: x, sy: y, cx: x, cy: y, ex: x, ey: y, length: 0, points, width: 1, kind: "link", id: n };
  }
  const line = bow(...from, ...to, 0, 6, 7);
  return line && { ...line, width: 1.5, kind: "link", id: n };
}

/** @param {Line} line @param {View} view */
const inView = (line, view) =>
  Math.max(line.sx, line.ex, line.cx) > -20 &&
  Math.min(line.sx, line.ex, line.cx) < view.width + 20 &&
  Math.max(line.sy, line.ey, line.cy) > -20 &&
  Math.min(line.sy, line.ey, line.cy) < view.height + 20;

/** @param {Omit<Line, "kind" | "id">} line */
export function headSize(line) {
  return Math.min(4 + line.width * 1.15, line.length * 0.35);
}

/** @param {CanvasRenderingContext2D} ctx @param {Omit<Line, "kind" | "id">} line */
function traceLine(ctx, line) {
  if (line.points) {
    line.points.forEach(([x, y], n) => (n ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
    return;
  }
  const [bx, by] = headBase(line, 0.8);
  ctx.moveTo(line.sx, line.sy);
  ctx.quadraticCurveTo(line.cx, line.cy, bx, by);
}

/** @param {Omit<Line, "kind" | "id">} line @param {number} part @returns {[number, number]} */
export function headBase(line, part) {
  const reach = Math.hypot(line.ex - line.cx, line.ey - line.cy) || 1;
  const size = headSize(line) * part;
  return [line.ex - ((line.ex - line.cx) / reach) * size, line.ey - ((line.ey - line.cy) / reach) * size];
}

/** @param {CanvasRenderingContext2D} ctx @param {Omit<Line, "kind" | "id">} line */
function traceHead(ctx, line) {
  const [bx, by] = headBase(line, 1);
  const [nx, ny] = [(line.ey - by) * 0.45, (bx - line.ex) * 0.45];
  ctx.moveTo(line.ex, line.ey);
  ctx.lineTo(bx + nx, by + ny);
  ctx.lineTo(bx - nx, by - ny);
  ctx.closePath();
}

// Lines that look alike are stroked together.
/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {View} view
 * @param {Model} model
 * @param {Iterable<number>} drawn
 */
export function paintChances(ctx, view, model, drawn) {
  const groups = new Map();
  /** @type {Line[]} */
  const painted = [];
  for (const m of drawn) {
    const line = matchLine(view, model, m);
    if (!line || !inView(line, view)) continue;
    painted.push(line);
    const key = (model.c["m.class"][m] * 256 + model.c["m.stream"][m]) * 64 + Math.round(line.width * 2);
    if (groups.has(key)) groups.get(key).push(line);
    else groups.set(key, [line]);
  }
  for (const key of [...groups.keys()].sort((a, b) => b - a)) paintGroup(ctx, model, groups.get(key));
  return painted;
}

// What is found beside the best: hair-thin, so that it is there without being said.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {Iterable<number>} others @param {string} colour */
export function paintOthers(ctx, view, model, others, colour) {
  /** @type {Line[]} */
  const painted = [];
  ctx.beginPath();
  for (const m of others) {
    const line = matchLine(view, model, m);
    if (!line || !inView(line, view)) continue;
    painted.push({ ...line, width: HAIR });
    traceLine(ctx, line);
  }
  // Many together would be a grey cloud.
  ctx.globalAlpha = 0.1 + 0.25 * Math.min(1, 60 / painted.length);
  ctx.strokeStyle = colour;
  ctx.lineWidth = HAIR;
  ctx.stroke();
  ctx.globalAlpha = 1;
  return painted;
}

/** @param {CanvasRenderingContext2D} ctx @param {Model} model @param {Line[]} lines */
function paintGroup(ctx, model, lines) {
  const m = lines[0].id;
  const stream = model.streams[model.c["m.stream"][m]];
  const name = BEST_CLASSES[model.c["m.class"][m]];
  paintArrows(ctx, lines, { colour: stream.colour, dash: stream.dash, fill: arrowFill(model, name, stream.colour) });
}

/** @param {Model} model @param {string} name @param {string} colour */
export function arrowFill(model, name, colour) {
  const style = model.style.classes[name];
  if (style.outline_only) return model.style.paper;
  return style.opacity < 1 ? tint(colour, style.opacity) : colour;
}

/** @param {CanvasRenderingContext2D} ctx @param {Omit<Line, "kind" | "id">[]} lines @param {{ colour: string, dash: number[], fill: string }} look */
export function paintArrows(ctx, lines, { colour, dash, fill }) {
  const width = lines[0].width;
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dash.map((/** @type {any} */ part) => part * Math.max(1, width / 4)));
  const shafts = () => {
    ctx.beginPath();
    for (const line of lines) traceLine(ctx, line);
    ctx.stroke();
  };
  shafts();
  if (fill !== colour) {
    ctx.strokeStyle = fill;
    ctx.lineWidth = width - 2;
    shafts();
  }
  ctx.setLineDash([]);
  ctx.beginPath();
  for (const line of lines) traceHead(ctx, line);
  ctx.fillStyle = fill;
  ctx.fill();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.2;
  ctx.stroke();
}

// A flow that swells from where it begins to where it ends.
/** @param {CanvasRenderingContext2D} ctx @param {Line} line @param {{ colour: string, fill: string }} look */
export function paintTapered(ctx, line, { colour, fill }) {
  const [ex, ey] = line.headless ? [line.ex, line.ey] : headBase(line, 0.8);
  const course = { ...line, ex, ey };
  /** @type {number[][]} */
  const edge = [];
  for (let part = 0; part <= SEGMENTS; part++) {
    const at = part / SEGMENTS;
    const [x, y] = pointOn(course, at);
    const dx = 2 * (1 - at) * (line.cx - line.sx) + 2 * at * (ex - line.cx);
    const dy = 2 * (1 - at) * (line.cy - line.sy) + 2 * at * (ey - line.cy);
    const half = (line.width * (0.4 + 0.6 * at)) / 2 / (Math.hypot(dx, dy) || 1);
    edge.splice(part, 0, [x - dy * half, y + dx * half], [x + dy * half, y - dx * half]);
  }
  ctx.beginPath();
  for (const [x, y] of edge) ctx.lineTo(x, y);
  ctx.closePath();
  const shape = () => {
    ctx.fillStyle = fill;
    ctx.fill();
    ctx.strokeStyle = fill === colour ? "rgba(255, 255, 255, 0.8)" : colour;
    ctx.lineWidth = fill === colour ? 0.8 : 1.2;
    ctx.stroke();
  };
  shape();
  if (line.headless) return;
  ctx.beginPath();
  traceHead(ctx, line);
  shape();
}

// Context stays quiet: what only passes through the view says least there, what another has now less than what runs.
/** @param {View} view @param {Line} line @param {number} status */
export function linkStrength({ seen: [left, top, right, bottom] }, { sx, sy, ex, ey }, status) {
  /** @param {number} x @param {number} y */
  const inside = (x, y) => Number(x > left && x < right && y > top && y < bottom);
  const strength = [0.2, 0.6, 1][inside(sx, sy) + inside(ex, ey)];
  return strength * (page.state.drawn === ANSWER ? 0.4 : 1) * (status === GIVEN ? 0.5 : 1);
}

/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model */
export function paintLinks(ctx, view, model) {
  /** @type {Line[]} */
  const painted = [];
  model.links.forEach((link, n) => {
    if (!page.result.links[n]) return;
    const line = linkLine(view, model, n);
    if (!line || !inView(line, view)) return;
    painted.push(line);
    // Of a hub only its sign; who brings is drawn when it is pointed at.
    if (line.points) return;
    const style = model.style.links[LINK_STATUSES[link.status]];
    ctx.globalAlpha = linkStrength(view, line, link.status);
    paintArrows(ctx, [line], { colour: style.colour, dash: style.dash, fill: style.colour });
    ctx.globalAlpha = 1;
    if (LINK_STATUSES[link.status] === "stopped") paintCross(ctx, line, style.colour);
  });
  return painted;
}

/** @param {CanvasRenderingContext2D} ctx @param {Line} line @param {string} colour */
function paintCross(ctx, line, colour) {
  const [x, y] = pointOn(line, 0.5);
  for (const [stroke, width] of /** @type {[string, number][]} */ ([
    ["#ffffff", 5],
    [colour, 2.5],
  ])) {
    ctx.strokeStyle = stroke;
    ctx.lineWidth = width;
    ctx.beginPath();
    ctx.moveTo(x - 6, y - 6);
    ctx.lineTo(x + 6, y + 6);
    ctx.moveTo(x + 6, y - 6);
    ctx.lineTo(x - 6, y + 6);
    ctx.stroke();
  }
}

/** @param {any} of @param {any} part */
export function pointOn({ sx, sy, cx, cy, ex, ey }, part) {
  const rest = 1 - part;
  return [
    rest * rest * sx + 2 * rest * part * cx + part * part * ex,
    rest * rest * sy + 2 * rest * part * cy + part * part * ey,
  ];
}

// The chosen or pointed-at line, above all others with a white edge.
/** @param {CanvasRenderingContext2D} ctx @param {Line} line @param {{ colour: string, dash: number[], fill: string }} look */
export function paintHighlight(ctx, line, look) {
  ctx.lineCap = "round";
  ctx.strokeStyle = "#ffffff";
  ctx.lineWidth = line.width + 7;
  ctx.beginPath();
  traceLine(ctx, line);
  ctx.stroke();
  ctx.lineCap = "butt";
  paintArrows(ctx, [{ ...line, width: line.width + 1.5 }], look);
}

/** @param {Line[]} lines */
export function gridOfLines(lines) {
  const grid = new Grid();
  lines.forEach((line, n) => {
    let [x, y] = [line.sx, line.sy];
    for (let part = 1; part <= SEGMENTS; part++) {
      const [nextX, nextY] = pointOn(line, part / SEGMENTS);
      grid.add(n, Math.min(x, nextX) - 8, Math.min(y, nextY) - 8, Math.max(x, nextX) + 8, Math.max(y, nextY) + 8);
      [x, y] = [nextX, nextY];
    }
  });
  return grid;
}

// The nearest; several where they cross.
/** @param {Line[]} lines @param {Grid} grid @param {number} x @param {number} y */
export function linesAt(lines, grid, x, y) {
  const near = [...new Set(grid.at(x, y))]
    .map((n) => ({ line: lines[n], away: Math.max(0, distanceToLine(lines[n], x, y) - lines[n].width / 2) }))
    .filter(({ away }) => away < 8)
    .sort((a, b) => a.away - b.away);
  return near.filter(({ away }) => away === near[0].away).map(({ line }) => line);
}

/** @param {Line} line @param {number} x @param {number} y */
function distanceToLine(line, x, y) {
  let nearest = Infinity;
  let [ax, ay] = [line.sx, line.sy];
  for (let part = 1; part <= SEGMENTS; part++) {
    const [bx, by] = pointOn(line, part / SEGMENTS);
    const [dx, dy] = [bx - ax, by - ay];
    const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    nearest = Math.min(nearest, Math.hypot(x - ax - along * dx, y - ay - along * dy));
    [ax, ay] = [bx, by];
  }
  return nearest;
}

// Chances that the scenario does without: where they ran, quiet and dashed, behind all that is there.
/** @param {Model} model */
const goneOf = ({ scenarios, scenario }) => scenarios?.find(({ id }) => id === scenario)?.gone ?? [];

/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {State} state */
export function paintGone(ctx, view, model, state) {
  const [colour, dash] = GONE_LOOK;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.setLineDash(dash);
  ctx.beginPath();
  for (const [, , id, ...ends] of goneOf(model)) {
    if (!state.streams[model.streams.findIndex((stream) => stream.id === id)]) continue;
    const [from, to] = ends.map(([x, y]) => onSheet(view, ...model.place(x, y)));
    const line = bow(...from, ...to, 0, 6, 7);
    if (!line) continue;
    ctx.moveTo(line.sx, line.sy);
    ctx.quadraticCurveTo(line.cx, line.cy, line.ex, line.ey);
  }
  ctx.stroke();
  ctx.setLineDash([]);
}
