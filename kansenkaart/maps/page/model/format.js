// Numbers, units and texts as people read them: at most three figures, the unit once, the language's own marks.

/** @type {Record<string, string>} */
let texts = {};
/** @type {Record<string, string>} */
export let classTexts = {};
export let locale = "nl-NL";

/** @param {any} given @param {string} language */
export function setTexts(given, language) {
  texts = given.map;
  classTexts = given.classes;
  locale = language === "nl" ? "nl-NL" : "en-GB";
}

/** @param {string} key @param {any} [values] */
export function t(key, values = {}) {
  const text = texts[key];
  return text === undefined ? key : fillText(text, values);
}

// The same as fill in texts.py: a gap takes its value, or with {count:row|rows} the word that goes with the number.
/** @param {any} text @param {any} values */
export const fillText = (text, values) =>
  text.replace(
    /\{(\w+)(?::(.*?)\|(.*?))?\}/g,
    (/** @type {any} */ whole, /** @type {string} */ name, /** @type {any} */ one, /** @type {any} */ many) => {
      if (!(name in values)) return whole;
      const value = String(values[name]);
      return one === undefined ? value : value === "1" ? one : many;
    },
  );

/** @param {string} key @param {number} count @param {any} [values] */
export function plural(key, count, values = {}) {
  return t(count === 1 ? `${key}_one` : `${key}_many`, { count: whole(count), ...values });
}

// Written out: the browser's own formatter takes as long before its first number as drawing the map. With a true minus.
/** @param {any} value @param {number} decimals */
function grouped(value, decimals) {
  const plain = Math.abs(value) < 1e21 ? value.toFixed(Math.min(100, decimals)) : String(BigInt(value));
  const [integer, part = ""] = plain.split(".");
  const [group, point] = locale === "nl-NL" ? [".", ","] : [",", "."];
  const shown = part.replace(/0+$/, "");
  return (integer.replace(/\B(?=(\d{3})+$)/g, group) + (shown && point + shown)).replace(/^-0$/, "0").replace("-", "−");
}

/** @param {any} value */
export const whole = (value) => grouped(value, 0);

// Python rounds what a number exactly is, ties to even; a browser's formatter rounds its shortest writing, ties up.
// Without this the map says 20,7 km where the tables say 20,6.
/** @param {any} value @param {number} digits */
function roundFigures(value, digits) {
  const [mantissa, exponent] = Math.abs(value).toExponential(40).split("e");
  const all = mantissa.replace(".", "");
  const kept = Number(all.slice(0, digits));
  const rest = all.slice(digits);
  const tie = /^50*$/.test(rest);
  const up = tie ? kept % 2 : Number(rest[0] >= "5");
  return Math.sign(value) * Number(`${kept + up}e${Number(exponent) - digits + 1}`);
}

// The same writing as texts.py: significant figures, grouped thousands.
/** @param {any} value @param {number} [digits] */
export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return t("unknown_sign");
  if (value === 0) return "0";
  const exponent = Number(value.toExponential().split("e")[1]);
  return grouped(roundFigures(value, digits), Math.max(0, digits - 1 - exponent));
}

/** @type {Record<string, [number, string][]>} */
const UNIT_STEPS = {
  GJ: [
    [1e6, "PJ"],
    [1e3, "TJ"],
    [1, "GJ"],
  ],
  t: [
    [1e6, "Mt"],
    [1e3, "kt"],
    [1, "t"],
  ],
  "t ds": [
    [1e3, "kt ds"],
    [1, "t ds"],
  ],
  m3: [
    [1e6, "million_m3"],
    [1, "m³"],
  ],
};

// A unit that keeps `value` readable: [factor, name].
/** @param {any} value @param {string} unit */
export function unitStep(value, unit) {
  /** @type {[number, string][]} */
  const steps = UNIT_STEPS[unit] || [[1, unit]];
  const size = Math.abs(value);
  const [factor, name] = steps.find(([step]) => size >= step * 0.9995) || steps[steps.length - 1];
  return [factor, name === "million_m3" ? t("million_m3") : name];
}

/** @param {any} value @param {string} unit */
export function amount(value, unit) {
  if (!Number.isFinite(value)) return t("unknown");
  const [factor, name] = unitStep(value, unit);
  return `${number(value / factor)}\u00a0${name}`;
}

// The range beside a quantity, in the same unit, which then stands once: "marge 98–141".
/** @param {any} value @param {number} low @param {number} high @param {string} unit */
export function rangeWords(value, low, high, unit) {
  if (!Number.isFinite(value) || !Number.isFinite(low) || !Number.isFinite(high) || low === high) return null;
  const [factor] = unitStep(value, unit);
  return t("range", { low: number(low / factor, 2), high: number(high / factor, 2) });
}

/** @param {any} value */
export function euro(value) {
  if (!Number.isFinite(value)) return t("unknown");
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size >= 999500) return `${sign}€\u00a0${number(size / 1e6)}\u00a0${t("million")}`;
  return `${sign}€\u00a0${number(size)}`;
}

/** @param {number} metres */
export function kilometres(metres) {
  return metres < 1000 ? `${number(Math.round(metres))}\u00a0m` : `${number(metres / 1000)}\u00a0km`;
}

/** @param {any} text */
export const sentenceCase = (text) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);

// "2019-01-10" as people write it; a year, or anything else, stays as it is.
/** @param {any} text */
export function dateWords(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return clean(text);
  const date = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(date.getTime())
    ? clean(text)
    : date.toLocaleDateString(locale, { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });
}

/** @param {number} tonnes */
export const co2 = (tonnes) => amount(tonnes, "t").replace(/t$/, "t\u00a0CO₂");

const NAME_LIMIT = 160;

// A text from the data: direction marks cannot turn the rest of a line around, and no name fills the page.
/** @param {any} text @param {any} [limit] */
export function clean(text, limit = NAME_LIMIT) {
  const plain = String(text ?? "")
    .replace(/[\u0000-\u001f\u007f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]+/g, " ")
    .trim();
  const letters = Array.from(plain.slice(0, limit * 2 + 2));
  return letters.length > limit ? `${letters.slice(0, limit).join("")}…` : plain;
}

// For searching: no capitals, no accents, and CO₂ as CO2.
/** @param {any} text */
export const fold = (text) =>
  String(text ?? "")
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();

// As a part of the name of a file: letters, digits and hyphens only.
/** @param {any} text @param {number} most */
export const fileName = (text, most) =>
  fold(text)
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, most)
    .replace(/^-+|-+$/g, "");

/** @param {string} unit */
export const unitName = (unit) => (unit === "m3" ? "m³" : unit);

/** @param {string} name */
export const className = (name) => classTexts[name];

// "14 kansen · 1,2 PJ/jaar · 61 kt CO₂/jaar"
/** @param {Stream} stream @param {any} of1 */
export function sumWords(stream, { count, quantity, idle, co2: avoided }) {
  if (!count) return t("no_chances_short");
  const parts = [plural("chances", count)];
  if (quantity > 0) parts.push(t("per_year_short", { amount: amount(quantity, stream.unit) }));
  if (Math.abs(avoided) >= 0.5) parts.push(t("per_year_short", { amount: co2(avoided) }));
  if (idle > 0) parts.push(t("idle_short", { amount: amount(idle, stream.unit) }));
  return parts.join(" · ");
}

// Minutes and seconds that are left, whole seconds upward: it says 0:00 when it is over, and not before.
/** @param {number} ms */
export function clockWords(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
