// Scenes that a facilitator makes in the map itself: kept on this machine per map, and as a file for another one.

import { clean, fileName, t } from "../model/format.js";
import { makeState } from "../state/filters.js";
import { readPermalink } from "../state/permalink.js";
import { page, publish } from "../state/store.js";
import { readStorage, writeStorage } from "../workshop/kept.js";
import { paragraphs, unhidden } from "./scenes.js";

const MOST = 60;
const [LONGEST_TITLE, LONGEST_TEXT, LONGEST_VIEW] = [120, 2000, 4000];

/** @typedef {{ title: string, text: string, view: string }} KeptScene  `view` is the permalink of what was seen. */

/** @type {KeptScene[]} */
let scenes = [];

/** @param {Model} model */
const storageKey = (model) => `kansenkaart-scenes-${model.project.manifestId}`;

export const keptScenes = () => scenes;

/** @param {KeptScene[]} list */
export const writeScenes = (list) => JSON.stringify({ kansenkaart_scenes: 1, scenes: list }, null, 1);

// From storage or a file of anybody: null where it is no list of scenes. A view that this map does not know narrows nothing down.
/** @param {string} text @returns {KeptScene[] | null} */
export function readScenes(text) {
  try {
    const { kansenkaart_scenes: form, scenes: list } = JSON.parse(text);
    if (form !== 1) return null;
    const read = list.map((/** @type {Record<keyof KeptScene, unknown>} */ { title, text: story, view }) => ({
      title: clean(title, LONGEST_TITLE) || t("snippet_untitled"),
      text: String(story ?? "").slice(0, LONGEST_TEXT),
      view: String(view ?? "").slice(0, LONGEST_VIEW),
    }));
    return read.slice(0, MOST);
  } catch {
    return null;
  }
}

/** @param {Model} model */
export function openScenes(model) {
  const text = readStorage(storageKey(model));
  setScenes(model, (text && readScenes(text)) || []);
}

// As they would be read back. Tells whether the browser keeps them.
/** @param {Model} model @param {KeptScene[]} list */
export function keepScenes(model, list) {
  setScenes(model, readScenes(writeScenes(list)) ?? []);
  const held = writeStorage(storageKey(model), writeScenes(scenes));
  publish();
  return held;
}

/** @param {Model} model @param {KeptScene[]} list */
function setScenes(model, list) {
  scenes = list;
  /** @type {any} */ (page.scenes).kept = list.map((scene, n) => toScene(model, scene, n));
}

/** @param {Model} model @param {KeptScene} kept @param {number} n @returns {Scene} */
function toScene(model, { title, text, view }, n) {
  const seen = makeState(model);
  const where = readPermalink(model, seen, view);
  const chosen = /** @type {State} */ (seen).chosen;
  const highlight = chosen?.kind === "match" ? [chosen.id] : [];
  return /** @type {any} */ ({
    name: `bewaard-${n + 1}`,
    title,
    words: () => paragraphs(unhidden(model, text)),
    position: where && [...where.centre, where.zoom],
    bounds: null,
    highlight,
    seen: { ...seen, chosen: null, highlight },
  });
}

/** @param {Model} model */
export const scenesFile = (model) => `${fileName(clean(model.project.title, 80), 60) || "kansenkaart"}-scenes.json`;
