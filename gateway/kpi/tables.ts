/** What devices call their states, and which ledger state that is (KPI.md §2). Numbers and names of the specifications. */
import type { STATE_TABLES } from "../config/schema.ts";
import type { LedgerState } from "../model/states.ts";
import type { Value } from "../model/sample.ts";

export type MachineState = Exclude<LedgerState, "unscheduled">;
/** `suspended` is starved or blocked by what other signals say; `stopped` is idle until a reason is given. */
export type DeviceState = MachineState | "suspended" | "stopped";
export type StateTable = (typeof STATE_TABLES)[number];

type Entry = readonly [number: number, name: string, state: DeviceState];

/** ISA-TR88.00.02, StateCurrent. */
const PACKML: readonly Entry[] = [
  [0, "Undefined", "unknown"],
  [1, "Clearing", "breakdown"],
  [2, "Stopped", "stopped"],
  [3, "Starting", "idle"],
  [4, "Idle", "idle"],
  [5, "Suspended", "suspended"],
  [6, "Execute", "producing"],
  [7, "Stopping", "stopped"],
  [8, "Aborting", "breakdown"],
  [9, "Aborted", "breakdown"],
  [10, "Holding", "minorStop"],
  [11, "Held", "minorStop"],
  [12, "Unholding", "idle"],
  [13, "Suspending", "suspended"],
  [14, "Unsuspending", "idle"],
  [15, "Resetting", "idle"],
  [16, "Completing", "idle"],
  [17, "Complete", "idle"],
];
/** ISA-TR88.00.02, UnitModeCurrent. Production lets the state speak; it is written here as producing. */
const PACKML_MODE: readonly Entry[] = [
  [1, "Production", "producing"],
  [2, "Maintenance", "plannedStop"],
  [3, "Manual", "setup"],
];
/** OPC 40001-1, MachineryItemState: StateNumber of the published nodeset. */
const MACHINERY_ITEM_STATE: readonly Entry[] = [
  [0, "NotAvailable", "unknown"],
  [1, "OutOfService", "breakdown"],
  [2, "NotExecuting", "idle"],
  [3, "Executing", "producing"],
];
/** OPC 40001-1, MachineryOperationMode. */
const MACHINERY_OPERATION_MODE: readonly Entry[] = [
  [0, "None", "producing"],
  [1, "Maintenance", "plannedStop"],
  [2, "Setup", "setup"],
  [3, "Processing", "producing"],
];
/** OPC 40501-1, state machine of the active program. */
const MACHINE_TOOL_PROGRAM: readonly Entry[] = [
  [0, "Initializing", "idle"],
  [1, "Running", "producing"],
  [2, "Ended", "idle"],
  [3, "Interrupted", "minorStop"],
  [4, "Aborted", "breakdown"],
];

const TABLES: Readonly<Record<StateTable, ReadonlyMap<string, DeviceState>>> = {
  packml: byNumberAndName(PACKML),
  packmlMode: byNumberAndName(PACKML_MODE),
  machineryItemState: byNumberAndName(MACHINERY_ITEM_STATE),
  machineryOperationMode: byNumberAndName(MACHINERY_OPERATION_MODE),
  machineToolProgram: byNumberAndName(MACHINE_TOOL_PROGRAM),
};

function byNumberAndName(entries: readonly Entry[]): ReadonlyMap<string, DeviceState> {
  return new Map(
    entries.flatMap(([number, name, state]) => [[String(number), state] as const, [plain(name), state] as const]),
  );
}

/** Servers write "Not Executing", "NotExecuting" and "NOT_EXECUTING" for the same state. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, "");
}

const OWN_NAMES: ReadonlyMap<string, DeviceState> = byNumberAndName([
  [NaN, "producing", "producing"],
  [NaN, "setup", "setup"],
  [NaN, "breakdown", "breakdown"],
  [NaN, "minorStop", "minorStop"],
  [NaN, "starved", "starved"],
  [NaN, "blocked", "blocked"],
  [NaN, "idle", "idle"],
  [NaN, "plannedStop", "plannedStop"],
]);

/** A value that no table knows is unknown: a state is never guessed. Without table and map our own names are read. */
export function deviceState(
  value: Value,
  table: StateTable | undefined,
  map: Readonly<Record<string, MachineState>> | undefined,
): DeviceState {
  const key = String(value);
  const own = map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
  if (own !== undefined) return own;
  const names = table === undefined ? (map === undefined ? OWN_NAMES : undefined) : TABLES[table];
  return names?.get(typeof value === "string" ? plain(value) : key) ?? "unknown";
}
