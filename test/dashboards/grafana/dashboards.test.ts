import { readdirSync, readFileSync } from "node:fs";
import { InfluxDB } from "influx";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { kpiOf } from "../../../gateway/kpi/kpi.ts";
import type { Slice } from "../../../gateway/kpi/ledger.ts";
import { quarterRows } from "../../../gateway/kpi/quarterrows.ts";
import { sumsOf, type KpiRules } from "../../../gateway/kpi/sums.ts";
import { columnsOf } from "../../../gateway/model/columns.ts";
import { wallClock } from "../../../gateway/model/time.ts";
import { machineId, micros, milliwattHours, tagId } from "../../../gateway/model/units.ts";
import { openInflux } from "../../../gateway/site/historian/influx.ts";
import { describeWith } from "../../servers/available.ts";
import { startInfluxd, type Influxd } from "../../servers/influxd.ts";

const FOLDER = "dashboards/grafana/dashboards";
const PRESS = machineId("press");
const RULES: KpiRules = { plannedStopIsLoss: false, provisionalBelow: 0.9, hasParts: true };
const QUARTER = 900_000;
const BEGIN = Math.floor(wallClock.now() / 1000 / QUARTER) * QUARTER - 8 * QUARTER;

/** Two hours of a shift: of each quarter twelve minutes producing, three of them unknown in every fourth. */
const slices: Slice[] = Array.from({ length: 8 }, (_, i) => {
  const at = BEGIN + i * QUARTER;
  const common = {
    machine: PRESS,
    planned: "busy" as const,
    shift: "2026-11-24/day",
    reason: null,
    order: null,
    product: "A",
    inferred: false,
    rework: 0,
  };
  return [
    {
      ...common,
      from: micros(at * 1000),
      to: micros((at + 720_000) * 1000),
      state: "producing" as const,
      ms: 720_000,
      total: 70,
      good: 68,
      scrap: 2,
      idealTotal: 70 * 9e6,
      idealGood: 68 * 9e6,
      energy: milliwattHours(2_000_000),
      energyMs: 720_000,
    },
    {
      ...common,
      from: micros((at + 720_000) * 1000),
      to: micros((at + QUARTER) * 1000),
      state: i % 4 === 0 ? ("unknown" as const) : ("idle" as const),
      ms: 180_000,
      total: 0,
      good: 0,
      scrap: 0,
      idealTotal: 0,
      idealGood: 0,
      energy: milliwattHours(100_000),
      energyMs: 180_000,
    },
  ];
}).flat();

const Dashboard = z.object({
  title: z.string(),
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ query: z.string() })) })),
});
const dashboards = readdirSync(FOLDER).map((file) =>
  Dashboard.parse(JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8"))),
);
const panels = dashboards.flatMap(({ title, panels: list }) =>
  list.flatMap((panel) => panel.targets.map(({ query }) => ({ name: `${title}: ${panel.title}`, query }))),
);

/** As Grafana fills in its variables. */
const filledIn = (query: string): string =>
  query
    .replaceAll("$timeFilter", `time >= ${BEGIN}ms AND time < ${BEGIN + 8 * QUARTER}ms`)
    .replaceAll("$__interval", "1m")
    .replaceAll("^$machine$", "^(press)$")
    .replaceAll("^$tag$", "^(power)$");

describeWith(["influxd"], "Grafana's dashboards on InfluxDB (influxd)", () => {
  let influxd: Influxd;
  let influx: InfluxDB;
  beforeAll(async () => {
    influxd = await startInfluxd();
    await using historian = openInflux({
      config: { kind: "influxdb", url: influxd.url, database: "fieldlab" },
      log: pino({ level: "silent" }),
    });
    const power = {
      tag: tagId("meters", "power"),
      time: micros(BEGIN * 1000 + 1),
      value: 4.2,
      quality: "good" as const,
    };
    await historian.write([columnsOf([power])]);
    const rows = quarterRows(PRESS, slices, RULES);
    await historian.writeQuarters?.(rows);
    // Late data write a quarter again: it is replaced, not added.
    await historian.writeQuarters?.(rows);
    influx = new InfluxDB({ host: "127.0.0.1", port: Number(new URL(influxd.url).port), database: "fieldlab" });
  });
  afterAll(() => influxd[Symbol.asyncDispose]());

  test.each(panels)("$name gives figures", async ({ query }) => {
    const rows = await influx.query<Record<string, unknown>>(filledIn(query));
    const figures = rows.flatMap((row) =>
      Object.entries(row).filter(([name, value]) => name !== "time" && typeof value === "number"),
    );
    expect(figures.length).toBeGreaterThan(0);
  });

  test("their OEE, coverage and energy are those of the ledger", async () => {
    const kpi = kpiOf(sumsOf(slices, RULES), RULES);
    const value = async (name: string) => {
      const query = panels.find((panel) => panel.name === name)?.query ?? "";
      const [row] = await influx.query<{ sum?: number; sum_sum?: number }>(filledIn(query));
      return row?.sum_sum ?? row?.sum;
    };
    expect(await value("OEE: OEE of the range")).toBeCloseTo(kpi.oee ?? Number.NaN, 12);
    expect(await value("OEE: Coverage: observed share of the planned busy time")).toBeCloseTo(
      kpi.coverage ?? Number.NaN,
      12,
    );
    expect(await value("Energy: Energy of the range")).toBeCloseTo(sumsOf(slices, RULES).energyWh, 9);
  });
});
