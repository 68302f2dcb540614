/** What a historian takes. The others are told apart, with the reason, and go to the dead letters. */
import { KIND_NUMBER, kindOf, sampleAt, type SampleColumns } from "../../model/columns.ts";
import type { Rejected } from "../../model/historian.ts";
import { formatInstant } from "../../model/time.ts";
import { micros, type Micros } from "../../model/units.ts";

/**
 * The samples that can be kept: the columns themselves when that is all of them, as it nearly always is.
 * @param rejected gets the others
 */
export function acceptable(
  columns: SampleColumns,
  oldest: number,
  newest: number,
  rejected: Rejected[],
): SampleColumns {
  const { times, flags, values } = columns;
  const n = times.length;
  let kept: number[] | undefined;
  for (let i = 0; i < n; i++) {
    const time = times[i] as number;
    const timely = time >= oldest && time >= 0 && time < newest;
    if (timely && (kindOf(flags[i] as number) !== KIND_NUMBER || Number.isFinite(values[i]))) {
      kept?.push(i);
      continue;
    }
    kept ??= Array.from({ length: i }, (_, before) => before);
    const reason = timely
      ? `value is ${values[i]}; expected a finite number`
      : `time is ${shownTime(time)}; expected one from ${shownTime(Math.max(0, oldest))} on, ` +
        "which is as far back as storage.retention.raw reaches, and not beyond what can be kept";
    rejected.push({ sample: sampleAt(columns, i), reason });
  }
  if (kept === undefined) return columns;
  return {
    ...columns,
    tagIndex: Uint16Array.from(kept, (i) => columns.tagIndex[i] ?? 0),
    times: Float64Array.from(kept, (i) => times[i] ?? 0),
    flags: Uint8Array.from(kept, (i) => flags[i] ?? 0),
    values: Float64Array.from(kept, (i) => values[i] ?? 0),
  };
}

/** Dates end in the year 275760, and a damaged time may lie beyond. */
const LAST_DATE = micros(8.64e18);
const shownTime = (time: number): string =>
  Math.abs(time) <= LAST_DATE ? formatInstant(time as Micros) : `${time} µs since 1970`;
