/** One gateway per data folder: says who has it, and where it can be reached. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Ends, EXIT } from "./exit.ts";

const Holder = z.object({
  pid: z.int(),
  /** Start of the process in ticks since the machine's start: tells a process from a later one with its number. */
  ticks: z.string(),
  /** Where its pages and API are; absent until they can be opened. */
  address: z.string().optional(),
});
type Holder = z.infer<typeof Holder>;

export interface Lock extends Disposable {
  setAddress(address: string): void;
}

const fileOf = (folder: string): string => join(folder, "running.json");

/** The gateway that runs on this folder now. */
export function holderOf(folder: string): Holder | undefined {
  try {
    const holder = Holder.parse(JSON.parse(readFileSync(fileOf(folder), "utf8")));
    return ticksOf(holder.pid) === holder.ticks ? holder : undefined;
  } catch {
    // No file, or one that a power cut left half: nobody who runs wrote it.
    return undefined;
  }
}

/** Ends the command when another start has the folder. */
export function takeLock(folder: string): Lock {
  mkdirSync(folder, { recursive: true });
  const file = fileOf(folder);
  const own: Holder = { pid: process.pid, ticks: ticksOf(process.pid) ?? "" };
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, JSON.stringify(own), { flag: "wx" });
      break;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const holder = holderOf(folder);
      if (holder !== undefined || attempt > 0) throw inUse(folder, holder);
      rmSync(file, { force: true });
    }
  }
  return {
    setAddress: (address) => {
      writeFileSync(`${file}.new`, JSON.stringify({ ...own, address } satisfies Holder));
      renameSync(`${file}.new`, file);
    },
    [Symbol.dispose]: () => rmSync(file, { force: true }),
  };
}

function inUse(folder: string, holder: Holder | undefined): Ends {
  const who = holder === undefined ? "another start" : `process ${holder.pid}`;
  const where = holder?.address === undefined ? "" : ` at ${holder.address}`;
  return new Ends(
    EXIT.failed,
    `A gateway already runs on ${folder} (${who}${where}). Stop it first${holder === undefined ? "" : `: kill ${holder.pid}`}, or use another folder: --data <folder>. Its address with the token: npm run fieldlab -- status`,
  );
}

/** Field 22 of /proc/<pid>/stat; the name before it may hold spaces and brackets. */
function ticksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
