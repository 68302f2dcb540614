/** The sums of a range, and of the products and shifts in it; all from the same slices, so that they add up. */
import type { z } from "zod";
import type { PlantConfig } from "../../../config/schema.ts";
import { shiftsBetween } from "../../../kpi/calendar.ts";
import { formatInstant, type Range } from "../../../model/time.ts";
import type { MachineId } from "../../../model/units.ts";
import type { LedgerReply } from "../replies.ts";
import type { Running } from "../source.ts";
import { calendarKey, shiftReply } from "./shifts.ts";
import { figuresOf } from "./sums.ts";

/** @param range in whole quarters of an hour */
export function ledgerReply(
  plant: PlantConfig,
  { ledger }: Running,
  machine: MachineId,
  range: Range,
): z.infer<typeof LedgerReply> {
  const slices = ledger.slices(machine, range);
  const byShift = Map.groupBy(slices, ({ shift }) => shift);
  const byProduct = Map.groupBy(slices, ({ product }) => product);
  const products = [...byProduct].map(([product, own]) => {
    const { sums } = figuresOf(plant, machine, own);
    const { total, good, scrap, idealGoodMs, energyWh } = sums;
    return { product, total, good, scrap, idealGoodMs, energyWh };
  });
  return {
    machine,
    range: { from: formatInstant(range.from), to: formatInstant(range.to) },
    ...figuresOf(plant, machine, slices),
    products: products.sort((a, b) => b.good - a.good || b.energyWh - a.energyWh),
    shifts: shiftsBetween(plant, calendarKey(plant, machine), range).map((shift) => {
      const { sums, kpi } = figuresOf(plant, machine, byShift.get(shift.id) ?? []);
      return { shift: shiftReply(shift), sums, kpi };
    }),
  };
}
