// One line at the foot of the map: what was just done, and the way back. Without a way back it goes by itself.

import { byId, drawing, el, fill, pushButton, signButton, strokedPath } from "../dom.js";
import { t } from "../model/format.js";
import { page, setDrawer } from "../state/store.js";

const NOTE_MS = 8000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let noteTimer;

/** @param {any} words @param {any} [undo] */
export function showRoomNote(words, undo = null) {
  const note = byId("kk-room-note");
  const hide = () => {
    const inside = note.contains(document.activeElement);
    fill(note);
    if (inside) (page.drawer ? byId("kk-drawer-title") : byId("map_kansenkaart")).focus({ preventScroll: true });
  };
  const button =
    undo &&
    pushButton(
      {
        class: "room-plain",
        id: "kk-undo",
        onclick: () => {
          hide();
          undo();
        },
      },
      t("undo"),
    );
  fill(
    note,
    el(
      "div",
      { class: "room-note-body" },
      el("span", {}, words),
      button,
      signButton(t("close"), drawing(14, 14, strokedPath("M3,3L11,11M11,3L3,11")), {
        class: "room-note-close",
        onclick: hide,
      }),
    ),
  );
  clearTimeout(noteTimer);
  if (!undo) noteTimer = setTimeout(hide, NOTE_MS);
  // What had the focus may be gone with what was removed.
  if (button && (document.activeElement === document.body || !document.activeElement?.isConnected))
    button.focus({ preventScroll: true });
}

// On a small screen a drawer lies over the card and the map; see room.css.
export function freeSmallScreen() {
  if (matchMedia("(max-width: 820px)").matches) setDrawer(null);
}
