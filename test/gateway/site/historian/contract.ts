/** What both historians must do, whatever keeps the samples. */
import { fc, test as propertyTest } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { columnsOf } from "../../../../gateway/model/columns.ts";
import type { Historian } from "../../../../gateway/model/historian.ts";
import type { Sample } from "../../../../gateway/model/sample.ts";
import type { Range } from "../../../../gateway/model/time.ts";
import { micros, tagId, type Micros, type TagId } from "../../../../gateway/model/units.ts";

/** A historian that can be closed and opened again on the same data. */
export interface Kept {
  readonly historian: Historian;
  /** What makes it rearrange what it keeps: a compaction, or nothing. */
  readonly settle: () => Promise<void>;
  readonly reopen: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** 2026-03-02T00:00Z: within every retention, and a whole hour. */
export const START = micros(Date.UTC(2026, 2, 2) * 1000);
export const everything: Range = { from: micros(0), to: micros(Date.UTC(2100, 0) * 1000) };
const NASTY = [
  "a b",
  "a,b",
  "a=b",
  'a"b',
  "a'b",
  "a\\",
  "\\,b",
  "emoji 🏭",
  "#+/",
  "x".repeat(300),
  "ö–∑",
  "a\\\\ b",
  "-- ; DROP",
];
export const tags = ["plain", ...NASTY].map((name) => tagId("press", name));

export async function collect(pages: AsyncIterable<readonly Sample[]>): Promise<Sample[]> {
  const all: Sample[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

/** The model: of several samples with one identity the first stays; time order, ties in the order of the tags. */
export function expected(
  samples: readonly Sample[],
  order: readonly TagId[],
  { from, to }: Range = everything,
): Sample[] {
  const byIdentity = new Map<string, Sample>();
  for (const sample of samples) {
    const key = `${sample.time} ${sample.tag}`;
    if (!byIdentity.has(key)) byIdentity.set(key, sample);
  }
  return [...byIdentity.values()]
    .filter(({ tag, time }) => order.includes(tag) && time >= from && time < to)
    .sort((a, b) => a.time - b.time || order.indexOf(a.tag) - order.indexOf(b.tag));
}

export const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(-0, 0, 2 ** 53 + 2, 5e-324, 1.7976931348623157e308),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom("", "a\\", 'say "hi"', "line\nbreak", "\\\\", "'; DROP", "x".repeat(3000), "true", "1i"),
  fc.boolean(),
  fc.constant(null),
);

/** Times fall on few places, so that identities collide, windows are shared, and several windows and hours occur. */
const time = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3 }))
  .map(([hour, step, fine]) => micros(START + hour * 3_600_000_000 + step * 97_000_000 + fine));

/** One identity always carries one value, as at the edge. */
export function samplesArbitrary(names: readonly TagId[]): fc.Arbitrary<Sample[]> {
  return fc
    .uniqueArray(
      fc.record({
        tag: fc.constantFrom(...names),
        time,
        value,
        quality: fc.constantFrom("good" as const, "uncertain" as const, "bad" as const),
      }),
      { selector: ({ tag, time }) => `${time} ${tag}`, maxLength: 120 },
    )
    .map((samples) => samples as Sample[]);
}

type Action = { kind: "write"; from: number; length: number } | { kind: "settle" } | { kind: "reopen" };
const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("write" as const),
        from: fc.nat({ max: 119 }),
        length: fc.integer({ min: 1, max: 60 }),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: "settle" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
  ),
  { maxLength: 14 },
);

export function describeContract(open: () => Promise<Kept>, numRuns: number): void {
  propertyTest.prop([samplesArbitrary(tags.slice(0, 4)), actions], { numRuns })(
    "any order, repetition and division of writes, compactions and restarts reads the same",
    async (samples, plan) => {
      await using kept = await open();
      const written: Sample[] = [];
      for (const action of plan) {
        if (action.kind === "settle") await kept.settle();
        else if (action.kind === "reopen") await kept.reopen();
        else {
          const some = samples.slice(action.from, action.from + action.length);
          expect(await kept.historian.write([columnsOf(some), columnsOf(some.toReversed())])).toEqual([]);
          written.push(...some);
        }
      }
      const order = tags.slice(0, 4);
      expect(await collect(kept.historian.scan(order, everything))).toEqual(expected(written, order));
      expect(await kept.historian.count(order, everything)).toBe(expected(written, order).length);
      const part = { from: micros(START + 1_800_000_001), to: micros(START + 7_300_000_000) };
      expect(await collect(kept.historian.scan(order, part))).toEqual(expected(written, order, part));
      expect(await kept.historian.count(order, part)).toBe(expected(written, order, part).length);
      const before = micros(START + 3_700_000_000);
      expect(await kept.historian.latest(order)).toEqual(newest(written));
      expect(await kept.historian.latest(order, before)).toEqual(newest(written, before));
    },
  );

  test("names of every kind keep their samples apart", async () => {
    await using kept = await open();
    const samples = tags.map((tag, i): Sample => ({ tag, time: START, value: i, quality: "good" }));
    expect(await kept.historian.write([columnsOf(samples)])).toEqual([]);
    expect(await collect(kept.historian.scan(tags, everything))).toEqual(samples);
    for (const [i, tag] of tags.entries()) {
      expect((await kept.historian.latest([tag])).get(tag)).toEqual(samples[i]);
      expect(await kept.historian.count([tag], everything)).toBe(1);
    }
  });

  test("a microsecond apart stays apart", async () => {
    await using kept = await open();
    const [tag] = tags as [TagId];
    const samples = [0, 1, 2].map((i): Sample => ({ tag, time: micros(START + i), value: i, quality: "good" }));
    await kept.historian.write([columnsOf(samples)]);
    expect(await collect(kept.historian.scan([tag], everything))).toEqual(samples);
  });

  test("points agree with a naive computation at every level, and bad or missing numbers are not drawn", async () => {
    await using kept = await open();
    const [tag] = tags as [TagId];
    const samples = Array.from({ length: 3000 }, (_, i): Sample => {
      const at = micros(START + i * 40_000_000 + (i % 7));
      if (i % 50 === 0) return { tag, time: at, value: null, quality: "bad" };
      return { tag, time: at, value: Math.sin(i) * 100, quality: i % 31 === 0 ? "bad" : "good" };
    });
    const late = samples.filter((_, i) => i % 17 === 0);
    await kept.historian.write([columnsOf(samples.filter((_, i) => i % 17 !== 0))]);
    await kept.settle();
    await kept.historian.write([columnsOf(late)]);
    const ranges: [Range, number][] = [
      [{ from: START, to: micros(START + 120_000_000_000) }, 30],
      [{ from: micros(START + 1_234_567), to: micros(START + 119_999_000_000) }, 20],
      [{ from: micros(START + 1_234_567), to: micros(START + 80_000_000_000) }, 400],
      [{ from: micros(START + 5), to: micros(START + 9_000_000_000) }, 50],
    ];
    for (const settled of [false, true]) {
      if (settled) await kept.settle();
      for (const [range, most] of ranges) {
        const points = await kept.historian.read(tag, range, most);
        expect(points.length).toBeLessThanOrEqual(most);
        const drawable = samples.filter(
          ({ value, quality, time }) => value !== null && quality !== "bad" && time >= range.from && time < range.to,
        );
        expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(drawable.length);
        for (const [i, point] of points.entries()) {
          const end = points[i + 1]?.time ?? range.to;
          const own = drawable.filter(({ time }) => time >= point.time && time < end).map(({ value }) => Number(value));
          expect(point.count).toBe(own.length);
          expect(point.min).toBe(Math.min(...own));
          expect(point.max).toBe(Math.max(...own));
          expect(point.mean).toBeCloseTo(own.reduce((sum, one) => sum + one, 0) / own.length, 9);
        }
      }
    }
    const few = await kept.historian.read(tag, { from: START, to: micros(START + 400_000_000) }, 100);
    expect(few.map(({ time }) => time)).toEqual(samples.slice(1, 10).map(({ time }) => time));
  });
}

function newest(samples: readonly Sample[], before: Micros = everything.to): Map<TagId, Sample> {
  const sorted = expected(samples, tags, { from: micros(0), to: before });
  return new Map(sorted.map((sample) => [sample.tag, sample]));
}
