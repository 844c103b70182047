// What goes round in the page. Only for the type check: nothing of it is in the bundle.

import type { LatLng, Map as LeafletMap, Point } from "leaflet";

/** Columns of the data block by name, such as "m.quantity". */
export type Columns = Record<string, Column>;

export type Column = Uint8Array | Uint16Array | Uint32Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Words of a reason with their gaps; see model/reasons.js. */
export type Told =
  | string
  | { say: string; with: Record<string, Told> }
  | { first: Told; after: Told }
  | { list: Told[] }
  | { known: string }
  | OwnValue;

/** A value that only its row has, and how it is written. */
export interface OwnValue {
  own: number;
  digits?: number;
  months?: number;
  others?: string;
}

/** What a run maximises or sums is told by stream; see compose.py. */
export interface Stream {
  id: string;
  name: string;
  unit: string;
  colour: string;
  dash: number[];
  softKm: number | null;
  hardKm: number | null;
  cascade: boolean;
  legalFlag: string;
  overschot: number;
  tekort: number;
  matched: number | null;
  matchedByYear: number | null;
  paysToKm: number | null;
}

export interface Kind {
  id: string;
  name: string;
  glyph: string;
}

/** A delivery that runs, is planned or stopped; see columns.py. */
export interface Delivery {
  id: string;
  stream: number;
  supply: number;
  demand: number;
  supplyName: string;
  demandName: string;
  quantity: number | null;
  status: number;
  from: string | null;
  until: string | null;
  reason: string | null;
  source: number;
  year: number;
  line: number[][];
  hidden?: boolean;
}

/** A municipality; see background.py. */
export interface Area {
  name: string;
  x: number;
  y: number;
  km2: number;
  size: number;
  inside: boolean;
}

/** What the price of a stream does per step; see whatif.py. */
export interface PriceSteps {
  value: number;
  step: number;
  gas: number | null;
  least: number;
  lostEnds: number[];
}

export interface Party {
  id: string;
  named: string;
  source: string;
  always: boolean;
  crossing: boolean;
  streams: number[];
  kinds: number[];
}

/** The look of lines of a class or of a delivery; see catalogue/style.py. */
export interface Look {
  colour: string;
  dash: number[];
  opacity: number;
  width_factor: number;
  outline_only: boolean;
}

export interface Style {
  classes: Record<string, Look>;
  links: Record<string, Look>;
  land: string;
  water: string;
  border: string;
  ink: string;
  paper: string;
  accent: string;
}

/** The style with the colours of the map itself. */
export interface Colours extends Style {
  margin: string;
  marginLine: string;
  around: string;
  outline: string;
  quiet: string;
  name: string;
  quietName: string;
}

export interface Kengetal {
  low: number;
  value: number;
  high: number;
  unit: string;
  source: string;
  year: number;
  evidence: string;
  note: string;
  denominator: string;
}

/** The JSON header of the data block, as maps/compose.py writes it. */
export interface Header {
  project: {
    title: string;
    question: string;
    language: string;
    referenceYear: number;
    staleAfterYears: number;
    linksKnown: boolean;
    includePlanned: boolean;
    manifestId: string;
    version: string;
    sources: string[];
    onlineTiles: string | null;
  };
  texts: { map: Record<string, string>; classes: Record<string, string> };
  reasonTexts: Record<string, string>;
  streams: Stream[];
  kinds: Kind[];
  style: Style;
  kengetallen: Record<string, Kengetal>;
  bases: string[];
  bounds: [number, number, number, number];
  siteIds: string[];
  siteNames: string[];
  strings: (string | null)[];
  areas: Area[];
  chains: { path: string; class: string; net: number | null; co2: number | null }[];
  decided: number[][];
  inputs: { name: string; low: number | null; high: number | null; unit: string | null }[];
  links: Delivery[];
  scenes: SceneInFile[];
  room: {
    parties: Party[];
    streams: { id: string; name: string; unit: string }[];
    provinces: Record<string, string>;
    bounds: [number, number, number, number];
  };
  whatIf: (PriceSteps | null)[];
  whatIfCaps: [string, number][];
  /** `m.reason.forms` and the like, of which the name is worked out. */
  [reasons: `${string}.forms`]: { own: number; said: Told[] }[];
  [own: `${string}.own`]: unknown[];
}

/** The frames of the run as the page uses them: the header, and what is made of it when first asked for. */
export interface Model extends Header {
  c: Columns;
  siteCount: number;
  matchCount: number;
  flowCount: number;
  corner: [number, number];
  place: (x: number, y: number) => [number, number];
  frame: [number, number, number, number];
  siteU: Float64Array;
  siteV: Float64Array;
  distance: Float64Array;
  largest: Float64Array;
  matchesOfStream: Int32Array;
  siteSize: Float32Array;
  linkLength: number[];
  siteSearch: string[];
  nameSearch: string[];
  streamSearch: string[];
  linkSearch: string[];
  sorted: Float64Array[];
  share: Float32Array;
  matchesOfSite: number[][];
  flowsOfSite: number[][];
  fan: Uint8Array;
  prepare: () => void;
  hidden: Uint8Array;
  hiddenCount: number;
  hiddenTurn?: number;
  madeClass?: Column;
  madeNet?: Float64Array;
  stepsKey?: string;
  steps?: number[] | null;
  metre?: number;
  groups?: Map<string, Map<number, number[]>>;
  towns?: Towns;
  bundles?: { of: Int32Array; ends: BundleEnd[] };
  routes?: Map<number, Route>;
  [starts: `${string}.starts`]: number[];
}

/** Municipalities where places stand: names, a point on the map, and which place lies where. */
export interface Towns {
  names: (string | null)[];
  of: Int32Array;
  u: Float64Array;
  v: Float64Array;
}

export interface Route {
  points: number[][];
  length: number;
  units?: number[][];
}

export interface BundleEnd {
  from: number;
  to: number;
  stream: number;
}

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

/** Only what goes through here; with the parts that count. */
export interface Through {
  fromTown?: number;
  fromKind?: number;
  stream?: number;
  toTown?: number;
  toKind?: number;
  idle?: number;
}

export interface WhatIf {
  gas: number;
  steps: number[];
}

/** What is asked for. */
export interface State {
  streams: boolean[];
  classes: boolean[];
  links: boolean[];
  km: number;
  smallest: number;
  query: string;
  drawn: number;
  unmatched: boolean;
  tab: string;
  side: string;
  room: string;
  sort: string;
  turned: boolean;
  through: Through | null;
  bundled: boolean;
  chosen: Thing | null;
  whatIf: WhatIf;
  highlight: number[];
}

export interface StreamTotal {
  count: number;
  quantity: number;
  idle: number;
  co2: number;
}

/** What answers to it; see state/filters.js. */
export interface Result {
  list: Int32Array;
  drawn: Int32Array;
  totals: StreamTotal[];
  classCounts: number[];
  siteShown: Uint8Array;
  links: boolean[];
  bundles?: BundleSums;
}

export interface BundleSums {
  ends: BundleEnd[];
  count: Int32Array;
  paying: Float64Array;
  idle: Float64Array;
  largest: Float64Array;
}

/** What is left of a flow, and its share of the stream. */
export interface Gap {
  flow: number;
  left: number;
  share: number;
}

/** What is chosen or pointed at: a number among the chances, places, deliveries or bundles. */
export interface Thing {
  kind: "match" | "site" | "link" | "bundle";
  id: number;
  /** In a map of what is left: which mark of the place. */
  flow?: number;
}

/** A scene of the project file; see scenes.py. */
export interface SceneInFile {
  name: string;
  title: string;
  text: string;
  streams: string[];
  classes: string[];
  km: number | null;
  smallest: number;
  search: string;
  drawn: number;
  only: Record<string, string>;
  position: [number, number, number] | null;
  bounds: [number, number, number, number] | null;
  highlight: number[];
  tab: string;
  side: string;
}

export interface Scene extends Omit<SceneInFile, "text"> {
  words: () => string[];
}

/** A presentation: which scene of which row is shown, and what stood there before. */
export interface Presenting {
  set: "own" | "automatic";
  at: number;
  before: { state: Partial<State> & { chosen: Thing | null }; centre: LatLng; zoom: number };
  focus: HTMLElement | null;
  wasFull: boolean;
}

export interface Actions {
  set: (values: Partial<State>) => void;
  toggle: (list: "streams" | "classes" | "links", n: number) => void;
  toggleAll: (shown: boolean) => void;
  reset: () => void;
  fit: () => void;
  choose: (thing: Thing | null, how?: { focus?: boolean; fromMap?: boolean }) => void;
  point: (thing: Thing | null, point?: Point) => void;
}

/** All that the page shares. */
export interface Page {
  model: Model;
  state: State;
  result: Result;
  gaps: Gap[];
  rows: Int32Array | number[];
  pointed: Thing | null;
  pointedAt: Point | null;
  scenes: { own: Scene[]; automatic: Scene[] };
  presenting: Presenting | null;
  drawer: string | null;
  lit: number[];
  online: boolean;
  map: LeafletMap;
  layers: Layers;
  actions: Actions;
  related: () => number[];
}

/** A line on a sheet: where it runs, and what it stands for. */
export interface Line {
  sx: number;
  sy: number;
  cx: number;
  cy: number;
  ex: number;
  ey: number;
  length: number;
  width: number;
  kind: "match" | "link" | "bundle";
  id: number;
  points?: number[][];
}

/** A place on a sheet. */
export interface Place {
  s: number;
  x: number;
  y: number;
  r: number;
  faint: boolean;
  flow?: number;
}

/** A sheet of Leaflet with a canvas; see map/canvas.js. */
export interface Sheet extends L.Layer {
  redraw: () => void;
  view: View;
}

export interface Layers {
  land: Sheet;
  lines: Sheet;
  places: Sheet;
  focus: Sheet;
  painted: Painted;
  colours: Colours;
  shapes: Record<string, Path2D>;
  pills: () => void;
}

/** What stands on the sheets, for who clicks on it. */
export interface Painted {
  lines: Line[];
  lineGrid: import("./map/canvas.js").Grid;
  places: Place[];
  placeGrid: import("./map/canvas.js").Grid;
  crowded: boolean;
  bundles: { lines: Line[]; chances: number; sums: BundleSums } | null;
}
