// The flow diagram answers to pointer and keys, and to what is pointed at or chosen on the map.

import { MOST_RELATED } from "../card/connected.js";
import { allOf, el, fill, noteLine, pushButton, tableHead } from "../dom.js";
import { amount, clean, number, t, whole } from "../model/format.js";
import { page, setLit } from "../state/store.js";
import { flowName, sameThrough } from "../state/through.js";
import { SANKEY_MOST, sankey } from "./choice.js";
import { ribbon, SANKEY_PAPER, sankeyNote, sankeyPicture } from "./picture.js";
import { endName, endsOf, isBalance, provinceOfCode, sankeyGraph, sankeyMatches, sideKeys } from "./sankey.js";

/** @param {any} id @returns {any} */
function sankeyThing(id) {
  const { nodes, bands } = sankey.graph;
  return [...nodes.flat(), ...bands].find((one) => one.id === id);
}

/** @param {Model} model @param {HTMLElement} figure @param {Actions} actions */
export function listenToSankey(model, figure, actions) {
  const picture = figure.firstElementChild;
  if (!picture) return;
  /** @param {any} event */
  const idOf = (event) => event.target.closest("[data-id]")?.dataset.id ?? null;
  picture.addEventListener("pointerover", (event) => pointSankey(model, sankeyThing(idOf(event))));
  picture.addEventListener("pointerleave", () => pointSankey(model, null));
  picture.addEventListener("focusin", (event) => {
    sankey.active = idOf(event);
    rove(figure);
    pointSankey(model, sankeyThing(sankey.active));
  });
  picture.addEventListener("focusout", () => pointSankey(model, null));
  picture.addEventListener("click", (event) => chooseSankey(sankeyThing(idOf(event)), actions));
  picture.addEventListener("keydown", (event) => pressSankey(event, figure, actions));
  rove(figure);
}

// One stop for the Tab key: the last one visited.
/** @param {HTMLElement} figure */
function rove(figure) {
  const all = allOf(figure, "[data-id]");
  const stop = all.find((one) => one.dataset.id === sankey.active) ?? figure.querySelector(".sankey-node");
  for (const one of all) one.setAttribute("tabindex", String(one === stop ? 0 : -1));
}

/** @param {HTMLElement} figure @param {string} id */
export const focusSankey = (figure, id) =>
  (
    allOf(figure, "[data-id]").find((one) => one.dataset.id === id) ??
    /** @type {HTMLElement | null} */ (figure.querySelector(".sankey-node"))
  )?.focus({ preventScroll: true });

/** @param {any} event @param {HTMLElement} figure @param {Actions} actions */
function pressSankey(event, figure, actions) {
  const thing = sankeyThing(event.target.closest("[data-id]")?.dataset.id);
  if (!thing) return;
  if (event.key === "Enter" || event.key === " ") chooseSankey(thing, actions);
  else {
    const next = sankeyNext(thing, event.key);
    if (!next) return;
    focusSankey(figure, next.id);
    figure.querySelector(`[data-id="${next.id}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  event.preventDefault();
}

// Up and down in a column of nodes or bands; left and right to what it is tied to.
/** @param {any} thing @param {string} key */
function sankeyNext(thing, key) {
  /** @type {any[]} */
  const nodes = sankey.graph.nodes[thing.side];
  const column = thing.from ? nodes.flatMap((node) => node.bands[1]) : nodes;
  const place = column.indexOf(thing);
  if (key === "ArrowUp") return column[place - 1];
  if (key === "ArrowDown") return column[place + 1];
  if (key === "ArrowLeft") return thing.from ?? thing.bands[0][0];
  return key === "ArrowRight" ? (thing.to ?? thing.bands[1][0]) : null;
}

// A node or band narrows map and list down, and once more lifts that; the rest and a province open up.
/** @param {any} thing @param {Actions} actions */
function chooseSankey(thing, actions) {
  if (!thing) return;
  sankey.active = thing.id;
  const folded = (thing.from ? [thing.from, thing.to] : [thing]).filter((node) => node.rest || node.province >= 0);
  if (folded.length) {
    for (const { side, rest, province } of folded) {
      if (rest) sankey.choice.most[side] += SANKEY_MOST;
      else sankey.choice.opened.add(province);
    }
    sankey.result = null;
    actions.set({});
  } else actions.set({ through: sameThrough(page.state.through, thing.through) ? null : thing.through });
}

// Under the pointer or the focus: its way through the diagram, and its chances on the map.
/** @param {Model} model @param {any} thing */
function pointSankey(model, thing) {
  if (!thing) {
    setLit([]);
    return markSankey(model, page.state.chosen);
  }
  const cells = new Set(thing.cells);
  const { cellOf } = sankey.graph;
  setLit(Array.from(sankey.list.filter((/** @type {number} */ m) => cells.has(cellOf(m))).subarray(0, MOST_RELATED)));
  showParts((/** @type {any} */ cell) => (cells.has(cell) ? cell.weight : 0));
  return null;
}

// The chosen thing, or the one pointed at on the map, or what the diagram itself lets through.
/** @param {Model} model @param {any} thing */
export function markSankey(model, thing) {
  if (!sankey.graph) return;
  const { through } = page.state;
  for (const one of allOf(document, ".sankey-figure [data-id]")) {
    one.setAttribute(
      "aria-pressed",
      String(Boolean(through) && sameThrough(sankeyThing(one.dataset.id)?.through, through)),
    );
  }
  const matches = sankeyMatches(model, thing) ?? (through ? page.result.list : []);
  showParts(matches.length && !isBalance(sankey.choice) ? partOf(model, /** @type {number[]} */ (matches)) : null);
}

// What of a cell these chances are.
/** @param {Model} model @param {number[]} matches */
function partOf(model, matches) {
  const { measure } = sankey.choice;
  /** @param {number} m */
  const amountOf = (m) =>
    measure === "count" ? 1 : model.c[measure === "co2" ? "m.co2_avoided_t_y" : "m.quantity"][m];
  const amounts = new Map();
  for (const m of matches) {
    const cell = sankey.graph.cellOf(m);
    if (cell) amounts.set(cell, (amounts.get(cell) ?? 0) + amountOf(m));
  }
  return (/** @type {any} */ cell) => (cell.weight * (amounts.get(cell) ?? 0)) / (cell[measure] || 1);
}

// Of every band the part that counts in full colour, at least a hair; without parts all bands alike.
/** @param {any} part */
function showParts(part) {
  const picture = document.querySelector(".sankey-figure svg");
  if (!picture) return;
  picture.classList.toggle("marked", Boolean(part));
  for (const band of sankey.graph.bands) {
    const weight = part
      ? band.cells.reduce((/** @type {number} */ sum, /** @type {any} */ cell) => sum + part(cell), 0)
      : 0;
    const shape = picture.querySelector(`[data-id="${band.id}"] .part`);
    const height = weight > 0 ? Math.max(2, (band.height * weight) / (band.weight || 1)) : 0;
    /** @type {Element} */ (shape).setAttribute("d", height ? ribbon(band, height) : "");
    /** @type {Element} */ (shape).setAttribute("data-part", String(weight));
  }
}

// More rows than these nobody reads, and a page with more is slow.
const SANKEY_ROWS = 1000;

// The same in rows, the largest share of each stream first.
/** @param {Model} model @param {HTMLElement} target */
export function showTable(model, target) {
  const { graph, choice } = sankey;
  const [left, right] = endsOf(choice);
  // A balance counts no chances.
  const columns = (/** @type {any[]} */ cells) => cells.filter((_, n) => n !== 3 || !isBalance(choice));
  const heads = columns([
    t(`sankey_head_left_${left}`),
    t("sankey_head_stream"),
    t(`sankey_head_right_${right}`),
    t("sankey_by_count"),
    t("per_year"),
    t("sankey_part"),
  ]);
  const rows = [...graph.cells].sort(
    (a, b) =>
      a.codes[1] - b.codes[1] ||
      Number(a.codes[0] === null) - Number(b.codes[0] === null) ||
      b.quantity - a.quantity ||
      a.codes[0] - b.codes[0] ||
      a.codes[2] - b.codes[2],
  );
  const [from, , to] = sideKeys(choice);
  /** @param {any} of */
  const choose = ([left, middle, right]) => {
    const provinces = [left, right].map(provinceOfCode).filter((province) => province >= 0);
    for (const province of provinces) choice.opened.add(province);
    if (provinces.length) sankey.result = null;
    page.actions.set(
      provinces.length ? {} : { through: { [from]: left, stream: middle >> 1, idle: middle & 1, [to]: right } },
    );
  };
  /** @param {any} of */
  const row = ({ codes, count, quantity, share }) =>
    el(
      "tr",
      {},
      columns([
        el(
          "th",
          { scope: "row" },
          count
            ? pushButton({ class: "text", onclick: () => choose(codes) }, endName(model, left, codes[0]))
            : endName(model, left, codes[0]),
        ),
        el("td", {}, flowName(model, codes[1] >> 1, codes[1] & 1)),
        el("td", {}, endName(model, right, codes[2])),
        el("td", { class: "number" }, whole(count)),
        el("td", { class: "number" }, amount(quantity, model.streams[codes[1] >> 1].unit)),
        el("td", { class: "number" }, `${number(100 * share, 2)}\u00a0%`),
      ]),
    );
  fill(
    target,
    el(
      "table",
      {},
      el("caption", { class: "spoken" }, t("sankey_label")),
      tableHead(heads.map((head, n) => el("th", { scope: "col", class: n > 2 ? "number" : null }, head))),
      el("tbody", {}, rows.slice(0, SANKEY_ROWS).map(row)),
    ),
    rows.length > SANKEY_ROWS ? noteLine(t("sankey_rows_more", { count: whole(rows.length - SANKEY_ROWS) })) : null,
  );
}

// On paper the open diagram is a page of its own, behind the map.
/** @param {Model} model */
function printSankey(model) {
  if (page.drawer !== "sankey" || !sankey.graph?.cells.length) return null;
  const graph = sankeyGraph(model, sankey.list, sankey.choice);
  const picture = sankeyPicture(
    model,
    /** @type {any} */ (graph),
    { width: SANKEY_PAPER, narrow: false },
    sankey.choice,
  );
  for (const one of picture.querySelectorAll("[tabindex]")) one.removeAttribute("tabindex");
  return el(
    "section",
    { class: "kk-sankey-paper" },
    el("h2", {}, `${t("bar_sankey")}: ${clean(model.project.title, 200)}`),
    noteLine(sankeyNote(model)),
    picture,
  );
}

/** @param {Model} model */
export function listenToSankeyPrinting(model) {
  /** @type {HTMLElement | null} */
  let sheet = null;
  window.addEventListener("beforeprint", () => {
    sheet = printSankey(model);
    if (sheet) document.body.append(sheet);
  });
  window.addEventListener("afterprint", () => sheet?.remove());
}
