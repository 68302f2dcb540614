import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { openCalendar } from "../../../gateway/kpi/calendar.ts";
import { advance, resumeFold, startFold, waiting } from "../../../gateway/kpi/fold.ts";
import { checkpointText, stateOfText } from "../../../gateway/kpi/foldstate.ts";
import { kpiOf } from "../../../gateway/kpi/kpi.ts";
import type { Slice } from "../../../gateway/kpi/ledger.ts";
import { counterStep } from "../../../gateway/kpi/counters.ts";
import { slicesOf } from "../../../gateway/kpi/slices.ts";
import { step } from "../../../gateway/kpi/step.ts";
import { rulesOf, sumsOf } from "../../../gateway/kpi/sums.ts";
import type { Sample, Value } from "../../../gateway/model/sample.ts";
import type { Range } from "../../../gateway/model/time.ts";
import { micros, type TagId } from "../../../gateway/model/units.ts";
import { naiveMoments, type Moment } from "./naive.ts";
import { at, machineOf, plantOf, PRESS } from "./plants.ts";

// Seconds instead of minutes, around a clock quarter, a shift border and the end of a break (15:00 in Amsterdam).
const PLANT = plantOf({
  maxAge: "2 s",
  machine: { minorStopBelow: "1500 ms" },
  products: { a: { name: "a", idealCycle: "2 s" }, b: { name: "b", idealCycleOn: { press: "500 ms" } } },
  shifts: [
    { name: "early", days: ["tue"], from: "06:00", to: "15:00" },
    { name: "late", days: ["tue"], from: "15:00", to: "23:00", breaks: [{ from: "15:00", to: "15:01" }] },
  ],
});
const MACHINE = machineOf(PLANT);
const CALENDAR = openCalendar(MACHINE.timeZone, MACHINE.calendar);
const RANGE: Range = { from: at("13:59:50"), to: at("14:00:10") };
const RULES = rulesOf(PLANT, PRESS);

const VALUES: Record<string, fc.Arbitrary<Value | null>> = {
  state: fc.constantFrom(6, 6, 6, 11, 11, 2, 2, 5, 4, 9, 0, null),
  mode: fc.constantFrom(1, 1, 2, 3),
  starved: fc.boolean(),
  blocked: fc.boolean(),
  reason: fc.constantFrom(0, 7, 12),
  order: fc.constantFrom("A1", "A2", ""),
  product: fc.constantFrom("a", "b", "c"),
  total: fc.nat(65_535),
  scrap: fc.nat(30),
  power: fc.constantFrom(0, 300, 5000),
  energy: fc.nat(100),
};
const ORDER = [
  "energy",
  "power",
  "total",
  "scrap",
  "state",
  "mode",
  "starved",
  "blocked",
  "reason",
  "order",
  "product",
];

/** Samples at whole, distinct milliseconds; meters only rise, counters do as they like. */
const samplesArbitrary: fc.Arbitrary<Sample[]> = fc
  .uniqueArray(
    fc
      .tuple(fc.constantFrom(...ORDER, "state", "state"), fc.nat(19_999))
      .chain(([name, ms]) => (VALUES[name] ?? fc.constant(null)).map((value) => ({ name, ms, value }))),
    { selector: ({ ms }) => ms, minLength: 1, maxLength: 60 },
  )
  .map((list) => {
    let meter = 0;
    return list
      .sort((a, b) => a.ms - b.ms)
      .map(({ name, ms, value }) => ({
        tag: `plc/${name}` as TagId,
        time: micros(RANGE.from + ms * 1000),
        value: name === "energy" ? (meter += Number(value)) : value,
        quality: value === null ? ("bad" as const) : ("good" as const),
      }));
  });

/** `<ms> × <all keys>` per stretch in which they do not change. */
const runsOf = (moments: Iterable<Moment & { readonly ms?: number }>): string[] => {
  const runs: { key: string; ms: number }[] = [];
  for (const { ms = 1, state, planned, shift, reason, order, product } of moments) {
    const key = [state, planned, shift, reason, order, product].join(" | ");
    const last = runs.at(-1);
    if (last?.key === key) last.ms += ms;
    else runs.push({ key, ms });
  }
  return runs.map(({ key, ms }) => `${ms} × ${key}`);
};

const totalOf = (slices: readonly Slice[], name: "total" | "scrap" | "good" | "energy" | "ms"): number =>
  slices.reduce((sum, slice) => sum + slice[name], 0);

const countedBy = (samples: readonly Sample[], tag: string, width: 16 | 32): number => {
  let parts = 0;
  let last: number | undefined;
  for (const { tag: own, value } of samples) {
    if (own !== tag || typeof value !== "number") continue;
    if (last !== undefined) ({ parts } = { parts: parts + counterStep(last, value, width).parts });
    last = value;
  }
  return parts;
};

describe("the fold", () => {
  test.prop([samplesArbitrary], { numRuns: 40 })(
    "agrees with a naive ledger, millisecond by millisecond",
    (samples) => {
      const slices = slicesOf(MACHINE, samples, RANGE, CALENDAR);
      expect(runsOf(slices)).toEqual(runsOf(naiveMoments(MACHINE, CALENDAR, samples, RANGE)));
    },
  );

  test.prop([samplesArbitrary])("fills the time without holes, and cuts at quarters and shift borders", (samples) => {
    const slices = slicesOf(MACHINE, samples, RANGE, CALENDAR);
    expect(slices[0]?.from).toBe(RANGE.from);
    expect(slices.at(-1)?.to).toBe(RANGE.to);
    for (const [i, slice] of slices.entries()) {
      expect(slice.ms).toBe((slice.to - slice.from) / 1000);
      expect(slice.ms).toBeGreaterThan(0);
      if (i > 0) expect(slice.from).toBe(slices[i - 1]?.to);
    }
    expect(slices.some(({ from }) => from === at("14:00:00"))).toBe(true);
    const { ms, calendarMs } = sumsOf(slices, RULES);
    expect(Object.values(ms).reduce((sum, part) => sum + part, 0)).toBe(20_000);
    expect(calendarMs).toBe(20_000);
  });

  test.prop([samplesArbitrary])("books every part that the counters counted, and every mWh of the meter", (samples) => {
    const slices = slicesOf(MACHINE, samples, RANGE, CALENDAR);
    expect(totalOf(slices, "total")).toBe(countedBy(samples, "plc/total", 16));
    expect(totalOf(slices, "scrap")).toBe(countedBy(samples, "plc/scrap", 16));
    expect(totalOf(slices, "good")).toBe(totalOf(slices, "total") - totalOf(slices, "scrap"));
    const meter = samples.filter(({ tag }) => tag === "plc/energy").map(({ value }) => Number(value));
    expect(totalOf(slices, "energy")).toBe(((meter.at(-1) ?? 0) - (meter[0] ?? 0)) * 1000);
  });

  test.prop([samplesArbitrary, fc.array(fc.nat(20_000), { maxLength: 20 })])(
    "gives the same slices however often time is told, and across checkpoints",
    (samples, stops) => {
      const slices: Slice[] = [];
      let fold = startFold(MACHINE, CALENDAR, RANGE.from, (slice) => slices.push(slice));
      const times = stops.map((ms) => micros(RANGE.from + ms * 1000 + 1)).sort((a, b) => a - b);
      for (const sample of samples) {
        for (let time = times[0]; time !== undefined && time <= sample.time; time = times[0]) {
          advance(fold, time);
          const text = checkpointText(fold.state);
          fold = resumeFold(MACHINE, CALENDAR, stateOfText(text), (slice) => slices.push(slice));
          expect(checkpointText(fold.state)).toBe(text);
          times.shift();
        }
        step(fold, sample);
      }
      advance(fold, RANGE.to);
      expect([...slices, ...waiting(fold)]).toEqual(slicesOf(MACHINE, samples, RANGE, CALENDAR));
    },
  );

  test.prop([samplesArbitrary, fc.nat(20_000)])("adds up over any cut of the slices", (samples, cut) => {
    const slices = slicesOf(MACHINE, samples, RANGE, CALENDAR);
    const i = cut % (slices.length + 1);
    const [a, b, whole] = [slices.slice(0, i), slices.slice(i), slices].map((part) => sumsOf(part, RULES));
    for (const name of ["calendarMs", "plannedBusyMs", "observedMs", "total", "good", "scrap", "energyMs"] as const) {
      expect((a?.[name] ?? NaN) + (b?.[name] ?? NaN)).toBe(whole?.[name]);
    }
  });

  test.prop([samplesArbitrary])("gives factors that multiply to OEE, between its bounds", (samples) => {
    const { availability, performance, quality, oee, oeeLow, oeeHigh } = kpiOf(
      sumsOf(slicesOf(MACHINE, samples, RANGE, CALENDAR), RULES),
      RULES,
    );
    if (availability === null || performance === null || quality === null || oee === null) return;
    expect(availability * performance * quality).toBeCloseTo(oee, 9);
    if (oee >= 0) expect(oeeLow).toBeLessThanOrEqual(oee);
    expect(oeeHigh).toBe(oee);
  });
});
