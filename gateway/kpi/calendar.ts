/** Shifts as instants: the plan of a calendar in the site's time zone, from local times to whole milliseconds. */
import { Temporal } from "temporal-polyfill";
import type { PlantConfig } from "../config/schema.ts";
import type { Range } from "../model/time.ts";
import { micros, MICROS_PER_MILLI, type Micros } from "../model/units.ts";
import type { Planned } from "./ledger.ts";

export type CalendarConfig = PlantConfig["calendars"][string];

/** One shift on one day. It belongs to the day on which it starts, also past midnight. */
export interface ShiftInstance extends Range {
  /** `<day>/<name>` */
  readonly id: string;
  readonly day: string;
  readonly name: string;
  readonly breaks: readonly Range[];
}

/** A stretch in which the plan does not change. */
export interface PlannedSpan extends Range {
  readonly planned: Planned;
  readonly shift: string | null;
}

export interface Calendar {
  readonly timeZone: string;
  /** Shifts that overlap the range, ascending. */
  readonly shiftsBetween: (range: Range) => ShiftInstance[];
  readonly shiftAt: (time: Micros) => ShiftInstance | undefined;
  /** The plan at a moment, and from when until when it holds; cut at midnight UTC, so that it is found by division. */
  readonly spanAt: (time: Micros) => PlannedSpan;
  /** The plan of a range, without holes. */
  readonly plannedSpans: (range: Range) => PlannedSpan[];
  /** Local day `YYYY-MM-DD`. */
  readonly dayOf: (time: Micros) => string;
}

const DAY_MICROS = 86_400_000_000;
/** Four years of days: more than any screen asks for, and a few hundred kilobytes. */
const MAX_CACHED_DAYS = 1500;
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export function openCalendar(timeZone: string, config: CalendarConfig): Calendar {
  const holidays = new Set<string>(config.holidays);
  const days = new Map<string, readonly ShiftInstance[]>();
  const spans = new Map<number, readonly PlannedSpan[]>();

  const shiftsOf = (date: Temporal.PlainDate): readonly ShiftInstance[] =>
    remember(days, date.toString(), () => (holidays.has(date.toString()) ? [] : shiftsOfDay(timeZone, config, date)));

  const shiftsBetween = (range: Range): ShiftInstance[] => {
    const found: ShiftInstance[] = [];
    // A night shift of the day before may still run.
    let date = dateAt(timeZone, range.from).subtract({ days: 1 });
    const last = dateAt(timeZone, micros(Math.max(range.from, range.to - 1)));
    for (; Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
      for (const shift of shiftsOf(date)) if (shift.from < range.to && shift.to > range.from) found.push(shift);
    }
    return found;
  };

  const spansOfUtcDay = (day: number): readonly PlannedSpan[] =>
    remember(spans, day, () => {
      const range = { from: micros(day * DAY_MICROS), to: micros((day + 1) * DAY_MICROS) };
      return spansOf(shiftsBetween(range), range);
    });

  const spanAt = (time: Micros): PlannedSpan => {
    const day = Math.floor(time / DAY_MICROS);
    for (const span of spansOfUtcDay(day)) if (time < span.to) return span;
    throw new Error(`the plan of day ${day} since 1970 has no span at ${time} µs; its spans must fill the day`);
  };

  return {
    timeZone,
    shiftsBetween,
    shiftAt: (time) => {
      const { shift } = spanAt(time);
      return shiftsBetween({ from: time, to: micros(time + 1) }).find(({ id }) => id === shift);
    },
    spanAt,
    plannedSpans: (range) => {
      const found: PlannedSpan[] = [];
      for (let time = range.from; time < range.to;) {
        const span = spanAt(time);
        found.push({ ...span, from: time, to: micros(Math.min(span.to, range.to)) });
        time = span.to;
      }
      return found;
    },
    dayOf: (time) => dateAt(timeZone, time).toString(),
  };
}

/** For a machine-independent meter: no shifts at all. */
export const NO_SHIFTS: CalendarConfig = { shifts: [], holidays: [] };

const opened = new WeakMap<PlantConfig, Map<string, Calendar>>();

/** The calendar under this key of the plant; opened once per configuration. */
export function calendarOf(plant: PlantConfig, key: string): Calendar {
  const calendars = opened.get(plant) ?? new Map<string, Calendar>();
  opened.set(plant, calendars);
  return remember(calendars, key, () => openCalendar(plant.site.timeZone, plant.calendars[key] ?? NO_SHIFTS));
}

export const shiftsBetween = (plant: PlantConfig, calendarKey: string, range: Range): ShiftInstance[] =>
  calendarOf(plant, calendarKey).shiftsBetween(range);

export const shiftAt = (plant: PlantConfig, calendarKey: string, time: Micros): ShiftInstance | undefined =>
  calendarOf(plant, calendarKey).shiftAt(time);

function remember<Key, Result>(cache: Map<Key, Result>, key: Key, make: () => Result): Result {
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (cache.size >= MAX_CACHED_DAYS) cache.clear();
  const made = make();
  cache.set(key, made);
  return made;
}

const dateAt = (timeZone: string, time: Micros): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(Math.floor(time / MICROS_PER_MILLI))
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();

function shiftsOfDay(timeZone: string, config: CalendarConfig, date: Temporal.PlainDate): ShiftInstance[] {
  const weekday = WEEKDAYS[date.dayOfWeek - 1];
  // A time that a summer-time change skips moves on by the hour; one that comes twice is the first of the two.
  const at = (day: Temporal.PlainDate, time: string): Micros =>
    micros(
      day.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds * MICROS_PER_MILLI,
    );
  const next = date.add({ days: 1 });
  return config.shifts
    .filter((shift) => weekday !== undefined && shift.days.includes(weekday))
    .map((shift) => {
      const overnight = shift.to <= shift.from;
      const from = at(date, shift.from);
      const to = at(overnight ? next : date, shift.to);
      const breaks = shift.breaks.map((pause) => {
        const startsNextDay = overnight && pause.from < shift.from;
        const endsNextDay = startsNextDay || pause.to <= pause.from;
        return {
          from: micros(Math.max(from, at(startsNextDay ? next : date, pause.from))),
          to: micros(Math.min(to, at(endsNextDay ? next : date, pause.to))),
        };
      });
      return {
        id: `${date.toString()}/${shift.name}`,
        day: date.toString(),
        name: shift.name,
        from,
        to,
        breaks: breaks.filter((pause) => pause.from < pause.to).sort((a, b) => a.from - b.from),
      };
    })
    .filter((shift) => shift.from < shift.to)
    .sort((a, b) => a.from - b.from);
}

/** Where two shifts overlap, the one that began first keeps the time. */
function spansOf(shifts: readonly ShiftInstance[], range: Range): PlannedSpan[] {
  const spans: PlannedSpan[] = [];
  let at = range.from;
  const upTo = (end: Micros, planned: Planned, shift: string | null): void => {
    const to = micros(Math.min(end, range.to));
    if (to <= at) return;
    spans.push({ from: at, to, planned, shift });
    at = to;
  };
  for (const shift of shifts) {
    upTo(shift.from, "none", null);
    for (const pause of shift.breaks) {
      upTo(pause.from, "busy", shift.id);
      upTo(pause.to, "break", shift.id);
    }
    upTo(shift.to, "busy", shift.id);
  }
  upTo(range.to, "none", null);
  return spans;
}
