/** What one sample does to the fold, in each role that its tag plays. */
import type { Sample, Value } from "../model/sample.ts";
import { counterStep } from "./counters.ts";
import { bookReading } from "./energy.ts";
import {
  accrue,
  advance,
  dropCandidate,
  losePower,
  openOf,
  release,
  rekey,
  settleState,
  wakeBy,
  type Fold,
} from "./fold.ts";
import { NEVER, type Held } from "./foldstate.ts";
import type { Signal } from "./machine.ts";
import { bookGapParts, bookParts, type CounterRole } from "./parts.ts";
import { bandOf } from "./powerstates.ts";
import { deviceState, type MachineState } from "./tables.ts";

/** Names of orders, products and reasons are keys of the ledger; longer ones are cut. */
const MAX_NAME = 200;

/** Takes one sample. Samples come in time order; those of one instant in the order of `ROLES`. */
export function step(fold: Fold, sample: Sample): void {
  const signals = fold.signals.get(sample.tag);
  if (signals === undefined) return;
  advance(fold, sample.time);
  for (const signal of signals) {
    takeSample(fold, signal, sample);
    wakeBy(fold, sample.time + signal.maxAge * 1000 + 1);
  }
}

function takeSample(fold: Fold, signal: Signal, { time, value, quality }: Sample): void {
  const { state } = fold;
  const at = Math.floor(time / 1000);
  // Uncertain values are usable (OPC UA Part 8); bad ones are not, whatever they carry.
  const usable = quality === "bad" ? null : value;
  const until = time + signal.maxAge * 1000;
  const { role } = signal;
  switch (role) {
    case "energyImport":
      takeEnergy(fold, usable, signal.factor, at, until);
      return;
    case "power":
      takePower(fold, usable, signal.factor, at, until);
      return;
    case "state":
    case "mode":
      hold(role === "state" ? state.device : state.mode, usable, until, (value) =>
        deviceState(value, signal.table ?? undefined, (signal.map ?? undefined) as Record<string, MachineState>),
      );
      settleState(fold, at);
      break;
    case "starved":
    case "blocked":
      hold(state[role], usable, until, (value) => value === true || (typeof value === "number" && value !== 0));
      settleState(fold, at);
      break;
    case "stopReason":
      hold(state.reason, usable, until, (value) => reasonOf(value, signal));
      settleState(fold, at);
      break;
    case "order":
      hold(state.order, usable, until, nameOf);
      rekey(fold, at);
      break;
    case "product":
      hold(state.product, usable, until, (value) => nameOf(mapped(signal, value) ?? value));
      rekey(fold, at);
      break;
    default:
      takeCount(fold, role, signal, numberOf(usable), at, until);
      return;
  }
  if (state.pieces.length > 1) release(fold);
}

function hold<Kept>(held: Held<Kept>, usable: Value | null, until: number, read: (value: Value) => Kept | null): void {
  held.value = usable === null ? null : read(usable);
  held.until = usable === null ? NEVER : until;
}

const mapped = ({ map }: Signal, value: Value): string | undefined =>
  map !== null && Object.hasOwn(map, String(value)) ? map[String(value)] : undefined;

const nameOf = (value: Value): string | null => String(value).slice(0, MAX_NAME) || null;

/** 0, false and empty are how machines say that there is no reason, unless the configuration gives that code a text. */
function reasonOf(value: Value, signal: Signal): string | null {
  const text = mapped(signal, value);
  if (text !== undefined) return nameOf(text);
  return value === 0 || value === false || value === "0" ? null : nameOf(value);
}

/** Counters and meters that come as text (a CSV, a PLC string) are read as the numbers that they are. */
function numberOf(value: Value | null): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

function takeCount(
  fold: Fold,
  role: CounterRole,
  signal: Signal,
  reading: number | null,
  at: number,
  until: number,
): void {
  const { counters } = fold.state;
  const counter = counters[role];
  if (reading === null) {
    if (counter === undefined) return;
    counter.gapFrom ??= at;
    counter.until = NEVER;
    return;
  }
  const value = Math.round(reading);
  if (counter === undefined) {
    counters[role] = { value, until, gapFrom: null };
    return;
  }
  const { parts } = counterStep(counter.value, value, signal.width);
  if (parts !== 0) {
    const effect = fold.effects.get(role);
    if (effect === undefined) return;
    if (counter.gapFrom === null) {
      bookParts(fold.machine, openOf(fold), parts, effect);
    } else {
      accrue(fold, at);
      bookGapParts(fold.machine, fold.state.pieces, counter.gapFrom, parts, effect);
    }
  }
  const waited = counter.gapFrom !== null;
  counter.value = value;
  counter.until = until;
  counter.gapFrom = null;
  if (waited) release(fold);
}

function takeEnergy(fold: Fold, usable: Value | null, factor: number, at: number, until: number): void {
  const { state } = fold;
  const reading = numberOf(usable);
  if (reading === null) {
    if (state.meter !== null) state.meter.gap = true;
    state.meterUntil = NEVER;
    return;
  }
  accrue(fold, at);
  const value = Math.round(reading * factor * 1000);
  if (state.meter === null) state.meter = { value, at, gap: false };
  else bookReading(state.meter, value, at, state.pieces);
  state.meterUntil = until;
  release(fold);
}

function takePower(fold: Fold, usable: Value | null, factor: number, at: number, until: number): void {
  const { state, machine } = fold;
  const reading = numberOf(usable);
  if (reading === null) {
    losePower(fold, at);
    release(fold);
    return;
  }
  accrue(fold, at);
  const power = reading * factor;
  state.power.value = power;
  state.power.until = until;
  if (fold.source !== "power" || machine.powerBands === null) return;
  const band = bandOf(power, state.band, machine.powerBands);
  if (state.band === null) state.band = band;
  else if (band === state.band) dropCandidate(fold, at);
  else if (state.candidate?.band !== band) {
    dropCandidate(fold, at);
    state.candidate = { band, since: at, decideAt: at + machine.powerBands.minimumDuration };
    wakeBy(fold, state.candidate.decideAt * 1000);
  }
  settleState(fold, at);
  release(fold);
}
