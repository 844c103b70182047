// The rows of the list of chances.

// A chance: who, to whom, how much, how far, which stream, how sure.

import { el, named } from "../dom.js";
import { lineDrawing } from "../map/glyphs.js";
import { amount, className, clean, co2, euro, kilometres, t, whole } from "../model/format.js";
import { BEST_CLASSES, IDLE_CLASS, STATUSES } from "../model/words.js";
import { matchFigure } from "../state/whatif.js";
import { roomMark } from "../workshop/asked.js";

/** @param {Model} model @param {number} m */
export function chanceRow(model, m) {
  const { c } = model;
  const stream = model.streams[c["m.stream"][m]];
  /** @param {any} words */
  const spoken = (words) => el("span", { class: "spoken" }, words);
  return [
    el("span", { class: "rank" }, whole(m + 1), spoken(". ")),
    el(
      "span",
      { class: "who" },
      el(
        "span",
        { class: "from" },
        named(model.siteNames[c["m.supply"][m]]),
        spoken(placeWords(model, c["m.supply"][m])),
      ),
      el(
        "span",
        { class: "to" },
        el("span", { "aria-hidden": "true" }, "→ "),
        spoken(` ${t("spoken_to")}`),
        named(model.siteNames[c["m.demand"][m]]),
        spoken(placeWords(model, c["m.demand"][m])),
      ),
    ),
    el(
      "span",
      { class: "much" },
      el(
        "span",
        { class: "quantity" },
        spoken(", "),
        amount(c["m.quantity"][m], stream.unit),
        spoken(` ${t("per_year")}, `),
      ),
      el("span", { class: "grade" }, kilometres(model.distance[m])),
    ),
    el(
      "span",
      { class: "what" },
      lineDrawing(stream.colour, stream.dash, { width: 26 }),
      spoken(", "),
      named(stream.name),
      el("span", { class: "rest" }, "· ", className(BEST_CLASSES[c["m.class"][m]])),
      roomMark(model, m),
      changeMark(model, m),
    ),
    el("span", { class: "sums" }, spoken(", "), rowSums(model, m).join(" · ")),
  ];
}

// What a scenario does to a chance.
/** @param {Model} model @param {number} m */
function changeMark(model, m) {
  const change = model.c["m.change"]?.[m];
  return change ? el("span", { class: "change" }, t(`scenario_change_${change}`)) : null;
}

// What it brings, avoids, and how sure that is; what is not known is left out, and no loss is called sure.
/** @param {Model} model @param {number} m */
function rowSums(model, m) {
  const { c } = model;
  const { "m.co2_avoided_t_y": avoided, "m.certainty": certainty } = c;
  const net = matchFigure(model, "net_eur_y", m);
  return [
    Number.isFinite(net) ? t("row_net", { amount: euro(net) }) : t("no_price"),
    Number.isFinite(avoided[m])
      ? `${avoided[m] > 0 ? "−" : avoided[m] < 0 ? "+" : ""}${co2(Math.abs(avoided[m]))}`
      : null,
    certainty[m] === 255 || c["m.class"][m] === IDLE_CLASS ? null : t("row_certainty", { share: certainty[m] }),
  ].filter(Boolean);
}

// What the map shows of a place with its sign and where it stands, in words.
/** @param {Model} model @param {number} s */
export function placeWords(model, s) {
  const { "s.kind": kind, "s.municipality": municipality, "s.inside": inside, "s.status": status } = model.c;
  const state = STATUSES[status[s]];
  const words = [
    clean(model.kinds[kind[s]].name),
    clean(model.strings[municipality[s]] ?? ""),
    inside[s] ? "" : t("margin_zone"),
    state === "active" ? "" : t(`status_${state}`),
  ];
  return ` (${words.filter(Boolean).join(", ")})`;
}
