/** Minimum, maximum, sum and count of numbers: per minute beside a chunk, per hour in a table of their own. */
import { KIND_BOOLEAN, KIND_NUMBER, kindOf } from "../../model/columns.ts";
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

/** Fewer samples than this are decoded faster than their minutes are read, and take less room. */
const FEW_SAMPLES = 30;
const NUMBERS_PER_MINUTE = 5;

/** The minutes of a chunk as 5 doubles each; `undefined` when the chunk is so small that its samples serve as well. */
export function encodeMinutes(run: Run, window: number, always = false): Uint8Array | undefined {
  if (run.times.length < FEW_SAMPLES && !always) return undefined;
  const buckets = new Buckets(window * WINDOW_MICROS, MINUTE_MICROS);
  buckets.addRun(run);
  const numbers = buckets.rollups().flatMap(({ time, count, sum, min, max }) => [time, count, sum, min, max]);
  return new Uint8Array(new Float64Array(numbers).buffer);
}

export function decodeMinutes(bytes: Uint8Array): Rollup[] {
  const numbers = new Float64Array(Uint8Array.from(bytes).buffer);
  const minutes: Rollup[] = [];
  for (let i = 0; i + NUMBERS_PER_MINUTE <= numbers.length; i += NUMBERS_PER_MINUTE) {
    const [time, count, sum, min, max] = numbers.subarray(i, i + NUMBERS_PER_MINUTE) as unknown as [
      number,
      number,
      number,
      number,
      number,
    ];
    minutes.push({ time, count, sum, min, max });
  }
  return minutes;
}

/** The whole run as one. */
export function rollupOf(run: Run): Rollup {
  let count = 0;
  let sum = 0;
  let min = 0;
  let max = 0;
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
