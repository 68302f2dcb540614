/** Shifts of a machine's calendar in the form of the API. */
import type { z } from "zod";
import type { PlantConfig } from "../../../config/schema.ts";
import { shiftsBetween, type ShiftInstance } from "../../../kpi/calendar.ts";
import { formatInstant, type Range } from "../../../model/time.ts";
import type { MachineId } from "../../../model/units.ts";
import type { ShiftReply } from "../replies.ts";

export const shiftReply = ({ id, day, name, from, to }: ShiftInstance): z.infer<typeof ShiftReply> => ({
  id,
  day,
  name,
  from: formatInstant(from),
  to: formatInstant(to),
});

export const calendarKey = (plant: PlantConfig, machine: MachineId): string => plant.machines[machine]?.calendar ?? "";

/** Shifts that overlap the range, ascending. */
export const shiftReplies = (plant: PlantConfig, machine: MachineId, range: Range): z.infer<typeof ShiftReply>[] =>
  shiftsBetween(plant, calendarKey(plant, machine), range).map(shiftReply);
