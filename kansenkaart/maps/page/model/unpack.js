// A block of the page is letters in a script that never runs: base 85, gunzipped here; see block.py.

// Five letters are four bytes.
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+-;=?@^_|~.,:/[]";

function readLetters(text) {
  const value = new Uint8Array(128);
  for (let n = 0; n < LETTERS.length; n++) value[LETTERS.charCodeAt(n)] = n;
  const letters = new TextEncoder().encode(text);
  const bytes = new Uint8Array((letters.length / 5) * 4);
  for (let at = 0, to = 0; at < letters.length; at += 5, to += 4) {
    // Written out and in whole numbers of 32 bits: a million letters are read before anything is seen.
    let word = Math.imul(value[letters[at]], 85) + value[letters[at + 1]];
    word = Math.imul(word, 85) + value[letters[at + 2]];
    word = Math.imul(word, 85) + value[letters[at + 3]];
    word = Math.imul(word, 85) + value[letters[at + 4]];
    bytes[to] = word >>> 24;
    bytes[to + 1] = word >>> 16;
    bytes[to + 2] = word >>> 8;
    bytes[to + 3] = word;
  }
  return bytes;
}

export async function unpack(element) {
  const text = element.textContent.trim();
  element.remove();
  // The last word is filled up with some bytes: how many stands before the letters.
  const packed = readLetters(text.slice(1)).subarray(0, -Number(text[0]) || undefined);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
