/** Each stage of the path alone, in this process: what a million samples cost there. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openOutbox } from "../../gateway/edge/outbox.ts";
import { createLog } from "../../gateway/log.ts";
import { decodeBatch, encodeBatch } from "../../gateway/model/batch.ts";
import { columnsOf } from "../../gateway/model/columns.ts";
import { wallClock } from "../../gateway/model/time.ts";
import { micros, millis, tagId } from "../../gateway/model/units.ts";
import { EmbeddedHistorian } from "../../gateway/site/historian/embedded.ts";
import { inFolder } from "./folder.ts";
import { cpuPerMillion, type Bench } from "./measure.ts";
import { BATCHES, batchOfSecond, SAMPLES, STREAM, TAGS } from "./samples.ts";

const batchCodec: Bench = {
  name: "batch",
  about: `encode and decode ${BATCHES} batches of ${TAGS} samples`,
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
  about: `${BATCHES} commits of ${TAGS} samples, each fsynced`,
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

/** Without the pages that the journal of this hasty writer has left free. */
function usedBytes(path: string): number {
  using database = new DatabaseSync(path, { readOnly: true });
  const pragma = (name: string) => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
  return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
}

const historian: Bench = {
  name: "historian",
  about: `write ${SAMPLES} samples of ${TAGS} tags, compact, read`,
  run: async () =>
    inFolder(async (folder) => {
      const start = wallClock.now() - BATCHES * 1_000_000;
      const batches = Array.from({ length: BATCHES }, (_, i) => columnsOf(batchOfSecond(i, start)));
      const path = join(folder, "historian.db");
      const store = new EmbeddedHistorian({
        path,
        retention: millis(400 * 86_400_000),
        now: () => wallClock.now(),
        log: createLog("bench", "error"),
      });
      const cpu = await cpuPerMillion(SAMPLES, async () => {
        for (const columns of batches) await store.write([columns]);
        // The first ends the one under way, which began before the last samples came.
        await store.compact();
        await store.compact();
      });
      const began = performance.now();
      await store.read(tagId("bench", "t7"), { from: micros(start), to: wallClock.now() }, 800);
      const readMs = performance.now() - began;
      await store[Symbol.asyncDispose]();
      return [
        { name: "write and compact, CPU per million samples", value: cpu, unit: "s" },
        { name: "bytes per sample on disk", value: usedBytes(path) / SAMPLES, unit: "B" },
        { name: `read ${BATCHES} s of one tag as 800 points`, value: readMs, unit: "ms" },
      ];
    }),
};

export const stages: readonly Bench[] = [batchCodec, outbox, historian];
