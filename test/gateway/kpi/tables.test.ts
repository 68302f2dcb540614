import { describe, expect, test } from "vitest";
import { deviceState } from "../../../gateway/kpi/tables.ts";

describe("device states", () => {
  test.each([
    [6, "packml", "producing"],
    ["Execute", "packml", "producing"],
    [16, "packml", "idle"],
    [5, "packml", "suspended"],
    [11, "packml", "minorStop"],
    [9, "packml", "breakdown"],
    [2, "packml", "stopped"],
    [3, "packmlMode", "setup"],
    ["Maintenance", "packmlMode", "plannedStop"],
    ["NotExecuting", "machineryItemState", "idle"],
    ["Not Executing", "machineryItemState", "idle"],
    [1, "machineryItemState", "breakdown"],
    [0, "machineryItemState", "unknown"],
    ["Setup", "machineryOperationMode", "setup"],
    ["Interrupted", "machineToolProgram", "minorStop"],
    [1, "machineToolProgram", "producing"],
    [4, "machineToolProgram", "breakdown"],
  ] as const)("%s of %s is %s", (value, table, state) => {
    expect(deviceState(value, table, undefined)).toBe(state);
  });

  test("the configuration's map goes before the table", () => {
    expect(deviceState(6, "packml", { 6: "setup" })).toBe("setup");
    expect(deviceState(11, "packml", { 6: "setup" })).toBe("minorStop");
    expect(deviceState(true, undefined, { true: "producing", false: "idle" })).toBe("producing");
  });

  test("a value in no table is unknown, also when it is named like a part of JavaScript", () => {
    for (const value of [99, "", "Zomer", "constructor", "__proto__"]) {
      expect(deviceState(value, "packml", {})).toBe("unknown");
      expect(deviceState(value, undefined, {})).toBe("unknown");
    }
  });

  test("without table and map our own names are understood", () => {
    expect(deviceState("plannedStop", undefined, undefined)).toBe("plannedStop");
    expect(deviceState("unscheduled", undefined, undefined)).toBe("unknown");
  });
});
