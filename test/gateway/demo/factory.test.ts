import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { createFactory, MAIN } from "../../../gateway/demo/factory.ts";
import { pointsOf } from "../../../gateway/demo/points.ts";
import { micros, type Micros } from "../../../gateway/model/units.ts";
import { DAY, demoPlant, EPOCH, MONTH } from "./plant.ts";

const plant = demoPlant();
const moments = fc.integer({ min: 0, max: 5 * 86_400_000 }).map((ms) => micros(EPOCH + ms * 1000));

describe("the demo factory", () => {
  propertyTest.prop([fc.array(moments, { minLength: 1, maxLength: 8 }), fc.integer({ min: 0, max: 1000 })], {
    numRuns: 20,
  })(
    "is the same at any moment, in whatever order it is asked",
    (times, seed) => {
      const asked = createFactory(plant, seed, EPOCH);
      const shown = new Map(times.map((time) => [time, everything(asked, time)]));
      const again = createFactory(plant, seed, EPOCH);
      for (const time of times.toSorted((a, b) => a - b)) expect(everything(again, time)).toEqual(shown.get(time));
    },
    30_000,
  );

  propertyTest.prop([moments, fc.integer({ min: 1, max: 3 * 86_400_000 })], { numRuns: 20 })(
    "counts and meters never go back",
    (time, ms) => {
      const factory = createFactory(plant, 1, EPOCH);
      const later = micros(time + ms * 1000);
      for (const machine of factory.machines) {
        const [before, after] = [machine.at(time), machine.at(later)];
        expect(after.total).toBeGreaterThanOrEqual(before.total);
        expect(after.scrap).toBeGreaterThanOrEqual(before.scrap);
        expect(after.energy).toBeGreaterThan(before.energy);
      }
    },
  );

  test("another seed is another course of events", () => {
    const [one, two] = [1, 2].map((seed) => createFactory(plant, seed, EPOCH).machine("packer").at(MONTH.to));
    expect(one?.total).not.toBe(two?.total);
  });

  test("plays thirty days in under two seconds, with every kind of activity in them", () => {
    const started = process.cpuUsage();
    const factory = createFactory(plant, 7, EPOCH);
    const seen = factory.machines.flatMap(({ segments }) => [...segments(MONTH)].map(({ activity }) => activity));
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(2);
    expect([...new Set(seen)].sort()).toEqual(
      ["blocked", "breakdown", "idle", "maintenance", "minorStop", "off", "run", "setup", "starved", "warmUp"].sort(),
    );
  });

  test("finishes no part within a second of a change of state, so that a poll books it where it was made", () => {
    for (const machine of createFactory(plant, 3, EPOCH).machines) {
      for (const { from, to, firstPart, parts, cycle } of machine.segments(MONTH)) {
        if (parts === 0) continue;
        expect(firstPart - from).toBeGreaterThan(1_000_000);
        expect(to - (firstPart + (parts - 1) * cycle)).toBeGreaterThan(1_000_000);
      }
    }
  });

  test("keeps minor stops under five minutes and breakdowns over", () => {
    for (const machine of createFactory(plant, 5, EPOCH).machines) {
      for (const { activity, from, to } of machine.segments(MONTH)) {
        const minutes = (to - from) / 60_000_000;
        if (activity === "minorStop") expect(minutes).toBeLessThan(5);
        if (activity === "breakdown") expect(minutes).toBeGreaterThan(5);
      }
    }
  });

  test("draws its peak on a Monday morning when everything starts cold, and leaks air at night", () => {
    const factory = createFactory(plant, 1, EPOCH);
    const monday = EPOCH + 8 * DAY + DAY / 24 + 6 * (DAY / 24);
    const night = EPOCH + 8 * DAY;
    expect(factory.watts(MAIN, micros(monday + 60_000_000))).toBeGreaterThan(40_000);
    expect(factory.watts(MAIN, micros(night))).toBeGreaterThan(2_500);
    expect(factory.watts(MAIN, micros(night))).toBeLessThan(5_000);
  });

  test("has a value for every tag of the shipped configuration", () => {
    const points = pointsOf(createFactory(plant, 1, EPOCH));
    const tags = Object.entries(plant.connections).flatMap(([connection, { tags }]) =>
      Object.keys(tags).map((tag) => `${connection}/${tag}`),
    );
    expect(tags.filter((tag) => ![...points.keys()].map(String).includes(tag))).toEqual([]);
  });
});

const everything = (factory: ReturnType<typeof createFactory>, time: Micros) =>
  [...pointsOf(factory)].map(([tag, point]) => [
    tag,
    point.kind === "event" ? point.value(factory.machine(point.machine).at(time)) : point.value(time),
  ]);
