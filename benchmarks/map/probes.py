"""What is measured inside the page. All times are milliseconds of the page's own clock."""

# Notes when everything is drawn: our page says so itself, a peer has drawn in the frame after its script has run.
READY = """
(() => {
  const done = () => requestAnimationFrame(() => setTimeout(() => { window.benchReady = performance.now(); }, 0));
  const drawn = () => document.getElementById("kk")?.dataset.phase === "ready";
  new MutationObserver((_, watch) => {
    if (!drawn()) return;
    watch.disconnect();
    done();
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-phase"] });
  addEventListener("load", () => document.getElementById("kk") || requestAnimationFrame(done));
})();
"""

# Does `act(step)` over and over: [own time, time to the next painted frame] each. Own time is the call itself and
# what it asked to be done in that frame.
_STEPS = """
async (act, steps, limit) => {
  const times = [];
  const until = performance.now() + limit;
  for (let step = 0; step < steps && performance.now() < until; step++) {
    await new Promise((next) => setTimeout(next, 50));
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next, 0)));
    let first = 0;
    requestAnimationFrame(() => { first = performance.now(); });
    const begin = performance.now();
    act(step);
    const own = performance.now() - begin;
    times.push(await new Promise((next) => requestAnimationFrame(() => {
      const inFrame = performance.now() - first;
      setTimeout(() => next([own + inFrame, performance.now() - begin]), 0);
    })));
  }
  return times;
}
"""


def steps(action: str, count: int, limit_ms: float) -> str:
    """Return a script that does `action` (a function of the step) `count` times, or until the limit."""
    return f"() => ({_STEPS})({action}, {count}, {limit_ms})"


# The distance slider of our page, as the bars ask.
SLIDE = """(step) => {
  const input = document.getElementById("kk-distance");
  input.value = String(4 + (step % 12));
  input.dispatchEvent(new Event("input"));
}"""

# Another gas price, and back in the end: every chance is classed and priced again.
PRICE = """(step) => {
  const { actions, model } = kansenkaart.page;
  actions.set({ whatIf: { gas: [3, 8, -4, 20, 0][step % 5], steps: model.streams.map(() => 0) } });
}"""

# One stream off and on: what all three can do.
SWITCH = {
    "ours": """(step) => document.querySelectorAll("input[data-stream]")[step >> 1].click()""",
    "peer": """(step) => document.querySelectorAll(".leaflet-control-layers-overlays input")[step >> 1].click()""",
}
STREAMS = {
    "ours": """document.querySelectorAll("input[data-stream]").length""",
    "peer": """document.querySelectorAll(".leaflet-control-layers-overlays input").length - 1""",
}


def pan(name: str) -> str:
    """Return the action that moves the map 150 pixels and back."""
    return f"(step) => {name}.panBy([step % 2 ? -150 : 150, 0], {{ animate: false }})"


# Where to click, in pixels of the window: on a line, clear of its ends.
_LINE = {
    "ours": """() => {
      const { layers, map } = kansenkaart.page;
      // Far out chances are drawn as bundles: go to where they are drawn one by one.
      for (let zoom = map.getZoom(); zoom < 13 && !layers.painted.lines.some((line) => line.kind === "match"); zoom++) {
        map.setZoom(zoom, { animate: false });
      }
      const { x, y } = layers.lines.view.offset;
      const lines = layers.painted.lines.filter((line) => line.kind === "match");
      return lines.sort((a, b) => b.length - a.length).map((line) => map.layerPointToContainerPoint([
        0.25 * line.sx + 0.5 * line.cx + 0.25 * line.ex + x, 0.25 * line.sy + 0.5 * line.cy + 0.25 * line.ey + y]));
    }""",
    "peer": """() => {
      const map = %s;
      const ends = [];
      map.eachLayer((layer) => {
        if (!(layer instanceof L.Polyline) || ends.length > 500) return;
        const [a, b] = layer.getLatLngs().map((end) => map.latLngToContainerPoint(end));
        ends.push([a.distanceTo(b), a.add(b).divideBy(2)]);
      });
      return ends.sort((a, b) => b[0] - a[0]).map(([, middle]) => middle);
    }""",
}

# Clicks there: from the event to the moment the page knows what was clicked. A peer opens its popup then.
_CLICK = """() => {
  const map = %(map)s;
  const box = map.getContainer().getBoundingClientRect();
  const size = map.getSize();
  const times = [];
  let found = 0;
  %(listen)s
  for (const { x, y } of (%(points)s)()) {
    if (times.length === %(count)d || x < 60 || y < 60 || x > size.x - 60 || y > size.y - 60) continue;
    const target = document.elementFromPoint(box.left + x, box.top + y);
    if (!target || !map.getContainer().contains(target) || target.closest(".leaflet-control, .leaflet-popup")) continue;
    found = 0;
    const about = { clientX: box.left + x, clientY: box.top + y, bubbles: true, cancelable: true, view: window };
    const begin = performance.now();
    target.dispatchEvent(new MouseEvent("click", about));
    if (found) times.push(found - begin);
    map.closePopup();
  }
  %(stop)s
  return times;
}"""


def click(name: str, ours: bool, count: int) -> str:
    """Return a script that clicks `count` lines and gives the time until each was found."""
    if ours:
        listen = (
            "const { actions } = kansenkaart.page; const choose = actions.choose;"
            "actions.choose = (thing) => { found = thing?.kind === 'match' ? performance.now() : 0; };"
        )
        stop, points = "actions.choose = choose;", _LINE["ours"]
    else:
        listen, stop = "map.on('popupopen', () => { found = performance.now(); });", ""
        points = _LINE["peer"] % name
    return _CLICK % {"map": name, "points": points, "listen": listen, "stop": stop, "count": count}
