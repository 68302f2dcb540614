/** Money and CO2 of energy, by dated factors. A missing factor means no figure, not zero (KPI.md §3). */
import type { PlantConfig } from "../config/schema.ts";
import { QUARTER_MICROS, type Micros } from "../model/units.ts";
import type { Slice } from "./ledger.ts";

/** A figure valid from the start of a local day until the next one begins. */
export interface DatedFactor {
  readonly from: string;
  readonly source: string;
  /** Currency units, or grams, per kWh. */
  readonly perKwh: number;
}

export const tariffsOf = (plant: PlantConfig): DatedFactor[] =>
  (plant.energy.tariffs ?? []).map(({ from, source, price }) => ({ from, source, perKwh: price })).sort(byDay);

/** In grams per kWh. */
export const emissionsOf = (plant: PlantConfig): DatedFactor[] =>
  (plant.energy.emissions ?? []).map(({ from, source, factor }) => ({ from, source, perKwh: factor })).sort(byDay);

const byDay = (a: DatedFactor, b: DatedFactor): number => (a.from < b.from ? -1 : Number(a.from > b.from));

/** @param factors ascending by day */
export const factorOn = (factors: readonly DatedFactor[], day: string): DatedFactor | undefined =>
  factors.findLast((factor) => factor.from <= day);

/** Σ energy × the factor of its day; null as soon as some energy has no factor, or there is none at all. */
export function costOf(
  slices: Iterable<Pick<Slice, "from" | "energy">>,
  factors: readonly DatedFactor[],
  dayOf: (time: Micros) => string,
): number | null {
  if (factors.length === 0) return null;
  let cost = 0;
  // Slices come in order: most share the day, and so the factor, of the one before.
  let known = -1;
  let factor: DatedFactor | undefined;
  for (const { from, energy } of slices) {
    if (energy === 0) continue;
    const quarter = Math.floor(from / QUARTER_MICROS);
    if (quarter !== known) {
      known = quarter;
      factor = factorOn(factors, dayOf(from));
    }
    if (factor === undefined) return null;
    cost += (energy / 1_000_000) * factor.perKwh;
  }
  return cost;
}
