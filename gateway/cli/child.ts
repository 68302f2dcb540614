/** A process that `start` keeps alive: restarted with a growing pause when it dies, ended in order, killed when that fails. */
import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ChildLog } from "./childlog.ts";
import { leanEnvironment } from "./lean.ts";
import type { ChildMessage } from "./process.ts";

const FIRST_PAUSE_MS = 250;
/** A process that cannot start costs little at this pace, and is back soon after its cause is mended. */
const LONGEST_PAUSE_MS = 15_000;
/** A process that ran this long was well: its next fault starts with the short pause again. */
const WELL_AFTER_MS = 60_000;

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

export interface ChildOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly log: ChildLog;
  readonly say: (line: string) => void;
  readonly onMessage?: (message: ChildMessage) => void;
  /** Does its work and ends; an end without a fault is not followed by a restart. */
  readonly once?: boolean;
}

export interface Child {
  readonly name: string;
  readonly pid: () => number | undefined;
  readonly restarts: () => number;
  /** Resolves when it has ended for good. */
  readonly ended: Promise<void>;
  /** Asks it to end, and kills it after `patience`. */
  stop(patienceMs: number): Promise<void>;
  /** Without patience. */
  kill(): void;
}

export function keepRunning(options: ChildOptions): Child {
  const { name, once, say } = options;
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let restarts = 0;

  const live = async (): Promise<void> => {
    let pause = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      const began = performance.now();
      child = launch(options);
      const how = await endOf(child);
      if (stopping.signal.aborted || (once === true && how === "code 0")) return;
      if (performance.now() - began > WELL_AFTER_MS) pause = FIRST_PAUSE_MS;
      restarts += 1;
      say(`${name}: ended (${how}); starts again in ${pause} ms (restart ${restarts})`);
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  };
  const ended = live();
  return {
    name,
    pid: () => child?.pid,
    restarts: () => restarts,
    ended,
    stop: async (patienceMs) => {
      stopping.abort();
      child?.kill("SIGTERM");
      const patience = setTimeout(() => child?.kill("SIGKILL"), patienceMs);
      await ended;
      clearTimeout(patience);
    },
    kill: () => {
      stopping.abort();
      child?.kill("SIGKILL");
    },
  };
}

function launch({ args, environment, log, onMessage }: ChildOptions): ChildProcess {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, ...args], {
    env: { ...leanEnvironment(process.env), ...environment },
    // The channel also tells the child when we are gone.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  child.stdout?.on("data", log.out);
  child.stderr?.on("data", log.err);
  child.on("message", (message) => onMessage?.(message as ChildMessage));
  return child;
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    // "close", not "exit": the last words must have been read.
    child.once("close", (code, signal) => resolve(signal === null ? `code ${code}` : signal));
  });
}
