// What is shown, for another program: all chances that the filters leave, or all that is left over or missing.

import { matchId, toDegrees } from "../model/model.js";
import { BEST_CLASSES, ROLES } from "../model/words.js";
import { leftRange } from "../panel/gaps.js";
import { sortGaps } from "../state/sorting.js";
import { page } from "../state/store.js";
import { matchFigure } from "../state/whatif.js";

// With the names that the columns have in the GeoPackage; `sites` are numbers of places.
/** @param {Model} model @returns {{ values: Record<string, string | number | null>, sites: number[] }[]} */
function shownRows(model) {
  const { c, streams, strings, siteIds, siteNames } = model;
  /** @param {number} value */
  const known = (value) => (Number.isFinite(value) ? Number(value.toPrecision(5)) : null);
  if (page.state.tab === "gaps")
    return sortGaps(model, page.state, page.gaps).map(({ flow, left, away }) => {
      const s = c["f.site"][flow];
      const { id, unit } = streams[c["f.stream"][flow]];
      const [low, high] = leftRange(model, flow, left);
      const role = ROLES[c["f.role"][flow]];
      return {
        values: {
          name: siteNames[s],
          municipality: strings[c["s.municipality"][s]],
          stream: id,
          role,
          remaining: known(left),
          remaining_low: known(low),
          remaining_high: known(high),
          unit,
          contact_role: strings[c["s.contact"]?.[s]] ?? null,
          distance_m: known(away ?? NaN),
          site_id: siteIds[s],
        },
        sites: [s],
      };
    });
  return Array.from(page.rows, (m) => {
    const [supply, demand] = [c["m.supply"][m], c["m.demand"][m]];
    const { id, unit } = streams[c["m.stream"][m]];
    return {
      values: {
        match_id: matchId(model, m),
        rank: m + 1,
        stream: id,
        supply: siteNames[supply],
        demand: siteNames[demand],
        quantity: known(c["m.quantity"][m]),
        unit,
        distance_m: model.distance[m],
        net_eur_y: known(matchFigure(model, "net_eur_y", m)),
        co2_avoided_t_y: known(c["m.co2_avoided_t_y"][m]),
        chance_class: BEST_CLASSES[c["m.class"][m]],
        certainty_pct: c["m.certainty"][m] === 255 ? null : c["m.certainty"][m],
      },
      sites: [supply, demand],
    };
  });
}

// As the spreadsheet of the language reads it; no text is taken for a formula.
/** @param {Model} model */
export function shownCsv(model) {
  const comma = model.project.language === "nl";
  const [point, between] = comma ? [",", ";"] : [".", ","];
  /** @param {string | number | null} value */
  const cell = (value) => {
    if (typeof value === "number") return String(value).replace(".", point);
    const text = (value ?? "").replace(/^[=+\-@\t\r]/, "'$&");
    return /[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const rows = shownRows(model).map(({ values }) => values);
  const lines = rows.length ? [Object.keys(rows[0]), ...rows.map((row) => Object.values(row))] : [];
  return `\ufeff${lines.map((line) => `${line.map(cell).join(between)}\r\n`).join("")}`;
}

// WGS84, as the format asks.
/** @param {Model} model */
export function shownGeojson(model) {
  const { "s.x": x, "s.y": y } = model.c;
  const spot = (/** @type {number} */ s) => toDegrees(x[s] / 10, y[s] / 10).map((one) => Number(one.toFixed(6)));
  const features = shownRows(model).map(({ values, sites }) => ({
    type: "Feature",
    properties: values,
    geometry:
      sites.length > 1
        ? { type: "LineString", coordinates: sites.map(spot) }
        : { type: "Point", coordinates: spot(sites[0]) },
  }));
  return JSON.stringify({ type: "FeatureCollection", features });
}
