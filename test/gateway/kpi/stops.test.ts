import { expect, test } from "vitest";
import { paretoOf } from "../../../gateway/kpi/stops.ts";
import { slicesOf } from "../../../gateway/kpi/slices.ts";
import { at, machineOf, plantOf, sample } from "./plants.ts";

const machine = machineOf(
  plantOf({
    maxAge: "2 h",
    shifts: [{ name: "day", days: ["tue"], from: "09:00", to: "17:00", breaks: [{ from: "12:00", to: "12:30" }] }],
  }),
);

test("stops are counted once each, most time first, also when a quarter or a break cuts them", () => {
  const samples = [
    sample("state", "08:00:00", 6),
    sample("state", "09:00:00", 11),
    sample("state", "09:01:00", 6),
    sample("state", "10:00:00", 11),
    sample("state", "10:02:00", 6),
    sample("state", "10:50:00", 9),
    sample("state", "11:40:00", 6),
    sample("state", "12:00:00", 4),
  ];
  const slices = slicesOf(machine, samples, { from: at("08:00:00"), to: at("12:10:00") });
  const rows = paretoOf(slices).map(({ state, reason, count, ms, longestMs }) => ({
    state,
    reason,
    count,
    ms,
    longestMs,
  }));
  expect(rows).toEqual([
    { state: "breakdown", reason: null, count: 1, ms: 20 * 60_000, longestMs: 20 * 60_000 },
    { state: "idle", reason: null, count: 1, ms: 10 * 60_000, longestMs: 10 * 60_000 },
    { state: "minorStop", reason: null, count: 2, ms: 180_000, longestMs: 120_000 },
  ]);
});
