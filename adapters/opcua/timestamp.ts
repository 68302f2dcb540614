/** When a value was true: the server's source time where it can be believed. Pure. */
import type { DataValue } from "node-opcua-client";
import { micros, MICROS_PER_MILLI, type Micros } from "../../gateway/model/units.ts";

const PICOS_PER_MICRO = 1_000_000;

/** The source timestamp to the microsecond; `undefined` when the server gives none (or the year 1601). */
export function sourceTime({ sourceTimestamp, sourcePicoseconds }: DataValue): Micros | undefined {
  const millis = sourceTimestamp?.getTime();
  if (millis === undefined || !(millis > 0)) return undefined;
  return micros(millis * MICROS_PER_MILLI + Math.floor(sourcePicoseconds / PICOS_PER_MICRO));
}

/** The size of an offset between two clocks, for people. */
export function shownSize(offset: number): string {
  const seconds = Math.abs(offset) / 1_000_000;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7_200) return `${(seconds / 60).toFixed(0)} min`;
  if (seconds < 172_800) return `${(seconds / 3_600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(0)} d`;
}
