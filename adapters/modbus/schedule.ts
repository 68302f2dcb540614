/** Which block to read next, and when: on a fixed grid without drift, and past units that do not answer. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Block } from "./blocks.ts";

/** Shortest real time between two readings of a block, however fast the clock of a demo runs. */
const MIN_PERIOD = 5;
/** So many readings in a row later than their period: the bus cannot bear what is asked of it. */
const LATE_BEFORE_NOTE = 20;

interface Entry {
  readonly block: Block;
  readonly period: number;
  due: number;
  notBefore: number;
  failures: number;
  late: number;
}
interface Unit {
  failures: number;
  notBefore: number;
}

export class Schedule {
  readonly #signal: AbortSignal;
  readonly #speed: number;
  readonly #note: (text: string) => void;
  readonly #units = new Map<number, Unit>();
  #entries: Entry[];
  #noted = false;

  constructor(
    blocks: readonly Block[],
    { speed, note }: { readonly speed: number; readonly note: (text: string) => void },
    signal: AbortSignal,
  ) {
    this.#signal = signal;
    this.#speed = speed;
    this.#note = note;
    this.#entries = blocks.map((block) => this.#entry(block, performance.now()));
  }

  /** The next block, when its time has come; `undefined` when the signal aborts. */
  async next(): Promise<Block | undefined> {
    let best: Entry | undefined;
    let bestAt = Infinity;
    for (const entry of this.#entries) {
      const at = Math.max(entry.due, entry.notBefore, this.#unit(entry.block.unitId).notBefore);
      if (at < bestAt) [best, bestAt] = [entry, at];
    }
    const wait = best === undefined ? undefined : bestAt - performance.now();
    // Without a single tag there is nothing to do but to stay connected to the signal.
    if (wait === undefined) await untilAborted(this.#signal);
    else if (wait > 0) await sleep(wait, undefined, { signal: this.#signal }).catch(() => undefined);
    if (best === undefined || this.#signal.aborted) return undefined;
    this.#advance(best);
    return best.block;
  }

  succeeded(block: Block): void {
    const entry = this.#find(block);
    if (entry !== undefined) entry.failures = 0;
    this.#units.delete(block.unitId);
  }

  /** The whole unit rests; the others keep their rate. */
  failedUnit(unitId: number, backOff: (failures: number) => number): void {
    const unit = this.#unit(unitId);
    unit.notBefore = performance.now() + backOff(unit.failures++);
    this.#units.set(unitId, unit);
  }

  /** The unit answers, but not for this block. */
  failedBlock(block: Block, backOff: (failures: number) => number): void {
    this.#units.delete(block.unitId);
    const entry = this.#find(block);
    if (entry !== undefined) entry.notBefore = performance.now() + backOff(entry.failures++);
  }

  /** The block was not read: it is due at once when the connection is back. */
  postpone(block: Block): void {
    const entry = this.#find(block);
    if (entry !== undefined) entry.due = performance.now();
  }

  replace(block: Block, parts: readonly Block[]): void {
    const now = performance.now();
    this.#entries = this.#entries.flatMap((entry) =>
      entry.block === block ? parts.map((part) => this.#entry(part, now)) : [entry],
    );
  }

  #advance(entry: Entry): void {
    const behind = performance.now() - entry.due;
    entry.late = behind > entry.period && entry.notBefore < entry.due ? entry.late + 1 : 0;
    if (entry.late >= LATE_BEFORE_NOTE && !this.#noted) {
      this.#noted = true;
      this.#note(
        `unit ${entry.block.unitId}: read later than every ${entry.block.interval} ms, because the device or bus is ` +
          "slower than what is asked of it; use a longer interval, fewer tags or a larger mergeGap",
      );
    }
    // Missed turns are left out, and the grid stays where it was.
    entry.due += entry.period * (Math.floor(Math.max(0, behind) / entry.period) + 1);
  }

  #entry(block: Block, due: number): Entry {
    const period = Math.max(MIN_PERIOD, block.interval / this.#speed);
    return { block, period, due, notBefore: 0, failures: 0, late: 0 };
  }
  #unit(unitId: number): Unit {
    return this.#units.get(unitId) ?? { failures: 0, notBefore: 0 };
  }
  #find(block: Block): Entry | undefined {
    return this.#entries.find((entry) => entry.block === block);
  }
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
