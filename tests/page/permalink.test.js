// The view in the address: what is set goes in, and the same comes out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeState } from "../../kansenkaart/maps/page/state/filters.js";
import { readPermalink, writePermalink } from "../../kansenkaart/maps/page/state/permalink.js";
import { setPresenting } from "../../kansenkaart/maps/page/state/store.js";
import { makeRegion } from "./region.js";

const map = { getCenter: () => ({ lat: 52.37, lng: 4.89 }), getZoom: () => 10.25 };

function read(hash) {
  const { model, state } = makeRegion();
  globalThis.location = { hash };
  const view = readPermalink(model, state);
  return { model, state, view };
}

function write(values, hash = "") {
  globalThis.location = { hash };
  const { model, state } = makeRegion();
  let address = "";
  const [later, stop] = [globalThis.setTimeout, globalThis.clearTimeout];
  Object.assign(globalThis, {
    setTimeout: (act) => act(),
    clearTimeout: () => {},
    history: { replaceState: (_, __, to) => (address = to) },
  });
  setPresenting(null);
  writePermalink(model, Object.assign(state, values), map);
  Object.assign(globalThis, { setTimeout: later, clearTimeout: stop });
  return address;
}

const CASES = [
  ["nothing", {}],
  ["a stream off", { streams: [true, false, true] }],
  ["classes off", { classes: [true, false, false] }],
  ["a delivery off", { links: [false, true, true, true, false] }],
  ["what another has, on", { links: [true, true, true, true, true] }],
  ["distance", { km: 15 }],
  ["smallest", { smallest: 40 }],
  ["more lines", { drawn: 1000 }],
  ["a search with signs", { query: "kas & één=1" }],
  ["places without a chance", { unmatched: true }],
  ["single lines", { bundled: false }],
  ["through", { through: { fromTown: 1, stream: 0, idle: 0 } }],
  ["a coalition", { tab: "clusters", through: { coalition: 1 } }],
  ["the clusters, one of them", { tab: "clusters", through: { cluster: 1, stream: 0 } }],
  ["sorted and turned", { sort: "net", turned: true }],
  ["another tab", { tab: "chances" }],
  ["the other side", { tab: "gaps", side: "demand" }],
  ["near a place, of at least so much", { tab: "gaps", near: { name: "Zorg, bv", x: 121000, y: 487000 }, least: 1.5 }],
  ["another price", { whatIf: { gas: 5, steps: [0, -4, 0] } }],
  ["a chance", { chosen: { kind: "match", id: 3 } }],
  ["a place", { chosen: { kind: "site", id: 2 } }],
  ["a delivery", { chosen: { kind: "link", id: 0 } }],
];
for (const [name, values] of CASES)
  test(`there and back: ${name}`, () => {
    const { model, state, view } = read(write(values));
    assert.deepEqual(state, { ...makeState(model), ...values });
    assert.deepEqual(view, { zoom: 10.25, centre: [52.37, 4.89] });
  });

test("the address is one that people can read", () => {
  assert.equal(write({ chosen: { kind: "match", id: 0 } }), "#kans=warmte|a:0|a:1&kaart=10.25/52.3700/4.8900");
  assert.equal(write({ streams: [false, false, true] }), "#uit=warmte,co2&kaart=10.25/52.3700/4.8900");
});

test("a map in a page of somebody else stays one", () => {
  assert.match(write({}, "#embed"), /^#embed=1&/);
});

const STRANGE = [
  "km=12,34",
  "km=7",
  "km=-1",
  "min=3",
  "min=100",
  "n=4",
  "sorteer=kleur",
  "blad=geheim",
  "kant=boven",
  "bij=a,b,Haarlem",
  "bij=1,2",
  "minstens=-4",
  "minstens=veel",
  "kans=x",
  "plek=x",
  "levering=x",
  "uit=goud",
  "wat_als=goud:3",
  "kaart=99/1/1",
  "kaart=a/b/c",
];
for (const hash of STRANGE)
  test(`what a link cannot ask for is not asked: ${hash}`, () => {
    const { model, state, view } = read(`#${hash}`);
    assert.deepEqual(state, makeState(model));
    assert.equal(view, null);
  });

test("a run without clusters has no sheet of them", () => {
  const { model, state } = makeRegion();
  globalThis.location = { hash: "#blad=clusters" };
  Object.assign(model, { clusters: { groups: [], sectors: [] }, coalitions: [] });
  readPermalink(model, state);
  assert.equal(state.tab, "streams");
});
