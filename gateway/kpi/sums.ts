/** Adding slices up: what every KPI is computed from, and nothing else is. */
import type { PlantConfig } from "../config/schema.ts";
import { LEDGER_STATES, type LedgerState } from "../model/states.ts";
import type { MachineId } from "../model/units.ts";
import { categoryOf, type Slice } from "./ledger.ts";

/** The settings of a machine that decide how its slices count. */
export interface KpiRules {
  /** Planned stops inside a shift count in the planned busy time, as a loss. */
  readonly plannedStopIsLoss: boolean;
  /** Coverage below which a KPI is provisional. */
  readonly provisionalBelow: number;
  /** The machine counts parts; without, performance and OEE cannot be computed. */
  readonly hasParts: boolean;
}

export interface Sums {
  /** Per category; together the calendar time. */
  readonly ms: Record<LedgerState, number>;
  readonly calendarMs: number;
  readonly plannedBusyMs: number;
  /** Planned busy time that is not unknown. */
  readonly observedMs: number;
  /** All parts, whenever made. */
  readonly total: number;
  readonly good: number;
  readonly scrap: number;
  readonly rework: number;
  /** Σ ideal cycle × parts made in observed planned busy time: what performance and OEE rest on. */
  readonly idealTotalMs: number;
  readonly idealGoodMs: number;
  /** Good parts outside planned busy time; in no KPI. */
  readonly unplannedGood: number;
  /** Good parts that a counter gave for unknown time; in no KPI, as that time is in none. */
  readonly unknownGood: number;
  /** Parts made in observed planned busy time. */
  readonly countedTotal: number;
  readonly countedGood: number;
  readonly countedScrap: number;
  /** Of `countedTotal`: parts for which no ideal cycle is known. */
  readonly withoutIdeal: number;
  /** Breakdowns that are seen in planned busy time; one that spans slices counts once. */
  readonly breakdowns: number;
  readonly energyWh: number;
  readonly energyMs: number;
  readonly inferredMs: number;
}

export function rulesOf(plant: PlantConfig, machine: MachineId): KpiRules {
  const config = plant.machines[machine];
  const signals = config?.signals;
  return {
    plannedStopIsLoss: config?.plannedStopIsLoss ?? false,
    provisionalBelow: plant.kpi.provisionalBelow,
    hasParts: signals?.totalCount !== undefined || signals?.goodCount !== undefined,
  };
}

/** Is this slice in the planned busy time (ISO 22400-2 PBT)? Breaks never are. */
export const isPlannedBusy = (slice: Pick<Slice, "state" | "planned">, rules: KpiRules): boolean =>
  slice.planned === "busy" && (slice.state !== "plannedStop" || rules.plannedStopIsLoss);

export const emptyMs = (): Record<LedgerState, number> =>
  Object.fromEntries(LEDGER_STATES.map((state) => [state, 0])) as Record<LedgerState, number>;

/** @param slices of one machine, ascending */
export function sumsOf(slices: Iterable<Slice>, rules: KpiRules): Sums {
  const ms = emptyMs();
  let [calendarMs, plannedBusyMs, observedMs, energy, energyMs, inferredMs, breakdowns] = [0, 0, 0, 0, 0, 0, 0];
  let [total, good, scrap, rework, unplannedGood, unknownGood] = [0, 0, 0, 0, 0, 0];
  let [countedTotal, countedGood, countedScrap, withoutIdeal, idealTotal, idealGood] = [0, 0, 0, 0, 0, 0];
  let before: Slice | undefined;
  for (const slice of slices) {
    ms[categoryOf(slice)] += slice.ms;
    calendarMs += slice.ms;
    total += slice.total;
    good += slice.good;
    scrap += slice.scrap;
    rework += slice.rework;
    energy += slice.energy;
    energyMs += slice.energyMs;
    if (slice.inferred) inferredMs += slice.ms;
    if (!isPlannedBusy(slice, rules)) {
      unplannedGood += slice.good;
    } else {
      plannedBusyMs += slice.ms;
      if (slice.state === "unknown") {
        unknownGood += slice.good;
      } else {
        observedMs += slice.ms;
        countedTotal += slice.total;
        countedGood += slice.good;
        countedScrap += slice.scrap;
        idealTotal += slice.idealTotal;
        idealGood += slice.idealGood;
        if (slice.idealTotal === 0) withoutIdeal += slice.total;
        if (slice.state === "breakdown" && !(before?.state === "breakdown" && before.to === slice.from)) breakdowns++;
      }
    }
    before = slice;
  }
  return {
    ms,
    calendarMs,
    plannedBusyMs,
    observedMs,
    total,
    good,
    scrap,
    rework,
    idealTotalMs: idealTotal / 1000,
    idealGoodMs: idealGood / 1000,
    unplannedGood,
    unknownGood,
    countedTotal,
    countedGood,
    countedScrap,
    withoutIdeal,
    breakdowns,
    energyWh: energy / 1000,
    energyMs,
    inferredMs,
  };
}
