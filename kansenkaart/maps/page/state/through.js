// Only what goes through here: chosen in the flow diagram or as a bundle on the map, and said in a pill on the map.
// A choice is { fromTown, fromKind, stream, toTown, toKind, idle }, with only the parts that count.

import { clean, sentenceCase, t } from "../model/format.js";
import { IDLE_CLASS } from "../model/words.js";
import { townName, townsOf } from "./towns.js";

const THROUGH_KEYS = {
  fromTown: "van",
  fromKind: "van_soort",
  stream: "langs",
  toTown: "naar",
  toKind: "naar_soort",
  idle: "loont_niet",
};

// The test for one chance, or null when nothing is chosen.
export function throughTest(model, through) {
  if (!through) return null;
  const { "m.supply": supply, "m.demand": demand, "m.stream": stream, "m.class": classes } = model.c;
  const [town, kind] = [townsOf(model).of, model.c["s.kind"]];
  const reads = {
    fromTown: (m) => town[supply[m]],
    fromKind: (m) => kind[supply[m]],
    stream: (m) => stream[m],
    toTown: (m) => town[demand[m]],
    toKind: (m) => kind[demand[m]],
    idle: (m) => Number(classes[m] === IDLE_CLASS),
  };
  const parts = Object.entries(through).map(([key, value]) => [reads[key], value]);
  return (m) => parts.every(([read, value]) => read(m) === value);
}

export const sameThrough = (one, other) => Object.keys(THROUGH_KEYS).every((key) => one?.[key] === other?.[key]);

// "Haarlem → Kas · Restwarmte"
export function throughWords(model, through) {
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
          : null;
  return [ends, through.stream === undefined ? null : flowName(model, through.stream, through.idle)]
    .filter(Boolean)
    .join(" · ");
}

export function flowName(model, stream, idle) {
  const name = clean(model.streams[stream].name, 60);
  return idle ? t("through_idle", { stream: name }) : name;
}

export function readThrough(model, values) {
  const find = {
    fromTown: (text) => townsOf(model).names.indexOf(text || null),
    fromKind: (text) => model.kinds.findIndex((kind) => kind.id === text),
    stream: (text) => model.streams.findIndex((stream) => stream.id === text),
    idle: (text) => Number(text === "1"),
  };
  Object.assign(find, { toTown: find.fromTown, toKind: find.fromKind });
  const found = Object.entries(THROUGH_KEYS)
    .filter(([, name]) => values.has(name))
    .map(([key, name]) => [key, find[key](values.get(name))]);
  const known = found.filter(([, code]) => code >= 0);
  return known.length ? Object.fromEntries(known) : null;
}

export function writeThrough(model, through, values) {
  const write = {
    fromTown: (n) => townsOf(model).names[n] ?? "",
    fromKind: (n) => model.kinds[n].id,
    stream: (n) => model.streams[n].id,
    idle: String,
  };
  Object.assign(write, { toTown: write.fromTown, toKind: write.fromKind });
  for (const [key, code] of Object.entries(through ?? {})) values.set(THROUGH_KEYS[key], write[key](code));
}
