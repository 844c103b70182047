// Runs in every page before its own scripts: keeps what the page has still to do, and tells when that is nothing.
// What a page does a moment later (write its address, keep what was typed, end a zoom) is not waited for by the clock:
// its time comes at once when a test looks. A note that stays for seconds, or a time limit, is left alone.
(() => {
  const MOMENT_MS = 500;
  const { setTimeout: later, clearTimeout: notLater, requestAnimationFrame: onFrame, cancelAnimationFrame: offFrame } = window;
  const waiting = new Map();
  const frames = new Set();
  const opening = new Set();
  let promised = 0;
  // Something ran that may have changed what the next frame shows.
  let acted = false;
  let address = location.href;

  window.setTimeout = (action, delay = 0, ...given) => {
    if (typeof action !== "function" || delay > MOMENT_MS) return later(action, delay, ...given);
    const run = () => {
      if (!waiting.delete(id)) return;
      acted = true;
      action(...given);
    };
    const id = later(run, delay);
    waiting.set(id, run);
    return id;
  };
  window.clearTimeout = (id) => {
    waiting.delete(id);
    notLater(id);
  };
  window.requestAnimationFrame = (action) => {
    const id = onFrame((time) => {
      frames.delete(id);
      acted = true;
      action(time);
    });
    frames.add(id);
    return id;
  };
  window.cancelAnimationFrame = (id) => {
    frames.delete(id);
    offFrame(id);
  };

  // Files that are read, pictures that are made, the clipboard, full screen: promises of the browser.
  const keep = (owner, name) => {
    const made = owner?.prototype[name];
    if (!made) return;
    owner.prototype[name] = function (...given) {
      const promise = made.apply(this, given);
      promised += 1;
      const end = () => later(() => { promised -= 1; });
      promise.then(end, end);
      return promise;
    };
  };
  keep(window.Blob, "text");
  keep(window.Blob, "arrayBuffer");
  keep(window.Response, "arrayBuffer");
  keep(window.Clipboard, "writeText");
  keep(window.Element, "requestFullscreen");
  keep(window.Document, "exitFullscreen");
  const toBlob = HTMLCanvasElement.prototype.toBlob;
  HTMLCanvasElement.prototype.toBlob = function (action, ...given) {
    promised += 1;
    return toBlob.call(this, (blob) => {
      promised -= 1;
      action(blob);
    }, ...given);
  };

  // A <details> says later that it was opened, and an address that it was changed.
  new MutationObserver((changes) => changes.forEach(({ target }) => target.tagName === "DETAILS" && opening.add(target)))
    .observe(document, { subtree: true, attributes: true, attributeFilter: ["open"] });
  window.addEventListener("toggle", ({ target }) => later(() => opening.delete(target)), true);
  window.addEventListener("hashchange", () => { address = location.href; }, true);
  for (const name of ["pushState", "replaceState"]) {
    const write = history[name];
    history[name] = (...given) => {
      write.apply(history, given);
      address = location.href;
    };
  }

  // A window that is not in sight paints nothing.
  const busy = () => (frames.size && !document.hidden) || promised || location.href !== address || [...opening].some((one) => one.isConnected);
  const moving = () => document.getAnimations().filter((one) => one.playState === "running" && one.effect.getComputedTiming().endTime < Infinity);
  // Whether a test left what the browser itself has.
  const brush = CanvasRenderingContext2D.prototype;
  const own = () => [window.print, ...Object.getOwnPropertyNames(brush).map((name) => Object.getOwnPropertyDescriptor(brush, name).value)];
  const given = own();
  window.untouched = () => own().every((one, n) => one === given[n]);

  // A frame was painted, and what that led to was done: sizes observed, scrolling told.
  const frame = () => new Promise((done) => (document.hidden ? later(done) : onFrame(() => later(done))));

  window.settled = async () => {
    for (;;) {
      acted = false;
      await frame();
      if (acted || busy()) continue;
      const due = [...waiting];
      const animations = moving();
      if (!due.length && !animations.length) return;
      animations.forEach((one) => one.finish());
      for (const [id, run] of due) {
        notLater(id);
        later(run);
      }
    }
  };
})();
