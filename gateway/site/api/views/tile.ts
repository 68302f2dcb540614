/** One machine now: what it does, since when, and the figures of its running shift or else of its last one. */
import type { z } from "zod";
import type { PlantConfig } from "../../../config/schema.ts";
import { shiftAt, shiftsBetween, type ShiftInstance } from "../../../kpi/calendar.ts";
import { categoryOf, type Slice } from "../../../kpi/ledger.ts";
import { formatInstant } from "../../../model/time.ts";
import { wattsPer } from "../../../model/quantity.ts";
import { micros, MICROS_PER_HOUR, type MachineId, type Micros, type TagId } from "../../../model/units.ts";
import type { MachineTile } from "../replies.ts";
import type { Running } from "../source.ts";
import { freshNumber, signalTag, tagsOf } from "../tags.ts";
import { calendarKey, shiftReply } from "./shifts.ts";
import { figuresOf, type Figures } from "./sums.ts";

/** Where the last shift is looked for: past a holiday of two weeks there is none to show. */
const LAST_SHIFT_WITHIN = 15 * 24 * MICROS_PER_HOUR;
/** Steps back in which the beginning of the present state is looked for: mostly the first is enough. */
const SINCE_WITHIN = [2, 24, 15 * 24].map((hours) => hours * MICROS_PER_HOUR);
/** The pace is that of the last quarter of an hour. */
const PACE_WINDOW = MICROS_PER_HOUR / 4;

export function machineTile(
  plant: PlantConfig,
  now: Micros,
  running: Running,
  machine: MachineId,
): z.infer<typeof MachineTile> {
  const { ledger } = running;
  const current = ledger.current(machine);
  const shift = shiftAt(plant, calendarKey(plant, machine), now);
  const shown = shift ?? lastShift(plant, machine, now);
  const slices = shown === undefined ? [] : ledger.slices(machine, { from: shown.from, to: earlier(shown.to, now) });
  const figures = figuresOf(plant, machine, slices);
  const power = powerNow(plant, running, signalTag(plant, machine, "power"), now);
  return {
    machine,
    state: current === undefined ? "unknown" : categoryOf(current),
    since: current === undefined ? null : formatInstant(sinceOf(running, machine, current)),
    reason: current?.reason ?? null,
    inferred: current?.inferred ?? false,
    product: current?.product ?? null,
    order: current?.order ?? null,
    shift: shift === undefined ? null : shiftReply(shift),
    figuresOf: shown === undefined ? null : shiftReply(shown),
    ...figures,
    expectedGood: expectedGood(plant, machine, figures, current?.product ?? null),
    powerW: power?.watts ?? null,
    powerAt: power === null ? null : formatInstant(power.time),
    partsPerHour: partsPerHour(plant, running, machine, now),
    recomputing: ledger.pending(machine) !== undefined,
  };
}

const earlier = (a: Micros, b: Micros): Micros => (a < b ? a : b);

function lastShift(plant: PlantConfig, machine: MachineId, now: Micros): ShiftInstance | undefined {
  const range = { from: micros(now - LAST_SHIFT_WITHIN), to: now };
  return shiftsBetween(plant, calendarKey(plant, machine), range).at(-1);
}

/** Slices are cut at every quarter: the state began where the row of equal ones does. */
function sinceOf({ ledger }: Running, machine: MachineId, current: Slice): Micros {
  let since = current.from;
  for (const within of SINCE_WITHIN) {
    const from = micros(current.to - within);
    for (const slice of ledger.slices(machine, { from, to: current.from }).reverse()) {
      if (slice.to < since || !sameState(slice, current)) return since;
      since = earlier(since, slice.from);
    }
    if (since > from) return since;
  }
  return since;
}

const sameState = (a: Slice, b: Slice): boolean =>
  categoryOf(a) === categoryOf(b) && (a.state === b.state || a.planned !== "busy") && a.reason === b.reason;

/** Parts at the ideal pace in the planned busy time so far; null where no ideal cycle is known. */
function expectedGood(
  plant: PlantConfig,
  machine: MachineId,
  { sums }: Figures,
  product: string | null,
): number | null {
  const cycle = meanIdealCycle(sums) ?? idealCycle(plant, machine, product);
  return cycle === null ? null : Math.floor(sums.plannedBusyMs / cycle);
}

/** Of the parts made so far, so that a mix of products is expected as it came; null while there are none. */
export const meanIdealCycle = ({ idealTotalMs, countedTotal, withoutIdeal }: Figures["sums"]): number | null =>
  countedTotal > 0 && withoutIdeal === 0 && idealTotalMs > 0 ? idealTotalMs / countedTotal : null;

export function idealCycle(plant: PlantConfig, machine: MachineId, product: string | null): number | null {
  const made = product === null ? undefined : plant.products[product];
  return made?.idealCycleOn[machine] ?? made?.idealCycle ?? plant.machines[machine]?.idealCycle ?? null;
}

/** Power by a tag while its value may be believed. */
export function powerNow(
  plant: PlantConfig,
  running: Running,
  tag: TagId | undefined,
  now: Micros,
): { readonly watts: number; readonly time: Micros } | null {
  if (tag === undefined) return null;
  const entry = tagsOf(plant).get(tag);
  const sample = running.ingest.latest().get(tag);
  const value = freshNumber(sample, entry, now);
  const factor = wattsPer(entry?.unit ?? "");
  return value === null || sample === undefined || factor === undefined
    ? null
    : { watts: value * factor, time: sample.time };
}

/** Good parts of the last quarter of an hour as a rate; the slice in which it begins counts by its share. */
function partsPerHour(plant: PlantConfig, { ledger }: Running, machine: MachineId, now: Micros): number | null {
  const signals = plant.machines[machine]?.signals;
  if ((signals?.goodCount ?? signals?.totalCount) === undefined) return null;
  const from = micros(now - PACE_WINDOW);
  let good = 0;
  let covered = 0;
  for (const slice of ledger.slices(machine, { from, to: now })) {
    const inside = slice.to - Math.max(slice.from, from);
    good += slice.to > slice.from ? (slice.good * inside) / (slice.to - slice.from) : 0;
    covered += inside;
  }
  return covered > 0 ? Math.round((good * MICROS_PER_HOUR) / covered) : null;
}
