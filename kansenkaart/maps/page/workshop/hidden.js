// Places that stay off the screen while their director is in the room: on this machine only, never in a ballot.
// Their names leave every text as well, because the sentences of their neighbours name them.

import { showCard } from "../card/card.js";
import { el, named } from "../dom.js";
import { clean, plural, t } from "../model/format.js";
import { page } from "../state/page.js";
import { matchNumber, siteNumber } from "./ballot.js";
import { doubtedLink } from "./doubt.js";
import { readStorage, writeStorage } from "./kept.js";
import { showRoomNote } from "./room.js";

export const hiding = { plain: null, keyOn: true };

const hiddenKey = (model) => `kansenkaart-verborgen-${model.project.manifestId}`;
export const isSiteHidden = (model, s) => model.hiddenCount > 0 && model.hidden[s] === 1;
export const isMatchHidden = (model, m) =>
  model.hiddenCount > 0 && (model.hidden[model.c["m.supply"][m]] === 1 || model.hidden[model.c["m.demand"][m]] === 1);
export const isDoubtHidden = (model, { match, site, number }) =>
  Boolean(model.links[doubtedLink(model, number)]?.hidden) ||
  (match !== null && isMatchHidden(model, matchNumber(model, match))) ||
  (site !== null && isSiteHidden(model, siteNumber(model, site)));
export const hiddenWords = (model) => (model.hiddenCount ? ` · ${plural("hidden_places", model.hiddenCount)}` : null);
export const shownMatches = (model, matches) =>
  model.hiddenCount ? matches.filter((m) => !isMatchHidden(model, m)) : matches;

export function openHidden(model, state) {
  model.hidden = new Uint8Array(model.siteCount);
  model.hiddenCount = 0;
  for (const id of readHidden(model)) {
    const s = siteNumber(model, id);
    if (s >= 0) model.hidden[s] = 1;
  }
  maskNames(model);
  dropHiddenChoice(model, state);
}

function readHidden(model) {
  try {
    const { sites, key } = JSON.parse(readStorage(hiddenKey(model)) ?? "{}");
    hiding.keyOn = key !== false;
    return Array.isArray(sites) ? sites : [];
  } catch {
    return [];
  }
}

export function keepHidden(model) {
  const sites = model.siteIds.filter((_, s) => model.hidden[s]);
  writeStorage(hiddenKey(model), JSON.stringify({ sites, key: hiding.keyOn }));
}

function setHidden(model, sites, hidden) {
  for (const s of sites) model.hidden[s] = hidden ? 1 : 0;
  maskNames(model);
  keepHidden(model);
  dropHiddenChoice(model, page.state);
  page.pointed = null;
  page.update();
}

function hideSite(model, s, actions) {
  setHidden(model, [s], true);
  showCard(page.state.chosen);
  actions.point(null);
  showRoomNote(plural("hidden_now", 1), () => setHidden(model, [s], false));
}

// A card may be open on what is now hidden.
function dropHiddenChoice(model, state) {
  const chosen = state.chosen;
  if (!chosen) return;
  const gone = {
    site: () => isSiteHidden(model, chosen.id),
    match: () => isMatchHidden(model, chosen.id),
    link: () => model.links[chosen.id].hidden,
  };
  if (gone[chosen.kind]()) state.chosen = null;
}

// Names and texts as they came, kept to bring them back.
function plainTexts(model) {
  const { siteNames, siteSearch, nameSearch, linkSearch, strings } = model;
  const phrases = ["m.reason", "f.reason", "f.formula"].map((name) => model[`${name}.phrases`]);
  return {
    siteNames: siteNames.slice(),
    siteSearch: siteSearch.slice(),
    nameSearch: nameSearch.slice(),
    linkSearch: linkSearch.slice(),
    strings: strings.slice(),
    phrases: phrases.map((list) => list.map((parts) => parts.slice())),
    lists: phrases,
    links: model.links.map(({ supplyName, demandName, reason }) => ({ supplyName, demandName, reason })),
    chains: model.chains.map(({ path }) => path),
    inputs: model.inputs.map(({ name }) => name),
    areas: new Set(model.c["s.municipality"]),
  };
}

function maskNames(model) {
  model.hiddenTurn = (model.hiddenTurn ?? 0) + 1;
  model.hiddenCount = model.hidden.reduce((sum, one) => sum + one, 0);
  if (!hiding.plain && !model.hiddenCount) return;
  hiding.plain ??= plainTexts(model);
  const { plain } = hiding;
  const mask = maskOf(model, plain);
  for (let s = 0; s < model.siteCount; s++) {
    const gone = model.hidden[s];
    model.siteNames[s] = gone ? t("hidden_place") : plain.siteNames[s];
    model.siteSearch[s] = gone ? "" : plain.siteSearch[s];
    model.nameSearch[s] = gone ? "" : plain.nameSearch[s];
  }
  plain.strings.forEach((text, n) => (model.strings[n] = plain.areas.has(n) ? text : mask(text)));
  plain.lists.forEach((list, n) =>
    list.forEach((parts, at) => parts.forEach((_, part) => (parts[part] = mask(plain.phrases[n][at][part])))),
  );
  plain.chains.forEach((path, n) => (model.chains[n].path = mask(path)));
  plain.inputs.forEach((name, n) => (model.inputs[n].name = mask(name)));
  plain.links.forEach((link, n) => maskLink(model, n, link, mask));
}

// A delivery of a hidden place, also when it only bears its name.
function maskLink(model, n, { supplyName, demandName, reason }, mask) {
  const link = model.links[n];
  link.hidden =
    [link.supply, link.demand].some((s) => s >= 0 && isSiteHidden(model, s)) ||
    mask(supplyName) !== supplyName ||
    mask(demandName) !== demandName;
  Object.assign(link, { supplyName: mask(supplyName), demandName: mask(demandName), reason: mask(reason) });
  model.linkSearch[n] = link.hidden ? "" : hiding.plain.linkSearch[n];
}

// Whole names only, the longest first; one letter is no name.
export function maskOf(model, plain) {
  const names = plain.siteNames
    .filter((name, s) => model.hidden[s] && name.trim().length > 1)
    .sort((a, b) => b.length - a.length);
  if (!names.length) return (text) => text;
  const escaped = [...new Set(names)].map((name) => name.trim().replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join("|")})(?![\\p{L}\\p{N}])`, "giu");
  return (text) => (typeof text === "string" ? text.replace(pattern, () => t("hidden_place")) : text);
}

// H hides the place whose card is open; not while somebody types, and not when it is switched off.
export function listenToHideKey(model, actions) {
  document.addEventListener("keydown", (event) => {
    const { chosen } = page.state;
    if (
      !hiding.keyOn ||
      event.key.toLowerCase() !== "h" ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      chosen?.kind !== "site"
    )
      return;
    if (/** @type {Element} */ (event.target).closest?.("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    hideSite(model, chosen.id, actions);
  });
}

export function hideButton(model, s, actions) {
  return el(
    "button",
    { type: "button", class: "room-plain room-hide", onclick: () => hideSite(model, s, actions) },
    t("hide_place"),
    hiding.keyOn ? el("kbd", { "aria-hidden": "true" }, "H") : null,
  );
}

// Closed until asked for: the names would stand on the screen again.
export function hiddenList(model) {
  const sites = model.siteNames.flatMap((_, s) => (model.hidden[s] ? [s] : []));
  const show = (chosen) => setHidden(model, chosen, false);
  const row = (s) =>
    el(
      "li",
      {},
      named(hiding.plain.siteNames[s]),
      el(
        "button",
        {
          type: "button",
          class: "room-plain",
          onclick: () => show([s]),
          "aria-label": t("show_place_named", { name: clean(hiding.plain.siteNames[s]) }),
        },
        t("show_place"),
      ),
    );
  if (!sites.length) return el("p", { class: "note" }, t("hidden_none"));
  return el(
    "details",
    { class: "room-hidden" },
    el("summary", {}, plural("hidden_places", sites.length)),
    el("ul", {}, sites.map(row)),
    el("button", { type: "button", class: "room-plain", onclick: () => show(sites) }, t("show_all_places")),
  );
}
