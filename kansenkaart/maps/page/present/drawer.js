// The drawer "Presenteren": the scenes to begin at, the keys, and the present view as a new scene.

import { el, fill, named, noteLine, pushButton } from "../dom.js";
import { t, whole } from "../model/format.js";
import { page } from "../state/store.js";
import { startPresenting } from "./present.js";
import { unhidden } from "./scenes.js";
import { copyText, leftOutOfScene, sceneSnippet } from "./snippet.js";

/** @type {"own" | "automatic"} */
let sceneSet;

/** @param {Model} model */
export function makePresentDrawer(model) {
  sceneSet ??= page.scenes.own.length ? "own" : "automatic";
  const list = el("ol", { class: "scene-list" });
  const choices = page.scenes.own.length ? ["own", "automatic"].map((set) => setChoice(set, () => update())) : [];
  const start = pushButton(
    { class: "primary", id: "kk-present-go", onclick: () => startPresenting({ set: sceneSet, at: 0 }) },
    t("present_start"),
  );
  const element = el(
    "div",
    { class: "present-drawer" },
    start,
    noteLine(t("present_keys")),
    choices.length
      ? el(
          "fieldset",
          { class: "switch" },
          el("legend", { class: "spoken" }, t("scenes")),
          choices.map((choice) => choice.element),
        )
      : null,
    list,
    snippetForm(model),
  );
  const update = () => {
    for (const { set, input } of choices) input.checked = set === sceneSet;
    fill(list, sceneButtons(sceneSet, page.scenes[sceneSet]));
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
/** @param {any} set @param {Scene[]} scenes */
export function sceneButtons(set, scenes) {
  return scenes.map((scene, at) =>
    el(
      "li",
      {},
      pushButton(
        { class: "line-button", "data-scene": scene.name, onclick: () => startPresenting({ set, at }) },
        el("span", { class: "rank", "aria-hidden": "true" }, whole(at + 1)),
        named(unhidden(page.model, scene.title)),
      ),
    ),
  );
}

/** @param {Model} model */
function snippetForm(model) {
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
  const take = async () => {
    code.value = sceneSnippet(model, page.state, page.map, {
      title: title.value.trim() || t("snippet_untitled"),
      text: text.value,
    });
    result.hidden = false;
    const copied = await copyText(code);
    const left = leftOutOfScene(page.state);
    told.scrollIntoView({ block: "nearest" });
    fill(
      told,
      t(copied ? "snippet_copied" : "snippet_copy"),
      left.length ? ` ${t("snippet_without", { left: left.join(", ") })}` : null,
    );
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
    pushButton({ class: "quiet", id: "kk-snippet-take", onclick: take }, t("snippet_take")),
    result,
    told,
  );
}
