/** The demo's past: made by the same simulator, sent once through the pipeline of all data as a backlog. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Credentials } from "../config/credentials.ts";
import type { PlantConfig } from "../config/schema.ts";
import { feed } from "../edge/feed.ts";
import type { Log } from "../log.ts";
import type { Sample } from "../model/sample.ts";
import { formatInstant, parseInstant, type Clock, type Range } from "../model/time.ts";
import { micros } from "../model/units.ts";
import { pastSamples } from "./samples.ts";
import { midnightBefore, openFactory } from "./state.ts";

/** The name under which it appears beside the real edges. */
export const HISTORY_EDGE = "history";

export interface HistoryOptions {
  readonly plant: PlantConfig;
  readonly folder: string;
  readonly clock: Clock;
  readonly days: number;
  readonly credentials: Credentials;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** @param fraction of the samples that the site has stored, 0 … 1 */
  readonly onProgress?: (fraction: number) => void;
}

const DAY = 86_400_000_000;

/**
 * Resolves when all is stored, with the number of samples sent; 0 when an earlier call did it. Interrupted, it begins
 * again and makes the very same samples up to the same end: what was stored already is the same identity, hence no double.
 */
export async function runHistory(options: HistoryOptions): Promise<number> {
  const { plant, folder, clock, days, credentials, log, signal, onProgress } = options;
  const done = join(folder, "history.done");
  if (existsSync(done)) return 0;
  const factory = openFactory({ plant, folder, now: clock.now() });
  const to = endOfHistory(folder, clock);
  const range = { from: micros(Math.max(factory.epoch, midnightBefore(plant, micros(to - days * DAY)))), to };
  const started = performance.now();
  let made = 0;
  const samples = await feed({
    edge: HISTORY_EDGE,
    path: join(folder, "history", "outbox.sqlite"),
    mqtt: plant.network.mqtt,
    password: credentials.mqtt.edge,
    samples: readSlowly(pastSamples(plant, factory, range), range, (fraction) => (made = fraction)),
    log,
    signal,
    onProgress: ({ accepted, waiting }) =>
      onProgress?.(accepted === 0 ? 0 : Math.max(0, made * (1 - waiting / Math.max(accepted, waiting)))),
  });
  writeFileSync(done, `${formatInstant(to)}\n`);
  log.info({ samples, days, seconds: (performance.now() - started) / 1000 }, "history stored");
  return samples;
}

/** Where the first attempt ended; the live edge took over there, so a later attempt goes no further. */
function endOfHistory(folder: string, clock: Clock): Range["to"] {
  mkdirSync(join(folder, "history"), { recursive: true });
  const path = join(folder, "history", "end");
  if (!existsSync(path)) writeFileSync(path, `${formatInstant(clock.now())}\n`);
  const end = parseInstant(readFileSync(path, "utf8"));
  if (end === undefined)
    throw new Error(`${path} is damaged; expected one RFC 3339 instant. Delete it; history is made anew.`);
  return end;
}

/** The chunks as `feed` reads them: it waits between two whenever too much is under way. */
async function* readSlowly(
  chunks: Iterable<readonly Sample[]>,
  range: Range,
  onMade: (fraction: number) => void,
): AsyncGenerator<readonly Sample[]> {
  for (const chunk of chunks) {
    yield chunk;
    const last = chunk.at(-1);
    if (last !== undefined) onMade((last.time - range.from) / (range.to - range.from));
  }
  onMade(1);
}
