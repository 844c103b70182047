// The frames of the run as the page uses them: columns, names, and what belongs to what.

// Map units: 1/2^26 of the world's width (0.4 m here), from a corner near the data so that they fit in float32.

import { whenAsked, workAhead } from "./decode.js";
import { fold } from "./format.js";

export const UNITS = 2 ** 26;

const DISTANCE_STEP_M = 10;

/** @param {any} of */
export function makeModel({ header, columns: c }) {
  const sites = c["s.x"].length;
  const matches = c["m.supply"].length;
  const model = {
    clusters: { groups: [], sectors: [] },
    coalitions: [],
    background: [],
    ...header,
    c,
    siteCount: sites,
    matchCount: matches,
    flowCount: c["f.site"].length,
  };
  const [west, south, east, north] = header.bounds;
  const corner = toUnits(Math.min(west, 0), Math.max(north, 640000));
  model.corner = [Math.floor(corner[0]), Math.floor(corner[1])];
  model.place = (/** @type {number} */ x, /** @type {number} */ y) => {
    const units = toUnits(x, y);
    return [units[0] - model.corner[0], units[1] - model.corner[1]];
  };
  model.frame = frameOf(model, west, south, east, north);
  placeSites(model);
  model.distance = distances(c);
  Object.assign(model, sumStreams(model));
  model.siteSize = siteSizes(model);
  model.linkLength = header.links.map((/** @type {Delivery} */ { line }) =>
    line.length < 2 ? NaN : Math.hypot(line[0][0] - line[1][0], line[0][1] - line[1][1]),
  );
  addIndexes(model);
  return model;
}

// Metres, to ten: the line between two points in whole numbers, and what the run measured beyond it; see columns.py.
/** @param {Columns} c */
export function distances({ "s.x": x, "s.y": y, "m.supply": supply, "m.demand": demand, "m.beyond": beyond }) {
  return Float64Array.from(beyond, (more, m) => {
    const [from, to] = [supply[m], demand[m]];
    const line = Math.floor(Math.sqrt((x[from] - x[to]) ** 2 + (y[from] - y[to]) ** 2));
    return DISTANCE_STEP_M * (Math.floor((line + 50) / 100) + (more % 2 ? -(more + 1) / 2 : more / 2));
  });
}

// What only a search, a card or a slider asks for: made then, or while nothing else is asked.
/** @param {Model} model */
function addIndexes(model) {
  const { c, siteCount, siteNames, strings, streams, links, bounds } = model;
  /** @param {number} s */
  const town = (s) => strings[c["s.municipality"][s]];
  const indexes = {
    siteSearch: () => siteNames.map((name, s) => fold(`${name} ${town(s) ?? ""}`)),
    nameSearch: () => siteNames.map(fold),
    streamSearch: () => streams.map((stream) => fold(`${stream.name} ${stream.id}`)),
    linkSearch: () =>
      links.map((link) =>
        [
          fold(link.supplyName),
          fold(link.demandName),
          model.streamSearch[link.stream],
          ...[link.supply, link.demand].filter((s) => s >= 0).map((s) => fold(town(s))),
        ].join(" "),
      ),
    sorted: () => sortQuantities(model),
    share: () => quantityShares(model),
    matchesOfSite: () => listsBy([c["m.supply"], c["m.demand"]], siteCount),
    flowsOfSite: () => listsBy([c["f.site"]], siteCount),
    fan: () => fans(model),
    // In map units.
    metre: () => (model.place(bounds[0] + 1000, bounds[1])[0] - model.place(bounds[0], bounds[1])[0]) / 1000,
    siteRole: () => siteRoles(model),
    spots: () => spotsOf(model),
    labelSpots: () => Array.from(c["l.x"], (x, n) => model.place(x * 10, c["l.y"][n] * 10)),
  };
  for (const [name, make] of Object.entries(indexes)) whenAsked(model, name, make);
  model.prepare = () => {
    workAhead(model, Object.keys(indexes));
  };
}

// In the order of basemap.py; roads are no place to go to.
const SPOT_KINDS = ["town", "abroad", "water", "airport", "port"];
const TOWN_AROUND_M = 3000;

// What the base map names, each once, and municipalities: where they lie, and how much around it is shown.
/** @param {Model} model @returns {Spot[]} */
function spotsOf({ areas, labelNames, c }) {
  const spots = new Map();
  c["l.name"].forEach((name, n) => {
    const kind = SPOT_KINDS[c["l.kind"][n]];
    const spot = { name: labelNames[name], kind, x: c["l.x"][n] * 10, y: c["l.y"][n] * 10, around: TOWN_AROUND_M };
    if (kind && !spots.has(spot.name)) spots.set(spot.name, spot);
  });
  const around = (/** @type {Area} */ { km2 }) => 500 * Math.sqrt(km2) + TOWN_AROUND_M;
  return [...spots.values(), ...areas.map((area) => ({ ...area, kind: "area", around: around(area) }))];
}

/** @param {Model} model */
function placeSites(model) {
  const { "s.x": x, "s.y": y } = model.c;
  model.siteU = new Float64Array(model.siteCount);
  model.siteV = new Float64Array(model.siteCount);
  for (let s = 0; s < model.siteCount; s++) {
    const place = model.place(x[s] / 10, y[s] / 10);
    model.siteU[s] = place[0];
    model.siteV[s] = place[1];
  }
}

/**
 * @param {Model} model
 * @param {number} west
 * @param {number} south
 * @param {number} east
 * @param {number} north
 */
function frameOf(model, west, south, east, north) {
  const corners = [
    model.place(west, south),
    model.place(west, north),
    model.place(east, south),
    model.place(east, north),
  ];
  const u = corners.map((corner) => corner[0]);
  const v = corners.map((corner) => corner[1]);
  return [Math.min(...u), Math.min(...v), Math.max(...u), Math.max(...v)];
}

// RD New to WGS84 (Schreutelkamp and Strang van Hees, 2001: within half a metre), then Web Mercator.
const LATITUDE = [
  [0, 1, 3235.65389],
  [2, 0, -32.58297],
  [0, 2, -0.2475],
  [2, 1, -0.84978],
  [0, 3, -0.0655],
  [2, 2, -0.01709],
  [1, 0, -0.00738],
  [4, 0, 0.0053],
  [2, 3, -0.00039],
  [4, 1, 0.00033],
  [1, 1, -0.00012],
];
const LONGITUDE = [
  [1, 0, 5260.52916],
  [1, 1, 105.94684],
  [1, 2, 2.45656],
  [3, 0, -0.81885],
  [1, 3, 0.05594],
  [3, 1, -0.05607],
  [0, 1, 0.01199],
  [3, 2, -0.00256],
  [1, 4, 0.00128],
  [0, 2, 0.00022],
  [2, 0, -0.00022],
  [5, 0, 0.00026],
];

const [DX, DY] = [new Float64Array(6), new Float64Array(5)].map((powers) => powers.fill(1));

/** @param {number} x @param {number} y */
export function toDegrees(x, y) {
  raise(DX, (x - 155000) * 1e-5);
  raise(DY, (y - 463000) * 1e-5);
  return [5.38720621 + sumTerms(LONGITUDE) / 3600, 52.1551744 + sumTerms(LATITUDE) / 3600];
}

// Every place of the map comes through here: powers are multiplied out, once per place.
/** @param {any} powers @param {any} value */
function raise(powers, value) {
  for (let n = 1; n < powers.length; n++) powers[n] = powers[n - 1] * value;
}

/** @param {any} terms */
function sumTerms(terms) {
  let sum = 0;
  for (let n = 0; n < terms.length; n++) sum += terms[n][2] * DX[terms[n][0]] * DY[terms[n][1]];
  return sum;
}

/** @param {number} x @param {number} y */
function toUnits(x, y) {
  const [longitude, latitude] = toDegrees(x, y);
  const sine = Math.sin((latitude * Math.PI) / 180);
  return [((longitude + 180) / 360) * UNITS, (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * UNITS];
}

// Per key the rows that have it in one of the columns, in the order of the columns within a row.
/** @param {any} columns @param {number} count */
function listsBy(columns, count) {
  const lists = Array.from({ length: count }, () => /** @type {number[]} */ ([]));
  const rows = columns[0].length;
  for (let row = 0; row < rows; row++) for (const keys of columns) lists[keys[row]].push(row);
  return lists;
}

// How many chances a stream has, and its largest.
/** @param {any} of */
function sumStreams({ streams, matchCount, c: { "m.stream": stream, "m.quantity": quantity } }) {
  const [largest, matchesOfStream] = [new Float64Array(streams.length), new Int32Array(streams.length)];
  for (let m = 0; m < matchCount; m++) {
    matchesOfStream[stream[m]]++;
    if (quantity[m] > largest[stream[m]]) largest[stream[m]] = quantity[m];
  }
  return { largest, matchesOfStream };
}

/** @param {any} of */
function sortQuantities({ streams, matchCount, matchesOfStream, c: { "m.stream": stream, "m.quantity": quantity } }) {
  const sorted = streams.map((/** @type {any} */ _, /** @type {number} */ n) => new Float64Array(matchesOfStream[n]));
  const filled = new Int32Array(streams.length);
  for (let m = 0; m < matchCount; m++) sorted[stream[m]][filled[stream[m]]++] = quantity[m];
  return sorted.map((/** @type {any} */ list) => list.sort());
}

// Share of a stream's chances that are smaller than this one: one slider then serves GJ and tonnes alike.
/** @param {any} of */
function quantityShares({ sorted, matchCount, c: { "m.stream": stream, "m.quantity": quantity } }) {
  const share = new Float32Array(matchCount);
  for (let m = 0; m < matchCount; m++) {
    const list = sorted[stream[m]];
    share[m] = lowerBound(list, quantity[m]) / list.length;
  }
  return share;
}

/** @param {any} sorted @param {any} value */
export function lowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// How large a place is drawn (0-1): its largest flow as a share of the largest of that stream and role.
/** @param {Model} model */
function siteSizes(model) {
  const { "f.site": site, "f.stream": stream, "f.role": role, "f.value": value } = model.c;
  const largest = new Float64Array(model.streams.length * 2);
  for (let f = 0; f < model.flowCount; f++)
    largest[stream[f] * 2 + role[f]] = Math.max(largest[stream[f] * 2 + role[f]], value[f]);
  const size = new Float32Array(model.siteCount);
  for (let f = 0; f < model.flowCount; f++) {
    const share = value[f] / (largest[stream[f] * 2 + role[f]] || 1);
    if (share > size[site[f]]) size[site[f]] = share;
  }
  return size;
}

// What a place does: 1 it has something, 2 it can use something, 3 both.
/** @param {Model} model */
function siteRoles({ siteCount, flowCount, c: { "f.site": site, "f.role": role, "f.value": value } }) {
  const roles = new Uint8Array(siteCount);
  for (let f = 0; f < flowCount; f++) if (value[f] > 0) roles[site[f]] |= 1 << role[f];
  return roles;
}

// Several streams between the same two places fan out: the how-manieth this one is.
/** @param {any} of */
function fans({ siteCount, matchCount, c: { "m.supply": supply, "m.demand": demand } }) {
  const fan = new Uint8Array(matchCount);
  const seen = new Map();
  for (let m = 0; m < matchCount; m++) {
    const key = supply[m] * siteCount + demand[m];
    const before = seen.get(key) || 0;
    fan[m] = Math.min(before, 6);
    seen.set(key, before + 1);
  }
  return fan;
}

// Behind the places stands the network, where it goes via one: two places may deal with and without.
/** @param {Model} model @param {number} m */
export const matchId = (model, m) =>
  `${model.streams[model.c["m.stream"][m]].id}|${model.siteIds[model.c["m.supply"][m]]}|${model.siteIds[model.c["m.demand"][m]]}${model.via?.[m] ?? ""}`;

/** @param {Model} model @param {number} site @param {number} stream @param {number} role */
export function findFlow(model, site, stream, role) {
  const { "f.stream": streams, "f.role": roles } = model.c;
  return model.flowsOfSite[site].find((f) => streams[f] === stream && roles[f] === role) ?? -1;
}

// Columns of a match that keep two figures; see amounts.py.
const TWO_FIGURES = new Set([
  "net_low_eur_y",
  "net_high_eur_y",
  "net_p10_eur_y",
  "net_p90_eur_y",
  "pays_share",
  "break_even_eur_unit",
  "break_even_dear_eur_unit",
  "pipe_mw",
  "quantity_p10",
  "quantity_p90",
]);

/** @param {string} name */
export const digitsOf = (name) => (TWO_FIGURES.has(name) ? 2 : 3);

/** @param {Model} model @param {string} name @param {number} m */
export const madeFigure = (model, name, m) => model.c[`m.${name}`][m];
