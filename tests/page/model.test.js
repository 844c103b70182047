// The data of the run: read as it was written, and what belongs to what.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readBlock, stepReader } from "../../kansenkaart/maps/page/model/decode.js";
import { distances, findFlow, lowerBound, matchId, toDegrees } from "../../kansenkaart/maps/page/model/model.js";
import { matchFigure } from "../../kansenkaart/maps/page/state/whatif.js";
import { makeRegion } from "./region.js";

// As block.py writes it: length, header, and every array byte plane by byte plane.
function block(header, arrays) {
  const kinds = Object.entries(arrays).map(([name, values]) => [name, [values.constructor.name, values.length]]);
  const text = new TextEncoder().encode(JSON.stringify({ ...header, arrays: Object.fromEntries(kinds) }));
  const planes = Object.values(arrays).flatMap((values) => {
    const bytes = new Uint8Array(values.buffer);
    const size = values.BYTES_PER_ELEMENT;
    return Array.from({ length: size }, (_, plane) => Array.from(values, (_, row) => bytes[row * size + plane])).flat();
  });
  const length = new Uint8Array(Uint32Array.of(text.length).buffer);
  return Uint8Array.from([...length, ...text, ...planes]);
}

test("columns come out as they went in", () => {
  const arrays = {
    bytes: Uint8Array.of(0, 255),
    words: Uint16Array.of(1, 256, 65535),
    long: Int32Array.of(-1, 1 << 30),
    floats: Float32Array.of(1.5, Number.NaN, -1e30),
  };
  const { header, columns } = readBlock(block({ title: "Zeeland" }, arrays));
  assert.equal(header.title, "Zeeland");
  for (const [name, values] of Object.entries(arrays)) assert.deepEqual(columns[name], values, name);
});

test("of a column of which many rows are alike every value stands there once", () => {
  const arrays = { "a.values": Float32Array.of(-2, 0.5, Number.NaN), a: Uint8Array.of(1, 1, 2, 0) };
  const { columns } = readBlock(block({}, arrays));
  assert.deepEqual(columns.a, Float32Array.of(0.5, 0.5, Number.NaN, -2));
});

test("a column is read once", () => {
  const { columns } = readBlock(block({}, { a: Uint8Array.of(1) }));
  assert.equal(columns.a, columns.a);
});

test("steps of seven bits", () => {
  const next = stepReader(Uint8Array.of(0, 1, 2, 0x80 | 2, 1));
  assert.deepEqual([next(), next(), next(), next()], [0, -1, 1, 65]);
});

// By PROJ, EPSG:28992 to EPSG:4326.
const PLACES = [
  [121000, 487000, 4.887970764831781, 52.36982620983305],
  [104000, 488000, 4.6382192697666325, 52.37749750876497],
  [233883, 581994, 6.568178310898436, 53.218741719885124],
];
for (const [x, y, east, north] of PLACES)
  test(`${x}, ${y} lies within half a metre of where RD New says`, () => {
    const [longitude, latitude] = toDegrees(x, y);
    assert.ok(Math.abs(longitude - east) * 68000 < 0.5);
    assert.ok(Math.abs(latitude - north) * 111000 < 0.5);
  });

test("distances are in metres, of deliveries too", () => {
  const { model } = makeRegion();
  assert.deepEqual([...model.distance], [1000, 12000, 30000, 400, 400]);
  assert.deepEqual(model.linkLength, [5000]);
});

test("counts and largest per stream", () => {
  const { model } = makeRegion();
  assert.deepEqual([...model.matchesOfStream], [3, 1, 1]);
  assert.deepEqual([...model.largest], [1000, 20, 7]);
});

test("what belongs to a place", () => {
  const { model } = makeRegion();
  assert.deepEqual(model.matchesOfSite, [
    [0, 1],
    [0, 2],
    [1, 3, 4],
    [2, 3, 4],
  ]);
  assert.deepEqual(model.flowsOfSite, [[0], [1, 4], [2, 6], [3, 5, 7]]);
  assert.equal(findFlow(model, 3, 0, 0), 7);
  assert.equal(findFlow(model, 3, 0, 1), -1);
});

test("a chance has the id of the tables", () => {
  const { model } = makeRegion();
  assert.equal(matchId(model, 0), "warmte|a:0|a:1");
  assert.equal(matchId(model, 3), "gft|a:3|a:2");
  model.via = { 3: "|net:a" };
  assert.equal(matchId(model, 3), "gft|a:3|a:2|net:a");
  assert.equal(matchId(model, 0), "warmte|a:0|a:1");
});

test("share of a stream's chances that are smaller", () => {
  const { model } = makeRegion();
  assert.deepEqual(
    [...model.share].map((one) => Math.round(one * 3)),
    [2, 1, 0, 0, 0],
  );
  assert.equal(lowerBound([1, 3, 5], 3), 1);
  assert.equal(lowerBound([1, 3, 5], 9), 3);
});

test("several streams between two places fan out", () => {
  const { model } = makeRegion();
  assert.deepEqual([...model.fan], [0, 0, 0, 0, 1]);
});

test("the size of a place is its largest flow as a share of the largest of that kind", () => {
  const { model } = makeRegion();
  assert.deepEqual(
    [...model.siteSize].map((one) => Number(one.toFixed(4))),
    [1, 1, 1, 1],
  );
});

test("search texts know no accents and hold the municipality", () => {
  const { model } = makeRegion();
  assert.equal(model.siteSearch[1], "kas een aalsmeer");
  assert.equal(model.streamSearch[1], "co2 co2");
  assert.equal(model.linkSearch[0], "bron noord zwembad restwarmte warmte aalsmeer");
});

test("numbers of a chance as they were made", () => {
  const { model } = makeRegion();
  assert.equal(matchFigure(model, "net_eur_y", 0), 10000);
  assert.ok(Number.isNaN(matchFigure(model, "net_eur_y", 2)));
});

test("a distance is the line between two points and what the run measured beyond it, less or more", () => {
  const columns = {
    "s.x": Int32Array.of(1100000, 1100000, 1103000),
    "s.y": Int32Array.of(4750000, 4750449, 4754000),
    "m.supply": Uint8Array.of(0, 0, 0, 0),
    "m.demand": Uint8Array.of(2, 2, 2, 1),
    "m.beyond": Uint8Array.of(0, 4, 3, 0),
  };
  assert.deepEqual([...distances(columns)], [500, 520, 480, 40]);
});
