/** Instants, ranges and the clock that every process is given instead of reading the wall itself. */
import { micros, MICROS_PER_MILLI, MICROS_PER_SECOND, type Micros } from "./units.ts";

/** Half open: `from` belongs to it, `to` does not. */
export interface Range {
  readonly from: Micros;
  readonly to: Micros;
}

export interface Clock {
  now(): Micros;
  /** Simulated seconds per real second; 1 outside a demo that runs fast. */
  readonly speed: number;
}

/** A wall clock further than this from its anchor was set by somebody; below it is the jitter of reading two clocks. */
const STEP_MS = 20;
let anchor = performance.timeOrigin;

/** How far the wall clock is from the steady clock's anchor. Read twice: a pause between two readings is no step. */
function wallStep(): number {
  const [first, second] = [0, 0].map(() => Date.now() - performance.now() - anchor) as [number, number];
  return Math.abs(first) < Math.abs(second) ? first : second;
}

/** Real time: the steady clock gives the fraction of a millisecond that `Date.now` lacks, and follows it when it is set. */
export const wallClock: Clock = {
  speed: 1,
  now: () => {
    if (Math.abs(Date.now() - performance.now() - anchor) > STEP_MS) {
      const step = wallStep();
      if (Math.abs(step) > STEP_MS) anchor += step;
    }
    return micros(Math.round((anchor + performance.now()) * MICROS_PER_MILLI));
  },
};

/**
 * A clock that runs `speed` times as fast from an anchor that all processes of one demo share.
 * @param anchor the instant at which simulated and real time were equal
 */
export function scaledClock(anchor: Micros, speed: number): Clock {
  return {
    speed,
    now: () => micros(Math.round(anchor + (wallClock.now() - anchor) * speed)),
  };
}

/** Name of the environment variable by which `start` hands one clock to all its processes: `<anchor µs>@<speed>`. */
export const CLOCK_VARIABLE = "FIELDLAB_CLOCK";

/** The clock that the environment asks for; real time when it says nothing. Throws on a malformed value. */
export function clockFrom(environment: Readonly<Record<string, string | undefined>>): Clock {
  const text = environment[CLOCK_VARIABLE];
  if (text === undefined || text === "") return wallClock;
  const match = /^(\d+)@(\d+(?:\.\d+)?)$/.exec(text);
  const [, anchor, speed] = match ?? [];
  if (anchor === undefined || speed === undefined || Number(speed) <= 0) {
    throw new Error(`${CLOCK_VARIABLE} is "${text}"; expected <anchor in µs>@<speed>, for example 1764000000000000@60`);
  }
  return scaledClock(micros(Number(anchor)), Number(speed));
}

export const dateOfMicros = (time: Micros): Date => new Date(Math.floor(time / MICROS_PER_MILLI));

/** The second that was formatted last: screens are sent thousands of instants that lie in one second. */
const last = { second: Number.NaN, text: "" };

/** RFC 3339 in UTC, with as many decimals as the instant needs (0, 3 or 6). */
export function formatInstant(time: Micros): string {
  const second = Math.floor(time / MICROS_PER_SECOND);
  if (second !== last.second) {
    last.text = new Date(second * 1000).toISOString().slice(0, -".000Z".length);
    last.second = second;
  }
  const rest = Math.floor(time) - second * MICROS_PER_SECOND;
  if (rest === 0) return `${last.text}Z`;
  const [part, digits] = rest % MICROS_PER_MILLI === 0 ? [rest / MICROS_PER_MILLI, 3] : [rest, 6];
  return `${last.text}.${String(part).padStart(digits, "0")}Z`;
}

const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/i;

/** Reads an RFC 3339 instant to the microsecond (further digits are cut). `undefined` when it is not one. */
export function parseInstant(text: string): Micros | undefined {
  const match = INSTANT.exec(text.trim());
  const [, seconds, fraction = "", zone] = match ?? [];
  if (seconds === undefined || zone === undefined) return undefined;
  const whole = Date.parse(`${seconds.toUpperCase()}${zone.toUpperCase()}`);
  if (Number.isNaN(whole)) return undefined;
  return micros(whole * MICROS_PER_MILLI + Number(fraction.slice(0, 6).padEnd(6, "0")));
}
