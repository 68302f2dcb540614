/** What a machine's energy went into: parts, or waiting. From slices alone (KPI.md §3). */
import type { LedgerState } from "../model/states.ts";
import { categoryOf, type Slice } from "./ledger.ts";

/** Energy spent in these makes nothing. Breaks are left out: a machine may be meant to stay warm then. */
const IDLE_STATES: readonly LedgerState[] = [
  "idle",
  "minorStop",
  "starved",
  "blocked",
  "breakdown",
  "setup",
  "unscheduled",
];

export interface EnergyUse {
  readonly totalWh: number;
  /** Share of the time in which energy was measured; 0 when there is no time. */
  readonly coverage: number;
  readonly idle: readonly { readonly state: LedgerState; readonly ms: number; readonly slices: readonly Slice[] }[];
  readonly products: readonly {
    readonly product: string | null;
    readonly good: number;
    readonly energyWh: number;
    readonly perGoodWh: number | null;
  }[];
}

/** @param slices of one machine */
export function energyUseOf(slices: readonly Slice[]): EnergyUse {
  const ms = slices.reduce((sum, slice) => sum + slice.ms, 0);
  const measured = slices.reduce((sum, slice) => sum + slice.energyMs, 0);
  return {
    totalWh: wattHours(slices),
    coverage: ms > 0 ? measured / ms : 0,
    idle: IDLE_STATES.map((state) => {
      // A machine that makes parts outside its shifts is not idle, whatever the calendar says.
      const own = slices.filter((slice) => categoryOf(slice) === state && slice.state !== "producing");
      return { state, ms: own.reduce((sum, slice) => sum + slice.ms, 0), slices: own };
    }).filter(({ ms }) => ms > 0),
    products: [...Map.groupBy(slices, ({ product }) => product)].map(([product, own]) => {
      const good = own.reduce((sum, slice) => sum + slice.good, 0);
      const energyWh = wattHours(own);
      const known = own.some(({ energyMs }) => energyMs > 0);
      return { product, good, energyWh, perGoodWh: good > 0 && known ? energyWh / good : null };
    }),
  };
}

/** Added as integers of mWh, so that parts of a whole add up to it. */
export const wattHours = (slices: Iterable<Slice>): number => {
  let energy = 0;
  for (const slice of slices) energy += slice.energy;
  return energy / 1000;
};
