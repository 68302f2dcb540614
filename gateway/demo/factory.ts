/** The demo factory: what every machine does at any moment, as a function of the seed and the epoch alone. Pure. */
import type { PlantConfig } from "../config/schema.ts";
import { calendarOf, type Calendar, type ShiftInstance } from "../kpi/calendar.ts";
import type { Range } from "../model/time.ts";
import { machineId, micros, MICROS_PER_MILLI, type MachineId, type Micros } from "../model/units.ts";
import { milliwattHoursBetween, wattsAt } from "./power.ts";
import { PROFILES, UTILITIES, type Profile } from "./profiles.ts";
import { shiftsFrom } from "./shifts.ts";
import { firstCarry, playTurn, type Counts, type Product, type Segment, type TurnMachine } from "./turn.ts";

/** A machine at one moment. */
export interface Moment extends Counts {
  readonly time: Micros;
  readonly segment: Segment;
}

export interface FactoryMachine {
  readonly id: MachineId;
  readonly at: (time: Micros) => Moment;
  /** The beginning of each segment and the end of each part in the range, in order of time. */
  readonly moments: (range: Range) => Iterable<Moment>;
  /** Segments that overlap the range, whole. */
  readonly segments: (range: Range) => Iterable<Segment>;
  /** Gives up what ended before; it may not be asked again. */
  readonly forget: (before: Micros) => void;
}

export interface Factory {
  readonly seed: number;
  /** Everything begins here; local midnight. */
  readonly epoch: Micros;
  readonly machines: readonly FactoryMachine[];
  readonly machine: (id: string) => FactoryMachine;
  /** Watts of one machine, or of all and the utilities together: "main". */
  readonly watts: (id: string, time: Micros) => number;
  /** Milliwatt-hours since the epoch, not rounded. */
  readonly energy: (id: string, time: Micros) => number;
}

export const MAIN = "main";

export function createFactory(plant: PlantConfig, seed: number, epoch: Micros): Factory {
  const machines = PROFILES.map((profile) =>
    createMachine(plant, profile, calendarFor(plant, profile.id), seed, epoch),
  );
  // The utilities serve whoever works longest.
  const utilities = createMachine(plant, UTILITIES, calendarFor(plant, "packer"), seed, epoch);
  const all = [...machines, utilities];
  const machine = (id: string): FactoryMachine => {
    const found = machines.find((candidate) => candidate.id === id);
    if (found === undefined)
      throw new Error(`the demo factory has no machine "${id}"; it has ${machines.map((m) => m.id).join(", ")}`);
    return found;
  };
  const sum = (id: string, value: (moment: Moment) => number, time: Micros): number =>
    id === MAIN ? all.reduce((total, each) => total + value(each.at(time)), 0) : value(machine(id).at(time));
  return {
    seed,
    epoch,
    machines,
    machine,
    watts: (id, time) => sum(id, (moment) => wattsAt(moment.segment.load, time), time),
    energy: (id, time) => sum(id, (moment) => moment.energy, time),
  };
}

function calendarFor(plant: PlantConfig, id: string): Calendar {
  const machine = plant.machines[id];
  if (machine === undefined) throw new Error(`machines.${id}: the demo factory needs this machine and its calendar`);
  return calendarOf(plant, machine.calendar);
}

/** Products with an ideal cycle on this machine, and the value by which its device shows each. */
function productsOf(plant: PlantConfig, id: string): Product[] {
  const shown = Object.entries(plant.machines[id]?.signals.product?.map ?? {});
  return Object.entries(plant.products).flatMap(([key, product]) => {
    const cycle = product.idealCycleOn[id];
    const value = shown.find(([, target]) => target === key)?.[0] ?? key;
    return cycle === undefined ? [] : [{ key, shown: value, cycle: micros(cycle * MICROS_PER_MILLI) }];
  });
}

function createMachine(
  plant: PlantConfig,
  profile: Profile,
  calendar: Calendar,
  seed: number,
  epoch: Micros,
): FactoryMachine {
  const machine: TurnMachine = { seed, profile, products: productsOf(plant, profile.id) };
  const shifts = shiftsFrom(calendar, epoch);
  let segments: Segment[] = [];
  let carry = firstCarry(epoch);

  /** Plays turns until `time` is covered. */
  const advance = (time: Micros): void => {
    while (carry.time <= time) {
      const next = shifts.next();
      if (next.done === true)
        throw new Error(`machines.${profile.id}: its calendar has no more shifts after ${carry.time}`);
      const turn = playTurn(machine, carry, clipped(next.value, carry.time));
      for (const segment of turn.segments) segments.push(segment);
      carry = turn.after;
    }
  };
  /** Index of the segment that holds `time`. */
  const find = (time: Micros): number => {
    advance(time);
    let low = 0;
    let high = segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((segments[middle]?.from ?? Infinity) <= time) low = middle;
      else high = middle - 1;
    }
    const found = segments[low];
    if (found === undefined || time < found.from) {
      throw new Error(`machines.${profile.id}: the simulator was asked for ${time}, before ${found?.from ?? epoch}`);
    }
    return low;
  };
  function* segmentsIn({ from, to }: Range): Generator<Segment> {
    if (to <= from) return;
    advance(to);
    for (let i = find(from); i < segments.length; i++) {
      const segment = segments[i];
      if (segment === undefined || segment.from >= to) return;
      yield segment;
    }
  }
  return {
    id: machineId(profile.id),
    at: (time) => momentAt(segments[find(time)] as Segment, time),
    segments: segmentsIn,
    *moments(range) {
      for (const segment of segmentsIn(range)) {
        if (segment.from >= range.from) yield momentAt(segment, segment.from);
        for (let part = 0; part < segment.parts; part++) {
          const time = micros(segment.firstPart + part * segment.cycle);
          if (time >= range.to) break;
          if (time >= range.from) yield momentAt(segment, time);
        }
      }
    },
    forget(before) {
      const first = segments.findIndex((segment) => segment.to > before);
      if (first > 0) segments = segments.slice(first);
    },
  };
}

/** A shift that was running at the epoch counts from then on; where two overlap, the one that began first keeps the time. */
function clipped(shift: ShiftInstance, start: Micros): ShiftInstance {
  if (shift.from >= start) return shift;
  return { ...shift, from: start, breaks: shift.breaks.filter(({ from }) => from >= start) };
}

function momentAt(segment: Segment, time: Micros): Moment {
  const parts =
    segment.parts === 0 || time < segment.firstPart
      ? 0
      : Math.min(segment.parts, Math.floor((time - segment.firstPart) / segment.cycle) + 1);
  let scrap = 0;
  while (scrap < segment.scrap.length && (segment.scrap[scrap] as number) < parts) scrap++;
  const { before } = segment;
  return {
    time,
    segment,
    total: before.total + parts,
    scrap: before.scrap + scrap,
    orderTotal: before.orderTotal + parts,
    orderScrap: before.orderScrap + scrap,
    energy: before.energy + milliwattHoursBetween(segment.load, segment.from, time),
  };
}
