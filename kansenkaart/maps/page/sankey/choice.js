// How the flow diagram is asked for, and what of it is drawn now.

export const SANKEY_MOST = 10;

/** @type {{ choice: SankeyChoice, graph: SankeyGraph, size: { width: number } | null, active: string, result: Result | null, list: Int32Array }} */
export const sankey = /** @type {any} */ ({
  choice: { left: "town", right: "kind", measure: "quantity", most: [SANKEY_MOST, 0, SANKEY_MOST], opened: new Set() },
  graph: null,
  size: null,
  active: null,
  result: null,
});
