// What runs already, is planned or stopped: grey on the map, each with its own switch and list.

import { el, fill, headed, named, noteLine, pushButton } from "../dom.js";
import { glyphDrawing, lineDrawing } from "../map/glyphs.js";
import { clean, t, whole } from "../model/format.js";
import { GIVEN, HUB, LINK_STATUSES } from "../model/words.js";
import { page } from "../state/store.js";

/** @param {Model} model @param {Actions} actions */
export function makeLinks(model, actions) {
  const rows = LINK_STATUSES.map((name, n) => linkGroup(model, name, n, actions));
  const element = headed(
    "kk-links",
    "h2",
    t("links"),
    { class: "links" },
    model.project.linksKnown ? null : noteLine(t("links_unknown")),
    el(
      "ul",
      { class: "rows" },
      rows
        .filter((row, n) => (n === HUB ? row.list : n === GIVEN || model.project.linksKnown))
        .map((row) => row.element),
    ),
  );
  const update = () => rows.forEach((row, n) => updateLinkGroup(row, n));
  return { element, update };
}

/** @param {Model} model @param {string} name @param {number} n @param {Actions} actions */
function linkGroup(model, name, n, actions) {
  const style = model.style.links[name];
  const own = model.links.flatMap((link, at) => (link.status === n ? [at] : []));
  const input = el("input", {
    type: "checkbox",
    checked: n !== GIVEN,
    "data-link": name,
    onchange: () => actions.toggle("links", n),
  });
  const count = el("span", { class: "count" });
  const head = el(
    "label",
    { class: "row" },
    input,
    n === HUB && model.style.hub
      ? glyphDrawing(model.style.hub, 34)
      : lineDrawing(style.colour, style.dash, { weight: 3, cross: name === "stopped" }),
    el("span", { class: "words" }, el("span", { class: "name" }, t(`link_${name}`), " ", count)),
  );
  const items = own.map((at) => ({ at, element: el("li", {}, linkButton(model, at, actions)) }));
  const list = own.length
    ? el(
        "details",
        { class: "more" },
        el("summary", {}, t("show_list"), el("span", { class: "spoken" }, `: ${t(`link_${name}`)}`)),
        el(
          "ul",
          {},
          items.map((item) => item.element),
        ),
      )
    : null;
  return { element: el("li", {}, head, list), input, count, items, list };
}

// Counted and listed is what is drawn; switched off, a status has no number.
/** @param {any} of @param {number} n */
function updateLinkGroup({ element, input, count, items, list }, n) {
  const { state } = page;
  input.checked = state.links[n];
  element.classList.toggle("off", !state.links[n]);
  for (const item of items) item.element.hidden = !page.result.links[item.at];
  const shown = items.filter((/** @type {any} */ item) => !item.element.hidden).length;
  fill(count, state.links[n] ? whole(shown) : "");
  if (list) list.hidden = !shown;
}

/** @param {Model} model @param {number} at @param {Actions} actions */
export function linkButton(model, at, actions) {
  const link = model.links[at];
  const stopped = LINK_STATUSES[link.status] === "stopped";
  return pushButton(
    { class: "line-button", onclick: () => actions.choose({ kind: "link", id: at }, { focus: true }) },
    named(link.supplyName),
    " → ",
    named(link.demandName),
    el(
      "span",
      { class: "note" },
      named(model.streams[link.stream].name),
      stopped && link.reason ? [": ", clean(link.reason, 240)] : null,
    ),
  );
}
