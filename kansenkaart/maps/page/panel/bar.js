// The bar of the workshop, and the drawers behind its buttons: one open at a time, made when first asked for.
// A drawer is { key, path (of its icon, on a field of 20 by 20), wide, make(model, actions) } and its make returns { element, update() }.

import { byId, closeButton, el, fill, icon, pushButton } from "../dom.js";
import { keepRegion } from "../map/region.js";
import { t } from "../model/format.js";
import { makePresentDrawer } from "../present/drawer.js";
import { makePictureDrawer } from "../print/picture.js";
import { makeSankey } from "../sankey/draw.js";
import { page, setDrawer, subscribe } from "../state/store.js";
import { makeMissingDrawer } from "../workshop/missing.js";
import { makeRoomDrawer } from "../workshop/room.js";
import { makeTable } from "./table.js";
import { makeWhatIfDrawer } from "./whatif_drawer.js";

/** @type {{ key: string, path: string, wide?: boolean, make: (model: Model, actions: Actions) => any }[]} */
const DRAWERS = [
  {
    key: "present",
    path: "M2.5,3.5H17.5M4,3.5V13H16V3.5M10,13V17.5M6.5,17.5H13.5M8.5,6V10.5L12,8.25Z",
    make: makePresentDrawer,
  },
  { key: "room", path: "M3,4H17V13.5H9L5.5,17V13.5H3ZM6.5,9L8.5,11L13.5,6.5", make: makeRoomDrawer },
  {
    key: "missing",
    path: "M10,17C6,12.5 4,10.5 4,7.7A6,6 0 0 1 16,7.7C16,10.5 14,12.5 10,17ZM10,5.5V10.5M7.5,8H12.5",
    make: makeMissingDrawer,
  },
  { key: "sankey", path: "M2,4H6C11,4 10,12 18,12M2,16H5C9,16 9,7 18,7M2,10H18", wide: true, make: makeSankey },
  { key: "table", path: "M3,4H17V16H3ZM3,8H17M3,12H17M8.5,4V16", wide: true, make: makeTable },
  { key: "whatif", path: "M3,6H9M14,6H17M3,14H6M11,14H17M11.5,3.5V8.5M8.5,11.5V16.5", make: makeWhatIfDrawer },
  {
    key: "picture",
    path: "M3,5.5H7L8.5,3H11.5L13,5.5H17V16H3ZM10,7.5A3,3 0 1 1 10,13.5A3,3 0 1 1 10,7.5Z",
    make: makePictureDrawer,
  },
];

/** @type {{ shown: string | null, made: Map<string | null, any>, buttons: Map<string | null, HTMLButtonElement> }} */
const bar = { shown: null, made: new Map(), buttons: new Map() };

/** @param {Model} model @param {Actions} actions */
export function makeBar(model, actions) {
  const buttons = DRAWERS.map(({ key, path }) => {
    const button = pushButton(
      {
        id: `kk-open-${key}`,
        "aria-expanded": "false",
        "aria-controls": "kk-drawer",
        title: t(`bar_${key}`),
        onclick: () => setDrawer(page.drawer === key ? null : key),
      },
      icon(path),
      el("span", {}, t(`bar_${key}`)),
    );
    bar.buttons.set(key, button);
    return button;
  });
  const element = byId("kk-bar");
  element.setAttribute("aria-label", t("bar"));
  element.hidden = !buttons.length;
  fill(element, buttons);
  subscribe(() => (page.drawer ? showDrawer(page.drawer, model, actions) : hideDrawer()), "drawer");
  subscribe(() => bar.made.get(bar.shown)?.point?.(page.pointed), "pointed");
}

/** @param {string} key @param {Model} model @param {Actions} actions */
function showDrawer(key, model, actions) {
  const { make, wide } = /** @type {typeof DRAWERS[number]} */ (DRAWERS.find((one) => one.key === key));
  if (!bar.made.has(key)) bar.made.set(key, make(model, actions));
  bar.shown = key;
  const close = closeButton(() => setDrawer(null));
  const drawer = byId("kk-drawer");
  fill(
    drawer,
    el("div", { class: "drawer-top" }, el("h2", { id: "kk-drawer-title", tabindex: -1 }, t(`bar_${key}`)), close),
    el("div", { class: "drawer-body" }, bar.made.get(key).element),
  );
  drawer.setAttribute("aria-labelledby", "kk-drawer-title");
  drawer.classList.toggle("wide", Boolean(wide));
  drawer.dataset.drawer = key;
  drawer.hidden = false;
  keepRegion(page.map);
  markDrawer();
  updateDrawer();
  byId("kk-drawer-title").focus({ preventScroll: true });
}

function hideDrawer() {
  const drawer = byId("kk-drawer");
  if (drawer.hidden) return;
  const button = bar.buttons.get(bar.shown);
  const inside = drawer.contains(document.activeElement);
  drawer.hidden = true;
  delete drawer.dataset.drawer;
  bar.made.get(bar.shown)?.close?.();
  bar.shown = null;
  keepRegion(page.map);
  markDrawer();
  if (inside) button?.focus({ preventScroll: true });
}

function markDrawer() {
  for (const [key, button] of bar.buttons) button.setAttribute("aria-expanded", String(bar.shown === key));
}

// How much of the map a wide drawer covers from below; on a phone it covers all.
export function drawerHeight() {
  const [drawer, area] = [byId("kk-drawer"), byId("kk-area").getBoundingClientRect()];
  if (drawer.hidden || !drawer.classList.contains("wide")) return 0;
  const low = area.bottom - drawer.getBoundingClientRect().top;
  return low < area.height * 0.8 ? low : 0;
}

// Called after every change of what is shown.
export function updateDrawer() {
  bar.made.get(bar.shown)?.update();
}
