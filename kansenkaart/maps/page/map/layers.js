// The sheets on the map - land, lines, places, highlight - and what is pointed at.

import { byId, onceAFrame } from "../dom.js";
import { clean } from "../model/format.js";
import { BEST_CLASSES, HUB, LINK_STATUSES } from "../model/words.js";
import { ALL_DRAWN, ANSWER } from "../state/filters.js";
import { page, subscribe } from "../state/store.js";
import { paintMissing, takeClick } from "../workshop/pick.js";
import { makeBackground, paintBackground } from "./background.js";
import { bundleLines, bundleLook, isCrowded, openBundle, paintBundles, paintTowns } from "./bundles.js";
import { Grid, NOTHING_PAINTED, paintDisc, Sheet } from "./canvas.js";
import { hideChooser, showChooser } from "./chooser.js";
import { LABEL_FONT, paintNumbers, paintTag } from "./labels.js";
import {
  arrowFill,
  gridOfLines,
  linesAt,
  linkLine,
  matchLine,
  paintArrows,
  paintChances,
  paintGone,
  paintHighlight,
  paintLinks,
  paintOthers,
  pointOn,
} from "./lines.js";
import { paintChosenNames, paintNames } from "./names.js";
import { paintOutlines } from "./outlines.js";
import { makePills } from "./pills.js";
import { gridOfPlaces, paintGap, paintGaps, paintGlyph, paintPlaces, placeGaps, placesAt } from "./places.js";
import { givePoint } from "./points.js";
import { paintReaches } from "./reach.js";
import { routeLine, routeOf } from "./routes.js";
import { highlighted, onSheet, placeOf, siteSpot, sitesOf } from "./things.js";
import { updateFoot } from "./toolbar.js";

/** @type {[string, string][]} */
const PANES = [
  ["kk-land", "150"],
  ["kk-lines", "410"],
  ["kk-places", "420"],
  ["kk-focus", "430"],
];

// Where the number of a chance may stand: parts of its line, and steps from its middle.
const RANK_ALONG = [0.5, 0.3, 0.7];
const RANK_AWAY = [-1, 1, -2, 2].flatMap((n) => [
  [0, 22 * n],
  [26 * n, 0],
  [18 * n, 18 * n],
]);

/** @param {any} style */
function makeColours(style) {
  const { classes } = page.model.clusters;
  return {
    ...style,
    ...Object.fromEntries((classes ?? []).map(([, colour], n) => [`lq${n}`, colour])),
    margin: "#f0eee8",
    around: "#eae9e5",
    outline: "#8d8778",
    built: "#e6dfd3",
    shore: "#9fb6c2",
    canal: "#aecbdb",
    province: "#b3ac9c",
    rail: "#a9a9a4",
    dash: "#f4f3ef",
    casing: "#bfae8e",
    road: "#f3e7cd",
    second: "#f8f2e2",
    quiet: "#6b767a",
    name: "#3c494c",
    quietName: "#6a7679",
    waterName: "#4a7c95",
  };
}

/** @param {L.Map} map @param {Actions} actions */
export function makeLayers(map, actions) {
  for (const [name, index] of PANES) {
    const pane = map.createPane(name);
    pane.style.zIndex = index;
    pane.style.pointerEvents = "none";
  }
  const painted = { lines: [], lineGrid: new Grid(), places: [], placeGrid: new Grid(), crowded: false, bundles: null };
  const colours = makeColours(page.model.style);
  const shapes = makeBackground(page.model);
  const land = new Sheet((ctx, view) => paintBackground(ctx, view, shapes, colours, page.online), "kk-land", true);
  const lines = new Sheet((ctx, view) => paintAllLines(ctx, view, painted), "kk-lines");
  const places = new Sheet((ctx, view) => paintAllPlaces(ctx, view, painted, colours), "kk-places");
  const focus = new Sheet((ctx, view) => paintFocus(ctx, view, colours), "kk-focus");
  for (const sheet of [land, lines, places, focus]) map.addLayer(sheet);
  const layers = {
    land,
    lines,
    places,
    focus,
    painted,
    colours,
    shapes,
    coloured: -1,
    pills: makePills(page.model, actions),
  };
  listenToPointer(map, layers, actions);
  // After the sheets, which listen to the same: what is drawn may differ at another zoom.
  map.on("moveend", () => tellDrawn(layers));
  subscribe(() => redrawAll(layers));
  subscribe(() => land.redraw(), "online");
  subscribe(() => places.redraw(), "firm");
  subscribe(() => places.redraw(), "drawer");
  subscribe(() => focus.redraw(), "pointed");
  subscribe(() => lightUp(focus), "lit");
  return layers;
}

// In bundles the places stand for their municipality.
/** @type {number[]} */
const NO_SITES = [];

/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Painted} painted */
export function paintAllLines(ctx, view, painted) {
  const { model, state, result } = page;
  const gaps = state.tab === "gaps";
  // Paper shows what the screen shows, bundled or not.
  if (!view.paper) painted.crowded = !gaps && isCrowded(view, model, state, result);
  painted.bundles = painted.crowded && state.bundled ? bundleLines(view, model, result) : null;
  paintOutlines(ctx, view, model);
  if (!gaps) paintGone(ctx, view, model, state);
  if (painted.bundles) paintBundles(ctx, model, painted.bundles);
  const links = gaps ? [] : paintLinks(ctx, view, model);
  painted.lines = [...links, ...(painted.bundles?.lines ?? (gaps ? [] : paintSingle(ctx, view, model)))];
  painted.lineGrid = gridOfLines(painted.lines);
}

// The route of the chosen chance takes the place of its straight line.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model */
function paintSingle(ctx, view, model) {
  const {
    state: { chosen },
    result,
  } = page;
  const routed = chosen?.kind === "match" && routeOf(model, chosen.id) ? chosen.id : -1;
  const others = paintOthers(
    ctx,
    view,
    model,
    result.list.subarray(result.drawn.length, ALL_DRAWN),
    page.layers.colours.quiet,
  );
  const best = routed < 0 ? result.drawn : result.drawn.filter((m) => m !== routed);
  return [...others, ...paintChances(ctx, view, model, best)];
}

// `number` gives the best few their number, and tells what that takes. Returns the room that the names leave.
/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {View} view
 * @param {Painted} painted
 * @param {Colours} colours
 * @param {typeof paintRanks} [number]
 */
export function paintAllPlaces(ctx, view, painted, colours, number = paintRanks) {
  const { model, state, result } = page;
  if (state.tab === "gaps") painted.places = paintGaps(ctx, view, model, page.gaps);
  else
    painted.places = paintPlaces(ctx, view, model, {
      shown: painted.bundles ? NO_SITES : result.siteShown,
      unmatched: state.unmatched,
      colours,
    });
  painted.placeGrid = gridOfPlaces(painted.places);
  const before = painted.bundles
    ? paintTowns(ctx, view, model, painted.bundles, colours)
    : { taken: number(ctx, view, model, painted, colours), named: [] };
  const room = paintNames(ctx, view, model, painted.places, colours, before);
  paintMissing(ctx, view, model, colours);
  // Above all places, as one of them becomes it, and as large at every scale.
  for (const { kind, id, sx: x, sy: y } of painted.lines) {
    const hub = kind === "link" && model.links[id];
    if (hub && hub.status === HUB)
      paintGlyph(ctx, model, { s: hub.demand, x, y, r: 16, glyph: model.style.hub }, colours);
  }
  return room;
}

// The best few bear the number that they have in the list: on their line, or around it where it is short.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {Painted} painted @param {Colours} colours */
function paintRanks(ctx, view, model, painted, colours) {
  const { state, result } = page;
  if (state.drawn !== ANSWER || state.tab === "gaps") return [];
  // The chosen arrow lies over where its number would stand; its card bears it.
  const free = Array.from(result.drawn).filter((m) => state.chosen?.kind !== "match" || state.chosen.id !== m);
  const ranks = free.map((m) => {
    const [[x1, y1], [x2, y2]] = sitesOf(model, { kind: "match", id: m }).map((s) => siteSpot(view, model, s));
    const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
    const line = matchLine(view, model, m);
    const along = line ? RANK_ALONG.map((part) => pointOn(line, part)) : [];
    const around = RANK_AWAY.map(([dx, dy]) => [x + dx, y + dy]);
    return { number: m + 1, colour: model.streams[model.c["m.stream"][m]].colour, spots: [...along, ...around] };
  });
  /** @type {Box[]} */
  const places = painted.places.filter(({ faint }) => !faint).map(({ x, y, r }) => [x - r, y - r, x + r, y + r]);
  return paintNumbers(ctx, view, ranks, places, colours.ink);
}

/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Colours} colours */
export function paintFocus(ctx, view, colours) {
  const { model, state, pointed } = page;
  const things = /** @type {Thing[]} */ ([...highlighted(model, state), state.chosen, pointed].filter(Boolean));
  const related = [...page.related(), ...page.lit];
  const { spot } = state;
  if (!things.length && !related.length && !spot) return NOTHING_PAINTED;
  if (spot) paintSpot(ctx, view, model, spot, colours);
  paintReaches(ctx, view, model, state, colours);
  paintRelated(ctx, view, model, related, colours);
  const gaps = state.tab === "gaps";
  // The rings lie behind the arrow, which may be as short as they are.
  const sites = gaps ? [] : [...new Set(things.flatMap((thing) => sitesOf(model, thing)))];
  const places = sites.map((s) => placeOf(view, model, s));
  for (const place of places) {
    paintRing(ctx, place, colours, { fill: "rgba(255, 255, 255, 0.85)", width: 2, away: 5 });
    paintGlyph(ctx, model, place, colours);
  }
  for (const thing of things) {
    const line = lineOf(view, model, thing);
    if (line) paintHighlight(ctx, line, lookOf(model, line));
  }
  if (gaps) return paintGapFocus(ctx, view, model, things, colours);
  paintChosenNames(ctx, view, model, state.chosen && lineOf(view, model, state.chosen), colours);
  return null;
}

// Where one asked to look: its name, over the one that stands there.
/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model @param {Spot} spot @param {Colours} colours */
function paintSpot(ctx, view, model, { name, x, y }, colours) {
  const [left, top] = onSheet(view, ...model.place(x, y));
  ctx.font = `700 15px ${LABEL_FONT}`;
  ctx.textBaseline = "middle";
  const half = ctx.measureText(clean(name)).width / 2 + 9;
  /** @type {Box} */
  const box = [left - half, top - 15, left + half, top + 15];
  paintTag(ctx, box, clean(name), { colour: colours.accent, ink: colours.ink, round: 15, fill: "#ffffff" });
}

// The ring of what is chosen or pointed at.
/** @param {CanvasRenderingContext2D} ctx @param {any} of1 @param {any} of2 @param {any} of3 */
const paintRing = (ctx, { x, y, r }, { accent }, { fill, width, away }) =>
  paintDisc(ctx, { x, y, r: r + away }, { fill, edge: accent, width });

// In a map of what is left a place is its marks: the one meant, or all of the place.
/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {View} view
 * @param {Model} model
 * @param {Thing[]} things
 * @param {Colours} colours
 */
function paintGapFocus(ctx, view, model, things, colours) {
  const meant = things.filter(({ kind }) => kind === "site");
  for (const mark of placeGaps(view, model, page.gaps).reverse()) {
    if (!meant.some(({ id, flow }) => id === mark.s && (flow ?? mark.flow) === mark.flow)) continue;
    paintRing(ctx, mark, colours, { fill: "#ffffff", width: 2.5, away: 4.5 });
    paintGap(ctx, model, mark);
  }
}

/** @param {View} view @param {Model} model @param {Thing} thing @returns {Line | null | undefined} */
function lineOf(view, model, { kind, id }) {
  if (kind === "match") return routeLine(view, model, id) ?? matchLine(view, model, id);
  if (kind === "link") return linkLine(view, model, id);
  return kind === "bundle" ? page.layers.painted.bundles?.lines.find((line) => line.id === id) : null;
}

// What belongs to the chosen chance: in full colour, without the edge of the chosen one.
/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {View} view
 * @param {Model} model
 * @param {any} related
 * @param {Colours} colours
 */
function paintRelated(ctx, view, model, related, colours) {
  for (const m of related) {
    const line = routeLine(view, model, m) ?? matchLine(view, model, m);
    if (line) paintArrows(ctx, [line], lookOf(model, line));
  }
  const sites = new Set(related.flatMap((/** @type {number} */ m) => sitesOf(model, { kind: "match", id: m })));
  for (const s of sites) paintGlyph(ctx, model, placeOf(view, model, s), colours);
}

/** @param {Model} model @param {any} of1 */
function lookOf(model, { kind, id }) {
  const { bundles } = page.layers.painted;
  if (kind === "bundle" && bundles) return bundleLook(model, bundles.groups.flows[id]);
  if (kind === "link") {
    const { colour, dash } = model.style.links[LINK_STATUSES[model.links[id].status]];
    return { colour, dash, fill: colour };
  }
  const { colour, dash } = model.streams[model.c["m.stream"][id]];
  return { colour, dash, fill: arrowFill(model, BEST_CLASSES[model.c["m.class"][id]], colour) };
}

// A place wins from a line: it is the smaller thing to hit.
/** @param {Layers} layers @param {L.Point} point @returns {Thing[]} */
function thingsAt({ lines: { view }, painted }, point) {
  const [x, y] = [point.x - view.offset.x, point.y - view.offset.y];
  const places = placesAt(painted.places, painted.placeGrid, x, y);
  if (places.length) return places.map(({ s, flow }) => ({ kind: "site", id: s, flow }));
  return linesAt(painted.lines, painted.lineGrid, x, y).map(({ kind, id }) => ({ kind, id }));
}

/** @param {L.Map} map @param {Layers} layers @param {Actions} actions */
function listenToPointer(map, layers, actions) {
  map.on("click", (event) => {
    if (givePoint(event.latlng) || takeClick(event, layers)) return;
    const open = (/** @type {Thing | null} */ thing) => {
      if (thing?.kind === "bundle") openBundle(map, page.model, thing.id, actions);
      else actions.choose(thing, { fromMap: true });
    };
    const things = thingsAt(layers, event.layerPoint);
    // Marks of one place are one place.
    if (things.some(({ id }) => id !== things[0].id)) showChooser(things, event.containerPoint, open);
    else open(things[0] ?? null);
  });
  /** @type {L.LeafletMouseEvent | null} */
  let last = null;
  const look = onceAFrame(
    () => last && actions.point(thingsAt(layers, last.layerPoint)[0] ?? null, last.containerPoint),
  );
  map.on("mousemove", (event) => {
    last = event;
    look();
  });
  map.on("mouseout movestart", () => {
    last = null;
    actions.point(null);
    hideChooser();
  });
}

/** @param {Layers} layers */
function redrawAll(layers) {
  const { chosen, highlight, tab, sector } = page.state;
  const coloured = tab === "clusters" ? sector : -1;
  if (coloured !== layers.coloured) {
    layers.coloured = coloured;
    layers.land.redraw();
  }
  byId("kk-area").classList.toggle("chosen", Boolean(chosen) || highlight.length > 0);
  layers.lines.redraw();
  layers.places.redraw();
  layers.focus.redraw();
  tellDrawn(layers);
}

/** @param {Layers} layers */
function tellDrawn(layers) {
  updateFoot();
  layers.pills();
}

// Chances that a drawer points at: in full colour above the others.
/** @param {any} focus */
function lightUp(focus) {
  byId("kk-area").classList.toggle("lit", page.lit.length > 0);
  focus.redraw();
}
