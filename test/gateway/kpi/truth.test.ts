import { describe, expect, test } from "vitest";
import { createFactory } from "../../../gateway/demo/factory.ts";
import { pastSamples } from "../../../gateway/demo/samples.ts";
import { truthOf, type TruthLine } from "../../../gateway/demo/truth.ts";
import { kpiOf } from "../../../gateway/kpi/kpi.ts";
import type { Slice } from "../../../gateway/kpi/ledger.ts";
import { MAIN_METER, machineDefinitions, type MachineDefinition } from "../../../gateway/kpi/machine.ts";
import { slicesOf } from "../../../gateway/kpi/slices.ts";
import { rulesOf, sumsOf } from "../../../gateway/kpi/sums.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { micros, milliwattHours } from "../../../gateway/model/units.ts";
import { demoPlant } from "../demo/plant.ts";
import { at } from "./plants.ts";

const plant = demoPlant();
// A week from Monday in Amsterdam; it has the whole pattern of shifts.
const RANGE = { from: at("2026-10-25T23:00:00Z"), to: at("2026-11-01T23:00:00Z") };
const factory = createFactory(plant, 7, RANGE.from);
const samples = [...pastSamples(plant, factory, RANGE)].flat();

function fold(machine: MachineDefinition): Slice[] {
  const ranks = new Map(machine.signals.map(({ tag }, rank) => [tag, rank] as const).reverse());
  const rank = (sample: Sample): number => ranks.get(sample.tag) ?? 0;
  const own = samples.filter(({ tag }) => ranks.has(tag)).sort((a, b) => a.time - b.time || rank(a) - rank(b));
  return slicesOf(machine, own, RANGE);
}

/** A line of the truth as a slice, so that its figures come from the same formulas. */
function sliceOf(machine: MachineDefinition, line: TruthLine): Slice {
  const [from, to] = [at(line.from), at(line.to)];
  const ideal = ((line.product === null ? null : machine.idealCycles[line.product]) ?? machine.idealCycle ?? 0) * 1000;
  const { state, planned, shift, reason, order, product, total, good, scrap } = line;
  return {
    machine: machine.id,
    from,
    to,
    ms: (to - from) / 1000,
    state,
    planned,
    shift,
    reason,
    order,
    product,
    inferred: false,
    total,
    good,
    scrap,
    rework: 0,
    idealTotal: total * ideal,
    idealGood: good * ideal,
    energy: milliwattHours(line.energyMwh),
    energyMs: (to - from) / 1000,
  };
}

/** How long the two say different states at a stretch, at most, in ms. */
function longestDifference(truth: readonly Slice[], slices: readonly Slice[]): number {
  let [longest, run, end] = [0, 0, 0];
  for (let i = 0, k = 0; i < truth.length && k < slices.length;) {
    const [a, b] = [truth[i], slices[k]];
    if (a === undefined || b === undefined) break;
    const from = Math.max(a.from, b.from);
    const to = Math.min(a.to, b.to);
    if (to > from && a.state !== b.state) {
      run = from === end ? run + to - from : to - from;
      end = to;
      longest = Math.max(longest, run);
    }
    if (a.to <= b.to) i++;
    else k++;
  }
  return longest / 1000;
}

describe("a week of the demo factory, against its own truth", () => {
  const machines = machineDefinitions(plant).filter(({ id }) => id !== MAIN_METER);
  test.each(machines.map((machine) => ({ id: machine.id, machine })))("$id", ({ id, machine }) => {
    const rules = rulesOf(plant, id);
    const truth = [...truthOf(plant, factory, id, RANGE)].map((line) => sliceOf(machine, line));
    const end = truth.at(-1)?.to ?? micros(0);
    const slices = fold(machine).filter(({ from }) => from < end);
    const [real, found] = [sumsOf(truth, rules), sumsOf(slices, rules)];
    const [realKpi, kpi] = [kpiOf(real, rules), kpiOf(found, rules)];
    const { total, good, scrap } = real;
    expect(found).toMatchObject({ total, good, scrap });
    expect(Math.abs(found.energyWh / real.energyWh - 1)).toBeLessThan(0.001);
    for (const name of ["availability", "performance", "quality", "oee"] as const) {
      expect(Math.abs((kpi[name] ?? 0) - (realKpi[name] ?? 0))).toBeLessThan(0.001);
      expect(kpi[name] === null).toBe(realKpi[name] === null);
    }
    expect(kpi.coverage).toBeGreaterThan(0.999);
    expect(longestDifference(truth, slices)).toBeLessThanOrEqual(1000);
    // The truth is told up to the last change: before the weekend, for the machine with the shortest week.
    expect(end).toBeGreaterThan(RANGE.from + 4 * 86_400e6);
  });
});
