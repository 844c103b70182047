// Printing: the map is painted once more at the size of the paper, sharp on A4 and A3, with the legend beside it
// and the signs below it.

const PAPER_WIDTH = 1000;
const PAPER_HEIGHT = 740;
const PAPER_RATIO = 2.5;
// Lines beside what is chosen, as on the screen; see page.css.
const PAPER_FAINT = 0.28;

function listenToPrinting(map, layers) {
  let added = [];
  window.addEventListener("beforeprint", () => {
    const canvas = el("canvas", { class: "kk-paper", "aria-hidden": "true" });
    paintPaper(canvas, map, layers);
    const key = document.querySelector(".key").cloneNode(true);
    key.classList.add("kk-paper");
    for (const element of [key, ...key.querySelectorAll("[id]")]) element.removeAttribute("id");
    added = [canvas, key];
    byId("kk-foot").before(canvas);
    byId("kk-foot").after(key);
  });
  window.addEventListener("afterprint", () => added.splice(0).forEach((element) => element.remove()));
}

function paintPaper(canvas, map, layers) {
  canvas.width = PAPER_WIDTH * PAPER_RATIO;
  canvas.height = PAPER_HEIGHT * PAPER_RATIO;
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  const view = paperView(map);
  // Beyond the edges too: Chromium prints the drawing commands, a little smaller than the canvas.
  ctx.fillStyle = layers.colours.water;
  ctx.fillRect(-canvas.width, -canvas.height, 3 * canvas.width, 3 * canvas.height);
  paintBackground(ctx, view, layers.shapes, layers.colours, false);
  ctx.setTransform(PAPER_RATIO, 0, 0, PAPER_RATIO, 0, 0);
  const kept = { ...layers.painted };
  ctx.globalAlpha = page.state.chosen ? PAPER_FAINT : 1;
  paintAllLines(ctx, view, layers.painted);
  ctx.globalAlpha = 1;
  paintAllPlaces(ctx, view, layers.painted, layers.colours);
  paintFocus(ctx, view, layers.colours);
  Object.assign(layers.painted, kept);
}

// What the screen shows, whole, in the paper's shape.
function paperView(map) {
  const size = map.getSize();
  const scale = Math.min(PAPER_WIDTH / size.x, PAPER_HEIGHT / size.y);
  const k = ((256 * 2 ** map.getZoom()) / UNITS) * scale;
  const centre = map.project(map.getCenter(), map.getZoom());
  const [cornerU, cornerV] = page.model.corner;
  return {
    k, ox: cornerU * k - centre.x * scale + PAPER_WIDTH / 2, oy: cornerV * k - centre.y * scale + PAPER_HEIGHT / 2,
    width: PAPER_WIDTH, height: PAPER_HEIGHT, ratio: PAPER_RATIO, paper: true, offset: L.point(0, 0), seen: [0, 0, PAPER_WIDTH, PAPER_HEIGHT],
  };
}
