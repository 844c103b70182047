// The store: what the whole page shares, and who wants to know when it changed.

export const page = {
  model: null,
  /** @type {import("../types").State | null} */
  state: null,
  result: null,
  gaps: [],
  /** @type {import("../types").Thing | null} */
  pointed: null,
  scenes: null,
  /** @type {import("../types").Presenting | null} */
  presenting: null,
  lit: [],
  online: false,
  map: null,
  layers: null,
  actions: null,
  related: null,
};

/** @type {Set<() => void>} */
const listeners = new Set();

/**
 * Called after every change, in the order in which they came.
 *
 * @param {() => void} listener
 * @returns {() => void} What ends it.
 */
export function subscribe(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function publish() {
  for (const listener of listeners) listener();
}

/** @param {Partial<import("../types").State>} values */
export function setState(values) {
  Object.assign(page.state, values);
  publish();
}

export const firstScene = () => ({ set: page.scenes.own.length ? "own" : "automatic", at: 0 });

export const presentedScene = () => page.presenting && page.scenes[page.presenting.set][page.presenting.at];
