// A block of the page is base 64 in a script that never runs, gunzipped here; see block.py.

/** @param {Element} element */
export async function unpack(element) {
  const letters = atob(element.textContent.trim());
  element.remove();
  const packed = new Uint8Array(letters.length);
  for (let n = 0; n < letters.length; n++) packed[n] = letters.charCodeAt(n);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
