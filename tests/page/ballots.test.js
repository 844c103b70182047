// What the tables of a room say: read, refused with the place, kept and added up.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { findVisible } from "../../kansenkaart/maps/page/state/filters.js";
import { BallotFault, makeBallot, matchNumber, readBallot } from "../../kansenkaart/maps/page/workshop/ballot.js";
import * as groups from "../../kansenkaart/maps/page/workshop/groups.js";
import { isMatchHidden, openHidden } from "../../kansenkaart/maps/page/workshop/hidden.js";
import * as room from "../../kansenkaart/maps/page/workshop/kept.js";
import { makeRegion } from "./region.js";

const NOW = "2026-11-21T14:00:00Z";
const stored = new Map();
globalThis.localStorage = { getItem: (key) => stored.get(key) ?? null, setItem: (key, text) => stored.set(key, text) };
globalThis.window = { addEventListener: () => {} };

let model;
let state;
beforeEach(() => {
  stored.clear();
  ({ model, state } = makeRegion());
  room.openBallots(model);
});

const vote = (values) => ({
  match: "warmte|a:0|a:1",
  votes: 2,
  verdict: "confirm",
  comment: "",
  next_step: "",
  owner: "",
  due: null,
  changed: NOW,
  ...values,
});
const doubt = (values) => ({
  id: "d1",
  match: null,
  site: "a:1",
  number: "year",
  shown: "2020",
  comment: "oud",
  changed: NOW,
  ...values,
});
const firm = (values) => ({
  id: "f1",
  name: "Bakker",
  stream: "warmte",
  role: "supply",
  quantity: 5,
  unit: "GJ",
  x: 110000,
  y: 475000,
  comment: "",
  changed: NOW,
  ...values,
});
const group = (values) => ({
  coalition: "warmte@a:0",
  name: "Warmte",
  confirmed: true,
  joins: ["hout@a:2"],
  out: ["warmte|a:0|a:1"],
  score_support: 4,
  score_jobs: null,
  changed: NOW,
  ...values,
});
const ballot = (values) => ({ ...makeBallot(model, "Tafel 1"), saved: NOW, ...values });
const read = (value) => readBallot(model, JSON.stringify(value), "t1.json");

test("what was written is read", () => {
  const written = ballot({ matches: [vote()], doubts: [doubt()], missing: [firm()], coalitions: [group()] });
  assert.deepEqual(read(written), written);
});

test("what a row leaves out has its meaning", () => {
  const { matches } = read(ballot({ matches: [{ match: "warmte|a:0|a:1", changed: NOW }] }));
  assert.deepEqual(matches[0], { ...vote({ votes: 0, verdict: null }) });
});

test("a lone half of a character is mended", () => {
  assert.equal(read(ballot({ matches: [vote({ comment: "a\ud800b" })] })).matches[0].comment, "a\ufffdb");
});

const REFUSED = [
  ["votes below nothing", { matches: [vote({ votes: -1 })] }, "matches[1].votes"],
  ["half a vote", { matches: [vote({ votes: 1.5 })] }, "matches[1].votes"],
  ["too many votes", { matches: [vote({ votes: 10000 })] }, "matches[1].votes"],
  ["another verdict", { matches: [vote({ verdict: "maybe" })] }, "matches[1].verdict"],
  ["a chance of another map", { matches: [vote({ match: "x|y|z" })] }, "matches[1].match"],
  ["a day that is not", { matches: [vote({ due: "2026-02-30" })] }, "matches[1].due"],
  ["a moment without zone", { matches: [vote({ changed: "2026-11-21T14:00:00" })] }, "matches[1].changed"],
  ["a text that is too long", { matches: [vote({ comment: "x".repeat(2001) })] }, "matches[1].comment"],
  ["an unknown key", { matches: [vote({ evil: 1 })] }, "matches[1].evil"],
  ["a row that is none", { matches: [7] }, "matches[1]"],
  ["rows that are none", { matches: {} }, "matches"],
  ["a chance twice", { matches: [vote(), vote()] }, "matches[2].match"],
  ["a doubt of nowhere", { doubts: [doubt({ site: "b:9" })] }, "doubts[1].site"],
  ["a doubt with a strange id", { doubts: [doubt({ id: "<b>" })] }, "doubts[1].id"],
  ["a firm without a name", { missing: [firm({ name: "  " })] }, "missing[1].name"],
  ["a stream that the map has not", { missing: [firm({ stream: "goud" })] }, "missing[1].stream"],
  ["another unit", { missing: [firm({ unit: "t" })] }, "missing[1].unit"],
  ["a place at sea", { missing: [firm({ x: -1e6 })] }, "missing[1].x"],
  ["less than nothing", { missing: [firm({ quantity: -1 })] }, "missing[1].quantity"],
  ["another role", { missing: [firm({ role: "both" })] }, "missing[1].role"],
  ["a coalition of another map", { coalitions: [group({ coalition: "x@y" })] }, "coalitions[1].coalition"],
  ["a coalition twice", { coalitions: [group(), group()] }, "coalitions[2].coalition"],
  ["half confirmed", { coalitions: [group({ confirmed: 1 })] }, "coalitions[1].confirmed"],
  ["with a coalition that is not", { coalitions: [group({ joins: ["x@y"] })] }, "coalitions[1].joins"],
  ["without a chance that is not", { coalitions: [group({ out: "warmte|a:0|a:1" })] }, "coalitions[1].out"],
  ["six of five", { coalitions: [group({ score_jobs: 6 })] }, "coalitions[1].score_jobs"],
  ["another value", { coalitions: [group({ score_money: 1 })] }, "coalitions[1].score_money"],
  ["a key at the top", { extra: true }, "extra"],
];
for (const [name, values, key] of REFUSED)
  test(`refused as a whole: ${name}`, () => {
    assert.throws(
      () => read(ballot(values)),
      (fault) => {
        assert.ok(fault instanceof BallotFault);
        assert.ok(fault.message.startsWith(`t1.json: bij ${key} staat `), fault.message);
        return true;
      },
    );
  });

test("refused before it is looked into", () => {
  assert.throws(() => readBallot(model, "{", "x"), BallotFault);
  assert.throws(() => read({ schema: "other" }), BallotFault);
  assert.throws(() => read(ballot({ version: 2 })), /versie 2, niet 1/);
  assert.throws(
    () => read(ballot({ map: { id: "ffff", title: "Elders" } })),
    /Elders.* \(run .*ffff.*\), niet 0123456789ab/,
  );
});

test("a chance by its id", () => {
  assert.equal(matchNumber(model, "gft|a:3|a:2"), 3);
  assert.equal(matchNumber(model, "gft|a:3|a:1"), -1);
});

test("a row that says nothing leaves the file", () => {
  room.writeOwnRow(model, "warmte|a:0|a:1", { votes: 3 });
  assert.equal(room.kept.own.matches.length, 1);
  assert.equal(room.ownRow("warmte|a:0|a:1").votes, 3);
  room.writeOwnRow(model, "warmte|a:0|a:1", { votes: 0 });
  assert.deepEqual(room.kept.own.matches, []);
  assert.equal(room.ownRow("warmte|a:0|a:1").votes, 0);
});

test("what the room said is there when the map is opened again", () => {
  room.writeOwnRow(model, "gft|a:3|a:2", { verdict: "reject", comment: "te ver" });
  room.kept.own = null;
  room.openBallots(model);
  assert.equal(room.ownRow("gft|a:3|a:2").verdict, "reject");
});

test("what cannot be read is set aside, never written over", () => {
  stored.set("kansenkaart-inbreng-0123456789ab", "{broken");
  room.openBallots(model);
  assert.equal(room.kept.failed, "storage_broken");
  assert.ok([...stored].some(([key, text]) => key.includes("-onleesbaar-") && text === "{broken"));
});

test("of one table's files the one saved last counts", () => {
  const first = ballot({ matches: [vote()] });
  assert.equal(room.mergeBallot(model, first), "added");
  assert.equal(room.mergeBallot(model, first), "older");
  assert.equal(room.mergeBallot(model, { ...first, saved: "2026-11-21T15:00:00Z", matches: [] }), "newer");
  assert.equal(room.kept.others.length, 1);
  assert.deepEqual(room.kept.others[0].matches, []);
});

test("tables are added up, and who disagrees is seen", () => {
  room.writeOwnRow(model, "warmte|a:0|a:1", { votes: 3, verdict: "reject", comment: "nee" });
  room.mergeBallot(model, ballot({ matches: [vote({ votes: 2 })] }));
  assert.deepEqual(room.kept.sums.get(0), { votes: 5, confirm: 1, reject: 1, comments: 1 });
  const list = (choice) => [...findVisible(model, { ...state, room: choice }).list];
  assert.deepEqual(list("voted"), [0]);
  assert.deepEqual(list("conflict"), [0]);
  assert.deepEqual(list("confirmed"), [0]);
  assert.deepEqual(list("commented"), [0]);
  assert.deepEqual(list("all"), [0, 1, 2, 3, 4]);
});

test("a doubt on a chance counts as a comment; a thing can be taken back", () => {
  room.writeOwnThing(model, "doubts", { ...doubt({ match: "warmte|a:0|a:1", site: null }) });
  assert.equal(room.kept.sums.get(0).comments, 1);
  assert.equal(room.removeOwnThing(model, "doubts", "d1").comment, "oud");
  assert.equal(room.kept.sums.get(0), undefined);
});

test("a hidden place leaves the list, every name and every sentence", () => {
  stored.set("kansenkaart-verborgen-0123456789ab", JSON.stringify({ sites: ["a:0"], key: true }));
  state.chosen = { kind: "match", id: 0 };
  openHidden(model, state);
  assert.ok(isMatchHidden(model, 0));
  assert.ok(!isMatchHidden(model, 2));
  assert.deepEqual([...findVisible(model, state).list], [2, 3, 4]);
  assert.equal(state.chosen, null);
  assert.equal(model.siteNames[0], "(verborgen)");
  assert.equal(model.strings[4], "(verborgen) levert aan Zwembad.");
  assert.ok(model.links[0].hidden);
});

test("a coalition goes up in another with all that was said of it, and comes apart again", () => {
  groups.toggleMember(model, 1, 3);
  groups.writeGroup(model, "hout@a:2", { score_jobs: 3 });
  const undo = groups.joinGroup(model, 0, 1);
  assert.deepEqual(groups.membersOf(model, 0), [0, 1, 2]);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((m) => groups.coalitionOf(model, m)),
    [0, 0, 0, 0, 2],
  );
  assert.equal(groups.isJoined(model, 1), true);
  assert.deepEqual(
    room.kept.own.coalitions.map(({ coalition, confirmed }) => [coalition, confirmed]),
    [
      ["hout@a:2", false],
      ["warmte@a:0", true],
    ],
  );
  state.through = { coalition: 0 };
  assert.deepEqual([...findVisible(model, state).list], [0, 1, 2]);
  groups.splitGroup(model, 0, "warmte@a:3");
  assert.deepEqual(groups.membersOf(model, 0), [0, 1]);
  assert.deepEqual(groups.membersOf(model, 1), [2, 3]);
  undo();
  assert.deepEqual(groups.membersOf(model, 1), [2]);
  assert.deepEqual(groups.membersOf(model, 0), [0, 1]);
});

test("a coalition that was scored is still read after the page was closed", () => {
  groups.writeGroup(model, "warmte@a:3", { score_support: 2 });
  room.openBallots(model);
  assert.equal(room.kept.failed, null);
  assert.equal(groups.ownGroup("warmte@a:3").score_support, 2);
  groups.writeGroup(model, "warmte@a:3", { score_support: null });
  assert.deepEqual(room.kept.own.coalitions, []);
});
