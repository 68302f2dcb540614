import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { normaliser } from "../../../gateway/edge/normalise.ts";
import type { Reading } from "../../../gateway/model/protocol.ts";
import type { TagFields } from "../../../gateway/model/quantity.ts";
import type { Incident } from "../../../gateway/model/record.ts";
import type { Quality, Sample, Value } from "../../../gateway/model/sample.ts";
import { micros, millis } from "../../../gateway/model/units.ts";

const START = 1_764_000_000_000_000;
const SECOND = 1_000_000;

function setUp(fields: Partial<TagFields> = {}) {
  const samples: Sample[] = [];
  const incidents: Incident[] = [];
  const clock = { now: START };
  const tag: TagFields = { scale: 1, offset: 0, maxAge: millis(60_000), report: "change", ...fields };
  const normal = normaliser({
    connection: "press",
    tags: { t: tag, u: tag },
    accept: (list) => samples.push(...list),
    record: (incident) => incidents.push(incident),
    now: () => micros(clock.now),
  });
  /** At seconds after the start; the clock goes along. */
  const give = (seconds: number, value: Value | null, quality: Quality = "good", tag = "t") => {
    clock.now = START + seconds * SECOND;
    normal.take([{ tag, time: micros(Math.round(START + seconds * SECOND)), value, quality }]);
  };
  return { samples, incidents, give, clock, normal, values: () => samples.map(({ value }) => value) };
}

describe("normaliser", () => {
  test("an equal reading is kept once per half maximum age, a change always", () => {
    const { give, samples } = setUp();
    for (let second = 0; second <= 70; second++) give(second, second < 65 ? 5 : 6);
    expect(samples.map(({ time, value }) => [(time - START) / SECOND, value])).toEqual([
      [0, 5],
      [30, 5],
      [60, 5],
      [65, 6],
    ]);
  });

  test("with report: always every reading is kept, but one that was read twice stays one", () => {
    const { give, samples } = setUp({ report: "always" });
    for (const second of [0, 1, 2, 2, 3]) give(second, 5);
    expect(samples).toHaveLength(4);
  });

  test("a change of quality is a change", () => {
    const { give, samples } = setUp();
    give(0, 5);
    give(1, 5, "uncertain");
    give(2, 5, "uncertain");
    give(3, null, "bad");
    expect(samples.map(({ quality }) => quality)).toEqual(["good", "uncertain", "bad"]);
  });

  test("scale and offset apply to numbers and to nothing else", () => {
    const { give, values } = setUp({ scale: 0.1, offset: -40 });
    give(0, 650);
    give(1, true);
    give(2, "650");
    give(3, null);
    expect(values()).toEqual([650 * 0.1 - 40, true, "650", null]);
  });

  test("what is no number becomes a bad null, and one record a minute says how often", () => {
    const { give, samples, incidents, normal } = setUp({ report: "always" });
    for (let second = 0; second < 130; second++) give(second, second % 2 === 0 ? Number.NaN : Infinity);
    expect(samples.every(({ value, quality }) => value === null && quality === "bad")).toBe(true);
    expect(incidents.length).toBe(3);
    normal.close();
    expect(incidents.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(130);
    expect(incidents[0]).toMatchObject({ kind: "unreadable", tag: "press/t", connection: "press" });
  });

  test("a number that scaling makes infinite is unreadable too", () => {
    const { give, values, incidents } = setUp({ scale: 1e10 });
    give(0, 1e300);
    expect(values()).toEqual([null]);
    expect(incidents).toHaveLength(1);
  });

  test("a text is kept up to its limit in bytes, and refused with its length above", () => {
    const { give, values, incidents } = setUp();
    give(0, "é".repeat(16_384));
    give(1, "é".repeat(16_385));
    give(2, "x".repeat(1_000_000));
    expect(values().map((value) => (value === null ? null : String(value).length))).toEqual([16_384, null]);
    expect(incidents[0]?.reason).toMatch(/32770 bytes/);
  });

  test("two values of one moment: the later one moves up by a microsecond", () => {
    const { give, samples } = setUp();
    for (const value of [1, 2, 3]) give(10, value);
    give(10, 1, "good", "u");
    expect(samples.map(({ time }) => time - START - 10 * SECOND)).toEqual([0, 1, 2, 0]);
  });

  test("a sample that is an hour late keeps its own time", () => {
    const { give, samples } = setUp();
    give(3600, 1);
    give(0, 2);
    give(0.5, 3);
    expect(samples.map(({ time }) => (time - START) / SECOND)).toEqual([3600, 0, 0.5]);
  });

  test("what was fetched again keeps its time, and the newest value stays the newest", () => {
    const { give, samples, normal } = setUp();
    give(10, "running");
    normal.take([{ tag: "t", time: micros(START + 9 * SECOND), value: "stopped", quality: "good", late: true }]);
    normal.take([{ tag: "t", time: micros(START + 10 * SECOND), value: "held", quality: "good", late: true }]);
    give(11, "running");
    expect(samples.map(({ time, value }) => [(time - START) / SECOND, value])).toEqual([
      [10, "running"],
      [9, "stopped"],
      [9.999999, "held"],
    ]);
  });

  test("unusable readings of many tags are one record a minute", () => {
    const { give, incidents, normal } = setUp({ report: "always" });
    for (let second = 0; second < 130; second++) {
      give(second, Number.NaN);
      give(second, Infinity, "good", "u");
    }
    normal.close();
    expect(incidents).toHaveLength(4);
    expect(incidents[1]).toMatchObject({ kind: "unreadable", connection: "press", tags: 2 });
    expect(incidents.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(260);
  });

  test("before any clock of ours was right, a sample is uncertain", () => {
    const { samples, normal } = setUp();
    normal.take([{ tag: "t", time: micros(12_345_678), value: 1, quality: "good" }]);
    expect(samples).toMatchObject([{ quality: "uncertain", time: 12_345_678 }]);
  });

  test("a reading without a usable time gets ours", () => {
    const { samples, normal } = setUp();
    normal.take([{ tag: "t", time: micros(Number.NaN), value: 1, quality: "good" }]);
    expect(samples).toMatchObject([{ time: START }]);
  });

  test("a reading that nobody configured is left alone", () => {
    const { give, samples } = setUp();
    give(0, 1, "good", "stranger");
    expect(samples).toEqual([]);
  });

  const reading = fc.record({
    tag: fc.constantFrom("t", "u"),
    time: fc.oneof(
      fc.integer({ min: 0, max: 40 }).map((ms) => micros(START + ms * 1000)),
      fc.constant(micros(Number.NaN)),
    ),
    value: fc.oneof(fc.double(), fc.integer({ min: 0, max: 2 }), fc.string(), fc.boolean(), fc.constant(null)),
    quality: fc.constantFrom("good" as const, "uncertain" as const, "bad" as const),
  });
  propertyTest.prop([fc.array(reading, { maxLength: 80 })], { numRuns: 500 })(
    "whatever comes: identities are unique and ascend per tag, and every value can be stored",
    (readings: Reading[]) => {
      const { samples, normal } = setUp({ report: "always" });
      normal.take(readings);
      for (const tag of ["press/t", "press/u"]) {
        const times = samples.filter((sample) => sample.tag === tag).map(({ time }) => time);
        expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
      }
      for (const { value, time } of samples) {
        expect(typeof value !== "number" || Number.isFinite(value)).toBe(true);
        expect(Number.isSafeInteger(time)).toBe(true);
      }
    },
  );
});
