import { connect, connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLog } from "../../../gateway/log.ts";
import { topics } from "../../../gateway/model/messages.ts";
import { startBroker, type Broker } from "../../../gateway/site/broker.ts";

const passwords = { site: "the-site-password", edge: "the-edge-password" };
const log = createLog("test", "silent");
let broker: Broker;
beforeAll(async () => {
  broker = await startBroker({ host: "127.0.0.1", port: 0, passwords, log });
});
afterAll(() => broker[Symbol.asyncDispose]());

async function login(options: IClientOptions): Promise<MqttClient & AsyncDisposable> {
  const client = await connectAsync(broker.url, { reconnectPeriod: 0, ...options }, false);
  return Object.assign(client, { [Symbol.asyncDispose]: async () => void client.end(true) });
}
const site = { username: "site", password: passwords.site };
const edge = { username: "edge1", password: passwords.edge };

/** Whether a publish arrives at the site. The broker answers a forbidden one by closing the connection. */
async function arrives(who: IClientOptions, topic: string): Promise<boolean> {
  await using watcher = await login(site);
  const seen: string[] = [];
  watcher.on("message", (name) => seen.push(name));
  await watcher.subscribeAsync("#", { qos: 1 });
  await using client = await login(who);
  const closed = new Promise<boolean>((resolve) => {
    client.once("close", () => resolve(false));
  });
  client.on("error", () => undefined);
  const sent = client.publishAsync(topic, "x", { qos: 1 }).then(
    () => true,
    () => false,
  );
  if (!(await Promise.race([sent, closed]))) return false;
  await expect.poll(() => seen).toContain(topic);
  return true;
}

describe("embedded broker", () => {
  test.each([
    ["a wrong password of the site", { username: "site", password: passwords.edge }],
    ["a wrong password of an edge", { username: "edge1", password: passwords.site }],
    ["no password", { username: "edge1" }],
    ["an edge of an impossible name", { username: "../x", password: passwords.edge }],
  ])("refuses %s", async (_what, options) => {
    await expect(login(options)).rejects.toThrow(/not authorized/i);
  });

  test.each([
    ["an edge its batches", edge, topics.batch("edge1"), true],
    ["an edge its status", edge, topics.status("edge1"), true],
    ["an edge no receipt of its own", edge, topics.receipt("edge1"), false],
    ["an edge no other edge's batches", edge, topics.batch("edge2"), false],
    ["an edge no open value", edge, "enterprise/site/area/line/machine/power", false],
    ["the site receipts", site, topics.receipt("edge1"), true],
    ["the site the open view", site, "enterprise/site/area/line/machine/power", true],
    ["nobody without a name", {}, "enterprise/site/area/line/machine/power", false],
  ])("lets publish: %s", async (_what, who, topic, allowed) => {
    expect(await arrives(who, topic)).toBe(allowed);
  });

  test("lets anyone on this machine subscribe, and an edge only below its own prefix", async () => {
    await using anonymous = await login({});
    expect(await anonymous.subscribeAsync("#")).toMatchObject([{ qos: 0 }]);
    await using client = await login(edge);
    expect(await client.subscribeAsync(topics.receipt("edge1"), { qos: 1 })).toMatchObject([{ qos: 1 }]);
    await expect(client.subscribeAsync(topics.anyBatch)).rejects.toThrow(Error);
  });

  test("keeps no session of a client that asks for one", async () => {
    const kept = { ...edge, clean: false, clientId: "kept" };
    {
      await using first = await login(kept);
      await first.subscribeAsync(topics.receipt("edge1"), { qos: 1 });
    }
    await using sender = await login(site);
    await sender.publishAsync(topics.receipt("edge1"), "{}", { qos: 1 });
    const again = connect(broker.url, { ...kept, reconnectPeriod: 0 });
    const seen: string[] = [];
    again.on("message", (topic) => seen.push(topic));
    const { sessionPresent } = await new Promise<{ sessionPresent: boolean }>((resolve) => {
      again.once("connect", resolve);
    });
    // The answer to a subscription comes after whatever was queued.
    await again.subscribeAsync(topics.status("edge1"), { qos: 1 });
    again.end(true);
    expect({ sessionPresent, seen }).toEqual({ sessionPresent: false, seen: [] });
  });

  test("says what to do when the port is taken", async () => {
    const second = startBroker({ host: "127.0.0.1", port: broker.port, passwords, log });
    await expect(second).rejects.toThrow(/EADDRINUSE.*network\.mqtt\.port/);
  });
});
