// The drawer "Afdrukken": a PNG of what is seen, the map on A4 or A3, and the card of what is chosen.

import { el, fill, headed, offerFile, pushButton } from "../dom.js";
import { clean, fileName, t } from "../model/format.js";
import { page } from "../state/store.js";
import { printCard, printMap } from "./paper.js";
import { paintPicture } from "./picture_paint.js";
import { shownCsv, shownGeojson } from "./rows.js";

/** @param {Model} model */
export function makePictureDrawer(model) {
  const told = el("p", { class: "note", role: "status", id: "kk-picture-told" });
  const save = pushButton(
    { class: "primary", id: "kk-picture-save", onclick: () => savePicture(model, save, told) },
    t("picture_save"),
  );
  /** @param {string} id @param {string} key @param {(event: any) => unknown} onclick */
  const button = (id, key, onclick) => pushButton({ class: "quiet", id, onclick }, t(key));
  const card = button("kk-print-card", "picture_card", printCard);
  const why = el("p", { class: "note", id: "kk-picture-card-why" });
  card.setAttribute("aria-describedby", why.id);
  const element = el(
    "div",
    { class: "picture" },
    headed("kk-picture-h-png", "h3", t("picture_png"), {}, el("p", {}, t("picture_png_words")), save, told),
    headed(
      "kk-picture-h-map",
      "h3",
      t("picture_map"),
      {},
      el("p", {}, t("picture_map_words")),
      el(
        "div",
        { class: "choices" },
        button("kk-print-a4", "picture_a4", () => printMap("A4")),
        button("kk-print-a3", "picture_a3", () => printMap("A3")),
      ),
    ),
    headed(
      "kk-picture-h-rows",
      "h3",
      t("picture_rows"),
      {},
      el("p", {}, t("picture_rows_words")),
      el(
        "div",
        { class: "choices" },
        button("kk-save-csv", "picture_csv", () => saveRows(model, shownCsv, "csv", "text/csv")),
        button("kk-save-geojson", "picture_geojson", () =>
          saveRows(model, shownGeojson, "geojson", "application/geo+json"),
        ),
      ),
    ),
    headed("kk-picture-h-card", "h3", t("picture_card_title"), {}, card, why),
  );
  const update = () => {
    card.disabled = !page.state.chosen;
    fill(why, t(page.state.chosen ? "picture_card_words" : "picture_card_none"));
  };
  return { element, update };
}

/** @param {Model} model @param {HTMLButtonElement} button @param {HTMLElement} told */
function savePicture(model, button, told) {
  button.disabled = true;
  fill(told, t("picture_busy"));
  // After a frame, so that the words stand there while the browser paints.
  requestAnimationFrame(() =>
    setTimeout(() => {
      const canvas = el("canvas");
      paintPicture(canvas, page.map, page.layers);
      canvas.toBlob((blob) => {
        button.disabled = false;
        fill(told, blob ? t("picture_saved", { file: pictureName(model) }) : t("picture_failed"));
        if (blob) offerFile(blob, pictureName(model));
      }, "image/png");
    }),
  );
}

/** @param {Model} model @param {(model: Model) => string} write @param {string} ending @param {string} type */
const saveRows = (model, write, ending, type) =>
  offerFile(new Blob([write(model)], { type }), pictureName(model).replace(/png$/, ending));

/** @param {Model} model */
const pictureName = (model) => `${fileName(clean(model.project.title, 80), 60) || "kansenkaart"}.png`;
