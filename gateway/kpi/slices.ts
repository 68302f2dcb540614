/** Pure and whole: samples in time order in, slices of the range out. The contract of the fold in one call. */
import type { Sample } from "../model/sample.ts";
import type { Range } from "../model/time.ts";
import { openCalendar, type Calendar } from "./calendar.ts";
import { advance, startFold, waiting } from "./fold.ts";
import type { Slice } from "./ledger.ts";
import type { MachineDefinition } from "./machine.ts";
import { step } from "./step.ts";

/** @param samples of the range, in time order; those of one instant in the order of `ROLES` */
export function slicesOf(
  machine: MachineDefinition,
  samples: Iterable<Sample>,
  range: Range,
  calendar: Calendar = openCalendar(machine.timeZone, machine.calendar),
): Slice[] {
  const slices: Slice[] = [];
  const fold = startFold(machine, calendar, range.from, (slice) => slices.push(slice));
  for (const sample of samples) {
    if (sample.time >= range.from && sample.time < range.to) step(fold, sample);
  }
  advance(fold, range.to);
  return [...slices, ...waiting(fold)];
}
