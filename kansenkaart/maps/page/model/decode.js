// The data block: JSON header + typed arrays. An array is joined when first asked for: the map is drawn with a few.

/** @param {Uint8Array} bytes */
export function readBlock(bytes) {
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  /** @type {Columns} */
  const columns = {};
  let start = 4 + length;
  for (const [name, [type, count]] of Object.entries(header.arrays)) {
    const kind = /** @type {any} */ (globalThis)[type];
    const size = kind.BYTES_PER_ELEMENT;
    const planes = bytes.subarray(start, start + count * size);
    start += planes.length;
    const read = () => new kind(joinPlanes(planes, size).buffer);
    const distinct = `${name}.values`;
    whenAsked(columns, name, distinct in header.arrays ? () => pickValues(columns[distinct], read()) : read);
  }
  return { header, columns };
}

// A scenario: its own keys and columns before those of the project as it stands, of which it names what it keeps.
/** @param {any} base @param {any} own */
export function layOver(base, own) {
  const header = { ...base.header, ...own.header };
  for (const key of header.dropped) delete header[key];
  for (const name of header.kept) whenAsked(own.columns, name, () => base.columns[name]);
  return { header, columns: own.columns };
}

// A column of which many rows are alike: every value once, and which one each row has.
/** @param {any} values @param {Column} places */
function pickValues(values, places) {
  const picked = new values.constructor(places.length);
  for (let row = 0; row < places.length; row++) picked[row] = values[places[row]];
  return picked;
}

// Columns are stored byte plane by byte plane, because that compresses better.
/** @param {any} planes @param {number} size */
function joinPlanes(planes, size) {
  const joined = new Uint8Array(planes.length);
  for (let plane = 0, from = 0; plane < size; plane++) {
    for (let to = plane; to < joined.length; to += size) joined[to] = planes[from++];
  }
  return joined;
}

// Makes `name` when it is first read; from then on it is a property like any other.
/** @param {any} owner @param {string} name @param {() => unknown} make */
export function whenAsked(owner, name, make) {
  const get = () => {
    const value = make();
    Object.defineProperty(owner, name, { value, writable: true });
    return value;
  };
  Object.defineProperty(owner, name, { get, configurable: true, enumerable: true });
}

// One thing at a time while nothing else is asked: the first card or search then need not wait for it.
/** @param {any} owner @param {string[]} names */
export function workAhead(owner, names) {
  if (!names.length) return;
  const idle = window.requestIdleCallback ?? setTimeout;
  idle(() => {
    void owner[names[0]];
    workAhead(owner, names.slice(1));
  });
}

// Reads whole numbers of seven bits a byte, odd ones below zero; see block.py.
/** @param {Column} bytes */
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
