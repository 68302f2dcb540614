/** A slice in the making: its keys may still be decided, and its energy and parts may still arrive. Plain JSON. */
import { micros, milliwattHours, QUARTER_MS, type MachineId } from "../model/units.ts";
import { NOTHING_COUNTED, type Planned, type Slice } from "./ledger.ts";
import type { MachineState } from "./tables.ts";

export interface Piece {
  /** In ms since 1970, as all borders. The end of the open piece is not known yet. */
  from: number;
  to: number;
  state: MachineState;
  /** What the state turns out to have been if the pending decision (minor stop? power band?) is accepted. */
  otherwise: MachineState | null;
  planned: Planned;
  shift: string | null;
  reason: string | null;
  order: string | null;
  product: string | null;
  inferred: boolean;
  total: number;
  good: number;
  scrap: number;
  rework: number;
  idealTotal: number;
  idealGood: number;
  energy: number;
  energyMs: number;
  /** Since the last energy reading: time, time with known power, and W·ms. They say how the next difference is shared. */
  sinceMs: number;
  powerMs: number;
  powerSum: number;
}

export type PieceKey = Pick<
  Piece,
  "state" | "otherwise" | "planned" | "shift" | "reason" | "order" | "product" | "inferred"
>;

export const openPiece = (from: number, key: PieceKey): Piece => ({
  from,
  to: from,
  ...key,
  ...NOTHING_COUNTED,
  sinceMs: 0,
  powerMs: 0,
  powerSum: 0,
});

export const sameKey = (a: PieceKey, b: PieceKey): boolean =>
  a.state === b.state &&
  a.otherwise === b.otherwise &&
  a.planned === b.planned &&
  a.shift === b.shift &&
  a.reason === b.reason &&
  a.order === b.order &&
  a.product === b.product &&
  a.inferred === b.inferred;

/** A reason explains why nothing is made; of a machine that produces, or that nobody sees, it says nothing. */
export const hasReason = (state: MachineState): boolean => state !== "producing" && state !== "unknown";

/** Ends the pending decision; neighbours that differ in nothing any more become one. */
export function decide(pieces: Piece[], accept: boolean): void {
  let changed = false;
  for (const piece of pieces) {
    if (piece.otherwise === null) continue;
    if (accept) piece.state = piece.otherwise;
    piece.otherwise = null;
    if (!hasReason(piece.state)) piece.reason = null;
    changed = true;
  }
  if (changed) join(pieces);
}

function join(pieces: Piece[]): void {
  let last = 0;
  for (let i = 1; i < pieces.length; i++) {
    const before = pieces[last];
    const piece = pieces[i];
    if (before === undefined || piece === undefined) break;
    if (piece.from % QUARTER_MS !== 0 && sameKey(before, piece)) absorb(before, piece);
    else pieces[++last] = piece;
  }
  pieces.length = Math.min(pieces.length, last + 1);
}

function absorb(into: Piece, piece: Piece): void {
  into.to = piece.to;
  into.total += piece.total;
  into.good += piece.good;
  into.scrap += piece.scrap;
  into.rework += piece.rework;
  into.idealTotal += piece.idealTotal;
  into.idealGood += piece.idealGood;
  into.energy += piece.energy;
  into.energyMs += piece.energyMs;
  into.sinceMs += piece.sinceMs;
  into.powerMs += piece.powerMs;
  into.powerSum += piece.powerSum;
}

export const sliceOf = (machine: MachineId, piece: Piece): Slice => ({
  machine,
  from: micros(piece.from * 1000),
  to: micros(piece.to * 1000),
  state: piece.state,
  planned: piece.planned,
  shift: piece.shift,
  reason: piece.reason,
  order: piece.order,
  product: piece.product,
  inferred: piece.inferred,
  ms: piece.to - piece.from,
  total: piece.total,
  good: piece.good,
  scrap: piece.scrap,
  rework: piece.rework,
  idealTotal: piece.idealTotal,
  idealGood: piece.idealGood,
  energy: milliwattHours(piece.energy),
  energyMs: piece.energyMs,
});
