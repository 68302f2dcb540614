/** Notices that somebody set the clock: without the record of it, a gap or an overlap in the history has no cause. */
import type { Clock } from "../model/time.ts";
import type { Told } from "../model/told.ts";
import { micros, MICROS_PER_MILLI, MICROS_PER_SECOND, type Micros } from "../model/units.ts";
import { tell } from "./words.ts";

const PERIOD_MS = 1_000;
/** A smaller step changes no figure; time servers make them all day. In real time. */
const STEP_MICROS = MICROS_PER_SECOND;

export interface ClockJump {
  /** What the clock would have shown. */
  readonly expected: Micros;
  readonly now: Micros;
}

/** Compares the clock with the steady one each second until the returned function is called. */
export function watchClock(clock: Clock, onJump: (jump: ClockJump) => void): () => void {
  let steady = performance.now();
  let last = clock.now();
  const timer = setInterval(() => {
    const passed = (performance.now() - steady) * MICROS_PER_MILLI * clock.speed;
    const expected = micros(Math.round(last + passed));
    steady = performance.now();
    last = clock.now();
    if (Math.abs(last - expected) > STEP_MICROS * clock.speed) onJump({ expected, now: last });
  }, PERIOD_MS);
  return () => clearInterval(timer);
}

export function describeJump({ expected, now }: ClockJump): Told {
  const seconds = (now - expected) / MICROS_PER_SECOND;
  return tell(seconds > 0 ? "edge.clockForward" : "edge.clockBack", {
    seconds: Math.abs(seconds).toFixed(1),
  });
}
