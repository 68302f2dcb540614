import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { gapBook } from "../../../gateway/edge/gaps.ts";
import type { Incident } from "../../../gateway/model/record.ts";
import { micros } from "../../../gateway/model/units.ts";

const because = (reason: string) => ({ code: "opcua.overflow", parameters: {}, reason, advice: "" });
const why = because("the queue overflowed");

describe("gaps of a connection", () => {
  let incidents: Incident[];
  beforeEach(() => {
    incidents = [];
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const open = () => gapBook({ connection: "press", record: (incident) => incidents.push(incident) });

  test("a thousand tags with one cause are one incident that spans them all", () => {
    const gaps = open();
    for (let i = 0; i < 1000; i++) gaps.add({ tag: `t${i}`, from: micros(1000 - i), to: micros(2000 + i), why });
    expect(incidents).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(incidents).toMatchObject([{ kind: "gap", connection: "press", tags: 1000, from: 1, to: 2999 }]);
    expect(incidents[0]).not.toHaveProperty("tag");
  });

  test("a single tag is named, and a queue that goes on overflowing is told every ten seconds", () => {
    const gaps = open();
    for (let tenth = 0; tenth < 300; tenth++) {
      gaps.add({ tag: "t", from: micros(tenth), to: micros(tenth + 1), why });
      vi.advanceTimersByTime(100);
    }
    gaps.close();
    expect(incidents.every(({ tag }) => tag === "press/t")).toBe(true);
    expect(incidents.length).toBeGreaterThanOrEqual(3);
    expect(incidents.length).toBeLessThanOrEqual(5);
    expect([incidents[0]?.from, incidents.at(-1)?.to]).toEqual([0, 300]);
  });

  test("the end of the edge leaves nothing untold, and a gap of all tags is told at once", () => {
    const gaps = open();
    gaps.add({ from: micros(1), to: micros(2), why: because("connection lost") });
    expect(incidents).toHaveLength(1);
    gaps.add({ tag: "t", from: micros(3), to: micros(4), why });
    gaps.close();
    expect(incidents).toHaveLength(2);
  });
});
