// The card of a place: what it can give and needs, what is left, and where each number comes from.

import { el, named, noteLine, pushButton, tableHead } from "../dom.js";
import { glyphDrawing, lineDrawing } from "../map/glyphs.js";
import { flowReach } from "../map/reach.js";
import { clean, dateWords, kilometres, number, plural, sentenceCase, t, unitStep, whole } from "../model/format.js";
import { flowFormula, flowReason } from "../model/reasons.js";
import { LINK_STATUSES, PLACEMENTS, ROLES, STATUSES } from "../model/words.js";
import { linkButton } from "../panel/links.js";
import { page } from "../state/store.js";
import { doubtButton, doubtCell, flowNumber } from "../workshop/doubt.js";
import { isSiteHidden, shownMatches } from "../workshop/hidden.js";
import { hideButton } from "../workshop/hide.js";
import { leftBlock } from "./months.js";
import { block, cardTitle, chanceButton, paragraph } from "./parts.js";

const SHOWN_CHANCES = 8;

/** @param {Model} model @param {number} s @param {Actions} actions */
export function siteCard(model, s, actions) {
  const { c } = model;
  const kind = model.kinds[c["s.kind"][s]];
  const place = [model.strings[c["s.municipality"][s]], c["s.inside"][s] ? null : t("margin_zone")].filter(Boolean);
  return {
    top: [el("span", { class: "tag" }, glyphDrawing(kind.glyph, 18), clean(kind.name)), statusBadge(model, s)],
    body: [
      cardTitle(named(model.siteNames[s])),
      noteLine(place.map((word) => clean(word)).join(" · ")),
      contactLine(model, s),
      pushButton(
        {
          class: "text",
          id: "kk-near-site",
          onclick: () => actions.set({ tab: "gaps", side: "both", near: siteSpotOf(model, s) }),
        },
        t("near_site"),
      ),
      hideButton(model, s, actions),
      statusNote(model, s),
      model.flowsOfSite[s].map((f) => flowBlock(model, f, actions)),
      model.flowsOfSite[s].length ? null : paragraph(t("no_flows")),
      chancesBlock(model, s, actions),
      linksBlock(model, s, actions),
      block(
        t("origin"),
        paragraph(clean(model.strings[c["s.source"][s]], 400), ` (${c["s.year"][s]})`),
        precisionNote(model, s),
        c["s.confidential"][s] ? noteLine(t("confidential")) : null,
      ),
    ],
  };
}

/** @param {Model} model @param {number} s */
export const siteSpotOf = ({ c, siteNames }, s) => ({ name: siteNames[s], x: c["s.x"][s] / 10, y: c["s.y"][s] / 10 });

// Whom to ask for, as a role, where the data say so.
/** @param {Model} model @param {number} s */
export const contactWords = ({ c, strings }, s) => {
  const role = strings[c["s.contact"]?.[s]];
  return role ? t("contact", { role: clean(role) }) : null;
};

/** @param {Model} model @param {number} s */
function contactLine(model, s) {
  const words = contactWords(model, s);
  return words && noteLine(words);
}

/** @param {Model} model @param {number} s */
function statusBadge(model, s) {
  const status = STATUSES[model.c["s.status"][s]];
  return status === "active" ? null : el("span", { class: "badge link" }, t(`status_${status}`));
}

// A status with its date; an old one asks to be checked.
/** @param {Model} model @param {number} s */
function statusNote(model, s) {
  const status = STATUSES[model.c["s.status"][s]];
  const date = model.strings[model.c["s.status_date"][s]];
  const note = model.strings[model.c["s.status_note"][s]];
  const year = date && Number((/\d{4}/.exec(date) || [])[0]);
  const stale = year && model.project.referenceYear - year > model.project.staleAfterYears;
  if (!date && !note && status === "active") return null;
  // What a room asked of a place it added, of which it named no quantity.
  if (model.room.session?.firms.includes(s) && note) return paragraph(clean(note, 600));
  return el(
    "p",
    {},
    t(`status_${status}`),
    date ? ` (${dateWords(date)})` : "",
    note ? `: ${clean(note, 600)}` : "",
    stale ? [" ", el("strong", { class: "warn" }, t("stale"))] : null,
  );
}

/** @param {Model} model @param {number} s */
function precisionNote(model, s) {
  const precision = model.c["s.precision"][s];
  const placement = PLACEMENTS[model.c["s.placement"][s]];
  if (placement === "municipality")
    return noteLine(t("placed_municipality", { distance: kilometres(precision) }), doubtButton("precision"));
  return precision >= 100
    ? noteLine(t("placed_about", { distance: kilometres(precision) }), doubtButton("precision"))
    : null;
}

/** @param {Model} model @param {number} f @param {Actions} actions */
function flowBlock(model, f, actions) {
  const { c } = model;
  const stream = model.streams[c["f.stream"][f]];
  const role = ROLES[c["f.role"][f]];
  /** @param {string} name */
  const read = (name) => c[`f.${name}`][f];
  const [factor, unit] = unitStep(read("theoretical"), stream.unit);
  const estimated = model.bases[c["f.basis"][f]] === "estimated";
  /** @param {string} key @param {number} value @param {string | null} [look] */
  const row = (key, value, look) =>
    Number.isFinite(value)
      ? el(
          "tr",
          { class: look },
          el("th", { scope: "row" }, t(key)),
          el("td", {}, number(value / factor)),
          doubtCell(flowNumber(model, f, key)),
        )
      : null;
  /** @param {any} value */
  const used = (value) => (value > 0 ? -value : NaN);
  return el(
    "section",
    { class: "flow" },
    el(
      "h3",
      {},
      lineDrawing(stream.colour, stream.dash, { width: 26 }),
      el("span", {}, t(role), ": ", named(stream.name)),
    ),
    el(
      "table",
      { class: "sums" },
      tableHead(el("td", {}), el("th", { scope: "col" }, t("per_year_unit", { unit })), el("td", {})),
      el(
        "tbody",
        {},
        row("theoretical", read("theoretical")),
        row("covered", used(read("covered"))),
        row("committed", used(read("committed"))),
        row("free", c["f.value"][f], "sum"),
        row("reachable", read("reachable")),
        row("through_chances", used(read("delivered"))),
        row(role === "supply" ? "left_supply" : "left_demand", read("remaining"), "sum"),
        row("if_pays", read("if_pays") || NaN),
      ),
    ),
    rangeNote(c, f, factor, unit, estimated),
    gapNote(model, f, actions),
    leftBlock(model, f, stream),
    flowReach(model, f),
    originOf(model, f, null),
  );
}

/** @param {any} c @param {number} f @param {number} factor @param {string} unit @param {any} estimated */
function rangeNote(c, f, factor, unit, estimated) {
  const [low, high] = [c["f.low"][f], c["f.high"][f]];
  if (low === high) return null;
  return noteLine(
    t(estimated ? "free_range_estimated" : "free_range", {
      low: number(low / factor),
      high: number(high / factor),
      unit,
    }),
    doubtButton(flowNumber(page.model, f, "free_range")),
  );
}

/** @param {Model} model @param {number} f @param {Actions} actions */
function gapNote(model, f, actions) {
  const reason = clean(flowReason(model, f), 2000);
  const nearest = model.c["f.nearest"][f] - 1;
  if (!reason) return null;
  return el(
    "p",
    {},
    reason,
    doubtButton(flowNumber(model, f, "reason")),
    nearest >= 0 && !isSiteHidden(model, nearest) && model.c["f.remaining"][f] > 0
      ? [
          " ",
          pushButton(
            { class: "text", onclick: () => actions.choose({ kind: "site", id: nearest }, { focus: true }) },
            t("nearest"),
            ": ",
            named(model.siteNames[nearest]),
          ),
        ]
      : null,
  );
}

// Where a flow's number comes from: measured, or by which rule of thumb of whom.
/** @param {Model} model @param {number} f @param {string | null} role */
export function originOf(model, f, role) {
  if (f < 0) return null;
  const { c } = model;
  const name = model.strings[c["f.kengetal"][f]];
  const kengetal = name !== null && Object.hasOwn(model.kengetallen, name) ? model.kengetallen[name] : null;
  const estimate = c["f.estimate"][f] || kengetal?.evidence === "estimate";
  return el(
    "div",
    { class: "origin" },
    el(
      "p",
      {},
      role ? el("strong", {}, t(role), " ") : null,
      el("span", { class: "basis" }, t(`basis_${model.bases[c["f.basis"][f]]}`)),
    ),
    el("p", {}, sentenceCase(clean(flowFormula(model, f), 2000)), doubtButton(flowNumber(model, f, "formula"))),
    noteLine(clean(model.strings[c["f.source"][f]], 400), ` (${c["f.year"][f]})`),
    kengetal
      ? noteLine(
          t("rule_of_thumb", {
            value: number(kengetal.value),
            low: number(kengetal.low),
            high: number(kengetal.high),
            unit: clean(kengetal.unit),
            source: clean(kengetal.source, 300),
            year: kengetal.year,
          }),
          doubtButton(flowNumber(model, f, "rule_of_thumb")),
        )
      : null,
    estimate
      ? noteLine(el("strong", {}, t("engineering_estimate")))
      : kengetal?.evidence === "unverified"
        ? noteLine(el("strong", {}, t("unverified")))
        : null,
  );
}

/** @param {Model} model @param {number} s @param {Actions} actions */
function chancesBlock(model, s, actions) {
  const own = shownMatches(model, model.matchesOfSite[s]);
  if (!own.length) return null;
  /** @param {number} m */
  const button = (m) => {
    const other = model.c["m.supply"][m] === s ? model.c["m.demand"][m] : model.c["m.supply"][m];
    return chanceButton(
      model,
      m,
      actions,
      t(model.c["m.supply"][m] === s ? "to" : "from"),
      " ",
      named(model.siteNames[other]),
    );
  };
  const more = own.length - SHOWN_CHANCES;
  return block(
    plural("chances", own.length),
    el("ul", { class: "buttons" }, own.slice(0, SHOWN_CHANCES).map(button)),
    more > 0 ? noteLine(t("and_more", { count: whole(more) })) : null,
  );
}

/** @param {Model} model @param {number} s @param {Actions} actions */
function linksBlock(model, s, actions) {
  const own = model.links.flatMap((link, at) => (!link.hidden && (link.supply === s || link.demand === s) ? [at] : []));
  if (!own.length) return null;
  return block(
    t("links"),
    el(
      "ul",
      { class: "buttons" },
      own.map((at) =>
        el(
          "li",
          {},
          linkButton(model, at, actions),
          el("span", { class: "note" }, t(`link_${LINK_STATUSES[model.links[at].status]}`)),
        ),
      ),
    ),
  );
}
