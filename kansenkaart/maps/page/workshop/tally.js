// The state of the room, large: what all tables said together, and a clock for the round that they are in.

import { el, fill, pushButton } from "../dom.js";
import { pairNamed } from "../map/things.js";
import { clockWords, plural, t, whole } from "../model/format.js";
import { startPresenting } from "../present/present.js";
import { makeState } from "../state/filters.js";
import { sortChances } from "../state/sorting.js";
import { page } from "../state/store.js";
import { ANYTHING_SAID, allBallots, isEmptyBallot, kept } from "./kept.js";
import { sumRows } from "./totals.js";

const SHOWN = 8;

/** @type {{ number: number, ends: number, clock: HTMLElement | null }} */
const round = { number: 0, ends: 0, clock: null };

// The chances spoken of, most votes first, on the map and beside it.
/** @param {Model} model */
export function presentTally(model) {
  round.clock ??= makeClock();
  const scene = /** @type {any} */ ({
    name: "stand",
    title: t("tally"),
    words: () => [plural("tally_tables", allBallots().filter((ballot) => !isEmptyBallot(ballot)).length)],
    position: null,
    bounds: null,
    highlight: [],
    seen: { ...makeState(model), tab: "chances", room: ANYTHING_SAID, sort: "votes" },
    beside: () => [round.clock, el("dl", { class: "room-sums" }, sumRows(model)), tallyRows(model)],
  });
  page.scenes.tally = [scene];
  startPresenting({ set: "tally", at: 0 });
}

/** @param {Model} model */
function tallyRows(model) {
  const { state, result, actions } = page;
  const said = [...sortChances(model, state, result.list)].filter((m) => kept.sums.has(m)).slice(0, SHOWN);
  return el(
    "ol",
    { class: "tally" },
    said.map((m) => {
      const { votes, confirm, reject } = /** @type {RoomSum} */ (kept.sums.get(m));
      const tables = [
        confirm ? plural("tally_confirm", confirm) : null,
        reject ? plural("tally_reject", reject) : null,
      ].filter(Boolean);
      return el(
        "li",
        {},
        el("b", { title: plural("votes", votes) }, whole(votes)),
        pushButton(
          { class: "line-button", onclick: () => actions.choose({ kind: "match", id: m }, { focus: true }) },
          el("span", {}, pairNamed(model, m)),
          el("span", { class: "note" }, tables.join(" · ")),
        ),
      );
    }),
  );
}

// Goes on when another scene is shown, or none.
function makeClock() {
  const minutes = el("input", { type: "number", id: "kk-minutes", min: 1, max: 180, value: 10 });
  const time = el("output", { class: "time", role: "timer" });
  const start = pushButton({ class: "primary", id: "kk-round", onclick: () => begin() }, t("round_start"));
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let ticking;
  const tick = () => {
    const left = round.ends - Date.now();
    fill(time, left > 0 ? clockWords(left) : t("round_over", { number: round.number }));
    if (left <= 0) clearInterval(ticking);
  };
  const begin = () => {
    round.number += 1;
    round.ends = Date.now() + Math.min(180, Math.max(1, Number(minutes.value) || 1)) * 60_000;
    clearInterval(ticking);
    ticking = setInterval(tick, 250);
    tick();
  };
  return el(
    "div",
    { class: "round room-field" },
    time,
    minutes,
    el("label", { for: minutes.id }, t("round_minutes")),
    start,
  );
}
