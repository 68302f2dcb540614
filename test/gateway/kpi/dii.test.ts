import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { diiLevel } from "../../../gateway/kpi/dii.ts";

test("scores have the levels that Eurostat gives them", () => {
  const { inputs, expected } = JSON.parse(
    readFileSync(new URL("../../vectors/dii-levels.json", import.meta.url), "utf8"),
  ) as { inputs: number[]; expected: string[] };
  expect(inputs.map(diiLevel)).toEqual(expected);
});
