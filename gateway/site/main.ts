/**
 * The site process, put together: the API first, so that the page is reachable at once, then broker, historian,
 * ledger, ingest and open view. Aborting closes them in the opposite order.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { AddressInfo } from "node:net";
import type { Credentials } from "../config/credentials.ts";
import type { PlantConfig } from "../config/schema.ts";
import { connectMqtt } from "../link/connect.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../model/time.ts";
import { createApi } from "./api/server.ts";
import type { Running, Source } from "./api/source.ts";
import { tagsOf } from "./api/tags.ts";
import { startBroker } from "./broker.ts";
import { openHistorian, type OpenHistorian } from "./historian/open.ts";
import { startIngest } from "./ingest.ts";
import { openLedger } from "./ledger/open.ts";
import { startLedgerView } from "./ledgerview.ts";
import { watchLoop } from "./looplag.ts";
import { createMetrics } from "./metrics.ts";
import { startOpenView } from "./openview.ts";

export interface SiteOptions {
  readonly plant: PlantConfig;
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called once the HTTP server listens, with the address that a browser on this machine can use. */
  readonly onListening?: (address: string) => void;
}

/** A store that is not there yet, such as an InfluxDB that starts beside us, is asked again this often. */
const RETRY_MS = 2000;

/** Runs until the signal aborts; throws for what a person must mend, such as a port that is taken. */
export async function runSite(options: SiteOptions): Promise<void> {
  const { plant, clock, credentials, log, signal } = options;
  mkdirSync(plant.storage.folder, { recursive: true });
  await using stack = new AsyncDisposableStack();
  let running: Running | undefined;
  let startingError: string | undefined;
  const loop = stack.use(watchLoop());
  const source: Source = {
    plant,
    clock,
    running: () => running,
    startingError: () => startingError,
    loopLagMs: () => loop.read(),
  };
  await serve(stack, options, source);

  const { mqtt } = plant.network;
  const broker =
    mqtt.broker === "embedded"
      ? stack.use(await startBroker({ host: mqtt.host, port: mqtt.port, passwords: credentials.mqtt, log }))
      : undefined;
  // Port 0 in the configuration means: whichever was free.
  const reachable = broker === undefined || mqtt.broker !== "embedded" ? mqtt : { ...mqtt, port: broker.port };
  const client = await connectMqtt(reachable, {
    clientId: `fieldlab-site-${process.pid}`,
    username: "site",
    password: credentials.mqtt.site,
  });
  stack.defer(() => client.endAsync(true));

  const historian = await untilOpen(options, (reason) => (startingError = reason));
  if (historian === undefined) return;
  stack.use(historian);
  const ledger = stack.use(await openLedger({ plant, historian, folder: plant.storage.folder, clock, log }));
  const ingest = stack.use(
    await startIngest({
      client,
      historian,
      folder: plant.storage.folder,
      now: () => clock.now(),
      log,
      tags: [...tagsOf(plant).keys()],
      onStored: (columns) => ledger.stored(columns),
    }),
  );
  startingError = undefined;
  const parts: Running = { ledger, historian, ingest, brokerConnected: () => client.connected };
  running = parts;
  stack.defer(() => (running = undefined));
  stack.use(startOpenView({ plant, clock, client, running: parts, log }));
  if (historian.writeQuarters !== undefined) {
    const write = historian.writeQuarters.bind(historian);
    stack.use(startLedgerView({ plant, ledger, now: () => clock.now(), write, log }));
  }
  log.info({ site: plant.site.name }, "site runs");
  await aborted(signal);
}

async function serve(stack: AsyncDisposableStack, options: SiteOptions, source: Source): Promise<void> {
  const { network, storage } = options.plant;
  const { host, port } = network.http;
  const sessionFile = join(storage.folder, "sessions.json");
  const { log, credentials } = options;
  const metrics = createMetrics(source);
  const api = await createApi({ source, token: credentials.token, sessionFile, metrics, log, host });
  stack.defer(() => api.close());
  try {
    await api.listen({ host, port });
  } catch (cause) {
    throw new Error(`cannot listen for HTTP on ${host}:${port}: ${advice(cause)}`, { cause });
  }
  const { port: bound } = api.server.address() as AddressInfo;
  const near = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const address = `http://${near.includes(":") ? `[${near}]` : near}:${bound}`;
  log.info({ address }, "API listens");
  options.onListening?.(address);
}

function advice(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  if (code === "EADDRINUSE") return "another program uses that port; stop it, or set network.http.port";
  if (code === "EADDRNOTAVAIL") return "this machine has no such address; set network.http.host";
  if (code === "EACCES") return "this program may not use that port; set network.http.port to one above 1023";
  return code;
}

/** The store, as soon as it answers; meanwhile the health page says why not. Undefined when the signal aborted first. */
async function untilOpen(
  { plant, clock, log, signal }: SiteOptions,
  tell: (reason: string) => void,
): Promise<OpenHistorian | undefined> {
  const { storage } = plant;
  let told: string | undefined;
  while (!signal.aborted) {
    try {
      const historian = await openHistorian({ storage, folder: storage.folder, log, now: () => clock.now() });
      // Opened is not yet reached: a database over the network is, when it answers.
      const answered = historian.latest([...tagsOf(plant).keys()].slice(0, 1));
      await Promise.race([answered, aborted(signal)]).catch(async (cause: unknown) => {
        await historian[Symbol.asyncDispose]();
        throw cause;
      });
      return historian;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tell(`the historian does not answer: ${reason}`);
      if (told !== reason) log.error({ err: error }, "the historian does not answer; trying again");
      told = reason;
      await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
