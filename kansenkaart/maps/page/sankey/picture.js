// The flow diagram as SVG: bands, bars and their words.

import { svg } from "../dom.js";
import { LABEL_FONT } from "../map/labels.js";
import { amount, co2, number, plural, t, unitName, whole } from "../model/format.js";
import { sankey } from "./choice.js";
import { endsOf, layOut } from "./sankey.js";

export const SANKEY_PAPER = 1000;
const SANKEY_FONT = 13;
const ANCHORS = ["start", "middle", "end"];

// What a width is: said above the drawing, and on paper.
/** @param {Model} model */
export function sankeyNote(model) {
  const { graph, choice } = sankey;
  const streams = new Set(graph.cells.map(({ codes }) => codes[1] >> 1));
  const words =
    choice.measure !== "quantity"
      ? t(`sankey_note_${choice.measure}`, model.balance)
      : streams.size > 1
        ? t("sankey_note_share")
        : t("sankey_note_quantity", { unit: unitName(model.streams[[...streams][0]]?.unit ?? "") });
  return [
    words,
    " ",
    graph.leftOut ? `${plural("sankey_left_out", graph.leftOut)} ` : null,
    [...streams].map((n) => model.streams[n]).map(({ name, besides: [sold] }) => sold && `${name}${sold}. `),
  ];
}

/** @param {Model} model @param {SankeyGraph} graph @param {any} frame @param {SankeyChoice} choice */
export function sankeyPicture(model, graph, frame, choice) {
  const size = layOut(graph, frame);
  const [left, right] = endsOf(choice);
  const heads = [t(`sankey_head_left_${left}`), t("sankey_head_stream"), t(`sankey_head_right_${right}`)];
  const titles = heads.map((text, side) =>
    svg(
      "text",
      { x: (size.width * side) / 2, y: 14, "text-anchor": ANCHORS[side], class: "sankey-head" },
      fitText(text, size.width / 3.1),
    ),
  );
  return svg(
    "svg",
    {
      class: "sankey-picture",
      width: size.width,
      height: size.height,
      viewBox: `0 0 ${size.width} ${size.height}`,
      role: "group",
      "aria-label": t("sankey_label"),
    },
    ...titles,
    ...graph.bands.map((band) => bandShape(model, band)),
    ...graph.nodes.flat().map((node) => nodeShape(model, node, size)),
  );
}

/** @param {any} of @param {number} height */
export const ribbon = ({ x1, x2, y1, y2 }, height) => {
  const half = (x1 + x2) / 2;
  return `M${x1},${y1}C${half},${y1} ${half},${y2} ${x2},${y2}v${height}C${half},${y2 + height} ${half},${y1 + height} ${x1},${y1 + height}Z`;
};

/** @param {Model} model @param {SankeyBand} band */
function bandShape(model, band) {
  const { colour } = model.streams[band.stream >> 1];
  const words = t("sankey_band", { from: band.from.name, to: band.to.name, amounts: amountWords(model, band) });
  return svg(
    "g",
    {
      class: `sankey-band${band.stream & 1 ? " idle" : ""}`,
      ...roving(band.id),
      "data-weight": band.weight,
      "aria-label": words,
    },
    svg("title", {}, words),
    svg("path", { d: ribbon(band, band.height), fill: colour, stroke: colour }),
    svg("path", { class: "part", d: "", fill: colour }),
  );
}

/** @param {Model} model @param {SankeyNode} node @param {any} size */
function nodeShape(model, node, size) {
  const stream = node.side === 1 ? model.streams[node.code >> 1] : null;
  const words = `${node.name}: ${amountWords(model, node)}${stream && node.gap ? `. ${t("sankey_gap", { amount: amount(Math.abs(node.gap), stream.unit) })}` : node.rest ? `. ${t("sankey_more")}` : node.province >= 0 ? `. ${t("sankey_open")}` : ""}`;
  const idle = node.side === 1 && node.code & 1;
  const lacks = Math.min(node.height, Math.max(3, (node.height * Math.abs(node.gap)) / node.quantity));
  return svg(
    "g",
    { class: `sankey-node${idle ? " idle" : ""}`, ...roving(node.id), "data-weight": node.weight, "aria-label": words },
    svg("title", {}, words),
    svg("rect", { class: "sankey-field", ...fieldOf(node, size) }),
    svg("rect", {
      class: "sankey-bar",
      x: node.x,
      y: node.y,
      width: node.width,
      height: node.height,
      fill: idle ? "#fff" : (stream?.colour ?? "var(--ink)"),
      stroke: stream?.colour ?? "none",
    }),
    node.gap
      ? svg("rect", {
          class: "sankey-gap",
          x: node.x,
          y: node.y + node.height - lacks,
          width: node.width,
          height: lacks,
        })
      : "",
    ...nodeLabel(model, node, size),
  );
}

/** @param {string} id */
const roving = (id) => ({ tabindex: -1, role: "button", "data-id": id, "aria-pressed": "false" });

// What may be pressed: the bar with its label.
/** @param {SankeyNode} node @param {any} of1 */
function fieldOf(node, { width, margin, narrow }) {
  if (narrow || node.side === 1) {
    const part = width / 3.1;
    return {
      x: Math.max(0, Math.min(width - part, node.x + node.width / 2 - part / 2)),
      y: node.top - 2,
      width: part,
      height: node.row + 4,
    };
  }
  return { x: node.side ? node.x - 2 : 0, y: node.top, width: margin + node.width, height: node.row };
}

// Beside the bar in the margins; above it in the middle, and on a small screen.
/** @param {Model} model @param {SankeyNode} node @param {any} of2 */
function nodeLabel(model, node, { width, margin, narrow }) {
  const amounts = shortWords(model, node);
  const above = narrow || node.side === 1;
  const anchor = ANCHORS[above ? node.side : 2 - node.side];
  const x = node.x + (node.width * node.side) / 2 + (above ? 0 : 10 * (node.side - 1));
  const room = above ? width / (narrow ? 3.2 : 2.7) : margin - 10;
  /** @param {string} text @param {number} y @param {string} look */
  const line = (text, y, look) => svg("text", { x, y, "text-anchor": anchor, class: look }, text);
  const name = node.follows ? t("sankey_idle") : node.name;
  if (above && !narrow) return [line(fitText(`${name} · ${amounts}`, room), node.y - 6, "name")];
  const middle = above ? node.y - 20 : node.y + node.height / 2 - 3;
  return [line(fitText(name, room), middle, "name"), line(fitText(amounts, room), middle + 15, "amounts")];
}

let fontContext = null;

/** @param {string} text @param {number} room */
function fitText(text, room) {
  fontContext ??= document.createElement("canvas").getContext("2d");
  fontContext.font = `600 ${SANKEY_FONT}px ${LABEL_FONT}`;
  if (fontContext.measureText(text).width <= room) return text;
  const letters = Array.from(text);
  while (letters.length > 1 && fontContext.measureText(`${letters.join("")}…`).width > room) letters.pop();
  return `${letters.join("").trimEnd()}…`;
}

// In a label: the amount of one stream, or how many streams come together here.
/** @param {Model} model @param {SankeySum} thing */
function shortWords(model, thing) {
  const { measure } = sankey.choice;
  if (measure === "count") return plural("chances", thing.count);
  if (measure === "co2") return t("per_year_short", { amount: co2(thing.co2) });
  const [first, ...more] = thing.streams;
  if (more.length) return t("sankey_streams", { count: whole(1 + more.length) });
  return t("per_year_short", { amount: amount(thing.quantity, model.streams[first].unit) });
}

// In full: every stream has its own amount and its own whole.
/** @param {Model} model @param {SankeySum} thing */
function amountWords(model, thing) {
  const streams = [...thing.streams];
  const parts = thing.count ? [plural("chances", thing.count)] : [];
  if (sankey.choice.measure === "co2") parts.push(t("per_year_short", { amount: co2(thing.co2) }));
  else if (streams.length === 1)
    parts.push(
      t("per_year_short", { amount: amount(thing.quantity, model.streams[streams[0]].unit) }),
      t("sankey_share", { share: number(100 * thing.share, 2) }),
    );
  else parts.push(t("sankey_streams", { count: whole(streams.length) }));
  return parts.join(", ");
}
