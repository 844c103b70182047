// A reason is data until it is read: keys of sentences with what fills them; see tables/reasons.py, which tells the
// same to the tables, and maps/reasons.py, which leaves out what stands in a column of the row.

// What a reader's sentence is made of: `known` are the values that the columns hold, `own` those of the row alone.

import { fillText, kilometres, number } from "./format.js";
import { findFlow, madeFigure } from "./model.js";

/** @param {Told} told @param {Row} row @returns {string} */
export function tell(told, row) {
  if (typeof told === "string") return told;
  if ("say" in told) {
    const values = Object.entries(told.with).map(([name, value]) => [name, tell(value, row)]);
    return fillText(row.texts[told.say], Object.fromEntries(values));
  }
  if ("after" in told) {
    const after = tell(told.after, row);
    return `${tell(told.first, row).replace(/\.$/, "")}; ${after.charAt(0).toLowerCase()}${after.slice(1)}`;
  }
  if ("list" in told) return told.list.map((one) => tell(one, row)).join(", ");
  if ("known" in told) return row.known[told.known]();
  return tellOwn(told, row.own[told.own], row.texts);
}

/** @param {any} of @param {any} value @param {any} texts */
function tellOwn({ digits, months, others }, value, texts) {
  if (digits) return number(value ?? NaN, digits);
  if (months) return nameMonths(value, texts.months.split(" "));
  if (others) return nameOthers(value, others, texts);
  return String(value);
}

// In runs, round the turn of the year: "nov–feb".
/** @param {number} bits @param {string[]} names */
function nameMonths(bits, names) {
  /** @param {number} month */
  const on = (month) => (bits >> ((month + names.length) % names.length)) & 1;
  if (names.every((_, month) => on(month))) return `${names[0]}–${names[names.length - 1]}`;
  return names
    .flatMap((name, begin) => {
      if (!on(begin) || on(begin - 1)) return [];
      let end = begin;
      while (on(end + 1)) end++;
      return [end === begin ? name : `${name}–${names[end % names.length]}`];
    })
    .join(", ");
}

/** @param {any} value @param {string} unit @param {Record<string, string>} texts */
function nameOthers(value, unit, texts) {
  /** @type {[[string, number][], number]} */
  const [others, more] = value;
  const parts = others.map(([name, quantity]) => `${name} (${number(quantity)} ${unit})`);
  if (more > 0) return fillText(texts.and_more, { named: parts.join(", "), count: more });
  if (parts.length < 2) return parts.join("");
  return fillText(texts.and_last, { named: parts.slice(0, -1).join(", "), last: parts[parts.length - 1] });
}

// The reason of a row of `name`; where its own values begin is counted once.
/** @param {Model} model @param {string} name @param {any} row @param {any} known */
function tellRow(model, name, row, known) {
  const forms = model[`${name}.forms`];
  const column = model.c[name];
  model[`${name}.starts`] ??= /** @type {any} */ (column).reduce(
    (/** @type {any} */ starts, /** @type {any} */ form) => {
      starts.push(starts[starts.length - 1] + forms[form].own);
      return starts;
    },
    [0],
  );
  const [from, to] = [model[`${name}.starts`][row], model[`${name}.starts`][row + 1]];
  const said = { known, own: model[`${name}.own`].slice(from, to), texts: model.reasonTexts };
  return forms[column[row]].said.map((told) => tell(told, said)).join(" ");
}

const MONEY = {
  low: "net_p10_eur_y",
  high: "net_p90_eur_y",
  needed: "break_even_eur_unit",
  dear: "break_even_dear_eur_unit",
  power: "pipe_mw",
};

/** @param {Model} model @param {number} m */
export function matchReason(model, m) {
  const { c } = model;
  const [stream, quantity] = [c["m.stream"][m], c["m.quantity"][m]];
  /** @param {number} site @param {number} role */
  const share = (site, role) => {
    const f = findFlow(model, site, stream, role);
    return number(f < 0 ? NaN : (100 * quantity) / c["f.value"][f], 2);
  };
  // as the tables have it: the blank that does not break is for the card's own figures
  const far = (/** @type {number} */ metres) => kilometres(metres).replace("\u00a0", " ");
  /** @type {Row["known"]} */
  const known = {
    taker: () => model.siteNames[c["m.demand"][m]],
    unit: () => model.streams[stream].unit,
    distance: () => far(model.distance[m]),
    limit: () => far(1000 * madeFigure(model, "break_even_km", m)),
    net: () => number(madeFigure(model, "net_eur_y", m)),
    now: () => number(madeFigure(model, "benefit_eur_y", m) / quantity, 2),
    used: () => share(c["m.supply"][m], 0),
    met: () => share(c["m.demand"][m], 1),
  };
  for (const [name, column] of Object.entries(MONEY)) known[name] = () => number(madeFigure(model, column, m), 2);
  return tellRow(model, "m.reason", m, known);
}

/** @param {Model} model @param {number} f */
const knownOfFlow = (model, f) => ({
  place: () => model.siteNames[model.c["f.site"][f]],
  partner: () => model.siteNames[model.c["f.nearest"][f] - 1],
  unit: () => model.streams[model.c["f.stream"][f]].unit,
  covered: () => number(model.c["f.covered"][f]),
  committed: () => number(model.c["f.committed"][f]),
  if_pays: () => number(model.c["f.if_pays"][f]),
  value: () => number(model.c["f.theoretical"][f]),
});

/** @param {Model} model @param {number} f */
export const flowReason = (model, f) => tellRow(model, "f.reason", f, knownOfFlow(model, f));

/** @param {Model} model @param {number} f */
export const flowFormula = (model, f) => tellRow(model, "f.formula", f, knownOfFlow(model, f));
