// A picture of what is seen: title, question, legend, map, signs and source, painted on one canvas.
// Laid out in pixels of the page; the file is twice as large.

import { byId } from "../dom.js";
import { paintDisc } from "../map/canvas.js";
import { glyphPath } from "../map/glyphs.js";
import { LABEL_FONT } from "../map/labels.js";
import { arrowFill, paintArrows } from "../map/lines.js";
import { DOT_TEXTS, dotDiscs } from "../map/places.js";
import { className, classTexts, clean, locale, plural, sentenceCase, sumWords, t, whole } from "../model/format.js";
import { BEST_CLASSES, LINK_STATUSES } from "../model/words.js";
import { page } from "../state/store.js";
import { countChanged, whatIfWords } from "../state/whatif.js";
import { paintPaper, streamLetter } from "./paper_map.js";

const PICTURE = { width: 1600, ratio: 2, edge: 40, legend: 380, gap: 40 };

// Writes on a canvas from top to bottom; what does not fit in `width` goes on the next line.
class Pen {
  /** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number} width */
  constructor(ctx, x, y, width) {
    this.ctx = ctx;
    this.x = x;
    this.y = y;
    this.width = width;
  }

  /** @param {string} text @param {any} of1 */
  write(text, { size = 15, weight = 400, colour = "#1f2a2e", leading = 1.35, indent = 0, most = 6 } = {}) {
    const { ctx } = this;
    ctx.font = `${weight} ${size}px ${LABEL_FONT}`;
    ctx.fillStyle = colour;
    ctx.textBaseline = "alphabetic";
    for (const line of wrapWords(ctx, text, this.width - indent, most)) {
      this.y += size * leading;
      ctx.fillText(line, this.x + indent, this.y - size * (leading - 1) * 0.75);
    }
  }

  /** @param {number} pixels */
  skip(pixels) {
    this.y += pixels;
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} width @param {number} most */
function wrapWords(ctx, text, width, most) {
  const lines = [];
  let line = "";
  for (const word of String(text)
    .split(" ")
    .flatMap((one) => cutWord(ctx, one, width))) {
    const longer = line ? `${line} ${word}` : word;
    if (line && ctx.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  if (line) lines.push(line);
  return lines.length > most ? [...lines.slice(0, most - 1), `${lines[most - 1]}…`] : lines;
}

// A word wider than its line, in pieces.
/** @param {CanvasRenderingContext2D} ctx @param {string} word @param {number} width */
function cutWord(ctx, word, width) {
  if (ctx.measureText(word).width <= width) return [word];
  const pieces = [""];
  for (const letter of Array.from(word)) {
    if (ctx.measureText(pieces.at(-1) + letter).width > width) pieces.push("");
    pieces[pieces.length - 1] += letter;
  }
  return pieces;
}

/** @typedef {() => any} MakeSheet  Gives a canvas, or what stands in for one. */

/** @template {MakeSheet} Make @param {L.Map} map @param {Layers} layers @param {Make} makeSheet @returns {ReturnType<Make>} */
export function paintPicture(map, layers, makeSheet) {
  const height = Math.ceil(layPicture(makeSheet().getContext("2d"), map, layers, makeSheet));
  const sheet = makeSheet();
  sheet.width = PICTURE.width * PICTURE.ratio;
  sheet.height = height * PICTURE.ratio;
  const ctx = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d", { willReadFrequently: true }));
  ctx.scale(PICTURE.ratio, PICTURE.ratio);
  ctx.fillStyle = layers.colours.paper;
  ctx.fillRect(0, 0, PICTURE.width, height);
  layPicture(ctx, map, layers, makeSheet);
  return sheet;
}

// Once to measure, once to paint: what the signs take is known when the map is painted. Returns the height.
/** @param {CanvasRenderingContext2D} ctx @param {L.Map} map @param {Layers} layers @param {MakeSheet} makeSheet */
function layPicture(ctx, map, layers, makeSheet) {
  const { width, edge, legend, gap } = PICTURE;
  const { model } = page;
  const head = new Pen(ctx, edge, 28, width - 2 * edge);
  head.write(clean(model.project.title, 200), { size: 34, weight: 700, most: 2 });
  if (model.project.question) head.write(clean(model.project.question, 300), { size: 18, colour: "#55636a", most: 2 });
  if (model.steps) writeWhatIfBar(head);
  head.skip(22);
  const left = new Pen(ctx, edge, head.y - 8, legend);
  writeLegend(left);
  const [mapX, mapWidth] = [edge + legend + gap, width - 2 * edge - legend - gap];
  const size = map.getSize();
  const mapHeight = Math.max(left.y - head.y, Math.min(1400, Math.max(620, (mapWidth * size.y) / size.x)));
  const places = putMap(ctx, map, layers, [mapX, head.y, mapWidth, mapHeight], makeSheet());
  const foot = new Pen(ctx, edge, head.y + mapHeight + 12, width - 2 * edge);
  writeSigns(foot, places);
  foot.write(byId("kk-count").textContent, { weight: 600 });
  foot.write(sourceLine(model), { size: 13, colour: "#55636a", most: 8 });
  return foot.y + 28;
}

/** @param {Pen} pen */
function writeWhatIfBar(pen) {
  pen.skip(8);
  const top = pen.y + 4;
  const text = `${t("whatif_on")} ${whatIfWords(page.model, page.state.whatIf)} ${plural("whatif_changed", countChanged(page.model))}`;
  pen.write(text, { size: 16, weight: 600, indent: 16, leading: 1.6, most: 3 });
  pen.ctx.fillStyle = "#a65b00";
  pen.ctx.fillRect(pen.x, top, 5, pen.y - top);
}

/** @param {CanvasRenderingContext2D} ctx @param {L.Map} map @param {Layers} layers @param {any} of3 @param {any} canvas */
function putMap(ctx, map, layers, [x, y, width, height], canvas) {
  const places = paintPaper(canvas, map, layers, { width, height, ratio: PICTURE.ratio });
  ctx.drawImage(canvas, x, y, width, height);
  ctx.strokeStyle = layers.colours.border;
  ctx.lineWidth = 1;
  ctx.strokeRect(x, y, width, height);
  return places;
}

// The streams that are on, with colour, dash, letter and totals; then the classes.
/** @param {Pen} pen */
function writeLegend(pen) {
  const { model, state, result } = page;
  pen.write(t("streams"), { size: 20, weight: 700 });
  model.streams.forEach((stream, n) => {
    if (!state.streams[n] || !result.totals[n].count) return;
    pen.skip(8);
    paintSample(pen, stream, stream.colour, 12);
    pen.write(`${streamLetter(n)}  ${clean(stream.name, 80)}`, { size: 16, weight: 600, indent: 58, most: 2 });
    pen.write(sumWords(stream, result.totals[n]), { size: 13, colour: "#55636a", indent: 58 });
  });
  pen.skip(16);
  pen.write(t("classes"), { size: 20, weight: 700 });
  BEST_CLASSES.forEach((name, n) => {
    if (!state.classes[n]) return;
    pen.skip(8);
    paintSample(pen, { colour: model.style.ink, dash: [] }, arrowFill(model, name, model.style.ink), 12);
    pen.write(`${sentenceCase(className(name))} ${whole(result.classCounts[n])}`, {
      size: 16,
      weight: 600,
      indent: 58,
    });
    pen.write(classTexts[`${name}_rule`], { size: 13, colour: "#55636a", indent: 58 });
  });
  writeLinks(pen);
}

/** @param {Pen} pen */
function writeLinks(pen) {
  const { model, result } = page;
  const shown = LINK_STATUSES.flatMap((name, status) =>
    model.links.some((link, at) => link.status === status && result.links?.[at]) ? [name] : [],
  );
  if (!shown.length || page.state.tab === "gaps") return;
  pen.skip(16);
  pen.write(t("links"), { size: 20, weight: 700 });
  for (const name of shown) {
    pen.skip(8);
    paintSample(pen, model.style.links[name], model.style.links[name].colour, 12);
    pen.write(t(`link_${name}`), { size: 16, indent: 58 });
  }
}

/** @param {Pen} pen @param {any} of1 @param {any} fill @param {number} down */
function paintSample(pen, { colour, dash }, fill, down) {
  const [x, y] = [pen.x, pen.y + down];
  paintArrows(pen.ctx, [{ sx: x, sy: y, cx: x + 24, cy: y, ex: x + 46, ey: y, length: 46, width: 5 }], {
    colour,
    dash,
    fill,
  });
}

// The signs of the places that are drawn, side by side.
/** @param {Pen} pen @param {Place[]} places */
function writeSigns(pen, places) {
  const { model } = page;
  const shown = places.filter(({ faint }) => !faint);
  if (!shown.length || page.state.tab === "gaps") return;
  const signs = shown[0].dot
    ? DOT_TEXTS.map((key, n) => ({ text: t(key), role: n + 1, glyph: "" }))
    : [...new Set(shown.map(({ s }) => model.c["s.kind"][s]))]
        .sort((a, b) => a - b)
        .map((kind) => ({ text: clean(model.kinds[kind].name, 60), role: 0, glyph: model.kinds[kind].glyph }));
  const { ctx } = pen;
  ctx.font = `400 14px ${LABEL_FONT}`;
  ctx.textBaseline = "middle";
  let x = pen.x;
  let y = pen.y + 14;
  for (const { text, role, glyph } of signs) {
    const name = sentenceCase(text);
    const width = 26 + ctx.measureText(name).width + 26;
    if (x > pen.x && x + width > pen.x + pen.width) [x, y] = [pen.x, y + 24];
    paintSign(ctx, x + 9, y, role, glyph);
    ctx.fillStyle = model.style.ink;
    ctx.fillText(name, x + 26, y);
    x += width;
  }
  pen.y = y + 18;
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number} role @param {string} glyph */
function paintSign(ctx, x, y, role, glyph) {
  const { ink } = page.model.style;
  if (role) for (const { r, ...look } of dotDiscs(role, 6, ink)) paintDisc(ctx, { x, y, r }, look);
  else {
    ctx.save();
    ctx.translate(x, y);
    ctx.scale(8, 8);
    ctx.fillStyle = ink;
    ctx.fill(glyphPath(glyph));
    ctx.restore();
  }
}

/** @param {any} of */
function sourceLine({ project }) {
  const made = t("made", { version: project.version, year: project.referenceYear, run: clean(project.manifestId, 12) });
  const drawn = new Date().toLocaleDateString(locale, { day: "numeric", month: "long", year: "numeric" });
  return [
    made,
    t("picture_drawn", { date: drawn }),
    t("credit"),
    ...project.sources.map((/** @type {any} */ source) => clean(source, 120)),
  ].join(" · ");
}
