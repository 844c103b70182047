// Bundles the page into what the program ships: assets/page.js, page.css and boot.js. With --check it only compares;
// with --order it first looks for an order of the functions that packs better, and writes that down.

import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { minify } from "terser";
import { findOrder, orderFunctions, splitStatements } from "./order.js";

/** @param {string} name */
const here = (name) => new URL(name, import.meta.url).pathname;
const ENTRIES = { "page.js": "main.js", "page.css": "styles.css", "boot.js": "boot.js" };
const ORDER = here("order.json");

/** @param {string} entry @param {import("esbuild").BuildOptions} shorter */
async function bundle(entry, shorter) {
  const { outputFiles } = await build({
    entryPoints: [here(entry)],
    absWorkingDir: here("."),
    bundle: true,
    ...shorter,
    format: "iife",
    charset: "utf8",
    legalComments: "none",
    target: ["chrome103", "edge103", "firefox113", "safari16.4"],
    write: false,
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

// esbuild bundles; terser takes another 3 % off what a page weighs. No function of the page is made with new.
const COMPRESS = {
  passes: 3,
  unsafe_arrows: true,
  unsafe_methods: true,
  pure_getters: true,
  keep_fargs: false,
  inline: 1,
  join_vars: false,
};

// Lays out what terser gives: every statement at its own line.
/** @param {string} text @param {import("terser").MinifyOptions} options */
async function squeeze(text, options) {
  const { code = "" } = await minify(text, { ecma: 2020, ...options });
  return (await transform(code, { charset: "utf8", minifySyntax: true })).code;
}

/** @param {string} text */
const withNames = (text) => squeeze(text, { compress: COMPRESS, mangle: false });

/** @param {string} entry */
async function make(entry) {
  if (entry.endsWith(".css")) return bundle(entry, { minify: true });
  const text = orderFunctions(
    await withNames(await bundle(entry, { minifySyntax: true })),
    JSON.parse(readFileSync(ORDER, "utf8")),
  );
  return (await minify(text, { ecma: 2020, compress: { defaults: false, join_vars: true } })).code ?? "";
}

if (process.argv.includes("--order")) {
  const known = JSON.parse(readFileSync(ORDER, "utf8"));
  const text = orderFunctions(await withNames(await bundle("main.js", { minifySyntax: true })), known);
  const short = splitStatements(await squeeze(text, { compress: false })).map((one) => one.replace(/\n\s*/g, ""));
  const order = findOrder(text, short, (packed) => gzipSync(packed, { level: 9 }).length);
  writeFileSync(ORDER, `${JSON.stringify(order, null, 2)}\n`);
}
const check = process.argv.includes("--check");
const stale = [];
for (const [name, entry] of Object.entries(ENTRIES)) {
  const path = here(`../assets/${name}`);
  const text = await make(entry);
  if (!check) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) stale.push(`assets/${name}`);
}
if (stale.length) {
  console.error(`${stale.join(", ")}: not what kansenkaart/maps/page gives now. Run "make page" and commit them.`);
  process.exit(1);
}
