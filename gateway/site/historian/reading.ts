/**
 * Reading the embedded historian: chunks merged with what is still hot. The hot part is taken first; whatever a
 * compaction moves meanwhile is then in both, and merging finds it once.
 */
import type { Point } from "../../model/historian.ts";
import type { Sample } from "../../model/sample.ts";
import type { Range } from "../../model/time.ts";
import { micros, type Micros, type TagId } from "../../model/units.ts";
import { HOUR_SPAN, windowOf, WINDOW_MICROS, type Span } from "./chunk.ts";
import { Buckets, HOUR_MICROS, MINUTE_MICROS, WINDOWS_PER_HOUR } from "./rollup.ts";
import { cut, EMPTY_RUN, lowerBound, merge, runSample, type Run } from "./run.ts";
import { PAGE_ROWS, TIME_LIMIT, type Store } from "./store.ts";

export interface View {
  readonly store: Store;
  /** What is not yet in chunks. */
  readonly hot: (tag: TagId) => Run;
  readonly closed: () => boolean;
}

/** A reader holds the event loop no longer than this at a time. */
const TURN_MS = 20;
/** Samples in a page of a scan, and what is unpacked into objects at once. */
const PAGE_SAMPLES = 10_000;

/** One tag in one range: the same for all levels of reading. */
interface Source {
  readonly view: View;
  readonly number: number | undefined;
  readonly span: Span;
  readonly hot: Run;
  /** First windows of the chunks that the hot samples belong to. */
  readonly hotWindows: ReadonlySet<number>;
  readonly breathe: () => Promise<void>;
}

export async function readPoints(view: View, tag: TagId, range: Range, maxPoints: number): Promise<Point[]> {
  const { from, to } = clamped(range);
  if (from >= to) return [];
  const source = sourceOf(view, tag, from, to);
  const most = Math.max(1, Math.floor(maxPoints));
  const hours = { first: Math.floor(from / HOUR_MICROS), last: Math.floor((to - 1) / HOUR_MICROS) };
  const stored = source.number === undefined ? 0 : view.store.countInHours(source.number, hours.first, hours.last);
  // Few samples: each its own bucket of 1 µs.
  const width = stored + source.hot.times.length <= most ? 1 : (to - from) / most;
  const unit = width >= HOUR_MICROS ? HOUR_MICROS : width >= MINUTE_MICROS ? MINUTE_MICROS : 1;
  const origin = Math.floor(from / unit) * unit;
  const bucket = width === 1 ? 1 : Math.ceil((to - origin) / most / unit) * unit;
  const buckets = new Buckets(origin, bucket);
  if (unit === HOUR_MICROS) await addHours(buckets, source, from, to);
  else await addWindows(buckets, source, from, to, unit === 1);
  return buckets.points(micros(from));
}

/** Whole hours from their table; what sticks out on both sides, and hours with late samples still hot, from chunks. */
async function addHours(buckets: Buckets, source: Source, from: number, to: number): Promise<void> {
  const first = Math.ceil(from / HOUR_MICROS);
  const end = Math.floor(to / HOUR_MICROS);
  if (first >= end) return addWindows(buckets, source, from, to, false);
  await addWindows(buckets, source, from, first * HOUR_MICROS, false);
  const late = new Set(Array.from(source.hotWindows, (window) => Math.floor(window / WINDOWS_PER_HOUR)));
  for (let hour = first, more = source.number !== undefined; more && hour < end;) {
    const rows = source.view.store.hours(source.number ?? 0, hour, end - 1);
    for (const row of rows) if (!late.has(row.hour)) buckets.add(row);
    hour = (rows.at(-1)?.hour ?? end) + 1;
    more = rows.length === PAGE_ROWS;
    await source.breathe();
  }
  for (const hour of late) {
    if (hour >= first && hour < end)
      await addWindows(buckets, source, hour * HOUR_MICROS, (hour + 1) * HOUR_MICROS, false);
  }
  await addWindows(buckets, source, end * HOUR_MICROS, to, false);
}

/** Minutes where they serve, samples where the range cuts a window, where late samples are hot, or where `exact`. */
async function addWindows(buckets: Buckets, source: Source, from: number, to: number, exact: boolean): Promise<void> {
  if (from >= to) return;
  const { span } = source;
  const first = windowOf(from, span);
  const last = windowOf(to - 1, span);
  const seen = new Set<number>();
  for (let window = first, more = source.number !== undefined; more && window <= last;) {
    const headers = source.view.store.headers(source.number ?? 0, window, last);
    for (const header of headers) {
      seen.add(header.window);
      const start = header.window * WINDOW_MICROS;
      const whole = start >= from && start + WINDOW_MICROS * span <= to && !source.hotWindows.has(header.window);
      if (whole && !exact && header.minutes !== undefined) {
        for (const minute of header.minutes) buckets.add(minute);
      } else {
        const stored = source.view.store.chunk(source.number ?? 0, header.window);
        // The samples of an expired chunk are gone; its minutes are all there is.
        for (const minute of stored === undefined ? (header.minutes ?? []) : []) {
          if (minute.time >= from && minute.time < to) buckets.add(minute);
        }
        buckets.addRun(cut(merge(stored ?? EMPTY_RUN, hotOf(source, header.window)), from, to));
      }
      await source.breathe();
    }
    window = (headers.at(-1)?.window ?? last) + 1;
    more = headers.length === PAGE_ROWS;
  }
  for (const window of source.hotWindows) {
    if (window >= first && window <= last && !seen.has(window)) {
      buckets.addRun(cut(hotOf(source, window), from, to));
      await source.breathe();
    }
  }
}

export async function* scanSamples(view: View, tags: readonly TagId[], range: Range): AsyncIterable<readonly Sample[]> {
  const { from, to } = clamped(range);
  if (from >= to) return;
  const last = windowOf(to - 1, HOUR_SPAN);
  const cursors = Array.from(new Set(tags), (tag) => {
    const source = sourceOf(view, tag, from, to);
    return { tag, source, hour: nextHour(source, windowOf(from, HOUR_SPAN), last) };
  });
  const breathe = turns();
  let page: Sample[] = [];
  for (;;) {
    const hour = Math.min(...cursors.map((cursor) => cursor.hour));
    if (hour === Infinity) break;
    const runs: { tag: TagId; run: Run }[] = [];
    for (const cursor of cursors) {
      if (cursor.hour !== hour) continue;
      runs.push({ tag: cursor.tag, run: cut(samplesOfHour(cursor.source, hour), from, to) });
      cursor.hour = nextHour(cursor.source, hour + HOUR_SPAN, last);
    }
    for (const part of merged(runs, hour)) {
      page = page.length === 0 ? part : page.concat(part);
      if (page.length < PAGE_SAMPLES) continue;
      yield page;
      page = [];
    }
    await breathe();
    if (view.closed()) throw new Error("the historian was closed while it was being read");
  }
  if (page.length > 0) yield page;
}

/** Samples of one hour in time order, in parts of about a page. Ties keep the order of the tags: the sort is stable. */
function* merged(runs: readonly { tag: TagId; run: Run }[], hour: number): Iterable<Sample[]> {
  const total = runs.reduce((sum, { run }) => sum + run.times.length, 0);
  const parts = Math.ceil(total / PAGE_SAMPLES);
  for (let part = 0; part < parts; part++) {
    const start = hour * WINDOW_MICROS + (part / parts) * HOUR_MICROS;
    const end = hour * WINDOW_MICROS + ((part + 1) / parts) * HOUR_MICROS;
    const samples: Sample[] = [];
    for (const { tag, run } of runs) {
      const piece = parts === 1 ? run : cut(run, start, end);
      for (let i = 0; i < piece.times.length; i++) samples.push(runSample(tag, piece, i));
    }
    if (runs.length > 1) samples.sort((a, b) => a.time - b.time);
    if (samples.length > 0) yield samples;
  }
}

/** The newest sample of each tag that is earlier than `before`. */
export function latestSamples(view: View, tags: readonly TagId[], before: Micros): Map<TagId, Sample> {
  const newest = new Map<TagId, Sample>();
  for (const tag of tags) {
    const candidates = [lastBefore(tag, view.hot(tag), before), lastStored(view.store, tag, before)];
    const [first, second] = candidates;
    const best = first === undefined || (second !== undefined && second.time >= first.time) ? second : first;
    if (best !== undefined) newest.set(tag, best);
  }
  return newest;
}

function lastStored(store: Store, tag: TagId, before: number): Sample | undefined {
  const stored = store.tag(tag);
  if (stored === undefined || before <= 0) return undefined;
  const { number, span } = stored;
  let window = store.previousWindow(number, 0, windowOf(Math.min(before, TIME_LIMIT) - 1, span));
  while (window !== undefined) {
    const sample = lastBefore(tag, store.chunk(number, window) ?? EMPTY_RUN, before);
    if (sample !== undefined) return sample;
    window = window === 0 ? undefined : store.previousWindow(number, 0, window - 1);
  }
  return undefined;
}

function lastBefore(tag: TagId, run: Run, before: number): Sample | undefined {
  const i = lowerBound(run.times, before) - 1;
  return i < 0 ? undefined : runSample(tag, run, i);
}

/** Whole windows from their headers; windows that the range cuts, or with hot samples, by merging. */
export function countSamples(view: View, tags: readonly TagId[], range: Range): number {
  const { from, to } = clamped(range);
  if (from >= to) return 0;
  let count = 0;
  for (const tag of new Set(tags)) {
    const source = sourceOf(view, tag, from, to);
    const [first, last] = [windowOf(from, source.span), windowOf(to - 1, source.span)];
    if (source.number !== undefined) count += view.store.countSamples(source.number, first, last);
    for (const window of new Set([first, last, ...source.hotWindows])) {
      const stored = storedIn(source, window);
      count += cut(merge(stored, hotOf(source, window)), from, to).times.length - stored.times.length;
    }
  }
  return count;
}

function sourceOf(view: View, tag: TagId, from: number, to: number): Source {
  const hot = cut(view.hot(tag), from, to);
  const { number, span = HOUR_SPAN } = view.store.tag(tag) ?? { number: undefined };
  const hotWindows = new Set<number>();
  for (let i = 0; i < hot.times.length;) {
    const window = windowOf(hot.times[i] as number, span);
    hotWindows.add(window);
    i = lowerBound(hot.times, (window + span) * WINDOW_MICROS);
  }
  return { view, number, span, hot, hotWindows, breathe: turns() };
}

const storedIn = ({ view, number }: Source, window: number): Run =>
  (number === undefined ? undefined : view.store.chunk(number, window)) ?? EMPTY_RUN;
const hotOf = ({ hot, hotWindows, span }: Source, window: number): Run =>
  hotWindows.has(window) ? cut(hot, window * WINDOW_MICROS, (window + span) * WINDOW_MICROS) : EMPTY_RUN;

function samplesOfHour(source: Source, hour: number): Run {
  let run = EMPTY_RUN;
  for (let window = hour; window < hour + HOUR_SPAN; window += source.span) run = merge(run, storedIn(source, window));
  return merge(run, cut(source.hot, hour * WINDOW_MICROS, (hour + HOUR_SPAN) * WINDOW_MICROS));
}

/** First window of the next hour with samples, stored or hot; Infinity when there is none up to `last`. */
function nextHour({ view, number, hot }: Source, from: number, last: number): number {
  const stored = number === undefined ? undefined : view.store.nextWindow(number, from, last + HOUR_SPAN - 1);
  const next = hot.times[lowerBound(hot.times, from * WINDOW_MICROS)];
  const hours = [stored === undefined ? Infinity : stored * WINDOW_MICROS, next ?? Infinity];
  const earliest = Math.min(...hours);
  return earliest === Infinity ? Infinity : windowOf(earliest, HOUR_SPAN);
}

const clamped = ({ from, to }: Range) => ({ from: Math.max(0, from), to: Math.min(to, TIME_LIMIT) });

/** Lets others run once this reader has held the event loop for its turn. */
function turns(): () => Promise<void> {
  let started = performance.now();
  return async () => {
    if (performance.now() - started < TURN_MS) return;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    started = performance.now();
  };
}
