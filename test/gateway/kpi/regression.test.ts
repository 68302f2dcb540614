import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fitLine } from "../../../gateway/kpi/regression.ts";

interface Certified {
  readonly inputs: { readonly x: number[]; readonly y: number[] };
  readonly expected: Readonly<Record<string, number>>;
  readonly tolerance: number;
}

describe("least squares", () => {
  test("reproduces NIST's certified values of Norris", () => {
    const { inputs, expected, tolerance } = JSON.parse(
      readFileSync(new URL("../../vectors/regression-nist-norris.json", import.meta.url), "utf8"),
    ) as Certified;
    const fit = fitLine([inputs.x], inputs.y);
    const found: Record<string, number | undefined> = {
      intercept: fit?.coefficients[0],
      slope: fit?.coefficients[1],
      residual_sd: fit?.residualSd,
      r_squared: fit?.rSquared,
      intercept_se: fit?.standardErrors[0],
      slope_se: fit?.standardErrors[1],
    };
    const far = Object.entries(expected).filter(
      ([name, value]) => !(Math.abs((found[name] ?? NaN) - value) <= tolerance),
    );
    expect(far).toEqual([]);
  });

  test("keeps its digits where the normal equations lose theirs", () => {
    const x = Array.from({ length: 50 }, (_, i) => 1e7 + i);
    const fit = fitLine(
      [x, x.map((value) => (value - 1e7) ** 2)],
      x.map((value) => 3 + 0.5 * value),
    );
    expect(fit?.coefficients[1]).toBeCloseTo(0.5, 8);
    expect(fit?.coefficients[2]).toBeCloseTo(0, 8);
  });

  test("is refused for columns that depend on each other, and for too few points", () => {
    const x = [1, 2, 3, 4];
    expect(fitLine([x, x.map((value) => 2 * value)], [1, 2, 3, 5])).toBeUndefined();
    expect(fitLine([[1, 2]], [1, 2])).toBeUndefined();
  });
});
