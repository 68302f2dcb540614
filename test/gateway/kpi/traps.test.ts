/** What other tools get wrong (KPI.md §1), each as a test; the night shift, local days and mixed products are beside it. */
import { describe, expect, test } from "vitest";
import { kpiOf } from "../../../gateway/kpi/kpi.ts";
import type { Slice } from "../../../gateway/kpi/ledger.ts";
import { machineDefinitions } from "../../../gateway/kpi/machine.ts";
import { slicesOf } from "../../../gateway/kpi/slices.ts";
import { rulesOf, sumsOf } from "../../../gateway/kpi/sums.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { micros, type TagId } from "../../../gateway/model/units.ts";
import { ALL_SIGNALS, at, machineOf, plantOf, PRESS, sample, seconds } from "./plants.ts";

const fold = (samples: readonly Sample[], from: string, to: string, plant = plantOf()): Slice[] =>
  slicesOf(
    machineOf(plant),
    [...samples].sort((a, b) => a.time - b.time),
    { from: at(from), to: at(to) },
  );
const short = (slices: readonly Slice[]) => slices.map(({ ms, state }) => `${ms / 1000} s ${state}`);
const RULES = rulesOf(plantOf(), PRESS);

/** A value that is confirmed every 30 s, as the edge does it. */
const held = (name: string, from: string, to: string, value: number): Sample[] => {
  const samples: Sample[] = [];
  for (let time = at(from); time < at(to); time = seconds(time, 30)) samples.push(sample(name, time, value));
  return samples;
};

describe("time that nobody observed", () => {
  test("is unknown from the maximum age on, though the connection only hung", () => {
    const slices = fold([sample("state", "10:00:00", 6)], "10:00:00", "10:10:00");
    expect(short(slices)).toEqual(["60 s producing", "540 s unknown"]);
  });

  test("gives no availability at all when nothing is connected", () => {
    const kpi = kpiOf(sumsOf(fold([], "10:00:00", "11:00:00"), RULES), RULES);
    expect(kpi).toMatchObject({ availability: null, oee: null, coverage: 0, provisional: true });
  });

  test("is not idle when the value is bad, null, or in no table", () => {
    const samples = [
      sample("state", "10:00:00", 4),
      sample("state", "10:00:10", 6, "bad"),
      sample("state", "10:00:20", 6, "uncertain"),
      sample("state", "10:00:30", null),
      sample("state", "10:00:40", 99),
    ];
    const states = short(fold(samples, "10:00:00", "10:01:00"));
    expect(states).toEqual(["10 s idle", "10 s unknown", "10 s producing", "30 s unknown"]);
  });

  test("makes the figures provisional below the limit, with the bound that counts it as loss", () => {
    const samples = [...held("state", "10:00:00", "10:30:00", 6), ...held("total", "10:00:00", "10:30:00", 5)];
    samples.push(sample("total", "10:29:45", 905));
    const kpi = kpiOf(sumsOf(fold(samples, "10:00:00", "11:00:00"), RULES), RULES);
    expect(kpi.coverage).toBeCloseTo(0.5083, 4);
    expect(kpi.provisional).toBe(true);
    expect(kpi.oee).toBeCloseTo(900 / 1830, 6);
    expect(kpi.oeeLow).toBeCloseTo(900 / 3600, 6);
  });
});

describe("counted parts", () => {
  const plant = plantOf({ signals: { ...ALL_SIGNALS, state: { tag: "plc/state", table: "packml" } } });

  test("of a gap belong to the gap, not to the second after it", () => {
    const samples = [
      ...held("state", "10:00:00", "10:01:00", 6),
      ...held("total", "10:00:00", "10:01:00", 100),
      ...held("state", "10:10:00", "10:11:00", 6),
      ...held("total", "10:10:00", "10:11:00", 400),
    ];
    const slices = fold(samples, "10:00:00", "10:11:00", plant);
    expect(slices.map(({ state, total }) => `${state} ${total}`)).toEqual([
      "producing 0",
      "unknown 300",
      "producing 0",
    ]);
    expect(kpiOf(sumsOf(slices, RULES), RULES).performance).toBe(0);
  });

  test("of a gap over a shift border are shared by time, and all of them are there", () => {
    const samples = [sample("total", "09:00:00", 0), sample("total", "10:01:00", 600)];
    const slices = fold(samples, "09:00:00", "10:02:00", plant);
    const quarters = Map.groupBy(slices, ({ from }) => Math.floor(from / 900e6));
    const totals = [...quarters.values()].map((list) => list.reduce((sum, { total }) => sum + total, 0));
    expect(totals).toEqual([140, 150, 150, 150, 10]);
  });

  test("survive a reset at the change of shift, a wrap at 2^16, and a step back", () => {
    const counts = [65_530, 65_535, 4, 3, 40, 0, 2];
    const samples = counts.map((count, i) => sample("total", seconds(at("10:00:00"), i * 10), count));
    const total = sumsOf(fold(samples, "10:00:00", "10:02:00", plant), RULES).total;
    expect(total).toBe(5 + 5 - 1 + 37 + 0 + 2);
  });

  test("are not made by the first value ever", () => {
    expect(sumsOf(fold([sample("total", "10:00:00", 5000)], "10:00:00", "10:01:00"), RULES).total).toBe(0);
  });

  test("before a change of product belong to the old one, with its ideal cycle", () => {
    const products = { a: { name: "a", idealCycle: "2 s" }, b: { name: "b", idealCycle: "9 s" } };
    const samples = [
      sample("product", "10:00:00", "a"),
      sample("total", "10:00:00", 0),
      sample("total", "10:00:30", 10),
      sample("product", "10:00:30", "b"),
      sample("total", "10:00:40", 11),
    ];
    const slices = fold(samples, "10:00:00", "10:00:50", plantOf({ products }));
    expect(slices.map(({ product, total, idealTotal }) => [product, total, idealTotal / 1e6])).toEqual([
      ["a", 10, 20],
      ["b", 1, 9],
    ]);
  });

  test.each([
    { signals: ["totalCount", "scrapCount"], gives: { total: 10, good: 7, scrap: 3 } },
    { signals: ["goodCount", "scrapCount"], gives: { total: 13, good: 10, scrap: 3 } },
    { signals: ["totalCount", "goodCount"], gives: { total: 10, good: 3, scrap: 7 } },
    { signals: ["totalCount"], gives: { total: 10, good: 10, scrap: 0 } },
    { signals: ["goodCount"], gives: { total: 10, good: 10, scrap: 0 } },
  ])("from $signals give all three", ({ signals, gives }) => {
    const [first, second] = signals;
    const roles = Object.fromEntries([
      [first, { tag: "plc/total" }],
      ...(second === undefined ? [] : [[second, { tag: "plc/scrap" }]]),
    ]) as object;
    const samples = [
      sample("total", "10:00:00", 0),
      sample("scrap", "10:00:00", 0),
      sample("scrap", "10:00:10", 3),
      sample("total", "10:00:20", 10),
    ];
    const sums = sumsOf(fold(samples, "10:00:00", "10:00:50", plantOf({ signals: roles })), RULES);
    expect(sums).toMatchObject(gives);
  });

  test("outside planned time are counted, but in no KPI", () => {
    const shifts = [{ name: "day", days: ["tue"], from: "12:00", to: "20:00" }];
    const samples = [
      ...held("state", "10:55:00", "11:05:00", 6),
      sample("total", "10:55:00", 0),
      sample("total", "10:55:50", 30),
      ...held("total", "10:56:00", "11:05:00", 30),
    ];
    const sums = sumsOf(fold(samples, "10:55:00", "11:05:00", plantOf({ shifts })), RULES);
    expect(sums).toMatchObject({ good: 30, unplannedGood: 30, countedGood: 0, plannedBusyMs: 300_000, idealGoodMs: 0 });
  });
});

describe("figures", () => {
  test("over 100 % are shown as they are, with a flag: the ideal cycle is wrong", () => {
    const samples = [...held("state", "10:00:00", "10:01:00", 6), sample("total", "10:00:00", 0)];
    samples.push(sample("total", "10:00:50", 90));
    const kpi = kpiOf(sumsOf(fold(samples, "10:00:00", "10:01:00"), RULES), RULES);
    expect(kpi.performance).toBe(1.5);
    expect(kpi.flags).toContain("performanceOver100");
  });

  test("are not made for parts without an ideal cycle", () => {
    const plant = plantOf({ machine: { idealCycle: undefined } });
    const samples = [...held("state", "10:00:00", "10:01:00", 6), sample("total", "10:00:00", 0)];
    samples.push(sample("total", "10:00:50", 9), sample("scrap", "10:00:00", 0), sample("scrap", "10:00:51", 3));
    const kpi = kpiOf(sumsOf(fold(samples, "10:00:00", "10:01:00", plant), RULES), RULES);
    expect(kpi).toMatchObject({ availability: 1, performance: null, oee: null, flags: ["noIdealCycle"] });
    expect(kpi.quality).toBeCloseTo(6 / 9, 9);
  });

  test("of a few parts without an ideal cycle are a floor and say so; of many there is none", () => {
    const known = fold(
      [...held("state", "10:00:00", "10:01:00", 6), sample("total", "10:00:00", 0), sample("total", "10:00:50", 20)],
      "10:00:00",
      "10:01:00",
    );
    const sums = sumsOf(known, RULES);
    const floor = kpiOf({ ...sums, countedTotal: sums.countedTotal + 2, withoutIdeal: 2 }, RULES);
    expect(floor.oee).toBe(kpiOf(sums, RULES).oee);
    expect(floor.flags).toContain("someWithoutIdeal");
    const none = kpiOf({ ...sums, countedTotal: sums.countedTotal + 3, withoutIdeal: 3 }, RULES);
    expect(none).toMatchObject({ oee: null, performance: null });
    expect(none.flags).toContain("noIdealCycle");
  });

  test("of two machines together come from their sums, not from the mean of their percentages", () => {
    const one = fold([...held("state", "10:00:00", "10:10:00", 6)], "10:00:00", "10:10:00");
    const other = fold([...held("state", "10:00:00", "10:01:00", 4)], "10:00:00", "10:01:00");
    const together = kpiOf(sumsOf([...one, ...other], RULES), RULES);
    expect(together.availability).toBeCloseTo(10 / 11, 9);
  });

  test("for a machine without counters have no performance and no OEE", () => {
    const plant = plantOf({ signals: { state: { tag: "plc/state", table: "packml" } } });
    const rules = rulesOf(plant, PRESS);
    const kpi = kpiOf(
      sumsOf(fold(held("state", "10:00:00", "10:01:00", 6), "10:00:00", "10:01:00", plant), rules),
      rules,
    );
    expect(kpi).toMatchObject({ availability: 1, performance: null, quality: null, oee: null });
  });

  test("count a breakdown once, however many slices it spans", () => {
    const samples = [...held("state", "10:00:00", "10:10:00", 6), ...held("state", "10:10:00", "10:50:00", 9)];
    samples.push(...held("state", "10:50:00", "11:00:00", 6));
    const kpi = kpiOf(sumsOf(fold(samples, "10:00:00", "11:00:00"), RULES), RULES);
    expect(kpi).toMatchObject({ mttrMs: 40 * 60_000, mtbfMs: 20 * 60_000 });
  });
});

describe("states", () => {
  test("a short halt is a minor stop; a long one was a breakdown from its beginning, across a clock quarter", () => {
    const samples = [
      ...held("state", "10:00:00", "10:05:00", 6),
      ...held("state", "10:05:00", "10:09:30", 11),
      ...held("state", "10:09:30", "10:12:00", 6),
      ...held("state", "10:12:00", "10:17:30", 11),
      ...held("state", "10:17:30", "10:20:00", 6),
    ];
    expect(short(fold(samples, "10:00:00", "10:20:00"))).toEqual([
      "300 s producing",
      "270 s minorStop",
      "150 s producing",
      "180 s breakdown",
      "150 s breakdown",
      "150 s producing",
    ]);
  });

  test("a halt of exactly the limit is a breakdown", () => {
    const samples = [...held("state", "10:00:00", "10:05:00", 11), ...held("state", "10:05:00", "10:06:00", 6)];
    expect(short(fold(samples, "10:00:00", "10:06:00"))).toEqual(["300 s breakdown", "60 s producing"]);
  });

  test("mode says setup and planned stop whatever the state is, unless the state is not known", () => {
    const samples = [
      ...held("state", "10:00:00", "10:02:00", 4),
      sample("mode", "10:00:30", 3),
      sample("mode", "10:01:00", 2),
      sample("mode", "10:01:30", 1),
    ];
    expect(short(fold(samples, "10:00:00", "10:04:00"))).toEqual([
      "30 s idle",
      "30 s setup",
      "30 s plannedStop",
      "60 s idle",
      "90 s unknown",
    ]);
  });

  test("stopped is idle until there is a reason, and the reason is kept while it stands", () => {
    const samples = [
      ...held("state", "10:00:00", "10:02:00", 2),
      sample("reason", "10:01:00", 7),
      sample("state", "10:02:00", 6),
    ];
    const slices = fold(samples, "10:00:00", "10:02:30");
    expect(slices.map(({ ms, state, reason }) => [ms, state, reason])).toEqual([
      [60_000, "idle", null],
      [60_000, "minorStop", "jam"],
      [30_000, "producing", null],
    ]);
  });

  test("are read from power with hysteresis, from the moment at which a band began that lasted", () => {
    const plant = plantOf({
      signals: { power: { tag: "plc/power" } },
      machine: { powerBands: { standby: "200 W", run: "2 kW", hysteresis: 10, minimumDuration: "10 s" } },
    });
    const powers = [50, 500, 5000, 1900, 5000, 500, 5000, 500, 500];
    const times = [
      "10:00:00",
      "10:00:20",
      "10:00:40",
      "10:01:00",
      "10:01:10",
      "10:01:20",
      "10:01:25",
      "10:01:50",
      "10:02:20",
    ];
    const samples = powers.map((power, i) => sample("power", times[i] ?? "", power));
    const slices = fold(samples, "10:00:00", "10:03:00", plant);
    expect(short(slices)).toEqual(["40 s idle", "70 s producing", "70 s idle"]);
    expect(slices.every(({ inferred }) => inferred)).toBe(true);
    const rules = rulesOf(plant, PRESS);
    expect(kpiOf(sumsOf(slices, rules), rules).flags).toContain("inferredStates");
    expect(sumsOf(slices, rules).energyWh).toBeCloseTo(
      (50 * 20 + 500 * 20 + 5000 * 20 + 1900 * 10 + 5000 * 10 + 500 * 5 + 5000 * 25 + 500 * 70) / 3600,
      2,
    );
  });

  test("both starved and blocked refine a suspended machine, starved first", () => {
    const samples = [
      ...held("state", "10:00:00", "10:01:00", 5),
      { ...sample("blocked", "10:00:10", true) },
      { ...sample("starved", "10:00:20", true) },
    ];
    expect(short(fold(samples, "10:00:00", "10:00:30"))).toEqual(["10 s starved", "10 s blocked", "10 s starved"]);
  });
});

describe("energy", () => {
  test("between two readings follows the power, else the time", () => {
    const samples = [
      sample("energy", "10:00:00", 0),
      sample("power", "10:00:00", 100),
      sample("state", "10:00:00", 4),
      sample("power", "10:00:10", 300),
      sample("state", "10:00:10", 6),
      sample("energy", "10:00:20", 4),
      sample("power", "10:00:20", null),
      sample("state", "10:00:30", 4),
      sample("energy", "10:00:40", 8),
    ];
    const slices = fold(samples, "10:00:00", "10:00:41");
    expect(slices.map(({ energy, energyMs }) => [energy, energyMs])).toEqual([
      [1000, 10_000],
      [5000, 20_000],
      [2000, 10_000],
    ]);
  });

  test("across a gap is booked, so that the slices add up to the meter, but not as measured", () => {
    const samples = [
      sample("energy", "10:00:00", 10),
      sample("energy", "10:00:30", 20),
      sample("energy", "10:10:30", 620),
      sample("energy", "10:11:00", 650),
    ];
    const sums = sumsOf(fold(samples, "10:00:00", "10:12:00"), RULES);
    expect(sums).toMatchObject({ energyWh: 640, energyMs: 60_000 });
  });

  test("of another meter in its place starts from that meter's reading", () => {
    const samples = [
      sample("energy", "10:00:00", 90_000),
      sample("energy", "10:00:30", 90_010),
      sample("energy", "10:01:00", 5),
      sample("energy", "10:01:30", 8),
    ];
    const sums = sumsOf(fold(samples, "10:00:00", "10:02:00"), RULES);
    expect(sums).toMatchObject({ energyWh: 13, energyMs: 60_000 });
  });

  test("of the main meter is kept like that of a machine", () => {
    const plant = plantOf({ energy: { mainMeter: { energyImport: "plc/energy", power: "plc/power" } } });
    const main = machineDefinitions(plant).at(-1);
    if (main === undefined) throw new Error("no main meter");
    const samples = [sample("energy", "10:00:00", 10), sample("energy", "10:00:30", 30)];
    const slices = slicesOf(main, samples, { from: at("10:00:00"), to: at("10:00:40") });
    expect(slices).toMatchObject([{ machine: "$main", planned: "none", state: "unknown", energy: 20_000 }]);
  });
});

test("a sample of a tag that is no signal of the machine changes nothing", () => {
  const foreign = { ...sample("state", "10:00:00", 6), tag: "other/state" as TagId };
  expect(short(fold([foreign], "10:00:00", "10:01:00"))).toEqual(["60 s unknown"]);
});

test("times are cut to whole milliseconds, and add up", () => {
  const samples = [6, 4, 6].map((state, i) => sample("state", micros(at("10:00:00") + i * 1_234_567), state));
  const slices = fold(samples, "10:00:00", "10:00:10");
  expect(slices.map(({ ms }) => ms)).toEqual([1234, 1235, 7531]);
});
