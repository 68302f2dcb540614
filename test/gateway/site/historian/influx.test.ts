import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { InfluxDB } from "influx";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PlantConfig } from "../../../../gateway/config/schema.ts";
import { createLog } from "../../../../gateway/log.ts";
import { columnsOf } from "../../../../gateway/model/columns.ts";
import type { Sample } from "../../../../gateway/model/sample.ts";
import { micros, tagId } from "../../../../gateway/model/units.ts";
import { openHistorian } from "../../../../gateway/site/historian/open.ts";
import { describeWith } from "../../../servers/available.ts";
import { startInfluxd, type Influxd } from "../../../servers/influxd.ts";
import { collect, describeContract, everything, START } from "./contract.ts";

const log = createLog("test", "silent");
let databases = 0;

async function openOn(url: string) {
  const database = `plant "${++databases}"`;
  const storage = PlantConfig.shape.storage.parse({ historian: { kind: "influxdb", url, database } });
  const open = () => openHistorian({ storage, folder: "unused", log });
  let historian = await open();
  return {
    database,
    get historian() {
      return historian;
    },
    settle: async () => undefined,
    reopen: async () => {
      await historian[Symbol.asyncDispose]();
      historian = await open();
    },
    [Symbol.asyncDispose]: async () => historian[Symbol.asyncDispose](),
  };
}

const sample = (i: number, value: Sample["value"]): Sample => ({
  tag: tagId("press", "power"),
  time: micros(START + i),
  value,
  quality: "good",
});

describeWith(["influxd"], "InfluxDB 1.x as historian", () => {
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await startInfluxd();
  });
  afterAll(() => influxd[Symbol.asyncDispose]());

  describeContract(() => openOn(influxd.url), 25);

  test("lines that the server refuses are told apart, and the others are stored", async () => {
    await using kept = await openOn(influxd.url);
    await kept.historian.write([columnsOf([sample(0, 0)])]);
    // Someone has spoilt the field `text` of this shard with a number: strings cannot be stored any more.
    const other = new InfluxDB(`${influxd.url}/${encodeURIComponent(kept.database)}`);
    await other.writePoints(
      [{ measurement: "samples", tags: { connection: "x", tag: "x" }, fields: { text: 1 }, timestamp: String(START) }],
      { precision: "u", database: kept.database },
    );
    const samples = Array.from({ length: 5000 }, (_, i) => sample(i, i === 1234 || i === 4321 ? "text" : i));
    const rejected = await kept.historian.write([columnsOf(samples)]);
    expect(rejected.map(({ sample: { time } }) => time - START)).toEqual([1234, 4321]);
    expect(rejected[0]?.reason).toMatch(/field type conflict/);
    expect(await kept.historian.count([sample(0, 0).tag], everything)).toBe(4998);
    expect(kept.historian.stats()).toMatchObject({ kind: "influxdb", reachable: true, rejected: 2 });
  });

  test("killed in the middle of writing and started again, it holds what was confirmed, once", async () => {
    await using kept = await openOn(influxd.url);
    const confirmed: Sample[] = [];
    const writing = (async () => {
      for (let i = 0; i < 60; i++) {
        const some = Array.from({ length: 1000 }, (_, k) => sample(i * 1000 + k, k));
        for (;;) {
          try {
            await kept.historian.write([columnsOf(some)]);
            break;
          } catch {
            await new Promise((resolve) => {
              setTimeout(resolve, 50);
            });
          }
        }
        confirmed.push(...some);
      }
    })();
    await expect.poll(() => confirmed.length, { timeout: 20_000 }).toBeGreaterThan(5_000);
    await influxd.kill();
    await influxd.start();
    await writing;
    expect(await collect(kept.historian.scan([sample(0, 0).tag], everything))).toEqual(confirmed);
  });
});

describe("InfluxDB that is not well", () => {
  /** A server that answers writes as told, and everything else with an empty result. */
  async function startServer(answer: (reply: ServerResponse) => void) {
    const server = createServer((request, reply) => {
      request.resume();
      request.on("end", () => (request.url?.startsWith("/write") ? answer(reply) : reply.end(`{"results":[{}]}`)));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        server.close();
      },
    };
  }

  test.each([
    ["500", (reply: ServerResponse) => void reply.writeHead(500).end()],
    ["503", (reply: ServerResponse) => void reply.writeHead(503).end("busy")],
    ["429", (reply: ServerResponse) => void reply.writeHead(429, { "Retry-After": "1" }).end("slow down")],
    ["401", (reply: ServerResponse) => void reply.writeHead(401).end(`{"error":"authorization failed"}`)],
    [
      "a limit of the database",
      (reply: ServerResponse) =>
        void reply.writeHead(400).end(`{"error":"partial write: max-series-per-database limit exceeded dropped=1"}`),
    ],
    ["a broken connection", (reply: ServerResponse) => void reply.socket?.destroy()],
  ])("answering %s throws, so that the write is tried again", async (_what, answer) => {
    await using server = await startServer(answer);
    await using kept = await openOn(server.url);
    await expect(kept.historian.write([columnsOf([sample(0, 1)])])).rejects.toThrow(/does not store/);
    expect(kept.historian.stats()).toMatchObject({ reachable: false, rejected: 0 });
  });

  test("answering slowly is waited for", async () => {
    await using server = await startServer((reply) => void setTimeout(() => reply.writeHead(204).end(), 1500));
    await using kept = await openOn(server.url);
    expect(await kept.historian.write([columnsOf([sample(0, 1)])])).toEqual([]);
  });
});
