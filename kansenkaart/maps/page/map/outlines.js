// Outlines of the groups of step 1: all of them beside their list, or the chosen one.

import { page } from "../state/store.js";
import { onSheet } from "./things.js";

/** @param {CanvasRenderingContext2D} ctx @param {View} view @param {Model} model */
export function paintOutlines(ctx, view, model) {
  const { tab, through } = page.state;
  ctx.setLineDash([]);
  model.clusters.groups.forEach(({ ring }, n) => {
    const chosen = through?.cluster === n;
    if (!chosen && (tab !== "clusters" || through)) return;
    ctx.beginPath();
    for (const [x, y] of ring) ctx.lineTo(...onSheet(view, ...model.place(x, y)));
    ctx.closePath();
    ctx.fillStyle = ctx.strokeStyle = model.style.accent;
    ctx.globalAlpha = 0.1;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.lineWidth = chosen ? 2.5 : 1.5;
    ctx.stroke();
  });
}
