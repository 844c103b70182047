// Building the page: elements and text nodes only. A text from the data can never become an element.

import { clean, t } from "./model/format.js";

/** @type {(id: string) => HTMLElement} Of an element that the page has. */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {(id: string) => HTMLInputElement} A field to fill in or choose from. */
export const fieldById = (id) => /** @type {HTMLInputElement} */ (byId(id));

/** @type {(within: ParentNode, selector: string) => HTMLElement[]} */
export const allOf = (within, selector) => /** @type {HTMLElement[]} */ ([...within.querySelectorAll(selector)]);

// el("p", { class: "note", onclick: f }, "text", child): attributes are our own, texts become text nodes.
/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} attributes
 * @param {...unknown} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

/** @param {Element} element @param {unknown[]} children */
export function append(element, children) {
  for (const child of /** @type {any[]} */ (children.flat(Infinity))) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** @param {Element} element @param {...unknown} children */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

// A name from the data: isolated, so that right-to-left letters stay inside it.
/** @type {(text: string | null) => HTMLElement} */
export const named = (text) => el("bdi", {}, clean(text));

// From one to the other.
/** @type {(from: string, to: string) => unknown[]} */
export const namedPair = (from, to) => [named(from), " → ", named(to)];

/** @type {(...words: unknown[]) => HTMLElement} */
export const noteLine = (...words) => el("p", { class: "note" }, words);

/** @type {(...cells: unknown[]) => HTMLElement} */
export const tableHead = (...cells) => el("thead", {}, el("tr", {}, cells));

// A part with a heading that names it.
/** @type {(id: string, heading: "h2" | "h3", title: string, attributes: Record<string, any>, ...content: unknown[]) => HTMLElement} */
export const headed = (id, heading, title, attributes, ...content) =>
  el("section", { ...attributes, "aria-labelledby": id }, el(heading, { id }, title), content);

const SVG = "http://www.w3.org/2000/svg";
/** @param {string} tag @param {Record<string, any>} attributes @param {...(Node | string)} children */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** @param {number} width @param {number} height @param {...Node} shapes */
export function drawing(width, height, ...shapes) {
  return svg(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" },
    ...shapes,
  );
}

/** @type {(attributes: Record<string, any>, ...children: unknown[]) => HTMLButtonElement} */
export const pushButton = (attributes, ...children) => el("button", { type: "button", ...attributes }, ...children);

// With a sign instead of words: those are told to who cannot see it, and to who waits.
/** @type {(words: string, sign: Node | string, attributes: Record<string, any>) => HTMLButtonElement} */
export const signButton = (words, sign, attributes) =>
  pushButton({ "aria-label": words, title: words, ...attributes }, sign);

/** @type {(onclick: () => unknown) => HTMLButtonElement} */
export const closeButton = (onclick) =>
  signButton(t("close"), drawing(18, 18, strokedPath("M4,4L14,14M14,4L4,14")), { class: "close", onclick });

// A line drawing in the colour of the words around it.
/** @type {(d: string, attributes?: Record<string, any>) => Element} */
export const strokedPath = (d, attributes = {}) =>
  svg("path", {
    d,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 2,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    ...attributes,
  });

// On a field of 20 by 20.
/** @type {(d: string, size?: number, width?: number) => Element} */
export const icon = (d, size = 20, width = 2) =>
  drawing(size, size, strokedPath(d, { transform: `scale(${size / 20})`, "stroke-width": width }));

// A key that somebody types or gives to the browser is not ours.
/** @type {(event: KeyboardEvent) => boolean} */
export const isTyped = (event) =>
  event.ctrlKey ||
  event.metaKey ||
  event.altKey ||
  Boolean(/** @type {Element} */ (event.target).closest?.("input, textarea, select, [contenteditable]"));

// Runs at most once a frame.
/** @param {() => unknown} action */
export function onceAFrame(action) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      action();
    });
  };
}

// A file made here, as a download.
/** @param {Blob} blob @param {string} name */
export function offerFile(blob, name) {
  const address = URL.createObjectURL(blob);
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
