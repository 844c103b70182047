// The data block: base 85 -> gunzip -> JSON header + typed arrays. The block is inert text until it comes here.

const MISSING = -32768;
const SMALLEST_EXPONENT = -12;
const LARGEST_EXPONENT = 300;
const LARGEST_CODE = 32767;
const NOTHING = 1e-4;

// Five letters are four bytes; see block.py.
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+-;=?@^_|~.,:/[]";

function readLetters(text) {
  const value = new Uint8Array(128);
  for (let n = 0; n < LETTERS.length; n++) value[LETTERS.charCodeAt(n)] = n;
  const bytes = new Uint8Array((text.length / 5) * 4);
  for (let at = 0, to = 0; at < text.length; at += 5, to += 4) {
    let word = 0;
    for (let n = at; n < at + 5; n++) word = word * 85 + value[text.charCodeAt(n)];
    bytes[to] = word >>> 24;
    bytes[to + 1] = word >>> 16;
    bytes[to + 2] = word >>> 8;
    bytes[to + 3] = word;
  }
  return bytes;
}

async function readBlock(element) {
  const text = element.textContent.trim();
  // The last word is filled up with some bytes: how many stands before the letters.
  const packed = readLetters(text.slice(1)).subarray(0, -Number(text[0]) || undefined);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const columns = {};
  let start = 4 + length;
  for (const [name, [type, count]] of Object.entries(header.arrays)) {
    const kind = { Uint8Array, Uint16Array, Uint32Array, Int16Array, Int32Array, Float32Array }[type];
    const size = kind.BYTES_PER_ELEMENT;
    columns[name] = new kind(joinPlanes(bytes.subarray(start, start + count * size), count, size).buffer);
    start += count * size;
  }
  // Worked out from two points, and the same for Python: what it guesses by distance can be undone here.
  whenAsked(columns, "m.metres", () => distances(columns));
  whenAsked(columns, "f.sent", () => sumSent(columns));
  for (const [name, guess] of Object.entries(header.guesses ?? {})) {
    const stored = columns[name];
    whenAsked(columns, name, () => undoGuess(columns, stored, guess, header, name));
  }
  workAhead(columns, Object.keys(header.guesses ?? {}));
  return { header, columns };
}

// Columns are stored byte plane by byte plane, because that compresses better.
function joinPlanes(planes, count, size) {
  const joined = new Uint8Array(count * size);
  for (let plane = 0; plane < size; plane++) {
    const offset = plane * count;
    for (let row = 0; row < count; row++) joined[row * size + plane] = planes[offset + row];
  }
  return joined;
}

// What the chances of a flow bring together, added in their order.
function sumSent(columns) {
  const { "f.site": site, "f.stream": stream, "f.role": role } = columns;
  const key = (place, of, side) => (place * 65536 + of) * 2 + side;
  const sums = new Map();
  const { "m.stream": streams, "m.quantity": quantity } = columns;
  for (const [n, ends] of [columns["m.supply"], columns["m.demand"]].entries()) {
    for (let m = 0; m < ends.length; m++) {
      const flow = key(ends[m], streams[m], n);
      sums.set(flow, (sums.get(flow) ?? 0) + quantity[m]);
    }
  }
  return Float64Array.from(site, (place, f) => sums.get(key(place, stream[f], role[f])) ?? 0);
}

function whenAsked(columns, name, make) {
  const get = () => {
    const value = make();
    Object.defineProperty(columns, name, { value });
    return value;
  };
  Object.defineProperty(columns, name, { get, configurable: true, enumerable: true });
}

// One column at a time while nothing else is asked: the first card then need not wait for all of them.
function workAhead(columns, names) {
  if (!names.length) return;
  const idle = window.requestIdleCallback ?? ((action) => setTimeout(action, 200));
  idle(() => {
    void columns[names[0]];
    workAhead(columns, names.slice(1));
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
    const kept = single[row] === single[row] ? ((bits[row] >>> 1) + 64) >>> 7 : 0x7fc000;
    bits[row] = (kept + ((stored[row] >>> 1) ^ -(stored[row] & 1))) << 8;
  }
  return single;
}

function workOut(columns, { terms, by, per }, digits, count) {
  const total = new Float64Array(count);
  const groups = by && columns[by];
  let first = null;
  for (const [weight, ...names] of terms) {
    const term = weightPerRow(weight, groups, count);
    for (const name of names) {
      const numbers = readNumbers(columns, name, digits);
      for (let row = 0; row < count; row++) term[row] *= numbers[row];
    }
    for (let row = 0; row < count; row++) total[row] += term[row];
    first ??= term;
  }
  for (let row = 0; row < count; row++) if (Math.abs(total[row]) < Math.abs(first[row]) * NOTHING) total[row] = 0;
  const divisor = per && readNumbers(columns, per, digits);
  if (divisor) for (let row = 0; row < count; row++) total[row] /= divisor[row];
  return total;
}

function weightPerRow(weight, groups, count) {
  const result = new Float64Array(count);
  if (typeof weight === "number") return result.fill(weight);
  const known = [];
  for (const [group, one] of Object.entries(weight)) known[group] = one ?? NaN;
  for (let row = 0; row < count; row++) result[row] = known[groups[row]] ?? NaN;
  return result;
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
function figure(code, digits = 3) {
  if (code === MISSING) return NaN;
  if (code === 0) return 0;
  const lowest = POWERS[digits - 1];
  const place = Math.abs(code) - 1;
  const exponent = Math.floor(place / (9 * lowest)) + SMALLEST_EXPONENT - digits + 1;
  return Math.sign(code) * scale((place % (9 * lowest)) + lowest, exponent);
}

// Reads whole numbers of seven bits a byte, odd ones below zero; see steps.py.
function stepReader(bytes) {
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
function fillPhrase(phrase, literals, slots) {
  const own = literals.split("|");
  let next = 0;
  return phrase.map((part) => (typeof part === "string" ? part : part === -1 ? own[next++] : slots[part]())).join("");
}
