/** From machine to screen: OPC UA and Modbus servers, the edge, MQTT, the site, and a reader of the event stream. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { z } from "zod";
import { leanEnvironment } from "../../gateway/cli/lean.ts";
import { events, HealthReply } from "../../gateway/site/api/replies.ts";
import { percentile, usage, type Bench, type Figure } from "./measure.ts";

const OPCUA_TAGS = 1000;
const MODBUS_TAGS = 2000;
const WARM_UP_MS = 15_000;
const END_WITHIN_MS = 5_000;
/** What the processes log is no result. */
const STDERR = 2;
const [HTTP, MQTT, OPCUA, MODBUS] = [18_420, 18_884, 48_500, 15_500];

export const wholePath: Bench = {
  name: "whole-path",
  about: `${OPCUA_TAGS} OPC UA tags at 10 changes a second and ${MODBUS_TAGS} Modbus registers at 1 Hz`,
  run: async ({ seconds, profile }) => {
    const folder = mkdtempSync(join(tmpdir(), "fieldlab-bench-"));
    const children: ChildProcess[] = [];
    const start = (output: "pipe" | number, ...args: string[]) => {
      const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
        stdio: ["ignore", output, "inherit"],
        env: { ...leanEnvironment(process.env), FIELDLAB_LOG: "warn" },
      });
      children.push(child);
      return child;
    };
    const source = async (file: string, ...args: string[]) => {
      const { stdout } = start("pipe", file, ...args);
      if (stdout !== null) await once(stdout, "data");
    };
    const profiled = (name: string) =>
      profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${name}.cpuprofile`];
    try {
      const config = join(folder, "plant.yaml");
      writeFileSync(config, stringify(plant(folder)));
      await source("tools/bench/opcua-source.ts", String(OPCUA), String(OPCUA_TAGS));
      await source("tools/bench/modbus-source.ts", String(MODBUS));
      const process = (name: string) =>
        start(STDERR, ...profiled(name), "gateway/cli/main.ts", name, "--config", config, "--data", folder);
      const site = process("site");
      const edge = process("edge");
      await sleep(WARM_UP_MS);
      return await measured(seconds, folder, edge.pid ?? 0, site.pid ?? 0);
    } finally {
      await Promise.all(children.map(end));
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** An orderly end first: a profiler writes what it has at the end. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const patience = setTimeout(() => child.kill("SIGKILL"), END_WITHIN_MS);
  await ended;
  clearTimeout(patience);
}

function plant(folder: string): object {
  const opcua = Array.from({ length: OPCUA_TAGS }, (_, i) => [
    `v${i}`,
    { node: `nsu=urn:fieldlab-bench;s=v${i}`, sampling: "50 ms" },
  ]);
  const modbus = Array.from({ length: MODBUS_TAGS }, (_, i) => [`r${i}`, { register: `holding ${i}` }]);
  return {
    version: 1,
    site: { name: "Bench" },
    network: { http: { port: HTTP }, mqtt: { broker: "embedded", port: MQTT } },
    storage: { folder },
    connections: {
      opcua: {
        protocol: "opcua",
        endpoint: `opc.tcp://127.0.0.1:${OPCUA}`,
        security: { mode: "none" },
        tags: Object.fromEntries(opcua),
      },
      modbus: {
        protocol: "modbus",
        transport: "tcp",
        host: "127.0.0.1",
        port: MODBUS,
        tags: Object.fromEntries(modbus),
      },
    },
    calendars: { day: { shifts: [{ name: "day", days: ["mon"], from: "06:00", to: "14:00" }] } },
    lines: { line: { name: "Line" } },
    machines: {
      press: {
        name: "Press",
        line: "line",
        calendar: "day",
        signals: { state: { tag: "modbus/r0", map: { "1": "producing" } } },
      },
    },
  };
}

async function measured(seconds: number, folder: string, edge: number, site: number): Promise<readonly Figure[]> {
  const { token } = z
    .object({ token: z.string() })
    .parse(JSON.parse(readFileSync(join(folder, "secrets.json"), "utf8")));
  const headers = { authorization: `Bearer ${token}` };
  const health = async () =>
    HealthReply.parse(await (await fetch(`http://127.0.0.1:${HTTP}/api/v1/health`, { headers })).json());
  const before = await health();
  refuseTroubles(before);
  const listening = new AbortController();
  const latencies: number[] = [];
  const reader = readEvents(headers, latencies, listening.signal);
  const [edgeBefore, siteBefore, started] = [usage(edge), usage(site), Date.now()];
  let [edgeRss, siteRss] = [0, 0];
  while (Date.now() - started < seconds * 1000) {
    await sleep(1000);
    edgeRss = Math.max(edgeRss, usage(edge).rssBytes);
    siteRss = Math.max(siteRss, usage(site).rssBytes);
  }
  const [after, edgeAfter, siteAfter] = [await health(), usage(edge), usage(site)];
  const elapsed = (Date.now() - started) / 1000;
  listening.abort();
  await reader;
  const stored = after.ingest.stored - before.ingest.stored;
  const edgeCpu = edgeAfter.cpuSeconds - edgeBefore.cpuSeconds;
  const siteCpu = siteAfter.cpuSeconds - siteBefore.cpuSeconds;
  latencies.sort((a, b) => a - b);
  return [
    { name: "samples stored", value: stored, unit: "" },
    { name: "samples per second", value: stored / elapsed, unit: "1/s" },
    { name: "edge CPU per million samples", value: (edgeCpu / stored) * 1e6, unit: "s" },
    { name: "site CPU per million samples", value: (siteCpu / stored) * 1e6, unit: "s" },
    { name: "edge RSS, highest", value: edgeRss / 1e6, unit: "MB" },
    { name: "site RSS, highest", value: siteRss / 1e6, unit: "MB" },
    { name: "change to screen, p50", value: percentile(latencies, 0.5), unit: "ms" },
    { name: "change to screen, p95", value: percentile(latencies, 0.95), unit: "ms" },
    { name: "outbox batches waiting at the end", value: after.edges[0]?.outbox?.batches ?? Number.NaN, unit: "" },
  ];
}

/** A tag that is not read would only make the figures look good. */
function refuseTroubles({ tags }: z.infer<typeof HealthReply>): void {
  const silent = tags.filter(({ stale, error }) => stale || error !== null);
  const [first] = silent;
  if (first === undefined) return;
  throw new Error(`${silent.length} of ${tags.length} tags are not read; ${first.id}: ${first.error ?? "stale"}`);
}

/** Ages of the values at the moment at which a page would have them. */
async function readEvents(headers: Record<string, string>, latencies: number[], signal: AbortSignal): Promise<void> {
  try {
    const reply = await fetch(`http://127.0.0.1:${HTTP}/api/v1/events`, { headers, signal });
    let pending = "";
    for await (const chunk of reply.body ?? []) {
      pending += Buffer.from(chunk).toString();
      const blocks = pending.split("\n\n");
      pending = blocks.pop() ?? "";
      const now = performance.timeOrigin + performance.now();
      for (const block of blocks) {
        if (!block.startsWith("event: live")) continue;
        const data = block.slice(block.indexOf("data: ") + 6);
        for (const { time } of Object.values(events.live.parse(JSON.parse(data)).values))
          latencies.push(now - Date.parse(time));
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
