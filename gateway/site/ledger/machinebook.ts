/** One machine's ledger: a fold that follows the present, and what has to be computed again because it came late. */
import type { Calendar } from "../../kpi/calendar.ts";
import { advance, FOLD_VERSION, resumeFold, settledTo, startFold, waiting, type Fold } from "../../kpi/fold.ts";
import { checkpointText, stateOfText } from "../../kpi/foldstate.ts";
import type { Slice } from "../../kpi/ledger.ts";
import type { MachineDefinition } from "../../kpi/machine.ts";
import { step } from "../../kpi/step.ts";
import type { Sample } from "../../model/sample.ts";
import type { Range } from "../../model/time.ts";
import { micros, MICROS_PER_HOUR, type MachineId, type Micros, type TagId } from "../../model/units.ts";
import { fill } from "./fill.ts";
import type { Checkpoint, LedgerStore } from "./store.ts";

/** Between checkpoints of the past: how soon the wake of a late sample is known to have ended. */
const COARSE_MICROS = 6 * MICROS_PER_HOUR;
/** Between checkpoints of the last hour: a tag that is always some seconds late must not cost hours of folding. */
const FINE_MICROS = MICROS_PER_HOUR / 12;
const FINE_FOR_MICROS = MICROS_PER_HOUR;
/**
 * Silence after which a machine's story begins anew: a clock that was set from 1970 to now must not make two million
 * quarters of an hour. What lies between is unknown all the same.
 */
export const MAX_SILENCE_MICROS = 400 * 24 * MICROS_PER_HOUR;
/** Slices that wait in memory for the next checkpoint: a few hundred kilobytes. */
const MAX_TAIL = 1000;
/** Samples newer than the frontier, such as those of a clock that is ahead. What is more is read back from the historian. */
const MAX_QUEUE = 100_000;

/** A fold with the slices that it has given out since they were last written. */
export interface Running {
  readonly fold: Fold;
  readonly out: Slice[];
}

export interface Dirty extends Range {
  /** Real time in ms: first and last arrival of what is late. */
  readonly since: number;
  readonly last: number;
}

export class MachineBook {
  readonly machine: MachineDefinition;
  readonly calendar: Calendar;
  /** In the order in which samples of one instant are folded. */
  readonly tags: readonly TagId[];
  readonly #ranks: ReadonlyMap<TagId, number>;
  readonly #store: LedgerStore;
  #live: Running;
  #queue: Sample[] = [];
  #dirty: Dirty | undefined;
  /** What the running recomputation still lacks: the samples that the live fold took since it began. */
  #taken: Sample[] | undefined;
  /** The live fold continues the stored checkpoints. Right after the start it does not yet: then nothing is stored. */
  #joined = false;
  #savedAt: Micros;

  constructor(machine: MachineDefinition, calendar: Calendar, store: LedgerStore, now: Micros) {
    this.machine = machine;
    this.calendar = calendar;
    this.#store = store;
    this.tags = [...new Set(machine.signals.map(({ tag }) => tag))];
    this.#ranks = new Map(this.tags.map((tag, rank) => [tag, rank]));
    const from = micros(Math.floor(now / 1000) * 1000);
    this.#live = this.begin(from);
    this.#savedAt = from;
    store.adopt(machine.id, JSON.stringify({ fold: FOLD_VERSION, machine }));
    const last = store.checkpointBefore(machine.id, from);
    const lost = store.dirty(machine.id);
    this.#dirty = { from: micros(Math.min(last?.time ?? 0, lost ?? from)), to: micros(from - 1), since: 0, last: 0 };
  }

  get id(): MachineId {
    return this.machine.id;
  }
  get frontier(): Micros {
    return micros(this.#live.fold.state.position);
  }
  get dirty(): Dirty | undefined {
    return this.#dirty;
  }
  get joined(): boolean {
    return this.#joined;
  }
  /** Samples that the live fold could take by now but has not. */
  hasQueuedBefore(time: Micros): boolean {
    return this.#queue.some((sample) => sample.time < time);
  }

  begin(from: Micros): Running {
    const out: Slice[] = [];
    return { fold: startFold(this.machine, this.calendar, from, (slice) => out.push(slice)), out };
  }

  resume(checkpoint: Checkpoint): Running {
    const out: Slice[] = [];
    const state = stateOfText(checkpoint.text);
    return { fold: resumeFold(this.machine, this.calendar, state, (slice) => out.push(slice)), out };
  }

  push(sample: Sample): void {
    if (this.#queue.length >= MAX_QUEUE) this.markDirty(sample.time, sample.time);
    else this.#queue.push(sample);
  }

  markDirty(from: Micros, to: Micros): void {
    const now = performance.now();
    const known = this.#dirty;
    this.#dirty =
      known === undefined
        ? { from, to, since: now, last: now }
        : {
            from: micros(Math.min(known.from, from)),
            to: micros(Math.max(known.to, to)),
            since: known.since,
            last: now,
          };
    // Kept in the file, so that a crash does not forget what the checkpoints do not contain.
    if (known === undefined || from < known.from) this.#store.setDirty(this.id, from);
  }

  /** Folds what has come before `to`, and lets time pass until then. */
  follow(to: Micros): void {
    if (to - this.frontier > MAX_SILENCE_MICROS) this.#leap(micros(Math.floor(to / 1000) * 1000));
    const border = micros(Math.floor(to / FINE_MICROS) * FINE_MICROS);
    if (border > this.#savedAt && border > this.frontier) {
      this.#foldTo(border);
      this.save();
    }
    if (to > this.frontier) this.#foldTo(to);
    if (this.#live.out.length >= MAX_TAIL) this.save();
  }

  /** The clock was set far ahead: the live fold starts there, and history is folded up to it. */
  #leap(to: Micros): void {
    const from = this.#savedAt;
    this.#live = this.begin(to);
    this.#joined = false;
    this.#queue = this.#queue.filter((sample) => sample.time >= to);
    this.markDirty(from, micros(to - 1));
  }

  #foldTo(to: Micros): void {
    const due = this.#queue.filter((sample) => sample.time < to);
    if (due.length > 0) {
      this.#queue = this.#queue.filter((sample) => sample.time >= to);
      due.sort((a, b) => a.time - b.time || this.#rank(a) - this.#rank(b));
      this.#taken?.push(...due);
      stepAll(this.#live.fold, due);
    }
    advance(this.#live.fold, to);
  }

  /** The first moment after `time` at which a fold that will end at `end` leaves a checkpoint. */
  checkpointAfter(time: Micros, end: Micros): Micros {
    const coarse = (Math.floor(time / COARSE_MICROS) + 1) * COARSE_MICROS;
    const fine = (Math.floor(Math.max(time, end - FINE_FOR_MICROS) / FINE_MICROS) + 1) * FINE_MICROS;
    return micros(Math.min(coarse, fine));
  }

  /** Takes what is late for computing; from here on the samples of the live fold are kept for the end of it. */
  takeDirty(): Dirty | undefined {
    const dirty = this.#dirty;
    this.#dirty = undefined;
    this.#taken = [];
    return dirty;
  }

  /** The recomputation has caught up with the live fold and takes its place. */
  join(running: Running | undefined): void {
    // The clock was set far ahead meanwhile: that leap is folded next.
    if (running !== undefined && this.frontier - running.fold.state.position > MAX_SILENCE_MICROS) return;
    if (running !== undefined) {
      stepAll(running.fold, this.#taken ?? []);
      advance(running.fold, this.frontier);
      this.#live = running;
    }
    this.#joined = true;
  }

  /** The recomputation is over, joined or not. */
  finish(): void {
    this.#taken = undefined;
    this.#store.setDirty(this.id, this.#dirty?.from);
  }

  /** Writes the slices in memory with a checkpoint; not while the checkpoint would lack late samples. */
  save(): void {
    if (!this.#joined || this.#dirty !== undefined || this.#taken !== undefined) return;
    const { fold, out } = this.#live;
    const from = out[0]?.from ?? settledTo(fold.state);
    this.#store.replace(this.id, {
      from,
      to: micros(Number.MAX_SAFE_INTEGER),
      slices: out,
      checkpointsAfter: this.frontier,
      checkpointsTo: micros(Number.MAX_SAFE_INTEGER),
      checkpoint: { time: this.frontier, text: checkpointText(fold.state) },
    });
    this.#store.thin(this.id, micros(this.frontier - FINE_FOR_MICROS), COARSE_MICROS);
    out.length = 0;
    this.#savedAt = this.frontier;
  }

  slices(range: Range): Slice[] {
    const { fold, out } = this.#live;
    const to = micros(Math.min(Math.ceil(range.to / 1000), Math.floor(this.frontier / 1000)) * 1000);
    const whole = { from: micros(Math.floor(range.from / 1000) * 1000), to };
    if (whole.to <= whole.from) return [];
    const stored = this.#store.slices(this.id, whole);
    const recent = [...out, ...waiting(fold)].filter((slice) => slice.to > whole.from && slice.from < whole.to);
    return fill(this.id, this.calendar, [...stored, ...recent], whole);
  }

  current(): Slice | undefined {
    return waiting(this.#live.fold).at(-1) ?? this.#live.out.at(-1);
  }

  #rank(sample: Sample): number {
    return this.#ranks.get(sample.tag) ?? 0;
  }
}

/** The same sample may come twice; what is older than the fold is late and comes by another way. */
function stepAll(fold: Fold, samples: readonly Sample[]): void {
  let before: Sample | undefined;
  for (const sample of samples) {
    if (sample.time < fold.state.position || (sample.time === before?.time && sample.tag === before.tag)) continue;
    step(fold, sample);
    before = sample;
  }
}
