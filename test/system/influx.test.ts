/** The same two days of the demo through the embedded parts, and through mosquitto and InfluxDB: the same ledger. */
import { join } from "node:path";
import pino from "pino";
import { expect, test } from "vitest";
import { createFactory } from "../../gateway/demo/factory.ts";
import { pastSamples } from "../../gateway/demo/samples.ts";
import { feed } from "../../gateway/edge/feed.ts";
import { parseInstant } from "../../gateway/model/time.ts";
import { micros, type Micros } from "../../gateway/model/units.ts";
import { describeWith } from "../servers/available.ts";
import { startInfluxd } from "../servers/influxd.ts";
import { startMosquitto } from "../servers/mosquitto.ts";
import { demoPlant, type DemoPlant } from "./demoplant.ts";
import { eventually, startFieldlab } from "./processes.ts";

const at = (text: string): Micros => parseInstant(text) ?? micros(Number.NaN);
const MACHINES = ["saw", "press", "mill", "packer"] as const;
const SEED = 3;
/** Monday and Tuesday in Amsterdam, and a day more, so that their last values hold to the end of the range. */
const RANGE = { from: at("2026-11-15T23:00:00Z"), to: at("2026-11-17T23:00:00Z") };
const FED = { from: RANGE.from, to: at("2026-11-18T23:00:00Z") };

/** All that the API says of the machines' past, after the same samples went through this plant's pipeline. */
async function ledgerThrough(demo: DemoPlant) {
  const factory = createFactory(demo.plant, SEED, FED.from);
  const samples = await feed({
    edge: "history",
    path: join(demo.folder, "history", "outbox.sqlite"),
    mqtt: demo.plant.network.mqtt,
    password: demo.credentials.mqtt.edge,
    samples: (async function* () {
      yield* pastSamples(demo.plant, factory, FED);
    })(),
    log: pino({ level: "silent" }),
    signal: AbortSignal.timeout(90_000),
  });
  await demo.folded();
  const replies = await Promise.all(
    MACHINES.map(async (machine) => ({
      ledger: await demo.ledger(machine, RANGE),
      timeline: (await demo.timeline(machine, RANGE)).slices,
    })),
  );
  return { samples, replies, energy: await demo.energy(RANGE) };
}

describeWith(
  ["mosquitto", "influxd"],
  "mosquitto and InfluxDB in place of the embedded parts (mosquitto, influxd)",
  () => {
    test(
      "the same samples give the same ledger, and InfluxDB's rows of it add up to the same OEE",
      { timeout: 150_000 },
      async () => {
        await using mosquitto = await startMosquitto();
        await using influxd = await startInfluxd();
        using embedded = await demoPlant();
        using outside = await demoPlant({
          mqtt: { broker: "external", url: mosquitto.url },
          historian: { kind: "influxdb", url: influxd.url },
        });
        await using embeddedSite = startFieldlab(["site", ...embedded.options]);
        await using outsideSite = startFieldlab(["site", ...outside.options]);
        await Promise.all([embedded.ready(), outside.ready()]).catch((cause: unknown) => {
          throw new Error(`${embeddedSite.output()}\n${outsideSite.output()}`, { cause });
        });
        const [here, there] = [await ledgerThrough(embedded), await ledgerThrough(outside)];
        expect(there).toEqual(here);
        expect(here.samples).toBeGreaterThan(10_000);
        expect(here.replies.map(({ ledger }) => ledger.sums.good > 0)).toEqual([false, true, true, true]);

        const rows = await eventually(
          "the ledger's quarters are in InfluxDB",
          async () => {
            const found = await quartersIn(influxd.url, RANGE);
            return MACHINES.every((machine) => found.get(machine)?.quarters === 192) ? found : undefined;
          },
          60_000,
        );
        for (const { ledger } of there.replies) {
          const { machine, sums, kpi } = ledger;
          const row = rows.get(machine);
          expect(row).toMatchObject({ machine, good: sums.good, total: sums.total, observedMs: sums.observedMs });
          expect(row?.energyWh).toBeCloseTo(sums.energyWh, 3);
          expect(row?.idealGoodMs).toBeCloseTo(sums.idealGoodMs, 3);
          if (kpi.oee !== null) expect((row?.idealGoodMs ?? 0) / (row?.observedMs ?? 0)).toBeCloseTo(kpi.oee, 9);
        }
      },
    );
  },
);

interface Quarters {
  readonly machine: string;
  readonly quarters: number;
  readonly good: number;
  readonly total: number;
  readonly observedMs: number;
  readonly idealGoodMs: number;
  readonly energyWh: number;
}

/** Asked as Grafana asks. */
async function quartersIn(url: string, range: { from: number; to: number }): Promise<Map<string, Quarters>> {
  const fields = ["good", "total", "observed_ms", "ideal_good_ms", "energy_wh"];
  const query = `SELECT count("good"), ${fields.map((field) => `sum("${field}")`).join(", ")} FROM "ledger"
    WHERE time >= ${range.from}u AND time < ${range.to}u GROUP BY "machine"`;
  const reply = await fetch(`${url}/query?${new URLSearchParams({ db: "fieldlab", q: query }).toString()}`);
  const { results } = (await reply.json()) as {
    results: { series?: { tags: { machine: string }; values: number[][] }[] }[];
  };
  const series = results[0]?.series ?? [];
  return new Map(
    series.map(({ tags: { machine }, values }) => {
      const [, quarters = 0, good = 0, total = 0, observedMs = 0, idealGoodMs = 0, energyWh = 0] = values[0] ?? [];
      return [machine, { machine, quarters, good, total, observedMs, idealGoodMs, energyWh }];
    }),
  );
}
