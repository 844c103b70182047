// The data block: base 85 -> gunzip -> JSON header + typed arrays. The block is inert text until it comes here.

const MISSING = -32768;
const SMALLEST_EXPONENT = -12;

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

// A code is sign x (1 + decade x mantissas per decade + mantissa); see figures.py.
function figure(code, digits = 3) {
  if (code === MISSING) return NaN;
  if (code === 0) return 0;
  const lowest = 10 ** (digits - 1);
  const place = Math.abs(code) - 1;
  const exponent = Math.floor(place / (9 * lowest)) + SMALLEST_EXPONENT - digits + 1;
  return Math.sign(code) * Number(`${(place % (9 * lowest)) + lowest}e${exponent}`);
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
