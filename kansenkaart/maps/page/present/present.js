// Presenting: one scene after the other, large, with nothing beside it but its text and the legend of its streams.

import { append, byId, el, fill, icon, isTyped, named, pushButton, signButton } from "../dom.js";
import { classDrawing, lineDrawing } from "../map/glyphs.js";
import { fitRegion } from "../map/region.js";
import { pairNamed } from "../map/things.js";
import { emptyWords } from "../map/toolbar.js";
import { amount, className, sumWords, t, whole } from "../model/format.js";
import { BEST_CLASSES, LINK_STATUSES } from "../model/words.js";
import { SIDE_TEXTS, sidesShown } from "../panel/gaps.js";
import { linkButton } from "../panel/links.js";
import { page, presentedScene, setDrawer, setPresenting } from "../state/store.js";
import { shownMatches } from "../workshop/hidden.js";
import { keepState, sceneState, unhidden } from "./scenes.js";

/** @type {Record<string, number>} */
const STEP_KEYS = { PageDown: 1, PageUp: -1, ArrowRight: 1, ArrowLeft: -1 };
const BEST_OF_SCENE = 5;
const MOST_STOPPED = 4;

// Begins at { set, at }; what was shown before is kept, and comes back in the end.
/** @param {{ set: SceneSet, at: number }} place @param {{ fullScreen?: boolean }} [how] */
export function startPresenting(place, { fullScreen = true } = {}) {
  const { map, state } = page;
  setDrawer(null);
  setPresenting({
    ...place,
    focus: /** @type {HTMLElement} */ (document.activeElement),
    wasFull: Boolean(document.fullscreenElement),
    before: { state: keepState(page.model, state), centre: map.getCenter(), zoom: map.getZoom() },
  });
  byId("kk").classList.add("presenting");
  byId("kk-present").hidden = false;
  showScene();
  byId(page.scenes[place.set].length > 1 ? "kk-scene-next" : "kk-present-stop").focus({ preventScroll: true });
  if (fullScreen && document.fullscreenEnabled && !document.fullscreenElement)
    byId("kk")
      .requestFullscreen()
      .catch(() => null);
}

function showScene() {
  const scene = /** @type {Scene} */ (presentedScene());
  Object.assign(page.state, sceneState(page.model, scene));
  page.actions.choose(null, { fromMap: true });
  /** @type {Element} */ (byId("kk-present").querySelector(".present-body")).scrollTop = 0;
  page.map.invalidateSize({ animate: false });
  lookAtScene(page.map, scene);
}

/** @param {number} step */
function stepScene(step) {
  const { set, at } = /** @type {Presenting} */ (page.presenting);
  const next = at + step;
  if (next < 0 || next >= page.scenes[set].length) return;
  setPresenting({ .../** @type {Presenting} */ (page.presenting), at: next });
  showScene();
}

export function leavePresenting() {
  const { before, focus, wasFull } = /** @type {Presenting} */ (page.presenting);
  setPresenting(null);
  byId("kk").classList.remove("presenting");
  byId("kk-present").hidden = true;
  if (document.fullscreenElement && !wasFull) document.exitFullscreen().catch(() => null);
  Object.assign(page.state, before.state);
  page.actions.choose(before.state.chosen, { fromMap: true });
  page.map.invalidateSize({ animate: false });
  page.map.setView(before.centre, before.zoom, { animate: false });
  // Where the reader was; a button in a drawer that closed gives way to the button of that drawer.
  if (focus?.isConnected && focus.offsetParent) focus.focus({ preventScroll: true });
  else byId("kk-open-present").focus({ preventScroll: true });
}

export function listenToPresenting() {
  document.addEventListener(
    "keydown",
    (event) => {
      if (!page.presenting || event.shiftKey || isTyped(event)) return;
      if (!(event.key in STEP_KEYS)) return;
      stepScene(STEP_KEYS[event.key]);
      // Before the map, a list or the card uses the same key.
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );
  document.addEventListener("fullscreenchange", () => {
    if (!page.presenting) return;
    // The Escape that ends a full screen never comes as a key: with the full screen the presentation ends.
    if (!document.fullscreenElement) leavePresenting();
    else showViewAgain();
  });
}

function showViewAgain() {
  page.map.invalidateSize({ animate: false });
  if (!page.state.chosen) lookAtScene(page.map, presentedScene());
}

// The panel of a presentation, beside the usual one, of which one is shown.
/** @param {Model} model */
export function makePresent(model) {
  /** @param {string} key @param {string} path @param {number} by */
  const step = (key, path, by) =>
    signButton(t(`scene_${key}`), icon(path), { id: `kk-scene-${key}`, class: "step", onclick: () => stepScene(by) });
  const [back, on] = [step("back", "M12.5,4L6.5,10L12.5,16", -1), step("next", "M7.5,4L13.5,10L7.5,16", 1)];
  const count = el("p", { class: "count", id: "kk-scene-count" });
  const body = el("div", { class: "present-body", tabindex: 0, role: "region", "aria-label": t("scene") });
  const title = el("h1", { id: "kk-scene-title" });
  const story = el("div", { class: "story" });
  const legend = el("div", { class: "scene-legend" });
  append(body, [el("div", { "aria-live": "polite" }, title, story), legend]);
  const element = el(
    "section",
    { class: "present", id: "kk-present", "aria-label": t("bar_present"), hidden: true },
    body,
    el(
      "div",
      { class: "present-steps", role: "group", "aria-label": t("scenes") },
      back,
      count,
      on,
      pushButton({ class: "stop", id: "kk-present-stop", onclick: leavePresenting }, t("present_stop")),
    ),
  );
  return { element, update: () => updatePresent(model, { title, story, legend, count, back, on }) };
}

/** @param {Model} model @param {any} of1 */
function updatePresent(model, { title, story, legend, count, back, on }) {
  const scene = presentedScene();
  if (!scene) return;
  const { set, at } = /** @type {Presenting} */ (page.presenting);
  const last = page.scenes[set].length - 1;
  fill(title, named(unhidden(model, scene.title)));
  fill(
    story,
    scene.words().map((words) => el("p", {}, words)),
  );
  fill(count, t("scene_of", { at: whole(at + 1), count: whole(last + 1) }));
  back.setAttribute("aria-disabled", String(at === 0));
  on.setAttribute("aria-disabled", String(at === last));
  for (const one of [count, back, on]) one.hidden = !last;
  fill(
    legend,
    scene.beside?.() ?? [sceneLegend(model), sceneChances(model, scene), sceneClasses(model), sceneLinks(model, scene)],
  );
}

// The streams of the scene, with what the map shows of them: totals of chances, or what is left.
/** @param {Model} model */
function sceneLegend(model) {
  const { state, result } = page;
  const gaps = state.tab === "gaps";
  const both = state.side === "both";
  const rows = model.streams.flatMap((stream, n) => {
    /** @type {Record<string, number>} */
    const left = { supply: stream.overschot, demand: stream.tekort };
    const sides = sidesShown(state).filter((side) => left[side] > 0);
    if (!state.streams[n] || !(gaps ? sides.length : result.totals[n].count)) return [];
    const words = (/** @type {string} */ side) =>
      [both ? `${t(SIDE_TEXTS[side])} ` : "", t("per_year_short", { amount: amount(left[side], stream.unit) })].join(
        "",
      );
    const sums = gaps ? sides.map(words).join(" · ") : sumWords(stream, result.totals[n]);
    return [
      el(
        "li",
        { "data-stream": stream.id },
        lineDrawing(stream.colour, stream.dash, { arrow: !gaps }),
        el(
          "span",
          { class: "words" },
          el("span", { class: "name" }, named(stream.name)),
          el("span", { class: "sums" }, sums),
        ),
      ),
    ];
  });
  const heading = gaps ? t(both ? "tab_gaps" : SIDE_TEXTS[state.side]) : t("streams");
  return rows.length
    ? [el("h2", {}, heading), el("ul", { class: "scene-rows" }, rows)]
    : el("p", {}, emptyWords(state, model));
}

// With the tab of chances: those the scene points at, else the best.
/** @param {Model} model @param {Scene} scene */
function sceneChances(model, scene) {
  if (page.state.tab !== "chances") return null;
  const pointed = shownMatches(model, scene.highlight);
  const shown = pointed.length ? pointed : [...page.result.list.subarray(0, BEST_OF_SCENE)];
  if (!shown.length) return null;
  /** @param {number} m */
  const row = (m) =>
    el(
      "li",
      {},
      pushButton(
        { class: "line-button", onclick: () => page.actions.choose({ kind: "match", id: m }, { focus: true }) },
        el("span", {}, pairNamed(model, m)),
        el(
          "span",
          { class: "note" },
          amount(model.c["m.quantity"][m], model.streams[model.c["m.stream"][m]].unit),
          ` ${t("per_year")} · `,
          className(BEST_CLASSES[model.c["m.class"][m]]),
        ),
      ),
    );
  return [
    el("h2", {}, t(pointed.length ? "scene_these" : "scene_best")),
    el("ul", { class: "scene-chances" }, shown.map(row)),
  ];
}

/** @param {Model} model */
function sceneClasses(model) {
  const { state, result } = page;
  if (state.tab === "gaps" || !result.list.length) return null;
  const rows = BEST_CLASSES.flatMap((name, n) =>
    state.classes[n] && result.classCounts[n]
      ? [
          el(
            "li",
            {},
            classDrawing(name, model.style.ink),
            el("span", {}, className(name), " ", el("span", { class: "count" }, whole(result.classCounts[n]))),
          ),
        ]
      : [],
  );
  return [el("h2", {}, t("classes")), el("ul", { class: "scene-rows small" }, rows)];
}

// What is grey on the map. A few that stopped are named with their reason, unless the scene is about something else.
/** @param {Model} model @param {Scene} scene */
function sceneLinks(model, scene) {
  if (page.state.tab === "gaps") return null;
  const shown = LINK_STATUSES.map((_, n) =>
    model.links.flatMap((link, at) => (link.status === n && page.result.links[at] ? [at] : [])),
  );
  const rows = LINK_STATUSES.flatMap((name, n) => {
    if (!shown[n].length) return [];
    const { colour, dash } = model.style.links[name];
    const drawn = lineDrawing(colour, dash, { weight: 3, cross: name === "stopped" });
    return [
      el(
        "li",
        { "data-link": name },
        drawn,
        el("span", {}, t(`link_${name}`), " ", el("span", { class: "count" }, whole(shown[n].length))),
      ),
    ];
  });
  const stopped = shown[LINK_STATUSES.indexOf("stopped")];
  const told =
    stopped.length <= MOST_STOPPED && !scene.highlight.length
      ? stopped.map((at) => el("li", {}, linkButton(model, at, page.actions)))
      : [];
  return rows.length
    ? [
        el("h2", {}, t("links")),
        el("ul", { class: "scene-rows small" }, rows),
        el("ul", { class: "scene-chances" }, told),
      ]
    : null;
}

/** @param {L.Map} map @param {any} of1 */
export function lookAtScene(map, { position, bounds }) {
  if (position) map.setView([position[0], position[1]], position[2], { animate: false });
  else fitRegion(map, { animate: false }, bounds ?? page.model.bounds);
}
