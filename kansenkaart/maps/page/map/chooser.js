// Several things under one click: a small list of them, also for the keyboard.

import { byId, el, pushButton } from "../dom.js";
import { t } from "../model/format.js";
import { page } from "../state/store.js";
import { hintWords, placeAt } from "./toolbar.js";

const MOST = 8;

export const hideChooser = () => document.getElementById("kk-choose")?.remove();

/** @param {Thing[]} things @param {L.Point} point @param {(thing: Thing) => void} open */
export function showChooser(things, point, open) {
  hideChooser();
  const close = () => {
    hideChooser();
    byId("map_kansenkaart").focus({ preventScroll: true });
  };
  const list = el(
    "ul",
    {
      class: "kk-choose",
      id: "kk-choose",
      "aria-label": t("choose_one"),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      },
    },
    things.slice(0, MOST).map((thing) => {
      const onclick = () => {
        close();
        open(thing);
      };
      return el("li", {}, pushButton({ class: "line-button", onclick }, hintWords(page.model, thing)));
    }),
  );
  byId("kk-area").append(list);
  placeAt(list, point);
  list.querySelector("button")?.focus({ preventScroll: true });
}
