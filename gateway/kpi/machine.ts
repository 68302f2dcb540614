/** What the fold has to know of a machine, as plain JSON: when its text changes, the ledger is computed anew. */
import type { MachineConfig, PlantConfig } from "../config/schema.ts";
import { wattHoursPer, wattsPer } from "../model/quantity.ts";
import { machineId, type MachineId, type Millis, type TagId } from "../model/units.ts";
import { NO_SHIFTS, type CalendarConfig } from "./calendar.ts";
import type { PowerBands } from "./powerstates.ts";
import type { StateTable } from "./tables.ts";

/**
 * Roles in the order in which samples of one instant are taken: what was measured or counted up to that instant belongs
 * to the old state, order and product, so it comes before their change.
 */
export const ROLES = [
  "energyImport",
  "power",
  "totalCount",
  "goodCount",
  "scrapCount",
  "reworkCount",
  "state",
  "mode",
  "starved",
  "blocked",
  "stopReason",
  "order",
  "product",
] as const;
export type Role = (typeof ROLES)[number];

export interface Signal {
  readonly role: Role;
  readonly tag: TagId;
  readonly maxAge: Millis;
  readonly width: 16 | 32 | 64;
  readonly table: StateTable | null;
  /** Value → state, reason or product. */
  readonly map: Readonly<Record<string, string>> | null;
  /** Watts, or watt-hours, per unit of the tag. */
  readonly factor: number;
}

export interface MachineDefinition {
  readonly id: MachineId;
  /** In the order of `ROLES`. */
  readonly signals: readonly Signal[];
  readonly timeZone: string;
  readonly calendar: CalendarConfig;
  readonly idealCycle: Millis | null;
  /** Ideal cycle per product, where it has one on this machine. */
  readonly idealCycles: Readonly<Record<string, Millis>>;
  readonly minorStopBelow: Millis;
  readonly powerBands: PowerBands | null;
}

/** The main meter is kept in the ledger as a machine that only uses energy; "$" keeps it apart from real ones. */
export const MAIN_METER: MachineId = machineId("$main");

const DEFAULT_MAX_AGE = 60_000 as Millis;

/** All machines of the plant, and the main meter when there is one. */
export function machineDefinitions(plant: PlantConfig): MachineDefinition[] {
  const machines = Object.entries(plant.machines).map(([id, config]) =>
    machineDefinition(plant, machineId(id), config),
  );
  const { mainMeter } = plant.energy;
  if (mainMeter === undefined) return machines;
  const { power, energyImport } = mainMeter;
  const signals = [signalOf(plant, "energyImport", { tag: energyImport })];
  if (power !== undefined) signals.push(signalOf(plant, "power", { tag: power }));
  return [
    ...machines,
    {
      id: MAIN_METER,
      signals,
      timeZone: plant.site.timeZone,
      calendar: NO_SHIFTS,
      idealCycle: null,
      idealCycles: {},
      minorStopBelow: 0 as Millis,
      powerBands: null,
    },
  ];
}

function machineDefinition(plant: PlantConfig, id: MachineId, config: MachineConfig): MachineDefinition {
  const idealCycles: Record<string, Millis> = {};
  for (const [product, { idealCycle, idealCycleOn }] of Object.entries(plant.products)) {
    const ideal = idealCycleOn[id] ?? idealCycle;
    if (ideal !== undefined) idealCycles[product] = ideal;
  }
  const signals = ROLES.flatMap((role) => {
    const signal = config.signals[role];
    return signal === undefined ? [] : [signalOf(plant, role, signal)];
  });
  return {
    id,
    signals,
    timeZone: plant.site.timeZone,
    calendar: plant.calendars[config.calendar] ?? NO_SHIFTS,
    idealCycle: config.idealCycle ?? null,
    idealCycles,
    minorStopBelow: config.minorStopBelow,
    powerBands: config.powerBands ?? null,
  };
}

interface SignalConfig {
  readonly tag: string;
  readonly width?: 16 | 32 | 64 | undefined;
  readonly table?: StateTable | undefined;
  readonly map?: Readonly<Record<string, string>> | undefined;
}

function signalOf(plant: PlantConfig, role: Role, { tag, width, table, map }: SignalConfig): Signal {
  const slash = tag.indexOf("/");
  const config = plant.connections[tag.slice(0, slash)]?.tags[tag.slice(slash + 1)];
  const unit = config?.unit ?? "";
  return {
    role,
    tag: tag as TagId,
    maxAge: config?.maxAge ?? DEFAULT_MAX_AGE,
    width: width ?? 32,
    table: table ?? null,
    map: map ?? null,
    // A unit that is no power or energy is refused with the configuration.
    factor: (role === "power" ? wattsPer(unit) : role === "energyImport" ? wattHoursPer(unit) : 1) ?? 1,
  };
}
