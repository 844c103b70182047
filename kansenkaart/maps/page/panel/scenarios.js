// The choice between the project as it stands and its scenarios, and what one changes.

import { append, el, named, namedPair, noteLine } from "../dom.js";
import { GONE_LOOK, lineDrawing } from "../map/glyphs.js";
import { clean, plural, t } from "../model/format.js";
import { leaveFor } from "../state/permalink.js";
import { page, subscribe } from "../state/store.js";

/** @param {Model} model @param {Actions} actions */
export function makeScenarios(model, actions) {
  const { scenarios, scenario } = model;
  if (!scenarios) return null;
  const option = (/** @type {string} */ id, /** @type {string} */ title) =>
    el("option", { value: id, selected: id === (scenario ?? "") }, clean(title));
  const choice = el(
    "select",
    { id: "kk-scenario", onchange: () => goTo(choice.value) },
    option("", t("scenario_none")),
    scenarios.map(({ id, title }) => option(id, title)),
  );
  const own = scenarios.find(({ id }) => id === scenario);
  return el(
    "div",
    { class: "scenarios" },
    el("label", {}, t("scenario"), " ", choice),
    own && describe(model, own, actions),
  );
}

// The page opens anew, with the rest of the address: whatever is drawn then is of one run.
/** @param {string} id */
function goTo(id) {
  const values = new URLSearchParams(location.hash.slice(1));
  values.delete("scenario");
  values.delete("verschil");
  if (id) values.set("scenario", id);
  leaveFor(values);
}

/** @param {Model} model @param {ScenarioInFile} own @param {Actions} actions */
function describe(model, { about, new: appear, moved, gone }, actions) {
  const parts = [
    appear && plural("scenario_new", appear),
    gone.length && plural("scenario_gone", gone.length),
    moved && plural("scenario_moved", moved),
  ].filter(Boolean);
  const streamName = (/** @type {string} */ id) => model.streams.find((one) => one.id === id)?.name ?? id;
  const box = el("div", {}, about && noteLine(named(about)), noteLine(parts.join(" · ") || t("scenario_same")));
  const only = el("input", {
    type: "checkbox",
    id: "kk-changed",
    checked: page.state.changed,
    onchange: () => actions.set({ changed: only.checked }),
  });
  subscribe(() => {
    only.checked = page.state.changed;
  });
  if (appear + moved) append(box, [el("label", { class: "check" }, only, el("span", {}, t("scenario_only")))]);
  if (gone.length)
    append(box, [
      el(
        "details",
        {},
        el("summary", {}, lineDrawing(...GONE_LOOK, { arrow: false, weight: 2 }), " ", t("scenario_gone_which")),
        el(
          "ul",
          {},
          gone.map(([from, to, stream]) => el("li", {}, namedPair(from, to), ` (${streamName(stream)})`)),
        ),
      ),
    ]);
  return box;
}
