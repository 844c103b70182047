// The few buttons on the map, the hint at the pointer, and the line below the map.

import { monthNames } from "../card/months.js";
import { byId, el, fill, icon, named, namedPair, signButton } from "../dom.js";
import { amount, className, clean, number, t, whole } from "../model/format.js";
import { BEST_CLASSES, LINK_STATUSES } from "../model/words.js";
import { gapsDrawn } from "../panel/gaps.js";
import { copyText } from "../present/snippet.js";
import { monthPart } from "../state/filters.js";
import { page } from "../state/store.js";
import { hiddenWords } from "../workshop/hidden.js";
import { showRoomNote } from "../workshop/note.js";
import { bundleHint } from "./bundles.js";
import { startMeasuring } from "./measure.js";
import { stopAsking } from "./points.js";
import { pairNamed } from "./things.js";

/**
 * @param {string} key
 * @param {string} path
 * @param {(event: any) => unknown} onclick
 * @param {string} [label]
 */
export const toolButton = (key, path, onclick, label = t(key)) =>
  signButton(label, icon(path), { id: `kk-${key}`, onclick });

/** @param {L.Map} map @param {Actions} actions */
export function makeToolbar(map, actions) {
  const tools = byId("kk-tools");
  tools.setAttribute("aria-label", t("map_tools"));
  fill(
    tools,
    toolButton("zoom_in", "M10,4V16M4,10H16", () => map.zoomIn()),
    toolButton("zoom_out", "M4,10H16", () => map.zoomOut()),
    toolButton("whole_region", "M3,10L10,3.5L17,10M5,8.5V16.5H15V8.5", () => actions.fit()),
    document.fullscreenEnabled
      ? toolButton("full_screen", "M3,7V3H7M13,3H17V7M17,13V17H13M7,17H3V13", toggleFullScreen)
      : null,
    toolButton(
      "copy_link",
      "M8.5,11.5A3,3 0 0 0 12.7,11.5L16,8.2A3,3 0 0 0 11.8,4L10.5,5.3M11.5,8.5A3,3 0 0 0 7.3,8.5L4,11.8A3,3 0 0 0 8.2,16L9.5,14.7",
      copyLink,
    ),
    toolButton(
      "measure",
      "M2.5,13.5L13.5,2.5L17.5,6.5L6.5,17.5ZM5.5,10.5L7.5,12.5M8.5,7.5L10,9M11.5,4.5L13.5,6.5",
      (event) => (event.currentTarget.getAttribute("aria-pressed") === "true" ? stopAsking() : startMeasuring()),
    ),
  );
}

// Where the browser does not give the clipboard, the link stands there, selected.
async function copyLink() {
  const field = el("input", { readonly: true, value: location.href, "aria-label": t("copy_link") });
  showRoomNote([t("link_here"), " ", field]);
  if (await copyText(field)) showRoomNote(t("link_copied"));
}

function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else byId("kk").requestFullscreen();
}

// The same view, with all around it.
/** @param {any} event */
const leaveEmbed = ({ target }) => {
  target.href = location.href.replace(/embed(=1)?&?/, "");
};

/** @param {Model} model */
export function makeFoot(model) {
  const { project } = model;
  const credit = [t("credit"), ...project.sources.map((source) => clean(source, 200))];
  const sources = el(
    "details",
    {},
    el("summary", {}, t("sources")),
    el(
      "ul",
      {},
      credit.map((line) => el("li", {}, line)),
    ),
  );
  fill(
    byId("kk-foot"),
    el("div", { class: "drawn" }, el("p", { id: "kk-count", role: "status" })),
    el(
      "div",
      { class: "made" },
      el("a", { class: "embed-open", target: "_blank", href: "#", onclick: leaveEmbed }, t("embed_open")),
      el("span", {}, t("credit_short")),
      sources,
      el(
        "span",
        {},
        t("made", { version: project.version, year: project.referenceYear, run: clean(project.manifestId, 12) }),
      ),
    ),
  );
}

export function updateFoot() {
  const { state, result, gaps, model } = page;
  const words =
    state.tab === "gaps"
      ? gapsDrawn(model, state, gaps)
      : result.list.length
        ? drawnWords(result)
        : emptyWords(state, model);
  const month = state.tab === "gaps" ? null : monthNames("long")[state.month - 1];
  fill(byId("kk-count"), words, month && ` · ${month}`, hiddenWords(model));
}

/** @param {any} of */
function drawnWords({ list, drawn }) {
  const bundles = page.layers?.painted.bundles;
  if (bundles)
    return t("drawn_bundled", {
      drawn: whole(bundles.chances),
      count: whole(list.length),
      bundles: whole(bundles.lines.length),
      inside: whole(bundles.groups.inside),
    });
  return t("drawn", {
    drawn: whole(drawn.filter((/** @type {number} */ m) => monthPart(page.model, m)).length),
    count: whole(list.length),
  });
}

/** @param {State} state @param {Model} model */
export function emptyWords(state, model) {
  if (state.through) return t("empty_through");
  if (!model.matchCount) return t("empty_run");
  if (state.room !== "all") return t("empty_room");
  if (!state.streams.includes(true)) return t("empty_streams");
  if (!state.classes.includes(true)) return t("empty_classes");
  if (state.query.trim()) return t("empty_query", { query: clean(state.query, 40) });
  if (state.km !== Infinity) return t("empty_distance", { distance: number(state.km) });
  return t("empty");
}

/** @param {Thing | null} thing @param {any} point */
export function showHint(thing, point) {
  const hint = byId("kk-hint");
  hint.hidden = !thing || !point;
  if (hint.hidden) return;
  const { model } = page;
  fill(hint, hintWords(model, thing));
  placeAt(hint, point);
}

// Beside a point of the map, within it.
/** @param {HTMLElement} element @param {any} point */
export function placeAt({ style, offsetWidth, offsetHeight }, { x, y }) {
  const area = byId("kk-area").getBoundingClientRect();
  const left = Math.min(x + 16, area.width - offsetWidth - 8);
  const above = y + 20 + offsetHeight > area.height ? y - offsetHeight - 12 : y + 18;
  style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, above)}px)`;
}

/** @param {Model} model @param {any} of1 */
export function hintWords(model, { kind, id }) {
  if (kind === "site")
    return [
      el("strong", {}, named(model.siteNames[id])),
      el("span", {}, clean(model.kinds[model.c["s.kind"][id]].name)),
    ];
  if (kind === "bundle") return bundleHint(model, id);
  if (kind === "link") {
    const link = model.links[id];
    return [
      el("strong", {}, namedPair(link.supplyName, link.demandName)),
      el("span", {}, t(`link_${LINK_STATUSES[link.status]}`)),
    ];
  }
  const stream = model.streams[model.c["m.stream"][id]];
  return [
    el("strong", {}, pairNamed(model, id)),
    el(
      "span",
      {},
      clean(stream.name),
      " · ",
      amount(model.c["m.quantity"][id], stream.unit),
      " · ",
      className(BEST_CLASSES[model.c["m.class"][id]]),
    ),
  ];
}
