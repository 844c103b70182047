// What a search finds besides chances: towns, postcodes, waters and municipalities to go to, places and deliveries to open.

import { siteButton } from "../card/card.js";
import { append, el, fill, named, noteLine, pushButton } from "../dom.js";
import { fold, t, whole } from "../model/format.js";
import { LINK_STATUSES } from "../model/words.js";
import { searchWords } from "../state/filters.js";
import { page } from "../state/store.js";
import { isSiteHidden } from "../workshop/hidden.js";
import { linkButton } from "./links.js";

const MOST_OF_A_KIND = 3;
const POSTCODE_AROUND_M = 1500;

export function makeFound() {
  return el("section", {
    class: "found",
    id: "kk-found",
    "aria-label": t("also_found"),
    hidden: true,
    onkeydown: (/** @type {any} */ event) => walkFound(event, event.target),
  });
}

// From the field down into what is found, and back; Enter takes the first.
/** @param {KeyboardEvent} event @param {HTMLElement} from */
export function walkFound(event, from) {
  const stops = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#kk-search, #kk-found button")]);
  const step = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 })[event.key];
  const next = stops[stops.indexOf(from) + step];
  if (next) {
    next.focus();
    event.preventDefault();
  } else if (event.key === "Enter" && from === stops[0]) stops[1]?.click();
}

/** @param {HTMLElement} element @param {Model} model @param {Actions} actions */
export function updateFound(element, model, actions) {
  const words = searchWords(page.state);
  const found = words.length
    ? [
        [...findPostcode(model, words), ...findSpots(model, words)].map((spot) => () => spotButton(spot, actions)),
        findSites(model, words).map((s) => () => siteButton(model, s, actions)),
        findLinks(model).map((at) => () => foundLink(model, at, actions)),
      ]
    : [];
  const buttons = found.flatMap((kind) => kind.slice(0, MOST_OF_A_KIND));
  const more = found.flat().length - buttons.length;
  element.hidden = !buttons.length;
  fill(
    element,
    el(
      "ul",
      {},
      buttons.map((make) => el("li", {}, make())),
    ),
    more ? noteLine(t("also_more", { count: whole(more) })) : null,
  );
}

// By name; what begins with it first, else in the order of the base map: what people navigate by.
/** @param {Model} model @param {string[]} words */
function findSpots({ spots }, words) {
  const has = spots.filter(({ name }) => words.every((word) => fold(name).includes(word)));
  const later = (/** @type {Spot} */ { name }) => Number(!fold(name).startsWith(words.join(" ")));
  return has.sort((a, b) => later(a) - later(b));
}

// Four digits, with or without the letters behind them: as far as the map can tell.
/** @param {Model} model @param {string[]} words @returns {Spot[]} */
function findPostcode({ c }, words) {
  const [, code] = /^(\d{4})([a-z]{2})?$/.exec(words.join("")) ?? [];
  const n = code ? c["p.code"].indexOf(Number(code)) : -1;
  if (n < 0) return [];
  return [{ name: code, kind: "postcode", x: c["p.x"][n] * 10, y: c["p.y"][n] * 10, around: POSTCODE_AROUND_M }];
}

/** @param {Spot} spot @param {Actions} actions */
const spotButton = (spot, actions) =>
  pushButton(
    { class: "line-button", onclick: () => actions.goTo(spot) },
    named(spot.name),
    el("span", { class: "note" }, t(`spot_${spot.kind}`)),
  );

/** @param {Model} model @param {string[]} words */
const findSites = (model, words) =>
  model.nameSearch.flatMap((name, s) =>
    words.every((word) => name.includes(word)) && !isSiteHidden(model, s) ? [s] : [],
  );

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
