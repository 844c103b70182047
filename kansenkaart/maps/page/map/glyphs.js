// A small drawing per kind of place, in a box of -1..1, as SVG paths: the legend and the canvas draw the same ones.

import { drawing, svg } from "../dom.js";
import { page } from "../state/store.js";

const GLYPHS = {
  dot: "M0,-.8A.8,.8 0 1 1 0,.8A.8,.8 0 1 1 0,-.8Z",
  drop: "M0,-1.1C.45,-.45 .8,-.05 .8,.3A.8,.8 0 0 1 -.8,.3C-.8,-.05 -.45,-.45 0,-1.1Z",
  glass: "M-1,.85V-.15L-.5,-.85L0,-.15L.5,-.85L1,-.15V.85Z",
  flame:
    "M0,-1.1C.1,-.5 .85,-.2 .85,.35C.85,.8 .45,1 0,1C-.45,1 -.85,.8 -.85,.35C-.85,.05 -.6,-.15 -.5,-.45C-.3,-.3 -.25,-.15 -.2,0C0,-.3 .05,-.7 0,-1.1Z",
  well: "M-.9,-.9H.9L.28,-.15V1H-.28V-.15Z",
  server: "M-.75,-1H.75V-.45H-.75ZM-.75,-.27H.75V.27H-.75ZM-.75,.45H.75V1H-.75Z",
  factory: "M-1,.9V-.9H-.5V-.05L.1,-.5V-.05L.7,-.5L1,-.3V.9Z",
  silo: "M-.65,.95V-.5A.65,.5 0 0 1 .65,-.5V.95Z",
  heap: "M-1.05,.8L-.35,-.5L0,-.05L.4,-.75L1.05,.8Z",
  town: "M0,-.95L.85,-.48V.48L0,.95L-.85,.48V-.48Z",
  road: "M-.9,.95L-.35,-.95H.35L.9,.95H.25L.12,.2H-.12L-.25,.95Z",
  house: "M-.85,.9V-.1L0,-.95L.85,-.1V.9Z",
  valve: "M-1,-.7L0,-.12L1,-.7V.7L0,.12L-1,.7Z",
  field: "M-.95,-.75H.95V-.4H-.95ZM-.95,-.18H.95V.18H-.95ZM-.95,.4H.95V.75H-.95Z",
  tap: "M-.9,-.5H.35C.8,-.5 .9,-.15 .9,.3H.35C.35,.1 .3,0 .1,0H-.9ZM.62,.5C.85,.75 .85,1.05 .62,1.05C.4,1.05 .4,.75 .62,.5Z",
};

const glyphPaths = new Map();
export function glyphPath(name) {
  if (!glyphPaths.has(name)) glyphPaths.set(name, new Path2D(GLYPHS[name] || GLYPHS.dot));
  return glyphPaths.get(name);
}

export function glyphDrawing(name, size = 16) {
  const shape = svg("path", {
    d: GLYPHS[name] || GLYPHS.dot,
    transform: `translate(${size / 2} ${size / 2}) scale(${size * 0.42})`,
  });
  const picture = drawing(size, size, shape);
  picture.setAttribute("class", "glyph");
  return picture;
}

// The sample of a stream or link in the legend: the line as the map draws it.
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
export function tint(colour, strength = page.model.style.classes.verkennen.opacity) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `#${parts
    .map((part) =>
      Math.round(255 - (255 - part) * strength)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}
