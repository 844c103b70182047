// "Bedrijf ontbreekt": a firm that the map does not know, with its place, stream, role and quantity.

import { byId, el, fill, named, noteLine, pushButton } from "../dom.js";
import { stopAsking } from "../map/points.js";
import { latLng } from "../map/region.js";
import { amount, clean, locale, plural, t, unitName, whole } from "../model/format.js";
import { page } from "../state/store.js";
import { BALLOT_LIMITS, makeUuid, wellFormed } from "./ballot.js";
import { editFirm, missing } from "./draft.js";
import { doButton, plainButton, tableName } from "./fields.js";
import { kept, removeOwnThing, writeOwnThing } from "./kept.js";
import { freeSmallScreen, showRoomNote } from "./note.js";
import { pickPoint, startPicking } from "./pick.js";

/** @type {(model: Model) => any} */
const emptyFirm = (model) => ({
  id: null,
  name: "",
  stream: model.streams[0]?.id ?? model.room.streams[0].id,
  role: "supply",
  quantity: null,
  x: null,
  y: null,
  comment: "",
});
/** @type {(model: Model, id: string) => { id: string, name: string, unit: string }} */
const roomStream = (model, id) => /** @type {any} */ (model.room.streams.find((stream) => stream.id === id));

/** @param {Model} model @param {Actions} actions */
export function makeMissingDrawer(model, actions) {
  missing.draft ??= emptyFirm(model);
  const holder = el("div", {});
  const list = el("div", {});
  const strip = el(
    "div",
    { class: "pick-strip" },
    el("p", { role: "status" }, t("pick_hint")),
    el(
      "div",
      { class: "room-buttons" },
      doButton("pick_centre", () => pickPoint(model, page.map.getCenter())),
      plainButton("cancel", stopAsking),
    ),
  );
  const element = el(
    "div",
    { class: "missing" },
    strip,
    el("div", { class: "missing-body" }, noteLine(t("missing_note")), holder, list),
  );
  const draw = () => {
    missing.form = firmForm(model, actions, draw);
    fill(holder, missing.form.element);
    fill(list, firmList(model, actions, draw));
  };
  missing.redraw = draw;
  draw();
  return { element, update: () => fill(list, firmList(model, actions, draw)) };
}

/** @param {Model} model @param {Actions} actions @param {() => void} redraw */
function firmForm(model, actions, redraw) {
  const { draft } = missing;
  /** @param {string} id @param {string} label @param {any} input @param {any} [note] */
  const field = (id, label, input, note = null) =>
    el("div", { class: "room-field" }, el("label", { for: id }, label), input, note);
  const name = el("input", {
    id: "kk-firm-name",
    maxlength: 200,
    autocomplete: "off",
    oninput: () => (draft.name = name.value),
  });
  const stream = el(
    "select",
    {
      id: "kk-firm-stream",
      onchange: () => {
        draft.stream = stream.value;
        showUnit();
      },
    },
    model.room.streams.map((one) => el("option", { value: one.id }, clean(one.name))),
  );
  /** @param {any} value */
  const role = (value) =>
    el(
      "label",
      { class: "choice" },
      el("input", {
        type: "radio",
        name: "kk-firm-role",
        value,
        checked: draft.role === value,
        onchange: () => (draft.role = value),
      }),
      el("span", {}, t(`firm_${value}`)),
    );
  const quantity = el("input", {
    id: "kk-firm-quantity",
    inputmode: "decimal",
    autocomplete: "off",
    maxlength: 40,
    "aria-describedby": "kk-firm-unit",
    oninput: () => {
      draft.written = quantity.value;
      showUnit();
    },
  });
  const unit = el("span", { id: "kk-firm-unit", class: "note" });
  const comment = el("textarea", {
    id: "kk-firm-comment",
    rows: 2,
    maxlength: BALLOT_LIMITS.letters,
    oninput: () => (draft.comment = comment.value),
  });
  const place = el("p", { class: "firm-place", id: "kk-firm-place" });
  const faults = el("div", { class: "room-faults", role: "alert" });
  [name.value, stream.value, comment.value] = [draft.name, draft.stream, draft.comment];
  draft.written ??= draft.quantity === null ? "" : draft.quantity.toLocaleString(locale, { maximumFractionDigits: 6 });
  quantity.value = draft.written;
  const showUnit = () => fill(unit, quantityWords(roomStream(model, draft.stream).unit, draft.written));
  const showPlace = () =>
    fill(place, draft.x === null ? t("no_point") : t("point_at", { x: whole(draft.x), y: whole(draft.y) }));
  /** @param {any} event */
  const save = (event) => {
    event.preventDefault();
    const wrong = /** @type {string[]} */ (firmFaults(draft));
    /** @type {Record<string, HTMLElement>} */
    const inputs = { firm_no_name: name, firm_bad_quantity: quantity };
    for (const [key, input] of Object.entries(inputs)) input.setAttribute("aria-invalid", String(wrong.includes(key)));
    fill(
      faults,
      wrong.map((key) => el("p", {}, t(key))),
    );
    if (wrong.length) return (inputs[wrong[0]] ?? byId("kk-pick")).focus();
    keepFirm(model, draft);
    return restart("firm_kept");
  };
  /** @param {any} words */
  const restart = (words) => {
    missing.draft = emptyFirm(model);
    redraw();
    actions.set({});
    if (words) showRoomNote(t(words));
    byId("kk-firm-name")?.focus();
  };
  showUnit();
  showPlace();
  const element = el(
    "form",
    { class: "firm-form", novalidate: true, onsubmit: save },
    field("kk-firm-name", t("firm_name"), name),
    field("kk-firm-stream", t("firm_stream"), stream),
    el(
      "fieldset",
      { class: "firm-role" },
      el("legend", { class: "room-label" }, t("firm_role")),
      el("div", { class: "room-choices" }, role("supply"), role("demand")),
    ),
    field("kk-firm-quantity", t("firm_quantity"), quantity, unit),
    el(
      "fieldset",
      { class: "firm-point" },
      el("legend", { class: "room-label" }, t("firm_point")),
      place,
      el(
        "div",
        { class: "room-buttons" },
        plainButton("pick", () => startPicking(), { id: "kk-pick" }),
        plainButton("pick_centre", () => pickPoint(model, page.map.getCenter()), { id: "kk-pick-centre" }),
      ),
    ),
    field("kk-firm-comment", t("remark"), comment),
    faults,
    el(
      "div",
      { class: "room-buttons" },
      el("button", { type: "submit", class: "room-do" }, t(draft.id ? "keep" : "firm_add")),
      draft.id ? plainButton("cancel", () => restart(null)) : null,
    ),
  );
  return { element, showPlace };
}

/** @param {any} of */
function firmFaults({ name, written, x }) {
  return [
    name.trim() ? null : "firm_no_name",
    readQuantity(written) === undefined ? "firm_bad_quantity" : null,
    x === null ? "firm_no_point" : null,
  ].filter(Boolean);
}

/** @param {Model} model @param {any} of1 */
function keepFirm(model, { id, name, stream, role, written, x, y, comment }) {
  writeOwnThing(model, "missing", {
    id: id ?? makeUuid(),
    name: wellFormed(name.trim()),
    stream,
    role,
    quantity: readQuantity(written),
    unit: roomStream(model, stream).unit,
    x,
    y,
    comment: wellFormed(comment.trim()),
  });
}

// As people write numbers here: null is nothing filled in, undefined is no quantity.
/** @param {string} written */
function readQuantity(written) {
  const text = written.replace(/[\s\u00a0\u202f]/g, "");
  if (!text) return null;
  const [thousands, decimal] = locale === "nl-NL" ? ["\\.", ","] : [",", "."];
  const grouped = new RegExp(`^\\d{1,3}(${thousands}\\d{3})+(\\${decimal}\\d+)?$`);
  const plain = grouped.test(text)
    ? text.replace(new RegExp(thousands, "g"), "").replace(decimal, ".")
    : text.replace(",", ".");
  const value = /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : NaN;
  return value >= 0 && value <= BALLOT_LIMITS.quantity ? value : undefined;
}

// What was understood, in the unit of the stream and as the map writes it.
/** @param {string} unit @param {string} written */
function quantityWords(unit, written) {
  const value = readQuantity(written);
  if (value === undefined) return t("firm_bad_quantity");
  return value
    ? t("firm_unit_read", { unit: unitName(unit), amount: amount(value, unit) })
    : t("firm_unit", { unit: unitName(unit) });
}

/** @param {Model} model @param {Actions} actions @param {() => void} redraw */
function firmList(model, actions, redraw) {
  /** @param {Firm} firm @param {any} note @param {...any} buttons */
  const row = (firm, note, ...buttons) =>
    el("li", {}, firmWords(model, firm), note, el("div", { class: "room-buttons" }, buttons));
  const own = kept.own.missing.map((/** @type {Firm} */ firm) =>
    row(
      firm,
      null,
      firmButton("show_on_map", firm, lookAt),
      firmButton("change", firm, editFirm),
      firmButton("remove", firm, () => removeFirm(model, firm, actions, redraw)),
    ),
  );
  const others = kept.others.flatMap((ballot) =>
    ballot.missing.map((/** @type {Firm} */ firm) =>
      row(firm, noteLine(tableName(ballot)), firmButton("show_on_map", firm, lookAt)),
    ),
  );
  if (!own.length && !others.length) return null;
  return el(
    "section",
    { class: "firms" },
    el("h3", {}, plural("firms", own.length + others.length)),
    el("ul", { id: "kk-firms" }, own, others),
  );
}

/** @param {string} key @param {Firm} firm @param {any} act */
const firmButton = (key, firm, act) =>
  pushButton(
    { class: "room-plain", "aria-label": t(`${key}_named`, { name: clean(firm.name) }), onclick: () => act(firm) },
    t(key),
  );

/** @param {Model} model @param {any} of1 */
function firmWords(model, { name, stream, role, quantity, unit, comment }) {
  const { name: of } = roomStream(model, stream);
  return [
    el("strong", {}, named(name)),
    noteLine(
      t(`firm_${role}`),
      ": ",
      clean(of),
      quantity === null ? null : [" · ", t("per_year_short", { amount: amount(quantity, unit) })],
    ),
    comment ? noteLine(el("bdi", {}, clean(comment, 600))) : null,
  ];
}

/** @param {any} of */
function lookAt({ x, y }) {
  freeSmallScreen();
  page.map.setView(latLng(x, y), Math.max(page.map.getZoom(), 12));
}

/** @param {Model} model @param {Firm} firm @param {Actions} actions @param {() => void} redraw */
function removeFirm(model, firm, actions, redraw) {
  const removed = removeOwnThing(model, "missing", firm.id);
  if (missing.draft.id === firm.id) missing.draft = emptyFirm(model);
  redraw();
  actions.set({});
  showRoomNote(t("firm_removed"), () => {
    writeOwnThing(model, "missing", removed);
    actions.set({});
  });
}
