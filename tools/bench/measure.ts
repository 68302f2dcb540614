/** What an operating system knows of a process, and how a bench writes down what it found. */
import { readFileSync } from "node:fs";

/** Clock ticks per second of /proc/<pid>/stat; 100 on every Linux this runs on. */
const TICKS = 100;
const PAGE_BYTES = 4096;

/** CPU seconds (user and system) and resident bytes of a running process, from /proc. */
export function usage(pid: number): { cpuSeconds: number; rssBytes: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return { cpuSeconds: (user + system) / TICKS, rssBytes: Number(fields[21]) * PAGE_BYTES };
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** One line of a bench: what was measured, how much, in which unit. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface BenchOptions {
  /** How long a bench of the running system measures; stages count samples instead. */
  readonly seconds: number;
  /** Folder for CPU profiles of the gateway's processes. */
  readonly profile?: string | undefined;
}

export interface Bench {
  readonly name: string;
  readonly about: string;
  run(options: BenchOptions): Promise<readonly Figure[]>;
}

/** CPU seconds that this process spends on `work`, per million samples. */
export async function cpuPerMillion(samples: number, work: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system > 0 ? (user + system) / samples : Number.NaN;
}
