import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { PlantConfig } from "../../../gateway/config/schema.ts";
import { outboxPath, runEdge } from "../../../gateway/edge/main.ts";
import { openOutbox } from "../../../gateway/edge/outbox.ts";
import type { AnyConnection } from "../../../gateway/edge/supervisor.ts";
import { createLog } from "../../../gateway/log.ts";
import { EdgeStatus, topics } from "../../../gateway/model/messages.ts";
import type { Protocol } from "../../../gateway/model/protocol.ts";
import { Incident, recordTag } from "../../../gateway/model/record.ts";
import { wallClock } from "../../../gateway/model/time.ts";
import { eventually } from "../../system/processes.ts";
import { startAedes, type BareBroker } from "./brokers.ts";
import { startFakeSite } from "./fakesite.ts";

let folder: string;
let broker: BareBroker;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "edge-"));
  broker = await startAedes();
});
afterEach(async () => {
  await broker[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const plant = () =>
  PlantConfig.parse({
    version: 1,
    site: { name: "test" },
    network: { mqtt: { port: broker.port } },
    storage: { folder },
    connections: {
      press: {
        protocol: "modbus",
        transport: "tcp",
        host: "127.0.0.1",
        tags: { count: { register: "holding 0" }, broken: { register: "holding 1" } },
      },
    },
    calendars: {},
    lines: {},
    machines: {},
  });

/** Counts up, a value every 5 ms, and has one tag that gives nothing. */
const counting: Protocol<AnyConnection> = {
  name: "modbus",
  connection: z.custom<AnyConnection>(),
  run: async (_, context, signal) => {
    context.well();
    context.trouble({
      tag: "broken",
      code: "test",
      parameters: {},
      reason: "illegal address",
      advice: "look it up in the manual",
    });
    for (let value = 0; !signal.aborted; value++) {
      context.emit([{ tag: "count", time: context.now(), value, quality: "good" }]);
      await sleep(5);
    }
  },
};

function start() {
  const controller = new AbortController();
  const done = runEdge({
    plant: plant(),
    clock: wallClock,
    credentials: { mqtt: { edge: "secret" } },
    log: createLog("edge", "silent"),
    signal: controller.signal,
    protocols: { modbus: counting },
  });
  const stop = async () => {
    const began = performance.now();
    controller.abort();
    await done;
    return performance.now() - began;
  };
  return { stop };
}

async function watchStatus() {
  const statuses: unknown[] = [];
  const client = connect(broker.url);
  client.on("message", (_, payload) => statuses.push(JSON.parse(payload.toString())));
  await client.subscribeAsync(topics.anyStatus);
  return { statuses, [Symbol.asyncDispose]: async () => client.endAsync(true) };
}

describe("edge process", () => {
  test("what a machine says reaches the site; the status says how it is; a stop is clean and quick", async () => {
    await using site = await startFakeSite(broker.url);
    await using watch = await watchStatus();
    const edge = start();
    await eventually("a hundred samples", () => (site.stored.size >= 100 ? true : undefined));
    const status = await eventually("a status with readings", () =>
      watch.statuses
        .map((status) => EdgeStatus.safeParse(status).data)
        .find((status) => (status?.connections[0]?.readings ?? 0) > 0),
    );
    expect(status).toMatchObject({
      online: true,
      connections: [
        { name: "press", protocol: "modbus", state: "connected", tags: { broken: { reason: "illegal address" } } },
      ],
    });
    expect(status.process.rss).toBeGreaterThan(1e7);
    expect(await edge.stop()).toBeLessThan(2_000);
    expect(watch.statuses.at(-1)).toMatchObject({ online: false });
    await using outbox = openOutbox({ path: outboxPath(folder, "edge1"), edge: "edge1", now: () => wallClock.now() });
    const { accepted, samples } = outbox.state();
    expect(accepted - samples).toBeLessThanOrEqual(site.stored.size);
    const values = [...site.stored.values()].filter(({ tag }) => tag === "press/count").map(({ value }) => value);
    expect(values).toEqual(values.map((_, i) => i));
  });

  test("it works without a broker, and after a restart everything arrives, with a record of the time between", async () => {
    await broker.kill();
    const first = start();
    await sleep(700);
    expect(await first.stop()).toBeLessThan(2_000);
    await broker.start();
    await using site = await startFakeSite(broker.url);
    const second = start();
    await eventually("both runs", () => {
      const values = [...site.stored.values()].filter(({ tag }) => tag === "press/count");
      return values.filter(({ value }) => value === 0).length === 2 && values.length > 100 ? true : undefined;
    });
    await second.stop();
    const record = [...site.stored.values()].find(({ tag }) => tag === recordTag("edge1"));
    const incident = Incident.parse(JSON.parse(String(record?.value)));
    expect(incident.kind).toBe("restart");
    expect(incident.to - incident.from).toBeGreaterThan(0);
  });

  test("a connection whose protocol nobody speaks is refused by name", async () => {
    const run = runEdge({
      plant: plant(),
      clock: wallClock,
      credentials: { mqtt: { edge: "secret" } },
      log: createLog("edge", "silent"),
      signal: new AbortController().signal,
      protocols: {},
    });
    await expect(run).rejects.toThrow(/"press" wants the protocol "modbus"/);
  });
});
