/** The site's stages beside its store: messages from broker to ingest, and samples into a machine's ledger. */
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { PlantConfig } from "../../gateway/config/schema.ts";
import { machineDefinitions } from "../../gateway/kpi/machine.ts";
import { slicesOf } from "../../gateway/kpi/slices.ts";
import { createLog } from "../../gateway/log.ts";
import { encodeBatch } from "../../gateway/model/batch.ts";
import { columnsOf } from "../../gateway/model/columns.ts";
import type { Historian } from "../../gateway/model/historian.ts";
import { topics } from "../../gateway/model/messages.ts";
import type { Sample, Value } from "../../gateway/model/sample.ts";
import { wallClock } from "../../gateway/model/time.ts";
import { micros, tagId, type Micros } from "../../gateway/model/units.ts";
import { startBroker } from "../../gateway/site/broker.ts";
import { startIngest } from "../../gateway/site/ingest.ts";
import { inFolder } from "./folder.ts";
import { cpuPerMillion, type Bench } from "./measure.ts";
import { BATCHES, batchOfSecond, SAMPLES, STREAM, TAGS } from "./samples.ts";

/** As many as an edge sends without a receipt. */
const IN_FLIGHT = 64;
const EDGE = "bench";
const passwords = { site: "site-bench", edge: "edge-bench" };

/** A store that costs nothing, so that only the way to it is measured. */
const nowhere: Historian = {
  write: async () => [],
  read: async () => [],
  // oxlint-disable-next-line require-yield -- there is nothing in it
  scan: async function* () {
    return undefined;
  },
  latest: async () => new Map(),
  count: async () => 0,
  [Symbol.asyncDispose]: async () => undefined,
};

const mqtt: Bench = {
  name: "mqtt",
  about: `${BATCHES} batches of ${TAGS} samples through client, embedded broker and ingest, decoded, with receipts`,
  run: async () =>
    inFolder(async (folder) => {
      const log = createLog("bench", "error");
      await using broker = await startBroker({ host: "127.0.0.1", port: 0, passwords, log });
      const site = await connectAsync(broker.url, { username: "site", password: passwords.site });
      const edge = await connectAsync(broker.url, { username: EDGE, password: passwords.edge });
      await using ingest = await startIngest({
        client: site,
        historian: nowhere,
        folder,
        now: () => wallClock.now(),
        log,
        onStored: () => undefined,
      });
      const payloads = Array.from({ length: BATCHES }, (_, i) =>
        encodeBatch({ stream: STREAM, sequence: i + 1, columns: columnsOf(batchOfSecond(i, 1.7e15)) }),
      );
      const cpu = await cpuPerMillion(SAMPLES, async () => {
        for (let i = 0; i < BATCHES; i += IN_FLIGHT) {
          const some = payloads.slice(i, i + IN_FLIGHT);
          await Promise.all(some.map((payload) => edge.publishAsync(topics.batch(EDGE), payload, { qos: 1 })));
        }
        while (ingest.counters().stored < SAMPLES) await sleep(1);
      });
      await Promise.all([site.endAsync(), edge.endAsync()]);
      return [{ name: "both clients, broker and ingest, CPU per million samples", value: cpu, unit: "s" }];
    }),
};

/** A machine that is sampled each second: power, energy and parts always, its state each minute. */
const SECONDS = 300_000;

const plant = PlantConfig.parse({
  version: 1,
  site: { name: "bench", timeZone: "Europe/Amsterdam" },
  connections: {
    plc: {
      protocol: "modbus",
      transport: "tcp",
      host: "127.0.0.1",
      tags: {
        state: { register: "holding 0" },
        total: { register: "holding 1" },
        power: { register: "holding 2", unit: "W" },
        energy: { register: "holding 3", unit: "Wh" },
      },
    },
  },
  calendars: {
    day: {
      shifts: [
        { name: "early", days: ["mon", "tue", "wed", "thu", "fri"], from: "06:00", to: "14:00" },
        { name: "late", days: ["mon", "tue", "wed", "thu", "fri"], from: "14:00", to: "22:00" },
      ],
    },
  },
  lines: { line: { name: "line" } },
  machines: {
    press: {
      name: "press",
      line: "line",
      calendar: "day",
      idealCycle: "1 s",
      signals: {
        state: { tag: "plc/state", map: { "1": "producing", "2": "idle", "3": "breakdown" } },
        totalCount: { tag: "plc/total", width: 16 },
        power: { tag: "plc/power" },
        energyImport: { tag: "plc/energy" },
      },
    },
  },
});

function* dayAndNight(start: Micros): Iterable<Sample> {
  const sample = (name: string, time: Micros, value: Value): Sample => ({
    tag: tagId("plc", name),
    time,
    value,
    quality: "good",
  });
  for (let i = 0; i < SECONDS; i++) {
    const time = micros(start + i * 1_000_000);
    yield sample("energy", time, i * 3);
    yield sample("power", time, 10_000 + (i % 600));
    yield sample("total", time, i % 65_536);
    if (i % 60 === 0) yield sample("state", time, 1 + (Math.floor(i / 600) % 3));
  }
}

const ledger: Bench = {
  name: "ledger",
  about: "fold power, energy, parts and states of one machine into slices",
  run: async () => {
    const start = micros(Date.UTC(2026, 10, 2) * 1000);
    const samples = [...dayAndNight(start)];
    const range = { from: start, to: micros(start + SECONDS * 1_000_000) };
    const [machine] = machineDefinitions(plant);
    if (machine === undefined) throw new Error("the bench's plant has no machine");
    let slices = 0;
    const cpu = await cpuPerMillion(samples.length, () => {
      slices = slicesOf(machine, samples, range).length;
    });
    return [
      { name: "fold, CPU per million samples", value: cpu, unit: "s" },
      { name: "slices", value: slices, unit: "" },
    ];
  },
};

export const siteStages: readonly Bench[] = [mqtt, ledger];
