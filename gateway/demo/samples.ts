/**
 * The samples that the edge would have accepted had it read the demo factory in the past: each change when it happened
 * (or at the poll that saw it), an unchanged value again once per half maximum age, meters every half minute. Pure.
 */
import type { PlantConfig } from "../config/schema.ts";
import type { Range } from "../model/time.ts";
import type { Sample, Value } from "../model/sample.ts";
import {
  micros,
  MICROS_PER_HOUR,
  MICROS_PER_MILLI,
  MICROS_PER_SECOND,
  tagId,
  type Micros,
  type TagId,
} from "../model/units.ts";
import type { Factory } from "./factory.ts";
import { pointsOf, type Point } from "./points.ts";

/** Live meters are read every few seconds; a month of that would be ten times the samples for the same energy. */
const METER_INTERVAL = micros(30 * MICROS_PER_SECOND);
/** What is made at once: some two thousand samples. */
const CHUNK = MICROS_PER_HOUR;

interface Reader {
  readonly tag: TagId;
  readonly point: Point;
  /** How often the edge looks; 0 when the device reports each change itself. */
  readonly interval: number;
  /** An unchanged value is taken again after this time. */
  readonly confirm: number;
  readonly scaled: (raw: Value) => Value;
  last: { readonly time: Micros; readonly value: Value } | undefined;
}

/** In order of time within a chunk, all tags together; a chunk never holds two samples of one tag at one time. */
export function* pastSamples(plant: PlantConfig, factory: Factory, range: Range): Generator<readonly Sample[]> {
  const readers = readersOf(plant, factory);
  for (let from = range.from; from < range.to; from = micros(from + CHUNK)) {
    const chunk = { from, to: micros(Math.min(from + CHUNK, range.to)) };
    const samples: Sample[] = [];
    for (const machine of factory.machines) {
      const own = readers.filter(({ point }) => point.kind === "event" && point.machine === machine.id);
      if (own.length > 0) readEvents(factory, machine.id, own, chunk, range.to, samples);
    }
    for (const reader of readers) {
      if (reader.point.kind === "meter") readMeter(factory, reader, reader.point, chunk, range.to, samples);
    }
    yield samples.sort((a, b) => a.time - b.time);
  }
}

function readersOf(plant: PlantConfig, factory: Factory): Reader[] {
  const points = pointsOf(factory);
  return Object.entries(plant.connections).flatMap(([connection, { tags }]) =>
    Object.entries(tags).map(([name, tag]): Reader => {
      const id = tagId(connection, name);
      const point = points.get(id);
      if (point === undefined)
        throw new Error(
          `connections.${connection}.tags.${name}: the demo factory has no such value; it has ${[...points.keys()].join(", ")}`,
        );
      return {
        tag: id,
        point,
        interval: "interval" in tag ? tag.interval * MICROS_PER_MILLI : 0,
        confirm: (tag.maxAge * MICROS_PER_MILLI) / 2,
        scaled: (raw) => (typeof raw === "number" ? raw * tag.scale + tag.offset : raw),
        last: undefined,
      };
    }),
  );
}

function readEvents(
  factory: Factory,
  id: string,
  readers: readonly Reader[],
  chunk: Range,
  end: Micros,
  out: Sample[],
): void {
  const machine = factory.machine(id);
  for (const moment of [machine.at(chunk.from), ...machine.moments(chunk)]) {
    for (const reader of readers) {
      if (reader.point.kind !== "event") continue;
      const value = reader.scaled(reader.point.value(moment));
      if (reader.last?.value === value) continue;
      const time = nextLook(moment.time, reader.interval);
      confirmUntil(reader, time, out);
      take(reader, time, value, end, out);
    }
  }
  for (const reader of readers) confirmUntil(reader, chunk.to, out);
}

function readMeter(
  factory: Factory,
  reader: Reader,
  point: Point & { kind: "meter" },
  chunk: Range,
  end: Micros,
  out: Sample[],
): void {
  const step = Math.max(METER_INTERVAL, reader.interval);
  const looks: Micros[] = [];
  for (let time = nextLook(chunk.from, step); time < chunk.to; time = micros(time + step)) looks.push(time);
  // At a change of state the load jumps: a look just after it keeps states inferred from power, and energy per state, sharp.
  if (point.machine !== undefined) {
    for (const { from } of factory.machine(point.machine).segments(chunk)) {
      if (from >= chunk.from) looks.push(nextLook(from, Math.min(reader.interval, MICROS_PER_SECOND)));
    }
  }
  for (const time of looks.sort((a, b) => a - b)) {
    if (reader.last !== undefined && time <= reader.last.time) continue;
    const value = reader.scaled(point.value(time));
    if (value !== reader.last?.value || time - reader.last.time >= reader.confirm) take(reader, time, value, end, out);
  }
}

/** The first poll at or after a moment; polls fall on multiples of the interval. */
const nextLook = (time: Micros, interval: number): Micros =>
  interval === 0 ? time : micros(Math.ceil(time / interval) * interval);

function confirmUntil(reader: Reader, time: Micros, out: Sample[]): void {
  for (let { last } = reader; last !== undefined && last.time + reader.confirm < time; last = reader.last) {
    take(reader, micros(last.time + reader.confirm), last.value, time, out);
  }
}

function take(reader: Reader, time: Micros, value: Value, end: Micros, out: Sample[]): void {
  const { last } = reader;
  // Two changes between two polls: the second is what the poll sees.
  if (last !== undefined && time <= last.time) {
    const seen = out.findLastIndex((sample) => sample.tag === reader.tag && sample.time === last.time);
    if (seen >= 0) out.splice(seen, 1);
  }
  reader.last = { time, value };
  if (time < end) out.push({ tag: reader.tag, time, value, quality: "good" });
}
