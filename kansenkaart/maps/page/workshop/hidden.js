// Places that stay off the screen while their director is in the room: on this machine only, never in a ballot.
// Their names leave every text as well, because the sentences of their neighbours name them.

import { plural, t } from "../model/format.js";
import { doubtedLink, matchNumber, siteNumber } from "./ballot.js";
import { readStorage, writeStorage } from "./kept.js";

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

// A card may be open on what is now hidden.
export function dropHiddenChoice(model, state) {
  const chosen = state.chosen;
  if (!chosen) return;
  const gone = {
    site: () => isSiteHidden(model, chosen.id),
    match: () => isMatchHidden(model, chosen.id),
    link: () => model.links[chosen.id].hidden,
  };
  if (gone[chosen.kind]()) state.chosen = null;
}

// Values of reasons that no column holds.
const OWN = ["m.reason.own", "f.reason.own", "f.formula.own"];

const maskDeep = (value, mask) => (Array.isArray(value) ? value.map((one) => maskDeep(one, mask)) : mask(value));

// Names and texts as they came, kept to bring them back.
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
  plain.strings.forEach((text, n) => (model.strings[n] = plain.areas.has(n) ? text : mask(text)));
  OWN.forEach((name, n) => (model[name] = maskDeep(plain.own[n], mask)));
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
