// Who wants to know is told, in order, after what changed stands there; and of nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as store from "../../kansenkaart/maps/page/state/store.js";

const { page, publish, setState, subscribe } = store;

test("listeners are told in the order in which they came, and see what changed", () => {
  const told = [];
  store.setUp({ state: { km: 1, query: "" } });
  const stops = [subscribe(() => told.push(["first", page.state.km])), subscribe(() => told.push(["second"]))];
  setState({ km: 5 });
  assert.deepEqual(told, [["first", 5], ["second"]]);
  assert.equal(page.state.query, "");
  stops[0]();
  publish();
  assert.deepEqual(told.slice(2), [["second"]]);
  stops[1]();
  publish();
  assert.equal(told.length, 3);
});

const CHANGES = [
  ["pointed", () => store.setPointed({ kind: "site", id: 3 }), () => page.pointed.id === 3 && page.pointedAt === null],
  ["lit", () => store.setLit([1, 2]), () => page.lit.length === 2],
  ["drawer", () => store.setDrawer("table"), () => page.drawer === "table"],
  ["online", () => store.setOnline(true), () => page.online],
];
for (const [topic, change, stands] of CHANGES)
  test(`who subscribes to "${topic}" hears of that alone`, () => {
    const told = [];
    const stops = ["asked", ...CHANGES.map(([one]) => one)].map((one) =>
      subscribe(() => told.push([one, Boolean(stands())]), one),
    );
    change();
    assert.deepEqual(told, [[topic, true]]);
    for (const stop of stops) stop();
  });

test("what is found, its order and a presentation are kept without telling: the change that led there does", () => {
  let told = 0;
  const stop = subscribe(() => told++);
  store.setFound({ list: Int32Array.of(4) }, [{ flow: 1 }]);
  store.setRows([4]);
  store.setPresenting({ set: "own", at: 1 });
  store.setUp({ scenes: { own: [{ name: "a" }, { name: "b" }], automatic: [] } });
  stop();
  assert.equal(told, 0);
  assert.equal(page.result.list[0], 4);
  assert.equal(page.gaps[0].flow, 1);
  assert.deepEqual(page.rows, [4]);
  assert.equal(store.presentedScene().name, "b");
  assert.deepEqual(store.firstScene(), { set: "own", at: 0 });
});
