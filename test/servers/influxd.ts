/** A real InfluxDB 1.x on a free port, with its data in a folder that goes with it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, startProcess, type Running } from "../system/processes.ts";
import { pathOf } from "./available.ts";
import { freePort } from "./ports.ts";

export interface Influxd extends AsyncDisposable {
  readonly url: string;
  kill(): Promise<void>;
  /** Starts it again with the same data. */
  start(): Promise<void>;
}

export async function startInfluxd(): Promise<Influxd> {
  const [http, rpc] = [await freePort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), "influxd-"));
  const config = join(folder, "influxdb.conf");
  writeFileSync(
    config,
    `reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:${http}"
  log-enabled = false
[monitor]
  store-enabled = false
`,
  );
  const url = `http://127.0.0.1:${http}`;
  let running: Running | undefined;
  const start = async () => {
    running = startProcess(pathOf("influxd"), ["-config", config]);
    await eventually("influxd answers", async () => ((await fetch(`${url}/ping`)).ok ? true : undefined));
  };
  await start();
  return {
    url,
    start,
    kill: async () => running?.kill(),
    [Symbol.asyncDispose]: async () => {
      await running?.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
