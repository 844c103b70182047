// Who wants to know is told, in order, after what changed stands there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { page, publish, setState, subscribe } from "../../kansenkaart/maps/page/state/store.js";

test("listeners are told in the order in which they came, and see what changed", () => {
  const told = [];
  page.state = { km: 1, query: "" };
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
