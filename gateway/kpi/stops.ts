/** The stop Pareto: which losses, how often, how long, and what they cost in energy. */
import type { Slice } from "./ledger.ts";
import { LEDGER_STATES, type LedgerState } from "../model/states.ts";

export interface StopRow {
  readonly state: LedgerState;
  readonly reason: string | null;
  readonly count: number;
  readonly ms: number;
  readonly longestMs: number;
  readonly energyWh: number;
  readonly slices: readonly Slice[];
}

/** What a shift may lose; the calendar's own stops are none, and producing is none. */
const NO_STOPS: ReadonlySet<LedgerState> = new Set(["producing", "plannedStop", "unscheduled"]);
const STOPS: ReadonlySet<LedgerState> = new Set(LEDGER_STATES.filter((state) => !NO_STOPS.has(state)));

/**
 * Most time first. Only planned busy time counts; a stop that a break interrupts is still one stop.
 * @param slices of one machine, ascending
 */
export function paretoOf(slices: Iterable<Slice>): StopRow[] {
  const rows = new Map<string, { count: number; ms: number; longestMs: number; energy: number; slices: Slice[] }>();
  let key: string | undefined;
  let end = -1;
  let runMs = 0;
  for (const slice of slices) {
    const same = `${slice.state}\n${slice.reason ?? ""}`;
    if (same !== key || slice.from !== end) runMs = 0;
    key = same;
    end = slice.to;
    if (slice.planned !== "busy" || !STOPS.has(slice.state)) continue;
    const row = rows.get(same) ?? { count: 0, ms: 0, longestMs: 0, energy: 0, slices: [] };
    rows.set(same, row);
    if (runMs === 0) row.count++;
    runMs += slice.ms;
    row.ms += slice.ms;
    row.longestMs = Math.max(row.longestMs, runMs);
    row.energy += slice.energy;
    row.slices.push(slice);
  }
  return [...rows.values()]
    .flatMap(({ count, ms, longestMs, energy, slices }) => {
      const [first] = slices;
      if (first === undefined) return [];
      const { state, reason } = first;
      return [{ state, reason, count, ms, longestMs, energyWh: energy / 1000, slices }];
    })
    .sort((a, b) => b.ms - a.ms || a.state.localeCompare(b.state) || (a.reason ?? "").localeCompare(b.reason ?? ""));
}
