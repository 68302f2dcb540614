/**
 * Samples of one machine in time order become slices. Nothing here knows the present: whoever calls says how far time
 * has come, and calling more or less often changes nothing.
 */
import { micros, QUARTER_MS, type Micros, type TagId } from "../model/units.ts";
import type { Calendar, PlannedSpan } from "./calendar.ts";
import { forgetSince, roundedEnergy, wholeEnergy } from "./energy.ts";
import { emptyState, NEVER, type FoldState } from "./foldstate.ts";
import type { Slice } from "./ledger.ts";
import type { MachineDefinition, Signal } from "./machine.ts";
import { effectOf, isCounter, type CounterRole, type Effect } from "./parts.ts";
import { decide, hasReason, openPiece, sameKey, sliceOf, type Piece, type PieceKey } from "./piece.ts";
import { candidateStateNow, machineStateNow, stateSource, type StateSource } from "./statenow.ts";

/** Goes up when the fold gives other slices for the same samples, or its state has another form: ledgers are made anew. */
export const FOLD_VERSION = 1;

/** About three weeks of quarters that wait for one meter; then the oldest go out without its energy and parts. */
const MAX_WAITING = 2000;

export interface Fold {
  readonly machine: MachineDefinition;
  readonly calendar: Calendar;
  readonly source: StateSource;
  readonly signals: ReadonlyMap<TagId, readonly Signal[]>;
  readonly hasMeter: boolean;
  readonly effects: ReadonlyMap<CounterRole, Effect>;
  readonly emit: (slice: Slice) => void;
  readonly state: FoldState;
  /** In µs: nothing happens by itself before this moment. */
  wake: number;
  span: PlannedSpan;
}

export function startFold(
  machine: MachineDefinition,
  calendar: Calendar,
  from: Micros,
  emit: (slice: Slice) => void,
): Fold {
  const fold = resumeFold(machine, calendar, emptyState(from), emit);
  fold.state.pieces.push(openPiece(fold.state.accrued, keyNow(fold)));
  return fold;
}

/** Goes on from a checkpoint; the state becomes the fold's own. */
export function resumeFold(
  machine: MachineDefinition,
  calendar: Calendar,
  state: FoldState,
  emit: (slice: Slice) => void,
): Fold {
  const counters = machine.signals.map(({ role }) => role).filter(isCounter);
  return {
    machine,
    calendar,
    source: stateSource(machine),
    effects: new Map(counters.map((role) => [role, effectOf(role, new Set(counters))])),
    signals: Map.groupBy(machine.signals, ({ tag }) => tag),
    hasMeter: machine.signals.some(({ role }) => role === "energyImport"),
    emit,
    state,
    wake: 0,
    span: calendar.spanAt(micros(state.accrued * 1000)),
  };
}

/** Lets time pass up to `to`, which samples may still carry. */
export function advance(fold: Fold, to: Micros): void {
  const { state } = fold;
  if (to < state.position) {
    throw new Error(`the fold of ${fold.machine.id} is at ${state.position} µs and was asked to go back to ${to} µs`);
  }
  while (fold.wake <= to) {
    const next = nextEvent(fold);
    fold.wake = next.time;
    if (next.time > to) break;
    next.happen();
    release(fold);
  }
  state.position = to;
}

/** Slices that are not given out yet, with the running one last, up to the fold's position. */
export function waiting(fold: Fold): Slice[] {
  const { pieces, position } = fold.state;
  const to = Math.floor(position / 1000);
  return pieces.flatMap((piece, i) => {
    const shown = i === pieces.length - 1 ? accruedTo(fold, piece, to) : piece;
    return shown.to > shown.from ? [sliceOf(fold.machine.id, shown)] : [];
  });
}

/** Slices before this moment have been given out. */
export const settledTo = (state: FoldState): Micros => micros((state.pieces[0]?.from ?? state.accrued) * 1000);

/** Closes the open piece where its key changed. Two changes within one millisecond leave no piece between them. */
export function rekey(fold: Fold, at: number): void {
  const key = keyNow(fold);
  const open = openOf(fold);
  if (sameKey(open, key)) return;
  cut(fold, at, key);
}

/** Brings the sums of the open piece up to a moment at which its power, its energy or its keys change. */
export function accrue(fold: Fold, to: number): void {
  const { state } = fold;
  const ms = to - state.accrued;
  const open = openOf(fold);
  open.to = to;
  if (ms <= 0) return;
  state.accrued = to;
  const power = state.power.value;
  if (fold.hasMeter) {
    if (state.meter === null) return;
    open.sinceMs += ms;
    if (power === null) return;
    open.powerMs += ms;
    open.powerSum += power * ms;
  } else if (power !== null) {
    const { energy, carry } = wholeEnergy(state.carry + power * ms);
    open.energy += energy;
    open.energyMs += ms;
    state.carry = carry;
  }
}

/** Something is going to happen by itself at this moment. */
export function wakeBy(fold: Fold, time: number): void {
  if (time < fold.wake) fold.wake = time;
}

export function openOf({ state }: Fold): Piece {
  const open = state.pieces.at(-1);
  if (open === undefined) throw new Error("a fold without open piece; startFold makes the first one");
  return open;
}

/** Gives out what waits for nothing any more; not what ends where the waiting begins, as the two may become one. */
export function release({ state, machine, emit }: Fold): void {
  const { pieces } = state;
  if (pieces.length < 2) return;
  let hold = NEVER;
  if (state.stop !== null && !state.stop.accepted) hold = state.stop.since;
  if (state.candidate !== null) hold = Math.min(hold, state.candidate.since);
  if (state.meter !== null) hold = Math.min(hold, state.meter.at);
  for (const counter of Object.values(state.counters)) {
    if (counter.gapFrom !== null) hold = Math.min(hold, counter.gapFrom);
  }
  let out = 0;
  for (; out < pieces.length - 1; out++) {
    const piece = pieces[out];
    if (piece === undefined || (piece.to >= hold && pieces.length - out <= MAX_WAITING)) break;
    forgetSince(piece);
    piece.otherwise = null;
    emit(sliceOf(machine.id, piece));
  }
  if (out > 0) pieces.splice(0, out);
}

function cut(fold: Fold, at: number, key: PieceKey): void {
  accrue(fold, at);
  const open = openOf(fold);
  if (open.from === at) Object.assign(open, key);
  else fold.state.pieces.push(openPiece(at, key));
}

function keyNow({ state, source, span }: Fold): PieceKey {
  let now = machineStateNow(state, source);
  let otherwise = candidateStateNow(state, now);
  if (now === "minorStop" && state.stop !== null) {
    if (state.stop.accepted) now = "breakdown";
    else otherwise = "breakdown";
  }
  return {
    state: now,
    otherwise,
    planned: span.planned,
    shift: span.shift,
    reason: hasReason(now) || (otherwise !== null && hasReason(otherwise)) ? state.reason.value : null,
    order: state.order.value,
    product: state.product.value,
    inferred: source === "power" && now !== "unknown",
  };
}

function accruedTo(fold: Fold, piece: Piece, to: number): Piece {
  const shown = { ...piece, to };
  const power = fold.state.power.value;
  const ms = to - fold.state.accrued;
  if (fold.hasMeter || power === null || ms <= 0) return shown;
  shown.energy += wholeEnergy(fold.state.carry + power * ms).energy;
  shown.energyMs += ms;
  return shown;
}

interface Event {
  readonly time: number;
  readonly happen: () => void;
}

/** The next thing that happens without a sample: a border, a decision, or a value that becomes too old. */
function nextEvent(fold: Fold): Event {
  const { state } = fold;
  const at = Math.floor(state.position / 1000);
  const border = Math.min(
    (Math.floor(openOf(fold).from / QUARTER_MS) + 1) * QUARTER_MS,
    Math.floor(fold.span.to / 1000),
  );
  let event: Event = { time: border * 1000, happen: () => passBorder(fold, border) };
  const sooner = (time: number, happen: () => void): void => {
    if (time < event.time) event = { time, happen };
  };
  const { stop, candidate } = state;
  if (stop !== null && !stop.accepted) sooner(stop.decideAt * 1000, () => acceptStop(fold, stop.decideAt));
  if (candidate !== null) sooner(candidate.decideAt * 1000, () => acceptBand(fold, candidate.decideAt));
  // At equal times an age goes first: it ended before this millisecond, a border or a decision is at its beginning.
  const atLatest = (time: number, happen: () => void): void => {
    if (time <= event.time) event = { time, happen };
  };
  // A reading is fresh up to and including its last moment, so it is stale one µs later, but from that moment on.
  const tooOld = (until: number, happen: (ms: number) => void): void => {
    if (until !== NEVER) atLatest(until + 1, () => happen(Math.max(at, Math.floor(until / 1000))));
  };
  for (const held of [state.device, state.mode, state.starved, state.blocked, state.reason, state.order, state.product])
    tooOld(held.until, (ms) => {
      held.value = null;
      held.until = NEVER;
      settleState(fold, ms);
    });
  tooOld(state.power.until, (ms) => losePower(fold, ms));
  for (const counter of Object.values(state.counters))
    tooOld(counter.until, (ms) => {
      counter.until = NEVER;
      counter.gapFrom ??= ms;
    });
  tooOld(state.meterUntil, () => {
    state.meterUntil = NEVER;
    if (state.meter !== null) state.meter.gap = true;
  });
  return event;
}

function passBorder(fold: Fold, at: number): void {
  const { state } = fold;
  accrue(fold, at);
  if (!fold.hasMeter && at % QUARTER_MS === 0) {
    openOf(fold).energy += roundedEnergy(state.carry);
    state.carry = 0;
  }
  fold.span = fold.calendar.spanAt(micros(at * 1000));
  state.pieces.push(openPiece(at, keyNow(fold)));
}

/** The halt has lasted: all of it was a breakdown, back to its beginning. */
function acceptStop(fold: Fold, at: number): void {
  const { stop } = fold.state;
  if (stop === null) return;
  stop.accepted = true;
  accrue(fold, at);
  decide(fold.state.pieces, true);
  rekey(fold, at);
}

function acceptBand(fold: Fold, at: number): void {
  const { state } = fold;
  if (state.candidate === null) return;
  state.band = state.candidate.band;
  state.candidate = null;
  accrue(fold, at);
  decide(state.pieces, true);
  settleState(fold, at);
}

/** The machine's state may have changed: begins or ends a halt, then cuts. */
export function settleState(fold: Fold, at: number): void {
  const { state, machine } = fold;
  const halted = machineStateNow(state, fold.source) === "minorStop";
  if (halted && state.stop === null) {
    state.stop = { since: at, decideAt: at + machine.minorStopBelow, accepted: machine.minorStopBelow <= 0 };
    wakeBy(fold, state.stop.decideAt * 1000);
  } else if (!halted && state.stop !== null) {
    if (!state.stop.accepted) {
      accrue(fold, at);
      decide(state.pieces, false);
    }
    state.stop = null;
  }
  rekey(fold, at);
}

/** Drops the candidate band: what was done under it stays what it was. */
export function dropCandidate(fold: Fold, at: number): void {
  const { state } = fold;
  if (state.candidate === null) return;
  state.candidate = null;
  accrue(fold, at);
  decide(state.pieces, false);
}

export function losePower(fold: Fold, at: number): void {
  const { state } = fold;
  accrue(fold, at);
  dropCandidate(fold, at);
  state.power.value = null;
  state.power.until = NEVER;
  state.band = null;
  if (fold.source === "power") settleState(fold, at);
}
