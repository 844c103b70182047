// Writing on the map, and the room that is left for it.

import { allOf, byId } from "../dom.js";
import { whole } from "../model/format.js";

export const LABEL_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

// Rectangles that are taken already, beside what covers the map, and the part of the sheet that is in sight.
export class Room {
  /** @param {View} view @param {Box[]} [taken] */
  constructor(view, taken = []) {
    this.seen = view.seen;
    this.taken = [...taken, ...coveredBoxes(view)];
  }

  /** @param {number} left @param {number} top @param {number} right @param {number} bottom */
  take(left, top, right, bottom) {
    this.taken.push([left, top, right, bottom]);
  }

  /** @param {number} left @param {number} top @param {number} right @param {number} bottom */
  isFree(left, top, right, bottom) {
    const [west, north, east, south] = this.seen;
    if (left < west + 2 || top < north + 2 || right > east - 2 || bottom > south - 2) return false;
    return !this.taken.some((box) => left < box[2] && right > box[0] && top < box[3] && bottom > box[1]);
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 * @param {number} halo
 */
export function paintText(ctx, text, x, y, colour, halo) {
  ctx.strokeStyle = "rgba(255, 255, 255, 0.9)";
  ctx.lineWidth = halo;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}

// Parts of the map that lie under card, drawer, pills or buttons; on paper under the scale and the arrow to the north.
/** @param {View} view @returns {Box[]} */
function coveredBoxes(view) {
  if (view.paper)
    return [
      [0, view.height - 44, 190, view.height],
      [view.width - 50, 0, view.width, 64],
    ];
  const [area, card, ...tools] = ["kk-area", "kk-card", "kk-tools", "kk-bar", "kk-drawer", "kk-pills"].map(byId);
  const [left, top] = view.seen;
  /** @param {HTMLElement} element @param {number} x @param {number} y */
  const box = (element, x, y) => [
    left + x - 8,
    top + y - 8,
    left + x + element.offsetWidth + 8,
    top + y + element.offsetHeight + 8,
  ];
  const [scale] = allOf(area, ".leaflet-control-scale");
  // Where the card will stand, also while it slides in.
  const shown = card.hidden ? [] : [box(card, card.offsetLeft - area.offsetLeft, card.offsetTop - area.offsetTop)];
  const corner = scale ? [box(scale, 16, byId("map_kansenkaart").offsetHeight - 14 - scale.offsetHeight)] : [];
  return /** @type {Box[]} */ ([...shown, ...corner, ...tools.map((one) => box(one, one.offsetLeft, one.offsetTop))]);
}

// A name beside a place, or above or below it, where there is room; returns whether there was.
/** @param {CanvasRenderingContext2D} ctx @param {Room} room @param {string} text @param {any} place @param {number} size @param {string} ink */
export function paintBeside(ctx, room, text, { x, y, r }, size, ink) {
  ctx.font = `600 ${size}px ${LABEL_FONT}`;
  const width = ctx.measureText(text).width;
  const half = 0.7 * size;
  const spots = [
    [x + r + 8, y],
    [x - r - 8 - width, y],
    [x - width / 2, y - r - size],
    [x - width / 2, y + r + size],
  ];
  const spot = spots.find(([left, middle]) => room.isFree(left - 2, middle - half, left + width + 2, middle + half));
  if (!spot) return false;
  room.take(spot[0] - 3, spot[1] - half, spot[0] + width + 3, spot[1] + half);
  paintText(ctx, text, spot[0], spot[1], ink, 4);
  return true;
}

/**
 * A few words in a box of their own, on the line or circle that they belong to.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {Box} box
 * @param {string} text
 * @param {{ colour: string, ink: string, round: number, fill?: string }} look
 */
export function paintTag(
  /** @type {CanvasRenderingContext2D} */ ctx,
  box,
  /** @type {string} */ text,
  { colour, ink, round, fill = "rgba(255, 255, 255, 0.94)" },
) {
  const [left, top, right, bottom] = box;
  ctx.beginPath();
  ctx.roundRect(left, top, right - left, bottom - top, round);
  ctx.fillStyle = fill;
  ctx.fill();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.2;
  ctx.stroke();
  ctx.fillStyle = ink;
  ctx.fillText(text, (left + right - ctx.measureText(text).width) / 2, (top + bottom) / 2 + 0.5);
}

/**
 * Numbers in tags, each at the first of its spots that is free. Returns the boxes taken.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {View} view
 * @param {{ number: number, colour: string, spots: number[][] }[]} numbers
 * @param {Box[]} taken
 * @param {string} ink
 */
export function paintNumbers(ctx, view, numbers, taken, ink) {
  const room = new Room(view, taken);
  ctx.font = `600 12px ${LABEL_FONT}`;
  ctx.textBaseline = "middle";
  return numbers.flatMap(({ number, colour, spots }) => {
    const text = whole(number);
    const half = ctx.measureText(text).width / 2 + 6;
    const boxes = spots.map(([x, y]) => /** @type {Box} */ ([x - half, y - 10, x + half, y + 10]));
    const box = boxes.find((one) => room.isFree(...one));
    if (!box) return [];
    room.take(...box);
    paintTag(ctx, box, text, { colour, ink, round: 10 });
    return [box];
  });
}
