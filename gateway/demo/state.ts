/** What makes the demo factory of a folder the same factory after every restart: its seed and its epoch. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { PlantConfig } from "../config/schema.ts";
import { calendarOf } from "../kpi/calendar.ts";
import { formatInstant, parseInstant } from "../model/time.ts";
import { micros, QUARTER_MICROS, type Micros } from "../model/units.ts";
import { createFactory, type Factory } from "./factory.ts";

const DAY = 86_400_000_000;
/** The factory exists for a month and a day before its first start, so that thirty whole days of history fit. */
const DAYS_BEFORE_START = 31;
const DEFAULT_SEED = 1;

const Stored = z.strictObject({ version: z.literal(1), seed: z.int(), epoch: z.string() });

export interface FactoryOptions {
  readonly plant: PlantConfig;
  readonly folder: string;
  readonly now: Micros;
  /** Absent: the folder's own, or 1 for a new one. */
  readonly seed?: number | undefined;
}

/** The factory of this folder; a new folder gets one. Throws when the folder holds the factory of another seed. */
export function openFactory({ plant, folder, now, seed }: FactoryOptions): Factory {
  const path = join(folder, "factory.json");
  mkdirSync(folder, { recursive: true });
  const fresh = {
    version: 1,
    seed: seed ?? DEFAULT_SEED,
    epoch: formatInstant(midnightBefore(plant, micros(now - DAYS_BEFORE_START * DAY))),
  };
  try {
    // Whichever process is first decides; the others read what it wrote.
    writeFileSync(path, `${JSON.stringify(fresh)}\n`, { flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const stored = Stored.parse(JSON.parse(readFileSync(path, "utf8")));
  const epoch = parseInstant(stored.epoch);
  if (epoch === undefined)
    throw new Error(`${path}: epoch is "${stored.epoch}"; expected RFC 3339. Delete the data folder to begin anew.`);
  if (seed !== undefined && seed !== stored.seed) {
    throw new Error(
      `${path} holds the demo factory of seed ${stored.seed}; seed ${seed} is another factory with another past. Use another data folder, or leave the seed out.`,
    );
  }
  return createFactory(plant, stored.seed, epoch);
}

/** Midnight in the site's time zone at or before a moment. */
export function midnightBefore(plant: PlantConfig, moment: Micros): Micros {
  const calendar = calendarOf(plant, "");
  const day = calendar.dayOf(moment);
  // Midnight lies where the local day changes: within fifteen hours of UTC's.
  let time = parseInstant(`${day}T00:00:00Z`) ?? moment;
  while (calendar.dayOf(time) >= day) time = micros(time - QUARTER_MICROS);
  while (calendar.dayOf(time) < day) time = micros(time + QUARTER_MICROS);
  return time;
}
