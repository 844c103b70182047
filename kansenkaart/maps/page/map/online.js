// The online background, for who asks: one probe tile first, and the own background again when it does not come.

import { byId, el, fill } from "../dom.js";
import { t } from "../model/format.js";
import { page, setOnline } from "../state/store.js";
import { toolButton } from "./toolbar.js";

const PROBE = ["7", "65", "41"];
const PROBE_LIMIT_MS = 3000;

/** @param {L.Map} map @param {string} address */
export function makeOnlineButton(map, address) {
  const status = el("span", { class: "spoken", role: "status" });
  const button = toolButton(
    "online",
    "M3,7L10,3L17,7L10,11ZM3,11L10,15L17,11",
    () => (page.online ? leave() : ask()),
    t("online_background"),
  );
  button.setAttribute("aria-pressed", "false");
  byId("kk-tools").append(button, status);
  /** @type {L.TileLayer | null} */
  let tiles = null;

  /** @param {any} on */
  function show(on) {
    button.setAttribute("aria-pressed", String(on));
    if (on) tiles = L.tileLayer(address, { minZoom: 6, maxNativeZoom: 19, maxZoom: 19 }).addTo(map);
    else if (tiles) tiles.remove();
    setOnline(on);
    fill(status, on ? t("credit_online") : "");
  }

  const leave = () => show(false);

  function ask() {
    const [z, x, y] = PROBE;
    const probe = new Image();
    const end = (/** @type {any} */ on) => {
      clearTimeout(timer);
      probe.onload = probe.onerror = null;
      button.disabled = false;
      if (on) return show(true);
      fill(status, t("online_failed"));
      status.className = "notice";
      return undefined;
    };
    const timer = setTimeout(() => end(false), PROBE_LIMIT_MS);
    button.disabled = true;
    status.className = "spoken";
    probe.onload = () => end(true);
    probe.onerror = () => end(false);
    probe.src = address.replace("{z}", z).replace("{x}", x).replace("{y}", y);
  }
}
