// "Inbreng": what the room said in numbers, the file that goes home, the files of other tables, and what is hidden.

import { byId, el, fieldById, fill, named, namedPair, noteLine, offerFile, pushButton } from "../dom.js";
import { listenToPoints } from "../map/points.js";
import { pairNamed } from "../map/things.js";
import { clean, fileName, locale, plural, t, whole } from "../model/format.js";
import { page, publish } from "../state/store.js";
import { BALLOT_LIMITS, BallotFault, doubtedLink, makeBallot, matchNumber, readBallot, siteNumber } from "./ballot.js";
import { doButton, plainButton, tableName, typedField } from "./fields.js";
import { hiding, isDoubtHidden, keepHidden, openHidden } from "./hidden.js";
import { hiddenList, listenToHideKey } from "./hide.js";
import {
  allBallots,
  isEmptyBallot,
  keepBallots,
  kept,
  mergeBallot,
  openBallots,
  ROOM_CHOICES,
  storeBallots,
} from "./kept.js";
import { freeSmallScreen, showRoomNote } from "./note.js";
import { presentTally } from "./tally.js";
import { sumRows } from "./totals.js";

/** @param {Model} model @param {State} state */
export function openRoom(model, state) {
  openBallots(model);
  openHidden(model, state);
}

/** @param {Model} model @param {L.Map} map @param {Actions} actions */
export function startRoom(model, map, actions) {
  byId("kk-area").append(el("div", { class: "room-note", id: "kk-room-note", role: "status" }));
  listenToHideKey(model, actions);
  listenToPoints(map);
}

/** @param {Model} model @param {Actions} actions */
export function makeRoomDrawer(model, actions) {
  const table = typedField(
    "kk-table",
    t("table_name"),
    "input",
    { maxlength: 100, autocomplete: "off" },
    kept.own.table,
    (name) => {
      kept.own.table = name;
      keepBallots(model);
      publish();
    },
  );
  const parts = {
    sums: el("dl", { class: "room-sums" }),
    warning: el("p", { class: "room-warning", role: "status" }),
    report: el("div", { class: "room-report", "aria-live": "polite" }),
    tables: el("div", {}),
    doubts: el("div", {}),
    hidden: el("div", {}),
    session: el("div", {}),
  };
  const only = el(
    "select",
    { id: "kk-only", onchange: () => actions.set({ room: only.value, tab: "chances" }) },
    Object.keys(ROOM_CHOICES).map((name) => el("option", { value: name }, t(`only_${name}`))),
  );
  const order = el(
    "label",
    { class: "check" },
    el("input", {
      type: "checkbox",
      id: "kk-by-votes",
      onchange: (/** @type {any} */ event) =>
        actions.set({ sort: event.target.checked ? "votes" : "rank", turned: false, tab: "chances" }),
    }),
    el("span", {}, t("by_votes")),
  );
  const files = el("input", {
    type: "file",
    id: "kk-import",
    class: "spoken",
    accept: ".json,application/json",
    multiple: true,
    "aria-label": t("import"),
    tabindex: -1,
    onchange: async () => {
      await importFiles(model, [...(files.files ?? [])], parts.report);
      files.value = "";
      publish();
    },
  });
  const empty = el("div", { class: "room-empty" });
  const element = el(
    "div",
    { class: "room-drawer" },
    parts.warning,
    table,
    parts.sums,
    el(
      "div",
      { class: "room-buttons" },
      doButton("export", () => exportBallot(parts.report), { id: "kk-export" }),
      plainButton("import", () => files.click(), { id: "kk-import-open" }),
      plainButton("tally_show", () => presentTally(model), { id: "kk-tally" }),
      files,
    ),
    parts.report,
    parts.session,
    el(
      "section",
      {},
      el("h3", {}, t("in_list")),
      el("div", { class: "room-field" }, el("label", { for: "kk-only" }, t("only")), only),
      order,
    ),
    parts.doubts,
    parts.tables,
    el("section", {}, el("h3", {}, t("hidden_title")), parts.hidden, hideKeySwitch(model)),
    empty,
  );
  askEmpty(model, empty, actions);
  const update = () => {
    fill(parts.warning, kept.failed ? t(kept.failed) : null);
    fill(parts.sums, sumRows(model));
    only.value = page.state.room;
    fieldById("kk-by-votes").checked = page.state.sort === "votes";
    fillKept(parts.session, sessionPart(model, actions));
    fillKept(parts.doubts, doubtList(model, actions));
    fillKept(parts.tables, tableList(model, actions));
    fillKept(parts.hidden, hiddenList(model));
  };
  return { element, update };
}

// Drawn again, with its lists open as they were.
/** @param {HTMLElement} holder @param {any} content */
function fillKept(holder, content) {
  const open = holder.querySelector("details")?.open;
  fill(holder, content);
  const details = holder.querySelector("details");
  if (details && open) details.open = true;
}

/** @param {Model} model */
function hideKeySwitch(model) {
  return el(
    "label",
    { class: "check" },
    el("input", {
      type: "checkbox",
      id: "kk-hide-key",
      checked: hiding.keyOn,
      onchange: (/** @type {any} */ event) => {
        hiding.keyOn = event.target.checked;
        keepHidden(model);
        publish("card");
      },
    }),
    el("span", {}, t("hide_key")),
  );
}

/** @param {Thing} thing @param {unknown} words @param {Actions} actions */
function wayTo(thing, words, actions) {
  const onclick = () => {
    freeSmallScreen();
    actions.choose(thing, { focus: true });
  };
  return pushButton({ class: "text", onclick }, words);
}

// What an earlier session changed in this map, each the way to its card; a pair that was rejected has none.
/** @param {Model} model @param {Actions} actions */
function sessionPart(model, actions) {
  const { c, siteNames, streams } = model;
  const { session } = model.room;
  if (!session) return null;
  /** @param {string} key @param {unknown} words @param {Thing} [thing] */
  const row = (key, words, thing) => el("li", {}, t(key), ": ", thing ? wayTo(thing, words, actions) : words);
  const confirmed = c["m.confirmed"] ? [...c["m.confirmed"].keys()].filter((m) => c["m.confirmed"][m]) : [];
  return el(
    "details",
    { class: "room-doubts", id: "kk-session" },
    el("summary", {}, t("session")),
    noteLine(session.words),
    el(
      "ul",
      {},
      confirmed.map((m) => row("confirmed", pairNamed(model, m), { kind: "match", id: m })),
      session.rejected.map(([stream, supply, demand]) =>
        row("rejected", [namedPair(siteNames[supply], siteNames[demand]), ` (${clean(streams[stream]?.name)})`]),
      ),
      session.firms.map((s) => row("session_firm", named(siteNames[s]), { kind: "site", id: s })),
    ),
  );
}

// Numbers that are doubted, each the way to its card.
/** @param {Model} model @param {Actions} actions */
function doubtList(model, actions) {
  const rows = allBallots().flatMap((ballot) =>
    ballot.doubts
      .filter((/** @type {Doubt} */ doubt) => !isDoubtHidden(model, doubt))
      .map((/** @type {Doubt} */ doubt) => ({ ballot, doubt })),
  );
  if (!rows.length) return null;
  /** @param {any} of @returns {Thing} */
  const thing = ({ match, site, number }) => {
    const at = doubtedLink(model, number);
    if (at >= 0) return { kind: "link", id: at };
    return match === null
      ? { kind: "site", id: siteNumber(model, site) }
      : { kind: "match", id: matchNumber(model, match) };
  };
  /** @param {any} of */
  const name = ({ match, site, number }) => {
    const link = model.links[doubtedLink(model, number)];
    if (link) return namedPair(link.supplyName, link.demandName);
    if (site !== null) return named(model.siteNames[siteNumber(model, site)]);
    const m = matchNumber(model, match);
    return m < 0 ? t("unknown") : pairNamed(model, m);
  };
  return el(
    "details",
    { class: "room-doubts" },
    el("summary", {}, plural("doubts", rows.length)),
    el(
      "ul",
      {},
      rows.map(({ ballot, doubt }) =>
        el(
          "li",
          {},
          doubt.match === null && doubt.site === null && doubtedLink(model, doubt.number) < 0
            ? null
            : wayTo(thing(doubt), name(doubt), actions),
          noteLine(
            el("bdi", {}, clean(doubt.shown, 120)),
            doubt.comment ? [": ", el("bdi", {}, clean(doubt.comment, 600))] : null,
            ballot === kept.own ? null : [" · ", tableName(ballot)],
          ),
        ),
      ),
    ),
  );
}

/** @param {Model} model @param {Actions} actions */
function tableList(model, actions) {
  if (!kept.others.length) return null;
  /** @param {Ballot} ballot */
  const remove = (ballot) => {
    kept.others = kept.others.filter((one) => one !== ballot);
    storeBallots(model);
    actions.set({});
    showRoomNote(t("table_removed"), () => {
      mergeBallot(model, ballot);
      actions.set({});
    });
  };
  // The file of this table, opened on another machine: writing goes on in it.
  /** @param {Ballot} ballot */
  const goOn = (ballot) => {
    kept.others = [...kept.others.filter((one) => one !== ballot), ...(isEmptyBallot(kept.own) ? [] : [kept.own])];
    kept.own = ballot;
    storeBallots(model);
    fieldById("kk-table").value = ballot.table;
    actions.set({});
    publish("card");
    showRoomNote(t("table_taken_over"));
  };
  return el(
    "section",
    {},
    el("h3", {}, t("other_tables")),
    el(
      "ul",
      { class: "room-tables" },
      kept.others.map((ballot) =>
        el(
          "li",
          {},
          el("strong", {}, tableName(ballot)),
          noteLine(
            t("table_saved", {
              moment: new Date(ballot.saved).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" }),
              matches: whole(ballot.matches.length),
              missing: whole(ballot.missing.length),
              doubts: whole(ballot.doubts.length),
            }),
          ),
          el(
            "div",
            { class: "room-buttons" },
            plainButton("table_go_on", () => goOn(ballot)),
            plainButton("remove", () => remove(ballot)),
          ),
        ),
      ),
    ),
  );
}

/** @param {HTMLElement} report */
function exportBallot(report) {
  const text = `${JSON.stringify(kept.own, null, 1)}\n`;
  const blob = new Blob([text], { type: "application/json" });
  const name = fileName(kept.own.table, 40) || t("file_table");
  const file = `${t("file_start")}-${name}-${kept.own.ballot.slice(0, 8)}.json`;
  offerFile(blob, file);
  fill(report, el("p", { role: "status" }, t(blob.size > BALLOT_LIMITS.bytes ? "export_large" : "exported", { file })));
}

// Every file on its own: one that is refused changes nothing and does not stop the others.
/** @param {Model} model @param {any} files @param {HTMLElement} report */
async function importFiles(model, files, report) {
  const lines = [];
  for (const file of files) {
    const name = clean(file.name, 80);
    try {
      if (file.size > BALLOT_LIMITS.bytes)
        throw new BallotFault("ballot_large", { file: name, allowed: BALLOT_LIMITS.bytes / 1e6 });
      const ballot = readBallot(model, await file.text(), name);
      const done = mergeBallot(model, ballot);
      lines.push(el("p", {}, t(`imported_${done}`, { file: name, table: clean(ballot.table) || t("table_unnamed") })));
    } catch (error) {
      const words = error instanceof BallotFault ? error.message : t("ballot_unreadable", { file: name });
      lines.push(el("p", { class: "refused", role: "alert" }, words));
    }
  }
  fill(report, lines);
  fieldById("kk-table").value = kept.own.table;
  publish("card");
}

// Emptying asks first, and can be taken back afterwards.
/** @param {Model} model @param {HTMLElement} holder @param {Actions} actions */
function askEmpty(model, holder, actions) {
  const begin = () => {
    fill(holder, plainButton("empty_ballot", ask, { id: "kk-empty" }));
    if (holder.dataset.asked) /** @type {HTMLElement} */ (holder.firstChild).focus();
  };
  const ask = () => {
    holder.dataset.asked = "true";
    fill(
      holder,
      el("p", { role: "alert" }, t("empty_sure")),
      el(
        "div",
        { class: "room-buttons" },
        doButton("empty_yes", empty, { id: "kk-empty-yes" }),
        plainButton("cancel", begin),
      ),
    );
    byId("kk-empty-yes").focus();
  };
  const empty = () => {
    const before = { own: kept.own, others: kept.others };
    Object.assign(kept, { own: makeBallot(model, kept.own.table), others: [] });
    const show = () => {
      storeBallots(model);
      actions.set({});
      publish("card");
    };
    show();
    begin();
    showRoomNote(t("emptied"), () => {
      // What was said since then stays, as the ballot of another table.
      const since = isEmptyBallot(kept.own) ? [] : [kept.own];
      Object.assign(kept, { own: before.own, others: [...before.others, ...kept.others, ...since] });
      show();
    });
  };
  begin();
}
