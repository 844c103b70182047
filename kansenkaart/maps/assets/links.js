// What runs already, is planned or stopped: grey on the map, each with its own switch and list.

function makeLinks(model, actions) {
  const rows = model.project.linksKnown ? LINK_STATUSES.map((name, n) => linkGroup(model, name, n, actions)) : [];
  const element = el("section", { class: "links", "aria-labelledby": "kk-links" },
    el("h2", { id: "kk-links" }, t("links")),
    model.project.linksKnown ? el("ul", { class: "rows" }, rows.map((row) => row.element)) : el("p", { class: "note" }, t("links_unknown")));
  const update = () => rows.forEach((row, n) => {
    row.input.checked = page.state.links[n];
    row.element.classList.toggle("off", !page.state.links[n]);
  });
  return { element, update };
}

function linkGroup(model, name, n, actions) {
  const style = model.style.links[name];
  const own = model.links.flatMap((link, at) => (link.status === n ? [at] : []));
  const input = el("input", { type: "checkbox", checked: true, "data-link": name, onchange: () => actions.toggle("links", n) });
  const head = el("label", { class: "row" }, input, lineDrawing(style.colour, style.dash, { weight: 3, cross: name === "stopped" }),
    el("span", { class: "words" }, el("span", { class: "name" }, t(`link_${name}`), " ", el("span", { class: "count" }, whole(own.length)))));
  const items = own.map((at) => el("li", {}, linkButton(model, at, actions)));
  const list = own.length ? el("details", { class: "more" },
    el("summary", {}, t("show_list"), el("span", { class: "spoken" }, `: ${t(`link_${name}`)}`)), el("ul", {}, items)) : null;
  return { element: el("li", {}, head, list), input };
}

function linkButton(model, at, actions) {
  const link = model.links[at];
  return el("button", { type: "button", class: "line-button", onclick: () => actions.choose({ kind: "link", id: at }, { focus: true }) },
    named(link.supplyName), " → ", named(link.demandName),
    el("span", { class: "note" }, named(model.streams[link.stream].name)));
}
