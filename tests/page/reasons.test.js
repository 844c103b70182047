// A reason is told as the tables tell it: from the columns of its row, and from what is its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flowFormula, flowReason, matchReason, tell } from "../../kansenkaart/maps/page/model/reasons.js";
import { maskNames, openHidden } from "../../kansenkaart/maps/page/workshop/hidden.js";
import { makeRegion } from "./region.js";

const TEXTS = { months: "jan feb mrt apr mei jun jul aug sep okt nov dec", rule: "de {what}", list: "Ook: {rules}." };
const own = (told, value) => tell({ own: 0, ...told }, { own: [value], texts: TEXTS });
const months = (...chosen) => chosen.reduce((bits, month) => bits | (1 << month), 0);

test("a sentence is filled from the columns of its row, and two are made one", () => {
  const { model } = makeRegion();
  assert.equal(matchReason(model, 0), "Kas Één is de beste (1 km); gebruikt 62 % en dekt 100 %.");
});

test("a share of a flow that is not there is unknown", () => {
  const { model } = makeRegion();
  model.c["m.reason"] = Uint8Array.of(0, 0, 0, 0, 0);
  model.c["f.role"] = model.c["f.role"].fill(1);
  assert.equal(matchReason(model, 3), "Kas Twee is de beste (400 m); gebruikt – % en dekt 100 %.");
});

test("every row has its own values, and names as many others as there are", () => {
  const { model } = makeRegion();
  const told = [1, 2, 3, 4].map((m) => matchReason(model, m));
  assert.deepEqual(told, [
    "Na 2 andere: Kas Een (1.200 GJ).",
    "Na 1 andere: A (1,5 GJ) en B (2 GJ).",
    "Na 3 andere: A (1 GJ), B (2 GJ) en 4 meer.",
    "Na 0 andere: .",
  ]);
});

test("what is left over of a flow, and its sum", () => {
  const { model } = makeRegion();
  assert.equal(flowReason(model, 0), "");
  assert.equal(flowReason(model, 2), "Kas Een krijgt in nov–feb van Kas Twee 1.200 GJ.");
  assert.equal(flowReason(model, 5), "Kas Twee krijgt in feb, jun van Zuivering Zuid – t.");
  assert.equal(flowFormula(model, 7), "252 GJ");
});

test("months in runs, round the turn of the year", () => {
  assert.equal(own({ months: 12 }, months(0, 1)), "jan–feb");
  assert.equal(own({ months: 12 }, months(5)), "jun");
  assert.equal(own({ months: 12 }, months(0, 5, 10, 11)), "jun, nov–jan");
  assert.equal(own({ months: 12 }, 0b111111111111), "jan–dec");
});

test("numbers have their own figures; what is not known is a dash", () => {
  assert.equal(own({ digits: 5 }, 25.004), "25,004");
  assert.equal(own({ digits: 2 }, 25.004), "25");
  assert.equal(own({ digits: 3 }, null), "–");
  assert.equal(own({}, 7), "7");
});

test("sentences within a sentence", () => {
  const rules = { list: ["afstand", "plek"].map((what) => ({ say: "rule", with: { what } })) };
  assert.equal(tell({ say: "list", with: { rules } }, { texts: TEXTS }), "Ook: de afstand, de plek.");
});

test("a hidden place leaves the values that only a row has, and comes back", () => {
  const { model, state } = makeRegion();
  openHidden(model, state);
  model.siteNames[1] = "Kas Een";
  model.hidden[1] = 1;
  maskNames(model);
  assert.equal(matchReason(model, 1), "Na 2 andere: (verborgen) (1.200 GJ).");
  assert.equal(flowReason(model, 2), "(verborgen) krijgt in nov–feb van Kas Twee 1.200 GJ.");
  model.hidden[1] = 0;
  maskNames(model);
  assert.equal(matchReason(model, 1), "Na 2 andere: Kas Een (1.200 GJ).");
});
