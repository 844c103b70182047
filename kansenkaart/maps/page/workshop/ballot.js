// A ballot: what one table said about this map, and the check of a file that says it is one.
// A file is refused as a whole: with the place, the value and what is allowed there.

import { clean, t } from "../model/format.js";
import { matchId } from "../model/model.js";
import { ROLES } from "../model/words.js";

const BALLOT_SCHEMA = "kansenkaart-ballot";
const BALLOT_VERSION = 1;
export const BALLOT_LIMITS = {
  bytes: 5_000_000,
  letters: 2000,
  rows: 20000,
  votes: 9999,
  quantity: 1e12,
  /** @type {[number, number]} */
  x: [-50000, 400000],
  /** @type {[number, number]} */
  y: [250000, 900000],
};
// What a table says of a chance when it says nothing.
export const NOTHING_WRITTEN = { votes: 0, verdict: null, comment: "", next_step: "", owner: "", due: null };
// And of a coalition; with a score per value, null where it gave none.
export const NOTHING_SAID_OF = {
  name: "",
  confirmed: false,
  joins: /** @type {string[]} */ ([]),
  out: /** @type {string[]} */ ([]),
};
// What a key that is left out means; other keys must be there. The same as in kansenkaart/workshop/ballots.py.
/** @type {Record<string, any>} */
const BALLOT_DEFAULTS = {
  ...NOTHING_WRITTEN,
  match: null,
  site: null,
  shown: "",
  quantity: null,
  table: "",
  ...NOTHING_SAID_OF,
  matches: [],
  doubts: [],
  missing: [],
  coalitions: [],
};

export class BallotFault extends Error {
  /** @param {string} key @param {any} values */
  constructor(key, values) {
    super(t(key, values));
  }
}

export const nowWords = () => new Date().toISOString();

// crypto.randomUUID is kept from a page without an address of its own; this is not.
export function makeUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** @param {Model} model @param {any} [table] */
export function makeBallot(model, table = "") {
  const { manifestId, title } = model.project;
  return {
    schema: BALLOT_SCHEMA,
    version: BALLOT_VERSION,
    map: { id: manifestId, title: wellFormed(title) },
    ballot: makeUuid(),
    table,
    saved: nowWords(),
    matches: [],
    doubts: [],
    missing: [],
    coalitions: [],
  };
}

// Half a character (a lone surrogate) cannot be written in a file; nor is there room for more than the limit.
/** @param {string} text */
export function wellFormed(text) {
  return Array.from(String(text).slice(0, 2 * BALLOT_LIMITS.letters))
    .slice(0, BALLOT_LIMITS.letters)
    .join("")
    .replace(/[\ud800-\udfff]/gu, "\ufffd");
}

// The text of a file as a ballot of this map; throws a BallotFault.
/** @param {Model} model @param {string} text @param {string} file @returns {Ballot} */
export function readBallot(model, text, file) {
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BallotFault("ballot_no_json", { file });
  }
  if (!isObject(value) || value.schema !== BALLOT_SCHEMA) throw new BallotFault("ballot_schema", { file });
  if (value.version !== BALLOT_VERSION)
    throw new BallotFault("ballot_version", { file, value: shownValue(value.version), allowed: BALLOT_VERSION });
  if (!isObject(value.map) || value.map.id !== model.project.manifestId) {
    throw new BallotFault("ballot_map", {
      file,
      value: shownValue(value.map?.title ?? value.map?.id),
      run: shownValue(value.map?.id),
      allowed: clean(model.project.manifestId, 40),
    });
  }
  readRow(file, value.map, { id: ANYTHING, title: ANYTHING }, "map.");
  const { ballot, ...lists } = rulesOf(model);
  return {
    ...readRow(file, value, { schema: ANYTHING, version: ANYTHING, map: ANYTHING, ...ballot }),
    map: makeBallot(model).map,
    ...Object.fromEntries(Object.entries(lists).map(([name, rules]) => [name, readRows(file, value, name, rules)])),
  };
}

/** @param {any} value */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** @param {any} value */
const shownValue = (value) => clean(JSON.stringify(value) ?? "undefined", 60);
/** @param {any} value */
const isMoment = (value) =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/.test(value) &&
  Number.isFinite(Date.parse(value));
/** @param {any} value */
export const isDay = (value) =>
  /^\d{4}-\d{2}-\d{2}$/.test(value) &&
  Number.isFinite(Date.parse(value)) &&
  new Date(value).toISOString().startsWith(value);
// Letters are counted as people see them, and two at most stand for one.
/** @param {any} value */
const isText = (value) =>
  typeof value === "string" &&
  value.length <= 2 * BALLOT_LIMITS.letters &&
  Array.from(value).length <= BALLOT_LIMITS.letters;

// Per key: whether a value fits there, and in words what does.
/** @typedef {[(value: any, row: any) => boolean, (row: any) => string]} Rule */

/** @type {(fits: Rule[0], key: string, values?: any) => Rule} */
const rule = (fits, key, values) => [fits, () => t(key, values)];

/** @type {Rule} */
const ANYTHING = [() => true, String];

/** @param {Model} model @returns {Record<string, Record<string, Rule>>} */
function rulesOf(model) {
  const { streams } = model.room;
  /** @param {any} row */
  const unitOf = (row) => streams.find(({ id }) => id === row.stream)?.unit ?? "";
  /** @type {(...values: unknown[]) => Rule} */
  const oneOf = (...values) => [(value) => values.includes(value), () => values.map(String).join(", ")];
  /** @type {(axis: "x" | "y") => Rule} */
  const between = (axis) => {
    const [low, high] = BALLOT_LIMITS[axis];
    return rule((value) => isNumber(value, low, high), "allowed_between", { low, high });
  };
  /** @param {(model: Model, id: string) => number} find */
  const known = (find) => rule((value) => isText(value) && find(model, value) >= 0, "allowed_known");
  /** @type {(rule: Rule) => Rule} */
  const orNothing = ([fits, allowed]) => [(value, row) => value === null || fits(value, row), allowed];
  /** @param {(model: Model, id: string) => number} find */
  const several = (find) =>
    rule(
      (value) => Array.isArray(value) && value.every((one) => isText(one) && find(model, one) >= 0),
      "allowed_known",
    );
  /** @type {Rule} */
  const score = [(value) => value == null || [1, 2, 3, 4, 5].includes(value), () => "1, 2, 3, 4, 5"];
  const text = rule(isText, "allowed_text", { most: BALLOT_LIMITS.letters });
  const id = rule((value) => isText(value) && /^[A-Za-z0-9-]{1,64}$/.test(value), "allowed_id");
  const moment = rule((value) => isText(value) && isMoment(value), "allowed_moment");
  const rows = rule((value) => Array.isArray(value) && value.length <= BALLOT_LIMITS.rows, "allowed_rows", {
    most: BALLOT_LIMITS.rows,
  });
  return {
    ballot: { ballot: id, table: text, saved: moment, matches: rows, doubts: rows, missing: rows, coalitions: rows },
    matches: {
      match: known(matchNumber),
      votes: rule((value) => Number.isInteger(value) && isNumber(value, 0, BALLOT_LIMITS.votes), "allowed_votes", {
        most: BALLOT_LIMITS.votes,
      }),
      verdict: oneOf("confirm", "reject", null),
      comment: text,
      next_step: text,
      owner: text,
      due: orNothing(rule((value) => isText(value) && isDay(value), "allowed_day")),
      changed: moment,
    },
    doubts: {
      id,
      match: orNothing(known(matchNumber)),
      site: orNothing(known(siteNumber)),
      number: text,
      shown: text,
      comment: text,
      changed: moment,
    },
    missing: {
      id,
      name: [
        (value) => isText(value) && Boolean(value.trim()),
        (row) => (isText(row.name) ? t("allowed_name") : text[1](row)),
      ],
      stream: rule((value) => streams.some(({ id }) => id === value), "allowed_stream"),
      role: oneOf(...ROLES),
      quantity: orNothing(rule((value) => isNumber(value, 0, BALLOT_LIMITS.quantity), "allowed_quantity")),
      unit: [(value, row) => value === unitOf(row), unitOf],
      x: between("x"),
      y: between("y"),
      comment: text,
      changed: moment,
    },
    coalitions: {
      coalition: known(groupNumber),
      name: text,
      confirmed: oneOf(true, false),
      joins: several(groupNumber),
      out: several(matchNumber),
      ...Object.fromEntries(model.room.values.map(([key]) => [key, score])),
      changed: moment,
    },
  };
}

// The values of a row that all fit; a row with another key is refused.
/** @param {string} file @param {any} row @param {Record<string, Rule>} rules @param {string} [at] @returns {any} */
function readRow(file, row, rules, at = "") {
  /** @type {Record<string, any>} */
  const read = {};
  for (const [name, [fits, allowed]] of Object.entries(rules)) {
    const value = Object.hasOwn(row, name) ? row[name] : BALLOT_DEFAULTS[name];
    if (!fits(value, row)) throw wrong(file, at + name, row[name], allowed(row));
    read[name] = isText(value) ? wellFormed(value) : value;
  }
  const other = Object.keys(row).find((name) => !Object.hasOwn(rules, name));
  if (other !== undefined)
    throw wrong(file, at + clean(other, 60), row[other], t("allowed_keys", { keys: Object.keys(rules).join(", ") }));
  return read;
}

// The rows of a list, none twice.
/** @param {string} file @param {any} ballot @param {string} name @param {Record<string, Rule>} rules */
function readRows(file, ballot, name, rules) {
  const seen = new Set();
  const [key] = Object.keys(rules);
  return (ballot[name] ?? []).map((/** @type {any} */ row, /** @type {number} */ n) => {
    const at = `${name}[${n + 1}]`;
    if (!isObject(row)) throw wrong(file, at, row, t("allowed_row"));
    const read = readRow(file, row, rules, `${at}.`);
    if (seen.has(read[key])) throw wrong(file, `${at}.${key}`, read[key], t("allowed_once"));
    seen.add(read[key]);
    return read;
  });
}

/** @param {string} file @param {string} key @param {any} value @param {string} allowed */
const wrong = (file, key, value, allowed) =>
  new BallotFault("ballot_wrong", { file, key, value: shownValue(value), allowed });

/** @param {any} value @param {number} low @param {number} high */
const isNumber = (value, low, high) => typeof value === "number" && value >= low && value <= high;

/** @param {Model} model @param {string} id */
export const groupNumber = (model, id) => model.coalitions.findIndex((one) => one.id === id);

// Number of a chance by its id, -1 when the map has none; the index is made when first asked for.
/** @param {Model} model @param {string} id */
export function matchNumber(model, id) {
  if (!model.matchNumbers) {
    model.matchNumbers = new Map();
    for (let m = 0; m < model.matchCount; m++) model.matchNumbers.set(matchId(model, m), m);
  }
  return model.matchNumbers.get(id) ?? -1;
}

/** @param {Model} model @param {string} id */
export function siteNumber(model, id) {
  model.siteNumbers ??= new Map(model.siteIds.map((one, s) => [one, s]));
  return model.siteNumbers.get(id) ?? -1;
}

/** @param {Delivery} link @param {string} what */
export const linkNumber = (link, what) => `link|${link.id}|${what}`;

// The delivery that a doubted number belongs to, -1 when it is not of a delivery of this map.
/** @param {Model} model @param {string} number */
export function doubtedLink(model, number) {
  const id = /^link\|([\s\S]*)\|\w+$/.exec(number)?.[1];
  return id === undefined ? -1 : model.links.findIndex((link) => link.id === id);
}
