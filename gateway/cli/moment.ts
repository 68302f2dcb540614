/** Moments as people type them: RFC 3339, or a day or time on the site's own clock. */
import { Temporal } from "temporal-polyfill";
import { formatInstant, parseInstant } from "../model/time.ts";
import { micros, MICROS_PER_MILLI, type Micros } from "../model/units.ts";
import { Ends, EXIT } from "./exit.ts";

const LOCAL = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?$/;

/** @param option for the message, such as "--from" */
export function parseMoment(text: string, timeZone: string, option: string): Micros {
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  if (LOCAL.test(text)) {
    try {
      const local = Temporal.PlainDateTime.from(text.replace(" ", "T"));
      return micros(local.toZonedDateTime(timeZone).epochMilliseconds * MICROS_PER_MILLI);
    } catch {
      // A day that does not exist, such as 30 February: said below.
    }
  }
  const examples = '"2026-11-24", "2026-11-24T06:00" or "2026-11-24T06:00:00Z"';
  throw new Ends(EXIT.usage, `${option} is "${text}"; expected a moment such as ${examples}`);
}

/** The range of --from and --to; without them the last `hours` hours up to `now`. */
export function rangeQuery(
  from: string | undefined,
  to: string | undefined,
  timeZone: string,
  now: Micros,
  hours: number,
): { readonly from: string; readonly to: string } {
  const end = to === undefined ? now : parseMoment(to, timeZone, "--to");
  const begin = from === undefined ? micros(end - hours * 3_600_000_000) : parseMoment(from, timeZone, "--from");
  if (begin >= end) {
    throw new Ends(EXIT.usage, `--from (${formatInstant(begin)}) must be before --to (${formatInstant(end)})`);
  }
  return { from: formatInstant(begin), to: formatInstant(end) };
}
