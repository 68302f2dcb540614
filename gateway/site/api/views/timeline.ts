/** Slices as a person sees them: neighbours that differ in nothing shown are one stretch. */
import type { z } from "zod";
import type { PlantConfig } from "../../../config/schema.ts";
import { categoryOf, type Slice } from "../../../kpi/ledger.ts";
import type { Incident } from "../../../model/record.ts";
import { formatInstant, type Range } from "../../../model/time.ts";
import type { MachineId } from "../../../model/units.ts";
import type { SliceReply, TimelineReply } from "../replies.ts";
import type { Running } from "../source.ts";
import { signalsOf } from "../tags.ts";
import { incidentReply } from "./incidents.ts";
import { shiftReplies } from "./shifts.ts";

/** More marks than this on one timeline cannot be told apart. */
const MAX_INCIDENTS = 500;
const MILLIWATT_HOURS_PER_WATT_HOUR = 1000;

export function timelineReply(
  plant: PlantConfig,
  running: Running,
  machine: MachineId,
  range: Range,
): z.infer<typeof TimelineReply> {
  return {
    range: { from: formatInstant(range.from), to: formatInstant(range.to) },
    slices: joined(running.ledger.slices(machine, range)).map(sliceReply),
    shifts: shiftReplies(plant, machine, range),
    incidents: running.ingest
      .incidents(range)
      .filter((incident) => concerns(plant, machine, incident))
      .slice(-MAX_INCIDENTS)
      .map(incidentReply),
  };
}

type Joined = Pick<Slice, "from" | "to" | "state" | "planned" | "shift" | "reason" | "order" | "product" | "inferred"> &
  Pick<Slice, "good" | "scrap" | "energy">;

/** Joins neighbours of which every shown key is the same; their sums add up. */
export function joined(slices: readonly Slice[]): Joined[] {
  const stretches: Joined[] = [];
  for (const slice of slices) {
    const last = stretches.at(-1);
    if (last === undefined || last.to !== slice.from || !sameShown(last, slice)) {
      stretches.push(slice);
      continue;
    }
    stretches[stretches.length - 1] = {
      ...last,
      to: slice.to,
      good: last.good + slice.good,
      scrap: last.scrap + slice.scrap,
      energy: (last.energy + slice.energy) as Slice["energy"],
    };
  }
  return stretches;
}

const sameShown = (a: Joined, b: Joined): boolean =>
  a.state === b.state &&
  categoryOf(a) === categoryOf(b) &&
  a.shift === b.shift &&
  a.reason === b.reason &&
  a.order === b.order &&
  a.product === b.product &&
  a.inferred === b.inferred;

const sliceReply = (slice: Joined): z.infer<typeof SliceReply> => ({
  from: formatInstant(slice.from),
  to: formatInstant(slice.to),
  state: categoryOf(slice),
  machineState: slice.state,
  shift: slice.shift,
  reason: slice.reason,
  order: slice.order,
  product: slice.product,
  inferred: slice.inferred,
  good: slice.good,
  scrap: slice.scrap,
  energyWh: slice.energy / MILLIWATT_HOURS_PER_WATT_HOUR,
});

/** One of the machine's tags is meant, or a whole connection or edge through which it is read. */
function concerns(plant: PlantConfig, machine: MachineId, incident: Incident): boolean {
  const tags = signalsOf(plant, machine).map(({ tag }) => tag as string);
  if (incident.tag !== undefined) return tags.includes(incident.tag);
  return incident.connection === undefined || tags.some((tag) => tag.startsWith(`${incident.connection}/`));
}
