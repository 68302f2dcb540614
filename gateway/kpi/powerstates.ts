/** A state read from power: bands with hysteresis, for a machine that has nothing but a meter. */
import type { MachineConfig } from "../config/schema.ts";

export type PowerBands = NonNullable<MachineConfig["powerBands"]>;
export type Band = "off" | "standby" | "run";

/** @param current the accepted band; null right after time without power readings, when the bare borders hold */
export function bandOf(power: number, current: Band | null, bands: PowerBands): Band {
  const margin = bands.hysteresis / 100;
  const above = (border: number, isAbove: boolean): boolean => {
    if (current === null) return power > border;
    return isAbove ? power >= border * (1 - margin) : power > border * (1 + margin);
  };
  if (above(bands.run, current === "run")) return "run";
  return above(bands.standby, current === "run" || current === "standby") ? "standby" : "off";
}

/** Off and standby are both idle: whether a shift was planned is the calendar's word, not the meter's. */
export const stateOfBand = (band: Band): "producing" | "idle" => (band === "run" ? "producing" : "idle");
