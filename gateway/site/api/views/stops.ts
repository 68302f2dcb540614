/** Stops by state and reason, with what their energy cost. */
import type { z } from "zod";
import type { PlantConfig } from "../../../config/schema.ts";
import { calendarOf } from "../../../kpi/calendar.ts";
import { costOf, tariffsOf } from "../../../kpi/cost.ts";
import { paretoOf } from "../../../kpi/stops.ts";
import { formatInstant, type Range } from "../../../model/time.ts";
import type { MachineId } from "../../../model/units.ts";
import type { StopsReply } from "../replies.ts";
import type { Running } from "../source.ts";
import { calendarKey } from "./shifts.ts";

export function stopsReply(
  plant: PlantConfig,
  { ledger }: Running,
  machine: MachineId,
  range: Range,
): z.infer<typeof StopsReply> {
  const calendar = calendarOf(plant, calendarKey(plant, machine));
  const tariffs = tariffsOf(plant);
  return {
    range: { from: formatInstant(range.from), to: formatInstant(range.to) },
    stops: paretoOf(ledger.slices(machine, range)).map(({ state, reason, count, ms, longestMs, energyWh, slices }) => ({
      state,
      reason,
      count,
      ms,
      longestMs,
      energyWh,
      cost: costOf(slices, tariffs, (time) => calendar.dayOf(time)),
    })),
  };
}
