import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { describeJump, watchClock, type ClockJump } from "../../../gateway/edge/clockwatch.ts";
import { scaledClock, wallClock } from "../../../gateway/model/time.ts";
import { eventually } from "../../system/processes.ts";

const HOUR = 3_600_000;

describe("a clock that is set", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  });
  afterEach(() => {
    vi.useRealTimers();
    wallClock.now();
  });

  for (const [hours, words] of [
    [1, "forward by"],
    [-1, "back by"],
    [-24 * 365 * 50, "back by"],
  ] as const) {
    test(`our clock follows it by ${hours} h, and the jump is noticed`, async () => {
      const jumps: ClockJump[] = [];
      const stop = watchClock(wallClock, (jump) => jumps.push(jump));
      const before = wallClock.now();
      vi.setSystemTime(Date.now() + hours * HOUR);
      expect(Math.abs(wallClock.now() - before - hours * HOUR * 1000)).toBeLessThan(500_000);
      const jump = await eventually("the jump is noticed", () => jumps[0]);
      stop();
      expect(describeJump(jump).reason).toContain(words);
      expect(Math.abs(jump.now - jump.expected - hours * HOUR * 1000)).toBeLessThan(3_000_000);
    });
  }

  test("a clock that runs sixty times as fast and is not set gives no jump", async () => {
    vi.useRealTimers();
    const jumps: ClockJump[] = [];
    const stop = watchClock(scaledClock(wallClock.now(), 60), (jump) => jumps.push(jump));
    await new Promise((resolve) => {
      setTimeout(resolve, 2_200);
    });
    stop();
    expect(jumps).toEqual([]);
  });
});
