/** Sums and KPIs in the form of the API, by the rules of a machine. */
import type { z } from "zod";
import type { PlantConfig } from "../../../config/schema.ts";
import { kpiOf } from "../../../kpi/kpi.ts";
import type { Slice } from "../../../kpi/ledger.ts";
import { rulesOf, sumsOf } from "../../../kpi/sums.ts";
import type { MachineId } from "../../../model/units.ts";
import type { Kpi, Sums } from "../replies.ts";

export interface Figures {
  readonly sums: z.infer<typeof Sums>;
  readonly kpi: z.infer<typeof Kpi>;
}

/** @param slices of one machine, ascending */
export function figuresOf(plant: PlantConfig, machine: MachineId, slices: Iterable<Slice>): Figures {
  const rules = rulesOf(plant, machine);
  const sums = sumsOf(slices, rules);
  return { sums, kpi: kpiOf(sums, rules) };
}
