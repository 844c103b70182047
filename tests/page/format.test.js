// Numbers, units and texts as people read them.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as format from "../../kansenkaart/maps/page/model/format.js";
import { TEXTS } from "./region.js";

const plain = (text) => text.replace(/\u00a0/g, " ");
before(() => format.setTexts({ map: TEXTS, classes: {} }, "nl"));

const NUMBERS = [
  [0, "0"],
  [-0, "0"],
  [1, "1"],
  [12.34, "12,3"],
  [0.05, "0,05"],
  [999.6, "1.000"],
  [1234, "1.230"],
  [1235, "1.240"],
  [1225, "1.220"],
  [20.65, "20,6"],
  [-4567, "−4.570"],
  [1e6, "1.000.000"],
  [0.000123456, "0,000123"],
  [Number.NaN, "–"],
  [Number.POSITIVE_INFINITY, "–"],
];
for (const [value, words] of NUMBERS)
  test(`${value} is written ${words}`, () => assert.equal(format.number(value), words));

test("two figures, ties to even", () => {
  assert.equal(format.number(125, 2), "120");
  assert.equal(format.number(135, 2), "140");
  assert.equal(format.number(0.0125, 2), "0,013"); // 0.0125 lies above the tie in binary
});

test("English writes commas and points", () => {
  format.setTexts({ map: TEXTS, classes: {} }, "en");
  assert.equal(format.number(1234567), "1,230,000");
  assert.equal(format.number(12.34), "12.3");
  format.setTexts({ map: TEXTS, classes: {} }, "nl");
});

const AMOUNTS = [
  [999, "GJ", "999 GJ"],
  [1500, "GJ", "1,5 TJ"],
  [2.5e6, "GJ", "2,5 PJ"],
  [999.6, "GJ", "1 TJ"],
  [12, "t", "12 t"],
  [12000, "t", "12 kt"],
  [3.4e6, "t", "3,4 Mt"],
  [1200, "t ds", "1,2 kt ds"],
  [5e6, "m3", "5 mln m³"],
  [500, "m3", "500 m³"],
  [7, "stuks", "7 stuks"],
  [Number.NaN, "t", "onbekend"],
];
for (const [value, unit, words] of AMOUNTS)
  test(`${value} ${unit} is ${words}`, () => assert.equal(plain(format.amount(value, unit)), words));

test("money", () => {
  assert.equal(plain(format.euro(1234)), "€ 1.230");
  assert.equal(plain(format.euro(-1234)), "−€ 1.230");
  assert.equal(plain(format.euro(2.5e6)), "€ 2,5 mln");
  assert.equal(plain(format.euro(999_500)), "€ 1 mln");
  assert.equal(format.euro(Number.NaN), "onbekend");
});

test("distances", () => {
  assert.equal(plain(format.kilometres(640)), "640 m");
  assert.equal(plain(format.kilometres(999)), "999 m");
  assert.equal(plain(format.kilometres(12340)), "12,3 km");
});

test("a range names the unit once, and nothing when there is none", () => {
  assert.equal(format.rangeWords(1500, 1200, 1800, "GJ"), "marge 1,2–1,8");
  assert.equal(format.rangeWords(1500, 1500, 1500, "GJ"), null);
  assert.equal(format.rangeWords(1500, Number.NaN, 1800, "GJ"), null);
});

test("CO2 and dates", () => {
  assert.equal(plain(format.co2(1200)), "1,2 kt CO₂");
  assert.equal(format.dateWords("2026-01-31"), "31 januari 2026");
  assert.equal(format.dateWords("2026"), "2026");
  assert.equal(format.dateWords("2026-13-77"), "2026-13-77");
});

test("one and many", () => {
  assert.equal(format.plural("chances", 1), "1 kans");
  assert.equal(format.plural("chances", 2), "2 kansen");
  assert.equal(format.plural("chances", 12000), "12.000 kansen");
});

test("a text fills its gaps and leaves what it does not know", () => {
  assert.equal(format.t("range", { low: 1 }), "marge 1–{high}");
  assert.equal(format.t("no such key"), "no such key");
});

test("a text from the data cannot turn a line round or fill the page", () => {
  assert.equal(format.clean("a\u202eb\u0000c"), "a b c");
  assert.equal(format.clean("  x  "), "x");
  assert.equal(format.clean(null), "");
  assert.equal(format.clean("é".repeat(20), 5), "ééééé…");
  assert.equal(format.clean("𝒳𝒳𝒳", 2), "𝒳𝒳…");
});

test("searching knows no capitals and no accents", () => {
  assert.equal(format.fold("Één CO₂"), "een co2");
  assert.equal(format.fold(undefined), "");
});

test("a file is named after a text in letters, digits and hyphens, and none begins or ends it", () => {
  const names = {
    "Zeeuwse kans: Ünïek & co.": "zeeuwse-kans-uniek-co",
    "../../etc/passwd": "etc-passwd",
    地図: "",
    "CO₂ in 2030": "co2-in-2030",
    [`${"a".repeat(59)} b`]: "a".repeat(59),
  };
  for (const [text, name] of Object.entries(names)) assert.equal(format.fileName(text, 60), name);
});

test("small words", () => {
  assert.equal(format.sentenceCase("ijs"), "Ijs");
  assert.equal(format.whole(-1234.6), "−1.235");
  assert.equal(format.whole(-0.2), "0");
  assert.equal(format.unitName("m3"), "m³");
  assert.equal(format.unitName("t"), "t");
  assert.equal(format.whole(1234.6), "1.235");
});

test("a text takes its values, and chooses a word by the number", () => {
  const text = "{count} {count:rij is|rijen zijn} {what}";
  assert.equal(format.fillText(text, { count: 1, what: "af" }), "1 rij is af");
  assert.equal(format.fillText(text, { count: "1.200", what: "af" }), "1.200 rijen zijn af");
  assert.equal(format.fillText("{a} en {b}", { a: 1 }), "1 en {b}");
});
