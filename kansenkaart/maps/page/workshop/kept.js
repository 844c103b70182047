// What the room said, kept on this machine per map: the table's own ballot, those of other tables, and their sums.

// own, others: ballots; failed: why it is not kept (a key of the texts); sums: per chance what all ballots say together.

import { t } from "../model/format.js";
import { publish } from "../state/store.js";
import { makeBallot, matchNumber, NOTHING_SAID_OF, NOTHING_WRITTEN, nowWords, readBallot } from "./ballot.js";

/** @type {{ own: Ballot, others: Ballot[], failed: string | null, sums: Map<number, RoomSum> }} */
export const kept = /** @type {any} */ ({ own: null, others: [], failed: null, sums: new Map() });

/** @param {Model} model */
const keptKey = (model) => `kansenkaart-inbreng-${model.project.manifestId}`;

// Which chances the map shows, by what the ballots say of them together.
/** @type {Record<string, (sum: RoomSum) => boolean>} */
export const ROOM_CHOICES = {
  all: () => true,
  voted: (/** @type {any} */ sum) => sum.votes > 0,
  confirmed: (/** @type {any} */ sum) => sum.confirm > 0,
  rejected: (/** @type {any} */ sum) => sum.reject > 0,
  conflict: (/** @type {any} */ sum) => sum.confirm > 0 && sum.reject > 0,
  commented: (/** @type {any} */ sum) => sum.comments > 0,
};
// Whatever was said; all chances while nobody has said anything.
export const ANYTHING_SAID = "said";
export const NOTHING_SAID = { votes: 0, confirm: 0, reject: 0, comments: 0 };

// Whether a chance answers to what is asked of the ballots; null when nothing is.
/** @param {State} state */
export function saidTest(state) {
  if (state.room === ANYTHING_SAID) return kept.sums.size ? (/** @type {number} */ m) => kept.sums.has(m) : null;
  const choice = ROOM_CHOICES[state.room];
  return state.room === "all" ? null : (/** @type {number} */ m) => choice(kept.sums.get(m) ?? NOTHING_SAID);
}

// A browser may refuse storage altogether, and then reading it throws.
/** @param {string} key */
export function readStorage(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    kept.failed = "storage_refused";
    return null;
  }
}

/** @param {string} key @param {string} text */
export function writeStorage(key, text) {
  try {
    localStorage.setItem(key, text);
    return true;
  } catch (error) {
    kept.failed = /** @type {Error} */ (error)?.name === "QuotaExceededError" ? "storage_full" : "storage_refused";
    return false;
  }
}

/** @param {Model} model */
export function openBallots(model) {
  const text = readStorage(keptKey(model));
  const known = text === null ? null : readKept(model, text);
  // What cannot be read is set aside, never written over.
  if (text !== null && !known) writeStorage(`${keptKey(model)}-onleesbaar-${Date.now()}`, text);
  Object.assign(kept, known ?? { own: makeBallot(model), others: [] });
  if (text !== null && !known) kept.failed = "storage_broken";
  sumBallots(model);
  window.addEventListener(
    "storage",
    (event) => event.key === keptKey(model) && takeFromOtherWindow(model, event.newValue),
  );
}

/** @param {Model} model @param {string} text */
function readKept(model, text) {
  try {
    const { own, others } = JSON.parse(text);
    const read = (/** @type {Ballot} */ ballot) => readBallot(model, JSON.stringify(ballot), t("bar_room"));
    return { own: read(own), others: others.map(read) };
  } catch {
    return null;
  }
}

// The same map is open twice: the window that was written in last is right.
/** @param {Model} model @param {string | null} text */
function takeFromOtherWindow(model, text) {
  const known = text && readKept(model, text);
  if (!known) return;
  Object.assign(kept, known);
  sumBallots(model);
  publish();
}

// After every change by this table.
/** @param {Model} model */
export function keepBallots(model) {
  kept.own.saved = nowWords();
  storeBallots(model);
}

/** @param {Model} model */
export function storeBallots(model) {
  if (writeStorage(keptKey(model), JSON.stringify({ own: kept.own, others: kept.others }))) kept.failed = null;
  sumBallots(model);
}

export const allBallots = () => [kept.own, ...kept.others];

/** @param {Model} model */
function sumBallots(model) {
  kept.sums = new Map();
  /** @param {string} id */
  const sumOf = (id) => {
    const m = matchNumber(model, id);
    if (!kept.sums.has(m)) kept.sums.set(m, { ...NOTHING_SAID });
    return /** @type {RoomSum} */ (kept.sums.get(m));
  };
  for (const { matches, doubts } of allBallots()) {
    for (const row of matches) {
      const sum = sumOf(row.match);
      sum.votes += row.votes;
      if (row.verdict) sum[row.verdict] += 1;
      if (row.comment) sum.comments += 1;
    }
    for (const { match } of doubts) if (match !== null) sumOf(match).comments += 1;
  }
}

// Key and empty row of what a table says of a chance or a coalition.
/** @type {Record<"matches" | "coalitions", [string, any]>} */
const ROWS = { matches: ["match", NOTHING_WRITTEN], coalitions: ["coalition", NOTHING_SAID_OF] };

// What this table says of one; an empty row where it said nothing yet.
/** @param {string} id @param {"matches" | "coalitions"} [list] @returns {any} */
export function ownRow(id, list = "matches") {
  const [key, nothing] = ROWS[list];
  return kept.own[list].find((/** @type {any} */ row) => row[key] === id) ?? { [key]: id, ...nothing, changed: "" };
}

// Rows that say nothing any more are left out of the file.
/** @param {Model} model @param {string} id @param {any} values @param {"matches" | "coalitions"} [list] */
export function writeOwnRow(model, id, values, list = "matches") {
  const [key] = ROWS[list];
  const row = { ...ownRow(id, list), ...values, changed: nowWords() };
  const { [key]: _, changed, ...said } = row;
  const says = Object.values(said).flat().some(Boolean);
  const rows = /** @type {any[]} */ (kept.own[list]);
  const at = rows.findIndex((one) => one[key] === id);
  // A row keeps its place.
  rows.splice(at < 0 ? rows.length : at, at < 0 ? 0 : 1, ...(says ? [row] : []));
  keepBallots(model);
}

// Put into, changed in or taken out of one of the lists of this table's ballot, by id.
/** @param {Model} model @param {"doubts" | "missing"} list @param {any} thing */
export function writeOwnThing(model, list, thing) {
  const at = /** @type {any} */ (kept.own)[list].findIndex((/** @type {any} */ { id }) => id === thing.id);
  const row = { ...thing, changed: nowWords() };
  if (at < 0) /** @type {any} */ (kept.own)[list].push(row);
  /** @type {any} */ else kept.own[list][at] = row;
  keepBallots(model);
}

/** @param {Model} model @param {"doubts" | "missing"} list @param {string | null} id @returns {any} */
export function removeOwnThing(model, list, id) {
  const removed = /** @type {any} */ (kept.own)[list].find((/** @type {any} */ one) => one.id === id);
  /** @type {any} */ (kept.own)[list] = /** @type {any} */ (kept.own)[list].filter(
    (/** @type {any} */ one) => one.id !== id,
  );
  keepBallots(model);
  return removed;
}

// A ballot twice is one ballot: the one saved last counts. Tells what was done with it.
/** @param {Model} model @param {Ballot} ballot */
export function mergeBallot(model, ballot) {
  /** @param {any} one */
  const later = (one) => Date.parse(ballot.saved) > Date.parse(one.saved);
  const at = kept.others.findIndex((one) => one.ballot === ballot.ballot);
  const same = ballot.ballot === kept.own.ballot ? kept.own : kept.others[at];
  if (same && !later(same)) return "older";
  if (same === kept.own) kept.own = ballot;
  else if (same) kept.others[at] = ballot;
  else kept.others.push(ballot);
  storeBallots(model);
  return same ? "newer" : "added";
}

/** @param {any} of */
export const isEmptyBallot = ({ matches, doubts, missing, coalitions }) =>
  ![matches, doubts, missing, coalitions].some((list) => list.length);

// What the tables say together; where they say nothing, what an earlier session decided.
/** @param {Model} model @param {number} m */
export function verdictOf(model, m) {
  const { confirm, reject } = kept.sums.get(m) ?? NOTHING_SAID;
  if (confirm && reject) return "conflict";
  return reject ? "reject" : confirm || model.c["m.confirmed"]?.[m] ? "confirm" : null;
}
