// The drawer "Afdrukken": a PNG or SVG of what is seen, the map on A4 or A3, and the card of what is chosen.

import { el, fill, headed, offerFile, pushButton } from "../dom.js";
import { makeBackground } from "../map/background.js";
import { clean, fileName, t } from "../model/format.js";
import { page } from "../state/store.js";
import { printCard, printMap } from "./paper.js";
import { paintPicture } from "./picture_paint.js";
import { shownCsv, shownGeojson } from "./rows.js";
import { Course, makeVectorSheet, writeSvg } from "./vector.js";

/** @param {Model} model */
export function makePictureDrawer(model) {
  const told = el("p", { class: "note", role: "status", id: "kk-picture-told" });
  const save = pushButton(
    { class: "primary", id: "kk-picture-save", onclick: () => savePicture(model, save, told, paintPng, "png") },
    t("picture_save"),
  );
  /** @param {string} id @param {string} key @param {(event: any) => unknown} onclick */
  const button = (id, key, onclick) => pushButton({ class: "quiet", id, onclick }, t(key));
  const sharp = button("kk-picture-svg", "picture_svg", () => savePicture(model, sharp, told, paintSvg, "svg"));
  const card = button("kk-print-card", "picture_card", printCard);
  const why = el("p", { class: "note", id: "kk-picture-card-why" });
  card.setAttribute("aria-describedby", why.id);
  const element = el(
    "div",
    { class: "picture" },
    headed(
      "kk-picture-h-png",
      "h3",
      t("picture_png"),
      {},
      el("p", {}, t("picture_png_words")),
      el("div", { class: "choices" }, save, sharp),
      told,
    ),
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

/** @typedef {(done: (blob: Blob | null) => void) => void} Paint */

/** @param {Model} model @param {HTMLButtonElement} button @param {HTMLElement} told @param {Paint} paint @param {string} ending */
function savePicture(model, button, told, paint, ending) {
  button.disabled = true;
  fill(told, t("picture_busy"));
  const file = fileOf(model, ending);
  // After a frame, so that the words stand there while the browser paints.
  requestAnimationFrame(() =>
    setTimeout(() =>
      paint((blob) => {
        button.disabled = false;
        fill(told, blob ? t("picture_saved", { file }) : t("picture_failed"));
        if (blob) offerFile(blob, file);
      }),
    ),
  );
}

/** @type {Paint} */
const paintPng = (done) => paintPicture(page.map, page.layers, () => el("canvas")).toBlob(done, "image/png");

/** @type {Paint} */
function paintSvg(done) {
  const layers = { ...page.layers, shapes: makeBackground(page.model, Course) };
  const text = writeSvg(paintPicture(page.map, layers, makeVectorSheet), clean(page.model.project.title, 200));
  done(new Blob([text], { type: "image/svg+xml" }));
}

/** @param {Model} model @param {(model: Model) => string} write @param {string} ending @param {string} type */
const saveRows = (model, write, ending, type) => offerFile(new Blob([write(model)], { type }), fileOf(model, ending));

/** @param {Model} model @param {string} ending */
const fileOf = (model, ending) => `${fileName(clean(model.project.title, 80), 60) || "kansenkaart"}.${ending}`;
