// The bar of the workshop, and the drawers behind its buttons: one open at a time, made when first asked for.
// A drawer is { key, icon, wide, make(model, actions) } and its make returns { element, update() }.

const DRAWERS = [];

const bar = { open: null, made: new Map(), buttons: new Map() };

function makeBar(model, actions) {
  const buttons = DRAWERS.map(({ key, icon }) => {
    const button = el("button", {
      type: "button", id: `kk-open-${key}`, "aria-expanded": "false", "aria-controls": "kk-drawer", title: t(`bar_${key}`),
      onclick: () => (bar.open === key ? closeDrawer() : openDrawer(key, model, actions)),
    }, icon(), el("span", {}, t(`bar_${key}`)));
    bar.buttons.set(key, button);
    return button;
  });
  const element = byId("kk-bar");
  element.setAttribute("aria-label", t("bar"));
  element.hidden = !buttons.length;
  fill(element, buttons);
}

function openDrawer(key, model, actions) {
  const { make, wide } = DRAWERS.find((one) => one.key === key);
  if (!bar.made.has(key)) bar.made.set(key, make(model, actions));
  bar.open = key;
  const close = el("button", { type: "button", class: "close", "aria-label": t("close"), title: t("close"), onclick: closeDrawer },
    drawing(18, 18, svg("path", { d: "M4,4L14,14M14,4L4,14", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round" })));
  const drawer = byId("kk-drawer");
  fill(drawer, el("div", { class: "drawer-top" }, el("h2", { id: "kk-drawer-title", tabindex: -1 }, t(`bar_${key}`)), close),
    el("div", { class: "drawer-body" }, bar.made.get(key).element));
  drawer.setAttribute("aria-labelledby", "kk-drawer-title");
  drawer.classList.toggle("wide", Boolean(wide));
  drawer.dataset.drawer = key;
  drawer.hidden = false;
  markDrawer();
  updateDrawer();
  byId("kk-drawer-title").focus({ preventScroll: true });
}

function closeDrawer() {
  const drawer = byId("kk-drawer");
  if (drawer.hidden) return;
  const button = bar.buttons.get(bar.open);
  const inside = drawer.contains(document.activeElement);
  drawer.hidden = true;
  delete drawer.dataset.drawer;
  bar.open = null;
  markDrawer();
  if (inside) button.focus({ preventScroll: true });
}

function markDrawer() {
  for (const [key, button] of bar.buttons) button.setAttribute("aria-expanded", String(bar.open === key));
}

// Called after every change of what is shown.
function updateDrawer() {
  if (bar.open) bar.made.get(bar.open).update();
}

// An icon of one path on a field of 20 by 20.
const barIcon = (path) => () =>
  drawing(20, 20, svg("path", { d: path, fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round" }));
