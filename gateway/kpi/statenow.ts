/** What the machine does at this moment, by all its signals together (KPI.md §2). */
import type { FoldState } from "./foldstate.ts";
import type { MachineDefinition } from "./machine.ts";
import { stateOfBand } from "./powerstates.ts";
import type { DeviceState, MachineState } from "./tables.ts";

/** Does the machine say its state, is it read from power, or is it never known? */
export type StateSource = "signal" | "power" | "none";

export function stateSource(machine: MachineDefinition): StateSource {
  if (machine.signals.some(({ role }) => role === "state")) return "signal";
  return machine.powerBands !== null && machine.signals.some(({ role }) => role === "power") ? "power" : "none";
}

export function machineStateNow(state: FoldState, source: StateSource): MachineState {
  if (source === "signal") return refine(state.device.value ?? "unknown", state);
  return source === "power" && state.band !== null ? refine(stateOfBand(state.band), state) : "unknown";
}

/** What it would be if the candidate band is accepted; null when that makes no difference. */
export function candidateStateNow(state: FoldState, now: MachineState): MachineState | null {
  if (state.candidate === null) return null;
  const otherwise = refine(stateOfBand(state.candidate.band), state);
  return otherwise === now ? null : otherwise;
}

function refine(device: DeviceState, { mode, starved, blocked, reason }: FoldState): MachineState {
  if (device === "unknown") return "unknown";
  if (mode.value === "setup" || mode.value === "plannedStop") return mode.value;
  if (device === "idle" || device === "minorStop" || device === "suspended") {
    if (starved.value === true) return "starved";
    if (blocked.value === true) return "blocked";
  }
  if (device === "suspended") return "starved";
  if (device === "stopped") return reason.value === null ? "idle" : "minorStop";
  return device;
}
