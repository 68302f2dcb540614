/** Appends the truth of each machine to `<folder>/truth/<machine>.jsonl`, and goes on where an earlier run ended. */
import { appendFileSync, closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { PlantConfig } from "../config/schema.ts";
import { parseInstant } from "../model/time.ts";
import { micros, type Micros } from "../model/units.ts";
import type { Factory } from "./factory.ts";
import { truthOf } from "./truth.ts";

/** Longer than any line. */
const TAIL_BYTES = 4096;
/** What is written at once: a month makes a megabyte per machine. */
const LINES_AT_ONCE = 2000;

export interface TruthFiles {
  /** Writes every slice that has ended by then. */
  readonly writeUntil: (time: Micros) => void;
  /** From here on nothing is written yet. */
  readonly writtenTo: () => Micros;
}

export function openTruth(plant: PlantConfig, factory: Factory, folder: string): TruthFiles {
  const truth = join(folder, "truth");
  mkdirSync(truth, { recursive: true });
  const files = factory.machines.map(({ id }) => {
    const path = join(truth, `${id}.jsonl`);
    return { id, path, at: endOf(path) ?? factory.epoch };
  });
  return {
    writtenTo: () => micros(Math.min(...files.map(({ at }) => at))),
    writeUntil(time) {
      for (const file of files) {
        if (time <= file.at) continue;
        let lines: string[] = [];
        const flush = (): void => {
          if (lines.length > 0) appendFileSync(file.path, `${lines.join("\n")}\n`);
          lines = [];
        };
        for (const line of truthOf(plant, factory, file.id, { from: file.at, to: time })) {
          lines.push(JSON.stringify(line));
          file.at = parseInstant(line.to) ?? file.at;
          if (lines.length >= LINES_AT_ONCE) flush();
        }
        flush();
      }
    },
  };
}

const End = z.object({ to: z.string() });

/** Where the last whole line ends; a line that a crash cut off is taken away. */
function endOf(path: string): Micros | undefined {
  if (!existsSync(path)) return undefined;
  const file = openSync(path, "r");
  const { size } = fstatSync(file);
  const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
  readSync(file, tail, 0, tail.length, size - tail.length);
  closeSync(file);
  const end = tail.lastIndexOf("\n");
  truncateSync(path, size - tail.length + end + 1);
  if (end < 0) return undefined;
  const last = tail.subarray(tail.lastIndexOf("\n", end - 1) + 1, end).toString("utf8");
  return parseInstant(End.parse(JSON.parse(last)).to);
}
