// Up to which distance it pays: circles round the supply, and the same in words.

import { drawing, el, named, noteLine, svg, tableHead } from "../dom.js";
import { clean, kilometres, number, t } from "../model/format.js";
import { matchFigure } from "../state/whatif.js";
import { doubtButton, flowNumber } from "../workshop/doubt.js";
import { LABEL_FONT, paintTag, Room } from "./labels.js";
import { onSheet, placeOf, sitesOf } from "./things.js";

const CIRCLE_POINTS = 120;
const MOST_CIRCLES = 3;
// Beyond this a circle no longer fits the country, nor the projection of the map.
const FARTHEST_KM = 200;
const PAYS_DASH = [7, 5];
const LIMIT_DASH = [2, 5];

// Per supply of what is chosen: { site, stream, pays (km; NaN is unknown), own: of its own chances }.
/** @param {Model} model @param {Thing | null} thing */
function reachesOf(model, thing) {
  if (thing?.kind === "match") {
    const stream = model.c["m.stream"][thing.id];
    return [
      { site: model.c["m.supply"][thing.id], stream, pays: matchFigure(model, "break_even_km", thing.id), own: true },
    ];
  }
  if (thing?.kind !== "site") return [];
  const supplies = model.flowsOfSite[thing.id].filter((f) => model.c["f.role"][f] === 0 && model.c["f.value"][f] > 0);
  return supplies.map((f) => siteReach(model, thing.id, model.c["f.stream"][f]));
}

// The farthest of its own chances; without one, what a chance of middle size of that stream would be.
/** @param {Model} model @param {number} site @param {number} stream */
function siteReach(model, site, stream) {
  const { "m.supply": supply, "m.stream": streams } = model.c;
  const own = model.matchesOfSite[site]
    .filter((m) => supply[m] === site && streams[m] === stream)
    .map((m) => matchFigure(model, "break_even_km", m))
    .filter(Number.isFinite);
  const pays = own.length ? Math.max(...own) : model.steps?.[stream] ? NaN : (model.streams[stream].paysToKm ?? NaN);
  return { site, stream, pays, own: own.length > 0 };
}

/** @param {Model} model @param {number} stream */
const limitOf = (model, stream) => model.streams[stream].hardKm ?? Infinity;

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {View} view
 * @param {Model} model
 * @param {State} state
 * @param {Colours} colours
 */
export function paintReaches(ctx, view, model, state, colours) {
  const known = reachesOf(model, state.chosen).filter(
    ({ pays, stream }) => Number.isFinite(pays) && state.streams[stream],
  );
  if (!known.length) return;
  const room = new Room(view);
  for (const { x, y, r } of sitesOf(model, state.chosen).map((s) => placeOf(view, model, s)))
    room.take(x - r - 8, y - r - 8, x + r + 8, y + r + 8);
  const several = known.length > 1;
  for (const reach of known.slice(0, MOST_CIRCLES)) {
    for (const circle of circlesOf(model, reach, several)) paintCircle(ctx, view, model, circle, room, colours);
  }
}

/** @param {Model} model @param {any} of1 @param {any} several */
function circlesOf(model, { site, stream, pays }, several) {
  const { colour, name } = model.streams[stream];
  const limit = limitOf(model, stream);
  const of = several ? `${clean(name, 40)}: ` : "";
  /** @param {number} distance */
  const km = (distance) => kilometres(distance * 1000);
  const circles = [];
  if (pays > 0 && pays < limit)
    circles.push({
      km: pays,
      dash: PAYS_DASH,
      width: 1.8,
      alpha: 1,
      text: of + t("pays_to_map", { distance: km(pays) }),
    });
  if (limit < Infinity) {
    const plain = t("limit_map", { distance: km(limit) });
    const words =
      pays === 0
        ? `${plain} · ${t("pays_nowhere_map")}`
        : pays >= limit
          ? t("pays_to_limit_map", { distance: km(limit) })
          : plain;
    circles.push({ km: limit, dash: LIMIT_DASH, width: 1.4, alpha: 0.7, text: of + words });
  }
  return circles.filter((circle) => circle.km <= FARTHEST_KM).map((circle) => ({ ...circle, site, colour }));
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {View} view
 * @param {Model} model
 * @param {any} circle
 * @param {Room} room
 * @param {Colours} colours
 */
function paintCircle(ctx, view, model, circle, room, colours) {
  const points = circlePoints(view, model, circle);
  ctx.beginPath();
  points.forEach(([x, y], n) => (n ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  ctx.closePath();
  for (const [stroke, width, alpha, dash] of [
    ["#ffffff", circle.width + 2, 0.5, []],
    [circle.colour, circle.width, circle.alpha, circle.dash],
  ]) {
    ctx.strokeStyle = stroke;
    ctx.lineWidth = width;
    ctx.globalAlpha = alpha;
    ctx.setLineDash(dash);
    ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
  paintCircleName(ctx, points, circle, room, colours);
}

// A circle on the ground of RD New, begun at the north and going both ways in turn.
/** @param {View} view @param {Model} model @param {any} of2 */
function circlePoints(view, model, { site, km }) {
  const [x, y] = [model.c["s.x"][site] / 10, model.c["s.y"][site] / 10];
  return Array.from({ length: CIRCLE_POINTS }, (_, n) => {
    const angle = (2 * Math.PI * n) / CIRCLE_POINTS;
    return onSheet(view, ...model.place(x + km * 1000 * Math.sin(angle), y + km * 1000 * Math.cos(angle)));
  });
}

// The first free spot on the circle, nearest the north; beside it where the circle is small.
/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number[][]} points
 * @param {any} of2
 * @param {Room} room
 * @param {Colours} colours
 */
function paintCircleName(ctx, points, { text, colour }, room, colours) {
  ctx.font = `600 13px ${LABEL_FONT}`;
  ctx.textBaseline = "middle";
  const half = ctx.measureText(text).width / 2 + 7;
  const middle = [0, 1].map((axis) => (points[0][axis] + points[points.length / 2][axis]) / 2);
  for (let n = 0; n < 2 * points.length; n++) {
    const turn = n % points.length;
    const spot = points[turn % 2 ? points.length - (turn + 1) / 2 : turn / 2];
    const radius = Math.hypot(spot[0] - middle[0], spot[1] - middle[1]) || 1;
    const out = n < points.length ? 0 : 1 / radius;
    const [x, y] = [spot[0] + (spot[0] - middle[0]) * out * half, spot[1] + (spot[1] - middle[1]) * out * 26];
    /** @type {Box} */
    const box = [x - half, y - 12, x + half, y + 12];
    if (!room.isFree(...box)) continue;
    room.take(...box);
    paintTag(ctx, box, text, { colour, ink: colours.ink, round: 12 });
    return;
  }
}

/** @param {string} colour */
function circleDrawing(colour) {
  return drawing(
    18,
    18,
    svg("circle", {
      cx: 9,
      cy: 9,
      r: 7.5,
      fill: "none",
      stroke: colour,
      "stroke-width": 1.8,
      "stroke-dasharray": "4 2.7",
    }),
  );
}

/** @param {Stream} stream @param {...any} words */
const reachLine = (stream, ...words) =>
  el("p", { class: "reach" }, circleDrawing(stream.colour), el("span", {}, words));

/** @param {Model} model @param {number} stream */
function limitWords(model, stream) {
  const limit = limitOf(model, stream);
  return limit < Infinity ? [" ", t("pays_limit", { limit: kilometres(limit * 1000) })] : null;
}

/** @param {Model} model @param {number} m */
export function matchReach(model, m) {
  const [{ stream, pays }] = reachesOf(model, { kind: "match", id: m });
  if (!Number.isFinite(pays)) return null;
  const distance = kilometres(model.distance[m]);
  return reachLine(
    model.streams[stream],
    pays > 0 ? t("pays_to", { limit: kilometres(pays * 1000), distance }) : t("pays_nowhere", { distance }),
    limitWords(model, stream),
    doubtButton("pays_to"),
  );
}

/** @param {Model} model @param {number} f */
export function flowReach(model, f) {
  const { "f.site": site, "f.stream": stream, "f.role": role, "f.value": value } = model.c;
  if (role[f] !== 0 || !(value[f] > 0)) return null;
  const { pays, own } = siteReach(model, site[f], stream[f]);
  if (!Number.isFinite(pays)) return null;
  const words = t(`${pays > 0 ? "pays_to" : "pays_nowhere"}_${own ? "site" : "stream"}`, {
    limit: kilometres(pays * 1000),
  });
  return reachLine(
    model.streams[stream[f]],
    words,
    limitWords(model, stream[f]),
    doubtButton(flowNumber(model, f, "pays_to")),
  );
}

// Below the streams, closed at first: the distances of all streams side by side.
/** @param {Model} model */
export function makeReachTable(model) {
  const known = model.streams.filter((stream) => stream.paysToKm !== null);
  if (!known.length) return null;
  /** @param {...any} words */
  const cell = (...words) => el("td", {}, words);
  const row = (/** @type {Stream} */ stream) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, named(stream.name)),
      cell(
        /** @type {number} */ (stream.paysToKm) > 0
          ? number(/** @type {number} */ (stream.paysToKm))
          : t("reach_nowhere"),
      ),
      cell(stream.hardKm === null ? t("unknown_sign") : number(stream.hardKm)),
    );
  return el(
    "details",
    { class: "reaches" },
    el("summary", {}, t("reach")),
    el(
      "table",
      { class: "sums" },
      tableHead(["reach_stream", "reach_pays", "reach_limit"].map((key) => el("th", { scope: "col" }, t(key)))),
      el("tbody", {}, known.map(row)),
    ),
    noteLine(t("reach_note")),
    model.streams.some((stream) => stream.matchedByYear !== null) ? noteLine(t("by_year_why")) : null,
  );
}
