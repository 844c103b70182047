// Only what goes through here: chosen in the flow diagram or as a bundle on the map, and said in a pill on the map.
// A choice is { fromTown, fromKind, stream, toTown, toKind, idle }, with only the parts that count, or
// { cluster } with or without a stream: what a group of places has on either side; or { coalition }.

import { clean, sentenceCase, t } from "../model/format.js";
import { IDLE_CLASS } from "../model/words.js";
import { groupNumber } from "../workshop/ballot.js";
import { groupName, membersOf } from "../workshop/groups.js";
import { townName, townsOf } from "./towns.js";

/** @type {Record<string, string>} */
const THROUGH_KEYS = {
  fromTown: "van",
  fromKind: "van_soort",
  stream: "langs",
  toTown: "naar",
  toKind: "naar_soort",
  idle: "loont_niet",
  cluster: "cluster",
  coalition: "coalitie",
};

// The test for one chance, or null when nothing is chosen.
/** @param {Model} model @param {Through | null} through */
export function throughTest(model, through) {
  if (!through) return null;
  const { "m.supply": supply, "m.demand": demand, "m.stream": stream, "m.class": classes } = model.c;
  const [town, kind] = [townsOf(model).of, model.c["s.kind"]];
  /** @type {Record<string, (m: number) => number>} */
  const reads = {
    fromTown: (/** @type {number} */ m) => town[supply[m]],
    fromKind: (/** @type {number} */ m) => kind[supply[m]],
    stream: (/** @type {number} */ m) => stream[m],
    toTown: (/** @type {number} */ m) => town[demand[m]],
    toKind: (/** @type {number} */ m) => kind[demand[m]],
    idle: (/** @type {number} */ m) => Number(classes[m] === IDLE_CLASS),
  };
  const group = model.clusters.groups[through.cluster ?? -1];
  const [inside, flowing] = [new Set(group?.sites), new Set(group?.streams.map((one) => one.stream))];
  reads.cluster = (m) =>
    flowing.has(stream[m]) && (inside.has(supply[m]) || inside.has(demand[m]))
      ? /** @type {number} */ (through.cluster)
      : -1;
  const members = new Set(through.coalition === undefined ? [] : membersOf(model, through.coalition));
  reads.coalition = (m) => (members.has(m) ? /** @type {number} */ (through.coalition) : -1);
  const parts = Object.entries(through).map(([key, value]) => /** @type {const} */ ([reads[key], value]));
  return (/** @type {number} */ m) => parts.every(([read, value]) => read(m) === value);
}

/** @type {(one: any, other: any) => boolean} */
export const sameThrough = (one, other) => Object.keys(THROUGH_KEYS).every((key) => one?.[key] === other?.[key]);

// "Haarlem → Kas · Restwarmte"
/** @param {Model} model @param {Through} through */
export function throughWords(model, through) {
  /** @type {(town?: number, kind?: number) => string | null} */
  const side = (town, kind) =>
    town !== undefined
      ? townName(model, town)
      : kind !== undefined
        ? sentenceCase(clean(model.kinds[kind].name))
        : null;
  const [from, to] = [side(through.fromTown, through.fromKind), side(through.toTown, through.toKind)];
  const ends =
    from && to
      ? `${from} → ${to}`
      : from
        ? t("through_from", { place: from })
        : to
          ? t("through_to", { place: to })
          : through.cluster !== undefined
            ? clean(model.clusters.groups[through.cluster].name, 80)
            : through.coalition === undefined
              ? null
              : groupName(model, through.coalition);
  return [ends, through.stream === undefined ? null : flowName(model, through.stream, through.idle)]
    .filter(Boolean)
    .join(" · ");
}

/** @param {Model} model @param {number} stream @param {any} idle */
export function flowName(model, stream, idle) {
  const name = clean(model.streams[stream].name, 60);
  return idle ? t("through_idle", { stream: name }) : name;
}

/** @param {Model} model @param {any} values */
export function readThrough(model, values) {
  /** @type {Record<string, (text: any) => number>} */
  const find = {
    fromTown: (/** @type {string} */ text) => townsOf(model).names.indexOf(text || null),
    fromKind: (/** @type {string} */ text) => model.kinds.findIndex((kind) => kind.id === text),
    stream: (/** @type {string} */ text) => model.streams.findIndex((stream) => stream.id === text),
    idle: (/** @type {string} */ text) => Number(text === "1"),
    cluster: (/** @type {string} */ text) => model.clusters.groups.findIndex((group) => group.id === text),
    coalition: (/** @type {string} */ text) => groupNumber(model, text),
  };
  Object.assign(find, { toTown: find.fromTown, toKind: find.fromKind });
  const found = Object.entries(THROUGH_KEYS)
    .filter(([, name]) => values.has(name))
    .map(([key, name]) => /** @type {[string, number]} */ ([key, find[key](values.get(name))]));
  const known = found.filter(([, code]) => code >= 0);
  return known.length ? Object.fromEntries(known) : null;
}

/** @param {Model} model @param {Through | null} through @param {any} values */
export function writeThrough(model, through, values) {
  /** @type {Record<string, (n: any) => string>} */
  const write = {
    fromTown: (/** @type {number} */ n) => townsOf(model).names[n] ?? "",
    fromKind: (/** @type {number} */ n) => model.kinds[n].id,
    stream: (/** @type {number} */ n) => model.streams[n].id,
    idle: String,
    cluster: (/** @type {number} */ n) => model.clusters.groups[n].id,
    coalition: (/** @type {number} */ n) => model.coalitions[n].id,
  };
  Object.assign(write, { toTown: write.fromTown, toKind: write.fromKind });
  for (const [key, code] of Object.entries(through ?? {})) values.set(THROUGH_KEYS[key], write[key](code));
}
