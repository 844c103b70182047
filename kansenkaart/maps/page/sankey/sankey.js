// The flow diagram reckoned out: who supplies, through which stream, to whom; drawn by draw.js.
// Every chance goes through one node on each of the three sides, so what enters a node leaves it; of the balance of
// the region a way has one end only, and what enters a stream leaves it (see maps/balance.py).

import { clean, sentenceCase, t, whole } from "../model/format.js";
import { lowerBound } from "../model/model.js";
import { IDLE_CLASS } from "../model/words.js";
import { page } from "../state/store.js";
import { flowName } from "../state/through.js";
import { townName, townsOf } from "../state/towns.js";
import { SANKEY_MOST, sankey } from "./choice.js";

export const SANKEY_MEASURES = ["quantity", "count", "co2"];
// With more streams than these a balance begins with all origins in one: a tangle tells nobody anything.
const SANKEY_TANGLE = 8;
export const SANKEY_ENDS = ["town", "kind", "province"];
const SANKEY_REST = -1;
// Below this a code is a whole province: -2 the first, -3 the next.
const SANKEY_PROVINCE = -2;
// With more municipalities than these the diagram begins with provinces.
export const MOST_TOWNS = 100;
// Heights in pixels: of all bars of a column together, of a row with its label, and between rows.
const SANKEY_BARS = 240;
const SANKEY_ROW = { wide: 34, narrow: 36 };
const SANKEY_GAP = 8;
const SANKEY_HEAD = 34;

// Which parts of a choice (see through.js) the nodes of a side stand for.
/** @param {any} of */
export const sideKeys = ({ left, right }) => [
  left === "kind" ? "fromKind" : "fromTown",
  "stream",
  right === "kind" ? "toKind" : "toTown",
];

/** @param {any} choice */
export const isBalance = ({ measure }) => measure === "balance";

// What stands on the left and on the right.
/** @param {any} choice */
export const endsOf = (choice) => (isBalance(choice) ? ["origin", "item"] : [choice.left, choice.right]);

/** @param {any} of */
export const mostOf = ({ left, right }) =>
  [left, "stream", right].map((end) => (end === "province" ? 12 : SANKEY_MOST));

// Names of the provinces, and of which one each municipality is (-1 where that is not known).
/** @param {Model} model */
export function provincesOf(model) {
  if (!model.provinces) {
    const known = model.room.provinces;
    const names = [...new Set(Object.values(known))].filter(Boolean).sort();
    model.provinces = {
      names,
      of: townsOf(model).names.map((town) => names.indexOf(known[/** @type {string} */ (town)])),
    };
  }
  return model.provinces;
}

/** @param {number} code */
export const provinceOfCode = (code) => (code <= SANKEY_PROVINCE ? SANKEY_PROVINCE - code : -1);

// Per place its province, or its municipality where that province was opened.
/** @param {Model} model @param {any} of1 */
function provinceCodes(model, { opened }) {
  const { of } = provincesOf(model);
  const codes = of.map((/** @type {any} */ province, /** @type {any} */ town) =>
    province < 0 || opened.has(province) ? town : SANKEY_PROVINCE - province,
  );
  return townsOf(model).of.map((town) => codes[town]);
}

/** @param {Model} model @param {string} end @param {number} code */
export function endName(model, end, code) {
  const province = provinceOfCode(code);
  if (end === "origin" || end === "item") return clean(model.balance[`${end}s`][code] ?? "–", 80);
  // Some bear the name of a municipality.
  if (province >= 0) return `${t("party_province")} ${clean(provincesOf(model).names[province], 60)}`;
  return end === "kind" ? sentenceCase(clean(model.kinds[code].name)) : townName(model, code);
}

/** @param {Model} model @param {SankeyChoice} choice */
function sideCodes(model, choice) {
  const { left, right } = choice;
  const { "m.supply": supply, "m.demand": demand } = model.c;
  const of = {
    town: townsOf(model).of,
    kind: model.c["s.kind"],
    province: [left, right].includes("province") ? provinceCodes(model, choice) : null,
  };
  return [
    (/** @type {number} */ m) => /** @type {any} */ (of)[left][supply[m]],
    (/** @type {number} */ m) => model.c["m.stream"][m] * 2 + Number(model.c["m.class"][m] === IDLE_CLASS),
    (/** @type {number} */ m) => /** @type {any} */ (of)[right][demand[m]],
  ];
}

// Sums per way through the diagram: { codes, weight, quantity, co2, count }; what is left out has no width by this measure.
/** @param {Model} model @param {any} list @param {SankeyChoice} choice */
function sankeyCells(model, list, choice) {
  const [from, middle, to] = sideCodes(model, choice);
  const { "m.quantity": quantity, "m.co2_avoided_t_y": avoided } = model.c;
  // Codes of provinces are below zero.
  const below = provincesOf(model).names.length + 2;
  const [middles, rights] = [
    model.streams.length * 2,
    Math.max(townsOf(model).names.length, model.kinds.length) + below,
  ];
  /** @param {number} m */
  const keyOf = (m) => ((from(m) + below) * middles + middle(m)) * rights + to(m) + below;
  const places = new Map();
  const cells = [];
  let leftOut = 0;
  for (const m of list) {
    if (choice.measure === "co2" && !(avoided[m] > 0)) {
      leftOut++;
      continue;
    }
    const key = keyOf(m);
    let cell = places.get(key);
    if (!cell) {
      cell = { codes: [from(m), middle(m), to(m)], quantity: 0, co2: 0, count: 0 };
      places.set(key, cell);
      cells.push(cell);
    }
    cell.count++;
    cell.quantity += quantity[m];
    if (!Number.isNaN(avoided[m])) cell.co2 += avoided[m];
  }
  return { cells, leftOut, cellOf: (/** @type {number} */ m) => places.get(keyOf(m)) };
}

// No chance goes through a balance.
/** @param {Model} model */
const balanceCells = ({ balance }) => ({
  cells: balance.rows
    .filter(([stream]) => page.state.streams[stream])
    .map(([stream, from, to, quantity]) => ({ codes: [from, stream * 2, to], quantity, co2: 0, count: 0 })),
  leftOut: 0,
  cellOf: () => null,
});

// Streams have units of their own: by quantity each stream is one whole, and a width is a share of it.
/** @param {Model} model @param {any} cells @param {string} measure */
function weighCells(model, cells, measure) {
  const totals = new Float64Array(model.streams.length);
  for (const { codes, quantity } of cells) if (codes[0] !== null) totals[codes[1] >> 1] += quantity;
  for (const cell of cells) {
    cell.share = cell.quantity / (totals[cell.codes[1] >> 1] || 1);
    cell.weight = measure === "count" || measure === "co2" ? cell[measure] : cell.share;
  }
}

// The largest places of a side stay, the others are one node; a lone other stays itself.
/** @param {any} cells @param {any} side @param {number} most @param {any} names */
function gatherRest(cells, side, most, names) {
  const sums = new Map();
  for (const { codes, weight } of cells)
    if (codes[side] !== null) sums.set(codes[side], (sums.get(codes[side]) ?? 0) + weight);
  const order = [...sums].sort((a, b) => b[1] - a[1] || (names(a[0]) < names(b[0]) ? -1 : 1)).map(([code]) => code);
  const kept = order.length <= most + 1 ? order : order.slice(0, most);
  const place = new Map(kept.map((code, n) => [code, n]));
  return {
    order: [...kept, ...(kept.length < order.length ? [SANKEY_REST] : [])],
    of: (/** @type {string} */ code) => (code === null || place.has(code) ? code : SANKEY_REST),
    rest: order.length - kept.length,
  };
}

// Nodes per side and bands between neighbouring sides, each with its cells.
/** @param {Model} model @param {any} list @param {SankeyChoice} choice */
export function sankeyGraph(model, list, choice) {
  const balanced = isBalance(choice);
  const { cells, leftOut, cellOf } = balanced ? balanceCells(model) : sankeyCells(model, list, choice);
  weighCells(model, cells, choice.measure);
  const [left, right] = endsOf(choice);
  /** @param {string} end */
  const name = (end) => (/** @type {number} */ code) => endName(model, end, code);
  const names = [name(left), (/** @type {number} */ code) => flowName(model, code >> 1, code & 1), name(right)];
  const streams = [...new Set(cells.map(({ codes }) => codes[1]))];
  const less = balanced && streams.length > SANKEY_TANGLE ? SANKEY_MOST : 0;
  const sides = names.map((named, side) =>
    side === 1
      ? {
          order: streams.sort((a, b) => a - b),
          of: (/** @type {string} */ code) => code,
          rest: 0,
        }
      : gatherRest(cells, side, choice.most[side] - (side ? 0 : less), named),
  );
  const keys = sideKeys(choice);
  const nodes = sides.map(({ order, rest }, side) =>
    order.map((code) => ({
      id: `${side}:${code}`,
      side,
      code,
      cells: [],
      bands: [[], []],
      rest: code === SANKEY_REST ? rest : 0,
      follows: false,
      name:
        code === SANKEY_REST
          ? t(order.length > 1 ? "sankey_rest" : "sankey_all", { count: whole(rest) })
          : names[side](code),
      province: side === 1 ? -1 : provinceOfCode(code),
      gap: balanced && side === 1 ? (model.balance.gaps[code >> 1] ?? 0) : 0,
      through:
        code < 0
          ? null
          : side === 1
            ? { stream: code >> 1, ...(balanced ? null : { idle: code & 1 }) }
            : balanced
              ? townThrough(model, side, names[side](code))
              : { [keys[side]]: code },
    })),
  );
  // Of one stream what does not pay now stands right below what does.
  nodes[1].forEach((node, n) => (node.follows = n > 0 && nodes[1][n - 1].code >> 1 === node.code >> 1));
  const places = nodes.map((column) => new Map(column.map((node) => [node.code, node])));
  /** @param {any} cell */
  const nodesOf = (cell) =>
    cell.codes.map((/** @type {number} */ code, /** @type {number} */ side) =>
      places[side].get(/** @type {any} */ (sides[side]).of(code)),
    );
  for (const cell of cells) for (const node of nodesOf(cell)) node?.cells.push(cell);
  const bands = [0, 1].flatMap((side) => sankeyBands(cells, nodesOf, side));
  // A stream of a balance has what enters and what leaves.
  nodes.forEach((column, side) => column.forEach((node) => sumThing(node, balanced && side === 1 ? 2 : 1)));
  for (const band of bands) sumThing(band, 1);
  /** @type {any[]} */
  const middle = nodes[1];
  return { nodes, bands, cells, cellOf, leftOut, total: middle.reduce((sum, node) => sum + node.weight, 0) };
}

// The chances from a municipality of the balance.
/** @param {Model} model @param {number} side @param {string} name */
function townThrough(model, side, name) {
  const town = side ? -1 : townsOf(model).names.indexOf(name);
  return town < 0 ? null : { fromTown: town };
}

/** @param {any} cells @param {any} nodesOf @param {number} side */
function sankeyBands(cells, nodesOf, side) {
  const bands = new Map();
  for (const cell of cells) {
    const ends = nodesOf(cell);
    const [from, to] = [ends[side], ends[side + 1]];
    if (!from || !to) continue;
    const id = `${from.id}>${to.id}`;
    if (!bands.has(id)) {
      const through = from.through && to.through && { ...from.through, ...to.through };
      const band = { id, side, from, to, stream: ends[1].code, cells: [], through };
      bands.set(id, band);
      from.bands[1].push(band);
      to.bands[0].push(band);
    }
    bands.get(id).cells.push(cell);
  }
  return [...bands.values()];
}

/** @param {any} thing @param {number} parts */
function sumThing(thing, parts) {
  thing.streams = new Set(thing.cells.map((/** @type {any} */ { codes }) => codes[1] >> 1));
  for (const key of ["weight", "quantity", "co2", "count", "share"])
    thing[key] = thing.cells.reduce((/** @type {any} */ sum, /** @type {any} */ cell) => sum + cell[key] / parts, 0);
}

// Rows under each other, bars in their rows, bands on their bars in the order of where they lead.
/** @param {SankeyGraph} graph @param {any} of1 */
export function layOut(graph, { width, narrow }) {
  const { nodes, bands, total } = graph;
  const scale = SANKEY_BARS / (total || 1);
  const row = narrow ? SANKEY_ROW.narrow : SANKEY_ROW.wide;
  const margin = narrow ? 0 : Math.min(230, Math.max(150, width * 0.22));
  const bar = 14;
  const left = [margin, (width - bar) / 2, width - margin - bar];
  const heights = nodes.map((column, side) =>
    column.reduce((sum, node) => {
      node.height = Math.max(1, node.weight * scale);
      // Beside its label a bar may be as low as it is; above it the label needs its own room.
      node.row = narrow || side === 1 ? node.height + (narrow ? row : 20) : Math.max(node.height, row);
      return sum + node.row + SANKEY_GAP;
    }, 0),
  );
  const height = Math.max(...heights, 1);
  for (const column of nodes) {
    let y = SANKEY_HEAD;
    for (const node of column) {
      Object.assign(node, {
        x: left[node.side],
        width: bar,
        top: y,
        y: narrow || node.side === 1 ? y + node.row - node.height : y + (node.row - node.height) / 2,
      });
      y += node.row + SANKEY_GAP;
    }
  }
  for (const node of nodes.flat()) placeBands(node, scale);
  for (const band of bands)
    Object.assign(band, { x1: band.from.x + bar, x2: band.to.x, height: Math.max(0.75, band.weight * scale) });
  return { width, height: height + SANKEY_HEAD, margin, narrow };
}

/** @param {any} node @param {number} scale */
function placeBands(node, scale) {
  node.bands.forEach((/** @type {any} */ list, /** @type {number} */ side) => {
    let { y } = node;
    for (const band of list.sort((/** @type {any} */ a, /** @type {any} */ b) =>
      side ? a.to.y - b.to.y : a.from.y - b.from.y,
    )) {
      band[side ? "y1" : "y2"] = y;
      y += band.weight * scale;
    }
  });
}

// The visible chances of a chance or place; null where it has none.
/** @param {Model} model @param {any} thing */
export function sankeyMatches(model, thing) {
  const matches = thing?.kind === "match" ? [thing.id] : thing?.kind === "site" ? model.matchesOfSite[thing.id] : [];
  const shown = matches.filter(
    (m) => lowerBound(sankey.list, m) < sankey.list.length && sankey.list[lowerBound(sankey.list, m)] === m,
  );
  return shown.length ? shown : null;
}
