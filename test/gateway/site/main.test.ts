/** The whole site as one process runs it: from MQTT to the tile on the screen. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { PlantConfig } from "../../../gateway/config/schema.ts";
import { connected, connectMqtt } from "../../../gateway/link/connect.ts";
import { createLog } from "../../../gateway/log.ts";
import { encodeBatch } from "../../../gateway/model/batch.ts";
import { columnsOf } from "../../../gateway/model/columns.ts";
import { topics } from "../../../gateway/model/messages.ts";
import { wallClock } from "../../../gateway/model/time.ts";
import { millis } from "../../../gateway/model/units.ts";
import { HealthReply, LedgerReply, OverviewReply } from "../../../gateway/site/api/replies.ts";
import { runSite } from "../../../gateway/site/main.ts";
import { freePort } from "../../servers/ports.ts";
import { plant } from "./api/plant.ts";
import { sample, TOKEN } from "./api/site.ts";

const stack: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of stack.splice(0).reverse()) await undo();
});

interface Started {
  readonly address: string;
  readonly plant: PlantConfig;
  stop(): Promise<void>;
  get<Reply>(path: string, schema: { parse(value: unknown): Reply }): Promise<Reply>;
  status(path: string): Promise<number>;
}

async function start(
  changes: Partial<PlantConfig["storage"]> = {},
  network?: PlantConfig["network"],
): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), "fieldlab-site-"));
  stack.push(() => rm(folder, { recursive: true, force: true }));
  const mqtt = { broker: "embedded", host: "127.0.0.1", port: await freePort() } as const;
  const http = { host: "127.0.0.1", port: 0 };
  const own = { ...plant, storage: { ...plant.storage, folder, ...changes }, network: network ?? { http, mqtt } };
  const abort = new AbortController();
  const listening = Promise.withResolvers<string>();
  const done = runSite({
    plant: own,
    clock: wallClock,
    credentials: { token: TOKEN, mqtt: { site: "site-password", edge: "edge-password" } },
    log: createLog("test", "silent"),
    signal: abort.signal,
    onListening: listening.resolve,
  });
  done.catch(listening.reject);
  const stop = async () => {
    abort.abort();
    await done;
  };
  stack.push(() => stop().catch(() => undefined));
  const address = await listening.promise;
  const headers = { authorization: `Bearer ${TOKEN}` };
  return {
    address,
    plant: own,
    stop,
    get: async (path, schema) => schema.parse(await (await fetch(`${address}/api/v1${path}`, { headers })).json()),
    status: async (path) => (await fetch(`${address}${path}`)).status,
  };
}

describe("the site", () => {
  test("turns what an edge sends into the state and the counts on the screen, and stops within two seconds", async () => {
    const site = await start();
    expect(await site.status("/healthz")).toBe(200);
    await expect.poll(() => site.status("/readyz"), { timeout: 10_000 }).toBe(200);

    const { mqtt } = site.plant.network;
    const edge = await connectMqtt(mqtt, { clientId: "edge1", username: "edge1", password: "edge-password" });
    stack.push(() => edge.endAsync(true));
    await connected(edge, millis(5000));
    const started = Date.now();
    let sequence = 0;
    const sendLive = () => {
      const at = new Date().toISOString();
      const good = Math.floor((Date.now() - started) / 100);
      const samples = [
        sample("plc/state", at, 1),
        sample("plc/good", at, good),
        sample("plc/scrap", at, 0),
        sample("plc/power", at, 20),
      ];
      const stream = "00112233445566778899aabbccddeeff";
      edge.publish(topics.batch("edge1"), encodeBatch({ stream, sequence: ++sequence, columns: columnsOf(samples) }), {
        qos: 1,
      });
    };
    const timer = setInterval(sendLive, 200);
    stack.push(async () => clearInterval(timer));

    const press = async () => {
      const { machines } = await site.get("/overview", OverviewReply);
      return machines.find(({ machine }) => machine === "press");
    };
    await expect.poll(async () => (await press())?.powerW, { timeout: 12_000 }).toBe(20_000);
    const range = `from=${new Date(started - 900_000).toISOString()}&to=${new Date(started + 900_000).toISOString()}`;
    const goodParts = async () => (await site.get(`/machines/press/ledger?${range}`, LedgerReply)).sums.good;
    await expect.poll(goodParts, { timeout: 12_000 }).toBeGreaterThan(5);
    const health = await site.get("/health", HealthReply);
    expect(health.edges.map(({ edge, receipt }) => [edge, receipt?.holes])).toEqual([["edge1", 0]]);

    clearInterval(timer);
    const stopping = performance.now();
    await site.stop();
    expect(performance.now() - stopping).toBeLessThan(2000);
    await expect(site.status("/healthz")).rejects.toThrow("fetch failed");
  });

  test("answers while its store is not there, and says why", async () => {
    const port = await freePort();
    const site = await start({
      historian: { kind: "influxdb", url: `http://127.0.0.1:${port}`, database: "fieldlab" },
    });
    await expect.poll(() => site.status("/readyz")).toBe(503);
    const reason = async () => (await site.get("/health", HealthReply)).historian;
    await expect.poll(reason, { timeout: 10_000 }).toMatchObject({ reachable: false });
    await expect.poll(async () => (await reason()).error, { timeout: 10_000 }).not.toBe("the gateway is starting");
    const stopping = performance.now();
    await site.stop();
    expect(performance.now() - stopping).toBeLessThan(2000);
  });

  test("a port that is taken is named with what to do", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    stack.push(async () => server.close());
    const taken = (server.address() as { port: number }).port;
    const mqtt = { broker: "embedded", host: "127.0.0.1", port: await freePort() } as const;
    await expect(start({}, { http: { host: "127.0.0.1", port: taken }, mqtt })).rejects.toThrow(
      `cannot listen for HTTP on 127.0.0.1:${taken}: another program uses that port; stop it, or set network.http.port`,
    );
    const site = await start({}, { http: { host: "127.0.0.1", port: 0 }, mqtt: { ...mqtt, port: taken } });
    await expect(site.stop()).rejects.toThrow(`cannot listen for MQTT on 127.0.0.1:${taken}`);
  });
});
