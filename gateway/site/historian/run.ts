/** A run: samples of one tag as typed arrays, in time order, one per moment. Everything the store does is done on runs. */
import { qualityOf, unpackValue } from "../../model/columns.ts";
import type { Sample } from "../../model/sample.ts";
import type { Micros, TagId } from "../../model/units.ts";

export interface Run {
  /** Strictly ascending. */
  readonly times: Float64Array;
  readonly flags: Uint8Array;
  /** As in `SampleColumns`: a string's entry is its index in `strings`. */
  readonly values: Float64Array;
  readonly strings: readonly string[];
}

export const EMPTY_RUN: Run = {
  times: new Float64Array(0),
  flags: new Uint8Array(0),
  values: new Float64Array(0),
  strings: [],
};

/** First index whose time is not before `time`. */
export function lowerBound(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The part in [from, to), without copying. */
export function cut(run: Run, from: number, to: number): Run {
  const start = lowerBound(run.times, from);
  const end = lowerBound(run.times, to);
  if (start === 0 && end === run.times.length) return run;
  return {
    times: run.times.subarray(start, end),
    flags: run.flags.subarray(start, end),
    values: run.values.subarray(start, end),
    strings: run.strings,
  };
}

/** Both in time order; where both have a sample of one moment, that of `first` stays. */
export function merge(first: Run, second: Run): Run {
  const a = first.times;
  const b = second.times;
  if (b.length === 0) return first;
  if (a.length === 0) return second;
  const strings = joined(first.strings, second.strings);
  const times = new Float64Array(a.length + b.length);
  const flags = new Uint8Array(times.length);
  const values = new Float64Array(times.length);
  let i = 0;
  let j = 0;
  let n = 0;
  while (i < a.length || j < b.length) {
    const left = i < a.length ? (a[i] as number) : Infinity;
    const right = j < b.length ? (b[j] as number) : Infinity;
    if (left <= right) {
      times[n] = left;
      flags[n] = first.flags[i] as number;
      values[n] = first.values[i] as number;
      i++;
      if (left === right) j++;
    } else {
      times[n] = right;
      flags[n] = second.flags[j] as number;
      values[n] = moved(strings, second.flags[j] as number, second.values[j] as number);
      j++;
    }
    n++;
  }
  return {
    times: times.subarray(0, n),
    flags: flags.subarray(0, n),
    values: values.subarray(0, n),
    strings: strings.list,
  };
}

/** Several, each later than the one before, as one. */
export function inTurn(runs: readonly Run[]): Run {
  const [first = EMPTY_RUN, ...rest] = runs;
  if (rest.length === 0) return first;
  if (runs.some(({ strings }) => strings.length > 0)) return rest.reduce(merge, first);
  const length = runs.reduce((sum, { times }) => sum + times.length, 0);
  const whole = {
    times: new Float64Array(length),
    flags: new Uint8Array(length),
    values: new Float64Array(length),
    strings: [],
  };
  let at = 0;
  for (const { times, flags, values } of runs) {
    whole.times.set(times, at);
    whole.flags.set(flags, at);
    whole.values.set(values, at);
    at += times.length;
  }
  return whole;
}

interface JoinedStrings {
  readonly list: readonly string[];
  /** Place in `list` of each string of the second list; undefined: unchanged. */
  readonly places: readonly number[] | undefined;
}

function joined(first: readonly string[], second: readonly string[]): JoinedStrings {
  if (first === second || second.length === 0) return { list: first, places: undefined };
  if (first.length === 0) return { list: second, places: undefined };
  const list = [...first];
  const known = new Map(list.map((text, place) => [text, place]));
  const places = second.map((text) => {
    const place = known.get(text) ?? list.push(text) - 1;
    known.set(text, place);
    return place;
  });
  return { list, places };
}

const STRING_BITS = 2 << 2;
function moved({ places }: JoinedStrings, flags: number, value: number): number {
  return places !== undefined && (flags & 0b1100) === STRING_BITS ? (places[value] ?? value) : value;
}

/** A run from samples in order of arrival: sorted by time, and of several at one moment the first stays. */
export function runFromArrivals(
  times: Float64Array,
  flags: Uint8Array,
  values: Float64Array,
  strings: readonly string[],
): Run {
  const order = Uint32Array.from(times, (_, i) => i).sort(
    (a, b) => (times[a] as number) - (times[b] as number) || a - b,
  );
  const kept = order.filter((at, i) => i === 0 || times[at] !== times[order[i - 1] as number]);
  return {
    times: Float64Array.from(kept, (at) => times[at] as number),
    flags: Uint8Array.from(kept, (at) => flags[at] as number),
    values: Float64Array.from(kept, (at) => values[at] as number),
    strings,
  };
}

export function runSample(tag: TagId, run: Run, i: number): Sample {
  const flags = run.flags[i] ?? 0;
  return {
    tag,
    time: (run.times[i] ?? 0) as Micros,
    value: unpackValue(flags, run.values[i] ?? 0, run.strings),
    quality: qualityOf(flags),
  };
}
