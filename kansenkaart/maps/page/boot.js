// Stands first in the page: reads packed blocks, and puts the page's style and scripts where they belong if they are in
// one. The policy names each by its hash: nothing else would run.

import { unpack } from "./model/unpack.js";

window.kkUnpack = unpack;

document.addEventListener("DOMContentLoaded", async () => {
  const block = document.getElementById("kk-code");
  if (!block) return;
  try {
    for (const [tag, text] of await unpack(block).json()) {
      const element = document.createElement(tag);
      element.textContent = text;
      document.head.append(element);
    }
  } catch (error) {
    /** @type {HTMLElement} */ (document.getElementById("kk")).dataset.phase = "failed";
    /** @type {HTMLElement} */ (document.getElementById("kk-fallback")).hidden = false;
    console.error(error);
  }
});
