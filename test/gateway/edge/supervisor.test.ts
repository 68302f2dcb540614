import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { supervise, type AnyConnection, type Supervision } from "../../../gateway/edge/supervisor.ts";
import { createLog } from "../../../gateway/log.ts";
import type { AdapterContext, Protocol } from "../../../gateway/model/protocol.ts";
import type { Incident } from "../../../gateway/model/record.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { wallClock } from "../../../gateway/model/time.ts";
import { micros, millis } from "../../../gateway/model/units.ts";
import { eventually } from "../../system/processes.ts";

const tag = { scale: 1, offset: 0, maxAge: millis(200), report: "always" as const };
let controller: AbortController;
let samples: Sample[];
let incidents: Incident[];
let running: Supervision[];
beforeEach(() => {
  controller = new AbortController();
  [samples, incidents, running] = [[], [], []];
});
afterEach(async () => {
  controller.abort();
  await Promise.all(running.map(({ done }) => done));
});

/** An adapter of a few lines, under real supervision. */
function start(name: string, run: (context: AdapterContext, signal: AbortSignal) => Promise<void>): Supervision {
  const protocol: Protocol<AnyConnection> = {
    name: "test",
    connection: z.custom<AnyConnection>(),
    run: (_, context, signal) => run(context, signal),
  };
  const supervision = supervise({
    name,
    connection: { protocol: "test", tags: { t: tag, u: tag } },
    protocol,
    folder: "unused",
    clock: wallClock,
    accept: (list) => samples.push(...list),
    record: (incident) => incidents.push(incident),
    log: createLog("test", "silent"),
    signal: controller.signal,
  });
  running.push(supervision);
  return supervision;
}

const emit = (context: AdapterContext, value: number) =>
  context.emit([{ tag: "t", time: context.now(), value, quality: "good" }]);

async function steady(context: AdapterContext, signal: AbortSignal): Promise<void> {
  for (let value = 0; !signal.aborted; value++) {
    emit(context, value);
    await sleep(20);
  }
}

const told = (reason: string, advice = "") => ({ code: "test", parameters: {}, reason, advice });

describe("supervisor", () => {
  test("an adapter that throws is started again, with the reason shown, and its neighbour does not notice", async () => {
    let runs = 0;
    const bad = start("bad", async (context, signal) => {
      runs += 1;
      if (runs <= 2) throw new Error("the server said no");
      await steady(context, signal);
    });
    const good = start("good", steady);
    const { fault, state } = await eventually("the fault shows", () =>
      bad.status().fault === undefined ? undefined : bad.status(),
    );
    expect(state).toBe("faulty");
    expect(fault).toMatchObject({ reason: "the server said no", code: "edge.threw" });
    await eventually("it works", () => (bad.status().state === "connected" ? true : undefined));
    expect(bad.status()).toMatchObject({ restarts: 2 });
    expect(bad.status().fault).toBeUndefined();
    expect(good.status()).toMatchObject({ state: "connected", restarts: 0 });
    const times = samples.filter((sample) => sample.tag === "good/t").map(({ time }) => time);
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(1_000_000);
  });

  test("an adapter that throws at once, without a promise, is a failure like any other", async () => {
    const supervision = start("sync", () => {
      throw new Error("at once");
    });
    const { fault } = await eventually("the fault shows", () =>
      supervision.status().fault === undefined ? undefined : supervision.status(),
    );
    expect(fault?.reason).toBe("at once");
  });

  test("connected, green and silent: the connection is made anew", async () => {
    let runs = 0;
    const supervision = start("silent", async (context, signal) => {
      runs += 1;
      emit(context, runs);
      await sleep(600_000, undefined, { signal }).catch(() => undefined);
    });
    await eventually("a second run", () => (runs >= 2 ? true : undefined), 12_000);
    expect(supervision.status().restarts).toBeGreaterThanOrEqual(1);
    expect(samples.length).toBeGreaterThanOrEqual(2);
  }, 15_000);

  test("faults of tags are shown until they are well, and troubles of the connection until it is", async () => {
    let context: AdapterContext | undefined;
    const supervision = start("faults", async (given, signal) => {
      context = given;
      await steady(given, signal);
    });
    const given = await eventually("it runs", () => context);
    given.trouble({ tag: "u", ...told("no such node", "check its name") });
    given.trouble(told("refused", "plug it in"));
    expect(supervision.status()).toMatchObject({
      state: "faulty",
      fault: { reason: "refused" },
      tags: { u: { reason: "no such node", advice: "check its name" } },
    });
    given.well();
    given.well("u");
    expect(supervision.status()).toMatchObject({ state: "connected", tags: {} });
    const why = { code: "opcua.lost", parameters: {}, reason: "connection lost", advice: "" };
    given.gap({ from: micros(1), to: micros(2), why });
    expect(incidents).toMatchObject([
      { kind: "gap", connection: "faults", from: 1, to: 2, code: "opcua.lost", reason: "connection lost" },
    ]);
    expect(incidents[0]).not.toHaveProperty("tag");
  });

  test("a stop waits for what the adapter still gives, but not for one that hangs", async () => {
    const polite = start("polite", async (context, signal) => {
      await sleep(600_000, undefined, { signal }).catch(() => undefined);
      emit(context, 42);
    });
    const stubborn = start("stubborn", () => new Promise(() => undefined));
    await sleep(50);
    const began = performance.now();
    controller.abort();
    await Promise.all([polite.done, stubborn.done]);
    expect(performance.now() - began).toBeLessThan(1_800);
    expect(samples.map(({ value }) => value)).toEqual([42]);
    expect(polite.status().state).toBe("stopped");
  });
});
