// Where a chance would run: over the road, or where a pipe costs least. Decoded when the first one is asked for.

import { stepReader } from "../model/decode.js";
import { kilometres, number, t } from "../model/format.js";
import { headSize, lineWidth, SHORTEST } from "./lines.js";
import { onSheet, siteRadius } from "./things.js";

const ROUTE_GRID_M = 10;

/** @param {Model} model */
function routesOf(model) {
  if (model.routes) return model.routes;
  const { "r.match": match, "r.length": length, "r.line": steps, "r.line.n": counts } = model.c;
  const next = stepReader(steps);
  let [x, y] = [0, 0];
  model.routes = new Map();
  for (let route = 0; route < match.length; route++) {
    /** @type {[number, number][]} */
    const points = [];
    for (let point = 0; point < counts[route]; point++) {
      [x, y] = [x + next(), y + next()];
      points.push([x * ROUTE_GRID_M, y * ROUTE_GRID_M]);
    }
    model.routes.set(match[route], { points, length: length[route] });
  }
  return model.routes;
}

/** @param {Model} model @param {number} m */
export const routeOf = (model, m) => routesOf(model).get(m);

// The route of a chance on the sheet, as an arrow; null where it has none.
/** @param {View} view @param {Model} model @param {number} m @returns {Line | null} */
export function routeLine(view, model, m) {
  const route = routeOf(model, m);
  if (!route) return null;
  const width = lineWidth(model, m);
  route.units ??= route.points.map(([x, y]) => model.place(x, y));
  const all = route.units.map(([u, v]) => onSheet(view, u, v));
  const points = cutEnd(all, siteRadius(view, model, model.c["m.demand"][m]) + 3);
  const [[sx, sy], [ex, ey]] = [points[0], points[points.length - 1]];
  /** @type {Line} */
  const line = { sx, sy, ex, ey, cx: sx, cy: sy, length: lengthOf(points), width, kind: "match", id: m };
  line.points = cutEnd(points, headSize(line) * 0.8);
  [line.cx, line.cy] = line.points[line.points.length - 1];
  return line.length < SHORTEST ? null : line;
}

/** @param {number[][]} points */
function lengthOf(points) {
  let length = 0;
  for (let n = 1; n < points.length; n++)
    length += Math.hypot(points[n][0] - points[n - 1][0], points[n][1] - points[n - 1][1]);
  return length;
}

// The same way, `gap` shorter at its end; the first two points always stay.
/** @param {[number, number][]} points @param {number} gap @returns {[number, number][]} */
function cutEnd(points, gap) {
  const kept = points.slice();
  let rest = Math.min(gap, lengthOf(points) * 0.3);
  while (kept.length > 1) {
    const [[ax, ay], [bx, by]] = kept.slice(-2);
    const step = Math.hypot(bx - ax, by - ay);
    if (step > rest) {
      kept[kept.length - 1] = [bx - ((bx - ax) * rest) / step, by - ((by - ay) * rest) / step];
      break;
    }
    rest -= step;
    kept.pop();
  }
  return kept;
}

// How far it is along the way, and what way that is.
/** @param {Model} model @param {number} m */
export function routeWords(model, m) {
  const basis = model.strings[model.c["m.route_basis"][m]];
  const detour = model.c["m.detour"][m];
  const length = routeOf(model, m)?.length ?? model.distance[m] * detour;
  if (basis === "road" || basis === "friction" || basis === "network")
    return t(`route_${basis}`, { distance: kilometres(length) });
  return detour > 1.005 ? t("route", { distance: kilometres(length), factor: number(detour) }) : null;
}
