// The card that slides in when something is chosen.

import { allOf, byId, closeButton, el, fill, named, noteLine, pushButton } from "../dom.js";
import { glyphDrawing, lineDrawing } from "../map/glyphs.js";
import { matchReach } from "../map/reach.js";
import { routeWords } from "../map/routes.js";
import {
  amount,
  className,
  classTexts,
  clean,
  co2,
  dateWords,
  euro,
  kilometres,
  number,
  rangeWords,
  sentenceCase,
  t,
  unitName,
  whole,
} from "../model/format.js";
import { findFlow } from "../model/model.js";
import { matchReason } from "../model/reasons.js";
import { BEST_CLASSES, HUB, IDLE_CLASS, LINK_STATUSES, ROLES } from "../model/words.js";
import { coalitionBlock } from "../panel/coalitions.js";
import { whatIfNote } from "../panel/whatif_banner.js";
import { page } from "../state/store.js";
import { matchFigure, whatIfRule } from "../state/whatif.js";
import { askBlock, partiesBlock } from "../workshop/asked.js";
import { linkNumber } from "../workshop/ballot.js";
import { doubtButton, doubtCell } from "../workshop/doubt.js";
import { chainBlock, coupledBlock, decidingWords, trunkBlock } from "./connected.js";
import { originOf, siteCard } from "./details.js";
import { monthsBlock } from "./months.js";
import { block, cardTitle, folded, paragraph } from "./parts.js";

/** @type {HTMLElement | null} */
let returnFocus = null;

/** @param {Thing | null} thing @param {any} of1 */
export function showCard(thing, { focus = false } = {}) {
  const card = byId("kk-card");
  if (!thing) return hideCard(card);
  if (!card.contains(document.activeElement)) returnFocus = /** @type {HTMLElement} */ (document.activeElement);
  const { model, actions } = page;
  /** @type {Record<string, (model: Model, id: number, actions: Actions) => { top: unknown[], body: unknown[] }>} */
  const cards = { match: matchCard, site: siteCard, link: linkCard };
  const content = cards[thing.kind](model, thing.id, actions);
  const close = closeButton(() => actions.choose(null));
  fill(
    card,
    el("div", { class: "card-top" }, content.top, close),
    el("div", { class: "card-body", tabindex: 0, role: "region", "aria-label": t("card_body") }, content.body),
  );
  // One flag a block is in sight; the others come when one looks at the block.
  for (const one of allOf(card, ".card-body > *")) one.querySelector(".doubt")?.classList.add("first");
  card.setAttribute("aria-labelledby", "kk-card-title");
  card.hidden = false;
  byId("kk").classList.add("has-card");
  if (focus) byId("kk-card-title").focus({ preventScroll: true });
  return null;
}

// Written again, where it was read.
export function rewriteCard() {
  const scrolled = document.querySelector(".card-body")?.scrollTop ?? 0;
  showCard(page.state.chosen);
  const body = document.querySelector(".card-body");
  if (body) body.scrollTop = scrolled;
}

/** @param {HTMLElement} card */
function hideCard(card) {
  if (card.hidden) return;
  const inside = card.contains(document.activeElement);
  card.hidden = true;
  byId("kk").classList.remove("has-card");
  if (inside && returnFocus?.isConnected) returnFocus.focus({ preventScroll: true });
}

/** @param {unknown[][]} rows Name and what stands beside it. */
function facts(...rows) {
  return el(
    "dl",
    { class: "facts" },
    rows.map(([name, ...value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
  );
}

/** @param {Stream} stream */
function streamTag(stream) {
  return el("span", { class: "tag" }, lineDrawing(stream.colour, stream.dash, { width: 26 }), named(stream.name));
}

/** @param {Model} model @param {number} s @param {Actions} actions */
export function siteButton(model, s, actions) {
  const kind = model.kinds[model.c["s.kind"][s]];
  const where = model.strings[model.c["s.municipality"][s]];
  return pushButton(
    { class: "site-button", onclick: () => actions.choose({ kind: "site", id: s }, { focus: true }) },
    glyphDrawing(kind.glyph, 18),
    el(
      "span",
      {},
      el("span", { class: "name" }, named(model.siteNames[s])),
      el("span", { class: "note" }, clean(kind.name), where ? ` · ${clean(where)}` : ""),
    ),
  );
}

/** @param {Model} model @param {number} m @param {Actions} actions */
function matchCard(model, m, actions) {
  const { c } = model;
  const stream = model.streams[c["m.stream"][m]];
  const name = BEST_CLASSES[c["m.class"][m]];
  const [supply, demand] = [c["m.supply"][m], c["m.demand"][m]];
  const flows = [findFlow(model, supply, c["m.stream"][m], 0), findFlow(model, demand, c["m.stream"][m], 1)];
  return {
    top: [streamTag(stream), el("span", { class: `badge ${name}` }, className(name))],
    body: [
      cardTitle(
        t("chance_number", { rank: whole(m + 1) }),
        el(
          "span",
          { class: "spoken" },
          `: ${clean(model.siteNames[supply])} ${t("spoken_to")} ${clean(model.siteNames[demand])}`,
        ),
      ),
      el(
        "div",
        { class: "pair" },
        siteButton(model, supply, actions),
        el("span", { class: "arrow", "aria-hidden": "true" }, "↓"),
        siteButton(model, demand, actions),
      ),
      matchFacts(model, m, stream, flows),
      matchReach(model, m),
      block(t("why"), paragraph(clean(matchReason(model, m), 4000), doubtButton("reason")), whatIfNote(model, m)),
      stream.legalFlag ? block(t("mind"), paragraph(clean(stream.legalFlag, 400))) : null,
      partiesBlock(model, m),
      askBlock(model, m, actions),
      coalitionBlock(model, m, actions),
      chainBlock(model, m, actions),
      coupledBlock(model, m, actions),
      trunkBlock(model, m, actions),
      moneyBlock(model, m, stream, [
        el("h4", {}, t("class_title", { name: className(name) })),
        classRule(model, m, name),
      ]),
      monthsBlock(model, m, stream, flows),
      certaintyBlock(c["m.certainty"][m], decidingWords(model, m), c["m.class"][m] === IDLE_CLASS),
      ladderBlock(model, m, stream),
      folded(
        "origin",
        flows.map((flow, side) => originOf(model, flow, ROLES[side])),
      ),
    ],
  };
}

/** @param {Model} model @param {number} m @param {Stream} stream @param {any} flows */
function matchFacts(model, m, stream, flows) {
  const { c } = model;
  const estimated = flows.some((/** @type {number} */ f) => f >= 0 && model.bases[c["f.basis"][f]] === "estimated");
  const avoided = c["m.co2_avoided_t_y"][m];
  const net = matchFigure(model, "net_eur_y", m);
  const route = routeWords(model, m);
  const crossed = model.background.filter((one) => one.crossed?.includes(m)).map(({ name }) => clean(name, 60));
  const [low, high] = [matchFigure(model, "quantity_p10", m), matchFigure(model, "quantity_p90", m)];
  return facts(
    [
      t("quantity_year"),
      estimated ? `${t("circa")} ` : "",
      amount(c["m.quantity"][m], stream.unit),
      el("span", { class: "note" }, rangeWords(c["m.quantity"][m], low, high, stream.unit)),
      doubtButton("quantity"),
    ],
    [
      t("distance"),
      kilometres(model.distance[m]),
      route ? el("span", { class: "note" }, route) : null,
      doubtButton("distance"),
    ],
    [t("net_year"), Number.isFinite(net) ? euro(net) : t("no_price"), doubtButton("net")],
    [t("co2_year"), Number.isFinite(avoided) ? `${t("circa")} ${co2(avoided)}` : t("unknown"), doubtButton("co2")],
    ...(crossed.length ? [[t("crosses"), crossed.join("; ")]] : []),
  );
}

/** @param {Model} model @param {number} m @param {string} name */
const classRule = (model, m, name) =>
  paragraph(sentenceCase(classTexts[`${name}_rule`]), ". ", classTexts[`rule_${whatIfRule(model, m)}`] || "");

/** @param {Model} model @param {number} m @param {Stream} stream @param {unknown[]} rule What makes the class. */
function moneyBlock(model, m, stream, rule) {
  /** @param {string} name */
  const read = (name) => matchFigure(model, name, m);
  const [net, low, high] = [read("net_eur_y"), read("net_p10_eur_y"), read("net_p90_eur_y")];
  if (!Number.isFinite(net)) return folded("money", paragraph(t("no_price_long", { why: stream.noPrice })), rule);
  const [breakEven, dear, power] = [read("break_even_eur_unit"), read("break_even_dear_eur_unit"), read("pipe_mw")];
  const avoided = read("benefit_eur_y") / model.c["m.quantity"][m];
  /** @param {string} key @param {any} value */
  const row = (key, value) =>
    el(
      "tr",
      { class: key === "net" ? "sum" : null },
      el("th", { scope: "row" }, t(key)),
      el("td", {}, value),
      doubtCell(key),
    );
  /** @param {number} known @param {string} key @param {Record<string, string>} values */
  const tell = (known, key, values) =>
    Number.isFinite(known) ? paragraph(t(key, { ...values, unit: unitName(stream.unit) }), doubtButton(key)) : null;
  return folded(
    "money",
    el(
      "table",
      { class: "sums" },
      el(
        "tbody",
        {},
        row("benefit", euro(read("benefit_eur_y"))),
        row("cost", euro(-read("cost_eur_y"))),
        row("net", euro(net)),
      ),
    ),
    tell(low, "net_range", {
      low: euro(low),
      high: euro(high),
      times: number(100 * read("pays_share"), 2),
      worst: euro(read("net_low_eur_y")),
      best: euro(read("net_high_eur_y")),
    }),
    tell(breakEven, avoided > breakEven ? "price_range" : "break_even", {
      price: number(breakEven),
      now: number(avoided, 2),
    }),
    tell(dear, "break_even_dear", { price: number(dear) }),
    tell(power, "pipe_size", { power: number(power) }),
    rule,
  );
}

/** @param {Model} model @param {number} m @param {Stream} stream */
function ladderBlock(model, m, stream) {
  const [now, after, possible] = ["now", "after", "possible"].map((key) => model.c[`m.r_${key}`][m]);
  /** @param {string} key @param {number} rung */
  const step = (key, rung) =>
    el(
      "li",
      {},
      el("span", { class: "note" }, t(key)),
      el("strong", {}, `R${rung}`),
      el("span", {}, t(`r${rung}`), doubtButton(key)),
    );
  return folded(
    "ladder",
    el("ol", { class: "ladder" }, step("now", now), step("after", after)),
    stream.cascade
      ? noteLine(t("cascade"))
      : possible < after && noteLine(t("r_possible", { rung: `R${possible}`, what: t(`r${possible}`) })),
  );
}

/** @param {number} certainty @param {any} deciding @param {boolean} idle */
function certaintyBlock(certainty, deciding, idle) {
  if (certainty === 255) return deciding && folded("certainty", deciding);
  const bar = el("div", { class: "bar", "aria-hidden": "true" }, el("span", {}));
  /** @type {HTMLElement} */ (bar.firstChild).style.width = `${certainty}%`;
  return folded(
    "certainty",
    paragraph(t(idle ? "certainty_idle" : "certainty_words", { times: certainty }), doubtButton("certainty")),
    idle ? null : bar,
    deciding,
  );
}

/** @param {Model} model @param {number} at @param {Actions} actions */
function linkCard(model, at, actions) {
  const link = model.links[at];
  const stream = model.streams[link.stream];
  const status = LINK_STATUSES[link.status];
  /** @param {number} site @param {string} name */
  const side = (site, name) =>
    site >= 0 ? siteButton(model, site, actions) : el("p", { class: "site-plain" }, named(name));
  // Nobody can doubt a number of what is no delivery.
  /** @param {any} what */
  const doubt = (what) => (link.status >= HUB ? null : doubtButton(linkNumber(link, what)));
  const period = [
    ["from", t("since"), link.from],
    ["until", t(status === "stopped" ? "stopped_on" : "until"), link.until],
  ];
  return {
    top: [streamTag(stream), el("span", { class: "badge link" }, t(`link_${status}`))],
    body: [
      cardTitle(t(`link_${status}_title`)),
      el(
        "div",
        { class: "pair" },
        side(link.supply, link.supplyName),
        el("span", { class: "arrow", "aria-hidden": "true" }, "↓"),
        side(link.demand, link.demandName),
      ),
      facts(
        ...(link.facts ?? [
          [
            t("quantity_year"),
            link.quantity === null ? t("quantity_unpublished") : amount(link.quantity, stream.unit),
            doubt("quantity"),
          ],
        ]),
        ...period.filter(([, , date]) => date).map(([what, name, date]) => [name, dateWords(date), doubt(what)]),
      ),
      link.reason
        ? block(t(status === "stopped" ? "why_stopped" : "known"), paragraph(clean(link.reason, 4000), doubt("reason")))
        : null,
      block(t("origin"), paragraph(clean(model.strings[link.source], 400), ` (${link.year})`)),
    ],
  };
}
