// The store: what the whole page shares. Everybody reads it, only this module writes it, and who wants to know of a
// change subscribes to its topic.

const data = /** @type {Page} */ (
  /** @type {unknown} */ ({
    model: null,
    state: null,
    result: null,
    gaps: [],
    rows: [],
    pointed: null,
    pointedAt: null,
    scenes: null,
    presenting: null,
    drawer: null,
    lit: [],
    online: false,
    map: null,
    layers: null,
    actions: null,
    related: null,
    unfolded: new Set(),
  })
);

/** @type {Readonly<Page>} */
export const page = data;

const TOPICS = /** @type {const} */ (["asked", "pointed", "lit", "card", "drawer", "online", "firm"]);

/** @typedef {typeof TOPICS[number]} Topic */

/** @type {Map<Topic, Set<() => void>>} */
const listeners = new Map(TOPICS.map((topic) => [topic, new Set()]));

/**
 * Called after every change, in the order in which they came.
 *
 * @param {() => void} listener
 * @param {Topic} topic
 * @returns {() => void} What ends it.
 */
export function subscribe(listener, topic = "asked") {
  /** @type {Set<() => void>} */ (listeners.get(topic)).add(listener);
  return () => void (/** @type {Set<() => void>} */ (listeners.get(topic)).delete(listener));
}

/** @param {Topic} topic */
export function publish(topic = "asked") {
  for (const listener of /** @type {Set<() => void>} */ (listeners.get(topic))) listener();
}

/**
 * What is there once the page opens.
 *
 * @param {Partial<Page>} parts
 */
export const setUp = (parts) => void Object.assign(data, parts);

/**
 * What is asked for: filters, tab, order, choice.
 *
 * @param {Partial<State>} values
 */
export function setState(values) {
  Object.assign(data.state, values);
  publish();
}

/**
 * What answers to it.
 *
 * @param {Result} result
 * @param {Gap[]} gaps
 */
export const setFound = (result, gaps) => void Object.assign(data, { result, gaps });

/** @param {Int32Array} rows The chances found, in the order of the list. */
export const setRows = (rows) => void Object.assign(data, { rows });

/**
 * What the pointer or a list points at, and where on the map.
 *
 * @param {Thing | null} pointed
 * @param {L.Point | null} pointedAt
 */
export function setPointed(pointed, pointedAt = null) {
  Object.assign(data, { pointed, pointedAt });
  publish("pointed");
}

/** @param {number[]} lit Chances that a drawer points at. */
export function setLit(lit) {
  Object.assign(data, { lit });
  publish("lit");
}

/** @param {boolean} online Whether the background comes from the network. */
export function setOnline(online) {
  Object.assign(data, { online });
  publish("online");
}

/** @param {Presenting | null} presenting */
export const setPresenting = (presenting) => void Object.assign(data, { presenting });

/** @param {string | null} drawer The one that opens; null closes it. */
export function setDrawer(drawer) {
  Object.assign(data, { drawer });
  publish("drawer");
}

/** @type {() => { set: SceneSet, at: number }} */
export const firstScene = () => ({ set: page.scenes.own.length ? "own" : "automatic", at: 0 });

/** @type {() => Scene | null} */
export const presentedScene = () => page.presenting && page.scenes[page.presenting.set][page.presenting.at];
