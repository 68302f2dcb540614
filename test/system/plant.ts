/** A small plant for the system tests: many fast registers on one Modbus device that we did not write. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { HealthReply } from "../../gateway/site/api/replies.ts";
import { URI } from "../servers/opcua.ts";
import { freePort, listens } from "../servers/ports.ts";
import { eventually, startFieldlab, startProcess, type Running } from "./processes.ts";

export interface PlantOptions {
  readonly modbusPort: number;
  readonly registers: number;
  /** Also reads the variable "Count" of the OPC UA test server at this port. */
  readonly opcuaPort?: number;
  readonly mqtt?: object;
  readonly historian?: object;
}

/** What a plant needs beside its connections: one machine in one shift, whose state is 1 while it produces. */
export const onePress = (tag: string) => ({
  calendars: { day: { shifts: [{ name: "day", days: ["mon"], from: "06:00", to: "14:00" }] } },
  lines: { line: { name: "Line" } },
  machines: {
    press: {
      name: "Press",
      line: "line",
      calendar: "day",
      signals: { state: { tag, map: { "1": "producing" } } },
    },
  },
});

export interface TestPlant extends Disposable {
  readonly config: string;
  readonly folder: string;
  readonly tags: readonly string[];
  startEdge(): Running;
  startSite(): Running;
  health(): Promise<z.infer<typeof HealthReply>>;
}

/** The tag of the OPC UA server. */
export const COUNT = "mill/count";

export async function testPlant({
  modbusPort,
  registers,
  opcuaPort,
  mqtt,
  historian,
}: PlantOptions): Promise<TestPlant> {
  const root = mkdtempSync(join(tmpdir(), "fieldlab-"));
  const folder = join(root, "data");
  mkdirSync(folder);
  const config = join(root, "plant.yaml");
  const http = await freePort();
  const names = Array.from({ length: registers }, (_, i) => `r${i}`);
  const tags = Object.fromEntries(names.map((name, i) => [name, { register: `input ${i}`, interval: "100 ms" }]));
  writeFileSync(
    config,
    stringify({
      version: 1,
      site: { name: "Test" },
      network: { http: { port: http }, mqtt: mqtt ?? { broker: "embedded", port: await freePort() } },
      storage: { folder, ...(historian === undefined ? {} : { historian }) },
      connections: {
        load: { protocol: "modbus", transport: "tcp", host: "127.0.0.1", port: modbusPort, tags },
        ...(opcuaPort === undefined ? {} : { mill: counted(opcuaPort) }),
      },
      ...onePress("load/r0"),
    }),
  );
  const process_ = (name: string) =>
    startFieldlab([name, "--config", config, "--data", folder], { FIELDLAB_LOG: "info" });
  return {
    config,
    folder,
    tags: [...names.map((name) => `load/${name}`), ...(opcuaPort === undefined ? [] : [COUNT])],
    startEdge: () => process_("edge"),
    startSite: () => process_("site"),
    health: async () => {
      const secrets = z
        .object({ token: z.string() })
        .parse(JSON.parse(readFileSync(join(folder, "secrets.json"), "utf8")));
      const reply = await fetch(`http://127.0.0.1:${http}/api/v1/health`, {
        headers: { authorization: `Bearer ${secrets.token}` },
      });
      return HealthReply.parse(await reply.json());
    },
    [Symbol.dispose]: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** A pymodbus server whose registers all change fifty times a second. */
export async function startCounters(registers: number): Promise<Running & { readonly port: number }> {
  const port = await freePort();
  const running = startProcess("/usr/bin/python3", ["test/servers/counters.py", String(port), String(registers)]);
  await eventually("pymodbus listens", () => listens(port));
  return { ...running, port };
}

const counted = (port: number) => ({
  protocol: "opcua",
  endpoint: `opc.tcp://127.0.0.1:${port}`,
  security: { mode: "none" },
  tags: { count: { node: `nsu=${URI};s=Count`, sampling: "0 ms" } },
});
