// A sheet that writes down as SVG what a painter draws on it: the painters of the map draw on it as on a canvas.
// How things look (colours, scale, letters) a canvas of its own remembers; only what is drawn is written here.

import { el, svg } from "../dom.js";
import { emptyBox, grow } from "../map/background.js";
import { page } from "../state/store.js";

/** @param {number} value */
const short = (value) => String(Math.round(value * 100) / 100);

/** @type {Record<string, string>} */
const SIGNS = { moveTo: "M", lineTo: "L", quadraticCurveTo: "Q", bezierCurveTo: "C", closePath: "Z" };

// What the land is decoded into: its lines in whole map units, a small part of a pixel, each with its box.
export class Course {
  /** @type {{ d: string, box: Box }[]} */
  lines = [];
  x = 0;
  y = 0;

  /** @param {number} x @param {number} y */
  moveTo(x, y) {
    this.lines.push({ d: "", box: emptyBox() });
    this.lineTo(x, y);
  }
  // Written as steps: a third of the length.
  /** @param {number} x @param {number} y */
  lineTo(x, y) {
    const line = this.lines[this.lines.length - 1];
    const [toX, toY] = [Math.round(x), Math.round(y)];
    line.d += line.d ? ` ${toX - this.x} ${toY - this.y}` : `M${toX} ${toY}l0 0`;
    [this.x, this.y] = [toX, toY];
    grow(line.box, x, y);
  }
}

/** @param {...number} of  Left, top, width, height and how round. */
function boxOf(...of) {
  const [x, y, width, height, round = 0] = of;
  const r = Math.min(round, width / 2, height / 2);
  const [w, h, turn] = [width - 2 * r, height - 2 * r, `a${r} ${r} 0 0 1 `];
  return `M${x + r} ${y}h${w}${turn}${r} ${r}v${h}${turn}${-r} ${r}h${-w}${turn}${-r} ${-r}v${-h}${turn}${r} ${-r}Z`;
}

// Programs that draw SVG do not all know a colour that lets through: that part stands beside it.
/** @param {string} name @param {string} colour @param {number} alpha */
function coloured(name, colour, alpha) {
  const [, rgb, through = 1] = /rgba\((.*), (.*)\)/.exec(colour) ?? [];
  return { [name]: rgb ? `rgb(${rgb})` : colour, [`${name.split("-color")[0]}-opacity`]: alpha * Number(through) };
}

// A canvas does not tell its pattern: there is one, the lines aslant of map/background.js, of 7 pixels of the page.
/** @param {number} scale */
const aslant = (scale) => ({
  width: 7,
  height: 7,
  patternUnits: "userSpaceOnUse",
  patternTransform: `scale(${2 / scale})`,
});
const hatched = () => [
  svg("path", { d: boxOf(0, 0, 7, 7), fill: page.layers.colours.paper }),
  svg("path", { d: "M-1 1L1-1M0 7L7 0M6 8L8 6", stroke: page.layers.colours.quiet, "stroke-width": 0.7 }),
];

let fills = 0;

/** What stands in for a canvas: `parts` is what was drawn. */
export function makeVectorSheet() {
  const own = /** @type {any} */ (el("canvas").getContext("2d"));
  const shaded = own.createRadialGradient.bind(own);
  /** @type {Element[]} */
  const parts = [];
  let path = "";
  /** @param {string} tag @param {Record<string, unknown>} attributes @param {...any} inside */
  const put = (tag, attributes, ...inside) => parts.push(svg(tag, attributes, ...inside));
  const placed = () => {
    const { a, b, c, d, e, f } = own.getTransform();
    return { transform: `matrix(${[a, b, c, d, e, f].map((one) => +one.toPrecision(9))})` };
  };
  // A soft disc or lines aslant are written once, before what is first filled with them.
  const filled = () => {
    const shade = own.fillStyle;
    if (typeof shade === "string") return coloured("fill", shade, own.globalAlpha);
    if (!shade.id) {
      shade.id = `kk-fill-${++fills}`;
      if (shade.at)
        put("radialGradient", { id: shade.id, gradientUnits: "userSpaceOnUse", ...shade.at }, ...shade.stops);
      else put("pattern", { id: shade.id, ...aslant(own.getTransform().a) }, ...hatched());
    }
    return { fill: `url(#${shade.id})` };
  };
  const stroked = () => ({
    ...coloured("stroke", own.strokeStyle, own.globalAlpha),
    "stroke-width": +own.lineWidth.toPrecision(4),
    "stroke-dasharray": own.getLineDash().join(" ") || "none",
    "stroke-linejoin": own.lineJoin,
    "stroke-linecap": own.lineCap,
    fill: "none",
  });
  // Of the land only what lies on the sheet.
  /** @param {any} of */
  const courseOf = (of) => {
    const { a, e, f } = own.getTransform();
    /** @param {{ box: Box }} line */
    const seen = ({ box: [left, top, right, bottom] }) =>
      right * a + e > 0 && left * a + e < sheet.width && bottom * a + f > 0 && top * a + f < sheet.height;
    return (
      of?.lines
        ?.filter(seen)
        .map((/** @type {{ d: string }} */ { d }) => d)
        .join("") ??
      of?.d ??
      path
    );
  };
  /** @param {Record<string, unknown>} look @param {any} of @param {string} [rule] */
  const trace = (look, of, rule = "nonzero") => {
    const d = courseOf(of).replace(/^L/, "M");
    if (d) put("path", { d, "fill-rule": rule, ...look, ...placed() });
  };
  // As wide as it was measured, whatever letters the reader has.
  /** @param {Record<string, unknown>} look @param {string} text @param {number} x @param {number} y */
  const write = (look, text, x, y) => {
    const [, slant = "normal", weight = 400, size, family] = /** @type {string[]} */ (
      /^(?:(italic) )?(?:(\w+) )?([\d.]+)px (.*)/.exec(own.font)
    );
    const font = { "font-style": slant, "font-weight": weight, "font-size": size, "font-family": family };
    const down = own.textBaseline === "middle" ? 0.3 * Number(size) : 0;
    const textLength = short(own.measureText(text).width);
    put(
      "text",
      { "xml:space": "preserve", x: short(x), y: short(y + down), textLength, ...font, ...look, ...placed() },
      text,
    );
  };
  for (const [name, sign] of Object.entries(SIGNS))
    own[name] = (/** @type {number[]} */ ...at) => (path += sign + at.map(short).join(" "));
  /** @type {Record<string, (...of: any[]) => unknown>} */
  const pens = {
    beginPath: () => (path = ""),
    // Painters draw no part of a circle.
    arc: (x, y, r) => (path += boxOf(x - r, y - r, 2 * r, 2 * r, r)),
    roundRect: (...of) => (path += boxOf(...of)),
    fill: (of, rule) => trace(filled(), of, rule),
    stroke: (of) => trace(stroked(), of),
    fillRect: (...of) => trace(filled(), { d: boxOf(...of) }),
    strokeRect: (...of) => trace(stroked(), { d: boxOf(...of) }),
    fillText: (text, x, y) => write(filled(), text, x, y),
    strokeText: (text, x, y) => write(stroked(), text, x, y),
    createRadialGradient: (cx, cy, ...of) => {
      /** @type {Element[]} */
      const stops = [];
      return Object.assign(shaded(cx, cy, ...of), {
        at: { cx, cy, r: of[3] },
        stops,
        /** @param {number} offset @param {string} colour */
        addColorStop: (offset, colour) => stops.push(svg("stop", { offset, ...coloured("stop-color", colour, 1) })),
      });
    },
    drawImage: (sheet, x, y, width, height) => put("g", placed(), wrap(sheet, { x, y, width, height })),
  };
  const sheet = { width: 0, height: 0, parts, getContext: () => Object.assign(own, pens) };
  return sheet;
}

/** @typedef {{ width: number, height: number, parts: Element[] }} VectorSheet */

/** @param {VectorSheet} sheet @param {Record<string, unknown>} attributes @param {...Element} before */
const wrap = ({ width, height, parts }, attributes, ...before) =>
  svg("svg", { ...attributes, viewBox: `0 0 ${width} ${height}` }, ...before, ...parts);

// Half as large as the sheet, which is laid out for a canvas that is read from near by. The next one counts anew.
/** @param {VectorSheet} sheet @param {string} title */
export function writeSvg(sheet, title) {
  fills = 0;
  const size = { width: sheet.width / 2, height: sheet.height / 2 };
  return new XMLSerializer().serializeToString(wrap(sheet, size, svg("title", {}, title)));
}
