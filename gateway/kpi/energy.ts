/** Energy of pieces from a meter's differences, or from power where there is no meter; in whole mWh, without remainder. */
import type { Piece } from "./piece.ts";
import { shareOut } from "./share.ts";

export interface Meter {
  /** In mWh. */
  value: number;
  /** In ms since 1970: pieces from here on wait for the next reading. */
  at: number;
  /** The readings stopped for longer than their maximum age, or were unusable, since `at`. */
  gap: boolean;
}

/** A fall this small is the rounding of a float meter, not another meter: 1 Wh. */
const NOISE_MWH = 1000;
/** 1 mWh = 3600 W·ms. */
const WATT_MILLIS_PER_MWH = 3600;

/**
 * Books a meter reading on the pieces since the one before, by the shape of the power where that is known throughout,
 * else evenly. Across a gap the difference is booked as well, so that slices add up to the meter, but that time does not
 * count as measured.
 */
export function bookReading(meter: Meter, value: number, at: number, pieces: readonly Piece[]): void {
  const fall = meter.value - value;
  const replaced = fall > NOISE_MWH;
  const difference = replaced || fall > 0 ? 0 : -fall;
  const waiting = pieces.filter((piece) => piece.sinceMs > 0);
  const shaped = waiting.every((piece) => piece.powerMs === piece.sinceMs && piece.powerSum >= 0);
  const power = shaped ? waiting.map((piece) => piece.powerSum) : [];
  const weights = power.some((sum) => sum > 0) ? power : waiting.map((piece) => piece.sinceMs);
  const last = pieces.at(-1);
  if (waiting.length === 0 && last !== undefined) last.energy += difference;
  shareOut(difference, weights, (i, share) => {
    const piece = waiting[i];
    if (piece !== undefined) piece.energy += share;
  });
  for (const piece of waiting) {
    if (!meter.gap && !replaced) piece.energyMs += piece.sinceMs;
    forgetSince(piece);
  }
  meter.value = replaced ? value : Math.max(value, meter.value);
  meter.at = at;
  meter.gap = false;
}

export function forgetSince(piece: Piece): void {
  piece.sinceMs = 0;
  piece.powerMs = 0;
  piece.powerSum = 0;
}

/** Whole mWh of an integral of power; what is left of the last one is carried to the next piece. */
export function wholeEnergy(wattMillis: number): { energy: number; carry: number } {
  const energy = Math.trunc(wattMillis / WATT_MILLIS_PER_MWH);
  return { energy, carry: wattMillis - energy * WATT_MILLIS_PER_MWH };
}

/** Rounded at each clock quarter, so that a late reading changes its own quarter and not all that follow. */
export const roundedEnergy = (wattMillis: number): number => Math.round(wattMillis / WATT_MILLIS_PER_MWH);
