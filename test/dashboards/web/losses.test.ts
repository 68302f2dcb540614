/** The waterfall: every row is a difference of ledger sums, and all of them add up to calendar time. */
import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { Sums } from "../../../dashboards/web/src/api/types.ts";
import { lossRows } from "../../../dashboards/web/src/machine/losses.ts";
import { LEDGER_STATES } from "../../../gateway/model/states.ts";
import { ledgerReply } from "./factory.ts";

const ms = fc.record(
  Object.fromEntries(LEDGER_STATES.map((state) => [state, fc.nat(40_000_000)])) as never,
) as fc.Arbitrary<Sums["ms"]>;
const sums = fc
  .record({ ms, idealTotalMs: fc.nat(60_000_000), scrapShare: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ ms, idealTotalMs, scrapShare }): Sums => {
    const calendarMs = Object.values(ms).reduce((sum, part) => sum + part, 0);
    return Object.assign(ledgerReply("lathe").sums, {
      ms,
      calendarMs,
      plannedBusyMs: calendarMs - ms.unscheduled - ms.plannedStop,
      idealTotalMs,
      idealGoodMs: Math.round(idealTotalMs * scrapShare),
    });
  });

describe("waterfall", () => {
  propertyTest.prop([sums])("losses and fully productive time together are calendar time, exactly", (given) => {
    const rows = lossRows(given);
    const lost = rows.filter(({ kind }) => kind !== "level").reduce((sum, row) => sum + row.ms, 0);
    const productive = rows.at(-1);
    expect(productive?.key).toBe("productive");
    expect(lost + (productive?.ms ?? 0)).toBe(given.calendarMs);
    expect(productive?.ms).toBe(given.idealGoodMs);
  });

  propertyTest.prop([sums])("each bar begins where the one before it ends", (given) => {
    let left = given.calendarMs;
    for (const row of lossRows(given)) {
      expect(row.to).toBe(left);
      left = row.kind === "level" ? row.to : row.from;
    }
  });

  propertyTest.prop([sums])("running time is the ledger's producing time", (given) => {
    expect(lossRows(given).find(({ key }) => key === "producing")?.ms).toBe(given.ms.producing);
  });

  test("parts faster than the ideal cycle are a gain, not a loss that is cut off at zero", () => {
    const base = ledgerReply("lathe").sums;
    const fast = { ...base, idealTotalMs: base.ms.producing + 60_000, idealGoodMs: base.ms.producing };
    expect(lossRows(fast).find(({ key }) => key === "speed")).toMatchObject({ kind: "gain", ms: -60_000 });
  });

  test("where planned stops count as a loss there is no bar that contradicts the OEE", () => {
    const base = ledgerReply("lathe").sums;
    const counted = { ...base, plannedBusyMs: base.plannedBusyMs + 60_000 };
    expect(lossRows(base).some(({ key }) => key === "planned")).toBe(true);
    expect(lossRows(counted).some(({ key }) => key === "planned")).toBe(false);
  });
});
