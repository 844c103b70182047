// Places as small drawings, and what is left at them.

import { ROLES, STATUSES } from "../model/words.js";
import { isSiteHidden } from "../workshop/hidden.js";
import { Grid, paintDisc } from "./canvas.js";
import { glyphPath } from "./glyphs.js";
import { isDotted, siteRadius, siteSpot } from "./things.js";

export const [GIVES, TAKES, BOTH] = [1, 2, 3];
// In the order of these roles.
export const DOT_TEXTS = ["dot_gives", "dot_takes", "dot_both"];

// The largest part of a stream that is left; see the legend of the panel.
export const GAP_PX = 19;

// A place that is known to this many metres is drawn with its doubt.
const DOUBTED_M = 400;
const MOST_DOUBT_PX = 120;

/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {any} of3 */
export function paintPlaces(ctx, view, model, { shown, unmatched, colours }) {
  const painted = [];
  const ordered = [];
  for (let s = 0; s < model.siteCount; s++) {
    if ((!shown[s] && !unmatched) || isSiteHidden(model, s)) continue;
    const [x, y] = siteSpot(view, model, s);
    if (x < -15 || y < -15 || x > view.width + 15 || y > view.height + 15) continue;
    ordered.push({ s, x, y, r: siteRadius(view, model, s), faint: !shown[s], dot: isDotted(view) });
  }
  for (const { s, x, y, faint } of ordered) if (!faint) paintDoubt(ctx, view, model, [s, x, y]);
  ordered.sort((a, b) => Number(b.faint) - Number(a.faint) || b.r - a.r || a.s - b.s);
  for (const place of ordered) {
    paintGlyph(ctx, model, place, colours);
    painted.push(place);
  }
  return painted;
}

// Where a place is known only by and large, a soft disc as wide as that; a dot says no more than about where.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {[number, number, number]} place */
function paintDoubt(ctx, view, model, [s, x, y]) {
  const metres = model.c["s.precision"][s];
  if (!(metres >= DOUBTED_M) || isDotted(view)) return;
  const r = Math.min(MOST_DOUBT_PX, metres * model.metre * view.k);
  if (r < siteRadius(view, model, s) + 4) return;
  const shade = ctx.createRadialGradient(x, y, 0, x, y, r);
  shade.addColorStop(0, "rgba(31, 42, 46, 0.14)");
  shade.addColorStop(0.7, "rgba(31, 42, 46, 0.07)");
  shade.addColorStop(1, "rgba(31, 42, 46, 0)");
  ctx.fillStyle = shade;
  ctx.fillRect(x - r, y - r, 2 * r, 2 * r);
}

/** @param {CanvasRenderingContext2D} ctx @param {Model} model @param {any} of2 @param {Colours} colours */
export function paintGlyph(ctx, model, { s, x, y, r, faint, dot, glyph }, colours) {
  const inside = model.c["s.inside"][s];
  if (dot) {
    const ink = inside && !faint ? colours.ink : colours.quiet;
    ctx.globalAlpha = faint || STATUSES[model.c["s.status"][s]] === "planned" ? 0.45 : 1;
    for (const disc of dotDiscs(model.siteRole[s], r, ink))
      paintDisc(ctx, { x, y, r: disc.r }, { ...disc, alpha: ctx.globalAlpha });
    ctx.globalAlpha = 1;
    return;
  }
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(r, r);
  const path = glyphPath(glyph ?? model.kinds[model.c["s.kind"][s]].glyph);
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

// A disc gives, a ring takes, a ring with a disc does both.
/** @param {number} role @param {number} r @param {string} ink */
export const dotDiscs = (role, r, ink) => [
  ...(role === GIVES ? [] : [{ r, fill: "#ffffff", edge: ink, width: 2 }]),
  ...(role === TAKES ? [] : [{ r: role === GIVES ? r : r * 0.4, fill: ink, edge: "#ffffff", width: 1.2 }]),
];

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
    const r = Math.max(3, GAP_PX * Math.sqrt(share / most)) * small;
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

// Of the nearest: several where they lie over each other, the smallest first.
/** @param {Place[]} painted @param {Grid} grid @param {number} x @param {number} y */
export function placesAt(painted, grid, x, y) {
  const near = [...new Set(grid.at(x, y))]
    .map((n) => ({ ...painted[n], away: Math.max(0, Math.hypot(painted[n].x - x, painted[n].y - y) - painted[n].r) }))
    .filter(({ away }) => away < 6)
    .sort((a, b) => a.away - b.away || a.r - b.r);
  return near.filter(({ away }) => away === near[0].away);
}
