// "Dit klopt niet": a button beside every number of a card, and the small form that it opens below the number. What is
// typed there is kept as it is typed, so that a card that closes takes nothing along.

import { allOf, byId, el, icon, noteLine, pushButton } from "../dom.js";
import { clean, t } from "../model/format.js";
import { matchId } from "../model/model.js";
import { ROLES } from "../model/words.js";
import { page, publish } from "../state/store.js";
import { BALLOT_LIMITS, makeUuid, wellFormed } from "./ballot.js";
import { plainButton, tableName, typedField } from "./fields.js";
import { kept, removeOwnThing, writeOwnThing } from "./kept.js";
import { showRoomNote } from "./note.js";

export const doubtFlag = () => icon("M5,17V3.5H14.5L12.5,7.5L14.5,11.5H5", 16);

// What is doubted is named by `number`; what it says is read from the page when the button is pressed.
/** @param {string} number */
export function doubtButton(number) {
  const thing = page.state.chosen;
  // A number whose name is longer than a ballot may hold could be written and never be read again.
  if (!thing || wellFormed(number) !== number) return null;
  const doubt = findDoubt(thing, number);
  const button = pushButton(
    {
      class: "doubt",
      "data-number": number,
      "aria-expanded": "false",
      onclick: () =>
        button.getAttribute("aria-expanded") === "true" ? closeDoubt(button) : openDoubt(button, thing, number),
    },
    doubtFlag(),
  );
  markDoubt(button, doubt);
  return button;
}

/** @param {HTMLElement} button @param {unknown} doubt */
function markDoubt(button, doubt) {
  const words = t(doubt ? "doubt_change" : "doubt");
  button.classList.toggle("on", Boolean(doubt));
  button.setAttribute("aria-label", words);
  button.title = words;
}

// The form of a number of the open card, asked for from a list.
/** @param {string} number */
export function openCardDoubt(number) {
  const button = allOf(byId("kk-card"), ".doubt").find((one) => one.dataset.number === number);
  const fold = button?.closest("details");
  if (fold) fold.open = true;
  button?.click();
}

// The same number may stand in a card twice.
function markAllDoubts() {
  const thing = page.state.chosen;
  for (const button of allOf(byId("kk-card"), ".doubt"))
    markDoubt(button, thing && findDoubt(thing, /** @type {string} */ (button.dataset.number)));
}

// A delivery stands at one of its places that the map knows, and is named by its number.
/** @param {Model} model @param {any} of1 */
function thingKeys(model, { kind, id }) {
  const place =
    kind === "site"
      ? id
      : kind === "link"
        ? [model.links[id].supply, model.links[id].demand].find((s) => s >= 0)
        : undefined;
  return { match: kind === "match" ? matchId(model, id) : null, site: model.siteIds[place] ?? null };
}

/** @param {Thing} thing @param {string} number */
export function findDoubt(thing, number) {
  const { match, site } = thingKeys(page.model, thing);
  return kept.own.doubts.find(
    (/** @type {any} */ one) => one.match === match && one.site === site && one.number === number,
  );
}

// The number as it stands there: the text round the button, without the button.
/** @param {HTMLElement} button */
function shownBy(button) {
  const holder = /** @type {Element} */ (button.closest("dd, tr, p, li") ?? button.parentElement);
  const copy = /** @type {HTMLElement} */ (holder.cloneNode(true));
  for (const part of copy.querySelectorAll("button, form, .spoken, svg")) part.remove();
  const unit = button.closest("table")?.tHead?.textContent.trim();
  const words = copy.matches("tr")
    ? [...copy.children]
        .map((cell) => cell.textContent.trim())
        .filter(Boolean)
        .join(": ") + (unit ? ` (${unit})` : "")
    : spacedText(copy);
  return wellFormed(words.replace(/\s+/g, " ").trim());
}

// Pieces that stand below each other are words of their own.
/** @param {HTMLElement} element */
const spacedText = (element) => Array.from(element.childNodes, (node) => node.textContent).join(" ");

/** @param {HTMLButtonElement} button @param {Thing} thing @param {string} number */
function openDoubt(button, thing, number) {
  allOf(document, ".doubt[aria-expanded=true]").forEach(closeDoubt);
  const doubt = findDoubt(thing, number);
  const shown = doubt?.shown || shownBy(button);
  const form = doubtForm(button, { thing, number, doubt, shown });
  const row = button.closest("tr");
  if (row) row.after(el("tr", { class: "doubt-row" }, el("td", { colspan: row.children.length }, form)));
  else (button.closest("dd, p, li") ?? button).append(form);
  button.setAttribute("aria-expanded", "true");
  form.querySelector("textarea")?.focus();
}

/** @param {HTMLElement} button */
function closeDoubt(button) {
  const row = button.closest("tr")?.nextElementSibling;
  const form = row?.classList.contains("doubt-row")
    ? row
    : (button.closest("dd, p, li") ?? button).querySelector("form.doubt-form");
  form?.remove();
  button.setAttribute("aria-expanded", "false");
}

/** @param {HTMLButtonElement} button @param {any} of1 */
function doubtForm(button, { thing, number, doubt, shown }) {
  const { model } = page;
  const id = doubt?.id ?? makeUuid();
  const show = () => {
    markAllDoubts();
    publish();
  };
  /** @param {string} comment */
  const write = (comment) => {
    writeOwnThing(model, "doubts", { id, ...thingKeys(model, thing), number, shown, comment });
    show();
  };
  const field = typedField(
    "kk-doubt",
    t("doubt_what", { shown: clean(shown, 120) }),
    "textarea",
    { rows: 3, maxlength: BALLOT_LIMITS.letters },
    doubt?.comment ?? "",
    write,
  );
  const done = () => {
    closeDoubt(button);
    show();
    button.focus();
  };
  // Also without words: that it is doubted says something.
  const save = () => {
    write(wellFormed(/** @type {HTMLTextAreaElement} */ (field.querySelector("textarea")).value.trim()));
    done();
  };
  const back = () => {
    if (doubt) writeOwnThing(model, "doubts", doubt);
    else removeOwnThing(model, "doubts", id);
    done();
  };
  const remove = () => {
    const removed = removeOwnThing(model, "doubts", id);
    done();
    showRoomNote(t("doubt_removed"), () => {
      writeOwnThing(model, "doubts", removed);
      show();
    });
  };
  const others = kept.others.flatMap((ballot) =>
    ballot.doubts
      .filter((/** @type {any} */ one) => {
        const { match, site } = thingKeys(model, thing);
        return one.match === match && one.site === site && one.number === number;
      })
      .map((/** @type {any} */ one) =>
        noteLine(el("strong", {}, tableName(ballot)), ": ", el("bdi", {}, clean(one.comment, 600))),
      ),
  );
  return el(
    "form",
    {
      class: "doubt-form",
      onsubmit: (/** @type {any} */ event) => {
        event.preventDefault();
        save();
      },
      onkeydown: (/** @type {any} */ event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          closeDoubt(button);
          button.focus();
        }
      },
    },
    field,
    others,
    el(
      "div",
      { class: "room-buttons" },
      el("button", { type: "submit", class: "room-do" }, t("keep")),
      plainButton("cancel", back),
      doubt ? plainButton("remove", remove) : null,
    ),
  );
}

/** @param {string} number */
export const doubtCell = (number) => el("td", { class: "doubt-cell" }, doubtButton(number));

// A number of a flow by its role, its stream and what it says of them.
/** @param {Model} model @param {number} f @param {string} what */
export const flowNumber = (model, f, what) =>
  `${ROLES[model.c["f.role"][f]]}|${model.streams[model.c["f.stream"][f]].id}|${what}`;
