import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "mqtt";
import { expect, test } from "vitest";
import { lastWill } from "../../../gateway/edge/status.ts";
import { brokerUrl, connected, connectMqtt } from "../../../gateway/link/connect.ts";
import { EdgeGone, topics } from "../../../gateway/model/messages.ts";
import { millis } from "../../../gateway/model/units.ts";
import { freePort } from "../../servers/ports.ts";
import { startAedes } from "../edge/brokers.ts";

const identity = { clientId: "test", username: "edge1", password: "ours" };

test("a broker that listens everywhere is reached over loopback", () => {
  expect(brokerUrl({ broker: "embedded", host: "0.0.0.0", port: 1884 })).toBe("mqtt://127.0.0.1:1884");
  expect(brokerUrl({ broker: "embedded", host: "::1", port: 1884 })).toBe("mqtt://[::1]:1884");
  expect(brokerUrl({ broker: "external", url: "mqtts://broker.example:8883" })).toBe("mqtts://broker.example:8883");
});

test("it connects as soon as the broker is there, however late", async () => {
  await using broker = await startAedes();
  await broker.kill();
  const client = await connectMqtt({ broker: "embedded", host: "127.0.0.1", port: broker.port }, identity);
  await expect(connected(client, millis(300))).rejects.toThrow(/no connection to the MQTT broker at 127.0.0.1/);
  await broker.start();
  await connected(client, millis(5_000));
  await client.endAsync(true);
});

test("an external broker gets the configured user and the secret from its file, never our own", async () => {
  const folder = mkdtempSync(join(tmpdir(), "link-"));
  writeFileSync(join(folder, "secret"), "theirs\n");
  const url = `mqtt://127.0.0.1:${await freePort()}`;
  const password = { file: join(folder, "secret") };
  const client = await connectMqtt({ broker: "external", url, username: "plant", password }, identity);
  expect(client.options).toMatchObject({ username: "plant", password: "theirs" });
  await client.endAsync(true);
  const open = await connectMqtt({ broker: "external", url }, identity);
  expect(open.options.password).toBeUndefined();
  await open.endAsync(true);
  rmSync(folder, { recursive: true, force: true });
});

test("an aborted signal ends the attempts", async () => {
  const controller = new AbortController();
  const port = await freePort();
  const mqtt = { broker: "embedded" as const, host: "127.0.0.1", port };
  const client = await connectMqtt(mqtt, { ...identity, signal: controller.signal });
  const waiting = connected(client, millis(10_000), controller.signal);
  controller.abort(new Error("stop"));
  await expect(waiting).rejects.toThrow("stop");
  expect(client.disconnecting).toBe(true);
});

test("a process that is gone without a farewell is announced by the broker", async () => {
  await using broker = await startAedes();
  const watcher = connect(broker.url);
  await watcher.subscribeAsync(topics.anyStatus, { qos: 1 });
  const heard = new Promise<unknown>((resolve) => {
    watcher.on("message", (_, payload) => resolve(JSON.parse(payload.toString())));
  });
  const mqtt = { broker: "embedded" as const, host: "127.0.0.1", port: broker.port };
  const client = await connectMqtt(mqtt, { ...identity, will: lastWill("edge1") });
  await connected(client, millis(5_000));
  client.stream.destroy();
  expect(EdgeGone.parse(await heard)).toEqual({ version: 1, online: false });
  await Promise.all([client.endAsync(true), watcher.endAsync(true)]);
});
