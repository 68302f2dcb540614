/** The arithmetic of the timeline: zoom, pan, ticks, and slices as columns of pixels. */
import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { offsetAt } from "../../../dashboards/web/src/format/zone.ts";
import { columns } from "../../../dashboards/web/src/machine/paint.ts";
import { type Range, chosenFrom, queryOf, rangeOf } from "../../../dashboards/web/src/machine/range.ts";
import { CLOSEST_MS, pan, select, ticks, zoomAt } from "../../../dashboards/web/src/machine/zoom.ts";
import { LEDGER_STATES } from "../../../gateway/model/states.ts";
import { NOW, shiftsReply } from "./factory.ts";

const whole: Range = { from: 1_000_000_000_000, to: 1_000_000_000_000 + 8 * 3_600_000 };
const share = fc.double({ min: 0, max: 1, noNaN: true });
const windows = fc.tuple(share, share).map(([a, b]) => select(at(whole, a), at(whole, b), whole));
const at = (window: Range, part: number): number => window.from + part * (window.to - window.from);
const SLACK_MS = 0.01;

function expectInside(window: Range): void {
  expect(window.from).toBeGreaterThanOrEqual(whole.from - SLACK_MS);
  expect(window.to).toBeLessThanOrEqual(whole.to + SLACK_MS);
  expect(window.to - window.from).toBeGreaterThanOrEqual(CLOSEST_MS - SLACK_MS);
}

describe("zoom", () => {
  propertyTest.prop([windows, share, fc.double({ min: 0.01, max: 100, noNaN: true })])(
    "a window stays inside and never gets too close",
    (window, part, factor) => expectInside(zoomAt(window, whole, at(window, part), factor)),
  );
  propertyTest.prop([windows, fc.double({ min: -1e9, max: 1e9, noNaN: true })])(
    "a pan keeps the width",
    (window, by) => {
      const moved = pan(window, whole, by);
      expectInside(moved);
      expect(moved.to - moved.from).toBeCloseTo(window.to - window.from, 1);
    },
  );
  propertyTest.prop([windows, share])("what is under the finger stays there while looking closer", (window, part) => {
    const closer = zoomAt(window, whole, at(window, part), 0.5);
    if (window.to - window.from < 2 * CLOSEST_MS) return;
    expect(at(closer, part)).toBeCloseTo(at(window, part), 0);
  });
  test("zooming out ends at the whole range", () => {
    expect(zoomAt(select(whole.from, whole.from + 60_000, whole), whole, whole.from, 1e6)).toEqual(whole);
  });
});

describe("ticks", () => {
  propertyTest.prop([windows, fc.integer({ min: 2, max: 20 })])(
    "there are few, in order, in the window",
    (window, most) => {
      const found = ticks(window, most, () => 3_600_000);
      expect(found.length).toBeLessThanOrEqual(most + 1);
      for (const [index, tick] of found.entries()) {
        expect(tick).toBeGreaterThanOrEqual(window.from);
        expect(tick).toBeLessThanOrEqual(window.to);
        if (index > 0) expect(tick).toBeGreaterThan(found[index - 1] ?? 0);
      }
    },
  );
  test("days begin at local midnight on both sides of the change of the clock", () => {
    const zone = "Europe/Amsterdam";
    const days = ticks(
      { from: Date.parse("2026-10-22T22:00:00Z"), to: Date.parse("2026-10-28T23:00:00Z") },
      8,
      (instant) => offsetAt(instant, zone),
    );
    expect(days.length).toBeGreaterThan(5);
    for (const day of days) expect((day + offsetAt(day, zone)) % 86_400_000).toBe(0);
  });
});

describe("columns", () => {
  const stretches = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 600_000 }), fc.constantFrom(...LEDGER_STATES)), {
      minLength: 1,
      maxLength: 300,
    })
    .map((parts) => {
      let from = whole.from;
      return parts.map(([ms, state]) => {
        const slice = { from, to: from + ms, state };
        from += ms;
        return slice;
      });
    });
  propertyTest.prop([stretches, windows, fc.integer({ min: 100, max: 2000 })])(
    "cover what was seen without holes or overlap, with no more of them than pixels",
    (slices, window, width) => {
      const drawn = columns(slices, window, width);
      expect(drawn.length).toBeLessThanOrEqual(width * 2 + 2);
      for (const [index, column] of drawn.entries()) {
        const before = drawn[index - 1];
        expect(column.x).toBeGreaterThanOrEqual(-SLACK_MS);
        expect(column.x + column.width).toBeLessThanOrEqual(width + SLACK_MS);
        if (before !== undefined) expect(column.x).toBeCloseTo(before.x + before.width, 3);
      }
    },
  );
  test("a stretch that is wide enough keeps its exact borders", () => {
    const window = { from: 0, to: 1000 };
    expect(
      columns(
        [
          { from: 0, to: 400, state: "producing" },
          { from: 400, to: 1000, state: "unknown" },
        ],
        window,
        500,
      ),
    ).toEqual([
      { x: 0, width: 200, state: "producing" },
      { x: 200, width: 300, state: "unknown" },
    ]);
  });
});

describe("ranges", () => {
  const { shifts } = shiftsReply();
  test("this shift is the one that began last, the previous one came before it", () => {
    expect(rangeOf("shift", shifts, NOW, "Europe/Amsterdam")?.from).toBe(Date.parse("2026-11-24T05:00:00Z"));
    expect(rangeOf("previous", shifts, NOW, "Europe/Amsterdam")?.from).toBe(Date.parse("2026-11-23T21:00:00Z"));
    expect(rangeOf("shift", [], NOW, "Europe/Amsterdam")).toBeNull();
  });
  test("today is the site's day", () => {
    expect(rangeOf("today", [], Date.parse("2026-11-24T23:30:00Z"), "Europe/Amsterdam")).toEqual({
      from: Date.parse("2026-11-24T23:00:00Z"),
      to: Date.parse("2026-11-25T23:00:00Z"),
    });
  });
  test("a range survives its way through the address; nonsense becomes this shift", () => {
    const custom = { kind: "custom", range: { from: NOW - 1000, to: NOW } } as const;
    expect(chosenFrom(queryOf(custom))).toEqual(custom);
    expect(chosenFrom(new URLSearchParams({ range: "week" }))).toEqual({ kind: "named", name: "week" });
    for (const query of [
      "range=x",
      "from=a&to=b",
      "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
      "from=2001-01-01&to=2026-01-01",
    ]) {
      expect(chosenFrom(new URLSearchParams(query))).toEqual({ kind: "named", name: "shift" });
    }
  });
});
