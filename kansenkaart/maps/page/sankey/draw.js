// The drawer "Stroomschema": the flow diagram as SVG, its choices, its table, and its page on paper.

import { byId, el, fieldById, fill, onceAFrame, pushButton } from "../dom.js";
import { emptyWords } from "../map/toolbar.js";
import { t } from "../model/format.js";
import { findVisible } from "../state/filters.js";
import { page, setDrawer, setLit } from "../state/store.js";
import { throughWords } from "../state/through.js";
import { townsOf } from "../state/towns.js";
import { sankey } from "./choice.js";
import { focusSankey, listenToSankey, markSankey, showTable } from "./link.js";
import { sankeyNote, sankeyPicture } from "./picture.js";
import { MOST_TOWNS, mostOf, provincesOf, SANKEY_ENDS, SANKEY_MEASURES, sankeyGraph } from "./sankey.js";

const SANKEY_NARROW = 600;

/** @param {Model} model @param {Actions} actions */
export function makeSankey(model, actions) {
  const ends = provincesOf(model).names.length > 1 ? SANKEY_ENDS : SANKEY_ENDS.slice(0, -1);
  if (ends.includes("province") && townsOf(model).names.length > MOST_TOWNS)
    Object.assign(sankey.choice, { left: "province", most: mostOf({ ...sankey.choice, left: "province" }) });
  /** @param {any} values */
  const change = (values) => {
    Object.assign(sankey.choice, values);
    closeProvinces(() => update(true));
  };
  /** @param {string} key @param {any} values */
  const select = (key, values) => {
    const input = el(
      "select",
      { id: `kk-sankey-${key}`, onchange: () => change({ [key]: input.value }) },
      values.map((/** @type {any} */ value) =>
        el(
          "option",
          { value, selected: /** @type {any} */ (sankey.choice)[key] === value },
          t(`sankey_${key === "measure" ? "by" : key}_${value}`),
        ),
      ),
    );
    return el("div", { class: "sankey-choice" }, el("label", { for: `kk-sankey-${key}` }, t(`sankey_${key}`)), input);
  };
  const print = pushButton({ class: "quiet", id: "kk-sankey-print", onclick: () => window.print() }, t("sankey_print"));
  const choices = el(
    "div",
    { class: "sankey-choices" },
    select("measure", [...SANKEY_MEASURES, ...(model.balance ? ["balance"] : [])]),
    select("left", ends),
    select("right", ends),
    print,
  );
  const chosen = el("p", { class: "sankey-chosen" });
  const [note, figure, rows] = [
    el("p", { class: "note" }),
    el("div", { class: "sankey-figure" }),
    el("div", { class: "sankey-rows" }),
  ];
  const table = el(
    "details",
    { class: "sankey-table", ontoggle: () => table.open && showTable(model, rows) },
    el("summary", {}, t("sankey_table")),
    rows,
  );
  const element = el("div", { class: "sankey" }, choices, chosen, note, figure, table);
  const update = (again = false) => updateSankey(model, actions, { chosen, note, figure, table, rows }, again);
  new ResizeObserver(
    onceAFrame(() => figure.isConnected && figure.clientWidth !== sankey.size?.width && update(true)),
  ).observe(figure);
  return {
    element,
    update,
    point: (/** @type {Thing} */ thing) => markSankey(model, thing ?? page.state.chosen),
    close: () => setLit([]),
  };
}

// Back to how a choice begins: provinces whole, the smallest places together.
/** @param {any} draw */
function closeProvinces(draw) {
  Object.assign(sankey.choice, { most: mostOf(sankey.choice), opened: new Set() });
  sankey.result = null;
  draw();
}

// Drawn of everything visible, also what the diagram's own choice leaves out: or the diagram would eat itself.
/** @param {Model} model @param {Actions} actions @param {any} parts @param {any} again */
function updateSankey(model, actions, parts, again) {
  const { state, result } = page;
  if (again || sankey.result !== result) {
    sankey.result = result;
    sankey.list = state.through ? findVisible(model, { ...state, through: null }).list : result.list;
    drawSankey(model, actions, parts);
  }
  // One line either way: what is under the pointer stays there.
  if (state.through) {
    fill(
      parts.chosen,
      el("strong", {}, t("through", { what: throughWords(model, state.through) })),
      " ",
      pushButton({ class: "text", onclick: () => actions.set({ through: null }) }, t("through_clear")),
    );
  } else if (sankey.choice.opened.size) {
    fill(
      parts.chosen,
      t("sankey_help"),
      " ",
      pushButton(
        { class: "text", id: "kk-sankey-provinces", onclick: () => closeProvinces(() => actions.set({})) },
        t("sankey_provinces"),
      ),
    );
  } else fill(parts.chosen, t("sankey_help"));
  markSankey(model, state.chosen);
}

/** @param {Model} model @param {Actions} actions @param {any} of2 */
function drawSankey(model, actions, { note, figure, table, rows }) {
  const { list, choice } = sankey;
  const focused = figure.contains(document.activeElement);
  // The old drawing goes first: what it loses with the pointer or the focus is told of the old numbers.
  fill(figure);
  sankey.graph = /** @type {any} */ (sankeyGraph)(model, list, choice);
  fill(note, sankey.graph.cells.length || list.length ? sankeyNote(model) : emptyWords(page.state, model));
  const width = Math.max(260, figure.clientWidth || 900);
  sankey.size = { width: figure.clientWidth };
  fill(
    figure,
    sankey.graph.cells.length
      ? sankeyPicture(model, sankey.graph, { width, narrow: width < SANKEY_NARROW }, choice)
      : null,
  );
  listenToSankey(model, figure, actions);
  if (focused) focusSankey(figure, sankey.active);
  if (table.open) showTable(model, rows);
}

// What the bundles on the map tell, in rows: from municipality to municipality.
/** @param {Actions} actions */
export function openTownTable(actions) {
  setDrawer("sankey");
  const towns = { measure: "quantity", left: "town", right: "town" };
  Object.assign(sankey.choice, towns);
  closeProvinces(() => actions.set({}));
  for (const [key, value] of Object.entries(towns)) fieldById(`kk-sankey-${key}`).value = value;
  /** @type {HTMLDetailsElement} */
  const table = /** @type {any} */ (byId("kk-drawer").querySelector(".sankey-table"));
  table.open = true;
  table.scrollIntoView({ block: "start" });
  /** @type {HTMLElement} */ (table.querySelector("summary")).focus({ preventScroll: true });
}
