// Overschot en tekort: what is left on either side, and why.

function makeGaps(model, actions, scroller) {
  const choices = ROLES.map((role) => {
    const input = el("input", { type: "radio", name: "kk-side", value: role, onchange: () => actions.set({ side: role }) });
    return { role, input, element: el("label", { class: "choice" }, input, el("span", {}, t(role === "supply" ? "overschot" : "tekort"))) };
  });
  const sums = el("ul", { class: "gap-sums" });
  const note = el("p", { class: "note", role: "status" });
  const list = new RowList({
    id: "kk-gaps", label: t("gaps_list"), scroller, rowHeight: 88,
    row: (gap) => gapRow(model, gap),
    choose: (gap) => actions.choose({ kind: "site", id: model.c["f.site"][gap.flow] }, { focus: true }),
    point: (gap) => actions.point(gap && { kind: "site", id: model.c["f.site"][gap.flow] }),
  });
  const element = el("div", { class: "gaps" },
    el("fieldset", { class: "switch" }, el("legend", { class: "spoken" }, t("side")), choices.map((choice) => choice.element)),
    note, sums, list.element);
  return { element, list, update: () => updateGaps(model, { choices, sums, note, list }) };
}

function updateGaps(model, { choices, sums, note, list }) {
  const { state, gaps } = page;
  for (const { role, input } of choices) input.checked = role === state.side;
  const supply = state.side === "supply";
  const left = model.streams.map((stream, n) => ({ stream, n, total: leftOfStream(model, n, supply) }));
  fill(sums, left.filter(({ n, total }) => state.streams[n] && total > 0).map(({ stream, total }) =>
    el("li", {}, lineDrawing(stream.colour, stream.dash, { width: 22, arrow: false }), el("span", { class: "name" }, named(stream.name)),
      el("span", { class: "quantity" }, t("per_year_short", { amount: amount(total, stream.unit) })))));
  fill(note, gaps.length ? t(supply ? "overschot_note" : "tekort_note", { count: whole(gaps.length) }) : t(supply ? "no_overschot" : "no_tekort"));
  list.show(gaps, gaps.findIndex((gap) => state.chosen?.kind === "site" && model.c["f.site"][gap.flow] === state.chosen.id));
}

// The sum of a stream, or with a search of what it leaves: the sums belong to the list below them.
function leftOfStream(model, n, supply) {
  const { state, gaps } = page;
  const stream = model.streams[n];
  if (!searchWords(state).length) return supply ? stream.overschot : stream.tekort;
  return gaps.reduce((sum, { flow, left }) => sum + (model.c["f.stream"][flow] === n ? left : 0), 0);
}

function gapRow(model, { flow, left }) {
  const { c } = model;
  const stream = model.streams[c["f.stream"][flow]];
  return [
    el("span", { class: "chip", "aria-hidden": "true" }, lineDrawing(stream.colour, stream.dash, { width: 22, arrow: false })),
    el("span", { class: "who" },
      el("span", { class: "from" }, named(model.siteNames[c["f.site"][flow]])),
      el("span", { class: "reason" }, clean(flowSentence(model, "f.reason", flow), 400))),
    el("span", { class: "much" },
      el("span", { class: "quantity" }, amount(left, stream.unit)),
      el("span", { class: "grade" }, t("of_amount", { amount: amount(c["f.value"][flow], stream.unit) }))),
  ];
}
