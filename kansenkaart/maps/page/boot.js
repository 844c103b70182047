// Puts the page's style and scripts where they belong. The policy names each by its hash: nothing else would run.

import { unpack } from "./model/unpack.js";

(async () => {
  const code = await unpack(/** @type {HTMLElement} */ (document.getElementById("kk-code"))).json();
  for (const [tag, text] of code) {
    const element = document.createElement(tag);
    element.textContent = text;
    document.head.append(element);
  }
})().catch((error) => {
  /** @type {HTMLElement} */ (document.getElementById("kk")).dataset.phase = "failed";
  /** @type {HTMLElement} */ (document.getElementById("kk-fallback")).hidden = false;
  console.error(error);
});
