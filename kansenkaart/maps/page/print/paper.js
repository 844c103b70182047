// Printing: the map with its legend on the first page, the list of the best of what is shown on the second; or the card
// of what is chosen, or the sheet of a coalition, on a page of its own.

import { contactWords } from "../card/details.js";
import { byId, el, named, tableHead } from "../dom.js";
import { shownSector } from "../map/background.js";
import { lineDrawing } from "../map/glyphs.js";
import { regionCorners } from "../map/region.js";
import { routeOf } from "../map/routes.js";
import { sitesOf } from "../map/things.js";
import { amount, className, clean, euro, kilometres, rangeWords, t, whole } from "../model/format.js";
import { BEST_CLASSES } from "../model/words.js";
import { leftRange } from "../panel/gaps.js";
import { sortGaps } from "../state/sorting.js";
import { page } from "../state/store.js";
import { matchFigure } from "../state/whatif.js";
import { LISTED, listedChances, paintPaper, streamLetter } from "./paper_map.js";

const LYING = { width: 1000, height: 725, ratio: 2.5, tinted: true };
const STANDING = { ...LYING, height: 900 };
// More than eight pages nobody turns: the workbook has the rest.
const PRINTED = 200;
// How much taller than wide a region is for which the paper stands.
const TALL = 1.2;
const CARD_MAP = { width: 700, height: 185, ratio: 2.5 };

/** @type {{ lay: typeof layMap | null, sheet: CSSStyleSheet }} What lies on it beside the map. */
const paper = { lay: null, sheet: new CSSStyleSheet() };

/** @param {L.Map} map @param {Layers} layers */
export function listenToPrinting(map, layers) {
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, paper.sheet];
  /** @type {HTMLElement[]} */
  let added = [];
  window.addEventListener("beforeprint", () => {
    added = (paper.lay ?? layMap)(map, layers);
  });
  window.addEventListener("afterprint", () => {
    added.splice(0).forEach((element) => element.remove());
    byId("kk").classList.remove("prints-card", "prints-gaps");
    paper.lay = null;
    paper.sheet.replaceSync("");
  });
}

// Where the region stands and is seen whole, so does the paper, with the region on it; else it lies, as the screen does,
// with what that shows.
/** @param {L.Map} map */
function isTall(map) {
  const [west, south, east, north] = page.model.bounds;
  const corners = regionCorners(page.model.bounds);
  return (
    north - south > TALL * (east - west) &&
    map.getBounds().contains(corners) &&
    map.getBoundsZoom(corners) - map.getZoom() <= 1
  );
}

/** @param {string} size "A4" or "A3" */
export function printMap(size) {
  paper.lay = null;
  // A3 is A4, half as large again.
  paper.sheet.replaceSync(
    `@page { size: ${size} ${isTall(page.map) ? "portrait" : "landscape"}; } @media print { html { font-size: ${size === "A3" ? 141 : 100}%; } }`,
  );
  window.print();
}

export const printCard = () => printSheet(layCard);

/** @param {typeof layMap} lay */
export function printSheet(lay) {
  paper.lay = lay;
  paper.sheet.replaceSync("@page { size: A4 portrait; margin: 12mm; }");
  window.print();
}

// Without ids, which stand in the page once.
/** @param {Element | null} element */
function copyOf(element) {
  const copy = /** @type {HTMLElement} */ (/** @type {Element} */ (element).cloneNode(true));
  for (const one of [copy, ...copy.querySelectorAll("[id]")]) one.removeAttribute("id");
  return copy;
}

/** @param {L.Map} map @param {Layers} layers */
function layMap(map, layers) {
  const canvas = el("canvas", { class: "kk-paper", "aria-hidden": "true" });
  const tall = isTall(map);
  byId("kk").classList.toggle("prints-tall", tall);
  if (tall && !paper.sheet.cssRules.length) paper.sheet.replaceSync("@page { size: portrait; }");
  const [west, south, east, north] = page.model.bounds;
  const ends = [page.model.place(west, north), page.model.place(east, south)];
  const places = tall
    ? paintPaper(canvas, map, layers, STANDING, { bounds: around(ends, 0.04) })
    : paintPaper(canvas, map, layers, LYING);
  const key = copyOf(document.querySelector(".key"));
  key.classList.add("kk-paper");
  const signs = signsOf(page.model, places);
  if (!signs.size) key.querySelector("h2")?.remove();
  for (const row of key.querySelectorAll("li")) if (!signs.has(String(row.dataset.sign))) row.remove();
  const gaps = page.state.tab === "gaps";
  byId("kk").classList.toggle("prints-gaps", gaps);
  // Beside the map the streams need all room there is.
  for (const one of gaps ? [] : document.querySelectorAll(".kk-panel :is(.classes, .links)")) key.append(copyOf(one));
  // Below the streams, which leave room there.
  const sector = shownSector();
  const shades = sector
    ? [el("section", {}, el("h2", {}, clean(sector.name, 80)), copyOf(document.querySelector(".shades")))]
    : [];
  byId("kk-scroller").append(...shades);
  const letters = page.model.streams.flatMap((stream, n) => letterRows(stream.id, n));
  byId("kk-foot").before(canvas);
  byId("kk-foot").after(key);
  const list = paperList(page.model);
  if (list) byId("kk").after(list);
  return [canvas, key, ...shades, ...letters, ...(list ? [list] : [])];
}

// What the legend explains: the signs that are painted.
/** @param {Model} model @param {Place[]} places */
const signsOf = (model, places) =>
  new Set(
    places
      .filter(({ faint, flow }) => !faint && flow === undefined)
      .flatMap(({ s, dot }) => (dot ? ["dot"] : [model.kinds[model.c["s.kind"][s]].glyph, "doubt"]))
      .concat(model.background.length ? "own" : []),
  );

// The letter of a stream in the legend of chances and in that of gaps; only while there is paper.
/** @param {string} id @param {number} n */
const letterRows = (id, n) =>
  [...document.querySelectorAll(`.kk-panel [data-stream="${CSS.escape(id)}"]`)].map((one) => {
    const letter = el("b", { class: "letter" }, streamLetter(n));
    one.closest("li")?.querySelector(".name")?.prepend(letter);
    return letter;
  });

/** @param {L.Map} map @param {Layers} layers */
function layCard(map, layers) {
  const { model, state } = page;
  const card = copyOf(byId("kk-card"));
  card.removeAttribute("hidden");
  // On paper nothing is folded, nor can a column end within what could be.
  for (const one of card.querySelectorAll(".fold")) {
    one.querySelector("summary")?.replaceWith(/** @type {Element} */ (one.querySelector("h3")));
    one.replaceWith(el("section", {}, ...one.childNodes));
  }
  const canvas = el("canvas", { "aria-hidden": "true" });
  paintPaper(canvas, map, layers, CARD_MAP, { bounds: boundsOf(model, [/** @type {Thing} */ (state.chosen)]) });
  const sheet = laySheet(
    card.querySelectorAll(".card-top"),
    whatIfNote(),
    canvas,
    el("div", { class: "card-body columns" }, .../** @type {Element} */ (card.querySelector(".card-body")).childNodes),
  );
  for (const one of sheet[0].querySelectorAll(".close, .room, .room-plain, .doubt, form")) one.remove();
  return sheet;
}

const whatIfNote = () => {
  const banner = document.querySelector("#kk-whatif p")?.cloneNode(true);
  return banner ? el("div", { class: "whatif-note" }, banner) : null;
};

// A page instead of the map: what it is of above, how it was made below.
/** @param {...any} content */
export function laySheet(...content) {
  const foot = copyOf(byId("kk-foot").querySelector(".made"));
  foot.querySelector("details")?.remove();
  const sheet = el(
    "section",
    { class: "kk kk-paper-card" },
    el("p", { class: "of" }, clean(page.model.project.title, 200)),
    content.map((one) => (one instanceof NodeList ? [...one] : one)),
    el("div", { class: "of" }, foot),
  );
  byId("kk").classList.add("prints-card");
  byId("kk").after(sheet);
  return [sheet];
}

// Around all ends of what is chosen, in map units, with a quarter of air.
/** @param {Model} model @param {Thing[]} things */
export function boundsOf(model, things) {
  const ends = things.flatMap((thing) => endsOf(model, thing));
  return ends.length ? around(ends, 0.25) : null;
}

/** @param {number[][]} ends @param {number} part */
function around(ends, part) {
  const [us, vs] = [0, 1].map((axis) => ends.map((end) => end[axis]));
  const air = Math.max(Math.max(...us) - Math.min(...us), Math.max(...vs) - Math.min(...vs), 8000) * part;
  return [Math.min(...us) - air, Math.min(...vs) - air, Math.max(...us) + air, Math.max(...vs) + air];
}

/** @param {Model} model @param {Thing} thing */
function endsOf(model, thing) {
  const route = thing.kind === "match" ? (routeOf(model, thing.id)?.points ?? []) : [];
  const ends = [
    ...sitesOf(model, thing).map((s) => [model.siteU[s], model.siteV[s]]),
    ...route.map(([x, y]) => model.place(x, y)),
  ];
  return ends.length ? ends : (model.links[thing.id]?.line ?? []).map(([x, y]) => model.place(x, y));
}

// The best of what is shown, by the numbers that stand on the lines.
/** @param {Model} model @param {number} [most] */
export function paperList(model, most = PRINTED) {
  const gaps = page.state.tab === "gaps";
  const rows = (gaps ? sortGaps(model, page.state, page.gaps) : listedChances(most)).slice(0, most);
  if (!rows.length) return null;
  const count = gaps ? page.gaps.length : page.result.list.length;
  const heads = gaps
    ? ["paper_place", "paper_stream", "paper_left"]
    : ["paper_number", "paper_pair", "paper_stream", "paper_year", "paper_distance", "paper_net", "paper_class"];
  return el(
    "section",
    { class: "kk-paper-list" },
    el(
      "h2",
      {},
      t(`paper_${gaps ? "gaps" : "list"}${rows.length < count ? "" : "_all"}`, {
        shown: whole(rows.length),
        count: whole(count),
      }),
    ),
    el(
      "p",
      { class: "of" },
      clean(model.project.title, 200),
      " · ",
      t(gaps ? "paper_letters_gaps" : "paper_letters", { count: LISTED }),
    ),
    whatIfNote(),
    el(
      "table",
      {},
      tableHead(
        heads.map((key) =>
          el("th", { scope: "col", class: key }, t(key === "paper_left" ? `left_${page.state.side}` : key)),
        ),
      ),
      el(
        "tbody",
        {},
        rows.map((row) =>
          el(
            "tr",
            {},
            (gaps ? gapCells(model, row) : chanceCells(model, row)).map((cell, n) =>
              el("td", { class: heads[n] }, cell),
            ),
          ),
        ),
      ),
    ),
  );
}

/** @param {Model} model @param {number} n */
const letteredStream = (model, n) => [
  el("b", { class: "letter" }, streamLetter(n)),
  lineDrawing(model.streams[n].colour, model.streams[n].dash, { width: 30 }),
  named(clean(model.streams[n].name, 60)),
];

/** @param {Model} model @param {number} m */
function chanceCells(model, m) {
  const { c } = model;
  const stream = c["m.stream"][m];
  const net = matchFigure(model, "net_eur_y", m);
  return [
    whole(m + 1),
    [named(clean(model.siteNames[c["m.supply"][m]], 70)), " → ", named(clean(model.siteNames[c["m.demand"][m]], 70))],
    letteredStream(model, stream),
    amount(c["m.quantity"][m], model.streams[stream].unit),
    kilometres(model.distance[m]),
    Number.isFinite(net) ? euro(net) : t("unknown_sign"),
    className(BEST_CLASSES[c["m.class"][m]]),
  ];
}

/** @param {Model} model @param {any} of1 */
function gapCells(model, { flow, left, away }) {
  const [stream, s] = [model.c["f.stream"][flow], model.c["f.site"][flow]];
  const { unit } = model.streams[stream];
  const besides = [away === undefined ? null : kilometres(away), contactWords(model, s)].filter(Boolean).join(" · ");
  return [
    [named(clean(model.siteNames[s], 90)), el("span", { class: "of" }, besides && ` · ${besides}`)],
    letteredStream(model, stream),
    [amount(left, unit), " ", el("span", { class: "of" }, rangeWords(left, ...leftRange(model, flow, left), unit))],
  ];
}
