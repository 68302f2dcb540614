/** The ledger as one row of sums per clock quarter: what other programs may add up themselves. */
import { micros, QUARTER_MICROS, type MachineId, type Micros } from "../model/units.ts";
import { energyUseOf, wattHours } from "./energyuse.ts";
import type { Slice } from "./ledger.ts";
import { sumsOf, type KpiRules } from "./sums.ts";

export interface QuarterRow {
  readonly machine: MachineId;
  /** Start of the quarter. */
  readonly from: Micros;
  /** Sums by name; their ratios over any range are the KPIs of that range. */
  readonly fields: Readonly<Record<string, number>>;
}

/** @param slices of one machine over whole quarters, ascending; the fold cuts slices at every clock quarter */
export function quarterRows(machine: MachineId, slices: readonly Slice[], rules: KpiRules): QuarterRow[] {
  const quarters = Map.groupBy(slices, ({ from }) => Math.floor(from / QUARTER_MICROS) * QUARTER_MICROS);
  return Array.from(quarters, ([from, own]) => {
    const sums = sumsOf(own, rules);
    const idle = energyUseOf(own).idle.flatMap((use) => use.slices);
    return {
      machine,
      from: micros(from),
      fields: {
        ...Object.fromEntries(Object.entries(sums.ms).map(([state, ms]) => [`${state}_ms`, ms])),
        planned_busy_ms: sums.plannedBusyMs,
        observed_ms: sums.observedMs,
        total: sums.total,
        good: sums.good,
        scrap: sums.scrap,
        ideal_total_ms: sums.idealTotalMs,
        ideal_good_ms: sums.idealGoodMs,
        energy_wh: sums.energyWh,
        energy_ms: sums.energyMs,
        idle_energy_wh: wattHours(idle),
      },
    };
  });
}
