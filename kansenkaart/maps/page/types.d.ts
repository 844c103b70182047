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
