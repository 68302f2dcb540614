/** One clock for all processes of a data folder. A folder keeps the clock it began with: its history must not go back. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLOCK_VARIABLE, clockFrom, wallClock, type Clock } from "../model/time.ts";
import { Ends, EXIT } from "./exit.ts";

/** A simulated day in a minute and a half; beyond this polling falls behind the machines. */
export const MAX_SPEED = 1000;

export interface SharedClock {
  /** For the environment of the processes. */
  readonly text: string;
  readonly clock: Clock;
}

/**
 * @param speed what was asked for; undefined: what the folder has, else real time
 * @param used whether the folder already has data
 */
export function clockOfFolder(folder: string, speed: number | undefined, used: boolean): SharedClock {
  const file = join(folder, "clock");
  const stored = existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  if (stored !== undefined) {
    const clock = clockFrom({ [CLOCK_VARIABLE]: stored });
    if (speed === undefined || speed === clock.speed) return { text: stored, clock };
    throw otherSpeed(folder, `runs at speed ${clock.speed}`);
  }
  if (speed === undefined || speed === 1) return { text: "", clock: wallClock };
  if (used) throw otherSpeed(folder, "holds data of real time");
  const text = `${wallClock.now()}@${speed}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${text}\n`);
  return { text, clock: clockFrom({ [CLOCK_VARIABLE]: text }) };
}

const otherSpeed = (folder: string, why: string): Ends =>
  new Ends(
    EXIT.usage,
    `${folder} ${why}; another --speed would set its clock back. Use another folder: --data data/fast`,
  );
