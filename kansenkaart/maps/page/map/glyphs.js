// The small drawing of a kind of place, an SVG path in a box of -1..1: the legend and the canvas draw the same one.

import { drawing, svg } from "../dom.js";
import { page } from "../state/store.js";
import { shapeOf } from "./canvas.js";

const glyphPaths = new Map();
/** @param {string} glyph */
export function glyphPath(glyph) {
  if (!glyphPaths.has(glyph)) glyphPaths.set(glyph, shapeOf(glyph));
  return glyphPaths.get(glyph);
}

/** @param {string} glyph @param {number} [size] */
export function glyphDrawing(glyph, size = 16) {
  const shape = svg("path", {
    d: glyph,
    transform: `translate(${size / 2} ${size / 2}) scale(${size * 0.42})`,
  });
  const picture = drawing(size, size, shape);
  picture.setAttribute("class", "glyph");
  return picture;
}

// The sample of a stream or link in the legend: the line as the map draws it.
/** @param {string} colour @param {any} dash @param {any} of2 */
export function lineDrawing(colour, dash, { width = 34, weight = 4, arrow = true, cross = false } = {}) {
  const end = arrow ? width - 7 : width - 1;
  const shapes = [
    svg("line", {
      x1: 1,
      y1: 8,
      x2: end,
      y2: 8,
      stroke: colour,
      "stroke-width": weight,
      "stroke-dasharray": dash.join(" "),
    }),
  ];
  if (arrow) shapes.push(svg("path", { d: `M${width - 9},3L${width - 1},8L${width - 9},13Z`, fill: colour }));
  if (cross)
    shapes.push(
      svg("path", { d: `M${width / 2 - 5},3l10,10m0,-10l-10,10`, stroke: colour, "stroke-width": 2, fill: "none" }),
    );
  return drawing(width, 16, ...shapes);
}

/** @param {string} name @param {string} colour */
export function classDrawing(name, colour) {
  const shape = { x1: 1, y1: 8, x2: 33, y2: 8 };
  const outer = svg("line", { ...shape, stroke: colour, "stroke-width": name === "kansrijk" ? 5 : 6 });
  const inner = svg("line", {
    ...shape,
    x1: 2,
    x2: 32,
    stroke: name === "verkennen" ? tint(colour) : "#fff",
    "stroke-width": 3,
  });
  return drawing(34, 16, ...(name === "kansrijk" ? [outer] : [outer, inner]));
}

// A colour mixed with white: how *verkennen* is filled.
/** @param {string} colour @param {any} [strength] */
export function tint(colour, strength = page.model.style.classes.verkennen.opacity) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgb(${parts.map((part) => Math.round(255 - (255 - part) * strength))})`;
}

/** @type {[string, number[]]} Colour and dash of a chance that a scenario does without. */
export const GONE_LOOK = ["#4a575b", [7, 5]];
