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

/** An offset between two clocks, for people. */
export function shownOffset(offset: number): string {
  const seconds = Math.abs(offset) / 1_000_000;
  const size =
    seconds < 120
      ? `${seconds.toFixed(1)} s`
      : seconds < 7_200
        ? `${(seconds / 60).toFixed(0)} min`
        : seconds < 172_800
          ? `${(seconds / 3_600).toFixed(1)} h`
          : `${(seconds / 86_400).toFixed(0)} days`;
  return `${size} ${offset < 0 ? "behind" : "ahead of"} our clock`;
}
