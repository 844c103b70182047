// Land, municipal and province lines: decoded once into paths in map units, then painted at any scale.

import { stepReader } from "../model/decode.js";

const GRID_M = 10;

/** @param {Model} model */
export function makeBackground(model) {
  /** @type {Record<string, Path2D>} */
  const shapes = {};
  for (const name of ["region", "margin", "around", "outline", "provinces"]) {
    shapes[name] = decodeLines(model, model.c[`g.${name}`], model.c[`g.${name}.n`], name !== "provinces");
  }
  return shapes;
}

/** @param {Model} model @param {Column} bytes @param {Column} counts @param {any} closed */
function decodeLines(model, bytes, counts, closed) {
  const path = new Path2D();
  const next = stepReader(bytes);
  let x = 0;
  let y = 0;
  for (const count of counts) {
    for (let point = 0; point < count; point++) {
      x += next();
      y += next();
      const place = model.place(x * GRID_M, y * GRID_M);
      if (point) path.lineTo(place[0], place[1]);
      else path.moveTo(place[0], place[1]);
    }
    if (closed) path.closePath();
  }
  return path;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {View} view
 * @param {any} shapes
 * @param {Colours} colours
 * @param {any} online
 */
export function paintBackground(ctx, view, shapes, colours, online) {
  ctx.save();
  ctx.setTransform(view.ratio * view.k, 0, 0, view.ratio * view.k, view.ratio * view.ox, view.ratio * view.oy);
  ctx.lineJoin = "round";
  /** @param {Path2D} path @param {string} colour @param {number} width */
  const line = (path, colour, width) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width / view.k;
    ctx.stroke(path);
  };
  if (!online) {
    for (const [path, colour] of [
      [shapes.around, colours.around],
      [shapes.margin, colours.margin],
      [shapes.region, colours.land],
    ]) {
      ctx.fillStyle = colour;
      ctx.fill(path, "evenodd");
    }
    line(shapes.margin, colours.marginLine, 0.6);
    line(shapes.region, colours.border, 0.9);
    line(shapes.provinces, colours.border, 2);
  }
  line(shapes.outline, colours.outline, 1.2);
  ctx.restore();
}
