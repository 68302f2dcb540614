/** The ledger: additive integers per machine and slice of time. Every percentage anywhere is computed from these sums. */
import type { LedgerState } from "../model/states.ts";
import { milliwattHours, type MachineId, type Micros, type MilliwattHours } from "../model/units.ts";

/** What the calendar says of a moment: in a shift, in a break of a shift, or no shift at all. */
export type Planned = "busy" | "break" | "none";

/** A stretch of time in which none of its keys change. Borders are whole milliseconds, given in µs. */
export interface SliceKey {
  /** What the machine did. The calendar does not change it: see `categoryOf`. Never "unscheduled". */
  readonly state: Exclude<LedgerState, "unscheduled">;
  readonly planned: Planned;
  /** Shift instance `<day>/<name>`, such as "2026-11-24/late"; null where no shift is planned. */
  readonly shift: string | null;
  readonly reason: string | null;
  readonly order: string | null;
  readonly product: string | null;
  /** The state was inferred from power, not told by the machine. */
  readonly inferred: boolean;
}

/** Sums. All are integers, so that any partition adds up exactly. */
export interface LedgerSums {
  readonly ms: number;
  readonly total: number;
  readonly good: number;
  readonly scrap: number;
  readonly rework: number;
  /** Σ ideal cycle × parts, in µs, per product. */
  readonly idealTotal: number;
  /** Σ ideal cycle × good parts, in µs, per product. */
  readonly idealGood: number;
  readonly energy: MilliwattHours;
  /** Part of `ms` in which energy was measured. */
  readonly energyMs: number;
}

/** What a slice holds before anything was counted or measured in it. */
export const NOTHING_COUNTED: Omit<LedgerSums, "ms"> = {
  total: 0,
  good: 0,
  scrap: 0,
  rework: 0,
  idealTotal: 0,
  idealGood: 0,
  energy: milliwattHours(0),
  energyMs: 0,
};

export interface Slice extends SliceKey, LedgerSums {
  readonly machine: MachineId;
  readonly from: Micros;
  readonly to: Micros;
}

/** The category of the time model (KPI.md §1) in which a slice counts: the calendar goes before the machine. */
export function categoryOf(slice: Pick<SliceKey, "state" | "planned">): LedgerState {
  if (slice.planned === "none") return "unscheduled";
  return slice.planned === "break" ? "plannedStop" : slice.state;
}
