/** The shifts of a machine one after the other, for as long as the simulator asks. */
import type { Calendar, ShiftInstance } from "../kpi/calendar.ts";
import { micros, type Micros } from "../model/units.ts";

const WEEK = 7 * 86_400_000_000;
/** A calendar without a shift in so many weeks is taken to have none any more. */
const MAX_EMPTY_WEEKS = 60;

/** Every shift that ends after `start`, in order of time; the first may have begun before it. */
export function* shiftsFrom(calendar: Calendar, start: Micros): Generator<ShiftInstance> {
  for (let from = start, empty = 0; empty < MAX_EMPTY_WEEKS; from = micros(from + WEEK), empty++) {
    for (const shift of calendar.shiftsBetween({ from, to: micros(from + WEEK) })) {
      // One that began in the week before has been given with that week.
      if (shift.from < from && from !== start) continue;
      empty = 0;
      yield shift;
    }
  }
}
