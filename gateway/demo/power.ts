/** Power and energy of a machine as closed formulas, so that any moment can be asked without walking to it. */
import { MICROS_PER_SECOND, type Micros } from "../model/units.ts";

/** A load is never flat: two slow waves, as share of the load and period in seconds, whose integral is exact. */
const WAVES = [
  [0.03, 47],
  [0.02, 311],
] as const;
const WATT_SECONDS_PER_MILLIWATT_HOUR = 3.6;

export function wattsAt(load: number, time: Micros): number {
  const seconds = time / MICROS_PER_SECOND;
  let share = 1;
  for (const [size, period] of WAVES) share += size * Math.sin((2 * Math.PI * seconds) / period);
  return load * share;
}

/** Milliwatt-hours between two moments at the same load; not rounded, so that stretches add up. */
export function milliwattHoursBetween(load: number, from: Micros, to: Micros): number {
  const start = from / MICROS_PER_SECOND;
  const end = to / MICROS_PER_SECOND;
  let seconds = (to - from) / MICROS_PER_SECOND;
  for (const [size, period] of WAVES) {
    const turn = (2 * Math.PI) / period;
    seconds -= (size / turn) * (Math.cos(turn * end) - Math.cos(turn * start));
  }
  return (load * seconds) / WATT_SECONDS_PER_MILLIWATT_HOUR;
}
