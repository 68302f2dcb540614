/** A machine that attacks: what it says reaches every sink as data, and what we keep from it reaches none. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { OpenValue } from "../../gateway/model/messages.ts";
import { TestServer, URI } from "../servers/opcua.ts";
import { freePort } from "../servers/ports.ts";
import { eventually, fieldlab, startFieldlab, type Running } from "../system/processes.ts";

// A server with a key of its own and three processes start here: a busy machine needs its time for that.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const HTML = `<img src=x onerror=alert(1)>`;
const FORMULA = `=cmd|' /C calc'!A0`;
const LOG_LINE = `done\n{"level":60,"msg":"forged"}\r\n\u001b[2J\u001b]0;title\u0007`;
const TOPIC = `../#/+/$SYS`;
const LINE = `x,forged=1 value=1i 1\nforged value=2`;
/** What the machine says, by tag; node names attack as well. */
const ATTACKS = { html: HTML, formula: FORMULA, logLine: LOG_LINE, topic: TOPIC, line: LINE } as const;
/** The machine's own trouble texts carry these names. */
const MISSING = `missing ${HTML}\n{"level":60,"msg":"forged"}`;

const MACHINE_PASSWORD = "the-password-of-the-machine";

let folder = "";
let data = "";
let config = "";
let address = "";
let mqttPort = 0;
let server: TestServer;
let gateway: Running;
let secrets: readonly string[] = [];
let token = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fieldlab-hostile-"));
  data = join(folder, "data");
  config = join(folder, "plant.yaml");
  const [opcua, http] = [await freePort(), await freePort()];
  mqttPort = await freePort();
  const names = Object.keys(ATTACKS).map((name) => `${name} ${HTML}`);
  server = await TestServer.start({ port: opcua, names, secure: true, users: { reader: MACHINE_PASSWORD } });
  for (const [name, attack] of Object.entries(ATTACKS)) server.set(`${name} ${HTML}`, attack);
  const nodeOf = (name: string) => ({ node: `nsu=${URI};s=${name}`, maxAge: "10 s" });
  const tags = Object.fromEntries(Object.keys(ATTACKS).map((name) => [name, nodeOf(`${name} ${HTML}`)]));
  const plant = {
    version: 1,
    site: { name: `Site ${TOPIC}`, enterprise: TOPIC },
    network: { http: { port: http }, mqtt: { port: mqttPort } },
    connections: {
      attacker: {
        protocol: "opcua",
        endpoint: `opc.tcp://127.0.0.1:${opcua}`,
        user: { name: "reader", password: { env: "MACHINE_PASSWORD" } },
        tags: { ...tags, missing: nodeOf(MISSING) },
      },
    },
    calendars: { day: { shifts: [{ name: HTML, days: ["mon"], from: "06:00", to: "14:00" }] } },
    lines: { line: { name: `Line ${HTML}` } },
    machines: {
      press: {
        name: HTML,
        line: "line",
        calendar: "day",
        signals: {
          state: { tag: "attacker/html", map: { [HTML]: "producing" } },
          order: { tag: "attacker/topic" },
          product: { tag: "attacker/formula" },
        },
      },
    },
  };
  writeFileSync(config, stringify(plant));
  gateway = startFieldlab(["start", "--config", config, "--data", data], { FIELDLAB_LOG: "trace", MACHINE_PASSWORD });
  address = await eventually(
    "the address is printed",
    () => /(http:\/\/127\.0\.0\.1:\d+)\/#token=/.exec(gateway.output())?.[1],
    60_000,
  );
  const Secrets = z.object({ token: z.string(), mqtt: z.object({ site: z.string(), edge: z.string() }) });
  const own = Secrets.parse(JSON.parse(readFileSync(join(data, "secrets.json"), "utf8")));
  token = own.token;
  secrets = [MACHINE_PASSWORD, own.token, own.mqtt.site, own.mqtt.edge];
  await eventually(
    "every attack is stored",
    async () => {
      const csv = await (await get(`/export.csv?${tagsQuery()}&${range()}`)).text();
      return Object.keys(ATTACKS).every((name) => csv.includes(`attacker/${name}`)) ? true : undefined;
    },
    60_000,
  );
});
afterAll(async () => {
  await gateway.stop();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string) =>
  fetch(`${address}/api/v1${path}`, { headers: { authorization: `Bearer ${token}`, connection: "close" } });
const tagsQuery = () =>
  Object.keys(ATTACKS)
    .map((name) => `tag=attacker/${name}`)
    .join("&");
const range = () => {
  const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString();
  return `from=${hours(-1)}&to=${hours(1)}`;
};
const READS = () => [
  "/plant",
  "/overview",
  `/machines/press/timeline?${range()}`,
  `/machines/press/ledger?${range()}`,
  `/machines/press/stops?${range()}`,
  `/shifts?machine=press&${range()}`,
  `/series?tag=attacker/html&points=10&${range()}`,
  `/energy?${range()}`,
  "/health",
  "/dead-letters",
];
/** Everything that the processes wrote down, by file. */
const logs = () =>
  readdirSync(join(data, "logs")).map((file) => ({ file, text: readFileSync(join(data, "logs", file), "utf8") }));

describe("a hostile machine", () => {
  test("is answered about as JSON that no browser takes for a page", async () => {
    for (const path of READS()) {
      const reply = await get(path);
      expect([path, reply.status]).toEqual([path, 200]);
      expect(reply.headers.get("content-type")).toMatch(/^application\/json/);
      expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
    }
    const overview = async () => JSON.parse(await (await get("/overview")).text()) as unknown;
    const machines = [{ order: TOPIC, product: FORMULA }];
    await expect.poll(overview, { timeout: 20_000 }).toMatchObject({ machines });
  });

  test("gets no script into the page: only files of our own run", async () => {
    const policy = (await fetch(`${address}/`)).headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
  });

  test("starts no formula in a spreadsheet", async () => {
    const csv = await (await get(`/export.csv?${tagsQuery()}&${range()}`)).text();
    expect(csv).toContain(`"'${FORMULA}"`);
    expect(csv).not.toMatch(/(^|[,\n])"?[=+@]/);
  });

  test("opens no topic of its own", async () => {
    const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
    const seen = new Map<string, unknown>();
    client.on("message", (topic, payload) => {
      if (topic.endsWith("/order")) seen.set(topic, OpenValue.parse(JSON.parse(payload.toString())).value);
      else seen.set(topic, null);
    });
    await client.subscribeAsync("#");
    await expect.poll(() => [...seen.values()], { timeout: 10_000 }).toContain(TOPIC);
    await client.endAsync();
    const own = [...seen.keys()].filter((topic) => !topic.startsWith("fieldlab/"));
    for (const topic of own)
      expect(topic).toMatch(/^\.\._____\$SYS\/Site \.\._____\$SYS\/area\/line\/press\/(kpi\/)?[A-Za-z]+$/);
  });

  test("forges no line of a log", () => {
    const told = logs().filter(({ file }) => /^(edge|site)\.log/.test(file));
    expect(told.length).toBeGreaterThanOrEqual(2);
    for (const { text } of told) {
      for (const line of text.trimEnd().split("\n")) expect(JSON.parse(line)).not.toHaveProperty("msg", "forged");
    }
    expect(told.map(({ text }) => text).join("")).toContain("missing");
  });

  test("gives a terminal no command", async () => {
    const words = ["--config", config, "--data", data];
    const [read, status] = await Promise.all([
      fieldlab("read", "attacker", "--once", ...words),
      fieldlab("status", ...words),
    ]);
    const shown = [gateway.output(), read.out, read.err, status.out, status.err].join("\n");
    expect(status.out).toContain("attacker");
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(shown).not.toMatch(/^\{"level":60,"msg":"forged"/m);
  });
});

test("no secret is in any log at its most talkative, in any reply, or on the broker", async () => {
  const places = new Map(logs().map(({ file, text }) => [file, text]));
  expect([...places.values()].join("").length).toBeGreaterThan(1000);
  for (const path of [...READS(), "/openapi.json", "/nowhere"]) places.set(path, await (await get(path)).text());
  places.set("/metrics", await (await fetch(`${address}/metrics`)).text());
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
  client.on("message", (topic, payload) => places.set(topic, payload.toString("latin1")));
  await client.subscribeAsync("#");
  await expect.poll(() => [...places.keys()].filter((name) => name.endsWith("/status")).length).toBeGreaterThan(0);
  await client.endAsync();
  for (const [place, text] of places) {
    for (const secret of secrets) expect([place, text.includes(secret)]).toEqual([place, false]);
  }
});
