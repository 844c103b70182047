// Places that stay off the screen while their director is in the room: on this machine only, never in a ballot.
// Their names leave every text as well, because the sentences of their neighbours name them.

import { plural, t } from "../model/format.js";
import { doubtedLink, matchNumber, siteNumber } from "./ballot.js";
import { readStorage, writeStorage } from "./kept.js";

/** @type {{ plain: any, keyOn: boolean }} */
export const hiding = { plain: null, keyOn: true };

/** @param {Model} model */
const hiddenKey = (model) => `kansenkaart-verborgen-${model.project.manifestId}`;
/** @param {Model} model @param {number} s */
export const isSiteHidden = (model, s) => model.hiddenCount > 0 && model.hidden[s] === 1;
/** @param {Model} model @param {number} m */
export const isMatchHidden = (model, m) =>
  model.hiddenCount > 0 && (model.hidden[model.c["m.supply"][m]] === 1 || model.hidden[model.c["m.demand"][m]] === 1);
/** @param {Model} model @param {any} of1 */
export const isDoubtHidden = (model, { match, site, number }) =>
  Boolean(model.links[doubtedLink(model, number)]?.hidden) ||
  (match !== null && isMatchHidden(model, matchNumber(model, match))) ||
  (site !== null && isSiteHidden(model, siteNumber(model, site)));
/** @param {Model} model */
export const hiddenWords = (model) => (model.hiddenCount ? ` · ${plural("hidden_places", model.hiddenCount)}` : null);
/** @param {Model} model @param {number[]} matches */
export const shownMatches = (model, matches) =>
  model.hiddenCount ? matches.filter((m) => !isMatchHidden(model, m)) : matches;

/** @param {Model} model @param {State} state */
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

/** @param {Model} model */
function readHidden(model) {
  try {
    const { sites, key } = JSON.parse(readStorage(hiddenKey(model)) ?? "{}");
    hiding.keyOn = key !== false;
    return Array.isArray(sites) ? sites : [];
  } catch {
    return [];
  }
}

/** @param {Model} model */
export function keepHidden(model) {
  const sites = model.siteIds.filter((_, s) => model.hidden[s]);
  writeStorage(hiddenKey(model), JSON.stringify({ sites, key: hiding.keyOn }));
}

// A card may be open on what is now hidden.
/** @param {Model} model @param {State} state */
export function dropHiddenChoice(model, state) {
  const chosen = state.chosen;
  if (!chosen) return;
  /** @type {Record<string, () => boolean | undefined>} */
  const gone = {
    site: () => isSiteHidden(model, chosen.id),
    match: () => isMatchHidden(model, chosen.id),
    link: () => model.links[chosen.id].hidden,
  };
  if (gone[chosen.kind]()) state.chosen = null;
}

// Values of reasons that no column holds.
/** @type {`${string}.own`[]} */
const OWN = ["m.reason.own", "f.reason.own", "f.formula.own"];

/** @type {(value: any, mask: (text: any) => any) => any} */
const maskDeep = (value, mask) => (Array.isArray(value) ? value.map((one) => maskDeep(one, mask)) : mask(value));

// Names and texts as they came, kept to bring them back.
/** @param {Model} model */
function plainTexts(model) {
  const { siteNames, siteSearch, nameSearch, linkSearch, strings } = model;
  return {
    siteNames: siteNames.slice(),
    siteSearch: siteSearch.slice(),
    nameSearch: nameSearch.slice(),
    linkSearch: linkSearch.slice(),
    strings: strings.slice(),
    own: OWN.map((name) => model[name]),
    links: model.links.map(({ supplyName, demandName, reason }) => ({ supplyName, demandName, reason })),
    chains: model.chains.map(({ path }) => path),
    inputs: model.inputs.map(({ name }) => name),
    areas: new Set(model.c["s.municipality"]),
  };
}

/** @param {Model} model */
export function maskNames(model) {
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
  plain.strings.forEach(
    (/** @type {string} */ text, /** @type {number} */ n) =>
      (model.strings[n] = plain.areas.has(n) ? text : mask(text)),
  );
  OWN.forEach((name, n) => (model[name] = maskDeep(plain.own[n], mask)));
  plain.chains.forEach((/** @type {string} */ path, /** @type {number} */ n) => (model.chains[n].path = mask(path)));
  plain.inputs.forEach((/** @type {string} */ name, /** @type {number} */ n) => (model.inputs[n].name = mask(name)));
  plain.links.forEach((/** @type {Delivery} */ link, /** @type {number} */ n) => maskLink(model, n, link, mask));
}

// A delivery of a hidden place, also when it only bears its name.
/** @param {Model} model @param {number} n @param {any} of2 @param {(text: any) => any} mask */
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
/** @param {Model} model @param {any} plain @returns {(text: any) => any} */
export function maskOf(model, plain) {
  const names = plain.siteNames
    .filter((/** @type {string} */ name, /** @type {number} */ s) => model.hidden[s] && name.trim().length > 1)
    .sort((/** @type {string} */ a, /** @type {string} */ b) => b.length - a.length);
  if (!names.length) return (/** @type {string} */ text) => text;
  const escaped = [...new Set(names)].map((name) => name.trim().replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join("|")})(?![\\p{L}\\p{N}])`, "giu");
  return (/** @type {string} */ text) =>
    typeof text === "string" ? text.replace(pattern, () => t("hidden_place")) : text;
}
