/** A real mosquitto on a free port, with or without its memory. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, startProcess, type Running } from "../system/processes.ts";
import { pathOf } from "./available.ts";
import { freePort, listens } from "./ports.ts";

export interface Mosquitto extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
}

export async function startMosquitto(port_?: number): Promise<Mosquitto> {
  const port = port_ ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), "mosquitto-"));
  const config = join(folder, "mosquitto.conf");
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_packet_size 8388608\nuser root\n`,
  );
  let running: Running | undefined;
  const start = async () => {
    running = startProcess(pathOf("mosquitto"), ["-c", config]);
    await eventually("mosquitto listens", () => listens(port));
  };
  await start();
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    start,
    kill: async () => running?.kill(),
    [Symbol.asyncDispose]: async () => {
      await running?.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
