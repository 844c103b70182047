// What the map shows now, as a piece of the project file that makes a scene of it.

import { aroundRegion, regionCorners } from "../map/region.js";
import { t } from "../model/format.js";
import { matchId } from "../model/model.js";
import { BEST_CLASSES, GIVEN } from "../model/words.js";
import { ALL_DRAWN } from "../state/filters.js";
import { page } from "../state/store.js";
import { writeThrough } from "../state/through.js";

/** @param {any} a @param {number} b @param {any} margin */
const sameNumber = (a, b, margin) => Math.abs(a - b) < margin;

// A text between quotes, whatever it holds: TOML has the escapes of JSON, but no half characters.
/** @param {string} text */
function tomlText(text) {
  const whole = String(text).replace(/[\ud800-\udfff]/gu, "\ufffd");
  /** @param {any} sign */
  const code = (sign) => `\\u${sign.codePointAt(0).toString(16).padStart(4, "0")}`;
  // Directions and line ends that an editor would act on are written as codes too.
  return JSON.stringify(whole).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, code);
}

/** @param {any} items */
const tomlList = (items) => `[${items.map(tomlText).join(", ")}]`;
/** @param {any} value @param {number} count */
const decimals = (value, count) => String(Number(value.toFixed(count)));

/** @param {Model} model @param {State} state @param {L.Map} map @param {any} of3 */
export function sceneSnippet(model, state, map, { title, text }) {
  /** @param {any} list @param {any} ids */
  const on = (list, ids) =>
    list.every(Boolean) ? null : tomlList(ids.filter((/** @type {any} */ _, /** @type {number} */ n) => list[n]));
  const lines = [
    ["title", tomlText(title)],
    ["text", text.trim() ? tomlText(text.trim()) : null],
    [
      "streams",
      on(
        state.streams,
        model.streams.map((stream) => stream.id),
      ),
    ],
    ["classes", on(state.classes, BEST_CLASSES)],
    ["max_km", state.km === Infinity ? null : String(state.km)],
    ["leave_out_smallest", state.smallest ? String(state.smallest) : null],
    ["search", state.query.trim() ? tomlText(state.query.trim()) : null],
    ["drawn", state.drawn === ALL_DRAWN ? null : String(state.drawn)],
    ["only", onlyLine(model, state.through)],
    ...viewLines(map),
    [
      "highlight",
      state.chosen?.kind === "match"
        ? tomlList([matchId(model, state.chosen.id)])
        : state.highlight.length
          ? tomlList(state.highlight.map((m) => matchId(model, m)))
          : null,
    ],
    ["tab", state.tab === "streams" ? null : tomlText(state.tab)],
    ["side", state.tab === "gaps" && state.side !== "supply" ? tomlText(state.side) : null],
  ];
  return `[[scenes]]\n${lines
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join("")}`;
}

// What the flow diagram lets through, in the words of the project file.
const ONLY_KEYS = {
  van: "from_municipality",
  van_soort: "from_kind",
  langs: "stream",
  naar: "to_municipality",
  naar_soort: "to_kind",
};

/** @param {Model} model @param {Through | null} through */
function onlyLine(model, through) {
  const values = new URLSearchParams();
  writeThrough(model, through, values);
  const parts = Object.entries(ONLY_KEYS)
    .filter(([name]) => values.get(name))
    .map(([name, key]) => `${key} = ${tomlText(/** @type {string} */ (values.get(name)))}`);
  if (values.has("loont_niet")) parts.push(`pays = ${values.get("loont_niet") === "0"}`);
  return parts.length ? `{ ${parts.join(", ")} }` : null;
}

// The whole region as such, so that it fits on every screen; any other part by its middle.
/** @param {L.Map} map */
function viewLines(map) {
  const { center, zoom } = /** @type {any} */ (map)._getBoundsCenterZoom(
    regionCorners(page.model.bounds),
    aroundRegion(),
  );
  const here = map.getCenter();
  const apart = map.project(center, map.getZoom()).distanceTo(map.project(here, map.getZoom()));
  if (sameNumber(zoom, map.getZoom(), 0.01) && apart < 4) return [["view", tomlText("region")]];
  return [
    ["latitude", decimals(here.lat, 5)],
    ["longitude", decimals(here.lng, 5)],
    ["zoom", decimals(map.getZoom(), 2)],
  ];
}

// What is set now and has no place in a scene.
/** @param {State} state */
export function leftOutOfScene(state) {
  return [
    state.unmatched ? t("show_unmatched") : null,
    state.links.every((on, n) => on === (n !== GIVEN)) ? null : t("links"),
    state.streams.some(Boolean) ? null : t("streams"),
    state.classes.some(Boolean) ? null : t("classes"),
  ].filter(Boolean);
}

// Where the browser keeps the clipboard from a file, the old way; where that fails too, the text stands there selected.
/** @param {any} field */
export async function copyText(field) {
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
