// Places as small drawings, and names that never lie over each other.

import { clean } from "../model/format.js";
import { ROLES, STATUSES } from "../model/words.js";
import { page } from "../state/store.js";
import { isSiteHidden } from "../workshop/hidden.js";
import { Grid, paintDisc } from "./canvas.js";
import { glyphPath } from "./glyphs.js";
import { coveredBoxes, LABEL_FONT, paintText, Room } from "./labels.js";
import { highlighted, onSheet, siteRadius, siteSpot, sitesOf } from "./things.js";

const NAMED_SITES = 10;

// In a room names are read from five metres away.
const labelScale = () => (page.presenting ? 1.35 : 1);
const labelLetters = () => (page.presenting ? 40 : 28);

/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {any} of3 */
export function paintPlaces(ctx, view, model, { shown, unmatched, colours }) {
  const painted = [];
  const ordered = [];
  for (let s = 0; s < model.siteCount; s++) {
    if ((!shown[s] && !unmatched) || isSiteHidden(model, s)) continue;
    const [x, y] = siteSpot(view, model, s);
    if (x < -15 || y < -15 || x > view.width + 15 || y > view.height + 15) continue;
    ordered.push({ s, x, y, r: siteRadius(view, model, s), faint: !shown[s] });
  }
  ordered.sort((a, b) => Number(b.faint) - Number(a.faint) || b.r - a.r || a.s - b.s);
  for (const place of ordered) {
    paintGlyph(ctx, model, place, colours);
    painted.push(place);
  }
  return painted;
}

/** @param {CanvasRenderingContext2D} ctx @param {Model} model @param {any} of2 @param {Colours} colours */
export function paintGlyph(ctx, model, { s, x, y, r, faint }, colours) {
  const inside = model.c["s.inside"][s];
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(r, r);
  const path = glyphPath(model.kinds[model.c["s.kind"][s]].glyph);
  ctx.lineJoin = "round";
  ctx.globalAlpha = faint ? 0.45 : 1;
  ctx.strokeStyle = "#ffffff";
  ctx.lineWidth = 4 / r;
  ctx.stroke(path);
  ctx.fillStyle = inside && !faint ? colours.ink : colours.quiet;
  ctx.fill(path);
  if (STATUSES[model.c["s.status"][s]] === "planned") {
    ctx.fillStyle = "#ffffff";
    ctx.globalAlpha *= 0.75;
    ctx.fill(path);
    ctx.globalAlpha = faint ? 0.45 : 1;
    ctx.strokeStyle = colours.ink;
    ctx.lineWidth = 1.4 / r;
    ctx.stroke(path);
  }
  ctx.restore();
}

// The largest visible places first, then municipalities, the largest of the region first.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {Place[]} painted @param {Colours} colours @param {Box[]} [taken] */
export function paintNames(ctx, view, model, painted, colours, taken = []) {
  const room = new Room(view.seen);
  for (const box of [...taken, ...coveredBoxes(view)]) room.take(...box);
  for (const { x, y, r, faint } of painted) if (!faint) room.take(x - r, y - r, x + r, y + r);
  // What a scene points at is named first.
  const told = new Set(highlighted(model, page.state).flatMap((thing) => sitesOf(model, thing)));
  // Of several marks of one place the largest bears the name.
  const written = new Set();
  const largest = painted
    .filter((place) => !place.faint)
    .sort((a, b) => Number(told.has(b.s)) - Number(told.has(a.s)) || b.r - a.r || a.s - b.s)
    .filter(({ s }) => !written.has(s) && written.add(s))
    .slice(0, NAMED_SITES);
  ctx.lineJoin = "round";
  ctx.textBaseline = "middle";
  for (const place of largest) paintSiteName(ctx, room, model, place, colours);
  const areas = model.areas
    .map((area, n) => ({ ...area, n }))
    .sort((a, b) => Number(b.inside) - Number(a.inside) || b.size - a.size || b.km2 - a.km2 || a.n - b.n);
  for (const area of areas) paintAreaName(ctx, room, view, model, area, colours);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Room} room
 * @param {Model} model
 * @param {any} of3
 * @param {Colours} colours
 */
function paintSiteName(ctx, room, model, { s, x, y, r }, colours) {
  const scale = labelScale();
  ctx.font = `600 ${13 * scale}px ${LABEL_FONT}`;
  const text = clean(model.siteNames[s], labelLetters());
  const width = ctx.measureText(text).width;
  const [half, away] = [9 * scale, r + 13 * scale];
  const spots = [
    [x + r + 8, y],
    [x - r - 8 - width, y],
    [x - width / 2, y - away],
    [x - width / 2, y + away],
  ];
  const spot = spots.find(([left, middle]) => room.isFree(left - 2, middle - half, left + width + 2, middle + half));
  if (!spot) return;
  room.take(spot[0] - 3, spot[1] - half, spot[0] + width + 3, spot[1] + half);
  paintText(ctx, text, spot[0], spot[1], colours.ink, 4);
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
  ctx.font = `${area.inside ? 500 : 400} ${12 * scale}px ${LABEL_FONT}`;
  const text = clean(area.name, 28);
  const width = ctx.measureText(text).width;
  // A name much wider than its municipality stays away until the map is larger.
  const across = Math.sqrt(area.km2) * 1000 * unitsPerMetre(model, area) * view.k;
  if (width > across * 1.9 + 20) return;
  for (const shift of [0, 16, -16, 30, -30]) {
    /** @type {Box} */
    const box = [x - width / 2 - 6, y + shift - 10 * scale, x + width / 2 + 6, y + shift + 10 * scale];
    if (!room.isFree(...box)) continue;
    room.take(...box);
    paintText(ctx, text, x - width / 2, y + shift, area.inside ? colours.name : colours.quietName, 3);
    return;
  }
}

/** @param {Model} model @param {Area} area */
function unitsPerMetre(model, area) {
  model.metre ??= Math.abs(model.place(area.x + 1000, area.y)[0] - model.place(area.x, area.y)[0]) / 1000;
  return model.metre;
}

// What is left: a full disc is overschot, a ring is tekort; area by share of the stream's total on that side.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {Gap[]} gaps */
export function paintGaps(ctx, view, model, gaps) {
  const painted = placeGaps(view, model, gaps).reverse();
  for (const gap of painted) paintGap(ctx, model, gap);
  return painted;
}

/** @param {CanvasRenderingContext2D} ctx @param {Model} model @param {any} of2 */
export function paintGap(ctx, model, { flow, x, y, r }) {
  const { colour } = model.streams[model.c["f.stream"][flow]];
  const supply = ROLES[model.c["f.role"][flow]] === "supply";
  const look = supply
    ? { fill: colour, edge: "#ffffff", width: 1.2, alpha: 0.8 }
    : { fill: "#ffffff", edge: colour, width: 2.5, alpha: 0.3 };
  paintDisc(ctx, { x, y, r }, look);
}

// The largest lies on its place; other streams of the same place lie around it, not on each other.
/** @param {View} view @param {Model} model @param {Gap[]} gaps */
export function placeGaps(view, model, gaps) {
  const before = new Map();
  const most = gaps.length ? gaps[0].share : 1;
  // On a small map smaller, or they would cover each other.
  const small = Math.min(1, Math.max(0.6, (view.seen[2] - view.seen[0]) / 700));
  const placed = gaps.map(({ flow, share }) => {
    const s = model.c["f.site"][flow];
    const r = (4 + 15 * Math.sqrt(share / most)) * small;
    const seen = before.get(s) || { count: 0, r };
    before.set(s, { count: seen.count + 1, r: seen.r });
    const away = seen.count ? seen.r + r * 0.6 : 0;
    const [x, y] = siteSpot(view, model, s);
    const angle = seen.count * 2.2;
    return { s, flow, x: x + away * Math.cos(angle), y: y + away * Math.sin(angle), r, faint: false };
  });
  return placed.filter(({ x, y, r }) => x > -r && y > -r && x < view.width + r && y < view.height + r);
}

/** @param {Place[]} painted */
export function gridOfPlaces(painted) {
  const grid = new Grid();
  painted.forEach(({ x, y, r }, n) => grid.add(n, x - r - 4, y - r - 4, x + r + 4, y + r + 4));
  return grid;
}

/** @param {Place[]} painted @param {Grid} grid @param {number} x @param {number} y */
export function placeAt(painted, grid, x, y) {
  let best = null;
  let nearest = 6;
  for (const n of grid.at(x, y)) {
    const away = Math.max(0, Math.hypot(painted[n].x - x, painted[n].y - y) - painted[n].r);
    if (away < nearest || (away === nearest && best !== null && painted[n].r < best.r))
      [best, nearest] = [painted[n], away];
  }
  return best;
}
