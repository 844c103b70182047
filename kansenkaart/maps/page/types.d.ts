// What goes round in the page. Only for the type check: nothing of it is in the bundle.

/** Columns of the data block by name, such as "m.quantity". */
export type Columns = Record<string, Column>;

export type Column = Uint8Array | Uint16Array | Uint32Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** How a sheet turns map units into pixels: x = u * k + ox. */
export interface View {
  k: number;
  ox: number;
  oy: number;
  width: number;
  height: number;
  /** Left, top, right and bottom of what is on the screen. */
  seen: [number, number, number, number];
  ratio?: number;
  offset?: { x: number; y: number };
  paper?: boolean;
}

/** What is asked for. */
export type State = ReturnType<typeof import("./state/filters.js").makeState>;

/** What is chosen or pointed at: a number among the chances, places, deliveries or bundles. */
export interface Thing {
  kind: "match" | "site" | "link" | "bundle";
  id: number;
}

/** A presentation: which scene of which row is shown, and what stood there before. */
export interface Presenting {
  set: "own" | "automatic";
  at: number;
  before?: { state: Partial<State>; centre: import("leaflet").LatLng; zoom: number };
  focus?: HTMLElement;
  wasFull?: boolean;
}
