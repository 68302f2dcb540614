/** From a device's readings to samples: scaled, checked, thinned, and each with an identity of its own. */
import type { TagFields } from "../model/quantity.ts";
import type { Reading } from "../model/protocol.ts";
import { because, type Incident } from "../model/record.ts";
import { MAX_STRING_BYTES, type Quality, type Sample, type Value } from "../model/sample.ts";
import type { Told } from "../model/told.ts";
import { micros, MICROS_PER_MILLI, tagId, type Micros, type TagId } from "../model/units.ts";
import { tell } from "./words.ts";

export interface NormaliserOptions {
  readonly connection: string;
  readonly tags: Readonly<Record<string, TagFields>>;
  readonly accept: (samples: readonly Sample[]) => void;
  readonly record: (incident: Incident) => void;
  readonly now: () => Micros;
}

export interface Normaliser {
  /** Takes the readings of one notification or poll. */
  readonly take: (readings: readonly Reading[]) => void;
  /** Tells what was held back by the rate limit. */
  readonly close: () => void;
}

/** One record per connection and minute tells how many readings were unusable: a broken sensor must not flood the history. */
const UNREADABLE_RECORD_MICROS = 60_000_000;
/** A time this little before the last one is the jitter of two sources, and moves up; further back it is late, and stays. */
const REORDER_MICROS = 2_000_000;
/** Before this no clock of ours was ever right (a Pi starts in 1970): such samples are uncertain. 2024-01-01. */
const EARLIEST_CREDIBLE = micros(1_704_067_200_000_000);

interface TagState {
  readonly id: TagId;
  readonly scale: number;
  readonly offset: number;
  readonly scaled: boolean;
  /** Equal readings within this of the kept one are not kept again; 0 keeps every reading. */
  readonly quiet: number;
  value: Value | null;
  quality: Quality | undefined;
  /** As the source gave it, and as it was made unique. */
  sourceTime: number;
  time: number;
  /** Of the last one that came late. */
  lateTime: number;
  unreadable: { count: number; from: Micros; to: Micros; why: Told } | undefined;
}

export function normaliser(options: NormaliserOptions): Normaliser {
  const { connection, record, accept, now } = options;
  const states = new Map<string, TagState>();
  for (const [name, fields] of Object.entries(options.tags))
    states.set(name, freshState(tagId(connection, name), fields));
  /** Tags with unusable readings that no record has told yet. */
  const untold = new Set<TagState>();
  let recordedAt = -Infinity;

  function take(readings: readonly Reading[]): void {
    const samples: Sample[] = [];
    for (const reading of readings) {
      const state = states.get(reading.tag);
      // The adapter reads only what the configuration names; anything else has no identity to be kept under.
      if (state === undefined) continue;
      const sample = sampleOf(state, reading, now);
      if (sample !== undefined) samples.push(sample);
      if (state.unreadable !== undefined) untold.add(state);
    }
    if (samples.length > 0) accept(samples);
    if (untold.size > 0) tellUnreadable(UNREADABLE_RECORD_MICROS);
  }

  function tellUnreadable(atLeast: number): void {
    const time = now();
    // A clock that was set back must not hold records back until it is there again.
    if (Math.abs(time - recordedAt) < atLeast) return;
    const told = [...untold].flatMap(({ id, unreadable }) => (unreadable === undefined ? [] : [{ id, ...unreadable }]));
    for (const state of untold) state.unreadable = undefined;
    untold.clear();
    const [first] = told;
    if (first === undefined) return;
    recordedAt = time;
    record({
      kind: "unreadable",
      connection,
      ...(told.length === 1 ? { tag: first.id } : { tags: told.length }),
      from: micros(Math.min(...told.map(({ from }) => from))),
      to: micros(Math.max(...told.map(({ to }) => to))),
      count: told.reduce((sum, { count }) => sum + count, 0),
      ...because(first.why),
    });
  }

  return { take, close: () => tellUnreadable(0) };
}

function freshState(id: TagId, { scale, offset, maxAge, report }: TagFields): TagState {
  return {
    id,
    scale,
    offset,
    scaled: scale !== 1 || offset !== 0,
    quiet: report === "always" ? 0 : (maxAge * MICROS_PER_MILLI) / 2,
    value: null,
    quality: undefined,
    sourceTime: -Infinity,
    time: -Infinity,
    lateTime: -Infinity,
    unreadable: undefined,
  };
}

/** The sample to keep; `undefined` when it says nothing that the last one did not. */
function sampleOf(state: TagState, reading: Reading, now: () => Micros): Sample | undefined {
  let { value, quality } = reading;
  // The site refuses a whole batch for a time that is no whole number.
  const sourceTime = Number.isSafeInteger(reading.time) ? reading.time : now();
  if (typeof value === "number") {
    if (state.scaled) value = value * state.scale + state.offset;
    if (!Number.isFinite(value))
      value = unreadable(state, sourceTime, tell("edge.noNumber", { value: String(reading.value) }));
  } else if (typeof value === "string") {
    // A UTF-16 unit takes three bytes at most: only long texts are measured.
    if (value.length > MAX_STRING_BYTES / 3 && Buffer.byteLength(value) > MAX_STRING_BYTES) {
      value = unreadable(
        state,
        sourceTime,
        tell("edge.longText", { bytes: Buffer.byteLength(value), most: MAX_STRING_BYTES }),
      );
    }
  } else if (value !== null && typeof value !== "boolean") {
    value = unreadable(state, sourceTime, tell("edge.noType", { type: typeof value }));
  }
  if (value === null) quality = "bad";
  else if (sourceTime < EARLIEST_CREDIBLE && quality === "good") quality = "uncertain";

  if (reading.late === true) return lateSample(state, sourceTime, value, quality);
  if (value === state.value && quality === state.quality) {
    // The same sample, read once more.
    if (sourceTime === state.sourceTime) return undefined;
    if (sourceTime > state.time && sourceTime - state.time < state.quiet) return undefined;
  }
  const early = state.time - sourceTime;
  const time = early >= 0 && early <= REORDER_MICROS ? state.time + 1 : sourceTime;
  state.value = value;
  state.quality = quality;
  state.sourceTime = sourceTime;
  state.time = time;
  return { tag: state.id, time: micros(time), value, quality };
}

/** Beside the newest, which stays what it is; only the identity of another sample is not taken. */
function lateSample(state: TagState, sourceTime: number, value: Value | null, quality: Quality): Sample {
  let time = sourceTime;
  while (time === state.time || time === state.lateTime) time -= 1;
  state.lateTime = time;
  return { tag: state.id, time: micros(time), value, quality };
}

function unreadable(state: TagState, time: Micros, why: Told): null {
  const { count, from } = state.unreadable ?? { count: 0, from: time };
  state.unreadable = { count: count + 1, from, to: time, why };
  return null;
}
