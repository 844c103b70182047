// What a search finds besides chances: a place or a delivery is there, also when no chance leads to it.

import { siteButton } from "../card/card.js";
import { append, el, fill, noteLine } from "../dom.js";
import { t, whole } from "../model/format.js";
import { LINK_STATUSES } from "../model/words.js";
import { searchWords, shownSites } from "../state/filters.js";
import { page } from "../state/store.js";
import { linkButton } from "./links.js";

const FOUND_WITHOUT_CHANCES = 8;
const FOUND_BESIDE_CHANCES = 3;

export function makeFound() {
  return el("section", { class: "found", id: "kk-found", "aria-label": t("also_found"), hidden: true });
}

/** @param {HTMLElement} element @param {Model} model @param {Actions} actions */
export function updateFound(element, model, actions) {
  const words = searchWords(page.state);
  const sites = words.length ? findOtherSites(model, words) : [];
  const links = words.length ? findLinks(model) : [];
  const limit = page.result.list.length ? FOUND_BESIDE_CHANCES : FOUND_WITHOUT_CHANCES;
  const buttons = [
    ...sites.map((s) => () => siteButton(model, s, actions)),
    ...links.map((at) => () => foundLink(model, at, actions)),
  ];
  element.hidden = !buttons.length;
  fill(
    element,
    el("h3", {}, t("also_found")),
    el(
      "ul",
      {},
      buttons.slice(0, limit).map((make) => el("li", {}, make())),
    ),
    buttons.length > limit ? noteLine(t("also_more", { count: whole(buttons.length - limit) })) : null,
  );
}

// Places by name that no chance in the list leads to.
/** @param {Model} model @param {any} words */
function findOtherSites(model, words) {
  const { list } = page.result;
  const listed = shownSites(model, list, list.length);
  /** @param {number} s */
  const named = (s) => words.every((/** @type {string} */ word) => model.nameSearch[s].includes(word));
  return model.siteNames.flatMap((_, s) => (!listed[s] && named(s) ? [s] : []));
}

/** @param {Model} model */
function findLinks(model) {
  return model.links.flatMap((_, at) => (page.result.links[at] ? [at] : []));
}

/** @param {Model} model @param {number} at @param {Actions} actions */
function foundLink(model, at, actions) {
  const button = linkButton(model, at, actions);
  append(/** @type {Element} */ (button.lastChild), [` · ${t(`link_${LINK_STATUSES[model.links[at].status]}`)}`]);
  return button;
}
