import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { counterStep } from "../../../gateway/kpi/counters.ts";

describe("a part counter", () => {
  test.each([
    { what: "counts", from: 10, to: 14, width: 16, parts: 4, event: "count" },
    { what: "repeats", from: 10, to: 10, width: 16, parts: 0, event: "count" },
    { what: "wraps at 2^16", from: 65_530, to: 4, width: 16, parts: 10, event: "wrap" },
    { what: "wraps at 2^32", from: 4_294_967_290, to: 4, width: 32, parts: 10, event: "wrap" },
    { what: "does not wrap at 2^16 when it has 32 bits", from: 65_530, to: 4, width: 32, parts: 4, event: "reset" },
    { what: "resets", from: 800, to: 3, width: 16, parts: 3, event: "reset" },
    { what: "resets soon after a reset", from: 3, to: 0, width: 16, parts: 0, event: "reset" },
    { what: "steps back for rework", from: 800, to: 799, width: 16, parts: -1, event: "stepBack" },
    { what: "jumps", from: 5, to: 4000, width: 16, parts: 3995, event: "count" },
  ] as const)("$what", ({ from, to, width, parts, event }) => {
    expect(counterStep(from, to, width)).toEqual({ parts, event });
  });

  propertyTest.prop([fc.array(fc.integer({ min: 0, max: 6000 }), { maxLength: 100 }), fc.nat(65_535)])(
    "loses nothing over any number of wraps",
    (steps, start) => {
      let [value, counted] = [start, 0];
      for (const made of steps) {
        const next = (value + made) % 65_536;
        counted += counterStep(value, next, 16).parts;
        value = next;
      }
      expect(counted).toBe(steps.reduce((sum, made) => sum + made, 0));
    },
  );
});
