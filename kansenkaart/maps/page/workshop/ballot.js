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
const VERDICTS = ["confirm", "reject"];
// What a table says of a chance when it says nothing.
export const NOTHING_WRITTEN = { votes: 0, verdict: null, comment: "", next_step: "", owner: "", due: null };
// What a key that is left out means; other keys must be there. The same as in kansenkaart/workshop/ballots.py.
/** @type {Record<string, any>} */
const BALLOT_DEFAULTS = {
  ...NOTHING_WRITTEN,
  site: null,
  shown: "",
  quantity: null,
  table: "",
  matches: [],
  doubts: [],
  missing: [],
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
/** @param {Model} model @param {string} text @param {string} file */
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
  return new BallotReader(model, file).read(value);
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
/** @param {any} value */
const isText = (value) => typeof value === "string";

// Takes over what is asked for, key by key; an object with another key is refused.
class BallotReader {
  /** @param {Model} model @param {string} file */
  constructor(model, file) {
    this.model = model;
    this.file = file;
  }

  /** @param {any} value */
  read(value) {
    const { manifestId, title } = this.model.project;
    const rows = (/** @type {string} */ name, /** @type {any} */ read) => this.rows(value, name, read);
    this.only(value.map, ["id", "title"], "map.");
    return this.only(value, null, "", {
      schema: BALLOT_SCHEMA,
      version: BALLOT_VERSION,
      map: { id: manifestId, title: wellFormed(title) },
      ballot: this.id(value, "ballot", ""),
      table: this.text(value, "table", ""),
      saved: this.moment(value, "saved", ""),
      matches: this.distinct(
        rows("matches", (/** @type {any} */ row, /** @type {number} */ at) => this.match(row, at)),
        "match",
        "matches",
      ),
      doubts: this.distinct(
        rows("doubts", (/** @type {any} */ row, /** @type {number} */ at) => this.doubt(row, at)),
        "id",
        "doubts",
      ),
      missing: this.distinct(
        rows("missing", (/** @type {any} */ row, /** @type {number} */ at) => this.missing(row, at)),
        "id",
        "missing",
      ),
    });
  }

  /** @param {any} row @param {any} at */
  match(row, at) {
    return this.only(row, null, at, {
      match: this.known(row, "match", at, matchNumber),
      votes: this.take(row, "votes", at, isVotes, t("allowed_votes", { most: BALLOT_LIMITS.votes })),
      verdict: this.take(
        row,
        "verdict",
        at,
        (/** @type {any} */ one) => one === null || VERDICTS.includes(one),
        `${VERDICTS.join(", ")}, null`,
      ),
      comment: this.text(row, "comment", at),
      next_step: this.text(row, "next_step", at),
      owner: this.text(row, "owner", at),
      due: this.take(
        row,
        "due",
        at,
        (/** @type {any} */ one) => one === null || (isText(one) && isDay(one)),
        t("allowed_day"),
      ),
      changed: this.moment(row, "changed", at),
    });
  }

  /** @param {any} row @param {any} at */
  doubt(row, at) {
    const about = (/** @type {string} */ name, /** @type {any} */ find) =>
      (row[name] ?? null) === null ? null : this.known(row, name, at, find);
    return this.only(row, null, at, {
      id: this.id(row, "id", at),
      match: about("match", matchNumber),
      site: about("site", siteNumber),
      number: this.text(row, "number", at),
      shown: this.text(row, "shown", at),
      comment: this.text(row, "comment", at),
      changed: this.moment(row, "changed", at),
    });
  }

  /** @param {any} row @param {any} at */
  missing(row, at) {
    const streams = this.model.room.streams;
    const stream = this.take(
      row,
      "stream",
      at,
      (/** @type {any} */ one) => streams.some(({ id }) => id === one),
      t("allowed_stream"),
    );
    const { unit } = /** @type {{ unit: string }} */ (streams.find(({ id }) => id === stream));
    const place = (/** @type {"x" | "y"} */ axis) =>
      this.take(
        row,
        axis,
        at,
        (/** @type {any} */ one) => isNumber(one, ...BALLOT_LIMITS[axis]),
        t("allowed_between", { low: BALLOT_LIMITS[axis][0], high: BALLOT_LIMITS[axis][1] }),
      );
    return this.only(row, null, at, {
      id: this.id(row, "id", at),
      name: this.name(row, "name", at),
      stream,
      role: this.take(row, "role", at, (/** @type {any} */ one) => ROLES.includes(one), ROLES.join(", ")),
      quantity: this.take(
        row,
        "quantity",
        at,
        (/** @type {any} */ one) => one === null || isNumber(one, 0, BALLOT_LIMITS.quantity),
        t("allowed_quantity"),
      ),
      unit: this.take(row, "unit", at, (/** @type {any} */ one) => one === unit, unit),
      x: place("x"),
      y: place("y"),
      comment: this.text(row, "comment", at),
      changed: this.moment(row, "changed", at),
    });
  }

  /** @param {any} row @param {string} name @param {any} at @param {any} fits @param {any} allowed */
  take(row, name, at, fits, allowed) {
    if (!Object.hasOwn(row, name) && Object.hasOwn(BALLOT_DEFAULTS, name)) return BALLOT_DEFAULTS[name];
    if (!Object.hasOwn(row, name) || !fits(row[name])) throw this.fault(at + name, row[name], allowed);
    return row[name];
  }

  // What was read, when the object held no keys but those.
  /** @param {any} row @param {string[] | null} names @param {any} at @param {any} [read] */
  only(row, names, at, read = null) {
    const known = names ?? Object.keys(read);
    const other = Object.keys(row).find((name) => !known.includes(name));
    if (other !== undefined)
      throw this.fault(at + clean(other, 60), row[other], t("allowed_keys", { keys: known.join(", ") }));
    return read;
  }

  /** @param {string} key @param {any} value @param {any} allowed */
  fault(key, value, allowed) {
    return new BallotFault("ballot_wrong", { file: this.file, key, value: shownValue(value), allowed });
  }

  /** @param {any} row @param {string} name @param {any} at */
  text(row, name, at) {
    return wellFormed(
      this.take(
        row,
        name,
        at,
        (/** @type {any} */ one) =>
          isText(one) && one.length <= 2 * BALLOT_LIMITS.letters && Array.from(one).length <= BALLOT_LIMITS.letters,
        t("allowed_text", { most: BALLOT_LIMITS.letters }),
      ),
    );
  }

  /** @param {any} row @param {string} name @param {any} at */
  name(row, name, at) {
    if (!this.text(row, name, at).trim()) throw this.fault(at + name, row[name], t("allowed_name"));
    return this.text(row, name, at);
  }

  /** @param {any} row @param {string} name @param {any} at */
  id(row, name, at) {
    return this.take(
      row,
      name,
      at,
      (/** @type {any} */ one) => isText(one) && /^[A-Za-z0-9-]{1,64}$/.test(one),
      t("allowed_id"),
    );
  }

  /** @param {any} row @param {string} name @param {any} at */
  moment(row, name, at) {
    return this.take(row, name, at, (/** @type {any} */ one) => isText(one) && isMoment(one), t("allowed_moment"));
  }

  /** @param {any} row @param {string} name @param {any} at @param {any} find */
  known(row, name, at, find) {
    return this.take(
      row,
      name,
      at,
      (/** @type {any} */ one) => isText(one) && find(this.model, one) >= 0,
      t("allowed_known"),
    );
  }

  /** @param {any} value @param {string} name @param {any} read */
  rows(value, name, read) {
    const fits = (/** @type {any} */ rows) => Array.isArray(rows) && rows.length <= BALLOT_LIMITS.rows;
    return this.take(value, name, "", fits, t("allowed_rows", { most: BALLOT_LIMITS.rows })).map(
      (/** @type {any} */ row, /** @type {number} */ n) => {
        if (!isObject(row)) throw this.fault(`${name}[${n + 1}]`, row, t("allowed_row"));
        return read(row, `${name}[${n + 1}].`);
      },
    );
  }

  /** @param {any} rows @param {string} key @param {string} name */
  distinct(rows, key, name) {
    const seen = new Set();
    rows.forEach((/** @type {any} */ row, /** @type {number} */ n) => {
      if (seen.has(row[key])) throw this.fault(`${name}[${n + 1}].${key}`, row[key], t("allowed_once"));
      seen.add(row[key]);
    });
    return rows;
  }
}

/** @param {any} value */
const isVotes = (value) => Number.isInteger(value) && value >= 0 && value <= BALLOT_LIMITS.votes;
/** @param {any} value @param {number} low @param {number} high */
const isNumber = (value, low, high) => typeof value === "number" && value >= low && value <= high;

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
