/** What the configuration says of every tag, looked up by tag id. */
import type { PlantConfig } from "../../config/schema.ts";
import type { Sample } from "../../model/sample.ts";
import { tagId, type MachineId, type Micros, type Millis, type TagId, MICROS_PER_MILLI } from "../../model/units.ts";

export interface TagEntry {
  readonly id: TagId;
  readonly connection: string;
  readonly name: string;
  readonly unit: string | null;
  readonly description: string | null;
  readonly maxAge: Millis;
  /** A Modbus register holds a number unless it is a bit; of OPC UA only the unit tells before a value came. */
  readonly numeric: boolean;
}

const listed = new WeakMap<PlantConfig, ReadonlyMap<TagId, TagEntry>>();

/** Every configured tag; listed once per configuration. */
export function tagsOf(plant: PlantConfig): ReadonlyMap<TagId, TagEntry> {
  const known = listed.get(plant) ?? listTags(plant);
  listed.set(plant, known);
  return known;
}

function listTags(plant: PlantConfig): ReadonlyMap<TagId, TagEntry> {
  const entries = new Map<TagId, TagEntry>();
  for (const [connection, config] of Object.entries(plant.connections)) {
    for (const [name, tag] of Object.entries(config.tags)) {
      const id = tagId(connection, name);
      const { unit = null, description = null, maxAge } = tag;
      const numeric = "register" in tag ? tag.type !== "bool" && tag.bit === undefined : unit !== null;
      entries.set(id, { id, connection, name, unit, description, maxAge, numeric });
    }
  }
  return entries;
}

/** Tag of a machine's signal, when it has that signal. */
export function signalTag(plant: PlantConfig, machine: MachineId, role: SignalRole): TagId | undefined {
  return plant.machines[machine]?.signals[role]?.tag as TagId | undefined;
}
export type SignalRole = keyof PlantConfig["machines"][string]["signals"];

/** Roles and tags of a machine, in the order of the configuration. */
export function signalsOf(plant: PlantConfig, machine: string): { role: SignalRole; tag: TagId }[] {
  const signals = Object.entries(plant.machines[machine]?.signals ?? {});
  return signals.flatMap(([role, signal]) =>
    signal === undefined ? [] : [{ role: role as SignalRole, tag: signal.tag as TagId }],
  );
}

/** The sample while it may still be believed: good, and not older than its tag allows. */
export function freshNumber(sample: Sample | undefined, entry: TagEntry | undefined, now: Micros): number | null {
  if (sample === undefined || entry === undefined || typeof sample.value !== "number") return null;
  return sample.quality === "bad" || isStale(sample, entry, now) ? null : sample.value;
}

export const isStale = (sample: Sample | undefined, entry: TagEntry, now: Micros): boolean =>
  sample === undefined || now - sample.time > entry.maxAge * MICROS_PER_MILLI;
