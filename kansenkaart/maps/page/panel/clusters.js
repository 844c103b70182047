// Coalitions; and step 1: groups of places that lie near each other, each opening to its streams and chances, and what
// stands out where.

import { drawing, el, fill, headed, named, noteLine, pushButton, svg } from "../dom.js";
import { latLng } from "../map/region.js";
import { amount, clean, number, t } from "../model/format.js";
import { page } from "../state/store.js";
import { coalitionRow } from "./coalitions.js";
import { groupRow, toChances } from "./group_row.js";

/** @param {Model} model @param {Actions} actions */
export function makeClusters(model, actions) {
  const { groups, sectors, quotients } = model.clusters;
  const coalitions = model.coalitions.map((_, n) => coalitionRow(model, n, actions));
  const clusters = groups.map((group, n) => clusterRow(model, group, n, actions));
  const elements = (/** @type {{ element: HTMLElement }[]} */ rows) => rows.map((row) => row.element);
  const part = (/** @type {string} */ name, /** @type {HTMLElement[]} */ items) =>
    items.length
      ? headed(`kk-${name}`, "h2", t(name), {}, noteLine(t(`${name}_note`)), el("ul", { class: "clusters" }, items))
      : null;
  const colour = quotients && makeColour(model.clusters, actions);
  const element = el(
    "div",
    {},
    part("coalitions", elements(coalitions)),
    colour?.element,
    part("clusters", elements(clusters)),
    part(
      "sectors",
      sectors.map((words) => el("li", {}, clean(words, 200))),
    ),
  );
  const update = () => {
    for (const row of [...coalitions, ...clusters]) row.update();
    colour?.update();
  };
  return { element, update };
}

// Which sector colours the municipalities, and what its colours mean.
/** @param {Model["clusters"]} of1 @param {Actions} actions */
function makeColour({ quotients = [], classes = [] }, actions) {
  const options = quotients.map(({ name }, n) => el("option", { value: String(n) }, clean(name, 80)));
  const select = /** @type {HTMLSelectElement} */ (
    el(
      "select",
      { "aria-labelledby": "kk-colour", onchange: () => actions.set({ sector: Number(select.value) }) },
      el("option", { value: "-1" }, t("none")),
      options,
    )
  );
  const key = el(
    "ul",
    { class: "shades" },
    [...classes, [t("unknown"), ""]].map(([words, fill]) => el("li", {}, swatch(fill), words)),
  );
  const update = () => {
    select.value = String(page.state.sector);
    key.hidden = page.state.sector < 0;
  };
  return { element: headed("kk-colour", "h2", t("colour_by"), {}, select, key), update };
}

// Without a colour: lines aslant.
/** @param {string} fill @param {string} [stroke] */
export function swatch(fill, stroke = "#b3ac9c") {
  const box = svg("rect", { width: 22, height: 14, fill: fill || "#fff", stroke });
  return drawing(22, 14, box, svg("path", { d: fill ? "" : "M0 14L14 0M8 14L22 0M0 6L6 0", stroke: "#6b767a" }));
}

/** @param {Model} model @param {Cluster} group @param {number} n @param {Actions} actions */
const clusterRow = (model, group, n, actions) =>
  groupRow(
    "cluster",
    n,
    {
      name: () => group.name,
      about: () => `${group.theme}. ${group.about}`,
      inside: (holder, chosen) => fill(holder, chosen ? clusterWords(model, group, n, actions) : null),
      choose: () => chooseCluster(group, n, actions),
    },
    actions,
  );

/** @param {Model} model @param {Cluster} group @param {number} cluster @param {Actions} actions */
function clusterWords(model, group, cluster, actions) {
  const { through } = page.state;
  const only = (/** @type {number} */ stream) =>
    actions.set({ through: through?.stream === stream ? { cluster } : { cluster, stream } });
  return [
    group.streams.map(({ stream, amounts, itself }) =>
      pushButton(
        { class: "line-button", "aria-pressed": String(through?.stream === stream), onclick: () => only(stream) },
        named(model.streams[stream].name),
        el("span", { class: "note" }, streamWords(model.streams[stream], amounts, itself)),
      ),
    ),
    group.partners ? noteLine(t("cluster_partners", { names: clean(group.partners, 300) })) : null,
    page.result.list.length ? toChances("cluster_chances", actions) : noteLine(t("cluster_none")),
  ];
}

// "vrij aanbod 295 TJ; open vraag 2,21 PJ; het cluster vult zelf 13 % van de vraag"
/** @param {Stream} stream @param {[string, number][]} amounts @param {number} itself */
function streamWords({ unit }, amounts, itself) {
  const parts = amounts.map(([name, value]) => t(`cluster_${name}`, { amount: amount(value, unit) }));
  if (itself) parts.push(t("cluster_itself", { share: number(100 * itself, 2) }));
  return parts.join("; ");
}

/** @param {Cluster} group @param {number} cluster @param {Actions} actions */
function chooseCluster({ ring }, cluster, actions) {
  actions.set({ through: { cluster }, chosen: null });
  const corners = L.latLngBounds(ring.map(([x, y]) => latLng(x, y)));
  page.map.fitBounds(corners, { padding: [90, 90], maxZoom: 11 });
}
