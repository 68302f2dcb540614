import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openOutbox, type Outbox } from "../../../gateway/edge/outbox.ts";
import { startPublisher } from "../../../gateway/edge/publisher.ts";
import { connectMqtt, connected } from "../../../gateway/link/connect.ts";
import { createLog } from "../../../gateway/log.ts";
import { topics } from "../../../gateway/model/messages.ts";
import { isRecordTag } from "../../../gateway/model/record.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { wallClock } from "../../../gateway/model/time.ts";
import { micros, millis, tagId } from "../../../gateway/model/units.ts";
import { describeWith } from "../../servers/available.ts";
import { startMosquitto } from "../../servers/mosquitto.ts";
import { startAedes, type BareBroker } from "./brokers.ts";
import { startFakeSite } from "./fakesite.ts";

const log = createLog("test", "silent");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "publisher-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
const some = (count: number): Sample[] =>
  Array.from({ length: count }, () => {
    made += 1;
    const time = micros(1_700_000_000_000_000 + made);
    return { tag: tagId("press", `t${made % 7}`), time, value: Math.random(), quality: "good" };
  });

const open = (): Outbox => openOutbox({ path: join(folder, "outbox.db"), edge: "edge1", now: () => wallClock.now() });
const link = async (broker: { readonly url: string }) => {
  const client = await connectMqtt(
    { broker: "external", url: broker.url },
    { clientId: `edge1-${Math.random()}`, username: "edge1", password: "x" },
  );
  return { client, [Symbol.asyncDispose]: async () => client.endAsync(true) };
};

async function until(what: string, true_: () => boolean, ms = 25_000): Promise<void> {
  const end = performance.now() + ms;
  while (!true_()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(10);
  }
}

function suite(start: () => Promise<BareBroker>): void {
  test("live batches go at once and are forgotten on their receipts", async () => {
    await using broker = await start();
    await using site = await startFakeSite(broker.url);
    await using outbox = open();
    await using edge = await link(broker);
    await using _publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log });
    await connected(edge.client, millis(5_000));
    await sleep(50);
    outbox.accept(some(100));
    outbox.commit();
    const began = performance.now();
    await until("stored", () => site.stored.size === 100);
    expect(performance.now() - began).toBeLessThan(2_000);
    await until("freed", () => outbox.state().batches === 0);
  });

  test("the broker is killed three times under load: nothing is lost, everything is receipted", async () => {
    await using broker = await start();
    await using site = await startFakeSite(broker.url);
    await using outbox = open();
    await using edge = await link(broker);
    await using _publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log });
    let accepted = 0;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 30; i++) {
        outbox.accept(some(200));
        outbox.commit();
        accepted += 200;
        if (i === 10) await broker.kill();
        if (i === 20) await broker.start();
        await sleep(15);
      }
    }
    await until("everything is stored", () => site.stored.size === accepted);
    await until("everything is freed", () => outbox.state().batches === 0);
    expect(outbox.state().accepted).toBe(accepted);
  });

  test("after an outage live values come at once while the backlog drains beside them, oldest first", async () => {
    await using broker = await start();
    await using outbox = open();
    for (let i = 0; i < 200; i++) {
      outbox.accept(some(200));
      outbox.commit();
    }
    await using site = await startFakeSite(broker.url);
    await using edge = await link(broker);
    await using _publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log });
    await until("the first arrives", () => site.arrivals.length > 0);
    outbox.accept(some(1));
    outbox.commit();
    const began = performance.now();
    await until("the live one arrives", () => site.arrivals.some(({ sequence }) => sequence === 201));
    expect(performance.now() - began).toBeLessThan(2_000);
    const at = site.arrivals.findIndex(({ sequence }) => sequence === 201);
    expect(at).toBeLessThan(160);
    await until("the backlog is stored", () => site.stored.size === 200 * 200 + 1);
    const backlog = site.arrivals.map(({ sequence }) => sequence).filter((sequence) => sequence <= 200);
    // On a busy machine one may be sent twice; the order of first arrival is what counts.
    expect([...new Set(backlog)]).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    await until("everything is freed", () => outbox.state().batches === 0);
  });

  test("a batch that gets lost behind the broker is sent again when later ones are confirmed", async () => {
    await using broker = await start();
    const lost = new Set([2, 5]);
    await using site = await startFakeSite(broker.url, (sequence) => lost.delete(sequence));
    await using outbox = open();
    await using edge = await link(broker);
    await using _publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log });
    for (let i = 0; i < 60 && site.stored.size < i * 10 + 20; i++) {
      outbox.accept(some(10));
      outbox.commit();
      await sleep(60);
    }
    await until("everything is freed", () => outbox.state().batches === 0);
    expect(site.stored.size).toBe(outbox.state().accepted);
  });

  test("a site that was away behind a living broker is found again by a probe, and gets everything", async () => {
    await using broker = await start();
    await using site = await startFakeSite(broker.url);
    site.alive = false;
    await using outbox = open();
    await using edge = await link(broker);
    const receiptTimeout = millis(1_500);
    await using publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log, receiptTimeout });
    await connected(edge.client, millis(5_000));
    for (let i = 0; i < 200; i++) {
      outbox.accept(some(20));
      outbox.commit();
    }
    // Past the time-out of a receipt the publisher takes the site for gone.
    await sleep(2_600);
    expect(publisher.inFlight).toBeLessThanOrEqual(140);
    site.alive = true;
    const began = performance.now();
    await until("the newest arrives", () => site.arrivals.some(({ sequence }) => sequence === 200));
    expect(performance.now() - began).toBeLessThan(2_000);
    await until("everything is freed", () => outbox.state().batches === 0);
    expect(site.stored.size).toBe(4_000);
  });
}

describe("publisher with the embedded kind of broker", () => {
  suite(startAedes);

  test("receipts that are none, or not ours, free nothing", async () => {
    await using broker = await startAedes();
    await using outbox = open();
    await using edge = await link(broker);
    await using _publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log });
    await connected(edge.client, millis(5_000));
    outbox.accept(some(10));
    outbox.commit();
    const { stream } = outbox;
    for (const text of [
      "",
      "{",
      "[]",
      JSON.stringify({ version: 2, stream, stored: [[1, 1]] }),
      JSON.stringify({ version: 1, stream: "f".repeat(32), stored: [[1, 1]] }),
      JSON.stringify({ version: 1, stream, stored: [[0, 1]] }),
      JSON.stringify({ version: 1, stream, stored: [["1", 1]] }),
      " ".repeat(100_000),
    ]) {
      await edge.client.publishAsync(topics.receipt("edge1"), text, { qos: 1 });
    }
    await sleep(100);
    outbox.commit();
    expect(outbox.state().batches).toBe(1);
    await edge.client.publishAsync(topics.receipt("edge1"), JSON.stringify({ version: 1, stream, stored: [[1, 1]] }), {
      qos: 1,
    });
    await until("freed", () => outbox.state().batches === 0);
  });
});

test("a file that lost its end is found out by the receipt, and its samples get new numbers", async () => {
  await using broker = await startAedes();
  await using site = await startFakeSite(broker.url);
  const path = join(folder, "outbox.db");
  const copy = join(folder, "copy.db");
  const before = open();
  outboxOf(before, 5);
  await before[Symbol.asyncDispose]();
  copyFileSync(path, copy);
  {
    await using outbox = open();
    await using edge = await link(broker);
    await using _publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log });
    outboxOf(outbox, 20);
    await until("everything is freed", () => outbox.state().batches === 0);
  }
  copyFileSync(copy, path);
  const errors: unknown[] = [];
  {
    await using outbox = openOutbox({
      path,
      edge: "edge1",
      now: () => wallClock.now(),
      onFatal: (error) => errors.push(error),
    });
    outboxOf(outbox, 3);
    await using edge = await link(broker);
    await using _publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log });
    await until("it is found out", () => errors.length > 0);
    expect(String((errors[0] as Error).cause)).toMatch(/stored batch 25 .* ends at 8/);
  }
  await using outbox = open();
  expect(outbox.stream).not.toBe(before.stream);
  await using edge = await link(broker);
  await using _publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log });
  await until("everything is freed", () => outbox.state().batches === 0);
  expect([...site.stored.values()].filter(({ tag }) => !isRecordTag(tag))).toHaveLength(28 * 10);
});

test("an older copy of the file is found out even when it has grown past its original", async () => {
  await using broker = await startAedes();
  await using site = await startFakeSite(broker.url);
  const path = join(folder, "outbox.db");
  const copy = join(folder, "copy.db");
  const before = open();
  outboxOf(before, 5);
  await before[Symbol.asyncDispose]();
  copyFileSync(path, copy);
  {
    await using outbox = open();
    await using edge = await link(broker);
    await using _publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log });
    outboxOf(outbox, 20);
    await until("everything is freed", () => outbox.state().batches === 0);
    // A broker that keeps nothing over a restart, as the embedded one does.
    await edge.client.publishAsync(topics.receipt("edge1"), "", { qos: 1, retain: true });
  }
  copyFileSync(copy, path);
  const errors: unknown[] = [];
  {
    const onFatal = (error: unknown) => errors.push(error);
    await using outbox = openOutbox({ path, edge: "edge1", now: () => wallClock.now(), onFatal });
    outboxOf(outbox, 40);
    await using edge = await link(broker);
    await using _publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log });
    await until("it is found out", () => errors.length > 0);
  }
  await using outbox = open();
  await using edge = await link(broker);
  await using _publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log });
  await until("everything is freed", () => outbox.state().batches === 0);
  expect([...site.stored.values()].filter(({ tag }) => !isRecordTag(tag))).toHaveLength((5 + 20 + 40) * 10);
});

test("a receipt that the broker kept frees nothing: the site may know less by now", async () => {
  await using broker = await startAedes();
  await using outbox = open();
  outboxOf(outbox, 3);
  await using edge = await link(broker);
  await connected(edge.client, millis(5_000));
  const receipt = JSON.stringify({ version: 1, stream: outbox.stream, stored: [[1, 3]] });
  await edge.client.publishAsync(topics.receipt("edge1"), receipt, { qos: 1, retain: true });
  const receiptTimeout = millis(1_000);
  await using _publisher = startPublisher({ outbox, client: edge.client, edge: "edge1", log, receiptTimeout });
  await sleep(200);
  outbox.commit();
  expect(outbox.state().batches).toBe(3);
  await using _site = await startFakeSite(broker.url);
  await until("freed by the site's own word", () => outbox.state().batches === 0);
});

function outboxOf(outbox: Outbox, batches: number): void {
  for (let i = 0; i < batches; i++) {
    outbox.accept(some(10));
    outbox.commit();
  }
}

describeWith(["mosquitto"], "publisher with mosquitto", () => suite(() => startMosquitto()));
