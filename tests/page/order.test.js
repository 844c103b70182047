// The order in which the functions of the page are packed: nothing is lost, and what runs at once keeps its place.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findOrder, orderFunctions, splitStatements } from "../../kansenkaart/maps/page/order.js";

const HEAD = '"use strict";\n(() => {\n';
const STATEMENTS = [
  "  var first = 1;\n",
  "  function red() {\n    return 1;\n  }\n",
  "  var second = first + red();\n",
  "  function blue() {\n    return 2;\n  }\n",
  "  async function green() {\n    return 3;\n  }\n",
  "  globalThis.told = [second, blue()];\n",
];
const TEXT = `${HEAD}${STATEMENTS.join("")}})();\n`;

test("functions stand first, in the order asked for, and the rest keeps its own", () => {
  const [first, red, second, blue, green, last] = STATEMENTS;
  const ordered = orderFunctions(TEXT, ["green", "red", "gone", "blue"]);
  assert.deepEqual(splitStatements(ordered), [green, red, blue, first, second, last]);
});

test("a function that the order does not know follows what it followed", () => {
  const [, red, , blue, green] = STATEMENTS;
  assert.deepEqual(splitStatements(orderFunctions(TEXT, ["green", "red"])).slice(0, 3), [green, red, blue]);
});

test("what is ordered runs as before", () => {
  for (const order of [[], ["blue", "green", "red"]]) {
    delete globalThis.told;
    new Function(orderFunctions(TEXT, order))();
    assert.deepEqual(globalThis.told, [2, 2]);
  }
});

test("the order that is found holds every function once, packs no larger and is found again", () => {
  const sizeOf = (text) => text.indexOf("red");
  const found = findOrder(TEXT, STATEMENTS, sizeOf, 60);
  assert.deepEqual([...found].sort(), ["blue", "green", "red"]);
  assert.equal(found[0], "red");
  assert.deepEqual(findOrder(TEXT, STATEMENTS, sizeOf, 60), found);
});

test("what is no bundle is refused", () => {
  assert.throws(() => splitStatements("var a = 1;\n"), /no bundle/);
});
