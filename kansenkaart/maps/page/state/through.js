// Only what goes through here: chosen in the flow diagram or as a bundle on the map, and said in a pill on the map.
// A choice is { fromTown, fromKind, stream, toTown, toKind, idle }, with only the parts that count.

import { byId, el, fill } from "../dom.js";
import { clean, plural, sentenceCase, t } from "../model/format.js";
import { IDLE_CLASS } from "../model/words.js";
import { openTownTable } from "../sankey/draw.js";
import { page } from "./page.js";

const THROUGH_KEYS = {
  fromTown: "van",
  fromKind: "van_soort",
  stream: "langs",
  toTown: "naar",
  toKind: "naar_soort",
  idle: "loont_niet",
};

// Municipalities where places stand: names, a point on the map, and which place lies where.
export function townsOf(model) {
  if (model.towns) return model.towns;
  const column = model.c["s.municipality"];
  const codes = [...new Set(column)].sort((a, b) => a - b);
  const place = new Map(codes.map((code, n) => [code, n]));
  const names = codes.map((code) => model.strings[code]);
  const of = Int32Array.from(column, (code) => place.get(code));
  model.towns = { names, of, ...townPoints(model, names, of) };
  return model.towns;
}

// The point inside the municipality; of one without an area on the map, the middle of its places.
function townPoints(model, names, of) {
  const [u, v, count] = [0, 0, 0].map(() => new Float64Array(names.length));
  for (let s = 0; s < of.length; s++) {
    u[of[s]] += model.siteU[s];
    v[of[s]] += model.siteV[s];
    count[of[s]]++;
  }
  const areas = new Map(model.areas.map((area) => [area.name, area]));
  names.forEach((name, n) => {
    const area = areas.get(name);
    [u[n], v[n]] = area ? model.place(area.x, area.y) : [u[n] / count[n], v[n] / count[n]];
  });
  return { u, v };
}

export const townName = (model, n) => clean(townsOf(model).names[n] ?? t("no_municipality"), 60);

// The test for one chance, or null when nothing is chosen.
export function throughTest(model, through) {
  if (!through) return null;
  const { "m.supply": supply, "m.demand": demand, "m.stream": stream, "m.class": classes } = model.c;
  const [town, kind] = [townsOf(model).of, model.c["s.kind"]];
  const reads = {
    fromTown: (m) => town[supply[m]],
    fromKind: (m) => kind[supply[m]],
    stream: (m) => stream[m],
    toTown: (m) => town[demand[m]],
    toKind: (m) => kind[demand[m]],
    idle: (m) => Number(classes[m] === IDLE_CLASS),
  };
  const parts = Object.entries(through).map(([key, value]) => [reads[key], value]);
  return (m) => parts.every(([read, value]) => read(m) === value);
}

export const sameThrough = (one, other) => Object.keys(THROUGH_KEYS).every((key) => one?.[key] === other?.[key]);

// "Haarlem → Kas · Restwarmte"
export function throughWords(model, through) {
  const side = (town, kind) =>
    town !== undefined
      ? townName(model, town)
      : kind !== undefined
        ? sentenceCase(clean(model.kinds[kind].name))
        : null;
  const [from, to] = [side(through.fromTown, through.fromKind), side(through.toTown, through.toKind)];
  const ends =
    from && to
      ? `${from} → ${to}`
      : from
        ? t("through_from", { place: from })
        : to
          ? t("through_to", { place: to })
          : null;
  return [ends, through.stream === undefined ? null : flowName(model, through.stream, through.idle)]
    .filter(Boolean)
    .join(" · ");
}

export function flowName(model, stream, idle) {
  const name = clean(model.streams[stream].name, 60);
  return idle ? t("through_idle", { stream: name }) : name;
}

// The pill: what the choice leaves, a button that lifts it, and whether the map draws bundles.
export function makePills(model, actions) {
  const words = el("span", {});
  const clear = el(
    "button",
    { type: "button", id: "kk-through-clear", onclick: () => actions.set({ through: null }) },
    t("through_clear"),
  );
  const through = el("p", { class: "pill", id: "kk-through", hidden: true }, words, clear);
  const bundled = el("span", {});
  const swap = el("button", {
    type: "button",
    id: "kk-bundles",
    onclick: () => actions.set({ bundled: !page.state.bundled }),
  });
  const rows = el(
    "button",
    { type: "button", id: "kk-bundles-table", onclick: () => openTownTable(model, actions) },
    t("bundled_table"),
  );
  const bundles = el("p", { class: "pill", id: "kk-bundled", hidden: true }, bundled, rows, swap);
  const element = el("div", { class: "kk-pills", id: "kk-pills" }, through, bundles);
  byId("kk-area").append(element);
  return () => {
    const { state, layers } = page;
    through.hidden = !state.through;
    if (state.through) fill(words, t("through", { what: throughWords(model, state.through) }));
    const { painted } = layers;
    rows.hidden = !painted.bundles;
    bundles.hidden = state.tab === "gaps" || !painted.crowded;
    fill(bundled, painted.bundles ? plural("bundled", painted.bundles.lines.length) : t("bundled_not"));
    fill(swap, t(painted.bundles ? "bundled_single" : "bundled_again"));
  };
}

export function readThrough(model, values) {
  const find = {
    fromTown: (text) => townsOf(model).names.indexOf(text || null),
    fromKind: (text) => model.kinds.findIndex((kind) => kind.id === text),
    stream: (text) => model.streams.findIndex((stream) => stream.id === text),
    idle: (text) => Number(text === "1"),
  };
  Object.assign(find, { toTown: find.fromTown, toKind: find.fromKind });
  const found = Object.entries(THROUGH_KEYS)
    .filter(([, name]) => values.has(name))
    .map(([key, name]) => [key, find[key](values.get(name))]);
  const known = found.filter(([, code]) => code >= 0);
  return known.length ? Object.fromEntries(known) : null;
}

export function writeThrough(model, through, values) {
  const write = {
    fromTown: (n) => townsOf(model).names[n] ?? "",
    fromKind: (n) => model.kinds[n].id,
    stream: (n) => model.streams[n].id,
    idle: String,
  };
  Object.assign(write, { toTown: write.fromTown, toKind: write.fromKind });
  for (const [key, code] of Object.entries(through ?? {})) values.set(THROUGH_KEYS[key], write[key](code));
}
