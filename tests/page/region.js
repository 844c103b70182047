// A region of four places, three streams and five chances, small enough to reckon by hand.

import { setTexts } from "../../kansenkaart/maps/page/model/format.js";
import { makeModel } from "../../kansenkaart/maps/page/model/model.js";
import { makeState } from "../../kansenkaart/maps/page/state/filters.js";

export const TEXTS = {
  unknown: "onbekend",
  unknown_sign: "–",
  million: "mln",
  million_m3: "mln m³",
  range: "marge {low}–{high}",
  chances_one: "{count} kans",
  chances_many: "{count} kansen",
  hidden_place: "(verborgen)",
  no_municipality: "geen gemeente",
  through_from: "vanuit {place}",
  through_to: "naar {place}",
  through_idle: "{stream}, loont nu niet",
  whatif_part: "{stream} {price}",
  whatif_gas_part: "gas {change} cent",
  whatif_price: "€ {price}/{unit}",
  ballot_wrong: "{file}: bij {key} staat {value}. Toegestaan: {allowed}.",
  ballot_map: "{file}: {value} (run {run}), niet {allowed}",
  ballot_version: "{file}: versie {value}, niet {allowed}",
  sankey_rest: "overige ({count})",
  party_province: "provincie",
};

const floats = (...values) => Float32Array.from(values);
const bytes = (...values) => Uint8Array.from(values);

const matches = () => ({
  "m.supply": bytes(0, 0, 3, 3, 3),
  "m.demand": bytes(1, 2, 1, 2, 2),
  "m.stream": bytes(0, 0, 1, 2, 0),
  "m.class": bytes(0, 1, 2, 0, 0),
  "m.quantity": floats(1000, 500, 20, 7, 250),
  "m.co2_avoided_t_y": floats(50, Number.NaN, 5, 1, 12),
  "m.net_eur_y": floats(10000, -200, Number.NaN, 50, 3000),
  "m.benefit_eur_y": floats(12000, 1000, Number.NaN, 60, 3100),
  "m.break_even_km": floats(20, 8, Number.NaN, 3, 9),
  "m.beyond": Uint16Array.from([0, 463, 3050, 72, 72]), // 1, 12, 30, 0.4 and 0.4 km
  "m.certainty": bytes(90, 40, 255, 70, 60),
  "m.class_rule": bytes(3, 3, 3, 3, 3),
  "m.reason": bytes(0, 1, 1, 1, 1),
  "m.good": bytes(40, 45, 255, 255, 40),
  "m.pays": bytes(20, 40, 50, 255, 30),
  "m.cap": bytes(0, 0, 0, 255, 1),
  "m.support": bytes(0, 0, 1, 0, 0),
  "m.lost": floats(0, 0.1, 0, 0, 0),
});

const flows = () => ({
  "f.site": bytes(0, 1, 2, 3, 1, 3, 2, 3),
  "f.stream": bytes(0, 0, 0, 1, 1, 2, 2, 0),
  "f.role": bytes(0, 1, 1, 0, 1, 0, 1, 0),
  "f.value": floats(1600, 1000, 2000, 20, 100, 9, 7, 250),
  "f.remaining": floats(100, 0, 1250, 0, 80, 2, 0, 0),
  "f.theoretical": floats(1700, 1000, 2000, 20, 100, 9, 7, 251.5),
  "f.reason": bytes(0, 0, 1, 0, 0, 1, 0, 0),
  "f.formula": bytes(0, 0, 0, 0, 0, 0, 0, 0),
});

const sites = () => ({
  "s.x": Int32Array.from([1100000, 1110000, 1040000, 1040400]),
  "s.y": Int32Array.from([4750000, 4750000, 4880000, 4880000]),
  "s.kind": bytes(0, 1, 1, 2),
  "s.municipality": bytes(1, 1, 2, 2),
});

const stream = (id, name, unit, overschot, tekort) => ({ id, name, unit, overschot, tekort, colour: "#000", dash: [] });
const slider = (value, step, gas) => ({ value, step, gas, least: -40 });

const header = () => ({
  project: { manifestId: "0123456789ab", title: "Proefregio", language: "nl" },
  bounds: [100000, 470000, 115000, 492000],
  streams: [
    stream("warmte", "Restwarmte", "GJ", 100, 1250),
    stream("co2", "CO₂", "t", 0, 80),
    stream("gft", "Gft", "t", 2, 0),
  ],
  kinds: [
    { id: "bron", name: "bron" },
    { id: "kas", name: "kas" },
    { id: "rwzi", name: "zuivering" },
  ],
  siteIds: ["a:0", "a:1", "a:2", "a:3"],
  siteNames: ["Bron Noord", "Kas Één", "Kas Twee", "Zuivering Zuid"],
  strings: [null, "Aalsmeer", "Haarlem", "made", "Bron Noord levert aan Zwembad."],
  areas: [],
  chains: [],
  inputs: [],
  scenes: [],
  clusters: {
    groups: [
      { id: "energie_water-1", name: "Aalsmeer: bron en kas", sites: [0, 1, 2], streams: [{ stream: 0, words: "" }] },
      { id: "energie_water-2", name: "Haarlem: zuivering", sites: [3], streams: [{ stream: 0 }, { stream: 1 }] },
    ],
    sectors: [],
  },
  coalitions: [
    { id: "warmte@a:0", name: 1, confirmed: false, matches: [0, 1], facts: [["Trekker", 1]] },
    { id: "warmte@a:3", name: 2, confirmed: true, matches: [2, 3], facts: [] },
    { id: "hout@a:2", name: 3, confirmed: false, matches: [4], facts: [] },
  ],
  links: [
    {
      id: "l1",
      stream: 0,
      supply: 0,
      demand: -1,
      supplyName: "Bron Noord",
      demandName: "Zwembad",
      quantity: 10,
      status: 0,
      reason: "Bron Noord levert",
      line: [
        [110000, 475000],
        [113000, 479000],
      ],
    },
  ],
  room: {
    values: [
      ["score_support", "draagvlak"],
      ["score_jobs", "werk"],
    ],
    streams: [{ id: "warmte", name: "Restwarmte", unit: "GJ" }],
    provinces: { Aalsmeer: "Noord-Holland", Haarlem: "Noord-Holland" },
  },
  whatIf: [slider(10, 0.1, true), slider(50, 5, false), null],
  whatIfCaps: [
    ["price_good", 2],
    ["stays", 1],
  ],
  reasonTexts: {
    months: "jan feb mrt apr mei jun jul aug sep okt nov dec",
    and_more: "{named} en {count} meer",
    and_last: "{named} en {last}",
    best: "{taker} is de beste ({distance}).",
    shares: "Gebruikt {used} % en dekt {met} %.",
    better: "Na {better} andere: {others}.",
    left: "{partner} krijgt in {months} van {place} {room} {unit}.",
    sum: "{value} {unit}",
  },
  "m.reason.forms": [
    {
      own: 0,
      said: [
        {
          first: { say: "best", with: { taker: { known: "taker" }, distance: { known: "distance" } } },
          after: { say: "shares", with: { used: { known: "used" }, met: { known: "met" } } },
        },
      ],
    },
    { own: 2, said: [{ say: "better", with: { better: { own: 0 }, others: { own: 1, others: "GJ" } } }] },
  ],
  "m.reason.own": [
    2,
    [[["Kas Een", 1200]], 0],
    1,
    [
      [
        ["A", 1.5],
        ["B", 2],
      ],
      0,
    ],
    3,
    [
      [
        ["A", 1],
        ["B", 2],
      ],
      4,
    ],
    0,
    [[], 0],
  ],
  "f.reason.forms": [
    { own: 0, said: [] },
    {
      own: 3,
      said: [
        {
          say: "left",
          with: {
            partner: { own: 0 },
            months: { own: 1, months: 12 },
            place: { known: "place" },
            room: { own: 2, digits: 2 },
            unit: { known: "unit" },
          },
        },
      ],
    },
  ],
  "f.reason.own": ["Kas Een", 0b110000000011, 1234.5, "Kas Twee", 0b100010, null],
  "f.formula.forms": [{ own: 0, said: [{ say: "sum", with: { value: { known: "value" }, unit: { known: "unit" } } }] }],
  "f.formula.own": [],
});

// The same every time: a test may change what it gets.
export function makeRegion() {
  setTexts({ map: TEXTS, classes: {} }, "nl");
  const model = makeModel({ header: header(), columns: { ...matches(), ...flows(), ...sites() } });
  return { model, state: makeState(model) };
}
