/** Shifts of one calendar: in a week, none may overlap another, and breaks lie inside their shift. Pure. */
import type { Finding, Step } from "./problem.ts";
import type { PlantConfig } from "./schema.ts";

type Shift = PlantConfig["calendars"][string]["shifts"][number];

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const DAY = 24 * 60;
const WEEK = 7 * DAY;

/** A stretch of the week in minutes; it may run past the end of Sunday. */
interface Stretch {
  readonly shift: number;
  readonly start: number;
  readonly length: number;
}

export function shiftFindings(shifts: readonly Shift[], base: readonly Step[]): Finding[] {
  const findings: Finding[] = [];
  const stretches: Stretch[] = [];
  for (const [index, shift] of shifts.entries()) {
    const path = [...base, index];
    const start = minutes(shift.from);
    if (shift.from === shift.to) {
      findings.push({ path: [...path, "to"], message: `a shift from "${shift.from}" to "${shift.to}" has no length` });
      continue;
    }
    const length = minutesAfter(start, shift.to);
    findings.push(...breakFindings(shift, start, length, path));
    for (const [i, day] of shift.days.entries()) {
      if (shift.days.indexOf(day) !== i) {
        findings.push({ path: [...path, "days", i], message: `"${day}" stands twice in the same shift` });
        continue;
      }
      const stretch = { shift: index, start: DAYS.indexOf(day) * DAY + start, length };
      const other = stretches.find((earlier) => overlap(earlier, stretch));
      if (other !== undefined && !findings.some((finding) => finding.path.at(-1) === index)) {
        const with_ = shifts[other.shift];
        const message = `shift "${shift.name}" (${shift.from}–${shift.to}) overlaps shift "${with_?.name}" (${with_?.from}–${with_?.to}) on ${day}`;
        findings.push({ path, message, advice: "a moment belongs to one shift: change from, to or days" });
      }
      stretches.push(stretch);
    }
  }
  return findings;
}

function breakFindings(shift: Shift, start: number, length: number, path: readonly Step[]): Finding[] {
  let end = 0;
  return shift.breaks.flatMap((pause, index) => {
    const at = [...path, "breaks", index];
    const begins = minutesAfter(start, pause.from) % DAY;
    const ends = begins + minutesAfter(minutes(pause.from), pause.to);
    const previous = end;
    end = Math.max(end, ends);
    if (ends > length) {
      const message = `break ${pause.from}–${pause.to} is not inside its shift ${shift.from}–${shift.to}`;
      return [{ path: at, message }];
    }
    return begins < previous
      ? [{ path: at, message: `break ${pause.from}–${pause.to} begins before the one before it ends` }]
      : [];
  });
}

const overlap = (a: Stretch, b: Stretch): boolean =>
  [-WEEK, 0, WEEK].some((turn) => a.start < b.start + turn + b.length && b.start + turn < a.start + a.length);

function minutes(time: string): number {
  const [hour = "0", minute = "0"] = time.split(":");
  return Number(hour) * 60 + Number(minute);
}

/** Minutes from `start` (a minute of the day) to the next time that the clock shows `time`; a whole day when it is the same. */
const minutesAfter = (start: number, time: string): number => ((minutes(time) - start + DAY - 1) % DAY) + 1;
