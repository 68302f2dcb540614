/** Sums and selections that pages make from replies: nothing is lost, half a sum is never shown as the whole. */
import { expect, test } from "vitest";
import { idleByMachine, idleByState } from "../../../dashboards/web/src/energy/idle.tsx";
import { niceTop, powerOf } from "../../../dashboards/web/src/energy/scale.ts";
import { together } from "../../../dashboards/web/src/health/incidents.tsx";
import { chosenTags } from "../../../dashboards/web/src/health/tags.tsx";
import { withGaps } from "../../../dashboards/web/src/machine/chart.tsx";
import { NOW, seriesReply } from "./factory.ts";
import { energyReply, healthReply } from "./meters.ts";

const energy = energyReply(NOW - 86_400_000, NOW, "running");

test("idle energy by state is the sum of the machines', and one missing price leaves the sum without one", () => {
  const rows = idleByMachine(energy);
  const states = idleByState(rows);
  const total = (list: readonly { energyWh: number }[]) => list.reduce((sum, { energyWh }) => sum + energyWh, 0);
  expect(total(states)).toBeCloseTo(total(rows), 6);
  const [first, ...others] = rows;
  if (first === undefined) throw new Error("the factory idles somewhere");
  const unpriced = idleByState([{ ...first, cost: null }, ...others]);
  expect(unpriced.find(({ state }) => state === first.state)?.cost).toBeNull();
});

test("a quarter without a main meter is the sum of the machines, and unknown when one of them is", () => {
  expect(powerOf({ from: "", mainW: 10, machinesW: { a: 3 } })).toBe(10);
  expect(powerOf({ from: "", mainW: null, machinesW: { a: 3, b: 4 } })).toBe(7);
  expect(powerOf({ from: "", mainW: null, machinesW: { a: 3, b: null } })).toBeNull();
  expect(powerOf({ from: "", mainW: null, machinesW: {} })).toBeNull();
});

test("a power axis ends just above what it shows", () => {
  for (const watts of [0, 0.4, 950, 55_000, 58_400, 1e7]) {
    expect(niceTop(watts)).toBeGreaterThan(watts);
    expect(niceTop(watts)).toBeLessThanOrEqual(Math.max(2, watts * 2.2));
  }
});

test("a connection that took all its tags along is one row, another reason is another", () => {
  const gap = { kind: "gap", connection: null, count: null, reason: "connection lost" };
  const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();
  const found = together([
    { ...gap, tag: "press/power", from: at(0), to: at(30) },
    { ...gap, tag: "press/state", from: at(2), to: at(31) },
    { ...gap, tag: "mill/state", from: at(2), to: at(31) },
    { ...gap, tag: "press/state", from: at(0), to: at(30), reason: "rejected by the store" },
    { ...gap, tag: "press/state", from: at(600), to: at(610) },
  ]);
  expect(found.map(({ connection, tags }) => [connection, tags])).toEqual([
    ["press", 2],
    ["mill", 1],
    ["press", 1],
    ["press", 1],
  ]);
  expect(found[0]?.incident).toMatchObject({ from: at(0), to: at(31) });
});

test("faulty tags come first, and a search needs all its words", () => {
  const { tags } = healthReply("running");
  expect(chosenTags(tags, "", "all")[0]?.id).toBe("press/power");
  expect(chosenTags(tags, "pow PRESS", "all").map(({ id }) => id)).toEqual(["press/power"]);
  expect(chosenTags(tags, "saw", "faulty")).toEqual([]);
});

test("a trend does not bridge time in which nothing was measured", () => {
  const window = { from: NOW - 8 * 3_600_000, to: NOW };
  const series = seriesReply("press/power", window.from, window.to);
  const cut = (values: readonly number[]) => [...values.slice(0, 80), ...values.slice(120)];
  const holed = {
    ...series,
    time: cut(series.time),
    min: cut(series.min),
    max: cut(series.max),
    mean: cut(series.mean),
  };
  const nulls = (list: Iterable<unknown>) => [...list].filter((value) => value === null).length;
  expect(nulls(withGaps(series, window)[3] ?? [])).toBe(0);
  expect(nulls(withGaps(holed, window)[3] ?? [])).toBe(1);
});
