// Coalitions: chances that belong together, each opening to what is known of it and what the room makes of it.

import { block } from "../card/parts.js";
import { el, fill, named, pushButton } from "../dom.js";
import { latLng } from "../map/region.js";
import { clean, t } from "../model/format.js";
import { changedLine, factLines, printCoalition } from "../print/coalition.js";
import { DRAWN } from "../state/filters.js";
import { page, publish } from "../state/store.js";
import { groupNumber, matchNumber } from "../workshop/ballot.js";
import { plainButton, typedField } from "../workshop/fields.js";
import {
  aboutWords,
  coalitionOf,
  groupName,
  isJoined,
  joinGroup,
  membersOf,
  ownGroup,
  splitGroup,
  toggleMember,
  writeGroup,
} from "../workshop/groups.js";
import { showRoomNote } from "../workshop/note.js";
import { groupRow, toChances } from "./group_row.js";

/** @param {Model} model @param {number} n @param {Actions} actions */
export function coalitionRow(model, n, actions) {
  const { id } = model.coalitions[n];
  let shown = "";
  const row = groupRow(
    "coalition",
    n,
    {
      name: () => groupName(model, n),
      about: () => aboutWords(model, n),
      // Drawn anew only when its shape changes: a field that somebody types in stays.
      inside(/** @type {HTMLElement} */ holder, /** @type {boolean} */ chosen) {
        const { joins, out } = ownGroup(id);
        const now = chosen ? JSON.stringify([joins, out, page.result.list.length]) : "";
        if (now !== shown) fill(holder, chosen ? coalitionWords(model, n, actions) : null);
        shown = now;
      },
      choose: () => chooseCoalition(model, n, actions),
    },
    actions,
  );
  return {
    element: row.element,
    update() {
      row.element.hidden = isJoined(model, n);
      row.update();
    },
  };
}

/** @param {Model} model @param {number} n @param {Actions} actions */
function chooseCoalition(model, n, actions) {
  const members = membersOf(model, n);
  const drawn = DRAWN.find((most) => most >= members.length) ?? page.state.drawn;
  actions.set({ through: { coalition: n }, chosen: null, tab: "clusters", drawn: Math.max(drawn, page.state.drawn) });
  const { "m.supply": supply, "m.demand": demand, "s.x": x, "s.y": y } = model.c;
  const ends = members.flatMap((m) => [supply[m], demand[m]]).map((s) => latLng(x[s] / 10, y[s] / 10));
  page.map.fitBounds(L.latLngBounds(ends), { padding: [90, 90], maxZoom: 13 });
}

/** @param {Model} model @param {number} n @param {Actions} actions */
function coalitionWords(model, n, actions) {
  const { id } = model.coalitions[n];
  const said = ownGroup(id);
  const write = (/** @type {Partial<GroupRow>} */ values) => {
    writeGroup(model, id, values);
    actions.set({});
  };
  const confirmed = el("input", {
    type: "checkbox",
    class: "confirmed",
    checked: said.confirmed,
    onchange: () => write({ confirmed: confirmed.checked }),
  });
  return [
    factLines(model, n),
    changedLine(model, n),
    toChances("coalition_chances", actions),
    pushButton(
      { class: "quiet", id: "kk-print-coalition", onclick: () => printCoalition(model, n) },
      t("coalition_print"),
    ),
    el("label", { class: "check" }, confirmed, el("span", {}, t("coalition_confirm"))),
    typedField("kk-group-name", t("coalition_name"), "input", { maxlength: 100 }, said.name, (name) => write({ name })),
    joinField(model, n, actions),
    said.joins.map((other) =>
      plainButton(
        "coalition_apart",
        () => {
          splitGroup(model, n, other);
          actions.set({});
        },
        {},
        { name: groupName(model, groupNumber(model, other)) },
      ),
    ),
    said.out.map((match) => memberButton(model, n, matchNumber(model, match), "coalition_back", actions)),
    scoreFields(model, said, write),
  ];
}

/** @param {Model} model @param {number} n @param {number} m @param {string} key @param {Actions} actions */
function memberButton(model, n, m, key, actions) {
  const { "m.supply": supply, "m.demand": demand } = model.c;
  return plainButton(
    key,
    () => {
      toggleMember(model, n, m);
      actions.set({});
      publish("card");
    },
    {},
    { name: [supply, demand].map((ends) => clean(model.siteNames[ends[m]], 40)).join(" → ") },
  );
}

/** @param {Model} model @param {number} n @param {Actions} actions */
function joinField(model, n, actions) {
  const others = model.coalitions.map((_, other) => other).filter((other) => other !== n && !isJoined(model, other));
  if (!others.length) return null;
  const select = el(
    "select",
    {
      id: "kk-group-join",
      onchange: () => {
        const undo = joinGroup(model, n, Number(select.value));
        chooseCoalition(model, n, actions);
        showRoomNote(t("coalition_joined"), () => {
          undo();
          actions.set({});
        });
      },
    },
    el("option", { value: "" }, t("coalition_join_choose")),
    others.map((other) => el("option", { value: String(other) }, groupName(model, other))),
  );
  return el("div", { class: "room-field" }, el("label", { for: "kk-group-join" }, t("coalition_join")), select);
}

/** @param {Model} model @param {GroupRow} said @param {(values: Partial<GroupRow>) => void} write */
const scoreFields = (model, said, write) =>
  el(
    "fieldset",
    { class: "scores" },
    el("legend", { class: "note" }, t("coalition_scores")),
    model.room.values.map(([key, name]) => {
      const select = el(
        "select",
        { onchange: () => write({ [key]: Number(select.value) || null }) },
        ["–", 1, 2, 3, 4, 5].map((score) => el("option", { selected: score === said[key] }, score)),
      );
      return el("label", {}, name, select);
    }),
  );

// In the card of a chance: its coalition, and the way out of it.
/** @param {Model} model @param {number} m @param {Actions} actions */
export function coalitionBlock(model, m, actions) {
  const n = coalitionOf(model, m);
  if (n < 0) return null;
  const members = membersOf(model, n);
  const inside = members.includes(m);
  return block(
    t("coalition"),
    pushButton(
      { class: "line-button", id: "kk-coalition", onclick: () => chooseCoalition(model, n, actions) },
      named(groupName(model, n)),
      el("span", { class: "note" }, aboutWords(model, n)),
    ),
    inside && members.length < 2
      ? null
      : memberButton(model, n, m, inside ? "coalition_out" : "coalition_back", actions),
  );
}
