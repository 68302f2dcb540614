/** The stretch of time that a request asks for, checked and bounded. */
import { parseInstant, type Range } from "../../model/time.ts";
import { micros, MICROS_PER_HOUR } from "../../model/units.ts";
import { refusal } from "./problems.ts";

const MICROS_PER_DAY = 24 * MICROS_PER_HOUR;
/** A year with the month before it to compare with; sums of slices stay under a second. */
export const MAX_LEDGER_DAYS = 400;
/** Each slice is drawn: two months are already more than a screen shows. */
export const MAX_TIMELINE_DAYS = 62;
/** Series are downsampled and exports streamed, so that only nonsense must be kept out. */
export const MAX_HISTORY_DAYS = 100 * 366;

const QUARTER = MICROS_PER_HOUR / 4;

export function rangeOf(query: { readonly from: string; readonly to: string }, maxDays: number): Range {
  const from = parseInstant(query.from);
  const to = parseInstant(query.to);
  if (from === undefined || to === undefined) {
    throw refusal(400, 'querystring/from and /to: expected instants such as "2026-11-24T06:00:00Z"');
  }
  if (from < 0) throw refusal(400, "querystring/from: expected an instant after 1970");
  if (from >= to) throw refusal(400, `querystring/to: expected an instant after from (${query.from})`);
  if (to - from > maxDays * MICROS_PER_DAY) {
    throw refusal(400, `querystring: the range may be at most ${maxDays} days long; ask for a part of it`);
  }
  return { from, to };
}

/** Widened to clock quarters, at which the ledger cuts its slices: sums over it are exact. */
export function wholeQuarters({ from, to }: Range): Range {
  return { from: micros(Math.floor(from / QUARTER) * QUARTER), to: micros(Math.ceil(to / QUARTER) * QUARTER) };
}
