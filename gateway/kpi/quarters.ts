/** Demand per clock quarter, its peak with everyone's share, and the base load. */
import type { Range } from "../model/time.ts";
import { micros, QUARTER_MICROS, QUARTER_MS, type MachineId, type Micros } from "../model/units.ts";
import type { Slice } from "./ledger.ts";

/** Below this share of measured time a quarter has no figure: a peak must not rest on a guess. */
const MEASURED_SHARE = 0.9;
/** Four hours: the window of the base load (KPI.md §3). */
const BASE_LOAD_QUARTERS = 16;

export interface Quarter {
  readonly from: Micros;
  /** Mean power over the part of the quarter that has passed; null: not measured. */
  readonly powerW: number | null;
  readonly energyWh: number;
  /** False while it runs: its mean so far is neither a demand that is billed nor rest. */
  readonly over: boolean;
}

export interface Peak {
  readonly from: Micros;
  readonly powerW: number;
  readonly shares: Readonly<Record<MachineId, number | null>>;
}

/** Clock quarters that the range touches, ascending, without holes. */
export function quartersOf(slices: Iterable<Slice>, range: Range): Quarter[] {
  const first = Math.floor(range.from / QUARTER_MICROS);
  const count = Math.max(0, Math.ceil(range.to / QUARTER_MICROS) - first);
  const sums = Array.from({ length: count }, () => ({ ms: 0, energy: 0, energyMs: 0 }));
  for (const slice of slices) {
    const sum = sums[Math.floor(slice.from / QUARTER_MICROS) - first];
    if (sum === undefined) continue;
    sum.ms += slice.ms;
    sum.energy += slice.energy;
    sum.energyMs += slice.energyMs;
  }
  return sums.map(({ ms, energy, energyMs }, i) => ({
    from: micros((first + i) * QUARTER_MICROS),
    // mWh ÷ ms × 3600 = W
    powerW: energyMs > 0 && energyMs >= ms * MEASURED_SHARE ? (energy * 3600) / ms : null,
    energyWh: energy / 1000,
    over: ms === QUARTER_MS,
  }));
}

/**
 * The highest quarter of the main meter that is over, and what each machine took of it.
 * @param main quarters of the main meter; without one, of the machines' sum (see `addQuarters`)
 */
export function peakOf(main: readonly Quarter[], machines: ReadonlyMap<MachineId, readonly Quarter[]>): Peak | null {
  let peak: { from: Micros; powerW: number } | null = null;
  for (const { from, powerW, over } of main) {
    if (over && powerW !== null && (peak === null || powerW > peak.powerW)) peak = { from, powerW };
  }
  if (peak === null) return null;
  const { from, powerW } = peak;
  const shares: Record<MachineId, number | null> = {};
  for (const [machine, quarters] of machines) {
    const own = quarters.find((quarter) => quarter.from === from)?.powerW ?? null;
    shares[machine] = own === null || powerW === 0 ? null : own / powerW;
  }
  return { from, powerW, shares };
}

/** Sum of several meters per quarter; a quarter that one of them did not measure has no figure. */
export function addQuarters(lists: readonly (readonly Quarter[])[]): Quarter[] {
  const [first, ...others] = lists;
  if (first === undefined) return [];
  return first.map((quarter, i) => {
    let { powerW, energyWh, over } = quarter;
    for (const list of others) {
      const other = list[i];
      powerW = powerW === null || other === undefined || other.powerW === null ? null : powerW + other.powerW;
      energyWh += other?.energyWh ?? 0;
      over &&= other?.over ?? false;
    }
    return { from: quarter.from, powerW, energyWh, over };
  });
}

/** Lowest 4-hour mean of each day, median over the days; null when no day has four measured hours in a row. */
export function baseLoadOf(quarters: readonly Quarter[], dayOf: (time: Micros) => string): number | null {
  const days = Map.groupBy(quarters, ({ from }) => dayOf(from));
  const lowest = [...days.values()]
    .map(lowestMean)
    .filter((mean) => mean !== null)
    .sort((a, b) => a - b);
  const middle = lowest.length >> 1;
  const upper = lowest[middle];
  if (upper === undefined) return null;
  const lower = lowest.length % 2 === 1 ? upper : (lowest[middle - 1] ?? upper);
  return (lower + upper) / 2;
}

function lowestMean(quarters: readonly Quarter[]): number | null {
  let lowest: number | null = null;
  for (let i = 0; i + BASE_LOAD_QUARTERS <= quarters.length; i++) {
    let sum: number | null = 0;
    for (let k = i; k < i + BASE_LOAD_QUARTERS && sum !== null; k++) {
      const quarter = quarters[k];
      const power: number | null = quarter?.over === true ? quarter.powerW : null;
      sum = power === null ? null : sum + power;
    }
    const mean = sum === null ? null : sum / BASE_LOAD_QUARTERS;
    if (mean !== null && (lowest === null || mean < lowest)) lowest = mean;
  }
  return lowest;
}
