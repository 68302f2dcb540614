/** Each stage of the path alone, in this process: what a million samples cost there. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openOutbox } from "../../gateway/edge/outbox.ts";
import { createLog } from "../../gateway/log.ts";
import { decodeBatch, encodeBatch } from "../../gateway/model/batch.ts";
import { columnsOf } from "../../gateway/model/columns.ts";
import type { Sample } from "../../gateway/model/sample.ts";
import { wallClock } from "../../gateway/model/time.ts";
import { micros, millis, tagId } from "../../gateway/model/units.ts";
import { EmbeddedHistorian } from "../../gateway/site/historian/embedded.ts";
import { cpuPerMillion, type Bench } from "./measure.ts";

const TAGS = 500;
const BATCH = 500;
const BATCHES = 2000;
const SAMPLES = BATCH * BATCHES;
const STREAM = "00112233445566778899aabbccddeeff";

const tags = Array.from({ length: TAGS }, (_, i) => tagId("bench", `t${i}`));

/** Power-like values with two decimals, one per tag and second: what meters give. */
function batchOfSecond(second: number, start: number): Sample[] {
  return tags.map((tag, i) => ({
    tag,
    time: micros(start + second * 1_000_000 + i),
    value: Math.round((20 + Math.sin(second / 60 + i) * 5 + ((second * 7919 + i * 104_729) % 100) / 200) * 100) / 100,
    quality: "good",
  }));
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "fieldlab-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const batchCodec: Bench = {
  name: "batch",
  about: `encode and decode ${BATCHES} batches of ${BATCH} samples`,
  run: async () => {
    const batches = Array.from({ length: BATCHES }, (_, i) => columnsOf(batchOfSecond(i, 1.7e15)));
    const payloads: Buffer[] = [];
    const encode = await cpuPerMillion(SAMPLES, () => {
      batches.forEach((columns, i) => payloads.push(encodeBatch({ stream: STREAM, sequence: i + 1, columns })));
    });
    const decode = await cpuPerMillion(SAMPLES, () => {
      for (const payload of payloads) decodeBatch(payload);
    });
    const bytes = payloads.reduce((sum, { length }) => sum + length, 0);
    return [
      { name: "encode, CPU per million samples", value: encode, unit: "s" },
      { name: "decode, CPU per million samples", value: decode, unit: "s" },
      { name: "bytes per sample on the wire", value: bytes / SAMPLES, unit: "B" },
    ];
  },
};

const outbox: Bench = {
  name: "outbox",
  about: `${BATCHES} commits of ${BATCH} samples, each fsynced`,
  run: async () =>
    inFolder(async (folder) => {
      const batches = Array.from({ length: BATCHES }, (_, i) => batchOfSecond(i, 1.7e15));
      await using box = openOutbox({ path: join(folder, "outbox.db"), edge: "bench", now: () => wallClock.now() });
      const started = performance.now();
      const cpu = await cpuPerMillion(SAMPLES, () => {
        for (const samples of batches) {
          box.accept(samples);
          box.commit();
        }
      });
      const seconds = (performance.now() - started) / 1000;
      return [
        { name: "outbox, CPU per million samples", value: cpu, unit: "s" },
        { name: "samples per second, durable", value: SAMPLES / seconds, unit: "1/s" },
      ];
    }),
};

const historian: Bench = {
  name: "historian",
  about: `write ${SAMPLES} samples of ${TAGS} tags, compact, read`,
  run: async () =>
    inFolder(async (folder) => {
      const start = wallClock.now() - BATCHES * 1_000_000;
      const batches = Array.from({ length: BATCHES }, (_, i) => columnsOf(batchOfSecond(i, start)));
      const path = join(folder, "historian.db");
      await using store = new EmbeddedHistorian({
        path,
        retention: millis(400 * 86_400_000),
        now: () => wallClock.now(),
        log: createLog("bench", "error"),
      });
      const cpu = await cpuPerMillion(SAMPLES, async () => {
        for (const columns of batches) await store.write([columns]);
        await store.compact();
      });
      const began = performance.now();
      await store.read(tagId("bench", "t7"), { from: micros(start), to: wallClock.now() }, 800);
      return [
        { name: "write and compact, CPU per million samples", value: cpu, unit: "s" },
        { name: "bytes per sample on disk", value: statSync(path).size / SAMPLES, unit: "B" },
        { name: `read ${BATCHES} s of one tag as 800 points`, value: performance.now() - began, unit: "ms" },
      ];
    }),
};

export const stages: readonly Bench[] = [batchCodec, outbox, historian];
