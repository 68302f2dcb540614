/** Books counted parts: which of total, good and scrap a counter's step changes, and on which piece of time. */
import type { MachineDefinition } from "./machine.ts";
import type { Piece } from "./piece.ts";
import { shareOut } from "./share.ts";

export type CounterRole = "totalCount" | "goodCount" | "scrapCount" | "reworkCount";

export const isCounter = (role: string): role is CounterRole => role.endsWith("Count");

export interface Effect {
  readonly total: 0 | 1;
  readonly good: -1 | 0 | 1;
  readonly scrap: -1 | 0 | 1;
  readonly rework: 0 | 1;
}

/**
 * Two of total, good and scrap give the third at every step: good = total − scrap, and so on. Counters that step at
 * different moments may leave a slice with one good part too many and a later one with one too few; over both it is right.
 */
export function effectOf(role: CounterRole, has: ReadonlySet<CounterRole>): Effect {
  const total = has.has("totalCount");
  const good = has.has("goodCount");
  const scrap = has.has("scrapCount");
  switch (role) {
    case "totalCount":
      return { total: 1, good: good ? 0 : 1, scrap: good && !scrap ? 1 : 0, rework: 0 };
    case "goodCount":
      return { total: total ? 0 : 1, good: 1, scrap: total && !scrap ? -1 : 0, rework: 0 };
    case "scrapCount":
      return { total: total ? 0 : 1, good: total && !good ? -1 : 0, scrap: 1, rework: 0 };
    case "reworkCount":
      return { total: 0, good: 0, scrap: 0, rework: 1 };
  }
}

export function bookParts(machine: MachineDefinition, piece: Piece, parts: number, effect: Effect): void {
  const ideal = idealMicros(machine, piece.product);
  piece.total += parts * effect.total;
  piece.good += parts * effect.good;
  piece.scrap += parts * effect.scrap;
  piece.rework += parts * effect.rework;
  piece.idealTotal += parts * effect.total * ideal;
  piece.idealGood += parts * effect.good * ideal;
}

/** Parts that were made while nobody counted: on the unknown time of the gap, else on its production, else on all of it. */
export function bookGapParts(
  machine: MachineDefinition,
  pieces: readonly Piece[],
  gapFrom: number,
  parts: number,
  effect: Effect,
): void {
  const inGap = pieces.filter((piece) => piece.to > gapFrom && piece.to > piece.from);
  const unknown = inGap.filter((piece) => piece.state === "unknown");
  const producing = inGap.filter((piece) => piece.state === "producing");
  const chosen = unknown.length > 0 ? unknown : producing.length > 0 ? producing : inGap;
  const last = pieces.at(-1);
  if (chosen.length === 0 && last !== undefined) bookParts(machine, last, parts, effect);
  const weights = chosen.map((piece) => piece.to - Math.max(piece.from, gapFrom));
  shareOut(parts, weights, (i, share) => {
    const piece = chosen[i];
    if (piece !== undefined) bookParts(machine, piece, share, effect);
  });
}

/** Product on this machine, else the machine's own, else 0: parts without an ideal cycle are flagged, not guessed. */
function idealMicros(machine: MachineDefinition, product: string | null): number {
  const own =
    product !== null && Object.hasOwn(machine.idealCycles, product) ? machine.idealCycles[product] : undefined;
  return (own ?? machine.idealCycle ?? 0) * 1000;
}
