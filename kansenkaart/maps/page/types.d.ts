// What goes round in the page. Only for the type check: nothing of it is in the bundle.

/** Columns of the data block by name, such as "m.quantity". */
type Columns = Record<string, Column>;

type Column = Uint8Array | Uint16Array | Uint32Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Words of a reason with their gaps; see model/reasons.js. */
type Told =
  | string
  | { say: string; with: Record<string, Told> }
  | { first: Told; after: Told }
  | { list: Told[] }
  | { known: string }
  | OwnValue;

/** A value that only its row has, and how it is written. */
interface OwnValue {
  own: number;
  digits?: number;
  months?: number;
  others?: string;
}

/** What a run maximises or sums is told by stream; see compose.py. */
interface Stream {
  id: string;
  name: string;
  unit: string;
  colour: string;
  dash: number[];
  softKm: number | null;
  hardKm: number | null;
  cascade: boolean;
  legalFlag: string;
  noPrice: string;
  overschot: number;
  tekort: number;
  besides: string[];
  matched: number | null;
  matchedByYear: number | null;
  paysToKm: number | null;
}

interface Kind {
  id: string;
  name: string;
  glyph: string;
}

/** A delivery that runs, is planned or stopped; see columns.py. */
interface Delivery {
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
  line: [number, number][];
  /** Of a hub: what, in words. */
  facts?: [string, string][];
  hidden?: boolean;
}

/** A municipality; see background.py. */
interface Area {
  name: string;
  x: number;
  y: number;
  km2: number;
  size: number;
  inside: boolean;
}

/** What the price of a stream does per step; see whatif.py. */
interface PriceSteps {
  value: number;
  step: number;
  gas: number | null;
  least: number;
}

interface Party {
  id: string;
  named: string;
  source: string;
  always: boolean;
  crossing: boolean;
  streams: number[];
  kinds: number[];
}

/** The look of lines of a class or of a delivery; see catalogue/style.py. */
interface Look {
  colour: string;
  dash: number[];
  opacity: number;
  width_factor: number;
  outline_only: boolean;
}

interface Style {
  classes: Record<string, Look>;
  links: Record<string, Look>;
  /** The sign of a hub, where there is one. */
  hub?: string;
  land: string;
  water: string;
  border: string;
  ink: string;
  paper: string;
  accent: string;
}

/** The style with the colours of the map itself. */
interface Colours extends Style {
  margin: string;
  around: string;
  outline: string;
  built: string;
  shore: string;
  canal: string;
  province: string;
  rail: string;
  dash: string;
  casing: string;
  road: string;
  second: string;
  quiet: string;
  name: string;
  quietName: string;
  waterName: string;
}

interface Kengetal {
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
interface Header {
  project: {
    title: string;
    question: string;
    answer: string | null;
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
  /** Number of a match -> "|" and the network it goes via; of most there is none. */
  via?: Record<number, string>;
  siteNames: string[];
  strings: (string | null)[];
  areas: Area[];
  /** Names of the base map; `l.name` says which one a label is. */
  labelNames: string[];
  chains: { path: string; class: string; net: number | null; co2: number | null }[];
  decided: number[][];
  inputs: { name: string; low: number | null; high: number | null; unit: string | null }[];
  links: Delivery[];
  scenes: SceneInFile[];
  /** Only in a map of several; `scenario` is the one that is shown. */
  scenarios?: ScenarioInFile[];
  scenario?: string;
  /** `crossed`: numbers of the chances that go through it, where the project asks. */
  background: { name: string; look: string; crossed?: number[] }[];
  /** Absent without a balance, which is asked before it is read: per stream where it comes from (its place in `origins`) or where it goes (in `items`); see maps/balance.py. */
  balance: {
    origins: string[];
    items: string[];
    rows: [number, number | null, number | null, number][];
    gaps: Record<number, number>;
    contradict: string;
  };
  clusters: {
    groups: Cluster[];
    sectors: string[];
    /** Words and colour of every class of a sector; and per sector the class of every municipality, -1 unknown. */
    classes?: [string, string][];
    quotients?: { name: string; classes: number[] }[];
  };
  coalitions: Coalition[];
  room: {
    /** Key in a ballot and name. */
    values: [`score_${string}`, string][];
    parties: Party[];
    streams: { id: string; name: string; unit: string }[];
    provinces: Record<string, string>;
    bounds: [number, number, number, number];
    /** What an earlier session changed: in words, rejected pairs (stream, supply, demand) and the places it added. */
    session?: { words: string; rejected: [number, number, number][]; firms: number[] };
  };
  /** Null for a stream without a price, which is asked before it is read. */
  whatIf: PriceSteps[];
  whatIfCaps: [string, number][];
  /** `m.reason.forms` and the like, of which the name is worked out. */
  [reasons: `${string}.forms`]: { own: number; said: Told[] }[];
  [own: `${string}.own`]: unknown[];
}

/** The frames of the run as the page uses them: the header, and what is made of it when first asked for. */
interface Model extends Header {
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
  labelSpots: [number, number][];
  siteRole: Uint8Array;
  prepare: () => void;
  hidden: Uint8Array;
  hiddenCount: number;
  hiddenTurn: number;
  madeClass: Column;
  /** Counted for the classes and hidden places it names; see present/scenes.js. */
  shown?: { of: Column; turn: number; classes: Int32Array | number[]; streams: number; places: number };
  matchNumbers?: Map<string, number>;
  siteNumbers?: Map<string, number>;
  provinces?: { names: string[]; of: number[] };
  madeNet: Float64Array;
  stepsKey: string;
  /** Steps of every stream, null while all prices are those of the run. */
  steps: number[] | null;
  support?: boolean;
  metre: number;
  groups: Map<string, Map<number, number[]>>;
  towns: Towns;
  bundles: { of: Int32Array; ends: BundleEnd[]; size: number[] };
  routes: Map<number, Route>;
  spots: Spot[];
  [starts: `${string}.starts`]: number[];
}

/** Municipalities where places stand: names, a point on the map, and which place lies where. */
interface Towns {
  names: (string | null)[];
  of: Int32Array;
  u: Float64Array;
  v: Float64Array;
}

/** Somewhere to go to, and how many metres around it are shown. */
interface Spot {
  name: string;
  kind: string;
  x: number;
  y: number;
  around: number;
}

interface Route {
  points: [number, number][];
  length: number;
  /** In map units, once asked for. */
  units?: [number, number][];
}

interface BundleEnd {
  from: number;
  to: number;
  stream: number;
}

/** How a sheet turns map units into pixels: x = u * k + ox. */
interface View {
  k: number;
  ox: number;
  oy: number;
  width: number;
  height: number;
  /** Left, top, right and bottom of what is on the screen. */
  seen: [number, number, number, number];
  ratio: number;
  offset: { x: number; y: number };
  paper?: boolean;
  /** Paper with a key: municipalities are coloured there too. */
  tinted?: boolean;
}

/** A group of places of step 1; see maps/clusters.py. */
interface Cluster {
  id: string;
  name: string;
  theme: string;
  about: string;
  partners: string;
  sites: number[];
  ring: [number, number][];
  /** `amounts` by `cluster_*` of the texts; `itself` is a part of the demand. */
  streams: { stream: number; amounts: [string, number][]; itself: number }[];
}

/** Chances that belong together; texts are numbers of `strings`; see maps/coalitions.py. */
interface Coalition {
  id: string;
  name: number;
  /** By an earlier session. */
  confirmed: boolean;
  matches: number[];
  /** What, in words, and whether only on paper. */
  facts: [string, number, number?][];
  title: number;
  /** A table with its head. */
  partners: number[][];
  /** What its columns mean, and room to agree. */
  notes: [number, number];
}

/** Only what goes through here; with the parts that count. */
interface Through {
  fromTown?: number;
  fromKind?: number;
  stream?: number;
  toTown?: number;
  toKind?: number;
  idle?: number;
  cluster?: number;
  coalition?: number;
}

interface WhatIf {
  gas: number;
  steps: number[];
  support?: boolean;
}

/** What is asked for. */
interface State {
  /** 1 to 12; 0 is the whole year. */
  month: number;
  streams: boolean[];
  classes: boolean[];
  links: boolean[];
  km: number;
  smallest: number;
  query: string;
  drawn: number;
  unmatched: boolean;
  /** Only what a scenario changes. */
  changed: boolean;
  tab: string;
  /** Number of the sector that colours the municipalities, -1 without. */
  sector: number;
  side: string;
  /** What is left is listed by the distance to here; RD New, metres. */
  near: { name: string; x: number; y: number } | null;
  /** Less than this is not listed, in the unit of its stream. */
  least: number;
  room: string;
  sort: string;
  turned: boolean;
  through: Through | null;
  bundled: boolean;
  chosen: Thing | null;
  spot: Spot | null;
  whatIf: WhatIf;
  highlight: number[];
}

interface StreamTotal {
  count: number;
  quantity: number;
  idle: number;
  co2: number;
}

/** What answers to it; see state/filters.js. */
interface Result {
  list: Int32Array;
  drawn: Int32Array;
  totals: StreamTotal[];
  classCounts: number[];
  siteShown: Uint8Array;
  links: boolean[];
  bundles?: BundleSums;
}

interface BundleSums {
  ends: BundleEnd[];
  count: Int32Array;
  paying: Float64Array;
  idle: Float64Array;
  /** Class of the least certain chance that pays or may pay. */
  worst: Uint8Array;
}

/** All chances of a stream from one group of municipalities to another; `bundles` are those between two of them. */
interface GroupFlow {
  from: number;
  to: number;
  stream: number;
  count: number;
  paying: number;
  idle: number;
  worst: number;
  bundles: number[];
}

/** Municipalities that stand together at the scale of the map; each group lies at one of them. */
interface GroupSums {
  seeds: number[];
  of: Int32Array;
  flows: GroupFlow[];
  inside: number;
  chances: Int32Array;
}

/** What is left of a flow, and its share of the stream. */
interface Gap {
  flow: number;
  left: number;
  share: number;
  /** Metres from the place that is asked for. */
  away?: number;
}

/** What is drawn between groups; `told` are the largest that are in sight from end to end. */
interface Bundles {
  lines: Line[];
  told: Line[];
  chances: number;
  groups: GroupSums;
}

/** What is chosen or pointed at: a number among the chances, places, deliveries or bundles. */
interface Thing {
  kind: "match" | "site" | "link" | "bundle";
  id: number;
  /** In a map of what is left: which mark of the place. */
  flow?: number;
}

/** A scenario and what it changes; see scenarios.py. */
interface ScenarioInFile {
  id: string;
  title: string;
  about: string;
  new: number;
  moved: number;
  gone: [string, string, string, [number, number], [number, number]][];
}

/** A scene of the project file; see scenes.py. */
interface SceneInFile {
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

/** Scenes of the project file, one per stream, those kept on this machine, and the state of the room. */
type SceneSet = "own" | "automatic" | "kept" | "tally";

interface Scene extends Omit<SceneInFile, "text"> {
  words: () => string[];
  /** Of a scene kept on this machine: all that is asked for. */
  seen?: Partial<State>;
  /** What stands beside the map instead of its legend. */
  beside?: () => unknown[];
}

/** A presentation: which scene of which row is shown, and what stood there before. */
interface Presenting {
  set: SceneSet;
  at: number;
  before: { state: Partial<State> & { chosen: Thing | null }; centre: L.LatLng; zoom: number };
  focus: HTMLElement | null;
  wasFull: boolean;
}

interface Actions {
  set: (values: Partial<State>) => void;
  toggle: (list: "streams" | "classes" | "links", n: number) => void;
  toggleAll: (shown: boolean) => void;
  reset: () => void;
  fit: () => void;
  goTo: (spot: Spot) => void;
  choose: (thing: Thing | null, how?: { focus?: boolean; fromMap?: boolean }) => void;
  point: (thing: Thing | null, point?: L.Point) => void;
}

/** All that the page shares. */
interface Page {
  model: Model;
  state: State;
  result: Result;
  gaps: Gap[];
  rows: Int32Array | number[];
  pointed: Thing | null;
  pointedAt: L.Point | null;
  scenes: Record<SceneSet, Scene[]>;
  presenting: Presenting | null;
  drawer: string | null;
  lit: number[];
  online: boolean;
  map: L.Map;
  layers: Layers;
  actions: Actions;
  related: () => number[];
  /** Parts of a card that stand open. */
  unfolded: Set<string>;
}

/** A line on a sheet: where it runs, and what it stands for. */
interface Line {
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
  points?: [number, number][];
  /** Ends at the neck of another. */
  headless?: boolean;
}

/** Left, top, right, bottom. */
type Box = [number, number, number, number];

/** A place on a sheet. */
interface Place {
  s: number;
  x: number;
  y: number;
  r: number;
  faint: boolean;
  /** Drawn as a dot, not by its kind. */
  dot?: boolean;
  flow?: number;
}

/** A sheet of Leaflet with a canvas; see map/canvas.js. */
interface Sheet extends L.Layer {
  redraw: () => void;
  view: View;
}

interface Layers {
  land: Sheet;
  lines: Sheet;
  places: Sheet;
  focus: Sheet;
  painted: Painted;
  colours: Colours;
  /** Paths of a column of lines or areas, with points nearer together than so many steps left out. */
  shapes: (name: string, skip: number, filled: boolean) => { path: Path2D; box: Box }[];
  /** Number of the sector whose colours lie on the land, -1 without. */
  coloured: number;
  pills: () => void;
}

/** What stands on the sheets, for who clicks on it. */
interface Painted {
  lines: Line[];
  lineGrid: import("./map/canvas.js").Grid;
  places: Place[];
  placeGrid: import("./map/canvas.js").Grid;
  crowded: boolean;
  bundles: Bundles | null;
}

/** What one table says; see workshop/ballot.js. */
interface Ballot {
  schema: string;
  version: number;
  map: { id: string; title: string };
  ballot: string;
  table: string;
  saved: string;
  matches: BallotRow[];
  doubts: Doubt[];
  missing: Firm[];
  coalitions: GroupRow[];
}

/** What a table says of a coalition: which others go up in it, and which chances are no part of it. */
interface GroupRow {
  coalition: string;
  name: string;
  confirmed: boolean;
  joins: string[];
  out: string[];
  changed: string;
  [score: `score_${string}`]: number | null;
}

/** What a table says of a chance. */
interface BallotRow {
  match: string;
  votes: number;
  verdict: "confirm" | "reject" | null;
  comment: string;
  next_step: string;
  owner: string;
  due: string | null;
  changed: string;
}

/** A number that a table doubts. */
interface Doubt {
  id: string;
  match: string | null;
  site: string | null;
  number: string;
  shown: string;
  comment: string;
  changed: string;
}

/** A firm that the map does not know. */
/** Where a firm of the room stands; one of an earlier session is a place by now. */
interface FirmPin {
  id: string | null;
  name: string;
  x: number;
  y: number;
  s?: number;
}

interface Firm extends FirmPin {
  stream: string;
  role: string;
  quantity: number | null;
  unit: string;
  comment: string;
  changed?: string;
  /** As it was typed. */
  written: string;
}

/** How the flow diagram is asked for; see sankey/choice.js. */
interface SankeyChoice {
  left: string;
  right: string;
  measure: string;
  most: number[];
  opened: Set<number>;
}

/** A sum of chances: a way through the diagram, a band or a node. */
interface SankeySum {
  count: number;
  quantity: number;
  co2: number;
  share: number;
  weight: number;
  streams: Set<number>;
}

/** What goes one way through the diagram: a code on each side. */
interface SankeyCell extends SankeySum {
  codes: number[];
}

interface SankeyNode extends SankeySum {
  bands: SankeyBand[][];
  cells: SankeyCell[];
  through: Through;
  from?: undefined;
  id: string;
  side: number;
  code: number;
  name: string;
  rest: boolean;
  province: number;
  follows: boolean;
  /** What lacked of a stream in the balance as it was given. */
  gap: number;
  x: number;
  y: number;
  width: number;
  height: number;
  top: number;
  row: number;
}

interface SankeyBand extends SankeySum {
  cells: SankeyCell[];
  through: Through;
  id: string;
  stream: number;
  from: SankeyNode;
  to: SankeyNode;
  x1: number;
  x2: number;
  y1: number;
  y2: number;
  height: number;
}

interface SankeyGraph {
  total: number;
  cellOf: (m: number) => SankeyCell | undefined;
  nodes: SankeyNode[][];
  bands: SankeyBand[];
  cells: SankeyCell[];
  leftOut: number;
}

/** What all tables say of a chance together. */
interface RoomSum {
  votes: number;
  confirm: number;
  reject: number;
  comments: number;
}

/** What a reason is told from: values that columns hold, those of the row alone, and the texts. */
interface Row {
  known: Record<string, () => string>;
  own: unknown[];
  texts: Record<string, string>;
}

type Grid = import("./map/canvas.js").Grid;
type Room = import("./map/labels.js").Room;

/** Of boot.js, which stands first in the page: the content of a packed block. */
declare function kkUnpack(element: Element): Response;

interface Window {
  kkUnpack: typeof kkUnpack;
}
