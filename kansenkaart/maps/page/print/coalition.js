// The sheet of a coalition on one A4: its map, what is known of it, who brings and fetches what, and room to agree.

import { el, named, noteLine, tableHead } from "../dom.js";
import { clean, t } from "../model/format.js";
import { groupNumber } from "../workshop/ballot.js";
import { aboutWords, groupName, membersOf, ownGroup } from "../workshop/groups.js";
import { boundsOf, laySheet, paperList, printSheet } from "./paper.js";
import { paintPaper } from "./paper_map.js";

const MAP = { width: 400, height: 330, ratio: 2.5 };

/** @param {Model} model @param {number} n */
export const printCoalition = (model, n) =>
  printSheet((map, layers) => {
    const { id, notes } = model.coalitions[n];
    const said = ownGroup(id);
    const groups = [n, ...said.joins.map((other) => groupNumber(model, other))];
    const members = membersOf(model, n).map((m) => /** @type {Thing} */ ({ kind: "match", id: m }));
    const canvas = el("canvas", { "aria-hidden": "true" });
    paintPaper(canvas, map, layers, MAP, { bounds: boundsOf(model, members) });
    return laySheet(
      el(
        "div",
        { class: "kk-paper-coalition" },
        el("h2", {}, named(groupName(model, n))),
        noteLine(t("coalition"), " · ", aboutWords(model, n)),
        changedLine(model, n),
        canvas,
        groups.map((group) => [
          groups.length > 1 ? el("h3", {}, named(model.strings[model.coalitions[group].name])) : null,
          factLines(model, group, group === n ? ownScores(model, said) : []),
          partnerTable(model, group),
        ]),
        noteLine(model.strings[notes[0]]),
        // As many as fit on the page with its partners.
        paperList(model, 18 - model.coalitions[n].partners.length),
        el("p", { class: "sign" }, model.strings[notes[1]]),
      ),
    );
  });

/** @param {Model} model @param {number} n */
export function changedLine(model, n) {
  const { joins, out } = ownGroup(model.coalitions[n].id);
  return joins.length || out.length ? noteLine(t("coalition_changed")) : null;
}

// All on paper, with what this table says; in the panel, without `more`, only what is asked first.
/** @param {Model} model @param {number} n @param {any[]} [more] */
export const factLines = (model, n, more) =>
  el(
    "dl",
    {},
    model.coalitions[n].facts
      .filter(([, , paper]) => more || !paper)
      .map(([what, words]) => [what, model.strings[words]])
      .concat(more ?? [])
      .map(([what, words]) => [el("dt", { class: "note" }, what), el("dd", {}, el("bdi", {}, clean(words, 600)))]),
  );

// What this table finds that it is worth beside money.
/** @param {Model} model @param {GroupRow} said */
function ownScores(model, said) {
  const given = model.room.values.filter(([key]) => said[key]).map(([key, name]) => `${name} ${said[key]}`);
  return given.length ? [[t("coalition_scores"), given.join(", ")]] : [];
}

/** @param {Model} model @param {number} n */
function partnerTable(model, n) {
  const { title, partners } = model.coalitions[n];
  const [head, ...rows] = partners.map((cells) => cells.map((cell) => model.strings[cell]));
  return el(
    "section",
    { class: "kk-paper-list" },
    el("h3", {}, model.strings[title]),
    el(
      "table",
      {},
      tableHead(head.map((cell) => el("th", { scope: "col" }, cell))),
      el(
        "tbody",
        {},
        rows.map((cells) =>
          el(
            "tr",
            {},
            cells.map((cell) => el("td", {}, named(cell))),
          ),
        ),
      ),
    ),
  );
}
