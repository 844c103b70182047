// What this table says of coalitions: which stay, which go up in another, and without which chances.

import { clean, plural, t } from "../model/format.js";
import { matchId } from "../model/model.js";
import { groupNumber, matchNumber } from "./ballot.js";
import { allBallots, keepBallots, kept, ownRow, writeOwnRow } from "./kept.js";

/** @param {string} id @returns {GroupRow} */
export const ownGroup = (id) => ownRow(id, "coalitions");

/** @param {Model} model @param {string} id @param {Partial<GroupRow>} values */
export const writeGroup = (model, id, values) => writeOwnRow(model, id, values, "coalitions");

// The coalition that another goes up in; itself where that is none.
/** @param {Model} model @param {number} n */
function rootOf(model, n) {
  const into = kept.own.coalitions.find((row) => row.joins.includes(model.coalitions[n].id));
  return into ? groupNumber(model, into.coalition) : n;
}

/** @param {Model} model @param {number} n */
export const isJoined = (model, n) => rootOf(model, n) !== n;

// The coalition that a chance belongs to, also when it was taken out; -1 where it is in none.
/** @param {Model} model @param {number} m */
export function coalitionOf(model, m) {
  const n = model.coalitions.findIndex(({ matches }) => matches.includes(m));
  return n < 0 ? n : rootOf(model, n);
}

// Its chances as the table has it.
/** @param {Model} model @param {number} n */
export function membersOf(model, n) {
  const { id } = model.coalitions[n];
  const { joins, out } = ownGroup(id);
  const all = [id, ...joins].flatMap((one) => model.coalitions[groupNumber(model, one)].matches);
  const gone = new Set(out.map((one) => matchNumber(model, one)));
  return all.filter((m) => !gone.has(m));
}

/** @param {Model} model @param {number} n */
export const groupName = (model, n) =>
  clean(ownGroup(model.coalitions[n].id).name || model.strings[model.coalitions[n].name], 80);

// "4 partners · 3 kansen · bevestigd door de zaal"
/** @param {Model} model @param {number} n */
export function aboutWords(model, n) {
  const { id, confirmed } = model.coalitions[n];
  const members = membersOf(model, n);
  const partners = new Set(members.flatMap((m) => [model.c["m.supply"][m], model.c["m.demand"][m]]));
  const said = allBallots().some(({ coalitions }) => coalitions.some((row) => row.coalition === id && row.confirmed));
  return [
    plural("partners", partners.size),
    plural("chances", members.length),
    confirmed || said ? t("coalition_confirmed") : null,
  ]
    .filter(Boolean)
    .join(" · ");
}

// All that the other said goes along; gives back the way back.
/** @param {Model} model @param {number} n @param {number} other */
export function joinGroup(model, n, other) {
  const before = kept.own.coalitions;
  const [{ id }, { id: theirs }] = [model.coalitions[n], model.coalitions[other]];
  const [own, added] = [ownGroup(id), ownGroup(theirs)];
  kept.own.coalitions = before.filter((row) => row.coalition !== theirs);
  writeGroup(model, id, {
    confirmed: true,
    joins: [...own.joins, theirs, ...added.joins],
    out: [...own.out, ...added.out],
  });
  return () => {
    kept.own.coalitions = before;
    keepBallots(model);
  };
}

/** @param {Model} model @param {number} n @param {string} other */
export function splitGroup(model, n, other) {
  const { id } = model.coalitions[n];
  const { joins, out } = ownGroup(id);
  const { matches } = model.coalitions[groupNumber(model, other)];
  writeGroup(model, id, {
    joins: joins.filter((one) => one !== other),
    out: out.filter((one) => !matches.includes(matchNumber(model, one))),
  });
}

// Takes a chance out of its coalition, or puts it back.
/** @param {Model} model @param {number} n @param {number} m */
export function toggleMember(model, n, m) {
  const [{ id }, match] = [model.coalitions[n], matchId(model, m)];
  const { out } = ownGroup(id);
  const kept = out.filter((one) => one !== match);
  writeGroup(model, id, { confirmed: true, out: kept.length < out.length ? kept : [...out, match] });
}
