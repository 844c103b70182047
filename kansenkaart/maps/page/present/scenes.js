// Scenes: what the map shows in one step of a presentation. Those of the project file, and those made here.
// A scene is { name, title, words(), streams, classes, km, smallest, search, drawn, only, position, bounds, highlight, tab, side }.

import { amount, clean, co2, plural, t, whole } from "../model/format.js";
import { BEST_CLASSES, HUB, IDLE_CLASS } from "../model/words.js";
import { ALL_DRAWN, ANSWER, findVisible, makeState } from "../state/filters.js";
import { page } from "../state/store.js";
import { readThrough } from "../state/through.js";
import { hiding, isMatchHidden, maskOf } from "../workshop/hidden.js";

const START_SCENE = "start";
const OF_STREAM = "stroom-";
const LONGEST_PARAGRAPH = 1200;
const MOST_PARAGRAPHS = 12;

// The start comes first in either row: a room that knows nothing yet can follow from there.
/** @param {Model} model @returns {{ kept: Scene[], own: Scene[], automatic: Scene[] }} */
export function makeScenes(model) {
  const whole = {
    streams: [],
    classes: [],
    km: null,
    smallest: 0,
    search: "",
    drawn: ALL_DRAWN,
    only: {},
    position: null,
    bounds: null,
    highlight: [],
    tab: "streams",
    side: "supply",
  };
  const start = { ...whole, drawn: ANSWER, name: START_SCENE, title: t("start_title"), words: () => startWords(model) };
  const own = model.scenes.map((scene) => ({ ...scene, words: () => paragraphs(unhidden(model, scene.text)) }));
  const automatic = model.streams.flatMap((stream, n) =>
    model.matchesOfStream[n]
      ? [
          {
            ...whole,
            name: OF_STREAM + stream.id,
            title: stream.name,
            streams: [stream.id],
            words: () => streamWords(model, n),
          },
        ]
      : [],
  );
  return { kept: [], own: own.length ? [start, ...own] : [], automatic: [start, ...automatic] };
}

// A scene of the project file may name a place that is hidden now.
/** @param {Model} model @param {string} text */
export const unhidden = (model, text) => (model.hiddenCount ? maskOf(model, hiding.plain)(text) : text);

// An empty line begins a new paragraph.
/** @param {string} text */
export function paragraphs(text) {
  return String(text)
    .split(/\n\s*\n/)
    .map((part) => clean(part, LONGEST_PARAGRAPH))
    .filter(Boolean)
    .slice(0, MOST_PARAGRAPHS);
}

// Where a scene stands: { set, at }; its own row goes before the other.
/** @param {Record<string, Scene[]>} scenes @param {string | null} name @returns {{ set: SceneSet, at: number } | null} */
export function findScene(scenes, name) {
  for (const set of ["own", "automatic", "kept"]) {
    const at = scenes[set].findIndex((/** @type {Scene} */ scene) => scene.name === name);
    if (at >= 0) return { set: /** @type {SceneSet} */ (set), at };
  }
  return null;
}

// All that a scene decides of what is shown; what it does not name, such as places that are hidden, stays.
/** @param {Model} model @param {Scene} scene */
export function sceneState(model, scene) {
  if (scene.seen) return scene.seen;
  const { streams, classes } = makeState(model);
  /** @type {(names: string[], ids: string[], all: boolean[]) => boolean[]} */
  const on = (names, ids, all) => (names.length ? ids.map((id) => names.includes(id)) : all);
  return {
    ...makeState(model),
    streams: on(
      scene.streams,
      model.streams.map((stream) => stream.id),
      streams,
    ),
    classes: on(scene.classes, BEST_CLASSES, classes),
    km: scene.km ?? Infinity,
    smallest: scene.smallest,
    query: scene.search,
    drawn: scene.drawn,
    through: readThrough(model, new Map(Object.entries(scene.only))),
    tab: scene.tab,
    side: scene.side,
    sector: -1,
    highlight: scene.highlight,
  };
}

// What a scene will change, to bring it back.
/** @param {Model} model @param {any} state @returns {any} */
export function keepState(model, state) {
  return Object.fromEntries(
    Object.keys(makeState(model)).map((key) => [key, Array.isArray(state[key]) ? state[key].slice() : state[key]]),
  );
}

// What a newcomer sees, in three sentences, with the numbers of this map.
/** @param {Model} model */
export function startWords(model) {
  const { classes, streams, places } = countShown(model);
  const counts = Object.fromEntries(BEST_CLASSES.map((name, n) => [name, whole(classes[n])]));
  const links = whole(model.links.filter((link) => link.status < HUB).length);
  const seen = sumOf(classes);
  return [
    seen
      ? t("start_seen", {
          chances: plural("chances", seen),
          streams: plural("streams_count", streams),
          places: whole(places),
          best: whole(Math.min(seen, ANSWER)),
        })
      : t("start_seen_none"),
    t(model.project.linksKnown ? "start_colours_links" : "start_colours", { ...counts, links }),
    t("start_do"),
    ...(model.room.session ? [model.room.session.words] : []),
  ];
}

/** @param {any} list */
const sumOf = (list) => list.reduce((/** @type {any} */ total, /** @type {any} */ one) => total + one, 0);

// Of all chances that are not hidden; counted anew only after the classes or what is hidden changed.
/** @param {Model} model @returns {any} */
function countShown(model) {
  const { "m.class": chanceClass, "m.stream": stream, "m.supply": supply, "m.demand": demand } = model.c;
  if (model.shown?.of === chanceClass && model.shown.turn === model.hiddenTurn) return model.shown;
  const classes = BEST_CLASSES.map(() => 0);
  const [streams, places] = [new Uint8Array(model.streams.length), new Uint8Array(model.siteCount)];
  for (let m = 0; m < model.matchCount; m++) {
    if (isMatchHidden(model, m)) continue;
    classes[chanceClass[m]]++;
    streams[stream[m]] = 1;
    places[supply[m]] = places[demand[m]] = 1;
  }
  model.shown = { of: chanceClass, turn: model.hiddenTurn, classes, streams: sumOf(streams), places: sumOf(places) };
  return model.shown;
}

// The totals of a stream in words, as the legend counts them: what does not pay now apart.
/** @param {Model} model @param {number} n */
function streamWords(model, n) {
  const { count, quantity, idle, co2: avoided } = findVisible(model, { ...page.state, ...makeState(model) }).totals[n];
  const stream = model.streams[n];
  const off = BEST_CLASSES.map((_, at) => at !== IDLE_CLASS);
  const busy = findVisible(model, { ...page.state, ...makeState(model), classes: off }).totals[n].count;
  const left = [
    ["scene_over", stream.overschot],
    ["scene_short", stream.tekort],
  ]
    .filter(([, value]) => /** @type {number} */ (value) > 0)
    .map(([key, value]) =>
      t(/** @type {string} */ (key), { amount: amount(/** @type {number} */ (value), stream.unit) }),
    );
  return [
    busy ? plural("scene_stream", busy, { amount: amount(quantity, stream.unit) }) : null,
    Math.abs(avoided) >= 0.5
      ? t(avoided > 0 ? "scene_co2" : "scene_co2_more", { amount: co2(Math.abs(avoided)) })
      : null,
    count > busy ? plural("scene_idle", count - busy, { amount: amount(idle, stream.unit) }) : null,
    left.length ? t("scene_left", { left: left.join(` ${t("decides_and")} `) }) : null,
  ].filter(Boolean);
}
