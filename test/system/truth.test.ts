/**
 * Two weeks of the demo factory, each with a change of the clocks, through the real pipeline (outbox, MQTT, ingest,
 * historian, ledger, API), held against the truth that the simulator wrote beside it.
 */
import { join } from "node:path";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFactory, MAIN } from "../../gateway/demo/factory.ts";
import { pastSamples } from "../../gateway/demo/samples.ts";
import { openTruth } from "../../gateway/demo/truthfile.ts";
import { feed } from "../../gateway/edge/feed.ts";
import { parseInstant, type Range } from "../../gateway/model/time.ts";
import { micros, MICROS_PER_HOUR, type Micros } from "../../gateway/model/units.ts";
import { demoPlant, type DemoPlant } from "./demoplant.ts";
import { startFieldlab, type Running } from "./processes.ts";
import {
  bordersOf,
  comparison,
  figuresOfGateway,
  figuresOfTruth,
  gatewayStretches,
  longestDifferenceMs,
  truthIn,
} from "./truthledger.ts";

const at = (text: string): Micros => parseInstant(text) ?? micros(Number.NaN);
const SEED = 7;
/** Weeks from Monday in Amsterdam; the clocks change on their Sunday. */
const WEEKS = [
  { name: "the week to 29 March 2026", from: at("2026-03-22T23:00:00Z"), to: at("2026-03-29T22:00:00Z"), hours: 167 },
  { name: "the week to 25 October 2026", from: at("2026-10-18T22:00:00Z"), to: at("2026-10-25T23:00:00Z"), hours: 169 },
] as const;
const SUNDAYS = [
  { name: "29 March 2026", from: at("2026-03-28T23:00:00Z"), to: at("2026-03-29T22:00:00Z"), hours: 23 },
  { name: "25 October 2026", from: at("2026-10-24T22:00:00Z"), to: at("2026-10-25T23:00:00Z"), hours: 25 },
] as const;
/** What is sent goes on after the week, so that its last values hold to its end. */
const AFTER = 4 * MICROS_PER_HOUR;
/** A stretch of the truth is written when it has ended: that of the weekend on Monday. */
const TRUTH_AFTER = 24 * MICROS_PER_HOUR;
const MACHINES = ["saw", "press", "mill", "packer"] as const;
const PERCENTAGE_POINT = 0.01;

/** The shifts that ship, with night shifts through the hour that is lost or doubled. */
const week = ["mon", "tue", "wed", "thu", "fri", "sat"];
const nights = (demo: DemoPlant) => {
  const { drieploegen, avondnacht } = demo.plant.calendars;
  const always = (calendar: typeof drieploegen) => ({
    ...calendar,
    shifts: calendar?.shifts.map((shift) => (shift.name === "nacht" ? { ...shift, days: week } : shift)),
  });
  return { drieploegen: always(drieploegen), avondnacht: always(avondnacht) };
};

describe("the demo's truth through the whole pipeline", () => {
  let demo: DemoPlant;
  let site: Running;
  const mainWh = new Map<string, number>();

  beforeAll(async () => {
    {
      using shipped = await demoPlant();
      demo = await demoPlant({ calendars: nights(shipped) });
    }
    site = startFieldlab(["site", ...demo.options]);
    await demo.ready();
    for (const { name, from, to } of WEEKS) {
      const factory = createFactory(demo.plant, SEED, from);
      openTruth(demo.plant, factory, join(demo.folder, name)).writeUntil(micros(to + TRUTH_AFTER));
      mainWh.set(name, (factory.energy(MAIN, to) - factory.energy(MAIN, from)) / 1000);
      await feed({
        edge: "history",
        path: join(demo.folder, "history", "outbox.sqlite"),
        mqtt: demo.plant.network.mqtt,
        password: demo.credentials.mqtt.edge,
        samples: (async function* () {
          yield* pastSamples(demo.plant, factory, { from, to: micros(to + AFTER) });
        })(),
        log: pino({ level: "silent" }),
        signal: AbortSignal.timeout(120_000),
      });
    }
    await demo.folded();
  }, 180_000);
  afterAll(async () => {
    await site[Symbol.asyncDispose]();
    demo[Symbol.dispose]();
  });

  describe.each(WEEKS)("$name", ({ name, from, to, hours }) => {
    const range: Range = { from, to };
    const truthOf = (machine: string) => truthIn(join(demo.folder, name), machine, range);

    test("availability, performance and quality within 0.1 percentage point, counts exact, energy within 0.1 %", async () => {
      const rows = await Promise.all(
        MACHINES.map(async (machine) => {
          const [ledger, timeline] = [await demo.ledger(machine, range), await demo.timeline(machine, range)];
          const truth = truthOf(machine);
          const stateMs = longestDifferenceMs(truth, gatewayStretches(timeline, range), "state");
          return [machine, figuresOfTruth(demo.plant, machine, truth), figuresOfGateway(ledger), stateMs] as const;
        }),
      );
      process.stdout.write(comparison(`\n${name}`, rows));
      for (const [machine, truth, found] of rows) {
        const { total, good, scrap } = truth;
        expect({ machine, total: found.total, good: found.good, scrap: found.scrap }).toEqual({
          machine,
          total,
          good,
          scrap,
        });
        for (const figure of ["availability", "performance", "quality"] as const) {
          expect(found[figure] === null, `${machine} ${figure}`).toBe(truth[figure] === null);
          expect(Math.abs((found[figure] ?? 0) - (truth[figure] ?? 0)), `${machine} ${figure}`).toBeLessThan(
            0.1 * PERCENTAGE_POINT,
          );
        }
        expect(Math.abs(found.wh / truth.wh - 1), `${machine} energy`).toBeLessThan(0.001);
      }
    });

    test.each(MACHINES)("%s: every state within 1 s, none missing, none invented", async (machine) => {
      const truth = truthOf(machine);
      const found = gatewayStretches(await demo.timeline(machine, range), range);
      expect(found[0]?.from).toBe(from);
      expect(found.at(-1)?.to).toBe(to);
      expect(longestDifferenceMs(truth, found, "state")).toBeLessThanOrEqual(1000);
      expect(longestDifferenceMs(truth, found, "category")).toBeLessThanOrEqual(1000);
      const borders = bordersOf(found);
      const missing = bordersOf(truth).filter(
        (border) => !borders.some(({ time, to: state }) => state === border.to && Math.abs(time - border.time) <= 1e6),
      );
      expect(missing).toEqual([]);
    });

    test.each(MACHINES)("%s: reason, order and product within 1 s", async (machine) => {
      const truth = truthOf(machine);
      const found = gatewayStretches(await demo.timeline(machine, range), range);
      const keys = ["reason", "order", "product"] as const;
      expect(Math.max(...keys.map((key) => longestDifferenceMs(truth, found, key)))).toBeLessThanOrEqual(1000);
    });

    test.each(MACHINES)("%s: all categories together are the calendar time, exactly", async (machine) => {
      const { sums } = await demo.ledger(machine, range);
      expect(sums.calendarMs).toBe(hours * 3_600_000);
      expect(Object.values(sums.ms).reduce((sum, ms) => sum + ms, 0)).toBe(hours * 3_600_000);
    });

    test("the energy page's totals, too, are the truth within 0.1 %, the main meter's included", async () => {
      const energy = await demo.energy(range);
      const errors = energy.machines.map(({ machine, totalWh }) =>
        Math.abs(totalWh / figuresOfTruth(demo.plant, machine, truthOf(machine)).wh - 1),
      );
      expect(errors).toHaveLength(MACHINES.length);
      expect(Math.max(...errors)).toBeLessThan(0.001);
      expect(Math.abs(energy.totalWh / (mainWh.get(name) ?? 0) - 1)).toBeLessThan(0.001);
      expect(energy.quarters).toHaveLength(hours * 4);
    });
  });

  test.each(SUNDAYS)("$name has $hours hours, all of them in a category", async ({ from, to, hours }) => {
    for (const machine of MACHINES) {
      const { sums } = await demo.ledger(machine, { from, to });
      expect(sums.calendarMs).toBe(hours * 3_600_000);
      expect(Object.values(sums.ms).reduce((sum, ms) => sum + ms, 0)).toBe(hours * 3_600_000);
    }
    const packer = await demo.ledger("packer", { from, to });
    const night = packer.shifts.find(({ shift }) => shift.name === "nacht");
    // 22:00 to 06:00 is nine hours long when the clocks go back, and seven when they go forward.
    expect(night?.sums.calendarMs).toBe((hours - 24 + 6) * 3_600_000);
  });
});
