// In the card of a chance: the table votes, confirms or rejects, and says what happens next; and who must be there.

import { block } from "../card/parts.js";
import { el, fill, icon, named, noteLine, signButton } from "../dom.js";
import { clean, dateWords, plural, t, whole } from "../model/format.js";
import { matchId } from "../model/model.js";
import { BALLOT_LIMITS, isDay } from "./ballot.js";
import { tableName, typedField } from "./fields.js";
import { kept, ownRow, verdictOf, writeOwnRow } from "./kept.js";

/** @type {Record<string, string>} */
const room_icons = {
  confirm: "M4,10.5L8.5,15L16.5,5.5",
  reject: "M5,5L15,15M15,5L5,15",
  conflict: "M4,7.5H16M4,12.5H16M13,3.5L7,16.5",
};

/** @param {string} name @param {number} [size] */
const roomIcon = (name, size = 16) => icon(room_icons[name], size, 2.6);

/** @param {Model} model @param {number} m @param {Actions} actions */
export function askBlock(model, m, actions) {
  const id = matchId(model, m);
  /** @param {any} values */
  const write = (values) => {
    writeOwnRow(model, id, values);
    actions.set({});
  };
  return el(
    "section",
    { class: "room", id: "kk-room" },
    el("h3", {}, t("room")),
    model.c["m.confirmed"]?.[m]
      ? el("p", { class: "room-decided" }, roomIcon("confirm"), el("span", {}, t("decided_before")))
      : null,
    el("div", { class: "room-quick" }, voteField(id, write), verdictField(id, write)),
    agreements(id, write),
    otherTables(id),
    kept.failed ? el("p", { class: "note warn" }, t(kept.failed)) : null,
  );
}

/** @param {string} id @param {(values: any) => void} write */
function voteField(id, write) {
  const output = el("output", { id: "kk-votes" }, whole(ownRow(id).votes));
  /** @param {number} by @param {any} words @param {string} key */
  const step = (by, words, key) =>
    signButton(words, by < 0 ? "−" : "+", {
      id: `kk-vote-${key}`,
      onclick: () => {
        const votes = Math.min(BALLOT_LIMITS.votes, Math.max(0, ownRow(id).votes + by));
        write({ votes });
        fill(output, whole(votes));
        less.disabled = votes === 0;
        // A button that can do nothing more loses the focus; the other one takes it over.
        if (less.disabled && by < 0) more.focus();
      },
    });
  const [less, more] = [step(-1, t("vote_less"), "less"), step(1, t("vote_more"), "more")];
  less.disabled = ownRow(id).votes === 0;
  return el(
    "div",
    { class: "room-votes", role: "group", "aria-labelledby": "kk-votes-label" },
    el("span", { id: "kk-votes-label", class: "room-label" }, t("votes")),
    el("div", { class: "stepper" }, less, output, more),
  );
}

/** @param {string} id @param {(values: any) => void} write */
function verdictField(id, write) {
  const verdict = ownRow(id).verdict;
  /** @param {any} value @param {any} words @param {any} icon */
  const choice = (value, words, icon) =>
    el(
      "label",
      { class: "room-choice", "data-verdict": value ?? "open" },
      el("input", {
        type: "radio",
        name: "kk-verdict",
        value: value ?? "",
        checked: verdict === value,
        onchange: () => write({ verdict: value }),
      }),
      icon ? roomIcon(icon, 14) : null,
      el("span", {}, words),
    );
  return el(
    "fieldset",
    { class: "room-verdict" },
    el("legend", { class: "spoken" }, t("verdict")),
    el(
      "div",
      { class: "room-choices" },
      choice("confirm", t("confirm"), "confirm"),
      choice(null, t("verdict_open"), null),
      choice("reject", t("reject"), "reject"),
    ),
  );
}

// Comment, next step, owner and date: open once something stands there.
/** @param {string} id @param {(values: any) => void} write */
function agreements(id, write) {
  const row = ownRow(id);
  /** @param {string} name @param {string} tag @param {any} [attributes] */
  const field = (name, tag, attributes = {}) =>
    typedField(
      `kk-${name}`,
      t(name),
      tag,
      { maxlength: BALLOT_LIMITS.letters, ...attributes },
      /** @type {any} */ (row)[name],
      (value) => write({ [name]: value }),
    );
  const due = el("input", {
    type: "date",
    id: "kk-due",
    min: "2000-01-01",
    max: "2100-12-31",
    value: row.due,
    onchange: () => write({ due: isDay(due.value) ? due.value : null }),
  });
  const filled = row.comment || row.next_step || row.owner || row.due;
  return el(
    "details",
    { class: "room-more", open: Boolean(filled) },
    el("summary", {}, t("agreements")),
    field("comment", "textarea", { rows: 3 }),
    field("next_step", "textarea", { rows: 2 }),
    field("owner", "input", { autocomplete: "off" }),
    el("div", { class: "room-field" }, el("label", { for: "kk-due" }, t("due")), due),
  );
}

// What the ballots of other tables, read in here, say of the same chance.
/** @param {string} id */
function otherTables(id) {
  const rows = kept.others.flatMap((ballot) =>
    ballot.matches
      .filter((/** @type {any} */ row) => row.match === id)
      .map((/** @type {any} */ row) => ({ ballot, row })),
  );
  if (!rows.length) return null;
  /** @param {any} of */
  const words = ({ votes, verdict, comment, next_step: next, owner, due }) =>
    [
      votes ? plural("votes", votes) : null,
      verdict ? t(verdict === "confirm" ? "confirmed" : "rejected") : null,
      comment && `“${clean(comment, 600)}”`,
      next && `${t("next_step")}: ${clean(next, 600)}`,
      owner && `${t("owner")}: ${clean(owner, 200)}`,
      due && `${t("due")}: ${dateWords(due)}`,
    ]
      .filter(Boolean)
      .join(" · ");
  return el(
    "div",
    { class: "room-others" },
    el("h4", {}, t("other_tables")),
    el(
      "ul",
      {},
      rows.map(({ ballot, row }) => el("li", {}, el("strong", {}, tableName(ballot)), " ", el("bdi", {}, words(row)))),
    ),
  );
}

export const VERDICT_TEXTS = { confirm: "confirmed", reject: "rejected", conflict: "conflict" };

// The sign of a chance in the list: votes, and what was decided.
/** @param {Model} model @param {number} m */
export function roomMark(model, m) {
  const sum = kept.sums.get(m);
  if (!sum || !(sum.votes || sum.confirm || sum.reject)) return null;
  const verdict = verdictOf(model, m);
  const words = verdict && t(VERDICT_TEXTS[verdict]);
  return el(
    "span",
    {
      class: `room-mark ${verdict ?? ""}`,
      title: [sum.votes ? plural("votes", sum.votes) : null, words].filter(Boolean).join(", "),
    },
    verdict ? roomIcon(verdict, 12) : null,
    sum.votes ? el("span", { "aria-hidden": "true" }, whole(sum.votes)) : null,
    el(
      "span",
      { class: "spoken" },
      ", ",
      [sum.votes ? plural("votes", sum.votes) : null, words].filter(Boolean).join(", "),
    ),
  );
}

// Who must be at the table: both ends, and whom the rules of the catalogue name.
/** @param {Model} model @param {number} m */
export function partiesBlock(model, m) {
  const { c } = model;
  const [supply, demand] = [c["m.supply"][m], c["m.demand"][m]];
  const areas = [...new Set([supply, demand].map((s) => model.strings[c["s.municipality"][s]]).filter(Boolean))];
  const provinces = [
    ...new Set(areas.map((area) => model.room.provinces[/** @type {string} */ (area)]).filter(Boolean)),
  ];
  const kinds = [supply, demand].map((s) => c["s.kind"][s]);
  /** @param {Party} party */
  const comes = (party) =>
    party.always ||
    (party.crossing && areas.length > 1) ||
    party.streams.includes(c["m.stream"][m]) ||
    party.kinds.some((kind) => kinds.includes(kind));
  /** @param {Party} party */
  const who = (party) => {
    const names = { municipality: areas, province: provinces }[party.named] ?? [];
    return [
      t(`party_${party.id}`),
      names.length ? [" ", names.map((name, n) => [n ? ` ${t("decides_and")} ` : "", named(name)])] : null,
    ];
  };
  /** @param {unknown} words @param {string} why @param {Party} [party] */
  const row = (words, why, party) =>
    el(
      "li",
      {},
      el("span", { class: "who" }, words),
      el("span", { class: "note" }, why, party?.source && ` (${t("party_source", { source: party.source })})`),
    );
  return block(
    t("parties"),
    el(
      "ul",
      { class: "parties" },
      row(named(model.siteNames[supply]), t("party_supplier")),
      row(named(model.siteNames[demand]), t("party_taker")),
      model.room.parties.filter(comes).map((party) => row(who(party), t(`party_${party.id}_why`), party)),
    ),
    noteLine(t("parties_estimate")),
  );
}
