// A list of any length of which only the rows in sight exist; one stop for the keyboard, arrows inside.

import { el, onceAFrame } from "../dom.js";
import { page } from "../state/store.js";

const SPARE_ROWS = 4;

export class RowList {
  /** @param {any} of */
  constructor({ id, label, scroller, rowHeight, row, choose, point }) {
    this.id = id;
    this.scroller = scroller;
    this.rowHeight = rowHeight;
    this.row = row;
    this.choose = choose;
    this.point = point;
    /** @type {any} */
    this.items = [];
    this.active = 0;
    this.chosen = -1;
    this.rows = new Map();
    this.element = this.make({
      id,
      tabindex: 0,
      "aria-label": label,
      onkeydown: (/** @type {any} */ event) => this.press(event),
      onfocus: () => this.enter(),
      onblur: () => this.point(null),
    });
    scroller.addEventListener(
      "scroll",
      onceAFrame(() => this.paint()),
      { passive: true },
    );
    new ResizeObserver(() => this.paint()).observe(scroller);
  }

  /** @param {any} attributes */
  make(attributes) {
    this.holder = this.keyed = el("div", { class: "list", role: "listbox", ...attributes });
    return this.holder;
  }

  /** @param {any} items @param {any} chosen */
  show(items, chosen) {
    this.items = items;
    this.chosen = chosen;
    this.active = Math.max(0, chosen >= 0 ? chosen : Math.min(this.active, items.length - 1));
    this.element.hidden = items.length === 0;
    this.element.style.height = `${items.length * this.rowHeight}px`;
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.paint();
  }

  paint() {
    // Asked without the layout, which would be worked out anew at every step of a slider.
    if (!this.element.isConnected || page.presenting || this.element.closest("[hidden]")) return;
    const top = this.scroller.scrollTop - this.offset();
    const first = Math.max(0, Math.floor(top / this.rowHeight) - SPARE_ROWS);
    const last = Math.min(
      this.items.length - 1,
      Math.ceil((top + this.scroller.clientHeight) / this.rowHeight) + SPARE_ROWS,
    );
    for (const [place, row] of this.rows) {
      if (place >= first && place <= last) continue;
      row.remove();
      this.rows.delete(place);
    }
    for (let place = first; place <= last; place++) if (!this.rows.has(place)) this.addRow(place);
    this.markRows();
  }

  // Where the list begins inside what scrolls.
  offset() {
    return (
      this.element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top + this.scroller.scrollTop
    );
  }

  /** @param {number} place @param {any} attributes */
  makeRow(place, attributes) {
    const row = el(
      "div",
      { class: "item", role: "option", "aria-setsize": this.items.length, "aria-posinset": place + 1, ...attributes },
      this.row(this.items[place], place),
    );
    row.style.top = `${place * this.rowHeight}px`;
    row.style.height = `${this.rowHeight}px`;
    return row;
  }

  /** @param {number} place */
  addRow(place) {
    const row = this.makeRow(place, {
      id: `${this.id}-${place}`,
      onclick: (/** @type {any} */ event) => this.take(place, event),
      onmouseenter: () => this.point(this.items[place]),
      onmouseleave: () => this.point(null),
    });
    const next = [...this.rows.keys()].filter((other) => other > place).sort((a, b) => a - b)[0];
    /** @type {HTMLElement} */ (this.holder).insertBefore(row, next === undefined ? null : this.rows.get(next));
    this.rows.set(place, row);
  }

  markRows() {
    for (const [place, row] of this.rows) {
      row.setAttribute("aria-selected", String(place === this.chosen));
      row.classList.toggle("active", place === this.active);
    }
    const keyed = /** @type {HTMLElement} */ (this.keyed);
    if (this.rows.has(this.active)) keyed.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
    else keyed.removeAttribute("aria-activedescendant");
  }

  // By key only: a press on a row must find that row where it was.
  enter() {
    if (/** @type {HTMLElement} */ (this.keyed).matches(":focus-visible")) this.activate(this.active, false);
  }

  /** @param {number} place @param {boolean} [look] */
  activate(place, look = true) {
    if (!this.items.length) return;
    this.active = Math.max(0, Math.min(this.items.length - 1, place));
    this.reveal(this.active);
    if (look) this.point(this.items[this.active]);
  }

  /** @param {number} place */
  reveal(place) {
    const top = this.offset() + place * this.rowHeight;
    const above = this.stickyHeight();
    if (top < this.scroller.scrollTop + above) this.scroller.scrollTop = top - above;
    else if (top + this.rowHeight > this.scroller.scrollTop + this.scroller.clientHeight) {
      this.scroller.scrollTop = top + this.rowHeight - this.scroller.clientHeight;
    }
    this.paint();
  }

  stickyHeight() {
    const sticky = this.scroller.querySelector(".search");
    return sticky?.offsetParent ? sticky.offsetHeight : 0;
  }

  /** @param {number} place @param {any} [event] */
  take(place, event = null) {
    this.active = place;
    this.choose(this.items[place], event);
  }

  /** @param {any} event */
  press(event) {
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.rowHeight) - 1);
    /** @type {Record<string, number>} */
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.items.length,
      End: this.items.length,
    };
    if (event.key === "Enter" || event.key === " ") this.take(this.active);
    else if (event.key in steps) this.activate(this.active + steps[event.key]);
    else return;
    event.preventDefault();
  }
}
