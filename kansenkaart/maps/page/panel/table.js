// The drawer "Tabel": every chance that the filters leave, a fact a column; in the order of the list, and both ways tied to the map.

import { append, byId, el, fill, named, pushButton } from "../dom.js";
import { lineDrawing } from "../map/glyphs.js";
import { emptyWords } from "../map/toolbar.js";
import { amount, className, clean, euro, kilometres, plural, t, whole } from "../model/format.js";
import { BEST_CLASSES } from "../model/words.js";
import { SMALL_FIRST } from "../state/sorting.js";
import { page } from "../state/store.js";
import { matchFigure } from "../state/whatif.js";
import { VERDICT_TEXTS } from "../workshop/asked.js";
import { kept, verdictOf } from "../workshop/kept.js";
import { placeWords } from "./list.js";
import { RowList } from "./row_list.js";

const TABLE_COLUMNS = [
  "rank",
  "stream",
  "supply",
  "demand",
  "quantity",
  "distance",
  "net",
  "co2",
  "class",
  "certainty",
  "decision",
];
const TABLE_NUMBERS = ["rank", "quantity", "distance", "net", "co2", "certainty"];
// Pixels, as in table.css.
const TABLE_ROW = 48;

/** @param {string} key */
const tableClass = (key) => (TABLE_NUMBERS.includes(key) ? "number" : null);

// Only the rows in sight exist, with the space of those above them; the head stays.
class RowTable extends RowList {
  /** @param {any} parts */
  constructor(parts) {
    super(parts);
    // A card that opens beside it takes some of its room.
    new ResizeObserver(() => this.chosen >= 0 && this.reveal(this.chosen)).observe(this.scroller);
  }

  /** @param {any} attributes */
  make(attributes) {
    this.holder = el("tbody");
    this.heads = TABLE_COLUMNS.map((key) =>
      el(
        "th",
        { scope: "col", class: tableClass(key), "data-sort": key },
        pushButton({ onclick: () => sortTable(key) }, t(key === "rank" ? "table_rank" : `sort_${key}`)),
      ),
    );
    this.keyed = el(
      "table",
      { role: "grid", ...attributes },
      el("thead", {}, el("tr", { "aria-rowindex": 1 }, this.heads)),
      this.holder,
    );
    return el("div", {}, this.keyed);
  }

  /** @param {number} place @param {any} attributes */
  makeRow(place, attributes) {
    return el("tr", { "aria-rowindex": place + 2, ...attributes }, this.row(this.items[place]));
  }

  paint() {
    super.paint();
    /** @type {HTMLElement} */ (this.holder).style.setProperty(
      "--above",
      `${Math.min(this.items.length, ...this.rows.keys()) * this.rowHeight}px`,
    );
  }

  offset() {
    return super.offset() + this.stickyHeight();
  }

  stickyHeight() {
    return /** @type {any} */ (this.keyed).tHead.offsetHeight;
  }

  // A key on a head is not one on a row.
  /** @param {any} event */
  press(event) {
    if (event.target === this.keyed) super.press(event);
  }
}

/** @param {string} sort */
function sortTable(sort) {
  const { state, actions } = page;
  /** @type {Element} */ (byId("kk-rows").closest(".table-scroll")).scrollTop = 0;
  actions.set({ sort, turned: state.sort === sort && !state.turned });
}

/** @param {Model} model @param {Actions} actions */
export function makeTable(model, actions) {
  const note = el("p", { class: "note", role: "status" });
  const scroller = el("div", { class: "table-scroll" });
  const table = new RowTable({
    id: "kk-rows",
    label: t("table_label"),
    scroller,
    rowHeight: TABLE_ROW,
    row: (/** @type {number} */ m) =>
      TABLE_COLUMNS.map((key) =>
        el(
          key === "rank" ? "th" : "td",
          { scope: key === "rank" ? "row" : null, class: tableClass(key) },
          el("div", {}, tableCell(model, m, key)),
        ),
      ),
    choose: (/** @type {number} */ m) => actions.choose({ kind: "match", id: m }, { focus: true }),
    point: (/** @type {number} */ m) => actions.point(m === null ? null : { kind: "match", id: m }),
  });
  append(scroller, [table.element]);
  const update = () => updateTable(model, table, note);
  return { element: el("div", { class: "table" }, note, scroller), update };
}

/** @param {Model} model @param {any} table @param {any} note */
function updateTable(model, table, note) {
  const { rows, state } = page;
  const { sort, turned, chosen } = state;
  fill(note, rows.length ? t("table_note", { chances: plural("chances", rows.length) }) : emptyWords(state, model));
  for (const head of table.heads) {
    if (head.dataset.sort === sort)
      head.setAttribute("aria-sort", SMALL_FIRST.has(sort) === turned ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  table.keyed.setAttribute("aria-rowcount", rows.length + 1);
  const at = chosen?.kind === "match" ? rows.indexOf(chosen.id) : -1;
  const moved = at >= 0 && table.chosen !== at;
  table.show(rows, at);
  if (moved) table.reveal(at);
}

// A fact of a chance, written as the list and the card write it.
/** @param {Model} model @param {number} m @param {string} key */
function tableCell(model, m, key) {
  const { c } = model;
  const stream = model.streams[c["m.stream"][m]];
  const [net, avoided, certainty] = [
    matchFigure(model, "net_eur_y", m),
    c["m.co2_avoided_t_y"][m],
    c["m.certainty"][m],
  ];
  /** @type {Record<string, () => unknown>} */
  const cells = {
    rank: () => whole(m + 1),
    stream: () =>
      el("span", { class: "tag" }, lineDrawing(stream.colour, stream.dash, { width: 17 }), named(stream.name)),
    supply: () => tablePlace(model, c["m.supply"][m]),
    demand: () => tablePlace(model, c["m.demand"][m]),
    quantity: () => amount(c["m.quantity"][m], stream.unit),
    distance: () => kilometres(model.distance[m]),
    net: () => (Number.isFinite(net) ? euro(net) : t("no_price")),
    co2: () => amount(avoided, "t").replace(/^-/, "−"),
    class: () => className(BEST_CLASSES[c["m.class"][m]]),
    certainty: () => (certainty === 255 ? t("unknown") : `${certainty}\u00a0%`),
    decision: () => tableDecision(model, m),
  };
  return cells[key]();
}

/** @param {Model} model @param {number} s */
function tablePlace(model, s) {
  const place = placeWords(model, s).slice(2, -1);
  return el(
    "span",
    { title: `${clean(model.siteNames[s])}, ${place}` },
    named(model.siteNames[s]),
    el("span", { class: "note" }, place),
  );
}

/** @param {Model} model @param {number} m */
function tableDecision(model, m) {
  const votes = kept.sums.get(m)?.votes;
  const verdict = verdictOf(model, m);
  return [verdict && t(VERDICT_TEXTS[verdict]), votes ? el("span", { class: "note" }, plural("votes", votes)) : null];
}
