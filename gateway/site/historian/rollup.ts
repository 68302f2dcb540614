/** Minimum, maximum, sum and count of numbers: per minute beside a chunk, per hour in a table of their own. */
import { compress, decompress, KIND_BOOLEAN, KIND_NUMBER, kindOf, shuffle, unshuffle } from "../../model/columns.ts";
import { micros, MICROS_PER_HOUR, MICROS_PER_SECOND, type Micros } from "../../model/units.ts";
import type { Point } from "../../model/historian.ts";
import { WINDOW_MICROS } from "./chunk.ts";
import type { Run } from "./run.ts";

export const MINUTE_MICROS = 60 * MICROS_PER_SECOND;
export const HOUR_MICROS = MICROS_PER_HOUR;
export const WINDOWS_PER_HOUR = HOUR_MICROS / WINDOW_MICROS;

export interface Rollup {
  /** Start of the stretch, µs. */
  readonly time: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

const BAD = 2;
/** What can be drawn: a number or a boolean that is not of bad quality. */
export function isDrawable(flags: number): boolean {
  const kind = kindOf(flags);
  return (kind === KIND_NUMBER || kind === KIND_BOOLEAN) && (flags & 3) !== BAD;
}

/** Gathers numbers into stretches of `width` µs counted from `origin`; stretches without numbers are absent. */
export class Buckets {
  readonly #origin: number;
  readonly #width: number;
  readonly #buckets = new Map<number, { count: number; sum: number; min: number; max: number }>();

  constructor(origin: number, width: number) {
    this.#origin = origin;
    this.#width = width;
  }

  add({ time, count, sum, min, max }: Rollup): void {
    if (count === 0) return;
    const place = Math.floor((time - this.#origin) / this.#width);
    const bucket = this.#buckets.get(place);
    if (bucket === undefined) {
      this.#buckets.set(place, { count, sum, min, max });
      return;
    }
    bucket.count += count;
    bucket.sum += sum;
    if (min < bucket.min) bucket.min = min;
    if (max > bucket.max) bucket.max = max;
  }

  addRun(run: Run): void {
    const n = run.times.length;
    let place = -Infinity;
    let end = -Infinity;
    let bucket = { count: 0, sum: 0, min: 0, max: 0 };
    for (let i = 0; i < n; i++) {
      if (!isDrawable(run.flags[i] as number)) continue;
      const value = run.values[i] as number;
      const time = run.times[i] as number;
      if (time >= end) {
        place = Math.floor((time - this.#origin) / this.#width);
        end = this.#origin + (place + 1) * this.#width;
        bucket = this.#buckets.get(place) ?? { count: 0, sum: 0, min: value, max: value };
        this.#buckets.set(place, bucket);
      }
      bucket.count++;
      bucket.sum += value;
      if (value < bucket.min) bucket.min = value;
      if (value > bucket.max) bucket.max = value;
    }
  }

  rollups(): Rollup[] {
    return [...this.#buckets]
      .toSorted(([a], [b]) => a - b)
      .map(([place, { count, sum, min, max }]) => ({ time: this.#origin + place * this.#width, count, sum, min, max }));
  }

  /** @param from start of the asked range: no point lies before it */
  points(from: Micros): Point[] {
    return this.rollups().map(({ time, count, sum, min, max }) => ({
      time: micros(Math.max(time, from)),
      min,
      max,
      mean: sum / count,
      count,
    }));
  }
}

/** With fewer samples a minute the samples themselves take less room than the minutes, and are decoded as fast. */
const WORTH_MINUTES = 5;
const NUMBERS_PER_MINUTE = 5;
/** First byte: whether the rest is packed. */
const PLAIN = Uint8Array.of(0);
const PACKED = Uint8Array.of(1);
const MAX_MINUTES_BYTES = 1024 * 1024;

/** The minutes of a chunk as 5 doubles each; `undefined` when its samples serve as well. */
export function encodeMinutes(run: Run, window: number): Uint8Array | undefined {
  const minutes = minutesOf(run, window);
  return minutes.length * WORTH_MINUTES > run.times.length ? undefined : Buffer.concat([PLAIN, bytesOf(minutes)]);
}

/** The minutes of a chunk that has grown by `run`: the same numbers that all its samples would give. */
export const extendMinutes = (known: Uint8Array, run: Run, window: number): Uint8Array =>
  Buffer.concat([PLAIN, bytesOf(minutesOf(run, window, decodeMinutes(known)))]);

/** The same for a chunk whose samples go: always, and packed. */
export const packMinutes = (run: Run, window: number): Uint8Array =>
  Buffer.concat([PACKED, compress(shuffle(new Float64Array(bytesOf(minutesOf(run, window)).buffer)))]);

function minutesOf(run: Run, window: number, known: readonly Rollup[] = []): Rollup[] {
  const buckets = new Buckets(window * WINDOW_MICROS, MINUTE_MICROS);
  for (const minute of known) buckets.add(minute);
  buckets.addRun(run);
  return buckets.rollups();
}

function bytesOf(minutes: readonly Rollup[]): Uint8Array<ArrayBuffer> {
  const numbers = new Float64Array(minutes.length * NUMBERS_PER_MINUTE);
  for (const [i, { time, count, sum, min, max }] of minutes.entries()) {
    numbers.set([time, count, sum, min, max], i * NUMBERS_PER_MINUTE);
  }
  return new Uint8Array(numbers.buffer);
}

export function decodeMinutes(bytes: Uint8Array): Rollup[] {
  const body = bytes.subarray(1);
  const numbers =
    bytes[0] === PACKED[0]
      ? unshuffle(decompress(body, MAX_MINUTES_BYTES))
      : new Float64Array(Uint8Array.from(body).buffer);
  const minutes: Rollup[] = [];
  for (let i = 0; i + NUMBERS_PER_MINUTE <= numbers.length; i += NUMBERS_PER_MINUTE) {
    minutes.push({
      time: numbers[i] as number,
      count: numbers[i + 1] as number,
      sum: numbers[i + 2] as number,
      min: numbers[i + 3] as number,
      max: numbers[i + 4] as number,
    });
  }
  return minutes;
}

const NOTHING = { count: 0, sum: 0, min: 0, max: 0 };

/** The whole run as one, behind what is `known` already. */
export function rollupOf(run: Run, known: Omit<Rollup, "time"> = NOTHING): Rollup {
  let { count, sum, min, max } = known;
  for (let i = 0; i < run.times.length; i++) {
    if (!isDrawable(run.flags[i] as number)) continue;
    const value = run.values[i] as number;
    if (count === 0 || value < min) min = value;
    if (count === 0 || value > max) max = value;
    sum += value;
    count++;
  }
  return { time: run.times[0] ?? 0, count, sum, min, max };
}
