/** The frame of every process of the gateway: its plant, clock, secrets and log, and a clean end. */
import { loadCredentials, type Credentials } from "../config/credentials.ts";
import type { PlantConfig } from "../config/schema.ts";
import { createLog, type Log } from "../log.ts";
import { clockFrom, type Clock } from "../model/time.ts";
import type { Given } from "./command.ts";
import { Ends, EXIT, type ExitCode } from "./exit.ts";
import { choosePlant } from "./plant.ts";

export interface ProcessContext {
  readonly plant: PlantConfig;
  readonly folder: string;
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What a process tells the `start` that runs it. */
export type ChildMessage =
  | { readonly kind: "progress"; readonly fraction: number; readonly text: string }
  | { readonly kind: "listening"; readonly address: string }
  | { readonly kind: "ready" };

/** After this an orderly end has failed, and whoever waits for us is helped more by an end. */
const END_WITHIN_MS = 2_500;

export async function runProcess(
  name: string,
  given: Given,
  body: (context: ProcessContext) => Promise<void>,
  clock: Clock = clockFrom(process.env),
): Promise<ExitCode> {
  const log = createLog(name);
  try {
    const { plant, folder } = choosePlant(given);
    using end = endSignal(log);
    await body({ plant, folder, clock, credentials: loadCredentials(folder), log, signal: end.signal }).catch(
      (error) => {
        // Work that throws the reason of its abort has ended as it was asked to.
        if (error !== end.signal.reason) throw error;
      },
    );
    log.info("ended");
    // Handles that an end left open (a socket in its time-out) must not keep the process.
    setTimeout(() => process.exit(EXIT.ok), END_WITHIN_MS).unref();
    return EXIT.ok;
  } catch (error) {
    if (error instanceof Ends) throw error;
    log.fatal({ err: error }, error instanceof Error ? error.message : String(error));
    setTimeout(() => process.exit(EXIT.failed), END_WITHIN_MS).unref();
    return EXIT.failed;
  }
}

export interface End extends Disposable {
  /** Aborts on Ctrl-C, on SIGTERM, and when the `start` that runs us is gone. */
  readonly signal: AbortSignal;
}

/** Dispose it when the work is done: until then an end that takes too long is cut off. */
export function endSignal(log?: Log): End {
  const controller = new AbortController();
  let limit: NodeJS.Timeout | undefined;
  const end = (why: string) => {
    if (controller.signal.aborted) {
      if (why === "SIGINT") process.exit(128 + 2);
      return;
    }
    log?.info({ why }, "ending");
    controller.abort(new Ends(EXIT.ok, why));
    limit = setTimeout(() => {
      log?.error({ limitMs: END_WITHIN_MS }, "the end took too long; leaving");
      process.exit(EXIT.failed);
    }, END_WITHIN_MS).unref();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => end(name));
  if (process.connected) {
    process.on("disconnect", () => end("the process that started us is gone"));
    // Listening to it must not keep us alive when our work is done.
    process.channel?.unref();
  }
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(limit) };
}

/** Tells `start` what it waits for; alone, the reader of the terminal. */
export function report(message: ChildMessage): void {
  if (process.send !== undefined) {
    if (process.connected) process.send(message);
  } else if (message.kind === "progress") {
    process.stderr.write(`${message.text} ${Math.floor(message.fraction * 100)} %\n`);
  }
}
