// The sheets on the map - land, lines, places, highlight - and what is pointed at.

const PANES = [["kk-land", 150], ["kk-lines", 410], ["kk-places", 420], ["kk-focus", 430]];

function makeColours(style) {
  return {
    ...style, margin: "#eceeec", marginLine: "#f9faf9", around: "#e5e9e6", outline: "#93a398",
    quiet: "#6b767a", name: "#3c494c", quietName: "#6a7679",
  };
}

function makeLayers(map, actions) {
  for (const [name, index] of PANES) {
    const pane = map.createPane(name);
    pane.style.zIndex = index;
    pane.style.pointerEvents = "none";
  }
  const painted = { lines: [], lineGrid: new Grid(), places: [], placeGrid: new Grid() };
  const colours = makeColours(page.model.style);
  const shapes = makeBackground(page.model);
  const land = new Sheet((ctx, view) => paintBackground(ctx, view, shapes, colours, page.online), "kk-land");
  const lines = new Sheet((ctx, view) => paintAllLines(ctx, view, painted), "kk-lines");
  const places = new Sheet((ctx, view) => paintAllPlaces(ctx, view, painted, colours), "kk-places");
  const focus = new Sheet((ctx, view) => paintFocus(ctx, view, colours), "kk-focus");
  for (const sheet of [land, lines, places, focus]) map.addLayer(sheet);
  const layers = { land, lines, places, focus, painted, colours, shapes };
  listenToPointer(map, layers, actions);
  return layers;
}

function paintAllLines(ctx, view, painted) {
  const { model, state, result } = page;
  const gaps = state.tab === "gaps";
  const links = gaps ? [] : paintLinks(ctx, view, model, state);
  const { chosen } = state;
  const routed = chosen?.kind === "match" && routeOf(model, chosen.id) ? chosen.id : -1;
  const chances = gaps ? [] : paintChances(ctx, view, model, routed < 0 ? result.drawn : result.drawn.filter((m) => m !== routed));
  painted.lines = [...links, ...chances];
  painted.lineGrid = gridOfLines(painted.lines);
}

function paintAllPlaces(ctx, view, painted, colours) {
  const { model, state, result } = page;
  if (state.tab === "gaps") painted.places = paintGaps(ctx, view, model, page.gaps, state.side === "supply");
  else painted.places = paintPlaces(ctx, view, model, { shown: result.siteShown, unmatched: state.unmatched, colours });
  painted.placeGrid = gridOfPlaces(painted.places);
  paintNames(ctx, view, model, painted.places, colours);
}

function paintFocus(ctx, view, colours) {
  const { model, state, pointed } = page;
  const things = [state.chosen, pointed].filter(Boolean);
  paintReaches(ctx, view, model, state, colours);
  paintRelated(ctx, view, model, page.related(), colours);
  for (const { kind, id } of things) {
    const line = kind === "match" ? routeLine(view, model, id) ?? matchLine(view, model, id) : kind === "link" ? linkLine(view, model, id) : null;
    if (line) paintHighlight(ctx, line, lookOf(model, line));
  }
  for (const s of new Set(things.flatMap((thing) => sitesOf(model, thing)))) {
    const place = placeOf(view, model, s);
    ctx.beginPath();
    ctx.arc(place.x, place.y, place.r + 5, 0, 2 * Math.PI);
    ctx.fillStyle = "rgba(255, 255, 255, 0.85)";
    ctx.fill();
    ctx.strokeStyle = colours.accent;
    ctx.lineWidth = 2;
    ctx.stroke();
    paintGlyph(ctx, model, place, colours);
  }
}

const placeOf = (view, model, s) => ({
  s, x: model.siteU[s] * view.k + view.ox, y: model.siteV[s] * view.k + view.oy, r: siteRadius(view, model, s) + 1, faint: false,
});

// What belongs to the chosen chance: in full colour, without the edge of the chosen one.
function paintRelated(ctx, view, model, related, colours) {
  for (const m of related) {
    const line = routeLine(view, model, m) ?? matchLine(view, model, m);
    if (line) paintArrows(ctx, [line], lookOf(model, line));
  }
  const sites = new Set(related.flatMap((m) => sitesOf(model, { kind: "match", id: m })));
  for (const s of sites) paintGlyph(ctx, model, placeOf(view, model, s), colours);
}

function lookOf(model, { kind, id }) {
  if (kind === "link") {
    const { colour, dash } = model.style.links[LINK_STATUSES[model.links[id].status]];
    return { colour, dash, fill: colour };
  }
  const { colour, dash } = model.streams[model.c["m.stream"][id]];
  return { colour, dash, fill: arrowFill(model, BEST_CLASSES[model.c["m.class"][id]], colour) };
}

function sitesOf(model, { kind, id }) {
  if (kind === "site") return [id];
  if (kind === "match") return [model.c["m.supply"][id], model.c["m.demand"][id]];
  return [model.links[id].supply, model.links[id].demand].filter((site) => site >= 0);
}

// A place wins from a line: it is the smaller thing to hit.
function thingAt(layers, point) {
  const { view } = layers.lines;
  const [x, y] = [point.x - view.offset.x, point.y - view.offset.y];
  const place = placeAt(layers.painted.places, layers.painted.placeGrid, x, y);
  if (place) return { kind: "site", id: place.s };
  const line = lineAt(layers.painted.lines, layers.painted.lineGrid, x, y);
  return line && { kind: line.kind, id: line.id };
}

function listenToPointer(map, layers, actions) {
  map.on("click", (event) => actions.choose(thingAt(layers, event.layerPoint), { fromMap: true }));
  let last = null;
  const look = onceAFrame(() => last && actions.point(thingAt(layers, last.layerPoint), last.containerPoint));
  map.on("mousemove", (event) => {
    last = event;
    look();
  });
  map.on("mouseout movestart", () => {
    last = null;
    actions.point(null);
  });
}

function redrawAll(layers) {
  layers.lines.redraw();
  layers.places.redraw();
  layers.focus.redraw();
}
