/** The demo plant that ships, as a file on free ports with a folder of its own, and what its site says of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { loadCredentials, type Credentials } from "../../gateway/config/credentials.ts";
import { loadPlant } from "../../gateway/config/load.ts";
import type { PlantConfig } from "../../gateway/config/schema.ts";
import { formatInstant, type Range } from "../../gateway/model/time.ts";
import { EnergyReply, HealthReply, LedgerReply, OverviewReply, TimelineReply } from "../../gateway/site/api/replies.ts";
import { freePort } from "../servers/ports.ts";
import { eventually } from "./processes.ts";

export interface DemoPlantOptions {
  /** In place of the calendars that ship. */
  readonly calendars?: Readonly<Record<string, object>>;
  readonly mqtt?: object;
  readonly historian?: object;
}

export interface DemoPlant extends Disposable {
  readonly plant: PlantConfig;
  readonly config: string;
  readonly folder: string;
  /** The options by which every command finds this plant. */
  readonly options: readonly string[];
  readonly credentials: Credentials;
  readonly address: string;
  get<Reply>(path: string, schema: { parse(value: unknown): Reply }): Promise<Reply>;
  ledger(machine: string, range: Range): Promise<z.infer<typeof LedgerReply>>;
  timeline(machine: string, range: Range): Promise<z.infer<typeof TimelineReply>>;
  energy(range: Range): Promise<z.infer<typeof EnergyReply>>;
  health(): Promise<z.infer<typeof HealthReply>>;
  overview(): Promise<z.infer<typeof OverviewReply>>;
  ready(): Promise<void>;
  /** Resolves when nothing late waits to be folded into the ledger. */
  folded(): Promise<void>;
}

const Shipped = z.looseObject({
  network: z.looseObject({}),
  storage: z.looseObject({}),
  connections: z.record(z.string(), z.looseObject({ protocol: z.string() })),
  calendars: z.record(z.string(), z.looseObject({})),
});

export async function demoPlant({ calendars, mqtt, historian }: DemoPlantOptions = {}): Promise<DemoPlant> {
  const root = mkdtempSync(join(tmpdir(), "fieldlab-demo-"));
  const folder = join(root, "data");
  const config = join(root, "plant.yaml");
  const shipped = Shipped.parse(parse(readFileSync("config/demo.yaml", "utf8")));
  const connections: Record<string, object> = {};
  for (const [name, connection] of Object.entries(shipped.connections)) {
    const port = await freePort();
    const place = connection.protocol === "opcua" ? { endpoint: `opc.tcp://127.0.0.1:${port}` } : { port };
    connections[name] = { ...connection, ...place };
  }
  const http = await freePort();
  writeFileSync(
    config,
    stringify({
      ...shipped,
      network: { http: { port: http }, mqtt: mqtt ?? { broker: "embedded", port: await freePort() } },
      storage: { folder, ...(historian === undefined ? {} : { historian }) },
      connections,
      calendars: { ...shipped.calendars, ...calendars },
    }),
  );
  const loaded = loadPlant(config);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems, undefined, 2));
  const credentials = loadCredentials(folder);
  const address = `http://127.0.0.1:${http}`;
  const get: DemoPlant["get"] = async (path, schema) => {
    const reply = await fetch(`${address}/api/v1${path}`, {
      headers: { authorization: `Bearer ${credentials.token}` },
    });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return schema.parse(await reply.json());
  };
  const health = () => get("/health", HealthReply);
  return {
    plant: loaded.plant,
    config,
    folder,
    options: ["--config", config, "--data", folder],
    credentials,
    address,
    get,
    ledger: (machine, range) => get(`/machines/${machine}/ledger?${query(range)}`, LedgerReply),
    timeline: (machine, range) => get(`/machines/${machine}/timeline?${query(range)}`, TimelineReply),
    energy: (range) => get(`/energy?${query(range)}`, EnergyReply),
    health,
    overview: () => get("/overview", OverviewReply),
    ready: async () => {
      const ask = async () => ((await fetch(`${address}/readyz`)).ok ? true : undefined);
      await eventually("the site is ready", ask, 60_000);
    },
    folded: async () => {
      const ask = async () => ((await health()).ledger.recomputing.length === 0 ? true : undefined);
      await eventually("the ledger is up to date", ask, 60_000);
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

const query = ({ from, to }: Range): string =>
  new URLSearchParams({ from: formatInstant(from), to: formatInstant(to) }).toString();
