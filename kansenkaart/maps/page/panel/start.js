// The start sheet: three sentences for whoever sees the map for the first time, at the top of the panel and never on
// the map itself. Closed once, it stays away; the button "Uitleg" brings it back.

import { byId, closeButton, drawing, el, fill, pushButton, signButton, svg } from "../dom.js";
import { classDrawing, lineDrawing } from "../map/glyphs.js";
import { t } from "../model/format.js";
import { BEST_CLASSES } from "../model/words.js";
import { sceneButtons } from "../present/drawer.js";
import { startPresenting } from "../present/present.js";
import { startWords, unhidden } from "../present/scenes.js";
import { firstScene, page } from "../state/store.js";
import { readStorage, writeStorage } from "../workshop/kept.js";

const START_CLOSED = "kansenkaart-uitleg-gezien";

// A link to one chance, place or scene is about that; everybody else begins here.
function startsOpen() {
  const values = new URLSearchParams(location.hash.slice(1));
  return readStorage(START_CLOSED) === null && !["kans", "plek", "levering", "scene"].some((key) => values.has(key));
}

/** @param {Model} model @param {Actions} actions */
export function makeStart(model, actions) {
  const sentences = el("ul", { class: "start-words" });
  const list = el("ol", { class: "start-scenes" });
  const title = el("h2", { id: "kk-start-title", tabindex: -1 }, t("start_title"));
  /** @type {HTMLElement} */
  const element = el(
    "section",
    { class: "start", id: "kk-start", "aria-labelledby": "kk-start-title", hidden: !startsOpen() },
    el(
      "div",
      { class: "start-top" },
      title,
      closeButton(() => closeStart(element, button)),
    ),
    sentences,
    el(
      "div",
      { class: "start-actions" },
      pushButton(
        { class: "primary", id: "kk-start-present", onclick: () => startPresenting(firstScene()) },
        t("present_start"),
      ),
    ),
    el("details", { class: "start-more" }, el("summary", {}, t("start_from")), list),
  );
  const button = signButton(t("explain"), el("span", { "aria-hidden": "true" }, "?"), {
    class: "explain",
    id: "kk-explain",
    "aria-expanded": String(!element.hidden),
    "aria-controls": "kk-start",
    onclick: () => (element.hidden ? openStart(element, button, actions) : closeStart(element, button)),
  });
  let last = "";
  const update = () => {
    if (element.hidden) return;
    const { set } = firstScene();
    const [words, scenes] = [startWords(model), page.scenes[/** @type {"own" | "automatic"} */ (set)]];
    const now = JSON.stringify([words, scenes.map(({ title }) => unhidden(model, title))]);
    // Only when it says something else: whoever stands on a button here stays there.
    if (now === last) return;
    last = now;
    fill(
      sentences,
      words.map((line, n) => el("li", {}, startIcon(n), el("span", {}, line))),
    );
    fill(list, sceneButtons(set, scenes));
  };
  return { element, button, update };
}

/** @param {HTMLElement} element @param {HTMLButtonElement} button @param {Actions} actions */
function openStart(element, button, actions) {
  element.hidden = false;
  button.setAttribute("aria-expanded", "true");
  actions.set({ tab: "streams" });
  byId("kk-scroller").scrollTop = 0;
  byId("kk-start-title").focus({ preventScroll: true });
}

/** @param {HTMLElement} element @param {HTMLButtonElement} button */
function closeStart(element, button) {
  const inside = element.contains(document.activeElement);
  element.hidden = true;
  button.setAttribute("aria-expanded", "false");
  writeStorage(START_CLOSED, "1");
  if (inside) button.focus({ preventScroll: true });
}

// An arrow, the three ways it is drawn, and a hand that chooses.
/** @param {number} n */
function startIcon(n) {
  const { ink } = page.model.style;
  if (n === 0) return lineDrawing(ink, [], { width: 30 });
  if (n === 1)
    return drawing(
      30,
      22,
      ...BEST_CLASSES.map((name, at) => {
        const row = classDrawing(name, ink);
        row.setAttribute("y", String(at * 7 - 4));
        row.setAttribute("width", "30");
        return row;
      }),
    );
  return drawing(30, 20, svg("path", { d: "M10,2V15L13.4,12L15.6,17L18,16L15.8,11H20Z", fill: ink }));
}
