/** Days of the site's time zone as instants, with Intl alone: days of 23 and 25 hours included. */

/** A calendar day, `2026-11-24`. */
export type Day = string;

const readers = new Map<string, Intl.DateTimeFormat>();
function reader(timeZone: string): Intl.DateTimeFormat {
  const known = readers.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  readers.set(timeZone, made);
  return made;
}

/** The wall clock at an instant, as if it were UTC. */
function wallClock(instant: number, timeZone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of reader(timeZone).formatToParts(instant)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

export function dayOf(instant: number, timeZone: string): Day {
  return new Date(wallClock(instant, timeZone)).toISOString().slice(0, 10);
}

/** The first instant of a day. */
export function startOfDay(day: Day, timeZone: string): number {
  return instantOf(`${day}T00:00`, timeZone);
}

export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** `2026-11-24T06:00` on the site's clock; an hour that does not exist moves forward, one that exists twice is the first. */
export function instantOf(local: string, timeZone: string): number {
  const wanted = Date.parse(`${local}:00Z`);
  // Two offsets are in question around a change of the clock: that of the day before and that of the day after.
  const offsets = [wanted - 86_400_000, wanted + 86_400_000].map((near) => wallClock(near, timeZone) - near);
  const candidates = offsets.map((offset) => wanted - offset).toSorted((a, b) => a - b);
  const hit = candidates.find((instant) => wallClock(instant, timeZone) === wanted);
  return hit ?? Math.max(...candidates);
}

/** For an input of type datetime-local. */
export const localInput = (instant: number, timeZone: string): string =>
  new Date(wallClock(instant, timeZone)).toISOString().slice(0, 16);

/** How far the wall clock is ahead of UTC, in ms. */
export function offsetAt(instant: number, timeZone: string): number {
  const whole = Math.floor(instant / 1000) * 1000;
  return wallClock(whole, timeZone) - whole;
}
