// A block of the page: what block.py writes in plain signs comes back as its bytes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { readSigns, unpack } from "../../kansenkaart/maps/page/model/unpack.js";

// The same signs, written the slow way.
const SIGNS = Array.from({ length: 91 }, (_, n) => (n === 27 ? "|" : String.fromCharCode(33 + n)));
function write(bytes) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,13}/g) ?? [];
  const values = groups.map((group) => Number.parseInt(group.padEnd(13, "0"), 2));
  return values.map((value) => SIGNS[Math.floor(value / 91)] + SIGNS[value % 91]).join("");
}

test("two signs are read as the thirteen bits they hold", () => {
  assert.equal(readSigns("").length, 0);
  assert.deepEqual([...readSigns("FZ")], [...Buffer.from("k")]);
  const every = Uint8Array.from({ length: 13 * 256 }, (_, n) => (n * 7) % 256);
  assert.deepEqual([...readSigns(write(every))], [...every]);
});

test("a block is gunzipped and its element goes", async () => {
  // As long as a block may be: no byte is left over.
  const texts = Array.from({ length: 13 }, (_, n) => "een kaart".repeat(n + 1));
  const fitting = texts.filter((text) => (1300000 - gzipSync(text).length * 8) % 13 < 8);
  assert.ok(fitting.length > 1);
  for (const text of fitting) {
    let gone = false;
    const element = { textContent: write(gzipSync(text)), remove: () => (gone = true) };
    assert.equal(await unpack(element).text(), text);
    assert.ok(gone);
  }
});
