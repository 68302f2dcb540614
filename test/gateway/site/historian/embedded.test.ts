import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createLog } from "../../../../gateway/log.ts";
import { columnsOf } from "../../../../gateway/model/columns.ts";
import type { Sample } from "../../../../gateway/model/sample.ts";
import { micros, millis, tagId, type Micros } from "../../../../gateway/model/units.ts";
import { EmbeddedHistorian } from "../../../../gateway/site/historian/embedded.ts";
import { eventually, startProcess } from "../../../system/processes.ts";
import { collect, describeContract, everything, START } from "./contract.ts";

const log = createLog("test", "silent");
const YEAR = millis(400 * 86_400_000);
const WRITER = fileURLToPath(new URL("./writer.ts", import.meta.url));
const now = (): Micros => START;

async function openEmbedded(retention = YEAR, clock = now) {
  const folder = mkdtempSync(join(tmpdir(), "historian-"));
  const open = () => new EmbeddedHistorian({ path: join(folder, "historian.db"), retention, now: clock, log });
  let historian = open();
  return {
    get historian() {
      return historian;
    },
    settle: () => historian.compact(),
    reopen: async () => {
      await historian[Symbol.asyncDispose]();
      historian = open();
    },
    [Symbol.asyncDispose]: async () => {
      await historian[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

describe("embedded historian", () => {
  describeContract(openEmbedded, 100);

  test("long texts are moved out of memory as soon as they take much of it", async () => {
    await using opened = await openEmbedded();
    const { historian } = opened;
    const page = (i: number): Sample => ({
      tag: tagId("press", "report"),
      time: micros(START - 1_000_000 + i),
      value: String(i).padEnd(30_000, "."),
      quality: "good",
    });
    const pages = Array.from({ length: 300 }, (_, i) => page(i));
    for (let i = 0; i < pages.length; i += 50) {
      const columns = columnsOf(pages.slice(i, i + 50));
      // A sample that came twice is counted twice until it is merged: that shows whether it was.
      await historian.write([columns, columns]);
    }
    await expect.poll(() => historian.stats().samples).toBeLessThan(2 * pages.length);
  });

  test("killed ten times while it writes and compacts, it holds everything confirmed, once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "historian-"));
    const path = join(folder, "historian.db");
    let confirmed = 0;
    for (let i = 0; i < 10; i++) {
      await using writer = startProcess(process.execPath, [WRITER, path, String(confirmed), String(START)]);
      await eventually("the writer writes", () => (/\d+\n/.test(writer.output()) ? true : undefined));
      await sleep(20 + Math.random() * 150);
      await writer.kill();
      confirmed = Number(writer.output().trimEnd().split("\n").at(-1));
    }
    await using historian = new EmbeddedHistorian({ path, retention: YEAR, now, log });
    const names = [0, 1, 2].map((k) => tagId("press", `t${k}`));
    const values = (await collect(historian.scan(names, everything))).map(({ value }) => value);
    // The last write before a kill may have been durable without having been confirmed, so there may be more.
    expect(values.length).toBeGreaterThanOrEqual(confirmed);
    expect(values).toEqual(Array.from(values, (_, number) => number));
    expect(await historian.count(names, everything)).toBe(values.length);
    await historian.compact();
    expect(historian.stats().samples).toBe(values.length);
    rmSync(folder, { recursive: true });
  });

  test("a year of a tag is drawn from a few hundred rows, and a late hour is right before and after it is compacted", async () => {
    await using kept = await openEmbedded();
    const hour = 3_600_000_000;
    const tag = tagId("meter", "power");
    for (let day = 0; day < 365; day += 5) {
      const samples = Array.from({ length: 480 }, (_, i): Sample => {
        const at = micros(START + day * 24 * hour + i * 900_000_000);
        return { tag, time: at, value: day + (i % 4), quality: "good" };
      });
      await kept.historian.write([columnsOf(samples)]);
    }
    await kept.settle();
    const year = { from: START, to: micros(START + 365 * 24 * hour) };
    const before = await kept.historian.read(tag, year, 365);
    expect(before).toHaveLength(365);
    expect(before[1]).toMatchObject({ count: 96, min: 0, max: 3, mean: 1.5 });
    const late: Sample = { tag, time: micros(START + 30 * hour + 1), value: 1000, quality: "good" };
    await kept.historian.write([columnsOf([late])]);
    for (const settled of [false, true]) {
      if (settled) await kept.settle();
      const after = await kept.historian.read(tag, year, 365);
      expect(after[1]).toMatchObject({ count: 97, min: 0, max: 1000 });
      expect(after.toSpliced(1, 1)).toEqual(before.toSpliced(1, 1));
    }
  });

  test("a window that is compacted many times tells what one that is compacted once does", async () => {
    await using often = await openEmbedded();
    await using once = await openEmbedded();
    const [fast, text] = [tagId("press", "force"), tagId("press", "order")];
    const range = { from: START, to: micros(START + 1_800_000_000) };
    const samples = Array.from({ length: 9000 }, (_, i): Sample[] => {
      const time = micros(START + i * 200_000);
      return [
        { tag: fast, time, value: Math.round(Math.sin(i) * 1e4) / 100, quality: i % 7 === 0 ? "bad" : "good" },
        { tag: text, time, value: `order ${i % 13}`, quality: "good" },
      ];
    });
    for (let i = 0; i < samples.length; i += 100) {
      await often.historian.write([columnsOf(samples.slice(i, i + 100).flat())]);
      await often.settle();
    }
    const again = samples.slice(4000, 4020).flat();
    await often.historian.write([columnsOf(again)]);
    await often.settle();
    await once.historian.write([columnsOf(samples.flat())]);
    await once.settle();
    for (const tag of [fast, text]) {
      const told = await collect(often.historian.scan([tag], range));
      expect(told).toEqual(await collect(once.historian.scan([tag], range)));
      expect(told).toHaveLength(9000);
      for (const points of [20, 400, 20_000]) {
        expect(await often.historian.read(tag, range, points)).toEqual(await once.historian.read(tag, range, points));
      }
      expect(await often.historian.count([tag], range)).toBe(9000);
    }
    expect(often.historian.stats().samples).toBe(18_000);
  });

  test("past its retention a sample goes and its roll-ups stay; one that comes later still is refused with the reason", async () => {
    let time = START;
    const day = 86_400_000_000;
    await using kept = await openEmbedded(millis(86_400_000), () => time);
    const tag = tagId("meter", "power");
    const samples = Array.from({ length: 2 * 1440 }, (_, i): Sample => {
      const at = micros(START + i * 60_000_000);
      return { tag, time: at, value: i % 10, quality: "good" };
    });
    await kept.historian.write([columnsOf(samples)]);
    await kept.settle();
    const range = { from: START, to: micros(START + 2 * day) };
    const drawn = await kept.historian.read(tag, range, 48);
    time = micros(START + 2 * day + 3_600_000_000);
    await kept.settle();
    expect(await kept.historian.count([tag], range)).toBe(1440);
    expect(await collect(kept.historian.scan([tag], range))).toEqual(samples.slice(1440));
    expect(await kept.historian.read(tag, range, 48)).toEqual(drawn);
    expect(await kept.historian.read(tag, range, 700)).toHaveLength(576);
    const rejected = await kept.historian.write([columnsOf([samples[5] as Sample])]);
    expect(rejected).toMatchObject([{ sample: samples[5], reason: expect.stringContaining("storage.retention.raw") }]);
    await kept.reopen();
    expect(await kept.historian.read(tag, range, 48)).toEqual(drawn);
    expect((await kept.historian.latest([tag])).get(tag)).toEqual(samples.at(-1));
  });

  test("numbers that are none are refused alone", async () => {
    await using kept = await openEmbedded();
    const tag = tagId("press", "power");
    const samples = [1, Number.NaN, Infinity, 4].map((value, i): Sample => ({
      tag,
      time: micros(START + i),
      value,
      quality: "good",
    }));
    const rejected = await kept.historian.write([columnsOf(samples)]);
    expect(rejected.map(({ reason }) => reason)).toEqual([
      "value is NaN; expected a finite number",
      "value is Infinity; expected a finite number",
    ]);
    expect(await collect(kept.historian.scan([tag], everything))).toEqual([samples[0], samples[3]]);
  });

  test("while a scan is under way, writes and compactions neither hide nor repeat a sample", async () => {
    await using kept = await openEmbedded();
    const tag = tagId("press", "power");
    const samples = Array.from({ length: 60_000 }, (_, i): Sample => {
      return { tag, time: micros(START + i * 500_000), value: i, quality: "good" };
    });
    await kept.historian.write([columnsOf(samples.slice(0, 40_000))]);
    await kept.settle();
    await kept.historian.write([columnsOf(samples.slice(40_000))]);
    const seen: Sample[] = [];
    for await (const page of kept.historian.scan([tag], everything)) {
      seen.push(...page);
      await kept.historian.write([columnsOf(samples.slice(0, 100))]);
      await kept.settle();
    }
    expect(seen).toEqual(samples);
  });

  test("a second process, and tables of another version, are refused with what to do", async () => {
    const folder = mkdtempSync(join(tmpdir(), "historian-"));
    const path = join(folder, "historian.db");
    {
      await using writer = startProcess(process.execPath, [WRITER, path, "0", String(START)]);
      await eventually("the writer writes", () => (/\d+\n/.test(writer.output()) ? true : undefined));
      expect(() => new EmbeddedHistorian({ path, retention: YEAR, now, log })).toThrow(/another process has it open/);
    }
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 99");
    database.close();
    expect(() => new EmbeddedHistorian({ path, retention: YEAR, now, log })).toThrow(/version 99.*version 1/);
    rmSync(folder, { recursive: true });
  });
});
