import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { furtherKpiOf, kpiOf, type Kpi } from "../../../gateway/kpi/kpi.ts";
import { NOTHING_COUNTED, type Slice } from "../../../gateway/kpi/ledger.ts";
import { slicesOf } from "../../../gateway/kpi/slices.ts";
import { emptyMs, rulesOf, sumsOf, type KpiRules } from "../../../gateway/kpi/sums.ts";
import { micros } from "../../../gateway/model/units.ts";
import { at, machineOf, plantOf, PRESS, sample } from "./plants.ts";

const RULES: KpiRules = { plannedStopIsLoss: false, provisionalBelow: 0.9, hasParts: true };

interface Vector<Inputs> {
  readonly inputs: Inputs;
  readonly expected: Readonly<Record<string, number>>;
  readonly tolerance: number;
}
const vector = <Inputs>(name: string): Vector<Inputs> =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8")) as Vector<Inputs>;

const slice = (part: Partial<Slice>): Slice => ({
  machine: PRESS,
  from: micros(0),
  to: micros((part.ms ?? 0) * 1000),
  state: "producing",
  planned: "busy",
  shift: null,
  reason: null,
  order: null,
  product: null,
  inferred: false,
  ms: 0,
  ...NOTHING_COUNTED,
  ...part,
});

function expectKpi(slices: readonly Slice[], { expected, tolerance }: Vector<unknown>): void {
  const kpi = kpiOf(sumsOf(slices, RULES), RULES);
  expectNear(kpi, expected, tolerance);
}

function expectNear(kpi: Kpi, expected: Readonly<Record<string, number>>, tolerance: number): void {
  const far = (["availability", "performance", "quality", "oee"] as const).filter(
    (name) => !(Math.abs((kpi[name] ?? NaN) - (expected[name] ?? NaN)) <= tolerance),
  );
  expect(far).toEqual([]);
}

interface ShiftInputs {
  shift_min: number;
  breaks_min: number;
  downtime_min: number;
  ideal_cycle_s: number;
  total: number;
  scrap: number;
}

describe("published worked examples", () => {
  test.each(["oee-480-minute-shift", "oee-vorne-first-shift"])("%s comes out as published", (name) => {
    const example = vector<ShiftInputs>(name);
    const { shift_min, breaks_min, downtime_min, ideal_cycle_s, total, scrap } = example.inputs;
    const minute = 60_000;
    const good = total - scrap;
    expectKpi(
      [
        slice({ ms: breaks_min * minute, planned: "break", state: "idle" }),
        slice({ ms: downtime_min * minute, state: "breakdown" }),
        slice({
          ms: (shift_min - breaks_min - downtime_min) * minute,
          total,
          scrap,
          good,
          idealTotal: total * ideal_cycle_s * 1e6,
          idealGood: good * ideal_cycle_s * 1e6,
        }),
      ],
      example,
    );
  });

  test("a mix of products is weighted by ideal time, so that the three factors multiply to OEE", () => {
    const example = vector<{
      planned_s: number;
      run_s: number;
      products: { ideal_cycle_s: number; total: number; good: number }[];
    }>("oee-mixed-products");
    const { planned_s, run_s, products } = example.inputs;
    expectKpi(
      [
        slice({ ms: (planned_s - run_s) * 1000, state: "idle" }),
        ...products.map(({ ideal_cycle_s, total, good }, i) =>
          slice({
            ms: (run_s * 1000) / products.length,
            product: `p${i}`,
            total,
            good,
            scrap: total - good,
            idealTotal: total * ideal_cycle_s * 1e6,
            idealGood: good * ideal_cycle_s * 1e6,
          }),
        ),
      ],
      example,
    );
  });

  test("the Flux example comes out of samples and a calendar", () => {
    const { inputs, expected, tolerance } = vector<{
      range: [string, string];
      ideal_cycle_s: number;
      samples: [string, string, number, number][];
    }>("oee-flux-apq");
    const plant = plantOf({
      timeZone: "UTC",
      maxAge: "5 h",
      shifts: [{ name: "day", days: ["mon"], from: "00:00", to: "08:00" }],
      machine: { idealCycle: `${inputs.ideal_cycle_s} s` },
      signals: {
        state: { tag: "plc/state", map: { running: "producing", stopped: "idle" } },
        totalCount: { tag: "plc/total" },
        scrapCount: { tag: "plc/scrap" },
      },
    });
    const samples = inputs.samples.flatMap(([time, state, total, scrap]) => [
      sample("total", time, total),
      sample("scrap", time, scrap),
      sample("state", time, state),
    ]);
    const [from, to] = inputs.range;
    const rules = rulesOf(plant, PRESS);
    const slices = slicesOf(machineOf(plant), samples, { from: at(from), to: at(to) });
    // Its planned time of eight hours goes on after the range: idle, as nothing more was made.
    const rest = slice({ ms: 4 * 3_600_000, state: "idle" });
    const kpi = kpiOf(sumsOf([...slices, rest], rules), rules);
    expect(sumsOf(slices, rules).ms.producing).toBe((expected["run_time_s"] ?? NaN) * 1000);
    expectNear(kpi, expected, tolerance);
  });

  test("TEEP is OEE times loading", () => {
    const { inputs, expected, tolerance } = vector<{
      scheduled_h_per_week: number;
      calendar_h_per_week: number;
      oee: number;
    }>("teep-loading");
    const hour = 3_600_000;
    const plannedBusyMs = inputs.scheduled_h_per_week * hour;
    const sums = {
      ...sumsOf([], RULES),
      ms: { ...emptyMs(), producing: plannedBusyMs },
      calendarMs: inputs.calendar_h_per_week * hour,
      plannedBusyMs,
      observedMs: plannedBusyMs,
      idealTotalMs: inputs.oee * plannedBusyMs,
      idealGoodMs: inputs.oee * plannedBusyMs,
    };
    expect(Math.abs((kpiOf(sums, RULES).teep ?? NaN) - (expected["teep"] ?? NaN))).toBeLessThanOrEqual(tolerance);
    expect(Math.abs((furtherKpiOf(sums, RULES).loading ?? NaN) - (expected["loading"] ?? NaN))).toBeLessThanOrEqual(
      tolerance,
    );
  });
});
