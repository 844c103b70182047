// What the drawer counts, over all tables; what is hidden is not counted.

import { el } from "../dom.js";
import { sentenceCase, t, whole } from "../model/format.js";
import { matchNumber } from "./ballot.js";
import { isDoubtHidden, isMatchHidden } from "./hidden.js";
import { allBallots, kept } from "./kept.js";

/** @param {Model} model */
export function roomTotals(model) {
  const totals = {
    votes: 0,
    confirmed: 0,
    rejected: 0,
    conflicts: 0,
    comments: 0,
    missing: 0,
    doubts: 0,
    coalitions: 0,
  };
  for (const [m, sum] of kept.sums) {
    if (isMatchHidden(model, m)) continue;
    totals.votes += sum.votes;
    if (sum.confirm && sum.reject) totals.conflicts += 1;
    else if (sum.confirm) totals.confirmed += 1;
    else if (sum.reject) totals.rejected += 1;
  }
  for (const { matches, doubts, missing } of allBallots()) {
    totals.comments += matches.filter(
      (/** @type {any} */ row) => row.comment && !isMatchHidden(model, matchNumber(model, row.match)),
    ).length;
    totals.doubts += doubts.filter((/** @type {Doubt} */ doubt) => !isDoubtHidden(model, doubt)).length;
    totals.missing += missing.length;
  }
  totals.coalitions = new Set(allBallots().flatMap((ballot) => ballot.coalitions.map((row) => row.coalition))).size;
  return totals;
}

/** @param {Model} model */
export function sumRows(model) {
  const totals = roomTotals(model);
  const names = {
    votes: "votes",
    confirmed: "confirmed",
    rejected: "rejected",
    conflicts: "conflict",
    comments: "sum_comments",
    missing: "sum_missing",
    doubts: "doubts",
    coalitions: "sum_coalitions",
  };
  return Object.entries(names)
    .filter(
      ([name]) => (name !== "conflicts" || totals.conflicts) && (name !== "coalitions" || model.coalitions.length),
    )
    .map(([name, key]) =>
      el(
        "div",
        { "data-sum": name },
        el("dt", {}, sentenceCase(t(key))),
        el("dd", {}, whole(/** @type {Record<string, number>} */ (totals)[name])),
      ),
    );
}
