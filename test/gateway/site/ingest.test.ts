import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test as propertyTest } from "@fast-check/vitest";
import { connectAsync, type MqttClient } from "mqtt";
import { describe, expect, test } from "vitest";
import { PlantConfig } from "../../../gateway/config/schema.ts";
import { createLog } from "../../../gateway/log.ts";
import { encodeBatch } from "../../../gateway/model/batch.ts";
import { columnsOf, samplesOf } from "../../../gateway/model/columns.ts";
import type { Historian } from "../../../gateway/model/historian.ts";
import { Receipt, topics } from "../../../gateway/model/messages.ts";
import { recordTag } from "../../../gateway/model/record.ts";
import type { Sample } from "../../../gateway/model/sample.ts";
import { wallClock } from "../../../gateway/model/time.ts";
import { micros, tagId, type TagId } from "../../../gateway/model/units.ts";
import { startBroker } from "../../../gateway/site/broker.ts";
import { openHistorian } from "../../../gateway/site/historian/open.ts";
import { createInbox } from "../../../gateway/site/ingest/inbox.ts";
import { add, forReceipt, holds, type SequenceRange } from "../../../gateway/site/ingest/ranges.ts";
import { startIngest } from "../../../gateway/site/ingest.ts";
import { describeWith } from "../../servers/available.ts";
import { startMosquitto } from "../../servers/mosquitto.ts";

const log = createLog("test", "silent");
const STREAM = "00112233445566778899aabbccddeeff";
const passwords = { site: "the-site-password", edge: "the-edge-password" };
const tag = tagId("press", "power");
const everything = { from: micros(0), to: micros(4e15) };
const storage = PlantConfig.shape.storage.parse({});

const batch = (sequence: number, samples: readonly Sample[], stream = STREAM): Buffer =>
  encodeBatch({ stream, sequence, columns: columnsOf(samples) });
const sampleAt = (i: number, value: Sample["value"] = i, of: TagId = tag): Sample => ({
  tag: of,
  time: micros(wallClock.now() - 60_000_000 + i),
  value,
  quality: "good",
});

interface Brokering extends AsyncDisposable {
  readonly url: string;
}
const embeddedBroker = (): Promise<Brokering> => startBroker({ host: "127.0.0.1", port: 0, passwords, log });

/** Broker, historian and ingest as in the site, and an edge's client that gathers its receipts. */
async function startSite(broker: Brokering, wrap: (historian: Historian) => Historian = (historian) => historian) {
  const folder = mkdtempSync(join(tmpdir(), "ingest-"));
  const client = await connectAsync(broker.url, { username: "site", password: passwords.site });
  const edge = await connectAsync(broker.url, { username: "edge1", password: passwords.edge });
  const receipts: Receipt[] = [];
  edge.on("message", (_topic, payload) => receipts.push(Receipt.parse(JSON.parse(payload.toString()))));
  await edge.subscribeAsync(topics.receipt("edge1"), { qos: 1 });
  const historian = await openHistorian({ storage, folder, log });
  const told: Sample[] = [];
  const start = () =>
    startIngest({
      client,
      historian: wrap(historian),
      folder,
      now: () => wallClock.now(),
      log,
      onStored: (columns) => told.push(...columns.flatMap(samplesOf)),
    });
  let ingest = await start();
  return {
    client,
    edge,
    receipts,
    historian,
    told,
    get ingest() {
      return ingest;
    },
    async restart() {
      await ingest[Symbol.asyncDispose]();
      ingest = await start();
    },
    async receipted(sequence: number): Promise<void> {
      await expect
        .poll(() => receipts.at(-1)?.stored.some(([first, last]) => first <= sequence && sequence <= last), {
          timeout: 5000,
        })
        .toBe(true);
    },
    async [Symbol.asyncDispose]() {
      await ingest[Symbol.asyncDispose]();
      await historian[Symbol.asyncDispose]();
      edge.end(true);
      client.end(true);
      await broker[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

const publish = (edge: MqttClient, payload: Buffer) => edge.publishAsync(topics.batch("edge1"), payload, { qos: 1 });

function describeIngest(open: () => Promise<Brokering>): void {
  test("a batch is stored, then told, then receipted; again it is only receipted", async () => {
    await using site = await startSite(await open());
    const samples = [sampleAt(1), sampleAt(2)];
    await publish(site.edge, batch(1, samples));
    await site.receipted(1);
    expect(site.told).toEqual(samples);
    expect(await site.historian.count([tag], everything)).toBe(2);
    const before = site.receipts.length;
    await publish(site.edge, batch(1, samples));
    await expect.poll(() => site.receipts.length).toBeGreaterThan(before);
    expect(site.told).toHaveLength(2);
    expect(site.ingest.counters()).toMatchObject({ stored: 2, batches: 1, duplicates: 2, deadLetters: 0 });
    expect(site.ingest.latest().get(tag)).toEqual(samples[1]);
    expect(site.ingest.perMinute(tag)).toBe(2);
  });

  test("live and backlog side by side become ranges, and a restart remembers them", async () => {
    await using site = await startSite(await open());
    for (const sequence of [5, 6, 1, 2, 9]) await publish(site.edge, batch(sequence, [sampleAt(sequence)]));
    await site.receipted(9);
    expect(site.receipts.at(-1)).toEqual({
      version: 1,
      stream: STREAM,
      stored: [
        [1, 2],
        [5, 6],
        [9, 9],
      ],
    });
    await site.restart();
    for (const sequence of [3, 4, 9]) await publish(site.edge, batch(sequence, [sampleAt(sequence)]));
    await site.receipted(4);
    await site.receipted(9);
    expect(site.receipts.at(-1)?.stored).toEqual([
      [1, 6],
      [9, 9],
    ]);
    expect(site.ingest.receipts()).toEqual([{ edge: "edge1", stream: STREAM, storedTo: 6, holes: 1 }]);
    expect(await site.historian.count([tag], everything)).toBe(7);
  });

  test("while the historian fails nothing is receipted, and afterwards everything is", async () => {
    let down = true;
    await using site = await startSite(await open(), (historian) => ({
      write: async (columns) => {
        if (down) throw new Error("unreachable");
        return historian.write(columns);
      },
      read: (...all) => historian.read(...all),
      scan: (...all) => historian.scan(...all),
      latest: (...all) => historian.latest(...all),
      count: (...all) => historian.count(...all),
      [Symbol.asyncDispose]: () => historian[Symbol.asyncDispose](),
    }));
    for (let sequence = 1; sequence <= 20; sequence++) await publish(site.edge, batch(sequence, [sampleAt(sequence)]));
    await expect.poll(() => site.ingest.counters().failing).toBe("unreachable");
    expect(site.receipts).toEqual([]);
    expect(site.told).toEqual([]);
    down = false;
    await site.receipted(20);
    expect(site.receipts.at(-1)?.stored).toEqual([[1, 20]]);
    expect(await site.historian.count([tag], everything)).toBe(20);
    expect(site.ingest.counters().failing).toBe(null);
  });

  test("what is no batch is kept with its reason; a damaged one is receipted, so that it is not sent for ever", async () => {
    await using site = await startSite(await open());
    const damaged = batch(1, [sampleAt(1), sampleAt(2)]);
    damaged.fill(0xff, 40);
    await publish(site.edge, Buffer.from("hello"));
    await publish(site.edge, damaged);
    await publish(site.edge, batch(2, [sampleAt(3), sampleAt(4, Number.NaN)]));
    await site.receipted(2);
    const letters = site.ingest.deadLetters(10);
    expect(letters.map(({ reason }) => reason).join("\n")).toMatch(/finite[\s\S]*\n[\s\S]*not a batch/);
    expect(letters.map(({ edge }) => edge)).toEqual(["edge1", "edge1", "edge1"]);
    expect(Buffer.from(letters[1]?.payload ?? [])).toEqual(damaged);
    expect(site.receipts.at(-1)?.stored).toEqual([[1, 2]]);
    expect(site.ingest.counters().deadLetters).toBe(3);
    expect(site.told).toHaveLength(1);
  });

  test("incidents are kept once, by range and newest first", async () => {
    await using site = await startSite(await open());
    const incident = (from: number, reason: string) =>
      JSON.stringify({ kind: "gap", tag: "press/power", from, to: from + 10, reason });
    const records = recordTag("edge1");
    const first = sampleAt(1, incident(100, "cable"), records);
    await publish(
      site.edge,
      batch(1, [first, sampleAt(2, incident(200, "server"), records), sampleAt(3, "nonsense", records)]),
    );
    await publish(site.edge, batch(2, [first]));
    await site.receipted(2);
    expect(site.ingest.newestIncidents(5).map(({ reason }) => reason)).toEqual(["server", "cable"]);
    expect(site.ingest.incidents({ from: micros(0), to: micros(150) })).toMatchObject([
      { edge: "edge1", kind: "gap", reason: "cable", from: 100, to: 110 },
    ]);
    expect(await site.historian.count([records], everything)).toBe(3);
  });

  test("an edge's status and its end are known", async () => {
    await using site = await startSite(await open());
    const status = {
      version: 1,
      online: true,
      time: wallClock.now(),
      started: wallClock.now(),
      stream: STREAM,
      outbox: { batches: 1, bytes: 2, oldest: null, accepted: 3, sequence: 4 },
      connections: [],
      process: { rss: 1, cpuSeconds: 1, loopLagMs: 1 },
    };
    await site.edge.publishAsync(topics.status("edge1"), JSON.stringify(status), { qos: 1, retain: true });
    await expect.poll(() => site.ingest.edges()).toMatchObject([{ edge: "edge1", online: true, status }]);
    await site.edge.publishAsync(topics.status("edge1"), `{"version":1,"online":false}`, { qos: 1, retain: true });
    await expect.poll(() => site.ingest.edges()).toMatchObject([{ edge: "edge1", online: false, status }]);
  });

  test("a feed that has said that it is finished is no edge that is missed", async () => {
    await using site = await startSite(await open());
    const payload = batch(1, [sampleAt(1)]);
    await site.edge.publishAsync(topics.batch("edge1"), payload, { qos: 1 });
    await expect.poll(() => site.ingest.edges()).toMatchObject([{ edge: "edge1", online: true }]);
    const finished = JSON.stringify({ version: 1, online: false, finished: true });
    await site.edge.publishAsync(topics.status("edge1"), finished, { qos: 1 });
    await expect.poll(() => site.ingest.edges()).toEqual([]);
    await site.edge.publishAsync(topics.batch("edge1"), payload, { qos: 1 });
    await expect.poll(() => site.ingest.counters().duplicates).toBe(1);
    expect(site.ingest.edges()).toEqual([]);
  });
}

describe("ingest over the embedded broker", () => {
  describeIngest(embeddedBroker);

  test("hundreds of holes do not hide what was just delivered", async () => {
    await using site = await startSite(await embeddedBroker());
    await Promise.all(Array.from({ length: 300 }, (_, i) => publish(site.edge, batch(i * 2 + 2, [sampleAt(i)]))));
    await site.receipted(600);
    await publish(site.edge, batch(450, [sampleAt(225)]));
    await site.receipted(450);
    expect(site.receipts.every(({ stored }) => stored.length <= 200)).toBe(true);
  });
});

describe("inbox", () => {
  const message = (size: number) => ({ edge: "edge1", payload: Buffer.alloc(size) });

  test("holds no more than its limit and one message, slows the sender down, and then lets go", async () => {
    const inbox = createInbox(100, 50);
    const taken: boolean[] = [];
    const offer = (size: number) => inbox.offer(message(size), (yes) => taken.push(yes));
    offer(60);
    offer(60);
    offer(60);
    expect(taken).toEqual([true, true]);
    expect(inbox.bytes).toBe(120);
    await expect.poll(() => taken).toEqual([true, true, false]);
    offer(60);
    expect(await inbox.take(1, 1000)).toHaveLength(1);
    expect(taken).toEqual([true, true, false, true]);
    expect(inbox.bytes).toBe(120);
    expect(await inbox.take(10, 1000)).toHaveLength(2);
    inbox.close();
    expect(await inbox.take(1, 1)).toEqual([]);
    offer(1);
    expect(taken.at(-1)).toBe(false);
  });
});

describe("ranges", () => {
  propertyTest.prop([fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 80 }), fc.integer({ min: 1, max: 10 })])(
    "any order of arrival gives the same ranges, and a receipt names what was delivered last",
    (sequences, most) => {
      const ranges: SequenceRange[] = [];
      for (const sequence of sequences) {
        expect(holds(ranges, sequence)).toBe(ranges.some(([first, last]) => first <= sequence && sequence <= last));
        add(ranges, sequence);
        expect(holds(ranges, sequence)).toBe(true);
      }
      const present = [...new Set(sequences)].sort((a, b) => a - b);
      expect(ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))).toEqual(
        present,
      );
      for (const [i, [first]] of ranges.entries()) expect(first).toBeGreaterThan((ranges[i - 1]?.[1] ?? -1) + 1);
      const named = forReceipt(ranges, sequences.slice(-1), most);
      expect(named.length).toBe(Math.min(most, ranges.length));
      expect(named.every((range) => ranges.includes(range))).toBe(true);
      for (const last of sequences.slice(-1)) expect(holds(named, last)).toBe(true);
    },
  );
});

describeWith(["mosquitto"], "ingest over mosquitto", () => {
  describeIngest(() => startMosquitto());
});
