// The drawer "Presenteren": the scenes to begin at, the keys, and the present view as a new scene.

import { el, fill, named, noteLine, offerFile, pushButton } from "../dom.js";
import { plural, t, whole } from "../model/format.js";
import { viewValues } from "../state/permalink.js";
import { page } from "../state/store.js";
import { showRoomNote } from "../workshop/note.js";
import { keepScenes, keptScenes, readScenes, scenesFile, writeScenes } from "./kept_scenes.js";
import { startPresenting } from "./present.js";
import { unhidden } from "./scenes.js";
import { copyText, leftOutOfScene, sceneSnippet } from "./snippet.js";

/** @type {SceneSet} */
let sceneSet;

/** @param {Model} model */
export function makePresentDrawer(model) {
  sceneSet ??= page.scenes.own.length ? "own" : "automatic";
  const list = el("ol", { class: "scene-list" });
  const choices = ["own", "automatic", "kept"].map((set) => setChoice(set, () => update()));
  const sets = el(
    "fieldset",
    { class: "switch" },
    el("legend", { class: "spoken" }, t("scenes")),
    choices.map((choice) => choice.element),
  );
  const start = pushButton(
    { class: "primary", id: "kk-present-go", onclick: () => startPresenting({ set: sceneSet, at: 0 }) },
    t("present_start"),
  );
  const element = el(
    "div",
    { class: "present-drawer" },
    start,
    noteLine(t("present_keys")),
    sets,
    list,
    snippetForm(model, () => {
      sceneSet = "kept";
      update();
    }),
  );
  const update = () => {
    for (const { set, input, element: choice } of choices) {
      choice.hidden = set !== "automatic" && !page.scenes[/** @type {SceneSet} */ (set)].length;
      input.checked = set === sceneSet;
    }
    sets.hidden = choices.filter(({ element: choice }) => !choice.hidden).length < 2;
    const kept = sceneSet === "kept";
    start.disabled = !page.scenes[sceneSet].length;
    fill(list, sceneButtons(sceneSet, page.scenes[sceneSet], kept ? (at) => removeButton(model, at, list) : undefined));
  };
  return { element, update };
}

/** @param {any} set @param {any} changed */
function setChoice(set, changed) {
  const choose = () => {
    sceneSet = set;
    changed();
  };
  const input = el("input", { type: "radio", name: "kk-scene-set", value: set, onchange: choose });
  return { set, input, element: el("label", { class: "choice" }, input, el("span", {}, t(`scenes_${set}`))) };
}

// Every scene of a row as a button that begins the presentation there.
/** @param {any} set @param {Scene[]} scenes @param {(at: number) => Element} [beside] */
export function sceneButtons(set, scenes, beside) {
  return scenes.map((scene, at) =>
    el(
      "li",
      {},
      pushButton(
        { class: "line-button", "data-scene": scene.name, onclick: () => startPresenting({ set, at }) },
        el("span", { class: "rank", "aria-hidden": "true" }, whole(at + 1)),
        named(unhidden(page.model, scene.title)),
      ),
      beside?.(at),
    ),
  );
}

// What was removed can come back, at its place.
/** @param {Model} model @param {number} at @param {HTMLElement} list */
function removeButton(model, at, list) {
  const before = keptScenes();
  const remove = () => {
    keepScenes(
      model,
      before.filter((_, n) => n !== at),
    );
    showRoomNote(t("scene_removed"), () => keepScenes(model, before));
    list.querySelector("button")?.focus();
  };
  const label = `${t("remove")}: ${before[at].title}`;
  return pushButton({ class: "quiet", "data-remove": at, "aria-label": label, onclick: remove }, t("remove"));
}

/** @param {Model} model @param {() => void} show What shows the kept scenes. */
function snippetForm(model, show) {
  const title = el("input", { type: "text", id: "kk-snippet-title", maxlength: 120, autocomplete: "off" });
  const text = el("textarea", { id: "kk-snippet-text", rows: 3, maxlength: 2000 });
  const code = el("textarea", {
    id: "kk-snippet-code",
    class: "code",
    rows: 7,
    readonly: true,
    spellcheck: "false",
    "aria-label": t("snippet_code"),
  });
  const told = el("p", { class: "note", role: "status", id: "kk-snippet-told" });
  const result = el("div", { class: "snippet-result", hidden: true }, code);
  const left = () => {
    const without = leftOutOfScene(page.state);
    return without.length ? ` ${t("snippet_without", { left: without.join(", ") })}` : null;
  };
  const keep = () => {
    const view = viewValues(model, page.state, page.map).toString();
    const scene = { title: title.value.trim() || t("snippet_untitled"), text: text.value, view };
    const held = keepScenes(model, [...keptScenes(), scene]);
    show();
    fill(told, t(held ? "scene_kept" : "scene_kept_not"));
    title.value = text.value = "";
  };
  const files = el("input", {
    type: "file",
    id: "kk-scenes-file",
    class: "spoken",
    accept: ".json,application/json",
    "aria-label": t("scenes_open"),
    tabindex: -1,
    onchange: async () => {
      const read = readScenes((await files.files?.[0]?.text()) ?? "");
      files.value = "";
      if (read) keepScenes(model, [...keptScenes(), ...read]);
      if (read) show();
      fill(told, read ? plural("scenes_opened", read.length) : t("scenes_no_file"));
    },
  });
  const save = () => offerFile(new Blob([writeScenes(keptScenes())], { type: "application/json" }), scenesFile(model));
  const take = async () => {
    code.value = sceneSnippet(model, page.state, page.map, {
      title: title.value.trim() || t("snippet_untitled"),
      text: text.value,
    });
    result.hidden = false;
    const copied = await copyText(code);
    told.scrollIntoView({ block: "nearest" });
    fill(told, t(copied ? "snippet_copied" : "snippet_copy"), left());
  };
  return el(
    "details",
    { class: "snippet" },
    el("summary", {}, t("snippet")),
    noteLine(t("snippet_note")),
    el("label", { for: "kk-snippet-title" }, t("snippet_title")),
    title,
    el("label", { for: "kk-snippet-text" }, t("snippet_text")),
    text,
    el(
      "div",
      { class: "choices" },
      pushButton({ class: "quiet", id: "kk-scene-keep", onclick: keep }, t("scene_keep")),
      pushButton({ class: "quiet", id: "kk-snippet-take", onclick: take }, t("snippet_take")),
    ),
    el(
      "div",
      { class: "choices" },
      pushButton({ class: "quiet", id: "kk-scenes-save", onclick: save }, t("scenes_save")),
      pushButton({ class: "quiet", id: "kk-scenes-open", onclick: () => files.click() }, t("scenes_open")),
      files,
    ),
    result,
    told,
  );
}
