/** The product's own processes, started and killed as an operating system would. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface Running extends AsyncDisposable {
  readonly output: () => string;
  /** kill -9: no chance to finish anything. */
  kill(): Promise<void>;
  /** SIGTERM, and the exit code that followed. */
  stop(): Promise<number | null>;
}

/** How much of a child's output a failing test may show. */
const OUTPUT_LIMIT = 200_000;

export function startProcess(file: string, args: readonly string[], environment: Record<string, string> = {}): Running {
  const child = spawn(file, args, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const keep = (data: Buffer) => {
    output = (output + data.toString()).slice(-OUTPUT_LIMIT);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return {
    output: () => output,
    kill: async () => {
      await end(child, "SIGKILL");
    },
    stop: () => end(child, "SIGTERM"),
    [Symbol.asyncDispose]: async () => {
      await end(child, "SIGKILL");
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
  return child.exitCode;
}

/** `fieldlab` in the Node that runs the tests. */
const FIELDLAB = ["--disable-warning=ExperimentalWarning", "gateway/cli/main.ts"];

/** One of our own processes that stays: `fieldlab <args>`. */
export const startFieldlab = (args: readonly string[], environment: Record<string, string> = {}): Running =>
  startProcess(process.execPath, [...FIELDLAB, ...args], environment);

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command that ends by itself, as a script runs it. */
export const fieldlab = (...args: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(process.execPath, [...FIELDLAB, ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });

/** Running processes whose command line names this file, such as all that work with one configuration. */
export function processesNaming(file: string): { readonly pid: number; readonly words: readonly string[] }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [{ pid: Number(pid), words: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0") }];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    })
    .filter(({ words }) => words.includes(file));
}

/** Asks until the answer is not undefined. Throws with `what` when the time is over. */
export async function eventually<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined> | Answer | undefined,
  timeoutMs = 30_000,
): Promise<Answer> {
  const end_ = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < end_) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(100);
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s`, { cause: last });
}
