import { describe, expect, test } from "vitest";
import { columnsOf } from "../../../gateway/model/columns.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { micros, tagId } from "../../../gateway/model/units.ts";
import { createLive } from "../../../gateway/site/ingest/live.ts";

const HOUR = 3_600_000_000;
const START = 1_764_000_000_000_000;
const tag = tagId("press", "state");
const sample = (at: number, value: string): Sample => ({ tag, time: micros(START + at), value, quality: "good" });

describe("the newest value of a tag", () => {
  const live = () => createLive(() => micros(START));

  test("is the latest by its own time, whatever comes late", () => {
    const values = live();
    values.stored(columnsOf([sample(-1, "running"), sample(-HOUR, "old")]));
    values.stored(columnsOf([sample(-2 * HOUR, "older")]));
    expect(values.latest.get(tag)?.value).toBe("running");
  });

  test("is not what a clock dated an hour ahead before it was set right", () => {
    const values = live();
    values.prime([sample(HOUR, "then")]);
    values.stored(columnsOf([sample(-3 * HOUR, "backlog")]));
    expect(values.latest.get(tag)?.value).toBe("then");
    values.stored(columnsOf([sample(-2, "now"), sample(-1, "and now")]));
    expect(values.latest.get(tag)?.value).toBe("and now");
  });

  test("is the present one when one batch holds both", () => {
    const values = live();
    values.stored(columnsOf([sample(HOUR, "ahead"), sample(-2, "now")]));
    expect(values.latest.get(tag)?.value).toBe("now");
  });
});
