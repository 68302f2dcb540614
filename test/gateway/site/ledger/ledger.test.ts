import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { slicesOf } from "../../../../gateway/kpi/slices.ts";
import { createLog } from "../../../../gateway/log.ts";
import { columnsOf } from "../../../../gateway/model/columns.ts";
import type { Historian } from "../../../../gateway/model/historian.ts";
import type { Sample } from "../../../../gateway/model/sample.ts";
import type { Clock, Range } from "../../../../gateway/model/time.ts";
import { micros, type Micros } from "../../../../gateway/model/units.ts";
import { EmbeddedHistorian } from "../../../../gateway/site/historian/embedded.ts";
import type { LedgerBook } from "../../../../gateway/site/ledger/book.ts";
import { openLedger } from "../../../../gateway/site/ledger/open.ts";
import { at, machineOf, plantOf, PRESS, seconds } from "../../kpi/plants.ts";
import { pressSamples } from "./factory.ts";
import { memoryHistorian } from "./memory.ts";

const PLANT = plantOf({
  products: { a: { name: "a", idealCycle: "10 s" }, b: { name: "b", idealCycle: "7 s" } },
  signals: {
    state: { tag: "plc/state", table: "packml" },
    totalCount: { tag: "plc/total", width: 16 },
    scrapCount: { tag: "plc/scrap", width: 16 },
    product: { tag: "plc/product" },
    power: { tag: "plc/power" },
    energyImport: { tag: "plc/energy" },
  },
});
const MACHINE = machineOf(PLANT);
const log = createLog("test", "silent");
const LAG = 1_500_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ledger-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

class Site implements AsyncDisposable {
  now: Micros;
  readonly historian: Historian;
  #ledger: LedgerBook | undefined;
  constructor(now: Micros, historian: Historian) {
    this.now = now;
    this.historian = historian;
  }
  async open(plant = PLANT): Promise<LedgerBook> {
    await this.#ledger?.[Symbol.asyncDispose]();
    const clock: Clock = { speed: 1, now: () => this.now };
    this.#ledger = await openLedger({ plant, historian: this.historian, folder, clock, log });
    return this.#ledger;
  }
  async store(samples: readonly Sample[]): Promise<void> {
    const columns = [columnsOf(samples)];
    await this.historian.write(columns);
    this.#ledger?.stored(columns);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ledger?.[Symbol.asyncDispose]();
    await this.historian[Symbol.asyncDispose]();
  }
}

const START = at("2026-11-20T00:00:00Z");
const hours = (count: number): Micros => seconds(START, count * 3600);

/** What one fold over all samples gives from the first sample to the frontier. */
const expected = (samples: readonly Sample[], now: Micros) => {
  const first = samples[0]?.time ?? START;
  const from = micros(Math.floor(first / 1000) * 1000);
  return slicesOf(
    MACHINE,
    samples.filter(({ time }) => time < now - LAG),
    { from, to: micros(now - LAG) },
  );
};
const wholeOf = (samples: readonly Sample[], now: Micros): Range => ({
  from: micros(Math.floor((samples[0]?.time ?? START) / 1000) * 1000),
  to: now,
});

describe("the site's ledger", () => {
  const samples = pressSamples(7, { from: START, to: hours(20) }, 20);

  test("half a year of silence costs neither time nor file, and changes nothing in what was before it", async () => {
    const now = micros(START + 180 * 86_400e6);
    await using site = new Site(now, memoryHistorian());
    const ledger = await site.open();
    await ledger.settled();
    await site.store(samples);
    await ledger.settled();
    expect(ledger.slices(PRESS, wholeOf(samples, now))).toEqual(expected(samples, now));
    expect(statSync(join(folder, "ledger.db")).size + statSync(join(folder, "ledger.db-wal")).size).toBeLessThan(20e6);
    const late = { ...(samples[500] as Sample), time: micros((samples[500] as Sample).time + 1) };
    await site.store([late]);
    await ledger.settled();
    const all = [...samples, late].sort((a, b) => a.time - b.time);
    expect(ledger.slices(PRESS, wholeOf(all, now))).toEqual(expected(all, now));
  });

  test("live samples give the ledger of one fold over all of them", async () => {
    await using site = new Site(START, memoryHistorian());
    const ledger = await site.open();
    await ledger.settled();
    for (let hour = 1; hour <= 20; hour++) {
      await site.store(samples.filter(({ time }) => time >= hours(hour - 1) && time < hours(hour)));
      site.now = hours(hour);
      await ledger.settled();
    }
    site.now = hours(20.1);
    await ledger.settled();
    expect(ledger.slices(PRESS, wholeOf(samples, site.now))).toEqual(expected(samples, site.now));
    expect(ledger.pending(PRESS)).toBeUndefined();
  });

  test.each([
    { name: "in order behind the present", order: (list: Sample[][]) => list },
    { name: "newest first", order: (list: Sample[][]) => list.toReversed() },
    {
      name: "in any order, some of them twice",
      order: (list: Sample[][]) =>
        [...list, ...list.slice(3, 9)].sort((a, b) => ((a.length * 7919) % 13) - ((b.length * 7919) % 13)),
    },
  ])("a backlog that arrives $name gives the same ledger", async ({ order }) => {
    await using site = new Site(hours(20), memoryHistorian());
    const ledger = await site.open();
    const batches = Array.from({ length: 40 }, (_, i) =>
      samples.filter(({ time }) => time >= hours(i / 2) && time < hours((i + 1) / 2)),
    );
    for (const [i, batch] of order(batches).entries()) {
      await site.store(batch);
      if (i % 7 === 0) await ledger.settled();
      site.now = seconds(hours(20), i * 5);
    }
    await ledger.settled();
    expect(ledger.slices(PRESS, wholeOf(samples, site.now))).toEqual(expected(samples, site.now));
  });

  test("a late sample moves the stop to where it happened, without folding all history again", async () => {
    const historian = memoryHistorian();
    await using site = new Site(hours(20), historian);
    const ledger = await site.open();
    const late = samples.filter(({ tag, time }) => tag === "plc/state" && time > hours(3) && time < hours(3.2));
    await site.store(samples.filter((sample) => !late.includes(sample)));
    await ledger.settled();
    historian.scanned = 0;
    await site.store(late);
    expect(ledger.pending(PRESS)).toBeLessThan(hours(3.2));
    await ledger.settled();
    expect(ledger.slices(PRESS, wholeOf(samples, site.now))).toEqual(expected(samples, site.now));
    expect(historian.scanned).toBeLessThan(samples.length * 0.75);
  });

  test("a restart goes on from the checkpoint, and takes what came while it was down", async () => {
    const historian = memoryHistorian();
    await using site = new Site(hours(10), historian);
    const ledger = await site.open();
    await site.store(samples.filter(({ time }) => time < hours(10)));
    await ledger.settled();
    await ledger[Symbol.asyncDispose]();
    await historian.write([columnsOf(samples.filter(({ time }) => time >= hours(10)))]);
    historian.scanned = 0;
    site.now = hours(21);
    const again = await site.open();
    await again.settled();
    expect(again.slices(PRESS, wholeOf(samples, site.now))).toEqual(expected(samples, site.now));
    expect(historian.scanned).toBeLessThan(samples.length * 0.6);
  });

  test("another definition of the machine computes all of history anew", async () => {
    await using site = new Site(hours(20), memoryHistorian());
    const ledger = await site.open();
    await site.store(samples);
    await ledger.settled();
    const slow = { ...PLANT, products: {} };
    const again = await site.open(slow);
    await again.settled();
    const range = wholeOf(samples, site.now);
    const frontier = { from: range.from, to: micros(site.now - LAG) };
    const before = samples.filter(({ time }) => time < frontier.to);
    expect(again.slices(PRESS, range)).toEqual(slicesOf(machineOf(slow), before, frontier));
  });

  test("time before the first sample and without any is unknown, and all time adds up", async () => {
    await using site = new Site(hours(20), memoryHistorian());
    const ledger = await site.open();
    await site.store(samples.filter(({ time }) => time > hours(2) && (time < hours(4) || time > hours(6))));
    await ledger.settled();
    const slices = ledger.slices(PRESS, { from: hours(-24), to: hours(30) });
    expect(slices[0]?.from).toBe(hours(-24));
    expect(slices.at(-1)?.to).toBe(site.now - LAG);
    expect(slices.reduce((sum, { ms }) => sum + ms, 0)).toBe((site.now - LAG - hours(-24)) / 1000);
    expect(slices.filter(({ to }) => to <= hours(2)).every(({ state }) => state === "unknown")).toBe(true);
  });

  test("the embedded historian gives the same ledger", async () => {
    const historian = new EmbeddedHistorian({
      path: join(folder, "historian.db"),
      retention: (400 * 86_400_000) as never,
      now: () => hours(20),
      log,
    });
    await using site = new Site(hours(20), historian);
    const ledger = await site.open();
    for (let i = 0; i < samples.length; i += 5000) await site.store(samples.slice(i, i + 5000));
    await ledger.settled();
    expect(ledger.slices(PRESS, wholeOf(samples, site.now))).toEqual(expected(samples, site.now));
  });

  test("what was late and not yet folded is not forgotten when the process dies", async () => {
    const historian = memoryHistorian();
    await using site = new Site(hours(20), historian);
    const ledger = await site.open();
    const late = samples.filter(({ tag, time }) => tag === "plc/total" && time > hours(3) && time < hours(4));
    await site.store(samples.filter((sample) => !late.includes(sample)));
    await ledger.settled();
    await site.store(late);
    // A folder copied while it runs is what a killed process leaves behind.
    const left = mkdtempSync(join(tmpdir(), "ledger-"));
    cpSync(folder, left, { recursive: true });
    const clock: Clock = { speed: 1, now: () => site.now };
    {
      await using again = await openLedger({ plant: PLANT, historian, folder: left, clock, log });
      await again.settled();
      expect(again.slices(PRESS, wholeOf(samples, site.now))).toEqual(expected(samples, site.now));
    }
    rmSync(left, { recursive: true });
  });

  test("a tag that always comes some seconds late does not fold hours again and again", async () => {
    const historian = memoryHistorian();
    await using site = new Site(hours(10), historian);
    const ledger = await site.open();
    await site.store(samples.filter(({ time }) => time < hours(10)));
    await ledger.settled();
    historian.scanned = 0;
    for (let i = 0; i < 60; i++) {
      const [from, to] = [seconds(hours(10), i * 60), seconds(hours(10), i * 60 + 60)];
      site.now = seconds(to, 20);
      await ledger.settled();
      await site.store(samples.filter(({ time }) => time >= from && time < to));
      await ledger.settled();
    }
    expect(ledger.slices(PRESS, wholeOf(samples, site.now))).toEqual(
      expected(
        samples.filter(({ time }) => time < hours(11)),
        site.now,
      ),
    );
    expect(historian.scanned).toBeLessThan(60 * 15 * 16);
  });

  test("history that cannot be read is tried again, and live goes on meanwhile", async () => {
    const memory = memoryHistorian();
    let fails = 2;
    const historian: Historian = {
      ...memory,
      scan: (tags, range) => {
        if (fails-- > 0) throw new Error("not now");
        return memory.scan(tags, range);
      },
    };
    await using site = new Site(hours(3), historian);
    const ledger = await site.open();
    await site.store(samples.filter(({ time }) => time < hours(3.5)));
    site.now = hours(3.6);
    const settled = ledger.settled();
    expect(ledger.current(PRESS)?.to).toBe(site.now - LAG);
    await settled;
    expect(ledger.slices(PRESS, wholeOf(samples, site.now))).toEqual(
      expected(
        samples.filter(({ time }) => time < hours(3.5)),
        site.now,
      ),
    );
  });

  test("a sample of a clock that is ahead waits for its time, and is there then", async () => {
    await using site = new Site(hours(3), memoryHistorian());
    const ledger = await site.open();
    const ahead = samples.filter(({ time }) => time < hours(4));
    await site.store(ahead);
    await ledger.settled();
    expect(ledger.current(PRESS)?.to).toBe(site.now - LAG);
    site.now = hours(5);
    await ledger.settled();
    expect(ledger.slices(PRESS, wholeOf(samples, site.now))).toEqual(expected(ahead, site.now));
  });

  test("a clock that is set from 1970 to now does not fill the years between with slices", async () => {
    await using site = new Site(at("1970-01-01T01:00:00Z"), memoryHistorian());
    const ledger = await site.open();
    const early = { ...samples[0], time: at("1970-01-01T00:30:00Z") } as Sample;
    await site.store([early]);
    await ledger.settled();
    const start = performance.now();
    site.now = hours(2);
    const now = samples.filter(({ time }) => time < hours(1));
    await site.store(now);
    await ledger.settled();
    expect(performance.now() - start).toBeLessThan(2000);
    expect(ledger.slices(PRESS, wholeOf(now, site.now))).toEqual(expected(now, site.now));
  });

  test("listeners hear at most once a second which machines changed, until they stop", async () => {
    await using site = new Site(hours(3), memoryHistorian());
    const ledger = await site.open();
    const heard: (readonly string[])[] = [];
    const stop = ledger.subscribe((machines) => heard.push(machines));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(heard).toEqual([[PRESS]]);
    stop();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(heard).toHaveLength(1);
  });
});
