/** Numbers, units, dates and lengths of time as a reader of one language in one time zone expects them. */
import { fill, type TextKey, texts } from "../text/text.ts";
import type { Language } from "../settings.ts";

/** Keeps a number and its unit on one line. */
const NARROW = "\u202F";
export const NONE = "–";

export function formats(language: Language, timeZone: string) {
  const locale = language === "nl" ? "nl-NL" : "en-GB";
  const text = (key: TextKey, parameters: Record<string, string | number> = {}): string =>
    fill(texts[language][key], parameters);
  const digits = [0, 1, 2, 3].map(
    (count) => new Intl.NumberFormat(locale, { minimumFractionDigits: count, maximumFractionDigits: count }),
  );
  const date = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(locale, { timeZone, hourCycle: "h23", ...options });
  const clockFormat = date({ hour: "2-digit", minute: "2-digit" });
  const secondsFormat = date({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const dayFormat = date({ weekday: "short", day: "numeric", month: "short" });
  const longDayFormat = date({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const currency = new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" });
  const general = new Intl.NumberFormat(locale, { maximumSignificantDigits: 6 });

  const number = (value: number | null, count = 0): string =>
    value === null || !Number.isFinite(value) ? NONE : (digits[count] ?? general).format(value === 0 ? 0 : value);
  const withUnit = (value: number | null, unit: string, count = 0): string =>
    value === null ? NONE : `${number(value, count)}${NARROW}${unit}`;
  const scaled = (value: number | null, unit: string): string => {
    if (value === null) return NONE;
    const size = Math.abs(value);
    if (size < 1000) return withUnit(value, unit);
    if (size < 1_000_000) return withUnit(value / 1000, `k${unit}`, size < 100_000 ? 1 : 0);
    return withUnit(value / 1_000_000, `M${unit}`, 2);
  };
  const at = (instant: string | number): number => (typeof instant === "number" ? instant : Date.parse(instant));

  return {
    number,
    withUnit,
    percent: (ratio: number | null, count = 1): string => (ratio === null ? NONE : withUnit(ratio * 100, "%", count)),
    power: (watts: number | null): string => scaled(watts, "W"),
    energy: (wattHours: number | null): string => scaled(wattHours, "Wh"),
    kilowattHours: (wattHours: number | null, count = 1): string =>
      wattHours === null ? NONE : withUnit(wattHours / 1000, "kWh", count),
    money: (euros: number | null): string => (euros === null ? NONE : currency.format(euros)),
    /** A reading of a tag, whatever its type. */
    value: (value: number | string | boolean | null): string => {
      if (value === null) return NONE;
      return typeof value === "number" ? general.format(value) : String(value);
    },
    bytes: (bytes: number | null): string => {
      if (bytes === null) return NONE;
      if (bytes < 1e6) return withUnit(bytes / 1e3, "kB", 0);
      return bytes < 1e9 ? withUnit(bytes / 1e6, "MB", 0) : withUnit(bytes / 1e9, "GB", 1);
    },
    hours: (ms: number | null): string => (ms === null ? NONE : withUnit(ms / 3_600_000, text("unit.h"), 2)),
    duration: (ms: number | null): string => (ms === null ? NONE : duration(ms, text)),
    clock: (instant: string | number): string => clockFormat.format(at(instant)),
    clockSeconds: (instant: string | number): string => secondsFormat.format(at(instant)),
    day: (instant: string | number): string => dayFormat.format(at(instant)),
    longDay: (instant: string | number): string => longDayFormat.format(at(instant)),
    /** Two instants; the day is said once when it is the same. */
    span: (from: number, to: number): string => {
      const [begin, end] = [dayFormat.format(from), dayFormat.format(to)];
      const until = begin === end ? clockFormat.format(to) : `${end} ${clockFormat.format(to)}`;
      return `${begin} ${clockFormat.format(from)} – ${until}`;
    },
    dayClock: (instant: string | number): string =>
      `${dayFormat.format(at(instant))} ${clockFormat.format(at(instant))}`,
  };
}

/** The two largest units that matter: "2 h 14 min", "3 d 4 h", "48 s". */
function duration(ms: number, text: (key: TextKey, parameters?: Record<string, string | number>) => string): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const unit = (count: number, key: TextKey): string => `${count}${NARROW}${text(key)}`;
  if (days > 0) return hours === 0 ? unit(days, "unit.d") : `${unit(days, "unit.d")} ${unit(hours, "unit.h")}`;
  if (hours > 0) return minutes === 0 ? unit(hours, "unit.h") : `${unit(hours, "unit.h")} ${unit(minutes, "unit.min")}`;
  return minutes > 0 ? unit(minutes, "unit.min") : unit(seconds, "unit.s");
}
