import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PlantConfig } from "../../../gateway/config/schema.ts";
import { runHistory } from "../../../gateway/demo/past.ts";
import { pastSamples } from "../../../gateway/demo/samples.ts";
import { midnightBefore, openFactory } from "../../../gateway/demo/state.ts";
import { createLog } from "../../../gateway/log.ts";
import { micros, type Micros } from "../../../gateway/model/units.ts";
import { startAedes, type BareBroker } from "../edge/brokers.ts";
import { identity, startFakeSite } from "../edge/fakesite.ts";
import { DAY, demoPlant } from "./plant.ts";

const NOW = micros(Date.parse("2026-11-24T09:30:00Z") * 1000);
const LATER = micros(NOW + 3_600_000_000);
let folder: string;
let broker: BareBroker;
let plant: PlantConfig;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fieldlab-past-"));
  broker = await startAedes();
  const demo = demoPlant();
  plant = { ...demo, network: { ...demo.network, mqtt: { broker: "embedded", host: "127.0.0.1", port: broker.port } } };
});
afterEach(async () => {
  await broker[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const options = (now: Micros, signal = new AbortController().signal) => ({
  plant,
  folder,
  clock: { now: () => now, speed: 1 },
  days: 1,
  credentials: { token: "x", mqtt: { site: "x", edge: "x" } },
  log: createLog("test", "silent"),
  signal,
});

const expected = (): string[] => {
  const factory = openFactory({ plant, folder, now: NOW });
  const range = { from: midnightBefore(plant, micros(NOW - DAY)), to: NOW };
  return [...pastSamples(plant, factory, range)].flat().map(identity).sort();
};

describe("the demo's history", () => {
  test("is sent once, from a local midnight to the moment of the first start", async () => {
    await using site = await startFakeSite(broker.url);
    const fractions: number[] = [];
    const sent = await runHistory({ ...options(NOW), onProgress: (fraction) => fractions.push(fraction) });
    expect([...site.stored.keys()].sort()).toEqual(expected());
    expect(sent).toBe(site.stored.size);
    expect(fractions.at(-1)).toBe(1);
    expect(await runHistory(options(LATER))).toBe(0);
  }, 60_000);

  test("begins again after an interruption, ends where the first attempt would have ended, and leaves no doubles", async () => {
    const end = new AbortController();
    const interrupted = runHistory({
      ...options(NOW, end.signal),
      onProgress: () => end.abort(new Error("power cut")),
    });
    await expect(interrupted).rejects.toThrow("power cut");
    expect(existsSync(join(folder, "history.done"))).toBe(false);
    await using site = await startFakeSite(broker.url);
    await runHistory(options(LATER));
    expect([...site.stored.keys()].sort()).toEqual(expected());
  }, 60_000);
});
