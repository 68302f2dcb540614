/**
 * The ledger of the site. Every quarter of a second each machine's live fold follows the present; what came late is
 * folded again beside it, one machine at a time, when its stream pauses or has gone on for long enough.
 * The main meter is kept like a machine under the id `MAIN_METER`.
 */
import { join } from "node:path";
import type { PlantConfig } from "../../config/schema.ts";
import { openCalendar } from "../../kpi/calendar.ts";
import { machineDefinitions } from "../../kpi/machine.ts";
import type { Log } from "../../log.ts";
import { sampleAt, type SampleColumns } from "../../model/columns.ts";
import type { Historian } from "../../model/historian.ts";
import type { Clock } from "../../model/time.ts";
import { micros, type MachineId, type Micros, type TagId } from "../../model/units.ts";
import type { LedgerBook } from "./book.ts";
import { MachineBook } from "./machinebook.ts";
import { recompute } from "./recompute.ts";
import { openLedgerStore, type LedgerStore } from "./store.ts";

/** Samples of one moment come within this time of each other: a batch waits 250 ms, a network some more. */
const FRONTIER_LAG_MS = 1500;
const TURN_EVERY_MS = 250;
/** Late data are folded when none came for this long … */
const LATE_PAUSE_MS = 700;
/** … or when they have been coming for this long: a backlog of a month shows its progress. */
const LATE_MOST_MS = 4000;
/** After history could not be read. */
const RETRY_MS = 2000;
const NOTIFY_EVERY_MS = 1000;

export interface LedgerOptions {
  readonly plant: PlantConfig;
  readonly historian: Historian;
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
}

export function openLedger({ plant, historian, folder, clock, log }: LedgerOptions): Promise<LedgerBook> {
  const store = openLedgerStore(join(folder, "ledger.db"));
  const lag = FRONTIER_LAG_MS * 1000 * Math.max(1, clock.speed);
  const frontier = (): Micros => micros(clock.now() - lag);
  const books = machineDefinitions(plant).map(
    (machine) => new MachineBook(machine, openCalendar(machine.timeZone, machine.calendar), store, frontier()),
  );
  return Promise.resolve(new Ledger(books, store, historian, frontier, log));
}

class Ledger implements LedgerBook {
  readonly #books: ReadonlyMap<MachineId, MachineBook>;
  readonly #byTag: ReadonlyMap<TagId, readonly MachineBook[]>;
  readonly #store: LedgerStore;
  readonly #historian: Historian;
  readonly #frontier: () => Micros;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<(machines: readonly MachineId[]) => void>();
  #changed = new Set<MachineId>();
  #notifiedAt = 0;
  #notBefore = 0;
  #recomputing: { readonly book: MachineBook; readonly from: Micros; readonly done: Promise<void> } | undefined;
  #waiting: { readonly upTo: Micros; readonly resolve: () => void }[] = [];

  constructor(
    books: readonly MachineBook[],
    store: LedgerStore,
    historian: Historian,
    frontier: () => Micros,
    log: Log,
  ) {
    this.#books = new Map(books.map((book) => [book.id, book]));
    const pairs = books.flatMap((book) => book.tags.map((tag) => ({ tag, book })));
    this.#byTag = new Map(
      Array.from(
        Map.groupBy(pairs, ({ tag }) => tag),
        ([tag, list]) => [tag, list.map(({ book }) => book)],
      ),
    );
    this.#store = store;
    this.#historian = historian;
    this.#frontier = frontier;
    this.#log = log;
    this.#timer = setInterval(() => this.#turn(), TURN_EVERY_MS);
    setImmediate(() => this.#turn());
  }

  stored(columns: readonly SampleColumns[]): void {
    if (this.#closing.signal.aborted) return;
    try {
      for (const one of columns) this.#route(one);
    } catch (error) {
      this.#log.error(
        { error },
        "the ledger could not note late samples on disk; free some space. They are still folded",
      );
    }
  }

  slices: LedgerBook["slices"] = (machine, range) => this.#books.get(machine)?.slices(range) ?? [];
  current: LedgerBook["current"] = (machine) => this.#books.get(machine)?.current();

  pending(machine: MachineId): Micros | undefined {
    const running = this.#recomputing?.book.id === machine ? this.#recomputing.from : undefined;
    const dirty = this.#books.get(machine)?.dirty?.from;
    return running === undefined ? dirty : micros(Math.min(running, dirty ?? running));
  }

  subscribe(listener: (machines: readonly MachineId[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ upTo: this.#frontier(), resolve });
      this.#turn();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    clearInterval(this.#timer);
    await this.#recomputing?.done;
    for (const book of this.#books.values()) book.save();
    for (const { resolve } of this.#waiting) resolve();
    this.#store.close();
  }

  /** A backlog has thousands of old samples per batch: those are only marked, and read back in order later. */
  #route(columns: SampleColumns): void {
    const { tags, tagIndex, times } = columns;
    const routes = tags.map((tag) => this.#byTag.get(tag));
    const first = new Float64Array(tags.length).fill(Infinity);
    const last = new Float64Array(tags.length).fill(-Infinity);
    const oldest = Math.min(...Array.from(this.#books.values(), (book) => book.frontier));
    for (let i = 0; i < times.length; i++) {
      const tag = tagIndex[i] as number;
      const route = routes[tag];
      if (route === undefined) continue;
      const time = times[i] as number;
      if (time < (first[tag] as number)) first[tag] = time;
      if (time > (last[tag] as number)) last[tag] = time;
      if (time < oldest) continue;
      for (const book of route) if (time >= book.frontier) book.push(sampleAt(columns, i));
    }
    for (const [tag, route] of routes.entries()) {
      const from = first[tag] as number;
      for (const book of route ?? []) {
        if (from < book.frontier)
          book.markDirty(micros(from), micros(Math.min(last[tag] as number, book.frontier - 1)));
      }
    }
  }

  #turn(): void {
    if (this.#closing.signal.aborted) return;
    const to = this.#frontier();
    for (const book of this.#books.values()) {
      try {
        book.follow(to);
      } catch (error) {
        this.#log.error(
          { error, machine: book.id },
          "the ledger could not be written; free some space. It is tried again",
        );
      }
      this.#changed.add(book.id);
    }
    this.#recomputeNext();
    this.#notify();
    this.#settle();
  }

  #recomputeNext(): void {
    if (this.#recomputing !== undefined || this.#closing.signal.aborted) return;
    const book = this.#nextDue();
    if (book?.dirty === undefined) return;
    const { from } = book.dirty;
    const done = recompute(book, this.#store, this.#historian, this.#closing.signal)
      .catch((error: unknown) => {
        this.#notBefore = performance.now() + RETRY_MS;
        this.#log.error({ error, machine: book.id }, "the ledger could not read history; it is tried again");
      })
      .finally(() => {
        this.#recomputing = undefined;
        this.#changed.add(book.id);
        setImmediate(() => this.#turn());
      });
    this.#recomputing = { book, from, done };
  }

  /** The one that has waited longest. */
  #nextDue(): MachineBook | undefined {
    const now = performance.now();
    if (now < this.#notBefore) return undefined;
    let chosen: MachineBook | undefined;
    for (const book of this.#books.values()) {
      const { dirty } = book;
      if (dirty === undefined || dirty.from >= book.frontier) continue;
      const due = this.#waiting.length > 0 || now - dirty.last >= LATE_PAUSE_MS || now - dirty.since >= LATE_MOST_MS;
      if (due && (chosen?.dirty === undefined || dirty.since < chosen.dirty.since)) chosen = book;
    }
    return chosen;
  }

  #notify(): void {
    const now = performance.now();
    if (this.#changed.size === 0 || now - this.#notifiedAt < NOTIFY_EVERY_MS) return;
    this.#notifiedAt = now;
    const machines = [...this.#changed];
    this.#changed = new Set();
    for (const listener of this.#listeners) listener(machines);
  }

  #settle(): void {
    if (this.#waiting.length === 0 || this.#recomputing !== undefined) return;
    const books = [...this.#books.values()];
    if (books.some(({ dirty, frontier }) => dirty !== undefined && dirty.from < frontier)) return;
    const ready = this.#waiting.filter(({ upTo }) => !books.some((book) => book.hasQueuedBefore(upTo)));
    this.#waiting = this.#waiting.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }
}
