// The data block: base64 -> gunzip -> JSON header + typed arrays. The block is inert text until it comes here.

const MISSING = -32768;
const SMALLEST_EXPONENT = -12;

async function readBlock(element) {
  const letters = atob(element.textContent.trim());
  const packed = new Uint8Array(letters.length);
  for (let n = 0; n < letters.length; n++) packed[n] = letters.charCodeAt(n);
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

// A phrase is texts and slot numbers in turn; -1 is the row's next own number; see phrases.py.
function fillPhrase(phrase, literals, slots) {
  const own = literals.split("|");
  let next = 0;
  return phrase.map((part) => (typeof part === "string" ? part : part === -1 ? own[next++] : slots[part]())).join("");
}
