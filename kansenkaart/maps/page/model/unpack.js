// A block of the page stands in plain signs in a script that never runs, gunzipped here; see block.py.

/** @param {Element} element */
export function unpack(element) {
  const { body } = new Response(readSigns(element.textContent));
  element.remove();
  return new Response(/** @type {ReadableStream} */ (body).pipeThrough(new DecompressionStream("gzip")));
}

// Two signs of 91 hold thirteen bits. Where '<' would stand, '|' does.
/** @param {string} text */
export function readSigns(text) {
  const value = (/** @type {number} */ n) => (text[n] === "|" ? 27 : text.charCodeAt(n) - 33);
  const bytes = new Uint8Array((13 * text.length) / 16);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let n = 0; n < text.length; n += 2) {
    held = (held << 13) | (91 * value(n) + value(n + 1)); // what was taken falls off at the left
    for (bits += 13; bits > 7; bytes[at++] = held >> bits) bits -= 8;
  }
  return bytes;
}
