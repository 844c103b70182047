// The order of the functions in the bundle. gzip looks back 32 kB and no further, so what is written alike packs better
// side by side. Functions may stand anywhere: they go first, in this order; what runs as the page is read keeps its own.

const [HEAD, TAIL] = ['"use strict";\n(() => {\n', "})();\n"];

// The statements of a bundle: those at two spaces, as esbuild lays it out.
/** @param {string} text */
export function splitStatements(text) {
  if (!text.startsWith(HEAD) || !text.endsWith(TAIL)) throw new Error("no bundle as esbuild lays it out");
  return text
    .slice(HEAD.length, -TAIL.length)
    .split(/^(?= {2}[\w$])/m)
    .filter(Boolean);
}

/** @param {string} statement */
const nameOf = (statement) => /^ {2}(?:async )?function ([\w$]+)/.exec(statement)?.[1] ?? "";

/** @param {string} text @param {string[]} order */
export function orderFunctions(text, order) {
  const statements = splitStatements(text);
  const place = new Map(order.map((name, n) => [name, n]));
  const functions = statements.filter(nameOf);
  // One that the order does not know follows what it followed.
  let last = -1;
  const at = new Map();
  for (const one of functions) {
    last = place.get(nameOf(one)) ?? last;
    at.set(one, last);
  }
  functions.sort((one, other) => at.get(one) - at.get(other));
  return [HEAD, ...functions, ...statements.filter((one) => !nameOf(one)), TAIL].join("");
}

// Moves functions, a few at a time and always the same ones, and keeps what packs smaller. Returns their names.
/** @param {string} text @param {string[]} short The statements as they are packed. @param {(text: string) => number} sizeOf */
export function findOrder(text, short, sizeOf, tries = 8000) {
  const names = splitStatements(text).map(nameOf);
  const rest = short.filter((_, n) => !names[n]).join("");
  /** @param {number[]} order */
  const measure = (order) => sizeOf(order.map((n) => short[n]).join("") + rest);
  let best = [...names.keys()].filter((n) => names[n]);
  let least = measure(best);
  let seed = 1;
  /** @param {number} below */
  const any = (below) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  for (let n = 0; n < tries; n++) {
    const moved = best.slice();
    const part = moved.splice(any(moved.length), [1, 1, 2, 3, 5, 8, 20, 40][any(8)]);
    moved.splice(any(moved.length + 1), 0, ...part);
    const size = measure(moved);
    if (size <= least) [best, least] = [moved, size];
  }
  return best.map((n) => names[n]);
}
