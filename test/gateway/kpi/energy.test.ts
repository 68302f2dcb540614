import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { openCalendar } from "../../../gateway/kpi/calendar.ts";
import { costOf, emissionsOf, factorOn, tariffsOf } from "../../../gateway/kpi/cost.ts";
import { addQuarters, baseLoadOf, peakOf, quartersOf } from "../../../gateway/kpi/quarters.ts";
import { shareOut } from "../../../gateway/kpi/share.ts";
import { slicesOf } from "../../../gateway/kpi/slices.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { machineId, micros, milliwattHours } from "../../../gateway/model/units.ts";
import { at, machineOf, plantOf, sample, seconds } from "./plants.ts";

const DAY = { from: at("2026-11-23T23:00:00Z"), to: at("2026-11-24T23:00:00Z") };
const plant = plantOf({
  energy: {
    mainMeter: { energyImport: "plc/energy" },
    tariffs: [
      { from: "2026-11-25", source: "new contract", price: "0.30 EUR/kWh" },
      { from: "2026-01-01", source: "old contract", price: "20 ct/kWh" },
    ],
    emissions: [{ from: "2026-11-24", source: "supplier", factor: "250 g/kWh" }],
  },
});
const machine = machineOf(plant);
const calendar = openCalendar(machine.timeZone, machine.calendar);

/** A meter read every 30 s that runs at a power given per quarter. */
function meter(powers: readonly number[], from = DAY.from): Sample[] {
  const samples: Sample[] = [];
  let energy = 0;
  for (const [quarter, power] of powers.entries()) {
    for (let i = 0; i < 30; i++) {
      samples.push(sample("energy", seconds(from, quarter * 900 + i * 30), energy));
      energy += (power * 30) / 3600;
    }
  }
  samples.push(sample("energy", seconds(from, powers.length * 900), energy));
  return samples;
}

describe("quarters", () => {
  const powers = Array.from({ length: 96 }, (_, i) => (i === 40 ? 9000 : i < 20 ? 600 : 1200));
  const slices = slicesOf(machine, meter(powers), { from: DAY.from, to: seconds(DAY.to, 60) }, calendar);

  test("have the mean power of the meter's difference", () => {
    const quarters = quartersOf(slices, DAY);
    expect(quarters.map(({ powerW }) => Math.round(powerW ?? NaN))).toEqual(powers);
    expect(quarters[40]?.energyWh).toBeCloseTo(2250, 2);
  });

  test("give the peak with everyone's share in it", () => {
    const quarters = quartersOf(slices, DAY);
    const half = quarters.map((quarter) => ({ ...quarter, powerW: (quarter.powerW ?? 0) / 2 }));
    const [saw, mill] = [machineId("saw"), machineId("mill")];
    const peak = peakOf(
      quarters,
      new Map([
        [saw, half],
        [mill, []],
      ]),
    );
    expect(peak?.from).toBe(seconds(DAY.from, 40 * 900));
    expect(peak?.powerW).toBeCloseTo(9000, 2);
    expect(peak?.shares).toEqual({ saw: 0.5, mill: null });
  });

  test("make no peak while they run: a machine's start in its first minutes is not the demand of a quarter", () => {
    const range = { from: DAY.from, to: seconds(DAY.from, 900 + 300) };
    const running = quartersOf(slicesOf(machine, meter([1000, 50_000]), range), range);
    expect(running[1]?.powerW).toBeGreaterThan(40_000);
    expect(peakOf(running, new Map())).toMatchObject({ from: DAY.from });
    expect(peakOf(running.slice(1), new Map())).toBeNull();
    expect(peakOf(addQuarters([running, running]), new Map())).toMatchObject({ from: DAY.from });
  });

  test("have no figure where nothing was measured, and no peak is made of it", () => {
    const gap = slicesOf(machine, [sample("energy", DAY.from, 0), sample("energy", seconds(DAY.from, 3600), 5e6)], DAY);
    expect(quartersOf(gap, DAY).every(({ powerW }) => powerW === null)).toBe(true);
    expect(peakOf(quartersOf(gap, DAY), new Map())).toBeNull();
  });

  test("of several meters add up, and miss what one of them misses", () => {
    const whole = quartersOf(slices, DAY);
    const part = whole.map((quarter, i) => (i === 3 ? { ...quarter, powerW: null } : quarter));
    const sum = addQuarters([whole, part]);
    expect(sum[4]?.powerW).toBeCloseTo(1200, 2);
    expect(sum[3]?.powerW).toBeNull();
  });

  test("give the base load: the lowest four hours of each day, and their median", () => {
    const dayOf = (time: number): string => calendar.dayOf(micros(time));
    expect(baseLoadOf(quartersOf(slices, DAY), dayOf)).toBeCloseTo(600, 2);
    const days = [100, 300, 200, 900].flatMap((power, day) =>
      Array.from({ length: 96 }, (_, i) => ({
        from: seconds(DAY.from, (day * 96 + i) * 900),
        powerW: power,
        energyWh: 0,
        over: true,
      })),
    );
    expect(baseLoadOf(days, dayOf)).toBe(250);
    expect(baseLoadOf(days.slice(0, 15), dayOf)).toBeNull();
  });
});

describe("money and CO2", () => {
  const kwh = (day: string, energy = 1) => ({ from: at(`${day}T12:00:00Z`), energy: milliwattHours(energy * 1e6) });
  const { dayOf } = calendar;

  test("take the factor of the day, in the site's zone", () => {
    const tariffs = tariffsOf(plant);
    expect(costOf([kwh("2026-11-24"), kwh("2026-11-25", 2)], tariffs, dayOf)).toBeCloseTo(0.2 + 0.6, 12);
    const lateEvening = { from: at("2026-11-24T23:30:00Z"), energy: milliwattHours(1e6) };
    expect(costOf([lateEvening], tariffs, dayOf)).toBeCloseTo(0.3, 12);
    expect(factorOn(tariffs, "2026-12-01")?.source).toBe("new contract");
  });

  test("have no figure where a factor is missing, and not zero", () => {
    const emissions = emissionsOf(plant);
    expect(costOf([kwh("2026-11-24")], emissions, dayOf)).toBe(250);
    expect(costOf([kwh("2026-11-23"), kwh("2026-11-24")], emissions, dayOf)).toBeNull();
    expect(costOf([kwh("2026-11-24")], [], dayOf)).toBeNull();
    expect(costOf([], tariffsOf(plant), dayOf)).toBe(0);
  });
});

describe("sharing out", () => {
  propertyTest.prop([
    fc.integer({ min: -1000, max: 1e12 }),
    fc.array(fc.oneof(fc.integer({ min: 1, max: 1e9 }), fc.double({ min: 1e-3, max: 1e12, noNaN: true })), {
      minLength: 1,
      maxLength: 30,
    }),
  ])("gives integers that add up exactly, each within one of its part", (amount, weights) => {
    const shares: number[] = [];
    shareOut(amount, weights, (i, share) => {
      shares[i] = share;
    });
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    expect(shares.every(Number.isInteger)).toBe(true);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(amount);
    const far = shares.filter((share, i) => Math.abs(share - (amount * (weights[i] ?? 0)) / whole) > 1.01);
    expect(far).toEqual([]);
  });
});

propertyTest.prop([
  fc.array(fc.double({ min: 0, max: 50_000, noNaN: true }), { minLength: 2, maxLength: 200 }),
  fc.integer({ min: 1, max: 50 }),
])("energy from power alone is the integral, to half a mWh per quarter", (powers, every) => {
  const bare = machineOf(plantOf({ signals: { power: { tag: "plc/power" } } }));
  const samples = powers.map((power, i) => sample("power", seconds(DAY.from, i * every), power));
  const to = seconds(DAY.from, powers.length * every);
  const slices = slicesOf(bare, samples, { from: DAY.from, to });
  const quarters = Math.ceil((powers.length * every) / 900);
  const exact = powers.reduce((sum, power) => sum + (power * every * 1000) / 3600, 0);
  const energy = slices.reduce((sum, slice) => sum + slice.energy, 0);
  expect(Math.abs(energy - exact)).toBeLessThanOrEqual(quarters * 0.5 + 1);
  expect(slices.reduce((sum, { energyMs }) => sum + energyMs, 0)).toBe(powers.length * every * 1000);
});
