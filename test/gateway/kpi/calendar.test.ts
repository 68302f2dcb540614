import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { openCalendar, shiftAt, shiftsBetween } from "../../../gateway/kpi/calendar.ts";
import { slicesOf } from "../../../gateway/kpi/slices.ts";
import { rulesOf, sumsOf } from "../../../gateway/kpi/sums.ts";
import { formatInstant } from "../../../gateway/model/time.ts";
import { micros } from "../../../gateway/model/units.ts";
import { at, machineOf, plantOf, PRESS, sample } from "./plants.ts";

const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const HOUR = 3_600_000_000;
const THREE_SHIFTS = [
  { name: "early", days: WEEK, from: "06:00", to: "14:00", breaks: [{ from: "09:30", to: "10:00" }] },
  { name: "late", days: WEEK, from: "14:00", to: "22:00", breaks: [{ from: "17:30", to: "18:00" }] },
  { name: "night", days: WEEK, from: "22:00", to: "06:00", breaks: [{ from: "01:45", to: "02:15" }] },
];
const plant = plantOf({ shifts: THREE_SHIFTS, holidays: ["2026-12-25"] });
const calendarOf = (shifts: readonly object[], timeZone = "Europe/Amsterdam") => {
  const made = plantOf({ shifts, timeZone });
  const machine = machineOf(made);
  return openCalendar(machine.timeZone, machine.calendar);
};
const hoursOf = ({ from, to }: { from: number; to: number }): number => (to - from) / HOUR;

describe("the calendar", () => {
  test("the night shift belongs to the day on which it starts", () => {
    const shift = shiftAt(plant, "main", at("2026-11-24T03:00:00Z"));
    expect(shift).toMatchObject({ id: "2026-11-23/night", day: "2026-11-23", name: "night" });
    expect(formatInstant(shift?.from ?? micros(0))).toBe("2026-11-23T21:00:00Z");
  });

  test("a day is a day in the site's zone, not in UTC", () => {
    const calendar = calendarOf(THREE_SHIFTS);
    expect(calendar.dayOf(at("2026-11-23T23:30:00Z"))).toBe("2026-11-24");
    expect(calendarOf(THREE_SHIFTS, "America/New_York").dayOf(at("2026-11-24T03:00:00Z"))).toBe("2026-11-23");
  });

  test("a shift over a change of the clock lasts as long as it really does", () => {
    const night = (day: string) =>
      shiftsBetween(plant, "main", { from: at(`${day}T20:00:00Z`), to: at(`${day}T23:00:00Z`) }).find(
        ({ id }) => id === `${day}/night`,
      );
    expect(hoursOf(night("2026-03-28") ?? { from: 0, to: 0 })).toBe(7);
    expect(hoursOf(night("2026-10-24") ?? { from: 0, to: 0 })).toBe(9);
    expect(hoursOf(night("2026-11-24") ?? { from: 0, to: 0 })).toBe(8);
  });

  test("a break that the clock skips in spring is not there, and one in the doubled hour is its first", () => {
    const shifts = [
      { name: "night", days: WEEK, from: "22:00", to: "06:00", breaks: [{ from: "02:15", to: "02:45" }] },
    ];
    const calendar = calendarOf(shifts);
    const breaksOf = (day: string) =>
      calendar
        .shiftsBetween({ from: at(`${day}T21:30:00Z`), to: at(`${day}T22:00:00Z`) })
        .flatMap(({ breaks }) => breaks.map(({ from, to }) => [formatInstant(from), formatInstant(to)]));
    expect(breaksOf("2026-10-24")).toEqual([["2026-10-25T00:15:00Z", "2026-10-25T00:45:00Z"]]);
    expect(breaksOf("2026-03-28")).toEqual([["2026-03-29T01:15:00Z", "2026-03-29T01:45:00Z"]]);
  });

  test("no shift starts on a holiday, but the night before it runs on into it", () => {
    const christmas = { from: at("2026-12-24T23:00:00Z"), to: at("2026-12-25T23:00:00Z") };
    expect(shiftsBetween(plant, "main", christmas).map(({ id }) => id)).toEqual(["2026-12-24/night"]);
  });

  test("a shift on the leap day is there", () => {
    const leap = { from: at("2028-02-29T06:00:00Z"), to: at("2028-02-29T07:00:00Z") };
    expect(shiftsBetween(plant, "main", leap).map(({ id }) => id)).toEqual(["2028-02-29/early"]);
  });

  test("breaks after midnight are in the shift that began before it", () => {
    const calendar = calendarOf(THREE_SHIFTS);
    expect(calendar.spanAt(at("2026-11-24T00:50:00Z"))).toMatchObject({ planned: "break", shift: "2026-11-23/night" });
    expect(calendar.spanAt(at("2026-11-24T01:15:00Z"))).toMatchObject({ planned: "busy", shift: "2026-11-23/night" });
  });

  test("where shifts overlap, the one that began first keeps the time", () => {
    const calendar = calendarOf([
      { name: "long", days: WEEK, from: "06:00", to: "15:00" },
      { name: "next", days: WEEK, from: "14:00", to: "22:00" },
    ]);
    const day = { from: at("2026-11-23T23:00:00Z"), to: at("2026-11-24T23:00:00Z") };
    expect(
      calendar
        .plannedSpans(day)
        .filter(({ shift }) => shift !== null)
        .map(hoursOf),
    ).toEqual([9, 7]);
  });

  test.each([
    { day: "2026-03-29", from: "2026-03-28T23:00:00Z", to: "2026-03-29T22:00:00Z", hours: 23 },
    { day: "2026-10-25", from: "2026-10-24T22:00:00Z", to: "2026-10-25T23:00:00Z", hours: 25 },
  ])("the categories of $day sum to its $hours hours", ({ day, from, to, hours }) => {
    const range = { from: at(from), to: at(to) };
    const machine = machineOf(plant);
    const states = [0, 7, 11, 13, 19].map((hour, i) =>
      sample("state", micros(range.from + hour * HOUR), [6, 11, 6, 2, 9][i] ?? 6),
    );
    const calendar = openCalendar(machine.timeZone, machine.calendar);
    const sums = sumsOf(slicesOf(machine, states, range, calendar), rulesOf(plant, PRESS));
    expect(sums.calendarMs).toBe(hours * 3_600_000);
    expect(Object.values(sums.ms).reduce((sum, ms) => sum + ms, 0)).toBe(hours * 3_600_000);
    expect(calendar.dayOf(range.from)).toBe(day);
  });

  const instant = fc.integer({ min: at("2020-01-01T00:00:00Z") / 1e6, max: at("2040-01-01T00:00:00Z") / 1e6 });
  propertyTest.prop([
    instant,
    fc.integer({ min: 1, max: 400_000 }),
    fc.constantFrom("Europe/Amsterdam", "Asia/Kathmandu", "America/St_Johns", "UTC"),
  ])(
    "the plan fills any range without holes, and every moment is in the span that is found for it",
    (from, length, timeZone) => {
      const calendar = calendarOf(THREE_SHIFTS, timeZone);
      const range = { from: micros(from * 1e6), to: micros((from + length) * 1e6) };
      const spans = calendar.plannedSpans(range);
      expect(spans[0]?.from).toBe(range.from);
      expect(spans.at(-1)?.to).toBe(range.to);
      expect(spans.every((span, i) => i === 0 || span.from === spans[i - 1]?.to)).toBe(true);
      for (const span of spans) {
        const shift = calendar.shiftAt(span.from);
        expect(shift?.id ?? null).toBe(span.shift);
        expect(calendar.spanAt(micros(span.to - 1))).toMatchObject({ planned: span.planned, shift: span.shift });
      }
    },
  );
});
