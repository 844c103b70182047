// What the room said, kept on this machine per map: the table's own ballot, those of other tables, and their sums.

// own, others: ballots; failed: why it is not kept (a key of the texts); sums: per chance what all ballots say together.

import { t } from "../model/format.js";
import { publish } from "../state/store.js";
import { makeBallot, matchNumber, NOTHING_WRITTEN, nowWords, readBallot } from "./ballot.js";

export const kept = { own: null, others: [], failed: null, sums: new Map() };

const keptKey = (model) => `kansenkaart-inbreng-${model.project.manifestId}`;

// Which chances the map shows, by what the ballots say of them together.
export const ROOM_CHOICES = {
  all: () => true,
  voted: (sum) => sum.votes > 0,
  confirmed: (sum) => sum.confirm > 0,
  rejected: (sum) => sum.reject > 0,
  conflict: (sum) => sum.confirm > 0 && sum.reject > 0,
  commented: (sum) => sum.comments > 0,
};
export const NOTHING_SAID = { votes: 0, confirm: 0, reject: 0, comments: 0 };

// Whether a chance answers to what is asked of the ballots; null when nothing is.
export function saidTest(state) {
  const choice = ROOM_CHOICES[state.room];
  return state.room === "all" ? null : (m) => choice(kept.sums.get(m) ?? NOTHING_SAID);
}

// A browser may refuse storage altogether, and then reading it throws.
export function readStorage(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    kept.failed = "storage_refused";
    return null;
  }
}

export function writeStorage(key, text) {
  try {
    localStorage.setItem(key, text);
    return true;
  } catch (error) {
    kept.failed = error?.name === "QuotaExceededError" ? "storage_full" : "storage_refused";
    return false;
  }
}

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

function readKept(model, text) {
  try {
    const { own, others } = JSON.parse(text);
    const read = (ballot) => readBallot(model, JSON.stringify(ballot), t("bar_room"));
    return { own: read(own), others: others.map(read) };
  } catch {
    return null;
  }
}

// The same map is open twice: the window that was written in last is right.
function takeFromOtherWindow(model, text) {
  const known = text && readKept(model, text);
  if (!known) return;
  Object.assign(kept, known);
  sumBallots(model);
  publish();
}

// After every change by this table.
export function keepBallots(model) {
  kept.own.saved = nowWords();
  storeBallots(model);
}

export function storeBallots(model) {
  if (writeStorage(keptKey(model), JSON.stringify({ own: kept.own, others: kept.others }))) kept.failed = null;
  sumBallots(model);
}

export const allBallots = () => [kept.own, ...kept.others];

function sumBallots(model) {
  kept.sums = new Map();
  const sumOf = (id) => {
    const m = matchNumber(model, id);
    if (!kept.sums.has(m)) kept.sums.set(m, { ...NOTHING_SAID });
    return kept.sums.get(m);
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

// What this table says of a chance; an empty row where it said nothing yet.
export function ownRow(id) {
  return kept.own.matches.find((row) => row.match === id) ?? { match: id, ...NOTHING_WRITTEN, changed: "" };
}

// Rows that say nothing any more are left out of the file.
export function writeOwnRow(model, id, values) {
  const row = { ...ownRow(id), ...values, changed: nowWords() };
  const says = row.votes || row.verdict || row.comment || row.next_step || row.owner || row.due;
  const at = kept.own.matches.findIndex((one) => one.match === id);
  if (at < 0 && says) kept.own.matches.push(row);
  else if (at >= 0) kept.own.matches.splice(at, 1, ...(says ? [row] : []));
  keepBallots(model);
}

// Put into, changed in or taken out of one of the lists of this table's ballot, by id.
export function writeOwnThing(model, list, thing) {
  const at = kept.own[list].findIndex(({ id }) => id === thing.id);
  const row = { ...thing, changed: nowWords() };
  if (at < 0) kept.own[list].push(row);
  else kept.own[list][at] = row;
  keepBallots(model);
}

export function removeOwnThing(model, list, id) {
  const removed = kept.own[list].find((one) => one.id === id);
  kept.own[list] = kept.own[list].filter((one) => one.id !== id);
  keepBallots(model);
  return removed;
}

// A ballot twice is one ballot: the one saved last counts. Tells what was done with it.
export function mergeBallot(model, ballot) {
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

export const isEmptyBallot = ({ matches, doubts, missing }) => !matches.length && !doubts.length && !missing.length;

// What the tables say together; where they say nothing, what an earlier session decided.
export function verdictOf(model, m) {
  const { confirm, reject } = kept.sums.get(m) ?? NOTHING_SAID;
  if (confirm && reject) return "conflict";
  return reject ? "reject" : confirm || model.c["m.confirmed"]?.[m] ? "confirm" : null;
}
