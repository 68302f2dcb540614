/** The arithmetic of looking closer at a stretch of time; windows stay inside the range and never turn over. */
import type { Range } from "./range.ts";

/** Closer than this there is nothing to see: borders of slices are whole milliseconds, signals come by the second. */
export const CLOSEST_MS = 10_000;

/** @param at the instant that stays where it is on the screen; @param factor below 1 looks closer */
export function zoomAt(window: Range, whole: Range, at: number, factor: number): Range {
  const width = Math.min(whole.to - whole.from, Math.max(CLOSEST_MS, (window.to - window.from) * factor));
  const share = (at - window.from) / (window.to - window.from);
  return fit({ from: at - share * width, to: at - share * width + width }, whole);
}

export function pan(window: Range, whole: Range, byMs: number): Range {
  return fit({ from: window.from + byMs, to: window.to + byMs }, whole);
}

/** Moves a window into the whole; one that is wider becomes the whole. */
export function fit(window: Range, whole: Range): Range {
  const width = window.to - window.from;
  if (width >= whole.to - whole.from) return whole;
  const from = Math.min(Math.max(window.from, whole.from), whole.to - width);
  return { from, to: from + width };
}

/** A dragged stretch as a window; a stretch that is too short grows around its middle. */
export function select(a: number, b: number, whole: Range): Range {
  const [from, to] = a < b ? [a, b] : [b, a];
  const missing = Math.max(0, Math.min(CLOSEST_MS, whole.to - whole.from) - (to - from)) / 2;
  return fit({ from: from - missing, to: to + missing }, whole);
}

const STEPS_MS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800].map(
  (seconds) => seconds * 1000,
);

/** Round moments on the local clock, at most `most` of them. */
export function ticks(window: Range, most: number, offsetAt: (instant: number) => number): readonly number[] {
  const step = STEPS_MS.find((ms) => (window.to - window.from) / ms <= most) ?? 2_592_000_000;
  const offset = offsetAt(window.from);
  const found: number[] = [];
  for (let at = Math.ceil((window.from + offset) / step) * step - offset; at <= window.to; at += step) {
    // After a change of the clock the round moments lie elsewhere.
    const moved = at + offset - offsetAt(at);
    if (moved >= window.from && moved <= window.to && step > 3_600_000) found.push(moved);
    else if (step <= 3_600_000) found.push(at);
  }
  return found;
}
