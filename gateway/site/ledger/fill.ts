/** Makes a list of slices whole: what nobody has folded is unknown time, planned as the calendar says. */
import type { Calendar } from "../../kpi/calendar.ts";
import { NOTHING_COUNTED, type Slice } from "../../kpi/ledger.ts";
import type { Range } from "../../model/time.ts";
import { micros, type MachineId } from "../../model/units.ts";

/**
 * @param slices ascending; while late data are folded in they may overlap or leave holes: the earlier one goes first
 * @param range borders in whole milliseconds
 */
export function fill(machine: MachineId, calendar: Calendar, slices: readonly Slice[], range: Range): Slice[] {
  const whole: Slice[] = [];
  let at = range.from;
  const unknownUpTo = (to: number): void => {
    if (to <= at) return;
    for (const span of calendar.plannedSpans({ from: at, to: micros(to) })) whole.push(unknown(machine, span));
    at = micros(to);
  };
  for (const slice of slices) {
    if (slice.to <= at || slice.from >= range.to) continue;
    if (slice.from < at && whole.length > 0) {
      whole.push({ ...slice, from: at, ms: (slice.to - at) / 1000 });
    } else {
      unknownUpTo(slice.from);
      whole.push(slice);
    }
    at = slice.to;
  }
  unknownUpTo(range.to);
  return whole;
}

const unknown = (
  machine: MachineId,
  { from, to, planned, shift }: Range & Pick<Slice, "planned" | "shift">,
): Slice => ({
  machine,
  from,
  to,
  ms: (to - from) / 1000,
  state: "unknown",
  planned,
  shift,
  reason: null,
  order: null,
  product: null,
  inferred: false,
  ...NOTHING_COUNTED,
});
