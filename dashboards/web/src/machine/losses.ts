/** The waterfall from calendar time to fully productive time (KPI.md §1): one row per loss; the rows add up exactly. */
import type { State, Sums } from "../api/types.ts";
import type { TextKey } from "../text/text.ts";

export interface LossRow {
  readonly key: string;
  readonly name: TextKey;
  readonly kind: "level" | "loss" | "gain";
  readonly state: State | null;
  readonly ms: number;
  /** Where the bar begins and ends, in ms from zero. */
  readonly from: number;
  readonly to: number;
}

const BEFORE_PLAN: readonly State[] = ["unscheduled", "plannedStop"];
const AVAILABILITY: readonly State[] = ["unknown", "breakdown", "minorStop", "starved", "blocked", "idle", "setup"];

export function lossRows(sums: Sums): readonly LossRow[] {
  const rows: LossRow[] = [];
  let left = sums.calendarMs;
  const level = (key: string, name: TextKey): void => {
    rows.push({ key, name, kind: "level", state: null, ms: left, from: 0, to: left });
  };
  const lose = (key: string, name: TextKey, ms: number, state: State | null): void => {
    // A negative loss is parts faster than the ideal cycle allows: shown, because the ideal cycle is then wrong.
    if (ms !== 0) rows.push({ key, name, kind: ms < 0 ? "gain" : "loss", state, ms, from: left - ms, to: left });
    left -= ms;
  };
  level("calendar", "losses.calendar");
  for (const state of BEFORE_PLAN) lose(state, `state.${state}`, sums.ms[state], state);
  // Where planned stops count as a loss the plan is longer; the bar then stays out rather than contradict the OEE.
  if (left === sums.plannedBusyMs) level("planned", "losses.planned");
  for (const state of AVAILABILITY) lose(state, `state.${state}`, sums.ms[state], state);
  level("producing", "losses.producing");
  lose("speed", "losses.speed", left - sums.idealTotalMs, null);
  lose("quality", "losses.quality", left - sums.idealGoodMs, null);
  level("productive", "losses.productive");
  return rows;
}
