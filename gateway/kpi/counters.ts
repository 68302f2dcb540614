/** Part counters as machines keep them: they reset, wrap and, on rework, step back. */

export interface CounterStep {
  readonly parts: number;
  readonly event: "count" | "reset" | "wrap" | "stepBack";
}

/** A reading this far below the previous one is a correction by the operator, not a reset. */
const STEP_BACK_LIMIT = 5;

/**
 * Parts made between two readings of one counter. The first reading ever has no previous one: it is a base, not parts.
 * @param width bits of the device register; a fall from the top tenth to the bottom tenth of its range is a wrap
 */
export function counterStep(previous: number, current: number, width: 16 | 32 | 64): CounterStep {
  if (current >= previous) return { parts: current - previous, event: "count" };
  const range = 2 ** width;
  if (previous > range * 0.9 && current < range * 0.1) return { parts: range - previous + current, event: "wrap" };
  // Nobody corrects a count to nothing: a fall to zero is a reset, however few parts there were.
  if (current > 0 && previous - current <= STEP_BACK_LIMIT) return { parts: current - previous, event: "stepBack" };
  return { parts: current, event: "reset" };
}
