/** Every reply by its schema, and its figures by hand. */
import { fc, test as propertyTest } from "@fast-check/vitest";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { milliwattHours } from "../../../../gateway/model/units.ts";
import {
  DeadLettersReply,
  EnergyReply,
  HealthReply,
  LedgerReply,
  OverviewReply,
  PlantReply,
  Problem,
  SeriesReply,
  ShiftReply,
  StopsReply,
  TimelineReply,
} from "../../../../gateway/site/api/replies.ts";
import { slice } from "./ledgerbook.ts";
import { sample, testSite, type TestSite } from "./site.ts";

// 2026-03-10 is a Tuesday in winter time: the early shift is 05:00–13:00 UTC, its break 09:00–09:15.
const ideal = (parts: number) => parts * 10_000_000;
const counted = (good: number, scrap: number) => ({
  total: good + scrap,
  good,
  scrap,
  idealTotal: ideal(good + scrap),
  idealGood: ideal(good),
});
const wh = (value: number) => milliwattHours(value * 1000);
const quarterly = (machine: string, from: string, count: number, rest: Parameters<typeof slice>[3]) =>
  Array.from({ length: count }, (_, i) =>
    slice(machine, new Date(Date.parse(from) + i * 900_000).toISOString(), 15, rest),
  );

const slices = [
  ...quarterly("press", "2026-03-10T04:00:00Z", 4, {
    state: "idle",
    planned: "none",
    shift: null,
    energy: wh(250),
    product: null,
  }),
  // An hour of 300 good and 20 scrap parts: 53 min 20 s of ideal time in 60.
  ...quarterly("press", "2026-03-10T05:00:00Z", 4, { ...counted(75, 5), energy: wh(5000) }),
  ...quarterly("press", "2026-03-10T06:00:00Z", 2, { state: "breakdown", reason: "tool broken", energy: wh(500) }),
  ...quarterly("press", "2026-03-10T06:30:00Z", 1, { state: "unknown", energyMs: 0 }),
  ...quarterly("press", "2026-03-10T06:45:00Z", 1, { ...counted(80, 0), energy: wh(5000) }),
  ...quarterly("$main", "2026-03-10T04:00:00Z", 12, { planned: "none", shift: null, energy: wh(6000), product: null }),
].sort((a, b) => a.from - b.from);
const NOW = "2026-03-10T07:00:00Z";
const RANGE = "from=2026-03-10T05:00:00Z&to=2026-03-10T07:00:00Z";

let site: TestSite;
beforeAll(async () => {
  site = await testSite({ slices, now: NOW });
  await site.send([
    sample("plc/power", "2026-03-10T06:59:50Z", 20),
    sample("plc/state", "2026-03-10T06:59:55Z", 1),
    sample("meters/mainPower", "2026-03-10T06:30:00Z", 24_000),
    sample("plc/note", "2026-03-10T06:59:55Z", '=HYPERLINK("http://evil.example")'),
    sample("plc/power", "2026-03-10T06:00:00Z", 19),
  ]);
});
afterAll(() => site[Symbol.asyncDispose]());

async function read<Reply>(path: string, schema: { parse(value: unknown): Reply }): Promise<Reply> {
  const reply = await site.get(`/api/v1${path}`);
  expect(reply.status).toBe(200);
  expect(reply.headers.get("cache-control")).toBe("no-store");
  return schema.parse(await reply.json());
}

describe("replies", () => {
  test("the plant names machines, lines, tags and signals, and no address of a device", async () => {
    const text = await (await site.get("/api/v1/plant")).text();
    expect(text).not.toContain("192.0.2.1");
    const plant = PlantReply.parse(JSON.parse(text));
    expect(plant.machines.map(({ id, hasParts, inferred }) => [id, hasParts, inferred])).toEqual([
      ["press", true, false],
      ["saw", false, true],
    ]);
    expect(plant.machines[0]?.signals).toContainEqual({ role: "power", tag: "plc/power", unit: "kW" });
    expect(plant.clock.now).toBe(NOW);
    expect(plant.demo).toBe(true);
  });

  test("a tile has the state since it began and the figures of the running shift", async () => {
    const { machines, lines, mainPowerW } = await read("/overview", OverviewReply);
    const press = machines.find(({ machine }) => machine === "press");
    expect(press).toMatchObject({
      state: "producing",
      since: "2026-03-10T06:45:00Z",
      powerW: 20_000,
      product: "bracket",
    });
    expect(press?.shift).toMatchObject({ id: "2026-03-10/early", from: "2026-03-10T05:00:00Z" });
    expect(press?.sums).toMatchObject({ plannedBusyMs: 7_200_000, observedMs: 6_300_000, good: 380, scrap: 20 });
    // 7200 s of planned busy time at 10 s a part.
    expect(press?.expectedGood).toBe(720);
    expect(press?.partsPerHour).toBe(320);
    expect(press?.kpi.availability).toBeCloseTo(4500 / 6300, 12);
    expect(press?.kpi.oee).toBeCloseTo(3800 / 6300, 12);
    expect(press?.kpi.coverage).toBeCloseTo(6300 / 7200, 12);
    expect(press?.kpi.provisional).toBe(true);
    expect(lines).toEqual([{ line: "line1", constraint: "press", kpi: press?.kpi, good: 380, powerW: 20_000 }]);
    // The main meter's last value is half an hour old.
    expect(mainPowerW).toBeNull();
    const saw = machines.find(({ machine }) => machine === "saw");
    expect(saw).toMatchObject({ state: "unknown", since: null, powerW: null, expectedGood: null });
  });

  test("the timeline joins what looks the same and keeps the sums", async () => {
    const { slices: shown, shifts } = await read(`/machines/press/timeline?${RANGE}`, TimelineReply);
    expect(shown.map(({ state, from, good, energyWh }) => [state, from.slice(11, 16), good, energyWh])).toEqual([
      ["producing", "05:00", 300, 20_000],
      ["breakdown", "06:00", 0, 1000],
      ["unknown", "06:30", 0, 0],
      ["producing", "06:45", 80, 5000],
    ]);
    expect(shifts.map(({ id }) => id)).toEqual(["2026-03-10/early"]);
  });

  test("the ledger of a range is widened to quarters and adds up", async () => {
    const ledger = await read("/machines/press/ledger?from=2026-03-10T04:01:00Z&to=2026-03-10T06:59:00Z", LedgerReply);
    expect(ledger.range).toEqual({ from: "2026-03-10T04:00:00Z", to: "2026-03-10T07:00:00Z" });
    expect(ledger.sums.calendarMs).toBe(3 * 3_600_000);
    expect(Object.values(ledger.sums.ms).reduce((sum, ms) => sum + ms, 0)).toBe(ledger.sums.calendarMs);
    expect(ledger.products.map(({ product, good }) => [product, good])).toEqual([
      ["bracket", 380],
      [null, 0],
    ]);
    expect(ledger.shifts).toHaveLength(1);
    expect(ledger.shifts[0]?.sums.good).toBe(ledger.sums.good - ledger.sums.unplannedGood);
  });

  test("stops come with the most time first, and what they cost", async () => {
    const { stops } = await read(`/machines/press/stops?${RANGE}`, StopsReply);
    expect(stops).toEqual([
      {
        state: "breakdown",
        reason: "tool broken",
        count: 1,
        ms: 1_800_000,
        longestMs: 1_800_000,
        energyWh: 1000,
        cost: 0.25,
      },
      { state: "unknown", reason: null, count: 1, ms: 900_000, longestMs: 900_000, energyWh: 0, cost: 0 },
    ]);
  });

  test("shifts are instants of the site's zone", async () => {
    const reply = await site.get("/api/v1/shifts?machine=press&from=2026-03-28T12:00:00Z&to=2026-03-29T12:00:00Z");
    const { shifts } = (await reply.json()) as { shifts: unknown[] };
    // Summer time begins on the 29th.
    expect(shifts.map((shift) => ShiftReply.parse(shift).from)).toEqual([
      "2026-03-28T05:00:00Z",
      "2026-03-29T04:00:00Z",
    ]);
  });

  test("a series is what was stored", async () => {
    const series = await read(`/series?tag=plc/power&${RANGE}`, SeriesReply);
    expect(series.unit).toBe("kW");
    expect(series.mean).toEqual([19, 20]);
    expect(series.time).toEqual([Date.parse("2026-03-10T06:00:00Z") / 1000, Date.parse("2026-03-10T06:59:50Z") / 1000]);
  });

  test("energy shows the peak against the contract, idle energy, and the remainder", async () => {
    const energy = await read(`/energy?from=2026-03-10T04:00:00Z&to=2026-03-10T07:00:00Z`, EnergyReply);
    expect(energy.quarters).toHaveLength(12);
    expect(energy.quarters[4]).toMatchObject({ mainW: 24_000, machinesW: { press: 20_000 } });
    expect(energy.peak).toMatchObject({ powerW: 24_000, headroomW: 76_000 });
    expect(energy.totalWh).toBe(72_000);
    expect(energy.cost).toBeCloseTo(18, 9);
    expect(energy.co2Kg).toBeCloseTo((72 * 268) / 1000, 9);
    expect(energy.remainderWh).toBe(72_000 - 27_000);
    const press = energy.machines.find(({ machine }) => machine === "press");
    expect(press?.totalWh).toBe(27_000);
    expect(press?.coverage).toBeCloseTo(11 / 12, 12);
    expect(press?.idle.map(({ state, energyWh }) => [state, energyWh])).toEqual([
      ["breakdown", 1000],
      ["unscheduled", 1000],
    ]);
    expect(press?.idleCost).toBeCloseTo(0.5, 9);
    expect(press?.products.find(({ product }) => product === "bracket")?.perGoodWh).toBeCloseTo(26_000 / 380, 9);
  });

  test("health says what is silent and what to do about it", async () => {
    const health = await read("/health", HealthReply);

    // An edge sends, so it is there; but values are missing.
    expect(health.status).toBe("warning");
    expect(health.historian).toMatchObject({ kind: "embedded", reachable: true });
    const byId = new Map(health.tags.map((tag) => [tag.id, tag]));
    expect(byId.get("plc/power")).toMatchObject({ stale: false, ageMs: 10_000, error: null });
    expect(byId.get("meters/mainPower")).toMatchObject({ stale: true, error: "no value for more than 60 s" });
    expect(byId.get("plc/good")).toMatchObject({ stale: true, time: null, error: "no value yet" });
    expect(byId.get("plc/good")?.advice).toContain('"plc"');
  });

  test("a message that is no batch is set aside with its reason", async () => {
    const edge = await connectAsync(site.mqttUrl, { username: "edge1", password: "edge-password" });
    await edge.publishAsync("fieldlab/v1/edge1/batch", "no batch", { qos: 1 });
    await edge.endAsync();
    const letters = async () => (await read("/dead-letters?limit=10", DeadLettersReply)).deadLetters;
    await expect.poll(async () => (await letters()).length).toBe(1);
    expect((await letters())[0]).toMatchObject({ edge: "edge1", payloadBytes: 8, tag: null });
  });

  test("an export is every sample in time order, and safe in a spreadsheet", async () => {
    const reply = await site.get(`/api/v1/export.csv?tag=plc/power&tag=plc/note&${RANGE}`);
    expect(reply.headers.get("content-type")).toContain("text/csv");
    expect((await reply.text()).split("\r\n")).toEqual([
      "time,tag,value,quality",
      "2026-03-10T06:00:00Z,plc/power,19,good",
      "2026-03-10T06:59:50Z,plc/power,20,good",
      `2026-03-10T06:59:55Z,plc/note,"'=HYPERLINK(""http://evil.example"")",good`,
      "",
    ]);
  });
});

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom("press", "plc/power", "2026-03-10T05:00:00Z", "-1", "NaN", "1e309", "__proto__", "constructor"),
);
const path = fc.constantFrom(
  "series",
  "energy",
  "shifts",
  "export.csv",
  "machines/press/ledger",
  "machines/press/timeline",
  "machines/press/stops",
);

describe("whatever is asked", () => {
  propertyTest.prop([path, fc.dictionary(fc.constantFrom("from", "to", "tag", "points", "machine", "x"), text)], {
    numRuns: 300,
  })("is answered, or refused as a problem without a fault of ours", async (path, query) => {
    const reply = await site.api.inject({
      url: `/api/v1/${path}`,
      query,
      headers: { host: "localhost", authorization: `Bearer a-token-of-a-test-that-is-long-enough` },
    });
    expect([200, 400, 404]).toContain(reply.statusCode);
    if (reply.statusCode !== 200) {
      expect(reply.headers["content-type"]).toBe("application/problem+json");
      Problem.parse(reply.json());
    }
  });

  propertyTest.prop([fc.string({ maxLength: 80 })], { numRuns: 200 })("any machine name", async (name) => {
    const reply = await site.api.inject({
      url: `/api/v1/machines/${encodeURIComponent(name)}/ledger?${RANGE}`,
      headers: { host: "localhost", authorization: `Bearer a-token-of-a-test-that-is-long-enough` },
    });
    expect([400, 404, ...(name === "press" || name === "saw" ? [200] : [])]).toContain(reply.statusCode);
  });
});
