import { randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fc, test as propertyTest } from "@fast-check/vitest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openOutbox, type Outbox } from "../../../gateway/edge/outbox.ts";
import { decodeBatch, MAX_BATCH_BYTES } from "../../../gateway/model/batch.ts";
import { samplesOf } from "../../../gateway/model/columns.ts";
import { Incident, isRecordTag, recordTag } from "../../../gateway/model/record.ts";
import type { Sample, Value } from "../../../gateway/model/sample.ts";
import { wallClock } from "../../../gateway/model/time.ts";
import { micros, tagId } from "../../../gateway/model/units.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "outbox-"));
  path = join(folder, "outbox.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (maxBytes?: number, file = path): Outbox =>
  openOutbox({
    path: file,
    edge: "edge1",
    now: () => wallClock.now(),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });

let made = 0;
const some = (count: number, value: (n: number) => Value = (n) => n): Sample[] =>
  Array.from({ length: count }, () => {
    made += 1;
    const time = micros(1_700_000_000_000_000 + made);
    return { tag: tagId("press", `t${made % 7}`), time, value: value(made), quality: "good" };
  });

/** The values that wait, in the order of their numbers. */
function waiting(outbox: Outbox): unknown[] {
  return outbox
    .after(0, 100_000)
    .flatMap(({ payload }) => samplesOf(decodeBatch(payload).columns).map(({ value }) => value));
}

function incidents(outbox: Outbox): Incident[] {
  return outbox
    .after(0, 100_000)
    .flatMap(({ payload }) => samplesOf(decodeBatch(payload).columns))
    .filter(({ tag }) => isRecordTag(tag))
    .map(({ value }) => Incident.parse(JSON.parse(String(value))));
}

describe("outbox", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("accept" as const), count: fc.integer({ min: 1, max: 40 }) }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant("free" as const), pick: fc.array(fc.nat(30), { maxLength: 4 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("commit" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
  );
  propertyTest.prop([fc.array(step, { maxLength: 25 })], { numRuns: 40 })(
    "any order of samples, commits, receipts and restarts keeps exactly what has no receipt",
    async (steps) => {
      const file = join(folder, `${made}-${Math.random()}.db`);
      let outbox = open(undefined, file);
      const { stream } = outbox;
      const expected = new Map<number, unknown[]>();
      let pending: unknown[] = [];
      let [accepted, sequence] = [0, 0];
      const committed = () => {
        if (pending.length === 0) return;
        sequence += 1;
        accepted += pending.length;
        expected.set(sequence, pending);
        pending = [];
      };
      for (const action of steps) {
        if (action.do === "accept") {
          const samples = some(action.count);
          outbox.accept(samples);
          pending.push(...samples.map(({ value }) => value));
        } else if (action.do === "commit") {
          outbox.commit();
          committed();
        } else if (action.do === "restart") {
          await outbox[Symbol.asyncDispose]();
          committed();
          outbox = open(undefined, file);
        } else {
          outbox.commit();
          committed();
          outbox.free(action.pick.map((at) => [at, at + 1] as const));
          outbox.commit();
          for (const at of action.pick) for (const gone of [at, at + 1]) expected.delete(gone);
        }
      }
      outbox.commit();
      committed();
      expect(waiting(outbox)).toEqual([...expected.values()].flat());
      expect(outbox.stream).toBe(stream);
      const state = outbox.state();
      expect(state).toMatchObject({ accepted, sequence, batches: expected.size, uncommitted: 0 });
      expect(state.samples).toBe([...expected.values()].flat().length);
      expect(state.bytes).toBe(outbox.after(0, 1000).reduce((sum, { payload }) => sum + payload.length, 0));
      await outbox[Symbol.asyncDispose]();
    },
  );

  test("a sample is committed by itself within 250 ms", async () => {
    await using outbox = open();
    const commits: number[] = [];
    outbox.onCommit((batches) => commits.push(batches.length));
    const began = performance.now();
    outbox.accept(some(3));
    while (commits.length === 0) await sleep(5);
    expect(performance.now() - began).toBeLessThan(500); // 200 ms, and the pauses of a busy machine
    expect(outbox.state()).toMatchObject({ accepted: 3, batches: 1 });
  });

  test("a full batch does not wait, and many samples become many batches in one commit", async () => {
    await using outbox = open();
    const commits: number[] = [];
    outbox.onCommit((batches) => commits.push(batches.length));
    const samples = some(25_000);
    outbox.accept(samples);
    expect(commits).toEqual([3]);
    expect(waiting(outbox)).toEqual(samples.map(({ value }) => value));
    expect(outbox.state().accepted).toBe(25_000);
  });

  test("long texts never make a batch that MQTT refuses", async () => {
    await using outbox = open();
    const text = "é".repeat(16_000);
    outbox.accept(some(500, (n) => `${n}${text}`));
    outbox.commit();
    const batches = outbox.after(0, 1000);
    expect(batches.length).toBeGreaterThan(5);
    for (const { payload } of batches) {
      expect(payload.length).toBeLessThan(MAX_BATCH_BYTES);
      expect(decodeBatch(payload).columns.strings.join("").length).toBeLessThan(MAX_BATCH_BYTES / 2);
    }
  });

  test("a full outbox gives up the oldest backlog first, and says what it was", async () => {
    const batch = 2_000;
    const noise = () => some(batch, () => Math.random());
    await using outbox = open(60_000);
    outbox.accept(noise(), "live");
    outbox.commit();
    for (let i = 0; i < 20; i++) {
      outbox.accept(noise(), "backlog");
      outbox.commit();
    }
    expect(outbox.state().bytes).toBeLessThanOrEqual(60_000);
    const [first, second] = outbox.after(0, 2);
    expect(first?.lane).toBe("live");
    const [lastGone, kept] = [(second?.sequence ?? 0) - 1, outbox.state().samples];
    await outbox[Symbol.asyncDispose]();
    await using again = open(60_000);
    const [record] = incidents(again);
    expect(record).toMatchObject({ kind: "eviction", count: 21 * batch - kept });
    expect(record?.count).toBe((lastGone - 1) * batch);
    expect(Number(record?.from)).toBeLessThan(Number(record?.to));
  });

  test("a second process on the same file is refused", async () => {
    await using _first = open();
    expect(() => open()).toThrow(/another process is using it/);
  });

  test("a file with destroyed pages is set aside, what can be read comes back, and a record says so", async () => {
    const before = open();
    for (let i = 0; i < 200; i++) {
      before.accept(some(100));
      before.commit();
    }
    await before[Symbol.asyncDispose]();
    const file = openSync(path, "r+");
    const page = Buffer.alloc(4096, 0xa5);
    const pages = statSync(path).size / 4096;
    for (const at of [0.3, 0.5, 0.7]) writeSync(file, page, 0, 4096, Math.floor(pages * at) * 4096);
    closeSync(file);
    await using after = open();
    expect(after.stream).not.toBe(before.stream);
    expect(readdirSync(folder).some((name) => name.includes(".damaged-"))).toBe(true);
    const values = waiting(after).filter((value) => typeof value === "number");
    expect(values.length).toBeGreaterThan(100 * 100);
    expect(values.length).toBeLessThan(200 * 100);
    expect(new Set(values).size).toBe(values.length);
    expect(incidents(after)).toMatchObject([{ kind: "gap" }]);
  });

  test("a file that is no database at all is set aside too", async () => {
    const file = openSync(path, "w");
    writeSync(file, Buffer.alloc(20_000, 0x42));
    closeSync(file);
    await using outbox = open();
    outbox.accept(some(1));
    expect(outbox.commit()).toBe(true);
    expect(incidents(outbox)).toHaveLength(1);
  });

  test("records of one moment get times of their own", async () => {
    await using outbox = openOutbox({ path, edge: "edge1", now: () => micros(1_700_000_000_000_000) });
    for (let i = 0; i < 3; i++) outbox.record({ kind: "gap", from: 1, to: 2, reason: "x".repeat(900) });
    outbox.commit();
    const samples = outbox.after(0, 10).flatMap(({ payload }) => samplesOf(decodeBatch(payload).columns));
    expect(new Set(samples.map(({ time }) => time)).size).toBe(3);
    expect(samples.every(({ tag }) => tag === recordTag("edge1"))).toBe(true);
    expect(incidents(outbox)).toHaveLength(3);
  });

  test("after an outage the file gives its space back", async () => {
    await using outbox = open();
    for (let i = 0; i < 20; i++) {
      outbox.accept(some(60, () => randomBytes(12_000).toString("base64")));
      outbox.commit();
    }
    const { sequence } = outbox.state();
    const large = statSync(path).size + (existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0);
    outbox.free([[1, sequence]]);
    outbox.commit();
    for (let i = 0; i < 6; i++) {
      outbox.accept(some(1));
      outbox.commit();
      outbox.free([[1, outbox.state().sequence]]);
      outbox.commit();
    }
    await outbox[Symbol.asyncDispose]();
    expect(large).toBeGreaterThan(14_000_000);
    expect(statSync(path).size).toBeLessThan(9_000_000);
  });
});
