// The state of the room on a beamer, and the clock of a round.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clockWords } from "../../kansenkaart/maps/page/model/format.js";
import { findVisible } from "../../kansenkaart/maps/page/state/filters.js";
import { makeBallot } from "../../kansenkaart/maps/page/workshop/ballot.js";
import * as room from "../../kansenkaart/maps/page/workshop/kept.js";
import { makeRegion } from "./region.js";

globalThis.localStorage = { getItem: () => null, setItem: () => {} };
globalThis.window = { addEventListener: () => {} };

test("the clock says 0:00 when the round is over, and not before", () => {
  const said = [600_000, 599_999, 61_000, 60_000, 1, 0, -5000].map(clockWords);
  assert.deepEqual(said, ["10:00", "10:00", "1:01", "1:00", "0:01", "0:00", "0:00"]);
  assert.equal(clockWords(180 * 60_000), "180:00");
});

test("the map shows what any table spoke of, and everything before one did", () => {
  const { model, state } = makeRegion();
  room.openBallots(model);
  state.room = room.ANYTHING_SAID;
  const all = findVisible(model, { ...state, room: "all" }).list;
  assert.deepEqual(findVisible(model, state).list, all);
  const row = { votes: 0, verdict: null, next_step: "", owner: "", due: null, changed: "2026-11-21T14:00:00Z" };
  const tables = ["warmte|a:0|a:1", "warmte|a:0|a:2"].map((match, n) => ({
    ...makeBallot(model, `Tafel ${n}`),
    matches: [{ ...row, match, comment: n ? "" : "oud", votes: n }],
  }));
  for (const table of tables) room.mergeBallot(model, table);
  const shown = [...findVisible(model, state).list];
  assert.deepEqual(
    shown,
    [0, 1].filter((m) => all.includes(m)),
  );
});
