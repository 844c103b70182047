// Another price: every chance is classed and priced again by the run's own rules.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as whatIf from "../../kansenkaart/maps/page/state/whatif.js";
import { matchFigure } from "../../kansenkaart/maps/page/state/whatif.js";
import { makeRegion } from "./region.js";

function at(asked) {
  const { model, state } = makeRegion();
  const changed = whatIf.applyWhatIf(model, { ...state, whatIf: asked });
  return { model, changed, classes: [...model.c["m.class"]] };
}

test("as calculated nothing moves", () => {
  const { model, changed, classes } = at({ gas: 0, steps: [0, 0, 0] });
  assert.equal(changed, false);
  assert.deepEqual(classes, [0, 1, 2, 0, 0]);
  assert.equal(whatIf.countChanged(model), 0);
});

test("a stream follows the gas price where its price does, within its bounds", () => {
  const { model } = makeRegion();
  assert.deepEqual(whatIf.whatIfSteps(model, { gas: 3, steps: [2, 1, 7] }), [5, 1, 0]);
  assert.deepEqual(whatIf.whatIfSteps(model, { gas: -60, steps: [0, 0, 0] }), [-40, 0, 0]);
});

const CLASSES = [
  [{ gas: 5, steps: [0, 0, 0] }, [0, 0, 2, 0, 1]],
  [{ gas: 4, steps: [0, 0, 0] }, [0, 1, 2, 0, 1]],
  [{ gas: -1, steps: [0, 0, 0] }, [1, 2, 2, 0, 1]],
  [{ gas: -11, steps: [0, 0, 0] }, [1, 2, 2, 0, 2]],
  [{ gas: 0, steps: [0, 10, 0] }, [0, 1, 1, 0, 0]],
  [{ gas: 0, steps: [0, 9, 0] }, [0, 1, 2, 0, 0]],
];
for (const [asked, expected] of CLASSES)
  test(`classes at gas ${asked.gas}, steps ${asked.steps}`, () => assert.deepEqual(at(asked).classes, expected));

test("what a chance wins is what arrives times the change of price, no finer than it was calculated", () => {
  const { model } = at({ gas: 5, steps: [0, 0, 0] });
  assert.equal(matchFigure(model, "net_eur_y", 0), 10500);
  assert.equal(matchFigure(model, "net_eur_y", 1), 25);
  assert.equal(matchFigure(model, "benefit_eur_y", 0), 12500);
  assert.ok(Number.isNaN(matchFigure(model, "break_even_km", 0)));
  assert.equal(matchFigure(model, "net_eur_y", 3), 50);
  assert.ok(Number.isNaN(matchFigure(model, "net_eur_y", 2)));
});

test("sums of the whole run: counts per class, and what those that may pay win", () => {
  const { model } = makeRegion();
  assert.deepEqual(whatIf.whatIfSums(model, model.c["m.class"], false), { counts: [3, 1, 1], net: 12850 });
  const moved = at({ gas: 5, steps: [0, 0, 0] }).model;
  const { counts, net } = whatIf.whatIfSums(moved, moved.c["m.class"], true);
  assert.deepEqual(counts, [3, 1, 1]);
  assert.equal(Math.round(net), 12850 + 500 + 225 + 125);
  assert.equal(whatIf.countChanged(moved), 2);
});

test("the rule that decides now", () => {
  const { model } = at({ gas: 5, steps: [0, 0, 0] });
  assert.equal(whatIf.whatIfRule(model, 0), "price_good");
  assert.equal(whatIf.whatIfRule(model, 4), "stays");
  assert.equal(whatIf.whatIfRule(model, 3), "made");
  assert.equal(whatIf.whatIfRule(at({ gas: -30, steps: [0, 0, 0] }).model, 0), "price_never");
});

test("in words", () => {
  const { model } = makeRegion();
  assert.equal(whatIf.whatIfWords(model, { gas: 5, steps: [0, 2, 0] }), "gas +5 cent · CO₂ € 60/t");
  assert.equal(whatIf.whatIfWords(model, { gas: 0, steps: [0, 0, 0] }), "");
  assert.equal(whatIf.changeWords(-3), "−3");
  assert.equal(whatIf.priceWords(model, 1, -4), "€ 0/t");
});

test("in a link, and back within the bounds", () => {
  const { model } = makeRegion();
  assert.equal(whatIf.writeWhatIf(model, { gas: -3, steps: [0, 4, 0] }), "gas:-3,co2:4");
  assert.deepEqual(whatIf.readWhatIf(model, "gas:-3,co2:4"), { gas: -3, steps: [0, 4, 0] });
  assert.deepEqual(whatIf.readWhatIf(model, "gas:99,co2:-99"), { gas: 40, steps: [0, -40, 0] });
  assert.deepEqual(whatIf.readWhatIf(model, "gft:3,goud:1,gas:x"), { gas: 0, steps: [0, 0, 0] });
  assert.deepEqual(whatIf.readWhatIf(model, null), whatIf.noWhatIf(model));
  assert.deepEqual(whatIf.gasLinked(model), [0]);
  assert.equal(whatIf.gasLeast(model), -40);
});

test("back at the run's own prices everything is as it was", () => {
  const { model, state } = makeRegion();
  const made = [...model.c["m.class"]];
  assert.ok(whatIf.applyWhatIf(model, { ...state, whatIf: { gas: 5, steps: [0, 0, 0] } }));
  assert.ok(whatIf.applyWhatIf(model, { ...state, whatIf: whatIf.noWhatIf(model) }));
  assert.deepEqual([...model.c["m.class"]], made);
  assert.equal(matchFigure(model, "net_eur_y", 0), 10000);
});

test("with existing support what then pays is to be explored, and nothing else moves", () => {
  const { model, changed, classes } = at({ gas: 0, steps: [0, 0, 0], support: true });
  assert.equal(changed, true);
  assert.deepEqual(classes, [0, 1, 1, 0, 0]);
  assert.equal(whatIf.countChanged(model), 1);
  assert.equal(whatIf.whatIfRule(model, 2), "support");
  assert.equal(whatIf.isMoved(model, 2), false);
  assert.equal(whatIf.whatIfSums(model, model.c["m.class"], true).net, 12850);
});
