/** The ranges that people ask for, as instants: pure, so that the change of the clock can be tested. */
import type { Shift } from "../api/types.ts";
import { addDays, dayOf, startOfDay } from "../format/zone.ts";

export const RANGES = ["shift", "previous", "today", "yesterday", "week", "month"] as const;
export type RangeName = (typeof RANGES)[number];
export interface Range {
  readonly from: number;
  readonly to: number;
}
export type Chosen =
  | { readonly kind: "named"; readonly name: RangeName }
  | { readonly kind: "custom"; readonly range: Range };

export const isRangeName = (name: string | null): name is RangeName => RANGES.some((known) => known === name);

/** The site draws no more slices than those of two months at once. */
export const LONGEST_MS = 62 * 86_400_000;

export function chosenFrom(query: URLSearchParams): Chosen {
  const from = Date.parse(query.get("from") ?? "");
  const to = Date.parse(query.get("to") ?? "");
  if (from < to && to - from <= LONGEST_MS) return { kind: "custom", range: { from, to } };
  const name = query.get("range");
  return { kind: "named", name: isRangeName(name) ? name : "shift" };
}

export function queryOf(chosen: Chosen): URLSearchParams {
  if (chosen.kind === "named") {
    return chosen.name === "shift" ? new URLSearchParams() : new URLSearchParams({ range: chosen.name });
  }
  const { from, to } = chosen.range;
  return new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
}

/**
 * @param shifts of the last days, in any order
 * @returns null where no shift fits
 */
export function rangeOf(name: RangeName, shifts: readonly Shift[], now: number, timeZone: string): Range | null {
  const today = dayOf(now, timeZone);
  const start = (days: number): number => startOfDay(addDays(today, days), timeZone);
  switch (name) {
    case "shift":
    case "previous": {
      const begun = shifts
        .map(({ from, to }) => ({ from: Date.parse(from), to: Date.parse(to) }))
        .filter(({ from }) => from <= now)
        .toSorted((a, b) => b.from - a.from);
      return begun[name === "shift" ? 0 : 1] ?? null;
    }
    case "today":
      return { from: start(0), to: start(1) };
    case "yesterday":
      return { from: start(-1), to: start(0) };
    case "week":
      return { from: start(-6), to: start(1) };
    case "month":
      return { from: start(-29), to: start(1) };
  }
}
