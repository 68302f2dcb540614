import { beforeAll, describe, expect, test } from "vitest";
import { createFactory, MAIN, type Factory } from "../../../gateway/demo/factory.ts";
import { pastSamples } from "../../../gateway/demo/samples.ts";
import { truthOf } from "../../../gateway/demo/truth.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { machineDefinitions } from "../../../gateway/kpi/machine.ts";
import { slicesOf } from "../../../gateway/kpi/slices.ts";
import { micros, type TagId } from "../../../gateway/model/units.ts";
import { DAY, demoPlant, EPOCH, MONTH } from "./plant.ts";

const plant = demoPlant();
let factory: Factory;
let seconds: number;
let count = 0;
const byTag = new Map<TagId, Sample[]>();

beforeAll(() => {
  factory = createFactory(plant, 7, EPOCH);
  // Processor time: the computer may be busy with other things.
  const started = process.cpuUsage();
  for (const chunk of pastSamples(plant, factory, MONTH)) {
    count += chunk.length;
    for (const sample of chunk) {
      const list = byTag.get(sample.tag);
      if (list === undefined) byTag.set(sample.tag, [sample]);
      else list.push(sample);
    }
  }
  seconds = process.cpuUsage(started).user / 1e6;
});

describe("thirty days of history", () => {
  test("are made in seconds and stay under three million samples", () => {
    expect(count).toBeGreaterThan(1_000_000);
    expect(count).toBeLessThan(3_000_000);
    expect(seconds).toBeLessThan(20);
  });

  test("give each sample of a tag a time of its own, and leave no tag silent longer than its maximum age", () => {
    for (const [connection, { tags }] of Object.entries(plant.connections)) {
      for (const [name, { maxAge }] of Object.entries(tags)) {
        const samples = byTag.get(`${connection}/${name}` as TagId) ?? [];
        const id = `${connection}/${name}`;
        let last = MONTH.from - 1;
        for (const { time } of samples) {
          // A million calls of expect() would take longer than making the month.
          if (time <= last || time - last >= maxAge * 1000) throw new Error(`${id}: ${time} follows ${last}`);
          last = time;
        }
        expect(MONTH.to - last).toBeLessThan(maxAge * 1000);
      }
    }
  });

  test("count what was made, through wraps at 16 bits and counters that begin anew with each job", () => {
    expect(counted("press/total", 16)).toBe(factory.machine("press").at(MONTH.to).total);
    expect(counted("press/scrap", 16)).toBe(factory.machine("press").at(MONTH.to).scrap);
    expect(counted("packer/processed", 32)).toBe(factory.machine("packer").at(MONTH.to).total);
    expect(counted("packer/defective", 32)).toBe(factory.machine("packer").at(MONTH.to).scrap);
    expect(counted("mill/partsCompleted", 32)).toBe(factory.machine("mill").at(MONTH.to).total);
    expect(
      byTag.get("press/total" as TagId)?.some(({ value }, i, all) => Number(value) < Number(all[i - 1]?.value)),
    ).toBe(true);
  });

  test.each([
    ["saw", "meters/sawEnergy", 1e6],
    ["press", "meters/pressEnergy", 1e6],
    ["mill", "meters/millEnergy", 1e3],
    ["packer", "meters/packerEnergy", 1e3],
    [MAIN, "meters/mainEnergy", 1e3],
  ])("measure the energy of %s within the meter's resolution", (machine, tag, milliwattHours) => {
    const samples = byTag.get(tag as TagId) ?? [];
    const measured = (Number(samples.at(-1)?.value) - Number(samples[0]?.value)) * milliwattHours;
    const used = factory.energy(machine, MONTH.to);
    expect(Math.abs(measured - used) / used).toBeLessThan(0.001);
  });

  test.each(["saw", "press", "mill", "packer"])("give the ledger what the truth says of the %s", (id) => {
    const definition = machineDefinitions(plant).find((machine) => machine.id === id);
    if (definition === undefined) throw new Error(`no machine ${id}`);
    const samples = definition.signals
      .flatMap(({ tag }) => byTag.get(tag) ?? [])
      .sort((a, b) => a.time - b.time || rank(definition.signals, a.tag) - rank(definition.signals, b.tag));
    const slices = slicesOf(definition, samples, MONTH);
    const lines = [...truthOf(plant, factory, id, MONTH)];
    const end = micros(Date.parse(lines.at(-1)?.to ?? "") * 1000);
    const known = slices.filter(({ from }) => from < end);

    const told = sums(known.map((slice) => ({ ...slice, ms: (Math.min(slice.to, end) - slice.from) / 1000 })));
    const truth = sums(lines.map((line) => ({ ...line, ms: Date.parse(line.to) - Date.parse(line.from) })));
    expect([...told.keys()].sort()).toEqual([...truth.keys()].sort());
    for (const [key, [ms = 0, total = 0, scrap = 0, stretches = 0]] of truth) {
      const [toldMs = 0, toldTotal, toldScrap] = told.get(key) ?? [];
      expect({ key, total: toldTotal, scrap: toldScrap }).toEqual({ key, total, scrap });
      // A poll sees a change within the second; OPC UA tells when it was.
      const error = Math.abs(toldMs - ms);
      expect({ key, error, close: error <= 1000 * stretches }).toEqual({ key, error, close: true });
    }
    const energy = (list: readonly number[]) => list.reduce((sum, each) => sum + each, 0);
    const used = energy(lines.map(({ energyMwh }) => energyMwh));
    expect(Math.abs(energy(known.map((slice) => slice.energy)) - used) / used).toBeLessThan(0.001);
  });
});

const rank = (signals: readonly { readonly tag: TagId }[], tag: TagId): number =>
  signals.findIndex((s) => s.tag === tag);

interface Row {
  readonly planned: string;
  readonly state: string;
  readonly shift: string | null;
  readonly product: string | null;
  readonly ms: number;
  readonly total: number;
  readonly scrap: number;
}

/** Per shift, product and state: ms, total, scrap, number of stretches. */
function sums(rows: readonly Row[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { planned, state, shift, product, ms, total, scrap } of rows) {
    const key = `${shift ?? "-"} ${product ?? "-"} ${planned} ${state}`;
    const [a = 0, b = 0, c = 0, d = 0] = found.get(key) ?? [];
    found.set(key, [a + ms, b + total, c + scrap, d + 1]);
  }
  return found;
}

/** The naive reader of a counter: what is above the last reading is new; below it, it wrapped or began anew. */
function counted(tag: string, bits: number): number {
  let sum = 0;
  let last: number | undefined;
  for (const { value } of byTag.get(tag as TagId) ?? []) {
    const now = Number(value);
    if (last !== undefined) sum += now >= last ? now - last : bits === 16 ? now + 2 ** bits - last : now;
    last = now;
  }
  return sum;
}

test("history ends where it is told to, so that the live edge takes over without a second story", () => {
  const to = micros(EPOCH + DAY + 1_234_567_000);
  const samples = [...pastSamples(plant, factory, { from: EPOCH, to })].flat();
  expect(Math.max(...samples.map(({ time }) => time))).toBeLessThan(to);
});
