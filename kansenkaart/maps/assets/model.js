// The frames of the run as the page uses them: columns, names, and what belongs to what.

const BEST_CLASSES = ["kansrijk", "verkennen", "technisch"];
const STATUSES = ["active", "planned", "suspended", "closed"];
const PLACEMENTS = ["point", "polygon", "address", "municipality"];
const ROLES = ["supply", "demand"];
const LINK_STATUSES = ["running", "planned", "stopped"];

// Map units: 1/2^26 of the world's width (0.4 m here), from a corner near the data so that they fit in float32.
const UNITS = 2 ** 26;

function makeModel({ header, columns: c }) {
  const sites = c["s.x"].length;
  const matches = c["m.supply"].length;
  const model = { ...header, c, siteCount: sites, matchCount: matches, flowCount: c["f.site"].length };
  const [west, south, east, north] = header.bounds;
  const corner = toUnits(Math.min(west, 0), Math.max(north, 640000));
  model.corner = [Math.floor(corner[0]), Math.floor(corner[1])];
  model.place = (x, y) => {
    const [u, v] = toUnits(x, y);
    return [u - model.corner[0], v - model.corner[1]];
  };
  model.frame = frameOf(model, west, south, east, north);
  model.siteU = new Float64Array(sites);
  model.siteV = new Float64Array(sites);
  for (let s = 0; s < sites; s++) [model.siteU[s], model.siteV[s]] = model.place(c["s.x"][s] / 10, c["s.y"][s] / 10);
  model.distance = distances(c);
  model.flowsOfSite = listsBy(c["f.site"], sites);
  model.matchesOfSite = listsByTwo(c["m.supply"], c["m.demand"], sites);
  model.largest = largestOf(model);
  model.share = quantityShares(model);
  model.siteSize = siteSizes(model);
  model.siteSearch = header.siteNames.map((name, s) => fold(`${name} ${header.strings[c["s.municipality"][s]] ?? ""}`));
  model.streamSearch = header.streams.map((stream) => fold(`${stream.name} ${stream.id}`));
  model.nameSearch = header.siteNames.map(fold);
  model.linkSearch = header.links.map((link) => [fold(link.supplyName), fold(link.demandName), model.streamSearch[link.stream],
    ...[link.supply, link.demand].filter((s) => s >= 0).map((s) => fold(header.strings[c["s.municipality"][s]]))].join(" "));
  model.linkLength = header.links.map(({ line }) => (line.length < 2 ? NaN : Math.hypot(line[0][0] - line[1][0], line[0][1] - line[1][1])));
  model.fan = fans(model);
  return model;
}

function frameOf(model, west, south, east, north) {
  const corners = [model.place(west, south), model.place(west, north), model.place(east, south), model.place(east, north)];
  const u = corners.map((corner) => corner[0]);
  const v = corners.map((corner) => corner[1]);
  return [Math.min(...u), Math.min(...v), Math.max(...u), Math.max(...v)];
}

// RD New to WGS84 (Schreutelkamp and Strang van Hees, 2001: within half a metre), then Web Mercator.
const LATITUDE = [[0, 1, 3235.65389], [2, 0, -32.58297], [0, 2, -0.2475], [2, 1, -0.84978], [0, 3, -0.0655], [2, 2, -0.01709],
  [1, 0, -0.00738], [4, 0, 0.0053], [2, 3, -0.00039], [4, 1, 0.00033], [1, 1, -0.00012]];
const LONGITUDE = [[1, 0, 5260.52916], [1, 1, 105.94684], [1, 2, 2.45656], [3, 0, -0.81885], [1, 3, 0.05594], [3, 1, -0.05607],
  [0, 1, 0.01199], [3, 2, -0.00256], [1, 4, 0.00128], [0, 2, 0.00022], [2, 0, -0.00022], [5, 0, 0.00026]];

function toDegrees(x, y) {
  const dx = (x - 155000) * 1e-5;
  const dy = (y - 463000) * 1e-5;
  const sum = (terms) => terms.reduce((total, [p, q, factor]) => total + factor * dx ** p * dy ** q, 0) / 3600;
  return [5.38720621 + sum(LONGITUDE), 52.1551744 + sum(LATITUDE)];
}

function toUnits(x, y) {
  const [longitude, latitude] = toDegrees(x, y);
  const sine = Math.sin((latitude * Math.PI) / 180);
  return [((longitude + 180) / 360) * UNITS, (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * UNITS];
}

// Stored is the difference with the distance between the two points, in steps of 10 m.
function distances(c) {
  const result = new Float64Array(c["m.supply"].length);
  for (let m = 0; m < result.length; m++) {
    const dx = c["s.x"][c["m.supply"][m]] - c["s.x"][c["m.demand"][m]];
    const dy = c["s.y"][c["m.supply"][m]] - c["s.y"][c["m.demand"][m]];
    result[m] = (c["m.distance"][m] + Math.floor(Math.sqrt(dx * dx + dy * dy) / 10 / 10 + 0.5)) * 10;
  }
  return result;
}

function listsBy(keys, count) {
  const lists = Array.from({ length: count }, () => []);
  for (let row = 0; row < keys.length; row++) lists[keys[row]].push(row);
  return lists;
}

function listsByTwo(first, second, count) {
  const lists = Array.from({ length: count }, () => []);
  for (let row = 0; row < first.length; row++) {
    lists[first[row]].push(row);
    lists[second[row]].push(row);
  }
  return lists;
}

function largestOf(model) {
  const largest = new Float64Array(model.streams.length);
  const { "m.stream": stream, "m.quantity": quantity } = model.c;
  for (let m = 0; m < model.matchCount; m++) largest[stream[m]] = Math.max(largest[stream[m]], quantity[m]);
  return largest;
}

// Share of a stream's chances that are smaller than this one: one slider then serves GJ and tonnes alike.
function quantityShares(model) {
  const { "m.stream": stream, "m.quantity": quantity } = model.c;
  const share = new Float32Array(model.matchCount);
  model.sorted = model.streams.map(() => []);
  for (let m = 0; m < model.matchCount; m++) model.sorted[stream[m]].push(quantity[m]);
  model.sorted = model.sorted.map((list) => Float64Array.from(list).sort());
  for (let m = 0; m < model.matchCount; m++) share[m] = lowerBound(model.sorted[stream[m]], quantity[m]) / model.sorted[stream[m]].length;
  return share;
}

function lowerBound(sorted, value) {
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
function siteSizes(model) {
  const { "f.site": site, "f.stream": stream, "f.role": role, "f.value": value } = model.c;
  const largest = new Float64Array(model.streams.length * 2);
  for (let f = 0; f < model.flowCount; f++) largest[stream[f] * 2 + role[f]] = Math.max(largest[stream[f] * 2 + role[f]], value[f]);
  const size = new Float32Array(model.siteCount);
  for (let f = 0; f < model.flowCount; f++) {
    const share = value[f] / (largest[stream[f] * 2 + role[f]] || 1);
    if (share > size[site[f]]) size[site[f]] = share;
  }
  return size;
}

// Several streams between the same two places fan out: the how-manieth this one is.
function fans(model) {
  const fan = new Uint8Array(model.matchCount);
  const seen = new Map();
  for (let m = 0; m < model.matchCount; m++) {
    const key = model.c["m.supply"][m] * model.siteCount + model.c["m.demand"][m];
    const before = seen.get(key) || 0;
    fan[m] = Math.min(before, 6);
    seen.set(key, before + 1);
  }
  return fan;
}

const matchId = (model, m) =>
  `${model.streams[model.c["m.stream"][m]].id}|${model.siteIds[model.c["m.supply"][m]]}|${model.siteIds[model.c["m.demand"][m]]}`;

function findFlow(model, site, stream, role) {
  const { "f.stream": streams, "f.role": roles } = model.c;
  return model.flowsOfSite[site].find((f) => streams[f] === stream && roles[f] === role) ?? -1;
}

// The sentence of a row, filled with its own names and numbers.
function sentence(model, name, row, slots) {
  const key = `${name}.rows`;
  model[key] ??= model[`${name}.literals`].split("\n");
  return fillPhrase(model[`${name}.phrases`][model.c[name][row]], model[key][row], slots);
}

// Columns of a match that keep two figures; see columns.py.
const TWO_FIGURES = new Set(["net_low_eur_y", "net_high_eur_y", "break_even_eur_unit", "break_even_dear_eur_unit", "pipe_mw",
  "quantity_p10", "quantity_p90"]);

const digitsOf = (name) => (TWO_FIGURES.has(name) ? 2 : 3);

const madeFigure = (model, name, m) => figure(model.c[`m.${name}`][m], digitsOf(name));

// The same at the prices that are asked for; see whatif.js.
const matchFigure = (model, name, m) => movedFigure(model, name, m, madeFigure(model, name, m), digitsOf(name));

function matchReason(model, m) {
  const { c } = model;
  const [supply, demand, quantity] = [c["m.supply"][m], c["m.demand"][m], c["m.quantity"][m]];
  const money = ["net_eur_y", "net_low_eur_y", "net_high_eur_y", "break_even_eur_unit", "break_even_dear_eur_unit", "pipe_mw"];
  const share = (site, role) => {
    const f = findFlow(model, site, c["m.stream"][m], role);
    return number(f < 0 ? NaN : (100 * quantity) / c["f.value"][f], 2);
  };
  return sentence(model, "m.reason", m, [
    () => model.siteNames[supply],
    () => model.siteNames[demand],
    () => number(model.distance[m] / 1000),
    ...money.map((name) => () => number(madeFigure(model, name, m), 2)),
    () => number(madeFigure(model, "benefit_eur_y", m) / quantity, 2),
    () => share(supply, 0),
    () => share(demand, 1),
    () => number(madeFigure(model, "break_even_km", m)),
  ]);
}

function flowSentence(model, name, f) {
  const { c } = model;
  const columns = ["theoretical", "value", "low", "high", "covered", "committed"];
  return sentence(model, name, f, [
    () => model.siteNames[c["f.site"][f]],
    () => model.siteNames[c["f.nearest"][f] - 1],
    ...columns.map((column) => () => number(column === "value" ? c["f.value"][f] : figure(c[`f.${column}`][f]))),
  ]);
}
