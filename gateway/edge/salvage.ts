/** Reads what can still be read from an outbox file that was set aside. */
import { DatabaseSync } from "node:sqlite";
import { decodeBatch } from "../model/batch.ts";
import { samplesOf } from "../model/columns.ts";
import type { Sample } from "../model/sample.ts";

export interface Salvaged {
  readonly batches: number;
  readonly samples: number;
  /** Batches or stretches of numbers that could not be read. */
  readonly failures: number;
}

/** A destroyed page makes each number on it fail; past so many the rest is given up, after a few seconds at most. */
const MAX_FAILURES = 50_000;

/**
 * Hands over the samples of every batch that unpacks and whose checksum fits. They get new numbers in the new stream:
 * what the site had stored already arrives as the same samples again, and changes nothing.
 */
export function salvage(path: string, keep: (samples: readonly Sample[]) => void): Salvaged {
  let [batches, samples, failures] = [0, 0, 0];
  try {
    using db = new DatabaseSync(path);
    const next = db.prepare("SELECT sequence, payload FROM batch WHERE sequence > ? ORDER BY sequence LIMIT 1");
    let after = 0;
    while (failures < MAX_FAILURES) {
      // Whatever a damaged page makes us read, the search goes forward.
      let reached = after + 1;
      try {
        const row = next.get(after);
        if (row === undefined) break;
        reached = Math.max(reached, Number(row["sequence"]));
        const list = samplesOf(decodeBatch(Buffer.from(row["payload"] as Uint8Array)).columns);
        keep(list);
        batches += 1;
        samples += list.length;
      } catch {
        failures += 1;
      }
      after = reached;
    }
  } catch {
    // Not even the table can be found.
    failures += 1;
  }
  return { batches, samples, failures };
}
