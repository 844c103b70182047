// What is asked for, and which chances answer it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findGaps, findVisible, shownSites } from "../../kansenkaart/maps/page/state/filters.js";
import { sortChances, sortGaps } from "../../kansenkaart/maps/page/state/sorting.js";
import { readThrough, sameThrough, throughWords, writeThrough } from "../../kansenkaart/maps/page/state/through.js";
import { townName, townsOf } from "../../kansenkaart/maps/page/state/towns.js";
import { kept } from "../../kansenkaart/maps/page/workshop/kept.js";
import { makeRegion } from "./region.js";

function shown(values) {
  const { model, state } = makeRegion();
  const result = findVisible(model, Object.assign(state, values));
  return { model, ...result, list: [...result.list], drawn: [...result.drawn], siteShown: [...result.siteShown] };
}

const CASES = [
  ["everything", {}, [0, 1, 2, 3, 4]],
  ["one stream", { streams: [true, false, false] }, [0, 1, 4]],
  ["no stream", { streams: [false, false, false] }, []],
  ["one class", { classes: [true, false, false] }, [0, 3, 4]],
  ["what does not pay", { classes: [false, false, true] }, [2]],
  ["near", { km: 1 }, [0, 3, 4]],
  ["on the limit", { km: 12 }, [0, 1, 3, 4]],
  ["nearer than all", { km: 0.3 }, []],
  ["not the smallest of their stream", { smallest: 50 }, [0]],
  ["a name", { query: "noord" }, [0, 1]],
  ["without accents or capitals", { query: "KAS EEN" }, [0, 2]],
  ["every word", { query: "kas zuid" }, [2, 3, 4]],
  ["a municipality", { query: "aalsmeer" }, [0, 1, 2]],
  ["a stream", { query: "co2" }, [2]],
  ["nothing by that name", { query: "zzz" }, []],
  ["through a municipality", { through: { fromTown: 1 } }, [2, 3, 4]],
  ["to a kind, of a stream", { through: { toKind: 1, stream: 0 } }, [0, 1, 4]],
  ["what is idle", { through: { idle: 1 } }, [2]],
  ["with an end in a cluster, of its streams", { through: { cluster: 0 } }, [0, 1, 4]],
  ["of another cluster", { through: { cluster: 1 } }, [2, 4]],
  ["of a cluster one stream", { through: { cluster: 1, stream: 1 } }, [2]],
  ["two filters", { km: 1, classes: [true, false, false], streams: [true, false, true] }, [0, 3, 4]],
];
for (const [name, values, expected] of CASES)
  test(`shown: ${name}`, () => assert.deepEqual(shown(values).list, expected));

test("only the drawing is limited, never the totals", () => {
  const { list, drawn, totals, siteShown } = shown({ drawn: 1 });
  assert.equal(list.length, 5);
  assert.deepEqual(drawn, [0]);
  assert.equal(totals[0].count, 3);
  assert.deepEqual(siteShown, [1, 1, 0, 0]);
});

test("totals keep apart what does not pay, and add only CO2 that is known", () => {
  const { totals, classCounts } = shown({});
  assert.deepEqual(totals[0], { count: 3, quantity: 1750, idle: 0, co2: 62 });
  assert.deepEqual(totals[1], { count: 1, quantity: 0, idle: 20, co2: 0 });
  assert.deepEqual(totals[2], { count: 1, quantity: 7, idle: 0, co2: 1 });
  assert.deepEqual(classCounts, [3, 1, 1]);
});

test("a stream that is off keeps its total, not its classes", () => {
  const { totals, classCounts } = shown({ streams: [false, true, true] });
  assert.equal(totals[0].count, 3);
  assert.deepEqual(classCounts, [1, 0, 1]);
});

test("deliveries answer to their switch, stream, distance and the search", () => {
  assert.deepEqual(shown({}).links, [true]);
  assert.deepEqual(shown({ links: [false, true, true] }).links, [false]);
  assert.deepEqual(shown({ streams: [false, true, true] }).links, [false]);
  assert.deepEqual(shown({ km: 4 }).links, [false]);
  assert.deepEqual(shown({ km: 5 }).links, [true]);
  assert.deepEqual(shown({ query: "zwembad" }).links, [true]);
  assert.deepEqual(shown({ query: "kas" }).links, [false]);
});

test("places of the drawn chances", () => {
  const { model } = makeRegion();
  assert.deepEqual([...shownSites(model, [3, 4], 9)], [0, 0, 1, 1]);
});

test("what is left, the largest share of its stream first", () => {
  const { model, state } = makeRegion();
  const rows = (values) => findGaps(model, { ...state, ...values }).map(({ flow }) => flow);
  assert.deepEqual(rows({ side: "supply" }), [0, 5]);
  assert.deepEqual(rows({ side: "demand" }), [2, 4]);
  assert.deepEqual(rows({ side: "both" }), [0, 2, 4, 5]);
  assert.deepEqual(rows({ side: "both", streams: [true, false, false] }), [0, 2]);
  assert.deepEqual(rows({ side: "both", query: "haarlem" }), [2, 5]);
});

test("what is left of at least so much", () => {
  const { model, state } = makeRegion();
  const amounts = findGaps(model, { ...state, side: "both" }).map(({ left }) => left);
  const most = Math.max(...amounts);
  assert.deepEqual(
    findGaps(model, { ...state, side: "both", least: most }).map(({ left }) => left),
    amounts.filter((left) => left === most),
  );
});

test("what is left, the nearest to a place first", () => {
  const { model, state } = makeRegion();
  const gaps = findGaps(model, { ...state, side: "both" });
  const at = (flow) => model.c["f.site"][flow];
  for (const { flow } of gaps) {
    const near = { name: "hier", x: model.c["s.x"][at(flow)] / 10, y: model.c["s.y"][at(flow)] / 10 };
    const sorted = sortGaps(model, { ...state, near }, gaps);
    assert.equal(at(sorted[0].flow), at(flow));
    assert.equal(sorted[0].away, 0);
    assert.deepEqual(
      sorted.map(({ away }) => away),
      sorted.map(({ away }) => away).sort((a, b) => a - b),
    );
    assert.equal(sorted.length, gaps.length);
  }
  assert.equal(sortGaps(model, state, gaps), gaps);
});

const SORTED = [
  ["rank", [0, 1, 2, 3, 4]],
  ["quantity", [0, 2, 3, 1, 4]],
  ["distance", [3, 4, 0, 1, 2]],
  ["net", [0, 4, 3, 1, 2]],
  ["co2", [0, 4, 2, 3, 1]],
  ["certainty", [0, 3, 4, 1, 2]],
  ["stream", [2, 3, 0, 1, 4]],
  ["supply", [0, 1, 2, 3, 4]],
  ["class", [0, 3, 4, 1, 2]],
];
for (const [sort, expected] of SORTED)
  test(`sorted by ${sort}: ties by rank, the unknown last`, () => {
    const { model } = makeRegion();
    kept.sums = new Map();
    const list = Int32Array.of(0, 1, 2, 3, 4);
    assert.deepEqual([...sortChances(model, { sort, turned: false }, list)], expected);
  });

test("turned round the unknown is still last", () => {
  const { model } = makeRegion();
  const list = Int32Array.of(0, 1, 2, 3, 4);
  assert.deepEqual([...sortChances(model, { sort: "net", turned: true }, list)], [1, 3, 4, 0, 2]);
  assert.deepEqual([...sortChances(model, { sort: "rank", turned: true }, list)], [4, 3, 2, 1, 0]);
});

test("by the votes of the room", () => {
  const { model } = makeRegion();
  kept.sums = new Map([
    [3, { votes: 4 }],
    [1, { votes: 9 }],
  ]);
  assert.deepEqual(
    [...sortChances(model, { sort: "votes", turned: false }, Int32Array.of(0, 1, 2, 3, 4))],
    [1, 3, 0, 2, 4],
  );
  kept.sums = new Map();
});

test("municipalities, and a place without one", () => {
  const { model } = makeRegion();
  assert.deepEqual(townsOf(model).names, ["Aalsmeer", "Haarlem"]);
  assert.deepEqual([...townsOf(model).of], [0, 0, 1, 1]);
  assert.equal(townName(model, 1), "Haarlem");
  assert.equal(townName(model, 9), "geen gemeente");
});

test("a choice through the diagram goes into a link and comes back", () => {
  const { model } = makeRegion();
  for (const through of [
    { fromTown: 1 },
    { fromKind: 0, stream: 2, idle: 0 },
    { stream: 1, toTown: 0, toKind: 1, idle: 1 },
  ]) {
    const values = new URLSearchParams();
    writeThrough(model, through, values);
    assert.ok(sameThrough(readThrough(model, values), through), values.toString());
  }
  assert.equal(readThrough(model, new URLSearchParams("van=Nergens&langs=niets")), null);
  assert.ok(!sameThrough({ fromTown: 1 }, null));
});

test("a choice in words", () => {
  const { model } = makeRegion();
  assert.equal(throughWords(model, { fromTown: 1, toKind: 1 }), "Haarlem → Kas");
  assert.equal(throughWords(model, { fromTown: 0 }), "vanuit Aalsmeer");
  assert.equal(throughWords(model, { toTown: 0, stream: 0, idle: 1 }), "naar Aalsmeer · Restwarmte, loont nu niet");
});

test("a cluster is called by its name, and one that is not there is not chosen", () => {
  const { model } = makeRegion();
  assert.equal(throughWords(model, { cluster: 1, stream: 0 }), "Haarlem: zuivering · Restwarmte");
  assert.equal(readThrough(model, new Map([["cluster", "bouw-9"]])), null);
});
