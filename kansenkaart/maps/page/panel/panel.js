// The panel: title, tabs, and what stands in each.

import { append, byId, el, fill, named, pushButton } from "../dom.js";
import { emptyWords } from "../map/toolbar.js";
import { clean, co2, plural, t, whole } from "../model/format.js";
import { BEST_CLASSES } from "../model/words.js";
import { makePresent } from "../present/present.js";
import { hasClusters, TABS } from "../state/filters.js";
import { sortChances } from "../state/sorting.js";
import { page, setRows } from "../state/store.js";
import { hiddenWords } from "../workshop/hidden.js";
import { makeClusters } from "./clusters.js";
import { makeControls, makeSearch } from "./controls.js";
import { makeFound, updateFound } from "./found.js";
import { makeGaps } from "./gaps.js";
import { makeKey, makeLegend } from "./legend.js";
import { makeLinks } from "./links.js";
import { chanceRow } from "./list.js";
import { RowList } from "./row_list.js";
import { makeScenarios } from "./scenarios.js";
import { makeSorting } from "./sorting.js";
import { makeStart } from "./start.js";

/** @type {Record<string, string>} */
const TAB_TEXTS = { streams: "tab_streams", chances: "tab_chances", gaps: "tab_gaps" };

/** @param {Model} model @param {Actions} actions */
export function makePanel(model, actions) {
  const scroller = el("div", { class: "scroller", id: "kk-scroller" });
  const [legend, controls, links, search] = [
    makeLegend(model, actions),
    makeControls(model, actions),
    makeLinks(model, actions),
    makeSearch(actions),
  ];
  const note = el("p", { class: "note", id: "kk-list-note", role: "status" });
  const list = new RowList({
    id: "kk-chances",
    label: t("chances_list"),
    scroller,
    rowHeight: 106,
    row: (/** @type {number} */ m) => chanceRow(model, m),
    choose: (/** @type {number} */ m) => actions.choose({ kind: "match", id: m }, { focus: true }),
    point: (/** @type {number} */ m) => actions.point(m === null ? null : { kind: "match", id: m }),
  });
  const [gaps, found, sorting] = [makeGaps(model, actions, scroller), makeFound(), makeSorting(actions)];
  const [start, present, clusters] = [makeStart(model, actions), makePresent(model), makeClusters(model, actions)];
  const answer = el("p", { id: "kk-answer" });
  const sheets = {
    clusters: clusters.element,
    streams: el("div", {}, answer, start.element, legend.element, links.element, controls.element, makeKey(model)),
    chances: el("div", {}, sorting.element, note, list.element),
    gaps: gaps.element,
  };
  const tabs = makeTabs(sheets, actions);
  append(scroller, [search.element, found, ...Object.values(sheets)]);
  const headline = el("p", { class: "headline", id: "kk-headline" });
  const skip = pushButton(
    {
      class: "skip",
      onclick: () => {
        actions.set({ tab: "chances" });
        list.element.focus();
      },
    },
    t("skip"),
  );
  const { title, question } = model.project;
  byId("kk-panel").setAttribute("aria-label", t("panel"));
  fill(
    byId("kk-panel"),
    skip,
    el(
      "header",
      { class: "title" },
      el("h1", {}, named(title)),
      question ? el("p", { class: "question" }, clean(question, 300)) : null,
      makeScenarios(model, actions),
      headline,
      start.button,
    ),
    tabs.element,
    scroller,
    present.element,
  );
  return {
    clusters,
    start,
    present,
    legend,
    controls,
    links,
    search,
    sorting,
    list,
    note,
    found,
    gaps,
    sheets,
    tabs,
    headline,
    answer,
    scroller,
  };
}

/** @param {any} sheets @param {Actions} actions */
function makeTabs(sheets, actions) {
  const tabs = tabsOf();
  const buttons = TABS.map((name) =>
    pushButton(
      {
        hidden: !tabs.includes(name),
        role: "tab",
        id: `kk-tab-${name}`,
        "aria-controls": `kk-sheet-${name}`,
        onclick: () => actions.set({ tab: name }),
        onkeydown: (/** @type {any} */ event) => {
          const step = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1 })[event.key];
          if (!step) return;
          const next = tabs[(tabs.indexOf(name) + step + tabs.length) % tabs.length];
          actions.set({ tab: next });
          byId(`kk-tab-${next}`).focus();
          event.preventDefault();
        },
      },
      // four have less room than three
      t(name === "gaps" && tabs.length > 3 ? "tab_gaps_short" : name === "clusters" ? groupsText() : TAB_TEXTS[name]),
      el("span", { class: "count" }),
    ),
  );
  for (const name of TABS) {
    sheets[name].id = `kk-sheet-${name}`;
    sheets[name].setAttribute("role", "tabpanel");
    sheets[name].setAttribute("aria-labelledby", `kk-tab-${name}`);
  }
  return { element: el("div", { class: "tabs", role: "tablist", "aria-label": t("panel") }, buttons), buttons };
}

// What the first sheet holds.
function groupsText() {
  const { coalitions, clusters } = page.model;
  const others = clusters.groups.length + clusters.sectors.length;
  return coalitions.length ? (others ? "groups" : "coalitions") : "clusters";
}

// Coalitions and clusters come first, where the run has any.
const tabsOf = () => TABS.slice(hasClusters(page.model) ? 0 : 1);

/** @type {string | null} */
let lastTab = null;

/** @param {any} panel */
export function updatePanel(panel) {
  const { model, state } = page;
  TABS.forEach((name, n) => {
    const on = state.tab === name;
    panel.tabs.buttons[n].setAttribute("aria-selected", String(on));
    panel.tabs.buttons[n].tabIndex = on ? 0 : -1;
    panel.sheets[name].hidden = !on;
  });
  const entered = lastTab !== state.tab;
  if (entered) panel.scroller.scrollTop = 0;
  fill(panel.tabs.buttons[2].lastChild, whole(page.result.list.length));
  for (const name of ["start", "present", "legend", "controls", "links", "search", "sorting"]) panel[name].update();
  updateHeadline(panel);
  updateFound(panel.found, model, page.actions);
  updateList(panel, entered);
  if (state.tab === "gaps") panel.gaps.update();
  if (state.tab === "clusters") panel.clusters.update();
  lastTab = state.tab;
}

// How many there are, what they save, what they bring, and the one sentence that matters.
/** @param {any} panel */
function updateHeadline({ headline, answer }) {
  const { result, state, model } = page;
  const avoided = result.totals.reduce((sum, total, n) => sum + (state.streams[n] ? total.co2 : 0), 0);
  fill(
    headline,
    el("strong", {}, plural("chances", result.list.length)),
    Math.abs(avoided) >= 0.5 ? [" · ", t("headline_co2", { amount: co2(avoided) })] : null,
    hiddenWords(model),
  );
  const counts = BEST_CLASSES.map((name, n) => [name, whole(state.classes[n] ? result.classCounts[n] : 0)]);
  fill(
    answer,
    el("strong", {}, clean(model.project.answer ?? "")),
    " ",
    result.list.length ? t("answer_classes", Object.fromEntries(counts)) : null,
  );
}

/** @param {any} of @param {any} entered */
function updateList({ list, note }, entered) {
  const { result, state, model } = page;
  const rows = sortChances(model, state, result.list);
  setRows(rows);
  const chosen = state.chosen?.kind === "match" ? rows.indexOf(state.chosen.id) : -1;
  fill(
    note,
    result.list.length
      ? t(state.sort === "rank" && !state.turned ? "list_note" : `list_note_${state.sort}`)
      : emptyWords(state, model),
  );
  const moved = chosen >= 0 && (entered || list.chosen !== chosen);
  list.show(rows, chosen);
  if (moved && state.tab === "chances") list.reveal(chosen);
}
