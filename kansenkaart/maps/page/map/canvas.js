// Sheets of our own in Leaflet: a canvas that moves with the map and is painted again when it stands still.
// A painter gets (ctx, view); a view turns map units into pixels: x = u * view.k + view.ox.

import { UNITS } from "../model/model.js";
import { page } from "../state/store.js";

const PIXEL_RATIO_LIMIT = 2;
// What a painter gives back when it left the sheet as it was.
export const NOTHING_PAINTED = Symbol("nothing painted");

// What a renderer of Leaflet is besides what its documentation says.
/** @type {any} */
const base = L.Renderer.prototype;

/** @type {new (paint: (ctx: CanvasRenderingContext2D, view: View) => unknown, pane: string, still?: boolean) => any} */
export const Sheet = /** @type {any} */ (L.Renderer).extend({
  // `still`: what is painted is the same wherever the map lies, and is painted anew only when it does not reach the edges.
  /** @param {any} paint @param {any} pane @param {boolean} still */
  initialize(paint, pane, still) {
    base.initialize.call(this, { padding: 0.2, pane });
    this._paint = paint;
    this._still = still;
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.setAttribute("aria-hidden", "true");
    // Read back often on a machine without GPU: without this hint painting is fifty times slower there.
    this._ctx = this._container.getContext("2d", { willReadFrequently: true });
  },

  _destroyContainer() {
    this._container.remove();
    delete this._container;
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    if (this._still && this._reaches()) return;
    base._update.call(this);
    const size = this._bounds.getSize();
    const ratio = Math.min(PIXEL_RATIO_LIMIT, window.devicePixelRatio || 1);
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = Math.round(size.x * ratio);
    this._container.height = Math.round(size.y * ratio);
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this._ratio = ratio;
    this._painted = false;
    this.redraw();
  },

  _reaches() {
    const from = this._map.containerPointToLayerPoint([0, 0]);
    const seen = L.bounds(from, from.add(this._map.getSize()));
    return (
      this._bounds?.contains(seen) && this._zoom === this._map.getZoom() && this._origin === this._map.getPixelOrigin()
    );
  },

  redraw() {
    // Before all sheets are there, nothing is known to paint.
    if (!this._map || !this._bounds || !page.layers) return;
    const { min } = this._bounds;
    const size = this._bounds.getSize();
    const k = (256 * 2 ** this._map.getZoom()) / UNITS;
    const origin = this._map.getPixelOrigin();
    this._origin = origin;
    const [cornerU, cornerV] = page.model.corner;
    const seen = this._map.containerPointToLayerPoint([0, 0]).subtract(min);
    const shown = this._map.getSize();
    this.view = {
      k,
      ox: cornerU * k - origin.x - min.x,
      oy: cornerV * k - origin.y - min.y,
      width: size.x,
      height: size.y,
      ratio: this._ratio,
      offset: min,
      seen: [seen.x, seen.y, seen.x + shown.x, seen.y + shown.y],
    };
    this._ctx.setTransform(this._ratio, 0, 0, this._ratio, 0, 0);
    // A canvas on which nothing ever stood costs nothing to show.
    if (this._painted) this._ctx.clearRect(0, 0, size.x, size.y);
    this._painted = this._paint(this._ctx, this.view) !== NOTHING_PAINTED;
  },
});

// Cells of a coarse grid over what was painted, so that a click looks at a few things only.
const CELL = 32;

export class Grid {
  constructor() {
    this.cells = new Map();
  }

  /** @param {number} id @param {number} left @param {number} top @param {number} right @param {number} bottom */
  add(id, left, top, right, bottom) {
    for (let x = Math.floor(left / CELL); x <= Math.floor(right / CELL); x++) {
      for (let y = Math.floor(top / CELL); y <= Math.floor(bottom / CELL); y++) {
        const key = x * 65536 + y;
        if (this.cells.has(key)) this.cells.get(key).push(id);
        else this.cells.set(key, [id]);
      }
    }
  }

  /** @param {number} x @param {number} y */
  at(x, y) {
    return this.cells.get(Math.floor(x / CELL) * 65536 + Math.floor(y / CELL)) || [];
  }
}

// A shape of the SVG of a drawing, which it still knows; see print/vector.js.
/** @param {string} d */
export const shapeOf = (d) => Object.assign(new Path2D(d), { d });

// A disc with an edge; `alpha` is of the disc alone.
/** @param {CanvasRenderingContext2D} ctx @param {any} of1 @param {any} of2 */
export function paintDisc(ctx, { x, y, r }, { fill, edge, width, alpha = 1 }) {
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.globalAlpha = alpha;
  ctx.fillStyle = fill;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = edge;
  ctx.lineWidth = width;
  ctx.stroke();
}
