/** What really happened, in the ledger's terms: written by the simulator to files that the gateway never reads. */
import type { PlantConfig } from "../config/schema.ts";
import type { Planned, SliceKey } from "../kpi/ledger.ts";
import { dateOfMicros, type Range } from "../model/time.ts";
import type { Micros } from "../model/units.ts";
import type { Factory } from "./factory.ts";
import type { Activity } from "./profiles.ts";
import type { Segment } from "./turn.ts";

/** One line of `truth/<machine>.jsonl`. Times are RFC 3339 with milliseconds; counts and energy are of this stretch. */
export interface TruthLine {
  readonly machine: string;
  readonly from: string;
  readonly to: string;
  readonly state: SliceKey["state"];
  readonly planned: Planned;
  readonly shift: string | null;
  readonly reason: string | null;
  readonly order: string | null;
  readonly product: string | null;
  readonly total: number;
  readonly good: number;
  readonly scrap: number;
  readonly energyMwh: number;
}

const STATES: Readonly<Record<Activity, SliceKey["state"]>> = {
  run: "producing",
  warmUp: "idle",
  setup: "setup",
  maintenance: "plannedStop",
  breakdown: "breakdown",
  minorStop: "minorStop",
  starved: "starved",
  blocked: "blocked",
  idle: "idle",
  off: "idle",
};

type Key = Pick<TruthLine, "state" | "planned" | "shift" | "reason" | "order" | "product">;

/**
 * Slices of one machine that end by `range.to`, in order and without holes.
 * @param range from the epoch, or from where an earlier call ended, on
 */
export function* truthOf(plant: PlantConfig, factory: Factory, machine: string, range: Range): Generator<TruthLine> {
  const keyOf = keysOf(plant, machine);
  let open: { readonly key: Key; readonly start: Segment } | undefined;
  for (const segment of factory.machine(machine).segments(range)) {
    const key = keyOf(segment);
    if (open !== undefined && sameKey(open.key, key)) continue;
    if (open !== undefined) yield lineOf(machine, open.key, open.start, segment);
    open = { key, start: segment };
  }
}

function keysOf(plant: PlantConfig, machine: string): (segment: Segment) => Key {
  const signals = plant.machines[machine]?.signals;
  const texts = signals?.stopReason?.map ?? {};
  // What the machine has no signal for, nobody can know: it is not part of the ledger's terms.
  return ({ activity, planned, shift, code, order, product }) => ({
    state: STATES[activity],
    planned,
    shift,
    reason: code === 0 || signals?.stopReason === undefined ? null : (texts[String(code)] ?? String(code)),
    order: signals?.order === undefined ? null : order,
    product: signals?.product === undefined ? null : (product?.key ?? null),
  });
}

const sameKey = (a: Key, b: Key): boolean =>
  a.state === b.state &&
  a.planned === b.planned &&
  a.shift === b.shift &&
  a.reason === b.reason &&
  a.order === b.order &&
  a.product === b.product;

/** @param end the segment that follows the slice: its counts are those at the slice's end */
function lineOf(machine: string, key: Key, start: Segment, end: Segment): TruthLine {
  const total = end.before.total - start.before.total;
  const scrap = end.before.scrap - start.before.scrap;
  return {
    machine,
    from: stamp(start.from),
    to: stamp(end.from),
    ...key,
    total,
    good: total - scrap,
    scrap,
    // Rounded at the borders, so that neighbours add up to the whole exactly.
    energyMwh: Math.round(end.before.energy) - Math.round(start.before.energy),
  };
}

const stamp = (time: Micros): string => dateOfMicros(time).toISOString();
