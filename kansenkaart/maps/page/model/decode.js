// The data block: JSON header + typed arrays. An array is joined, or worked out from others, when first asked for:
// the map is drawn with a few of them.

import { distances } from "./model.js";

const MISSING = -32768;
const SMALLEST_EXPONENT = -12;
const LARGEST_EXPONENT = 300;
const LARGEST_CODE = 32767;
const NOTHING = 1e-4;

export function readBlock(bytes) {
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  /** @type {import("../types").Columns} */
  const columns = {};
  const stored = {};
  let start = 4 + length;
  for (const [name, [type, count]] of Object.entries(header.arrays)) {
    const kind = { Uint8Array, Uint16Array, Uint32Array, Int16Array, Int32Array, Float32Array }[type];
    const size = kind.BYTES_PER_ELEMENT;
    const planes = bytes.subarray(start, start + count * size);
    stored[name] = () => new kind(joinPlanes(planes, count, size).buffer);
    whenAsked(columns, name, stored[name]);
    start += count * size;
  }
  // Worked out from two points, and the same for Python: what it guesses by distance can be undone here.
  whenAsked(columns, "m.metres", () => distances(columns));
  whenAsked(columns, "f.sent", () => sumSent(columns, header.streams.length));
  for (const [name, guess] of Object.entries(header.guesses ?? {})) {
    whenAsked(columns, name, () => undoGuess(columns, stored[name](), guess, header, name));
  }
  return { header, columns };
}

// Columns are stored byte plane by byte plane, because that compresses better.
function joinPlanes(planes, count, size) {
  const joined = new Uint8Array(count * size);
  for (let plane = 0; plane < size; plane++) {
    const offset = plane * count;
    for (let row = 0, to = plane; row < count; row++, to += size) joined[to] = planes[offset + row];
  }
  return joined;
}

// What the chances of a flow bring together, added in their order.
function sumSent(columns, streamCount) {
  const { "f.site": site, "f.stream": stream, "f.role": role, "m.stream": streams, "m.quantity": quantity } = columns;
  const key = (place, of, side) => (place * streamCount + of) * 2 + side;
  const sums = new Map();
  for (const [side, ends] of [columns["m.supply"], columns["m.demand"]].entries()) {
    for (let m = 0; m < ends.length; m++) {
      const flow = key(ends[m], streams[m], side);
      sums.set(flow, (sums.get(flow) ?? 0) + quantity[m]);
    }
  }
  return Float64Array.from(site, (place, f) => sums.get(key(place, stream[f], role[f])) ?? 0);
}

// Makes `name` when it is first read; from then on it is a property like any other.
export function whenAsked(owner, name, make) {
  const get = () => {
    const value = make();
    Object.defineProperty(owner, name, { value, writable: true });
    return value;
  };
  Object.defineProperty(owner, name, { get, configurable: true, enumerable: true });
}

// One thing at a time while nothing else is asked: the first card or search then need not wait for it.
export function workAhead(owner, names) {
  if (!names.length) return;
  const idle = window.requestIdleCallback ?? ((action) => setTimeout(action, 200));
  idle(() => {
    void owner[names[0]];
    workAhead(owner, names.slice(1));
  });
}

// A column that others nearly tell: stored is by how much the guess was wrong; see guesses.py. The arithmetic is
// Python's, step by step: a last bit that differed would be a number that differs.
function undoGuess(columns, stored, guess, { digits = {}, whole = [] }, name) {
  const guessed = workOut(columns, guess, digits, stored.length);
  const count = stored.length;
  if (name in digits || whole.includes(name)) {
    const result = name in digits ? new Int16Array(count) : new Int32Array(count);
    const places = digits[name];
    for (let row = 0; row < count; row++) {
      const start = places ? encodeFigure(guessed[row], places) : Math.floor(guessed[row] + 0.5);
      result[row] = start + ((stored[row] >>> 1) ^ -(stored[row] & 1));
    }
    return result;
  }
  const single = Float32Array.from(guessed);
  const bits = new Uint32Array(single.buffer);
  for (let row = 0; row < count; row++) {
    const kept = Number.isNaN(single[row]) ? 0x7fc000 : ((bits[row] >>> 1) + 64) >>> 7;
    bits[row] = (kept + ((stored[row] >>> 1) ^ -(stored[row] & 1))) << 8;
  }
  return single;
}

// Row by row, in one pass: sum of weight x columns, each row with the weight of its group.
function workOut(columns, { terms, by, per }, digits, count) {
  const total = new Float64Array(count);
  const groups = by && columns[by];
  const divisor = per && readNumbers(columns, per, digits);
  const sums = terms.map(([weight, ...names]) => ({
    weight: weightOf(weight),
    factors: names.map((name) => readNumbers(columns, name, digits)),
  }));
  const termOf = ({ weight, factors }, row) => {
    let term = typeof weight === "number" ? weight : weight[groups[row]];
    for (let n = 0; n < factors.length; n++) term *= factors[n][row];
    return term;
  };
  for (let row = 0; row < count; row++) {
    let sum = 0;
    for (let n = 0; n < sums.length; n++) sum += termOf(sums[n], row);
    if (Math.abs(sum) < Math.abs(termOf(sums[0], row)) * NOTHING) sum = 0;
    total[row] = divisor ? sum / divisor[row] : sum;
  }
  return total;
}

// One number, or one per value of the column that says which; what is not known makes the sum unknown.
function weightOf(weight) {
  if (typeof weight === "number") return weight;
  const known = [];
  for (const [group, one] of Object.entries(weight)) known[group] = one ?? NaN;
  return known;
}

function readNumbers(columns, name, digits) {
  const codes = columns[name];
  const places = digits[name];
  if (!places) return codes;
  const numbers = new Float64Array(codes.length);
  for (let row = 0; row < codes.length; row++) numbers[row] = figure(codes[row], places);
  return numbers;
}

// Written out: a power worked out may differ in its last bit from Python's.
const POWERS = Array.from({ length: 309 }, (_, exponent) => Number(`1e${exponent}`));
const scale = (value, exponent) => (exponent < 0 ? value / POWERS[-exponent] : value * POWERS[exponent]);

// The way back of figure(); see figures.py.
function encodeFigure(value, digits) {
  if (!Number.isFinite(value)) return MISSING;
  const size = Math.abs(value);
  if (size === 0) return 0;
  let exponent = Math.max(SMALLEST_EXPONENT - 3, Math.min(LARGEST_EXPONENT, Math.floor(Math.log10(size))));
  if (scale(1, exponent + 1) <= size) exponent++;
  if (scale(1, exponent) > size) exponent--;
  const lowest = POWERS[digits - 1];
  const scaled = scale(size, digits - 1 - exponent);
  let mantissa = Math.floor(scaled);
  const rest = scaled - mantissa;
  if (rest > 0.5 || (rest === 0.5 && mantissa % 2)) mantissa++;
  if (mantissa >= 10 * lowest) [exponent, mantissa] = [exponent + 1, lowest];
  if (exponent < SMALLEST_EXPONENT) return 0;
  return Math.sign(value) * Math.min(LARGEST_CODE, 1 + (exponent - SMALLEST_EXPONENT) * 9 * lowest + mantissa - lowest);
}

// A code is sign x (1 + decade x mantissas per decade + mantissa); see figures.py.
export function figure(code, digits = 3) {
  if (code === MISSING) return NaN;
  if (code === 0) return 0;
  const lowest = POWERS[digits - 1];
  const place = Math.abs(code) - 1;
  const exponent = Math.floor(place / (9 * lowest)) + SMALLEST_EXPONENT - digits + 1;
  return Math.sign(code) * scale((place % (9 * lowest)) + lowest, exponent);
}

// Reads whole numbers of seven bits a byte, odd ones below zero; see steps.py.
export function stepReader(bytes) {
  let position = 0;
  return () => {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = bytes[position++];
      value += (byte & 127) * factor;
      if (byte < 128) return value % 2 ? -(value + 1) / 2 : value / 2;
      factor *= 128;
    }
  };
}

// A phrase is texts and slot numbers in turn; -1 is the row's next own number; see phrases.py.
export function fillPhrase(phrase, literals, slots) {
  const own = literals.split("|");
  let next = 0;
  return phrase.map((part) => (typeof part === "string" ? part : part === -1 ? own[next++] : slots[part]())).join("");
}
