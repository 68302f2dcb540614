/** `fieldlab start`: everything that a plant needs, in processes that are kept alive, with one line that says where to look. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { credentialsFile, loadCredentials } from "../config/credentials.ts";
import { CLOCK_VARIABLE } from "../model/time.ts";
import { keepRunning, type Child } from "./child.ts";
import { openChildLog } from "./childlog.ts";
import { clockOfFolder, MAX_SPEED } from "./clock.ts";
import type { Given } from "./command.ts";
import { Ends, EXIT, type ExitCode } from "./exit.ts";
import { numberOption } from "./given.ts";
import { takeLock } from "./lock.ts";
import { ensurePages } from "./pages.ts";
import { choosePlant, sameChoice, type Chosen } from "./plant.ts";
import { isFree, listenerOn } from "./ports.ts";
import type { ChildMessage } from "./process.ts";
import { openTerminal } from "./terminal.ts";

/** A process that has died this often before the pages could be opened will not come by itself. */
const MAX_RESTARTS_BEFORE_READY = 4;
/** Migrations and a check of large stores included. */
const READY_WITHIN_MS = 120_000;
/** The demo loads some ten megabytes of nodesets; after this the edge finds its machines by itself. */
const DEMO_WITHIN_MS = 20_000;
/** A moment for the broker, so that the edge need not complain of it; acquisition does not wait longer. */
const SITE_WITHIN_MS = 3_000;
const POLL_MS = 100;
/** Shorter than the three seconds that Ctrl-C may take, longer than the processes give themselves. */
const PATIENCE_MS = 2_700;

export async function run(given: Given): Promise<ExitCode> {
  const chosen = choosePlant(given);
  const { plant, folder } = chosen;
  const speed = numberOption(given, "speed", 0.1, MAX_SPEED);
  if (speed !== undefined && speed !== 1 && !plant.site.demo) {
    throw new Ends(EXIT.usage, `--speed is for the demo: ${chosen.file} is a plant in real time`);
  }
  using lock = takeLock(folder);
  const clock = clockOfFolder(folder, speed, existsSync(credentialsFile(folder)));
  const { token } = loadCredentials(folder);
  await refuseTakenPorts(chosen);

  const terminal = openTerminal();
  const children: Child[] = [];
  const stop = stopSignal(() => {
    for (const child of children) child.kill();
    process.exit(128 + 2);
  });
  try {
    await ensurePages(terminal.say, stop);
    let address: string | undefined;
    const siteListens = Promise.withResolvers<void>();
    const demoReady = Promise.withResolvers<void>();
    const environment = clock.text === "" ? {} : { [CLOCK_VARIABLE]: clock.text };
    const begin = (name: string, args: readonly string[] = [], once = false) => {
      const log = openChildLog(name, join(folder, "logs", `${name}.log`), terminal.say);
      const onMessage = (message: ChildMessage) => {
        if (message.kind === "listening") {
          address = message.address;
          siteListens.resolve();
        } else if (message.kind === "ready") demoReady.resolve();
        else terminal.progress(name, message.text, message.fraction);
      };
      const words = [name, ...sameChoice(given, chosen), ...args];
      const child = keepRunning({ name, args: words, environment, log, say: terminal.say, onMessage, once });
      children.push(child);
      return { child, log };
    };
    const site = begin("site", ["--port", String(plant.network.http.port)]);
    if (plant.site.demo) {
      begin("demo");
    } else {
      await Promise.race([siteListens.promise, sleep(SITE_WITHIN_MS, undefined, { signal: stop })]);
      begin("edge");
    }
    await untilReady(site.child, () => address, site.log.tail, stop);
    lock.setAddress(address ?? "");
    terminal.print(`fieldlab-gateway is at ${address}/#token=${token}`);
    terminal.say(
      `${chosen.file}; data and logs in ${relative(process.cwd(), folder) || "."}; Ctrl-C stops everything.`,
    );
    if (plant.site.demo) {
      // Live data first: they are what a newcomer waits for, and the machines must be there to be read.
      await Promise.race([demoReady.promise, sleep(DEMO_WITHIN_MS, undefined, { signal: stop })]);
      begin("edge");
      begin("demo-history", [], true);
    }
    await aborted(stop);
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    if (children.length > 0) terminal.say("Stopping …");
    await Promise.all(children.map((child) => child.stop(PATIENCE_MS)));
    terminal.close();
  }
  return EXIT.ok;
}

/** Aborts on the first Ctrl-C or SIGTERM; the second calls `now`. */
function stopSignal(now: () => void): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) controller.abort();
      // systemd and run.mjs may send SIGTERM twice for one stop; only a person who presses Ctrl-C again means it.
      else if (name === "SIGINT") now();
    });
  }
  return controller.signal;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function refuseTakenPorts({ plant, file }: Chosen): Promise<void> {
  const { http, mqtt } = plant.network;
  const wanted = [{ ...http, setting: "network.http.port", option: " or --port" }];
  if (mqtt.broker === "embedded") wanted.push({ ...mqtt, setting: "network.mqtt.port", option: "" });
  for (const { host, port, setting, option } of wanted) {
    if (await isFree(host, port)) continue;
    const who = listenerOn(port);
    const by = who === undefined ? "by another program" : `by ${who}`;
    const message = `Port ${port} on ${host} (${setting}) is in use ${by}. Stop that, or choose another port: ${setting} in ${file}${option}.`;
    throw new Ends(EXIT.failed, message);
  }
}

/** Until the site says that history, broker and ledger are open. */
async function untilReady(
  site: Child,
  address: () => string | undefined,
  tail: () => string,
  signal: AbortSignal,
): Promise<void> {
  const end = performance.now() + READY_WITHIN_MS;
  while (performance.now() < end) {
    const at = address();
    if (at !== undefined && (await isReady(at))) return;
    if (site.restarts() >= MAX_RESTARTS_BEFORE_READY) {
      throw new Ends(EXIT.failed, `${tail()}\nThe site does not start: see above, and the folder logs for more.`);
    }
    await sleep(POLL_MS, undefined, { signal });
  }
  throw new Ends(EXIT.failed, `${tail()}\nThe site was not ready within ${READY_WITHIN_MS / 1000} s: see above.`);
}

async function isReady(address: string): Promise<boolean> {
  try {
    const reply = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(2_000) });
    await reply.body?.cancel();
    return reply.ok;
  } catch {
    return false;
  }
}
