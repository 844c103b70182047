// Building the page: elements and text nodes only. A text from the data can never become an element.

import { clean } from "./model/format.js";

export const byId = (id) => document.getElementById(id);

/** @returns {HTMLInputElement} A field to fill in or choose from. */
export const fieldById = (id) => /** @type {HTMLInputElement} */ (byId(id));

/** @returns {HTMLElement[]} */
export const allOf = (within, selector) => [...within.querySelectorAll(selector)];

// el("p", { class: "note", onclick: f }, "text", child): attributes are our own, texts become text nodes.
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

export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

// A name from the data: isolated, so that right-to-left letters stay inside it.
export const named = (text) => el("bdi", {}, clean(text));

const SVG = "http://www.w3.org/2000/svg";
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

export function drawing(width, height, ...shapes) {
  return svg(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" },
    ...shapes,
  );
}

// Runs at most once a frame.
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
