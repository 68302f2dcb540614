/** What health makes of what an edge says of itself. */
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { topics, type ConnectionStatus, type EdgeStatus } from "../../../../gateway/model/messages.ts";
import { HealthReply } from "../../../../gateway/site/api/replies.ts";
import { sample, testSite, type TestSite } from "./site.ts";

const NOW = "2026-03-10T07:00:00Z";
const now = Date.parse(NOW) * 1000;

let site: TestSite;
let edge: MqttClient;
beforeAll(async () => {
  site = await testSite({ now: NOW });
  edge = await connectAsync(site.mqttUrl, { username: "edge1", password: "edge-password" });
  const fresh = ["state", "good", "scrap", "power", "energy", "note"].map((tag) => sample(`plc/${tag}`, NOW, 1));
  await site.send([...fresh, ...["main", "mainPower", "saw"].map((tag) => sample(`meters/${tag}`, NOW, 1))]);
});
afterAll(async () => {
  await edge.endAsync(true);
  await site[Symbol.asyncDispose]();
});

const connection = (name: string, rest: Partial<ConnectionStatus> = {}): ConnectionStatus => ({
  name,
  protocol: "modbus",
  state: "connected",
  restarts: 0,
  readings: 10,
  tags: {},
  ...rest,
});

/** Publishes the status and gives the health once it shows. */
async function healthWith(connections: ConnectionStatus[], time = now): Promise<ReturnType<typeof HealthReply.parse>> {
  const status: EdgeStatus = {
    version: 1,
    online: true,
    time,
    started: now - 60_000_000,
    stream: "00112233445566778899aabbccddeeff",
    outbox: { batches: 3, bytes: 4096, oldest: now - 1_000_000, accepted: 50, sequence: 9 },
    connections,
    process: { rss: 1e8, cpuSeconds: 1, loopLagMs: 0 },
  };
  const before = site.running.ingest.edges()[0]?.status;
  await edge.publishAsync(topics.status("edge1"), JSON.stringify(status), { qos: 1, retain: true });
  await expect.poll(() => site.running.ingest.edges()[0]?.status).not.toBe(before);
  return HealthReply.parse(await (await site.get("/api/v1/health")).json());
}

describe("health", () => {
  test("is ok while every connection gives every value", async () => {
    const health = await healthWith([connection("plc"), connection("meters")]);
    expect(health.status).toBe("ok");
    expect(health.edges[0]).toMatchObject({
      edge: "edge1",
      online: true,
      clockOffsetMs: 0,
      outbox: { batches: 3, oldest: "2026-03-10T06:59:59Z" },
      receipt: { storedTo: 1, holes: 0 },
    });
  });

  test("a tag with a fault is a warning, with the reason and the cure that the edge gave", async () => {
    const fault = { reason: "illegal data address", advice: "check the register in the manual", since: now };
    const health = await healthWith([connection("plc", { tags: { power: fault } }), connection("meters")]);
    expect(health.status).toBe("warning");
    expect(health.tags.find(({ id }) => id === "plc/power")).toMatchObject({
      error: "illegal data address",
      advice: "check the register in the manual",
    });
  });

  test("a connection that does not work is a fault", async () => {
    const fault = { reason: "no answer within 1 s", advice: "check the cable", since: now - 5_000_000 };
    const health = await healthWith([connection("plc", { state: "faulty", fault, restarts: 4 }), connection("meters")]);
    expect(health.status).toBe("fault");
    expect(health.edges[0]?.connections[0]).toEqual({
      name: "plc",
      protocol: "modbus",
      state: "faulty",
      reason: "no answer within 1 s",
      advice: "check the cable",
      since: "2026-03-10T06:59:55Z",
      restarts: 4,
    });
  });

  test("an edge whose clock is wrong is a warning", async () => {
    const health = await healthWith([connection("plc"), connection("meters")], now - 3_600_000_000);
    expect(health.status).toBe("warning");
    expect(health.edges[0]?.clockOffsetMs).toBe(3_600_000);
  });

  test("an edge that is gone reads nothing, whatever it said last", async () => {
    await healthWith([connection("plc"), connection("meters")]);
    await edge.publishAsync(topics.status("edge1"), JSON.stringify({ version: 1, online: false }), { qos: 1 });
    await expect.poll(() => site.running.ingest.edges()[0]?.online).toBe(false);
    const health = HealthReply.parse(await (await site.get("/api/v1/health")).json());
    expect(["warning", "fault"]).toContain(health.status);
    for (const { state, advice } of health.edges[0]?.connections ?? []) {
      expect([state, advice]).toEqual(["stopped", "start the edge, or check the network between it and the site"]);
    }
  });
});
