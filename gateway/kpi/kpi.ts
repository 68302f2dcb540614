/**
 * Every percentage of the project is computed here, from sums and at the last moment. Formulas: ISO 22400-2 by way of
 * the time model in docs/kpi.md. A ratio that cannot be computed is null, never 0 or 1.
 */
import type { KpiRules, Sums } from "./sums.ts";

/** Changes whenever a formula below, the time model or the fold changes what a figure means. */
export const KPI_DEFINITION = "fieldlab-kpi/1";

export type KpiFlag = "performanceOver100" | "noIdealCycle" | "someWithoutIdeal" | "noPlannedTime" | "inferredStates";

export interface Kpi {
  readonly definition: string;
  readonly availability: number | null;
  readonly performance: number | null;
  readonly quality: number | null;
  readonly oee: number | null;
  readonly teep: number | null;
  readonly oeeLow: number | null;
  readonly oeeHigh: number | null;
  readonly coverage: number | null;
  readonly provisional: boolean;
  readonly flags: KpiFlag[];
  readonly mtbfMs: number | null;
  readonly mttrMs: number | null;
  readonly scrapRatio: number | null;
  readonly energyPerGoodWh: number | null;
}

/**
 * OEE over observed time: availability × performance × quality = Σ ideal cycle × good ÷ observed time.
 * The bounds put the unknown time back: all of it as loss, and all of it as productive as the rest.
 */
export function kpiOf(sums: Sums, rules: KpiRules): Kpi {
  const { plannedBusyMs, observedMs, calendarMs, idealTotalMs, idealGoodMs } = sums;
  const producingMs = sums.ms.producing;
  // Parts without ideal cycle add no ideal time, so performance and OEE are then at least what is shown. That is said
  // of a few of them, such as those made before the product was known; of many it would be a number without meaning.
  const ideal = rules.hasParts && sums.withoutIdeal <= sums.countedTotal * (1 - rules.provisionalBelow);
  const availability = ratio(producingMs, observedMs);
  const performance = ideal ? ratio(idealTotalMs, producingMs) : null;
  const quality = ideal ? ratio(idealGoodMs, idealTotalMs) : ratio(sums.countedGood, sums.countedTotal);
  const oee = ideal ? ratio(idealGoodMs, observedMs) : null;
  const coverage = ratio(observedMs, plannedBusyMs);
  const flags: KpiFlag[] = [];
  if (performance !== null && performance > 1) flags.push("performanceOver100");
  if (rules.hasParts && !ideal) flags.push("noIdealCycle");
  else if (rules.hasParts && sums.withoutIdeal !== 0) flags.push("someWithoutIdeal");
  if (plannedBusyMs === 0) flags.push("noPlannedTime");
  if (sums.inferredMs > 0) flags.push("inferredStates");
  return {
    definition: KPI_DEFINITION,
    availability,
    performance,
    quality: rules.hasParts ? quality : null,
    oee,
    teep: oee === null ? null : ratio(oee * plannedBusyMs, calendarMs),
    oeeLow: ideal && observedMs > 0 ? ratio(idealGoodMs, plannedBusyMs) : null,
    oeeHigh: oee,
    coverage,
    provisional: coverage !== null && coverage < rules.provisionalBelow,
    flags,
    mtbfMs: ratio(producingMs, sums.breakdowns),
    mttrMs: ratio(sums.ms.breakdown, sums.breakdowns),
    scrapRatio: ratio(sums.countedScrap, sums.countedTotal),
    energyPerGoodWh: sums.energyMs > 0 && sums.good > 0 ? sums.energyWh / sums.good : null,
  };
}

/** NEE, allocation, setup ratio, technical efficiency, first pass yield, rework ratio, throughput (ISO 22400-2). */
export interface FurtherKpi {
  readonly loading: number | null;
  readonly netEquipmentEffectiveness: number | null;
  readonly allocation: number | null;
  readonly setupRatio: number | null;
  readonly technicalEfficiency: number | null;
  readonly firstPassYield: number | null;
  readonly reworkRatio: number | null;
  readonly throughputPerHour: number | null;
}

export function furtherKpiOf(sums: Sums, rules: KpiRules): FurtherKpi {
  const { producing, setup, breakdown, minorStop, starved, blocked, idle } = sums.ms;
  const { performance, quality } = kpiOf(sums, rules);
  const withSetup = ratio(producing + setup, sums.observedMs);
  const downMs = breakdown + minorStop + starved + blocked + idle;
  return {
    loading: ratio(sums.plannedBusyMs, sums.calendarMs),
    netEquipmentEffectiveness:
      withSetup === null || performance === null || quality === null ? null : withSetup * performance * quality,
    allocation: ratio(sums.observedMs - idle, sums.observedMs),
    setupRatio: ratio(setup, producing + setup),
    technicalEfficiency: ratio(producing, producing + downMs - idle),
    firstPassYield: ratio(sums.countedGood - sums.rework, sums.countedTotal),
    reworkRatio: ratio(sums.rework, sums.countedTotal),
    throughputPerHour: ratio(sums.countedTotal * 3_600_000, sums.observedMs),
  };
}

const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
